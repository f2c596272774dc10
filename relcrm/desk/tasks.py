"""Work that workers do for the desk."""

from celery import shared_task
from django.utils import timezone

from relcrm.desk.services.health import record_beat
from relcrm.desk.services.tick import run_tick


@shared_task
def tick() -> None:
    """What the beat asks for every 30 seconds."""
    now = timezone.now()
    record_beat(now=now)
    run_tick(now=now)
