"""Addresses: requests and letters."""

from django.urls import URLPattern, path

from outreach.views import came_of_it, candidates, letter_page, letters, our_letters, requests

urlpatterns: list[URLPattern] = [
    path("desk/requests/", requests.requests, name="requests"),
    path("desk/requests/<int:pk>/", requests.show_request, name="request"),
    path("desk/requests/<int:pk>/release/", requests.release, name="request_release"),
    path("desk/requests/<int:pk>/withdraw/", requests.withdraw, name="request_withdraw"),
    path("desk/requests/<int:pk>/restore/", requests.restore, name="request_restore"),
    path("desk/requests/<int:pk>/letter/", letters.letter_edit, name="letter_edit"),
    path("desk/requests/<int:pk>/letter/find/", letters.letter_find, name="letter_find"),
    path("desk/requests/<int:pk>/letter/candidates/", candidates.letter_candidates, name="letter_candidates"),
    path("desk/requests/<int:pk>/letter/undo/", letters.letter_undo, name="letter_undo"),
    path("desk/requests/<int:pk>/letter/put-away/", our_letters.letter_drop, name="letter_drop"),
    path("desk/requests/<int:pk>/letter/take-up/", our_letters.letter_take_up, name="letter_take_up"),
    path("desk/patrons/<str:public_id>/letter/", our_letters.letter_begin, name="letter_begin"),
    path("desk/came-of-it/", came_of_it.came_of_it, name="came_of_it"),
    path("letters/<str:token>/", letter_page.letter, name="letter"),
]
