"""The statements that find reasons to contact somebody, one for each kind: patron, key, strength, facts, pick, title.

They read `contact_welcome`, a temporary table of everybody who may be contacted unasked. The key names the occasion:
the same occasion is never listed a second time. A reason without the profile it rests on is not found.
"""

# ruff: noqa: S608  (every statement here is put together from fixed words; what varies is a parameter)

from __future__ import annotations

from outreach.models import ContactReason
from outreach.services.contact_welcome import WELCOME

Kind = ContactReason.Kind
NEW_FOR, CARD_AHEAD, ANNIVERSARY_AHEAD = 30, 30, 7
FIRST_DAYS, SETTLING_IN = 90, 7
GIVEN_WITHIN, ASKED_WITHIN, MISSED_WITHIN = 60, 730, 365
BACK_WITHIN, LONG_AWAY = 14, 180
DRIFTING_BELOW, AWAY_AT_MOST = 0.5, 365

WELCOMED = "contact_welcome"
WELCOME_TABLE = f"""
CREATE TEMPORARY TABLE {WELCOMED} AS
SELECT patron.id AS patron_id, patron.joined_on, patron.created_at, patron.card_expires_on
FROM patrons_patron AS patron WHERE {WELCOME}
"""
NO_LINES = "NULL::bigint AS pick_id, NULL::bigint AS title_id"

PICK_THERE = f"""
SELECT patron.patron_id, answer.pick_id::text AS key, 1.0 AS strength, jsonb_build_object('book', title.name,
        'where', (SELECT array_agg(DISTINCT branch.name) FROM catalog_copy AS copy
            JOIN library_branch AS branch ON branch.id = copy.branch_id
            WHERE copy.title_id = pick.title_id AND copy.status = 'available')) AS facts,
    answer.pick_id, pick.title_id
FROM outreach_answer AS answer
JOIN outreach_pick AS pick ON pick.id = answer.pick_id
JOIN catalog_title AS title ON title.id = pick.title_id
JOIN outreach_letter AS letter ON letter.id = pick.letter_id
JOIN outreach_request AS request ON request.id = letter.request_id
JOIN {WELCOMED} AS patron ON patron.patron_id = request.patron_id
WHERE answer.value = 'could_not_get' AND answer.changed_at > %(now)s - interval '{MISSED_WITHIN} days'
    AND EXISTS (SELECT FROM catalog_copy AS copy WHERE copy.title_id = pick.title_id AND copy.status = 'available'
        AND copy.as_of > answer.changed_at)
    AND NOT EXISTS (SELECT FROM outreach_contactreason AS dealt
        WHERE dealt.pick_id = answer.pick_id AND dealt.closed_by_id IS NOT NULL)
"""
NEED_MET = f"""
SELECT patron.patron_id, ask.id::text AS key, 1.0 AS strength,
    jsonb_build_object('need', need.name, 'service', service.name, 'day', ask.at::date) AS facts, {NO_LINES}
FROM engagement_needask AS ask
JOIN engagement_need AS need ON need.id = ask.need_id
JOIN {WELCOMED} AS patron ON patron.patron_id = ask.patron_id
JOIN LATERAL (
    SELECT service.name FROM engagement_service AS service
    JOIN engagement_service_needs AS serves ON serves.service_id = service.id
    WHERE serves.need_id = ask.need_id AND service.offered ORDER BY service.name LIMIT 1
) AS service ON true
WHERE NOT ask.met AND ask.at > %(now)s - interval '{ASKED_WITHIN} days'
"""
# An author is loved while the sum of what we learned speaks for them; the book they loved stands in the sentence.
NEW_TITLE = f"""
WITH arrived AS MATERIALIZED (
    SELECT title.id, title.name, title.audience, title.violence, title.sex, title.swearing, title.sadness,
        unnest(title.authors) AS author
    FROM catalog_title AS title
    WHERE title.year >= %(year)s - 1 AND EXISTS (
        SELECT FROM catalog_catalogchange AS change JOIN library_importrun AS run ON run.id = change.run_id
        WHERE change.title_id = title.id AND change.before IS NULL
            AND run.started_at > %(now)s - interval '{NEW_FOR} days' AND run.undone_at IS NULL)
), loved AS (
    SELECT taste.patron_id, taste.name AS author, least(1.0, sum(CASE WHEN liked THEN weight ELSE -weight END)) AS love,
        (array_agg(coalesce(title.name, named.title) ORDER BY taste.weight DESC, taste.id DESC)
            FILTER (WHERE taste.liked))[1] AS because
    FROM outreach_taste AS taste
    JOIN {WELCOMED} AS patron ON patron.patron_id = taste.patron_id
    LEFT JOIN outreach_answer AS answer ON answer.id = taste.answer_id
    LEFT JOIN outreach_pick AS pick ON pick.id = answer.pick_id
    LEFT JOIN catalog_title AS title ON title.id = pick.title_id
    LEFT JOIN outreach_requesttitle AS named ON named.id = taste.named_id
    WHERE taste.kind = 'author' AND taste.removed_at IS NULL AND taste.name IN (SELECT author FROM arrived)
        AND {{profile}}
    GROUP BY taste.patron_id, taste.name
)
SELECT loved.patron_id, arrived.id::text AS key, loved.love AS strength,
    jsonb_build_object('book', arrived.name, 'author', loved.author, 'because', loved.because) AS facts,
    NULL::bigint AS pick_id, arrived.id AS title_id
FROM loved JOIN arrived ON arrived.author = loved.author
LEFT JOIN LATERAL (
    SELECT limits FROM outreach_request WHERE patron_id = loved.patron_id ORDER BY asked_at DESC, id DESC LIMIT 1
) AS last ON true
WHERE loved.love >= 0.5 AND arrived.audience IN ('', 'adult')
    AND NOT coalesce('violence' = ANY(last.limits) AND arrived.violence, false)
    AND NOT coalesce('sex' = ANY(last.limits) AND arrived.sex, false)
    AND NOT coalesce('swearing' = ANY(last.limits) AND arrived.swearing, false)
    AND NOT coalesce('sadness' = ANY(last.limits) AND arrived.sadness, false)
    AND NOT EXISTS (SELECT FROM outreach_pick AS pick JOIN outreach_letter AS letter ON letter.id = pick.letter_id
        JOIN outreach_request AS request ON request.id = letter.request_id
        WHERE pick.title_id = arrived.id AND request.patron_id = loved.patron_id)
    AND NOT EXISTS (SELECT FROM engagement_loan AS loan
        WHERE loan.patron_id = loved.patron_id AND loan.title_id = arrived.id)
"""
# What we do with a reader after a gift thanks them, if a person did it.
NOT_THANKED = f"""
SELECT patron.patron_id, gift.id::text AS key, 1.0 AS strength,
    jsonb_build_object('gift', rule.label, 'kind', gift.kind, 'day', gift.day) AS facts, {NO_LINES}
FROM engagement_interaction AS gift
JOIN engagement_rule AS rule ON rule.kind = gift.kind AND rule.version_id = {{in_force}}
JOIN {WELCOMED} AS patron ON patron.patron_id = gift.patron_id
WHERE gift.day > (%(now)s - interval '{GIVEN_WITHIN} days')::date AND gift.started_by = 'patron'
    AND (rule.outcome <> '' OR gift.kind = 'review')
    AND NOT EXISTS (SELECT FROM engagement_interaction AS ours
        WHERE ours.patron_id = gift.patron_id AND ours.at > gift.at AND ours.started_by = 'library'
            AND substr(ours.tests, 1, 1) = 'y')
"""
# Whom a word may still reach: neither those who come anyway nor those long gone weigh most.
DRIFTING = f"""
SELECT patron.patron_id, patron.patron_id || ':' || drift.last_day AS key,
    round((4 * drift.chance * (1 - drift.chance))::numeric, 3) AS strength,
    jsonb_build_object('days', drift.days, 'first_day', drift.first_day, 'last_day', drift.last_day,
        'rhythm_days', drift.rhythm_days, 'fact', drift.fact) AS facts, {NO_LINES}
FROM engagement_drift AS drift JOIN {WELCOMED} AS patron ON patron.patron_id = drift.patron_id
WHERE drift.chance < {DRIFTING_BELOW} AND drift.days > 1
    AND drift.last_day > (%(now)s - interval '{AWAY_AT_MOST} days')::date AND {{profile}}
"""
BACK = f"""
SELECT patron.patron_id, patron.patron_id || ':' || earlier.day AS key, 1.0 AS strength,
    jsonb_build_object('day', drift.last_day, 'before', earlier.day) AS facts, {NO_LINES}
FROM engagement_drift AS drift JOIN {WELCOMED} AS patron ON patron.patron_id = drift.patron_id
JOIN LATERAL (
    SELECT line.day FROM engagement_interaction AS line
    WHERE line.patron_id = drift.patron_id AND line.kind = ANY(%(use)s)
        AND line.at < %(now)s - interval '{BACK_WITHIN} days'
    ORDER BY line.at DESC LIMIT 1
) AS earlier ON earlier.day < (%(now)s - interval '{BACK_WITHIN + LONG_AWAY} days')::date
WHERE drift.last_day > (%(now)s - interval '{BACK_WITHIN} days')::date AND drift.days > 1 AND {{profile}}
"""
NEW_HERE = f"""
SELECT patron_id, patron_id::text AS key, 1.0 AS strength, jsonb_build_object('day', since) AS facts, {NO_LINES}
FROM (SELECT *, coalesce(joined_on, created_at::date) AS since FROM {WELCOMED}) AS patron
WHERE since BETWEEN (%(now)s - interval '{FIRST_DAYS} days')::date AND (%(now)s - interval '{SETTLING_IN} days')::date
    AND NOT EXISTS (SELECT FROM outreach_request AS request WHERE request.patron_id = patron.patron_id)
"""
CARD_ENDS = f"""
SELECT patron_id, patron_id || ':' || card_expires_on AS key, 1.0 AS strength,
    jsonb_build_object('day', card_expires_on) AS facts, {NO_LINES}
FROM {WELCOMED}
WHERE card_expires_on BETWEEN (%(now)s)::date AND (%(now)s + interval '{CARD_AHEAD} days')::date
"""
# Round years weigh more.
ANNIVERSARY = f"""
SELECT patron_id, patron_id || ':' || years AS key, CASE WHEN years = 1 OR years %% 5 = 0 THEN 1.0 ELSE 0.5 END
    AS strength, jsonb_build_object('years', years, 'day', anniversary) AS facts, {NO_LINES}
FROM (
    SELECT *, extract(year FROM age(anniversary, joined_on))::integer AS years
    FROM (
        SELECT *, (joined_on + make_interval(years => %(year)s - extract(year FROM joined_on)::integer))::date
            AS anniversary
        FROM {WELCOMED} WHERE joined_on IS NOT NULL
    ) AS of_the_year
) AS patron
WHERE years > 0
    AND anniversary BETWEEN (%(now)s)::date AND (%(now)s + interval '{ANNIVERSARY_AHEAD} days')::date
"""
FINDERS: dict[str, str] = {
    Kind.PICK_THERE: PICK_THERE,
    Kind.NEED_MET: NEED_MET,
    Kind.NEW_TITLE: NEW_TITLE,
    Kind.NOT_THANKED: NOT_THANKED,
    Kind.DRIFTING: DRIFTING,
    Kind.BACK: BACK,
    Kind.FIRST_DAYS: NEW_HERE,
    Kind.CARD_ENDS: CARD_ENDS,
    Kind.ANNIVERSARY: ANNIVERSARY,
}
PROFILE = """
    EXISTS (SELECT FROM patrons_consent AS measured WHERE measured.patron_id = patron.patron_id
        AND measured.purpose = 'profile' AND measured.withdrawn_at IS NULL)
"""
IN_FORCE = "(SELECT id FROM engagement_ruleversion ORDER BY number DESC LIMIT 1)"


def statement_of(kind: str) -> str:
    """The statement that finds this kind."""
    return FINDERS[kind].format(profile=PROFILE, in_force=IN_FORCE)
