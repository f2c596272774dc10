"""The pages where a library writes its own words: nothing typed is lost, nothing leaves before it is published."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from smtplib import SMTPDataError
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.urls import reverse

from library.models import User
from outreach.mail.words import shipped_words
from outreach.models import MailTemplate
from outreach.services import trial_mails
from tests.builders import make_staff

pytestmark = pytest.mark.django_db
LIST = "/desk/settings/mails/"
EDIT = f"{LIST}check_in/en/"
BODY = "Dear {name},\n\nhow <b>was</b> it & so on?\n\n{buttons}\n\n{librarian}"
SENT = {"subject": "How was {first_book}?", "body": BODY, "seen": "0", "action": "publish"}


@pytest.fixture
def admin(client: Client) -> User:
    user = make_staff("admin", email="Zoe@library.example", name="Zoe")
    client.force_login(user)
    return user


def post(client: Client, over: dict[str, str] | None = None, status: int = 200, **more: str) -> str:
    answer = client.post(EDIT, SENT | (over or {}) | more)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def typed(page: str) -> str:
    """What stands in the field for the words."""
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)
    assert found
    return unescape(found[1]).replace("\r\n", "\n")


def frames(page: str) -> list[str]:
    return re.findall(r"<iframe[^>]*>", page)


@pytest.mark.parametrize("role", ["librarian", "manager", "viewer"])
def test_only_admins_write_the_words_of_mails(client: Client, role: str) -> None:
    client.force_login(make_staff(role))
    for page in (LIST, EDIT):
        assert client.get(page).status_code == 403
    assert client.post(EDIT, SENT).status_code == 403
    assert client.post(f"{EDIT}restore/", {"version": "0", "seen": "0"}).status_code == 403
    assert not MailTemplate.objects.exists()


@pytest.mark.parametrize("address", ["nothing/en/", "check_in/de/", "check_in/e n/", "../../etc/en/", "reply/en/"])
def test_mails_and_languages_that_are_none_are_not_found(client: Client, admin: User, address: str) -> None:
    assert client.get(LIST + address).status_code == 404
    assert client.post(LIST + address, SENT).status_code == 404


def test_the_list_says_whose_words_are_in_force(client: Client, admin: User) -> None:
    assert "yours" not in client.get(LIST).content.decode()
    post(client, status=302)
    page = " ".join(client.get(LIST).content.decode().split())
    assert re.search(r">English</span>.{0,120}yours, version 1, Zoe, ", page)
    assert page.count("yours") == 1


@pytest.mark.parametrize("language", ["en", "es", "fr", "pt", "af"])
def test_editing_begins_with_the_words_there_are(client: Client, admin: User, language: str) -> None:
    page = client.get(f"{LIST}letter/{language}/").content.decode()
    assert typed(page).strip() == shipped_words("letter", language).body
    assert all(f"<code>{name}</code>" in page for name in ("{note}", "{picks}", "{asked_later}"))


def test_published_words_are_what_the_next_visit_shows_and_undo_takes_them_back(client: Client, admin: User) -> None:
    answer = client.post(EDIT, SENT, follow=True)
    page = answer.content.decode()
    assert "Your words are in force, as version 1." in page
    assert typed(page).strip() == BODY
    [undo] = re.findall(r'name="version" value="(\d+)">Undo', page)
    page = client.post(f"{EDIT}restore/", {"version": undo, "seen": "1"}, follow=True).content.decode()
    assert "The words that come with Relcrm are in force, as version 2." in page
    assert typed(page).strip() == shipped_words("check_in", "en").body
    [again] = re.findall(r'name="version" value="(\d+)">Undo', page)
    client.post(f"{EDIT}restore/", {"version": again, "seen": "2"})
    assert [row.body for row in MailTemplate.objects.order_by("version")] == [BODY, "", BODY]


def test_a_look_publishes_nothing(client: Client, admin: User) -> None:
    page = post(client, action="preview")
    assert not MailTemplate.objects.exists()
    assert typed(page).strip() == BODY
    assert "How was The Summer Book?" in page
    assert len(frames(page)) == 2
    for frame in frames(page):
        assert re.search(r"\ssandbox\s", frame), frame
        assert "allow-" not in frame
    assert 'width="320"' in frames(page)[1]


def test_what_is_typed_is_shown_as_words_only(client: Client, admin: User) -> None:
    page = post(client, action="preview")
    assert "<b>was</b>" not in page
    inside = unescape(re.findall(r'srcdoc="([^"]*)"', page)[0])
    assert "how &lt;b&gt;was&lt;/b&gt; it &amp; so on?" in inside
    assert "Stop these questions" in inside
    assert "{link:" not in page


WRONG: list[tuple[dict[str, str], str]] = [
    ({"body": BODY + "\n{phone}"}, "Take out “{phone}”"),
    ({"body": BODY + "\n{{ name }}"}, "Take out “{{ name }}”"),
    ({"body": "Hello there"}, "Put {buttons} into the words, on a line of its own: readers answer with it"),
    ({"subject": "a\r\nBcc: x@example.org"}, "Keep the subject on one line"),
    ({"subject": ""}, "Give the mail a subject"),
    ({"body": "x" * 9000}, "Keep the words under 8000 characters"),
    ({"subject": "a\0b"}, "Keep the subject on one line"),
]


@pytest.mark.parametrize(("over", "sentence"), WRONG)
@pytest.mark.parametrize("action", ["publish", "preview", "test"])
def test_errors_name_what_to_change_and_lose_no_word(
    client: Client, admin: User, over: dict[str, str], sentence: str, action: str
) -> None:
    page = post(client, over, action=action)
    assert sentence in unescape(page)
    assert typed(page).strip() == (SENT | over)["body"].strip()
    assert not MailTemplate.objects.exists()
    assert not mail.outbox


def test_signs_nobody_can_see_are_dropped_from_the_words(client: Client, admin: User) -> None:
    post(client, status=302, body=f"\0{BODY}\x1b\r\n\r\n\r\n\r\nBye \u2028")
    assert MailTemplate.objects.get().body == f"{BODY}\n\nBye"


def test_of_two_admins_the_second_sees_both_texts_and_may_insist(client: Client, admin: User) -> None:
    post(client, status=302)
    theirs = post(client, status=409, body=BODY.replace("so on", "so forth"))
    assert "Zoe published other words in between" in theirs
    assert typed(theirs).strip() == BODY.replace("so on", "so forth")
    assert "and so on" not in typed(theirs)
    assert 'name="seen" value="1"' in theirs
    post(client, status=302, body=BODY.replace("so on", "so forth"), seen="1")
    assert MailTemplate.objects.count() == 2


def test_going_back_while_somebody_publishes_is_told_and_changes_nothing(client: Client, admin: User) -> None:
    post(client, status=302)
    page = client.post(f"{EDIT}restore/", {"version": "0", "seen": "0"}, follow=True).content.decode()
    assert "Somebody published other words in between" in page
    assert MailTemplate.objects.count() == 1


@pytest.mark.parametrize("odd", ["", "-1", "x", "9" * 40, "²", "1\0"])
def test_a_number_that_is_none_breaks_no_page(client: Client, admin: User, odd: str) -> None:
    assert client.get(EDIT, {"version": odd, "published": odd}).status_code == 200
    assert client.post(f"{EDIT}restore/", {"version": odd, "seen": odd}).status_code == 302
    assert client.post(EDIT, SENT | {"seen": odd}).status_code in {200, 302, 409}


def test_a_version_that_never_was_is_not_found_and_puts_nothing_in_force(client: Client, admin: User) -> None:
    post(client, status=302)
    assert client.get(EDIT, {"version": "7"}).status_code == 404
    assert client.post(f"{EDIT}restore/", {"version": "7", "seen": "1"}).status_code == 404
    elsewhere = EDIT.replace("/en/", "/es/")
    assert client.post(f"{elsewhere}restore/", {"version": "1", "seen": "0"}).status_code == 404
    assert MailTemplate.objects.count() == 1


def test_an_earlier_version_can_be_looked_at_and_begun_with(client: Client, admin: User) -> None:
    post(client, status=302)
    post(client, status=302, body=BODY.replace("so on", "so forth"), seen="1")
    page = client.get(EDIT, {"version": "1"}).content.decode()
    assert typed(page).strip() == BODY
    assert 'name="seen" value="2"' in page
    assert MailTemplate.objects.count() == 2
    ours = client.get(EDIT, {"version": "0"}).content.decode()
    assert typed(ours).strip() == shipped_words("check_in", "en").body


# A test to oneself


def test_a_test_goes_to_oneself_only_with_made_up_facts(client: Client, admin: User, settings: LazySettings) -> None:
    page = post(client, action="test", to="someone@else.example")
    assert "A test is on its way to Zoe@library.example. Nothing is published yet." in page
    assert typed(page).strip() == BODY
    [sent] = mail.outbox
    assert sent.to == ["Zoe@library.example"]
    assert sent.subject == "[Test] How was The Summer Book?"
    assert "{link" not in sent.body
    assert f"Stop these questions\n{settings.PUBLIC_URL}/" in sent.body
    assert isinstance(sent, mail.EmailMultiAlternatives)
    assert "how &lt;b&gt;was&lt;/b&gt; it" in str(sent.alternatives[0][0])
    assert not MailTemplate.objects.exists()


def test_who_has_no_address_is_told_where_to_get_one(client: Client) -> None:
    client.force_login(make_staff("admin", email=""))
    assert "Your account has no mail address. An admin adds one under Staff." in post(client, action="test")
    assert not mail.outbox


def test_tests_are_few(client: Client, admin: User) -> None:
    for _ in range(10):
        post(client, action="test")
    assert "Wait a little" in post(client, action="test")
    assert len(mail.outbox) == 10


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (SMTPDataError(552, b"too big"), "The mail server did not take it: 552 too big"),
        (ConnectionRefusedError(), "The mail server cannot be reached now."),
    ],
)
def test_a_mail_server_that_says_no_is_quoted(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(trial_mails, "send_mail", refuse)
    page = post(client, action="test")
    assert sentence in page
    assert typed(page).strip() == BODY


def test_the_mails_are_among_the_settings(client: Client, admin: User) -> None:
    assert reverse("mail_words") == LIST
    assert f'href="{LIST}"' in client.get("/desk/settings/").content.decode()


def test_no_shipped_foot_can_be_edited_away(client: Client, admin: User) -> None:
    folder = Path(__file__).resolve().parents[2] / "templates" / "email"
    for foot in folder.glob("*/foot.txt"):
        assert (foot.with_suffix(".html")).is_file()
        words = (foot.parent / "words.txt").read_text()
        assert "unsubscribe" not in words
        assert "link:" not in words
