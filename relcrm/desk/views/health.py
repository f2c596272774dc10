"""Health pages for the machines that watch us: is the process alive, can the house work."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from relcrm.desk.services.health import FAILED, look_around

STARTED = timezone.now()


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"live": True})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when requests can be served and what is due is being done, else 503; the findings either way."""
    findings = look_around(now=timezone.now(), started=STARTED)
    able = all(finding.state != FAILED for finding in findings)
    checks = {
        finding.name: {key: value for key, value in asdict(finding).items() if key != "name"} for finding in findings
    }
    return JsonResponse({"ready": able, "checks": checks}, status=200 if able else 503)
