"""No plain English in the calendar, in every state it can be in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from catalog import calendar_reads
from catalog.models import ProviderAccount
from shop import clock
from tests import factories_catalog as make
from tests.factories_catalog import Season
from tests.pseudo import plain_english

pytestmark = pytest.mark.django_db


def look(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    found = plain_english(response.content.decode())
    assert not found, f"{path}: {found}"


def test_every_state_of_both_calendars_is_translated(
    client: Client, greek: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_reads, "IN_AN_AGENDA", 5)
    houses = [
        make.venue(f"Σκηνή {zone}", city="Αθήνα", timezone=zone, account=make.account("west-end"))
        for zone in ("Europe/Athens", "Europe/Vienna")
    ]
    for house in houses:
        house.name = "Σκηνή"
        house.save()
    row = make.event("Έργο", venue=houses[0], access_marks=["signed", "step_free"])
    now = clock.now()
    for day, values in enumerate(
        (
            {}, {"seats_left": 3}, {"seats_left": 0}, {"status": "cancelled"}, {"bookable": False}, {"stop_sale": True},
            {"sale_starts_at": now + timedelta(days=3)}, {"sale_ends_at": now - timedelta(days=3)},
            {"ends_at": now + timedelta(days=30)}, {"starts_at": now - timedelta(days=3), "ends_at": now + timedelta(days=3)},
        )
    ):  # fmt: skip
        make.instance(row, **{"starts_at": now + timedelta(days=10, hours=day), **values})
    make.instance(make.event("Άλλο", venue=houses[1]), starts_at=now + timedelta(days=10))
    make.instance(row, starts_at=now + timedelta(days=150))
    programme, show = reverse("catalog:calendar"), reverse("catalog:show_calendar", args=[row.slug])
    for base in (programme, show):
        for query in ("", "?view=agenda", "?view=month", "?view=agenda&day=31", "2031-01/", "2035-01/"):
            look(client, base + query)
    for query in ("?q=έργο&kind=musical&price=50&access=signed&tickets=1", "?q=τίποτα", "?from=χθες&price=α"):
        look(client, programme + query)
    for party in ("1", "2", "99", "αβγ"):
        look(client, f"{show}?party={party}")
    ProviderAccount.objects.update(down_since=now)
    look(client, f"{show}?party=2&view=month")


def test_a_calendar_with_nothing_in_it_is_translated(client: Client, greek: Season) -> None:
    look(client, reverse("catalog:calendar"))
    house = make.venue("Σκηνή", city="Αθήνα", account=make.account("west-end"))
    look(client, reverse("catalog:show_calendar", args=[make.event("Άδειο", venue=house).slug]))
