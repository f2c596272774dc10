"""Addresses of this app: signing in, and the settings of the library."""

from allauth.account import views as allauth
from django.urls import path, re_path

from library.views import audit, second_step, sessions, settings, staff

urlpatterns = [
    path("accounts/login/", allauth.login, name="account_login"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path("accounts/password/change/", second_step.change_password, name="account_change_password"),
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
    path("accounts/reauthenticate/", second_step.reauthenticate, name="account_reauthenticate"),
    path("accounts/second-step/", second_step.second_step, name="mfa_index"),
    path("accounts/second-step/ask/", second_step.ask_second_step, name="mfa_authenticate"),
    path("accounts/second-step/again/", second_step.reauthenticate_code, name="mfa_reauthenticate"),
    path("accounts/second-step/again/passkey/", second_step.reauthenticate_passkey, name="mfa_reauthenticate_webauthn"),
    path("accounts/second-step/app/", second_step.activate_app, name="mfa_activate_totp"),
    path("accounts/second-step/app/remove/", second_step.remove_app, name="mfa_deactivate_totp"),
    path("accounts/second-step/passkeys/", second_step.passkeys, name="mfa_list_webauthn"),
    path("accounts/second-step/passkeys/add/", second_step.add_passkey, name="mfa_add_webauthn"),
    path("accounts/second-step/passkeys/sign-in/", second_step.sign_in_passkey, name="mfa_login_webauthn"),
    path("accounts/second-step/passkeys/<int:pk>/remove/", second_step.remove_passkey, name="mfa_remove_webauthn"),
    path("accounts/second-step/codes/", second_step.recovery_codes, name="mfa_view_recovery_codes"),
    path("accounts/second-step/codes/new/", second_step.renew_codes, name="mfa_generate_recovery_codes"),
    path("accounts/sessions/", sessions.sessions, name="sessions"),
    path("accounts/sessions/end/", sessions.sessions_end, name="sessions_end"),
    path("accounts/sessions/<slug:reference>/end/", sessions.session_end, name="session_end"),
    path("desk/settings/", settings.settings, {"part": "times"}, name="settings"),
    path("desk/settings/people/", settings.settings, {"part": "people"}, name="settings_people"),
    path("desk/settings/mail/", settings.settings, {"part": "mail"}, name="settings_mail"),
    path("desk/settings/reckoning/", settings.settings, {"part": "reckoning"}, name="settings_reckoning"),
    path("desk/settings/audit/", audit.audit, name="audit"),
    path("desk/settings/audit/csv/", audit.audit_csv, name="audit_csv"),
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
    path("desk/settings/staff/<int:pk>/reset/", staff.staff_reset, name="staff_reset"),
]
