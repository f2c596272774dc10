"""A year of believable history, told through the same services the product uses, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random

from catalog.models import Title
from library.models import Branch, User
from outreach.models import CheckIn, Letter, Request
from outreach.services.answers import GivenAnswer, record_answers
from outreach.services.checkins import queue_due
from outreach.services.letters import Draft, DraftPick, save_draft, send_letter
from outreach.services.picking import broken_limits
from outreach.services.requests import submit_request
from outreach.services.wishes import NamedBook, Wishes
from relcrm.desk.services.demo.afterwards import DEALT_WITH, deal_with, live, open_my_page, recognise
from relcrm.desk.services.demo.all_year import tell_the_rest
from relcrm.desk.services.demo.inbox import plan_inbox
from relcrm.desk.services.demo.story import CLOSES, Reader, Story, make_reader, pretend_sent, while_open
from relcrm.desk.services.demo.this_week import plan_exceptions
from relcrm.desk.services.demo.voices import VOICES

MOODS = ("funny", "hopeful", "thoughtful", "gripping")
FIRST_ANSWERS = ("loved", "loved", "liked", "liked", "so_so")
SECOND_ANSWERS = ("loved", "liked", "liked", "so_so", "not_for_me", "not_yet", *["could_not_get"] * 2)
STRETCH_ANSWERS = ("loved", "so_so", "so_so", "not_for_me", "not_yet")
# How many letters a reader asked for in the year, spread evenly between these days before today.
ASKED = (2, 2, 3)
LONGEST_AGO, NEWEST = 340, 12
# Days until the letter; the last two break the promise of five working days.
WAITS = (0.8, 1.2, 1.9, 2.4, 2.9, 3.2, 4.1, 5.2, 8.3, 9.4)
ANSWERED = 0.6


def tell_history(
    *, branches: Sequence[Branch], librarians: Sequence[User], titles: Sequence[Title], now: datetime, rng: Random
) -> None:
    """Make the readers and let a year happen up to `now`; no mail leaves, the mails of the past count as sent."""
    story = Story(branches, librarians, now, rng)
    readers = [make_reader(story, name, language, titles) for language, voice in VOICES.items() for name in voice.names]
    for reader in readers:
        plan_year(story, reader)
    plan_this_week(story, readers)
    plan_exceptions(story)
    plan_inbox(story)
    story.tell()
    tell_the_rest(story)


def plan_year(story: Story, reader: Reader) -> None:
    """Some requests over the year, the last at least twelve days ago, so that it has been answered."""
    rng = story.rng
    times = rng.choice(ASKED)
    for time in range(times):
        days = NEWEST + (LONGEST_AGO - NEWEST) * (time + rng.random()) / times
        at = (story.now - timedelta(days=days)).replace(hour=rng.randrange(7, 23), minute=rng.randrange(60))
        story.plan(at, partial(ask, story, reader, answered=True))


def plan_this_week(story: Story, readers: Sequence[Reader]) -> None:
    """What waits on the desk today: one late, one due soon, some fresh."""
    for reader, days in zip(readers[::11], (14, 6, 3, 1, 0.2, 0.05), strict=False):
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
            about=next_wish(reader, rng),
            consents=reader.consents,
        ),
        now=at,
    )
    if answered:
        then = while_open(at + timedelta(days=rng.choice(WAITS)), rng)
        story.plan(max(then, at + timedelta(hours=1)), partial(write, story, reader, request))


def next_wish(reader: Reader, rng: Random) -> str:
    """What the reader asks for this time, in other words than before while there are any."""
    left = [wish for wish in reader.voice.wishes if wish not in reader.said] or list(reader.voice.wishes)
    reader.said.append(rng.choice(left))
    return reader.said[-1]


def write(story: Story, reader: Reader, request: Request, at: datetime) -> None:
    """The letter: two or three books, never sent before where the shelf has others, each with its why."""
    rng, voice = story.rng, reader.voice
    allowed = [title for title in reader.shelf if not broken_limits(request, title)]
    allowed = [title for title in allowed if title.pk not in reader.sent] or allowed
    picks = rng.sample(allowed, min(len(allowed), rng.choice((2, 3, 3, 3))))
    reader.sent.update(title.pk for title in picks)
    drafts = [DraftPick(title, rng.choice(voice.pick_whys), stretch=place == 2) for place, title in enumerate(picks)]
    librarian = rng.choice(story.librarians)
    draft = Draft(note=rng.choice(voice.notes), picks=tuple(drafts), minutes=rng.choice((8, 11, 14, 19)))
    letter = save_draft(request=request, librarian=librarian, draft=draft, now=at)
    sent = send_letter(letter=letter, librarian=librarian, now=at)
    for days in (21, 28):
        plan_beat(story, at + timedelta(days=days))
    story.plan(at + timedelta(days=1 + rng.random()), partial(open_my_page, request))
    if reader.answers and rng.random() < ANSWERED:
        story.plan(at + timedelta(days=22 + rng.random() * 5), partial(answer, story, reader, sent))


def plan_beat(story: Story, day: datetime) -> None:
    """One beat a day is enough, in the evening of a day on which something is due."""
    if day.date() not in story.beats:
        story.beats.add(day.date())
        story.plan(day.replace(hour=CLOSES, minute=0), ask_how_it_was)


def ask_how_it_was(at: datetime) -> None:
    """The beat of that day; the letter asked about left long ago."""
    pretend_sent()
    queue_due(now=at)
    pretend_sent()


def answer(story: Story, reader: Reader, letter: Letter, at: datetime) -> None:
    """The check-in comes back; the address is proved, and one person stays one record."""
    check_in = CheckIn.objects.filter(letter=letter, asked_at__isnull=False).first()
    if check_in is None:
        return  # no consent to be asked
    rng, voice = story.rng, reader.voice
    given: dict[int, GivenAnswer] = {}
    for pick in letter.picks.order_by("position"):
        value = rng.choice((FIRST_ANSWERS, SECOND_ANSWERS, STRETCH_ANSWERS)[len(given)])
        words = {"loved": voice.loved, "not_for_me": voice.not_for_me}.get(value, ("",))
        given[pick.pk] = GivenAnswer(value, rng.choice(words))
    record_answers(check_in=check_in, answers=given, learned=rng.random() < 0.5 or None, comment="", now=at)
    live(story, recognise(letter.request_id, at), at)
    story.plan(at + DEALT_WITH, partial(deal_with, story))
