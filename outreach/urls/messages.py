"""Addresses of what leaves the house, and of the link that stops it."""

from django.urls import URLPattern, path

from outreach.views import messages, unsubscribe

urlpatterns: list[URLPattern] = [
    path("desk/messages/", messages.messages, name="messages"),
    path("desk/messages/<int:pk>/", messages.message, name="message"),
    path("desk/messages/<int:pk>/settle/", messages.message_settle, name="message_settle"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
