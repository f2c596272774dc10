"""Addresses of what leaves the house, and of the link that stops it."""

from django.urls import URLPattern, path

from outreach.views import messages, no_mail, unsubscribe

urlpatterns: list[URLPattern] = [
    path("desk/messages/", messages.messages, name="messages"),
    path("desk/messages/progress/", messages.messages_progress, name="messages_progress"),
    path("desk/messages/pause/", messages.messages_pause, name="messages_pause"),
    path("desk/messages/resume/", messages.messages_resume, name="messages_resume"),
    path("desk/messages/<int:pk>/", messages.message, name="message"),
    path("desk/messages/<int:pk>/settle/", messages.message_settle, name="message_settle"),
    path("desk/messages/addresses/", no_mail.no_mail, name="no_mail"),
    path("desk/messages/addresses/stop/", no_mail.no_mail_stop, name="no_mail_stop"),
    path("desk/messages/addresses/<int:pk>/allow/", no_mail.no_mail_allow, name="no_mail_allow"),
    path("desk/messages/addresses/<int:pk>/undo/", no_mail.no_mail_undo, name="no_mail_undo"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
