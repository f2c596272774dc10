"""Loans brought in from clean rows: what is written, what stays, what a second file changes, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from catalog.models import Copy
from engagement.models import Interaction, Loan, LoanChange, Score
from engagement.services.explaining import explain_score
from engagement.services.imports.loans import bring_in, undo_import
from engagement.services.imports.rows import CleanLoan
from engagement.services.ledger import record_interaction
from engagement.services.lines import digest_source, source_keys
from engagement.services.scores import rebuild_scores
from library.models import ImportIssue, ImportRun, LibrarySettings
from library.services.imports import Issue, open_run
from patrons.models import Card, FormerNumber, Patron
from tests.builders import NOON, make_branch, make_patron, make_title

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
DAY = timedelta(days=1)
KEPT_NOTHING = {"gone": 0, "repaired": 0}


def loan(number: int = 1, **over: Any) -> CleanLoan:
    values: dict[str, Any] = {"line": number + 1, "loan_id": str(number), "patron": "77", "borrowed_at": MAY}
    return CleanLoan(**(values | over))


def bring(*rows: CleanLoan | Issue, dry_run: bool = False, now: datetime = NOON) -> ImportRun:
    run = open_run(what="loans", file_name="loans.csv", now=now, dry_run=dry_run)
    return bring_in(run=run, items=rows, clock=lambda: now)


def told(run: ImportRun) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: count for name, count in run.counts.items() if count}


def reader(*consents: str, **over: Any) -> Patron:
    return make_patron(*consents, **({"ils_id": "77"} | over))


def issues(run: ImportRun) -> list[tuple[int, str, bool]]:
    return list(ImportIssue.objects.filter(run=run).order_by("line").values_list("line", "field", "rejected"))


def tables() -> list[Any]:
    """Everything an import of loans could write."""
    models: Iterable[Any] = (Loan, Interaction, LoanChange, Score)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_loan_becomes_the_line_that_the_ledger_itself_would_write() -> None:
    branch = make_branch(time_zone="Asia/Tokyo")
    patron = reader("profile", branch=branch, audience="teen", language="fr")
    title = make_title(source_key="b12")
    run = bring(loan(title="b12"))
    assert told(run) == {"created": 1}
    mine = Interaction.objects.get()
    twin = record_interaction(
        kind="loan", source="twin", at=MAY, patron=patron, started_by="patron", title=title, now=NOON
    )
    strange = {"id", "source_key", "import_run"}
    facts = [{f.attname: getattr(line, f.attname) for f in Interaction._meta.fields} for line in (mine, twin)]
    assert {k: v for k, v in facts[0].items() if k not in strange} == {
        k: v for k, v in facts[1].items() if k not in strange
    }
    assert mine.day == date(2026, 5, 5)
    kept = Loan.objects.get()
    assert (mine.source_key, mine.import_run) == (kept.source_key, run.pk)
    assert kept.source_key == source_keys("loan:1")[0]
    assert (kept.patron, kept.title, kept.borrowed_at) == (patron, title, MAY)


def test_without_profile_consent_the_loan_knows_its_reader_while_out_and_the_line_never() -> None:
    patron = reader()
    bring(loan())
    assert Loan.objects.get().patron == patron
    line = Interaction.objects.get()
    assert (line.patron, line.at, line.title, line.audience, line.language) == (None, None, None, "adult", "en")
    assert not Score.objects.exists()
    assert told(bring(loan(returned_at=NOON))) == {"updated": 1}
    returned = Loan.objects.get()
    assert (returned.patron, returned.let_go, returned.returned_at) == (None, True, NOON)


@pytest.mark.parametrize(
    ("choice", "default", "consent", "kept"),
    [
        ("forever", "never", False, True),
        ("never", "kept", True, False),
        ("default", "kept", False, True),
        ("default", "never", True, False),
        ("default", "consent", True, True),
        ("default", "consent", False, False),
    ],
)
def test_a_returned_loan_keeps_its_reader_as_the_reader_and_the_library_say(
    choice: str, default: str, consent: bool, kept: bool
) -> None:
    LibrarySettings.objects.update_or_create(pk=1, defaults={"reading_history": default})
    reader(*(["profile"] if consent else []), reading_history=choice)
    make_title(source_key="b12")
    row = loan(title="b12", returned_at=NOON)
    bring(row)
    assert (Loan.objects.get().patron is not None) is kept
    assert Loan.objects.get().let_go is not kept
    line = Interaction.objects.get()
    assert ((line.patron is not None), (line.title is not None)) == (consent, consent and kept)
    before = tables()
    assert told(bring(row)) == {"unchanged": 1}
    assert tables() == before


def test_the_same_file_again_writes_nothing() -> None:
    reader("profile")
    rows = [loan(n, borrowed_at=MAY - n * DAY, renewals=n, due_at=MAY) for n in range(1, 30)]
    assert told(bring(*rows)) == {"created": 29}
    before = tables()
    assert told(bring(*rows)) == {"unchanged": 29}
    assert tables() == before


def test_a_dry_run_counts_and_writes_nothing_but_its_issues() -> None:
    run = bring(loan(patron="nobody"), Issue(9, "borrowed_at", "x", "No day."), dry_run=True)
    assert told(run) == {"created": 1, "rejected": 1, "without_person": 1}
    assert run.state == "done"
    assert issues(run) == [(2, "patron", False), (9, "borrowed_at", True)]
    assert tables() == [[], [], [], []]


def test_scores_are_those_that_counting_everything_anew_gives() -> None:
    patron = reader("profile", "proactive")
    bring(*[loan(n, borrowed_at=MAY - n * DAY) for n in range(1, 40)])
    score = Score.objects.get()
    assert score.transactional > 0
    explanation = explain_score(patron=patron, now=NOON)
    assert explanation
    assert len(explanation.reasons) == 39
    before = score.transactional
    Score.objects.all().delete()
    rebuild_scores(now=NOON)
    anew = Score.objects.get()
    assert anew.transactional == pytest.approx(before, rel=1e-9)
    assert (anew.relational, anew.stage) == (0, score.stage)


def test_an_unknown_reader_is_linked_when_the_same_file_comes_again() -> None:
    run = bring(loan(), loan(2), loan(3, patron=""))
    assert told(run) == {"created": 3, "without_person": 3}
    assert issues(run) == [(2, "patron", False)]
    assert not Interaction.objects.exclude(patron=None, audience="").exists()
    patron = reader("profile", audience="teen")
    run = bring(loan(), loan(2), loan(3, patron=""))
    assert told(run) == {"updated": 2, "unchanged": 1, "without_person": 1}
    assert Loan.objects.filter(patron=patron).count() == 2
    assert Interaction.objects.filter(patron=patron, at=MAY, audience="teen").count() == 2
    assert Score.objects.get().patron == patron
    assert undo_import(run=run, now=NOON) == {"reversed": 2, "kept": 0, "gone": 0}
    assert not Loan.objects.exclude(patron=None).exists()
    assert not Interaction.objects.exclude(patron=None, at=None, audience="").exists()
    assert Score.objects.get().transactional == 0


def test_who_is_who_by_number_joined_record_or_card() -> None:
    first = reader()
    second, third = make_patron(), make_patron()
    FormerNumber.objects.create(number=4711, ils_id="old", patron=second)
    Card.objects.create(patron=third, number="C-9")
    Card.objects.create(patron=third, number="77")
    bring(loan(1), loan(2, patron="old"), loan(3, patron="C-9"))
    assert list(Loan.objects.order_by("title_words", "patron").values_list("patron", flat=True)) == [
        first.pk,
        second.pk,
        third.pk,
    ]


def test_a_title_by_number_isbn_or_copy_else_its_words_stay() -> None:
    one, two, three = (make_title(source_key=key) for key in ("n1", "n2", "n3"))
    two.isbns = ["9780439023481"]
    two.save()
    make_title(source="other", source_key="n1b")
    make_title(source="third", source_key="n1b")
    Copy.objects.create(title=three, source_key="copy3", status="on_loan", as_of=NOON)
    rows = [
        loan(1, title="n1", isbn="9780439023481"),
        loan(2, title="?", isbn="9780439023481"),
        loan(3, copy="copy3", title_words="Three"),
        loan(4, title_words="Emma"),
        loan(5, title="n1b", title_words="Twice"),
    ]
    assert told(bring(*rows)) == {"created": 5, "without_person": 5, "ambiguous": 1}
    found = {row.source_key: (row.title, row.title_words) for row in Loan.objects.all()}
    digest = digest_source()
    assert [found[digest(f"loan:{n}")] for n in range(1, 6)] == [
        (one, ""),
        (two, ""),
        (three, ""),
        (None, "Emma"),
        (None, "Twice"),
    ]


def test_days_known_in_part_stay_as_they_are_and_no_day_means_no_line() -> None:
    reader("profile")
    rows = [
        loan(1, borrowed_at=None, borrowed_as="1939"),
        loan(2, borrowed_at=None, borrowed_as="1939-05", returned_as="1940"),
        loan(3, borrowed_at=None, borrowed_as="--05-25"),
        loan(4, borrowed_at=None),
        loan(5, borrowed_at=None, borrowed_as="1939-15"),
    ]
    assert told(bring(*rows)) == {"created": 5, "without_day": 3}
    assert sorted(Loan.objects.values_list("borrowed_as", flat=True)) == ["", "--05-25", "1939", "1939-05", "1939-15"]
    assert list(Interaction.objects.order_by("day").values_list("day", flat=True)) == [
        date(1939, 1, 1),
        date(1939, 5, 1),
    ]
    assert told(bring(*rows)) == {"unchanged": 5, "without_day": 3}
    assert told(bring(loan(4))) == {"updated": 1}
    assert Interaction.objects.filter(day=date(2026, 5, 4)).count() == 1


def test_a_day_out_of_reach_rejects_the_row() -> None:
    run = bring(
        loan(1, borrowed_at=NOON + 2 * DAY), loan(2, borrowed_at=datetime(1812, 1, 1, tzinfo=UTC)), loan(3, patron="")
    )
    assert told(run) == {"created": 1, "rejected": 2, "without_person": 1}
    assert issues(run) == [(2, "borrowed_at", True), (3, "borrowed_at", True)]


def test_a_number_that_comes_twice_is_taken_once() -> None:
    reader()
    run = bring(loan(1), loan(1, line=3), loan(1, line=4, renewals=2))
    assert told(run) == {"created": 1, "unchanged": 1, "rejected": 1}
    assert issues(run) == [(4, "loan_id", True)]
    assert Loan.objects.get().renewals == 0


def test_an_unknown_branch_is_told_once_and_a_known_one_by_its_code(settings: LazySettings) -> None:
    settings.TIME_ZONE = "UTC"
    branch = make_branch(name="Main", ils_codes=["CPL"], time_zone="America/New_York")
    reader("profile")
    run = bring(loan(1, branch="cpl", borrowed_at=MAY.replace(hour=2)), loan(2, branch="MPL"), loan(3, branch="MPL"))
    assert [(issue.line, issue.value) for issue in ImportIssue.objects.filter(run=run)] == [(3, "MPL")]
    assert Loan.objects.filter(branch=branch).count() == 1
    assert Interaction.objects.get(branch=branch).day == date(2026, 5, 3)


def test_what_a_file_does_not_say_is_left_as_it_is() -> None:
    reader("profile")
    title = make_title(source_key="b1")
    bring(loan(title="b1", due_at=NOON, renewals=2, returned_at=NOON))
    assert told(bring(loan())) == {"unchanged": 1}
    assert told(bring(loan(borrowed_at=MAY - DAY))) == {"updated": 1}
    kept = Loan.objects.get()
    assert (kept.title, kept.renewals, kept.returned_at) == (title, 2, NOON)
    line = Interaction.objects.get()
    assert (line.at, line.day, line.title) == (MAY - DAY, date(2026, 5, 3), title)


def test_what_was_let_go_no_file_says_again() -> None:
    patron = reader()
    bring(loan(returned_at=NOON))
    Patron.objects.update(reading_history="forever")
    assert told(bring(loan(returned_at=NOON))) == {"unchanged": 1}
    assert not Loan.objects.filter(patron=patron).exists()


def test_a_loan_of_a_reader_whom_the_file_does_not_name_is_let_go_when_it_comes_back() -> None:
    patron = reader()
    bring(loan())
    bring(loan(patron="", returned_at=NOON))
    assert not Loan.objects.filter(patron=patron).exists()


def test_a_key_that_is_no_longer_the_first_finds_its_loan(settings: LazySettings) -> None:
    reader("profile")
    bring(loan(), loan(2))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-one-another-one-another-one-another-one-1234567890"  # noqa: S105  (signs nothing else)
    assert told(bring(loan(), loan(2, renewals=1), loan(3))) == {"unchanged": 1, "updated": 1, "created": 1}
    assert (Loan.objects.count(), Interaction.objects.count()) == (3, 3)
