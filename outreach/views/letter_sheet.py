"""The letter page in its states: as saved, with problems, in conflict, as a preview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.http import HttpResponse
from django.middleware.csp import get_nonce
from django.shortcuts import render

from library.models import User
from library.services.staff import StaffRequest
from outreach.forms.letter import LetterForm, PickRow, fields_of
from outreach.mail.screen import html_on_screen, text_on_screen
from outreach.models import Letter, Request
from outreach.services.drafts import blank_letter, open_draft
from outreach.services.letter_mail import mail_of
from outreach.services.readiness import Problem, problems_of
from outreach.services.reports.contact_list import reasons_behind
from outreach.services.reports.letter_desk import LetterDesk, PickLine, asked_on, letter_desk, pick_lines, search_for
from outreach.services.reports.promise_clock import zone_of

ANCHORS = {"note": "note", "picks": "find", "days": "check_in_days", "minutes": "minutes"}


@dataclass(frozen=True)
class Sheet:
    """The words on the page, typed or saved, beside what is known. `letter` is the draft as stored, or a blank one."""

    desk: LetterDesk
    letter: Letter
    now: datetime
    note: str
    check_in_days: object
    minutes: object
    version: object
    lines: list[PickLine]
    find: str = ""
    problems: tuple[Problem, ...] = ()
    removed: PickRow | None = None
    errors: dict[str, str] = field(default_factory=dict)

    def with_problems(self, problems: Sequence[Problem]) -> Sheet:
        """The same page with these problems, said at the top and at their places."""
        of_title: dict[int, str] = {}
        of_place: dict[str, str] = {}
        for problem in problems:
            if problem.title is None:
                of_place[problem.place] = problem.words
            else:
                of_title[problem.title] = " ".join(filter(None, [of_title.get(problem.title), problem.words]))
        lines = [replace(line, error=of_title.get(line.judged.title.pk, "")) for line in self.lines]
        return replace(self, problems=tuple(problems), lines=lines, errors=of_place)

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Each problem as the place it is settled at and what to do."""
        places = {line.judged.title.pk: f"picks-{number}-why" for number, line in enumerate(self.lines)}
        return [
            (places.get(problem.title or 0, ANCHORS.get(problem.place, "to")), self._named(problem))
            for problem in self.problems
        ]

    def _named(self, problem: Problem) -> str:
        """The words with their book in front, so that two books with the same problem can be told apart."""
        books = (str(line.judged.title) for line in self.lines if line.judged.title.pk == problem.title)
        book = next(books, "")
        return f"{book}: {problem.words}" if book and book not in problem.words else problem.words


def draft_beside(asked: Request, librarian: User, now: datetime) -> Letter:
    """The draft of a request that came through `with_facts`, or a blank letter. No query where the settings are set."""
    letter: Letter | None = getattr(asked, "letter", None)
    days: int | None = getattr(asked, "usual_days", None)
    if letter or days is None:
        return letter or open_draft(request=asked, librarian=librarian, now=now)
    return blank_letter(request=asked, librarian=librarian, days=days, now=now)


def sheet_of_letter(asked: Request, letter: Letter, *, find: str, now: datetime) -> Sheet:
    """The draft as saved."""
    desk = letter_desk(request=asked, now=now)
    rows = [(pick.title, pick.why, pick.stretch) for pick in desk.past.drafted]
    lines = pick_lines(desk.past, rows)
    return Sheet(desk, letter, now, letter.note, letter.check_in_days, letter.minutes, letter.version, lines, find=find)


def sheet_of_form(asked: Request, form: LetterForm, letter: Letter, *, version: object, now: datetime) -> Sheet:
    """What was typed. A title the reader must be spared is said at once, whatever was asked for."""
    desk = letter_desk(request=asked, now=now)
    gone = form.removed()
    rows = [(row.title, row.why, row.stretch) for row in form.rows if row is not gone]
    lines = pick_lines(desk.past, rows)
    sheet = Sheet(
        desk,
        letter,
        now,
        note=str(form.data.get("note", "")),
        check_in_days=form.data.get("check_in_days") or letter.check_in_days,
        minutes=form.data.get("minutes", ""),
        version=version,
        lines=lines,
        find=str(form.data.get("find", "")),
        removed=gone,
    )
    return sheet.with_problems(_blocked(asked, lines))


def show_sheet(request: StaffRequest, sheet: Sheet, *, theirs: Letter | None = None) -> HttpResponse:
    """The page itself. `theirs` is what somebody else saved in between; then nothing was written."""
    asked = sheet.desk.request
    days = sheet.letter.check_in_days
    context = {
        "section": "requests",
        "sheet": sheet,
        "asked": asked,
        "known": sheet.desk.known,
        "found": search_for(sheet.desk.past, sheet.find),
        "saved_at": _local(asked, sheet.letter),
        "asks_on": asked_on(asked, days=days, now=sheet.now) if sheet.desk.asks_later else None,
        "theirs": theirs,
        "reasons": reasons_behind(asked, now=sheet.now),
        "their_picks": theirs.picks.select_related("title").order_by("position", "pk") if theirs else (),
    }
    return render(request, "outreach/letter_edit.html", context, status=409 if theirs else 200)


def show_saved(request: StaffRequest, asked: Request, letter: Letter) -> HttpResponse:
    """The line under the note that says the words are safe."""
    context = {"letter": letter, "saved_at": _local(asked, letter)}
    return render(request, "outreach/letter_edit_saved.html", context)


def show_unsaved(request: StaffRequest, asked: Request, form: LetterForm, now: datetime) -> HttpResponse:
    """The typed words again, with what keeps them from being saved."""
    letter = draft_beside(asked, request.user, now)
    places = {"note": "note", "check_in_days": "days", "minutes": "minutes"}
    problems = [
        Problem(places.get(name, "picks"), str(words)) for name, found in form.errors.items() for words in found
    ]
    sheet = sheet_of_form(asked, form, letter, version=form.data.get("version", ""), now=now)
    sheet = sheet.with_problems([*problems, *sheet.problems])
    if is_fetch(request):
        return render(request, "outreach/letter_edit_unsaved.html", {"sheet": sheet}, status=422)
    return show_sheet(request, sheet)


def show_conflict(
    request: StaffRequest, asked: Request, form: LetterForm, theirs: Letter, now: datetime
) -> HttpResponse:
    """Both texts, and a choice; nothing was written."""
    if is_fetch(request):
        picks = theirs.picks.select_related("title").order_by("position", "pk")
        context = {"theirs": theirs, "their_picks": picks, "asked": asked, "saved_at": _local(asked, theirs)}
        return render(request, "outreach/letter_edit_conflict.html", context, status=409)
    sheet = sheet_of_form(asked, form, theirs, version=form.data.get("version", ""), now=now)
    return show_sheet(request, sheet, theirs=theirs)


def show_preview(request: StaffRequest, asked: Request, letter: Letter, now: datetime) -> HttpResponse:
    """The mail exactly as it leaves; only the reader's own links are not filled in."""
    picks = list(letter.picks.select_related("title").order_by("position", "pk"))
    letter.request = asked
    mail = mail_of(letter=letter, picks=picks, librarian=request.user.name)
    rows = [PickRow(pick.title, pick.why, pick.stretch) for pick in picks]
    context = {
        "section": "requests",
        "asked": asked,
        "mail": mail,
        "text": text_on_screen(mail.rendered.text),
        "html": html_on_screen(mail.rendered.html, nonce=str(get_nonce(request))),
        "fields": fields_of(letter, rows),
        "problems": problems_of(letter=letter, picks=picks, librarian=request.user, now=now),
    }
    return render(request, "outreach/letter_preview.html", context)


def is_fetch(request: StaffRequest) -> bool:
    """Whether the page's own script saves in the background, and wants only a part back."""
    return bool(request.headers.get("X-Requested-With") or request.headers.get("HX-Request"))


def _blocked(asked: Request, lines: Sequence[PickLine]) -> list[Problem]:
    who = asked.patron.first
    return [
        Problem(
            "pick",
            f"{line.judged.title} is known to contain {line.judged.limits_in_words}, and {who} asked for none. "
            "It cannot be in this letter.",
            line.judged.title.pk,
        )
        for line in lines
        if line.judged.is_blocked
    ]


def _local(asked: Request, letter: Letter) -> datetime | None:
    """When the draft was last saved, in the branch's time; None for one that is stored nowhere."""
    return letter.saved_at.astimezone(zone_of(asked)) if letter.pk else None
