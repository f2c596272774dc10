"""Browsers that are signed in, and those that have a reader's page open."""

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Session(AbstractBaseSession):
    """Django's session with its member of staff beside it, so that all sessions of one person are found at once.

    `user` is empty for readers and for whoever is still signing in. `library.services.sessions` reads and writes it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="sessions"
    )

    def __str__(self) -> str:
        return f"{self.user or 'nobody'} until {self.expire_date:%Y-%m-%d %H:%M}"
