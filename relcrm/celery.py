"""The Celery app: workers are woken, the database stays the truth (DESIGN law 2)."""

import os

from celery import Celery

from relcrm.kit.env import load_secrets

load_secrets()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relcrm.settings")

app = Celery("relcrm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # Every 30 seconds: all that is due, mails included.
    "tick": {"task": "relcrm.desk.tasks.tick", "schedule": 30.0, "options": {"expires": 60}},
}
