"""The inbox as librarians meet it: who waits, answering in place, going on."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from engagement.models import Promise
from outreach.models import Message, Reply, ReplyFile, Thread, ThreadTurn
from outreach.services.comments import Comment, enter_comment
from outreach.services.privacy import export_for
from patrons.models import Patron
from patrons.services.suppressions import suppress_address
from relcrm.desk.services.own_record import read_my_page, reader_rows
from relcrm.kit.names_of_files import safe_name
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.outreach.inboxes import HOUR, make_reply, make_thread, make_waiting, signed_in, write

NOT_FOR_YOU, NOT_FOUND, CONFLICT, NOT_VALID = 403, 404, 409, 422
MOST = 10
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><svg onload=alert(1)>",
    "{{ 7*7 }} {% load x %} {link:my}",
    "'; drop table outreach_thread; --",
    "\u202egnp.exe\u202c\u2066 \u200f",
    "javascript:alert(1)",
    "=cmd|'/c calc'!A1",
    "a\u0000b".replace("\u0000", "\ufffd"),
    "&lt;b&gt; &#x3c;",
)


def page_of(client: Client, name: str, *args: object, **query: str) -> str:
    return client.get(reverse(name, args=args), query).content.decode()


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the answer as the page has them."""
    found = {name: re.search(f'name="{name}" value="([^"]*)"', page) for name in ("version", "seen")}
    return {name: match[1] for name, match in found.items() if match}


@pytest.fixture
def librarian() -> Client:
    return signed_in(make_staff(name="Amara Nkosi"))


@pytest.mark.django_db
def test_the_list_shows_their_words_the_longest_waiting_first_and_what_is_late(librarian: Client) -> None:
    now = timezone.now()
    make_waiting(make_patron(name="Second"), at=now - timedelta(days=1), text="And mine?")
    make_waiting(make_patron(name="First"), at=now - timedelta(days=9), text="Is there another like it?")
    page = page_of(librarian, "inbox")
    assert page.index("First") < page.index("Is there another like it?") < page.index("Second")
    assert "late by" in page
    assert "Wrote 9 days ago" in page
    assert "Wrote yesterday" in page


@pytest.mark.django_db
def test_the_views_part_what_waits(librarian: Client) -> None:
    me = librarian.session["_auth_user_id"]
    mine, free, off = (make_waiting(make_patron(name=name)) for name in ("Mine", "Free", "Later"))
    Thread.objects.filter(pk=mine.pk).update(assigned_to=me)
    Thread.objects.filter(pk=off.pk).update(snoozed_until=timezone.now() + timedelta(days=1))
    make_reply(None, from_name="Lost")
    write(make_waiting(make_patron(name="Done")), make_staff(), now=timezone.now())
    seen = {view: page_of(librarian, "inbox", view=view) for view in ("all", "mine", "free", "put-off", "tray", "done")}
    names = ("Mine", "Free", "Later", "Lost", "Done")
    shown = {view: {name for name in names if f"<bdi>{name}</bdi></a>" in page} for view, page in seen.items()}
    assert shown == {
        "all": {"Mine", "Free"},
        "mine": {"Mine"},
        "free": {"Free"},
        "put-off": {"Later"},
        "tray": {"Lost"},
        "done": {"Done"},
    }
    Thread.objects.filter(pk=off.pk).update(snoozed_until=timezone.now() - timedelta(minutes=1))
    assert "<bdi>Later</bdi></a>" in page_of(librarian, "inbox")
    assert free.pk


@pytest.mark.django_db
@pytest.mark.parametrize("view", ["all", "mine", "free", "put-off", "tray", "done", "no such view"])
def test_an_empty_view_says_what_to_do(librarian: Client, view: str) -> None:
    page = page_of(librarian, "inbox", view=view, place="nonsense", done="turn-99")
    assert "data-rows" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("view", ["all", "put-off", "tray", "done"])
def test_page_after_page_shows_everything_once_in_few_queries(librarian: Client, view: str) -> None:
    now, by = timezone.now(), make_staff()
    patron = make_patron()
    for number in range(30):
        at = now - timedelta(hours=number // 2)
        if view == "tray":
            make_reply(None, at=at, from_name=f"No {number:02}!", proposed=None)
            continue
        thread, _new = enter_comment(
            comment=Comment("Facebook", "Hello", at, f"No {number:02}!"), branch=None, patron=None, now=at
        )
        if view == "put-off":
            Thread.objects.filter(pk=thread.pk).update(snoozed_until=now + timedelta(days=1 + number // 2))
        if view == "done":
            write(thread, by, way="page", now=at)
    assert patron
    where, met = reverse("inbox") + f"?view={view}", []
    while where:
        with CaptureQueriesContext(connection) as asked:
            page = librarian.get(where).content.decode()
        assert len(asked) <= MOST
        met += re.findall(r"<bdi>(No \d\d!)</bdi></a>", page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        where = html.unescape(more[1]) if more else ""
    assert sorted(met) == [f"No {number:02}!" for number in range(30)]


@pytest.mark.django_db
def test_a_thread_tells_everything_in_order_and_what_is_no_reply_as_what_it_is(librarian: Client) -> None:
    thread = make_waiting(text="Is there another?", quoted="> Dear reader", from_address="other@example.org")
    make_reply(thread, kind="auto_reply", text="I am away.", at=NOON + 2 * HOUR)
    make_reply(thread, kind="bounce", text="No such user", reported_address="iris@example.org", status="5.1.1")
    page = page_of(librarian, "inbox_thread", thread.pk)
    assert page.index("Asked for suggestions") < page.index("Letter from") < page.index("Is there another?")
    assert "A machine wrote this, not a reader." in page
    assert "A mail server reports on" in page
    assert "Written from <bdi>other@example.org</bdi>, not from the address on file." in page
    assert re.search(r"<details><summary[^>]*>Quoted words and signature", page)
    with CaptureQueriesContext(connection) as asked:
        page_of(librarian, "inbox_thread", thread.pk)
    assert len(asked) <= MOST


@pytest.mark.django_db
def test_answering_in_place_and_taking_it_back(librarian: Client) -> None:
    thread = make_waiting()
    page = page_of(librarian, "inbox_thread", thread.pk)
    where = reverse("inbox_thread", args=[thread.pk])
    sent = librarian.post(where, fields(page) | {"words": "Yes, two.", "action": "send", "minutes": "4"}, follow=True)
    assert "Your answer to <bdi>Iris Marsh</bdi> has not left yet." in sent.content.decode()
    assert "Everyone who wrote has an answer." in sent.content.decode()
    assert Message.objects.get(purpose="reply").from_name == "Amara Nkosi"
    back = librarian.post(reverse("inbox_undo", args=[thread.pk]), follow=True).content.decode()
    assert "The answer did not leave. It is a draft again." in back
    assert "Yes, two.</textarea>" in back
    assert not Message.objects.filter(purpose="reply").exists()


@pytest.mark.django_db
def test_an_answer_stopped_among_the_messages_waits_again_and_keeps_its_words(librarian: Client) -> None:
    thread = make_waiting()
    where = reverse("inbox_thread", args=[thread.pk])
    typed = fields(page_of(librarian, "inbox_thread", thread.pk)) | {"words": "Yes, two.", "action": "send"}
    librarian.post(where, typed)
    message = Message.objects.get(purpose="reply")
    stop = reverse("message_settle", args=[message.pk])
    assert "waits in the inbox as a draft" in librarian.post(stop, {"action": "cancel"}, follow=True).content.decode()
    thread.refresh_from_db()
    assert (thread.draft, thread.turns.count()) == ("Yes, two.", 0)
    assert thread.waiting_since


@pytest.mark.django_db
def test_an_answer_that_did_not_reach_its_reader_says_why(librarian: Client) -> None:
    thread, user = make_waiting(), make_staff()
    message = write(thread, user).message
    assert message
    Message.objects.filter(pk=message.pk).update(state="cancelled", reason="Nothing may be sent to this address.")
    page = page_of(librarian, "inbox_thread", thread.pk)
    assert "did not reach its reader" in page
    assert "nobody waits" not in page
    assert "Nothing may be sent to this address." in page


@pytest.mark.django_db
def test_a_second_librarian_reads_that_it_was_answered_and_keeps_her_words(librarian: Client) -> None:
    thread = make_waiting()
    page = page_of(librarian, "inbox_thread", thread.pk)
    turn = write(thread, make_staff(name="Ben Achterberg"), "Done.")
    ThreadTurn.objects.filter(pk=turn.pk).update(at=timezone.now() - timedelta(minutes=1))
    typed = fields(page) | {"words": "Mine too.", "action": "send"}
    where = reverse("inbox_thread", args=[thread.pk])
    # Sending emptied the draft she had begun with: first the two texts are shown, then who answered.
    assert librarian.post(where, typed).status_code == CONFLICT
    met = librarian.post(where, typed | {"keep": str(Thread.objects.get().draft_version)}).content.decode()
    assert re.search(r"Ben Achterberg\s+answered 1.minute ago", met)
    assert "Mine too.</textarea>" in met
    assert Message.objects.filter(purpose="reply").count() == 1
    librarian.post(where, fields(met) | {"words": "Mine too.", "action": "send"})
    assert Message.objects.filter(purpose="reply").count() == 2


@pytest.mark.django_db
def test_the_script_saves_as_it_is_typed_and_learns_of_conflicts(librarian: Client) -> None:
    thread = make_waiting()
    where, fetch = reverse("inbox_thread", args=[thread.pk]), {"X-Requested-With": "fetch"}
    saved = librarian.post(where, {"words": "Dear", "version": "0"}, headers=fetch)
    assert 'data-version="1"' in saved.content.decode()
    met = librarian.post(where, {"words": "Hello", "version": "0"}, headers=fetch)
    assert met.status_code == CONFLICT
    assert "Nothing was overwritten" in met.content.decode()
    assert librarian.post(where, {"words": "x" * 6001}, headers=fetch).status_code == NOT_VALID
    assert Thread.objects.get().draft == "Dear"
    kept = librarian.post(where, {"words": "x" * 6001, "action": "send"}).content.decode()
    assert "Keep this under 6,000 characters." in kept
    assert "x" * 6001 in kept


@pytest.mark.django_db
def test_what_cannot_be_mailed_is_said_before_and_after(librarian: Client) -> None:
    thread = make_waiting()
    assert thread.patron
    suppress_address(address=thread.patron.email, reason="There is no such mailbox.", now=NOON)
    page = page_of(librarian, "inbox_thread", thread.pk)
    assert "takes no mail from us" in page
    met = librarian.post(
        reverse("inbox_thread", args=[thread.pk]), fields(page) | {"words": "Yes.", "action": "send"}
    ).content.decode()
    assert "Your words wait here." in met
    assert Thread.objects.get().draft == "Yes."


@pytest.mark.django_db
def test_words_typed_for_a_thread_that_is_gone_are_shown_again(librarian: Client) -> None:
    where = reverse("inbox_thread", args=[12345])
    for action in ("save", "send", "page"):
        met = librarian.post(where, {"words": "<b>Dear</b> Iris", "action": action})
        assert met.status_code == NOT_FOUND
        assert "&lt;b&gt;Dear&lt;/b&gt; Iris</textarea>" in met.content.decode()
    assert librarian.get(where).status_code == NOT_FOUND


@pytest.mark.django_db
def test_taking_handing_over_and_only_to_a_colleague_of_the_branch(librarian: Client) -> None:
    thread = make_waiting()
    elsewhere, here, left = make_staff(), make_staff(name="Ben"), make_staff(is_active=False)
    elsewhere.branches.add(make_branch())
    assert thread.branch
    here.branches.add(thread.branch)
    where = reverse("inbox_assign", args=[thread.pk])
    librarian.post(where, {"to": "me", "back": "list", "view": "mine"})
    assert str(Thread.objects.get().assigned_to) == "Amara Nkosi"
    for nobody in (elsewhere.pk, left.pk, make_staff("manager").pk, 2**70, "x"):
        librarian.post(where, {"to": nobody})
        assert str(Thread.objects.get().assigned_to) == "Amara Nkosi"
    assert "It is Ben’s to answer." in librarian.post(where, {"to": here.pk}, follow=True).content.decode()
    librarian.post(where, {"to": ""})
    assert Thread.objects.get().assigned_to is None


@pytest.mark.django_db
def test_putting_off_comes_back_and_never_leads_into_the_past(librarian: Client) -> None:
    thread = make_waiting()
    where = reverse("inbox_later", args=[thread.pk])
    page = librarian.post(where, {"days": "1"}, follow=True).content.decode()
    assert "comes back on" in page
    assert page.count("Undo") == 1
    until = Thread.objects.get().snoozed_until
    assert until
    assert timezone.now() < until < timezone.now() + timedelta(days=2)
    librarian.post(where, {"action": "back"})
    yesterday = f"{timezone.now() - timedelta(days=1):%Y-%m-%d}"
    for bad in ({"day": yesterday}, {"day": "2026-02-31"}, {"day": "9999-12-31"}, {"days": "2"}, {}):
        librarian.post(where, bad)
        assert Thread.objects.get().snoozed_until is None


@pytest.mark.django_db
def test_setting_aside_can_be_undone_and_opening_again_makes_it_hers(librarian: Client) -> None:
    thread = make_waiting()
    page = librarian.post(reverse("inbox_done", args=[thread.pk]), follow=True).content.decode()
    assert "is set aside without an answer" in page
    assert Promise.objects.get().withdrawn_at
    librarian.post(reverse("inbox_undo", args=[thread.pk]))
    assert Thread.objects.get().waiting_since == NOON + HOUR
    assert Promise.objects.open().count() == 1
    librarian.post(reverse("inbox_done", args=[thread.pk]))
    again = librarian.post(reverse("inbox_done", args=[thread.pk]), follow=True).content.decode()
    assert "a colleague was faster" in again
    librarian.post(reverse("inbox_reopen", args=[thread.pk]))
    opened = Thread.objects.get()
    assert opened.waiting_since
    assert str(opened.assigned_to) == "Amara Nkosi"


@pytest.mark.django_db
def test_a_file_is_saved_and_never_opened(librarian: Client) -> None:
    reply = make_waiting().replies.get()
    name = "../boats\r\nSet-Cookie: x=1\u202egnp.exe<script>.html"
    file = ReplyFile.objects.create(reply=reply, name=name, content_type="text/html", size=5, content=b"<b>hi")
    answer = librarian.get(reverse("inbox_file", args=[file.pk]))
    assert answer.content == b"<b>hi"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert not set("\r\n<>/\u202e") & set(answer.headers["Content-Disposition"])
    lost = ReplyFile.objects.create(reply=reply, name="big.iso", content_type="text/x", size=9**9, content=None)
    Reply.objects.filter(pk=reply.pk).update(thread=None)
    tray = page_of(librarian, "inbox_place", reply.pk)
    Reply.objects.filter(pk=reply.pk).update(thread=reply.thread)
    assert reverse("inbox_file", args=[file.pk]) in tray
    assert reverse("inbox_file", args=[lost.pk]) not in tray
    assert "was not kept" in tray
    assert librarian.get(reverse("inbox_file", args=[lost.pk])).status_code == NOT_FOUND
    stranger = make_staff()
    stranger.branches.add(make_branch())
    assert signed_in(stranger).get(reverse("inbox_file", args=[file.pk])).status_code == NOT_FOUND


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("C:\\evil\\a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
        ("", "file"),
        ("...", "file"),
        ('a"b.txt', "a_b.txt"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("ünï.txt", "ünï.txt"),
    ],
)
def test_names_of_files_lead_nowhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.django_db
@pytest.mark.parametrize("evil", HOSTILE)
def test_nothing_a_stranger_writes_becomes_part_of_a_page(librarian: Client, evil: str) -> None:
    patron = make_patron(name=evil[:120])
    thread = make_waiting(patron, text=evil, subject=evil, from_name=evil, from_address=evil, quoted=evil)
    reply = thread.replies.get()
    ReplyFile.objects.create(reply=reply, name=evil, content_type="x", size=1, content=b"x")
    tray = make_reply(None, text=evil, subject=evil, from_name=evil, from_address=evil, kind="other", status=evil[:20])
    comment = Comment(evil[:60], evil, timezone.now() - HOUR, evil, "https://example.org/?" + evil[:9])
    social, _new = enter_comment(comment=comment, branch=None, now=timezone.now())
    write(thread, make_staff(), evil, now=timezone.now())
    pages = [page_of(librarian, "inbox", view=view) for view in ("all", "tray", "done")]
    pages += [page_of(librarian, "inbox_thread", one.pk) for one in (thread, social)]
    pages += [page_of(librarian, "inbox_place", tray.pk, q=evil), page_of(librarian, "today")]
    pages += [page_of(librarian, "patron", patron.public_id)]
    for page in pages:
        assert "<script>alert" not in page
        assert not re.search(r"<(img|svg)[^>]*on(error|load)", page)
        assert 'href="javascript:' not in page
        assert ">49 " not in page
    mail = Message.objects.get(purpose="reply")
    assert "<script>alert" not in mail.body_html
    assert mail.body_text.count("{link:my}") == 1
    assert "\n" not in mail.subject


@pytest.mark.django_db
def test_today_and_the_card_tell_of_replies_and_answers(librarian: Client) -> None:
    thread = make_waiting(text="Is there another like it?", at=timezone.now() - timedelta(days=9))
    page = page_of(librarian, "today")
    assert "Replies to read" in page
    assert "1 late" in page
    assert "Is there another like it?" in page
    write(thread, make_staff(name="Ben Achterberg"), "Two of them.")
    assert "Replies to read" not in page_of(librarian, "today")
    assert thread.patron
    card = page_of(librarian, "patron", thread.patron.public_id)
    assert card.count("Wrote back") == 1
    assert card.count("Ben Achterberg answered") == 1
    assert "<strong>We answered their words" not in card


@pytest.mark.django_db
def test_other_roles_have_no_inbox() -> None:
    thread = make_waiting()
    for role in ("manager", "viewer", "admin"):
        client = signed_in(make_staff(role))
        assert client.get(reverse("inbox")).status_code == NOT_FOR_YOU
        assert client.get(reverse("inbox_thread", args=[thread.pk])).status_code == NOT_FOR_YOU
        assert not Thread.objects.visible_to(make_staff(role)).exists()
        assert not Reply.objects.visible_to(make_staff(role)).exists()
    assert make_thread()


@pytest.mark.django_db
def test_the_reader_sees_and_takes_along_what_both_sides_wrote() -> None:
    thread = make_waiting(text="Is there another like it?")
    make_reply(thread, kind="auto_reply", text="I am away.")
    write(thread, make_staff(name="Ben Achterberg"), "Two of them.")
    assert thread.patron
    patron = reader_rows(Patron.objects.filter(pk=thread.patron.pk)).get()
    story = {line.what: (line.words, line.who) for line in read_my_page(patron=patron, now=timezone.now()).story}
    assert story["wrote"] == ("Is there another like it?", "")
    assert story["we_answered"] == ("Two of them.", "Ben Achterberg")
    kept = export_for(patron=patron)
    assert [one["words"] for one in kept["answered_by_us"]] == ["Two of them."]
    assert {one["text"] for one in kept["replies"]} == {"Is there another like it?", "I am away."}
