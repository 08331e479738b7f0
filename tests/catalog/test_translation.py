"""No plain English on any page of the catalogue, in every state a page can be in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as shop_settings
from django.test import Client
from django.urls import reverse

from catalog.models import Event, Instance, ProviderAccount
from shop import clock
from shop.money import Money
from shop.providers.errors import Unavailable
from shop.providers.types import Availability, Offer
from tests import factories_catalog as make
from tests.factories_catalog import Season
from tests.pseudo import plain_english

pytestmark = pytest.mark.django_db
GREEK_HOUSE = {
    "city": "Αθήνα", "address": "Οδός Σταδίου 1", "telephone": "210 123", "getting_there": "Στάση Ομόνοια",
    "own_text": "Ένα θέατρο", "access_line": "210 124", "box_office": "Στην είσοδο", "country": "",
    "postcode": "10564", "timezone": "Europe/Athens",
}  # fmt: skip


def show(name: str, *, dates: int = 1, **values: Any) -> Event:
    where = make.venue(f"Σκηνή {name}", account=make.account("west-end"), **GREEK_HOUSE)
    said = {
        "venue": where, "description": "<p>Ένα έργο</p>", "tagline": "Φως", "running_time": "2 ώ",
        "age_note": "8+", "notice": "Καπνός", "access_note": "Ράμπα", "offer_text": "-20 %", "terms": "<p>Όροι</p>",
        "seller": "Ταμείο", "own_text": "Δικό μας", **values,
    }  # fmt: skip
    row = make.on_sale(name, dates=dates, **said)
    Event.objects.filter(pk=row.pk).update(prices=[["Πλατεία", "Α", "Ενήλικας", 2450, 9000, 245]])
    for date in row.instances.all():
        offers = (Offer("a", Money(2450, "GBP"), area="Πλατεία", fee=Money(245, "GBP")),)
        make.Provider.season.offers[date.provider_ref] = Availability(
            date.provider_ref, clock.now(), offers=offers
        )
    return row


def look(client: Client, path: str, status: int = 200, **headers: str) -> None:
    response = client.get(path, headers=headers)
    assert response.status_code == status, (path, response.status_code)
    found = plain_english(response.content.decode())
    assert not found, f"{path}: {found}"


def test_the_list_and_its_filters(client: Client, greek: Season) -> None:
    for n in range(26):
        show(f"Έργο {n}", access_marks=["captioned", "signed"], kind=("musical", "play", "club")[n % 3])
    home = reverse("catalog:event_list")
    look(client, home)
    look(client, f"{home}?page=2")
    look(client, f"{home}?q=Έργο&when=weekend&kind=musical&price=50&access=signed&tickets=1&sort=name")
    look(client, f"{home}?from=2030-01-02&to=2029-01-01&price=αβγ")
    look(client, f"{home}?q=τίποτα&kind=play")
    for when in ("today", "tomorrow", "weekend", "month"):
        look(client, f"{home}?when={when}")


def test_a_list_with_nothing_in_it(client: Client, greek: Season) -> None:
    look(client, reverse("catalog:event_list"))
    look(client, reverse("catalog:venue_list"))


STATES: dict[str, dict[str, Any]] = {
    "on sale": {},
    "stopped": {"stop_sale": True},
    "cancelled": {"status": "cancelled"},
    "moved": {"status": "moved"},
}


@pytest.mark.parametrize("state", STATES)
def test_an_event_in_each_state(client: Client, greek: Season, state: str) -> None:
    row = show("Έργο", dates=3)
    Event.objects.filter(pk=row.pk).update(**STATES[state])
    look(client, row.get_absolute_url())
    look(client, reverse("catalog:event_list"))
    for date in row.instances.all():
        look(client, date.get_absolute_url())
        look(client, reverse("catalog:availability", args=[date.pk]))


DATE_STATES: dict[str, dict[str, Any]] = {
    "sold out": {"seats_left": 0},
    "few left": {"seats_left": 4},
    "not bookable": {"bookable": False},
    "cancelled": {"status": "cancelled"},
    "not yet": {"sale_starts_at": timedelta(days=3)},
    "sale over": {"sale_ends_at": timedelta(days=-1)},
    "stopped": {"stop_sale": True},
    "doors": {"doors_at": timedelta(days=7)},
}


@pytest.mark.parametrize("state", DATE_STATES)
def test_a_date_in_each_state(client: Client, greek: Season, state: str) -> None:
    row = show("Έργο", dates=2)
    said = {k: clock.now() + v if isinstance(v, timedelta) else v for k, v in DATE_STATES[state].items()}
    Instance.objects.filter(event=row).update(**said)
    make.summaries.keep([row.pk])
    look(client, row.get_absolute_url())
    look(client, reverse("catalog:event_list"))
    for date in row.instances.all():
        look(client, date.get_absolute_url())
        look(client, reverse("catalog:availability", args=[date.pk]))


def test_a_box_office_that_does_not_answer(client: Client, greek: Season) -> None:
    row = show("Έργο")
    date = row.instances.get()
    greek.down = Unavailable()
    ProviderAccount.objects.update(down_since=clock.now())
    look(client, reverse("catalog:availability", args=[date.pk]))
    look(client, row.get_absolute_url())
    look(client, date.get_absolute_url())


def test_live_prices_of_every_kind(client: Client, greek: Season) -> None:
    date = show("Έργο").instances.get()
    soon = clock.now() + timedelta(days=2)
    greek.offers[date.provider_ref] = Availability(
        date.provider_ref,
        clock.now(),
        offers=tuple(
            Offer(
                f"o{n}", Money(2450, "GBP"), area="Πλατεία", ticket_type="Ενήλικας", fee=Money(245, "GBP"),
                closed=closed, left=left, sale_starts_at=soon if closed == "not_yet" else None,
            )
            for n, (closed, left) in enumerate(
                [("", None), ("", 3), ("not_yet", None), ("ended", None), ("sold_out", 0), ("unsupported", None)]
            )
        ),
    )  # fmt: skip
    look(client, reverse("catalog:availability", args=[date.pk]))


def test_a_long_run_a_bare_event_and_one_without_dates(client: Client, greek: Season) -> None:
    look(client, show("Έργο", dates=100).get_absolute_url())
    bare = dict.fromkeys(("description", "tagline", "running_time", "age_note", "notice", "access_note"), "")
    row = show("Γυμνό", seller="", own_text="", terms="", offer_text="", **bare)
    row.venue.__class__.objects.filter(pk=row.venue_id).update(telephone="", access_line="", box_office="")
    look(client, row.get_absolute_url())
    look(client, row.instances.get().get_absolute_url())
    look(client, make.event("Άδειο", venue=row.venue, description="").get_absolute_url())


def test_what_is_over_and_what_is_gone(
    client: Client, greek: Season, move_clock: Callable[..., None]
) -> None:
    over, still = show("Έργο"), show("Άλλο", starts_at=clock.now() + timedelta(days=40))
    gone = show("Χαμένο", starts_at=clock.now() + timedelta(days=40))
    Event.objects.filter(pk=gone.pk).update(gone_at=clock.now())
    move_clock(timedelta(days=20))
    make.summaries.keep([over.pk, still.pk])
    look(client, over.get_absolute_url(), 410)
    look(client, over.instances.get().get_absolute_url(), 410)
    look(client, gone.get_absolute_url(), 410)
    look(client, still.get_absolute_url())
    look(client, "/el/events/no-such-thing/", 404)


def test_venues_and_pages(client: Client, greek: Season) -> None:
    row = show("Έργο")
    look(client, reverse("catalog:venue_list"))
    look(client, row.venue.get_absolute_url())
    Event.objects.update(hidden=True)
    look(client, row.venue.get_absolute_url())
    for slug in ("help", "terms", "privacy", "accessibility", "imprint"):
        look(client, reverse("catalog:page", args=[slug]))


def test_the_demo_says_so_in_the_language_too(client: Client, greek: Season, settings: Any) -> None:
    settings.DEMO = True
    look(client, reverse("catalog:event_list"), host=shop_settings.LOOPBACK_HOSTS[0])
