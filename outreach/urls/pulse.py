"""Addresses: how does the library do for you?"""

from django.urls import URLPattern, path

from outreach.views import pulse

urlpatterns: list[URLPattern] = [
    path("pulse/<str:token>/", pulse.pulse, name="pulse"),
    path("pulse/<str:token>/thanks/", pulse.pulse_thanks, name="pulse_thanks"),
]
