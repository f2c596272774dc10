"""Addresses of the public form. The start page is the form too."""

from django.urls import URLPattern, path

from outreach.views.public import suggest, suggest_embed, suggest_sent

urlpatterns: list[URLPattern] = [
    path("", suggest, name="home"),
    path("suggest/", suggest, name="suggest"),
    path("suggest/embed/", suggest_embed, name="suggest_embed"),
    path("suggest/sent/<str:token>/", suggest_sent, name="suggest_sent"),
]
