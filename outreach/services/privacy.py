"""What requests, letters, check-ins, taste and messages keep about a person: handed out, erased,
and let go of in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.forms.models import model_to_dict

from engagement.models import Promise
from library.services.privacy import Limits
from outreach.mail.filling import words_of
from outreach.models import (
    Answer,
    CheckIn,
    ContactReason,
    Letter,
    Message,
    Pick,
    ProviderEvent,
    Reply,
    ReplyFile,
    Request,
    RequestTitle,
    Taste,
    Thread,
    ThreadTurn,
)
from outreach.services.thread_words import count_old_words, forget_old_words
from patrons.models import Patron

MESSAGE_FIELDS = ("purpose", "to_address", "subject", "state", "reason", "queued_at", "sent_at")
THREAD_FIELDS = ("subject", "channel", "page", "author", "address", "started_at", "draft")
TURN_FIELDS = ("way", "words", "at")
REPLY_FIELDS = ("kind", "from_address", "from_name", "subject", "text", "quoted", "received_at", "status", "permanent")
EVENT_FIELDS = ("source", "kind", "recipient", "status", "words", "happened_at")
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
        "threads": list(Thread.objects.filter(patron=patron).order_by("pk").values(*THREAD_FIELDS)),
        "replies": [_reply(reply) for reply in _replies_of(patron).order_by("received_at", "pk")],
        "answered_by_us": list(
            ThreadTurn.objects.filter(thread__patron=patron).order_by("at", "pk").values(*TURN_FIELDS)
        ),
        "told_by_mail_services": list(_events_of(patron).order_by("pk").values(*EVENT_FIELDS)),
        "messages": [_message(message) for message in Message.objects.filter(patron=patron).order_by("pk")],
        "reasons_to_write": list(
            ContactReason.objects.filter(patron=patron)
            .order_by("pk")
            .values("kind", "facts", "pick__title__name", "opened_at", "later_until", "closed_at", "ending")
        ),
    }


@transaction.atomic
def erase_for(*, patron: Patron) -> None:
    """Delete it all. Whoever is writing to this reader just now is waited for, and then finds nothing."""
    list(Request.objects.filter(patron=patron).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    ContactReason.objects.filter(patron=patron).delete()
    Taste.objects.filter(patron=patron).delete()
    _events_of(patron).delete()
    _replies_of(patron).delete()
    Message.objects.filter(patron=patron).delete()
    Thread.objects.filter(patron=patron).delete()


def _replies_of(patron: Patron) -> QuerySet[Reply]:
    """What came in from this person, and reports about mail to them; placed in a thread or not."""
    theirs = Q(patron=patron) | Q(thread__patron=patron) | Q(about__patron=patron)
    if patron.email:
        theirs |= Q(from_address__iexact=patron.email) | Q(reported_address__iexact=patron.email)
    return Reply.objects.filter(pk__in=Reply.objects.filter(theirs).values("pk"))


def _events_of(patron: Patron) -> QuerySet[ProviderEvent]:
    theirs = Q(message__patron=patron)
    if patron.email:
        theirs |= Q(recipient__iexact=patron.email)
    return ProviderEvent.objects.filter(pk__in=ProviderEvent.objects.filter(theirs).values("pk"))


def _message(message: Message) -> dict[str, Any]:
    facts = {name: getattr(message, name) for name in MESSAGE_FIELDS}
    return {**facts, "body_text": words_of(message).text}


def _reply(reply: Reply) -> dict[str, Any]:
    files = ReplyFile.objects.filter(reply=reply).order_by("pk").values("name", "content_type", "size")
    return {**{name: getattr(reply, name) for name in REPLY_FIELDS}, "files": list(files)}


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
    """Words of old mails go, their rows stay; what mail services told goes, what followed from it stays; requests
    nobody answered go with everything in them, and so do letters of ours that were never sent.

    The promise made for such a request stays countable as one that was missed, without a name.
    """
    done = Message.objects.exclude(state__in=["queued", "sending"]).exclude(body_text="", body_html="", facts={})
    mails = done.filter(queued_at__lt=before.mail_bodies)
    open_states = ["waiting", "held", "begun", "dropped"]
    unanswered = Request.objects.filter(state__in=open_states, asked_at__lt=before.unanswered)
    told = ProviderEvent.objects.filter(received_at__lt=before.events)
    if dry_run:
        old = mails.count() + count_old_words(before=before)
        return {"mail_bodies": old, "unanswered": unanswered.count(), "events": told.count()}
    requests = list(unanswered.order_by("pk").select_for_update(of=("self",)))
    Promise.objects.filter(pk__in=[request.promise_id for request in requests]).update(patron=None)
    ContactReason.objects.filter(pick__letter__request__in=requests).delete()
    Thread.objects.filter(pk__in=[request.thread_id for request in requests]).delete()
    emptied = mails.update(body_text="", body_html="", facts={}) + forget_old_words(before=before)
    return {"mail_bodies": emptied, "unanswered": len(requests), "events": told.delete()[0]}
