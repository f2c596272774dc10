"""One page per patron with the whole story, and the way to find the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf.locale import LANG_INFO
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject, Lower

from engagement.models.score import Stage
from engagement.services.scores import Explanation, explain_score
from outreach.models import ContactReason, Request
from outreach.services.taste import TasteLine, taste_of
from patrons.models import Card, Consent, Patron, Suppression
from patrons.querysets import PatronQuerySet
from relcrm.desk.services.story import StoryLine, requests_of, tell_story

PAGE = 25
OFFERED = ("check_in", "profile", "proactive")


@dataclass(frozen=True)
class ConsentLine:
    """One purpose: the words agreed to and when, or that there is no consent (any more)."""

    purpose: str
    label: str
    wording: str
    given_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def holds(self) -> bool:
        """In force now."""
        return self.given_at is not None and self.withdrawn_at is None


@dataclass(frozen=True)
class Rung:
    """One step of the stage ladder: past, here or ahead."""

    name: str
    past: bool
    here: bool


@dataclass(frozen=True)
class PatronCard:
    """Everything a librarian sees of one patron. No explanation: no profile consent, so nothing is measured."""

    patron: Patron
    language: str
    explanation: Explanation | None
    ladder: list[Rung]
    taste: list[TasteLine]
    story: list[StoryLine]
    consents: list[ConsentLine]
    open_requests: list[Request]
    could_not_get: list[str]
    twin: str
    gets_no_mail: bool


@dataclass(frozen=True)
class PatronList:
    """One page of patrons by name. `after` names the last one, for the next page; empty: this is the last page."""

    patrons: list[Patron]
    after: str


def card_rows(patrons: PatronQuerySet) -> PatronQuerySet:
    """Patrons with what their own page shows besides the story, all in one query."""
    consents = Consent.objects.filter(patron=OuterRef("pk")).order_by("given_at", "pk")
    fields = JSONObject(purpose="purpose", wording="wording", given_at="given_at", withdrawn_at="withdrawn_at")
    twins = Patron.objects.known().filter(email__iexact=OuterRef("email")).exclude(pk=OuterRef("pk"))
    twins = twins.exclude(email="").order_by("created_at", "pk")
    missing = ContactReason.objects.filter(patron=OuterRef("pk"), closed_at=None, kind="could_not_get")
    mailless = Suppression.objects.active().filter(address=Lower(OuterRef("email")))
    return patrons.select_related("branch").annotate(
        consent_rows=ArraySubquery(consents.values(json=fields)),
        twins=ArraySubquery(twins.values(json=JSONObject(public_id="public_id", audience="audience"))[:5]),
        missing=ArraySubquery(missing.order_by("pk").values("pick__title__name")),
        gets_no_mail=Exists(mailless),
    )


def read_card(*, patron: Patron, now: datetime) -> PatronCard:
    """The card of a patron taken from `card_rows`; at most seven queries more."""
    explanation = explain_score(patron=patron, now=now)
    requests = requests_of(patron)
    return PatronCard(
        patron=patron,
        language=LANG_INFO[patron.language]["name"],
        explanation=explanation,
        ladder=ladder_of(explanation),
        taste=taste_of(patron) if explanation else [],
        story=tell_story(requests, explanation),
        consents=consents_of(patron),
        open_requests=[request for request in requests if request.state in ("waiting", "held")],
        could_not_get=[title for title in getattr(patron, "missing", []) if title],
        twin=_twin_of(patron),
        gets_no_mail=getattr(patron, "gets_no_mail", False),
    )


def _twin_of(patron: Patron) -> str:
    """The public id of a known record with the same address; a child's record never fits a grown-up's."""
    if patron.standing != Patron.Standing.PROVISIONAL:
        return ""
    fitting = (twin for twin in getattr(patron, "twins", []) if (twin["audience"] == "child") == patron.is_child)
    return next((twin["public_id"] for twin in fitting), "")


def ladder_of(explanation: Explanation | None) -> list[Rung]:
    """The four stages with the present one marked; empty where nothing is measured."""
    if explanation is None:
        return []
    here = Stage.values.index(explanation.stage)
    return [Rung(str(stage.label), place < here, place == here) for place, stage in enumerate(Stage)]


def consents_of(patron: Patron) -> list[ConsentLine]:
    """The newest word on each purpose, from `card_rows`."""
    newest = {row["purpose"]: row for row in getattr(patron, "consent_rows", [])}
    purposes = dict(Consent.Purpose.choices)
    return [_consent(purpose, str(purposes[purpose]), newest.get(purpose)) for purpose in OFFERED]


def _consent(purpose: str, label: str, row: dict[str, str | None] | None) -> ConsentLine:
    if row is None:
        return ConsentLine(purpose, label, "", None, None)
    return ConsentLine(purpose, label, row["wording"] or "", _time(row["given_at"]), _time(row["withdrawn_at"]))


def _time(words: str | None) -> datetime | None:
    return datetime.fromisoformat(words) if words else None


def find_page(patrons: PatronQuerySet, *, words: str, standing: str, audience: str, after: str) -> PatronList:
    """Patrons by name whose name, address, card or public id fits the words; two queries at most."""
    if words:
        card = Card.objects.filter(patron=OuterRef("pk"), number__iexact=words)
        by_key = Q(email__istartswith=words) | Q(public_id__iexact=words) | Q(Exists(card))
        patrons = patrons.filter(Q(name__unaccent__icontains=words) | by_key)
    if standing:
        patrons = patrons.filter(standing=standing)
    if audience:
        patrons = patrons.filter(audience=audience)
    last = Patron.objects.filter(public_id=after).values_list("name", "pk").first() if after else None
    if last:
        patrons = patrons.filter(name__gte=last[0]).exclude(name=last[0], pk__lte=last[1])
    rows = list(patrons.select_related("branch", "score").order_by("name", "pk")[: PAGE + 1])
    return PatronList(rows[:PAGE], rows[PAGE - 1].public_id if len(rows) > PAGE else "")
