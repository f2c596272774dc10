"""Where mail services tell what became of our mails and hand over what came in: Anymail's webhooks under /hooks/.

A call counts only when it proves itself: by the name and password of WEBHOOK_SECRET, by the service's own signature, or
by both where both are set. With neither there is nothing here. What a call says is collected while Anymail reads it
(its signals are the only way to hear of that) and taken in afterwards, in one transaction.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from email.policy import compat32
from hashlib import sha256
from typing import Any

from anymail.exceptions import AnymailConfigurationError, AnymailRequestsAPIError
from anymail.signals import inbound, tracking
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from outreach.mail.reading.told import Told, read_told
from outreach.services.events import take_events
from outreach.services.receiving import take_in
from relcrm.kit.bodies import takes_at_most
from relcrm.kit.log import redact

URLCONF = "anymail.urls"
# A mail with its attachments, as services pass it on.
LARGEST = 25_000_000
# Calls that carry a signature, and the setting that holds its key; all others prove themselves by WEBHOOK_SECRET alone.
SIGNED = {
    "mailersend/tracking": ("MAILERSEND_SIGNING_SECRET",),
    "mailersend/inbound": ("MAILERSEND_INBOUND_SECRET",),
    "mailgun/tracking": ("MAILGUN_WEBHOOK_SIGNING_KEY", "MAILGUN_API_KEY"),
    "mailgun/inbound": ("MAILGUN_WEBHOOK_SIGNING_KEY", "MAILGUN_API_KEY"),
    "mailtrap/tracking": ("MAILTRAP_TRACKING_SECRET",),
    "mailtrap/inbound": ("MAILTRAP_INBOUND_SECRET",),
    "mandrill": ("MANDRILL_WEBHOOK_KEY",),
    "mandrill/tracking": ("MANDRILL_WEBHOOK_KEY",),
    "postal/tracking": ("POSTAL_WEBHOOK_KEY",),
    "postal/inbound": ("POSTAL_WEBHOOK_KEY",),
    "resend/tracking": ("RESEND_SIGNING_SECRET",),
    "resend/inbound": ("RESEND_INBOUND_SECRET",),
    "sendgrid/tracking": ("SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",),
    "unisender_go/tracking": ("UNISENDER_GO_API_KEY",),
}

log = logging.getLogger(__name__)


@dataclass
class Heard:
    """What one call said, in Anymail's words."""

    events: list[tuple[str, Any]] = field(default_factory=list)
    mails: list[Any] = field(default_factory=list)

    def told(self, body: bytes, now: datetime) -> list[Told]:
        """What became of mails, without what is not read."""
        alone = body if len(self.events) == 1 else b""
        told = (read_told(service, event, body=alone, now=now) for service, event in self.events)
        return [one for one in told if one is not None]

    def brought(self, body: bytes) -> list[Brought]:
        """The mails that came in, as bytes again."""
        return [
            _bring(event, f"{event.event_id or sha256(body).hexdigest()}:{n}") for n, event in enumerate(self.mails)
        ]


@dataclass(frozen=True)
class Brought:
    """A mail that came in. `named`: the service's name for it."""

    raw: bytes
    envelope_to: str
    named: str


HEARD: ContextVar[Heard | None] = ContextVar("heard", default=None)


def hear_event(sender: object, event: Any, esp_name: str, **_more: object) -> None:
    """Anymail read what became of a mail."""
    heard = HEARD.get()
    if heard is not None:
        heard.events.append((esp_name.lower().replace(" ", "_")[:20], event))


def hear_mail(sender: object, event: Any, esp_name: str, **_more: object) -> None:
    """Anymail read a mail that came in."""
    heard = HEARD.get()
    if heard is not None:
        heard.mails.append(event)


tracking.connect(hear_event, dispatch_uid="outreach.hooks.event")
inbound.connect(hear_mail, dispatch_uid="outreach.hooks.mail")


# A service has no cookie and no key of a form; the secret or the signature is what allows its call.
@csrf_exempt
@login_not_required
@takes_at_most(LARGEST)
def hook(request: HttpRequest, rest: str) -> HttpResponse:
    """One call of a mail service. 400: not proved, or not readable; 503: it is to try again."""
    view = _view_for(rest)
    heard, now = Heard(), timezone.now()
    before = HEARD.set(heard)
    try:
        body = request.body
        answer: HttpResponse = view(request)
        told, brought = heard.told(body, now), heard.brought(body)
    except RequestDataTooBig:
        raise
    except Exception as error:  # noqa: BLE001  (a stranger's bytes, read by other people's code, break in any way)
        return _refuse(rest, error)
    finally:
        HEARD.reset(before)
    with transaction.atomic():
        # What breaks here is ours, and the service tells it again.
        take_events(told=told, now=now)
        for mail in brought:
            take_in(raw=mail.raw, envelope_to=mail.envelope_to, named=mail.named, now=now)
    return answer


def _view_for(rest: str) -> Any:
    """Anymail's view for this address, where calls to it can prove themselves."""
    try:
        found = resolve(f"/{rest}", urlconf=URLCONF)
    except Resolver404 as error:
        raise Http404 from error
    keys = SIGNED.get(rest.strip("/").removesuffix("_mime"), ())
    if not any(settings.ANYMAIL.get(name) for name in ("WEBHOOK_SECRET", *keys)):
        log.warning("hooks: %s was called; set WEBHOOK_SECRET, or the service's signing key, to listen to it", rest)
        raise Http404
    return found.func


def _bring(event: Any, named: str) -> Brought:
    """As it came, as far as the service kept it; a mail too odd for the strict writer is written by the old one."""
    mail = event.message
    try:
        raw = mail.as_bytes(policy=mail.policy.clone(refold_source="none"))
    except Exception:  # noqa: BLE001  (the email package breaks on odd headers in many ways; the next line copes)
        raw = mail.as_bytes(policy=compat32)
    return Brought(raw, str(mail.envelope_recipient or ""), named)


def _refuse(rest: str, error: Exception) -> HttpResponse:
    """Nothing was taken in; one line says why, without what the call said."""
    if isinstance(error, AnymailRequestsAPIError | OSError):
        log.warning("hooks: %s: the service could not be asked for the rest: %s", rest, type(error).__name__)
        return HttpResponse(status=503)
    known = isinstance(error, SuspiciousOperation | AnymailConfigurationError)
    why = redact(str(error))[:200] if known else f"it cannot be read ({type(error).__name__})"
    log.warning("hooks: %s: refused: %s", rest, " ".join(why.split()))
    return HttpResponse("Refused.", status=400, content_type="text/plain")
