"""Who did what: the audit lines, for admins."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from library.forms.audit import AuditFilterForm
from library.services.audit import write_line
from library.services.reports.audit import Line, Wanted, audit_page, every_line
from library.services.staff import StaffRequest
from relcrm.kit.csvio import csv_rows
from relcrm.kit.web import for_roles

HEADER = ("line", "at", "who", "did", "thing", "reference", "fields")
LARGEST = 9_223_372_036_854_775_807


@for_roles("admin")
@require_GET
def audit(request: StaffRequest) -> HttpResponse:
    """One page of lines, newest first."""
    form = AuditFilterForm(request.GET)
    wanted = form.wanted()
    page = audit_page(wanted=wanted, before=_number(request.GET.get("before", "")))
    context = {
        "section": "settings",
        "part": "audit",
        "form": form,
        "page": page,
        "query": urlencode(_asked(wanted)),
        "asked": _asked(wanted),
    }
    return render(request, "library/audit.html", context)


@for_roles("admin")
@require_POST
def audit_csv(request: StaffRequest) -> StreamingHttpResponse:
    """The lines that fit, as one file; taking them out is a line itself."""
    wanted = AuditFilterForm(request.POST).wanted()
    write_line(what="audit.downloaded", thing="audit", by=request.user, now=timezone.now())
    answer = StreamingHttpResponse(csv_rows(HEADER, _cells(wanted)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="who-did-what.csv"'
    return answer


def _cells(wanted: Wanted) -> Iterator[tuple[object, ...]]:
    return (_row(line) for line in every_line(wanted=wanted))


def _row(line: Line) -> tuple[object, ...]:
    return (line.number, line.at.isoformat(), line.who, line.did, line.thing, line.reference, line.fields)


def _number(words: str) -> int | None:
    fits = words.isascii() and words.isdecimal() and len(words) < len(str(LARGEST))
    return int(words) if fits else None


def _asked(wanted: Wanted) -> dict[str, str]:
    facts = {"person": wanted.person, "thing": wanted.thing, "since": wanted.since, "until": wanted.until}
    return {name: str(value) for name, value in facts.items() if value}
