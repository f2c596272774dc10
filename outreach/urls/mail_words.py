"""Addresses of the words of mails, among the settings."""

from django.urls import URLPattern, path

from outreach.views import mail_words

urlpatterns: list[URLPattern] = [
    path("desk/settings/mails/", mail_words.mail_words, name="mail_words"),
    path("desk/settings/mails/<slug:name>/<slug:language>/", mail_words.mail_words_edit, name="mail_words_edit"),
    path(
        "desk/settings/mails/<slug:name>/<slug:language>/restore/",
        mail_words.mail_words_restore,
        name="mail_words_restore",
    ),
]
