"""Contact mix: what readers did towards us, what we did towards them, and who began and who answered."""

from __future__ import annotations

from collections.abc import Mapping

from engagement.models import Rule
from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import BEFORE, LEFT_OUT, Both, leads_to, number, share, share_of, shown
from engagement.services.reports.sentences import many_at_least
from engagement.services.reports.shapes import COUNT, PEOPLE, PERCENT, TEXT, Column, Drawing, Figure, Part, Table
from engagement.services.reports.small_numbers import HIDDEN, Shown

# Percent of all that customers of booksellers did towards their shop: the study of 2012 the six groups come from.
YARDSTICK = {
    "advice_given": 35, "communication": 28, "service": 13, "advice_asked": 12, "community": 10, "co_creation": 2,
}  # fmt: skip
GROUPS = {key: str(label) for key, label in Rule.Group.choices}
EMPTY = (
    "Nobody wrote, asked or gave advice in these two periods, as far as anything is written down. Requests, answers, "
    "talks, reviews and circles fill this page."
)
MIX = (
    "What readers did towards us in this period, each thing once, sorted into six groups as the rules in force say; "
    f"loans, visits and the like are in none. {LEFT_OUT} The share is of the groups that may be shown. 2012 is "
    "what a study of booksellers and their customers found in that year: a yardstick, not a goal."
)
OURS = (
    "What the library started itself: letters, check-ins, calls and the like, by kind. What answers a reader's words "
    f"stands here too. {LEFT_OUT}"
)
ANSWERED = (
    "Contacts of ours that a reader answered within 60 days, counted when the 60 days are over: those here were made "
    "60 days before this period. A talk or call is answered when the reader took part. A letter or a check-in is "
    "answered by anything the reader wrote in the same exchange; that is known only of readers with a profile. "
    "Reminders, and our answers to readers' words, ask for nothing and are left out."
)
BEGUN = (
    "Exchanges that began in this period, by who began: a request, a complaint, a suggestion, a letter nobody had "
    "asked for, or a talk that did not go on from an earlier one. One line says so, with a profile or without."
)


def read_contact_mix(*, counts: Counts, before: Counts, labels: Mapping[str, str]) -> Part:
    """Six groups beside the yardstick, our own contacts apart, and how far both sides answer."""
    both = Both(counts, before)
    if not any(each.keys(family) for each in (counts, before) for family in ("mix", "ours", "threads")):
        return Part("contact_mix", "Contact mix", EMPTY)
    return Part(
        "contact_mix",
        "Contact mix",
        f"{_say_mix(counts)} {_say_begun(counts)}".strip(),
        figures=_figures(both),
        tables=(_mix(both), _ours(counts, labels), _reciprocity(both)),
        notes=("2012 is a yardstick, not a goal.",),
    )


def _figures(both: Both) -> tuple[Figure, ...]:
    return (
        both.figure(
            "answered", "of our contacts answered", PERCENT, share("answered:yes", "answered:no"), ANSWERED,
            leads=(("not answered", "answered:no"), ("answered", "answered:yes")),
        ),
        both.figure(
            "begun_by_readers", "of exchanges begun by readers", PERCENT, _begun, BEGUN,
            leads=(("begun by readers", "threads:patron"), ("begun by us", "threads:library")),
        ),
        both.total(
            "from_readers", "things readers did towards us", COUNT, shown("mix"), MIX, measure="mix", of="lines"
        ),
        both.total("from_us", "contacts we started", COUNT, shown("ours"), OURS, measure="ours"),
    )  # fmt: skip


def _begun(counts: Counts) -> Shown:
    return counts.share("threads:patron", "threads:library")


def _mix(both: Both) -> Table:
    rows = tuple(
        (
            GROUPS[group],
            both.now.shown(f"mix:{group}"),
            both.now.people(f"mix:{group}"),
            _group_share(both.now, group),
            _group_share(both.before, group),
            study,
        )
        for group, study in YARDSTICK.items()
    )
    return Table(
        "mix",
        "What readers did towards us",
        _say_mix(both.now),
        (
            Column("group", "Group", TEXT),
            Column("contacts", "Contacts"),
            Column("people", "Readers known", PEOPLE),
            Column("share", "Share", PERCENT),
            Column("before", BEFORE, PERCENT),
            Column("study", "2012, not a goal", PERCENT),
        ),
        rows,
        MIX,
        Drawing("shares", "group", ("share", "study")),
        leads=leads_to([(GROUPS[group], f"mix:{group}") for group in YARDSTICK]),
    )


def _group_share(counts: Counts, group: str) -> Shown:
    """Of the groups that may be shown, so that it tells nothing of the others."""
    values = {key: counts.shown(f"mix:{key}") for key in YARDSTICK}
    value = values.pop(group)
    others = [other for other in values.values() if other != HIDDEN]
    if not value:
        return 0 if any(others) else None
    return share_of(value, others)


def _ours(counts: Counts, labels: Mapping[str, str]) -> Table:
    """By name: not how much somebody did, but what the library does."""
    kinds = sorted(counts.keys("ours"), key=lambda kind: labels.get(kind, kind))
    rows = tuple(
        (labels.get(kind, kind), counts.shown(f"ours:{kind}"), counts.people(f"ours:{kind}")) for kind in kinds
    )
    return Table(
        "ours",
        "What we did towards readers",
        f"{many_at_least(counts, 'ours', 'contact')} started by the library.",
        (Column("kind", "Contact", TEXT), Column("contacts", "Contacts"), Column("people", "Readers known", PEOPLE)),
        rows,
        OURS,
        Drawing("bars", "kind", ("contacts",)),
        tuple(kinds),
        leads_to([(labels.get(kind, kind), f"ours:{kind}") for kind in kinds]),
    )


def _reciprocity(both: Both) -> Table:
    rows = (
        ("our contacts answered", "answered:yes"),
        ("our contacts not answered", "answered:no"),
        ("our contacts to readers without a profile, not measured", "answered:unmeasured"),
    )
    named = ("reciprocity", "Who began, who answered", _say_answered(both.now))
    return both.table(named, ("what", "Both ways"), rows, f"{ANSWERED} {BEGUN}", drawn=False)


def _say_mix(counts: Counts) -> str:
    values = {group: number(counts.shown(f"mix:{group}")) for group in YARDSTICK}
    known = {group: value for group, value in values.items() if value}
    if not known:
        return "Too few readers stand behind any group to show it."
    most = max(known, key=lambda group: (known[group], group))
    percent = _group_share(counts, most)
    if not isinstance(percent, int):
        return f"Of the groups that may be shown, {GROUPS[most]} was the largest."
    of = "what readers did towards us" if all(value is not None for value in values.values()) else "what may be shown"
    return f"The largest part of {of} was {GROUPS[most]}: {percent} %, beside {YARDSTICK[most]} % in 2012."


def _say_begun(counts: Counts) -> str:
    percent = _begun(counts)
    return f"Readers began {percent} % of all exchanges." if isinstance(percent, int) else ""


def _say_answered(counts: Counts) -> str:
    percent = counts.share("answered:yes", "answered:no")
    if isinstance(percent, int):
        return f"Readers answered {percent} % of our contacts whose 60 days are over. {_say_begun(counts)}".strip()
    return f"Too few contacts on one side to say how many were answered. {_say_begun(counts)}".strip()
