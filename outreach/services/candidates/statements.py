"""The SQL behind the candidates: what a reader said, and what leads from there to other titles.

Whoever read the same is counted only while their profile consent is in force, and never leaves the database: what comes
out is titles and sums over at least five readers.
"""

from __future__ import annotations

from outreach.services.candidates.weights import (
    FEWEST_READERS,
    MOST_ALIKE,
    MOST_COUNTED,
    MOST_FELLOWS,
    MOST_LENT,
    MOST_LOANS,
    MOST_NEAR,
    MOST_OF_AN_AUTHOR,
    MOST_PEOPLE,
    MOST_READ,
    TOGETHER_DAYS,
    TOGETHER_FLOOR,
    WIDEST_TERM,
)

MOST_LIKE_IT = 20  # titles looked at for what was typed
TERMS_OF = """(
    SELECT json_agg(json_build_array(term.kind, term.name) ORDER BY term.kind, term.name)
    FROM catalog_title_terms AS has JOIN catalog_term AS term ON term.id = has.term_id WHERE has.title_id = {title}
)"""
OF_PATRON = """outreach_answer AS answer
    JOIN outreach_pick AS pick ON pick.id = answer.pick_id
    JOIN outreach_letter AS letter ON letter.id = pick.letter_id
    JOIN outreach_request AS request ON request.id = letter.request_id"""
CONSENTED = """EXISTS (
    SELECT FROM patrons_consent AS consent
    WHERE consent.patron_id = {patron} AND consent.purpose = 'profile' AND consent.withdrawn_at IS NULL
)"""
# What was typed, then what was answered, then what was borrowed, each with its title; the last two with consent only.
HEARD = f"""
SELECT heard.typed, heard.said, title.id, title.name, title.authors, title.original_name, title.language,
    CASE WHEN heard.place <= %(told)s THEN {TERMS_OF.format(title="title.id")} END
FROM (
    SELECT *, row_number() OVER (ORDER BY typed, at DESC NULLS LAST, title_id, said) AS place
    FROM (
        SELECT typed.place AS typed, '' AS said, one.id AS title_id, NULL::timestamptz AS at
        FROM unnest(%(words)s::text[], %(places)s::bigint[]) AS typed (words, place)
        CROSS JOIN LATERAL (
            SELECT id FROM catalog_title WHERE search_text LIKE '%% ' || typed.words || '%%'
            ORDER BY length(search_text), id LIMIT {MOST_LIKE_IT}
        ) AS one
        UNION ALL
        SELECT NULL, answer.value, pick.title_id, answer.answered_at FROM {OF_PATRON}
        WHERE request.patron_id = %(patron)s AND {CONSENTED.format(patron="%(patron)s")}
        UNION ALL
        SELECT NULL, 'borrowed', title_id, max(borrowed_at) FROM engagement_loan
        WHERE patron_id = %(patron)s AND title_id IS NOT NULL AND {CONSENTED.format(patron="%(patron)s")}
        GROUP BY title_id
    ) AS found
) AS heard
JOIN catalog_title AS title ON title.id = heard.title_id
ORDER BY heard.place
"""  # noqa: S608  (fixed words)

# A title this reader may be shown; `title` is its row. What is not known of it leaves nothing out.
FITS = """(
    title.id <> ALL (%(seen)s::bigint[])
    AND NOT (title.violence IS TRUE AND 'violence' = ANY (%(limits)s::text[]))
    AND NOT (title.sex IS TRUE AND 'sex' = ANY (%(limits)s::text[]))
    AND NOT (title.swearing IS TRUE AND 'swearing' = ANY (%(limits)s::text[]))
    AND NOT (title.sadness IS TRUE AND 'sadness' = ANY (%(limits)s::text[]))
    AND (%(formats)s::text[] = '{}' OR title.formats = '{}' OR title.formats::text[] && %(formats)s::text[])
    AND (title.language = '' OR title.language = ANY (%(languages)s::text[]))
    AND (title.audience = '' OR title.audience = ANY (%(audiences)s::text[]))
    AND (%(fiction)s::bool IS NULL OR title.fiction IS NULL OR title.fiction = %(fiction)s::bool)
)"""
# The latest readers of a title, {title}, out of so many of its latest loans; nobody twice.
LATEST_READERS = f"""
    SELECT patron_id, max(at) AS at FROM (
        (
            SELECT patron_id, borrowed_at AS at FROM engagement_loan
            WHERE title_id = {{title}} AND patron_id IS NOT NULL
            ORDER BY borrowed_at DESC NULLS LAST, patron_id LIMIT {{loans}}
        )
        UNION ALL
        SELECT request.patron_id, answer.answered_at FROM {OF_PATRON}
        WHERE pick.title_id = {{title}} AND answer.value IN ('loved', 'liked')
    ) AS latest
    WHERE latest.patron_id <> %(patron)s AND {CONSENTED.format(patron="latest.patron_id")}
    GROUP BY patron_id
"""  # noqa: S608  (fixed words)
READ_BY = f"""
    SELECT title_id, max(at) AS at FROM (
        (
            SELECT title_id, borrowed_at AS at FROM engagement_loan
            WHERE patron_id = fellow.patron_id AND title_id IS NOT NULL
            ORDER BY borrowed_at DESC NULLS LAST, id DESC LIMIT {MOST_READ}
        )
        UNION ALL
        SELECT pick.title_id, answer.answered_at FROM {OF_PATRON}
        WHERE request.patron_id = fellow.patron_id AND answer.value IN ('loved', 'liked')
    ) AS read
    GROUP BY title_id
"""  # noqa: S608  (fixed words)
DAYS_APART = f"abs(extract(epoch FROM reading.at - fellow.at)) / 86400 / {TOGETHER_DAYS}"
TOGETHER = f"{TOGETHER_FLOOR} + coalesce({1 - TOGETHER_FLOOR} * power(0.5::float8, ({DAYS_APART})::float8), 0)"
FOUND = f"""
SELECT set_config('jit', 'off', true);
WITH praised AS (
    SELECT * FROM unnest(%(praised)s::bigint[], %(strengths)s::float8[]) AS praised (title_id, strength)
), fellow AS MATERIALIZED (
    SELECT praised.title_id, one.patron_id, one.at, count(*) OVER (PARTITION BY praised.title_id) AS fellows
    FROM praised CROSS JOIN LATERAL (
        {LATEST_READERS.format(title="praised.title_id", loans=MOST_LOANS)}
        ORDER BY 2 DESC NULLS LAST, 1 LIMIT {MOST_FELLOWS}
    ) AS one
), reading AS MATERIALIZED (
    SELECT fellow.patron_id, read.title_id, read.at
    FROM (
        SELECT patron_id FROM fellow WHERE fellows >= {FEWEST_READERS}
        GROUP BY patron_id ORDER BY count(*) DESC, max(at) DESC NULLS LAST, patron_id LIMIT {MOST_PEOPLE}
    ) AS fellow
    CROSS JOIN LATERAL ({READ_BY}) AS read
), together AS MATERIALIZED (
    SELECT fellow.title_id AS praised, reading.title_id, sum({TOGETHER}) AS weight, min(fellow.fellows) AS fellows
    FROM fellow JOIN reading USING (patron_id)
    WHERE fellow.fellows >= {FEWEST_READERS} AND reading.title_id <> ALL (%(seen)s::bigint[])
    GROUP BY 1, 2
), near AS MATERIALIZED (
    SELECT sums.title_id FROM (
        SELECT together.title_id, sum(strength * weight) AS weight
        FROM together JOIN praised ON praised.title_id = together.praised GROUP BY 1
        ORDER BY 2 DESC, 1 LIMIT {10 * MOST_NEAR}
    ) AS sums JOIN catalog_title AS title ON title.id = sums.title_id
    WHERE {FITS} ORDER BY sums.weight DESC, 1 LIMIT {MOST_NEAR}
), read_by AS MATERIALIZED (
    SELECT near.title_id, (SELECT count(*) FROM ({LATEST_READERS.format(title="near.title_id", loans=MOST_COUNTED)})
        AS one) AS readers
    FROM near
), pairs AS (
    SELECT title_id, json_agg(json_build_array(praised, weight, together.fellows) ORDER BY praised) AS pairs
    FROM together JOIN read_by USING (title_id) WHERE readers >= {FEWEST_READERS} GROUP BY 1
), wanted AS MATERIALIZED (
    SELECT term.id, term.kind, term.name, wanted.strength, (SELECT count(*) FROM (
        SELECT FROM catalog_title_terms AS has WHERE has.term_id = term.id LIMIT {WIDEST_TERM + 1}
    ) AS these) AS titles
    FROM unnest(%(kinds)s::text[], %(names)s::text[], %(likings)s::float8[]) AS wanted (kind, name, strength)
    JOIN catalog_term AS term ON term.kind = wanted.kind AND term.name = wanted.name
), alike AS (
    SELECT sums.title_id FROM (
        SELECT has.title_id, sum(strength / (1 + log(titles))) AS weight
        FROM wanted JOIN catalog_title_terms AS has ON has.term_id = wanted.id
        WHERE strength > 0 AND titles <= {WIDEST_TERM} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {10 * MOST_ALIKE}
    ) AS sums JOIN catalog_title AS title ON title.id = sums.title_id
    WHERE {FITS} ORDER BY sums.weight DESC, 1 LIMIT {MOST_ALIKE}
), same_author AS (
    SELECT one.id AS title_id
    FROM unnest(%(authors)s::text[], %(folded)s::text[]) AS author (name, folded)
    CROSS JOIN LATERAL (
        SELECT title.id FROM catalog_title AS title
        WHERE title.search_text LIKE '%% ' || author.folded || '%%' AND author.name = ANY (title.authors) AND {FITS}
        ORDER BY title.year DESC NULLS LAST, title.id LIMIT {MOST_OF_AN_AUTHOR}
    ) AS one
), found AS MATERIALIZED (
    SELECT title_id FROM near UNION SELECT title_id FROM alike UNION SELECT title_id FROM same_author
), terms AS (
    SELECT has.title_id, json_agg(json_build_array(wanted.kind, wanted.name, wanted.titles)) AS terms
    FROM found JOIN catalog_title_terms AS has USING (title_id) JOIN wanted ON wanted.id = has.term_id GROUP BY 1
)
SELECT title.id, title.name, title.authors, title.pages, terms.terms, pairs.pairs, coalesce(read_by.readers, 0),
    (SELECT count(*) FROM (SELECT FROM engagement_loan WHERE title_id = title.id LIMIT {MOST_LENT}) AS loan)
FROM found
JOIN catalog_title AS title ON title.id = found.title_id
LEFT JOIN terms ON terms.title_id = title.id
LEFT JOIN pairs ON pairs.title_id = title.id
LEFT JOIN read_by ON read_by.title_id = title.id
ORDER BY title.id
"""  # noqa: S608  (fixed words)
