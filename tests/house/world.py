"""A small library with one of everything, so that every address can be opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from engagement.models import Experiment, Need, NeedAsk, Note, Pulse, Service
from engagement.services.notes import Talk, write_note
from engagement.services.rule_drafts import begin_draft
from engagement.services.rules import rules_in_force
from library.models import Branch, Holiday, ImportRun, SavedFilter, User
from outreach.models import CheckIn, ContactReason, Letter, Message, Reply, ReplyFile, Request, Thread
from patrons.models import AddressChange, BulkAction, Duplicate, Merge, Patron, Suppression
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
    begun: Request
    letter: Letter
    check_in: CheckIn
    message: Message
    reason: ContactReason
    file: ReplyFile
    unplaced: Reply
    note: Note
    ask: NeedAsk
    service: Service
    import_run: ImportRun
    double: Patron
    pair: Duplicate
    merge: Merge
    bulk: BulkAction
    saved: SavedFilter
    address_change: AddressChange
    holiday: Holiday
    stopped: Suppression
    experiment: Experiment
    pulse: Pulse


def make_world() -> World:
    here, elsewhere = make_branch(), make_branch()
    staff = {role: make_staff(role, calendar_since=NOON) for role in ROLES}
    stranger = make_staff()
    stranger.branches.add(elsewhere)
    patron = make_patron("check_in", "profile", branch=here)
    request = make_request(patron, state="answered", answered_at=NOON)
    letter = make_letter(request, titles=(make_title(),), librarian=staff["librarian"], sent_at=NOON)
    pick = letter.picks.get()
    begin_draft(of=rules_in_force(), by=staff["manager"], now=NOON)
    double = make_patron(branch=here)
    first, second = sorted((patron, double), key=lambda one: one.pk)
    return World(
        double=double,
        pair=Duplicate.objects.create(first=first, second=second, reason="same name and household", found_at=NOON),
        merge=Merge.objects.create(into=patron, gone_public_id="P-GONE2222", by=staff["librarian"], at=NOON),
        bulk=BulkAction.objects.create(action="language", value="fr", by=staff["librarian"], started_at=NOON),
        saved=SavedFilter.objects.create(
            page="patrons", name="Teens", query="audience=teen", owner=staff["librarian"], saved_at=NOON
        ),
        stopped=Suppression.objects.create(address=double.email, cause="no_mailbox", reason="Gone.", created_at=NOON),
        here=here,
        staff=staff,
        stranger=stranger,
        patron=patron,
        waiting=make_request(patron),
        begun=make_request(patron, likes=(), state="begun"),
        letter=letter,
        check_in=CheckIn.objects.create(letter=letter, next_step="ask", next_at=NOON + timedelta(days=21)),
        message=make_message(patron, letter),
        reason=ContactReason.objects.create(
            patron=patron, kind="could_not_get", pick=pick, source_key="world", opened_at=NOON
        ),
        file=make_reply(request.thread, key="placed"),
        unplaced=Reply.objects.create(key="unplaced", kind="reply", text="Whose is this?", received_at=NOON),
        note=make_note(patron, staff["librarian"]),
        ask=NeedAsk.objects.create(
            need=Need.objects.create(name="Books by post", created_at=NOON),
            patron=patron,
            at=NOON,
            by=staff["librarian"],
        ),
        service=Service.objects.create(name="Books on wheels"),
        import_run=ImportRun.objects.create(
            what="patrons", file_name="members.csv", state="done", started_at=NOON, finished_at=NOON
        ),
        address_change=AddressChange.objects.create(patron=patron, address="new@example.org", asked_at=timezone.now()),
        pulse=Pulse.objects.create(patron=patron, wave="yearly", branch=here, audience="adult", asked_at=NOON),
        experiment=Experiment.objects.create(
            name="The reminder", subject="check_in_reminder", share=50, outcome="answered", days=21, started_at=NOON
        ),
        holiday=Holiday.objects.create(day=date(2099, 1, 1), name="New Year", branch=here),
    )


def make_note(patron: Patron, by: User) -> Note:
    talk = Talk("desk", "patron", "Asked about boats.", NOON, 5, {"patron_took_part": True})
    return write_note(patron=patron, talk=talk, by=by, now=NOON)


def make_reply(thread: Thread, *, key: str) -> ReplyFile:
    """A reader's words in this thread, placed there by a person and waiting for an answer, with a file."""
    reply = Reply.objects.create(
        key=key,
        kind="reply",
        thread=thread,
        patron=thread.patron,
        matched_by="person",
        from_address="iris@example.org",
        text="Thank you for the boats.",
        received_at=NOON,
    )
    Thread.objects.filter(pk=thread.pk).update(waiting_since=NOON)
    return ReplyFile.objects.create(reply=reply, name="boats.txt", content_type="text/plain", size=5, content=b"boats")


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
