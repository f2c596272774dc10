"""What readers asked for beyond letters: needs that were met and needs that were not."""

from __future__ import annotations

from engagement.services.counting.slicing import PERSON, sums_of

# need_met, need_unmet; need_met:<number of the need> and need_unmet:<number>.
NEEDS = sums_of(
    f"""
SELECT measure, 1 AS amount, person, patron_id, day, branch, audience, language
FROM (SELECT ask.need_id, ask.patron_id, (ask.at AT TIME ZONE %(zone)s)::date AS day,
        CASE WHEN ask.met THEN 'met' ELSE 'unmet' END AS word,
        coalesce(ask.branch_id::text, '') AS branch, coalesce(patron.audience, '') AS audience,
        coalesce(patron.language, '') AS language, {PERSON} AS person
    FROM engagement_needask AS ask LEFT JOIN patrons_patron AS patron ON patron.id = ask.patron_id
    WHERE ask.at >= %(start)s AND ask.at < %(end)s) AS ask,
    LATERAL (VALUES ('need_' || word), ('need_' || word || ':' || need_id)) AS fact (measure)
""",  # noqa: S608  (fixed words)
    few=True,
)
