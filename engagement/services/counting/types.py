"""What kind of readers there are: by the reader's own word, else as the rules told. Only what holds today is known.

`types:none`: readers with a profile and no type.
"""

from __future__ import annotations

from engagement.services.counting.persons import CONSENTING, readers_of

TYPES = readers_of(f"""
    SELECT consent.patron_id, 'types:' || CASE WHEN kind.none_of_these THEN 'none'
        ELSE coalesce(nullif(kind.said, ''), nullif(kind.told, ''), 'none') END AS measure
    FROM ({CONSENTING}) AS consent
    LEFT JOIN engagement_readertype AS kind ON kind.patron_id = consent.patron_id
""")  # noqa: S608  (fixed words)
