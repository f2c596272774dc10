"""Setting up and using a second step in a real browser, on a phone's screen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.conftest import sign_in
from tests.e2e.stack import PASSWORD, Stack
from tests.e2e.test_every_page import LISTEN, axe_problems

pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 360, "height": 740}
CODE = r"^\d{8}$"


@pytest.fixture
def phone(browser: Browser, stack: Stack) -> Page:
    """A phone that can make passkeys. The address has a name, without which no browser gives one."""
    base = stack.base.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=base, viewport=PHONE, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(LISTEN)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def test_a_passkey_is_added_used_alone_and_as_a_second_step(stack: Stack, phone: Page) -> None:
    sign_in(phone, "viewer")
    codes = _add_a_passkey(phone)
    for use in (_passkey_alone, _password_and_passkey, lambda page: _password_and_code(page, codes[0])):
        _sign_out(phone)
        use(phone)
        phone.wait_for_url("**/reports/**")
        assert phone.evaluate("window.__csp") == []
    phone.goto("/accounts/second-step/")
    phone.get_by_role("link", name="Remove My phone").click()
    phone.get_by_role("button", name="Remove it").click()
    expect(phone.get_by_text("My phone", exact=True)).to_have_count(0)


def _add_a_passkey(phone: Page) -> list[str]:
    """Returns the ten recovery codes that come with the first one."""
    phone.goto("/accounts/second-step/")
    phone.get_by_role("link", name="Add a passkey").click()
    phone.get_by_label("What you call it").fill("My phone")
    assert axe_problems(phone) == []
    phone.get_by_role("button", name="Add it").click()
    expect(phone.get_by_role("heading", name="Recovery codes")).to_be_visible()
    phone.get_by_role("button", name="Show the codes").click()
    codes = phone.locator("code.key").all_inner_texts()
    assert len(codes) == 10
    assert all(re.match(CODE, code) for code in codes)
    assert axe_problems(phone) == []
    phone.get_by_role("link", name="I have them").click()
    expect(phone.get_by_text("My phone")).to_be_visible()
    assert phone.evaluate("window.__csp") == []
    return codes


def _passkey_alone(phone: Page) -> None:
    phone.get_by_role("button", name="Sign in with a passkey").click()


def _password_and_passkey(phone: Page) -> None:
    sign_in_by_password(phone)
    expect(phone.get_by_role("heading", name="And the second step")).to_be_visible()
    assert axe_problems(phone) == []
    phone.get_by_role("button", name="Use a passkey").click()


def _password_and_code(phone: Page, code: str) -> None:
    sign_in_by_password(phone)
    phone.get_by_label("The code").fill(code)
    phone.get_by_role("button", name="Sign in", exact=True).click()


def sign_in_by_password(page: Page) -> None:
    page.fill("[name=login]", "viewer")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/accounts/login/**")
