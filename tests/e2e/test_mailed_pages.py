"""The pages behind mailed links, as a reader meets them: axe-core, CSP, other hosts, two themes, three widths."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.stack import Stack
from tests.e2e.test_every_page import look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
LINKS = """
from django.utils import timezone
from engagement.models import Pulse
from outreach.models import CheckIn
from relcrm.kit.links import make_token, path_for
now = timezone.now()
check_in = CheckIn.objects.filter(answered_at__isnull=False).order_by("pk").first()
patron = check_in.letter.request.patron
pulse = Pulse.objects.create(patron=patron, wave="yearly", audience="adult", language="en", asked_at=now)
keys = {"pulse": pulse.pk, "letter": check_in.letter_id, "checkin": check_in.pk, "unsubscribe": f"{patron.pk}-check_in"}
for purpose, key in keys.items():
    print(path_for(purpose, make_token(purpose, str(key), patron.link_generation, now=now)))
"""


def test_the_pages_behind_mailed_links(stack: Stack, page: Page) -> None:
    printed = stack.manage("shell", "--no-imports", "-c", LINKS).split()
    pulse, letter, check_in, unsubscribe = printed[-4:]
    paths = [pulse, letter, check_in, f"{check_in}thanks/", unsubscribe]
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
    assert look_at(page, stack, paths) == []
