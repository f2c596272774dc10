"""What the overview says: definitions, and sentences with numbers that may be shown. Pure."""

from __future__ import annotations

from engagement.models import MarketingNumber
from engagement.models.score import Stage
from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import Both, number
from engagement.services.reports.sentences import capital, many, say_change

MEASURES = {key: str(label) for key, label in MarketingNumber.Measure.choices}
# What numbers and rows count, by the names they are read under.
PROMISE_ROWS = (
    ("kept in time", "promises:kept"),
    ("late", "promises:late"),
    ("open, not due yet", "promises:open"),
    ("withdrawn", "promises:withdrawn"),
)
JUDGED = (("loved or liked", "picks:liked"), ("so-so or not for me", "picks:other"))
WAITED = (("letters", "wait"),)
KEPT = (("promises kept, in time or late", "promise_wait"),)
SIDES = (("Relational", "relational"), ("Transactional", "transactional"))
CONTACT_ROWS = (
    ("what readers did towards us", "mix"),
    ("what we did towards readers", "ours"),
    ("everyday use of the library", "use"),
)

EMPTY = (
    "Nothing to tell of these two periods yet. This page fills by itself: with the first request, the first letter, "
    "and the answers that come back weeks later."
)
REQUESTS = "Forms with which readers asked for a letter."
LETTERS = "Letters of suggestions sent by a named librarian."
ASKED = "First questions of check-ins; reminders are not counted."
WAIT = (
    "From the request to the sending of its letter, in days of 24 hours, for the letters of this period: as long in "
    "the middle of all, or for 9 in 10."
)
PROMISED = (
    "From the promise to its keeping, in days of 24 hours, for promises due in this period that were kept, in time or "
    "late: as long in the middle of all, or for 9 in 10."
)
PROMISES_KEPT = (
    "Promises due in this period that were kept by their day; late ones and open ones past their day are the rest, "
    "withdrawn ones are left out."
)
PROMISES = (
    "Letters and answers we promised, by the day they were due. Late: kept after its day, or past its day and still "
    "open. Withdrawn: the reader took the request back, or there was nothing left to answer."
)
ANSWERED = (
    "Check-ins answered in this period for every first question asked in it; some answers belong to earlier questions."
)
BOOKS = (
    "Each book a reader called loved, liked, so-so or not for me counts once. Books not read yet, or that could not be "
    "got, are left out."
)
POINTS = (
    "Points by the rules in force, at their time, without fading. Five questions are asked of everything that happens: "
    "named people on both sides, did the reader take part, did it use what we know, did it go on from something "
    "earlier, did it give something. Four or five yes are relational, none or one transactional; of what lies between, "
    "half goes to each side. Kinds that may not be shown are left out, so a period can be told too low."
)
CONTACTS = (
    "Everything written down in this period, counted once. What readers did towards us is what stands in one of the "
    "six groups of the contact mix; everyday use is the rest: loans, renewals, visits and the like. Kinds that rest "
    "on fewer than 8 readers are left out."
)
STAGES = (
    "Readers with a profile, by how we relate to them. Reactive: a named person answered what the reader asked or said "
    "within a year. Follow-up: we also came back and heard how it went. Proactive: we also wrote unasked, because of "
    "something we know, and the reader answered within 60 days. Basic: every other reader with a profile. Not "
    "measured: readers without a profile; they have no score and no stage. Came here and went on count readers, up and "
    "down: from where they stood before this period to where they stood at its end."
)
MARKETING = (
    "Numbers of channels and campaigns, brought in from a file, never about a person. Each is taken for one person, so "
    "that a few of them show as *. They count as transactional: nobody in them is known to anybody."
)
MARKETING_SENTENCE = "What the channels count by themselves. It says who was reached, not who was met."


def say_loop(counts: Counts) -> str:
    """Requests and letters of the period, and whether the books were right."""
    requests, letters = counts.shown("lines:request"), counts.shown("lines:letter")
    if not isinstance(requests, int) or not isinstance(letters, int):
        return "Too few readers asked in this period to say how many."
    liked = counts.share("picks:liked", "picks:other")
    said = f"Readers asked for {many(requests, 'letter')}, and {letters:,} went out"
    return f"{said}; {liked} % of the books they judged were loved or liked." if isinstance(liked, int) else f"{said}."


def say_points(both: Both, *, is_running: bool) -> str:
    """How both sides moved."""
    sides = (("Relational points", "relational"), ("Transactional points", "transactional"))
    said = [say_side(both, name, measure, is_running=is_running) for name, measure in sides]
    return said[0] if is_running else " ".join(said)


def say_side(both: Both, name: str, measure: str, *, is_running: bool) -> str:
    """How the points of one side moved."""
    now, before = both.now.shown(measure), both.before.shown(measure)
    return say_change(name, now, before, is_running=is_running, same_kinds=both.comparable(measure))


def say_contacts(counts: Counts) -> str:
    theirs, ours = counts.shown("mix"), counts.shown("ours")
    if number(theirs) is None or number(ours) is None:
        return "Too few readers stand behind these contacts to compare the sides."
    return f"Readers turned to us {many(theirs, 'time')}, and we turned to them {many(ours, 'time')}."


def say_stages(counts: Counts) -> str:
    """How many readers are in a relationship that goes both ways."""
    people = {stage: counts.people(f"stages:{stage.value}") for stage in Stage}
    measured = [value for value in people.values() if isinstance(value, int)]
    if not sum(measured):
        return "No stage rests on enough readers to be shown."
    close = [people[stage] for stage in (Stage.FOLLOW_UP, Stage.PROACTIVE)]
    if not all(isinstance(value, int) for value in close):
        return "Each reader with a profile stands on one rung."
    together = sum(value for value in close if isinstance(value, int))
    of = f" of {sum(measured):,}" if len(measured) == len(people) else ""
    return f"About {together:,}{of} readers with a profile heard back from us and answered."


def say_promises(counts: Counts) -> str:
    kept, late = counts.shown("promises:kept"), counts.shown("promises:late")
    if number(kept) is None:
        return "Too few readers had a promise due to say how many were kept."
    said = f"{capital(many(kept, 'promise'))} {'was' if kept == 1 else 'were'} kept in time"
    if number(late) is None:
        return f"{said}; the number of late ones may not be shown."
    return f"{said}, {late:,} {'was' if late == 1 else 'were'} late." if late else f"{said}, none late."
