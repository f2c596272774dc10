"""A drawn picture made fit for the page: only known parts, no style, patterns beside the colours. Pure.

What comes out is safe to put into a page as it is: every element and attribute is one of those named here, and all
text was written by the serialiser, which escapes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from xml.etree import ElementTree as ET  # noqa: S405  (reads what vl-convert wrote a moment ago, never what came in)

from relcrm.kit.mail import one_line

SVG = "http://www.w3.org/2000/svg"
ELEMENTS = frozenset({"svg", "g", "path", "rect", "line", "circle", "text", "tspan"})
ATTRIBUTES = frozenset(
    {
        "viewBox", "transform", "d", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "r", "cx", "cy", "width", "height",
        "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-miterlimit", "opacity",
        "text-anchor", "font-family", "font-size", "font-weight", "role", "aria-label", "aria-hidden",
        "aria-roledescription", "display",
    }
)  # fmt: skip
# Lines over the colour of a series, so that series stay apart without colours. The first one is plain.
HATCHES = ("", "M0 6L6 0", "M0 3H6", "M3 0V6", "M0 0L6 6M0 6L6 0", "M0 0L6 6")
GAP = "#fffffe"  # the colour of the page, wherever it is


def drawable(words: str) -> str:
    """The words without what no picture can hold: what is no character ends the process that draws it."""
    return one_line("".join(letter for letter in words if unicodedata.category(letter) not in {"Cn", "Co"}))


def tidy(drawn: str, *, label: str, key: str, series: Mapping[str, int]) -> str:
    """The picture named `label`, without anything a strict page refuses. `series`: the colour of each, by its place.

    `key` keeps the names of its patterns apart from those of other pictures on the page.
    """
    root = ET.fromstring(drawn)  # noqa: S314  (as above)
    _keep_known(root)
    root.set("role", "graphics-document")
    root.set("aria-label", label)
    root.set("class", "picture")
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    patterns = {colour: f"p{place}-{key[:12]}" for colour, place in series.items() if HATCHES[place % len(HATCHES)]}
    for element in root.iter():
        if element.get("fill") in patterns and element.tag.endswith(("path", "rect")):
            element.set("fill", f"url(#{patterns[element.get('fill', '')]})")
    if patterns:
        root.insert(0, _patterns(patterns, series))
    ET.register_namespace("", SVG)
    return ET.tostring(root, encoding="unicode")


def _keep_known(element: ET.Element) -> None:
    for name in [name for name in element.attrib if name not in ATTRIBUTES or "url(" in element.attrib[name]]:
        del element.attrib[name]
    if element.get("role") in {"graphics-object", "graphics-symbol"} and not element.get("aria-label"):
        for name in ("role", "aria-roledescription"):
            element.attrib.pop(name, None)
    for child in list(element):
        if _name(child) in ELEMENTS and not _is_unseen(child):
            _keep_known(child)
        else:
            element.remove(child)


def _is_unseen(element: ET.Element) -> bool:
    """Backgrounds and clips that Vega always writes and nobody sees."""
    return element.get("display") == "none" or (_name(element) == "path" and not re.search(r"\d", element.get("d", "")))


def _name(element: ET.Element) -> str:
    return element.tag.removeprefix(f"{{{SVG}}}")


def _patterns(patterns: Mapping[str, str], series: Mapping[str, int]) -> ET.Element:
    defs = ET.Element(f"{{{SVG}}}defs")
    for colour, name in patterns.items():
        box = {"width": "6", "height": "6"}
        pattern = ET.SubElement(defs, f"{{{SVG}}}pattern", {"id": name, "patternUnits": "userSpaceOnUse", **box})
        ET.SubElement(pattern, f"{{{SVG}}}rect", {**box, "fill": colour})
        lines = {"d": HATCHES[series[colour] % len(HATCHES)], "stroke": GAP, "stroke-width": "1.1", "fill": "none"}
        ET.SubElement(pattern, f"{{{SVG}}}path", lines)
    return defs
