"""The demo library, loaded while the web already answers: a year of history takes longer than everything else."""

from __future__ import annotations

import os
from io import StringIO

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from relcrm.kit.env import flag
from relcrm.kit.startup import read_settings
from relcrm.serve.processes import say


def load_demo() -> bool:
    """Load the demo library into a house nobody has moved into yet (DEMO=0: leave it empty)."""
    if settings.PRODUCTION or not flag("DEMO", default=True):
        return False
    if apps.get_model("library", "User").objects.exists():
        return False
    call_command("demo", stdout=StringIO())  # the logins are printed when everything runs
    return True


def main() -> None:
    """Furnish the house, where it is empty and may be furnished."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relcrm.settings")
    read_settings(exit_code=1)
    django.setup()
    if load_demo():
        say("The demo library is loaded.")


if __name__ == "__main__":
    main()
