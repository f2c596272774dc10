"""A page of a quarter that is still to be counted: in a large library that is a worker's, and the page looks again."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render

from engagement.services.reports.spot import NotCounted
from engagement.tasks import count_periods
from library.services.staff import StaffRequest

LOOKS_AGAIN = "20"  # seconds


def once_counted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Say that it is being counted, and have it counted, where the view meets `NotCounted`."""

    @functools.wraps(view)
    def patient(request: StaffRequest, *args: str, **kwargs: str) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotCounted as still:
            transaction.on_commit(count_periods.delay, robust=True)
            context = {"section": "reports", "periods": still.periods}
            response = render(request, "engagement/reports_counting.html", context)
            response["Refresh"] = LOOKS_AGAIN
            return response

    return patient
