"""Tombstones: digests that stop someone erased from coming back, in the table and beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from pytest_django import DjangoCaptureOnCommitCallbacks

from patrons.models import Card, Consent, FormerNumber, Tombstone
from patrons.services.tombstones import (
    buried,
    bury,
    digests,
    file_tombstones,
    mail_stopped,
    restore_tombstones,
)
from tests.builders import make_patron

pytestmark = pytest.mark.django_db


def test_a_digest_knows_the_value_however_it_is_written_and_says_nothing_of_it() -> None:
    (digest,) = digests("address", " Iris@Example.ORG ")
    assert digest == digests("address", "iris@example.org")[0]
    assert len(digest) == 64
    assert "iris" not in digest
    assert digests("card", " A1 ") == digests("card", "A1") != digests("ils_id", "A1")
    assert digests("card", "  ") == []


def test_digests_follow_the_key_and_know_the_keys_before_it(settings: LazySettings) -> None:
    old = digests("card", "21")[0]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    new, fallback = digests("card", "21")
    assert fallback == old != new


def test_everything_that_names_the_person_is_buried_and_filed(
    now: datetime, settings: LazySettings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    patron = make_patron(email="iris@example.org", ils_id="77")
    Card.objects.create(patron=patron, number="A1")
    Card.objects.create(patron=patron, number="A2")
    FormerNumber.objects.create(number=900, patron=patron, ils_id="12")
    with django_capture_on_commit_callbacks(execute=True):
        assert bury(patron=patron, now=now) == 5
    assert buried(address="IRIS@example.org")
    assert buried(cards=["x", "A2"])
    assert buried(ils_id="12")
    assert not buried(address="rose@example.org", cards=["77"], ils_id="A1")
    file = Path(settings.ERASURES_FILE)
    assert len(file.read_text().splitlines()) == 5
    assert file.stat().st_mode & 0o077 == 0
    assert not Tombstone.objects.filter(filed_at=None).exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert bury(patron=patron, now=now) == 0
    assert len(file.read_text().splitlines()) == 5


def test_what_a_crash_left_unfiled_is_filed_later(now: datetime, settings: LazySettings) -> None:
    bury(patron=make_patron(), now=now)
    assert not Path(settings.ERASURES_FILE).exists()
    assert file_tombstones(now=now) == 1
    assert file_tombstones(now=now) == 0


def test_a_lost_table_comes_back_from_the_file_and_a_torn_line_does_no_harm(
    now: datetime, settings: LazySettings
) -> None:
    bury(patron=make_patron(email="iris@example.org"), now=now)
    file_tombstones(now=now)
    with Path(settings.ERASURES_FILE).open("a") as file:
        file.write("not a line\n" + "0" * 64 + " address 2026-99-99T99:99:99+00:00\n" + "ab12")
    Tombstone.objects.all().delete()
    assert restore_tombstones(now=now) == 1
    assert buried(address="iris@example.org")
    assert Tombstone.objects.get().made_at == now
    assert restore_tombstones(now=now) == 0
    bury(patron=make_patron(), now=now)
    file_tombstones(now=now)
    Tombstone.objects.all().delete()
    assert restore_tombstones(now=now) == 2  # what came after the torn line stands on a line of its own


def test_a_lost_file_is_written_again_from_the_table(now: datetime, settings: LazySettings) -> None:
    bury(patron=make_patron(email="iris@example.org"), now=now)
    file_tombstones(now=now)
    Path(settings.ERASURES_FILE).unlink()
    assert restore_tombstones(now=now) == 0
    assert file_tombstones(now=now) == 1


def test_what_nobody_proved_or_others_share_is_not_buried(now: datetime) -> None:
    assert bury(patron=make_patron(standing="provisional"), now=now) == 0
    make_patron(email="family@example.org")
    child = make_patron(email="Family@example.org", ils_id="5")
    assert bury(patron=child, now=now) == 1
    assert not buried(address="family@example.org")


def test_only_a_word_of_their_own_lets_the_library_write_again(now: datetime) -> None:
    bury(patron=make_patron(email="iris@example.org"), now=now)
    back = make_patron("proactive", email="iris@example.org")
    consent = Consent.objects.get(patron=back)

    def stopped(address: str = "Iris@example.org") -> bool:
        return mail_stopped(patron=back, address=address, consent="proactive")

    assert stopped()  # given at the time of the erasure, not after it
    Consent.objects.filter(pk=consent.pk).update(given_at=now + timedelta(days=3), how="import")
    assert stopped()
    Consent.objects.filter(pk=consent.pk).update(how="form")
    assert not stopped()
    assert not stopped("else@example.org")
