"""What requests, letters, check-ins, taste and messages keep about a person: handed out, erased,
and let go of in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict

from engagement.models import Promise
from library.services.privacy import Limits
from outreach.models import Answer, CheckIn, ContactReason, Letter, Message, Pick, Request, RequestTitle, Taste, Thread
from patrons.models import Patron

MESSAGE_FIELDS = ("purpose", "to_address", "subject", "body_text", "state", "reason", "queued_at", "sent_at")
TASTE_FIELDS = ("kind", "name", "liked", "weight", "learned_at", "removed_at")
REQUEST_FIELDS = (
    "language",
    "audience",
    "reads",
    "card_number",
    "mood",
    "limits",
    "length",
    "formats",
    "about",
    "state",
)
REQUEST_TIMES = ("reference", "held_because", "asked_at", "answered_at", "withdrawn_at")


def export_for(*, patron: Patron) -> dict[str, Any]:
    """Everything this app keeps about the patron, in plain values; drafts that were not sent yet included."""
    requests = Request.objects.filter(patron=patron).order_by("asked_at", "pk")
    return {
        "requests": [_request(request) for request in requests.select_related("branch", "promise", "wished_librarian")],
        "taste": list(Taste.objects.filter(patron=patron).order_by("pk").values(*TASTE_FIELDS)),
        "messages": list(Message.objects.filter(patron=patron).order_by("pk").values(*MESSAGE_FIELDS)),
        "reasons_to_write": list(
            ContactReason.objects.filter(patron=patron)
            .order_by("pk")
            .values("kind", "pick__title__name", "opened_at", "later_until", "closed_at")
        ),
    }


@transaction.atomic
def erase_for(*, patron: Patron) -> None:
    """Delete it all. Whoever is writing to this reader just now is waited for, and then finds nothing."""
    list(Request.objects.filter(patron=patron).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    ContactReason.objects.filter(patron=patron).delete()
    Taste.objects.filter(patron=patron).delete()
    Message.objects.filter(patron=patron).delete()
    Thread.objects.filter(patron=patron).delete()


def _request(request: Request) -> dict[str, Any]:
    letter = Letter.objects.filter(request=request).select_related("librarian").first()
    named = RequestTitle.objects.filter(request=request).order_by("kind", "position")
    return {
        **{name: getattr(request, name) for name in (*REQUEST_TIMES, *REQUEST_FIELDS)},
        "branch": request.branch.name if request.branch else None,
        "asked_for": str(request.wished_librarian) if request.wished_librarian else None,
        "promised_by": request.promise.due_at if request.promise else None,
        "named": list(named.values("kind", "title", "why")),
        "letter": _letter(letter) if letter else None,
    }


def _letter(letter: Letter) -> dict[str, Any]:
    picks = Pick.objects.filter(letter=letter).select_related("title").order_by("position", "pk")
    answers = {answer.pick_id: answer for answer in Answer.objects.filter(pick__letter=letter)}
    check_in = CheckIn.objects.filter(letter=letter).first()
    return {
        "sent_at": letter.sent_at,
        "librarian": str(letter.librarian),
        "note": letter.note,
        "picks": [
            {
                "title": pick.title.name,
                "why": pick.why,
                "stretch": pick.stretch,
                "answer": _answer(answers.get(pick.pk)),
            }
            for pick in picks
        ],
        "check_in": model_to_dict(check_in, exclude=["id", "letter"]) if check_in else None,
    }


def _answer(answer: Answer | None) -> dict[str, Any] | None:
    return {"value": answer.value, "why": answer.why, "answered_at": answer.answered_at} if answer else None


@transaction.atomic
def anonymise_before(*, before: Limits, now: datetime, dry_run: bool = False) -> dict[str, int]:
    """Words of old mails go, their rows stay; requests nobody answered go with everything in them.

    The promise made for such a request stays countable as one that was missed, without a name.
    """
    done = Message.objects.exclude(state__in=["queued", "sending"]).exclude(body_text="", body_html="")
    mails = done.filter(queued_at__lt=before.mail_bodies)
    unanswered = Request.objects.filter(state__in=["waiting", "held"], asked_at__lt=before.unanswered)
    if dry_run:
        return {"mail_bodies": mails.count(), "unanswered": unanswered.count()}
    requests = list(unanswered.order_by("pk").select_for_update(of=("self",)))
    Promise.objects.filter(pk__in=[request.promise_id for request in requests]).update(patron=None)
    ContactReason.objects.filter(pick__letter__request__in=requests).delete()
    Thread.objects.filter(pk__in=[request.thread_id for request in requests]).delete()
    return {"mail_bodies": mails.update(body_text="", body_html=""), "unanswered": len(requests)}
