"""What stands behind one number of a report."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagement.forms.reports import read_asked
from engagement.services.reports.behind import MOST_PERSONS, find_number, read_persons, read_rules
from engagement.services.reports.by_branch import read_by_branch
from engagement.services.reports.shapes import Figure
from engagement.services.reports.whole import read_report
from engagement.services.reports.wording import SMALL_NUMBERS, word_figure, word_table
from engagement.views.reports import PAGES, PARTS, READERS, page_context
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles


@for_roles(*READERS)
@require_safe
def report_figure(request: StaffRequest, key: str) -> HttpResponse:
    """What a number counts, the rules of its kinds, its counts by branch, and for librarians who is behind it."""
    now = timezone.now()
    asked = read_asked(request.GET, now=now)
    named = request.GET.get("part", "")
    parts = (named,) if named in PARTS else PARTS
    report = read_report(period=asked.period, slice_=asked.slice, parts=parts, now=now)
    found = find_number(report, key)
    if found is None:
        context = page_context(asked, "") | {"report": report}
        return render(request, "engagement/reports_no_number.html", context, status=404)
    part, number = found
    rules = read_rules(number.kinds)
    persons = []
    if request.user.role == "librarian" and rules:
        persons = read_persons(kinds=number.kinds, period=asked.period, slice_=asked.slice, user=request.user)
    page, title = next((address, name) for address, name, its_part in PAGES if its_part == part)
    is_figure = isinstance(number, Figure)
    context = page_context(asked, page) | {
        "report": report,
        "page_title": title,
        "figure": word_figure(number, is_running=report.is_running) if isinstance(number, Figure) else None,
        "table": None if isinstance(number, Figure) else word_table(number),
        "name": number.label if isinstance(number, Figure) else number.title,
        "is_figure": is_figure,
        "definition": number.definition,
        "rules": rules,
        "by_branch": word_table(read_by_branch(rules=rules, period=asked.period, now=now)) if rules else None,
        "persons": persons,
        "most_persons": MOST_PERSONS,
        "small_numbers": SMALL_NUMBERS,
    }
    return render(request, "engagement/reports_figure.html", context)
