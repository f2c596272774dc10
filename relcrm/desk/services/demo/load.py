"""Loading the demo library: branches, staff, titles, readers and a year of history. Safe to repeat."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from random import Random

from django.db import transaction

from catalog.models import Term, Title
from catalog.services.titles import search_text_of
from engagement.services.drifting import count_drifting
from engagement.services.reader_types import tell_types
from library.models import Branch, Holiday, User
from outreach.services.contact_finding import find_contacts
from patrons.models import Patron
from relcrm.desk.services.demo.history import tell_history
from relcrm.desk.services.demo.reasons import give_reasons

TITLES = Path(__file__).with_name("titles.psv")
BRANCHES = (("Northside", "northside"), ("Harbour", "harbour"), ("Hillview", "hillview"))
STAFF = (
    ("librarian", "librarian", "Amara Nkosi"),
    ("manager", "manager", "Margaret Osei"),
    ("viewer", "viewer", "Victor Lindqvist"),
    ("admin", "admin", "Ada Moreau"),
)
COLLEAGUES = (("ben", "Ben Achterberg"), ("lucia", "Lucía Prieto"))
LIMITS = {"v": "violence", "s": "sex", "w": "swearing", "d": "sadness"}
MARK = "demo"


@transaction.atomic
def load_demo(*, password: str, now: datetime, rng: Random) -> bool:
    """Make the demo library; False when it is there already (then only missing staff and titles are added).

    `password` is set for the four demo logins the first time. No mail is sent: the history's mails count as sent.
    """
    branches = [Branch.objects.get_or_create(slug=slug, defaults={"name": name})[0] for name, slug in BRANCHES]
    Holiday.objects.get_or_create(
        day=now.date().replace(month=12, day=25), branch=None, defaults={"name": "Christmas Day"}
    )
    librarians = add_staff(password)
    titles = add_titles()
    if Patron.objects.exists():
        return False
    tell_history(branches=branches, librarians=librarians, titles=titles, now=now, rng=rng)
    give_reasons(now=now)
    # What a night would have counted.
    tell_types(now=now)
    count_drifting(now=now)
    find_contacts(now=now)
    return True


def add_staff(password: str) -> list[User]:
    """The four demo logins and two colleagues who cannot log in; returns those who write letters."""
    for username, role, name in STAFF:
        if not User.objects.filter(username=username).exists():
            User.objects.create_user(
                username, password=password, role=role, name=name, takes_requests=role == "librarian", is_demo=True
            )
    for username, name in COLLEAGUES:
        if not User.objects.filter(username=username).exists():
            User.objects.create_user(username, role="librarian", name=name, takes_requests=True)
    return list(
        User.objects.filter(role="librarian", username__in=["librarian", *(name for name, _ in COLLEAGUES)]).order_by(
            "pk"
        )
    )


def add_titles() -> list[Title]:
    """The demo catalogue, with appeal terms and what is known of its contents."""
    with TITLES.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file, delimiter="|"))
    known = set(Title.objects.filter(source=MARK).values_list("source_key", flat=True))
    fresh = [line for line in lines if _key(line) not in known]
    made = Title.objects.bulk_create([_title(line) for line in fresh])
    _add_terms(dict(zip(map(_key, fresh), made, strict=True)), fresh)
    return list(Title.objects.filter(source=MARK).order_by("source_key"))


def _key(line: dict[str, str]) -> str:
    return f"{line['title']} / {line['authors']}"[:120]


def _title(line: dict[str, str]) -> Title:
    authors = line["authors"].split(";")
    content = {
        field: (True if letter.upper() in line["content"] else False if letter in line["content"] else None)
        for letter, field in LIMITS.items()
    }
    return Title(
        name=line["title"],
        authors=authors,
        year=int(line["year"]),
        language=line["language"],
        audience=line["audience"],
        fiction=line["kind"] == "fiction",
        pages=int(line["pages"]),
        formats=["print"],
        source=MARK,
        source_key=_key(line),
        search_text=search_text_of(name=line["title"], authors=authors, isbns=[]),
        **content,
    )


def _add_terms(made: dict[str, Title], lines: list[dict[str, str]]) -> None:
    wanted = {
        (kind, name, _key(line))
        for line in lines
        for kind, column in ((Term.Kind.GENRE, "genres"), (Term.Kind.APPEAL, "appeals"))
        for name in line[column].split(";")
        if name
    }
    Term.objects.bulk_create(
        [Term(kind=kind, name=name) for kind, name in {(k, n) for k, n, _ in wanted}], ignore_conflicts=True
    )
    terms = {(term.kind, term.name): term for term in Term.objects.all()}
    links = Title.terms.through
    links.objects.bulk_create([links(title=made[key], term=terms[kind, name]) for kind, name, key in sorted(wanted)])
