"""HTML from strangers: cleaned to what a page can show, and turned into plain text."""

from __future__ import annotations

import re

import nh3

from outreach.mail.own_words.html_lines import lines_of_html

HTML_MOST = 200_000
OPENED_MOST = 5_000
BLOCKS = {"p", "div", "blockquote", "pre", "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "hr"} | {
    f"h{number}" for number in range(1, 7)
}
WORDS = {"a", "b", "strong", "i", "em", "u", "s", "sub", "sup", "code", "span", "br", "thead", "tbody", "td", "th"}
TAGS = BLOCKS | WORDS
# What mail programs mark a quoted mail with; never shown, only read.
MARKS = {"*": {"class", "id", "style"}}
AREAS = {"section", "article", "address", "center", "main", "header", "footer"}
UNSEEN = {"script", "style", "title", "noscript", "template", "textarea", "select", "object", "svg", "math"}
ATTRIBUTES = {"*": {"dir", "lang"}, "a": {"href"}, "ol": {"start"}, "td": {"colspan", "rowspan"}}
SCHEMES = {"https", "mailto"}
OPENING = re.compile(r"<[A-Za-z]")


def clean_html(html: str) -> str:
    """What may be shown: no script, style, picture or form, and only links to https and mailto."""
    return nh3.clean(
        _shortened(html),
        tags=TAGS,
        clean_content_tags=UNSEEN,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )


def marked_html(html: str) -> str:
    """The same with the marks by which quoted words are known: well formed, to be read by a program only."""
    return nh3.clean(
        _shortened(html),
        tags=TAGS | AREAS,
        clean_content_tags=UNSEEN,
        attributes=MARKS,
        url_schemes=SCHEMES,
        link_rel=None,
    )


def text_of_html(cleaned: str) -> str:
    """Cleaned HTML as plain text: a line for each block, and '> ' before what is quoted."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines_of_html(cleaned))).strip("\n")


def _shortened(html: str) -> str:
    """So much of it that cleaning takes no noticeable time: deep nesting costs the square of its depth."""
    html = html[:HTML_MOST]
    if len(OPENING.findall(html)) <= OPENED_MOST:
        return html
    for number, found in enumerate(OPENING.finditer(html)):
        if number >= OPENED_MOST:
            return html[: found.start()]
    return html
