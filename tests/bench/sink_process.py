"""A mail server that takes all and keeps nothing, in a process of its own: postfix's smtp-sink, else aiosmtpd."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

SMTP_SINK = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin:/usr/libexec/postfix")
START_SECONDS = 20.0


@contextmanager
def running_sink() -> Iterator[tuple[str, int]]:
    """The kind of sink, and the port it listens on."""
    port = _free_port()
    kind = "smtp-sink" if SMTP_SINK else "aiosmtpd"
    own = [sys.executable, "-m", "tests.bench.sink_process", str(port)]
    # Started by root it wants to be somebody else.
    somebody = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [SMTP_SINK, *somebody, f"127.0.0.1:{port}", "1000"] if SMTP_SINK else own
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  (programs of ours only, no shell)
    try:
        _wait_for(port)
        yield kind, port
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Take mail on the port named until told to stop."""
    import asyncio  # noqa: PLC0415

    from aiosmtpd.controller import UnthreadedController  # noqa: PLC0415  (only where there is no smtp-sink)
    from aiosmtpd.handlers import Sink  # noqa: PLC0415

    logging.getLogger("mail.log").setLevel(logging.ERROR)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    controller = UnthreadedController(Sink(), hostname="127.0.0.1", port=int(sys.argv[1]), loop=loop)
    controller.begin()  # type: ignore[no-untyped-call]  # aiosmtpd leaves it untyped
    loop.add_signal_handler(signal.SIGTERM, loop.stop)
    loop.run_forever()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    main()
