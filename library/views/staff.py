"""Staff accounts. For admins."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.account.forms import ResetPasswordForm
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from library.forms.staff import StaffForm
from library.models import User
from library.services.accounts import tell_about
from library.services.second_step import OwnSecondStep, reset_second_step, staff_with_second_step
from library.services.staff import StaffRequest
from library.services.staffing import LastAdmin, OwnAccount, add_staff, change_staff, close_account, open_account
from relcrm.kit.web import for_roles

NEED_AN_ADMIN = "Someone must be left who can change the settings. Make another colleague an admin first."


@for_roles("admin")
@require_GET
def staff_list(request: StaffRequest) -> HttpResponse:
    """Everyone with an account, the closed ones last."""
    people = staff_with_second_step().prefetch_related("branches").order_by("-is_active", "name", "pk")
    return render(request, "library/staff.html", {"section": "settings", "part": "staff", "people": people})


@for_roles("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def staff_new(request: StaffRequest) -> HttpResponse:
    """Add a colleague and mail them the link to set a password."""
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        raise_if_reauthentication_required(request, app="library")  # an account opens the house
        user = add_staff(facts=form.facts(), by=request.user, now=timezone.now())
        _send_link(request, user)
        messages.success(request, f"{user} has an account. A link to set a password went to {user.email}.")
        return redirect("staff")
    return render(request, "library/staff_edit.html", {"section": "settings", "part": "staff", "form": form})


@for_roles("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def staff_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what a colleague may do and how readers see them."""
    user = get_object_or_404(User, pk=pk)
    form = StaffForm(request.POST or None, user=user, initial=model_to_dict(user))
    if request.method == "POST" and form.is_valid():
        if (form.facts().email, form.facts().role) != (user.email.lower(), user.role):
            # Whoever has the address can set a password, and the role says what that password opens.
            raise_if_reauthentication_required(request, app="library")
        try:
            change_staff(user=user, facts=form.facts(), by=request.user, now=timezone.now())
        except LastAdmin:
            form.add_error("role", NEED_AN_ADMIN)
        else:
            messages.success(request, f"Kept. It counts from {user}'s next click on.")
            return redirect("staff")
    page = {"section": "settings", "part": "staff", "form": form, "person": user}
    return render(request, "library/staff_edit.html", page)


@for_roles("admin")
@require_POST
def staff_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Close an account and end its sessions; the list offers to open it again."""
    user = get_object_or_404(User, pk=pk)
    try:
        close_account(user=user, by=request.user, now=timezone.now())
    except OwnAccount:
        messages.error(request, "You are using this account. Ask another admin to close it.")
    except LastAdmin:
        messages.error(request, NEED_AN_ADMIN)
    else:
        messages.success(request, f"{user} is signed out everywhere. You can open the account again below.")
    return redirect("staff")


@for_roles("admin")
@require_POST
def staff_open(request: StaffRequest, pk: int) -> HttpResponse:
    """Open a closed account again."""
    user = get_object_or_404(User, pk=pk)
    open_account(user=user, by=request.user, now=timezone.now())
    messages.success(request, f"{user} can sign in again.")
    return redirect("staff")


@for_roles("admin")
@require_POST
def staff_link(request: StaffRequest, pk: int) -> HttpResponse:
    """Mail the link to set a password once more."""
    user = get_object_or_404(User.objects.filter(is_active=True).exclude(email=""), pk=pk)
    _send_link(request, user)
    messages.success(request, f"A link to set a password went to {user.email}.")
    return redirect("staff")


@for_roles("admin")
@require_POST
@reauthentication_required(app="library")  # type: ignore[untyped-decorator]  # allauth ships no types
def staff_reset(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a colleague's second step away, after they lost it."""
    user = get_object_or_404(User, pk=pk)
    try:
        done = reset_second_step(user=user, by=request.user, now=timezone.now())
    except OwnSecondStep:
        messages.error(request, "This is your own. Take it away under 'Signing in', with a code of the one you have.")
        return redirect("staff")
    if done:
        tell_about(user=user, what="staff.second_step_reset")
        messages.success(request, f"{user} is signed out and sets up a new second step when they sign in.")
    else:
        messages.success(request, f"{user} had no second step.")
    return redirect("staff")


def _send_link(request: HttpRequest, user: User) -> None:
    form = ResetPasswordForm({"email": user.email})
    if form.is_valid():
        form.save(request)
