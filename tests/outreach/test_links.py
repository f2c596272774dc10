"""Mailed links: one page, one object, one patron, and every wrong one the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from library.models import LibrarySettings
from outreach.models import CheckIn
from outreach.services.links import check_in_from, letter_from, unsubscribe_from, url_for
from patrons.models import Patron
from relcrm.kit.links import LinkError, make_token
from tests.builders import NOON, make_letter, make_patron, make_request

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def token_of(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def test_a_letters_link_opens_that_letter() -> None:
    letter = make_letter(sent_at=NOON)
    url = url_for(purpose="letter", object_key=str(letter.pk), patron=letter.request.patron, now=NOON)
    assert url.startswith("http://testserver/letters/")
    assert letter_from(token_of(url), now=NOON) == letter


def test_a_check_ins_link_opens_that_check_in() -> None:
    letter = make_letter(sent_at=NOON)
    check_in = CheckIn.objects.create(letter=letter, next_step="ask", next_at=NOON)
    url = url_for(purpose="checkin", object_key=str(check_in.pk), patron=letter.request.patron, now=NOON)
    assert check_in_from(token_of(url), now=NOON) == check_in


def test_an_unsubscribe_link_names_the_patron_and_the_consent() -> None:
    patron = make_patron("check_in")
    url = url_for(purpose="unsubscribe", object_key=f"{patron.pk}-check_in", patron=patron, now=NOON)
    assert unsubscribe_from(token_of(url), now=NOON) == (patron, "check_in")


def test_my_page_needs_no_token_in_a_footer() -> None:
    assert url_for(purpose="my", object_key="", patron=make_patron(), now=NOON) == "http://testserver/my/"


def test_raising_the_generation_ends_every_link() -> None:
    patron = make_patron("check_in")
    letter = make_letter(make_request(patron), sent_at=NOON)
    letter_token = make_token("letter", str(letter.pk), 1, now=NOON)
    stop_token = make_token("unsubscribe", f"{patron.pk}-check_in", 1, now=NOON)
    Patron.objects.filter(pk=patron.pk).update(link_generation=2)
    with pytest.raises(LinkError):
        letter_from(letter_token, now=NOON)
    with pytest.raises(LinkError):
        unsubscribe_from(stop_token, now=NOON)


def test_a_link_ends_with_its_time_and_with_its_object() -> None:
    letter = make_letter(sent_at=NOON)
    token = make_token("letter", str(letter.pk), 1, now=NOON)
    with pytest.raises(LinkError):
        letter_from(token, now=NOON + timedelta(days=60, seconds=1))
    letter.sent_at = None
    letter.save(update_fields=["sent_at"])
    with pytest.raises(LinkError):
        letter_from(token, now=NOON)
    letter.request.patron.delete()
    with pytest.raises(LinkError):
        letter_from(token, now=NOON)


def test_letters_and_check_ins_open_as_long_as_the_library_says() -> None:
    letter = make_letter(sent_at=NOON)
    check_in = CheckIn.objects.create(letter=letter, next_step="ask", next_at=NOON)
    patron = letter.request.patron
    old = url_for(purpose="letter", object_key=str(letter.pk), patron=patron, now=NOON)
    LibrarySettings.objects.create(pk=1, keep_links_days=7)
    for purpose, thing, opened in (("letter", letter, letter_from), ("checkin", check_in, check_in_from)):
        token = token_of(url_for(purpose=purpose, object_key=str(thing.pk), patron=patron, now=NOON))
        assert opened(token, now=NOON + 7 * DAY) == thing
        with pytest.raises(LinkError):
            opened(token, now=NOON + 7 * DAY + timedelta(seconds=1))
    assert letter_from(token_of(old), now=NOON + 60 * DAY) == letter, "what was mailed before keeps its time"


def test_a_link_to_stop_mail_works_for_good() -> None:
    LibrarySettings.objects.create(pk=1, keep_links_days=7)
    patron = make_patron("check_in")
    token = token_of(url_for(purpose="unsubscribe", object_key=f"{patron.pk}-check_in", patron=patron, now=NOON))
    assert unsubscribe_from(token, now=NOON + 40_000 * DAY) == (patron, "check_in")


@pytest.mark.parametrize("key", ["", "x", "-1", "1e3", "²", "1" * 30, "None"])
def test_a_signed_key_that_is_no_number_is_a_wrong_link(key: str) -> None:
    with pytest.raises(LinkError):
        letter_from(make_token("letter", key, 1, now=NOON), now=NOON)
    with pytest.raises(LinkError):
        unsubscribe_from(make_token("unsubscribe", f"{key}-check_in", 1, now=NOON), now=NOON)


def test_a_link_of_one_kind_does_not_open_another_page() -> None:
    letter = make_letter(sent_at=NOON)
    with pytest.raises(LinkError):
        check_in_from(make_token("letter", str(letter.pk), 1, now=NOON), now=NOON)


def test_only_consents_for_mail_can_be_ended_by_a_link() -> None:
    patron = make_patron("profile")
    for purpose in ("profile", "everything", ""):
        with pytest.raises(LinkError):
            unsubscribe_from(make_token("unsubscribe", f"{patron.pk}-{purpose}", 1, now=NOON), now=NOON)
