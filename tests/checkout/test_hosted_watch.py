"""How long a hosted checkout is watched, and what each page says of it meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from baskets.models import Basket, Line
from catalog.models import Instance, Venue
from checkout import emails, settling, story, tasks, watching
from checkout.models import Booking, HistoryEntry, Order, OrderLine
from shop import claims, clock
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor, counted
from tests.checkout.hosted_world import (
    lantern,
    look,
    play,
    press_pay,
    set_up,
    the_order,
    the_part,
    to_payment,
    to_review,
    vi,
)

__all__ = ["lantern", "play", "vi"]


def page_of(vi: Visitor) -> str:
    vi.get(reverse("checkout:order", args=[the_order().token]))
    return vi.text


@pytest.mark.parametrize("hours", [1, 3, 12, 25])
def test_a_buyer_who_pays_hours_later_is_found_by_the_sweep(
    vi: Visitor, play: Instance, lantern: CookieOffice, move_clock: Any, hours: int
) -> None:
    vi.buy(play)
    to_payment(vi)
    handed = clock.now()
    while clock.now() - handed < timedelta(hours=hours):
        tasks.sweep()
        due = the_part().due_at
        assert due is not None, clock.now() - handed
        move_clock(due)
    order = lantern.is_paid()
    move_clock(timedelta(hours=1, minutes=1))
    tasks.sweep()
    assert the_part().reference == order["id"]
    assert the_order().status in (Order.Status.PAID, Order.Status.FULFILLED)
    assert the_order().attention_reason == "", "paying late there is nothing that a person must look at"


def test_the_watch_asks_ever_more_rarely_and_ends(
    vi: Visitor, play: Instance, lantern: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    pauses = []
    while (due := the_part().due_at) is not None:
        pauses.append(round((due - clock.now()).total_seconds()))
        move_clock(due)
        settling.settle(the_part().pk, road="sweep")
        assert len(pauses) < 200
    assert pauses == sorted(pauses)
    assert pauses[-1] == 3600
    prepared = the_part().prepared_at
    assert prepared is not None
    assert clock.now() - prepared >= timedelta(hours=26)
    assert (the_order().status, the_order().attention_reason) == (Order.Status.EXPIRED, "")


def test_after_two_hours_without_an_order_it_is_over_and_not_offered_as_ours(
    vi: Visitor, play: Instance, lantern: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    move_clock(timedelta(hours=1, minutes=50))
    settling.settle(the_part().pk, road="sweep")
    assert the_order().status == Order.Status.PAYING
    move_clock(timedelta(minutes=15))
    settling.settle(the_part().pk, road="sweep")
    assert the_order().status == Order.Status.EXPIRED
    assert Basket.objects.get().status == Basket.Status.OPEN
    assert counted() == [("gone", 1), ("gone", 1)]
    said = page_of(vi)
    assert "No payment was seen" in said
    assert "we go on asking Lantern House until" in said
    assert "You have not been charged" not in said
    assert "write to you" not in said, "nobody has an address of theirs"


def test_whoever_comes_back_to_an_order_that_ended_makes_us_ask(
    vi: Visitor, play: Instance, lantern: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    move_clock(timedelta(hours=5))
    settling.settle(the_part().pk, road="sweep")
    order = lantern.is_paid()
    move_clock(timedelta(seconds=30))
    assert order["id"] in page_of(vi)
    assert "Your tickets are booked" in vi.text


def test_who_says_so_after_the_watch_has_ended_is_asked_about(
    vi: Visitor, play: Instance, lantern: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    move_clock(timedelta(days=2))
    settling.settle(the_part().pk, road="sweep")
    assert the_part().due_at is None
    lantern.is_paid()
    look(vi)
    assert "Your tickets are booked" in vi.text


def test_two_orders_paid_by_the_same_visitor_go_to_a_person(
    vi: Visitor, play: Instance, lantern: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    first = the_part()
    move_clock(timedelta(hours=3))
    settling.settle(first.pk, road="sweep")
    late = lantern.is_paid(seen=False, id="W2000")
    vi.buy(play)
    to_payment(vi)
    lantern.is_paid()
    second = Booking.objects.exclude(pk=first.pk).get()
    settling.settle(second.pk, road="sweep")
    lantern.orders.append(late)
    Booking.objects.filter(pk=first.pk).update(hold_id=None)  # the same hold is watched with the newer order
    settling.settle(first.pk, road="sweep")
    assert Order.objects.get(pk=first.order_id).attention_reason == "late_success"


def test_going_back_to_the_basket_has_it_read_before_it_is_offered(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    lantern.is_paid(seen=False)
    vi.post(reverse("checkout:cancel", args=[the_order().token]))
    assert vi.page.select_one("[data-ask]") is not None, "only the visitor's browser can read it"
    vi.run()
    assert Line.objects.filter(state="held").count() == 0
    assert "You have not been charged" not in vi.text


def test_nothing_is_handed_over_twice_without_being_read(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    vi.client.post(reverse("checkout:cancel", args=[the_order().token]))  # and the page is closed
    vi.get(reverse("checkout:review", args=[the_order().token]))
    answer = press_pay(vi)
    assert "/asking/" in answer["Location"]
    vi.get(answer["Location"])
    vi.run()
    assert "Review and pay" in vi.text
    assert press_pay(vi)["Location"].endswith("/secure/Checkout.aspx")


def test_the_sum_that_was_charged_is_the_sum_that_is_shown(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    lantern.is_paid(total=52.0)
    look(vi)
    assert "Lantern House charged £52.00. Here it said £49.00 before" in vi.text
    assert (the_order().total_minor, the_part().total_minor, the_part().asked_minor) == (5200, 5200, 4900)
    assert the_part().payments.get().amount_minor == 5200
    assert the_order().attention_reason == ""
    assert HistoryEntry.objects.filter(because__startswith="another sum was charged").exists()


def test_a_ticket_that_was_sold_for_less_there_says_so(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    (visitor,) = lantern.visitors.values()
    visitor.basket["tickets"][0]["total"] = 20.0
    lantern.is_paid(total=44.5)
    look(vi)
    assert sorted(OrderLine.objects.values_list("price_minor", flat=True)) == [2000, 2450]
    assert "£20.00" in vi.text
    assert "charged £44.50. Here it said £49.00 before" in vi.text


def test_a_ticket_taken_out_on_their_page_is_not_part_of_the_order(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    (visitor,) = lantern.visitors.values()
    visitor.basket["tickets"].pop()
    lantern.is_paid()
    look(vi)
    assert the_order().status != Order.Status.PLACED
    assert [(line.quantity, line.price_minor) for line in OrderLine.objects.all()] == [(1, 2450)]
    assert the_order().total_minor == 2450
    assert "charged £24.50. Here it said £49.00 before" in vi.text
    said = HistoryEntry.objects.get(because__startswith="tickets taken out").because
    assert said.endswith(": 1")
    assert said.removesuffix(": 1") in story.MARKS, "staff reads it in their language"


def test_paid_says_the_buyer_and_no_order_comes(
    vi: Visitor, play: Instance, lantern: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    look(vi, number="W55")
    assert "Waiting for Lantern House to show your order" in vi.text
    assert "Please do not pay again" in vi.text
    move_clock(timedelta(minutes=31))
    settling.settle(the_part().pk, road="sweep")
    assert (the_order().status, the_order().attention_reason) == (Order.Status.ATTENTION, "silent")
    assert "Do not pay again" in page_of(vi)
    assert the_part().due_at is not None, "it is watched on"


def test_a_number_that_is_none_is_said_so(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    vi.buy(play)
    to_payment(vi)
    look(vi, number="no number!")
    assert "does not look like an order number" in vi.text
    assert the_part().hint == ""


def test_without_credentials_the_page_says_what_is_known_and_whom_to_ask(
    vi: Visitor, play: Instance, lantern: CookieOffice, settings: Any, move_clock: Any
) -> None:
    set_up(settings, lantern, asked=False)
    Venue.objects.update(own_telephone="020 7946 0123")
    vi.buy(play)
    to_payment(vi)
    look(vi, number="W123")
    assert "Waiting for your confirmation" in vi.text
    assert "its own confirmation is what counts" in vi.text
    assert "020 7946 0123" in vi.text
    assert "W123" in vi.text
    assert the_part().status == Booking.Status.UNCERTAIN
    move_clock(timedelta(minutes=11))
    tasks.sweep()
    assert (the_order().status, the_order().attention_reason) == (Order.Status.ATTENTION, "cannot_be_asked")
    assert the_part().due_at is None, "nobody can be asked, so nobody is"
    assert "its own confirmation is what counts" in page_of(vi)
    assert "Not confirmed to this shop" in vi.text
    assert "Being checked" not in vi.text
    assert "paid" not in vi.page.select_one("ol.parts").get_text().lower()  # type: ignore[union-attr]


def test_whose_word_is_all_there_is_can_go_on_choosing(
    vi: Visitor, play: Instance, lantern: CookieOffice, settings: Any
) -> None:
    set_up(settings, lantern, asked=False)
    vi.buy(play)
    to_payment(vi)
    lantern.is_paid()
    look(vi)
    assert Basket.objects.get().status == Basket.Status.CONVERTED
    vi.buy(play, count=1)
    assert Basket.objects.filter(status="open").count() == 1
    assert Line.objects.filter(hold__basket__status="open", state="held").count() == 1


def test_without_credentials_and_without_a_word_it_ends_without_claiming_anything(
    vi: Visitor, play: Instance, lantern: CookieOffice, settings: Any, move_clock: Any
) -> None:
    set_up(settings, lantern, asked=False)
    vi.buy(play)
    to_payment(vi)
    move_clock(timedelta(hours=3))
    tasks.sweep()
    assert the_order().status == Order.Status.EXPIRED
    assert the_part().due_at is None
    said = page_of(vi)
    assert "If you have paid, its own confirmation is what counts" in said
    assert "You have not been charged" not in said
    assert "not taken" not in said
    look(vi)
    assert "Waiting for your confirmation" in vi.text
    assert mail.outbox == []


def test_an_order_given_back_says_so(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    vi.buy(play)
    to_payment(vi)
    order = lantern.is_paid()
    look(vi)
    order |= {"total": 0, "refunds": [{"amount": 49.0}]}
    settling.settle(the_part().pk, road="sweep")
    assert "This order was refunded" in page_of(vi)
    assert "Lantern House gave the money back" in vi.text
    assert "5 working days" not in vi.text


@pytest.mark.parametrize("status", ["prepared", "lapsed", "refused"])
def test_an_order_of_the_box_office_is_that_of_one_order_of_ours(
    vi: Visitor, play: Instance, lantern: CookieOffice, status: str
) -> None:
    vi.buy(play)
    to_payment(vi)
    lantern.is_paid()
    look(vi)
    mine = the_part()
    order = Order.objects.create(
        number="FOY-OTHERS", basket=Basket.objects.create(
            visitor="m" * 20, currency="GBP", status="frozen", created_at=clock.now(), touched_at=clock.now()
        ), currency="GBP", placed_at=clock.now(), status="paying",
    )  # fmt: skip
    other = Booking.objects.create(
        order=order, account=mine.account, handle=mine.handle, status=status, prepared_at=clock.now(),
        currency="GBP", total_minor=4900,
    )  # fmt: skip
    settling.settle(other.pk, road="page")
    other.refresh_from_db()
    order.refresh_from_db()
    assert (other.status, other.reference, order.attention_reason) == (
        status,
        "",
        "claimed" if status == "prepared" else "",
    )
    assert other.due_at is not None


def test_an_order_is_that_of_the_part_that_was_handed_over_last(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    mine = the_part()
    assert mine.prepared_at is not None
    visitor = mine.order.basket.visitor
    order = Order.objects.create(
        number="FOY-EARLIER", basket=Basket.objects.create(
            visitor=visitor, currency="GBP", status="converted", created_at=clock.now(), touched_at=clock.now()
        ), currency="GBP", placed_at=clock.now(), status="paid",
    )  # fmt: skip
    left_out = Booking.objects.create(
        order=order, account=mine.account, handle=mine.handle, status="refused", reason="dropped",
        prepared_at=mine.prepared_at - timedelta(minutes=30), currency="GBP", total_minor=4900,
    )  # fmt: skip
    lantern.is_paid()
    settling.settle(left_out.pk, road="sweep")
    left_out.refresh_from_db()
    order.refresh_from_db()
    mine.refresh_from_db()
    assert (left_out.status, order.attention_reason) == ("refused", "")
    assert mine.status in ("booked", "ticketed")


def test_only_hosted_parts_are_watched_that_long(theatre: Any) -> None:
    plain = Booking(prepared_at=clock.now(), account_id=None)
    plain.account = type(plain).account.field.related_model(name="west-end")  # type: ignore[union-attr]
    assert watching.watched_until(plain) - clock.now() < timedelta(hours=1)


def test_the_review_is_reached_without_an_errand_where_nothing_was_handed_over(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    vi.get(reverse("checkout:start"))
    assert "Review and pay" in vi.text
    to_review(vi)


@pytest.mark.parametrize("status", ["lapsed", "prepared"])
def test_an_account_that_is_gone_is_not_asked_for_ever(
    vi: Visitor, play: Instance, lantern: CookieOffice, settings: Any, move_clock: Any, status: str
) -> None:
    vi.buy(play)
    to_payment(vi)
    Booking.objects.update(status=status)
    settings.PROVIDER_ACCOUNTS = {}
    move_clock(timedelta(days=1))
    settling.settle(the_part().pk, road="sweep")
    assert the_part().due_at is not None
    move_clock(timedelta(days=2))
    settling.settle(the_part().pk, road="sweep")
    assert the_part().due_at is None


def mailed(kind: str) -> str:
    """The mail of the only order as text and HTML, to a buyer whose address another part had asked for."""
    Order.objects.update(email="ada@example.org")
    queued = emails.queue(the_order(), kind, again=True)
    assert queued is not None
    message = emails.compose(queued, ["ada@example.org"])
    return f"{message.body}\n{message.alternatives[0][0]}"


@pytest.mark.parametrize(
    ("asked", "said"), [(True, "Lantern House has no order of these"), (False, "was paid is not known here")]
)
def test_a_mail_claims_no_more_of_the_money_than_the_page(
    vi: Visitor, play: Instance, lantern: CookieOffice, settings: Any, move_clock: Any, asked: bool, said: str
) -> None:
    set_up(settings, lantern, asked=asked)
    vi.buy(play)
    to_payment(vi)
    move_clock(timedelta(hours=3))
    settling.settle(the_part().pk, road="sweep")
    assert the_part().status == "lapsed"
    text = mailed("not-booked")
    assert text.count(said) == 2
    assert "not been charged" not in text
    assert "not taken" not in text
    assert "disappears by itself" not in text
    assert said in page_of(vi)
    first = the_part()
    Booking.objects.create(
        order=first.order,
        account=first.account,
        status="booked",
        position=9,
        currency="GBP",
        total_minor=1000,
    )
    Order.objects.update(status=Order.Status.PAID)
    vi.get(reverse("checkout:order", args=[the_order().token]))
    assert "1 of 2 bookings are confirmed" in vi.text
    assert "not taken" not in vi.text


def test_a_mail_says_who_sends_the_tickets_and_not_to_which_address(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    lantern.is_paid()
    look(vi)
    Booking.objects.update(arrives="mail")
    text = mailed("paid")
    assert text.count("in the way you chose on its page") == 2
    assert "to this address" not in text


def test_two_that_one_order_fits_are_told_apart_one_after_the_other(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    order = lantern.is_paid()
    with claims.claim(f"sold:{the_part().account_id}:{order['id']}"):
        settling.settle(the_part().pk, road="sweep")
        assert (the_part().status, the_part().due_at is not None) == ("prepared", True)
    settling.settle(the_part().pk, road="sweep")
    assert the_part().reference == order["id"]


def test_an_order_that_a_code_made_free_there_is_shown_as_free(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    lantern.is_paid(total=0)
    look(vi)
    assert (the_order().total_minor, the_part().total_minor, the_part().asked_minor) == (0, 0, 4900)
    assert the_part().payments.get().amount_minor == 0
    assert the_order().attention_reason == ""
    assert "charged £0.00. Here it said £49.00 before" in vi.text


def test_a_basket_that_was_read_since_is_not_let_go_when_the_time_of_the_hand_over_ends(
    vi: Visitor, play: Instance, lantern: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    vi.post(reverse("checkout:cancel", args=[the_order().token]))
    vi.run()
    move_clock(timedelta(hours=1, minutes=55))
    vi.buy(play, count=1)
    move_clock(timedelta(minutes=10))
    settling.settle(the_part().pk, road="sweep")
    assert the_part().status == "lapsed"
    assert {state for state, _number in counted()} == {"held"}
