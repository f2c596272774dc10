"""A librarian reads what the reader wrote, and can open all the rest."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.mail.own_words.signatures import sent_from
from outreach.mail.own_words.splitting import split_words
from tests.outreach.endless_words import ENDLESS
from tests.outreach.own_words_samples import BLOCKS, INTRODUCTIONS, NOT_SENT_FROM, SENT_FROM

LETTER = "Dear Anna,\n\nhow did you like the books?\n\nIris Abela"
ASKED = "> Did you like it?\n>\n> Iris"
CASES = [(words, line) for words, lines in INTRODUCTIONS.values() for line in lines]


def quoted(words: str) -> str:
    return "\n".join(f"> {line}" for line in words.split("\n"))


@pytest.mark.parametrize(("words", "line"), CASES)
def test_an_answer_above_a_quoted_letter_is_told_in_every_language(words: str, line: str) -> None:
    for below in (LETTER, quoted(LETTER), f"\n{quoted(LETTER)}"):
        split = split_words(f"{words}\n\n{line}\n{below}\n")
        assert split.text == words
        assert split.quoted.startswith(line)


@pytest.mark.parametrize(("words", "line"), [case for case in CASES if " <iris@" in case[1] and case[1].endswith(":")])
def test_a_wrapped_introduction_is_one(words: str, line: str) -> None:
    name, address = line.split("<", 1)
    assert split_words(f"{words}\n\n{name.rstrip()}\n<{address}\n\n{quoted(LETTER)}\n").text == words
    assert split_words(f"{words}\n\n{name}<\n{address}\n\n{quoted(LETTER)}\n").text == words


@pytest.mark.parametrize("block", BLOCKS)
def test_the_fields_of_a_quoted_mail_end_the_answer(block: str) -> None:
    words = "Thank you.\n\nAnna"
    split = split_words(f"{words}\n\n{block}\n\n{LETTER}\n")
    assert (split.text, split.quoted) == (words, f"{block}\n\n{LETTER}")


@pytest.mark.parametrize("line", SENT_FROM)
def test_what_a_program_puts_under_a_mail_is_folded_away(line: str) -> None:
    assert split_words(f"Thank you, I loved it.\n\n{line}\n") == split_words(f"Thank you, I loved it.\n{line}")
    assert split_words(f"Thank you, I loved it.\n\n{line}\n").text == "Thank you, I loved it."
    assert split_words(f"Thank you, I loved it.\n\n{line}\n").quoted == line


@pytest.mark.parametrize("line", NOT_SENT_FROM)
def test_a_sentence_is_no_signature(line: str) -> None:
    assert not sent_from(line)
    assert split_words(f"Hello,\n\n{line}\n").text == f"Hello,\n\n{line}"


def test_answers_between_and_below_quotes_keep_what_they_answer() -> None:
    line = "On 3/3/25 14:05, Iris Abela wrote:"
    split = split_words(f"Hello,\n\n{line}\n{ASKED}\n\nYes, very much.\n\n> And the other one?\n\nNot yet.\n\n> Iris\n")
    assert split.text == f"Hello,\n\n{ASKED}\n\nYes, very much.\n\n> And the other one?\n\nNot yet."
    assert split.quoted.split() == f"{line}\n> Iris".split()


def test_an_answer_below_the_whole_letter_stands_alone() -> None:
    assert split_words(f"On 3/3/25 14:05, Iris Abela wrote:\n{quoted(LETTER)}\n\nYes, I loved it.\nAnna\n").text == (
        "Yes, I loved it.\nAnna"
    )


def test_a_signature_below_a_quoted_letter_is_no_answer() -> None:
    mail = (
        f"Yes, I loved both of them. Thank you!\n\nOn 3/3/25 14:05, Iris Abela wrote:\n\n{ASKED}\n\n{{}}\nAnna Borg\n"
    )
    assert split_words(mail.format("")).text == "Yes, I loved both of them. Thank you!"
    pointing = mail.replace("Thank you!", "See my answers below.").format("The second one was sad.")
    assert split_words(pointing).text.endswith("The second one was sad.\nAnna Borg")


@pytest.mark.parametrize(
    "under",
    [
        "-- \nAnna Borg\n12 Old Street",
        "--\nAnna",
        "—\nAnna Borg",
        "_______________________\nAnna Borg\nBaker",
        "-Anna",
        "CONFIDENTIALITY NOTICE: this message is for the person it was sent to.\nDelete it.",
        "Diese E-Mail kann vertrauliche Informationen enthalten.",
        f"-- \nAnna Borg\n\nOn 3/3/25 14:05, Iris Abela wrote:\n{ASKED}",
    ],
)
def test_signatures_and_notices_are_folded_away(under: str) -> None:
    assert split_words(f"I loved it.\n\nBest regards,\nAnna\n\n{under}\n") == split_words(
        f"I loved it.\r\n\r\nBest regards,\r\nAnna\r\n\r\n{under}\r\n".replace("\r\r", "\r")
    )
    assert split_words(f"I loved it.\n\nBest regards,\nAnna\n\n{under}\n").text == "I loved it.\n\nBest regards,\nAnna"


@pytest.mark.parametrize(
    "words",
    [
        "I liked:\n\n- the first\n- the second -- a lot\n\nAnna",
        "On Thursday I finished it. As my mother wrote: read on.\n\nOn the other hand, it is long.",
        "From: the author of Emma.\nI would like more.",
        "A: yes\nB: no",
        "First part\n\n----\n\nSecond part\n\n----\n\nThird part",
        "```\n-- \nnot a signature\n> not a quote\n```\nAs I said.",
        "My plan:\n\n-\nFirst.\n*\nSecond.",
        "I rate it 5 > 4.\nx -> y\n<b>bold</b>",
        "Le livre que vous avez envoyé était beau.\nAm Montag komme ich.\nOp die tafel.",
    ],
)
def test_own_words_that_look_like_something_else_are_left_alone(words: str) -> None:
    assert split_words(words) == split_words(words + "\n\n")
    assert (split_words(words).text, split_words(words).quoted) == (words, "")


def test_nothing_but_a_quote_is_nobody_s_answer() -> None:
    assert split_words(f"On 3/3/25 14:05, Iris Abela wrote:\n{quoted(LETTER)}\n").text == ""
    assert split_words("Sent from my iPhone\n").text == ""


HTML = {
    "gmail": '<div dir="ltr">I loved it.<div><br></div><div>Anna</div></div><br><div class="gmail_quote">'
    '<div class="gmail_attr">On Mon, 3 Mar 2025, Iris wrote:<br></div><blockquote>Dear Anna</blockquote></div>',
    "apple": '<body>I loved it.<br><br>Anna<br><div><blockquote type="cite"><div>On 3 Mar 2025, at 14:05, Iris '
    "&lt;i@x.example&gt; wrote:</div><div>Dear Anna</div></blockquote></div></body>",
    "thunderbird": '<p>I loved it.</p><p>Anna</p><div class="moz-cite-prefix">On 3/3/25, Iris said:</div>'
    "<blockquote>Dear Anna</blockquote>",
    "outlook": '<p class="MsoNormal">I loved it.</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>Anna</p>'
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class=MsoNormal><b>Xyz:</b> Iris</p></div>'
    "<p class=MsoNormal>Dear Anna</p>",
    "outlook on the web": "<div>I loved it.</div><div><br></div><div>Anna</div><div id=appendonsend></div><hr>"
    '<div id="divRplyFwdMsg"><b>Van:</b> Iris</div><div>Dear Anna</div>',
    "yahoo": '<div>I loved it.</div><div><br></div><div>Anna</div><div id="yahoo_quoted_1" class="yahoo_quoted">'
    "<div>Dear Anna</div></div>",
}


@pytest.mark.parametrize("program", HTML)
def test_html_is_cut_where_its_markup_says_so(program: str) -> None:
    page = f"<html><head><style>p{{}}</style><title>x</title></head><body><!-- y -->{HTML[program]}</body></html>"
    split = split_words("", page)
    assert split.text == "I loved it.\n\nAnna"
    assert "Dear" in split.quoted
    # A text part without a mark is cut where the HTML part is; one that says something else is left alone.
    assert split_words("I *loved* it.\n\nAnna\n\nIris said\nDear Anna\n", page).text == "I *loved* it.\n\nAnna"
    assert split_words("Something else.\n", page).text == "Something else."


PIECES = st.one_of(
    st.sampled_from(
        [line for _words, line in CASES] + list(BLOCKS) + list(SENT_FROM) + [LETTER, ASKED, "-- ", "---", "```"]
    ),
    st.text(max_size=40),
    st.sampled_from(
        ["", ">", "> x", "wrote:", "On", "From: x", "<", "\x0c", "\u200b", "Dear Iris,", "a@b.example 2025:"]
    ),
)


@given(
    st.lists(PIECES, max_size=12).map("\n".join),
    st.sampled_from(["", "<p>x", "<blockquote>y", "<div class=gmail_quote>z"]),
)
@settings(max_examples=80, deadline=None)
def test_every_line_is_kept_on_one_side_or_the_other(text: str, html: str) -> None:
    split = split_words(text, html if text.strip() else "")
    lines = re.split(r"\r\n|\r|\n", text)
    kept = [line.strip() for part in (split.text, split.quoted) for line in part.split("\n") if line.strip()]
    assert sorted(kept) == sorted(line.strip() for line in lines if line.strip())


@given(st.text(max_size=400), st.text(alphabet=st.sampled_from("<>/=\"'!-&; abdivpclockquote"), max_size=400))
@settings(max_examples=60, deadline=None)
def test_no_mail_breaks_it(text: str, html: str) -> None:
    split_words(text, html)
    split_words("", html)


@given(
    st.lists(st.sampled_from(["I loved it.", "", "Thank you, Iris.", "- one", "Anna", "Is there more?"]), max_size=12)
)
def test_words_without_a_quote_come_through_and_stay(lines: list[str]) -> None:
    words = "\n".join(lines).strip()
    assert split_words(words) == split_words(split_words(words).text)
    assert split_words(words).text == words


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_words_come_to_an_end(name: str) -> None:
    """How soon, and that the time grows with the length only, `make bench ONLY=mail-growth` says."""
    split = split_words(ENDLESS[name], "")
    assert len(split.text) + len(split.quoted) <= len(ENDLESS[name])
    split_words("", ENDLESS[name])
