"""What the library reckons of a reader's return, told to that reader in their own language."""

from __future__ import annotations

from datetime import datetime

from django.utils.timesince import TIME_STRINGS
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from engagement.models import Drift
from engagement.services.drift_model import level_of
from engagement.services.drift_words import measured
from patrons.models import Patron

RECKONED = {
    "steady": _("From this we reckon that you will be back within half a year."),
    "watch": _("From this we reckon that you may be back within half a year."),
    "slipping": _("From this we reckon that we may not see you within half a year. Tell us what we could do better."),
}


def coming_back_words(*, patron: Patron, now: datetime) -> list[str]:
    """The days it was reckoned from, and what comes of them: two or three sentences; none where nothing was counted."""
    drift: Drift | None = getattr(patron, "drift", None)
    if drift is None:
        return []
    away = (localtime(now).date() - drift.last_day).days
    return [*_known(drift, away), str(RECKONED[level_of(drift.chance)])]


def _known(drift: Drift, away: int) -> list[str]:
    since = _span(away)
    if drift.days == 1:
        once = gettext("You have been with us once so far, today.")
        return [gettext("You have been with us once so far, %(since)s ago.") % {"since": since} if away > 0 else once]
    days = ngettext(
        "You have used the library on %(days)d day.", "You have used the library on %(days)d days.", drift.days
    ) % {"days": drift.days}
    said = {"gap": _span(drift.rhythm_days or 1), "since": since}
    if away <= 0:
        return [days, gettext("Between two of them you usually let %(gap)s pass; the last one is today.") % said]
    return [days, gettext("Between two of them you usually let %(gap)s pass; the last one was %(since)s ago.") % said]


def _span(days: float) -> str:
    """'3 weeks', in the words Django has in every language."""
    number, unit = measured(days)
    return str(TIME_STRINGS[unit] % {"num": number})
