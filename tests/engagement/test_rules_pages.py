"""The pages: everybody who reads reports reads the rules, and only managers change them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engagement.models import Interaction, RuleDraft, RuleVersion
from engagement.services.judging import TESTS
from engagement.services.rule_drafts import open_draft, rows_of, state_of
from engagement.services.rules import rules_in_force
from library.models import AuditLine, User
from tests.builders import NOON, make_staff
from tests.engagement.events import record

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> User:
    user = make_staff("manager")
    client.force_login(user)
    return user


def begin(client: Client, number: int = 2) -> Any:
    return client.post(reverse("rule_draft_begin", args=[number]), follow=True)


def filled(kind: str, **over: Any) -> dict[str, Any]:
    """The form as the page shows it, with some of it changed."""
    draft = open_draft()
    assert draft is not None
    row = next(row for row in rows_of(draft) if row.kind == kind)
    facts = {
        "label": row.label,
        "definition": row.definition,
        "weight": row.weight,
        "ceiling": "",
        "channel": row.channel,
        "group": row.group,
        "outcome": row.outcome,
        **row.verdicts,
    }
    return facts | ({"shows_use": "on"} if row.shows_use else {}) | over


def change(client: Client, kind: str, **over: Any) -> Any:
    return client.post(reverse("rule_draft_row", args=[kind]), filled(kind, **over), follow=True)


def publish(client: Client, **over: Any) -> Any:
    draft = open_draft()
    seen = {"seen": state_of(draft)} if draft else {}
    return client.post(reverse("rule_draft_publish"), seen | {"note": "Books weigh more."} | over, follow=True)


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize("role", ["librarian", "viewer", "manager"])
def test_whoever_reads_reports_reads_the_rules(client: Client, role: str) -> None:
    client.force_login(make_staff(role))
    page = text(client.get("/reports/rules/"))
    assert 'id="kind-letter"' in page
    assert "A named librarian chose titles for this reader and wrote why." in page
    assert "8, half to each" not in page
    assert "12, half to each" in page
    assert ("Change the rules" in page) == (role == "manager")
    assert "no longer in force" in text(client.get("/reports/rules/1/"))
    assert client.get("/reports/rules/99/").status_code == 404
    assert client.get("/desk/settings/rules/").status_code == (200 if role == "manager" else 403)


def test_a_manager_changes_a_row_sees_the_effect_publishes_and_goes_back(
    client: Client, manager: User, django_capture_on_commit_callbacks: Any
) -> None:
    record("loan", None)
    assert "Change the rules" in text(client.get(reverse("rules")))
    assert "Nothing is changed yet" in text(begin(client))
    page = text(change(client, "loan", weight=2))
    assert "weight 2, was 1; ceiling 2, was 1" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("rule_draft_effect"))
    page = text(client.get(reverse("rule_draft")))
    assert "readers with consent to a profile" in page
    with django_capture_on_commit_callbacks(execute=True):
        page = text(publish(client))
    assert "Rules 3 are in force" in page
    assert "Books weigh more." in page
    assert (Interaction.objects.get().transactional, rules_in_force().by) == (2, manager)
    assert AuditLine.objects.filter(what="rules.published", reference="3").count() == 1
    assert "Borrowed a title: weight 2, was 1" in text(client.get("/reports/rules/"))
    # Undo: the table before it becomes the draft, and is published again.
    assert "weight 1, was 2" in text(begin(client, 2))
    with django_capture_on_commit_callbacks(execute=True):
        publish(client, note="Back.")
    assert (rules_in_force().number, Interaction.objects.get().transactional) == (4, 1)


def test_the_effect_writes_large_numbers_as_reports_do(client: Client, manager: User) -> None:
    begin(client)
    moves = dict.fromkeys(("down_much", "down", "same", "up", "up_much"), 0) | {"same": 12345}
    kinds = [{"kind": "loan", "lines": 10673, "before": 2951.5, "after": "*"}]
    said = {"at": NOON.isoformat(), "of": "", "covered": 12345, "stage": moves, "kinds": kinds}
    RuleDraft.objects.update(effect=said | {"relational": moves, "transactional": moves})
    page = text(client.get(reverse("rule_draft")))
    assert "about 12,345 readers" in page
    for number in ("10,673", "2,951.5", "*"):
        assert f'<td class="text-end">{number}</td>' in page


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"weight": "1000000000"}, "Weight: a number from 0 to 100"),
        ({"weight": "-1"}, "Weight: a number from 0 to 100"),
        ({"weight": "NaN"}, "Weight: a number from 0 to 100"),
        ({"weight": "inf"}, "Weight: a number from 0 to 100"),
        ({"weight": ""}, "Weight: a number from 0 to 100"),
        ({"ceiling": "1000000000"}, "Most points one event may bring: a number from 0 to 500"),
        ({"ceiling": "3"}, "One event can bring 12 points with these answers"),
        ({"label": " "}, "Say what happened"),
        ({"definition": "x" * 301}, "Say it in fewer words"),
        ({"continued": "maybe"}, "Choose an answer from the list"),
        ({"channel": "moon"}, "Choose an answer from the list"),
    ],
)
def test_a_row_that_makes_no_sense_is_shown_again_with_what_to_do(
    client: Client, manager: User, over: dict[str, str], words: str
) -> None:
    begin(client)
    response = change(client, "letter", **over)
    assert response.status_code == 200
    assert "There is a problem" in text(response)
    assert words in text(response)
    [draft] = RuleDraft.objects.all()
    assert next(row for row in rows_of(draft) if row.kind == "letter").weight == 4


def test_a_kind_is_added_once_and_taken_out_again(client: Client, manager: User) -> None:
    begin(client)
    new = filled("loan", label="Swapped a book", definition="A swap.", **dict.fromkeys(TESTS, "event"))
    assert "Swapped a book is kept" in text(
        client.post(reverse("rule_draft_new"), {"kind": "book_swap"} | new, follow=True)
    )
    for kind, words in (
        ("book_swap", "There is a kind book_swap already"),
        ("letter", "There is a kind letter already"),
        ("Book swap", "small letters"),
        ("", "Name the kind"),
    ):
        assert words in text(client.post(reverse("rule_draft_new"), {"kind": kind} | new))
    page = text(client.get(reverse("rule_draft")))
    assert "Swapped a book: new" in page
    assert "Swapped a book: new" not in text(client.post(reverse("rule_draft_back", args=["book_swap"]), follow=True))
    assert client.post(reverse("rule_draft_back", args=["book_swap"])).status_code == 404
    assert client.get(reverse("rule_draft_row", args=["book_swap"])).status_code == 404


def test_two_managers_in_one_row_hear_of_each_other(client: Client, manager: User) -> None:
    begin(client)
    row = next(row for row in rows_of(open_draft() or RuleDraft()) if row.kind == "loan")
    change(client, "loan", weight=5)
    page = text(change(client, "loan", weight=1, label="Took a book home", seen=row.state))
    assert "A colleague changed this row since you opened it" in page
    assert "weight 1, was 5" in page
    assert f'name="seen" value="{row.state}"' not in page
    after_a_slip = text(change(client, "loan", weight="many", seen=row.state))
    assert f'name="seen" value="{row.state}"' in after_a_slip
    now = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert now
    assert "weight 5, was 1" in text(client.get(reverse("rule_draft")))  # theirs stands until then
    assert "is kept in the draft" in text(change(client, "loan", weight=1, label="Took a book home", seen=now[1]))


def test_nothing_is_published_unseen_unexplained_or_unchanged(client: Client, manager: User) -> None:
    begin(client)
    assert "Change a row, or set the draft aside" in text(publish(client))
    change(client, "loan", weight=2)
    assert "Say in a sentence why" in text(publish(client, note=" "))
    page = text(publish(client, seen="yesterday"))
    assert "A colleague changed the draft since you looked" in page
    assert RuleVersion.objects.count() == 2


def test_the_scale_is_a_number_within_reason(client: Client, manager: User) -> None:
    begin(client)
    for bad in ("0", "-5", "NaN", "1e9", "1e-300", ""):
        said = {"s50_relational": bad, "s50_transactional": "20"}
        assert "There is a problem" in text(client.post(reverse("rule_draft_scale"), said, follow=True))
    said = {"s50_relational": "30", "s50_transactional": "20"}
    assert "30 relational points show as 50, was 40" in text(
        client.post(reverse("rule_draft_scale"), said, follow=True)
    )


def test_setting_a_draft_aside_is_undone_with_one_press(client: Client, manager: User) -> None:
    begin(client)
    change(client, "loan", weight=2)
    page = text(client.post(reverse("rule_draft_aside"), follow=True))
    assert "Undo: go on with it" in page
    assert "weight 2, was 1" in text(client.post(reverse("rule_draft_aside"), {"back": "yes"}, follow=True))


def test_without_a_draft_every_step_leads_back_to_the_rules(client: Client, manager: User) -> None:
    steps: list[tuple[str, list[str]]] = [
        ("rule_draft_aside", []),
        ("rule_draft_publish", []),
        ("rule_draft_scale", []),
    ]
    for name, args in [*steps, ("rule_draft_back", ["letter"])]:
        response = client.post(reverse(name, args=args), {"note": "x"}, follow=True)
        assert response.redirect_chain[-1][0] == reverse("rules"), name
        assert "There is no draft any more" in text(response), name
    assert client.get(reverse("rule_draft_effect")).status_code == 404


def test_a_second_draft_is_not_begun_over_the_first(client: Client, manager: User) -> None:
    begin(client)
    change(client, "loan", weight=2)
    assert "There is a draft already" in text(begin(client, 1))
    assert "weight 2, was 1" in text(client.get(reverse("rule_draft")))


def test_the_page_says_how_far_the_ledger_follows(client: Client, manager: User) -> None:
    RuleVersion.objects.filter(number=2).update(judged_at=None, judged_of=200, judged_to=50)
    page = text(client.get(reverse("rules")))
    assert 'max="200" value="50"' in page
    assert "hx-get" in text(client.get(reverse("rules_progress")))
