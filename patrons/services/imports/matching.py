"""Which row is whom: by library system number, by card, by address; and which rows of a file cannot be taken."""

from __future__ import annotations

from patrons.services.imports.staging import run_sql

SAME_ILS_ID = "Line %s has the same number in the library system and was taken."
SAME_CARD = "Line %s has the same card and was taken."
SAME_ADDRESS = "Line %s has the same address and name and was taken."
SAME_READER = "Line %s is the same reader here and was taken."
JOINED = "This reader was joined here with the one in line %s, which was taken."

CARDS = """
CREATE TEMPORARY TABLE import_card AS
SELECT line, card AS number, 0 AS place FROM import_row WHERE card <> ''
UNION ALL
SELECT line, other.number, min(other.place)::integer
FROM import_row, unnest(string_to_array(other_cards, ' ')) WITH ORDINALITY AS other (number, place)
WHERE other_cards <> '' AND other.number NOT IN ('', card)
GROUP BY line, other.number
"""
# Rows with a number or card that an earlier row has. An exact repeat is no fault.
DOUBLED = """
CREATE TEMPORARY TABLE import_left_out AS
WITH doubled AS (
    SELECT later.line, one.first, 'ils_id' AS field, later.ils_id AS value
    FROM (SELECT ils_id, min(line) AS first FROM import_row WHERE ils_id <> ''
        GROUP BY ils_id HAVING count(*) > 1) AS one
    JOIN import_row AS later ON later.ils_id = one.ils_id AND later.line > one.first
    UNION ALL
    SELECT later.line, one.first, 'card', later.number
    FROM (SELECT number, min(line) AS first FROM import_card GROUP BY number HAVING count(*) > 1) AS one
    JOIN import_card AS later ON later.number = one.number AND later.line > one.first
), once AS (SELECT DISTINCT ON (line) * FROM doubled ORDER BY line, field DESC, first)
SELECT once.line, once.field, once.value, once.first,
    to_jsonb(later) - 'line' <> to_jsonb(earlier) - 'line' AS rejected,
    replace(CASE field WHEN 'card' THEN %(same_card)s ELSE %(same_ils_id)s END, '%%s', first::text) AS reason
FROM once JOIN import_row AS later ON later.line = once.line JOIN import_row AS earlier ON earlier.line = once.first
"""
# Every row that leads to a record here, the left out ones too: their readers are not gone.
FOUND = """
CREATE TEMPORARY TABLE import_found AS
SELECT DISTINCT ON (line) line, patron_id, way FROM (
    SELECT s.line, p.id AS patron_id, 1 AS way, 0 AS place
    FROM import_row AS s JOIN patrons_patron AS p ON p.ils_id = s.ils_id AND p.ils_id <> ''
    UNION ALL
    SELECT s.line, former.patron_id, 2, former.id
    FROM import_row AS s JOIN patrons_formernumber AS former ON former.ils_id = s.ils_id AND former.ils_id <> ''
    UNION ALL
    SELECT c.line, p.id, 3, c.place
    FROM import_card AS c JOIN patrons_card AS k ON k.number = c.number JOIN patrons_patron AS p ON p.id = k.patron_id
    JOIN import_row AS s ON s.line = c.line
    WHERE s.ils_id = '' OR p.ils_id IN ('', s.ils_id)
) AS candidate
ORDER BY line, way, place
"""
MATCH = """
CREATE TEMPORARY TABLE import_match AS
SELECT line, patron_id, way FROM import_found WHERE line NOT IN (SELECT line FROM import_left_out)
"""
# Several rows that are one reader here: the strongest sign counts, then the first line.
SAME = """
INSERT INTO import_left_out
SELECT ranked.line, '', '', ranked.first, ranked.way <> 2,
    replace(CASE ranked.way WHEN 2 THEN %(joined)s ELSE %(same_reader)s END, '%%s', ranked.first::text)
FROM (
    SELECT line, way, first_value(line) OVER same AS first, row_number() OVER same AS place
    FROM import_match
    WHERE patron_id IN (SELECT patron_id FROM import_match GROUP BY patron_id HAVING count(*) > 1)
    WINDOW same AS (PARTITION BY patron_id ORDER BY way, line)
) AS ranked
WHERE ranked.place > 1
"""
UNMATCH = "DELETE FROM import_match WHERE line IN (SELECT line FROM import_left_out)"
# A row without number and card is its address and name; such files could not be imported twice otherwise.
NAMELESS = """
INSERT INTO import_left_out
SELECT later.line, 'email', later.email, one.first,
    to_jsonb(later) - 'line' <> to_jsonb(earlier) - 'line',
    replace(%(same_address)s, '%%s', one.first::text)
FROM (SELECT upper(email) AS address, search_text, min(line) AS first FROM import_row
    WHERE ils_id = '' AND card = '' GROUP BY 1, 2 HAVING count(*) > 1) AS one
JOIN import_row AS later ON upper(later.email) = one.address AND later.search_text = one.search_text
    AND later.ils_id = '' AND later.card = '' AND later.line > one.first
JOIN import_row AS earlier ON earlier.line = one.first
"""
BY_ADDRESS_AND_NAME = """
INSERT INTO import_match
SELECT s.line, min(p.id), 4
FROM import_row AS s JOIN patrons_patron AS p ON upper(p.email) = upper(s.email) AND p.search_text = s.search_text
WHERE s.ils_id = '' AND s.card = '' AND p.standing = 'own' AND p.ils_id = ''
    AND NOT EXISTS (SELECT 1 FROM import_left_out AS o WHERE o.line = s.line)
    AND NOT EXISTS (SELECT 1 FROM import_found AS f WHERE f.patron_id = p.id)
GROUP BY s.line HAVING count(*) = 1
"""
# One reader of their own without a number, one row of the file, and no name that speaks against it.
BY_ADDRESS = """
WITH waiting AS MATERIALIZED (
    SELECT s.line, upper(s.email) AS address, s.search_text FROM import_row AS s
    WHERE s.email <> '' AND NOT EXISTS (SELECT 1 FROM import_match AS m WHERE m.line = s.line)
        AND NOT EXISTS (SELECT 1 FROM import_left_out AS o WHERE o.line = s.line)
), here AS (
    SELECT upper(p.email) AS address, min(p.id) AS patron_id, min(p.search_text) AS search_text
    FROM patrons_patron AS p
    WHERE p.standing = 'own' AND p.ils_id = '' AND p.email <> ''
        AND upper(p.email) IN (SELECT address FROM waiting)
    GROUP BY 1 HAVING count(*) = 1
), one_row AS (
    SELECT upper(s.email) AS address FROM import_row AS s
    WHERE s.email <> '' AND upper(s.email) IN (SELECT address FROM here) GROUP BY 1 HAVING count(*) = 1
)
INSERT INTO import_match
SELECT waiting.line, here.patron_id, 4
FROM waiting JOIN here USING (address) JOIN one_row USING (address)
WHERE NOT EXISTS (SELECT 1 FROM import_found AS f WHERE f.patron_id = here.patron_id)
    AND (waiting.search_text = '' OR here.search_text = ''
        OR ARRAY(SELECT unnest(string_to_array(btrim(waiting.search_text), ' ')) ORDER BY 1)
            = ARRAY(SELECT unnest(string_to_array(btrim(here.search_text), ' ')) ORDER BY 1))
"""
ADD_FOUND = """
INSERT INTO import_found SELECT line, patron_id, way FROM import_match AS m
WHERE way = 4 AND NOT EXISTS (SELECT 1 FROM import_found AS f WHERE f.line = m.line)
"""
TELL_LEFT_OUT = """
INSERT INTO import_issue (line, field, value, reason, rejected)
SELECT line, field, value, reason, rejected FROM import_left_out WHERE rejected OR field = ''
"""


def match_rows() -> None:
    """Make import_match (line, patron), import_found (the same with the rows left out) and import_left_out."""
    run_sql(CARDS)
    run_sql("ANALYZE import_card")
    run_sql(DOUBLED, {"same_card": SAME_CARD, "same_ils_id": SAME_ILS_ID})
    run_sql(NAMELESS, {"same_address": SAME_ADDRESS})
    run_sql(FOUND)
    run_sql(MATCH)
    run_sql(SAME, {"joined": JOINED, "same_reader": SAME_READER})
    run_sql(UNMATCH)
    run_sql("ANALYZE import_left_out, import_match")
    for statement in (BY_ADDRESS_AND_NAME, ADD_FOUND, BY_ADDRESS, ADD_FOUND):
        run_sql(statement)
    run_sql(TELL_LEFT_OUT)
    run_sql("ANALYZE import_match, import_found")
