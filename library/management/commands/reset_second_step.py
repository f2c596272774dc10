"""`manage.py reset_second_step USERNAME`: for an admin who lost their second step and has no colleague to ask."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from library.models import User
from library.services.accounts import tell_about
from library.services.second_step import reset_second_step
from relcrm.kit.arguments import moment


class Command(BaseCommand):
    help = "Take somebody's second step for signing in away. They set up a new one when they next sign in."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME", help="the user name, as typed when signing in")
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Nobody here has the user name {options['username']}")
        done = reset_second_step(user=user, by=None, now=options["now"] or timezone.now())
        if done:
            tell_about(user=user, what="staff.second_step_reset")
            self.stdout.write(f"{user} ({user.username}) has no second step any more and is signed out everywhere.")
            self.stdout.write("An audit line says so. The password is as it was.")
        else:
            self.stdout.write(f"{user} ({user.username}) had no second step. Nothing was changed.")
        if options["json"]:
            self.stdout.write(json.dumps({"username": user.username, "reset": done}))
