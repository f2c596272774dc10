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
    "renewal": _("You renewed a loan"),
    "hold": _("You had a book kept for you"),
    "interlibrary_loan": _("You asked for a book from elsewhere"),
    "visit": _("You came in"),
    "programme": _("You took part in a programme"),
    "database_use": _("You used an online source"),
    "card_signup": _("You got a library card"),
    "letter_on_paper": _("You got a letter on paper"),
    "check_in_reminder": _("We reminded you once"),
    "reply_answered": _("We answered your words"),
    "desk_talk": _("You talked with us at the desk"),
    "phone_call": _("You talked with us on the phone"),
    "thanks": _("You said thank you"),
    "complaint": _("You told us what went wrong"),
    "complaint_resolved": _("We put right what went wrong"),
    "proactive_letter": _("We wrote to you ourselves"),
    "proactive_answer": _("You answered what we began"),
    "review": _("You wrote a review"),
    "circle_joined": _("You joined a circle"),
    "circle_post": _("You wrote in a circle"),
    "library_suggestion": _("You suggested something to the library"),
    "referral": _("You brought someone to the library"),
    "volunteering": _("You gave time"),
    "advocacy": _("You spoke up for the library"),
    "donation": _("You gave money or things"),
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
