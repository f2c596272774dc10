"""Who may open what: the table every address must stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from library.services.calendars import calendar_token
from tests.house.world import World, token

Kwargs = Callable[[World], dict[str, Any]]
LIBRARIAN = frozenset({"librarian"})
ADMIN = frozenset({"admin"})
DELIVERIES = frozenset({"librarian", "admin"})
REPORTS = frozenset({"librarian", "manager", "viewer"})
MANAGER = frozenset({"manager"})
SERVICES = frozenset({"librarian", "manager"})
STAFF = frozenset({"librarian", "manager", "viewer", "admin"})


@dataclass(frozen=True)
class Route:
    """`roles` empty: public. `status`: what GET answers whoever may. `posts`: only POST does anything.

    `signed_in`: what a public page answers staff, where it is not the same or a redirect. `also`: what GET answers
    whoever may, depending on what they have set up.
    """

    roles: frozenset[str] = frozenset()
    status: int = 200
    signed_in: int = 302
    kwargs: Kwargs = lambda world: {}
    posts: bool = False
    scoped: bool = False
    also: int = 0

    @property
    def public(self) -> bool:
        return not self.roles


def pk(pick: Callable[[World], object]) -> Kwargs:
    return lambda world: {"pk": pick(world)}


def link(purpose: str, key: Callable[[World], object]) -> Kwargs:
    return lambda world: {"token": token(world, purpose, key(world))}


REQUEST = pk(lambda world: world.waiting.pk)
LIST = pk(lambda world: world.saved.pk)
BULK = pk(lambda world: world.bulk.pk)
PAIR = pk(lambda world: world.pair.pk)
REASON = pk(lambda world: world.reason.pk)
STOPPED = pk(lambda world: world.stopped.pk)
THREAD = pk(lambda world: world.letter.request.thread_id)
MESSAGE = pk(lambda world: world.message.pk)
CHECK_IN = link("checkin", lambda world: world.check_in.pk)
PULSE = link("pulse", lambda world: world.pulse.pk)
BRANCH = pk(lambda world: world.here.pk)
SERVICE = pk(lambda world: world.service.pk)
IMPORT = pk(lambda world: world.import_run.pk)
COLLEAGUE = pk(lambda world: world.staff["viewer"].pk)


def patron(world: World) -> dict[str, Any]:
    return {"public_id": world.patron.public_id}


def words(_world: World) -> dict[str, Any]:
    return {"name": "check_in", "language": "es"}


def note(world: World) -> dict[str, Any]:
    return patron(world) | {"pk": world.note.pk}


def calendar(world: World) -> dict[str, Any]:
    return {"token": calendar_token(world.staff["librarian"])}


def both(world: World) -> dict[str, Any]:
    return {"kept": world.patron.public_id, "gone": world.double.public_id}


ROUTES: dict[str, Route] = {
    # The machine room
    "health_live": Route(),
    "health_ready": Route(),
    # Readers
    "home": Route(),
    "suggest": Route(),
    "suggest_embed": Route(),
    "suggest_sent": Route(kwargs=link("sent", lambda world: world.waiting.reference)),
    "letter": Route(kwargs=link("letter", lambda world: world.letter.pk)),
    "checkin": Route(kwargs=CHECK_IN),
    "checkin_thanks": Route(status=302, kwargs=CHECK_IN),  # nothing answered yet: to the questions
    "checkin_offer": Route(kwargs=CHECK_IN, posts=True),
    "checkin_join": Route(kwargs=CHECK_IN, posts=True),
    "pulse": Route(kwargs=PULSE),
    "due_feed": Route(kwargs=calendar),
    "pulse_thanks": Route(status=302, kwargs=PULSE),  # nothing answered yet: to the questions
    "hook": Route(status=404, kwargs=lambda world: {"rest": "no-service/tracking/"}),
    "unsubscribe": Route(kwargs=link("unsubscribe", lambda world: f"{world.patron.pk}-check_in")),
    "my": Route(),
    "my_sent": Route(),
    "my_open": Route(kwargs=link("my", lambda world: f"{world.patron.pk}-{world.patron.my_page_opened}")),
    "my_page": Route(status=302),  # without a session of their own: to the page that mails a link
    "my_data": Route(status=302),
    "my_details": Route(status=302),
    "my_consent": Route(status=302),
    "my_taste": Route(status=302),
    "my_mail": Route(status=302),
    "my_wishes": Route(status=302),
    "my_new_address": Route(status=302),
    "my_history": Route(status=302),
    "my_line": Route(status=302),
    "my_numbers": Route(status=302),
    "my_type": Route(status=302),
    "my_address": Route(kwargs=link("address", lambda world: f"{world.address_change.pk}-old")),
    "my_record": Route(status=302),
    "my_erase": Route(status=302),
    "my_close": Route(posts=True),
    # The desk
    "today": Route(STAFF),
    "requests": Route(LIBRARIAN),
    "request": Route(LIBRARIAN, kwargs=REQUEST, scoped=True),
    "request_release": Route(LIBRARIAN, kwargs=REQUEST, scoped=True, posts=True),
    "request_withdraw": Route(LIBRARIAN, kwargs=REQUEST, scoped=True, posts=True),
    "request_restore": Route(LIBRARIAN, kwargs=REQUEST, scoped=True, posts=True),
    "letter_edit": Route(LIBRARIAN, kwargs=REQUEST, scoped=True),
    "letter_find": Route(LIBRARIAN, kwargs=REQUEST, scoped=True),
    "letter_candidates": Route(LIBRARIAN, kwargs=REQUEST, scoped=True),
    "letter_undo": Route(LIBRARIAN, kwargs=pk(lambda world: world.letter.request_id), scoped=True, posts=True),
    "letter_begin": Route(LIBRARIAN, kwargs=patron, scoped=True, posts=True),
    "letter_drop": Route(LIBRARIAN, kwargs=pk(lambda world: world.begun.pk), scoped=True, posts=True),
    "letter_take_up": Route(LIBRARIAN, kwargs=pk(lambda world: world.begun.pk), scoped=True, posts=True),
    "came_of_it": Route(LIBRARIAN),
    "due": Route(LIBRARIAN),
    "due_calendar_new": Route(LIBRARIAN, posts=True),
    "due_calendar_end": Route(LIBRARIAN, posts=True),
    "contacts": Route(LIBRARIAN),
    "contacts_limit": Route(LIBRARIAN, posts=True),
    "contact_write": Route(LIBRARIAN, kwargs=REASON, scoped=True, posts=True),
    "contact_not_now": Route(LIBRARIAN, kwargs=REASON, scoped=True, posts=True),
    "inbox": Route(LIBRARIAN),
    "inbox_comment": Route(LIBRARIAN),
    "inbox_comments": Route(LIBRARIAN, status=302),  # the form stands beside the one for a single comment
    "inbox_thread": Route(LIBRARIAN, kwargs=THREAD, scoped=True),
    "inbox_undo": Route(LIBRARIAN, kwargs=THREAD, scoped=True, posts=True),
    "inbox_assign": Route(LIBRARIAN, kwargs=THREAD, scoped=True, posts=True),
    "inbox_later": Route(LIBRARIAN, kwargs=THREAD, scoped=True, posts=True),
    "inbox_done": Route(LIBRARIAN, kwargs=THREAD, scoped=True, posts=True),
    "inbox_reopen": Route(LIBRARIAN, kwargs=THREAD, scoped=True, posts=True),
    "inbox_place": Route(LIBRARIAN, kwargs=pk(lambda world: world.unplaced.pk)),
    "inbox_meet": Route(LIBRARIAN, kwargs=pk(lambda world: world.unplaced.pk), posts=True),
    "inbox_away": Route(LIBRARIAN, kwargs=pk(lambda world: world.unplaced.pk), posts=True),
    "inbox_take_out": Route(LIBRARIAN, kwargs=pk(lambda world: world.file.reply_id), scoped=True, posts=True),
    "inbox_file": Route(LIBRARIAN, kwargs=pk(lambda world: world.file.pk), scoped=True),
    "contact_reason": Route(LIBRARIAN, kwargs=REASON, scoped=True),
    "contact_later": Route(LIBRARIAN, kwargs=REASON, scoped=True, posts=True),
    "contact_done": Route(LIBRARIAN, kwargs=REASON, scoped=True, posts=True),
    "contact_undo": Route(LIBRARIAN, kwargs=REASON, scoped=True, posts=True),
    "patrons": Route(LIBRARIAN),
    "list_save": Route(LIBRARIAN, posts=True),
    "list_restore": Route(LIBRARIAN, posts=True),
    "list_rename": Route(LIBRARIAN, kwargs=LIST, scoped=True, posts=True),
    "list_remove": Route(LIBRARIAN, kwargs=LIST, scoped=True, posts=True),
    "bulk_new": Route(LIBRARIAN, posts=True),
    "bulk": Route(LIBRARIAN, kwargs=BULK, scoped=True),
    "bulk_progress": Route(LIBRARIAN, kwargs=BULK, scoped=True),
    "bulk_undo": Route(LIBRARIAN, kwargs=BULK, scoped=True, posts=True),
    "bulk_file": Route(LIBRARIAN, status=404, kwargs=BULK, scoped=True),  # of a change there is no table
    "drifting": Route(LIBRARIAN),
    "duplicates": Route(LIBRARIAN),
    "duplicate_dismiss": Route(LIBRARIAN, kwargs=PAIR, scoped=True, posts=True),
    "duplicate_restore": Route(LIBRARIAN, kwargs=PAIR, scoped=True, posts=True),
    "merge": Route(LIBRARIAN, kwargs=both, scoped=True),
    "merge_undo": Route(LIBRARIAN, kwargs=pk(lambda world: world.merge.pk), scoped=True, posts=True),
    "patron": Route(LIBRARIAN, kwargs=patron, scoped=True),
    "join_patron": Route(LIBRARIAN, kwargs=patron, scoped=True, posts=True),
    "stage_set": Route(LIBRARIAN, kwargs=patron, scoped=True, posts=True),
    "stage_take_back": Route(LIBRARIAN, kwargs=patron, scoped=True, posts=True),
    "patron_reasons": Route(LIBRARIAN, kwargs=patron, scoped=True),
    "patron_edit": Route(LIBRARIAN, kwargs=patron, scoped=True),
    "household_add": Route(LIBRARIAN, kwargs=patron, scoped=True, posts=True),
    "household_remove": Route(LIBRARIAN, kwargs=patron, scoped=True, posts=True),
    "note_write": Route(LIBRARIAN, kwargs=patron, scoped=True, posts=True),
    "note_open": Route(LIBRARIAN, kwargs=note, scoped=True, posts=True),
    "note_change": Route(LIBRARIAN, kwargs=note, scoped=True, posts=True),
    "note_take_back": Route(LIBRARIAN, kwargs=note, scoped=True, posts=True),
    "need_log": Route(LIBRARIAN, kwargs=patron, scoped=True, posts=True),
    "gift": Route(LIBRARIAN, kwargs=patron, scoped=True),
    "gift_take_back": Route(LIBRARIAN, kwargs=patron, scoped=True, posts=True),
    "need_take_back": Route(LIBRARIAN, kwargs=pk(lambda world: world.ask.pk), scoped=True, posts=True),
    "needs": Route(REPORTS),
    "services": Route(REPORTS),
    "service_new": Route(SERVICES),
    "service": Route(SERVICES, kwargs=SERVICE),
    "service_offer": Route(SERVICES, kwargs=SERVICE, posts=True),
    "messages": Route(DELIVERIES),
    "message": Route(LIBRARIAN, kwargs=MESSAGE, scoped=True),
    "messages_progress": Route(DELIVERIES),
    "messages_pause": Route(DELIVERIES, posts=True),
    "messages_resume": Route(DELIVERIES, posts=True),
    "no_mail": Route(DELIVERIES),
    "no_mail_stop": Route(DELIVERIES, posts=True),
    "no_mail_allow": Route(DELIVERIES, kwargs=STOPPED, scoped=True, posts=True),
    "no_mail_undo": Route(DELIVERIES, kwargs=STOPPED, scoped=True, posts=True),
    "message_settle": Route(DELIVERIES, kwargs=MESSAGE, scoped=True, posts=True),
    # Imports
    "imports": Route(DELIVERIES),
    "import_new": Route(DELIVERIES),
    "import_run": Route(DELIVERIES, kwargs=IMPORT, scoped=True),
    "import_columns": Route(DELIVERIES, status=302, kwargs=IMPORT, scoped=True),  # it ran: to its report
    "import_progress": Route(DELIVERIES, status=302, kwargs=IMPORT, scoped=True),  # as above
    "import_start": Route(DELIVERIES, kwargs=IMPORT, scoped=True, posts=True),
    "import_cancel": Route(DELIVERIES, kwargs=IMPORT, scoped=True, posts=True),
    "import_undo": Route(DELIVERIES, kwargs=IMPORT, scoped=True, posts=True),
    "import_discard": Route(DELIVERIES, kwargs=IMPORT, scoped=True, posts=True),
    "import_rejected": Route(DELIVERIES, kwargs=IMPORT, scoped=True, posts=True),
    # Reports
    "reports": Route(REPORTS),
    "note_looks": Route(MANAGER),
    "report_page": Route(REPORTS, kwargs=lambda world: {"page": "effort"}),
    "report_definitions": Route(REPORTS),
    "report_figure": Route(REPORTS, status=404, kwargs=lambda world: {"key": "no-such-number"}),
    "report_picture": Route(REPORTS, kwargs=lambda world: {"key": "not-drawn"}),
    "report_csv": Route(REPORTS),
    "report_xlsx": Route(REPORTS),
    "report_pdf": Route(REPORTS, status=302),  # to the place where it arrives
    "report_board": Route(REPORTS, status=404, kwargs=lambda world: {"key": "nobody-asked"}),
    "report_monthly": Route(REPORTS, posts=True),
    # Accounts
    "account_login": Route(),
    "account_logout": Route(status=302, signed_in=200),
    "account_inactive": Route(),
    "account_reauthenticate": Route(STAFF, also=302),
    "account_change_password": Route(STAFF),
    "account_reset_password": Route(),
    "account_reset_password_done": Route(),
    "account_reset_password_from_key": Route(kwargs=lambda world: {"uidb36": "1", "key": "no-such-key"}),
    "account_reset_password_from_key_done": Route(),
    # The second step, and where one is signed in
    "mfa_index": Route(STAFF),
    "mfa_authenticate": Route(status=302),  # without a password before it: to the sign-in
    "mfa_reauthenticate": Route(STAFF, also=302),
    "mfa_reauthenticate_webauthn": Route(STAFF, status=302),  # without a passkey: to another way
    "mfa_activate_totp": Route(STAFF, status=302),  # signed in long ago: to prove it again first
    "mfa_deactivate_totp": Route(STAFF, status=302, also=404),
    "mfa_list_webauthn": Route(STAFF, status=302),
    "mfa_add_webauthn": Route(STAFF, status=302),
    "mfa_login_webauthn": Route(status=302),
    "mfa_remove_webauthn": Route(STAFF, status=302, kwargs=BRANCH),
    "mfa_view_recovery_codes": Route(STAFF, status=404),
    "mfa_generate_recovery_codes": Route(STAFF, status=302),
    "sessions": Route(STAFF),
    "sessions_end": Route(STAFF, posts=True),
    "session_end": Route(STAFF, kwargs=lambda world: {"reference": "no-such-browser"}, posts=True),
    # Settings
    "rules": Route(MANAGER),
    "rules_progress": Route(MANAGER),
    "rules_published": Route(REPORTS),
    "rules_version": Route(REPORTS, kwargs=lambda world: {"number": 1}),
    "rule_draft_begin": Route(MANAGER, kwargs=lambda world: {"number": 1}, posts=True),
    "rule_draft": Route(MANAGER),
    "rule_draft_new": Route(MANAGER),
    "rule_draft_scale": Route(MANAGER, posts=True),
    "rule_draft_aside": Route(MANAGER, posts=True),
    "rule_draft_effect": Route(MANAGER),
    "rule_draft_publish": Route(MANAGER, posts=True),
    "rule_draft_row": Route(MANAGER, kwargs=lambda world: {"kind": "letter"}),
    "rule_draft_back": Route(MANAGER, kwargs=lambda world: {"kind": "letter"}, posts=True),
    "experiments": Route(MANAGER),
    "experiment_new": Route(MANAGER),
    "experiment_end": Route(MANAGER, kwargs=pk(lambda world: world.experiment.pk), posts=True),
    "settings": Route(ADMIN),
    "retention": Route(ADMIN),
    "branches": Route(ADMIN),
    "branch_new": Route(ADMIN),
    "branch": Route(ADMIN, kwargs=BRANCH),
    "holidays": Route(ADMIN),
    "holidays_public": Route(ADMIN),
    "holidays_public_undo": Route(ADMIN, posts=True),
    "holiday_remove": Route(ADMIN, kwargs=pk(lambda world: world.holiday.pk), posts=True),
    "staff": Route(ADMIN),
    "staff_new": Route(ADMIN),
    "staff_edit": Route(ADMIN, kwargs=COLLEAGUE),
    "staff_close": Route(ADMIN, kwargs=COLLEAGUE, posts=True),
    "staff_open": Route(ADMIN, kwargs=COLLEAGUE, posts=True),
    "staff_link": Route(ADMIN, kwargs=COLLEAGUE, posts=True),
    "staff_reset": Route(ADMIN, kwargs=COLLEAGUE, posts=True),
    "settings_people": Route(ADMIN),
    "settings_mail": Route(ADMIN),
    "settings_reckoning": Route(ADMIN | MANAGER),
    "mail_words": Route(ADMIN),
    "mail_words_edit": Route(ADMIN, kwargs=words),
    "mail_words_restore": Route(ADMIN, kwargs=words, posts=True),
    "audit": Route(ADMIN),
    "audit_csv": Route(ADMIN, posts=True),
}
