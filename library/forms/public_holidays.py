"""Which public holidays: of a country or one of its regions, for a year, in a language, for the library or a branch."""

from __future__ import annotations

from typing import Any

from django import forms

from library.forms.settings import whole_number
from library.models import Branch
from library.services.public_holidays import Country, Wish, countries, country_of

YEARS_AROUND = 5
NEXT_YEAR_FROM = 10  # from October on, next year is what is planned
OWN_NAMES = "As the country calls them"


class PublicHolidaysForm(forms.Form):
    """Region and language are asked once the country is known. `year` and `month` are now's, where the library is."""

    country = forms.ChoiceField(
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose a country from the list")
    )
    region = forms.ChoiceField(required=False)
    year = forms.IntegerField()
    language = forms.ChoiceField(
        required=False,
        label="Their names",
        error_messages={"invalid_choice": "Choose a language from the list for the names"},
    )
    branch = forms.ModelChoiceField(
        Branch.objects.order_by("name"),
        required=False,
        label="Where",
        empty_label="All branches",
        error_messages={"invalid_choice": "Choose a branch from the list"},
    )

    def __init__(self, *args: Any, year: int, month: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ask("country", [("", "Choose one"), *countries()])
        self.fields["year"] = whole_number("Year", "", year - YEARS_AROUND, year + YEARS_AROUND)
        self.fields["year"].initial = year + (month >= NEXT_YEAR_FROM)
        self.chosen = self._country()
        self._ask("region", [("", "The whole country"), *(self.chosen.regions if self.chosen else [])])
        self._ask("language", [("", OWN_NAMES), *(self.chosen.languages if self.chosen else [])])
        if self.chosen and "region" in self.fields:
            words = f"Choose a region of {self.chosen.name} from the list, or the whole country"
            self.fields["region"].error_messages["invalid_choice"] = words

    def wish(self) -> Wish:
        """What was chosen, once it is valid."""
        said = self.cleaned_data
        return Wish(said["country"], said.get("region", ""), said["year"], said.get("language", ""), said["branch"])

    def title(self) -> str:
        """'Bavaria, Germany, 2027'."""
        wish, country = self.wish(), country_of(self.cleaned_data["country"])
        return ", ".join(filter(None, (dict(country.regions).get(wish.region, ""), country.name, str(wish.year))))

    def _country(self) -> Country | None:
        code = self.data.get("country", "") if self.is_bound else ""
        return country_of(code) if code in dict(countries()) else None

    def _ask(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Ask it, unless there is nothing to choose between."""
        field = self.fields.pop(name) if len(choices) == 1 else self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
