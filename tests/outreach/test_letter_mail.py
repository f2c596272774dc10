"""The letter as a mail: the same words in both parts, in the reader's language, with no way to forge a link."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from outreach.mail.screen import html_on_screen, text_on_screen
from outreach.models import Letter, Pick
from outreach.services.letter_mail import LetterMail, mail_of
from outreach.services.links import url_for
from outreach.services.reply_addresses import reply_address
from tests.builders import make_branch, make_letter, make_patron, make_request, make_title

pytestmark = pytest.mark.django_db


class Words(HTMLParser):
    """The words of an HTML mail's body."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.in_head = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_head = self.in_head or tag == "head"

    def handle_endtag(self, tag: str) -> None:
        self.in_head = self.in_head and tag != "head"

    def handle_data(self, data: str) -> None:
        if not self.in_head:
            self.found.append(data)


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"\{link:\w+\}", " ", text))


def make_mail(letter: Letter, librarian: str = "Amara Lee") -> LetterMail:
    return mail_of(letter=letter, picks=list(letter.picks.order_by("position")), librarian=librarian)


def make_full_letter(*consents: str, language: str = "en", **over: Any) -> Letter:
    branch = make_branch(name="Harbour & Quay")
    request = make_request(make_patron(*consents, language=language, branch=branch))
    titles = (
        make_title(name="The Summer Book", authors=["Tove Jansson", "Ann O'Hara"], year=1972),
        make_title(name="Less <is> more", authors=[], year=None),
    )
    letter = make_letter(request, titles=titles, note="Dear Iris,\n\na train ride & two books.", **over)
    Pick.objects.filter(position=1).update(stretch=True)
    return letter


@pytest.mark.parametrize("language", ["en", "es", "fr", "pt", "af"])
@pytest.mark.parametrize("days", [1, 5, 7, 21])
def test_both_parts_say_the_same(language: str, days: int) -> None:
    rendered = make_mail(make_full_letter("check_in", language=language, check_in_days=days)).rendered
    assert words_of("".join(Words(rendered.html).found)) == words_of(rendered.text)


def test_it_reads_like_a_letter() -> None:
    mail = make_mail(make_full_letter("check_in"))
    text = mail.rendered.text
    assert text.startswith("Dear Iris,\n\na train ride & two books.\n")
    order = ["The Summer Book\nTove Jansson, Ann O'Hara, 1972", "Because of the sea.", "Less <is> more", "Amara Lee"]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert "Harbour & Quay" in text
    assert "This one is a step outside your usual reading." in text
    assert "In about 3 weeks we will ask" in text
    assert "{link:letter}" in text
    assert "{link:my}" in text
    assert mail.rendered.subject == "A letter from Amara Lee about books for you"
    assert (mail.from_name, len(text.splitlines()[-1]) > 0) == ("Amara Lee", True)


@pytest.mark.parametrize("letter_for", [(), ("profile",)])
def test_without_consent_no_check_in_is_announced(letter_for: tuple[str, ...]) -> None:
    assert "we will ask" not in make_mail(make_full_letter(*letter_for)).rendered.text


def test_a_childs_letter_announces_no_check_in() -> None:
    patron = make_patron("check_in", audience="child")
    letter = make_letter(make_request(patron), titles=(make_title(),))
    assert "we will ask" not in make_mail(letter).rendered.text


def test_it_says_when_the_reader_asked_by_the_clock_of_the_branch() -> None:
    letter = make_full_letter()
    letter.request.branch = make_branch(time_zone="Pacific/Auckland")
    letter.request.asked_at = datetime(2026, 3, 2, 20, tzinfo=UTC)
    rendered = make_mail(letter).rendered
    said = f"You asked us for suggestions on 3 March 2026 ({letter.request.reference})."
    assert said in rendered.text
    assert said in rendered.html


def test_the_html_part_is_plain_light_and_names_its_language() -> None:
    html = make_mail(make_full_letter("check_in", language="fr")).rendered.html
    assert '<html lang="fr" dir="ltr">' in html
    assert "<title>" in html
    assert html.count("<table") == html.count('<table role="presentation"') == 1
    assert not re.search(r"<img|<script|url\(|http", html)
    assert len(html.encode()) < 30_000


def test_typed_words_are_neither_markup_nor_links() -> None:
    letter = make_full_letter()
    letter.note = "<b>Hello</b> {link:my} {{ settings.SECRET_KEY }} {% now %}"
    rendered = make_mail(letter, librarian="Amara\r\nBcc: all@example.org").rendered
    assert "&lt;b&gt;Hello&lt;/b&gt;" in rendered.html
    assert "<b>Hello</b>" in rendered.text
    assert "{{ settings.SECRET_KEY }} {% now %}" in rendered.text
    assert rendered.text.count("{link:my}") == rendered.html.count("{link:my}") == 1
    assert "\n" not in rendered.subject
    assert "\n" not in make_mail(letter, librarian="Amara\nLee").from_name


def test_staff_never_see_a_readers_own_link() -> None:
    mail = make_mail(make_full_letter()).rendered
    text, html = text_on_screen(mail.text), html_on_screen(mail.html, nonce="n0")
    assert "{link:" not in text + html
    assert text.count("[reader's own link]") == html.count("#readers-own-link") == html.count("<a ") == 2
    assert " style=" not in html
    assert text_on_screen("{link:checkin?pick-7=loved}") == "[reader's own link]"


def test_each_thread_has_an_address_of_its_own() -> None:
    one, two = reply_address(thread=1), reply_address(thread=2)
    assert re.fullmatch(r"reply\+t1\.[0-9a-f]{16}@[\w.-]+", one)
    assert one == reply_address(thread=1)
    assert one.split(".")[1] != two.split(".")[1]


def test_the_letter_on_the_web_is_for_its_reader_in_their_language(client: Client, now: datetime) -> None:
    letter = make_full_letter(language="es", sent_at=now)
    path = url_for(purpose="letter", object_key=str(letter.pk), patron=letter.request.patron, now=now)
    answer = client.get(path.removeprefix("http://testserver"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'lang="es"' in page
    assert "a train ride &amp; two books." in page
    assert "Less &lt;is&gt; more" in page
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page
    assert client.post(path.removeprefix("http://testserver")).status_code == 405


def test_wrong_links_all_get_the_same_neutral_page(client: Client, now: datetime) -> None:
    draft, letter = make_letter(), make_full_letter(sent_at=now)
    patron = letter.request.patron
    good = url_for(purpose="letter", object_key=str(letter.pk), patron=patron, now=now).removeprefix(
        "http://testserver"
    )
    tokens = [
        "/letters/nonsense/",
        good[:-3] + "xx/",
        url_for(purpose="checkin", object_key=str(letter.pk), patron=patron, now=now).split("/checkin")[1],
        url_for(purpose="letter", object_key=str(draft.pk), patron=draft.request.patron, now=now),
        url_for(purpose="letter", object_key="999999", patron=patron, now=now),
    ]
    tokens[2] = "/letters" + tokens[2]
    answers = [client.get(token.removeprefix("http://testserver")) for token in tokens]
    assert [answer.status_code for answer in answers] == [404] * len(tokens)
    assert len({answer.content for answer in answers}) == 1
