"""The page a librarian's day begins with: who waits, whom to write to, what was promised, what is leaving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, JSONObject

from catalog.models import Title
from engagement.models import Promise
from library.models import User
from outreach.models import Letter, Message, Postbox, Request, RequestTitle
from outreach.querysets import RequestQuerySet, of_branches
from outreach.services.reports.contact_list import Row, contacts_begun
from outreach.services.reports.promise_clock import Clock, clock_of
from outreach.services.reports.waiting_words import WaitingWords, read_waiting_words

ROWS = 20
REPLIES = 5
CONTACTS = 5
RECORD = timedelta(days=30)
JUST_SENT = timedelta(minutes=15)
LATELY = timedelta(days=14)
NOON, EVENING = 12, 18


@dataclass(frozen=True)
class WaitingLine:
    """One request as the page shows it: the reader's own words, then the facts."""

    request: Request
    said: str
    loved: str
    facts: list[str]
    clock: Clock | None


@dataclass(frozen=True)
class Deliveries:
    """Messages: how many leave before the day ends, are in doubt, failed lately. `paused`: none leaves at all."""

    today: int
    in_doubt: int
    failed: int
    paused: bool


@dataclass(frozen=True)
class Record:
    """Promises of the last 30 days: kept in time; kept late or still open past their time."""

    kept: int
    late: int


@dataclass(frozen=True)
class FirstSteps:
    """What a new library still has to do before the first request comes."""

    has_titles: bool
    may_be_chosen: bool


@dataclass(frozen=True)
class Today:
    """Everything the page shows. `first_steps` only while there was never a request; `oldest` None: nobody waits."""

    greeting: str
    local_now: datetime
    place: str
    waiting: list[WaitingLine]
    waiting_count: int
    oldest: datetime | None
    held: list[WaitingLine]
    held_count: int
    replies: WaitingWords
    contacts: list[Row]
    just_sent: list[Letter]
    record: Record
    deliveries: Deliveries
    first_steps: FirstSteps | None


def read_today(*, user: User, now: datetime) -> Today:
    """The page for this librarian, in at most nine queries, whatever the number of rows."""
    zone = zone_of(user)
    local_now = now.astimezone(zone)
    rows = _lines(Request.objects.visible_to(user), user, now)
    waiting = [line for line in rows if line.request.state == Request.State.WAITING]
    held = [line for line in rows if line.request.state == Request.State.HELD]
    return Today(
        greeting=greeting(local_now),
        local_now=local_now,
        place=", ".join(place.name for place in user.places),
        waiting=waiting,
        waiting_count=_total(waiting),
        oldest=waiting[0].request.asked_at.astimezone(zone) if waiting else None,
        held=held,
        held_count=_total(held),
        replies=read_waiting_words(user=user, now=now, most=REPLIES),
        contacts=contacts_begun(user=user, now=now, most=CONTACTS),
        just_sent=_just_sent(user, now),
        record=_record(user, now),
        deliveries=_deliveries(user, local_now),
        first_steps=None if rows else _first_steps(),
    )


def zone_of(user: User) -> tzinfo:
    """The zone of the branch this person works at, else the library's."""
    return ZoneInfo(user.places[0].time_zone if user.places else settings.TIME_ZONE)


def greeting(local_now: datetime) -> str:
    """Good morning, afternoon or evening."""
    if local_now.hour < NOON:
        return "Good morning"
    return "Good afternoon" if local_now.hour < EVENING else "Good evening"


def _lines(requests: RequestQuerySet, user: User, now: datetime) -> list[WaitingLine]:
    """The oldest waiting and held requests with the books they name; one query."""
    named = RequestTitle.objects.filter(request=OuterRef("pk"), kind="like").order_by("position")
    earlier = Request.objects.asked().filter(patron=OuterRef("patron"), asked_at__lt=OuterRef("asked_at"))
    # Chosen first, so that what is said of a request is looked up for those alone.
    waiting, held = (of.values("pk")[:ROWS] for of in (requests.waiting(), requests.held()))
    totals = [When(state=state, then=_how_many(requests, state)) for state in ("waiting", "held")]
    ranked = (
        requests.filter(pk__in=waiting.union(held, all=True))
        .select_related("patron", "branch", "promise")
        .annotate(
            likes=ArraySubquery(named.values(json=JSONObject(title="title", why="why"))[:1]),
            earlier=ArraySubquery(earlier.values("pk")[:9]),
            for_me=Case(When(wished_librarian=user, then=Value(1)), default=Value(0), output_field=IntegerField()),
            total=Case(*totals, output_field=IntegerField()),
        )
        .order_by("asked_at", "pk")
    )
    return [_line(request, now) for request in ranked]


def _how_many(requests: RequestQuerySet, state: str) -> Subquery:
    return Subquery(requests.filter(state=state).order_by().values("state").annotate(n=Count("*")).values("n"))


def _line(request: Request, now: datetime) -> WaitingLine:
    likes: Sequence[dict[str, str]] = getattr(request, "likes", [])
    first = likes[0] if likes else {"title": "", "why": ""}
    facts = ["child's form, no check-in mail"] if request.audience == "child" else [request.audience]
    facts.append(LANG_INFO[request.language]["name"])
    number = len(getattr(request, "earlier", [])) + 1
    if number > 1:
        facts.append(f"request number {number}")
    if getattr(request, "for_me", 0):
        facts.append("asked for you")
    return WaitingLine(request, request.about or first["why"], first["title"], facts, clock_of(request, now=now))


def _total(lines: list[WaitingLine]) -> int:
    return getattr(lines[0].request, "total", 0) if lines else 0


def _just_sent(user: User, now: datetime) -> list[Letter]:
    """Letters of this librarian whose mail still waits, so that sending can be undone."""
    mail = Message.objects.filter(purpose="letter", object_key=Cast(OuterRef("pk"), CharField())).stoppable()
    mine = Letter.objects.filter(librarian=user, sent_at__gt=now - JUST_SENT).filter(Exists(mail))
    return list(mine.select_related("request__patron").order_by("-sent_at", "-pk")[:ROWS])


def _record(user: User, now: datetime) -> Record:
    lately, in_time = Q(kept_at__gt=now - RECORD), Q(kept_at__lte=F("due_at"))
    late = (lately & ~in_time) | Q(kept_at=None, withdrawn_at=None, due_at__lt=now)
    # Narrowed first: each of the two is found by an index of its own.
    counts = (
        Promise.objects.filter(of_branches(user))
        .filter(lately | late)
        .aggregate(kept=Count("pk", filter=lately & in_time), late=Count("pk", filter=late))
    )
    return Record(counts["kept"], counts["late"])


def _deliveries(user: User, local_now: datetime) -> Deliveries:
    """What is queued for the rest of the local day, what nobody knows about, and what the other side refused."""
    midnight = local_now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    leaving = Q(state="queued", due_at__lt=midnight)
    failed = Q(state="failed", queued_at__gt=local_now - LATELY)
    in_doubt = Q(state="unknown")
    # Spelled so that each of the three is found by an index of its own.
    messages = Message.objects.visible_to(user).filter(leaving | in_doubt | failed)
    counts = messages.aggregate(
        today=Count("pk", filter=leaving),
        in_doubt=Count("pk", filter=in_doubt),
        failed=Count("pk", filter=failed),
    )
    return Deliveries(**counts, paused=Postbox.objects.exclude(paused_at=None).exists())


def _first_steps() -> FirstSteps | None:
    """None once there was any request; then an empty list only means that all are answered."""
    if Request.objects.exists():
        return None
    return FirstSteps(has_titles=Title.objects.exists(), may_be_chosen=User.objects.offered_on_form().exists())
