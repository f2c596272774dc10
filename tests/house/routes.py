"""Who may open what: the table every address must stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.house.world import World, token

Kwargs = Callable[[World], dict[str, Any]]
LIBRARIAN = frozenset({"librarian"})
ADMIN = frozenset({"admin"})
DELIVERIES = frozenset({"librarian", "admin"})
REPORTS = frozenset({"librarian", "manager", "viewer"})
STAFF = frozenset({"librarian", "manager", "viewer", "admin"})


@dataclass(frozen=True)
class Route:
    """`roles` empty: public. `status`: what GET answers whoever may. `posts`: only POST does anything.

    `signed_in`: what a public page answers staff, where it is not the same or a redirect.
    """

    roles: frozenset[str] = frozenset()
    status: int = 200
    signed_in: int = 302
    kwargs: Kwargs = lambda world: {}
    posts: bool = False
    scoped: bool = False

    @property
    def public(self) -> bool:
        return not self.roles


def pk(pick: Callable[[World], object]) -> Kwargs:
    return lambda world: {"pk": pick(world)}


def link(purpose: str, key: Callable[[World], object]) -> Kwargs:
    return lambda world: {"token": token(world, purpose, key(world))}


REQUEST = pk(lambda world: world.waiting.pk)
REASON = pk(lambda world: world.reason.pk)
MESSAGE = pk(lambda world: world.message.pk)
CHECK_IN = link("checkin", lambda world: world.check_in.pk)
BRANCH = pk(lambda world: world.here.pk)
COLLEAGUE = pk(lambda world: world.staff["viewer"].pk)


def patron(world: World) -> dict[str, Any]:
    return {"public_id": world.patron.public_id}


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
    "letter_undo": Route(LIBRARIAN, kwargs=REQUEST, scoped=True, posts=True),
    "contact_reason": Route(LIBRARIAN, kwargs=REASON, scoped=True),
    "contact_later": Route(LIBRARIAN, kwargs=REASON, scoped=True, posts=True),
    "contact_done": Route(LIBRARIAN, kwargs=REASON, scoped=True, posts=True),
    "contact_undo": Route(LIBRARIAN, kwargs=REASON, scoped=True, posts=True),
    "patrons": Route(LIBRARIAN),
    "patron": Route(LIBRARIAN, kwargs=patron, scoped=True),
    "join_patron": Route(LIBRARIAN, kwargs=patron, scoped=True, posts=True),
    "messages": Route(DELIVERIES),
    "message": Route(LIBRARIAN, kwargs=MESSAGE, scoped=True),
    "message_settle": Route(DELIVERIES, kwargs=MESSAGE, scoped=True, posts=True),
    # Reports
    "reports": Route(REPORTS),
    "report_csv": Route(REPORTS),
    # Accounts
    "account_login": Route(),
    "account_logout": Route(status=302, signed_in=200),
    "account_inactive": Route(),
    "account_change_password": Route(STAFF),
    "account_reset_password": Route(),
    "account_reset_password_done": Route(),
    "account_reset_password_from_key": Route(kwargs=lambda world: {"uidb36": "1", "key": "no-such-key"}),
    "account_reset_password_from_key_done": Route(),
    # Settings
    "settings": Route(ADMIN),
    "branches": Route(ADMIN),
    "branch_new": Route(ADMIN),
    "branch": Route(ADMIN, kwargs=BRANCH),
    "holidays": Route(ADMIN),
    "holiday_remove": Route(ADMIN, kwargs=BRANCH, posts=True),
    "staff": Route(ADMIN),
    "staff_new": Route(ADMIN),
    "staff_edit": Route(ADMIN, kwargs=COLLEAGUE),
    "staff_close": Route(ADMIN, kwargs=COLLEAGUE, posts=True),
    "staff_open": Route(ADMIN, kwargs=COLLEAGUE, posts=True),
    "staff_link": Route(ADMIN, kwargs=COLLEAGUE, posts=True),
}
