"""Addresses: what is due, on the desk and in a calendar."""

from django.urls import URLPattern, path

from outreach.views import due

urlpatterns: list[URLPattern] = [
    path("desk/due/", due.due, name="due"),
    path("desk/due/calendar/", due.calendar_new, name="due_calendar_new"),
    path("desk/due/calendar/end/", due.calendar_end, name="due_calendar_end"),
    path("desk/due/<str:token>/due.ics", due.feed, name="due_feed"),
]
