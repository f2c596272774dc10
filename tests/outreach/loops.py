"""A letter that has arrived, with its check-in: where most tests of the loop begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.models import Term, Title
from catalog.services.titles import search_text_of
from outreach.models import CheckIn, Letter, Message, Pick
from outreach.services.checkins import GivenAnswer, record_answers, schedule_check_in
from outreach.services.links import url_for
from outreach.services.outbox import queue_message
from patrons.models import Patron
from relcrm.kit.mail import Rendered
from tests.builders import NOON, make_letter, make_patron, make_request, make_title

DAY = timedelta(days=1)
HOST = "http://testserver"


@dataclass
class Loop:
    """One patron, one letter that was sent at NOON, its picks and its check-in."""

    patron: Patron
    letter: Letter
    picks: list[Pick]
    check_in: CheckIn

    def path(self, *, now: datetime = NOON, tail: str = "") -> str:
        """The path of the check-in page as mailed at `now`."""
        self.patron.refresh_from_db()
        url = url_for(purpose="checkin", object_key=str(self.check_in.pk), patron=self.patron, now=now)
        return url.removeprefix(HOST) + tail

    def answer(self, *values: str, now: datetime = NOON + 22 * DAY, why: str | None = "") -> None:
        """Answer the picks in order; an empty value leaves that pick out."""
        given = {pick.pk: GivenAnswer(value, why) for pick, value in zip(self.picks, values, strict=False) if value}
        record_answers(check_in=self.check_in, answers=given, learned=None, comment=None, now=now)
        self.check_in.refresh_from_db()

    def mails(self, purpose: str) -> list[Message]:
        return list(Message.objects.filter(purpose=purpose, object_key=f"check_in:{self.check_in.pk}"))


def arrived(letter: Letter, *, state: str = "sent") -> Message:
    """The letter's own mail, as it stands in the outbox."""
    message = queue_message(
        purpose="letter",
        object_key=str(letter.pk),
        kind="answering",
        patron=letter.request.patron,
        rendered=Rendered("A letter", "Dear reader\n", "<p>Dear reader</p>"),
        links={"letter": str(letter.pk)},
        thread=letter.request.thread,
        now=NOON,
    )
    Message.objects.filter(pk=message.pk).update(state=state)
    return message


def make_loop(*consents: str, titles: tuple[Title, ...] = (), **patron: object) -> Loop:
    """A letter with two picks (or `titles`) that arrived at NOON, and its check-in. Default consent: check_in."""
    reader = make_patron(*(consents or ("check_in",)), **patron)
    chosen = titles or (make_title(name="The Summer Book"), make_title(name="L'Anomalie"))
    letter = make_letter(make_request(reader, state="answered"), titles=chosen, sent_at=NOON)
    arrived(letter)
    check_in = schedule_check_in(letter=letter, now=NOON)
    assert check_in is not None
    return Loop(reader, letter, list(letter.picks.order_by("position")), check_in)


def make_described(name: str, *terms: tuple[str, str], authors: tuple[str, ...] = ("Tove Jansson",)) -> Title:
    """A title of the catalogue with its terms."""
    title = make_title(name=name, authors=list(authors), search_text=search_text_of(name=name, authors=authors))
    title.terms.set([Term.objects.get_or_create(kind=kind, name=words)[0] for kind, words in terms])
    return title
