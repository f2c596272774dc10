"""What a reader agrees to, takes back and puts right on their own page; and everything in one file."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from engagement.services.corrections import Disowned, disown_line, own_line
from engagement.services.history import forget_history, set_reading_history
from engagement.services.overriding import NotMeasured
from engagement.services.reader_types import say_type
from outreach.services.taste import correct_taste, remove_taste, restore_taste, uncorrect_taste
from outreach.services.unsubscribing import stop_mail
from patrons.models import Consent, Patron
from patrons.services.consents import NotForChildren, NoWording, give_consent
from relcrm.desk.forms.my_page import HistoryForm
from relcrm.desk.services.own_record import read_reasons
from relcrm.desk.services.privacy import export_patron, withdraw_profile
from relcrm.desk.services.stopping import start_again, stop_everything
from relcrm.desk.services.take_along import file_name_for, pack
from relcrm.desk.views.my_page import of_reader, show_page


@of_reader
@require_POST
def my_consent(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Agree to one purpose, or take it back."""
    now, purpose = timezone.now(), request.POST.get("purpose", "")
    if request.POST.get("agree") == "yes":
        try:
            give_consent(patron=patron, purpose=purpose, language=patron.language, how="my page", now=now)
        except (NoWording, NotForChildren) as error:
            raise Http404 from error
        messages.success(request, gettext("Kept. You can take it back here at any time."))
    elif purpose == Consent.Purpose.PROFILE:
        withdraw_profile(patron=patron, now=now)
        messages.success(request, gettext("Your taste and your numbers are erased. Nothing is measured any more."))
    else:
        stop_mail(patron=patron, purposes=[purpose], by_hand=False, now=now)
        messages.success(request, gettext("Taken back. It counts at once."))
    return redirect("my_page")


@of_reader
@require_POST
def my_taste(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Turn one piece of taste round, or take it out for good; and undo either."""
    kind, name = (request.POST.get(field, "").replace("\0", "") for field in ("kind", "name"))
    act = request.POST.get("act", "")
    if act in ("liked", "not_liked"):
        turned = correct_taste(patron=patron, kind=kind, name=name, liked=act == "liked")
        request.session["turned"] = {"name": name, "pieces": turned} if turned else None
    elif act == "turn_back":
        uncorrect_taste(patron=patron, pieces=[int(one) for one in request.POST.getlist("piece") if _is_number(one)])
    elif request.POST.get("back") == "yes":
        restore_taste(patron=patron, kind=kind, name=name)
    elif remove_taste(patron=patron, kind=kind, name=name, now=timezone.now()):
        request.session["taken_out"] = {"kind": kind, "name": name}
    return redirect("my_page")


@of_reader
@require_POST
def my_line(request: HttpRequest, patron: Patron) -> HttpResponse:
    """This was not me: the line counts for nobody by name. And back, once."""
    now, number = timezone.now(), request.POST.get("line", "")
    if request.POST.get("back") == "yes":
        known = request.session.pop("disowned", None)
        if known and own_line(patron=patron, known=Disowned(**known), now=now):
            messages.success(request, gettext("It counts again."))
        return redirect("my_page")
    known_line = disown_line(patron=patron, line=int(number), now=now) if _is_number(number) else None
    if known_line is None:
        raise Http404
    request.session["not_me"], request.session["disowned"] = True, asdict(known_line)
    return redirect("my_page")


@of_reader
@require_POST
def my_type(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Another type than the rules told, none at all, or as told; and back."""
    said = request.POST.get("type")
    if said is None:
        messages.info(request, gettext("Choose one of them first."))
        return redirect(f"{reverse('my_page')}#type")
    try:
        before = say_type(patron=patron, said=said, now=timezone.now())
    except (NotMeasured, ValueError) as error:
        raise Http404 from error
    if request.POST.get("back") == "yes":
        messages.success(request, gettext("It is as it was."))
    else:
        request.session["typed"] = {"before": before}
    return redirect("my_page")


@of_reader
@require_safe
def my_numbers(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Everything that counts, fifty at a time."""
    page = read_reasons(patron=patron, after=request.GET.get("after", "").replace("\0", ""), now=timezone.now())
    return render(request, "desk/my_numbers.html", {"page": page, "patron": patron})


@of_reader
@require_POST
def my_history(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Remember loans or not; or forget those that are back."""
    now = timezone.now()
    if request.POST.get("forget") == "yes":
        forget_history(patron=patron)
        messages.success(request, gettext("Forgotten. Books you still have stay until they are back."))
        return redirect("my_page")
    form = HistoryForm(request.POST, patron=patron)
    if not form.is_valid():
        return show_page(request, patron, history=form)
    set_reading_history(patron=patron, choice=form.cleaned_data["reading_history"], now=now)
    messages.success(request, gettext("Kept. We hold to it from now on."))
    return redirect("my_page")


@of_reader
@require_POST
def my_mail(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Stop everything, or begin again."""
    now = timezone.now()
    if request.POST.get("stop") == "yes":
        request.session["stopped"] = stop_everything(patron=patron, now=now)
        messages.success(request, gettext("Everything is stopped. We no longer write to your address."))
    else:
        again = request.POST.getlist("purpose")
        start_again(patron=patron, purposes=[one for one in again if one in Consent.Purpose.values], now=now)
        messages.success(request, gettext("We may write to you again."))
    return redirect("my_page")


@of_reader
@require_safe
def my_data(request: HttpRequest, patron: Patron) -> StreamingHttpResponse:
    """Everything we keep, to read and for programs, in one file."""
    now = timezone.now()
    pieces = pack(kept=export_patron(patron=patron, now=now), language=patron.language, now=now)
    headers = {"Content-Disposition": f'attachment; filename="{file_name_for(patron)}"'}
    return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)


def _is_number(words: str) -> bool:
    return words.isascii() and words.isdecimal() and len(words) < 19  # noqa: PLR2004  (fits a bigint)
