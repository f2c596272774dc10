"""The first mail: we have your request, this happens next, by then you hear from us."""

from datetime import date

from outreach.mail.words import render_words
from relcrm.kit.mail import Rendered


def compose_acknowledgement(*, reference: str, due_day: date, language: str) -> Rendered:
    """The words of an acknowledgement.

    Anyone can type anyone's address into the form, so nothing that was typed comes back in it: no name, no book.
    """
    return render_words("acknowledgement", {"reference": reference, "due_day": due_day}, language=language)
