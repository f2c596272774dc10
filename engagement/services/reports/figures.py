"""The figures of the loop: requests, letters, waits, promises, check-ins and what readers thought of the books."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engagement.services.reports.cells import ALL_BRANCHES, BEFORE, NOW, Cells, Place
from engagement.services.reports.small_numbers import HIDDEN, Shown, hidden_groups, show_count, show_share
from engagement.services.reports.standing import Promised

MINUTES_PER_DAY = 24 * 60
PERCENT, DAYS, COUNT = "percent", "days", "count"


@dataclass(frozen=True)
class Figure:
    """One number with what it counts, what it was in the period before, and how it is defined."""

    key: str
    label: str
    unit: str
    value: Shown
    before: Shown
    definition: str

    @property
    def text(self) -> str:
        return words_for(self.value, self.unit)

    @property
    def text_before(self) -> str:
        return words_for(self.before, self.unit)


@dataclass(frozen=True)
class _Loop:
    """The cells of one branch (or all) in one part, as they may be shown."""

    cells: Cells
    promised: Promised
    branch: int
    part: str

    def count(self, kind: str) -> Shown:
        place = self._place(kind)
        return HIDDEN if self._is_hidden(kind) else show_count(self.cells.count(place), self.cells.people(place))

    def liked_share(self) -> Shown:
        liked, other = self._place("liked_pick"), self._place("other_pick")
        return show_share(
            self.cells.count(liked),
            self.cells.count(other),
            part_people=self.cells.people(liked),
            rest_people=self.cells.people(other),
        )

    def answer_rate(self) -> Shown:
        """Who did not answer is at least everyone asked less one person for each answer."""
        asked, answered = self._place("check_in"), self._place("check_in_answer")
        answers = self.cells.count(answered)
        return show_share(
            answers,
            max(0, self.cells.count(asked) - answers),
            part_people=self.cells.people(answered),
            rest_people=self.cells.people(asked) - answers,
        )

    def wait(self, name: str) -> Shown:
        """Days a letter was waited for."""
        minutes = getattr(self.cells.at(self._place("letter")), name)
        if minutes is None:
            return None
        return HIDDEN if self.count("letter") == HIDDEN else round(minutes / MINUTES_PER_DAY, 1)

    def books(self) -> Shown:
        liked, other = (self._place(kind) for kind in ("liked_pick", "other_pick"))
        people = max(self.cells.people(liked), self.cells.people(other))
        if self._is_hidden("liked_pick") or self._is_hidden("other_pick"):
            return HIDDEN
        return show_count(self.cells.count(liked) + self.cells.count(other), people)

    def promises_kept(self) -> Shown:
        promised = self.promised
        return show_share(
            promised.kept, promised.missed, part_people=promised.kept_people, rest_people=promised.missed_people
        )

    def _place(self, kind: str) -> Place:
        return Place(self.part, kind, self.branch)

    def _is_hidden(self, kind: str) -> bool:
        """Whether this branch must be hidden so that another one is not found by difference."""
        if self.branch == ALL_BRANCHES:
            return False
        people = {
            branch: self.cells.people(Place(self.part, kind, branch)) for branch in self.cells.branches(self.part)
        }
        return self.branch in hidden_groups(people)


def loop_figures(cells: Cells, promises: Mapping[str, Promised], branch: int) -> tuple[Figure, ...]:
    """Every figure of the loop, now and before."""
    now, before = (_Loop(cells, promises[part], branch, part) for part in (NOW, BEFORE))

    def figure(key: str, label: str, unit: str, read: Callable[[_Loop], Shown], about: str) -> Figure:
        return Figure(key, label, unit, read(now), read(before), about)

    return (
        figure("requests", "requests", COUNT, lambda loop: loop.count("request"), REQUESTS),
        figure("letters", "letters sent", COUNT, lambda loop: loop.count("letter"), LETTERS),
        figure("median_wait", "median wait for a letter", DAYS, lambda loop: loop.wait("median_wait"), WAIT),
        figure("nine_of_ten_wait", "9 in 10 letters within", DAYS, lambda loop: loop.wait("nine_of_ten_wait"), WAIT),
        figure("promises_kept", "of promises kept in time", PERCENT, _Loop.promises_kept, PROMISES_KEPT),
        figure("check_ins", "check-ins asked", COUNT, lambda loop: loop.count("check_in"), ASKED),
        figure("answer_rate", "of check-ins answered", PERCENT, _Loop.answer_rate, ANSWERED),
        figure("books_answered", "books judged by readers", COUNT, _Loop.books, BOOKS),
        figure("loved_or_liked", "of judged books loved or liked", PERCENT, _Loop.liked_share, BOOKS),
    )


def words_for(value: Shown, unit: str) -> str:
    """A shown number as words on the page; an en dash where there was nothing to count."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return {PERCENT: f"{value} %", DAYS: f"{value} days"}.get(unit, f"{value:,}")


REQUESTS = "Forms with which readers asked for a letter."
LETTERS = "Letters of suggestions sent by a named librarian."
ASKED = "First questions of check-ins; reminders are not counted."
WAIT = "From the request to the sending of its letter, in days of 24 hours, for the letters of this period."
PROMISES_KEPT = (
    "Promises due in this period that were kept by their day; late ones and open ones past their day are the rest, "
    "withdrawn ones are left out."
)
ANSWERED = (
    "Check-ins answered in this period for every first question asked in it; some answers belong to earlier questions."
)
BOOKS = (
    "Each book a reader called loved, liked, so-so or not for me counts once. Books not read yet, or that could not be "
    "got, are left out."
)
