"""Addresses of requests, letters, check-ins and messages."""

from django.urls import URLPattern

from outreach.urls.checkins import urlpatterns as checkins
from outreach.urls.letters import urlpatterns as letters
from outreach.urls.messages import urlpatterns as messages
from outreach.urls.public import urlpatterns as public

urlpatterns: list[URLPattern] = [*public, *letters, *checkins, *messages]
