"""How long the desk's pages take in a large library: today, requests, readers, one reader's card."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.test import Client, override_settings

from catalog.models import Title
from engagement.models import Promise
from engagement.services.scores import rebuild_scores
from library.models import User
from outreach.models import CheckIn, Letter, Pick, Request, RequestTitle, Thread
from patrons.models import Patron
from tests.bench.bench_scores import LINES_PER_PATRON, NOW, generated, run, seconds

PATRONS = 20_000
WAITING_ONE_IN = 40
VISITS = 20
GOAL_MS = 300.0
DAY = timedelta(days=1)


def bench_desk(size: int = PATRONS) -> dict[str, object]:
    """The 95th percentile over all pages, beside the sign-in page, which asks the database for nothing of this."""
    # Pages are asked for by a client in this process.
    with override_settings(ALLOWED_HOSTS=["testserver"]), large_library(size) as librarian:
        desk, stranger = Client(), Client()
        desk.force_login(librarian)
        taken = [_time(desk, path) for path in pages(size)]
        plain = statistics.median(_time(stranger, "/accounts/login/") for _ in range(VISITS))
    value = sorted(taken)[int(len(taken) * 0.95)]
    return {
        "bench": "page-desk",
        "value": round(value * 1000, 1),
        "unit": "ms",
        "baseline": round(plain * 1000, 1),
        "ratio": round(value / plain, 3),
        "goal": GOAL_MS,
        "ok": value * 1000 <= GOAL_MS,
    }


def pages(size: int) -> list[str]:
    """What a librarian opens in a morning; words and readers differ from visit to visit."""
    chosen = [number * size // VISITS for number in range(VISITS)]
    return [
        *(f"/desk/?visit={number}" for number in chosen),
        *(f"/desk/requests/?visit={number}" for number in chosen),
        *(f"/desk/requests/?state=any&q=reader+{number}" for number in chosen),
        *(f"/desk/patrons/?visit={number}" for number in chosen),
        *(f"/desk/patrons/?q=reader+{number}" for number in chosen),
        *(f"/desk/patrons/B-{number}/" for number in chosen),
    ]


@contextmanager
def large_library(patrons: int) -> Iterator[User]:
    """So many readers with twenty ledger lines and a request each, one in forty waiting; gone at the end."""
    with generated(patrons * LINES_PER_PATRON):
        run(
            "UPDATE patrons_patron SET name = 'Reader ' || substr(public_id, 3), standing = 'own',"
            " search_text = ' reader ' || substr(public_id, 3)"
        )
        librarian = User.objects.create_user(username="bench", name="Bench", role="librarian")
        title = Title.objects.create(name="A book", source="bench", source_key="1", search_text=" a book")
        _write_requests(librarian, title)
        rebuild_scores(now=NOW)
        run("ANALYZE")
        yield librarian


def _write_requests(librarian: User, title: Title) -> None:
    people = list(Patron.objects.filter(public_id__startswith="B-").order_by("pk"))
    threads = Thread.objects.bulk_create(
        [Thread(patron=patron, subject="Reading suggestions", started_at=NOW) for patron in people], 5000
    )
    promises = Promise.objects.bulk_create(
        [Promise(kind="letter", patron=patron, made_at=NOW - DAY, due_at=NOW + DAY) for patron in people], 5000
    )
    rows = [
        _request(number, thread, promise)
        for number, (thread, promise) in enumerate(zip(threads, promises, strict=True))
    ]
    requests = Request.objects.bulk_create(rows, 5000)
    named = [RequestTitle(request=one, kind="like", position=0, title="A book", why="The calm.") for one in requests]
    RequestTitle.objects.bulk_create(named, 5000)
    Promise.objects.filter(patron__requests__state="answered").update(kept_at=NOW)
    _answer([one for one in requests if one.state == "answered"], librarian, title)


def _request(number: int, thread: Thread, promise: Promise) -> Request:
    asked = NOW - (number % 365) * DAY
    waiting = number % WAITING_ONE_IN == 0
    return Request(
        nonce=f"bench-{number}",
        thread=thread,
        patron=thread.patron,
        promise=promise,
        language="en",
        audience="adult",
        state=Request.State.WAITING if waiting else Request.State.ANSWERED,
        asked_at=asked,
        answered_at=None if waiting else asked + DAY,
    )


def _answer(requests: list[Request], librarian: User, title: Title) -> None:
    letters = Letter.objects.bulk_create(
        [
            Letter(
                request=one, librarian=librarian, note="Hello", check_in_days=21, saved_at=NOW, sent_at=one.answered_at
            )
            for one in requests
        ],
        5000,
    )
    Pick.objects.bulk_create([Pick(letter=one, title=title, position=0, why="The sea.") for one in letters], 5000)
    CheckIn.objects.bulk_create([CheckIn(letter=one, next_step="done") for one in letters], 5000)


def _time(client: Client, path: str) -> float:
    """Seconds of the second visit: by then everything that is kept in memory is there."""
    _open(client, path)
    return seconds(lambda: _open(client, path))


def _open(client: Client, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:  # noqa: PLR2004  (found)
        raise RuntimeError(f"{path} answered {answer.status_code}")
