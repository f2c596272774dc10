from importlib import import_module

from django.apps import AppConfig
from django.core import checks

from relcrm.kit.startup import check_deployment


class DeskConfig(AppConfig):
    name = "relcrm.desk"
    label = "desk"

    def ready(self) -> None:
        """Make our Celery app the one tasks go to, in every process; register the checks of `check --deploy`."""
        import_module("relcrm.celery")
        checks.register(check_deployment, checks.Tags.security, deploy=True)
