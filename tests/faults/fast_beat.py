"""The worker's own app with a beat that ticks every second, so that a trial need not take hours."""

from relcrm.worker import app

__all__ = ["app"]

app.conf.beat_schedule = {name: {**entry, "schedule": 1.0} for name, entry in app.conf.beat_schedule.items()}
