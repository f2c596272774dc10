"""An HTML mail as lines of text, in which what its markup calls quoted carries the marks of a quote.

Only tags are told from words here; nothing is shown as HTML. The parser of the standard library takes minutes over
100 kB of unclosed tags, and one that repairs the tree takes seconds over deeply nested ones.
"""

from __future__ import annotations

import re
from html import unescape

from outreach.mail.own_words.line_kinds import QUOTE_BEGINS

# More than this is not read: no letter is longer, and it keeps the time short.
READ = 400_000
TAGS = 10_000
DEEPEST = 9

_TAG = re.compile(r"<[^<>]*>")
_NAME = re.compile(r"/?[a-z][a-z0-9:]*", re.IGNORECASE)
_SILENT = {"style", "script", "head", "title", "template", "xml"}
_BLOCKS = {
    "p", "div", "blockquote", "pre", "hr", "section", "article", "center", "body", "html",
    "table", "tr", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
_CLASSES = re.compile(r"\bclass\s*+=\s*+[\"']?+([^\"'>]*+)", re.IGNORECASE)
_QUOTE_CLASS = re.compile(
    r"(?:gmail_(?:attr|quote)|moz-cite-prefix|moz-forward-container|yahoo_quoted|yqt\d"
    r"|OutlookMessageHeader|zmail_extra|protonmail_quote|tutanota_quote|reply_?header|mail_quote|ms-outlook-mobile-ref)",
    re.IGNORECASE,
)
_QUOTE_ID = re.compile(
    r"\bid\s*+=\s*+[\"']?(?:x_|m_\w{0,40}|yiv\w{0,20})?(?:divRplyFwdMsg|OLK_SRC_BODY_SECTION|stopSpelling|zwchr|replySplit|origbody"
    r"|mail-editor-reference-message-container|appendonsend|isReplyContent|yahoo_quoted_|reply-intro|divtagdefaultwrapper_q)",
    re.IGNORECASE,
)
# Outlook and Windows Mail draw a line above the fields of the quoted mail.
_RULE_ABOVE = re.compile(
    r"border\s*:\s*none\s*;\s*border-top\s*:\s*solid|border-top(?:-width|-style)?\s*:\s*(?:solid|1px|1\.0pt|#)",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t\r\n\f\u00a0]+")


def lines_of_html(html: str) -> list[str]:
    """The lines a reader of this mail sees; what is quoted begins with a mark or stands behind ">"."""
    page = _Page()
    pieces = _without_comments(html[:READ]).split("<", TAGS)
    rest = pieces.pop() if len(pieces) > TAGS else ""
    for piece in pieces:
        tag, closed, words = piece.partition(">")
        name = _NAME.match(tag) if closed else None
        if name is not None:
            page.tag(name.group().lower(), tag[:1000])
            page.say(words)
        elif not closed or not tag.startswith(("!", "?", "/")):
            page.say(f"<{piece}" if page.begun else piece)
        else:
            page.say(words)
        page.begun = True
    page.say(_TAG.sub(" ", f"<{rest}") if rest else "")
    page.end_block()
    return page.lines


def _without_comments(html: str) -> str:
    kept, at = [], 0
    while (begins := html.find("<!--", at)) >= 0:
        ends = html.find("-->", begins)
        if ends < 0:
            break
        kept.append(html[at:begins])
        at = ends + 3
    return "".join([*kept, html[at:]])


class _Page:
    """Lines, as they come out of the tags."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.words: list[str] = []
        self.silent = ""
        self.quoted = 0
        self.begun = self.apart = False
        self.paragraph = 0

    def say(self, words: str) -> None:
        if words and not self.silent:
            self.words.append(words)

    def tag(self, name: str, tag: str) -> None:
        if self.silent:
            if name in (f"/{self.silent}", "body"):
                self.silent = ""
            return
        plain = name.removeprefix("/")
        if name in _SILENT:
            self.silent = name
        elif name == "br":
            self.end_line()
        elif plain in _BLOCKS:
            self.end_block()
            self._begin(name, tag)

    def _begin(self, name: str, tag: str) -> None:
        if name == "/blockquote":
            self.quoted = max(self.quoted - 1, 0)
        elif self._spaced(name, tag) and self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._mark().rstrip())
        elif not self.quoted and not name.startswith("/") and _begins_quote(name, tag):
            self.lines.append(QUOTE_BEGINS)
        if name == "blockquote":
            self.quoted += 1
        elif name == "li":
            self.words.append("- ")

    def _spaced(self, name: str, tag: str) -> bool:
        """Paragraphs stand apart, but for those of Outlook, which writes an empty one between."""
        if name == "p":
            self.apart = "mso" not in tag.lower()
            self.paragraph = len(self.lines)
        return name == "/p" and len(self.lines) == self.paragraph if not self.apart else name in ("p", "/p")

    def end_line(self) -> None:
        words = _SPACES.sub(" ", unescape("".join(self.words))).strip()
        self.words = []
        self.lines.append(f"{self._mark()}{words}".rstrip())

    def end_block(self) -> None:
        if self.words and "".join(self.words).strip(" \t\r\n\f"):
            self.end_line()
        self.words = []

    def _mark(self) -> str:
        return f"{'>' * min(self.quoted, DEEPEST)} " if self.quoted else ""


def _begins_quote(name: str, tag: str) -> bool:
    if "=" not in tag:
        return False
    if _QUOTE_CLASS.search("\n".join(_CLASSES.findall(tag))) or _QUOTE_ID.search(tag):
        return True
    return name == "div" and bool(_RULE_ABOVE.search(tag))
