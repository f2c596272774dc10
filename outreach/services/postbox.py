"""What holds for all mail at once: whether it leaves, and whether this is still the house it was."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Subquery
from django.db.models.functions import Greatest

from library.models import User
from library.services.audit import write_line
from outreach.models import Message, Postbox
from outreach.services.outboxes import Noted, note, read_noted

# A beat that was away for longer than this is a clock that was set wrong, until a person says otherwise.
LONGEST_AWAY = timedelta(days=7)
FURTHEST_BACK = timedelta(hours=1)
LOOK_FIRST = "What it holds as waiting may have been sent. Look at what waits, then let mail leave."
ANOTHER_HOUSE = "This database belongs to another house than INSTANCE_ID says: it is a copy. " + LOOK_FIRST
NOT_FROM_HERE = "This database is not known here: it was restored or copied. " + LOOK_FIRST
OLDER = "This database is older than the mails that left: it was restored. " + LOOK_FIRST
CANNOT_NOTE = "nothing can be noted in BESIDE: a restored database will not be known for one"
AHEAD = "By the clock, nothing was done for {days} days. If the clock is right, let mail leave."
# The last number the sequence gave, whether its row was kept or not.
LAST_NUMBER = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('outreach_message', 'id')), 0)"
# A number is never given twice, also where the database has forgotten that it was.
GO_ON_AFTER = "SELECT setval(pg_get_serial_sequence('outreach_message', 'id'), %s)"

log = logging.getLogger(__name__)


@transaction.atomic
def pause_mail(*, by: User | None, because: str, now: datetime) -> Postbox:
    """Nothing leaves from now on; the gate asks before every mail. `by` None: the house paused itself.

    A pause that is there already keeps its beginning and its reason.
    """
    postbox = _held()
    if postbox.paused_at is None:
        postbox.paused_at, postbox.paused_by, postbox.paused_because = now, by, because[:300]
        postbox.save(update_fields=["paused_at", "paused_by", "paused_because"])
        write_line(what="mail.paused", thing="mail", by=by, now=now)
        log.warning("All mail is paused: %s", because)
    return postbox


@transaction.atomic
def resume_mail(*, by: User, now: datetime) -> bool:
    """Mail leaves again: a person has said that this is the house that writes to readers, and that the clock is right.

    False: it was not paused. From now on what is here now is what is noted beside the database.
    """
    postbox = _held()
    was_paused = postbox.paused_at is not None
    postbox.paused_at, postbox.paused_by, postbox.paused_because = None, None, ""
    if postbox.ticked_at is not None:
        postbox.ticked_at = now
    known = _noted_here(postbox.instance)
    if known is None or _given_name() not in {"", postbox.instance}:
        postbox.instance = _given_name() or secrets.token_hex(16)
    number = _last_number()
    if known is not None and number < known.number:
        number = known.number
        with connection.cursor() as cursor:
            cursor.execute(GO_ON_AFTER, [number])
    try:
        note(postbox.instance, Noted(number, postbox.ticked_at), anyway=True)
    except OSError:
        # The person's word counts: without a name it is a new house, which may send, and notes itself when it can.
        log.exception(CANNOT_NOTE)
        postbox.instance = ""
    postbox.save()
    if was_paused:
        write_line(what="mail.resumed", thing="mail", by=by, now=now)
    return was_paused


def mail_is_paused() -> bool:
    """Whether nothing may leave now."""
    return Postbox.objects.filter(pk=1, paused_at__isnull=False).exists()


def check_house(*, now: datetime) -> bool:
    """Whether mail may leave: it is not paused, and this is the database that the mails so far were sent from.

    One that was restored, or copied to another place, pauses all mail until a person lets it leave. A new one is
    given a name. Asked before every run; costs two short questions and a look into a file.
    """
    postbox = Postbox.objects.filter(pk=1).first() or Postbox(pk=1)
    if postbox.paused_at is not None:
        return False
    if not postbox.instance:
        try:
            _adopt()
        except OSError:
            log.exception(CANNOT_NOTE)
        return True
    try:
        because = _why_not_this_house(postbox)
    except OSError:
        log.exception("what is noted in BESIDE cannot be read: no mail leaves until it can, or a person lets it")
        return False
    if because:
        pause_mail(by=None, because=because, now=now)
    return not because


def note_outbox() -> None:
    """Note beside the database how far it has come: the highest number of a message, and the beat's last tick."""
    newest = Message.objects.order_by("-pk").values("pk")[:1]
    ours = Postbox.objects.filter(pk=1, paused_at=None).exclude(instance="").annotate(newest=Subquery(newest))
    for instance, ticked_at, number in ours.values_list("instance", "ticked_at", "newest"):
        try:
            note(instance, Noted(number or 0, ticked_at))
        except OSError:
            log.exception(CANNOT_NOTE)


def begin_tick(*, now: datetime) -> bool:
    """Whether the beat may do what is due: the clock has neither leapt ahead by days nor gone back.

    A leap pauses all mail until a person says that the clock is right. Only the beat asks: `manage.py tick` is told
    what time it is.
    """
    Postbox.objects.get_or_create(pk=1)
    last = Postbox.objects.values_list("ticked_at", flat=True).get(pk=1)
    if last is not None and now - last > LONGEST_AWAY:
        pause_mail(by=None, because=AHEAD.format(days=(now - last).days), now=now)
        return False
    if clock_went_back(now=now):
        log.error("The clock stands before the last tick; nothing is done until it has caught up.")
        return False
    Postbox.objects.filter(pk=1).update(ticked_at=Greatest("ticked_at", now))
    return True


def clock_went_back(*, now: datetime) -> bool:
    """Whether it is more than an hour earlier than at the beat's last tick. Letting mail leave again ends that."""
    return Postbox.objects.filter(pk=1, ticked_at__gt=now + FURTHEST_BACK).exists()


def _noted_here(instance: str) -> Noted | None:
    """What is noted of this house, also where nothing can be read: then it is not known."""
    try:
        return read_noted(instance) if instance else None
    except OSError:
        log.exception("what is noted in BESIDE cannot be read")
        return None


def _why_not_this_house(postbox: Postbox) -> str:
    if _given_name() not in {"", postbox.instance}:
        return ANOTHER_HOUSE
    known = read_noted(postbox.instance)
    if known is None:
        return NOT_FROM_HERE
    missed_ticks = known.ticked_at and (postbox.ticked_at is None or postbox.ticked_at < known.ticked_at)
    return OLDER if missed_ticks or _last_number() < known.number else ""


@transaction.atomic
def _adopt() -> None:
    """Give this database a name, and note it."""
    postbox = _held()
    if not postbox.instance:
        postbox.instance = _given_name() or secrets.token_hex(16)
        postbox.save(update_fields=["instance"])
        note(postbox.instance, Noted(_last_number(), postbox.ticked_at), anyway=True)


def _given_name() -> str:
    """INSTANCE_ID as one word."""
    return "-".join(settings.INSTANCE_ID.split())[:64]


def _held() -> Postbox:
    """The row, locked until the transaction ends."""
    Postbox.objects.get_or_create(pk=1)
    return Postbox.objects.select_for_update().get(pk=1)


def _last_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute(LAST_NUMBER)
        number: int = cursor.fetchone()[0]
    return number
