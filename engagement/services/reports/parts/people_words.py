"""What the people part says: definitions, and sentences with numbers that may be shown. Pure."""

from __future__ import annotations

from engagement.models import ReaderType
from engagement.models.score import Stage
from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import number
from engagement.services.reports.sentences import about
from engagement.services.reports.small_numbers import Shown
from engagement.services.type_rules import LEAST_LINES, NUMBER, RULES, say_rule

EMPTY = (
    "No reader with a profile in these two periods yet. Readers agree to a profile on the form, after a check-in or on "
    "their own page; only then are they counted as persons."
)
USE = (
    "A use is anything that happened of a kind whose rule says that it shows use: a loan, a visit, an event, a talk, "
    "a request and the like; nothing that the library began."
)
ACTIVE = f"Readers with a profile who used the library in this period, each once. {USE}"
NEW = (
    "Readers with a profile whose first use of all lies in this period, or who got their card in it. Whoever has had "
    "a card for longer and is known by a use for the first time is counted as met, not as new."
)
BACK = "Readers with a profile who used the library in this period, and before that not for 365 days or more."
LAPSED = (
    "Readers with a profile who were active when the period began (a use in the 365 days before it) and no longer are: "
    "no use in the 365 days up to its last day, or up to today."
)
RETENTION = (
    "((CE - CN) / CS) x 100: CS are the readers active at the start (a use in the 365 days before the period), CE "
    "those active at the end (a use in the 365 days up to its last day, or today), CN those of them who were not there "
    "at the start: new, back or met. So it is the share of those of the start who stayed. The formula is the one that "
    "library systems use for cardholders. Of a period that still runs, more readers may lapse until its end."
)
NOT_MEASURED = (
    "Readers on file without a profile when the period ended: their use is counted, but nobody knows whose it is. "
    "Records gone from the library system, and those whose address nobody has proved, are left out."
)
ACTIVITY = (
    f"{RETENTION} New: {NEW} Back: {BACK} Met: readers who have had a card since before the period and of whom the "
    f"first use known lies in it, mostly because they have just agreed to a profile. {USE}"
)
STAGES = (
    "Readers with a profile by the rung on which they stood when the period ended, or stand now. What staff set counts "
    "as they set it. Whoever has taken the profile back since is in no number."
)
FLOWS = (
    "Readers with a profile who stood on another rung at the end of the period than before it, each once: whoever went "
    "up and came back did not move. A stage falls when what carried it is more than a year old."
)
TYPES = " ".join(
    (
        f"Told every night by published rules (number {NUMBER}) from what a reader with a profile began or answered "
        f"within the last 365 days, at least {LEAST_LINES} times; the first rule that fits counts. The six types come "
        "from a study of booksellers' customers (2012). A reader's own word goes before the rules.",
        *(say_rule(rule) for rule in RULES),
        "A type helps to greet somebody well. Nothing is ever held back because of it.",
    )
)
NOTES = (
    "Only readers who agreed to a profile are counted as persons here; how many are not is said above.",
    "Librarians find the persons of their branches behind each number and each row.",
)


def say_people(now: Counts, before: Counts) -> str:
    """How many there were, and how many of those before stayed."""
    active, new, stayed = now.people("active:active"), now.people("active:new"), kept_share(now)
    left_out = f"Not measured: {about(now.people('stages:none'))} without a profile."
    if not number(active):
        return f"Too few readers with a profile used the library to say how many. {left_out}"
    said = f"About {active:,} readers with a profile used the library"
    if number(new):
        said += f", about {new:,} of them new"
    if number(stayed) is not None:
        said += f"; {stayed} % of those active before stayed{_against(stayed, kept_share(before))}"
    return f"{said}. {left_out}"


def _against(stayed: Shown, before: Shown) -> str:
    if number(before) is None:
        return ""
    return ", as many as in the period before" if stayed == before else f", after {before} % in the period before"


def kept_share(counts: Counts) -> Shown:
    """Retention in whole percent."""
    return counts.share("active:kept", "active:lapsed")


def say_activity(counts: Counts) -> str:
    start, end = counts.people("active:start"), counts.people("active:end")
    if not number(start) and not number(end):
        return "Too few readers with a profile to compare start and end."
    if not number(end) or not number(start):
        return f"At the start {about(start)} were active, at the end {about(end)}."
    return f"About {start:,} readers were active at the start, about {end:,} at the end."


def say_stages(counts: Counts) -> str:
    people = {stage: counts.people(f"stages:{stage.value}") for stage in Stage}
    shown = {str(stage.label): value for stage, value in people.items() if number(value)}
    if not shown:
        return "No stage rests on enough readers to be shown."
    most = max(shown, key=lambda label: number(shown[label]) or 0)
    return f"Most readers with a profile stand at {most}: about {shown[most]:,}."


def say_flows(counts: Counts) -> str:
    up, down = (sum(number(counts.people(flow)) or 0 for flow in flows) for flows in ways())
    if not up + down:
        return "Too few readers moved to say between which stages."
    return f"About {up:,} readers moved up and about {down:,} down, as far as it may be shown."


def say_types(counts: Counts) -> str:
    shown = {str(kind.label): counts.people(f"types:{kind.value}") for kind in ReaderType.Type}
    told = {label: value for label, value in shown.items() if number(value)}
    none = f"Without a type: {about(counts.people('types:none'))}."
    if not told:
        return f"No type rests on enough readers to be shown. {none}"
    most = max(told, key=lambda label: number(told[label]) or 0)
    return f"The largest group {most}: about {told[most]:,} readers. {none}"


def ways() -> tuple[list[str], list[str]]:
    """The flows that lead up, the longest last, and those that lead down."""
    rungs = [stage.value for stage in Stage]
    up = [f"flow:{low}>{high}" for place, low in enumerate(rungs) for high in rungs[place + 1 :]]
    down = [f"flow:{high}>{low}" for place, low in enumerate(rungs) for high in rungs[place + 1 :]]
    return up, down
