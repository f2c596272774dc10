"""Reports for managers, viewers and librarians: a page for each part, its pictures, and what its numbers mean."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from engagement.forms.reports import Asked, read_asked
from engagement.services.reports.facts import every_table
from engagement.services.reports.pictures import Picture, kept_picture, pictures_of
from engagement.services.reports.shapes import Report
from engagement.services.reports.stored import SMALL
from engagement.services.reports.whole import read_report
from engagement.services.reports.wording import SMALL_NUMBERS, TableWords, is_empty, word_part
from engagement.tasks import draw_pictures
from engagement.views.first_counts import once_counted
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles

READERS = ("manager", "viewer", "librarian")
# Address, name in the navigation, key of the part.
PAGES = (
    ("overview", "Overview", "overview"),
    ("people", "People", "people"),
    ("effort", "Effort and value", "effort"),
    ("outcomes", "Outcomes", "outcomes"),
    ("contact-mix", "Contact mix", "contact_mix"),
    ("needs", "Needs not met", "needs"),
    ("experiments", "Experiments", "experiments"),
    ("load", "Staff load", "load"),
)
PARTS = tuple(key for _, _, key in PAGES)
PATIENCE = 20  # times a page asks for a picture before it says that there is none


@dataclass(frozen=True)
class Shown:
    """A table as it stands on the page, with its picture or the place for it."""

    table: TableWords | None
    picture: Picture | None

    @property
    def svg(self) -> SafeString:
        """Safe: made of the elements and attributes that `reports.svg` names, its text written by a serialiser."""
        return mark_safe(self.picture.svg if self.picture else "")  # noqa: S308  (as above)


@for_roles(*READERS)
@require_safe
@once_counted
def reports(request: StaffRequest, page: str = "overview") -> HttpResponse:
    """One part of the report of a quarter."""
    key = next((key for address, _, key in PAGES if address == page), None)
    if key is None:
        raise Http404
    now = timezone.now()
    asked = read_asked(request.GET, now=now)
    report = read_report(period=asked.period, slice_=asked.slice, parts=(key,), now=now, most_lines=SMALL)
    part = word_part(report.parts[0], is_running=report.is_running)
    pictures = _pictures(report)
    context = page_context(asked, page) | {
        "report": report,
        "part": part,
        "tables": [Shown(table, pictures.get(table.key)) for table in part.tables],
        "is_empty": is_empty(report),
        "small_numbers": SMALL_NUMBERS,
    }
    return render(request, "engagement/reports.html", context)


@for_roles(*READERS)
@require_safe
@once_counted
def report_definitions(request: StaffRequest) -> HttpResponse:
    """What every number counts, and what it leaves out."""
    now = timezone.now()
    asked = read_asked(request.GET, now=now)
    report = read_report(period=asked.period, slice_=asked.slice, parts=PARTS, now=now, most_lines=SMALL)
    parts = [word_part(part, is_running=report.is_running) for part in report.parts]
    context = page_context(asked, "definitions") | {"parts": parts, "small_numbers": SMALL_NUMBERS, "report": report}
    return render(request, "engagement/reports_definitions.html", context)


@for_roles(*READERS)
@require_safe
def report_picture(request: StaffRequest, key: str) -> HttpResponse:
    """A picture that was not drawn when its page was shown: the page asks here until it is."""
    picture, asked = kept_picture(key)
    if asked:
        _wake(asked)
    times = request.GET.get("times", "")
    next_time = int(times) + 1 if times.isdecimal() and len(times) < 4 else 1  # noqa: PLR2004  (three digits)
    context = {"shown": Shown(None, picture), "times": next_time, "is_late": next_time > PATIENCE}
    return render(request, "engagement/report_picture.html", context)


def _pictures(report: Report) -> dict[str, Picture]:
    """What is drawn already; a worker is woken for the rest, and the page asks again."""
    pictures, missing = pictures_of(every_table(report))
    if missing:
        _wake(missing)
    return dict(pictures)


def _wake(keys: list[str]) -> None:
    """Without a broker there is no picture, and a page all the same."""
    transaction.on_commit(lambda: draw_pictures.delay(keys), robust=True)


def page_context(asked: Asked, page: str) -> dict[str, object]:
    """What every page of reports needs: where it is, and what was asked for."""
    return {"section": "reports", "asked": asked, "pages": PAGES, "page": page}
