"""Addresses that get no mail: read, explained, lifted with a reason."""

from __future__ import annotations

from django.contrib import messages as said
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from library.services.staff import StaffRequest
from outreach.services.no_mail import NoReason, NotAnAddress, allow_address, stop_address, stop_again
from outreach.services.reports.no_mail import stopped_addresses
from patrons.models import Suppression
from relcrm.kit.web import for_roles

LONGEST_SEARCH = 200
LONGEST_REASON = 200


@for_roles("librarian", "admin")
@require_safe
def no_mail(request: StaffRequest) -> HttpResponse:
    """The list, newest first; `?lifted=1` shows those that were lifted."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    cause = request.GET.get("cause", "")
    cause = cause if cause in Suppression.Cause.values else ""
    lifted = request.GET.get("lifted") == "1"
    page = {
        "section": "messages",
        "list": stopped_addresses(
            user=request.user, words=words, cause=cause, lifted=lifted, place=request.GET.get("place", "")
        ),
        "words": words,
        "cause": cause,
        "lifted": lifted,
        "undo": _allowed(request),
        "typed": request.session.pop("no_mail_typed", {}),
    }
    return render(request, "outreach/no_mail.html", page)


@for_roles("librarian", "admin")
@require_POST
def no_mail_stop(request: StaffRequest) -> HttpResponse:
    """Enter an address nothing is to be mailed to."""
    address, reason = request.POST.get("address", "")[:254], request.POST.get("reason", "")[:LONGEST_REASON]
    try:
        stopped = stop_address(address=address, reason=reason, by=request.user, now=timezone.now())
    except (NotAnAddress, NoReason) as error:
        request.session["no_mail_typed"] = {
            "address": address,
            "reason": reason,
            "problem": "address" if isinstance(error, NotAnAddress) else "reason",
        }
        return redirect(f"{reverse('no_mail')}#stop")
    said.success(request, f"Nothing is mailed to {stopped.address} from now on.")
    return redirect("no_mail")


@for_roles("librarian", "admin")
@require_POST
def no_mail_allow(request: StaffRequest, pk: int) -> HttpResponse:
    """Allow mail again, with the reason; the next page offers the way back."""
    found = get_object_or_404(Suppression.objects.visible_to(request.user), pk=pk)
    try:
        lifted = allow_address(
            suppression=found,
            reason=request.POST.get("reason", "")[:LONGEST_REASON],
            by=request.user,
            now=timezone.now(),
        )
    except NoReason:
        said.error(request, f"Say in a few words why mail may go to {found.address} again. Nothing was changed.")
        return redirect("no_mail")
    if not lifted:
        said.error(request, f"Mail to {found.address} was allowed meanwhile by someone else.")
        return redirect("no_mail")
    return redirect(f"{reverse('no_mail')}?allowed={found.pk}")


@for_roles("librarian", "admin")
@require_POST
def no_mail_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Undo of `no_mail_allow`."""
    found = get_object_or_404(Suppression.objects.visible_to(request.user), pk=pk)
    stop_again(suppression=found, by=request.user, now=timezone.now())
    said.success(request, f"Nothing is mailed to {found.address}, as before.")
    return redirect("no_mail")


def _allowed(request: StaffRequest) -> int | None:
    """The line that was lifted a moment ago, unless its address is stopped again."""
    lifted = Suppression.objects.visible_to(request.user).filter(pk=_number(request.GET.get("allowed", "")) or 0)
    open_now = lifted.exclude(address__in=Suppression.objects.active().values("address"))
    return open_now.values_list("pk", flat=True).first()


def _number(words: str) -> int | None:
    return int(words) if words.isascii() and words.isdigit() and len(words) < len(str(2**63)) else None
