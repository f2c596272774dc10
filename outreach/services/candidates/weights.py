"""The published blend: what brings a title near to a reader, and how much it may weigh.

Every part is a number from 0 to 1; a title's score is the sum of weight x part. docs/candidates.md says it in words.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 1


@dataclass(frozen=True)
class Weight:
    """One part of the blend, in the words of the page. `most` is what it may add, or take away."""

    part: str
    most: float
    words: str


BLEND = (
    Weight("author", 4.0, "by an author whose book was praised"),
    Weight("terms", 3.0, "shares mood, pace, subject or genre with what was praised"),
    Weight("readers", 3.0, "read by those who read what was praised"),
    Weight("asked", 1.5, "has the mood and length this request asks for"),
    Weight("lent", 0.3, "lent often, whoever had it"),
    Weight("against", -3.0, "has what was not for this reader"),
)
# How strongly a reader spoke for a book, or against it.
SAID = {"loved": 1.0, "named": 1.0, "liked": 0.6, "borrowed": 0.4, "so_so": -0.3, "not_for_me": -1.0, "disliked": -1.0}
KINDS = {"appeal": 1.0, "subject": 1.0, "genre": 0.5}  # a genre is wide, a mood is telling
FADES = 20  # every so many books further back, what was said of a book weighs half...
FADES_BORROWED = 5  # ...and that it was borrowed
MOST_PRAISED = 20  # so many books, the newest first, lead to others
# Sums become parts by sum / (sum + half): where a sum is this large, the part is one half.
HALVES = {"author": 1.0, "terms": 1.0, "readers": 0.2, "lent": 20.0, "against": 1.0}

# Who read the same. Titles with fewer readers than this say nothing of anybody, and lead to nothing.
FEWEST_READERS = 5
MOST_LOANS = 400  # the latest loans of a title that are looked at
MOST_COUNTED = 60  # of a title that may be listed, the latest loans whose readers are counted
MOST_FELLOWS = 30  # the latest of its readers
MOST_PEOPLE = 60  # of all these readers, those who share most with this one
MOST_READ = 40  # the latest books of each of them
TOGETHER_DAYS = 60.0  # two books read this many days apart count half of two read on the same day...
TOGETHER_FLOOR = 0.1  # ...and never less than this
SHRINK = 1.0  # a likeness that rests on few readers is made smaller

# The list.
MOST_LISTED = 10
MOST_OF_ONE_AUTHOR = 3
MOST_STRETCHES = 2
LITTLE_KNOWN = 5  # lent at most a fifth as often as the most lent title of the list,
FAMOUS = 10  # which was lent at least so often
MOST_LOOKED_AT = 60  # of the ranked titles, for what is unexpected
MOST_LENT = 100  # loans of a title are counted up to here

# What may lead to titles at all.
MOST_AUTHORS, MOST_OF_AN_AUTHOR = 8, 30
MOST_TERMS, WIDEST_TERM = 12, 3000
MOST_NEAR, MOST_ALIKE = 50, 80

# Pages, where the request asks for a length.
SHORT, LONG = 250, 450
# A mood of the form, and the terms that say the same.
MOODS: dict[str, tuple[str, ...]] = {
    "funny": ("funny", "humorous", "humour", "humor", "comedy", "comic", "witty"),
    "hopeful": ("hopeful", "uplifting", "heartwarming", "feel-good", "warm", "optimistic"),
    "thoughtful": ("thoughtful", "reflective", "thought-provoking", "contemplative", "wise", "philosophical"),
    "gripping": ("gripping", "suspenseful", "fast-paced", "page-turner", "tense", "thriller", "suspense"),
    "moving": ("moving", "emotional", "bittersweet", "poignant", "touching", "melancholy"),
    "cosy": ("cosy", "cozy", "gentle", "comforting", "cosy mystery", "cozy mystery"),
    "dark": ("dark", "bleak", "disturbing", "gritty", "menacing", "noir"),
    "true-story": ("true story", "true stories", "memoir", "true crime"),
    "big-ideas": ("big ideas", "ideas", "philosophy", "thought-provoking", "society"),
    "how-to": ("how-to", "how to", "practical", "handbook", "self-help"),
    "history": ("history", "historical"),
    "nature": ("nature", "nature writing", "science", "natural history"),
    "lives": ("biography", "autobiography", "memoir", "lives"),
}
