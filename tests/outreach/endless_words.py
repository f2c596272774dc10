"""Words of 100,000 characters made to send whoever looks for the quoted part astray."""

from __future__ import annotations

ENDLESS = {
    **{
        piece: piece * (100_000 // len(piece))
        for piece in ("a", " ", "\n", ">", "-", "On ", "wrote ", "a@", "Sent from ", "12:30 ")
    },
    **{line: line * (100_000 // len(line)) for line in ("a\n", "From: x\n", ":\n", "--- x ---\n", "```\n", "> x\ny\n")},
    "introductions": "On Mon, 3 Mar 2025 14:05, x wrote\n" * 3000,
    "addresses": ("<a b c@d " * 42 + ":\n") * 260,
    "dots": ("a." * 190 + ":\n") * 260,
    "footers": "Sent from my x x x x x x\n" * 4000,
    "tags": "<div>" * 20_000,
    "open comments": "<!--" * 25_000,
    "quotes": "<blockquote>" * 8_000,
}
