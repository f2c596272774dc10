"""Mails as staff see them: a reader's own links stay the reader's."""

from __future__ import annotations

import re

from relcrm.kit.mail import Rendered

WORDS = "[reader's own link]"
LINKED = re.compile(r'<a href="\{link:[^"{}]*\}"([^>]*)>(.*?)</a>', re.DOTALL)
PLACEHOLDER = re.compile(r"\{link:[^{}\s]*\}")


def without_own_links(rendered: Rendered) -> Rendered:
    """The same mail with every link to the reader's own pages named instead of made."""
    return Rendered(
        PLACEHOLDER.sub(WORDS, rendered.subject),
        PLACEHOLDER.sub(WORDS, rendered.text),
        PLACEHOLDER.sub(WORDS, LINKED.sub(r"<u\1>\2</u> " + WORDS, rendered.html)),
    )
