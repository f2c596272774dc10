"""How days and numbers are written, where Django has no custom of the language or an American one."""

from django.utils.translation import gettext_noop

# Named here so that the catalogues carry them: Portuguese writes months in small letters, Django's own does not yet.
MONTHS = (
    gettext_noop("January"),
    gettext_noop("February"),
    gettext_noop("March"),
    gettext_noop("April"),
    gettext_noop("May"),
    gettext_noop("June"),
    gettext_noop("July"),
    gettext_noop("August"),
    gettext_noop("September"),
    gettext_noop("October"),
    gettext_noop("November"),
    gettext_noop("December"),
)
