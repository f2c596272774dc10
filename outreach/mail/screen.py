"""A mail's HTML as it can be shown on a page: readable, with no working link and nothing the page's policy forbids."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

from outreach.mail.envelope import PLACEHOLDER

OWN_LINK = "reader's own link"
NOWHERE = "#readers-own-link"
Attributes = list[tuple[str, str | None]]


def text_on_screen(words: str) -> str:
    """A text body with its links shown as what they are: the reader's own."""
    return PLACEHOLDER.sub(f"[{OWN_LINK}]", words)


def html_on_screen(html: str, *, nonce: str) -> str:
    """An HTML body for a sandboxed frame.

    The page's policy allows no style attributes, which mails need; each becomes a class, and the rules go into one
    style element with the page's nonce. Links lead nowhere.
    """
    page = _Screen(nonce)
    page.feed(html)
    page.close()
    return page.shown()


class _Screen(HTMLParser):
    """Copies a mail's HTML tag by tag."""

    def __init__(self, nonce: str) -> None:
        super().__init__(convert_charrefs=False)
        self.nonce = nonce
        self.parts: list[str] = []
        self.rules: dict[str, str] = {}

    def shown(self) -> str:
        rules = "".join(f".{name}{{{style}}}" for style, name in self.rules.items())
        return "".join(self.parts) + f'<style nonce="{escape(self.nonce)}">{rules.replace("<", "")}</style>'

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        written = "".join(self._attribute(name, value or "") for name, value in self._allowed(tag, attrs))
        self.parts.append(f"<{tag}{written}>")

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(PLACEHOLDER.sub(OWN_LINK, data))

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"<!{decl}>")

    def _allowed(self, tag: str, attrs: Attributes) -> Attributes:
        kept = [(name, value) for name, value in attrs if name != "style" and not name.startswith("on")]
        style = next((value for name, value in attrs if name == "style" and value), None)
        if style:
            given = next((value for name, value in kept if name == "class" and value), "")
            kept = [(name, value) for name, value in kept if name != "class"]
            kept.append(("class", f"{given} {self.rules.setdefault(style, f'mail-{len(self.rules)}')}".strip()))
        if tag == "style":
            kept.append(("nonce", self.nonce))
        return kept

    def _attribute(self, name: str, value: str) -> str:
        if name in {"href", "src", "action"}:
            value = NOWHERE if PLACEHOLDER.search(value) else value
        return f' {name}="{escape(value)}"'
