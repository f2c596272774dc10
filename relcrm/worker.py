"""What `celery -A relcrm.worker worker` and `... beat` serve."""

from relcrm.celery import app
from relcrm.kit.startup import read_settings

__all__ = ["app"]

read_settings()
