"""What readers asked for that the library could not give, and the services that would."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from engagement.models import Need, NeedAsk, Service
from engagement.services.changed_months import NEEDS, day_of, note_changed_months
from engagement.services.holding import hold_profile
from library.models import Branch, User
from library.services.audit import write_line
from patrons.models import Patron

UNDO_FOR = timedelta(minutes=1)
MOST_OFFERED = 200


class TooLate(Exception):
    """The minute in which it can be taken back is over."""


class NameTaken(ValueError):
    """Another service has that name."""


@transaction.atomic
def log_need(*, name: str, patron: Patron, branch: Branch | None, met: bool, by: User, now: datetime) -> NeedAsk:
    """Write down that somebody asked for this. The patron is kept only with profile consent; the count always stays.

    A need is known by its name, whatever the capitals; a new name is a new need.
    """
    need = need_named(name, now=now)
    kept = patron if hold_profile(patron) else None
    return NeedAsk.objects.create(need=need, patron=kept, branch=branch or patron.branch, met=met, at=now, by=by)


@transaction.atomic
def take_back_ask(*, ask: NeedAsk, by: User, now: datetime) -> None:
    """As if it had not been written down, within a minute and by its writer. Raises TooLate."""
    if ask.by_id != by.pk or now > ask.at + UNDO_FOR:
        raise TooLate
    need = ask.need
    ask.delete()
    note_changed_months(days=[day_of(ask.at)], because=NEEDS, now=now)
    if need.created_at == ask.at and not need.asks.exists() and not need.services.exists():
        need.delete()


def need_named(name: str, *, now: datetime) -> Need:
    """The need of that name, made where there is none."""
    words = " ".join(name.split())
    found = Need.objects.filter(name__iexact=words).first()
    if found:
        return found
    need, _new = Need.objects.get_or_create(name=words, defaults={"created_at": now})
    return need


def offered_needs() -> list[str]:
    """Names to choose from, by name."""
    return list(Need.objects.order_by("name").values_list("name", flat=True)[:MOST_OFFERED])


@transaction.atomic
def keep_service(
    *, service: Service | None, name: str, description: str, needs: Sequence[Need], by: User, now: datetime
) -> Service:
    """Add a service to the catalogue, or change one, with the needs it serves. Raises NameTaken."""
    kept = service or Service()
    kept.name, kept.description = " ".join(name.split()), description
    if Service.objects.filter(name__iexact=kept.name).exclude(pk=kept.pk).exists():
        raise NameTaken(kept.name)
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as error:
        raise NameTaken(kept.name) from error
    kept.needs.set(needs)
    _audit("service.changed" if service else "service.added", kept, by, now, ("name", "description", "needs"))
    return kept


@transaction.atomic
def offer_service(*, service: Service, offered: bool, by: User, now: datetime) -> None:
    """Stop offering a service, or offer it again."""
    service.offered = offered
    service.save(update_fields=["offered"])
    _audit("service.offered" if offered else "service.stopped", service, by, now, ("offered",))


def forget_askers_before(*, before: datetime) -> int:
    """Who asked before that time is forgotten, what was asked is not; how many."""
    return NeedAsk.objects.filter(at__lt=before, patron__isnull=False).update(patron=None)


def _audit(what: str, service: Service, by: User, now: datetime, fields: Sequence[str]) -> None:
    write_line(what=what, thing="service", reference=str(service.pk), fields=fields, by=by, now=now)
