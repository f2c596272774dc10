"""The words of a mail: what stands for a placeholder, what can be published, and what can never be smuggled in."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from library.models import AuditLine
from outreach.mail.checkin import context_of
from outreach.mail.envelope import PLACEHOLDER as LINK
from outreach.mail.filling import shape_of, skeleton_of, values_of
from outreach.mail.placeholders import MAILS
from outreach.mail.word_rules import BRACED, body_problems, subject_problems, tidied
from outreach.mail.word_samples import sample_context
from outreach.mail.words import Words, fill_words, render_words, shipped_words, version_of, words_in_force
from outreach.models import MailTemplate
from outreach.services.mail_words import (
    BadWords,
    NothingChanged,
    WordsMovedOn,
    publish_words,
    restore_words,
    ship_words,
)
from relcrm.kit.mail import Rendered
from tests.builders import NOON, make_staff
from tests.outreach.test_letter_mail import Words as WordsOfHtml

LANGUAGES = [code for code, _label in settings.LANGUAGES]
EVERY = [(name, language) for name in MAILS for language in LANGUAGES]
BODY = "Dear {name},\n\nhow was it?\n\n{buttons}\n\n{librarian}\n{place}"


def fill(body: str, subject: str = "Hello", *, name: str = "check_in", language: str = "en", **facts: Any) -> Rendered:
    context = {**sample_context(name), **facts}
    return fill_words(name, Words(subject, body), context, language=language)


def publish(body: str = BODY, subject: str = "How was {first_book}?", *, seen: int = 0, **over: Any) -> MailTemplate:
    values: dict[str, Any] = {"name": "check_in", "language": "en", "by": make_staff("admin"), "now": NOON}
    return publish_words(subject=subject, body=body, seen=seen, **(values | over))


def seen_words(html: str) -> list[str]:
    """The words of an HTML mail, as one reads them."""
    return re.findall(r"\w+", "".join(WordsOfHtml(html).found))


def text_words(text: str) -> list[str]:
    return re.findall(r"\w+", LINK.sub(" ", text))


# What we ship


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_what_we_ship_could_be_published_as_it_is(name: str, language: str) -> None:
    words = shipped_words(name, language)
    assert subject_problems(name, words.subject) == []
    assert body_problems(name, words.body) == []
    assert tidied(words.body) == words.body


@pytest.mark.django_db
@pytest.mark.parametrize("least", [False, True])
@pytest.mark.parametrize(("name", "language"), EVERY)
def test_words_edited_without_a_change_say_what_the_shipped_ones_say(name: str, language: str, least: bool) -> None:
    context = sample_context(name, least=least)
    before = render_words(name, context, language=language)
    ours = shipped_words(name, language)
    MailTemplate.objects.create(
        name=name, language=language, version=1, subject=ours.subject, body=ours.body, published_at=NOON
    )
    assert words_in_force(name, language).own
    assert render_words(name, context, language=language) == before


@pytest.mark.parametrize("least", [False, True])
@pytest.mark.parametrize(("name", "language"), EVERY)
def test_both_parts_say_the_same_and_no_placeholder_is_left(name: str, language: str, least: bool) -> None:
    mail = fill_words(name, shipped_words(name, language), sample_context(name, least=least), language=language)
    assert seen_words(mail.html) == text_words(mail.text)
    assert not BRACED.search(LINK.sub("", mail.subject + mail.text))
    assert not re.search(r"[,;]\n", mail.text.replace(",\n\n", "\n\n")), mail.text
    assert "{link:my}" in mail.text or name.startswith("address")


def test_where_no_name_is_known_the_greeting_does_without() -> None:
    greetings = {"en": "Hello,", "es": "Hola:", "fr": "Bonjour,", "pt": "Olá,", "af": "Hallo,"}
    for language, greeting in greetings.items():
        words = shipped_words("check_in", language)
        mail = fill_words("check_in", words, sample_context("check_in", least=True), language=language)
        assert mail.text.startswith(f"{greeting}\n\n")
        named = fill_words("check_in", words, sample_context("check_in"), language=language)
        assert "Iris Naidoo" in named.text.partition("\n")[0]
    assert fill("Dear {name}, Amara here.\n\n{buttons}", patron="").text.startswith("Hello, Amara here.\n")


def test_several_books_are_spoken_of_in_every_language() -> None:
    subjects = {
        "en": "How was X, and the others?",
        "es": "¿Qué le pareció X? ¿Y los demás?",
        "fr": "X et les autres : qu’en avez-vous pensé ?",
        "pt": "O que achou de X? E dos outros?",
        "af": "Hoe was X, en die ander?",
    }
    for language, subject in subjects.items():
        words = shipped_words("check_in", language)
        context = {**sample_context("check_in"), "first_book": "X"}
        assert fill_words("check_in", words, context, language=language).subject == subject
        alone = fill_words("check_in", words, context | {"only_one": True}, language=language).subject
        assert alone.count("X") == 1
        assert len(alone) < len(subject)


# What becomes of words


def test_paragraphs_lines_and_blocks() -> None:
    mail = fill("Dear {name},\n\none\ntwo\n{buttons}\nthree\n\n\n\n{librarian}\n{branch}", branch="")
    assert mail.text.startswith(
        "Dear Iris Naidoo,\n\none\ntwo\n\nI loved The Summer Book\n{link:checkin?pick-0=loved}\n"
    )
    assert "\n\nthree\n\nAmara Lee\n\nStop these questions\n" in mail.text
    assert "<p>one<br>\ntwo</p>" in mail.html
    assert "<p>Amara Lee</p>" in mail.html


@pytest.mark.parametrize(
    ("line", "filled"),
    [
        ("{library}, {branch}", "The Library"),
        ("{branch}, {library}", "The Library"),
        ("{library} – {branch}.", "The Library."),
        ("We are {library}{branch}", "We are The Library"),
        ("R&D; {branch}", "R&D"),
    ],
)
def test_a_placeholder_with_nothing_to_say_takes_its_comma_along(line: str, filled: str) -> None:
    assert fill(f"Hi\n\n{line}\n\n{{buttons}}", branch="").text.split("\n\n")[1] == filled


LITERAL = ["{x.__class__}", "{{ name }}", "{% load i18n %}", "{0}", "{}", "{name!r}", "{name:>9}", "%(name)s", "$name"]


@pytest.mark.parametrize("odd", LITERAL)
def test_words_are_no_template_language(odd: str) -> None:
    mail = fill(f"Look: {odd} {{link:my}}\n\n{{buttons}}", f"{odd} here")
    assert f"Look: {odd} {{ link:my}}" in mail.text
    assert mail.subject == f"{odd} here"
    assert f"Look: {odd} {{ link:my}}" in unescape(mail.html)


@pytest.mark.parametrize("odd", LITERAL[:7])
def test_braces_that_are_no_placeholder_are_named_and_refused(odd: str) -> None:
    [problem] = body_problems("check_in", f"{BODY}\n{odd}")
    assert f"Take out “{odd}”: braces" in problem
    assert odd in subject_problems("check_in", f"Hi {odd}")[0]


HOSTILE = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            ["{", "}", "{link:my}", "link:my}", "{link:checkin?pick-1=loved}", "{name}", "{librarian}", "{buttons}"]
            + ["<script>alert(1)</script>", '"onload="x', "&lt;", "\n", "\n\n", "\r", "\0", "\u2028", "{{name}}", "%s"]
        ),
        max_size=12,
    ).map("".join),
)


@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=HOSTILE, subject=HOSTILE, fact=HOSTILE)
@example(body="{{name}", subject="{{librarian}", fact="link:my}")
@example(body="{buttons}", subject="{first_book}", fact="{link:my}")
def test_nothing_typed_becomes_a_link_a_tag_or_a_header(body: str, subject: str, fact: str) -> None:
    plain = fact.replace("{link:", "{ link:")
    facts: dict[str, Any] = {"patron": plain, "librarian": plain, "branch": plain, "first_book": plain, "buttons": []}
    mail = fill(body, subject, **facts)
    allowed = {"{link:checkin}", "{link:unsubscribe}", "{link:my}"}
    foot_and_buttons = fill("{buttons}", **facts | {"patron": "x"})
    for part in ("text", "html"):
        found = [link[0] for link in LINK.finditer(getattr(mail, part))]
        assert set(found) <= allowed
        assert found.count("{link:my}") == [link[0] for link in LINK.finditer(getattr(foot_and_buttons, part))].count(
            "{link:my}"
        )
    assert "<script" not in mail.html
    assert 'onload="x' not in mail.html.replace("&quot;onload=&quot;x", "")
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert not LINK.search(mail.subject)
    assert len(mail.subject) <= 250
    assert mail.subject


@hypothesis_settings(max_examples=60, deadline=None)
@given(body=HOSTILE, subject=HOSTILE)
def test_whatever_may_be_published_has_all_it_needs(body: str, subject: str) -> None:
    words = tidied(f"{body}\n\n{{buttons}}")
    if subject_problems("check_in", subject) or body_problems("check_in", words):
        return
    mail = fill(words, subject, patron="", branch="", only_one=True)
    assert mail.text.count("{link:checkin}") == mail.html.count("{link:checkin}") == 1
    assert not BRACED.search(LINK.sub("", mail.text + mail.subject))
    assert mail.subject.strip()


@pytest.mark.parametrize("bad", ["a\nb", "a\rBcc: x@example.org", "a\0b", "a\u2028b", "a\x1bb", "", "   ", "x" * 201])
def test_a_subject_is_one_short_line(bad: str) -> None:
    assert subject_problems("check_in", bad)


def test_what_a_mail_needs_cannot_be_left_out() -> None:
    for name, mail in MAILS.items():
        for one in mail.placeholders:
            without = shipped_words(name, "en").body.replace(f"{{{one.name}}}", "")
            problems = [problem for problem in body_problems(name, without) if f"{{{one.name}}}" in problem]
            assert bool(problems) == one.required, (name, one.name)
    needed = {name: {one.name for one in mail.placeholders if one.required} for name, mail in MAILS.items()}
    assert needed["check_in"] == {"buttons"}
    assert needed["my_link"] == {"link"}
    assert needed["letter"] == {"note", "picks"}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("Press {buttons}", "on a line of its own"),
        ("{buttons}\n\n{buttons}", "in once"),
        ("Hi\n\nDear {name}\n\n{buttons}", "in the first line"),
        ("{name} {name}\n\n{buttons}", "in the first line"),
        ("x" * 8001, "under 8000"),
        ("", "Write the words"),
    ],
)
def test_words_that_would_not_read_well_are_refused_with_a_sentence(body: str, problem: str) -> None:
    assert any(problem in said for said in body_problems("check_in", body))


def test_subjects_keep_names_and_blocks_out() -> None:
    assert "subjects are read over shoulders" in subject_problems("check_in", "{name}, how was it?")[0]
    assert "{buttons}" in subject_problems("check_in", "Press {buttons}")[0]
    assert "a word of your own" in subject_problems("check_in", "{branch}")[0]


# Versions


@pytest.mark.django_db
def test_published_words_are_in_force_at_once_in_their_language_only() -> None:
    assert version_of("check_in", "en") == 0
    row = publish()
    assert (row.version, version_of("check_in", "en"), version_of("check_in", "es")) == (1, 1, 0)
    context = sample_context("check_in")
    assert render_words("check_in", context, language="en").text.startswith("Dear Iris Naidoo,\n\nhow was it?")
    assert render_words("check_in", context, language="es").text.startswith("Hola, Iris")
    assert "Stop these questions" in render_words("check_in", context, language="en").text
    [line] = AuditLine.objects.filter(thing="words")
    assert (line.what, line.reference, line.fields) == ("words.published", "check_in en 1", ["subject", "body"])


@pytest.mark.django_db
def test_a_mail_that_waits_keeps_the_version_it_was_queued_with() -> None:
    publish()
    publish(BODY.replace("how was it", "and"), seen=1)
    context = sample_context("check_in")
    assert "how was it" in render_words("check_in", context, language="en", version=1).text
    assert "Not long ago" in render_words("check_in", context, language="en", version=0).text
    assert "\n\nand?" in render_words("check_in", context, language="en").text


@pytest.mark.django_db
def test_going_back_makes_a_new_version_and_changes_no_old_one() -> None:
    first = publish()
    publish(BODY.replace("how was it", "and"), seen=1, now=NOON + timedelta(days=1))
    who: dict[str, Any] = {"name": "check_in", "language": "en", "by": make_staff("admin"), "now": NOON}
    third = restore_words(version=1, seen=2, **who)
    assert (third.version, third.body, third.subject) == (3, first.body, first.subject)
    fourth = restore_words(version=0, seen=3, **who)
    assert (fourth.version, fourth.body) == (4, "")
    assert words_in_force("check_in", "en") == Words(*_ours("check_in"), version=4)
    with pytest.raises(NothingChanged):
        ship_words(seen=4, **who)
    assert list(MailTemplate.objects.order_by("version").values_list("body", flat=True)) == [
        BODY, BODY.replace("how was it", "and"), BODY, "",
    ]  # fmt: skip


def _ours(name: str) -> tuple[str, str]:
    ours = shipped_words(name, "en")
    return ours.subject, ours.body


@pytest.mark.django_db
def test_the_shipped_words_are_never_kept_as_ones_own() -> None:
    """So that they follow every update."""
    subject, body = _ours("check_in")
    with pytest.raises(NothingChanged):
        publish(body, subject)
    publish()
    assert publish(body.replace("\n", "\r\n"), subject, seen=1).body == ""


@pytest.mark.django_db
def test_of_two_who_edit_the_second_is_told() -> None:
    publish()
    with pytest.raises(WordsMovedOn):
        publish(BODY.replace("how", "and how"), seen=0)
    with pytest.raises(NothingChanged):
        publish(seen=1)
    assert MailTemplate.objects.count() == 1


@pytest.mark.django_db
def test_words_that_would_break_the_mail_are_not_published_by_any_way() -> None:
    with pytest.raises(BadWords):
        publish("Hi {foo}")
    with pytest.raises(BadWords):
        publish(subject="a\r\nBcc: everyone@example.org")
    MailTemplate.objects.create(
        name="check_in", language="en", version=1, subject="Old", body="Without its buttons", published_at=NOON
    )
    publish(seen=1)
    with pytest.raises(BadWords):
        restore_words(name="check_in", language="en", version=1, seen=2, by=make_staff("admin"), now=NOON)
    assert not AuditLine.objects.filter(what="words.published", reference="check_in en 3").exists()


@pytest.mark.django_db
def test_rendering_asks_the_database_once_and_leaves_the_language_alone() -> None:
    with translation.override("fr"), CaptureQueriesContext(connection) as asked:
        render_words("check_in", sample_context("check_in"), language="af")
        assert translation.get_language() == "fr"
    assert len(asked) == 1


@pytest.mark.django_db
def test_a_number_taken_at_the_same_moment_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    publish()
    stale = Words(*_ours("check_in"))
    monkeypatch.setattr("outreach.services.mail_words.words_in_force", lambda *_: stale)
    with pytest.raises(WordsMovedOn):
        publish(BODY.replace("how", "and how"))
    assert MailTemplate.objects.get().body == BODY
    assert AuditLine.objects.filter(thing="words").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("patron", ["Iris & <Ann> 50%", ""])
@pytest.mark.parametrize("branch", ["Quay", ""])
@pytest.mark.parametrize("books", [[[1, "One"]], [[1, "One"], [2, "Two {link: x"]]])
def test_a_mail_filled_while_leaving_says_what_its_words_say(patron: str, branch: str, books: list[list[Any]]) -> None:
    body = "Dear {name}, 100 %\n\n{librarian}, {branch}\n\n{buttons}\n{first_book}{others} & {place}\n{branch}"
    # A number of its own: what a version says is kept for as long as the process lives.
    row = MailTemplate.objects.create(
        name="check_in",
        language="en",
        version=90210,
        subject="{first_book}{others}: 100 %?",
        body=body,
        published_at=NOON,
    )
    facts = {"patron": patron, "librarian": "Amara", "branch": branch, "books": books, "version": row.version}
    filled = skeleton_of("check_in", "en", row.version, shape_of(facts)).fill(values_of(facts))
    assert filled == render_words("check_in", context_of(facts), language="en")
