"""What a library counts all year without knowing by whom, the weekly question, and its social pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.db import connection

from engagement.models import MarketingNumber, Pulse
from engagement.services.recording_many import record_many
from library.models import LibrarySettings
from library.services.staging import drop_tables
from outreach.services.pulse_answers import Said, record_pulse
from outreach.services.pulse_asking import ask_pulse
from patrons.models import Patron
from patrons.services.consents import give_consent
from relcrm.desk.services.demo.story import Story, pretend_sent

WEEKS = 52
ASKED_WEEKLY = 4
AGREES, REPLIES = 0.8, 0.55
# Kinds that a gate, a counter or a terminal counts, and about how many a branch has in a week.
COUNTED = {"visit": 40, "loan": 70, "renewal": 18, "database_use": 6, "programme": 5, "computer_session": 8}
LANGUAGES = ("en", "en", "en", "es", "fr", "pt", "af")
AUDIENCES = ("adult", "adult", "adult", "teen", "child")
POSTS = {"likes": 60, "shares": 6, "comments": 9, "direct_messages": 3}
CHANNELS = ("Facebook", "Instagram")
TABLE = "demo_counted"
FILL = """
CREATE TEMPORARY TABLE demo_counted AS
SELECT kind, 'demo:' || kind || ':' || day || ':' || n AS source, NULL::bigint AS patron_id, branch_id, audience,
    language, NULL::bigint AS staff_id, NULL::bigint AS thread
FROM unnest(%(kinds)s::text[], %(branches)s::bigint[], %(audiences)s::text[], %(languages)s::text[])
    WITH ORDINALITY AS row (kind, branch_id, audience, language, n), (SELECT %(day)s::text AS day) AS week
"""
WORDS = (
    "The letters are what I tell my friends about.",
    "Warm people, and the chairs by the window.",
    "Open on Sundays and I would move in.",
    "I found a job with the help of the Tuesday hour.",
)


def tell_the_rest(story: Story) -> None:
    """After the readers' own year: everyday counts, the pulse, numbers of the social pages."""
    for week in range(WEEKS, 0, -1):
        at = story.now - timedelta(weeks=week) + timedelta(days=1, hours=2)
        count_everyday(story, at)
        post(story, at)
    ask_how_we_do(story)


def count_everyday(story: Story, at: datetime) -> None:
    """A week of visits and loans that name nobody."""
    rng = story.rng
    rows = [
        (kind, branch.pk, rng.choice(AUDIENCES), rng.choice(LANGUAGES))
        for branch in story.branches
        for kind, usual in COUNTED.items()
        for _ in range(round(usual * rng.uniform(0.6, 1.3)))
    ]
    kinds, branches, audiences, languages = zip(*rows, strict=True)
    drop_tables(TABLE)
    with connection.cursor() as cursor:
        cursor.execute(
            FILL,
            {
                "kinds": list(kinds),
                "branches": list(branches),
                "audiences": list(audiences),
                "languages": list(languages),
                "day": at.date().isoformat(),
            },
        )
    for kind in COUNTED:
        record_many(kind=kind, table=TABLE, at=at, started_by="patron", now=at)
    drop_tables(TABLE)


def post(story: Story, at: datetime) -> None:
    """What the pages of the library brought in that week."""
    MarketingNumber.objects.bulk_create(
        MarketingNumber(
            channel=channel,
            campaign="What we are reading",
            measure=measure,
            day=at.date(),
            value=round(usual * story.rng.uniform(0.3, 1.7)),
        )
        for channel in CHANNELS
        for measure, usual in POSTS.items()
    )


def ask_how_we_do(story: Story) -> None:
    """Most readers agreed to be asked; half of those who are asked answer."""
    rng, began = story.rng, story.now - timedelta(weeks=40)
    for patron in Patron.objects.filter(standing="own").exclude(audience="child").order_by("pk"):
        if rng.random() < AGREES:
            then = max(began, patron.created_at)
            give_consent(patron=patron, purpose="pulse", language=patron.language, how="answer", now=then)
    LibrarySettings.objects.update_or_create(pk=1, defaults={"pulse_weekly": ASKED_WEEKLY})
    for week in range(39, 0, -1):
        at = story.now - timedelta(weeks=week)
        ask_pulse(now=at)
        pretend_sent()
        for pulse in Pulse.objects.filter(asked_at=at).select_related("patron", "branch").order_by("pk"):
            if rng.random() < REPLIES:
                record_pulse(pulse=pulse, said=_said(pulse, rng), now=at + timedelta(hours=rng.randrange(20, 90)))


def _said(pulse: Pulse, rng: Random) -> Said:
    happy = rng.random() < 0.7
    answers: dict[str, float | None] = {"recommend": rng.choice((8, 9, 9, 10) if happy else (3, 6, 7, 8))}
    answers |= {name: rng.choice((3, 4, 5, 5) if happy else (2, 3, 4)) for name in ("learned", "confident", "aware")}
    answers["will_do"] = rng.choice((2, 3, 4, 5))
    if pulse.wave == Pulse.Wave.YEARLY:
        answers |= {part: rng.choice((3.0, 3.5, 4.0, 4.5)) for part in ("feeling", "thinking", "doing")}
    words = rng.choice(WORDS) if happy and rng.random() < 0.2 else ""
    return Said(answers, words, bool(words) and rng.random() < 0.7)
