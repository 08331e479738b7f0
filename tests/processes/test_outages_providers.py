"""A box office, or the payment company, is down for an hour: with seats held, with a card authorised, half booked.

Told by the books of the outside world. SQLite and the embedded broker; TEST_HOUSES=postgres for PostgreSQL and Redis.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes.kills import BOOKED, NOT_BOOKED, PARTLY, TIME_OVER, opened, pressed_and_authorised
from tests.processes.mixed import Guest, Mixed
from tests.processes.till import AN_HOUR

pytestmark = [pytest.mark.long, pytest.mark.processes, pytest.mark.xdist_group("killed_mixed")]
ALL_CALLS = "* *"
STEPS = 12  # an hour in steps, so that every wait inside it comes due


@pytest.fixture(scope="module")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    yield from opened(request, Mixed, tmp_path_factory.mktemp("providers"))


@pytest.fixture
def shop(house: Mixed) -> Mixed:
    house.alive()
    return house


def down(shop: Mixed, world: str, kind: str = "drop") -> None:
    """Nothing of it answers any more: connections drop (`drop`), or a gateway says 503 (`status`)."""
    shop.standin.post(
        "faults", {"world": world, "match": ALL_CALLS, "kind": kind, "status": 503, "times": -1}
    )


def an_hour(shop: Mixed) -> None:
    for _step in range(STEPS):
        shop.advance(AN_HOUR / STEPS)
        shop.pause(2.5)  # beat looks every two seconds


def reason(shop: Mixed, number: str) -> str:
    """Why the order stands in the list of staff, "" where it does not."""
    return str(shop.sql("SELECT attention_reason FROM checkout_order WHERE number = ?", number)[0][0])


@pytest.mark.parametrize(
    ("wants", "kind"),
    [
        ("stadium", "drop"),
        pytest.param("stadium", "status", marks=pytest.mark.long),
        pytest.param("tour", "drop", marks=pytest.mark.long),
        pytest.param("tour", "status", marks=pytest.mark.long),
    ],
)
def test_the_card_is_authorised_and_the_box_office_is_down_for_an_hour(
    shop: Mixed, wants: str, kind: str
) -> None:
    ada = Guest(shop.origin)
    ada.wants = (wants,)
    ada.at_the_till(shop)
    intent = ada.presses_pay()
    down(shop, "xs2event" if wants == "stadium" else "ltd", kind)
    ada.confirms(shop, intent)
    ada.comes_back()
    assert ada.answer.status_code == 200, ada.text[:400]
    an_hour(shop)
    seen = ada.looks()
    assert ada.answer.status_code == 200
    found = shop.sold(ada.number)
    assert (found.taken, found.stadium + found.tour) == (0, 0)
    assert found.reserved in {0, ada.price}
    if found.reserved:  # nobody knows whether it is booked: a person has been called
        assert reason(shop, ada.number), seen
    shop.standin.delete("faults")
    an_hour(shop)
    shop.wait(lambda: shop.status(ada.number) in {"expired", "cancelled"}, "the order to be over", seconds=90)
    shop.wait(lambda: shop.sold(ada.number).reserved == 0, "the money to be let go")
    found = shop.sold(ada.number)
    assert (found.taken, found.stadium + found.tour) == (0, 0)
    assert ada.looks() in {NOT_BOOKED, TIME_OVER}


@pytest.mark.long
def test_one_is_paid_on_its_page_and_the_other_is_down_for_an_hour(shop: Mixed) -> None:
    """The part that is booked stays booked; the other is let go and costs nothing."""
    ada = Guest(shop.origin)
    basket = ada.at_the_gate(shop)
    down(shop, "xs2event")
    shop.standin.post(f"ltd/baskets/{basket}/pay_without_return")
    an_hour(shop)
    found = shop.sold(ada.number)
    assert (found.taken, found.stadium, found.west_end) == (0, 0, 2)
    shop.standin.delete("faults")
    an_hour(shop)
    shop.wait(lambda: shop.sold(ada.number).reserved == 0, "the money to be let go", seconds=90)
    shop.wait(lambda: shop.status(ada.number) in {"paid", "fulfilled"}, "the rest of the order", seconds=90)
    found = shop.sold(ada.number)
    assert (found.taken, found.stadium, found.west_end) == (0, 0, 2)
    assert ada.looks() == PARTLY
    assert "was not taken" in ada.text


@pytest.mark.long
def test_the_payment_company_is_down_for_an_hour_after_both_are_booked(shop: Mixed) -> None:
    ada = Guest(shop.origin)
    ada.wants = ("tour",)
    ada.at_the_till(shop)
    shop.standin.post(
        "faults",
        {"world": "stripe", "match": "POST /v1/payment_intents/*/capture", "kind": "drop", "times": -1},
    )
    pressed_and_authorised(shop, ada)
    shop.wait(lambda: shop.sold(ada.number).tour == 2, "the booking")
    down(shop, "stripe")
    an_hour(shop)
    assert shop.sold(ada.number).taken == 0
    assert reason(shop, ada.number)
    shop.standin.delete("faults")
    shop.advance(AN_HOUR)
    shop.wait(lambda: shop.sold(ada.number).taken == ada.price, "the money", seconds=90)
    assert shop.sold(ada.number).tour == 2
    assert ada.looks() == BOOKED


@pytest.mark.long
def test_seats_are_held_and_the_box_office_is_down_for_an_hour(shop: Mixed) -> None:
    """The pages open, say what is so, and the choice can be made again afterwards."""
    ada = Guest(shop.origin, "Ben")
    ada.wants = ("tour",)
    ada.at_the_review(shop)
    down(shop, "ltd")
    ada.agree_and_pay()
    assert ada.answer.status_code in {200, 503}, ada.text[:400]
    an_hour(shop)
    ada.get("/en/basket/")
    assert ada.answer.status_code == 200
    assert shop.sold(ada.number).tour == 0
    assert shop.intents(ada.number) == []
    shop.standin.delete("faults")
    again = Guest(shop.origin, "Ben")
    assert again.buys(shop, "tour") == ["card"]
    assert shop.sold(again.number).tour == 2
