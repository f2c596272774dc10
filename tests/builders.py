"""Typed builders: make what a test names, and nothing else."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator

from catalog.models import Title
from catalog.services.titles import search_text_of
from library.models import Branch, User
from library.views.sign_in import SecondStepAdapter
from outreach.models import Letter, Pick, Request, RequestTitle, Thread
from patrons.models import Consent, Patron
from patrons.services import naming

APP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  (the app of people who exist for one test)
PASSWORD = "a-long-enough-password"  # noqa: S105  (of people who exist for one test)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)
Over = Any


def make_branch(**over: Over) -> Branch:
    number = next(_numbers)
    return Branch.objects.create(**{"name": f"Branch {number}", "slug": f"branch-{number}", "time_zone": "UTC"} | over)


def make_staff(role: str = "librarian", *, second_step: bool | None = None, **over: Over) -> User:
    """A member of staff; branches stay empty, which means all. Managers and admins have their second step set up."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "username": f"{role}{number}",
        "name": f"Amara {number}",
        "role": role,
        "takes_requests": role == "librarian",
    }
    user = User.objects.create_user(password=PASSWORD, **(values | over))
    if second_step if second_step is not None else role in {"manager", "admin"}:
        secret = SecondStepAdapter().encrypt(APP_SECRET)
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": secret})
    return user


def make_patron(*consents: str, **over: Over) -> Patron:
    """A patron of their own, with the consents named."""
    number = next(_numbers)
    values: dict[str, Any] = {"name": f"Iris {number}", "email": f"iris{number}@example.org"}
    values |= {"standing": "own", "created_at": NOON} | over
    values.setdefault("search_text", naming.search_text_of(values["name"]))
    patron = Patron.objects.create(**values)
    for purpose in consents:
        Consent.objects.create(
            patron=patron,
            purpose=purpose,
            wording="Yes.",
            wording_version="test",
            language="en",
            how="form",
            given_at=NOON,
        )
    return patron


def make_title(**over: Over) -> Title:
    number = next(_numbers)
    values = {"name": f"Book {number}", "authors": ["Ann Author"], "source": "test", "source_key": str(number)}
    title = values | over
    parts: dict[str, Any] = {key: title[key] for key in ("name", "authors", "original_name", "isbns") if key in title}
    title.setdefault("search_text", search_text_of(**parts))
    return Title.objects.create(**title)


def make_request(
    patron: Patron | None = None, *, likes: tuple[str, ...] = ("The Summer Book",), **over: Over
) -> Request:
    """A waiting request with the books named as likes."""
    patron = patron or make_patron()
    thread = Thread.objects.create(
        patron=patron, subject="Reading suggestions", started_at=NOON, branch=over.get("branch", patron.branch)
    )
    values = {
        "nonce": f"nonce-{next(_numbers)}",
        "thread": thread,
        "patron": patron,
        "branch": patron.branch,
        "language": patron.language,
        "audience": patron.audience,
        "asked_at": NOON,
    }
    request = Request.objects.create(**(values | over))
    for position, title in enumerate(likes):
        RequestTitle.objects.create(request=request, kind="like", position=position, title=title, why="The calm.")
    return request


def make_letter(
    request: Request | None = None, *, titles: tuple[Title, ...] = (), librarian: User | None = None, **over: Over
) -> Letter:
    """A letter (a draft unless `sent_at` is given) with one pick for each title."""
    values = {"note": "Dear reader", "check_in_days": 21, "saved_at": NOON}
    letter = Letter.objects.create(
        request=request or make_request(), librarian=librarian or make_staff(), **(values | over)
    )
    for position, title in enumerate(titles):
        Pick.objects.create(letter=letter, title=title, position=position, why="Because of the sea.")
    return letter
