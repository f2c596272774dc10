"""What the demo library lacks: a household, notes, needs, records that are one person, changes to many readers at once.

Run inside `manage.py shell` of a running product; prints the addresses to look at as one JSON object.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from catalog.models import Title
from engagement.models import Loan
from engagement.services.needs import keep_service, log_need, need_named
from engagement.services.notes import Talk, open_note, write_note
from library.models import User
from outreach.models import ContactReason, Reply, Request, Thread
from patrons.models import BulkAction, BulkChange, Patron
from patrons.services.duplicates import find_duplicates
from patrons.services.households import put_together
from relcrm.desk.services.merging import merge_patrons
from relcrm.desk.services.my_address import begin_change
from relcrm.kit.links import make_token, path_for

FACTS = (
    "name", "email", "branch", "search_text", "audience", "language", "birth_year", "postal_address",
)  # fmt: skip


def stage() -> None:
    """Add it all, and say where it is."""
    now = timezone.now()
    amara, manager = (User.objects.get(username=name) for name in ("librarian", "manager"))
    readers = Patron.objects.filter(audience="adult", standing="own", score__isnull=False)
    iris, other, third = readers.order_by("pk")[:3]
    for number, reader in enumerate((iris, other, third)):
        reader.birth_year, reader.phone = 1970 + number, f"0555 01{number}"
        reader.postal_address = f"{number + 4} Lighthouse Road, Northside"
        reader.save()
    put_together(patron=iris, other=third, by=amara, now=now)
    _talk(iris, amara, manager, now)
    service = _needs(iris, other, amara, manager, now)
    _loans(iris, now)
    twin, gone = _twin(iris, now), _twin(other, now)
    merge_patrons(gone=gone, kept=other, from_gone=[], by=amara, now=now)
    _twin(third, now)
    find_duplicates(now=now)
    running, done, undone = (_bulk(state, amara, now) for state in ("running", "done", "undone"))
    waiting = Request.objects.filter(state="waiting").order_by("pk")[0]
    change = begin_change(patron=iris, address="iris.new@reader.example", now=now)
    links = {
        "my": make_token("my", f"{iris.pk}-{iris.my_page_opened}", iris.link_generation, now=now),
        "address": make_token("address", f"{change.pk}-old", iris.link_generation, now=now),
        "sent": make_token("sent", waiting.reference, waiting.patron.link_generation, now=now),
    }
    places = {name: path_for(name, token) for name, token in links.items()} | {
        "card": reverse("patron", args=[iris.public_id]),
        "merged": reverse("patron", args=[other.public_id]),
        "merge": reverse("merge", args=[iris.public_id, twin.public_id]),
        "service": reverse("service", args=[service]),
        "running": reverse("bulk", args=[running]),
        "done": reverse("bulk", args=[done]),
        "undone": reverse("bulk", args=[undone]),
        "reason": reverse("contact_reason", args=[ContactReason.objects.filter(closed_at=None).order_by("pk")[0].pk]),
        "thread": reverse("inbox_thread", args=[Thread.objects.filter(channel="mail", replies__kind="reply")[0].pk]),
        "comment": reverse("inbox_thread", args=[Thread.objects.filter(channel="social")[0].pk]),
        "tray": reverse("inbox_place", args=[Reply.objects.unplaced()[0].pk]),
        "table": reverse("bulk", args=[_bulk("done", amara, now, action="export", value="email")]),
    }
    sys.stdout.write(json.dumps(places))


def _talk(reader: Patron, amara: User, manager: User, now: datetime) -> None:
    for day, channel, words in ((9, "desk", "Asked about boats."), (2, "phone", "Rang about a lift to the book club.")):
        talk = Talk(channel, "patron", words, now - timedelta(days=day), 5, {"patron_took_part": True})
        note = write_note(patron=reader, talk=talk, by=amara, now=now - timedelta(days=day))
    open_note(note=note, by=manager, now=now)


def _needs(reader: Patron, other: Patron, amara: User, manager: User, now: datetime) -> int:
    for name, asker, met in (
        ("Books by post", reader, True),
        ("Books by post", other, False),
        ("A lift", other, False),
    ):
        log_need(name=name, patron=asker, branch=None, met=met, by=amara, now=now - timedelta(days=1))
    post = need_named("Books by post", now=now)
    words = "A parcel of three books in a bag, both ways."
    kept = keep_service(service=None, name="Books by post", description=words, needs=[post], by=manager, now=now)
    keep_service(service=None, name="Large print", description="", needs=[], by=manager, now=now)
    return kept.pk


def _loans(reader: Patron, now: datetime) -> None:
    for number, title in enumerate(Title.objects.order_by("pk")[:3]):
        back = now - timedelta(days=3) if number else None
        out = now - timedelta(days=20 + number)
        Loan.objects.create(
            source_key=f"staged-{number}", patron=reader, title=title, branch=reader.branch, borrowed_at=out,
            due_at=out + timedelta(days=28), returned_at=back, renewals=number,
        )  # fmt: skip


def _twin(reader: Patron, now: datetime) -> Patron:
    return Patron.objects.create(**{fact: getattr(reader, fact) for fact in FACTS}, standing="own", created_at=now)


def _bulk(state: str, by: User, now: datetime, *, action: str = "language", value: str = "fr") -> int:
    """One that is at it keeps a beat far ahead, so that no worker finishes it."""
    made = BulkAction.objects.create(
        action=action, value=value, state=state, total=3, done=3 if state != "running" else 1, by=by, started_at=now,
        beat_at=now + timedelta(days=1), undone_at=now if state == "undone" else None,
    )  # fmt: skip
    patrons = Patron.objects.order_by("-pk")[:3]
    BulkChange.objects.bulk_create([BulkChange(bulk=made, patron=one, before={"language": "en"}) for one in patrons])
    return made.pk
