"""An order of two sellers whose processes die: ours reserved, theirs paid on their page, ours booked, ours taken.

Told by the books of the payment company and of both box offices. With `-s` the table is printed; TEST_HOUSES=postgres
runs it on PostgreSQL and Redis.
"""

from __future__ import annotations

import contextlib
import threading
from itertools import count

import pytest
import requests

from tests.processes.kills import (
    ALL,
    AN_HOUR,
    BOOKED,
    FIVE_MINUTES,
    KILLED,
    LATER,
    MADE,
    NEVER,
    NOT_BOOKED,
    PARTLY,
    TABLE,
    TIME_OVER,
    beside,
    kinds,
)
from tests.processes.mixed import Guest, Mixed, Sold
from tests.processes.till import CAPTURE

pytestmark = [pytest.mark.long, pytest.mark.processes, pytest.mark.xdist_group("killed_mixed")]
HOUSE = Mixed
BOOK = "POST /v1/bookings"  # ours
AFTER_THE_HOLD = 20 * 60
NUMBERS = count(1)


@pytest.fixture
def ada(shop: Mixed) -> Guest:
    """Ours is reserved, theirs is asked for on their page."""
    found = Guest(shop.origin)
    found.basket_there = found.at_the_gate(shop)
    return found


def pays_there_and_closes_the_tab(shop: Mixed, ada: Guest) -> None:
    shop.standin.post(f"ltd/baskets/{ada.basket_there}/pay_without_return")


def meanwhile(shop: Mixed, ada: Guest) -> str:
    web = any(name.rstrip("0123456789") == "web" for name in shop.processes)
    return ada.looks() if web else "nothing answers"


def ends(
    shop: Mixed, ada: Guest, *, ours: bool, theirs: bool, after: float = FIVE_MINUTES
) -> tuple[str, Sold]:
    """Everything lives again and time moves. What the buyer sees, and what the books say: each part paid as booked."""
    shop.lives_again(after)
    final = {"paid", "fulfilled"} if ours or theirs else {"cancelled", "expired"}
    shop.comes_to(ada.number, final)
    shop.wait(lambda: shop.sold(ada.number).reserved == 0, "nothing to be reserved any more", seconds=90)
    found = shop.sold(ada.number, ada.email)
    assert (found.stadium, found.west_end + found.arena) == (2 if ours else 0, 2 if theirs else 0), found
    assert found.taken == (ada.price if ours else 0), found
    assert bool(found.there + found.card_there) == theirs, found
    assert shop.calls_to_book(ada.number) <= 1  # never twice, whatever was lost
    return ada.looks(), found


def told(died: str, point: str, before: str, afterwards: str, found: Sold) -> None:
    TABLE.append((died, point, before, afterwards, found.words))


# --- reserved, not paid there ---------------------------------------------------------------------------------


@pytest.mark.parametrize("died", KILLED)
def test_death_while_the_buyer_is_on_the_others_page(shop: Mixed, ada: Guest, died: str) -> None:
    shop.dies(*kinds(died))
    pays_there_and_closes_the_tab(shop, ada)
    seen = meanwhile(shop, ada)
    afterwards, found = ends(shop, ada, ours=True, theirs=True)
    assert afterwards == BOOKED
    told(died, "ours reserved, then paid there, tab closed", seen, afterwards, found)


@pytest.mark.parametrize("died", ["worker", "all"])
def test_death_and_the_buyer_never_pays_there(shop: Mixed, ada: Guest, died: str) -> None:
    shop.dies(*kinds(died))
    seen = meanwhile(shop, ada)
    if seen != "nothing answers":
        assert shop.sold(ada.number).taken == 0
    shop.again(*ALL)
    shop.advance(AFTER_THE_HOLD)
    afterwards, found = ends(shop, ada, ours=False, theirs=False)
    assert afterwards in {NOT_BOOKED, TIME_OVER}
    told(died, "ours reserved, never paid there", seen, afterwards, found)


def test_all_are_dead_for_an_hour_after_the_buyer_paid_there(shop: Mixed, ada: Guest) -> None:
    """Longer than our own hold: what was paid there is booked there, and ours costs nothing."""
    shop.dies(*ALL)
    pays_there_and_closes_the_tab(shop, ada)
    afterwards, found = ends(shop, ada, ours=False, theirs=True, after=AN_HOUR)
    assert afterwards == PARTLY
    told("all, for an hour", "ours reserved, then paid there", "nothing answers", afterwards, found)


# --- reserved, the other's own card form open -----------------------------------------------------------------


@pytest.fixture
def bob(shop: Mixed) -> Guest:
    """Ours is reserved; the other is paid by card to its own account."""
    found = Guest(shop.origin, f"Bob{next(NUMBERS)}")  # orders there are told by who buys
    found.wants = ("stadium", "arena")
    found.intent_there = found.at_their_card(shop)
    return found


@pytest.mark.parametrize("died", KILLED)
def test_death_while_the_card_is_charged_there(shop: Mixed, bob: Guest, died: str) -> None:
    shop.dies(*kinds(died))
    bob.confirms(shop, bob.intent_there)
    seen = meanwhile(shop, bob)
    afterwards, found = ends(shop, bob, ours=True, theirs=True)
    assert afterwards == BOOKED
    told(died, "ours reserved, then the card charged there, tab closed", seen, afterwards, found)


def test_all_are_dead_for_an_hour_after_the_card_was_charged_there(shop: Mixed, bob: Guest) -> None:
    shop.dies(*ALL)
    bob.confirms(shop, bob.intent_there)
    afterwards, found = ends(shop, bob, ours=False, theirs=True, after=AN_HOUR)
    assert afterwards == PARTLY
    told(
        "all, for an hour", "ours reserved, then the card charged there", "nothing answers", afterwards, found
    )


# --- paid there, ours being booked ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("died", "how"),
    [(died, how) for died in ("worker", "all") for how in (MADE, NEVER, LATER)],
)
def test_death_in_the_middle_of_booking_ours(shop: Mixed, ada: Guest, died: str, how: str) -> None:
    shop.stall(BOOK, world="xs2event", done=how == MADE)
    if how == NEVER:
        shop.standin.post("faults", {"world": "xs2event", "name": "payment_method_refused"})
    pays_there_and_closes_the_tab(shop, ada)
    shop.advance(20)  # nobody comes back: the sweep asks there
    shop.struck("our order to reach the box office", name="slow")
    shop.dies(*kinds(died))
    assert shop.sold(ada.number).taken == 0
    seen = meanwhile(shop, ada)
    if how == LATER:
        shop.wait(lambda: shop.sold(ada.number).stadium, "the box office to be done")
    afterwards, found = ends(shop, ada, ours=how != NEVER, theirs=True)
    assert afterwards == (PARTLY if how == NEVER else BOOKED)
    told(died, f"paid there, ours being booked, {how}", seen, afterwards, found)


# --- led back from the other's page ---------------------------------------------------------------------------


def pays_there_and_is_led_back(ada: Guest) -> threading.Thread:
    """As far as anybody answers."""

    def pays() -> None:
        with contextlib.suppress(requests.RequestException):
            ada.pay_at_gate()

    return beside(pays)


def test_web_dies_while_it_asks_how_the_payment_there_stands(shop: Mixed, ada: Guest) -> None:
    shop.dies("worker")
    shop.stall("GET /rest/v2/Baskets/*/SubmittedBasketSummary", world="ltd", done=False)
    way_back = pays_there_and_is_led_back(ada)
    shop.struck("the question how it stands")
    shop.dies("web")
    way_back.join(30)
    afterwards, found = ends(shop, ada, ours=True, theirs=True)
    assert afterwards == BOOKED
    told("web and worker", "paid there, being asked", "nothing answers", afterwards, found)


@pytest.mark.parametrize("how", [MADE, NEVER])
def test_web_dies_while_the_way_back_has_ours_booked(shop: Mixed, ada: Guest, how: str) -> None:
    shop.dies("worker")
    shop.stall(BOOK, world="xs2event", done=how == MADE)
    if how == NEVER:
        shop.standin.post("faults", {"world": "xs2event", "name": "payment_method_refused"})
    way_back = pays_there_and_is_led_back(ada)
    shop.struck("our order to reach the box office", name="slow")
    shop.dies("web")
    way_back.join(30)
    afterwards, found = ends(shop, ada, ours=how == MADE, theirs=True)
    assert afterwards == (BOOKED if how == MADE else PARTLY)
    told("web and worker", f"led back, ours being booked, {how}", "nothing answers", afterwards, found)


def test_nobody_lives_but_web_and_the_buyer_who_paid_there_opens_the_page_again(
    shop: Mixed, ada: Guest
) -> None:
    """The page asks before it asks for money: nobody pays there twice."""
    shop.dies("worker", "beat")
    pays_there_and_closes_the_tab(shop, ada)
    shop.advance(60)
    ada.get(f"{shop.origin}/en/checkout/{ada.token}/pay/")
    assert "/PaymentGate.aspx" not in ada.url
    shop.wait(lambda: shop.sold(ada.number).taken == ada.price, "ours to be taken by the page alone")
    seen = ada.looks()
    afterwards, found = ends(shop, ada, ours=True, theirs=True)
    assert (seen, afterwards) == (BOOKED, BOOKED)
    told("worker and beat", "paid there, tab closed, page opened again", seen, afterwards, found)


# --- booked, ours being taken ---------------------------------------------------------------------------------


def test_the_worker_dies_between_booking_and_taking(shop: Mixed, ada: Guest) -> None:
    shop.standin.post("faults", {"world": "stripe", "match": CAPTURE, "kind": "drop", "times": -1})
    pays_there_and_closes_the_tab(shop, ada)
    shop.advance(20)
    shop.wait(lambda: shop.sold(ada.number).stadium, "ours to be booked")
    shop.dies("worker")
    found = shop.sold(ada.number)
    assert (found.taken, found.reserved) == (0, ada.price)
    seen = meanwhile(shop, ada)
    shop.standin.delete("faults")
    afterwards, found = ends(shop, ada, ours=True, theirs=True)
    assert afterwards == BOOKED
    told("worker", "both booked, ours not taken", seen, afterwards, found)


def test_the_worker_dies_when_the_money_is_taken_and_the_answer_is_lost(shop: Mixed, ada: Guest) -> None:
    shop.stall(CAPTURE, world="stripe", done=True)
    pays_there_and_closes_the_tab(shop, ada)
    shop.advance(20)
    shop.struck("the money to be taken")
    shop.dies("worker")
    assert shop.sold(ada.number).taken == ada.price
    seen = meanwhile(shop, ada)
    afterwards, found = ends(shop, ada, ours=True, theirs=True)
    assert afterwards == BOOKED
    told("worker", "both booked, ours taken, answer lost", seen, afterwards, found)
