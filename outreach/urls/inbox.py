"""Addresses of the inbox."""

from django.urls import URLPattern, path

from outreach.views import inbox, inbox_care, inbox_comments, inbox_thread

urlpatterns: list[URLPattern] = [
    path("desk/inbox/", inbox.inbox, name="inbox"),
    path("desk/inbox/comment/", inbox_comments.inbox_comment, name="inbox_comment"),
    path("desk/inbox/comments/", inbox_comments.inbox_comments, name="inbox_comments"),
    path("desk/inbox/tray/<int:pk>/", inbox.inbox_place, name="inbox_place"),
    path("desk/inbox/tray/<int:pk>/new-reader/", inbox.inbox_meet, name="inbox_meet"),
    path("desk/inbox/tray/<int:pk>/away/", inbox.inbox_away, name="inbox_away"),
    path("desk/inbox/tray/<int:pk>/out/", inbox.inbox_take_out, name="inbox_take_out"),
    path("desk/inbox/files/<int:pk>/", inbox.inbox_file, name="inbox_file"),
    path("desk/inbox/<int:pk>/", inbox_thread.inbox_thread, name="inbox_thread"),
    path("desk/inbox/<int:pk>/undo/", inbox_thread.inbox_undo, name="inbox_undo"),
    path("desk/inbox/<int:pk>/assign/", inbox_care.inbox_assign, name="inbox_assign"),
    path("desk/inbox/<int:pk>/later/", inbox_care.inbox_later, name="inbox_later"),
    path("desk/inbox/<int:pk>/done/", inbox_care.inbox_done, name="inbox_done"),
    path("desk/inbox/<int:pk>/reopen/", inbox_care.inbox_reopen, name="inbox_reopen"),
]
