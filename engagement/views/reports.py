"""Reports for managers, viewers and librarians."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from engagement.services.reports.exports import overview_csv, overview_xlsx
from engagement.services.reports.overview import Overview, quarter_to_open, read_overview
from engagement.services.reports.periods import Period, quarters_until
from engagement.services.reports.pictures import draw_bars
from engagement.services.reports.sentences import say_loop, say_points, say_stages
from engagement.services.working_days import zone_of
from library.models import Branch
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
READERS = ("manager", "viewer", "librarian")


@require_GET
@for_roles(*READERS)
def reports(request: StaffRequest) -> HttpResponse:
    """The overview of a quarter, for one branch or all of them."""
    overview, quarters, branches, branch = _asked(request)
    context = {
        "section": "reports",
        "overview": overview,
        "figures": {figure.key: figure for figure in overview.figures},
        "bars": draw_bars(overview.points),
        "quarters": quarters,
        "branches": branches,
        "branch": branch,
        "say_loop": say_loop(overview),
        "say_points": say_points(overview),
        "say_stages": say_stages(overview),
    }
    return render(request, "engagement/reports.html", context)


@require_GET
@for_roles(*READERS)
def report_csv(request: StaffRequest) -> HttpResponse:
    """The same numbers as a file."""
    overview, _, _, branch = _asked(request)
    return _file(overview_csv(overview), "text/csv; charset=utf-8", f"{_file_name(overview, branch)}.csv")


@require_GET
@for_roles(*READERS)
def report_xlsx(request: StaffRequest) -> HttpResponse:
    """The same numbers as a workbook."""
    overview, _, _, branch = _asked(request)
    return _file(overview_xlsx(overview), XLSX, f"{_file_name(overview, branch)}.xlsx")


def _file_name(overview: Overview, branch: Branch | None) -> str:
    return f"relationships-{overview.period.key}-{branch.slug if branch else 'all-branches'}"


def _file(content: str | bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


def _asked(request: StaffRequest) -> tuple[Overview, list[Period], list[Branch], Branch | None]:
    """The report asked for; a quarter or branch nobody offered means the last full quarter, or all branches."""
    now = timezone.now()
    quarters = quarters_until(now.astimezone(zone_of(None)).date())
    branches = list(Branch.objects.order_by("name"))
    asked = next((quarter for quarter in quarters if quarter.key == request.GET.get("quarter")), None)
    period = asked or quarter_to_open(quarters)
    branch = next((branch for branch in branches if branch.slug == request.GET.get("branch")), None)
    return read_overview(period=period, branch=branch, now=now), quarters, branches, branch
