"""Addresses of this app."""

from django.urls import URLPattern, path

from relcrm.desk.views import health, my, my_page, patrons, today

urlpatterns: list[URLPattern] = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("desk/", today.today, name="today"),
    path("desk/patrons/", patrons.patrons, name="patrons"),
    path("desk/patrons/<str:public_id>/", patrons.patron, name="patron"),
    path("my/", my.my, name="my"),
    path("my/sent/", my.my_sent, name="my_sent"),
    path("my/page/", my_page.my_page, name="my_page"),
    path("my/page/details/", my_page.my_details, name="my_details"),
    path("my/page/consent/", my_page.my_consent, name="my_consent"),
    path("my/page/taste/", my_page.my_taste, name="my_taste"),
    path("my/page/mail/", my_page.my_mail, name="my_mail"),
    path("my/page/data/", my_page.my_data, name="my_data"),
    path("my/page/record/", my_page.my_record, name="my_record"),
    path("my/page/erase/", my_page.my_erase, name="my_erase"),
    path("my/page/close/", my_page.my_close, name="my_close"),
    path("my/<str:token>/", my.my_open, name="my_open"),
]
