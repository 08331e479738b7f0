"""What suppliers ask of guests: requirements, the sheet of a reservation or booking, and what is handed over.

Sources: XS2Event, "Guest data"; booking flow. Requirements mix field names with one scope (all_persons, lead_guest) and
one condition (pre_checkout, pre_download). Places are numbered within a ticket, over all the rows that name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shop.providers.guests import GuestPlace, GuestSheet
from shop.providers.xs2event import countries, reading
from shop.providers.xs2event.reading import Json

BEFORE, LATER = "pre_checkout", "pre_download"
EVERYBODY, LEAD = "all_persons", "lead_guest"
# our name -> theirs
FIELDS = {
    "first_name": "first_name", "last_name": "last_name", "email": "contact_email", "phone": "contact_phone",
    "date_of_birth": "date_of_birth", "gender": "gender", "country": "country_of_residence",
    "passport": "passport_number", "street": "street_name", "street_2": "additional_street_name", "city": "city",
    "postcode": "zip", "province": "province",
}  # fmt: skip
OURS = {theirs: ours for ours, theirs in FIELDS.items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """What one ticket asks: of the lead guest and of everybody else, before the booking and later, in our names."""

    lead: Mapping[str, str] = field(default_factory=dict)  # field -> condition
    others: Mapping[str, str] = field(default_factory=dict)

    def of(self, number: int) -> Mapping[str, str]:
        return self.others if number else self.lead


def requirements(raw: Json) -> Asked:
    """`guest_data_requirements`: one flat list of words, or a list of such lists. Before beats later.

    Not documented, our reading: without a scope everybody is asked, without a condition before the booking.
    """
    given = raw.get("guest_data_requirements")
    rows = given if isinstance(given, list) else []
    flat = [one for one in rows if isinstance(one, str)]
    groups = ([flat] if flat else []) + [one for one in rows if isinstance(one, list)]
    lead: dict[str, str] = {}
    others: dict[str, str] = {}
    for group in groups:
        names = [one for one in group if isinstance(one, str)]
        condition = LATER if LATER in names and BEFORE not in names else BEFORE
        only_lead = LEAD in names and EVERYBODY not in names
        for name in names:
            ours = OURS.get(name)
            if ours is None:
                continue
            for target in (lead,) if only_lead else (lead, others):
                if target.get(ours) != BEFORE:
                    target[ours] = condition
    return Asked(lead, others)


def _sorted(asked: Mapping[str, str], condition: str) -> tuple[str, ...]:
    return tuple(name for name in FIELDS if asked.get(name) == condition)


def key_of(ticket: str, number: int) -> str:
    return f"{ticket}:{number}"


def places(ticket: str, quantity: int, asked: Asked) -> list[GuestPlace]:
    """The guests that are asked for of so many tickets: all of them, or the lead only."""
    wanted = quantity if asked.others else 1 if asked.lead else 0
    return [
        GuestPlace(
            key=key_of(ticket, number),
            item_ref=ticket,
            number=number,
            lead=number == 0,
            before=_sorted(asked.of(number), BEFORE),
            later=_sorted(asked.of(number), LATER),
        )
        for number in range(wanted)
    ]


# --- what the provider tells of guests --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """One guest as read from a sheet of theirs. `conditions` is None where the fields came plain, without any."""

    ticket: str
    guest_id: str
    lead: bool
    values: Mapping[str, str]
    conditions: Mapping[str, str] | None
    errors: Mapping[str, str]


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    said = str(value).strip()
    return (countries.two(said) or said) if name == "country" else said


def complaint(error: Any) -> str:
    """Only "required" is published; any other word means that the value does not do. Not documented; our reading."""
    return (
        "required"
        if isinstance(error, str) and error.strip().lower() in {"required", "missing"}
        else "invalid"
    )


def told(ticket: str, raw: Json) -> Told:
    """A guest whose fields are plain values or `{value, condition, error}`, or some of each."""
    values: dict[str, str] = {}
    conditions: dict[str, str] = {}
    errors: dict[str, str] = {}
    wrapped = False
    for theirs, ours in OURS.items():
        given = raw.get(theirs)
        if isinstance(given, dict):
            wrapped = True
            if given.get("condition") in (BEFORE, LATER):
                conditions[ours] = given["condition"]
            if given.get("error"):
                errors[ours] = complaint(given["error"])
            given = given.get("value")
        if said := _value(ours, given):
            values[ours] = said
    lead = raw.get("lead_guest")
    if isinstance(lead, dict):
        lead = lead.get("value")
    guest_id = raw.get("guest_id")
    if isinstance(guest_id, dict):
        guest_id = guest_id.get("value")
    ident = guest_id.strip() if isinstance(guest_id, str) else ""
    return Told(ticket, ident, lead is True, values, conditions if wrapped else None, errors)


def told_by_place(raw: Json) -> dict[str, Told]:
    """Key of the place -> guest, of a whole sheet of theirs."""
    found: dict[str, Told] = {}
    counts: dict[str, int] = {}
    for item in reading.records(raw.get("items")):
        ticket = reading.text(item, "ticket_id")
        for guest in reading.records(item.get("guests")):
            number = counts.get(ticket, 0)
            counts[ticket] = number + 1
            found[key_of(ticket, number)] = told(ticket, guest)
    return found


def complaints(raw: Any, sent: Sequence[Json]) -> dict[str, dict[str, str]]:
    """Key of the place -> field -> code, of a refusal: mapped by the item's place in what was sent, then its ticket."""
    counts: dict[str, int] = {}
    found: dict[str, dict[str, str]] = {}
    items = list(reading.records(reading.record(raw).get("items")))
    for index, item in enumerate(items):
        ticket = reading.text(item, "ticket_id")
        if not ticket and index < len(sent):
            ticket = str(sent[index].get("ticket_id", ""))
        for guest in reading.records(item.get("guests")):
            number = counts.get(ticket, 0)
            counts[ticket] = number + 1
            wrong = told(ticket, guest).errors
            if wrong:
                found[key_of(ticket, number)] = dict(wrong)
    return found


def filled(place: GuestPlace, one: Told | None, asked: bool) -> GuestPlace:
    """A place with what they have of this guest. `asked`: the requirements are known; else their conditions count."""
    if one is None:
        return place
    if one.conditions is not None and not asked:
        place = replace(place, before=_sorted(one.conditions, BEFORE), later=_sorted(one.conditions, LATER))
    # that something is missing is no complaint before anybody has typed it: `before` and `later` say it
    wrong = {name: code for name, code in one.errors.items() if name in one.values}
    return replace(place, values=dict(one.values), complaints=wrong)


def with_conditions(ticket: str, quantity: int, sheet: Mapping[str, Told]) -> list[GuestPlace] | None:
    """The places of a ticket by a sheet whose fields carry conditions; None where it has none for it."""
    mine = {
        number: one for number in range(max(quantity, 1))
        if (one := sheet.get(key_of(ticket, number))) is not None
    }  # fmt: skip
    if not mine or any(one.conditions is None for one in mine.values()):
        return None
    found = [
        filled(
            GuestPlace(key=key_of(ticket, number), item_ref=ticket, number=number, lead=number == 0),
            one,
            False,
        )
        for number, one in sorted(mine.items())
    ]
    return [place for place in found if place.fields]


def is_known(place: GuestPlace, names: Iterable[str], given: Iterable[str] = ()) -> bool:
    """Whether the provider has these fields of this guest: it tells them, or took them when they were given."""
    taken = set(given)
    return all((name in place.values or name in taken) and name not in place.complaints for name in names)


def guest_body(values: Mapping[str, str], *, lead: bool, guest_id: str = "") -> Json:
    """A guest as they want it: keys with values only, countries in three letters."""
    body: Json = {"guest_id": guest_id} if guest_id else {}
    for ours, theirs in FIELDS.items():
        value = values.get(ours, "").strip()
        if value and ours == "country":
            value = countries.three(value) or value
        if value:
            body[theirs] = value
    return body | {"lead_guest": lead}


def sheet(found: Iterable[GuestPlace], notes: Iterable[str], *, open_: bool, complete: bool) -> GuestSheet:
    return GuestSheet(places=tuple(found), open=open_, complete=complete, notes=tuple(dict.fromkeys(notes)))
