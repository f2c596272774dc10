"""A small library with one of everything, so that every address can be opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from library.models import Branch, User
from outreach.models import CheckIn, ContactReason, Letter, Message, Request
from patrons.models import Patron
from relcrm.kit.links import make_token
from tests.builders import NOON, make_branch, make_letter, make_patron, make_request, make_staff, make_title

ROLES = ("librarian", "manager", "viewer", "admin")


@dataclass(frozen=True)
class World:
    """Everything belongs to `here`; `stranger` is a librarian of another branch."""

    here: Branch
    staff: dict[str, User]
    stranger: User
    patron: Patron
    waiting: Request
    letter: Letter
    check_in: CheckIn
    message: Message
    reason: ContactReason


def make_world() -> World:
    here, elsewhere = make_branch(), make_branch()
    staff = {role: make_staff(role) for role in ROLES}
    stranger = make_staff()
    stranger.branches.add(elsewhere)
    patron = make_patron("check_in", "profile", branch=here)
    request = make_request(patron, state="answered", answered_at=NOON)
    letter = make_letter(request, titles=(make_title(),), librarian=staff["librarian"], sent_at=NOON)
    pick = letter.picks.get()
    return World(
        here=here,
        staff=staff,
        stranger=stranger,
        patron=patron,
        waiting=make_request(patron),
        letter=letter,
        check_in=CheckIn.objects.create(letter=letter, next_step="ask", next_at=NOON + timedelta(days=21)),
        message=make_message(patron, letter),
        reason=ContactReason.objects.create(
            patron=patron, kind="could_not_get", pick=pick, source_key="world", opened_at=NOON
        ),
    )


def make_message(patron: Patron, letter: Letter) -> Message:
    return Message.objects.create(
        purpose="letter",
        object_key=str(letter.pk),
        kind="answering",
        patron=patron,
        thread=letter.request.thread,
        branch=patron.branch,
        language="en",
        to_address=patron.email,
        subject="A letter",
        body_text="Read it here: {link:letter}",
        body_html="<p>Read it <a href='{link:letter}'>here</a></p>",
        links={"letter": str(letter.pk)},
        message_id=f"<letter.{letter.pk}@library.example>",
        queued_at=NOON,
        due_at=NOON,
        not_after=NOON + timedelta(days=3),
    )


def token(world: World, purpose: str, object_key: object) -> str:
    """A link as mailed to the world's patron a moment ago, by the clock of the views."""
    return make_token(purpose, str(object_key), world.patron.link_generation, now=timezone.now())
