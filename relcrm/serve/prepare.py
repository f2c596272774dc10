"""What has to be done between the servers and the web: tables, translations, static files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from relcrm.kit.env import ROOT
from relcrm.kit.startup import read_settings
from relcrm.serve.messages import compile_messages
from relcrm.serve.processes import say
from relcrm.serve.stamps import Stamp


def migrate() -> bool:
    """Bring the tables up to the code; False when they already are."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def collect_static() -> bool:
    """Copy, name by content and compress the static files; False when nothing has changed since the last time."""
    stamp = Stamp("static", files=[*(ROOT / "static").rglob("*"), ROOT / "uv.lock"])
    if Path(settings.STATIC_ROOT).is_dir() and stamp.is_fresh():
        return False
    shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.set()
    return True


def main() -> None:
    """All of it, in the order it depends on."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relcrm.settings")
    read_settings(exit_code=1)
    compile_messages()
    django.setup()
    if migrate():
        say("The database has its tables.")
    if collect_static():
        say("Static files are in place.")


if __name__ == "__main__":
    main()
