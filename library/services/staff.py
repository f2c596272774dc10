"""Staff as the views meet them."""

from django.http import HttpRequest

from library.models import User


class StaffRequest(HttpRequest):
    """A request that passed `kit.web.for_roles`: its user is a member of staff."""

    user: User
