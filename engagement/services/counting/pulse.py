"""What readers said when the library asked how it does for them, by the week they were asked in."""

from __future__ import annotations

from engagement.services.counting.slicing import EVERYWHERE, PERSON, Counting, sums_of

# Nobody is asked twice in 180 days, so within a quarter whoever is no longer named is still somebody else.
ASKED = f"""
SELECT pulse.*, coalesce(pulse.branch_id::text, '') AS branch,
    coalesce({PERSON}, -pulse.id) AS person
FROM engagement_pulse AS pulse LEFT JOIN patrons_patron AS patron ON patron.id = pulse.patron_id
WHERE asked_at >= %(start)s AND asked_at < %(end)s AND asked_at <= %(now)s
"""  # noqa: S608  (fixed words)
# Without rows: readers were told that answers are counted together, so no number leads to who gave them.
# pulse:answered, unanswered; pulse_recommend:promoters (9, 10), passives, detractors (0 to 6);
# pulse_<statement>:agree (4 and 5 of 5), other.
PULSE = Counting(
    sums_of(f"""
SELECT measure, 1 AS amount, person, branch, audience, language
FROM ({ASKED}) AS pulse, LATERAL (VALUES
    ('pulse:' || CASE WHEN answered_at IS NULL THEN 'unanswered' ELSE 'answered' END),
    ('pulse_recommend:' || CASE WHEN recommend >= 9 THEN 'promoters' WHEN recommend >= 7 THEN 'passives'
        WHEN recommend IS NOT NULL THEN 'detractors' END),
    ('pulse_learned:' || CASE WHEN learned >= 4 THEN 'agree' WHEN learned IS NOT NULL THEN 'other' END),
    ('pulse_confident:' || CASE WHEN confident >= 4 THEN 'agree' WHEN confident IS NOT NULL THEN 'other' END),
    ('pulse_will_do:' || CASE WHEN will_do >= 4 THEN 'agree' WHEN will_do IS NOT NULL THEN 'other' END),
    ('pulse_aware:' || CASE WHEN aware >= 4 THEN 'agree' WHEN aware IS NOT NULL THEN 'other' END)
) AS fact (measure)
WHERE measure IS NOT NULL
""").sql  # noqa: S608  (fixed words)
)
# pulse_mean:feeling, thinking, doing: means of 1 to 5, in hundredths, so that a whole number says enough.
PULSE_MEANS = Counting(f"""
SELECT 'pulse_mean:' || scale, by, slice, avg(mark) * 100, count(DISTINCT person), 0
FROM ({ASKED}) AS pulse, LATERAL (VALUES ('feeling', feeling), ('thinking', thinking), ('doing', doing))
    AS fact (scale, mark), {EVERYWHERE}
WHERE mark IS NOT NULL
GROUP BY scale, by, slice
""")  # noqa: S608  (fixed words)
