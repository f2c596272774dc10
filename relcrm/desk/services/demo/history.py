"""A year of believable history, told through the same services the product uses, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random

from catalog.models import Title
from engagement.services.ledger import record_interaction
from library.models import Branch, User
from outreach.models import CheckIn, Letter, Request
from outreach.services.answers import GivenAnswer, record_answers
from outreach.services.checkins import queue_due
from outreach.services.joining import join_candidate, join_patron
from outreach.services.letters import Draft, DraftPick, save_draft, send_letter
from outreach.services.picking import broken_limits
from outreach.services.requests import submit_request
from outreach.services.wishes import NamedBook, Wishes
from patrons.models import Patron
from relcrm.desk.services.demo.story import Reader, Story, make_reader, pretend_sent
from relcrm.desk.services.demo.voices import VOICES

MOODS = ("funny", "hopeful", "thoughtful", "gripping")
EVERYDAY = (("loan", 6), ("renewal", 2), ("visit", 3), ("database_use", 1), ("programme", 1), ("hold", 2))
RARE = ("referral", "donation", "volunteering", "library_suggestion", "thanks")
ANSWERS = ("loved", "loved", "liked", "liked", "liked", "so_so", "not_for_me", "not_yet", "could_not_get")


def tell_history(
    *, branches: Sequence[Branch], librarians: Sequence[User], titles: Sequence[Title], now: datetime, rng: Random
) -> None:
    """Make the readers and let a year happen up to `now`; no mail leaves, the mails of the past count as sent."""
    story = Story(branches, librarians, now, rng)
    readers = [make_reader(story, name, language, titles) for language, voice in VOICES.items() for name in voice.names]
    for reader in readers:
        plan_year(story, reader)
    plan_this_week(story, readers)
    story.tell()


def plan_year(story: Story, reader: Reader) -> None:
    """One to three requests over the year, the last at least ten days ago, so that it has been answered."""
    for days in sorted(story.rng.sample(range(12, 360), story.rng.choice((1, 1, 1, 2, 2, 3))), reverse=True):
        at = story.now - timedelta(days=days, minutes=story.rng.randrange(0, 600))
        story.plan(at, partial(ask, story, reader, answered=True))


def plan_this_week(story: Story, readers: Sequence[Reader]) -> None:
    """What waits on the desk today: one late, one due soon, some fresh."""
    for reader, days in zip(readers[::11], (8, 5, 3, 1, 0.2, 0.05), strict=False):
        at = story.now - timedelta(days=days)
        story.plan(at, partial(ask, story, reader, answered=False))


def ask(story: Story, reader: Reader, at: datetime, *, answered: bool) -> None:
    """The form is filled in; where the story says so, a librarian answers some days later."""
    rng, voice = story.rng, reader.voice
    liked, disliked = rng.sample(reader.shelf, 2)
    request = submit_request(
        wishes=Wishes(
            nonce=f"demo-{reader.email}-{at.isoformat()}"[:64],
            email=reader.email,
            language=reader.language,
            audience=reader.audience,
            name=reader.name,
            branch=reader.branch,
            likes=(NamedBook(liked.name, rng.choice(voice.whys)),),
            dislikes=(NamedBook(disliked.name, rng.choice(voice.dislike_whys)),) if rng.random() < 0.4 else (),
            mood=tuple(rng.sample(MOODS, rng.randrange(0, 3))),
            limits=("violence",) if rng.random() < 0.3 else (),
            about=rng.choice(voice.wishes),
            consents=reader.consents,
        ),
        now=at,
    )
    if answered:
        days = rng.choice((0.8, 1.2, 1.9, 2.4, 2.9, 3.2, 4.1, 6.5))
        story.plan(at + timedelta(days=days), partial(write, story, reader, request))


def write(story: Story, reader: Reader, request: Request, at: datetime) -> None:
    """The letter: two or three books never sent before, each with its why."""
    rng, voice = story.rng, reader.voice
    allowed = [title for title in reader.shelf if not broken_limits(request, title)]
    picks = rng.sample(allowed, min(len(allowed), rng.choice((2, 3))))
    drafts = [DraftPick(title, rng.choice(voice.pick_whys), stretch=place == 2) for place, title in enumerate(picks)]
    librarian = rng.choice(story.librarians)
    draft = Draft(note=rng.choice(voice.notes), picks=tuple(drafts), minutes=rng.choice((8, 11, 14, 19)))
    letter = save_draft(request=request, librarian=librarian, draft=draft, now=at)
    sent = send_letter(letter=letter, librarian=librarian, now=at)
    for days in (21, 28):
        story.plan(at + timedelta(days=days, hours=1), ask_how_it_was)
    if reader.answers:
        story.plan(at + timedelta(days=22 + rng.random() * 5), partial(answer, story, reader, sent))


def ask_how_it_was(at: datetime) -> None:
    """The beat of that day; the letter asked about left long ago."""
    pretend_sent()
    queue_due(now=at)
    pretend_sent()


def answer(story: Story, reader: Reader, letter: Letter, at: datetime) -> None:
    """The check-in comes back; the address is proved, and one person stays one record."""
    check_in = CheckIn.objects.filter(letter=letter, asked_at__isnull=False).first()
    if check_in is None:
        return
    rng, voice = story.rng, reader.voice
    given = {}
    for pick in letter.picks.order_by("position"):
        value = rng.choice(ANSWERS)
        words = {"loved": voice.loved, "not_for_me": voice.not_for_me}.get(value, ("",))
        given[pick.pk] = GivenAnswer(value, rng.choice(words))
    record_answers(check_in=check_in, answers=given, learned=rng.random() < 0.5 or None, comment="", now=at)
    patron = Patron.objects.get(pk=letter.request.patron_id)
    known = join_candidate(patron)
    if known:
        join_patron(provisional=patron, into=known, now=at)
        patron = known
    live(story, patron, at)


def live(story: Story, patron: Patron, at: datetime) -> None:
    """What a reader does besides: everyday use, now and then something given back."""
    rng = story.rng
    kinds = rng.choices(*zip(*EVERYDAY, strict=True), k=rng.randrange(2, 6))
    if rng.random() < 0.25:
        kinds.append(rng.choice(RARE))
    for kind in kinds:
        then = at + timedelta(days=rng.random() * 45)
        story.plan(then, partial(happen, patron, kind))


def happen(patron: Patron, kind: str, at: datetime) -> None:
    present = Patron.objects.filter(pk=patron.pk).first()
    if present:
        record_interaction(
            kind=kind,
            source=f"demo:{patron.public_id}:{kind}:{at.isoformat()}",
            at=at,
            patron=present,
            started_by="patron",
            now=at,
        )
