"""States of patrons, consents and suppressions as queries."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Upper

if TYPE_CHECKING:
    from library.models import User
    from patrons.models import Consent, Patron, Suppression


class NameWords(models.Func):
    """The words of `search_text` as the index `patron_name_words` holds them: whole, or by how they begin.

    An entry for every word, where trigrams would have one for every letter: an import writes a fifth as much.
    """

    template = "array_to_tsvector(string_to_array(ltrim(%(expressions)s), ' '))"
    arity = 1


class PhoneBackwards(models.Func):
    """The digits of a telephone number from the last to the first: the end is the same with and without prefix."""

    template = "reverse(regexp_replace(%(expressions)s, '[^0-9]', '', 'g'))"
    arity = 1
    output_field = models.TextField()


class HasWord(models.Func):
    """Whether a name has this word (folded: letters and digits only), or one that begins with it."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    output_field = models.BooleanField()

    def __init__(self, word: str, *, whole: bool = False) -> None:
        query = models.Func(models.Value(f"'{word}'" if whole else f"'{word}':*"), template="%(expressions)s::tsquery")
        super().__init__(NameWords("search_text"), query)


class PatronQuerySet(models.QuerySet["Patron"]):
    def visible_to(self, user: User) -> PatronQuerySet:
        """The persons a member of staff may see: librarians only, of their branches or of no branch.

        The branches are looked up inside the query: a card has none to spare.
        """
        if user.role != "librarian":
            return self.none()
        assigned = user.branches.through._default_manager.filter(user=user.pk)
        all_branches = ~models.Q(Exists(assigned))
        mine = models.Q(branch__in=assigned.values("branch")) | models.Q(branch=None)
        return self.filter(mine | all_branches)

    def known(self) -> PatronQuerySet:
        """Patrons of their own: the address is proved or staff entered them."""
        return self.filter(standing="own")

    def unproved_since(self, before: datetime) -> PatronQuerySet:
        """Provisional patrons made before that time."""
        return self.filter(standing="provisional", created_at__lt=before)

    def consenting(self, purpose: str, *, held: bool = True) -> PatronQuerySet:
        """Patrons whose consent for the purpose is in force; with `held` false, those whose is not."""
        in_force = Exists(_active_consents(purpose))
        return self.filter(in_force if held else ~in_force)


class ConsentQuerySet(models.QuerySet["Consent"]):
    def active(self) -> ConsentQuerySet:
        """Consents in force now."""
        return self.filter(withdrawn_at=None)

    def holds(self, patron: Patron, purpose: str) -> bool:
        """Whether this patron agreed to this purpose and has not withdrawn."""
        return self.active().filter(patron=patron, purpose=purpose).exists()


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def visible_to(self, user: User) -> SuppressionQuerySet:
        """Admins see all; librarians those of readers they may see, and those that belong to nobody on file."""
        if user.role == "admin":
            return self.all()
        if user.role != "librarian":
            return self.none()
        patrons = apps.get_model("patrons", "Patron").objects
        theirs = {"upper": Upper(OuterRef("address"))}
        on_file = patrons.annotate(upper=Upper("email")).filter(**theirs)
        seen = patrons.visible_to(user).annotate(upper=Upper("email")).filter(**theirs)
        return self.filter(Exists(seen) | ~Exists(on_file))

    def active(self) -> SuppressionQuerySet:
        return self.filter(lifted_at=None)

    def holds(self, address: str) -> bool:
        """Whether nothing may be mailed to this address."""
        return self.active().filter(address=address.strip().lower()).exists()


def _active_consents(purpose: str) -> models.QuerySet[Consent]:

    consents: models.QuerySet[Consent] = apps.get_model("patrons", "Consent").objects.filter(
        patron=OuterRef("pk"), purpose=purpose, withdrawn_at=None
    )
    return consents
