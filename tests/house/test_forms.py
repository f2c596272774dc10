"""A form that changes something carries its token: without one the browser's answer is 403."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import resolve, reverse

from tests.house.routes import ROUTES
from tests.house.test_roles import visitor
from tests.house.world import ROLES, World, make_world

MADE_FROM = "{% csrf_token %}"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
INCLUDE = re.compile(r'\{% include "(?P<name>[^"#]+)[^%]*?(?P<only> only)? *%\}')


class PostForms(HTMLParser):
    """The forms of a page that POST, each with the names of its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, set[str]]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        if tag == "form":
            self.inside = (have.get("method") or "get").lower() == "post"
            if self.inside:
                self.forms.append((have.get("action") or "", set()))
        elif self.inside and have.get("name"):
            self.forms[-1][1].add(str(have["name"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def forms_without_token(page: str) -> list[str]:
    reader = PostForms()
    reader.feed(page)
    return [action for action, fields in reader.forms if "csrfmiddlewaretoken" not in fields]


def needs_token(name: str) -> bool:
    words = (TEMPLATES / name).read_text()
    return MADE_FROM in words or any(needs_token(found["name"]) for found in INCLUDE.finditer(words))


def test_no_form_is_included_without_what_its_token_is_made_from() -> None:
    bare = [
        f"{path.relative_to(TEMPLATES)} includes {found['name']} with 'only'"
        for path in TEMPLATES.rglob("*.html")
        for found in INCLUDE.finditer(path.read_text())
        if found["only"] and needs_token(found["name"])
    ]
    assert not bare, "\n".join(bare)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.mark.parametrize("role", [*ROLES, ""])
def test_every_form_of_every_page_has_its_token(world: World, role: str) -> None:
    seen = 0
    for name, route in ROUTES.items():
        if route.posts or not (route.public or role in route.roles):
            continue
        url = reverse(name, kwargs=route.kwargs(world))
        if getattr(resolve(url).func, "csrf_exempt", False):
            continue
        answer = visitor(world.staff[role] if role else None).get(url)
        if answer.streaming or not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        assert not forms_without_token(answer.content.decode()), url
        seen += answer.content.count(b"csrfmiddlewaretoken")
    assert seen


def test_a_form_without_token_would_be_noticed() -> None:
    assert forms_without_token('<form method="post" action="/a"><input name="b"></form>') == ["/a"]
    assert not forms_without_token('<form method="post"><input name="csrfmiddlewaretoken"></form><form></form>')
