"""A box office we sell for as an agent, with real processes: seats by list without scripts, a donation, post, our own till."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bs4 import Tag

from tests.processes.payer import posted
from tests.processes.till import Payer, Till

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("agent_shop")]
EVENT = "The Samphire Gatherers"
HOME = {"address_1": "1 Quay Street", "city": "Bristol", "postcode": "BS1 5ZZ", "country": "GB"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with Till(tmp_path_factory.mktemp("agent"), PROVIDER_ACCOUNTS="assembly", DEMO="1") as stack:
        stack.open()
        yield stack


def to_the_till(shop: Till, name: str, *, donation: bool = False, post: bool = False) -> Payer:
    """From the list of seats to our own payment page."""
    buyer = Payer(shop.origin, name)
    buyer.choose_event(EVENT)
    buyer.pick()
    form = buyer.form("/basket/add/")
    seats = [str(one["value"]) for one in form.select("input[name=seat]")][:1]
    buyer.submit("/basket/add/", button="door", door="seats", seat=seats)
    if donation:
        gift = _a_gift(buyer)
        buyer.submit("/basket/extras/", **{str(gift["name"]): str(gift["value"])})
        assert "In your basket now" in buyer.text
    buyer.get("/en/checkout/")
    buyer.fill_in("By post" if post else "Collect", **(HOME if post else {}))
    assert buyer.url.endswith("/review/"), buyer.text[:600]
    buyer.token = buyer.url.rstrip("/").split("/")[-2]
    buyer.number = str(shop.sql("SELECT number FROM checkout_order WHERE token = ?", buyer.token)[0][0])
    buyer.agree_and_pay()
    buyer.is_at_the_till()
    return buyer


def _a_gift(buyer: Payer) -> Tag:
    """The first sum that can be given; what the venue sells is asked for where nobody has read it yet."""
    for _try in range(2):
        buyer.get("/en/basket/extras/assembly/")
        gifts = buyer.page.select("form.extras input[type=radio][name^='donation-']")
        found = [one for one in gifts if str(one.get("value", "")).isdigit() and one["value"] != "0"]
        if found:
            return found[0]
        buyer.submit("/ask/")
    raise AssertionError(buyer.text[:600])


def orders(shop: Till) -> int:
    """How often a basket was confirmed there."""
    return len(posted(shop, "*/confirm", "spektrix"))


def test_a_seat_a_donation_and_post_are_paid_to_us_and_booked_there(shop: Till) -> None:
    before = orders(shop)
    buyer = to_the_till(shop, "Beatrix", donation=True, post=True)
    buyer.confirms(shop, buyer.presses_pay())
    buyer.comes_back()
    shop.wait(lambda: shop.status(buyer.number) == "fulfilled", "the booking")
    (intent,) = shop.intents(buyer.number)
    assert (intent["amount_received"], intent["amount"]) == (buyer.price, buyer.price)
    assert orders(shop) == before + 1
    buyer.looks()
    assert "Your tickets come by post to the address you gave." in buyer.text
    assert "The Sea Wall Appeal" in buyer.text
    reference, delivery = shop.sql(
        "SELECT b.reference, b.delivery_minor FROM checkout_booking b JOIN checkout_order o ON o.id = b.order_id"
        " WHERE o.number = ?",
        buyer.number,
    )[0]
    assert reference
    assert delivery == 250


def test_a_confirm_whose_answer_is_lost_is_found_and_the_money_taken_once(shop: Till) -> None:
    before = orders(shop)
    buyer = to_the_till(shop, "Clement")
    shop.standin.post(
        "faults",
        {"world": "spektrix", "match": "POST /*/api/v3/baskets/*/confirm", "kind": "lost_answer", "times": 1},
    )
    buyer.confirms(shop, buyer.presses_pay())
    buyer.comes_back()
    shop.wait(lambda: shop.status(buyer.number) == "fulfilled", "the booking")
    assert orders(shop) == before + 1
    assert sum(one["amount_received"] for one in shop.intents(buyer.number)) == buyer.price


def test_a_basket_that_ran_out_while_the_card_was_typed_costs_nothing(shop: Till) -> None:
    buyer = to_the_till(shop, "Dorothea")
    intent = buyer.presses_pay()
    shop.advance(3 * 3600)
    buyer.confirms(shop, intent)
    buyer.comes_back()

    def let_go() -> bool:
        return all(
            (one["amount_received"], one["amount_capturable"]) == (0, 0) for one in shop.intents(buyer.number)
        )

    shop.wait(lambda: shop.status(buyer.number) not in ("paying",) and let_go(), "the card to be let go")
    assert shop.part(buyer.number) in ("refused", "lapsed", "held", "prepared")
