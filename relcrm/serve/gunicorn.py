"""How gunicorn serves Relcrm, under `make run` and in production alike."""

import gc
import os
from pathlib import Path

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = 4
preload_app = True
timeout = 60
graceful_timeout = 8
# Mailed links are secrets, and an access log would keep them.
accesslog = None
control_socket_disable = True
if Path("/dev/shm").is_dir():  # noqa: S108  (memory instead of a disk for the workers' heartbeat files)
    worker_tmp_dir = "/dev/shm"  # noqa: S108  (as above)


def pre_fork(_server: object, _worker: object) -> None:
    """What is loaded stays as long as the worker: looking through all of it for rubbish holds a page up for 0.1 s."""
    gc.freeze()
