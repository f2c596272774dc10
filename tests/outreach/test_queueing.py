"""Check-ins queued by the thousand: the same rows, words, keys and lines of the ledger as one by one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.utils.crypto import salted_hmac
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Title
from engagement.models import Interaction, Score
from engagement.services.ledger import record_interaction
from engagement.services.lines import source_keys
from library.models import LibrarySettings
from outreach.mail.checkin import ASKED, TITLE_LENGTH, _book, _plain, compose_check_in, facts_of, message_key
from outreach.mail.filling import words_of
from outreach.models import Answer, CheckIn, MailTemplate, Message, Pick
from outreach.services import check_in_queue, check_in_statements
from outreach.services.check_in_queue import queue_due
from outreach.services.outbox import queue_message
from outreach.services.reply_addresses import reply_address
from patrons.models import Suppression
from relcrm.kit import insql
from relcrm.kit.mail import one_line
from tests.builders import NOON, make_branch, make_staff, make_title
from tests.outreach.loops import DAY, Loop, make_loop
from tests.outreach.test_delivery_together import at_once

pytestmark = pytest.mark.django_db
MORNING = NOON + 21 * DAY
LANGUAGES = ("en", "es", "fr", "pt", "af")
# What people type and files bring: no halves of characters and no NUL, which PostgreSQL does not store.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=90)
ODD = st.text(st.sampled_from(" \t\n\r\x0b\x0c\x1c\x1f\x7f\x85\xa0\u2003\u2028\u3000{}:link%$s<>&'\"ab…"), max_size=80)
in_the_database = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def said(expression: str, words: list[str], **facts: Any) -> list[Any]:
    """What the database makes of each of these words; the expression calls them `said`."""
    with connection.cursor() as cursor:
        rows = "FROM unnest(%(words)s::text[]) WITH ORDINALITY AS t (said, n) ORDER BY n"
        cursor.execute(f"SELECT {expression} {rows}", {"words": words, **facts})
        return [value for (value,) in cursor.fetchall()]


@in_the_database
@given(st.lists(WORDS | ODD, min_size=1, max_size=30))
def test_the_database_cleans_words_as_our_code_does(words: list[str]) -> None:
    assert said(insql.one_line("said"), words) == [one_line(one) for one in words]
    assert said(insql.one_blank("said"), words) == [" ".join(one.split()) for one in words]
    plain = f"coalesce(nullif({check_in_statements._plain(insql.one_line('said'))}, ''), '…')"
    assert said(plain, words) == [_plain(one) or "…" for one in words]
    assert said(insql.cut("said", TITLE_LENGTH), [_plain(one) for one in words]) == [
        _book(Pick(title=Title(name=one))) if _plain(one) else "" for one in words
    ]


@in_the_database
@given(st.lists(WORDS, min_size=1, max_size=20))
def test_the_database_signs_as_our_code_does(words: list[str]) -> None:
    blocks = insql.digest_blocks("any", "a salt")
    expected = [salted_hmac("a salt", one, algorithm="sha256").hexdigest() for one in words]
    assert said(insql.digest("any", "said"), words, **blocks) == expected


def queue_one(loop: Loop, now: Any) -> Message:
    """The same mail as a service that writes one at a time queues it."""
    check_in = CheckIn.objects.get(pk=loop.check_in.pk)
    request = check_in.letter.request
    return queue_message(
        purpose=ASKED,
        object_key=message_key(check_in),
        kind=Message.Kind.ASKED_FOR,
        patron=request.patron,
        rendered=compose_check_in(check_in, loop.picks, "ask"),
        links={"checkin": str(check_in.pk), "unsubscribe": f"{request.patron.pk}-check_in"},
        consent="check_in",
        thread=request.thread,
        branch=request.branch,
        from_name=str(check_in.letter.librarian),
        reply_to=reply_address(thread=request.thread_id),
        now=now,
    )


@pytest.mark.parametrize(
    ("name", "language", "titles"),
    [
        ("Iris", "en", ("The Summer Book", "L'Anomalie")),
        ("", "es", ("Stoner",)),
        ("  Zoë\n{link:my} <b>&'\" 100 % ", "fr", tuple(f"{{link: {n}% " + "long " * n for n in range(9, 18))),
        ("{link", "pt", ("\u2003",)),
        ("😀\u202e", "af", ("One %s", "Two %1$s", "{first_book}")),
    ],
)
def test_the_row_is_the_one_a_single_check_in_would_have_got(name: str, language: str, titles: tuple[str, ...]) -> None:
    branch = make_branch(name="Main <%> branch") if name else None
    staff = {"name": " Amara\tB "}
    loop = make_loop(titles=tuple(make_title(name=one) for one in titles), name=name, language=language, branch=branch)
    loop.letter.librarian.name = staff["name"]
    loop.letter.librarian.save()
    assert queue_due(now=MORNING) == 1
    ours = loop.mails(ASKED)[0]
    words = words_of(ours)
    assert ours.facts == facts_of(CheckIn.objects.get(), loop.picks) | {"version": 0}
    assert (ours.body_text, ours.body_html, ours.template) == ("", "", "check_in")
    Message.objects.filter(pk=ours.pk).delete()
    theirs = queue_one(loop, MORNING)
    assert (words.subject, words.text, words.html) == (theirs.subject, theirs.body_text, theirs.body_html)
    other = {"id", "body_text", "body_html", "template", "facts"}
    for field in Message._meta.concrete_fields:
        if field.name not in other:
            assert getattr(ours, field.attname) == getattr(theirs, field.attname), field.name


@pytest.mark.parametrize("consents", [("check_in",), ("check_in", "profile")])
def test_the_line_and_the_score_are_those_of_a_single_event(consents: tuple[str, ...]) -> None:
    west = make_branch(time_zone="Pacific/Honolulu")
    loop = make_loop(*consents, branch=west)
    at_three = MORNING + timedelta(hours=15)  # still the day before in the branch
    queue_due(now=at_three)
    ours, score = Interaction.objects.get(kind=ASKED), Score.objects.first()
    facts = {f.attname: getattr(ours, f.attname) for f in Interaction._meta.concrete_fields if f.name != "id"}
    ours.delete()
    Score.objects.all().delete()
    request = loop.letter.request
    record_interaction(
        kind=ASKED,
        source=f"check_in:{loop.check_in.pk}:ask",
        at=at_three,
        patron=request.patron,
        started_by="library",
        branch=request.branch,
        audience=request.audience,
        language=request.language,
        staff=loop.letter.librarian,
        thread=request.thread_id,
        now=at_three,
    )
    theirs = Interaction.objects.get(kind=ASKED)
    assert facts == {f.attname: getattr(theirs, f.attname) for f in Interaction._meta.concrete_fields if f.name != "id"}
    again = Score.objects.first()
    assert (score is None) == (again is None) == ("profile" not in consents)
    if score and again:
        assert {**vars(score), "_state": 0} == {**vars(again), "_state": 0}


def test_a_line_written_under_an_earlier_key_is_not_written_again() -> None:
    loop = make_loop("check_in", "profile")
    with override_settings(SECRET_KEY="the key before", SECRET_KEY_FALLBACKS=[]):  # noqa: S106  (of one test)
        queue_due(now=MORNING)
    CheckIn.objects.update(next_step="ask", next_at=MORNING)
    with override_settings(SECRET_KEY_FALLBACKS=["the key before"]):
        queue_due(now=MORNING)
        assert Interaction.objects.get(kind=ASKED).source_key == source_keys(f"check_in:{loop.check_in.pk}:ask")[1]


def test_many_steps_of_every_sort_in_one_go() -> None:
    asked, reminded, again, ended, waits = (make_loop("check_in", "profile", language=one) for one in LANGUAGES)
    for loop in (reminded, again):
        Message.objects.create(**_sent(loop))
    CheckIn.objects.filter(pk=reminded.check_in.pk).update(next_step="remind", next_at=MORNING)
    CheckIn.objects.filter(pk=again.check_in.pk).update(next_step="again", next_at=MORNING)
    for pick, value in zip(again.picks, ("loved", "not_yet"), strict=True):
        Answer.objects.create(pick=pick, value=value, answered_at=NOON, changed_at=NOON)
    Suppression.objects.create(address=ended.patron.email, reason="it bounced", created_at=NOON)
    Message.objects.filter(purpose="letter", object_key=str(waits.letter.pk)).update(state="sending", lease_until=NOON)
    assert queue_due(now=MORNING) == 3
    state = {row.pk: (row.next_step, row.next_at, row.ended_because) for row in CheckIn.objects.all()}
    week = timedelta(days=LibrarySettings().reminder_days)
    assert state == {
        asked.check_in.pk: ("remind", MORNING + week, ""),
        reminded.check_in.pk: ("done", None, ""),
        again.check_in.pk: ("done", None, ""),
        ended.check_in.pk: ("done", None, "the address gets no mail"),
        waits.check_in.pk: ("ask", MORNING + DAY, ""),
    }
    assert [book for _pick, book in again.mails("check_in_again")[0].facts["books"]] == ["L'Anomalie"]
    kinds = set(Interaction.objects.exclude(patron=None).values_list("kind", "patron"))
    assert kinds == {
        (ASKED, asked.patron.pk),
        ("check_in_reminder", reminded.patron.pk),
        ("check_in_again", again.patron.pk),
    }


def test_one_reader_with_two_check_ins_gets_both_and_both_count() -> None:
    first = make_loop("check_in", "profile")
    second = make_loop(*(), titles=(make_title(name="Stoner"),))
    second.letter.request.patron = first.patron
    second.letter.request.save()
    assert queue_due(now=MORNING) == 2
    assert {mail.to_address for loop in (first, second) for mail in loop.mails(ASKED)} == {first.patron.email}
    assert Interaction.objects.filter(kind=ASKED, patron=first.patron).count() == 2
    points = sum(line.transactional + line.relational for line in Interaction.objects.all())
    assert points > 0
    assert Score.objects.get().patron_id == first.patron.pk


def test_a_row_that_breaks_holds_up_no_other() -> None:
    loops = [make_loop() for _ in range(7)]
    broken = loops[4]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE outreach_message ADD CHECK (object_key <> '{message_key(broken.check_in)}')")
    with pytest.raises(ExceptionGroup) as told:
        queue_due(now=MORNING)
    assert len(told.value.exceptions) == 1
    assert [len(loop.mails(ASKED)) for loop in loops] == [1, 1, 1, 1, 0, 1, 1]
    broken.check_in.refresh_from_db()
    assert (broken.check_in.next_step, broken.check_in.next_at) == ("ask", MORNING)


def test_the_words_are_those_in_force_when_it_was_queued() -> None:
    loop = make_loop()
    facts = {"name": "check_in", "language": "en", "subject": "Well, {first_book}?", "published_at": NOON}
    MailTemplate.objects.create(**facts, version=1, body="Dear {name},\n\nfirst words\n\n{buttons}\n\n{librarian}")
    queue_due(now=MORNING)
    MailTemplate.objects.create(**facts, version=2, body="Dear {name},\n\nsecond words\n\n{buttons}")
    message = loop.mails(ASKED)[0]
    assert message.subject == words_of(message).subject == "Well, The Summer Book?"
    assert "first words" in words_of(message).text
    other = make_loop()
    queue_due(now=MORNING)
    assert "second words" in words_of(other.mails(ASKED)[0]).text


def _sent(loop: Loop) -> dict[str, Any]:
    """A first question that has left."""
    key = message_key(loop.check_in)
    facts: dict[str, Any] = {
        "purpose": ASKED,
        "object_key": key,
        "kind": "asked_for",
        "consent": "check_in",
        "state": "sent",
    }
    facts |= {"patron": loop.patron, "language": "en", "to_address": loop.patron.email, "message_id": f"<{key}@x>"}
    return facts | {"state": "sent", "queued_at": NOON, "due_at": NOON, "not_after": MORNING, "sent_at": NOON}


@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_queue_each_step_once(monkeypatch: pytest.MonkeyPatch) -> None:
    librarian, titles = make_staff(), (make_title(),)
    loops = [make_loop("check_in", "profile", titles=titles) for _ in range(40)]
    assert librarian
    monkeypatch.setattr(check_in_queue, "BATCH", 3)
    counts = at_once(*(lambda: queue_due(now=MORNING) for _ in range(3)))
    assert sum(int(str(count)) for count in counts) == 40
    assert [len(loop.mails(ASKED)) for loop in loops] == [1] * 40
    assert Interaction.objects.filter(kind=ASKED).count() == 40
