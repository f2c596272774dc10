"""The same loop on real rows: titles of two catalogues and members of a third library."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from engagement.models import Interaction
from library.models import User
from outreach.models import Answer, CheckIn, ContactReason, Request
from outreach.services.taste import TasteLine, taste_of
from patrons.models import Patron
from tests.builders import make_staff
from tests.catalog.material import material, run_import
from tests.loop.drive import NOTE, WHY, Clock, Story, sign_in, tell_all
from tests.loop.members import members
from tests.smtp_sink import SmtpSink

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]
LIKED = {"loved": True, "liked": True, "so_so": False, "not_for_me": False}


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with clock.running():
        yield clock


@pytest.fixture
def catalogue() -> None:
    """Titles as two libraries and a bookshop of opinions keep them."""
    for parts in (
        ("goodbooks", "books_2000.csv"),
        ("marc", "uva", "uva_001-200.mrc"),
        ("marc", "traject", "test_data.utf8.mrc"),
    ):
        assert run_import(material(*parts))["created"] > 0


@pytest.fixture
def librarian() -> User:
    return make_staff(name="Zoë Ångström")


@pytest.fixture
def stories(catalogue: None, clock: Clock, librarian: User, settings: Settings) -> Iterator[list[Story]]:
    people = members()
    with SmtpSink() as sink:
        settings.MAILERS = sink.mailers
        yield tell_all(people, librarian, sink, clock)


def test_the_loop_closes_for_real_members_and_real_titles(stories: list[Story], librarian: User) -> None:
    desk = sign_in(librarian)
    assert len({story.request for story in stories}) == len(stories)
    assert Request.objects.filter(state="answered").count() == len(stories)
    for story in stories:
        look_at_mails(story, librarian)
        look_at_answers(story)
        look_at_learning(story)
        look_at_ledger(story)
        look_at_card(story, unescape(desk.get(f"/desk/patrons/{patron_of(story).public_id}/").content.decode()))
    look_at_tasks()
    look_at_report(stories)


def patron_of(story: Story) -> Patron:
    return Request.objects.get(pk=story.request).patron


def look_at_mails(story: Story, librarian: User) -> None:
    """Acknowledgement, letter, and a check-in for whoever agreed to one."""
    letter = story.mails[1]
    assert story.reference in story.mails[0].text
    for part in (letter.text, unescape(letter.html)):
        for words in (NOTE, WHY, librarian.name, *(title.name for title in story.titles)):
            assert words in part
    assert len(story.mails) == (3 if "check_in" in story.member.visit.consents else 2)
    if len(story.mails) == 3:
        question = story.mails[2]
        assert story.titles[0].name[:50] in str(question.mail["Subject"])
        assert f'lang="{story.member.visit.language}"' in question.html
        assert story.member.name in question.text


def look_at_answers(story: Story) -> None:
    answers = Answer.objects.filter(pick__letter__request=story.request)
    said = dict(answers.values_list("pick__title", "value"))
    if "check_in" not in story.member.visit.consents:
        assert not said
        assert not CheckIn.objects.filter(letter__request=story.request).exists()
        return
    expected = [answer for _words, answer in story.member.visit.finds]
    assert said == {title.pk: answer for title, answer in zip(story.titles, expected, strict=True)}
    assert patron_of(story).standing == "own"


def look_at_learning(story: Story) -> None:
    """Every term, author and name of a title that was judged is taste, liked or not as the answer says."""
    taste = {(line.kind, line.name): line for line in taste_of(patron_of(story))}
    if not story.member.is_measured:
        assert taste == {}
        return
    for title, (_words, answer) in zip(story.titles, story.member.visit.finds, strict=True):
        terms = [(term.kind, term.name) for term in title.terms.all()]
        terms += [("author", author) for author in title.authors] + [("title", title.name)]
        assert terms
        for term in terms:
            assert said_of(taste, term) is LIKED.get(answer)
    for name, _author in story.member.borrowed:
        assert any(f"named {name} as a book enjoyed" in words for line in taste.values() for words in line.evidence)


def said_of(taste: dict[tuple[str, str], TasteLine], term: tuple[str, str]) -> bool | None:
    line = taste.get(term)
    return line.liked if line else None


def look_at_ledger(story: Story) -> None:
    """With a profile every step is a line that names the member and a reason of the score; without, none is."""
    patron = patron_of(story)
    kinds = sorted(Interaction.objects.filter(patron=patron).values_list("kind", flat=True))
    explained = explain(story.member.address)
    if not story.member.is_measured:
        assert kinds == []
        assert (explained["measured"], explained["relational"], explained["reasons"]) == (False, None, [])
        return
    picks = ["pick_answer"] * len(story.titles)
    steps = ["request", "letter", "check_in", "check_in_answer", "check_in_comment", "learned_something", *picks]
    assert kinds == sorted(steps)
    assert (explained["stage"], explained["interactions"]) == ("follow_up", len(steps))
    assert explained["relational"] > explained["transactional"] > 0
    assert {"letter", "check_in_answer"} <= {reason["kind"] for reason in explained["reasons"]}
    shares = sum(reason["relational_share"] for reason in explained["reasons"])
    assert shares == pytest.approx(explained["relational"], abs=0.01)


def explain(address: str) -> dict[str, Any]:
    out = StringIO()
    call_command("explain_score", address, "--json", stdout=out)
    said: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return said


def look_at_card(story: Story, card: str) -> None:
    """The member's name as it is, every book, and either the score with its reasons or why there is none."""
    assert story.member.name in card
    for title in story.titles:
        assert title.name in card
    if not story.member.is_measured:
        assert "has not agreed to a taste profile, so nothing is measured" in card
        return
    explained = explain(story.member.address)
    assert f'<div class="score rel">{explained["relational"]}</div>' in card
    assert f"What made it {explained['relational']} (rules {explained['rules_version']}" in card
    loved = story.titles[[answer for _words, answer in story.member.visit.finds].index("loved")]
    for words in [*loved.authors, *(term.name for term in loved.terms.all())]:
        assert words in card


def look_at_tasks() -> None:
    """The one book that could not be had is a task, for the member who wanted it."""
    (task,) = ContactReason.objects.filter(kind="could_not_get", closed_at=None)
    assert task.patron.name == "Kaopeitzer"


def look_at_report(stories: list[Story]) -> None:
    """Library totals add every line, with consent or without; the two who are not measured stay a star."""
    asked = sum("check_in" in story.member.visit.consents for story in stories)
    manager = sign_in(make_staff("manager"), second_step=True)
    rows = csv.DictReader(StringIO(manager.get("/reports/overview.csv").content.decode("utf-8-sig")))
    told = {row["measure"]: row["value"] for row in rows if row["part"] == "Overview"}
    assert (told["requests"], told["letters sent"], told["check-ins asked"]) == ("10", "10", str(asked))
    assert (told["follow-up, Readers"], told["not measured, Readers"]) == ("10", "*")
    relational = sum(Interaction.objects.values_list("relational", flat=True))
    assert told["Q4 2026, Relational"] == str(round(relational))
    page = manager.get("/reports/").content.decode()
    assert f">{told['Q4 2026, Relational']}<" in page
