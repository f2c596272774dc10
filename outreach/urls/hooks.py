"""The address mail services call: Anymail's own paths, e.g. /hooks/postmark/tracking/ and /hooks/postmark/inbound/."""

from django.urls import URLPattern, path

from outreach.views import hooks

urlpatterns: list[URLPattern] = [path("hooks/<path:rest>", hooks.hook, name="hook")]
