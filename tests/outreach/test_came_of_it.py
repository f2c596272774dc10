"""What came of it: a librarian's own letters, month by month, and nobody else's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library.models import User
from outreach.models import Answer, CheckIn, Letter, Reply
from outreach.services.reports.came_of_it import CameOfIt, MonthOfLetters, read_came_of_it
from outreach.services.reports.own_words import MOST, SHOWN
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_letter, make_patron, make_request, make_staff, make_title

pytestmark = pytest.mark.django_db
PATH = "/desk/came-of-it/"
DAY = timedelta(days=1)
MOST_QUERIES = 6


def sent(by: User, patron: Patron | None = None, *, at: datetime = NOON, books: int = 1, **over: Any) -> Letter:
    values: dict[str, Any] = {"state": "answered", "answered_at": at, "asked_at": at - 3 * DAY}
    request = make_request(patron, **(values | over))
    return make_letter(request, titles=tuple(make_title() for _ in range(books)), librarian=by, sent_at=at)


def answered(letter: Letter, *values: str, why: str = "", comment: str = "", at: datetime | None = None) -> None:
    """The check-in of a letter with an answer to each book, in order; an empty value leaves one out."""
    moment = at or (letter.sent_at or NOON) + 22 * DAY
    CheckIn.objects.create(letter=letter, next_step="done", answered_at=moment, comment=comment)
    for pick, value in zip(letter.picks.order_by("position"), values, strict=False):
        if value:
            Answer.objects.create(pick=pick, value=value, why=why, answered_at=moment, changed_at=moment)


def wrote(letter: Letter, text: str = "Thank you.", *, at: datetime | None = None, kind: str = "reply") -> None:
    request = letter.request
    Reply.objects.create(
        key=f"key-{Reply.objects.count()}",
        kind=kind,
        thread=request.thread,
        patron=request.patron,
        text=text,
        received_at=at or (letter.sent_at or NOON) + DAY,
    )


def read(user: User, before: str = "", now: datetime = NOON) -> CameOfIt:
    return read_came_of_it(user=user, before=before, now=now)


def the_month(user: User) -> MonthOfLetters:
    [month] = read(user).months
    return month


def said(month: MonthOfLetters) -> dict[str, int]:
    return {value: number for value, _label, number in month.answers if number}


def test_a_month_tells_letters_books_answers_and_who_came_back() -> None:
    amara, iris, ben = make_staff(), make_patron("check_in"), make_patron("check_in")
    first, second = sent(amara, iris, books=3), sent(amara, iris, books=1)
    sent(amara, ben, books=2)
    answered(first, "loved", "not_yet", "")
    answered(second, "could_not_get")
    wrote(first)
    wrote(second)
    make_request(iris, asked_at=NOON + 90 * DAY)
    month = the_month(amara)
    assert (month.month.label, month.runs, month.quiet) == ("Nov 2026", True, False)
    assert (month.figures.letters, month.books, month.waiting) == (3, 6, 3)
    assert said(month) == {"loved": 1, "not_yet": 1, "could_not_get": 1}
    assert [label for _value, label, _number in month.answers] == [str(label) for _, label in Answer.Value.choices]
    assert (month.figures.readers, month.figures.replies, month.figures.wrote, month.figures.returned) == (1, 2, 1, 1)


def test_a_letter_nobody_asked_for_counts_and_a_draft_does_not() -> None:
    amara = make_staff()
    sent(amara, state="written", answered_at=None)
    make_letter(librarian=amara, titles=(make_title(),))
    assert the_month(amara).figures.letters == 1


def test_coming_back_is_asking_within_a_quarter_not_before_not_later_and_not_what_we_began() -> None:
    amara = make_staff()
    for over in (
        {"asked_at": NOON - DAY},
        {"asked_at": NOON + 92 * DAY},
        {"asked_at": NOON + DAY, "state": "begun"},
        {"asked_at": NOON + DAY, "state": "held", "held_because": "Sent fast"},
    ):
        patron = make_patron()
        sent(amara, patron)
        make_request(patron, **over)
    assert the_month(amara).figures.returned == 0


def test_only_mails_people_wrote_after_the_letter_are_replies() -> None:
    amara = make_staff()
    letter = sent(amara)
    wrote(letter, "Away until Monday.", kind="auto_reply")
    wrote(letter, "One more thing.", at=NOON - DAY)
    month = the_month(amara)
    assert (month.figures.replies, month.words, month.quiet) == (0, [], True)


def test_a_check_in_that_was_asked_and_not_answered_is_no_answer() -> None:
    amara = make_staff()
    CheckIn.objects.create(letter=sent(amara), next_step="ask", next_at=NOON + 21 * DAY)
    assert (the_month(amara).figures.readers, the_month(amara).waiting) == (0, 1)


def test_the_words_lead_to_the_request_or_to_the_thread_newest_first() -> None:
    amara = make_staff()
    letter = sent(amara, make_patron(name="Iris Reed"))
    answered(letter, "loved", why="The sea.", comment="More like this.", at=NOON + 22 * DAY)
    wrote(letter, "I read it twice.", at=NOON + 30 * DAY)
    words = the_month(amara).words
    assert words[0].text == "I read it twice."
    assert {one.text for one in words} == {"I read it twice.", "The sea.", "More like this."}
    by_text = {one.text: one for one in words}
    mail, why = by_text["I read it twice."], by_text["The sea."]
    assert (mail.thread, mail.request, mail.reader) == (letter.request.thread_id, None, "Iris Reed")
    assert (why.thread, why.request, why.opinion) == (None, letter.request_id, "loved")
    assert why.book == letter.picks.get().title.name


def test_words_of_a_branch_she_has_left_are_counted_and_no_longer_shown() -> None:
    amara, here, elsewhere = make_staff(), make_branch(), make_branch()
    letter = sent(amara, make_patron(branch=elsewhere))
    answered(letter, "loved", why="The sea.", comment="More like this.")
    wrote(letter)
    amara.branches.add(here)
    month = the_month(User.objects.get(pk=amara.pk))
    assert (said(month), month.figures.replies, month.words) == ({"loved": 1}, 1, [])


def test_each_month_shows_its_last_words_and_cuts_long_ones() -> None:
    amara = make_staff()
    for number in range(MOST + 3):
        wrote(sent(amara), f"Word {number}. " + "x" * 500, at=NOON + number * DAY + DAY)
        wrote(sent(amara, at=NOON - 40 * DAY), f"Earlier {number}.")
    later, earlier = read(amara).months
    assert [one.text[:8] for one in later.words[:2]] == ["Word 10.", "Word 9. "]
    assert (len(later.words), len(earlier.words)) == (MOST, MOST)
    assert later.words[0].cut
    assert len(later.words[0].text) == SHOWN
    assert not earlier.words[0].cut


def test_a_month_begins_where_the_librarian_works() -> None:
    amara = make_staff()
    amara.branches.add(make_branch(time_zone="Pacific/Auckland"))
    sent(amara, at=datetime(2026, 10, 31, 20, 0, tzinfo=UTC))
    assert the_month(amara).month.first == date(2026, 11, 1)


def test_twelve_months_fill_a_page_and_the_next_page_goes_on() -> None:
    amara = make_staff()
    for number in range(14):
        sent(amara, at=NOON - number * 31 * DAY)
    first = read(amara)
    assert (len(first.months), first.later) == (12, False)
    assert first.months[0].month.key == "2026-11"
    assert [one.runs for one in first.months] == [True] + [False] * 11
    second = read(amara, before=first.before)
    assert (len(second.months), second.before, second.later) == (2, "", True)
    assert second.months[0].month.last < first.months[-1].month.first


@pytest.mark.parametrize("odd", ["", "2026", "2026-13", "0001-01", "9999-12", "2026-11-01", "soon", "\x00", "²026-11"])
def test_an_address_that_names_no_month_begins_at_the_beginning(odd: str) -> None:
    amara = make_staff()
    sent(amara)
    assert len(read(amara, before=odd).months) == 1


def test_the_page_shows_ones_own_letters_and_takes_no_word_for_anothers(client: Client) -> None:
    amara, ben = make_staff(), make_staff()
    letter = sent(amara, make_patron(name="Iris Reed"))
    answered(letter, "loved", why="The sea.")
    client.force_login(ben)
    page = client.get(PATH, {"user": amara.pk, "librarian": amara.pk, "pk": amara.pk, "id": amara.pk}).content.decode()
    assert "Your first letter is still to come" in page
    assert "The sea." not in page
    client.force_login(amara)
    page = client.get(PATH).content.decode()
    assert "You sent 1 letter with 1 book you chose." in page
    assert "<strong>1 reader told you</strong>" in page
    assert f'<a href="/desk/requests/{letter.request_id}/"><bdi>Iris Reed</bdi>' in page


@pytest.mark.parametrize("role", ["manager", "viewer", "admin"])
def test_nobody_but_a_librarian_has_such_a_page(client: Client, role: str) -> None:
    client.force_login(make_staff(role))
    assert client.get(PATH).status_code == 403


def test_the_page_asks_as_often_for_sixty_letters_as_for_one() -> None:
    amara = make_staff()
    amara.branches.add(make_branch())

    def queries() -> int:
        user = User.objects.get(pk=amara.pk)
        with CaptureQueriesContext(connection) as seen:
            read(user)
        return len(seen)

    answered(sent(amara), "loved", why="The sea.")
    few = queries()
    for number in range(60):
        letter = sent(amara, at=NOON - number * 5 * DAY)
        answered(letter, "liked", why="Yes.", comment="Thank you.")
        wrote(letter)
    assert queries() == few <= MOST_QUERIES


def test_the_page_before_any_letter_and_beyond_the_last_one(client: Client) -> None:
    amara = make_staff()
    client.force_login(amara)
    assert "Your first letter is still to come" in client.get(PATH).content.decode()
    sent(amara)
    page = client.get(PATH, {"before": "2020-01"}).content.decode()
    assert "You sent no letter before that month." in page
    assert f'href="{PATH}"' in client.get("/desk/").content.decode()
