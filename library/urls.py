"""Addresses of this app: signing in, and the settings of the library."""

from allauth.account import views as allauth
from django.urls import path, re_path

from library.views import settings, staff

urlpatterns = [
    path("accounts/login/", allauth.login, name="account_login"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path("accounts/password/change/", allauth.password_change, name="account_change_password"),
    path("accounts/password/reset/", allauth.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "accounts/password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("desk/settings/", settings.settings, name="settings"),
    path("desk/settings/branches/", settings.branches, name="branches"),
    path("desk/settings/branches/new/", settings.branch, name="branch_new"),
    path("desk/settings/branches/<int:pk>/", settings.branch, name="branch"),
    path("desk/settings/holidays/", settings.holidays, name="holidays"),
    path("desk/settings/holidays/<int:pk>/remove/", settings.holiday_remove, name="holiday_remove"),
    path("desk/settings/staff/", staff.staff_list, name="staff"),
    path("desk/settings/staff/new/", staff.staff_new, name="staff_new"),
    path("desk/settings/staff/<int:pk>/", staff.staff_edit, name="staff_edit"),
    path("desk/settings/staff/<int:pk>/close/", staff.staff_close, name="staff_close"),
    path("desk/settings/staff/<int:pk>/open/", staff.staff_open, name="staff_open"),
    path("desk/settings/staff/<int:pk>/link/", staff.staff_link, name="staff_link"),
]
