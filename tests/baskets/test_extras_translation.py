"""No plain English in what a venue sells beside tickets, with all that can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from baskets import extras
from catalog.models import Event, Instance, ProviderAccount, Venue
from shop.providers.spektrix import kept
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor
from tests.baskets.test_extras_page import form, page, press, wish
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_wire import ident
from tests.pseudo import plain_english, pseudo_language

FUND, THING, NONE_LEFT, FRIEND, SET = ident(101), ident(401), ident(402), ident(501), ident(6011)


class ReadingClient(Client):
    """Reads every page to the last word, but for what is told to the script alone."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if response.get("Content-Type", "").startswith("text/html"):
            found = [one for one in plain_english(response.content.decode()) if "[data-ask]" not in one]
            assert not found, f"{request['PATH_INFO']} {response.status_code}: {found}"
        return response


@pytest.fixture
def reader(db: None, lantern: CookieOffice, settings: Any) -> Iterator[Visitor]:
    settings.SHOP_NAME = "Θέατρο"
    config = lantern.account(promo_codes="yes", gift_vouchers="yes")
    settings.PROVIDER_ACCOUNTS = {"lantern": replace(config, title="Ταμείο")}
    kept.forget()
    play: Instance = lantern.puts_on(sx.STALLS_ONLY, sx.HALL)
    lantern.public |= {
        "/funds": [{"id": FUND, "name": "Στέγη", "description": "Στάζει."}],
        "/stock-items": [{"id": THING, "name": "Πρόγραμμα", "price": 4.5, "stockLevel": 3},
                         {"id": NONE_LEFT, "name": "Αφίσα", "price": 18, "stockLevel": 0}],
        "/memberships": [{"id": FRIEND, "name": "Φίλος", "price": 35, "renewalPrice": 30}],
        "/ticket-subscription-structures": [
            {"id": ident(601), "name": "Έξι", "pricingSets": [{"id": SET, "name": "Όλοι", "price": 80}]}
        ],
    }  # fmt: skip
    ProviderAccount.objects.update(title="Ταμείο")
    Event.objects.update(name="Άμλετ")
    Venue.objects.update(name="Σκηνή", city="Αθήνα")
    extras.refresh(play.event.account)
    found = Visitor()
    found.client = ReadingClient()
    with pseudo_language():
        translation.activate("el")
        yield found
    translation.activate("en")
    kept.forget()


def test_the_page_with_all_that_can_be_wrong(reader: Visitor, lantern: CookieOffice) -> None:
    page(reader)
    press(reader)
    voucher = "gift_voucher__gift_voucher__"
    press(reader, **{
        wish("donation", FUND, "amount"): "other", wish("donation", FUND, "other"): "ψ",
        wish("merchandise", THING, "quantity"): "9", wish("merchandise", THING, "note"): "ψ" * 31,
        wish("membership", FRIEND, "renew"): "on", wish("subscription", SET, "quantity"): "99",
        voucher + "email": "ψ", voucher + "send_date": "2020-01-01",
    })  # fmt: skip
    assert reader.status == 422
    press(reader, **{wish("donation", FUND, "other"): "0", wish("merchandise", THING, "quantity"): "ψ"})
    press(
        reader, **{wish("donation", FUND, "other"): "999999", wish("merchandise", NONE_LEFT, "quantity"): "1"}
    )
    press(reader, **{wish("donation", FUND, "amount"): "", wish("merchandise", THING, "note"): "ψ",
                     wish("merchandise", THING, "quantity"): "0"})  # fmt: skip


@pytest.mark.parametrize("word", ["out of stock", "too early to renew", "already has this", "off sale", "?"])
def test_refusals_of_everything(reader: Visitor, lantern: CookieOffice, word: str) -> None:
    lantern.settings.refuses = lambda method, path, body: (
        (400, {"message": word}) if method == "POST" else None
    )
    page(reader)
    press(reader, **{
        wish("donation", FUND, "amount"): "500", wish("merchandise", THING, "quantity"): "1",
        wish("membership", FRIEND, "join"): "on", wish("subscription", SET, "quantity"): "1",
        "gift_voucher__gift_voucher__other": "5",
    })  # fmt: skip
    reader.run()
    assert reader.page.select(".extras-row .error")


def test_the_basket_with_everything_in_it_and_a_code(reader: Visitor, lantern: CookieOffice) -> None:
    page(reader)
    press(reader, **{
        wish("donation", FUND, "amount"): "500", wish("merchandise", THING, "quantity"): "2",
        wish("merchandise", THING, "note"): "ψ", wish("membership", FRIEND, "join"): "on",
        wish("membership", FRIEND, "renew"): "on",
    })  # fmt: skip
    reader.run()
    assert form(reader)
    for code in ("", "ΧΕΙΜΩΝΑΣ", "WINTER"):
        found = reader.page.select_one(".venue-code details form") or pytest.fail(reader.text)
        reader.post(str(found["action"]), {"code": code})
        if reader.page.select_one("[data-ask]"):
            reader.run()
        else:
            reader.basket()
    away = reader.page.select_one(".venue-code-used") or pytest.fail(reader.text)
    reader.post(str(away["action"]), {"take_away": "1"})
    reader.run()
    reader.post(reverse("baskets:ask_extras", args=["lantern"]))
