"""Baskets of several accounts: the payments are made as they were announced, and every choice is the buyer's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from baskets.models import Hold, Line
from checkout import charging, going_on, settling
from checkout.models import Booking, Order, Payment, Refund
from checkout.payments.base import TillUnavailable
from checkout.views_till import return_url
from shop import claims, clock
from shop.providers.errors import NotUnlocked, SoldOut, Unavailable
from shop.providers.types import BookingState
from tests.checkout.conftest import Ada
from tests.checkout.mixed_world import (
    ALL,
    authorises,
    chooses,
    is_over,
    leaves_out,
    money_is_right,
    page,
    part,
    pays_there,
    presses,
    reviews,
    sold,
    states,
    text_of,
    to_us,
)
from tests.checkout.mixed_world import four as four
from tests.checkout.till_world import Till
from tests.checkout.world import World

B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741
NOT_CHARGED = "You have not been charged"


# --- what is announced is what happens ----------------------------------------------------------------------


def test_number_and_order_of_the_payments_are_told_before_the_first(four: Ada) -> None:
    text = reviews(four)
    assert "This basket needs 3 payments, one after the other:" in text
    told = [
        text.index("£180.00 to Foyer, by card on our page"),
        text.index("£90.00 on the page of London Theatre Direct"),
        text.index("£90.00 to Tickethead, by card on our page"),
    ]
    assert told == sorted(told)
    assert "For your tickets of Saltmarsh Assembly Rooms, XS2Event." in text
    assert "Pay £180.00 to Foyer (1 of 3)" in text


def test_the_basket_names_the_same_payments_in_the_same_order(four: Ada) -> None:
    chooses(four)
    text = text_of(four.client.get(reverse("baskets:detail")))
    assert "This takes 3 payments, one after the other: Foyer, London Theatre Direct, Tickethead." in text


def test_two_parts_that_are_paid_to_us_are_one_payment_in_the_basket_too(four: Ada) -> None:
    chooses(four, "assembly", "stadium")
    assert "one after the other" not in text_of(four.client.get(reverse("baskets:detail")))


def test_it_is_paid_in_the_steps_that_were_announced(
    four: Ada, till: Till, offices: dict[str, World]
) -> None:
    reviews(four)
    assert four.pays().url == four.url("pay")
    assert "Payment 1 of 3: £180.00" in page(four)
    assert authorises(four, till).url == four.url("pay")
    second = page(four)
    assert "Payment 2 of 3" in second
    assert "£180.00 to Foyer: on hold on your card." in second
    assert NOT_CHARGED not in second
    assert "did not come about" not in second
    assert four.client.post(four.url("pay")).url.startswith("https://pay.example.org/")
    pays_there(four, "west-end")
    third = page(four)
    assert "Payment 3 of 3" in third
    assert "£90.00 paid to London Theatre Direct: booked." in third
    assert sold() == {"west-end"}, "ours is booked after the others"
    pays_there(four, "arena")
    assert set(states(four).values()) == {B.TICKETED}
    assert sold() == set(ALL)
    assert four.now().status == O.FULFILLED
    money_is_right(till)
    assert len(till.made) == 1


def test_the_order_of_the_payments_holds_although_the_last_has_the_shortest_time(
    four: Ada, till: Till
) -> None:
    text = reviews(four, west_end=900)
    assert text.index("on the page of London") < text.index("to Tickethead, by")
    four.pays()  # the wish is ordered now, and has ten minutes where the other has fifteen
    authorises(four, till)
    assert "Pay £90.00 on London Theatre Direct’s page" in page(four)


def test_a_page_that_does_not_lead_back_is_the_last_of_those_without_a_clock(
    four: Ada, offices: dict[str, World]
) -> None:
    offices["west-end"].hosted = True
    own = four.holds("west-end")  # chosen before the other
    Hold.objects.filter(pk=own.pk).update(verified=False, expires_at=None)
    Line.objects.filter(hold=own).update(expires_at=None)
    chooses(four, "arena")
    basket = text_of(four.client.get(reverse("baskets:detail")))
    assert "one after the other: Tickethead, London Theatre Direct." in basket
    four.starts()
    four.fills_in()
    text = text_of(four.client.get(four.url("review")))
    assert text.index("to Tickethead, by card") < text.index("on the page of London")


def test_lines_without_a_clock_are_told_apart_from_those_with_one(four: Ada) -> None:
    text = reviews(four)
    assert text.count("Held until") >= 3
    assert "Not held: yours once you have paid" in text
    basket = text_of(four.client.get(reverse("baskets:detail")))
    assert basket.count("Not held: yours once you have paid") == 1


def test_the_one_clock_says_what_runs_out_first(four: Ada) -> None:
    assert "The first of your tickets to run out: Cup Final." in reviews(four, stadium=400)
    assert "The first of your tickets to run out: Cup Final." in text_of(
        four.client.get(reverse("baskets:detail"))
    )


def test_what_stopping_means_is_said_beside_each_payment(four: Ada, till: Till) -> None:
    reviews(four)
    four.pays()
    assert "If you stop now, nothing is charged." in page(four)
    authorises(four, till)
    second = page(four)
    assert "If you stop now" not in second
    assert "If you go back to the basket it is let go, and nothing is charged." in second


def test_beside_a_payment_of_theirs_that_is_made_the_next_says_what_stopping_means(four: Ada) -> None:
    reviews(four, "west-end", "arena")
    four.pays()
    assert "If you stop now, nothing is charged." in page(four)
    pays_there(four, "west-end")
    second = page(four)
    assert "Payment 2 of 2" in second
    assert "What you have paid already stays as it is." in second
    assert "If you stop now" not in second


def test_afterwards_page_and_mail_say_who_was_paid_how_much(four: Ada, till: Till) -> None:
    reviews(four)
    four.pays()
    authorises(four, till)
    pays_there(four, "west-end")
    pays_there(four, "arena")
    text = text_of(four.client.get(four.url("order")))
    assert (
        text.index("Paid to Foyer") < text.index("Paid to London Theatre Direct") < text.index("Paid in all")
    )
    assert "£360.00" in text[text.index("Paid in all") :]
    body = mail.outbox[-1].body
    assert "Paid in all: £360.00\n- to Foyer: £180.00\n- to London Theatre Direct: £90.00\n" in body
    assert "stands on your bank statement by itself" in body


def test_one_payment_is_named_once(four: Ada, till: Till) -> None:
    reviews(four, "assembly", "stadium")
    four.pays()
    authorises(four, till)
    assert "Paid to Foyer" not in text_of(four.client.get(four.url("order")))
    assert "Paid in all: £180.00\n" in mail.outbox[-1].body
    assert "- to Foyer" not in mail.outbox[-1].body


def test_what_is_on_hold_is_not_called_unpaid_while_the_last_payment_is_looked_at(
    four: Ada, till: Till
) -> None:
    reviews(four)
    four.pays()
    authorises(four, till)
    pays_there(four, "west-end")
    four.comes_back(position=part(four, "arena").position)  # it says: not paid yet
    waiting = page(four)
    assert waiting.count("On hold on your card, booked next") == 2
    assert "Waiting for payment" not in waiting


def test_each_payment_names_its_sum_and_everything_that_is_in_it(four: Ada, till: Till) -> None:
    reviews(four)
    four.pays()
    authorises(four, till)
    second = page(four)
    assert "Payment 2 of 3: £90.00" in second
    assert "Delivery: " in second


# --- a part that fails --------------------------------------------------------------------------------------


def at_the_choice(ada: Ada, till: Till) -> str:
    """The second payment failed, with the card for ours authorised."""
    reviews(ada)
    ada.pays()
    authorises(ada, till)
    ada.client.post(ada.url("pay"))
    answer = ada.comes_back("failure", position=part(ada, "west-end").position)
    return text_of(ada.sees(answer))


def test_a_payment_that_fails_leaves_the_choice_and_the_card_on_hold(four: Ada, till: Till) -> None:
    text = at_the_choice(four, till)
    for words in ("Try again", "Go on without this part", "Back to the basket, at no cost", NOT_CHARGED):
        assert words in text
    assert text.count("did not come about") == 1, "said once"
    assert till.reserved == 18000
    assert four.now().status == O.PAYING


def test_going_on_without_it_charges_for_the_rest_only(four: Ada, till: Till) -> None:
    at_the_choice(four, till)
    leaves_out(four, "west-end")
    assert "Payment 3 of 3" in page(four)
    pays_there(four, "arena")
    assert sold() == set(ALL) - {"west-end"}
    money_is_right(till)
    text = text_of(four.client.get(four.url("order")))
    assert "3 of 4 bookings are confirmed. Hamlet was left out; you have not been charged for it." in text
    assert "as reserved" not in text, "nothing that was on hold is let go"
    assert mail.outbox[-1].body.startswith("3 of 4 bookings are confirmed. Hamlet was left out")


def test_dropping_everything_costs_nothing(four: Ada, till: Till) -> None:
    at_the_choice(four, till)
    text = text_of(four.sees(four.client.post(four.url("cancel"))))
    assert NOT_CHARGED in text
    assert "£180.00 was on hold on your card and is let go" in text
    assert (till.taken, till.reserved, sold()) == (0, 0, set())
    assert four.now().status == O.PLACED
    assert four.now().basket.status == "open"


def test_it_can_be_tried_again_and_everything_is_bought(four: Ada, till: Till) -> None:
    at_the_choice(four, till)
    assert four.client.post(four.url("pay")).status_code == 303
    pays_there(four, "west-end")
    pays_there(four, "arena")
    assert sold() == set(ALL)
    money_is_right(till)


def test_the_choice_is_pressed_twice_and_made_once(four: Ada, till: Till) -> None:
    at_the_choice(four, till)
    for _ in range(2):
        leaves_out(four, "west-end")
    pays_there(four, "arena")
    for _ in range(2):
        four.client.post(four.url("cancel"))
        four.client.post(four.url("pay"))
    assert sold() == set(ALL) - {"west-end"}
    money_is_right(till)


def test_nobody_there_to_choose_the_rest_is_booked_and_only_that_is_taken(
    four: Ada, till: Till, sweep: Callable[..., None]
) -> None:
    at_the_choice(four, till)
    sweep(timedelta(minutes=15), step=timedelta(seconds=40))
    assert sold() == {"assembly", "stadium"}
    money_is_right(till)
    is_over(four)


def test_what_is_booked_already_cannot_be_undone_so_nothing_offers_it(four: Ada, till: Till) -> None:
    reviews(four)
    four.pays()
    authorises(four, till)
    pays_there(four, "west-end")
    text = page(four)
    assert "Payment 3 of 3" in text
    assert "back to the basket" not in text.lower(), "nor is it spoken of"
    assert "What you have paid already is booked, and £180.00 is on hold on your card." in text
    assert "Go on without this part" in text
    four.client.post(four.url("cancel"))  # an old page
    assert till.reserved == 18000
    leaves_out(four, "arena")
    assert sold() == {"assembly", "stadium", "west-end"}
    money_is_right(till)


def test_back_to_the_basket_after_paying_there_unseen_keeps_the_card_for_the_rest(
    four: Ada, till: Till
) -> None:
    reviews(four)
    four.pays()
    authorises(four, till)
    pays_there(four, "west-end", returns=False)
    four.client.post(four.url("cancel"))
    assert till.reserved == 18000, "it is asked what was paid there before anything is let go"
    assert states(four)["west-end"] in (B.BOOKED, B.TICKETED)
    pays_there(four, "arena")
    assert sold() == set(ALL)
    money_is_right(till)


def test_dropping_everything_after_the_other_ran_out_books_nothing(
    four: Ada, till: Till, offices: dict[str, World]
) -> None:
    reviews(four, "assembly", "west-end")
    four.pays()
    authorises(four, till)
    offices["west-end"].orders[offices["west-end"].only_order()]["state"] = BookingState.LAPSED
    four.client.post(four.url("cancel"))
    assert (till.taken, till.reserved, sold()) == (0, 0, set())


def test_money_that_was_taken_at_once_comes_back_when_everything_is_dropped(
    four: Ada, till: Till, sweep: Callable[..., None]
) -> None:
    till.manual = False
    reviews(four, "assembly", "stadium", "west-end")
    four.pays()
    authorises(four, till)
    assert till.taken == 18000
    assert "Back to the basket, and your money back" in page(four)
    four.client.post(four.url("cancel"))
    sweep(timedelta(minutes=1))
    assert sum(till.given) == 18000
    assert sold() == set()
    assert sum(Refund.objects.values_list("amount_minor", flat=True)) == 18000
    assert four.now().basket.status == "open"
    is_over(four)


def test_everything_is_dropped_while_the_payment_company_does_not_answer(
    four: Ada, till: Till, sweep: Callable[..., None]
) -> None:
    """Said plainly, final at once, and the amount on the card is let go when it answers again."""
    at_the_choice(four, till)
    for verb in ("retrieve", "cancel"):
        till.fail(verb, *[TillUnavailable()] * 400)
    text = text_of(four.sees(four.client.post(four.url("cancel"))))
    assert "Everything is dropped: nothing will be booked and nothing is charged." in text
    assert "on hold on your card is let go as soon as it does" in text
    sweep(timedelta(minutes=20), step=timedelta(minutes=2))  # past the end of every hold
    assert (till.taken, till.reserved, sold()) == (0, 18000, set())
    till.faults.clear()
    sweep(timedelta(hours=1, minutes=1), step=timedelta(minutes=5))
    assert (till.taken, till.reserved, sold()) == (0, 0, set())
    assert four.now().basket.status == "open"
    is_over(four)


def test_what_is_being_booked_at_this_very_moment_is_not_called_dropped(
    four: Ada, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_choice(four, till)
    for verb in ("retrieve", "cancel"):
        till.fail(verb, *[TillUnavailable()] * 9)
    end_part = settling.end_part

    def meanwhile(booking: Booking, *more: Any, **named: Any) -> None:
        if booking.route == "us":  # somebody else was quicker: they are asking the box office
            Booking.objects.filter(pk=booking.pk).update(status=B.CONFIRMING, unproven_since=clock.now())
        end_part(booking, *more, **named)

    monkeypatch.setattr(settling, "end_part", meanwhile)
    text = text_of(four.sees(four.client.post(four.url("cancel"))))
    assert "Everything is dropped" not in text
    assert not {states(four)[name] for name in ("assembly", "stadium")} & {B.REFUSED, B.LAPSED}
    assert till.reserved == 18000


def test_what_is_paid_to_us_alone_is_not_said_to_end_by_itself(
    four: Ada, till: Till, offices: dict[str, World]
) -> None:
    """From an old page, while neither the box office nor the payment company answers."""
    reviews(four, "assembly")
    four.pays()
    offices["assembly"].fail("confirm", Unavailable())
    authorises(four, till)
    assert to_us().status == P.AUTHORISED
    till.fail("retrieve", *[TillUnavailable()] * 9)
    text = text_of(four.sees(four.client.post(four.url("cancel"))))
    assert "it ends by itself" not in text
    assert NOT_CHARGED not in text
    assert states(four) == {"assembly": B.PREPARED}


def test_what_cannot_be_dropped_because_nobody_answers_is_said(four: Ada, till: Till) -> None:
    reviews(four, "assembly")
    four.pays()
    assert four.client.post(four.url("intent"), {"shown": "9000"}).json()["secret"]
    till.fail("retrieve", TillUnavailable())
    text = text_of(four.sees(four.client.post(four.url("cancel"))))
    assert "Your order stands as it was: we could not make sure that nothing of it is paid." in text
    assert four.now().status == O.PAYING
    assert NOT_CHARGED in text_of(four.sees(four.client.post(four.url("cancel"))))
    assert four.now().status == O.PLACED


def test_the_sweep_books_nothing_while_everything_is_dropped(
    four: Ada, till: Till, sweep: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    till.manual = False
    reviews(four, "assembly", "west-end", west_end=400)
    four.pays()
    authorises(four, till)
    end_part = settling.end_part

    def beside_the_sweep(*args: Any, **kwargs: Any) -> None:
        end_part(*args, **kwargs)
        charging.settle_payment(to_us().pk, road="sweep")

    monkeypatch.setattr(settling, "end_part", beside_the_sweep)
    four.client.post(four.url("cancel"))
    sweep(timedelta(minutes=1))
    assert sold() == set()
    assert (till.taken, sum(till.given)) == (9000, 9000)
    is_over(four)


def test_what_was_taken_out_of_the_basket_before_paying_again_is_not_called_unbooked(
    four: Ada, till: Till
) -> None:
    reviews(four, "assembly", "west-end", "arena")
    four.pays()
    authorises(four, till)
    four.client.post(four.url("cancel"))
    out = Hold.objects.get(account__name="west-end")
    Line.objects.filter(hold=out).delete()
    Hold.objects.filter(pk=out.pk).update(state=Hold.State.CLOSED)
    four.starts()
    four.fills_in()
    four.pays()
    first = page(four)
    assert "Payment 1 of 2" in first
    assert "London Theatre Direct" not in first
    presses(four)
    till.pay(to_us().external_id)
    four.client.get(return_url(to_us()))
    pays_there(four, "arena")
    text = text_of(four.client.get(four.url("order")))
    assert "Thank you. Your tickets are booked" in text
    assert "Partly booked" not in text
    assert ", 4 tickets" in text
    assert "bookings are confirmed" not in mail.outbox[-1].body


# --- refused after the card was authorised ------------------------------------------------------------------


def test_one_of_ours_is_refused_when_the_others_are_paid_the_rest_is_booked_and_taken(
    four: Ada, till: Till, offices: dict[str, World]
) -> None:
    reviews(four)
    four.pays()
    authorises(four, till)
    pays_there(four, "west-end")
    offices["stadium"].fail("confirm", SoldOut())
    pays_there(four, "arena")
    assert sold() == {"assembly", "west-end", "arena"}
    money_is_right(till)
    said = "3 of 4 bookings are confirmed. Cup Final could not be booked; £90.00 was not taken."
    text = text_of(four.client.get(four.url("order")))
    assert said in text
    assert mail.outbox[-1].body.startswith(said)
    for words in (text, mail.outbox[-1].body):
        assert "Your bank may show £90.00 as reserved for some days" in words


def test_all_of_ours_is_refused_when_the_others_are_paid_the_card_is_let_go(
    four: Ada, till: Till, offices: dict[str, World]
) -> None:
    reviews(four, "stadium", "west-end")
    four.pays()
    authorises(four, till)
    offices["stadium"].fail("confirm", SoldOut())
    pays_there(four, "west-end")
    assert (till.taken, till.reserved, sold()) == (0, 0, {"west-end"})
    text = text_of(four.client.get(four.url("order")))
    assert "1 of 2 bookings are confirmed. Cup Final could not be booked" in text
    assert "Your bank may show £90.00 as reserved for some days" in text
    is_over(four)


def test_one_of_ours_that_cannot_be_reached_is_tried_again_beside_the_others(
    four: Ada, till: Till, offices: dict[str, World], sweep: Callable[..., None]
) -> None:
    reviews(four)
    four.pays()
    authorises(four, till)
    pays_there(four, "west-end")
    offices["stadium"].fail("confirm", Unavailable(), Unavailable())
    pays_there(four, "arena")
    sweep(timedelta(minutes=2))
    assert sold() == set(ALL)
    money_is_right(till)


# --- time ---------------------------------------------------------------------------------------------------


def test_ours_does_not_run_out_while_the_buyer_pays_elsewhere(
    four: Ada, till: Till, sweep: Callable[..., None]
) -> None:
    reviews(four, "assembly", "west-end", assembly=300, west_end=900)
    four.pays()
    authorises(four, till)
    sweep(timedelta(minutes=3))
    assert sold() == set(), "the other is to be paid first"
    sweep(timedelta(minutes=1))
    assert sold() == {"assembly"}, "before its hold ran out, what was authorised is booked"
    assert till.taken == 9000
    pays_there(four, "west-end")
    assert four.now().status == O.FULFILLED
    money_is_right(till)


def test_the_look_at_an_authorised_payment_is_planned_for_the_end_of_its_hold(
    four: Ada, till: Till, move_clock: Callable[[Any], None], sweep: Callable[..., None]
) -> None:
    reviews(four, "assembly", "west-end", assembly=7200, west_end=9000)
    four.pays()
    authorises(four, till)
    sweep(timedelta(minutes=110), step=timedelta(minutes=10))
    sweep(timedelta(minutes=9), step=timedelta(minutes=1))
    assert sold() == {"assembly"}
    money_is_right(till)


def test_nobody_begins_with_less_than_two_minutes_for_any_part(four: Ada) -> None:
    reviews(four, west_end=110)
    assert "Less than 2 minutes are left" in text_of(four.sees(four.pays()))
    assert four.now().status == O.PLACED


def test_no_card_is_asked_for_when_the_next_payment_has_no_time_left(
    four: Ada, till: Till, move_clock: Callable[[Any], None]
) -> None:
    reviews(four, assembly=900, stadium=900, west_end=300)
    four.pays()
    move_clock(timedelta(seconds=200))
    assert presses(four).json() == {"go": four.url("pay")}
    text = page(four)
    assert "too little time left to send you to the page of London Theatre Direct" in text
    assert "Go on without this part" in text
    assert "Back to the basket to try again" in text
    leaves_out(four, "west-end")
    assert "Payment 1 of 3: £180.00" in page(four)
    authorises(four, till)
    pays_there(four, "arena")
    assert sold() == set(ALL) - {"west-end"}
    money_is_right(till)


def test_what_ran_out_before_the_card_was_asked_is_said_on_the_card_page(
    four: Ada, till: Till, sweep: Callable[..., None]
) -> None:
    reviews(four, "assembly", "west-end", assembly=1800, west_end=300)
    four.pays()
    sweep(timedelta(minutes=9))
    text = page(four)
    assert "The tickets of London Theatre Direct are not to be had any more. £90.00 was not taken." in text
    assert "Back to the basket" in text
    authorises(four, till)
    assert sold() == {"assembly"}
    money_is_right(till)


def test_a_box_office_that_does_not_say_whether_it_was_paid_keeps_nobody_from_the_next_payment(
    four: Ada, till: Till, offices: dict[str, World], move_clock: Callable[[Any], None]
) -> None:
    reviews(four)
    four.pays()
    authorises(four, till)
    four.comes_back(position=part(four, "west-end").position)  # it says: not paid yet
    assert "Waiting for London Theatre Direct" in page(four)
    move_clock(timedelta(seconds=75))
    assert "Payment 3 of 3" in page(four)


# --- nobody is there any more -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step", ["reviewed", "at the card", "authorised", "at the gate", "paid there", "at the form"]
)
def test_the_tab_is_closed_and_everything_ends_right_without_the_buyer(
    four: Ada, till: Till, sweep: Callable[..., None], step: str
) -> None:
    reviews(four)
    if step != "reviewed":
        four.pays()
    if step == "authorised":
        presses(four)
        till.pay()  # and never comes back from there
    if step in ("at the gate", "paid there", "at the form"):
        authorises(four, till)
        four.client.post(four.url("pay"))
    if step in ("paid there", "at the form"):
        pays_there(four, "west-end", returns=step == "at the form")
    sweep(timedelta(minutes=15), step=timedelta(seconds=40))
    money_is_right(till)
    is_over(four)
    there = {"west-end"} if step in ("paid there", "at the form") else set()
    ours = {"assembly", "stadium"} if till.made and till.taken else set()
    assert sold() == ours | there
    assert bool(ours) == (step in ("authorised", "at the gate", "paid there", "at the form"))
    if ours:
        done = len(ours | there)
        assert mail.outbox[-1].body.startswith(f"{done} of 4 bookings are confirmed.")


def test_back_from_the_payment_page_shows_where_the_order_stands_and_the_same_payment(
    four: Ada, till: Till
) -> None:
    reviews(four)
    four.pays()
    authorises(four, till)
    first = four.client.post(four.url("pay")).url
    assert "Payment 2 of 3" in page(four)
    assert four.client.post(four.url("pay")).url == first
    assert Payment.objects.filter(route="there").count() == 1
    assert till.calls["create"] == 1


def test_pressed_twice_on_the_review_it_begins_once(four: Ada, till: Till) -> None:
    reviews(four)
    four.pays()
    four.pays()
    assert sorted(Payment.objects.values_list("route", flat=True)) == ["their_form", "there", "us"]


# --- free parts ---------------------------------------------------------------------------------------------


def test_a_free_part_is_not_booked_behind_the_back_of_a_buyer_who_left(
    four: Ada, till: Till, offices: dict[str, World], sweep: Callable[..., None]
) -> None:
    four.holds("arena", minor=0)
    reviews(four, "west-end")
    four.pays()
    sweep(timedelta(minutes=15), step=timedelta(seconds=40))
    assert sold() == set()
    assert four.now().status == O.EXPIRED
    assert four.now().basket.status == "open"


def test_a_free_part_is_booked_when_the_buyer_goes_on_with_it_alone(four: Ada, till: Till) -> None:
    four.holds("arena", minor=0)
    reviews(four, "assembly", "west-end")
    four.pays()
    authorises(four, till)
    four.comes_back("failure", position=part(four, "west-end").position)
    leaves_out(four, "west-end")
    assert sold() == {"assembly", "arena"}
    money_is_right(till)


def test_who_drops_everything_has_nothing_free_booked_though_the_process_dies_at_it(
    four: Ada, till: Till, sweep: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    four.holds("arena", minor=0)
    reviews(four, "assembly", "west-end")
    four.pays()
    authorises(four, till)
    four.comes_back("failure", position=part(four, "west-end").position)
    for verb in ("retrieve", "cancel"):
        till.fail(verb, *[TillUnavailable()] * 9)
    end_part = settling.end_part

    def dies(booking: Booking, *more: Any, **named: Any) -> None:
        end_part(booking, *more, **named)
        if booking.account.name == "west-end":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(settling, "end_part", dies)
        with pytest.raises(KeyboardInterrupt):
            four.client.post(four.url("cancel"))
    till.faults.clear()
    sweep(timedelta(minutes=5))
    assert sold() == set()
    assert (till.taken, till.reserved) == (0, 0)


def test_a_free_part_that_was_dropped_this_very_moment_is_not_asked_for(
    four: Ada, till: Till, offices: dict[str, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    four.holds("arena", minor=0)
    reviews(four, "west-end")
    four.pays()
    for one in four.now().bookings.filter(account__name="west-end"):
        settling.end_part(one, B.REFUSED, "dropped", road="buyer")
    taken = claims.take

    def take(name: str, *, seconds: float) -> str | None:
        if name.startswith("pay:"):  # whoever had it before has just ended the rest
            for one in four.now().bookings.filter(account__name="arena", status=B.HELD):
                settling.end_part(one, B.REFUSED, "dropped", road="buyer")
        return taken(name, seconds=seconds)

    monkeypatch.setattr(claims, "take", take)
    going_on.go_on(four.now().pk)
    assert offices["arena"].calls["prepare"] == 0
    assert sold() == set()


# --- an account that may not book in its own way ------------------------------------------------------------


@pytest.fixture
def locked(four: Ada, till: Till, offices: dict[str, World]) -> Ada:
    """One of ours is booked; the other account does not book in that way, but has a page of its own."""
    offices["west-end"].route, offices["west-end"].other = "us", "there"
    reviews(four, "assembly", "west-end")
    four.pays()
    offices["west-end"].fail("confirm", NotUnlocked())
    authorises(four, till)
    return four


def test_a_locked_part_beside_a_booked_one_can_be_paid_in_the_other_way(locked: Ada, till: Till) -> None:
    assert till.taken == 9000
    text = page(locked)
    assert "London Theatre Direct did not take this part through our own payment" in text
    assert "Go on without this part" in text
    assert locked.client.post(locked.url("pay")).url.startswith("https://pay.example.org/")
    pays_there(locked, "west-end")
    assert sold() == {"assembly", "west-end"}
    assert locked.now().status == O.FULFILLED
    money_is_right(till)


def test_a_locked_part_is_left_out_where_the_buyer_wants_that(locked: Ada, till: Till) -> None:
    leaves_out(locked, "west-end")
    assert locked.now().status == O.FULFILLED
    assert "1 of 2 bookings are confirmed. Hamlet was left out" in text_of(
        locked.client.get(locked.url("order"))
    )
    money_is_right(till)


def test_a_locked_part_runs_out_where_nobody_is_there(
    locked: Ada, till: Till, sweep: Callable[..., None]
) -> None:
    sweep(timedelta(minutes=15), step=timedelta(seconds=40))
    assert sold() == {"assembly"}
    money_is_right(till)
    is_over(locked)


# --- late news ----------------------------------------------------------------------------------------------


def test_a_part_that_is_booked_after_all_is_told_by_a_mail_of_its_own(
    four: Ada, till: Till, sweep: Callable[..., None]
) -> None:
    reviews(four, "assembly", "west-end")
    four.pays()
    authorises(four, till)
    leaves_out(four, "west-end")
    assert four.now().status == O.FULFILLED
    before = len(mail.outbox)
    pays_there(four, "west-end", returns=False)
    sweep(timedelta(minutes=3))
    assert sold() == {"assembly", "west-end"}
    assert four.now().status == O.FULFILLED
    assert [message.body.split("\n")[0] for message in mail.outbox[before:]] == [
        "Thank you. Your tickets are booked."
    ]
    assert four.now().total_minor == 18000


@pytest.fixture
def unseen(four: Ada, till: Till, offices: dict[str, World]) -> Ada:
    """Ours is authorised, and Ada was sent to a checkout that never tells what became of it."""
    offices["west-end"].hosted = True
    chooses(four, "assembly", "west-end")
    Hold.objects.filter(account__name="west-end").update(expires_at=None)
    Line.objects.filter(hold__account__name="west-end").update(expires_at=None)
    for items in offices["west-end"].items.values():
        items[0].expires_at = None
    four.starts()
    four.fills_in()
    assert "Its page does not lead back by itself" in text_of(four.client.get(four.url("review")))
    four.pays()
    authorises(four, till)
    four.client.post(four.url("pay"))
    return four


def test_a_checkout_that_tells_nothing_keeps_nobodys_order_open_for_hours(
    unseen: Ada, till: Till, sweep: Callable[..., None]
) -> None:
    sweep(timedelta(minutes=10), step=timedelta(seconds=40))
    assert sold() == {"assembly"}
    money_is_right(till)
    sweep(timedelta(minutes=25), step=timedelta(minutes=1))
    is_over(unseen)
    assert unseen.now().status == O.FULFILLED
    assert mail.outbox[-1].body.startswith("1 of 2 bookings are confirmed. What is known of Hamlet stands")


def test_what_was_paid_there_long_after_is_booked_and_told_all_the_same(
    unseen: Ada, till: Till, sweep: Callable[..., None]
) -> None:
    sweep(timedelta(minutes=40), step=timedelta(minutes=1))
    pays_there(unseen, "west-end", returns=False)
    sweep(timedelta(minutes=12), step=timedelta(minutes=1))
    assert sold() == {"assembly", "west-end"}
    assert unseen.now().status == O.FULFILLED
    assert mail.outbox[-1].body.startswith("Thank you. Your tickets are booked.")
    assert unseen.now().attention_reason == ""


# --- two currencies -----------------------------------------------------------------------------------------


def test_a_second_currency_is_a_basket_of_its_own_with_a_sum_and_an_order_of_its_own(
    four: Ada, till: Till, offices: dict[str, World]
) -> None:
    four.holds("assembly")
    pounds, four.basket = four.basket, None
    four.holds("arena", currency="EUR")
    text = text_of(four.client.get(reverse("baskets:detail")))
    assert "In GBP: 2 tickets" in text
    assert "In EUR: 2 tickets" in text
    assert "£90.00" in text
    assert "€90.00" in text
    assert "180.00" not in text
    four.sees(four.client.get(f"{reverse('checkout:start')}?currency=EUR"))
    order = four.now()
    assert (order.currency, order.total_minor) == ("EUR", 9000)
    assert [b.account.name for b in order.bookings.all()] == ["arena"]
    four.fills_in()
    four.pays()
    pays_there(four, "arena")
    assert sold() == {"arena"}
    assert pounds is not None
    pounds.refresh_from_db()
    assert pounds.status == "open"


# --- declined at the bank -----------------------------------------------------------------------------------


def test_a_payment_that_failed_at_the_bank_is_called_so_on_whatever_road_the_buyer_comes_back(
    four: Ada, till: Till
) -> None:
    reviews(four)
    four.pays()
    presses(four)
    till.change(declined="card_declined")
    text = text_of(four.sees(four.client.get(four.url("thanks"))))
    assert "Payment 1 of 3" in text
    assert NOT_CHARGED in text
    assert to_us().status == P.BEGUN
