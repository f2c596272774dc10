"""`manage.py explain_score PATRON`: where a patron stands, down to each event."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from engagement.models import RuleVersion
from engagement.services.overriding import Fixed
from engagement.services.rules import rules_in_force
from engagement.services.scores import Explanation, Reason, explain_score
from patrons.services.finding import find_patrons
from relcrm.kit.arguments import moment


class Command(BaseCommand):
    help = "Say where a patron stands and why: both numbers, the stage, and every interaction behind them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("patron", metavar="PATRON", help="card number, e-mail address or public id")
        parser.add_argument("--rules", type=int, metavar="N", help="as rules N made it (default: the rules in force)")
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        found = find_patrons(options["patron"])
        if not found:
            raise CommandError(f"Nobody has the card number, e-mail address or public id {options['patron']}")
        if len(found) > 1:
            names = "\n".join(patron.public_id for patron in found)
            raise CommandError(f"Several patrons fit; name one by public id:\n{names}", returncode=2)
        now = options["now"] or timezone.now()
        try:
            explanation = explain_score(patron=found[0], now=now, rules=options["rules"])
        except RuleVersion.DoesNotExist as error:
            newest = rules_in_force().number
            raise CommandError(f"There are no rules {options['rules']}; the newest are {newest}") from error
        self._say(explanation)
        if options["json"]:
            self.stdout.write(
                json.dumps({"patron": found[0].public_id, **facts(explanation), "as_of": now.isoformat()})
            )

    def _say(self, explanation: Explanation | None) -> None:
        if explanation is None:
            self.stdout.write("Not measured: without consent to a profile there is no score.")
            return
        self.stdout.write(
            f"relational {explanation.relational}, transactional {explanation.transactional}, "
            f"stage {explanation.stage.label}, rules {explanation.rules_version}"
        )
        if fixed := explanation.fixed:
            self.stdout.write(
                f"  set by staff ({fixed.role or 'someone who has left'}) until {fixed.until:%Y-%m-%d}: "
                f"{fixed.reason}; the facts alone say {explanation.stage_by_facts.label}"
            )
        for reason in explanation.reasons:
            self.stdout.write(
                f"  {reason.day} {reason.label}{f': {reason.value}' if reason.value else ''}  "
                f"relational +{reason.relational_share:.1f}, transactional +{reason.transactional_share:.1f}"
            )


def facts(explanation: Explanation | None) -> dict[str, object]:
    """The explanation as plain values; numbers are null and reasons empty for someone who is not measured."""
    if explanation is None:
        unknown = dict.fromkeys(("transactional", "relational", "stage", "rules_version"))
        return {"measured": False, **unknown, "reasons": []}
    return {
        "measured": True,
        "transactional": explanation.transactional,
        "relational": explanation.relational,
        "stage": explanation.stage.value,
        "stage_by_facts": explanation.stage_by_facts.value,
        "stage_set": _fixed(explanation.fixed),
        "holds_until": explanation.holds_until.isoformat() if explanation.holds_until else None,
        "rules_version": explanation.rules_version,
        "interactions": explanation.interactions,
        "reasons": [_reason(reason) for reason in explanation.reasons],
    }


def _fixed(fixed: Fixed | None) -> dict[str, object] | None:
    """What staff set, by role and not by name."""
    if fixed is None:
        return None
    return {
        "stage": fixed.stage.value,
        "reason": fixed.reason,
        "by": fixed.role,
        "made_at": fixed.made_at.isoformat(),
        "until": fixed.until.isoformat(),
    }


def _reason(reason: Reason) -> dict[str, object]:
    return {
        "kind": reason.kind,
        "label": reason.label,
        "day": reason.day.isoformat(),
        "at": reason.at.isoformat(),
        "value": reason.value,
        "started_by": reason.started_by,
        "tests": dict(reason.tests),
        "points": reason.points,
        "transactional_points": reason.transactional_points,
        "relational_points": reason.relational_points,
        "share": round(reason.share, 3),
        "transactional_share": round(reason.transactional_share, 3),
        "relational_share": round(reason.relational_share, 3),
    }
