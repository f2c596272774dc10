"""Addresses: the reader's check-in, and what the desk does with what came of it."""

from django.urls import URLPattern, path

from outreach.views import answers, contacts, joining

urlpatterns: list[URLPattern] = [
    path("checkin/<str:token>/", answers.checkin, name="checkin"),
    path("checkin/<str:token>/thanks/", answers.checkin_thanks, name="checkin_thanks"),
    path("checkin/<str:token>/offer/", answers.checkin_offer, name="checkin_offer"),
    path("checkin/<str:token>/join/", answers.checkin_join, name="checkin_join"),
    path("desk/reasons/<int:pk>/", contacts.contact_reason, name="contact_reason"),
    path("desk/reasons/<int:pk>/later/", contacts.contact_later, name="contact_later"),
    path("desk/reasons/<int:pk>/done/", contacts.contact_done, name="contact_done"),
    path("desk/reasons/<int:pk>/undo/", contacts.contact_undo, name="contact_undo"),
    path("desk/patrons/<str:public_id>/join/", joining.join_patron, name="join_patron"),
]
