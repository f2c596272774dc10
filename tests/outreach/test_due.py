"""What is due is found at once, also an answer behind a hundred thousand check-ins."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from outreach.services.due import ANY_DUE, LOCK_DUE, any_due, lock_due
from outreach.services.limits import ANSWERS_DUE
from tests.builders import NOON, make_patron
from tests.outreach.test_delivery import queue

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# 100,000 rows of this kind lie on more than 5,000 pages.
FEW_PAGES = 60
ANSWERS, OTHERS = ["answering"], ["asked_for", "library_started"]
CHECK_INS = """
INSERT INTO outreach_message (purpose, object_key, step, kind, consent, patron_id, language, to_address, to_name,
    from_name, reply_to, subject, body_text, body_html, template, facts, in_reply_to, links, message_id, state, reason,
    queued_at, due_at, not_after, attempt, refusals, phase, receipt, provider_id, fate, fate_words)
SELECT 'check_in', 'check_in:' || n, 1, 'asked_for', 'check_in', %(patron)s, 'en', 'r@example.org', 'R', 'A', '',
    'How was it?', '', '', 'check_in', '{}', '', '{}', '<' || n || '@example.org>', 'queued', '',
    %(now)s, %(now)s - interval '1 hour' - n * interval '1 ms', %(now)s + interval '1 day', 0, 0, '', '', '', '', ''
FROM generate_series(1, 100000) AS n
"""


@pytest.fixture
def check_ins_wait() -> None:
    """A hundred thousand of them, all older than any answer."""
    with connection.cursor() as cursor:
        cursor.execute(CHECK_INS, {"patron": make_patron().pk, "now": NOON})
        cursor.execute("ANALYZE outreach_message")


def pages_read(statement: str, **facts: Any) -> int:
    """How many pages of tables and indexes the statement looks at."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", facts)
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@pytest.mark.usefixtures("check_ins_wait")
def test_an_answer_is_found_without_looking_at_the_check_ins_before_it() -> None:
    assert not any_due(now=NOON, kinds=ANSWERS)
    facts = {"now": NOON, "kinds": ANSWERS}
    asked = {
        "is any due": pages_read(ANY_DUE, **facts),
        "how many wait": pages_read(ANSWERS_DUE, now=NOON, most=120),
        "take them": pages_read(LOCK_DUE, **facts, limit=200),
    }
    answer = queue(due_at=NOON - timedelta(minutes=1))
    asked["take one"] = pages_read(LOCK_DUE, **facts, limit=200)
    assert [row.pk for row in lock_due(now=NOON, kinds=ANSWERS, limit=200)] == [answer.pk]
    assert max(asked.values()) < FEW_PAGES, asked


@pytest.mark.usefixtures("check_ins_wait")
def test_a_hundred_thousand_check_ins_are_taken_one_minute_at_a_time() -> None:
    assert pages_read(ANY_DUE, now=NOON, kinds=OTHERS) < FEW_PAGES
    # Each of 120 rows is read and locked, and its reader, consent and address are looked up.
    assert pages_read(LOCK_DUE, now=NOON, kinds=OTHERS, limit=120) < 120 * 20
    assert len(lock_due(now=NOON, kinds=OTHERS, limit=120)) == 120
