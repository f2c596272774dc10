"""What happened, told to the reader it happened with."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from engagement.services.scores import Reason
from outreach.models import Answer

KINDS = {
    "request": _("You asked for suggestions"),
    "letter": _("You got a letter"),
    "check_in": _("We asked how the books were"),
    "check_in_again": _("We asked again about a book you had not read yet"),
    "check_in_answer": _("You told us how the books were"),
    "pick_answer": _("You told us about one book"),
    "check_in_comment": _("You added words of your own"),
    "learned_something": _("You learned something about your own taste"),
    "reply": _("You wrote back"),
    "loan": _("You borrowed a book"),
}
ANSWERS = {
    Answer.Value.LOVED: _("Loved it"),
    Answer.Value.LIKED: _("Liked it"),
    Answer.Value.SO_SO: _("So-so"),
    Answer.Value.NOT_FOR_ME: _("Not for me"),
    Answer.Value.NOT_YET: _("Not read yet"),
    Answer.Value.COULD_NOT_GET: _("Could not get it"),
}


def reason_words(reason: Reason) -> str:
    """One interaction in the language in use; kinds without words of their own show the label of the rule."""
    words = str(KINDS.get(reason.kind) or gettext(reason.label))
    return f"{words}: {reason.title}" if reason.title else words


def answer_words(value: str) -> str:
    """An answer in the language in use; empty without one."""
    return str(ANSWERS[Answer.Value(value)]) if value else ""
