"""What a reader wrote to us and what we answered, as the reader sees it on their own page."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from outreach.models import Reply, ThreadTurn
from patrons.models import Patron
from patrons.querysets import PatronQuerySet
from relcrm.desk.services.story import StoryLine

MOST = 100


def with_words_exchanged(patrons: PatronQuerySet) -> PatronQuerySet:
    """Patrons with their own words and our answers, in the same query. Mails a machine wrote for them are no words."""
    theirs = Reply.objects.filter(patron=OuterRef("pk"), kind=Reply.Kind.REPLY).order_by("-received_at", "-pk")
    ours = ThreadTurn.objects.filter(thread__patron=OuterRef("pk")).exclude(way=ThreadTurn.Way.DONE).newest()
    said = JSONObject(at="received_at", words="text", page="thread__page")
    answered = JSONObject(at="at", words="words", name="by__name")
    return patrons.annotate(
        words_of_theirs=ArraySubquery(theirs.values(json=said)[:MOST]),
        words_of_ours=ArraySubquery(ours.values(json=answered)[:MOST]),
    )


def tell_words(patron: Patron) -> list[StoryLine]:
    """The lines of a patron taken from `with_words_exchanged`."""
    theirs, ours = getattr(patron, "words_of_theirs", []), getattr(patron, "words_of_ours", [])
    return [
        *(StoryLine("wrote", _at(row), "plain", words=row["words"], who=row["page"] or "") for row in theirs),
        *(StoryLine("we_answered", _at(row), "plain", words=row["words"], who=row["name"] or "") for row in ours),
    ]


def _at(row: dict[str, str]) -> datetime:
    return datetime.fromisoformat(row["at"])
