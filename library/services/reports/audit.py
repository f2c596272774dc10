"""The audit lines as an admin reads them: newest first, in pages, by person, kind of thing and time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from library.models import AuditLine, Branch, User

PAGE = 50
CHUNK = 2000
THINGS = {
    "staff": "Staff and signing in",
    "patron": "Patrons",
    "note": "Notes",
    "import": "Imports",
    "report": "Reports",
    "rules": "Rules",
    "address": "Mail addresses",
    "words": "Words of mails",
    "mail": "All mail",
    "branch": "Branches",
    "holiday": "Holidays",
    "settings": "Settings",
    "audit": "These lines",
}
VERBS = {
    "staff.signed_in": "signed in",
    "staff.signed_out": "signed out",
    "staff.signed_out_elsewhere": "signed out other browsers",
    "staff.refused": "was not let in",
    "staff.second_step_set": "set up a second step",
    "staff.second_step_removed": "took a second step away",
    "staff.second_step_reset": "reset the second step of",
    "staff.codes_renewed": "made new recovery codes",
    "staff.password_changed": "changed the password of",
    "staff.added": "added",
    "staff.changed": "changed",
    "staff.closed": "closed the account of",
    "staff.opened": "opened the account of",
    "note.written": "wrote a note on",
    "note.changed": "changed a note on",
    "note.taken_back": "took back a note on",
    "note.viewed": "opened the words of a note on",
    "patron.household": "changed the household of",
    "stage.set": "set the stage of",
    "stage.taken_back": "took back the stage set for",
    "types.told": "told",
    "mail.paused": "paused",
    "mail.resumed": "let leave again",
    "address.stopped": "stopped mail to",
    "address.allowed": "allowed mail again to",
    "rules.published": "published",
    "words.published": "published the words of",
    "words.shipped": "went back to the first words of",
    "duplicates.looked": "looked for",
    "drifting.counted": "counted who is",
    "drifting.fitted": "looked at the weights of",
    "import.run": "ran",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show: empty means all. `until` counts that day in."""

    person: str = ""
    thing: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line in words."""

    number: int
    at: datetime
    who: str
    did: str
    thing: str
    reference: str
    fields: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of lines; `older` is where the next one begins (None: this is the last)."""

    lines: tuple[Line, ...]
    older: int | None


def audit_page(*, wanted: Wanted, before: int | None = None) -> AuditPage:
    """The newest lines that fit, or those older than line `before`."""
    fitting = _fitting(wanted)
    rows = list((fitting.filter(pk__lt=before) if before else fitting)[: PAGE + 1])
    names = _names(rows)
    lines = tuple(_in_words(row, names) for row in rows[:PAGE])
    return AuditPage(lines, lines[-1].number if len(rows) > PAGE else None)


def every_line(*, wanted: Wanted) -> Iterator[Line]:
    """All lines that fit, newest first, read in pieces."""
    names = _all_names()
    for row in _fitting(wanted).iterator(chunk_size=CHUNK):
        yield _in_words(row, names)


def people_in_lines() -> list[str]:
    """Names at sign-in that can stand in a line, for choosing one."""
    return list(User.objects.order_by("username").values_list("username", flat=True))


def _fitting(wanted: Wanted) -> QuerySet[AuditLine]:
    lines = AuditLine.objects.order_by("-pk")
    if wanted.person:
        lines = lines.filter(actor=wanted.person)
    if wanted.thing:
        lines = lines.filter(thing=wanted.thing)
    if wanted.since:
        lines = lines.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        lines = lines.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    return lines


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _names(rows: list[AuditLine]) -> Mapping[tuple[str, str], str]:
    staff = {row.reference for row in rows if row.thing == "staff"}
    branches = {row.reference for row in rows if row.thing == "branch"}
    named = {("staff", str(pk)): name for pk, name in _usernames(staff)}
    return named | {("branch", str(pk)): name for pk, name in _branch_names(branches)}


def _all_names() -> Mapping[tuple[str, str], str]:
    named = {("staff", str(pk)): name for pk, name in User.objects.values_list("pk", "username")}
    return named | {("branch", str(pk)): name for pk, name in Branch.objects.values_list("pk", "name")}


def _usernames(references: set[str]) -> list[tuple[int, str]]:
    return list(User.objects.filter(pk__in=_numbers(references)).values_list("pk", "username")) if references else []


def _branch_names(references: set[str]) -> list[tuple[int, str]]:
    return list(Branch.objects.filter(pk__in=_numbers(references)).values_list("pk", "name")) if references else []


def _numbers(references: set[str]) -> list[int]:
    return [int(reference) for reference in references if reference.isdecimal()]


def _in_words(row: AuditLine, names: Mapping[tuple[str, str], str]) -> Line:
    return Line(
        number=row.pk,
        at=row.at,
        who=row.actor,
        did=VERBS.get(row.what, row.what.rpartition(".")[2].replace("_", " ")),
        thing=row.thing,
        reference=names.get((row.thing, row.reference), row.reference),
        fields=", ".join(field.replace("_", " ") for field in row.fields),
    )
