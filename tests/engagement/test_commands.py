"""Commands: what they print, and how they end on bad input."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from engagement.models import Score
from patrons.models import Card
from patrons.services.finding import find_patrons
from tests.builders import NOON, make_patron
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
NOW = NOON.isoformat()


def run(*words: str) -> tuple[str, dict[str, Any]]:
    out = StringIO()
    call_command(*words, "--json", "--now", NOW, stdout=out)
    said = out.getvalue().splitlines()
    return "\n".join(said[:-1]), json.loads(said[-1])


def test_explain_score_prints_every_contributing_interaction() -> None:
    patron = make_patron("profile", email="jo@example.org")
    record("letter", patron, started_by="library")
    record("check_in_reminder", patron, started_by="library")
    words, facts = run("explain_score", "JO@example.org")
    assert "stage reactive" in words
    assert (facts["relational"], facts["transactional"], facts["stage"]) == (10, 19, "reactive")
    assert (facts["rules_version"], facts["as_of"], facts["patron"]) == (2, NOW, patron.public_id)
    (reason,) = facts["reasons"]
    assert (reason["kind"], reason["points"], reason["day"], reason["at"]) == ("letter", 12, "2026-11-24", NOW)
    assert reason["relational_share"] + reason["transactional_share"] == reason["share"] == 29
    assert reason["tests"]["named_people"] is True


def test_a_patron_without_consent_is_not_measured() -> None:
    words, facts = run("explain_score", make_patron().public_id)
    assert "Not measured" in words
    assert (facts["measured"], facts["relational"], facts["reasons"]) == (False, None, [])


def test_a_patron_is_found_by_card_address_or_public_id() -> None:
    patron = make_patron(email="Jo@Example.org")
    Card.objects.create(patron=patron, number="2900001")
    for words in ("2900001", "jo@example.ORG", f" {patron.public_id.lower()} "):
        assert find_patrons(words) == [patron]
    for words in ("", "  ", "29000", "a\0b", "jo"):
        assert find_patrons(words) == []


def test_nobody_and_several_end_differently() -> None:
    with pytest.raises(CommandError) as nobody:
        run("explain_score", "nobody@example.org")
    assert nobody.value.returncode == 1
    twins = [make_patron(email="home@example.org"), make_patron(email="home@example.org")]
    with pytest.raises(CommandError) as several:
        run("explain_score", "home@example.org")
    assert several.value.returncode == 2
    assert all(twin.public_id in str(several.value) for twin in twins)


def test_rebuild_scores_restores_what_was_damaged() -> None:
    record("letter", make_patron("profile"), started_by="library")
    right = Score.objects.get().relational
    Score.objects.update(relational=7, stage="proactive")
    _, facts = run("rebuild_scores")
    assert (facts["scores"], facts["rules_version"]) == (1, 2)
    assert Score.objects.get().relational == pytest.approx(right, rel=1e-12)
    assert Score.objects.get().stage == "reactive"


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="is not a time"):
        call_command("rebuild_scores", "--now", "yesterday")
