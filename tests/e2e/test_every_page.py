"""Every page as a person meets it: axe-core, CSP, other hosts, console, sideways scroll; two themes, three widths."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import sign_in
from tests.e2e.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
# A theme changes colours, a width the places of things: each is looked at, not each with each. Between the widest and
# the narrowest axe finds nothing new, so only the way a page fits is looked at there.
BETWEEN = 768
SEEN: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", 1280),
    ("light", BETWEEN),
    ("light", 320),
    ("dark", 320),
)
TAGS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
RUN_AXE = (
    "async tags => (await axe.run(document, tags)).violations"
    ".map(problem => `${problem.id}: ${problem.nodes[0].html.slice(0, 160)}`)"
)
LISTEN = (
    "window.__csp = [];"
    "document.addEventListener('securitypolicyviolation',"
    " e => window.__csp.push(e.violatedDirective + ' ' + e.blockedURI))"
)
UNFOLD = "document.querySelectorAll('main details').forEach(one => one.open = true)"
SIDEWAYS = "document.documentElement.scrollWidth > window.innerWidth + 1"

PUBLIC = (
    "/",
    "/suggest/",
    "/suggest/?language=es",
    "/suggest/embed/",
    "/my/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/nowhere/",
)
LIBRARIAN = (
    "/desk/",
    "/desk/requests/",
    "/desk/requests/?state=answered",
    "/desk/requests/?q=nothing-matches-this",
    "/desk/inbox/",
    "/desk/inbox/?view=tray",
    "/desk/inbox/?view=done",
    "/desk/inbox/?view=put-off",
    "/desk/inbox/?view=away",
    "/desk/inbox/comment/",
    "/desk/patrons/",
    "/desk/patrons/?q=nothing-matches-this",
    "/desk/messages/",
    "/desk/messages/?state=failed",
    "/desk/messages/addresses/",
    "/desk/messages/addresses/?lifted=1",
    "/desk/imports/",
    "/desk/imports/new/",
    "/desk/came-of-it/",
    "/desk/contact/",
    "/desk/due/",
    "/reports/",
    "/reports/figure/letters/",
    "/accounts/password/change/",
    "/accounts/sessions/",
)
MANAGER = (
    "/reports/",
    "/reports/?of=audience-child",
    "/reports/people/",
    "/reports/effort/",
    "/reports/outcomes/",
    "/reports/contact-mix/",
    "/reports/needs/",
    "/reports/experiments/",
    "/reports/load/",
    "/reports/definitions/",
    "/reports/figure/letters/",
    "/reports/figure/stages/",
    "/desk/settings/",
    "/accounts/second-step/",
    "/accounts/second-step/app/",
)
ADMIN = (
    "/desk/settings/",
    "/desk/settings/branches/",
    "/desk/settings/holidays/",
    "/desk/settings/holidays/public/",
    "/desk/settings/holidays/public/?country=DE&region=BY&year=2027",
    "/desk/settings/staff/",
    "/desk/settings/staff/new/",
    "/desk/settings/people/",
    "/desk/settings/mail/",
    "/desk/settings/mails/",
    "/desk/settings/mails/check_in/es/",
    "/desk/settings/audit/",
    "/accounts/second-step/passkeys/add/",
    "/desk/messages/",
    "/desk/messages/addresses/",
    "/desk/imports/",
)


def look_at(page: Page, stack: Stack, paths: list[str], *, unfolded: bool = False) -> list[str]:
    """What is wrong with these pages, one line each; empty when a person would notice nothing."""
    found: list[str] = []
    here = urlsplit(stack.base).netloc
    page.add_init_script(LISTEN)
    page.on(
        "console",
        lambda said: found.append(f"{page.url} console: {said.text}") if _is_trouble(said.type, said.text) else None,
    )
    page.on("pageerror", lambda error: found.append(f"{page.url} script: {error}"))
    page.on(
        "request", lambda asked: found.append(f"{page.url} asks {asked.url}") if _elsewhere(asked.url, here) else None
    )
    for path in paths:
        page.goto(path, wait_until="networkidle")
        if unfolded:
            page.evaluate(UNFOLD)
        for theme, width in SEEN:
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 900})
            where = f"{path} {theme} {width}"
            if page.evaluate(SIDEWAYS):
                found.append(f"{where} scrolls sideways")
            if width != BETWEEN:
                found.extend(f"{where} axe {problem}" for problem in axe_problems(page))
        found.extend(f"{path} csp {violation}" for violation in page.evaluate("window.__csp"))
    return found


def axe_problems(page: Page) -> list[str]:
    """What axe finds, and no more of its report than that: the rest is long, and the way from the browser slow."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(RUN_AXE, TAGS)
    return found


def _is_trouble(kind: str, words: str) -> bool:
    return kind == "error" and "status of 40" not in words  # the browser notes that a 404 page is a 404


def _elsewhere(url: str, here: str) -> bool:
    return url.startswith("http") and urlsplit(url).netloc != here


SCORED = (
    "select public_id from patrons_patron p join engagement_score s on s.patron_id = p.id order by s.relational desc"
)
PLAIN = "select public_id from patrons_patron where id not in (select patron_id from engagement_score)"
REQUEST = "select id from outreach_request where state = %s order by asked_at limit 1"
LETTER_MAIL = "select id from outreach_message where purpose = 'letter' order by id limit 1"


def paths_of_one_reader(stack: Stack) -> list[str]:
    """Pages that need a thing to show: a request, a letter, a reader with a score and one without."""
    waiting, answered = stack.rows(REQUEST, "waiting")[0][0], stack.rows(REQUEST, "answered")[0][0]
    scored, plain = stack.rows(f"{SCORED} limit 1")[0][0], stack.rows(f"{PLAIN} limit 1")[0][0]
    return [
        f"/desk/requests/{waiting}/",
        f"/desk/requests/{waiting}/letter/",
        f"/desk/requests/{waiting}/letter/?find=sea",
        f"/desk/requests/{answered}/",
        f"/desk/patrons/{scored}/",
        f"/desk/patrons/{plain}/",
        f"/desk/messages/{stack.rows(LETTER_MAIL)[0][0]}/",
    ]


def test_public_pages(stack: Stack, page: Page) -> None:
    assert look_at(page, stack, list(PUBLIC)) == []


def test_the_form_with_errors(stack: Stack, page: Page) -> None:
    page.goto("/suggest/")
    page.click("#send")
    assert page.title().startswith("Error:")
    assert axe_problems(page) == []


@pytest.mark.parametrize(("role", "paths"), [("librarian", LIBRARIAN), ("manager", MANAGER), ("admin", ADMIN)])
def test_staff_pages(stack: Stack, page: Page, role: str, paths: tuple[str, ...]) -> None:
    sign_in(page, role)
    more = paths_of_one_reader(stack) if role == "librarian" else []
    assert look_at(page, stack, [*paths, *more]) == []


def test_the_form_is_light(stack: Stack, browser: Browser) -> None:
    """At most 80 kB over the wire for a first visit (PERF-07)."""
    page = browser.new_context(base_url=stack.base).new_page()
    page.goto("/suggest/", wait_until="networkidle")
    weight = page.evaluate("performance.getEntries().reduce((sum, e) => sum + (e.transferSize || 0), 0)")
    assert 0 < weight <= 80_000
    page.context.close()
