"""Comments from the library's pages: entered once, answered there, counted without knowing who it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from engagement.models import Interaction, Promise
from library.services.privacy import Limits
from outreach.models import Message, Reply, Thread, ThreadTurn
from outreach.services.comment_files import CommentsNotRead, read_comments
from outreach.services.comments import Comment, enter_comment
from outreach.services.thread_words import count_old_words, forget_old_words
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.outreach.inboxes import HOUR, make_reply, make_thread, signed_in, write

SAID = Comment("Facebook", "Is the branch open on Sunday?", NOON - HOUR, author="Dana R.")


def enter(comment: Comment = SAID, **over: Any) -> Thread:
    thread, _new = enter_comment(comment=comment, branch=over.get("branch"), patron=over.get("patron"), now=NOON)
    return Thread.objects.get(pk=thread.pk)


@pytest.mark.django_db
def test_a_comment_waits_for_an_answer_like_a_mail() -> None:
    thread = enter()
    reply = Reply.objects.get(thread=thread)
    assert (thread.channel, thread.patron, thread.author, thread.page) == ("social", None, "Dana R.", "Facebook")
    assert (thread.waiting_since, reply.text, reply.matched_by) == (NOON - HOUR, SAID.words, "entered")
    assert thread.promise
    assert thread.promise.due_at > NOON
    assert thread.promise.patron is None


@pytest.mark.django_db
def test_the_same_comment_is_one_thread_however_it_comes() -> None:
    keyed = Comment("Facebook", "First words", NOON, key="123")
    enter(keyed)
    enter(Comment("facebook", "Words the page shows later", NOON + HOUR, key="123"))
    enter(Comment("Instagram", "First words", NOON, key="123"))
    enter()
    enter()
    assert Thread.objects.count() == Reply.objects.count() == 3


@pytest.mark.django_db
def test_what_she_answered_there_is_written_down_and_counted() -> None:
    thread, by = enter(), make_staff(name="")
    turn = write(thread, by, "On Sundays from ten to two.", way="page", minutes=3)
    assert turn.words == "On Sundays from ten to two."
    assert not Message.objects.exists()
    line = Interaction.objects.get(kind="reply_answered")
    assert (line.patron, line.staff, line.minutes, line.wait_minutes) == (None, by, 3, 180)
    assert Promise.objects.get().kept_at
    thread.refresh_from_db()
    assert thread.waiting_since is None


@pytest.mark.django_db
def test_a_linked_reader_may_be_answered_by_mail_and_gets_the_line() -> None:
    patron = make_patron("profile")
    thread = enter(patron=patron)
    write(thread, make_staff())
    mail = Message.objects.get()
    assert mail.to_address == patron.email
    assert mail.subject.endswith("answers you")
    assert Interaction.objects.get(kind="reply_answered").patron == patron


def table(*lines: str, head: str = "page,author,words,said_at,address,key") -> bytes:
    return "\n".join([head, *lines]).encode()


def read(tmp_path: Path, content: bytes) -> list[Comment]:
    path = tmp_path / "comments.csv"
    path.write_bytes(content)
    return read_comments(path=path, branch=None, now=NOON)


@pytest.mark.django_db
def test_a_table_is_read_as_text_whatever_it_looks_like(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        table(
            'Facebook,Dana,"=HYPERLINK(""x"")",2026-11-22 18:05,https://example.org/c/1,17',
            'Google,,"Two\nlines, \x85one comma",22.11.2026,,',
        ),
    )
    assert [row.words for row in rows] == ['=HYPERLINK("x")', "Two\nlines, one comma"]
    assert rows[0].key == "17"
    assert rows[1].author == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (table(), "no comment below"),
        (b"", "empty"),
        (b"\x00\x01\x02", "not a text file"),
        (b"PK\x03\x04", "workbook"),
        (b'[{"page": "x"}]', "Save it as CSV"),
        (table("x", head="page"), "no column words"),
        (table("Facebook,D,Hello,2026-11-20,,1", ",D,,someday,javascript:alert(1),"), "Line 3: "),
        (table("Facebook,D,Hello,2031-01-01,,"), "lies ahead"),
        (table("Facebook,D,Hello,2001-01-01,,"), "more than a year ago"),
        (table("Facebook,D,Hello,2026-11-20,javascript:alert(1),"), "begins with https://"),
        (table('Facebook,D,"never closed,2026-11-20,,'), "Line 2: "),
        (table(f"Facebook,D,{'x' * 6001},2026-11-20,,"), "longer than 6000"),
        (table(*(f"Facebook,D,Hello {n},2026-11-20,,{n}" for n in range(1001))), "more than 1,000"),
    ],
)
def test_a_table_with_a_mistake_is_not_read_at_all_and_says_where(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(CommentsNotRead) as met:
        read(tmp_path, content)
    assert any(said in problem for problem in met.value.problems), met.value.problems
    assert len(met.value.problems) <= 20


@pytest.mark.django_db
def test_the_page_takes_a_table_once_and_all_or_nothing() -> None:
    client, day = signed_in(make_staff()), timezone.now().date()
    good = table(f"Facebook,Dana,Hello,{day},,1", f"Facebook,Tom,Well done,{day},,2")

    def bring(content: bytes) -> str:
        file = SimpleUploadedFile("comments.csv", content)
        return client.post(reverse("inbox_comments"), {"file": file}, follow=True).content.decode()

    assert "Nothing was entered" in bring(good + b"\nFacebook,,,,,")
    assert not Thread.objects.exists()
    assert "2 comments came in." in bring(good)
    assert "0 comments came in; 2 were here already." in bring(good)
    assert Thread.objects.count() == 2
    assert "There is a problem" in client.post(reverse("inbox_comments")).content.decode()
    assert "larger than 1 MB" in bring(b"x" * 1_000_001)
    assert not Thread.objects.exclude(page="Facebook").exists()


@pytest.mark.django_db
def test_the_form_says_what_is_missing_and_links_only_a_reader_who_is_named() -> None:
    here = make_branch()
    patron = make_patron(branch=here, name="Dana R.")
    foreign = make_patron(branch=make_branch())
    user = make_staff()
    user.branches.add(here)
    client, where = signed_in(user), reverse("inbox_comment")
    page = client.post(where, {"words": "x" * 6001, "said_at": "never", "address": "javascript:alert(1)"})
    assert "Say on which page it was" in page.content.decode()
    good = {"page": "Facebook", "author": "Dana R.", "words": "Hello", "said_at": f"{timezone.now():%Y-%m-%dT%H:%M}"}
    client.post(where, good)
    assert Thread.objects.get().patron is None
    for unknown in (foreign.public_id, "P-NOBODY"):
        assert "Nobody has this card number" in client.post(where, good | {"reader": unknown}).content.decode()
    client.post(where, good | {"words": "Hello again", "reader": patron.public_id})
    assert Thread.objects.get(patron=patron).branch == here
    assert "here already" in client.post(where, good, follow=True).content.decode()
    assert Thread.objects.count() == 2


def limits(at: datetime) -> Limits:
    return Limits(**dict.fromkeys(Limits.__dataclass_fields__, at))


@pytest.mark.django_db
def test_words_are_let_go_of_in_time_and_a_stranger_leaves_no_name() -> None:
    strange, waits, known = enter(), enter(Comment("Google", "Still waiting", NOON - HOUR)), make_thread()
    write(strange, make_staff(), way="page")
    make_reply(known, quoted="> Dear reader")
    make_reply(None)
    before = limits(NOON + 10 * HOUR)
    still = Limits(**vars(before) | {"unanswered": NOON - timedelta(days=30)})
    assert count_old_words(before=limits(NOON - 10 * HOUR)) == 0
    assert count_old_words(before=still) == forget_old_words(before=still) == 4
    strange.refresh_from_db()
    waits.refresh_from_db()
    assert (strange.author, Reply.objects.get(thread=strange).from_name) == ("", "")
    assert Reply.objects.get(thread=waits).text == "Still waiting"
    assert set(Reply.objects.exclude(thread=waits).values_list("text", "quoted")) == {("", "")}
    assert ThreadTurn.objects.get().words == ""
    assert not Reply.objects.filter(thread=None).exists()
    assert forget_old_words(before=still) == 0
    assert forget_old_words(before=before) == 1
