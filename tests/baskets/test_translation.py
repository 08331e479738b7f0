"""No plain English in the basket: every page of a walk with all its refusals is read to the last word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from baskets import lifecycle
from baskets.models import Basket, Line
from catalog.models import Event, Instance, ProviderAccount, Venue
from shop import clock
from shop.money import Money
from shop.providers.types import Discount, Offer
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada
from tests.pseudo import plain_english, pseudo_language


class ReadingClient(Client):
    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if response.get("Content-Type", "").startswith("text/html"):
            found = plain_english(response.content.decode())
            assert not found, f"{request['PATH_INFO']} {response.status_code}: {found}"
        return response


@pytest.fixture
def ada(db: None, office: Office, settings: Any) -> Iterator[Ada]:
    settings.SHOP_NAME = "Θέατρο"
    settings.PROVIDER_ACCOUNTS = {
        name: replace(config, title="Ταμείο") for name, config in settings.PROVIDER_ACCOUNTS.items()
    }
    office.rows.clear()
    office.rows["Πλατεία"] = {"Α": 8, "Β": 8}
    office.prices["Πλατεία"] = 4500
    reader = Ada()
    reader.client = ReadingClient()
    with pseudo_language():
        translation.activate("el")
        yield reader
    translation.activate("en")


def greek(*instances: Instance) -> None:
    ProviderAccount.objects.update(title="Ταμείο")
    Event.objects.update(name="Άμλετ")
    Venue.objects.update(name="Σκηνή", city="Αθήνα", access_line="210 2", own_telephone="210 1")


def test_choosing_holding_losing_and_trying_again(
    ada: Ada, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    greek()
    office.restricted["ΠΑ2"] = "κολόνα"
    ada.basket()
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="99")
    ada.press(hamlet, door="best", party="9")
    ada.press(hamlet, door="seats")
    ada.press(hamlet, door="seats", seat=["x"])
    ada.press(hamlet, door="seats", seat=["ΠΑ1"], shown="")
    ada.press(hamlet, door="everything")
    for fault in ("sold_out", "lone", "limit", "gone", "down", "odd"):
        office.faults["hold"] = [fault]
        ada.pick(hamlet)
        ada.press(hamlet, door="seats", seat=["ΠΑ1", "ΠΑ2"])
    office.sold.add("ΠΑ3")
    ada.press(hamlet, door="seats", seat=["ΠΑ3", "ΠΑ4"]) if ada.page.select("#pick") else None
    ada.pick(hamlet)
    office.surcharge = 500
    ada.press(hamlet, door="seats", seat=["ΠΑ1", "ΠΑ2"])
    line = Line.objects.filter(state="changed").get()
    assert ada.status == 200
    ada.post(reverse("baskets:accept", args=[line.pk]), {"price": "1"})
    ada.post(reverse("baskets:accept", args=[line.pk]), {"price": "10000"})
    ada.get(reverse("baskets:change", args=[line.pk]))
    ada.post(reverse("baskets:change", args=[line.pk]), {"keep": ["ψ"]})
    ada.post(reverse("baskets:change", args=[line.pk]), {"keep": ["ΠΑ1"]})
    move_clock(timedelta(minutes=8, seconds=30))
    ada.basket()
    move_clock(timedelta(minutes=3))
    ada.basket()
    gone = Line.objects.filter(state="gone").order_by("-pk")[0]
    ada.post(reverse("baskets:retry", args=[gone.pk]))
    office.faults["hold"] = ["lost before"]
    ada.pick(hamlet)
    ada.press(hamlet, door="seats", seat=["ΠΒ1"])
    move_clock(timedelta(seconds=10))
    ada.basket()
    ada.post(reverse("baskets:remove", args=[Line.objects.filter(state="gone").order_by("-pk")[0].pk]))
    ada.post(reverse("baskets:remove", args=[10**9]))
    lifecycle.freeze(Basket.objects.get(status="open"))
    ada.basket()
    ada.pick(hamlet)
    ada.press(hamlet, door="seats", seat=["ΠΒ5"])
    assert ada.status == 409
    lifecycle.thaw(Basket.objects.get(status="frozen"))
    ada.post(reverse("baskets:clear"))


def test_tickets_by_number_with_all_that_can_be_wrong(ada: Ada, night: Instance, office: Office) -> None:
    greek()
    since = clock.now() + timedelta(days=2)
    office.code_field = True
    office.discounts["ΦΙΛΟΙ"] = Discount("7", "Φίλοι", percent=1000, needs_code=True, minimum=2, maximum=3)
    open_discount = Discount("8", "Νέοι", amount=Money(100, "EUR"))
    office.offers[:] = [
        Offer("α", Money(2500, "EUR"), area="Πλατεία", ticket_type="Είσοδος", maximum=6, fee=Money(250, "EUR"),
              discounts=(open_discount,), left=5),
        Offer("β", Money(0, "EUR"), ticket_type="Δωρεάν", minimum=2, step=2, time_from=night.starts_at + timedelta(days=1),
              time_to=night.starts_at + timedelta(days=1, hours=1)),
        Offer("γ", Money(500, "EUR"), ticket_type="Ποτό", needs=("α",)),
        *(
            Offer(f"κ{n}", Money(1, "EUR"), ticket_type="Άλλο", closed=closed, sale_starts_at=when)
            for n, (closed, when) in enumerate(
                [("not_yet", since), ("not_yet", None), ("ended", None), ("sold_out", None), ("unsupported", None), ("x", None)]
            )
        ),
    ]  # fmt: skip
    for values in (
        {"q-α": "0"}, {"q-α": "7"}, {"q-α": "6"}, {"q-β": "1"}, {"q-β": "3"}, {"q-γ": "1"}, {"q-κ0": "1"},
        {"q-α": "1", "code": "ΛΑΘΟΣ"}, {"q-α": "1", "code": "ΦΙΛΟΙ"}, {"q-α": "4", "code": "ΦΙΛΟΙ"}, {"q-α": "ψ"},
        {"q-α": "-1"}, {"q-α": "4", "q-β": "8"},
    ):  # fmt: skip
        ada.pick(night)
        ada.post(reverse("baskets:add", args=[night.pk]), {**ada.fields(), "door": "offers", **values})
        assert ada.status == 422, values
    ada.pick(night)
    ada.press(night, door="code", code="ΦΙΛΟΙ")
    ada.press(night, door="offers", q__α="2", d__α="8")
    assert ada.status == 200
    line = Line.objects.get()
    ada.get(reverse("baskets:change", args=[line.pk]))
    ada.post(reverse("baskets:change", args=[line.pk]), {"quantity": "99"})
    ada.post(reverse("baskets:change", args=[line.pk]), {"quantity": "3"})
    ada.pick(night)
    ada.press(night, door="offers", q__α="4")
    office.gone["α"] = "not_yet"
    ada.pick(night)
    for problem in ("sold_out", "not_yet", "cancelled", "hold_expired", "one_date_an_order", "seat_chart"):
        Line.objects.update(state="gone", problem=problem)
        ada.basket()
    Instance.objects.update(sale_starts_at=since)
    ada.pick(night)


def test_two_currencies_and_dates_that_are_not_sold(
    ada: Ada, hamlet: Instance, macbeth: Instance, night: Instance, office: Office
) -> None:
    greek()
    ada.hold(hamlet, "ΠΑ1")
    office.offers[:] = [Offer("α", Money(2500, "EUR"), ticket_type="Είσοδος", price_estimated=True)]
    ada.pick(night)
    ada.press(night, door="offers", q__α="2")
    for change in (
        {"stop_sale": True},
        {"stop_sale": False, "bookable": False},
        {"starts_at": clock.now() - timedelta(days=2)},
    ):
        Instance.objects.filter(pk=macbeth.pk).update(**change)
        ada.pick(macbeth)
        assert ada.status in (410, 422)
    office.sold.update(f"Π{row}{n}" for row in "ΑΒ" for n in range(1, 9))
    ada.pick(hamlet)
    office.faults["availability"] = ["down"]
    from django.core.cache import cache

    cache.clear()
    ada.pick(hamlet)
    assert ada.status == 503
