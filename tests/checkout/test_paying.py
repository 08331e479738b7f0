"""From "Pay" to the payment page: checked once more, begun once, undone when it fails half-way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from baskets.models import Line
from checkout import paying
from checkout.models import Booking, Order, Payment
from shop import claims
from shop.problems import problem
from shop.providers.errors import (
    BadAnswer,
    HoldExpired,
    HoldGone,
    Misconfigured,
    NotOnSale,
    OutcomeUnknown,
    PaymentClosed,
    PriceChanged,
    ProviderError,
    SoldOut,
    Unavailable,
)  # fmt: skip
from tests.checkout.conftest import Ada
from tests.checkout.world import Lost, World


def ready(ada: Ada, *accounts: str, **held: Any) -> None:
    for account in accounts or ("west-end",):
        ada.holds(account, **held)
    ada.starts()
    assert ada.fills_in().status_code == 302


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_consents_are_separate_unticked_and_needed(ada: Ada, theatre: World) -> None:
    ready(ada)
    text = text_of(ada.client.get(ada.url("review")))
    assert text.count('type="checkbox"') == 2
    assert "checked" not in text
    answer = ada.client.post(ada.url("pay"), {"agreed": "9000", "terms": "on"})
    page = text_of(ada.sees(answer))
    assert "Tick the box if you accept the terms of London Theatre Direct" in page
    assert page.count(" checked") == 1  # the other stays ticked
    assert theatre.calls["prepare"] == 0


def test_no_page_of_the_review_is_the_answer_to_a_post(ada: Ada, theatre: World) -> None:
    """A box forgotten: led back, shown again as it was sent, as often as it is reloaded; ticked, and on to pay."""
    ready(ada)
    agreed = ada.agrees()
    answer = ada.client.post(ada.url("pay"), {"agreed": agreed["agreed"], "terms": "on"})
    assert (answer.status_code, answer.url) == (302, f"{ada.url('review')}?check=1")
    for _again in range(2):
        page = text_of(ada.client.get(answer.url))
        assert page.count(" checked") == 1
        assert 'class="error-summary"' in page
        assert 'name="agreed" value="9000"' in page
    assert 'class="error-summary"' not in text_of(ada.client.get(ada.url("review")))
    assert " checked" not in text_of(ada.client.get(ada.url("review")))
    assert ada.pays().status_code == 303
    assert ada.client.get(answer.url).url == ada.url("pay")


def test_what_a_box_office_said_at_paying_is_said_where_it_leads_and_not_for_ever(
    ada: Ada, theatre: World
) -> None:
    ready(ada)
    theatre.fail("prepare", Misconfigured())
    answer = ada.pays()
    assert answer.url == f"{ada.url('review')}?check=1"
    said = problem(Misconfigured())
    page = unescape(text_of(ada.client.get(answer.url)))
    assert said.title in page
    assert said.text in page
    assert 'class="error-summary"' not in page
    plain = unescape(text_of(ada.client.get(ada.url("review"))))
    assert said.text not in plain
    assert " checked" not in plain
    ada.client.post(ada.url("pay"), {"agreed": "9000"})  # and now something else is wrong
    again = unescape(text_of(ada.client.get(answer.url)))
    assert said.text not in again
    assert 'class="error-summary"' in again


def test_a_seat_that_is_gone_leads_back_to_the_choice_uncharged(ada: Ada, theatre: World) -> None:
    ready(ada)
    theatre.items["basket-west-end-1"] = []
    answer = ada.client.get(ada.pays().url)
    assert answer.wsgi_request.path == "/en/basket/"
    assert "You have not been charged" in text_of(answer)
    assert theatre.calls["prepare"] == 0
    assert Line.objects.get().state == "gone"
    assert ada.now().basket.status == "open"


def test_what_was_gone_before_and_is_known_does_not_stop_the_rest(ada: Ada, theatre: World) -> None:
    ready(ada, "west-end")
    hold = ada.holds()
    Line.objects.filter(hold=hold).update(state="gone")
    theatre.items[hold.handle] = []
    assert ada.pays().status_code == 303


def test_a_price_that_rose_stops_and_asks_for_a_yes(ada: Ada, theatre: World) -> None:
    ready(ada)
    theatre.items["basket-west-end-1"][0].minor = 9900
    answer = ada.pays()
    assert answer.url.startswith("/en/basket/")
    assert theatre.calls["prepare"] == 0
    assert Line.objects.get().state == "changed"


def test_a_sum_named_only_when_it_is_ordered_is_asked_about_and_then_paid(ada: Ada, theatre: World) -> None:
    ready(ada)
    theatre.surcharge = 250
    page = text_of(ada.sees(ada.pays()))
    assert "The price has changed" in page
    assert "£92.50" in page
    assert ada.now().status == Order.Status.PLACED
    assert ada.now().basket.status == "open"
    assert ada.pays().status_code == 303
    assert Payment.objects.get(status="begun").amount_minor == 9250


def test_a_sum_that_fell_is_simply_paid(ada: Ada, theatre: World) -> None:
    ready(ada)
    theatre.surcharge = -250
    assert ada.pays().status_code == 303
    assert ada.now().total_minor == 8750


@pytest.mark.parametrize("agreed", ["", "-1", "x", "99999999999999999999"])
def test_a_forged_sum_is_not_believed(ada: Ada, theatre: World, agreed: str) -> None:
    ready(ada)
    answer = ada.client.post(ada.url("pay"), ada.agrees() | {"agreed": agreed})
    assert "Pay £90.00" in text_of(ada.sees(answer))
    assert theatre.calls["prepare"] == 0


def test_a_sum_forged_downwards_only_makes_us_ask_again(ada: Ada, theatre: World) -> None:
    ready(ada)
    assert "The price has changed" in text_of(ada.sees(ada.pays(agreed=1)))
    assert theatre.calls["prepare"] == 0
    assert ada.pays(agreed=100000).status_code == 303
    assert Payment.objects.get().amount_minor == 9000


def test_pressed_twice_it_begins_once(ada: Ada, theatre: World) -> None:
    ready(ada)
    first, second = ada.pays(), ada.client.post(ada.url("pay"))
    assert first.url == second.url
    assert theatre.calls["prepare"] == 1
    assert Payment.objects.count() == 1


def test_a_second_tab_is_told_to_wait_while_the_first_is_at_it(ada: Ada, theatre: World) -> None:
    ready(ada)
    answers: list[Any] = []

    def second_tab(verb: str) -> None:
        if verb == "prepare" and not answers:
            answers.append(ada.client.post(ada.url("pay"), ada.agrees()))
            answers.append(ada.client.get(ada.url("pay")))

    theatre.before = second_tab
    assert ada.pays().status_code == 303
    assert [a.status_code for a in answers] == [302, 409]
    assert 'http-equiv="refresh"' in text_of(answers[1])
    assert theatre.calls["prepare"] == 1


def test_the_owner_of_the_claim_dies_and_the_next_press_goes_on_when_it_ran_out(
    ada: Ada, theatre: World, move_clock: Callable[[timedelta], None]
) -> None:
    ready(ada, seconds=1200)
    claims.take(f"pay:{ada.now().pk}", seconds=paying.BEGIN_SECONDS)
    page = ada.sees(ada.pays())
    assert page.status_code == 409
    assert "We are already on it" in text_of(page)
    move_clock(timedelta(seconds=paying.BEGIN_SECONDS + 1))
    assert ada.pays().status_code == 303


def test_nobody_is_sent_to_pay_in_the_last_two_minutes(ada: Ada, theatre: World) -> None:
    ready(ada, seconds=110)
    answer = ada.pays()
    assert answer.url.startswith("/en/basket/")
    assert "not enough to pay" in text_of(ada.client.get(answer.url))
    assert theatre.calls["prepare"] == 0


def test_a_payment_page_on_another_host_is_refused_and_staff_are_called(ada: Ada, theatre: World) -> None:
    ready(ada)
    theatre.pay_host = "https://evil.example.com"
    assert "Nothing was booked or charged" in text_of(ada.sees(ada.pays()))
    order = ada.now()
    assert order.attention_reason == "payment_address"
    assert order.basket.status == "open"


def test_browsers_may_follow_the_form_to_the_payment_page_and_nowhere_else(ada: Ada) -> None:
    ready(ada)
    policy = ada.client.get(ada.url("review"))["Content-Security-Policy"]
    (form_action,) = [part for part in policy.split("; ") if part.startswith("form-action")]
    assert form_action.split() == ["form-action", "'self'", "https://pay.example.org"]
    assert "pay.example.org" not in ada.client.get(ada.url("details"))["Content-Security-Policy"]


@pytest.mark.parametrize("error", [SoldOut(), HoldExpired(), HoldGone(), NotOnSale(), PaymentClosed()])
def test_what_is_refused_when_it_is_ordered_leads_back_to_the_choice(
    ada: Ada, arena: World, error: ProviderError
) -> None:
    ready(ada, "arena", currency="EUR")
    arena.fail("prepare", error)
    answer = ada.pays()
    assert answer.url.startswith("/en/basket/")
    assert "You have not been charged" in text_of(ada.client.get(answer.url))
    order = ada.now()
    assert (order.status, order.basket.status) == (Order.Status.PLACED, "open")
    assert not Payment.objects.filter(status="begun").exists()
    assert ada.pays().url == ada.url("pay")  # and can be tried again


@pytest.mark.parametrize(
    "error", [Unavailable(), Misconfigured(), BadAnswer(), OutcomeUnknown(), PriceChanged()]
)
def test_a_box_office_that_fails_leaves_the_basket_and_says_so(
    ada: Ada, theatre: World, error: ProviderError
) -> None:
    ready(ada)
    theatre.fail("prepare", error)
    page = text_of(ada.sees(ada.pays()))
    assert "Review and pay" in page
    assert problem(error if not isinstance(error, OutcomeUnknown) else "not_ordered").text in unescape(page)
    assert page.count(" checked") == 2  # what was ticked stays ticked
    order = ada.now()
    assert (order.status, order.basket.status) == (Order.Status.PLACED, "open")
    assert ada.pays().status_code == 303


def test_a_lost_answer_to_a_submit_is_asked_about_and_can_be_repeated_without_a_second_order(
    ada: Ada, theatre: World
) -> None:
    ready(ada)
    theatre.fail("prepare", Lost(OutcomeUnknown()))
    assert "Nothing was charged. Press the button to pay again." in text_of(ada.sees(ada.pays()))
    assert theatre.calls["look"] >= 1
    assert len(theatre.orders) == 1
    assert ada.pays().status_code == 303
    assert len(theatre.orders) == 1
    assert Payment.objects.filter(status="begun").count() == 1


def test_a_lost_answer_to_a_free_order_is_found_to_be_booked(ada: Ada, arena: World) -> None:
    ready(ada, "arena", minor=0, currency="EUR")
    arena.fail("prepare", Lost(OutcomeUnknown()))
    ada.pays()
    order = ada.now()
    assert order.status in (Order.Status.PAID, Order.Status.FULFILLED)
    assert len(arena.orders) == 1


def test_the_handle_is_kept_before_the_risky_write(ada: Ada, theatre: World) -> None:
    ready(ada)
    seen: list[str] = []

    def die(verb: str) -> None:
        if verb == "prepare":
            seen.append(Booking.objects.get().handle)
            raise KeyboardInterrupt

    theatre.before = die
    with pytest.raises(KeyboardInterrupt):
        ada.pays()
    assert seen == ["basket-west-end-1#sent"]
    assert Booking.objects.get().prepared_at is not None


def test_killed_while_preparing_the_sweep_gives_the_basket_back(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ready(ada, seconds=1200)

    def die(verb: str) -> None:
        if verb == "prepare":
            raise KeyboardInterrupt

    theatre.before = die
    with pytest.raises(KeyboardInterrupt):
        ada.pays()
    theatre.before = None
    order = ada.now()
    assert (order.status, order.basket.status) == (Order.Status.PLACED, "frozen")
    sweep(timedelta(minutes=4))
    order = ada.now()
    assert (order.status, order.basket.status) == (Order.Status.PLACED, "open")
    assert ada.pays().status_code == 303


def test_killed_after_preparing_the_next_press_takes_the_same_payment(
    ada: Ada, theatre: World, monkeypatch: Any
) -> None:
    ready(ada)
    real, died = paying.placing.update_total, []

    def die(order: Order) -> None:
        real(order)
        if Payment.objects.exists() and not died:
            died.append(1)
            raise KeyboardInterrupt

    monkeypatch.setattr(paying.placing, "update_total", die)
    with pytest.raises(KeyboardInterrupt):
        ada.pays()
    assert ada.pays().status_code == 303
    assert len(theatre.orders) == 1
    assert Payment.objects.filter(status="begun").count() == 1
    assert Payment.objects.count() == 1


def test_killed_while_a_free_order_was_booked_the_sweep_finishes_it(
    ada: Ada, arena: World, sweep: Callable[..., None]
) -> None:
    ready(ada, "arena", minor=0, currency="EUR")
    arena.fail("prepare", Lost(KeyboardInterrupt()))  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        ada.pays()
    sweep(timedelta(minutes=4))
    assert ada.now().status in (Order.Status.PAID, Order.Status.FULFILLED)
    assert len(arena.orders) == 1


# --- two payments -------------------------------------------------------------------------------------------


def test_two_payments_are_announced_with_sums_and_payees(ada: Ada, theatre: World, arena: World) -> None:
    ready(ada, "west-end", "arena")
    text = text_of(ada.client.get(ada.url("review")))
    assert "This basket needs 2 payments" in text
    assert text.index("£90.00 on the page of London Theatre Direct") < text.index("£90.00 to Tickethead")
    assert "Pay £90.00 to London Theatre Direct (1 of 2)" in text


def test_everything_is_taken_from_sale_before_anybody_pays(ada: Ada, theatre: World, arena: World) -> None:
    ready(ada, "west-end", "arena")
    arena.fail("prepare", SoldOut())
    assert ada.pays().url.startswith("/en/basket/")
    assert not Payment.objects.filter(status="begun").exists()
    assert ada.now().basket.status == "open"


def test_a_mixed_basket_is_paid_one_after_the_other(ada: Ada, theatre: World, arena: World) -> None:
    ready(ada, "west-end", "arena")
    assert ada.pays().url.startswith("https://pay.example.org/")
    theatre.paid(theatre.only_order())
    answer = ada.comes_back()
    assert ada.client.get(answer.url).url == ada.url("pay")
    page = text_of(ada.client.get(ada.url("pay")))
    assert "Payment 2 of 2" in page
    assert "£90.00 paid to London Theatre Direct: booked." in page
    assert 'data-client-secret="pi_1_secret_s"' in page
    assert ada.now().status == Order.Status.PAYING
    arena.paid(arena.only_order())
    ada.comes_back(position=2)
    order = ada.now()
    assert order.status == Order.Status.FULFILLED
    assert order.basket.status == "converted"
    assert list(order.payments.values_list("status", flat=True)) == ["captured", "captured"]


def test_a_failed_second_payment_leaves_the_choice_to_go_on_without_it(
    ada: Ada, theatre: World, arena: World
) -> None:
    arena.route = "there"
    ready(ada, "west-end", "arena")
    ada.pays()
    theatre.paid(theatre.only_order())
    ada.comes_back()
    answer = ada.comes_back("failure", position=2)
    page = text_of(ada.client.get(answer.url))
    assert "You have not been charged" in page
    assert "Go on without this part" in page
    assert "Try again" in page
    ada.client.post(ada.url("without", ada.now().token, 2))
    order = ada.now()
    assert order.status in (Order.Status.PAID, Order.Status.FULFILLED)
    text = text_of(ada.client.get(ada.url("order")))
    assert "1 of 2 bookings are confirmed" in text
    assert "Left out" in text
    assert order.total_minor == 9000


def test_a_failed_second_payment_can_be_tried_again(ada: Ada, theatre: World, arena: World) -> None:
    arena.route = "there"
    ready(ada, "west-end", "arena")
    ada.pays()
    theatre.paid(theatre.only_order())
    ada.comes_back()
    ada.comes_back("failure", position=2)
    answer = ada.client.post(ada.url("pay"))
    assert answer.status_code == 303
    arena.paid(arena.only_order())
    ada.comes_back(position=2)
    assert ada.now().status == Order.Status.FULFILLED
    assert ada.booking(2).payments.count() == 1
    assert ada.booking(2).payments.get().attempt == 2


def test_a_part_that_was_left_out_and_paid_late_all_the_same_is_booked_and_staff_are_called(
    ada: Ada, theatre: World, arena: World, sweep: Callable[..., None]
) -> None:
    arena.route = "there"
    ready(ada, "west-end", "arena")
    ada.pays()
    theatre.paid(theatre.only_order())
    ada.comes_back()
    ada.comes_back("failure", position=2)
    ada.client.post(ada.url("without", ada.now().token, 2))
    arena.paid(arena.only_order())
    sweep(timedelta(minutes=3))
    assert ada.booking(2).status in (Booking.Status.BOOKED, Booking.Status.TICKETED)
    assert ada.booking(2).payments.get().status == Payment.Status.CAPTURED
    assert ada.now().attention_reason == "late_success"


def test_free_parts_are_booked_last_and_not_at_all_if_the_paid_ones_fail(
    ada: Ada, theatre: World, arena: World
) -> None:
    ada.holds("arena", minor=0)
    ready(ada, "west-end")
    assert [b.account.name for b in ada.now().bookings.order_by("position")] == ["west-end", "arena"]
    ada.pays()
    assert arena.calls["prepare"] == 0
    ada.comes_back("failure")
    assert arena.calls["prepare"] == 0
    ada.pays()
    theatre.paid(theatre.only_order())
    ada.comes_back()
    assert arena.calls["prepare"] == 1
    assert ada.now().status == Order.Status.FULFILLED


def test_killed_before_the_free_part_the_sweep_books_it(
    ada: Ada, theatre: World, arena: World, sweep: Callable[..., None], monkeypatch: Any
) -> None:
    ada.holds("arena", minor=0)
    ready(ada, "west-end")
    ada.pays()
    theatre.paid(theatre.only_order())
    with monkeypatch.context() as patched:
        patched.setattr(paying, "go_on", lambda order_id: None)
        ada.comes_back()
        assert arena.calls["prepare"] == 0
    sweep(timedelta(minutes=2))
    assert ada.now().status == Order.Status.FULFILLED


# --- back ---------------------------------------------------------------------------------------------------


def test_back_to_the_basket_before_paying_keeps_everything(ada: Ada, theatre: World) -> None:
    ready(ada)
    ada.pays()
    answer = ada.client.post(ada.url("cancel"))
    assert answer.url.startswith("/en/basket/")
    order = ada.now()
    assert (order.status, order.basket.status) == (Order.Status.PLACED, "open")
    assert Payment.objects.get().status == "failed"
    ada.starts()
    assert 'value="Lovelace"' in text_of(ada.client.get(ada.url("details")))
    assert ada.pays().status_code == 303


def test_back_to_the_basket_is_no_way_out_of_a_payment_that_was_made(ada: Ada, theatre: World) -> None:
    ready(ada)
    ada.pays()
    theatre.paid(theatre.only_order())
    assert ada.client.post(ada.url("cancel")).url == ada.url("thanks")
    assert ada.now().status in (Order.Status.PAID, Order.Status.FULFILLED)


def test_nobody_is_told_not_charged_while_the_box_office_cannot_be_asked(ada: Ada, theatre: World) -> None:
    ready(ada)
    ada.pays()
    theatre.fail("look", Unavailable())
    assert ada.client.post(ada.url("cancel")).url == ada.url("thanks")
    assert ada.now().status == Order.Status.PAYING


def test_the_back_button_shows_where_the_order_stands_never_an_old_form(ada: Ada, theatre: World) -> None:
    ready(ada)
    ada.pays()
    for name in ("details", "review"):
        assert ada.client.get(ada.url(name)).url == ada.url("pay")
    page = text_of(ada.client.get(ada.url("pay")))
    assert "Pay £90.00 on London Theatre Direct’s page" in page
    assert ada.client.get(ada.url("pay"))["Cache-Control"] == "no-store, private"


def test_a_client_secret_is_in_no_address_and_no_log(ada: Ada, arena: World, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    ready(ada, "arena", currency="EUR")
    answer = ada.pays()
    assert "secret" not in answer.url
    ada.client.get(ada.url("pay"))
    assert "pi_1_secret" not in caplog.text
    assert "ada@example.org" not in caplog.text


# --- who sells, and what the box office says ----------------------------------------------------------------


def lantern(ada: Ada) -> None:
    event = ada.season["arena"].event
    event.seller = "Lantern Live"
    event.save()


def test_the_organiser_is_named_everywhere_and_once_through_whom_it_sells(ada: Ada, arena: World) -> None:
    lantern(ada)
    ready(ada, "arena", currency="EUR")
    review = text_of(ada.client.get(ada.url("review")))
    assert "Sold by Lantern Live (through Tickethead)" in review
    assert "The money goes to Lantern Live (through Tickethead)." in review
    assert "I accept the terms of Lantern Live, who sells these tickets." in review
    assert "Pay €90.00 to Lantern Live<" in review
    ada.pays()
    assert "Card details, for Lantern Live" in text_of(ada.client.get(ada.url("pay")))
    arena.paid(arena.only_order())
    ada.comes_back()
    assert "Reference at Lantern Live" in text_of(ada.client.get(ada.url("order")))


def test_two_parts_of_one_seller_ask_for_one_yes(ada: Ada, arena: World) -> None:
    ready(ada, "arena", "arena", currency="EUR")
    text = text_of(ada.client.get(ada.url("review")))
    assert text.count("I accept the terms of Tickethead") == 1
    assert text.count("<summary>Terms of Tickethead") == 1
    assert ada.client.post(ada.url("pay"), ada.agrees()).url == ada.url("pay")


def test_basket_and_review_name_the_payments_in_the_same_order(
    ada: Ada, theatre: World, arena: World
) -> None:
    lantern(ada)
    ada.holds("arena")
    ready(ada, "west-end")
    basket = text_of(ada.client.get("/en/basket/"))
    assert "one after the other: London Theatre Direct, Lantern Live." in basket
    text = text_of(ada.client.get(ada.url("review")))
    assert text.index("£90.00 on the page of London") < text.index("£90.00 to Lantern Live (through Ticket")


def test_seats_that_the_box_office_let_go_early_are_not_called_taken_by_others(
    ada: Ada, theatre: World
) -> None:
    ready(ada)
    theatre.items["basket-west-end-1"] = []
    basket = text_of(ada.sees(ada.pays()))
    assert "The box office let your tickets go early" in basket
    assert "let these go early" in basket
    assert "Try to get these again" in basket
    assert "someone else" not in basket
    assert "only. They are not in your total" not in basket


def test_an_order_that_is_refused_while_the_seats_are_held_says_just_that(ada: Ada, theatre: World) -> None:
    ready(ada)
    theatre.fail("prepare", SoldOut())
    basket = text_of(ada.sees(ada.pays()))
    assert "The box office did not take the order just now. Your tickets are still here" in basket
    assert "someone else" not in basket


def test_what_ran_out_when_it_was_ordered_is_said_as_it_is(ada: Ada, theatre: World) -> None:
    ready(ada)

    def drop(verb: str) -> None:
        if verb == "prepare":
            theatre.items["basket-west-end-1"] = []

    theatre.before = drop
    theatre.fail("prepare", HoldGone())
    assert "The box office let your tickets go early" in text_of(ada.sees(ada.pays()))


def test_reductions_are_said_once_with_their_number(ada: Ada, theatre: World) -> None:
    ready(ada, tickets=6)
    line = Line.objects.get()
    line.tickets = [{**t, "row": "", "number": "", "note": "Group of six"} for t in line.tickets]
    line.save()
    text = text_of(ada.client.get(ada.url("review")))
    assert text.count("Group of six") == 1
    assert "6 × Group of six" in text
