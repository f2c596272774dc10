"""Addresses of requests, letters, check-ins, the inbox and messages."""

from django.urls import URLPattern

from outreach.urls.checkins import urlpatterns as checkins
from outreach.urls.contacts import urlpatterns as contacts
from outreach.urls.due import urlpatterns as due
from outreach.urls.hooks import urlpatterns as hooks
from outreach.urls.inbox import urlpatterns as inbox
from outreach.urls.letters import urlpatterns as letters
from outreach.urls.mail_words import urlpatterns as mail_words
from outreach.urls.messages import urlpatterns as messages
from outreach.urls.public import urlpatterns as public
from outreach.urls.pulse import urlpatterns as pulse

urlpatterns: list[URLPattern] = [
    *public,
    *letters,
    *checkins,
    *contacts,
    *inbox,
    *due,
    *messages,
    *mail_words,
    *pulse,
    *hooks,
]
