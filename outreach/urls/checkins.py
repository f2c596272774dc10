"""Addresses of the reader's check-in."""

from django.urls import URLPattern, path

from outreach.views import answers, joining

urlpatterns: list[URLPattern] = [
    path("checkin/<str:token>/", answers.checkin, name="checkin"),
    path("checkin/<str:token>/thanks/", answers.checkin_thanks, name="checkin_thanks"),
    path("checkin/<str:token>/offer/", answers.checkin_offer, name="checkin_offer"),
    path("checkin/<str:token>/join/", answers.checkin_join, name="checkin_join"),
    path("desk/patrons/<str:public_id>/join/", joining.join_patron, name="join_patron"),
]
