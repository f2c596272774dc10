"""What lies in the inbox: words that wait, a machine's answer, a comment from a page, and a mail nobody could place."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from outreach.mail.reading.incoming import Incoming
from outreach.models import Letter, Thread
from outreach.services.answering import Seen, save_answer, send_answer
from outreach.services.comments import Comment, enter_comment
from outreach.services.receiving import Taken, take_in
from outreach.services.reply_addresses import reply_address
from relcrm.desk.services.demo.story import Story

LATE, FRESH, ANSWERED, READ = timedelta(days=6), timedelta(hours=20), timedelta(days=3), timedelta(days=8)
QUESTION = (
    "I have finished the first one and could not stop. My sister wants to read it now as well. "
    "Is there another book by the same author, and could it be sent to the branch near her?"
)
THANKS = "Thank you. Nobody has ever chosen books for me like this. I took them on the train."
WONDER = "One thing: in the second book, is the dog all right in the end? I would rather know before I begin."
ABSENT = "Thank you for your message. I am away until the end of the month and read no mail before then."
LOST = "Hello, my daughter showed me your letter to her. Could I have one too? I read mostly about the sea."
PRAISE = "Went in for a printer, came out with three novels, because someone asked what I like. More of that."
WORRY = "Is the Harbour branch open between the holidays? Your page says yes and the door said no."
ANSWER = "The dog is fine, I promise. I looked it up to be sure. Read on without fear."


def plan_inbox(story: Story) -> None:
    """A week of mail, seen from today."""
    now = story.now
    story.plan(now - LATE, partial(write_back, story, 0, QUESTION))
    story.plan(now - ANSWERED - timedelta(hours=5), partial(write_back, story, 1, WONDER))
    story.plan(now - ANSWERED, partial(answer, story))
    story.plan(now - timedelta(days=2), partial(be_away, story))
    story.plan(now - FRESH, partial(write_back, story, 3, THANKS))
    story.plan(now - timedelta(hours=18), send_to_nobody)
    story.plan(now - timedelta(days=1, hours=3), partial(comment, story, "Facebook", "Dana R.", WORRY))
    story.plan(now - timedelta(hours=4), partial(comment, story, "Google", "Tomas Berg", PRAISE))


def write_back(story: Story, place: int, words: str, at: datetime) -> None:
    """A reader answers one of the latest letters."""
    letter = latest_letter(story, place)
    if letter:
        _receive(letter.request.thread, words, at)


def be_away(story: Story, at: datetime) -> None:
    """A mail program answers for its reader; nobody waits."""
    letter = latest_letter(story, 2)
    if letter:
        _receive(letter.request.thread, ABSENT, at, kind="auto_reply", subject="Out of office")


def send_to_nobody(at: datetime) -> None:
    """Somebody writes to the library's own address: it lies in the tray."""
    take_in(
        raw=Incoming(
            kind="reply",
            message_id="<demo-lost@example.com>",
            from_address="r.marsh@example.com",
            from_name="R. Marsh",
            to=("library@example.org",),
            subject="A letter for me too?",
            text=LOST,
        ),
        now=at,
    )


def comment(story: Story, page: str, author: str, words: str, at: datetime) -> None:
    """Entered by hand, some hours after it was said."""
    said = Comment(page=page, author=author, words=words, said_at=at - timedelta(hours=2))
    enter_comment(comment=said, branch=story.branches[0], now=at)


def answer(story: Story, at: datetime) -> None:
    """One of the replies was answered."""
    letter = latest_letter(story, 1)
    if letter is None:
        return
    by, thread = story.librarians[0], letter.request.thread
    draft = save_answer(thread=thread, by=by, words=ANSWER, version=None, now=at)
    newest = thread.replies.order_by("-pk").first()
    seen = Seen(newest.pk, thread.replies.count()) if newest else Seen()
    send_answer(thread=draft, by=by, seen=seen, now=at, minutes=4)


def latest_letter(story: Story, place: int) -> Letter | None:
    """The latest letters to grown-ups in English from before all this, whatever the year brought."""
    letters = Letter.objects.filter(sent_at__lt=story.now - READ)
    letters = letters.filter(request__language="en", request__audience="adult")
    letters = letters.select_related("request__thread", "request__patron").order_by("sent_at", "pk")
    rows = list(letters.reverse()[: place + 1])
    return rows[-1] if rows else None


def _receive(thread: Thread, words: str, at: datetime, *, kind: str = "reply", subject: str = "") -> Taken:
    patron = thread.patron
    return take_in(
        raw=Incoming(
            kind=kind,
            message_id=f"<demo-{kind}-{thread.pk}-{at.timestamp():.0f}@example.org>",
            from_address=patron.email if patron else "",
            from_name=patron.name if patron else "",
            to=(reply_address(thread=thread.pk),),
            subject=subject or "Re: A letter about books for you",
            text=words,
        ),
        now=at,
    )
