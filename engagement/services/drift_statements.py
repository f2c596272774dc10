"""The statements behind `drifting`: facts, chance and the fact that weighed most of a batch of readers, in one go."""

from __future__ import annotations

from engagement.services.drift_features import ALL, FEATURES, ONCE, Feature

# Kinds by which a reader shows that they still use the library, as the rules in force say; NULL where they say none.
USE_KINDS = """
SELECT array_agg(kind) FROM engagement_rule
WHERE shows_use AND version_id = (SELECT id FROM engagement_ruleversion ORDER BY number DESC LIMIT 1)
"""
# The last patron of the next batch; NULL: the rest fits into one.
BATCH_END = """
SELECT patron_id FROM patrons_consent
WHERE purpose = 'profile' AND withdrawn_at IS NULL AND patron_id > %(after)s
ORDER BY patron_id OFFSET %(size)s LIMIT 1
"""
FACTS = """
WITH day AS (
    SELECT DISTINCT line.patron_id, line.day
    FROM engagement_interaction AS line JOIN patrons_consent AS consent
        ON consent.patron_id = line.patron_id AND consent.purpose = 'profile' AND consent.withdrawn_at IS NULL
    WHERE line.patron_id > %(after)s AND line.patron_id <= %(until)s
        AND consent.patron_id > %(after)s AND consent.patron_id <= %(until)s
        AND line.kind = ANY(%(kinds)s) AND line.day <= %(on)s
), gap AS (
    SELECT patron_id, day, day - lag(day) OVER (PARTITION BY patron_id ORDER BY day) AS gap FROM day
), fact AS (
    SELECT patron_id, count(*)::float8 AS days, min(day) AS first_day, max(day) AS last_day,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS rhythm,
        (%(on)s - min(day))::float8 AS known, (%(on)s - max(day))::float8 AS away
    FROM gap GROUP BY patron_id
)"""
CHANCE = """, part AS (
    SELECT fact.*, {parts}, %(intercept)s + {total} AS total FROM fact
), told AS MATERIALIZED (
    SELECT *, 1 / (1 + exp(-greatest(-30, least(30, total)))) AS chance,
        CASE WHEN recency + rhythm_part + frequency < 0 THEN -1 ELSE 1 END AS towards FROM part
)"""
# A row is written again when its facts have changed, or its chance by half a percent; else it is right as it stands.
# Consent is held, so that whoever withdraws it meanwhile leaves no row behind.
WRITE = """, changed AS (
    SELECT told.*, CASE
        WHEN recency * towards >= greatest(rhythm_part * towards, frequency * towards) THEN 'recency'
        WHEN rhythm_part * towards >= frequency * towards THEN 'rhythm' ELSE 'frequency' END AS weighed
    FROM told LEFT JOIN engagement_drift AS old
        ON old.patron_id = told.patron_id AND old.patron_id > %(after)s AND old.patron_id <= %(until)s
    WHERE old.patron_id IS NULL OR abs(old.chance - told.chance) >= %(enough)s
        OR (old.chance >= %(steady)s, old.chance >= %(watch)s) <> (told.chance >= %(steady)s, told.chance >= %(watch)s)
        OR (old.days, old.first_day, old.last_day, old.model) <> (told.days, told.first_day, told.last_day, %(model)s)
        OR old.rhythm_days IS DISTINCT FROM told.rhythm
), held AS MATERIALIZED (
    SELECT patron_id FROM patrons_consent
    WHERE purpose = 'profile' AND withdrawn_at IS NULL
        AND patron_id = ANY(ARRAY(SELECT patron_id FROM changed))
    ORDER BY id FOR SHARE
), gone AS (
    DELETE FROM engagement_drift
    WHERE patron_id > %(after)s AND patron_id <= %(until)s AND patron_id NOT IN (SELECT patron_id FROM told)
    RETURNING 1
), written AS (
    INSERT INTO engagement_drift
        (patron_id, days, first_day, last_day, rhythm_days, chance, fact, model, counted_on)
    SELECT patron_id, days, first_day, last_day, rhythm, chance, weighed, %(model)s, %(on)s
    FROM changed JOIN held USING (patron_id)
    ON CONFLICT (patron_id) DO UPDATE SET
        days = excluded.days, first_day = excluded.first_day, last_day = excluded.last_day,
        rhythm_days = excluded.rhythm_days, chance = excluded.chance, fact = excluded.fact,
        model = excluded.model, counted_on = excluded.counted_on
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written)
"""


def _when(feature: Feature, sql: str) -> str:
    """The value for the readers it is about, else 0."""
    if feature.of == ALL:
        return f"({sql})"
    return f"CASE WHEN fact.days {'=' if feature.of == ONCE else '>'} 1 THEN {sql} ELSE 0 END"


def _total() -> str:
    return " + ".join(f"%(w_{feature.name})s * {_when(feature, feature.sql)}" for feature in FEATURES)


def _apart(fact: str) -> str:
    """What a fact adds compared with the average of those who come back."""
    mine = (feature for feature in FEATURES if feature.fact == fact)
    return " + ".join(
        f"%(w_{feature.name})s * {_when(feature, f'({feature.sql}) - %(m_{feature.name})s')}" for feature in mine
    )


# `rhythm` is a column of its own: the median gap.
_PARTS = f"{_apart('recency')} AS recency, {_apart('rhythm')} AS rhythm_part, {_apart('frequency')} AS frequency"
COUNT = "".join((FACTS, CHANCE.format(parts=_PARTS, total=_total()), WRITE))
# The days of a share of all readers, for fitting.
HISTORIES = """
SELECT array_agg(DISTINCT line.day ORDER BY line.day)
FROM engagement_interaction AS line JOIN patrons_consent AS consent
    ON consent.patron_id = line.patron_id AND consent.purpose = 'profile' AND consent.withdrawn_at IS NULL
WHERE line.kind = ANY(%(kinds)s) AND line.day <= %(on)s AND line.patron_id %% %(one_in)s = 0
GROUP BY line.patron_id ORDER BY line.patron_id
"""
