"""The hosted checkout in a frame: where it may stand, and what a page in it may tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from baskets.models import Basket, Line
from catalog.models import Instance
from checkout import settling
from checkout.models import Booking, Order, Payment
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor
from tests.checkout.hosted_world import (
    lantern,
    look,
    play,
    seen,
    set_up,
    the_order,
    the_part,
    to_payment,
    vi,
)

__all__ = ["lantern", "play", "vi"]


@pytest.fixture
def framed(lantern: CookieOffice, settings: Any) -> CookieOffice:
    set_up(settings, lantern, frame="yes")
    return lantern


def test_the_account_that_says_so_is_paid_in_a_frame_on_a_page_of_ours(
    vi: Visitor, play: Instance, framed: CookieOffice
) -> None:
    vi.buy(play)
    address = to_payment(vi)
    assert address == reverse("checkout:there", args=[the_order().token])
    vi.get(address)
    frame = vi.page.select_one("iframe")
    assert frame is not None
    hosted = f"{framed.domain}/lantern/website/secure/Checkout.aspx?resize=true"
    assert frame["src"] == hosted
    assert (frame["id"], frame["name"], frame["allow"]) == ("SpektrixIFrame", "SpektrixIFrame", "payment")
    assert frame["title"] == "Checkout of Lantern House"
    own = vi.page.select_one("#own-page")
    assert own is not None
    assert own["href"] == hosted, "a page of its own is one click away, without any script"
    assert vi.page.select_one("#paid-there") is not None


def test_only_that_page_may_hold_a_frame_and_only_of_that_host(
    vi: Visitor, play: Instance, framed: CookieOffice
) -> None:
    vi.buy(play)
    address = to_payment(vi)

    def frames() -> str:
        policy = dict(
            one.strip().partition(" ")[::2] for one in vi.response["Content-Security-Policy"].split(";")
        )
        assert "'unsafe" not in str(policy)
        return str(policy["frame-src"])

    vi.get(address)
    assert frames() == framed.domain
    for name in ("details", "review", "pay"):
        vi.client.post(reverse("checkout:cancel", args=[the_order().token]))
        vi.get(reverse(f"checkout:{name}", args=[the_order().token]))
        assert frames() == "'none'", name


def test_a_switch_that_is_off_leads_to_the_page_itself(
    vi: Visitor, play: Instance, framed: CookieOffice, settings: Any
) -> None:
    vi.buy(play)
    there = to_payment(vi)
    set_up(settings, framed)
    vi.get(there)
    assert vi.page.select_one("iframe") is None
    assert "Pay £49.00 on Lantern House’s page" in vi.text


def test_the_way_to_pay_leads_back_into_the_frame(vi: Visitor, play: Instance, framed: CookieOffice) -> None:
    vi.buy(play)
    to_payment(vi)
    vi.get(reverse("checkout:start"))
    assert vi.page.select_one("iframe") is not None


def test_an_emptied_basket_makes_us_ask_and_the_order_is_found(
    vi: Visitor, play: Instance, framed: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    framed.is_paid()
    assert seen(vi, emptied="1") == {"go": reverse("checkout:order", args=[the_order().token])}
    assert the_order().status in (Order.Status.PAID, Order.Status.FULFILLED)


def test_an_emptied_basket_proves_nothing(
    vi: Visitor, play: Instance, framed: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    there = to_payment(vi)
    assert seen(vi, emptied="1") == {"say": "Asking Lantern House for your order…", "again": 2}
    assert (the_part().status, the_part().returned) == ("prepared", "emptied")
    vi.get(there)
    assert vi.page.select_one("iframe") is None, "there is nothing in it to pay for"
    assert "either you have paid, or its time ran out" in vi.text
    assert "Pay £" not in vi.text
    move_clock(timedelta(minutes=11))
    settling.settle(the_part().pk, road="sweep")
    assert (the_part().status, the_part().reason) == ("lapsed", "emptied")
    assert the_order().status == Order.Status.EXPIRED
    assert Basket.objects.get().status == Basket.Status.OPEN
    assert [line.counts for line in Line.objects.all()] == [False, False], "it is not offered as ours again"


def test_an_order_that_shows_late_after_the_basket_was_emptied_wins(
    vi: Visitor, play: Instance, framed: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    order = framed.is_paid(seen=False)
    assert "again" in seen(vi, emptied="1")
    framed.orders.append(order)
    assert "go" in seen(vi, emptied="1", turn="1")
    assert the_part().reference == order["id"]


def test_an_order_number_is_where_we_look_first(vi: Visitor, play: Instance, framed: CookieOffice) -> None:
    vi.buy(play)
    to_payment(vi)
    order = framed.is_paid()
    assert "go" in seen(vi, number=order["id"])
    assert (the_part().hint, the_part().reference) == (order["id"], order["id"])


def test_somebody_elses_number_books_nothing(vi: Visitor, play: Instance, framed: CookieOffice) -> None:
    vi.buy(play)
    to_payment(vi)
    framed.orders.append({"id": "W9", "total": 49.0, "tickets": [{"id": "7A"}]})
    assert "again" in seen(vi, number="W9")
    assert the_part().status == "prepared"
    assert "W9" not in the_part().reference


@pytest.mark.parametrize("number", ["<b>", "x" * 200, "W 1", "", "../../orders", "\x00"])
def test_what_cannot_be_a_number_is_not_kept(
    vi: Visitor, play: Instance, framed: CookieOffice, number: str
) -> None:
    vi.buy(play)
    to_payment(vi)
    seen(vi, number=number, turn="-1")
    assert (the_part().hint, the_part().returned) == ("", "")


def test_told_twice_it_changes_nothing(
    vi: Visitor, play: Instance, framed: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    seen(vi, number="W77")
    at = the_part().returned_at
    move_clock(timedelta(seconds=20))
    seen(vi, number="W77")
    seen(vi, emptied="1")
    assert (the_part().returned_at, the_part().returned, the_part().hint) == (at, "success", "W77")


def test_the_script_is_told_when_to_stop_asking(vi: Visitor, play: Instance, framed: CookieOffice) -> None:
    vi.buy(play)
    to_payment(vi)
    said = seen(vi, emptied="1", turn="50")
    assert "again" not in said
    assert "no order of yours yet" in said["say"]


def test_a_form_of_another_site_tells_nothing(vi: Visitor, play: Instance, framed: CookieOffice) -> None:
    vi.buy(play)
    to_payment(vi)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = vi.client.cookies
    answer = strict.post(reverse("checkout:seen", args=[the_order().token]), {"emptied": "1"})
    assert answer.status_code == 403
    assert the_part().returned == ""
    assert vi.client.get(reverse("checkout:seen", args=[the_order().token])).status_code == 405


def test_where_nobody_can_be_asked_an_emptied_basket_asks_the_buyer(
    vi: Visitor, play: Instance, framed: CookieOffice, settings: Any
) -> None:
    set_up(settings, framed, asked=False, frame="yes")
    vi.buy(play)
    there = to_payment(vi)
    said = seen(vi, emptied="1")
    assert "its own confirmation is what counts" in said["say"]
    assert "again" not in said
    assert the_part().status == "prepared"
    vi.get(there)
    assert "so only you know" in vi.text


def test_a_fresh_choice_outlives_the_basket_that_ran_out_in_the_frame(
    vi: Visitor, play: Instance, framed: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    (visitor,) = framed.visitors.values()
    visitor.basket = {**visitor._empty(), "id": visitor.basket["id"]}  # its time ran out there
    seen(vi, emptied="1")
    vi.post(reverse("checkout:cancel", args=[the_order().token]))
    vi.run()
    vi.buy(play, count=1)
    assert Line.objects.filter(state="held").count() == 1
    move_clock(timedelta(minutes=11))
    settling.settle(the_part().pk, road="sweep")
    assert the_part().status == "lapsed"
    assert Line.objects.filter(state="held").count() == 1, "the visitor's browser has read it since"


def another_part(first: Booking) -> Booking:
    """A second payment of the same order at a box office of the same kind, not made yet."""
    order = first.order
    second = Booking.objects.create(
        order=order, account=first.account, position=first.position + 1, handle=first.handle, status="prepared",
        prepared_at=first.prepared_at, currency="GBP", total_minor=1000, asked_minor=1000,
    )  # fmt: skip
    paid = first.payments.get()
    Payment.objects.create(
        order=order, booking=second, route="there", currency="GBP", amount_minor=1000, secret=paid.secret,
        begun_at=paid.begun_at,
    )  # fmt: skip
    return second


@pytest.mark.parametrize("told", [{"number": "W77"}, {"emptied": "1"}])
def test_what_one_of_two_frames_tells_is_said_of_its_own_part_alone(
    vi: Visitor, play: Instance, framed: CookieOffice, told: dict[str, str]
) -> None:
    vi.buy(play)
    to_payment(vi)
    second = another_part(the_part())
    seen(vi, part="1", **told)
    second.refresh_from_db()
    assert (second.hint, second.returned, second.looks) == ("", "", 0)
    assert Booking.objects.get(position=1).returned in ("success", "emptied")


def test_the_first_of_two_frames_leads_on_once_it_is_paid(
    vi: Visitor, play: Instance, framed: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    second = another_part(the_part())
    framed.is_paid()
    where = seen(vi, part="1", emptied="1").get("go", "")
    assert where == reverse("checkout:thanks", args=[the_order().token])
    second.refresh_from_db()
    assert second.status == "prepared"


def test_the_buyers_own_word_is_about_the_part_of_its_form(
    vi: Visitor, play: Instance, framed: CookieOffice
) -> None:
    vi.buy(play)
    there = to_payment(vi)
    another_part(the_part())
    vi.get(there)
    field = vi.page.select_one("form[action$='/paid-there/'] input[name=part]")
    assert field is not None
    look(vi, part=str(field["value"]), number="W77")
    assert list(Booking.objects.values_list("position", "hint")) == [(1, "W77"), (2, "")]
