"""One page per patron with the whole story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf.locale import LANG_INFO
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject, Lower
from django.utils.timezone import localtime

from engagement.models.score import Stage
from engagement.services.drift_words import Told, tell_drift
from engagement.services.moves import StageHistory, read_history, with_moves
from engagement.services.needs import offered_needs
from engagement.services.reader_types import KindOfReader, kind_of_reader
from engagement.services.reasons import Standing, read_standing
from library.models import User
from outreach.models import ContactReason, Request
from outreach.services.taste import TasteLine, taste_of
from patrons.models import Card, Consent, Patron, Suppression
from patrons.querysets import PatronQuerySet
from relcrm.desk.services.story import with_books
from relcrm.desk.services.timeline import Timeline, add_requests, read_timeline, requests_in

PAGE = 25
OFFERED = ("check_in", "profile", "proactive")
OPEN_STATES = ("waiting", "held", "begun")
MOST_CARDS, MOST_MEMBERS = 5, 20


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
class Member:
    """Somebody of the same household, whom this librarian may see."""

    public_id: str
    name: str


@dataclass(frozen=True)
class PatronCard:
    """Everything a librarian sees of one patron. No standing: no profile consent, so nothing is measured."""

    patron: Patron
    language: str
    standing: Standing | None
    drift: Told | None
    history: StageHistory
    kind: KindOfReader
    ladder: list[Rung]
    taste: list[TasteLine]
    timeline: Timeline
    consents: list[ConsentLine]
    open_requests: list[Request]
    could_not_get: list[str]
    twin: str
    gets_no_mail: bool
    cards: list[str]
    household: list[Member]
    needs: list[str]

    @property
    def may_write(self) -> bool:
        """A letter nobody asked for may be begun; whether the contact budget has room is asked then."""
        agreed = any(line.purpose == Consent.Purpose.PROACTIVE and line.holds for line in self.consents)
        by_mail = bool(self.patron.email) and self.patron.preferred_channel == Patron.Channel.EMAIL
        return agreed and by_mail and not self.gets_no_mail and self.patron.audience == Patron.Audience.ADULT


def card_rows(patrons: PatronQuerySet, user: User) -> PatronQuerySet:
    """Patrons with what their own page shows besides the story, all in one query; of others only those `user` sees."""
    consents = Consent.objects.filter(patron=OuterRef("pk")).order_by("given_at", "pk")
    fields = JSONObject(purpose="purpose", wording="wording", given_at="given_at", withdrawn_at="withdrawn_at")
    twins = Patron.objects.visible_to(user).known().filter(email__iexact=OuterRef("email")).exclude(pk=OuterRef("pk"))
    twins = twins.exclude(email="").order_by("created_at", "pk")
    missing = ContactReason.objects.filter(patron=OuterRef("pk"), closed_at=None, kind="could_not_get")
    mailless = Suppression.objects.active().filter(address=Lower(OuterRef("email")))
    return patrons.select_related("branch").annotate(
        consent_rows=ArraySubquery(consents.values(json=fields)),
        twins=ArraySubquery(twins.values(json=JSONObject(public_id="public_id", audience="audience"))[:5]),
        missing=ArraySubquery(missing.order_by("pk").values("pick__title__name")),
        gets_no_mail=Exists(mailless),
    )


def desk_rows(patrons: PatronQuerySet, user: User) -> PatronQuerySet:
    """`card_rows` with what only the desk shows: score, cards, and those of the household this person may see."""
    cards = Card.objects.filter(patron=OuterRef("pk")).order_by("number").values("number")[:MOST_CARDS]
    others = Patron.objects.visible_to(user).filter(household=OuterRef("household")).exclude(pk=OuterRef("pk"))
    member = JSONObject(public_id="public_id", name="name")
    return (
        with_moves(card_rows(patrons, user))
        .select_related("branch", "score", "drift", "reader_type", "household")
        .annotate(
            card_numbers=ArraySubquery(cards),
            members=ArraySubquery(others.order_by("name", "pk").values(json=member)[:MOST_MEMBERS]),
        )
    )


def read_card(*, patron: Patron, user: User, before: str = "", now: datetime) -> PatronCard:
    """The card of a patron taken from `desk_rows`, with a page of the timeline; at most six queries more."""
    consents = consents_of(patron)
    standing = read_standing(patron=patron, now=now) if _is_measured(consents) else None
    timeline = read_timeline(patron=patron, before=before, user=user, now=now)
    told = Q(pk__in=requests_in(timeline)) | Q(state__in=OPEN_STATES)
    requests = list(with_books(Request.objects.filter(patron=patron).filter(told)).order_by("-asked_at", "-pk"))
    return PatronCard(
        patron=patron,
        language=LANG_INFO[patron.language]["name"],
        standing=standing,
        drift=_drift_of(patron, now) if standing else None,
        history=read_history(patron, now=now),
        kind=kind_of_reader(patron),
        ladder=ladder_of(standing),
        taste=taste_of(patron) if standing else [],
        timeline=add_requests(timeline, requests),
        consents=consents,
        open_requests=[request for request in requests if request.state in OPEN_STATES],
        could_not_get=[title for title in getattr(patron, "missing", []) if title],
        twin=_twin_of(patron),
        gets_no_mail=getattr(patron, "gets_no_mail", False),
        cards=list(getattr(patron, "card_numbers", [])),
        household=[Member(one["public_id"], one["name"] or "A reader") for one in getattr(patron, "members", [])],
        needs=offered_needs(),
    )


def _is_measured(consents: list[ConsentLine]) -> bool:
    return any(line.purpose == Consent.Purpose.PROFILE and line.holds for line in consents)


def _drift_of(patron: Patron, now: datetime) -> Told | None:
    drift = getattr(patron, "drift", None)
    return tell_drift(drift, on=localtime(now).date()) if drift else None


def _twin_of(patron: Patron) -> str:
    """The public id of a known record with the same address; a child's record never fits a grown-up's."""
    if patron.standing != Patron.Standing.PROVISIONAL:
        return ""
    fitting = (twin for twin in getattr(patron, "twins", []) if (twin["audience"] == "child") == patron.is_child)
    return next((twin["public_id"] for twin in fitting), "")


def ladder_of(standing: Standing | None) -> list[Rung]:
    """The four stages with the present one marked; empty where nothing is measured."""
    if standing is None:
        return []
    here = Stage.values.index(standing.stage)
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
