"""What stands behind one number of a report."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagement.forms.reports import Asked, read_asked
from engagement.services.reports.behind import (
    MOST_PERSONS,
    MOST_READERS,
    find_lead,
    find_number,
    read_persons,
    read_rules,
)
from engagement.services.reports.by_branch import in_branches, row_of
from engagement.services.reports.shapes import Figure, Lead, Part, Table
from engagement.services.reports.stored import SMALL
from engagement.services.reports.whole import read_with_branches
from engagement.services.reports.wording import SMALL_NUMBERS, TableWords, word_figure, word_table
from engagement.views.first_counts import once_counted
from engagement.views.reports import PAGES, PARTS, READERS, page_context
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles


@for_roles(*READERS)
@require_safe
@once_counted
def report_figure(request: StaffRequest, key: str) -> HttpResponse:
    """What a number counts, its rules, the same in each branch, and for librarians the readers behind it.

    A number made of several things, and a table, leads on by each of them (`lead`).
    """
    now = timezone.now()
    asked = read_asked(request.GET, now=now)
    named = request.GET.get("part", "")
    parts = (named,) if named in PARTS else PARTS
    report, in_branch = read_with_branches(
        period=asked.period, slice_=asked.slice, parts=parts, now=now, most_lines=SMALL
    )
    found = find_number(report, key)
    if found is None:
        context = page_context(asked, "") | {"report": report}
        return render(request, "engagement/reports_no_number.html", context, status=404)
    part, number = found
    lead = find_lead(number, request.GET.get("lead", ""))
    behind = None
    if lead and request.user.role == "librarian":
        behind = read_persons(lead=lead, period=asked.period, slice_=asked.slice, user=request.user, now=now)
    page, title = next((address, name) for address, name, its_part in PAGES if its_part == part)
    context = page_context(asked, page) | {
        "report": report,
        "page_title": title,
        "part_key": part,
        "number": number,
        "lead": lead,
        "figure": word_figure(number, is_running=report.is_running) if isinstance(number, Figure) else None,
        "table": None if isinstance(number, Figure) else word_table(row_of(number, lead) if lead else number),
        "name": number.label if isinstance(number, Figure) else number.title,
        "rules": read_rules(number, lead),
        "by_branch": _by_branch(number, lead, in_branch(part), asked),
        "behind": behind,
        "most_persons": MOST_PERSONS,
        "most_readers": MOST_READERS,
        "small_numbers": SMALL_NUMBERS,
    }
    return render(request, "engagement/reports_figure.html", context)


def _by_branch(number: Figure | Table, lead: Lead | None, parts: Mapping[str, Part], asked: Asked) -> TableWords | None:
    """The branches by name, as everywhere."""
    named = {choice.slice.label: parts[choice.slice.key] for choice in asked.branches if choice.slice.key in parts}
    table = in_branches(number=number, lead=lead, parts=named)
    return word_table(table) if table else None
