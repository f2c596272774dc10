"""Addresses of whom to contact next."""

from django.urls import URLPattern, path

from outreach.views import contacts

urlpatterns: list[URLPattern] = [
    path("desk/contact/", contacts.contacts, name="contacts"),
    path("desk/contact/limit/", contacts.contacts_limit, name="contacts_limit"),
    path("desk/reasons/<int:pk>/", contacts.contact_reason, name="contact_reason"),
    path("desk/reasons/<int:pk>/write/", contacts.contact_write, name="contact_write"),
    path("desk/reasons/<int:pk>/later/", contacts.contact_later, name="contact_later"),
    path("desk/reasons/<int:pk>/done/", contacts.contact_done, name="contact_done"),
    path("desk/reasons/<int:pk>/not-now/", contacts.contact_not_now, name="contact_not_now"),
    path("desk/reasons/<int:pk>/undo/", contacts.contact_undo, name="contact_undo"),
]
