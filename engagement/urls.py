"""Addresses of this app."""

from django.urls import URLPattern, path

from engagement.views import reports

urlpatterns: list[URLPattern] = [
    path("reports/", reports.reports, name="reports"),
    path("reports/overview.csv", reports.report_csv, name="report_csv"),
]
