"""The six invariants of the delivery promise, looked at after every fault (reference: bars C3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.faults.house import House


@dataclass(frozen=True)
class Account:
    """What the house says and what the mail server took, side by side."""

    rows: int
    sent: int
    unknown: int
    cancelled: int
    failed: int
    waiting: int
    accepted: int
    duplicates: int
    unknown_accepted: int

    @property
    def line(self) -> str:
        """For the table of results."""
        return (
            f"{self.rows:>6} {self.sent:>6} {self.unknown:>8} {self.unknown_accepted:>9} {self.failed:>7}"
            f" {self.cancelled:>10} {self.waiting:>8} {self.accepted:>9} {self.duplicates:>11}"
        )


HEAD = (
    f"{'rows':>6} {'sent':>6} {'in doubt':>8} {'of these':>9} {'failed':>7}"
    f" {'cancelled':>10} {'waiting':>8} {'accepted':>9} {'duplicates':>11}"
)


def check(house: House, accepted: Iterable[tuple[str, str]], *, rows: int, waiting: int = 0) -> Account:
    """Raises AssertionError naming the invariant that does not hold. `accepted`: (Message-ID, address) as taken."""
    taken = list(accepted)
    said = house.rows("select message_id, state, to_address, settled_by_id from outreach_message")
    states = {message_id: state for message_id, state, _address, _by in said}
    times = Counter(message_id for message_id, _address in taken)
    sent = {message_id for message_id, state, _address, by in said if state == "sent" and by is None}
    unknown = {message_id for message_id, state in states.items() if state == "unknown"}
    ours = set(times) & set(states)
    lost = ours - sent - unknown
    assert not lost, f"I1: taken by the mail server, but {Counter(states[one] for one in lost)}"
    assert not sent - set(times), f"I1: {len(sent - set(times))} called sent and never taken"
    twice = [one for one in ours if times[one] > 1]
    assert not twice, f"I2: {len(twice)} came more than once"
    assert len(states) == rows, f"I3: {rows} rows were due, {len(states)} are there"
    sending = house.rows("select count(*) from outreach_message where state = 'sending'")[0][0]
    assert sending == 0, f"I4: {sending} are still being sent"
    still = Counter(states.values())["queued"]
    assert still <= waiting, f"I4: {still} still wait"
    _nobody_who_said_no(house, {address for _message_id, address in taken})
    _whole(house)
    counts = Counter(states.values())
    return Account(
        rows=len(states),
        sent=counts["sent"],
        unknown=counts["unknown"],
        cancelled=counts["cancelled"],
        failed=counts["failed"],
        waiting=counts["queued"],
        accepted=len(taken),
        duplicates=len(twice),
        unknown_accepted=len(unknown & set(times)),
    )


def _nobody_who_said_no(house: House, addresses: set[str]) -> None:
    stopped = {address for (address,) in house.rows("select address from patrons_suppression where lifted_at is null")}
    assert not stopped & addresses, f"I5: mail to {len(stopped & addresses)} suppressed addresses"
    withdrawn = house.rows(
        "select message.to_address from outreach_message as message where message.consent <> '' and not exists"
        " (select from patrons_consent as consent where consent.patron_id = message.patron_id"
        " and consent.purpose = message.consent and consent.withdrawn_at is null)"
    )
    wrong = {address for (address,) in withdrawn} & addresses
    assert not wrong, f"I5: mail to {len(wrong)} readers who had said no"


def _whole(house: House) -> None:
    """Every index of the outbox agrees with its table, and every key leads somewhere."""
    house.rows("create extension if not exists amcheck")
    house.rows(
        "select bt_index_check(indexrelid, true) from pg_index join pg_class on pg_class.oid = indexrelid join pg_am"
        " on pg_am.oid = pg_class.relam where amname = 'btree' and indrelid = 'outreach_message'::regclass"
    )
    orphans = house.rows(
        "select count(*) from outreach_message where patron_id not in (select id from patrons_patron)"
    )[0][0]
    assert orphans == 0, f"I6: {orphans} messages of nobody"
