"""Scanners open links: GET and HEAD of every link of every mail, and five seconds in a browser, change no row."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import sign_in
from tests.e2e.stack import Stack
from tests.e2e.test_loop import WORDS, answer_request, ask, wait_for_mail

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
ADDRESS = "scanned@reader.example"
# Sessions, and the time of the beat's last tick.
NOT_OURS = ("library_session", "outreach_postbox")


def test_opening_links_changes_nothing(stack: Stack, page: Page) -> None:
    reference = ask(page, "en", "Scanned Reader", ADDRESS)
    wait_for_mail(stack, ADDRESS, 1)
    sign_in(page)
    answer_request(page, reference, WORDS["en"])
    stack.manage("tick", "--now", (datetime.now(UTC) + timedelta(minutes=2)).isoformat())
    wait_for_mail(stack, ADDRESS, 2)
    stack.manage("tick", "--now", (datetime.now(UTC) + timedelta(days=22)).replace(hour=12).isoformat())
    wait_for_mail(stack, ADDRESS, 3)
    links = {
        link.rstrip(".,)")
        for mail in stack.sink.messages
        if ADDRESS in mail.recipients
        for link in re.findall(
            r"https?://[^\s\"'<>]+", mail.text + mail.html + str(mail.mail.get("List-Unsubscribe", ""))
        )
    }
    assert len(links) >= 4
    before = stack.fingerprint(leave_out=NOT_OURS)
    for link in sorted(links):
        for method in ("GET", "HEAD") * 3:
            with suppress(urllib.error.HTTPError):
                urllib.request.urlopen(urllib.request.Request(link.replace("&amp;", "&"), method=method), timeout=10)  # noqa: S310  (http on loopback)
        page.goto(link.replace("&amp;", "&"))
        page.wait_for_timeout(5000)
    assert stack.fingerprint(leave_out=NOT_OURS) == before
