"""What mail services tell: in whatever order, however often and however early it comes, it ends the same."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.mail.reading.told import Told, read_told
from outreach.models import Message, ProviderEvent, Reply, Thread
from outreach.services.events import WAITS_FOR, apply_waiting, take_events
from patrons.models import Consent, Suppression
from patrons.services.suppressions import lift_ended_pauses, lift_suppression
from relcrm.desk.services.retention import let_go
from tests.builders import NOON, make_patron, make_request
from tests.outreach.loops import make_loop
from tests.outreach.reports import sent_mail

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOBODY = "550 5.1.1 no such user"
_ids = itertools.count(1)


def told(message: Message | None, kind: str, **over: object) -> Told:
    values: dict[str, object] = {
        "source": "postmark",
        "event_id": f"event-{next(_ids)}",
        "kind": kind,
        "key": message.provider_id if message else "unheard-of",
        "number": None,
        "recipient": message.to_address if message else "",
        "status": "",
        "permanent": None,
        "words": "",
        "happened_at": NOON,
        "raw": "{}",
    }
    return Told(**(values | over))  # type: ignore[arg-type]  # as named above


def tell(*events: Told, now: datetime = NOON + HOUR) -> int:
    return take_events(told=events, now=now)


def mail_of(**over: Any) -> Message:
    consent = str(over.pop("consent", ""))
    patron = make_patron(*([consent] if consent else []))
    return sent_mail(patron, consent=consent, **({"provider_id": f"mail-{next(_ids)}"} | over))


def fresh(message: Message) -> Message:
    message.refresh_from_db()
    return message


def test_delivered_settles_a_message_in_doubt() -> None:
    message = mail_of(state="unknown", reason="It may have arrived or not.")
    assert tell(told(message, "delivered", happened_at=NOON + HOUR)) == 1
    fresh(message)
    assert (message.state, message.reason, message.sent_at) == ("sent", "", NOON)
    assert (message.fate, message.fate_at) == ("delivered", NOON + HOUR)


def test_what_was_put_back_and_yet_arrived_is_not_sent_again() -> None:
    message = mail_of(state="queued")
    tell(told(message, "delivered"))
    assert fresh(message).state == "sent"
    never_tried = mail_of(state="queued", attempt=0)
    tell(told(never_tried, "delivered"))
    assert fresh(never_tried).state == "queued"


def test_a_refusal_of_the_service_fails_the_mail_with_its_words() -> None:
    message = mail_of()
    tell(told(message, "rejected", words="Not delivering to previously bounced address"))
    assert fresh(message).state == "failed"
    assert message.reason == "The mail service did not send it: Not delivering to previously bounced address"


def test_a_mailbox_that_is_no_more_stops_mail_at_once() -> None:
    message = mail_of()
    tell(told(message, "bounced", status="5.1.1", permanent=True, words=NOBODY))
    assert fresh(message).fate == "bounced"
    kept = Suppression.objects.get()
    assert (kept.cause, kept.until, kept.evidence) == ("no_mailbox", None, f"5.1.1 {NOBODY}")


@pytest.mark.parametrize("permanent", [False, None])
def test_any_other_bounce_stops_nothing_by_itself(permanent: bool | None) -> None:
    message = mail_of()
    tell(told(message, "bounced", status="5.2.2", permanent=permanent, words="mailbox full"))
    assert fresh(message).fate == "bounced"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("words", "said", "status", "permanent"),
    [
        ("smtp;550 5.1.1 no such user", {"Type": "HardBounce"}, "5.1.1", True),
        ("550 5.7.1 blocked by policy", {"Type": "HardBounce"}, "5.7.1", False),
        ("452 4.2.2 mailbox full", {"severity": "permanent"}, "4.2.2", False),
        ("550 user unknown", {"Type": "SoftBounce"}, "4.1.1", False),
        ("", {"SuppressionReason": "HardBounce"}, "", True),
        ("", {"event-data": {"severity": "temporary"}}, "4.0.0", False),
        ("", {"bounce": {"bounceType": "Transient"}, "other": ["Permanent"]}, "4.0.0", False),
        ("", {}, "", None),
        ("", ["hard"], "", None),
    ],
)
def test_what_services_say_is_judged_by_the_other_servers_words(
    words: str, said: object, status: str, permanent: bool | None
) -> None:
    event = AnymailTrackingEvent(event_type="bounced", mta_response=words, esp_event=said, timestamp=None)
    read = read_told("postmark", event, body=b"", now=NOON)
    assert read is not None
    assert (read.status, read.permanent, read.happened_at) == (status, permanent, NOON)


def test_three_mails_that_came_back_in_two_weeks_make_a_pause_that_ends() -> None:
    patron = make_patron()
    mails = [sent_mail(patron, provider_id=f"soft-{number}") for number in range(4)]
    full = {"status": "5.2.2", "permanent": False, "words": "mailbox full"}
    for _again in range(3):
        tell(told(mails[0], "bounced", **full))
    tell(told(mails[1], "bounced", happened_at=NOON - 15 * DAY, **full))
    tell(told(mails[2], "bounced", **full))
    assert not Suppression.objects.exists()
    tell(told(mails[3], "bounced", **full))
    pause = Suppression.objects.get()
    assert (pause.cause, pause.until) == ("pause", NOON + HOUR + 14 * DAY)
    assert lift_ended_pauses(now=NOON + 14 * DAY) == 0
    assert lift_ended_pauses(now=NOON + 15 * DAY) == 1
    assert not Suppression.objects.holds(patron.email)


def test_what_came_back_before_staff_allowed_mail_again_does_not_count() -> None:
    patron = make_patron()
    mails = [sent_mail(patron, provider_id=f"soft-{number}") for number in range(4)]
    for mail in mails[:3]:
        tell(told(mail, "bounced", status="5.2.2"))
    lift_suppression(address=patron.email, reason="They emptied it.", now=NOON + HOUR)
    tell(told(mails[3], "bounced", status="5.2.2", happened_at=NOON + 2 * HOUR), now=NOON + 2 * HOUR)
    assert not Suppression.objects.holds(patron.email)


def test_delays_are_no_bounces() -> None:
    patron = make_patron()
    for number in range(5):
        tell(told(sent_mail(patron, provider_id=f"late-{number}"), "deferred", status="4.7.1", permanent=False))
    assert not Suppression.objects.exists()


def test_a_complaint_stops_mail_and_comes_up_in_the_inbox() -> None:
    message = mail_of(consent="check_in")
    complaint = told(message, "complained", words="abuse")
    tell(complaint)
    tell(complaint, told(message, "complained"))
    assert fresh(message).fate == "complained"
    assert Suppression.objects.get().cause == "complaint"
    assert not Consent.objects.holds(message.patron, "check_in")
    line = Reply.objects.get()
    assert (line.kind, line.thread, line.about, line.trusted) == ("complaint", message.thread, message, True)
    thread = Thread.objects.get(messages=message)
    assert (thread.waiting_since, thread.promise) == (NOON, None)


def test_who_unsubscribes_at_the_service_has_stopped_that_mail() -> None:
    message = mail_of(consent="check_in")
    waiting = sent_mail(message.patron, consent="check_in", state="queued", attempt=0)
    tell(told(message, "unsubscribed"))
    assert not Consent.objects.holds(message.patron, "check_in")
    assert fresh(waiting).state == "cancelled"
    assert not Suppression.objects.exists()


def test_a_consent_given_since_outlives_an_old_word() -> None:
    message = mail_of(consent="check_in")
    tell(told(message, "unsubscribed", happened_at=NOON - HOUR))
    assert Consent.objects.holds(message.patron, "check_in")


def test_an_event_is_stored_once_and_applied_once() -> None:
    message = mail_of()
    event = told(message, "bounced", status="5.1.1", permanent=True, words=NOBODY)
    assert (tell(event), tell(event), tell(event, event)) == (1, 0, 0)
    assert ProviderEvent.objects.count() == 1
    lift_suppression(address=message.to_address, reason="A mistake.", now=NOON)
    assert tell(event) == 0
    assert not Suppression.objects.holds(message.to_address)


def test_an_event_that_comes_too_early_waits_for_its_mail() -> None:
    message = mail_of(provider_id="")
    assert tell(told(None, "bounced", key="later", status="5.1.1", permanent=True, words=NOBODY)) == 0
    assert apply_waiting(now=NOON) == 0
    Message.objects.filter(pk=message.pk).update(provider_id="later", state="sending", lease_until=NOON + HOUR)
    assert apply_waiting(now=NOON) == 0
    Message.objects.filter(pk=message.pk).update(state="unknown", lease_until=None)
    assert apply_waiting(now=NOON) == 1
    assert (fresh(message).state, message.fate) == ("sent", "bounced")
    assert Suppression.objects.holds(message.to_address)
    assert apply_waiting(now=NOON) == 0


def test_an_event_knows_its_mail_by_our_number_and_by_our_message_id() -> None:
    by_number, by_name = mail_of(provider_id=""), mail_of(provider_id="")
    tell(told(None, "delivered", number=by_number.pk), told(None, "delivered", key=by_name.message_id))
    assert {fresh(by_number).fate, fresh(by_name).fate} == {"delivered"}


def test_what_no_mail_of_ours_answers_to_is_closed_after_two_days() -> None:
    tell(told(None, "delivered"), told(None, "delivered", key="", number=10**17))
    apply_waiting(now=NOON + DAY)
    assert ProviderEvent.objects.waiting().count() == 2
    apply_waiting(now=NOON + HOUR + WAITS_FOR + HOUR)
    assert ProviderEvent.objects.waiting().count() == 0
    assert ProviderEvent.objects.count() == 2


def test_an_idle_look_costs_two_statements() -> None:
    mail_of()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert apply_waiting(now=NOON) == 0
    assert len(queries) == 2


def test_a_doubt_that_came_after_the_news_is_settled() -> None:
    message = mail_of(state="unknown", fate="delivered", fate_at=NOON)
    assert apply_waiting(now=NOON) == 1
    assert fresh(message).state == "sent"


def test_many_events_of_one_call_are_applied_in_few_statements() -> None:
    patron = make_patron()
    thread = make_request(patron).thread
    mails = [sent_mail(patron, provider_id=f"many-{number}", thread=thread) for number in range(20)]
    with CaptureQueriesContext(connection) as queries:
        tell(*[told(mail, "delivered") for mail in mails])
    assert len(queries) < 10 + 6 * 20
    assert Message.objects.filter(fate="delivered").count() == 20


# Whatever happened, in whatever order we hear of it

STEPS: list[Callable[[Message], Told]] = [
    lambda mail: told(mail, "queued", event_id="e1"),
    lambda mail: told(mail, "sent", event_id="e2", happened_at=NOON + HOUR),
    lambda mail: told(mail, "deferred", event_id="e3", words="busy", permanent=False),
    lambda mail: told(mail, "delivered", event_id="e4", happened_at=NOON + 2 * HOUR),
    lambda mail: told(mail, "bounced", event_id="e5", words="mailbox full", status="5.2.2", permanent=False),
    lambda mail: told(mail, "bounced", event_id="e6", words=NOBODY, status="5.1.1", permanent=True),
    lambda mail: told(mail, "complained", event_id="e7", words="abuse", happened_at=NOON + HOUR),
    lambda mail: told(mail, "unsubscribed", event_id="e8"),
    lambda mail: told(mail, "rejected", event_id="e9", words="policy"),
    lambda mail: told(mail, "failed", event_id="e10", words="broken"),
    lambda mail: told(mail, "autoresponded", event_id="e11"),
    lambda mail: told(mail, "unknown", event_id="e12"),
]


def end_of(state: str, steps: list[int], early: int) -> object:
    """Where everything ends when a message hears these steps in this order, the first `early` before it is known."""
    message = mail_of(state=state, consent="check_in", provider_id="")
    Message.objects.filter(pk=message.pk).update(object_key=f"gone:{message.pk}")
    events = [STEPS[step](message) for step in steps]
    name = f"mail-{next(_ids)}"
    message.provider_id = name
    events = [Told(**(vars(event) | {"key": name, "source": name[:20]})) for event in events]
    for event in events[:early]:
        tell(event, now=NOON + 3 * HOUR)
    Message.objects.filter(pk=message.pk).update(provider_id=name)
    for event in events[early:]:
        tell(event, now=NOON + 3 * HOUR)
    apply_waiting(now=NOON + 3 * HOUR)
    fresh(message)
    suppressed = Suppression.objects.active().filter(address=message.to_address).values_list("until", flat=True)
    return (
        (message.state, message.reason, message.sent_at, message.fate, message.fate_at, message.fate_words),
        list(suppressed),
        Consent.objects.holds(message.patron, "check_in"),
        Thread.objects.get(messages=message).waiting_since,
        Reply.objects.filter(about=message).count(),
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), state=st.sampled_from(["sent", "unknown", "queued", "cancelled", "failed"]))
def test_the_order_of_events_makes_no_difference(data: st.DataObject, state: str) -> None:
    steps = data.draw(st.lists(st.integers(0, len(STEPS) - 1), unique=True, max_size=6))
    mixed = data.draw(
        st.permutations(steps + data.draw(st.lists(st.sampled_from(steps), max_size=4) if steps else st.just([])))
    )
    early = data.draw(st.integers(0, len(mixed)))
    assert end_of(state, mixed, early) == end_of(state, steps, 0)


def test_an_answer_through_its_link_shows_that_the_mail_arrived() -> None:
    """As long as only one mail can have brought the link."""
    loops = [make_loop(), make_loop()]
    for loop in loops:
        key = f"check_in:{loop.check_in.pk}"
        asked = sent_mail(loop.patron, consent="check_in", state="unknown")
        Message.objects.filter(pk=asked.pk).update(object_key=key)
        loop.asked = asked  # type: ignore[attr-defined]  # of this test
    reminder = sent_mail(loops[1].patron, consent="check_in")
    Message.objects.filter(pk=reminder.pk).update(object_key=f"check_in:{loops[1].check_in.pk}", step=2)
    for loop in loops:
        loop.answer("loved")
    assert [fresh(loop.asked).state for loop in loops] == ["sent", "unknown"]  # type: ignore[attr-defined]  # as above


def test_events_are_kept_for_thirty_days() -> None:
    message = mail_of()
    tell(told(message, "delivered"), now=NOON)
    for days, left in ((29, 1), (31, 0)):
        let_go(now=NOON + days * DAY)
        assert ProviderEvent.objects.count() == left
    assert fresh(message).fate == "delivered"


@pytest.mark.django_db(transaction=True)
def test_a_complaint_does_not_wait_for_whoever_only_refers_to_its_mail_and_thread() -> None:
    """As a call does that stores an event, at its end and while it holds what others want: neither may wait."""
    message = mail_of()
    stored, done = threading.Event(), threading.Event()

    def store() -> None:
        try:
            with transaction.atomic():
                event = {"source": "mailgun", "event_id": "other", "kind": "sent", "raw": "{}"}
                ProviderEvent.objects.create(message=message, happened_at=NOON, received_at=NOON, **event)
                Reply.objects.create(key="other", kind="other", thread=message.thread, received_at=NOON)
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                stored.set()
                done.wait(30)
        finally:
            connection.close()

    other = threading.Thread(target=store)
    other.start()
    try:
        assert stored.wait(30)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
            assert tell(told(message, "complained")) == 1
    finally:
        done.set()
        other.join(30)
    assert fresh(message).fate == "complained"
