"""The roof: which app answers which address."""

from django.urls import include, path

urlpatterns = [
    path("", include("relcrm.desk.urls")),
    path("", include("outreach.urls")),
    path("", include("engagement.urls")),
    path("", include("library.urls")),
]
handler400 = "relcrm.kit.web.not_read"
handler404 = "relcrm.kit.web.not_found"
handler403 = "relcrm.kit.web.not_for_you"
handler429 = "relcrm.kit.web.too_many"
handler500 = "relcrm.kit.web.broken"
