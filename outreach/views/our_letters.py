"""Letters nobody asked for: begun from a reader's card, put away, taken up again."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from library.services.staff import StaffRequest
from outreach.models import Request
from outreach.services.our_letters import NotOurs, NotWelcome, begin_letter, drop_letter, take_up_letter
from patrons.models import Patron
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_POST
def letter_begin(request: StaffRequest, public_id: str) -> HttpResponse:
    """To the page of a letter to this reader; where one is not welcome, back to the card, which says why."""
    patron = get_object_or_404(Patron.objects.visible_to(request.user), public_id=public_id)
    try:
        begun = begin_letter(patron=patron, now=timezone.now())
    except NotWelcome as problem:
        messages.error(request, problem.words)
        return redirect("patron", public_id)
    return redirect("letter_edit", begun.pk)


@for_roles("librarian")
@require_POST
def letter_drop(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a letter of ours away; `letter_take_up` is the undo."""
    return _turn(request, pk, drop_letter, "The letter is put away. Its words are kept.", "request")


@for_roles("librarian")
@require_POST
def letter_take_up(request: StaffRequest, pk: int) -> HttpResponse:
    """Go on with a letter that was put away."""
    return _turn(request, pk, take_up_letter, "Here it is again.", "letter_edit")


def _turn(request: StaffRequest, pk: int, use_case: Callable[..., Request], done: str, then: str) -> HttpResponse:
    ours = get_object_or_404(Request.objects.visible_to(request.user).ours(), pk=pk)
    try:
        use_case(request=ours)
    except NotOurs:
        messages.info(request, "Somebody was quicker: see how this letter stands now.")
        return redirect("request", pk)
    messages.success(request, done)
    return redirect(then, pk)
