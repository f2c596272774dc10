"""The choices of the public form, in the words readers see."""

from django.utils.translation import gettext_lazy as _

LANGUAGES = [("en", "English"), ("es", "Español"), ("fr", "Français"), ("pt", "Português"), ("af", "Afrikaans")]
AUDIENCES = [
    ("adult", _("An adult")),
    ("teen", _("A teenager")),
    ("child", _("A child")),
]
READS = [
    ("fiction", _("Stories (fiction)")),
    ("nonfiction", _("Books about real things (non-fiction)")),
    ("both", _("Both")),
]
FICTION_MOODS = [
    ("funny", _("funny")),
    ("hopeful", _("hopeful")),
    ("thoughtful", _("thoughtful")),
    ("gripping", _("gripping")),
    ("moving", _("moving")),
    ("cosy", _("cosy")),
    ("dark", _("dark")),
    ("surprise", _("surprise me")),
]
NONFICTION_MOODS = [
    ("true-story", _("a true story")),
    ("big-ideas", _("big ideas")),
    ("how-to", _("how to do something")),
    ("history", _("history")),
    ("nature", _("nature and science")),
    ("lives", _("people's lives")),
]
MOODS = [*FICTION_MOODS, *NONFICTION_MOODS]
LIMITS = [
    ("violence", _("violence")),
    ("sex", _("sex")),
    ("swearing", _("swearing")),
    ("sadness", _("sadness")),
]
LENGTHS = [("", _("I don't mind")), ("short", _("short")), ("medium", _("medium")), ("long", _("long"))]
FORMATS = [
    ("print", _("printed book")),
    ("large-print", _("large print")),
    ("audio", _("audiobook")),
    ("ebook", _("e-book")),
]


def moods_for(reads: str) -> set[str]:
    """The moods that are a question to this reader: a fiction reader never meets one about non-fiction."""
    asked = {"fiction": FICTION_MOODS, "nonfiction": NONFICTION_MOODS}.get(reads, MOODS)
    return {value for value, _label in asked}
