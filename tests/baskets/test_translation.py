"""No plain English on any page of the basket, whatever the box office answers. Every page Ada sees is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import translation

from baskets.models import Basket, Line
from catalog.models import Event, Instance, ProviderAccount, Venue
from shop import clock
from shop.money import Money
from shop.providers.types import Discount, Offer
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada
from tests.pseudo import plain_english, pseudo_language


class Reader(Ada):
    """Ada, who reads every page to the last word."""

    def _take(self, response: Any) -> BeautifulSoup:
        found = plain_english(response.content.decode())
        assert not found, f"{response.request['PATH_INFO']} {response.status_code}: {found}"
        return super()._take(response)


@pytest.fixture
def ada(db: None, office: Office, settings: Any) -> Iterator[Ada]:
    settings.SHOP_NAME = "Θέατρο"
    settings.SHOP_TELEPHONE = "210 999"
    settings.PROVIDER_ACCOUNTS = {
        name: replace(config, title=f"Ταμείο {name[0].upper()}")
        for name, config in settings.PROVIDER_ACCOUNTS.items()
    }
    office.prices, office.rows = (
        {"Πλατεία": 4500, "Εξώστης": 3000},
        {"Πλατεία": {"Α": 8, "Β": 8}, "Εξώστης": {"Α": 4}},
    )
    office.offers = [
        Offer("adult", Money(2500, "EUR"), area="Αρένα", ticket_type="Ενήλικας", maximum=6, fee=Money(250, "EUR"))
    ]  # fmt: skip
    with pseudo_language() as code, translation.override(code):
        yield Reader()


def greek(row: Instance, name: str = "Άμλετ") -> Instance:
    """The rows of a date in Greek."""
    ProviderAccount.objects.update(title="Ταμείο")
    Venue.objects.update(name="Σκηνή", city="Αθήνα", access_line="210 123", telephone="210 124")
    Event.objects.filter(pk=row.event_id).update(name=name, seller="Ταμείο")
    row.refresh_from_db()
    return row


@pytest.fixture
def hamlet(hamlet: Instance) -> Instance:
    return greek(hamlet)


@pytest.fixture
def macbeth(macbeth: Instance) -> Instance:
    return greek(macbeth, "Μάκβεθ")


@pytest.fixture
def night(night: Instance) -> Instance:
    return greek(night, "Νύχτα")


def act(ada: Ada, what: str, **data: Any) -> None:
    ada.post(reverse(f"baskets:{what}", args=[Line.objects.latest("pk").pk]), data)


def test_from_the_choice_to_the_basket_and_out_again(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.basket()
    office.restricted["ΠΑ2"] = "κολόνα"
    ada.pick(hamlet, party=3)
    ada.hold(hamlet, "ΠΑ1", "ΠΑ2", "ΠΑ3")
    ada.get(reverse("baskets:badge"))
    ada.get(reverse("catalog:event_list"))
    ada.get(reverse("baskets:change", args=[Line.objects.get().pk]))
    act(ada, "change", keep=["ΠΑ1", "ΠΑ2"])
    act(ada, "others")
    line = Line.objects.latest("pk")
    for _ in range(2):
        ada.post(reverse("baskets:remove", args=[line.pk]))
    ada.hold(hamlet, "ΠΒ1")
    ada.post(reverse("baskets:clear"), {"currency": "GBP"})


def test_the_best_seats_and_what_if_there_are_none(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="2")
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="99")
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="")
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="9", together="on")
    ada.pick(hamlet)
    ada.press(hamlet, door="seats")
    office.rows = {"Πλατεία": {"Α": 1}}
    ada.pick(hamlet, party=4)
    office.rows = {}
    ada.pick(hamlet)


@pytest.mark.parametrize(
    "fault", ["down", "odd", "lone", "limit", "sold_out", "gone", "lost before", "lost after"]
)
def test_every_refusal_of_the_box_office(ada: Ada, hamlet: Instance, office: Office, fault: str) -> None:
    ada.pick(hamlet, party=2)
    office.faults["hold"] = [fault] * 2
    office.faults["read"] = [fault if fault == "down" else ""] * 2
    ada.press(hamlet, door="seats", seat=["ΠΑ3", "ΠΑ4"])
    ada.basket()
    ada.post(reverse("baskets:check"))


def test_a_box_office_that_is_down_before_anything_is_chosen(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.faults["availability"] = ["down"]
    ada.pick(hamlet)


def test_a_seat_that_somebody_else_took(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.pick(hamlet, party=2)
    office.sold |= {"ΠΑ3"}
    ada.press(hamlet, door="seats", seat=["ΠΑ3", "ΠΑ4"])


def test_a_price_that_rose(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.pick(hamlet)
    office.surcharge = 500
    ada.press(hamlet, door="seats", seat=["ΠΑ3"])
    ada.basket()
    act(ada, "accept", price="1")
    act(ada, "accept", price="5000")


def test_the_time_runs_out(ada: Ada, hamlet: Instance, office: Office, move_clock: Callable) -> None:
    ada.hold(hamlet, "ΠΑ1", "ΠΑ2")
    for minutes in (6, 2.5, 2):
        move_clock(timedelta(minutes=minutes))
        ada.basket()
    act(ada, "retry")
    move_clock(timedelta(minutes=11))
    office.sold |= {"ΠΑ1"}
    ada.basket()
    act(ada, "retry")
    ada.get(reverse("baskets:similar", args=[Line.objects.latest("pk").pk]))


def test_wishes_their_limits_and_codes(ada: Ada, night: Instance, office: Office) -> None:
    soon = clock.now() + timedelta(days=2)
    office.code_field = True
    office.discounts["ΦΙΛΟΙ"] = Discount("d", "Φίλοι", percent=1000, needs_code=True)
    office.offers += [
        Offer("child", Money(0, "EUR"), area="Αρένα", ticket_type="Παιδί", minimum=2, step=2, needs=("adult",)),
        Offer("slot", Money(900, "EUR"), ticket_type="Ώρα", time_from=soon, time_to=soon + timedelta(hours=1), left=3,
              discounts=(Discount("x", "Φοιτητής", amount=Money(100, "EUR"), maximum=2),), notes=("Όρθιοι",)),
        *(Offer(why, Money(900, "EUR"), ticket_type=f"Τύπος {n}", closed=why,
                sale_starts_at=soon if why == "not_yet" else None)
          for n, why in enumerate(("not_yet", "ended", "sold_out", "unsupported"))),
    ]  # fmt: skip
    ada.pick(night)
    fields = [name for name in ada.fields() if name.startswith("q")]
    assert fields, ada.fields()
    ada.press(night, door="offers")
    for number in ("99", "1", "-1", "α"):
        ada.pick(night)
        ada.press(night, door="offers", **dict.fromkeys(fields, number))
    ada.pick(night)
    ada.press(night, door="code", code="ΦΙΛΟΙ")
    ada.press(night, door="code", code="ΛΑΘΟΣ")
    ada.pick(night)
    ada.press(night, door="offers", code="", **{fields[0]: "2"})
    assert Line.objects.exists(), str(ada.page.select(".notice, .error-summary, .error"))
    ada.basket()
    ada.get(reverse("baskets:change", args=[Line.objects.get().pk]))
    office.gone["adult"] = "sold_out"
    ada.post(reverse("baskets:check"))
    ada.basket()


def test_two_currencies_and_a_payment_that_has_begun(
    ada: Ada, hamlet: Instance, macbeth: Instance, night: Instance, office: Office
) -> None:
    ada.hold(hamlet, "ΠΑ1")
    ada.hold(macbeth, "ΠΒ1")
    ada.pick(night)
    field = next(name for name in ada.fields() if name.startswith("q"))
    ada.press(night, door="offers", **{field: "1"})
    ada.basket()
    Basket.objects.filter(currency="GBP").update(status="frozen")
    ada.basket()
    ada.hold(hamlet, "ΠΑ5") if 'id="pick"' in str(ada.pick(hamlet)) else None
    act(ada, "remove")


@pytest.mark.parametrize(
    "change",
    [
        {"stop_sale": True},
        {"status": "cancelled"},
        {"bookable": False},
        {"gone_at": timedelta(0)},
        {"starts_at": timedelta(days=-1)},
        {"sale_starts_at": timedelta(days=1)},
        {"sale_ends_at": timedelta(days=-1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_date_that_is_not_sold(ada: Ada, hamlet: Instance, office: Office, change: dict[str, Any]) -> None:
    ada.pick(hamlet)
    said = {k: clock.now() + v if isinstance(v, timedelta) else v for k, v in change.items()}
    Instance.objects.filter(pk=hamlet.pk).update(**said)
    ada.press(hamlet, door="seats", seat=["ΠΑ1"])
    ada.pick(hamlet)


def test_what_does_not_exist_and_what_is_too_old(
    ada: Ada, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    ada.pick(hamlet)
    move_clock(timedelta(days=1))
    ada.press(hamlet, door="seats", seat=["ΠΑ1"])
    ada.get(reverse("baskets:pick", args=[99999]))
    for what in ("remove", "change", "retry", "accept", "others"):
        ada.post(reverse(f"baskets:{what}", args=[99999]))
