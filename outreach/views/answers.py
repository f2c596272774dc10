"""The check-in as the reader meets it. GET shows, POST writes (DESIGN section 6)."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.forms.answers import CheckInForm
from outreach.models import CheckIn, Pick
from outreach.services.answers import accept_offer
from outreach.services.checkins import RequestWithdrawn, record_answers
from outreach.services.joining import join_by_reader
from outreach.services.links import check_in_from
from outreach.services.thanks import thanks_for
from relcrm.kit.links import LinkError

Page = Callable[[HttpRequest, CheckIn, str], HttpResponse]


def for_check_in(page: Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """A page behind a check-in link, in the reader's language; a wrong link is the neutral 404."""

    @wraps(page)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        try:
            check_in = check_in_from(token, now=timezone.now())
        except LinkError as error:
            raise Http404 from error
        language = check_in.letter.request.patron.language
        with translation.override(language):
            try:
                response = _withdrawn(request, check_in) or page(request, check_in, token)
            except RequestWithdrawn:
                response = render(request, "outreach/checkin_withdrawn.html", status=410)
        response.headers["Content-Language"] = language
        return response

    return opened


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_check_in
def checkin(request: HttpRequest, check_in: CheckIn, token: str) -> HttpResponse:
    """One question for each pick, answered or changed."""
    picks: list[Pick] = list(check_in.letter.picks.select_related("title", "answer").order_by("position", "pk"))
    data = request.POST if request.method == "POST" else None
    form = CheckInForm(data, check_in=check_in, picks=picks, chosen=request.GET.dict())
    if data is not None and form.is_valid():
        record_answers(
            check_in=check_in,
            answers=form.answers(),
            learned=form.learned(),
            comment=form.comment(),
            now=timezone.now(),
        )
        return redirect("checkin_thanks", token)
    context = {"form": form, "check_in": check_in, "letter": check_in.letter}
    return render(request, "outreach/checkin.html", context)


@login_not_required
@require_safe
@for_check_in
def checkin_thanks(request: HttpRequest, check_in: CheckIn, token: str) -> HttpResponse:
    """What we learned and will do, and what the reader may choose now."""
    if check_in.answered_at is None:
        return redirect("checkin", token)
    return render(request, "outreach/checkin_thanks.html", {"thanks": thanks_for(check_in), "token": token})


@login_not_required
@require_POST
@for_check_in
def checkin_offer(request: HttpRequest, check_in: CheckIn, token: str) -> HttpResponse:
    """Agree to what the thank-you page offers."""
    purpose = request.POST.get("purpose", "")
    if purpose in {offer.purpose for offer in thanks_for(check_in).offers}:
        accept_offer(check_in=check_in, purpose=purpose, now=timezone.now())
        messages.success(request, gettext("Kept. You can take it back on your page whenever you like."))
    return redirect("checkin_thanks", token)


@login_not_required
@require_POST
@for_check_in
def checkin_join(request: HttpRequest, check_in: CheckIn, token: str) -> HttpResponse:
    """'That is me': keep this record and the known one together."""
    if join_by_reader(check_in=check_in, public_id=request.POST.get("into", ""), now=timezone.now()):
        messages.success(request, gettext("The two are one now."))
    return redirect("checkin_thanks", token)


def _withdrawn(request: HttpRequest, check_in: CheckIn) -> HttpResponse | None:
    """The page for a request that was taken back; nothing is asked and nothing is saved."""
    if check_in.letter.request.state != "withdrawn":
        return None
    return render(request, "outreach/checkin_withdrawn.html", status=410)
