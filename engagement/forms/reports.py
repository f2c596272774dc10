"""What a page of reports was asked for: a quarter, and all of the library or one part of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, QuerySet
from django.http import QueryDict

from engagement.models import Interaction
from engagement.services.reports.periods import Period, quarters_until
from engagement.services.reports.shapes import Slice
from engagement.services.working_days import zone_of
from library.models import Branch
from patrons.models import Patron

READERS = {"adult": "adults", "teen": "teens", "child": "children"}
ALL = Slice()


@dataclass(frozen=True)
class Choice:
    """One part of the library that can be asked for; `value` stands in the address."""

    value: str
    slice: Slice


@dataclass(frozen=True)
class Asked:
    """The period and slice asked for, and what else there is to choose. Unknown choices fall back."""

    period: Period
    chosen: Choice
    quarters: list[Period]
    branches: list[Choice]
    audiences: list[Choice]
    languages: list[Choice]

    @property
    def slice(self) -> Slice:
        return self.chosen.slice

    @property
    def query(self) -> str:
        """The same question for another address."""
        query = QueryDict(mutable=True)
        query["quarter"] = self.period.key
        if self.chosen.value:
            query["of"] = self.chosen.value
        return query.urlencode()

    @property
    def file_name(self) -> str:
        return f"relationships-{self.period.key}-{self.chosen.value or 'all'}"


def read_asked(data: QueryDict, *, now: datetime) -> Asked:
    """Read `quarter` and `of` (or `branch`, as older addresses say); 1 query, or 2 without a branch."""
    quarters = quarters_until(now.astimezone(zone_of(None)).date())
    # Asked in one go with the branches: whether the quarter that is over has a line.
    places = list(Branch.objects.order_by("name").annotate(over_has_lines=Exists(_lines(quarters[1]))))
    branches = [Choice(f"branch-{place.slug}", Slice("branch", str(place.pk), place.name)) for place in places]
    audiences = [
        Choice(f"audience-{key}", Slice("audience", key, READERS.get(key, str(label))))
        for key, label in Patron.Audience.choices
    ]
    languages = [
        Choice(f"language-{code}", Slice("language", code, f"readers of {name}")) for code, name in settings.LANGUAGES
    ]
    named = data.get("of") or (f"branch-{data['branch']}" if data.get("branch") else "")
    chosen = next((choice for choice in (*branches, *audiences, *languages) if choice.value == named), Choice("", ALL))
    period = next((quarter for quarter in quarters if quarter.key == data.get("quarter")), None)
    if period is None:
        has_lines = places[0].over_has_lines if places else _lines(quarters[1]).exists()
        period = quarters[1 if has_lines else 0]  # the last one that is over, once it has a line
    return Asked(period, chosen, quarters, branches, audiences, languages)


def _lines(quarter: Period) -> QuerySet[Interaction]:
    return Interaction.objects.filter(day__range=(quarter.first, quarter.last))
