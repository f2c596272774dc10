"""What the large library is made of: the statements, and how often each kind of interaction happens."""

from __future__ import annotations

from engagement.models import Rule
from engagement.services.judging import EVENT, TESTS, YES, weigh
from engagement.services.rules import rules_in_force
from tests.bench.people import AUDIENCE, LANGUAGE

SLOTS = 1000
Card = tuple[str | float | bool | None, ...]
# Lines in a thousand; what is not named here happens once, and loans are the rest.
SHARES = {
    "renewal": 130, "hold": 80, "visit": 120, "database_use": 60, "programme": 25, "card_signup": 8,
    "interlibrary_loan": 4, "request": 12, "letter": 11, "check_in": 10, "check_in_reminder": 4, "check_in_answer": 6,
    "pick_answer": 15, "check_in_comment": 3, "learned_something": 2, "reply": 4, "reply_answered": 4, "desk_talk": 20,
    "phone_call": 6, "thanks": 3, "proactive_letter": 4, "proactive_answer": 2, "review": 3, "circle_post": 3,
}  # fmt: skip
OURS = {
    "letter", "letter_on_paper", "check_in", "check_in_reminder", "check_in_again", "proactive_letter",
    "reply_answered", "complaint_resolved",
}  # fmt: skip
SAID = {
    "check_in_answer": ("closed", "closed", "open"),
    "desk_talk": ("closed", ""),
    "phone_call": ("closed", ""),
    "pick_answer": ("loved", "liked", "so_so", "not_for_me", "not_yet"),
    "proactive_answer": ("yes", "yes", "yes", "stop"),
}
MINUTES = {"letter": 25, "letter_on_paper": 30, "proactive_letter": 15, "reply_answered": 6, "desk_talk": 8}
WAIT = {"letter": 3000, "letter_on_paper": 3000, "reply_answered": 900}
TITLED = {"loan", "renewal", "hold", "pick_answer", "review"}
THREADED = {kind for kind in SHARES if kind.startswith(("letter", "check_in", "pick", "reply", "proactive"))}
DECK = """
CREATE UNLOGGED TABLE bench_deck (slot int, kind varchar, tests varchar, transactional float8, relational float8,
    value varchar, started_by varchar, minutes smallint, wait int, titled bool, threaded bool)
"""
# In the order of time, as a ledger grows. A few readers do much and many do little: the first of a million has about
# two thousand lines, the last thirteen. Seven in ten have a profile, and only their lines keep a reader.
LINES = f"""
INSERT INTO engagement_interaction (id, source_key, kind, day, at, patron_id, branch_id, audience, language, started_by,
    tests, transactional, relational, rules, value, wait_minutes, minutes, thread, title_id, recorded_at)
SELECT line, encode(sha256(int8send(line)), 'hex'), deck.kind, at::date, CASE WHEN known THEN at END,
    CASE WHEN known THEN n END, (%(branches)s::bigint[])[1 + n %% cardinality(%(branches)s::bigint[])], {AUDIENCE},
    {LANGUAGE}, deck.started_by, deck.tests, deck.transactional, deck.relational, %(rules)s, deck.value,
    deck.wait + line %% 2000, deck.minutes, CASE WHEN known AND deck.threaded THEN n END,
    CASE WHEN known AND deck.titled THEN 1 + line %% %(books)s END, at::date
FROM (
    SELECT line, 1 + floor(%(patrons)s * power((hashint8extended(line, 1) & 1048575) / 1048576.0::float8
            + (hashint8extended(line, 2) & 1048575) / 1099511627776.0::float8, 1.5))::int AS n,
        %(now)s::timestamptz - (%(lines)s - line) * (interval '4 years' / %(lines)s) AS at,
        (hashint8extended(line, 3) & 1048575) %% %(slots)s AS slot
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS line
) AS drawn
CROSS JOIN LATERAL (SELECT n %% 10 < 7 AS known) AS profile
JOIN bench_deck AS deck USING (slot)
"""  # noqa: S608  (fixed words)
CONSENTS = """
INSERT INTO patrons_consent (patron_id, purpose, wording, wording_version, language, how, given_at)
SELECT n, purpose, 'Yes.', 'bench', 'en', 'form', %(now)s - interval '4 years'
FROM generate_series(1, %(patrons)s) AS n, unnest(ARRAY['check_in', 'profile', 'proactive', 'pulse']) AS purpose
WHERE n %% 10 < CASE purpose WHEN 'check_in' THEN 9 WHEN 'profile' THEN 7 ELSE 3 END
"""
SPREAD = """
UPDATE outreach_request SET asked_at = at, promise_id = id, about = 'Something ' || word || ' for a long weekend',
    state = CASE WHEN id %% 40 = 0 THEN 'waiting' ELSE 'answered' END,
    answered_at = CASE WHEN id %% 40 > 0 THEN at + interval '2 days' END
FROM (SELECT n, %(now)s::timestamptz - CASE WHEN n %% 40 = 0 THEN n %% 4 ELSE n %% 1400 END * interval '1 day'
    - n %% 1000 * interval '1 minute' AS at, (ARRAY['calm', 'dark', 'funny', 'slow', 'strange'])[1 + n %% 5] AS word
    FROM generate_series(1, %(requests)s) AS n) AS spread
WHERE id = n
"""
NAMED = """
INSERT INTO outreach_requesttitle (request_id, kind, position, title, why)
SELECT n, 'like', place, 'Book ' || md5((n * 3 + place)::text), 'The ' || left(md5(n::text), 6) || ' of it.'
FROM generate_series(1, %(requests)s) AS n, generate_series(0, 1) AS place
"""
UNWRITTEN = """
DELETE FROM outreach_checkin WHERE letter_id %% 40 = 0;
DELETE FROM outreach_pick WHERE letter_id %% 40 = 0;
DELETE FROM outreach_message WHERE object_key::int %% 40 = 0;
DELETE FROM outreach_letter WHERE id %% 40 = 0;
UPDATE outreach_letter SET saved_at = asked_at + interval '2 days', sent_at = asked_at + interval '2 days'
FROM outreach_request AS request WHERE request.id = request_id;
UPDATE outreach_message SET sent_at = letter.sent_at, queued_at = letter.sent_at, due_at = letter.sent_at
FROM outreach_letter AS letter WHERE letter.id = object_key::int;
UPDATE outreach_checkin SET next_step = 'done', next_at = NULL
"""
PROMISES = """
INSERT INTO engagement_promise (id, kind, patron_id, branch_id, made_at, due_at, kept_at)
SELECT id, 'letter', patron_id, branch_id, asked_at, asked_at + interval '7 days', answered_at FROM outreach_request
"""
NOTES = """
INSERT INTO engagement_note (patron_id, channel, started_by, words, key_id, at, written_at)
SELECT 1 + n * 37 %% %(patrons)s, 'desk', 'patron', '', 'bench', at, at
FROM (SELECT n, %(now)s - n %% 300 * interval '1 day' AS at FROM generate_series(1, %(notes)s) AS n) AS talk
"""
NEEDS = """
INSERT INTO engagement_need (id, name, created_at) SELECT n, 'Need ' || n, %(now)s FROM generate_series(1, 12) AS n;
INSERT INTO engagement_needask (need_id, patron_id, branch_id, met, at)
SELECT 1 + n %% 12, 1 + n * 41 %% %(patrons)s, NULL, n %% 3 = 0, %(now)s - n %% 900 * interval '1 day'
FROM generate_series(1, %(needs)s) AS n
"""
PULSES = f"""
INSERT INTO engagement_pulse (patron_id, wave, branch_id, audience, language, asked_at, answered_at, recommend, learned,
    confident, will_do, aware, words, may_quote)
SELECT CASE WHEN n %% 10 < 7 THEN n END, 'weekly', (%(branches)s::bigint[])[1 + n %% 20], {AUDIENCE}, {LANGUAGE}, at,
    CASE WHEN n %% 3 > 0 THEN at + interval '1 day' END, CASE WHEN n %% 3 > 0 THEN n %% 11 END, NULL, NULL, NULL, NULL,
    '', false
FROM (SELECT 1 + n * 31 %% %(patrons)s AS n, %(now)s - n %% 700 * interval '1 day' AS at
    FROM generate_series(1, %(pulses)s) AS n) AS asked
"""  # noqa: S608  (fixed words)
LOANS = """
INSERT INTO engagement_loan (source_key, patron_id, title_id, title_words, borrowed_at, borrowed_as, returned_as,
    renewals, let_go)
SELECT 'bench' || n, 1 + n * 43 %% %(patrons)s, 1 + n %% %(books)s, '', %(now)s - n %% 30 * interval '1 day', '', '', 0,
    false
FROM generate_series(1, %(loans)s) AS n
"""
MARKETING = """
INSERT INTO engagement_marketingnumber (channel, campaign, measure, day, value)
SELECT channel, '', 'likes', (%(now)s::timestamptz - n * interval '1 week')::date, 10 + n %% 90
FROM generate_series(1, 200) AS n, unnest(ARRAY['Instagram', 'Newsletter', 'Flyer']) AS channel
"""
NUMBERED = ("outreach_thread", "outreach_request", "outreach_letter", "outreach_checkin", "catalog_title",
    "engagement_promise", "engagement_need")  # fmt: skip
ROUND = "".join(
    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}));"  # noqa: S608  (fixed words)
    for table in NUMBERED
)
AFTER = (CONSENTS, SPREAD, NAMED, UNWRITTEN, PROMISES, NOTES, NEEDS, PULSES, LOANS, MARKETING, ROUND)


def deck() -> list[Card]:
    """A thousand cards, of which each line draws one: kind, tests and points as the rules in force judge them."""
    rules = {rule.kind: rule for rule in Rule.objects.filter(version=rules_in_force())}
    counts = {kind: SHARES.get(kind, 1) for kind in rules if kind != "loan"}
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    kinds += ["loan"] * (SLOTS - len(kinds))
    return [_card(slot, rules[kind]) for slot, kind in enumerate(kinds)]


def _card(slot: int, rule: Rule) -> Card:
    """Of what the rule leaves to the event, every second one says yes."""
    verdicts = [getattr(rule, test) for test in TESTS]
    tests = "".join("y" if verdict == YES or (verdict == EVENT and slot % 2) else "n" for verdict in verdicts)
    judged = weigh(tests, weight=rule.weight, ceiling=rule.ceiling)
    said = SAID.get(rule.kind, ("",))
    return (
        slot,
        rule.kind,
        judged.tests,
        judged.transactional,
        judged.relational,
        said[slot % len(said)],
        "library" if rule.kind in OURS else "patron",
        MINUTES.get(rule.kind),
        WAIT.get(rule.kind),
        rule.kind in TITLED,
        rule.kind in THREADED,
    )
