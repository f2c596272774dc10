"""A million invented readers, written by the database itself: names of several scripts, common ones and rare ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

from django.db import connection

from library.models import Branch
from patrons.services.naming import search_text_of

PEOPLE = 1_000_000
BRANCHES = 20
GIVEN_NAMES = """Maria José Anna Ana Mohamed محمد فاطمة 小明 伟 芳
Иван Анна Zoë Søren Łukasz Thandi Nomvula Sipho Pieter Johan
João Inês Siobhán Aoife Mary John James Li Wei Yu O Al Jo Nguyễn Αλέξανδρος Ngozi Chidi Amara François Élodie Björn
Jürgen Ólafur Ñusta 민준 さくら ישראל मीरा สมชาย"""
FAMILY_NAMES = """Garcia García O'Brien O’Neill D'Angelo van-der-Merwe Smith Jones Nkosi Dlamini Botha 王 李 陳 김 佐藤
الأحمد حسن
Иванов Петрова Müller Schröder Nguyễn Silva Santos Fernández-López Le Ó-Súilleabháin Muñoz Kowalski Øster Çelik Yılmaz
Papadopoulos de-Sá Åberg Þórsson Li Ng Wu X"""
SYLLABLES = ["".join(pair) for pair in product("bdfgklmnprstvz", ("a", "e", "i", "o", "u", "an", "er", "il"))]
# What reader n speaks, and for whom.
LANGUAGE = "CASE WHEN n %% 5 > 0 THEN 'en' ELSE (ARRAY['es', 'fr', 'pt', 'af'])[1 + n / 5 %% 4] END"
AUDIENCE = "CASE WHEN n %% 100 < 85 THEN 'adult' WHEN n %% 100 < 93 THEN 'teen' ELSE 'child' END"
# The first of a list is drawn most often, the last least: as family names are spread over a country.
WRITE = f"""
INSERT INTO patrons_patron (public_id, name, search_text, email, phone, ils_id, language, audience, branch_id, standing,
    time_zone, link_generation, my_page_opened, created_at, postal_address, category, preferred_channel, frequency,
    reading_history, by_hand, birth_year)
SELECT 'B-' || n, given[g] || ' ' || family[f], given_words[g] || family_words[f], 'reader' || n || '@example.org',
    '+27 21 ' || lpad((n::bigint * 7919 %% 10000000)::text, 7, '0'), 'ils-' || n, {LANGUAGE}, {AUDIENCE},
    branches[1 + n %% cardinality(branches)], 'own', '', 1, 0, now(), '', '', 'email', 'any', 'default', '{{}}',
    1930 + n %% 80
FROM (
    SELECT n, 1 + floor(cardinality(%(given)s::text[]) * power(random(), 4))::int AS g,
        1 + floor(cardinality(%(family)s::text[]) * power(random(), 4))::int AS f
    FROM generate_series(1, %(count)s) AS n
) AS drawn, (SELECT %(given)s::text[] AS given, %(family)s::text[] AS family, %(given_words)s::text[] AS given_words,
    %(family_words)s::text[] AS family_words, %(branches)s::bigint[] AS branches) AS lists
"""  # noqa: S608  (fixed words)


def invented(count: int, seed: int) -> list[str]:
    """Names nobody has, so that most names are rare."""
    dice = random.Random(seed)  # noqa: S311  (invented names, no secret)
    return ["".join(dice.choices(SYLLABLES, k=dice.choice((2, 3, 3, 4)))).title() for _ in range(count)]


def write_people(count: int = PEOPLE) -> list[Branch]:
    """So many patrons in twenty branches, with a card each; the branches. Call it inside a transaction."""
    branches = Branch.objects.bulk_create([Branch(name=f"Place {n}", slug=f"place-{n}") for n in range(BRANCHES)])
    given = [*GIVEN_NAMES.split(), *invented(min(8000, count), 3)]
    family = [*FAMILY_NAMES.split(), *invented(min(30_000, count), 5)]
    with connection.cursor() as cursor, without_indexes():
        cursor.execute("SELECT setseed(0.5)")
        facts: dict[str, Any] = {
            "given": given,
            "family": family,
            "count": count,
            "branches": [branch.pk for branch in branches],
        }
        # Only words of the given name: what stands behind an apostrophe is looked for in family names.
        facts |= {"given_words": list(map(search_text_of, given)), "family_words": list(map(search_text_of, family))}
        cursor.execute(WRITE, facts)
        cursor.execute(
            "INSERT INTO patrons_card (patron_id, number) SELECT id, 'C' || lpad(substr(public_id, 3), 9, '0')"
            " FROM patrons_patron WHERE public_id LIKE 'B-%'"
        )
        cursor.execute("ANALYZE patrons_card")
    return branches


@contextmanager
def without_indexes() -> Iterator[None]:
    """Fill the table first and index it after: the same rows and indexes, much sooner."""
    names = ["patron_email", "patron_by_name", "patron_branch_by_name", "patron_name_words", "patron_phone"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(name::regclass) FROM unnest(%s::text[]) AS name", [names])
        definitions = [definition for (definition,) in cursor.fetchall()]
        cursor.execute(f"DROP INDEX {', '.join(names)}")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for definition in definitions:
            cursor.execute(definition)
        cursor.execute("ANALYZE patrons_patron")
