"""The basket's pages: stubs, one clock, what can be done with a line, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from baskets import current, lifecycle
from baskets.models import Basket, Hold, Line
from catalog.models import Instance
from shop import clock, words
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada, lines


def act(ada: Ada, what: str, line: Line | int, data: dict | None = None) -> None:
    pk = line if isinstance(line, int) else line.pk
    ada.post(reverse(f"baskets:{what}", args=[pk]), data or {})


def test_an_empty_basket_leads_to_what_is_on(ada: Ada) -> None:
    page = ada.basket()
    assert "Nothing in it yet" in ada.text
    assert page.select_one("main a[href$='/events/'], main a.primary")
    assert settings.BASKET_COOKIE not in ada.client.cookies


def test_the_empty_basket_of_a_stranger_asks_no_basket_table_anything(ada: Ada) -> None:
    with CaptureQueriesContext(connection) as asked:
        ada.client.get(reverse("baskets:detail"))
    assert not [query["sql"] for query in asked.captured_queries if "baskets_" in query["sql"]]


def test_a_stub_says_all_there_is_to_know(ada: Ada, hamlet: Instance, office: Office) -> None:
    office.restricted["SA2"] = "pillar"
    ada.hold(hamlet, "SA1", "SA2")
    stub = ada.page.select_one("article.stub")
    assert stub is not None
    text = " ".join(stub.get_text(" ").split())
    for part in (
        "Hamlet", "West House", words.curtain_full(hamlet.starts_at, "Europe/London"), "Stalls", "A1, A2", "£90.00",
        "of which fees £18.00", "face value £36.00", "Restricted view: pillar", "Sold by West", "Remove", "Change",
        f"Held until {words.clock_time(Line.objects.get().expires_at, 'Europe/London')}",
    ):  # fmt: skip
        assert part in text, part
    assert ada.page.title is not None
    assert ada.page.title.text.startswith("Basket, 2 tickets")


def test_there_is_one_headline_clock_with_the_seconds_of_the_server(
    ada: Ada, hamlet: Instance, macbeth: Instance, office: Office, move_clock: Callable
) -> None:
    ada.hold(hamlet, "SA1")
    move_clock(timedelta(minutes=4))
    ada.hold(macbeth, "SB1")
    clocks = ada.page.select("[data-seconds-left]")
    assert len(clocks) == 1
    assert 340 < int(str(clocks[0]["data-seconds-left"])) <= 360
    assert "Held for about 6 minutes , until " in ada.text
    assert not clocks[0].find_parent(attrs={"aria-live": True})
    told = ada.client.get(reverse("baskets:clock"), HTTP_ACCEPT="application/json").json()
    assert 340 < told["seconds_left"] <= 360
    assert told["tickets"] == 2


def test_the_header_says_how_many_and_until_when_on_every_page(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.hold(hamlet, "SA1", "SA2")
    until = words.clock_time(Line.objects.get().expires_at, "Europe/London")
    for address in (reverse("baskets:detail"), reverse("catalog:event_list"), reverse("baskets:badge")):
        ada.get(address)
        badge = ada.page.select_one("#badge")
        assert badge is not None, address
        assert f"held until {until}" in badge.text
        assert "2" in badge.text
        assert "private" in ada.response["Cache-Control"], address


def test_catalogue_pages_of_a_stranger_carry_no_basket_and_no_cookie(ada: Ada, hamlet: Instance) -> None:
    response = ada.client.get(reverse("catalog:event_list"))
    assert response.status_code == 200
    assert not response.cookies
    assert b"basket-badge" in response.content


def test_at_zero_nothing_vanishes_and_the_way_back_is_offered(
    ada: Ada, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    ada.hold(hamlet, "SA1", "SA2")
    move_clock(timedelta(minutes=10, seconds=20))
    ada.basket()
    stub = ada.page.select_one("article.stub.gone")
    assert stub is not None
    assert "No longer held" in stub.text
    assert "They are not in your total any more" in ada.text
    assert "Try to get these again" in stub.text
    assert "Find similar" in stub.text
    assert not ada.page.select("dl.totals, .running")  # nothing but what is gone, and the ways on
    assert "0 tickets" not in ada.text
    assert "Go to payment" not in ada.text
    act(ada, "retry", Line.objects.get())
    assert "They are yours again" in ada.text
    assert office.held() == {"SA1", "SA2"}
    assert lines() == [("held", "SA1,SA2")]


def test_at_zero_the_page_is_right_though_the_box_office_cannot_be_asked(
    ada: Ada, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    ada.hold(hamlet, "SA1")
    move_clock(timedelta(minutes=11))
    office.faults["read"] = ["down"] * 3
    ada.basket()
    assert ada.status == 200
    assert ada.page.select("article.stub.gone")
    assert "Go to payment" not in ada.text


def test_seats_that_somebody_else_has_now_lead_to_what_is_free(
    ada: Ada, bob: Ada, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    ada.hold(hamlet, "SA1", "SA2")
    move_clock(timedelta(minutes=11))
    bob.hold(hamlet, "SA1", "SA2")
    ada.basket()
    act(ada, "retry", Line.objects.get(state="gone"))
    assert "These are taken now" in ada.text
    assert ada.page.select_one("#pick")
    assert ada.page.select_one("#pick_party")["value"] == "2"  # type: ignore[index]
    assert len(office.held()) == 2


@pytest.mark.parametrize("why", ["somebody else has them", "one would be left alone"])
def test_what_cannot_be_had_again_leads_to_what_is_free_and_stays_in_the_basket(
    ada: Ada, hamlet: Instance, office: Office, move_clock: Callable, why: str
) -> None:
    ada.hold(hamlet, "SA1", "SA2")
    move_clock(timedelta(minutes=11))
    ada.basket()
    if why == "somebody else has them":
        office.sold.add("SA2")
    else:
        office.faults["hold"] = ["lone"]
    act(ada, "retry", Line.objects.get(state="gone"))
    assert "These are taken now" in ada.text
    assert ada.page.select_one("#pick")
    assert lines() == [("gone", "SA1,SA2")]


def test_what_can_be_had_again_at_another_price_is_said_to_cost_another(
    ada: Ada, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    ada.hold(hamlet, "SA1")
    move_clock(timedelta(minutes=11))
    office.surcharge = 500
    ada.basket()
    act(ada, "retry", Line.objects.get(state="gone"))
    assert "They are yours again, but the price is another" in ada.text
    assert ada.page.select("article.stub.changed")


def test_a_lost_answer_to_try_again_loses_nothing_and_promises_nothing(
    ada: Ada, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    ada.hold(hamlet, "SA1")
    move_clock(timedelta(minutes=11))
    ada.basket()
    office.faults["hold"] = ["lost before"]
    act(ada, "retry", Line.objects.get())
    assert "yours again" not in ada.text
    assert "still asking" in ada.text
    move_clock(timedelta(seconds=5))
    ada.basket()
    act(ada, "retry", Line.objects.get())
    assert "They are yours again." in ada.text
    assert office.held() == {"SA1"}


def test_what_left_the_catalogue_is_not_offered_again(
    ada: Ada, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    ada.hold(hamlet, "SA1")
    move_clock(timedelta(minutes=11))
    ada.basket()
    Line.objects.update(instance=None)
    ada.basket()
    assert "Try to get these again" not in ada.text
    assert "Remove" in ada.text
    act(ada, "retry", Line.objects.get())
    assert ada.status == 200
    assert lines() == [("gone", "SA1")]


def test_with_less_than_two_minutes_nobody_is_sent_to_pay(
    ada: Ada, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    ada.hold(hamlet, "SA1")
    assert "Go to payment" in ada.text
    move_clock(timedelta(minutes=8, seconds=30))
    ada.basket()
    assert "Go to payment" not in ada.text
    assert "Too little time is left" in ada.text


def test_the_question_at_four_minutes_is_on_the_page_and_honest(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.hold(hamlet, "SA1")
    dialog = ada.page.select_one("dialog#clock-dialog")
    assert dialog is not None
    assert dialog["data-opens-at"] == "240"
    assert int(str(dialog["data-needs"])) >= 60
    text = " ".join(dialog.get_text(" ").split())
    for part in ("does not let us hold seats longer", "Go to payment", "Let them go", "Stay on this page"):
        assert part in text
    assert not dialog.has_attr("open")


# --- change, remove, clear -----------------------------------------------------------------------------


def test_remove_and_clear_give_back(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1")
    ada.hold(hamlet, "SB1")
    act(ada, "remove", Line.objects.get(tickets__0__ref="SA1"))
    assert "Removed: Hamlet." in ada.text
    assert office.held() == {"SB1"}
    ada.post(reverse("baskets:clear"))
    assert "Your basket is empty" in ada.text
    assert office.held() == set()
    ada.post(reverse("baskets:clear"))
    assert ada.status == 200


def test_every_form_carries_its_token(ada: Ada, hamlet: Instance, office: Office) -> None:
    office.surcharge = 1
    ada.pick(hamlet)
    office.surcharge = 0
    ada.press(hamlet, door="best", party="2", area="Stalls")
    for page in (
        ada.page,
        ada.pick(hamlet),
        ada.get(reverse("baskets:change", args=[Line.objects.get().pk])),
    ):
        forms = page.select("form[method=post]:not([method=dialog])")
        assert forms
        for form in forms:
            assert form.select_one("input[name=csrfmiddlewaretoken]"), form


def test_a_removal_that_was_sent_twice_is_no_error(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1")
    line = Line.objects.get().pk
    act(ada, "remove", line)
    act(ada, "remove", line)
    assert ada.status == 200
    assert "not in your basket any more" in ada.text


def test_taking_one_of_three_away_is_told_beforehand(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1", "SA2", "SA3")
    line = Line.objects.get()
    ada.get(reverse("baskets:change", args=[line.pk]))
    assert "takes back whole groups only" in ada.text
    boxes = ada.page.select("input[name=keep][checked]")
    assert len(boxes) == 3
    act(ada, "change", line, {"keep": ["SA1", "SA2"]})
    assert "Changed. You have now: Hamlet: Stalls A1, A2." in ada.text
    assert office.held() == {"SA1", "SA2"}


def test_a_change_that_lost_the_seats_says_so(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1", "SA2", "SA3")
    office.during["release"] = lambda: office.sold.add("SA2")
    act(ada, "change", Line.objects.get(), {"keep": ["SA1", "SA2"]})
    assert "gave the seats to someone else" in ada.text
    assert ada.page.select("article.stub.gone")


def test_keeping_seats_of_somebody_else_is_refused(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1", "SA2")
    act(ada, "change", Line.objects.get(), {"keep": ["SA1", "SB7"]})
    assert ada.status == 422
    assert office.held() == {"SA1", "SA2"}


def test_keeping_none_removes_the_line(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1", "SA2")
    act(ada, "change", Line.objects.get())
    assert office.held() == set()


def test_another_number_of_tickets(ada: Ada, night: Instance, office: Office) -> None:
    ada.pick(night)
    ada.press(night, door="offers", q__adult="2")
    act(ada, "change", Line.objects.get(), {"quantity": "4"})
    assert Line.objects.get().quantity == 4
    act(ada, "change", Line.objects.get(), {"quantity": "99"})
    assert ada.status == 422
    act(ada, "change", Line.objects.get(), {"quantity": "0"})
    assert not Line.objects.exists()


def test_try_others_gives_other_seats(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="2", area="Stalls")
    before = office.held()
    act(ada, "others", Line.objects.get())
    assert len(office.held()) == 2
    assert not office.held() & before
    assert "Changed. You have now: Hamlet: Stalls " in ada.text


def test_other_seats_are_sought_with_the_same_access_need(ada: Ada, hamlet: Instance, office: Office) -> None:
    office.access.update(SA4="wheelchair", SB7="wheelchair")
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="2", need="wheelchair")
    for _again in range(3):
        before = office.held()
        act(ada, "others", Line.objects.get())
        assert len(office.held()) == 2
        assert not office.held() & before
        assert office.held() & {"SA4", "SB7"}, "each time with such a place"


def test_where_the_only_such_place_is_held_there_are_no_others(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.access["SA4"] = "wheelchair"
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="2", need="wheelchair")
    before = office.held()
    act(ada, "others", Line.objects.get())
    assert "You keep the seats you have" in ada.text
    assert office.held() == before


def test_other_seats_stay_in_the_area_that_was_asked_for(ada: Ada, hamlet: Instance, office: Office) -> None:
    office.rows.update(Stalls={"A": 3}, Circle={"A": 4})
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="2", area="Stalls")
    before = office.held()
    act(ada, "others", Line.objects.get())
    assert "You keep the seats you have" in ada.text
    assert office.held() == before


def test_other_seats_may_cost_as_much_as_the_limit_that_was_set_and_no_more(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.rows.update(Stalls={"A": 2}, Circle={"A": 2}, Box={"A": 2})
    office.prices["Box"] = 9000
    office.sold.update({"SA1", "SA2"})
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="2", most="9000")
    assert {ref[0] for ref in office.held()} == {"B"}
    act(ada, "others", Line.objects.get())
    assert {ref[0] for ref in office.held()} == {"C"}
    act(ada, "others", Line.objects.get())
    assert {ref[0] for ref in office.held()} == {"B"}, "the limit is the one that was set, not the last price"


def test_without_a_limit_other_seats_cost_no_more_than_these(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.rows.update(Stalls={"A": 4}, Circle={"A": 2})
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="2")
    assert {ref[0] for ref in office.held()} == {"C"}
    act(ada, "others", Line.objects.get())
    assert {ref[0] for ref in office.held()} == {"C"}


def test_whoever_may_sit_apart_is_given_others_that_are_apart(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.rows.clear()
    office.rows["Stalls"] = {"A": 2, "B": 1, "C": 1}
    ada.pick(hamlet)
    fields = ada.fields()
    fields.pop("together")
    ada.post(reverse("baskets:add", args=[hamlet.pk]), {**fields, "door": "best", "party": "2"})
    assert office.held() == {"SA1", "SA2"}
    act(ada, "others", Line.objects.get())
    assert office.held() == {"SB1", "SC1"}


def test_where_no_other_group_fits_the_seats_stay(ada: Ada, hamlet: Instance, office: Office) -> None:
    office.rows.clear()
    office.rows["Stalls"] = {"A": 3}
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="3")
    act(ada, "others", Line.objects.get())
    assert "You keep the seats you have" in ada.text
    assert len(office.held()) == 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("down", "could not reach the box office"),
        ("lost after", "still asking"),
        ("odd", "try again in a moment"),
    ],
)
def test_a_change_that_fails_ends_in_a_sentence(
    ada: Ada, hamlet: Instance, office: Office, fault: str, said: str
) -> None:
    ada.hold(hamlet, "SA1", "SA2", "SA3")
    office.faults["release"] = [fault]
    act(ada, "change", Line.objects.get(), {"keep": ["SA1"]})
    assert ada.status == 200
    assert said in ada.text
    if fault == "down":
        assert lines() == [("held", "SA1,SA2,SA3")]
    else:
        assert "Go to payment" not in ada.text


def test_find_similar_opens_the_choice_for_as_many(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1", "SA2", "SA3")
    ada.get(reverse("baskets:similar", args=[Line.objects.get().pk]))
    assert ada.page.select_one("#pick_party")["value"] == "3"  # type: ignore[index]


def test_a_yes_to_a_price_that_is_not_asked_any_more_does_not_count(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    office.surcharge = 500
    ada.press(hamlet, door="seats", seat=["SA1"])
    for price in ("4500", "1", "-5000", "5000.0", "٥٠٠٠", ""):
        act(ada, "accept", Line.objects.get(), {"price": price})
        assert Line.objects.get().state == "changed"
    act(ada, "accept", Line.objects.get(), {"price": "5000"})
    assert Line.objects.get().state == "held"


# --- two currencies ------------------------------------------------------------------------------------


def test_a_second_currency_opens_a_basket_of_its_own_with_its_own_sum(
    ada: Ada, hamlet: Instance, night: Instance, office: Office
) -> None:
    ada.hold(hamlet, "SA1")
    ada.pick(night)
    ada.press(night, door="offers", q__adult="2")
    assert Basket.objects.count() == 2
    assert "In EUR: 2 tickets" in ada.text
    assert "In GBP: 1 ticket" in ada.text
    assert "€50.00" in ada.text
    assert "£45.00" in ada.text
    assert "each has its own total" in ada.text
    pay = {
        str(a["href"]).split("?")[1] for a in ada.page.select("a[href*='/checkout/']:-soup-contains('Go to')")
    }
    assert pay == {"currency=EUR", "currency=GBP"}
    assert len(ada.page.select("#basket .button.primary")) == 1
    ada.post(reverse("baskets:clear"), {"currency": "EUR"})
    assert office.held() == {"SA1"}


def test_of_two_currencies_what_runs_out_first_stands_first_and_is_named(
    ada: Ada, hamlet: Instance, night: Instance, office: Office
) -> None:
    ada.hold(hamlet, "SA1")
    ada.pick(night)
    ada.press(night, door="offers", q__adult="2")
    sooner = Line.objects.get(currency="GBP")
    others = Line.objects.filter(currency="EUR")
    for ends, first in (
        (clock.now() + timedelta(minutes=20), "GBP"),
        (clock.now() + timedelta(minutes=5), "EUR"),
    ):
        others.update(expires_at=ends, state="held")
        Hold.objects.filter(pk__in=others.values("hold")).update(firm=True, expires_at=ends)
        ada.basket()
        name = sooner.event_name if first == "GBP" else others[0].event_name
        assert f"The first of your tickets to run out: {name}." in ada.text
        (button,) = ada.page.select("#basket .button.primary")
        assert str(button["href"]).endswith(f"currency={first}")
        other = {"GBP": "EUR", "EUR": "GBP"}[first]
        assert ada.text.index(f"In {first}:") < ada.text.index(f"In {other}:")


def test_the_currency_in_the_address_picks_the_basket(
    ada: Ada, hamlet: Instance, night: Instance, office: Office
) -> None:
    ada.hold(hamlet, "SA1")
    ada.pick(night)
    ada.press(night, door="offers", q__adult="2")
    factory = RequestFactory()
    for query, wanted in (
        ("?currency=GBP", "GBP"),
        ("?currency=EUR", "EUR"),
        ("", "EUR"),
        ("?currency=XXX", "EUR"),
    ):
        request = factory.get(f"/{query}")
        request._visitor = Basket.objects.all()[0].visitor  # type: ignore[attr-defined]
        found = current.basket(request)
        assert found is not None
        assert found.currency == wanted


# --- being paid ----------------------------------------------------------------------------------------


def test_while_it_is_paid_the_basket_says_so_and_changes_nothing(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.hold(hamlet, "SA1")
    lifecycle.freeze(Basket.objects.get())
    ada.basket()
    assert "You began to pay for these tickets" in ada.text
    assert [link.get_text(strip=True) for link in ada.page.select("a.button.primary")] == [
        "Go on with the payment"
    ]
    assert "Remove" not in ada.text
    act(ada, "remove", Line.objects.get())
    assert ada.status == 409
    ada.hold(hamlet, "SB1")
    assert ada.status == 409
    assert "is being paid" in ada.text
    ada.post(reverse("baskets:clear"))
    assert ada.status == 409
    assert office.held() == {"SA1"}


# --- whose it is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["remove", "change", "retry", "accept", "others"])
def test_a_strangers_line_cannot_be_touched(
    ada: Ada, bob: Ada, hamlet: Instance, office: Office, what: str
) -> None:
    ada.hold(hamlet, "SA1", "SA2")
    line = Line.objects.get()
    bob.hold(hamlet, "SB1")
    before = list(office.asked)
    act(bob, what, line, {"keep": ["SA1"], "price": "1"})
    assert "not in your basket any more" in bob.text
    assert "A1, A2" not in bob.text
    assert office.asked == before
    nobody = Ada()
    act(nobody, what, line)
    assert "not in your basket any more" in nobody.text
    assert office.held() == {"SA1", "SA2", "SB1"}


def test_two_visitors_see_their_own_basket_only(ada: Ada, bob: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1")
    bob.hold(hamlet, "SB1")
    bob.post(reverse("baskets:clear"))
    assert office.held() == {"SA1"}


def test_a_forged_cookie_is_nobody(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1")
    visitor = Basket.objects.get().visitor
    for value in (visitor, f"{visitor}:1abc:forged", "", "x" * 3000):
        thief = Ada()
        thief.client.cookies[settings.BASKET_COOKIE] = value
        thief.basket()
        assert thief.status == 200
        assert "Nothing in it yet" in thief.text


def test_a_basket_can_be_given_back_by_whoever_proved_the_return_of_a_payment(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    from django.http import HttpResponse

    ada.hold(hamlet, "SA1")
    request, response = RequestFactory().get("/"), HttpResponse()
    current.reopen(request, Basket.objects.get())
    current.store(request, response)
    other = Ada()
    other.client.cookies[settings.BASKET_COOKIE] = response.cookies[settings.BASKET_COOKIE].value
    other.basket()
    assert "A1" in other.text


@pytest.mark.parametrize("what", ["remove", "retry", "accept", "others", "clear", "check"])
def test_what_changes_something_is_no_link_and_its_address_leads_back_to_the_basket(
    ada: Ada, hamlet: Instance, office: Office, what: str
) -> None:
    ada.hold(hamlet, "SA1")
    args = [] if what in ("clear", "check") else [Line.objects.get().pk]
    answer = ada.client.get(reverse(f"baskets:{what}", args=args))
    assert (answer.status_code, answer["Location"]) == (303, reverse("baskets:detail"))
    assert lines() == [("held", "SA1")]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PROPFIND", "PATCH"])
def test_a_method_that_no_address_takes_gets_a_page_that_says_so(hamlet: Instance, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for address in (reverse("baskets:clear"), reverse("baskets:detail"), hamlet.event.get_absolute_url()):
        answer = client.generic(method, address)
        assert answer.status_code == 405
        assert "This door does not open like that" in answer.content.decode()
        assert answer["Allow"] == "GET, HEAD, POST, OPTIONS"


def test_a_form_sent_to_a_page_that_takes_none_gets_the_same_page(hamlet: Instance) -> None:
    answer = Client().post(reverse("baskets:badge"))
    assert answer.status_code == 405
    assert answer["Allow"] == "GET"
    assert "This door does not open like that" in answer.content.decode()


def test_a_clock_of_another_zone_says_which(ada: Ada, date: Callable, office: Office) -> None:
    vienna = date("east", "Rosenkavalier", "Europe/Vienna", "GBP")
    ada.hold(vienna, "SA1")
    until = words.clock_time(Line.objects.get().expires_at, "Europe/Vienna") + " (Vienna time)"
    assert f"Held for about 10 minutes , until {until}" in ada.text
    assert f"Held until {until}" in ada.text  # the stub
    assert f"held until {until}" in ada.page.select_one("#badge").text  # type: ignore[union-attr]
    assert f"held until {until}" in ada.page.select_one(".running").text  # type: ignore[union-attr]
    dialog = ada.page.select_one("dialog#clock-dialog")
    assert dialog is not None
    assert f"are held until {until}." in dialog.text
    told = ada.client.get(reverse("baskets:clock"), HTTP_ACCEPT="application/json").json()
    assert told["until"] == until


def test_lines_of_nowhere_lead_to_the_basket(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1")
    act(ada, "remove", 10**18)
    assert ada.status == 200
    ada.get(f"/en/basket/lines/{10**25}/change/")
    assert ada.status in (200, 404)


def test_no_handle_and_no_secret_is_on_a_page(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.hold(hamlet, "SA1")
    basket = Basket.objects.get()
    html = ada.response.content.decode()
    assert next(iter(office.baskets)) not in html
    assert basket.visitor not in html
    assert basket.token not in html


def test_the_pages_hold_with_a_few_queries_whatever_is_in_them(
    ada: Ada, hamlet: Instance, office: Office, django_assert_max_num_queries: Callable
) -> None:
    for n in range(1, 6):
        ada.hold(hamlet, f"SA{n}")
    with django_assert_max_num_queries(12):
        ada.client.get(reverse("baskets:detail"))
    assert clock.now()
