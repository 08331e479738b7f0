"""The words of what guests are asked: fields, why, what is missing, and what a buyer must know of it."""

from __future__ import annotations

from collections.abc import Iterable

from babel.lists import format_list
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shop.providers.guests import GUEST_FIELDS
from shop.words import locale

Words = str | Promise

FIELDS: dict[str, Words] = {
    "first_name": lazy("First name"),
    "last_name": lazy("Last name"),
    "email": lazy("E-mail"),
    "phone": lazy("Telephone"),
    "date_of_birth": lazy("Date of birth"),
    "gender": lazy("Gender"),
    "country": lazy("Country of residence"),
    "passport": lazy("Passport number"),
    "street": lazy("Street and number"),
    "street_2": lazy("Address, second line"),
    "city": lazy("Town or city"),
    "postcode": lazy("Postcode"),
    "province": lazy("Province or region"),
}
SHORT: dict[str, Words] = {  # within a sentence: "For each guest: name, date of birth"
    "name": lazy("name"),
    "first_name": lazy("first name"),
    "last_name": lazy("last name"),
    "email": lazy("e-mail address"),
    "phone": lazy("telephone number"),
    "date_of_birth": lazy("date of birth"),
    "gender": lazy("gender"),
    "country": lazy("country of residence"),
    "passport": lazy("passport number"),
    "address": lazy("address"),
}
ONE: dict[str, Words] = {  # "2 guests still need a date of birth and a passport number"
    "name": lazy("a name"),
    "first_name": lazy("a first name"),
    "last_name": lazy("a last name"),
    "email": lazy("an e-mail address"),
    "phone": lazy("a telephone number"),
    "date_of_birth": lazy("a date of birth"),
    "gender": lazy("a gender, or none"),
    "country": lazy("a country of residence"),
    "passport": lazy("a passport number"),
    "address": lazy("an address"),
}
HINTS: dict[str, Words] = {
    "email": lazy("In case the organiser has to reach this guest."),
    "phone": lazy("With the country code, for example +44 20 7946 0018."),
    "date_of_birth": lazy("Day, month and year, for example 31 12 1990."),
    "gender": lazy("The organiser asks for it. You need not say."),
    "passport": lazy(
        "The organiser compares it at the entrance. We keep it locked away and delete it once it is handed over."
    ),
    "province": lazy("If the address has one, the region too."),
}
MISSING: dict[str, Words] = {
    "first_name": lazy("Enter a first name"),
    "last_name": lazy("Enter a last name"),
    "email": lazy("Enter an e-mail address"),
    "phone": lazy("Enter a telephone number"),
    "date_of_birth": lazy("Enter a date of birth"),
    "gender": lazy("Choose one of these"),
    "country": lazy("Choose a country"),
    "passport": lazy("Enter a passport number"),
    "street": lazy("Enter a street and number"),
    "street_2": lazy("Enter the second line of the address"),
    "city": lazy("Enter a town or city"),
    "postcode": lazy("Enter a postcode"),
    "province": lazy("Enter a province or region"),
}
AUTOCOMPLETE: dict[str, str] = {
    "first_name": "given-name",
    "last_name": "family-name",
    "email": "email",
    "phone": "tel",
    "gender": "sex",
    "country": "country",
    "street": "address-line1",
    "street_2": "address-line2",
    "city": "address-level2",
    "postcode": "postal-code",
    "province": "address-level1",
}
GENDERS: tuple[tuple[str, Words], ...] = (
    ("unknown", lazy("Rather not say")),
    ("female", lazy("Female")),
    ("male", lazy("Male")),
)
NOTES: dict[str, Words] = {
    "no_away_fans": lazy("These tickets are not for supporters of the visiting team."),
    "no_away_nationality": lazy(
        "These tickets are not for guests who have the nationality of the visiting team."
    ),
    "no_away_province": lazy("These tickets are not for guests who live in the region of the visiting team."),
}
ADDRESS = ("street", "street_2", "city", "postcode", "province")
NAME = ("first_name", "last_name")


def complaint(field: str, code: str) -> str:
    """What the provider said of one field, in our words."""
    if code == "required":
        return str(MISSING.get(field, _("Please fill this in.")))
    if code == "closed":
        return _("This cannot be changed any more.")
    return _("%(field)s: the organiser did not accept this. Please check it.") % {
        "field": FIELDS.get(field, field)
    }


def notes(codes: Iterable[str]) -> list[str]:
    """Plain warnings; a code that is not known says nothing that a buyer could act on."""
    return [str(NOTES[code]) for code in dict.fromkeys(codes) if code in NOTES]


def listed(fields: Iterable[str]) -> str:
    """Fields as a person would say them: "name, date of birth, passport number"."""
    return ", ".join(str(SHORT[name]) for name in _told(fields))


def needed(fields: Iterable[str]) -> str:
    """ "a date of birth and a passport number"."""
    return format_list([str(ONE[name]) for name in _told(fields)], locale=locale())


def _told(fields: Iterable[str]) -> list[str]:
    """A name is one thing, and so is an address."""
    asked = [name for name in GUEST_FIELDS if name in set(fields)]
    said = []
    for name in asked:
        if name in NAME and all(one in asked for one in NAME):
            name = "name"
        elif name in ADDRESS:
            name = "address"
        said.append(name)
    return list(dict.fromkeys(said))
