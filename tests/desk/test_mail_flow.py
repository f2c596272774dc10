"""`doctor` says whether mail leaves, and who or what keeps it."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from library.services.settings import current_settings
from outreach.models import Postbox
from outreach.services.delivery import deliver_due
from outreach.services.outboxes import read_noted
from outreach.services.postbox import begin_tick, check_house, note_outbox, pause_mail, resume_mail
from relcrm.desk.services.doctor import examine
from relcrm.desk.services.health import FAILED, OK, WARNING, Finding
from relcrm.desk.services.mail_flow import look_at_mail_flow
from tests.builders import NOON, make_staff
from tests.outreach.test_delivery import queue

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def found(name: str) -> Finding:
    return next(finding for finding in look_at_mail_flow(now=NOON) if finding.name == name)


def test_a_house_whose_mail_leaves_is_well() -> None:
    assert {finding.state for finding in look_at_mail_flow(now=NOON)} == {OK}
    assert {"mail_pause", "mail_clock", "mail_limits", "beside"} <= {finding.name for finding in examine(now=NOON)}


def test_a_pause_by_a_person_is_no_fault_and_one_by_itself_is() -> None:
    amara = make_staff()
    pause_mail(by=amara, because="wrong words in the letters", now=NOON - HOUR)
    pause = found("mail_pause")
    assert pause.state == WARNING
    for words in (str(amara), "wrong words in the letters.", f"{NOON - HOUR:%Y-%m-%d %H:%M}", "under Messages"):
        assert words in pause.words
    resume_mail(by=amara, now=NOON)
    pause_mail(by=None, because="This database is not known here.", now=NOON)
    pause = found("mail_pause")
    assert (pause.state, "by itself. This database is not known here. Let" in pause.words) == (FAILED, True)


def test_a_clock_that_went_back_is_said() -> None:
    begin_tick(now=NOON + 2 * HOUR)
    clock = found("mail_clock")
    assert clock.state == FAILED
    assert f"{NOON + 2 * HOUR:%H:%M}" in clock.words


@pytest.mark.parametrize(("limit", "words"), [("minute", "No mail leaves"), ("day", "Only answers leave")])
def test_a_sender_that_may_send_nothing_is_said(limit: str, words: str) -> None:
    kept = current_settings()
    setattr(kept, f"mails_per_{limit}", 0)
    kept.save()
    limits = found("mail_limits")
    assert (limits.state, limits.value) == (WARNING, 0)
    assert limits.words.startswith(words)


def test_a_folder_that_cannot_be_written_to_is_a_finding_and_a_line_in_the_log(
    settings: LazySettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    queue()
    assert check_house(now=NOON)
    name = Postbox.objects.get().instance
    (tmp_path / "taken").write_text("a file")
    home, settings.BESIDE = settings.BESIDE, tmp_path / "taken"
    with caplog.at_level(logging.ERROR):
        note_outbox()
    assert "nothing can be noted in BESIDE" in caplog.text
    beside = found("beside")
    assert (beside.state, str(tmp_path / "taken") in beside.words) == (FAILED, True)
    # What cannot be read may be a restored database's: nothing leaves, and nothing is paused for good either.
    assert deliver_due(now=NOON).sent == 0
    assert found("mail_pause").state == OK
    assert not resume_mail(by=make_staff(), now=NOON)
    assert deliver_due(now=NOON).sent == 1, "a person said that it may"
    settings.BESIDE = home
    assert check_house(now=NOON)
    fresh = Postbox.objects.get().instance
    assert fresh not in {"", name}
    assert read_noted(fresh) is not None
    assert found("beside").state == OK
