"""Writing down what a reader gave, at the desk."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_http_methods, require_POST

from engagement.forms.gifts import GiftForm
from engagement.services.gifts import TooLate, WrittenBefore, gift_kinds, take_back_gift, write_gift
from engagement.services.working_days import zone_of
from library.services.staff import StaffRequest
from patrons.models import Patron
from relcrm.kit.web import for_roles

JUST_WRITTEN = "gift"


@for_roles("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def gift(request: StaffRequest, public_id: str) -> HttpResponse:
    """A gift of this reader; what was just written down can be taken back here."""
    now, patron = timezone.now(), _patron(request, public_id)
    today = now.astimezone(zone_of(patron.branch)).date()
    form = GiftForm(
        request.POST or None,
        kinds=gift_kinds(),
        today=today,
        initial={"nonce": get_random_string(22), "day": today},
    )
    if request.method == "POST" and form.is_valid():
        written = form.gift()
        try:
            write_gift(patron=patron, gift=written, by=request.user, now=now)
        except WrittenBefore:
            messages.info(request, "This form was written down already. Take that back first to change it.")
            return redirect("gift", public_id)
        label = dict(gift_kinds())[written.kind]
        request.session[JUST_WRITTEN] = {
            "nonce": written.nonce,
            "of": public_id,
            "label": label,
            "day": f"{written.day:%-d %B %Y}",
            "at": now.isoformat(),
        }
        messages.success(request, "Written down. It counts among the outcomes, and on this reader's card.")
        return redirect("gift", public_id)
    just = request.session.get(JUST_WRITTEN)
    context = {"section": "patrons", "patron": patron, "form": form}
    context["just"] = just if just and just["of"] == public_id else None
    return render(request, "engagement/gift.html", context)


@for_roles("librarian")
@require_POST
def gift_take_back(request: StaffRequest, public_id: str) -> HttpResponse:
    """Undo what was just written down."""
    patron = _patron(request, public_id)
    just = request.session.pop(JUST_WRITTEN, None)
    if just is None or just["of"] != public_id:
        messages.info(request, "There is nothing to take back.")
        return redirect("gift", public_id)
    try:
        written_at = datetime.fromisoformat(just["at"])
        take_back_gift(patron=patron, nonce=just["nonce"], written_at=written_at, by=request.user, now=timezone.now())
        messages.success(request, "Taken back, as if it had not been written down.")
    except TooLate:
        messages.info(request, "The day is over; it stays.")
    return redirect("gift", public_id)


def _patron(request: StaffRequest, public_id: str) -> Patron:
    visible = Patron.objects.visible_to(request.user).select_related("branch")
    return get_object_or_404(visible, public_id=public_id)
