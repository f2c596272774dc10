"""What readers asked for that the library could not give: how often, by how many, since when; what service helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Max, Min, OuterRef, Q
from django.db.models.functions import JSONObject

from engagement.models import Need, Service
from engagement.services.reports.small_numbers import HIDDEN, Shown, hidden_groups, show_count, show_people

LATELY = timedelta(days=90)
MOST = 300
# The parts of the total that are shown beside it, each with the condition an ask fulfils.
UNMET, MET = "unmet", "met"
RECENT, BEFORE, OLDER = "recent", "before", "older"
TALLIES = ("asked", UNMET, MET, RECENT, BEFORE, OLDER)


@dataclass(frozen=True)
class Served:
    """A service that meets a need; `offered` False: it was stopped."""

    name: str
    offered: bool


@dataclass(frozen=True)
class NeedLine:
    """One need. `recent` are the asks of the last 90 days, `before` those of the 90 days before."""

    name: str
    asked: Shown
    readers: Shown
    unmet: Shown
    recent: Shown
    before: Shown
    since: datetime | None
    services: tuple[Served, ...]

    @property
    def is_hidden(self) -> bool:
        """Fewer than 8 readers stand behind it, so its numbers are not shown."""
        return self.asked == HIDDEN

    @property
    def is_met(self) -> bool:
        return any(service.offered for service in self.services)

    @property
    def trend(self) -> str:
        """'more', 'less' or 'as before'; empty where the numbers may not be shown."""
        if not (isinstance(self.recent, int) and isinstance(self.before, int)):
            return ""
        return "as before" if self.recent == self.before else "more" if self.recent > self.before else "less"


@dataclass(frozen=True)
class ServiceLine:
    """One service of the catalogue. `asked_for`: at least one need asks for it."""

    service: Service
    needs: tuple[str, ...]

    @property
    def asked_for(self) -> bool:
        return bool(self.needs)


def read_needs(*, suppressed: bool, now: datetime) -> list[NeedLine]:
    """Every need, the most asked for first; one query. `suppressed`: nothing that rests on 1 to 7 readers is shown.

    An ask without a reader may be anybody's: all of these together count as one reader, so that a number is never
    shown that rests on fewer than it seems.
    """
    serving = Service.objects.filter(needs=OuterRef("pk")).order_by("name")
    needs = Need.objects.annotate(
        **_tallies(now),
        first=Min("asks__at"),
        last=Max("asks__at"),
        served=ArraySubquery(serving.values(json=JSONObject(name="name", offered="offered"))),
    )
    lines = [_line(need, suppressed) for need in needs.order_by(F("asked").desc(), "name")[:MOST]]
    if suppressed:  # the order must not say how small a hidden number is
        shown = [line for line in lines if not line.is_hidden]
        lines = shown + sorted((line for line in lines if line.is_hidden), key=lambda line: line.name)
    return lines


def read_services() -> list[ServiceLine]:
    """The catalogue by name, what is offered first; one query."""
    asking = Need.objects.filter(services=OuterRef("pk")).order_by("name")
    services = Service.objects.annotate(asking=ArraySubquery(asking.values("name")))
    rows = services.order_by("-offered", "name")[:MOST]
    return [ServiceLine(service, tuple(getattr(service, "asking", ()))) for service in rows]


def _tallies(now: datetime) -> dict[str, Count]:
    """For each tally its asks, the readers known, and the asks nobody's name stands on."""
    recent, earlier = now - LATELY, now - 2 * LATELY
    conditions = {
        "asked": Q(),
        UNMET: Q(asks__met=False),
        MET: Q(asks__met=True),
        RECENT: Q(asks__at__gt=recent),
        BEFORE: Q(asks__at__gt=earlier, asks__at__lte=recent),
        OLDER: Q(asks__at__lte=earlier),
    }
    counts: dict[str, Count] = {}
    for name, condition in conditions.items():
        counts[name] = Count("asks", filter=condition & Q(asks__isnull=False))
        counts[f"{name}_known"] = Count("asks__patron", filter=condition, distinct=True)
        counts[f"{name}_unknown"] = Count("asks", filter=condition & Q(asks__isnull=False, asks__patron=None))
    return counts


def _line(need: Need, suppressed: bool) -> NeedLine:
    counts = {name: int(getattr(need, name)) for name in TALLIES}
    people = {name: _people(need, name) for name in TALLIES}
    shown = _suppress(counts, people) if suppressed else dict(counts)
    readers: Shown = people["asked"]
    if suppressed:
        readers = show_people(people["asked"])
    return NeedLine(
        name=need.name,
        asked=shown["asked"],
        readers=readers,
        unmet=shown[UNMET],
        recent=shown[RECENT],
        before=shown[BEFORE],
        since=None if shown["asked"] == HIDDEN else getattr(need, "first", None),
        services=tuple(Served(one["name"], one["offered"]) for one in getattr(need, "served", [])),
    )


def _people(need: Need, name: str) -> int:
    """At least so many readers asked."""
    known, unknown = int(getattr(need, f"{name}_known")), int(getattr(need, f"{name}_unknown"))
    return known + (1 if unknown and not known else 0)


def _suppress(counts: Mapping[str, int], people: Mapping[str, int]) -> dict[str, Shown]:
    """The counts as managers see them: no part can be had by taking the others from the total."""
    shown = {name: show_count(count, people[name]) for name, count in counts.items()}
    for parts in ((UNMET, MET), (RECENT, BEFORE, OLDER)):
        hidden = hidden_groups({part: people[part] for part in parts})
        shown |= dict.fromkeys(hidden, HIDDEN)
    if shown["asked"] == HIDDEN:
        shown |= dict.fromkeys((name for name, count in counts.items() if count), HIDDEN)
    return shown
