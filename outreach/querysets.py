"""States of requests, letters, check-ins and messages as queries."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from library.models import User
    from outreach.models import (
        ContactReason,
        Letter,
        MailTemplate,
        Message,
        Pick,
        ProviderEvent,
        Reply,
        Request,
        Taste,
        Thread,
        ThreadTurn,
    )
    from patrons.models import Patron


# States of a letter that nobody asked for.
OURS = ("begun", "written", "dropped")


def of_branches(user: User, field: str = "branch") -> Q:
    """What a librarian may see by branch: everything of no branch, and of the branches assigned (all by default)."""
    branches = [branch.pk for branch in user.places]
    return Q(**{f"{field}__in": branches}) | Q(**{field: None}) if branches else Q()


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: User) -> RequestQuerySet:
        """Librarians see the requests of their branches and those without a branch; other roles none."""
        return self.filter(of_branches(user)) if user.role == "librarian" else self.none()

    def asked(self) -> RequestQuerySet:
        """What readers asked for, without the letters we began ourselves."""
        return self.exclude(state__in=OURS)

    def ours(self) -> RequestQuerySet:
        """The letters we began ourselves."""
        return self.filter(state__in=OURS)

    def waiting(self) -> RequestQuerySet:
        """Requests that wait for a letter, oldest first."""
        return self.filter(state="waiting").order_by("asked_at", "pk")

    def held(self) -> RequestQuerySet:
        """Requests a person has to look at before they count, oldest first."""
        return self.filter(state="held").order_by("asked_at", "pk")


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, user: User) -> LetterQuerySet:
        return self.filter(of_branches(user, "request__branch")) if user.role == "librarian" else self.none()

    def sent(self) -> LetterQuerySet:
        return self.filter(sent_at__isnull=False)


class PickQuerySet(models.QuerySet["Pick"]):
    def sent_to(self, patron: Patron) -> PickQuerySet:
        """Every title this patron was ever sent."""
        return self.filter(letter__request__patron=patron, letter__sent_at__isnull=False)


class TasteQuerySet(models.QuerySet["Taste"]):
    def kept(self) -> TasteQuerySet:
        """Taste the reader has not deleted."""
        return self.filter(removed_at=None)


class ContactReasonQuerySet(models.QuerySet["ContactReason"]):
    def open(self, now: datetime) -> ContactReasonQuerySet:
        """Reasons nobody has dealt with, without those put off."""
        return self.filter(closed_at=None).filter(Q(later_until=None) | Q(later_until__lte=now)).order_by("opened_at")

    def visible_to(self, user: User) -> ContactReasonQuerySet:
        return self.filter(of_branches(user, "patron__branch")) if user.role == "librarian" else self.none()


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, user: User) -> ThreadQuerySet:
        """Librarians see the threads of their branches and those without a branch; other roles none."""
        return self.filter(of_branches(user)) if user.role == "librarian" else self.none()

    def waiting(self, now: datetime) -> ThreadQuerySet:
        """Threads in which someone waits for an answer, oldest first, without those put off."""
        open_now = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
        return self.filter(open_now, waiting_since__isnull=False).order_by("waiting_since", "pk")

    def put_off(self, now: datetime) -> ThreadQuerySet:
        """Threads that wait, but were put off, the next to come back first."""
        return self.filter(waiting_since__isnull=False, snoozed_until__gt=now).order_by("snoozed_until", "pk")

    def spoken_in_since(self, since: datetime) -> ThreadQuerySet:
        """Threads in which someone waits, or wrote, or was answered since then; what we send unasked does not count."""
        said = Q(replies__received_at__gte=since, replies__kind="reply")
        answered = Q(messages__sent_at__gte=since, messages__purpose="reply")
        return self.filter(Q(waiting_since__isnull=False) | said | answered)


class ThreadTurnQuerySet(models.QuerySet["ThreadTurn"]):
    def visible_to(self, user: User) -> ThreadTurnQuerySet:
        """What was done is seen with its thread."""
        return self.filter(of_branches(user, "thread__branch")) if user.role == "librarian" else self.none()

    def newest(self) -> ThreadTurnQuerySet:
        return self.order_by("-at", "-pk")

    def lost(self) -> ThreadTurnQuerySet:
        """Answers to somebody who waited that will not arrive, and after which nothing happened in their thread."""
        later = self.model.objects.filter(thread=OuterRef("thread"), pk__gt=OuterRef("pk"))
        return self.filter(
            ~Exists(later),
            message__purpose="reply",
            message__state__in=["failed", "cancelled"],
            waited_since__isnull=False,
            thread__waiting_since=None,
        )


class ReplyQuerySet(models.QuerySet["Reply"]):
    def visible_to(self, user: User) -> ReplyQuerySet:
        """What is placed is seen with its thread; what is not has no branch and is seen by every librarian."""
        return self.filter(of_branches(user, "thread__branch")) if user.role == "librarian" else self.none()

    def unplaced(self) -> ReplyQuerySet:
        """The tray: what belongs to no thread yet and nobody has put away, newest first."""
        return self.filter(thread=None, handled_at=None).order_by("-received_at", "-pk")

    def put_away_since(self, since: datetime) -> ReplyQuerySet:
        """What somebody put away from the tray since then, the last first."""
        return self.filter(thread=None, handled_at__gte=since, handled_by__isnull=False).order_by("-handled_at", "-pk")


class ProviderEventQuerySet(models.QuerySet["ProviderEvent"]):
    def waiting(self) -> ProviderEventQuerySet:
        """Told of a mail we do not know yet."""
        return self.filter(applied_at=None)


class MailTemplateQuerySet(models.QuerySet["MailTemplate"]):
    def newest(self, name: str, language: str) -> MailTemplate | None:
        """The version in force; None or one with empty words: the words we ship."""
        return self.filter(name=name, language=language).order_by("-version").first()

    def in_force(self) -> MailTemplateQuerySet:
        """The newest version of every mail in every language."""
        return self.order_by("name", "language", "-version").distinct("name", "language")


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> MessageQuerySet:
        """Librarians see the messages of their branches; admins see all deliveries (never their content)."""
        if user.role == "admin":
            return self.all()
        return self.filter(of_branches(user)) if user.role == "librarian" else self.none()

    def due(self, now: datetime) -> MessageQuerySet:
        """Queued messages whose time has come, oldest first."""
        return self.filter(state="queued", due_at__lte=now).order_by("due_at", "pk")

    def lost_answers(self) -> MessageQuerySet:
        """Answers to readers that will not arrive, whenever that was."""
        return self.filter(purpose="reply", state__in=["failed", "cancelled"])

    def in_doubt(self) -> MessageQuerySet:
        """Handed over without an answer: it may have arrived or not."""
        return self.filter(state="unknown")

    def about(self, purpose: str, object_key: str) -> MessageQuerySet:
        """Every step of one purpose about one object."""
        return self.filter(purpose=purpose, object_key=object_key)

    def stoppable(self) -> MessageQuerySet:
        """Not handed over yet. A worker that has claimed one finds its row changed at the gate and sends nothing."""
        return self.filter(Q(state="queued") | Q(state="sending", phase=""))

    def newest(self, *, after: tuple[datetime, int] | None = None) -> MessageQuerySet:
        """Newest first, from the place `(queued_at, pk)` on that the page before ended with."""
        page = self.order_by("-queued_at", "-pk")
        if after is None:
            return page
        return page.filter(Q(queued_at__lt=after[0]) | Q(queued_at=after[0], pk__lt=after[1]), queued_at__lte=after[0])

    def finding(self, words: str) -> MessageQuerySet:
        """Those whose address or reader's name holds the words."""
        return self.filter(Q(to_address__icontains=words) | Q(to_name__icontains=words))
