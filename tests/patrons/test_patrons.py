"""A form makes a provisional patron; a mailed link proves the address, once."""

from datetime import datetime, timedelta

import pytest

from patrons.models import Patron
from patrons.services.patrons import create_provisional, prove_address
from tests.builders import make_patron

pytestmark = pytest.mark.django_db


def test_a_form_never_attaches_to_the_record_with_the_same_address(now: datetime) -> None:
    known = make_patron(email="iris@example.org", name="Iris")

    made = create_provisional(
        name="Iris", email="iris@example.org", language="es", audience="adult", branch=None, now=now
    )

    assert made != known
    assert made.standing == Patron.Standing.PROVISIONAL
    assert (made.language, made.created_at, made.proved_at) == ("es", now, None)
    known.refresh_from_db()
    assert known.language == "en"


def test_the_first_proof_makes_a_patron_of_their_own(now: datetime) -> None:
    patron = make_patron(standing="provisional")

    assert prove_address(patron=patron, now=now)

    patron.refresh_from_db()
    assert (patron.standing, patron.proved_at) == ("own", now)
    assert not prove_address(patron=patron, now=now + timedelta(days=1))
    assert patron.proved_at == now


def test_a_stale_copy_of_the_patron_proves_nothing_again(now: datetime) -> None:
    patron = make_patron(standing="provisional")
    stale = Patron.objects.get(pk=patron.pk)
    prove_address(patron=patron, now=now)

    assert not prove_address(patron=stale, now=now + timedelta(hours=1))

    assert stale.proved_at == now
