"""A rule table as people read it: by channel, in plain words, and what one changes of another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engagement.models import Rule, RuleDraft, RuleVersion
from engagement.services.judging import EVENT, NO, RELATIONAL_FROM, TESTS, TRANSACTIONAL_UP_TO, YES
from engagement.services.rule_drafts import rows_of
from engagement.services.rule_table import RuleFacts
from engagement.services.rules import facts_of, table_of

TEST_WORDS = dict(
    zip(
        TESTS,
        (
            "named people on both sides",
            "the reader began or answered it",
            "uses what we know of them",
            "continues an exchange",
            "gives something to others or to us",
        ),
        strict=True,
    )
)
OTHER = "other"
VERSIONS_SHOWN = 20


@dataclass(frozen=True)
class Row:
    """One kind. `yes` and `event`: the tests it always answers with yes, and those the single event answers."""

    facts: RuleFacts
    yes: tuple[str, ...]
    event: tuple[str, ...]
    points: str
    group: str
    outcome: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChannelOfRows:
    """The kinds of one channel, in the order of the table."""

    key: str
    label: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Published:
    """One version in the history; `changed`: what it made otherwise than the one before."""

    version: RuleVersion
    kinds: int
    changed: tuple[str, ...]


def read_table(rules: Iterable[RuleFacts], *, before: Iterable[RuleFacts] | None = None) -> tuple[ChannelOfRows, ...]:
    """The rows by channel; each says what it changes of `before`, where that is given."""
    old = None if before is None else {rule.kind: rule for rule in before}
    labels = dict(Rule.Channel.choices) | {"": OTHER}
    by_channel: dict[str, list[Row]] = {channel: [] for channel in labels}
    for rule in rules:
        by_channel[rule.channel].append(_row(rule, old))
    return tuple(ChannelOfRows(key or OTHER, labels[key], tuple(rows)) for key, rows in by_channel.items() if rows)


def read_version(version: RuleVersion, *, in_force: RuleVersion) -> tuple[ChannelOfRows, ...]:
    """A published table; what the first one did not say of its channels is taken from the one in force."""
    channels = dict(Rule.objects.filter(version=in_force).values_list("kind", "channel"))
    return read_table(_with_channel(rule, channels) for rule in table_of(version))


def read_draft(draft: RuleDraft, *, in_force: RuleVersion) -> tuple[ChannelOfRows, ...]:
    """The draft, each row beside the one in force."""
    return read_table(rows_of(draft), before=table_of(in_force))


def draft_changes(draft: RuleDraft, *, in_force: RuleVersion) -> tuple[str, ...]:
    """What publishing the draft would make otherwise, line by line."""
    scale = _scale_changes(draft, in_force)
    return scale + say_changes(rows_of(draft), table_of(in_force))


def read_history() -> tuple[Published, ...]:
    """The newest versions, newest first."""
    newest = RuleVersion.objects.order_by("-number").select_related("by").prefetch_related("rules")
    versions = list(newest[: VERSIONS_SHOWN + 1])
    tables = [_facts(version) for version in versions]
    told = []
    for number, version in enumerate(versions[:VERSIONS_SHOWN]):
        older = versions[number + 1 : number + 2]
        changed = _scale_changes(version, older[0]) + say_changes(tables[number], tables[number + 1]) if older else ()
        told.append(Published(version, len(tables[number]), changed))
    return tuple(told)


def say_changes(rules: Iterable[RuleFacts], before: Iterable[RuleFacts]) -> tuple[str, ...]:
    """One line for every row that is not as it was before."""
    old, new = ({rule.kind: rule for rule in table} for table in (before, rules))
    lines = [f"{rule.label}: {', '.join(said)}" for rule in new.values() if (said := _changes(rule, old))]
    return (*lines, *(f"{rule.label}: gone" for kind, rule in old.items() if kind not in new))


def say_points(rule: RuleFacts) -> str:
    """How many points one event brings, and where they go."""
    sure = sum(rule.verdicts[test] == YES for test in TESTS)
    most = sum(rule.verdicts[test] != NO for test in TESTS)
    least, highest = (_points(yes, rule.weight) for yes in (sure, most))
    if not rule.weight:
        return "none"
    number = f"{least:g}" if least == highest else f"{least:g} to {highest:g}"
    if most <= TRANSACTIONAL_UP_TO:
        return f"{number}, transactional"
    if sure >= RELATIONAL_FROM:
        return f"{number}, relational"
    if sure > TRANSACTIONAL_UP_TO and most < RELATIONAL_FROM:
        return f"{number}, half to each"
    return f"{number}, as the event says"


def _row(rule: RuleFacts, old: Mapping[str, RuleFacts] | None) -> Row:
    def words(verdict: str) -> tuple[str, ...]:
        return tuple(TEST_WORDS[test] for test in TESTS if rule.verdicts[test] == verdict)

    return Row(
        facts=rule,
        yes=words(YES),
        event=words(EVENT),
        points=say_points(rule),
        group=_label(Rule.Group.choices, rule.group),
        outcome=_label(Rule.Outcome.choices, rule.outcome),
        changed=() if old is None else _changes(rule, old),
    )


def _changes(rule: RuleFacts, old: Mapping[str, RuleFacts]) -> tuple[str, ...]:
    before = old.get(rule.kind)
    if before is None:
        return ("new",)
    said = [
        f"{TEST_WORDS[test]}: {_verdict(rule, test)}, was {_verdict(before, test)}"
        for test in TESTS
        if rule.verdicts[test] != before.verdicts[test]
    ]
    numbers = (("weight", rule.weight, before.weight), ("ceiling", rule.ceiling, before.ceiling))
    said += [f"{name} {number:g}, was {was:g}" for name, number, was in numbers if number != was]
    words = ((rule.label, before.label, "label"), (rule.definition, before.definition, "definition"))
    said += [f"another {name}" for now, then, name in words if now != then]
    places = [
        ("contact mix", _label(Rule.Group.choices, rule.group), _label(Rule.Group.choices, before.group)),
        ("outcome", _label(Rule.Outcome.choices, rule.outcome), _label(Rule.Outcome.choices, before.outcome)),
        ("channel", _label(Rule.Channel.choices, rule.channel), _label(Rule.Channel.choices, before.channel)),
        ("makes a reader active", *("yes" if one.shows_use else "no" for one in (rule, before))),
    ]
    # The first table did not say where its kinds stand: that the second does is no change of theirs.
    places = places if before.channel else []
    return (*said, *(f"{name}: {now or 'none'}, was {then or 'none'}" for name, now, then in places if now != then))


def _scale_changes(new: RuleVersion | RuleDraft, old: RuleVersion) -> tuple[str, ...]:
    scales = (
        ("relational", new.s50_relational, old.s50_relational),
        ("transactional", new.s50_transactional, old.s50_transactional),
    )
    return tuple(f"{now:g} {name} points show as 50, was {then:g}" for name, now, then in scales if now != then)


def _facts(version: RuleVersion) -> list[RuleFacts]:
    """Like `table_of`, from rows that were fetched already."""
    rows = sorted(version.rules.all(), key=lambda rule: rule.pk)
    return [facts_of(rule) for rule in rows]


def _with_channel(rule: RuleFacts, channels: Mapping[str, str]) -> RuleFacts:
    return rule if rule.channel else replace(rule, channel=channels.get(rule.kind, ""))


def _points(yes: int, weight: float) -> float:
    return weight if yes <= TRANSACTIONAL_UP_TO else yes * weight


def _verdict(rule: RuleFacts, test: str) -> str:
    return "the event says" if rule.verdicts[test] == EVENT else rule.verdicts[test]


def _label(choices: Iterable[tuple[str, str]], key: str) -> str:
    return dict(choices).get(key, "")
