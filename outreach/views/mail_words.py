"""A library's own words for its mails: the list, the editor with its preview, a test to oneself, going back."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages as said
from django.http import Http404, HttpResponse
from django.middleware.csp import get_nonce
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from library.services.staff import StaffRequest
from outreach.forms.mail_words import WordsForm
from outreach.mail.placeholders import MAILS
from outreach.mail.screen import html_on_screen, text_on_screen
from outreach.mail.word_samples import sample_context
from outreach.mail.words import Words, fill_words, words_in_force
from outreach.models import MailTemplate
from outreach.services.mail_words import BadWords, NothingChanged, WordsMovedOn, publish_words, restore_words
from outreach.services.reports.mail_words import mails_with_words, versions_of
from outreach.services.trial_mails import NotSent, send_trial
from relcrm.kit.web import for_roles

LANGUAGES = dict(settings.LANGUAGES)
LARGEST = 1_000_000
SAME = "These words are in force already, so nothing was changed."


@dataclass(frozen=True)
class Preview:
    """A mail as two readers would get it: one we know everything of, and one who gave no name."""

    subject: str
    html: str
    text: str
    least: str


@for_roles("admin")
@require_safe
def mail_words(request: StaffRequest) -> HttpResponse:
    """All mails, and in which language whose words are in force."""
    context = {"section": "settings", "part": "mails", "mails": mails_with_words()}
    return render(request, "outreach/mail_words.html", context)


@for_roles("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def mail_words_edit(request: StaffRequest, name: str, language: str) -> HttpResponse:
    """Write, look at, try and publish the words of one mail. GET with `version` begins with an earlier one."""
    _known(name, language)
    if request.method == "POST":
        return _posted(request, name, language)
    in_force = words_in_force(name, language)
    asked = _there(name, language, _number(request.GET.get("version", "")))
    words = in_force if asked is None else words_in_force(name, language, asked)
    form = WordsForm(name=name, language=language, initial={"subject": words.subject, "body": words.body})
    return _page(request, form, words, seen=in_force.version)


@for_roles("admin")
@require_POST
def mail_words_restore(request: StaffRequest, name: str, language: str) -> HttpResponse:
    """Put an earlier version in force again; 0: the words we ship."""
    _known(name, language)
    version = _there(name, language, _number(request.POST.get("version", "")))
    seen = _number(request.POST.get("seen", ""))
    back = redirect("mail_words_edit", name, language)
    if version is None or seen is None:
        return back
    now = timezone.now()
    try:
        row = restore_words(name=name, language=language, version=version, seen=seen, by=request.user, now=now)
    except WordsMovedOn:
        said.error(request, "Somebody published other words in between. They stand below; choose again.")
    except BadWords as error:
        said.error(request, f"That version no longer fits this mail. {error.args[0]}.")
    except NothingChanged:
        said.success(request, SAME)
    else:
        said.success(request, _in_force(row.version, own=bool(row.body)))
        return redirect(f"{reverse('mail_words_edit', args=[name, language])}?published={row.version}")
    return back


def _posted(request: StaffRequest, name: str, language: str) -> HttpResponse:
    form = WordsForm(request.POST, name=name, language=language)
    seen, action = _number(request.POST.get("seen", "")), request.POST.get("action", "")
    if not form.is_valid():
        return _page(request, form, None, seen=seen)
    words = Words(form.cleaned_data["subject"], form.cleaned_data["body"])
    if action == "publish":
        return _publish(request, form, words, seen)
    if action == "test":
        try:
            address = send_trial(name=name, language=language, words=words, to=request.user, now=timezone.now())
        except NotSent as error:
            said.error(request, str(error))
        else:
            said.success(request, f"A test is on its way to {address}. Nothing is published yet.")
    return _page(request, form, words, seen=seen)


def _publish(request: StaffRequest, form: WordsForm, words: Words, seen: int | None) -> HttpResponse:
    name, language = form.name, form.language
    try:
        row = publish_words(
            name=name,
            language=language,
            subject=words.subject,
            body=words.body,
            seen=-1 if seen is None else seen,
            by=request.user,
            now=timezone.now(),
        )
    except WordsMovedOn:
        return _page(request, form, words, seen=None, status=409)
    except NothingChanged:
        said.success(request, SAME)
        return redirect("mail_words_edit", name, language)
    said.success(request, _in_force(row.version, own=bool(row.body)))
    return redirect(f"{reverse('mail_words_edit', args=[name, language])}?published={row.version}")


def _page(
    request: StaffRequest, form: WordsForm, words: Words | None, *, seen: int | None, status: int = 200
) -> HttpResponse:
    """The editor. `words` are shown as a mail; `seen` None: somebody published in between, and is shown."""
    name, language = form.name, form.language
    versions = versions_of(name, language)
    newest = versions[0] if versions else None
    published = _number(request.GET.get("published", ""))
    context = {
        "section": "settings",
        "part": "mails",
        "form": form,
        "name": name,
        "language": language,
        "languages": LANGUAGES.items(),
        "mail": MAILS[name],
        "versions": versions,
        "newest": newest,
        "theirs": newest if seen is None and request.method == "POST" else None,
        "seen": (newest.version if newest else 0) if seen is None else seen,
        "undo": published - 1 if newest and published == newest.version else None,
        "preview": _preview(request, name, language, words) if words else None,
    }
    return render(request, "outreach/mail_words_edit.html", context, status=status)


def _preview(request: StaffRequest, name: str, language: str, words: Words) -> Preview:
    full = fill_words(name, words, sample_context(name), language=language)
    least = fill_words(name, words, sample_context(name, least=True), language=language)
    html = html_on_screen(full.html, nonce=str(get_nonce(request)))
    return Preview(full.subject, html, text_on_screen(full.text), text_on_screen(least.text))


def _in_force(version: int, *, own: bool) -> str:
    whose = "Your words are" if own else "The words that come with Relcrm are"
    return f"{whose} in force, as version {version}. Mails that wait already keep the words they had."


def _known(name: str, language: str) -> None:
    if name not in MAILS or language not in LANGUAGES:
        raise Http404


def _there(name: str, language: str, version: int | None) -> int | None:
    """The number again where there is such a version (0: the words we ship, which always are)."""
    if version and not MailTemplate.objects.filter(name=name, language=language, version=version).exists():
        raise Http404
    return version


def _number(words: str) -> int | None:
    return int(words) if words.isascii() and words.isdecimal() and len(words) < len(str(LARGEST)) else None
