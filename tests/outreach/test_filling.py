"""Words filled in when a mail leaves: the same as rendering them with the reader's facts."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from library.services.privacy import limits_at
from outreach.mail import filling
from outreach.mail.checkin import TEMPLATE, context_of
from outreach.mail.filling import words_of
from outreach.mail.words import render_words
from outreach.models import MailTemplate, Message
from outreach.services.checkins import queue_due
from outreach.services.doubt import NotInDoubt, send_again
from outreach.services.links import LinkMaker, url_for
from outreach.services.privacy import anonymise_before, export_for
from relcrm.kit.links import TokenMaker, make_token
from relcrm.kit.mail import one_line
from tests.builders import NOON, make_patron, make_staff
from tests.outreach.loops import DAY, make_loop

pytestmark = pytest.mark.django_db
MORNING = NOON + 21 * DAY
# As queueing leaves them: on one line, and nothing that could begin a link.
TYPED = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>&'\"{}%\\"), max_size=30)
WORDS = TYPED.map(lambda words: one_line(words).replace("{link", "{ link"))
NAMES = WORDS.map(lambda words: words or "…")
FACTS = st.fixed_dictionaries(
    {
        "patron": WORDS,
        "librarian": NAMES,
        "branch": WORDS,
        "books": st.lists(st.tuples(st.integers(1, 10**12), NAMES), min_size=1, max_size=7),
        "version": st.just(0),
    }
)
ODD = {"patron": "%s {0} {name}", "librarian": "{buttons}", "branch": "<&'\">", "books": [(1, "{first_book} 100 %")]}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FACTS, st.sampled_from(sorted(TEMPLATE.values())), st.sampled_from(["en", "es", "fr", "pt", "af"]))
@example(ODD | {"version": 0}, "check_in", "es")
def test_filling_is_rendering(facts: dict[str, Any], template: str, language: str) -> None:
    message = Message(template=template, facts=facts, language=language)
    assert words_of(message) == render_words(template, context_of(facts), language=language)


@pytest.mark.parametrize("name", ["", "Iris"])
def test_a_librarys_own_words_are_filled_too(name: str) -> None:
    words = "{name}: 100 % {nothing}\n\n{buttons}\n\n{first_book}{others} <b>\n{librarian}\n{place}"
    own = {"name": "check_in", "language": "en", "version": 3, "published_at": NOON}
    MailTemplate.objects.create(**own, subject="{name}, {first_book} {librarian}", body=words)
    facts = {"patron": name, "librarian": "Amara", "branch": "", "books": [[5, "Stoner"], [6, "A & B"]], "version": 3}
    message = Message(template="check_in", facts=facts, language="en")
    assert words_of(message) == render_words("check_in", context_of(facts), language="en")


def test_once_a_skeleton_is_there_filling_asks_the_database_for_nothing() -> None:
    make_loop()
    queue_due(now=MORNING)
    message = Message.objects.get(purpose="check_in")
    words_of(message)
    with CaptureQueriesContext(connection) as asked:
        words_of(message)
    assert len(asked) == 0


def test_stored_words_are_shown_as_they_are_stored() -> None:
    message = Message(subject="Hello", body_text="{link:my}", body_html="<p>{link:my}</p>")
    assert (words_of(message).subject, words_of(message).text, words_of(message).html) == (
        "Hello",
        "{link:my}",
        "<p>{link:my}</p>",
    )


def test_what_has_been_let_go_is_empty_and_cannot_leave_again() -> None:
    loop = make_loop()
    queue_due(now=MORNING)
    Message.objects.update(state="failed")
    message = loop.mails("check_in")[0]
    assert "The Summer Book" in words_of(message).text
    anonymise_before(before=limits_at(NOON + 4000 * DAY), now=NOON + 4000 * DAY)
    message.refresh_from_db()
    assert (message.facts, words_of(message).text, words_of(message).html) == ({}, "", "")
    with pytest.raises(NotInDoubt):
        send_again(message=message, staff=make_staff(), now=NOON)


def test_a_check_in_that_failed_can_leave_again() -> None:
    loop = make_loop()
    queue_due(now=MORNING)
    Message.objects.filter(purpose="check_in").update(state="failed")
    send_again(message=loop.mails("check_in")[0], staff=make_staff(), now=MORNING)
    assert loop.mails("check_in")[0].state == "queued"


def test_the_reader_gets_the_words_with_their_file_and_staff_see_them_on_the_page(client: Client) -> None:
    loop = make_loop()
    queue_due(now=MORNING)
    told = export_for(patron=loop.patron)["messages"]
    assert any("I loved The Summer Book" in mail["body_text"] for mail in told)
    client.force_login(make_staff())
    page = client.get(reverse("message", args=[loop.mails("check_in")[0].pk])).text
    assert "I loved The Summer Book" in page
    assert "How was The Summer Book, and the others?" in page


def test_facts_may_be_in_a_characters_own_range(monkeypatch: pytest.MonkeyPatch) -> None:
    slot = chr(filling.FIRST_SLOT + 1)
    facts = {"patron": slot, "librarian": "Amara", "branch": "", "books": [[5, slot * 3]], "version": 0}
    message = Message(template="check_in", facts=facts, language="en")
    assert words_of(message) == render_words("check_in", context_of(facts), language="en")


def test_links_of_a_run_are_those_made_one_by_one_and_ask_nothing() -> None:
    patron = make_patron("check_in", link_generation=7)
    links = LinkMaker(now=NOON)
    with CaptureQueriesContext(connection) as asked:
        for purpose, key in (
            ("checkin", "5"),
            ("letter", "é~5"),
            ("unsubscribe", "9-check_in"),
            ("my", ""),
            ("my", "1"),
        ):
            for _ in range(2):
                ours = links.url_for(purpose=purpose, object_key=key, patron=patron)
    assert len(asked) == 0
    assert ours == url_for(purpose="my", object_key="1", patron=patron, now=NOON)
    for purpose in ("checkin", "letter", "unsubscribe", "my", "sent", "address"):
        made = TokenMaker(now=NOON, lifetimes={}).make(purpose, "5", 7)
        assert made == make_token(purpose, "5", 7, now=NOON)


def test_a_message_names_the_links_it_has() -> None:
    loop = make_loop()
    queue_due(now=MORNING)
    message = Message.objects.select_related("patron").get(purpose="check_in")
    urls = LinkMaker(now=NOON).urls_of(message)
    assert set(urls) == {"my", "checkin", "unsubscribe"}
    assert urls["checkin"] == url_for(purpose="checkin", object_key=str(loop.check_in.pk), patron=loop.patron, now=NOON)
