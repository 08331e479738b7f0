"""Organizers, venues, categories and formats of the imitated Tickethead. All invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shop.standin.tickethead_money import PER_LINE, PER_ORDER, PER_TICKET, Fee


@dataclass(frozen=True)
class Organizer:
    id: int
    name: str
    display_name: str
    city: str
    country: str
    fees: tuple[Fee, ...] = ()
    street: str = ""
    zip: str = ""
    formats: tuple[str, ...] = ("PDF", "PKPASS", "SECURE")


@dataclass(frozen=True)
class Place:
    """A venue. ``zone`` is its IANA time zone."""

    id: int
    name: str
    street: str
    city: str
    zip: str
    country: str
    latitude: float
    longitude: float
    zone: str
    description: str


ORGANIZERS = {
    each.name: each
    for each in (
        Organizer(11, "lantern", "Lantern Live", "Wien", "AT",
                  (Fee(PER_TICKET, "EUR", fixed=60, percentage="2.5", maximum=400, tax_rate="20"),),
                  "Lindengasse 14", "1070"),
        Organizer(12, "nordbahn", "Nordbahn Nights", "Wien", "AT", (Fee(PER_ORDER, "EUR", fixed=150, tax_rate="20"),),
                  "Am Nordbahnhof 3", "1020"),
        Organizer(13, "museum-am-ring", "Museum am Ring", "Wien", "AT", (), "Ring 40", "1010", ("PDF", "PKPASS")),
        Organizer(14, "sava-stage", "Sava Stage", "Zagreb", "HR",
                  (Fee(PER_LINE, "EUR", percentage="4", minimum=50, maximum=600, tax_rate="25"),),
                  "Savska cesta 90", "10000"),
        Organizer(15, "thames-rooms", "Thames Rooms", "London", "GB",
                  (Fee(PER_TICKET, "GBP", percentage="8", minimum=75, tax_rate="0"),
                   Fee(PER_ORDER, "GBP", fixed=95)),
                  "12 Wharf Lane", "SE1 9ZZ", ("PDF", "PKPASS")),
    )
}  # fmt: skip

VIENNA, ZAGREB, LONDON = "Europe/Vienna", "Europe/Zagreb", "Europe/London"
PLACES = {
    each.id: each
    for each in (
        Place(21, "Lanternenhof", "Lindengasse 14", "Wien", "1070", "AT", 48.2010, 16.3480, VIENNA,
              "A courtyard with a glass roof, 600 standing."),
        Place(22, "Kellerbühne", "Gumpendorfer Zeile 9", "Wien", "1060", "AT", 48.1962, 16.3551, VIENNA,
              "Eighty seats under a vault."),
        Place(23, "Nordbahn Halle", "Am Nordbahnhof 3", "Wien", "1020", "AT", 48.2280, 16.3902, VIENNA,
              "The old goods shed: concrete, good air, loud on the left."),
        Place(24, "Museum am Ring", "Ring 40", "Wien", "1010", "AT", 48.2040, 16.3610, VIENNA,
              "Four floors, one courtyard, timed entry."),
        Place(25, "Donauwiese", "Inselweg 1", "Wien", "1220", "AT", 48.2301, 16.4210, VIENNA,
              "Open-air ground by the river."),
        Place(26, "Dvorana Sava", "Savska cesta 90", "Zagreb", "10000", "HR", 45.7930, 15.9560, ZAGREB,
              "Arena with 4,000 seats in four sectors."),
        Place(27, "Klub Trešnja", "Ozaljska 12", "Zagreb", "10000", "HR", 45.8010, 15.9490, ZAGREB,
              "Club for 250 and a garden."),
        Place(28, "Wharf Room", "12 Wharf Lane", "London", "SE1 9ZZ", "GB", 51.5040, -0.1010, LONDON,
              "A long room over the water."),
        Place(29, "Lecture Theatre at the Wharf", "14 Wharf Lane", "London", "SE1 9ZZ", "GB", 51.5042, -0.1014, LONDON,
              "Rows A to H, numbered."),
        Place(30, "Kanalhaus", "Obere Lände 7", "Wien", "1090", "AT", 48.2195, 16.3640, VIENNA,
              "Concert hall with 240 numbered seats in Parkett and Rang."),
        Place(31, "Studio am Ring", "Ring 42", "Wien", "1010", "AT", 48.2042, 16.3615, VIENNA,
              "Sixty numbered seats, no stage."),
    )
}  # fmt: skip

CATEGORIES: dict[str, tuple[int, dict[str, int]]] = {
    "Music": (1, {"Concert": 101, "Club night": 102, "Festival": 103}),
    "Talk": (2, {"Lecture": 201, "Reading": 202, "Workshop": 203}),
    "Sport": (3, {"Football": 301, "Basketball": 302, "Running": 303, "Boxing": 304}),
    "Museum": (4, {"Exhibition": 401, "Guided tour": 402}),
    "Stage": (5, {"Comedy": 501, "Cabaret": 502, "Dance": 503}),
    "Community": (6, {"Market": 601, "Open house": 602}),
}
FORMATS = {"PDF": (1, "PDF ticket"), "PKPASS": (2, "Wallet pass"), "SECURE": (3, "Secure ticket in the app")}
CURRENCIES = {"EUR": (1, "Euro"), "GBP": (2, "Pound sterling"), "USD": (3, "US dollar")}


def subcategory(name: str) -> dict[str, Any]:
    for below in CATEGORIES.values():
        if name in below[1]:
            return {"id": below[1][name], "name": name}
    raise LookupError(name)


def categories() -> list[dict[str, Any]]:
    return [
        {"id": number, "name": name, "subcategory": [{"id": i, "name": n} for n, i in below.items()]}
        for name, (number, below) in CATEGORIES.items()
    ]


def formats(names: tuple[str, ...] = tuple(FORMATS)) -> list[dict[str, Any]]:
    return [{"id": FORMATS[n][0], "name": n, "display_name": FORMATS[n][1]} for n in FORMATS if n in names]


def venue(place: Place, *, position: bool) -> dict[str, Any]:
    address: dict[str, Any] = {
        "id": place.id + 1000,
        "street1": place.street,
        "street2": None,
        "city": place.city,
        "zip": place.zip,
        "state": None,
        "country": place.country,
    }
    if position:
        address["position"] = {"longitude": place.longitude, "latitude": place.latitude}
    return {
        "id": place.id,
        "name": place.name,
        "description": place.description,
        "image_uri": None,
        "ext_id": f"standin-{place.id}",
        "address": address,
    }
