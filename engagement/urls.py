"""Addresses of this app."""

from django.urls import URLPattern, path

from engagement.views import needs, reports, services

urlpatterns: list[URLPattern] = [
    path("reports/", reports.reports, name="reports"),
    path("reports/overview.csv", reports.report_csv, name="report_csv"),
    path("reports/notes/", needs.note_looks, name="note_looks"),
    path("needs/", needs.needs, name="needs"),
    path("desk/needs/<int:pk>/take-back/", needs.need_take_back, name="need_take_back"),
    path("desk/patrons/<str:public_id>/needs/", needs.need_log, name="need_log"),
    path("services/", services.services, name="services"),
    path("services/new/", services.service, name="service_new"),
    path("services/<int:pk>/", services.service, name="service"),
    path("services/<int:pk>/offer/", services.service_offer, name="service_offer"),
    path("reports/overview.xlsx", reports.report_xlsx, name="report_xlsx"),
]
