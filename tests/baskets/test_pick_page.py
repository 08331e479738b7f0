"""Choosing tickets without a script: three doors, one form, and no dead end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from baskets.models import Attempt, Basket, Line
from catalog import availability
from catalog.models import Instance
from shop import clock, words
from shop.money import Money
from shop.providers.extras import Charge
from shop.providers.types import Discount, Offer, Seat
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada, lines


def test_the_page_says_what_where_when_and_how_long_things_are_held(ada: Ada, hamlet: Instance) -> None:
    page = ada.pick(hamlet)
    assert ada.status == 200
    assert len(page.select("h1")) == 1
    assert page.title is not None
    assert page.title.text.startswith("Choose tickets, Hamlet")
    assert "about 10 minutes" in ada.text
    assert "At most 10 tickets" in ada.text
    assert page.select_one("meta[name=robots]")["content"] == "noindex"  # type: ignore[index]
    assert "no-store" in ada.response["Cache-Control"]


def test_looking_makes_no_basket_and_asks_for_no_hold(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.pick(hamlet)
    assert not Basket.objects.exists()
    assert office.calls("hold") == 0
    cookie = ada.client.cookies[settings.BASKET_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_areas_rows_and_seats_are_boxes_that_say_everything_in_their_name(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.restricted["SA2"] = "pillar"
    office.sold.add("SA3")
    page = ada.pick(hamlet)
    names = {str(box["value"]): str(box["aria-label"]) for box in page.select("input[name=seat]")}
    assert names["SA1"] == "Row A, seat 1, Stalls, £45.00 including fees, free"
    assert names["SA2"] == "Row A, seat 2, Stalls, £45.00 including fees, free, restricted view: pillar"
    assert "SA3" not in names
    assert "2: pillar" in ada.text
    assert "£45.00 each, face value £36.00, fees £9.00" in ada.text
    assert "Stalls 15 free from £45.00" in ada.text


def test_groups_that_fit_the_party_are_one_press_away(ada: Ada, hamlet: Instance, office: Office) -> None:
    page = ada.pick(hamlet, party=3)
    groups = page.select("button[name=group]")
    assert groups
    for group in groups:
        refs = str(group["value"]).split()
        numbers = [int(ref[2:]) for ref in refs]
        assert numbers == list(range(numbers[0], numbers[0] + 3))
        assert len({ref[:2] for ref in refs}) == 1
    assert "Row A," in groups[0].text
    assert "£135.00" in ada.text
    ada.press(hamlet, group=str(groups[0]["value"]))
    assert "Held for you" in ada.text
    assert len(office.held()) == 3


def test_a_group_never_leaves_a_lone_seat_while_there_is_another_way(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    page = ada.pick(hamlet, party=2)
    for group in page.select("button[name=group]"):
        first, last = (
            int(ref[2:]) for ref in (str(group["value"]).split()[0], str(group["value"]).split()[-1])
        )
        row = 4 if str(group["value"]).startswith("C") else 8
        assert first != 2
        assert row - last != 1


def test_without_scripts_another_number_of_tickets_is_a_link_to_groups_of_that_size(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.sold.update({"SA4", "SB4", "CA3"})  # stalls: 3 and 4 in each row; circle: 2 and 1
    ada.pick(hamlet)
    link = ada.page.select_one("#size-4")
    assert link is not None
    ada.get(str(link["href"]))
    now = ada.page.select_one("a.chip[aria-current]")
    assert now is not None
    assert now["id"] == "size-4"
    groups = [str(one["value"]).split() for one in ada.page.select("section[aria-labelledby=groups] .group")]
    assert sorted(groups) == [["SA5", "SA6", "SA7", "SA8"], ["SB5", "SB6", "SB7", "SB8"]]
    ada.press(hamlet, group=" ".join(groups[0]))
    assert office.held() == set(groups[0])


def test_what_may_be_chosen_seat_by_seat_is_told_before_it_is_sent_and_holds_at_the_server_too(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.limit = 3
    ada.pick(hamlet)
    rules = ada.page.select_one("#seat-list > .hint")
    assert rules is not None
    assert "Choose at most 3 seats, then hold them all at once." in rules.get_text()
    assert "leaves one single seat beside it" in rules.get_text()
    ada.press(hamlet, door="seats", seat=["SA1", "SA2", "SA3", "SA4"])
    assert ada.status == 422
    assert "You can have at most 3 tickets in one go." in ada.text
    assert office.calls("hold") == 0
    assert len(ada.page.select("input[name=seat][checked]")) == 4, "what was chosen is still chosen"
    ada.press(hamlet, group="SA1 SA2 SA3 SA4")
    assert ada.status == 422
    assert office.calls("hold") == 0, "nor by the door of the groups"
    ada.press(hamlet, door="seats", seat=["SA1", "SA2", "SA3"])
    assert office.held() == {"SA1", "SA2", "SA3"}


def test_seats_that_are_ticked_are_held_in_one_call_and_named_in_the_basket(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.hold(hamlet, "SA4", "SA5")
    assert ada.response.redirect_chain[-1][0].startswith(reverse("baskets:detail"))
    assert "Held for you. Hamlet: Stalls A4, A5." in ada.text
    assert office.calls("hold") == 1
    assert "£90.00" in ada.text


def test_the_best_available_are_named_and_held_before_any_payment(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="3", area="Stalls")
    assert len(office.held()) == 3
    line = Line.objects.get()
    assert line.picked
    numbers = sorted(int(t["number"]) for t in line.tickets)
    assert numbers[2] - numbers[0] == 2
    assert "Try others" in ada.text
    assert "£135.00" in ada.text


def test_best_available_without_a_limit_is_the_lowest_price_and_with_one_the_best_within(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="2")
    assert {ref[0] for ref in office.held()} == {"C"}
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="2", most="4500")
    assert {ref[0] for ref in office.held()} == {"C", "S"}


def test_equal_groups_are_drawn_by_lot(hamlet: Instance, office: Office) -> None:
    import random

    from baskets import seating
    from tests.baskets.box_office import Provider

    free = Provider(settings.PROVIDER_ACCOUNTS["west"]).availability(hamlet.provider_ref)
    found = {seating.best(free, 2, area="Stalls", rng=random.Random(n)).refs for n in range(30)}  # type: ignore[union-attr]
    assert len(found) > 1


def test_if_nothing_fits_the_largest_group_and_other_dates_are_named(
    ada: Ada, hamlet: Instance, office: Office, date: Callable[..., Instance]
) -> None:
    other = date("west", "Hamlet", "Europe/London", "GBP", days=21)
    office.sold.update({"SA4", "SB4", "CA3"})
    ada.pick(hamlet)
    ada.press(hamlet, door="best", party="6")
    assert ada.status == 422
    assert "There are no 6 seats that fit this." in ada.text
    assert "4 seats, in Stalls" in ada.text
    assert ada.page.select_one(f"a[href*='/pick/{other.pk}/']")
    assert office.calls("hold") == 0


def test_a_seat_that_one_has_from_another_tab_is_not_said_to_be_taken_by_somebody_else(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    first_tab = ada.fields()
    ada.pick(hamlet)
    ada.press(hamlet, door="seats", seat=["SA1"])
    office.faults["hold"] = ["sold_out"]
    ada.post(reverse("baskets:add", args=[hamlet.pk]), {**first_tab, "door": "seats", "seat": ["SA1", "SA2"]})
    assert "A1 is in your basket already." in ada.text
    assert "someone else" not in ada.text
    assert office.held() == {"SA1"}


def test_where_no_place_for_special_needs_is_on_sale_the_page_says_whom_to_ask(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    assert "Wheelchair spaces and other access needs" in ada.text
    office.access["SA1"] = "wheelchair"
    availability.drop(hamlet)
    ada.pick(hamlet)
    assert "Wheelchair spaces and other access needs" not in ada.text


def test_with_a_price_limit_the_largest_group_within_it_is_named(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    """There are groups of three, but none at this price."""
    office.sold.add("CA3")
    ada.pick(hamlet)
    limit = min(office.prices.values())
    ada.press(hamlet, door="best", party="3", most=str(limit))
    assert ada.status == 422
    assert "The most that are free beside each other are 2 seats, in Circle." in ada.text


def test_even_seats_beside_even_ones_are_named_each_and_a_row_that_runs_down_is_counted_up() -> None:
    from baskets.seating import Group

    def said(*numbers: str) -> str:
        price = Money(4500, "GBP")
        return Group("Stalls", "A", tuple(Seat(one, "A", one, price) for one in numbers)).numbers

    assert said("12", "14", "16") == "12, 14, 16"
    assert said("4", "3", "2") == "2 to 4"
    assert said("9", "7") == "7, 9"
    assert said("9", "10") == "9 to 10"
    assert said("5") == "5"
    assert said("A", "B") == "A, B"


def test_not_together_takes_what_there_is(ada: Ada, hamlet: Instance, office: Office) -> None:
    office.rows.clear()
    office.rows["Stalls"] = {"A": 2, "B": 1}
    ada.pick(hamlet)
    fields = ada.fields()
    fields.pop("together")
    ada.post(reverse("baskets:add", args=[hamlet.pk]), {**fields, "door": "best", "party": "3"})
    assert office.held() == {"SA1", "SA2", "SB1"}


def test_somebody_quicker_at_the_best_seats_means_others_are_tried(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    office.faults["hold"] = ["sold_out"]
    ada.press(hamlet, door="best", party="2")
    assert len(office.held()) == 2
    assert office.calls("hold") == 2


def test_a_seat_that_is_gone_leads_back_to_the_choice_with_the_nearest(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    office.sold.add("SA5")
    ada.press(hamlet, door="seats", seat=["SA4", "SA5"])
    assert ada.status == 422
    assert "Stalls A5 has just been booked by someone else. A4 is still yours to take." in ada.text
    ticked = [str(box["value"]) for box in ada.page.select("input[name=seat][checked]")]
    assert ticked == ["SA4"]
    nearest = [str(b["value"]).split() for b in ada.page.select("section[aria-labelledby=nearest] button")]
    assert nearest[0] == ["SA4"]
    assert set(nearest[1]) == {"SA3", "SA4"}
    ada.press(hamlet, group=" ".join(nearest[1]))
    assert office.held() == {"SA3", "SA4"}


@pytest.mark.parametrize("refusal", ["sold_out", "lone"])
def test_a_no_is_shown_with_tickets_that_the_page_before_did_not_have(
    ada: Ada, hamlet: Instance, office: Office, refusal: str
) -> None:
    yard = Offer("Circle:25", Money(2500, "GBP"), area="Yard", ticket_type="Adult", maximum=6)
    stands = Offer("Stalls:15", Money(1500, "GBP"), area="Stands", ticket_type="Adult", maximum=6)
    office.offers[:] = [stands]
    ada.pick(hamlet)
    assert [one["name"] for one in ada.page.select("input[name^='q-']")] == ["q-Stalls:15"]
    office.offers[:] = [yard]  # while the page was open, one came and one went
    office.faults["hold"] = [refusal]
    ada.press(hamlet, door="seats", seat=["SA4", "SA5"], **{"q-Stalls:15": "2"})
    assert ada.status == 422
    assert [one["name"] for one in ada.page.select("input[name^='q-']")] == ["q-Circle:25"]
    assert office.held() == set()
    ada.press(hamlet, door="offers", **{"q-Circle:25": "1"})
    assert office.asked[-1][0] == "hold", "and they can be asked for at once"


def test_a_lone_seat_is_another_refusal_with_neighbours_that_fit(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    office.faults["hold"] = ["lone"]
    ada.press(hamlet, door="seats", seat=["SA2", "SA3"])
    assert ada.status == 422
    assert "single seat" in ada.text
    groups = [str(b["value"]).split() for b in ada.page.select("section[aria-labelledby=nearest] button")]
    assert groups
    assert all(g[0] != "SA2" and len(g) == 2 for g in groups)
    assert {str(b["value"]) for b in ada.page.select("input[name=seat][checked]")} == {"SA2", "SA3"}


def test_the_box_offices_limit_is_named(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.pick(hamlet)
    office.faults["hold"] = ["limit"]
    ada.press(hamlet, door="seats", seat=["SA1"])
    assert ada.status == 422
    assert "at most 4" in ada.text


def test_a_basket_the_box_office_let_go_offers_a_fresh_one_with_the_same_choice(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.hold(hamlet, "SA1")
    office.dead.add(next(iter(office.baskets)))
    ada.hold(hamlet, "SA7", "SA8")
    assert ada.status == 422
    assert "begin a fresh one" in ada.text
    assert {str(b["value"]) for b in ada.page.select("input[name=seat][checked]")} == {"SA7", "SA8"}
    ada.press(hamlet, door="seats", seat=["SA7", "SA8"])
    assert ("held", "SA7,SA8") in lines()


def test_a_price_that_changed_meanwhile_stops_with_now_and_was(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    office.surcharge = 500
    ada.press(hamlet, door="seats", seat=["SA1"])
    assert "now asks £50.00. It was £45.00 when you chose." in ada.text
    assert not ada.page.select("a[href*='/checkout/']:-soup-contains('Go to payment')")
    form = ada.page.select_one("form[action*=accept]")
    assert form is not None
    ada.post(str(form["action"]), {"price": "5000"})
    assert "Go to payment" in ada.text


def test_the_provider_being_down_keeps_the_choice_on_the_page(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    office.faults["hold"] = ["down"]
    ada.press(hamlet, door="seats", seat=["SA1", "SA2"])
    assert ada.status == 503
    kept = [str(one["value"]) for one in ada.page.select("input[type=hidden][name=seat]")]
    assert kept == ["SA1", "SA2"]
    form = ada.page.select_one("form[action*='/add/']")
    assert form is not None
    data: dict[str, list[str]] = {}
    for one in form.select("input[name]"):
        data.setdefault(str(one["name"]), []).append(str(one["value"]))
    ada.post(str(form["action"]), data)
    assert office.held() == {"SA1", "SA2"}


def test_a_provider_that_is_down_while_looking_is_a_page_with_a_way_on(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.faults["availability"] = ["down"]
    ada.pick(hamlet)
    assert ada.status == 503
    assert "Try again" in ada.text


def test_a_lost_answer_ends_at_a_basket_that_goes_on_asking(
    ada: Ada, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    office.faults.update(hold=["lost after"])
    ada.hold(hamlet, "SA1")
    assert "still asking" in ada.text
    assert ada.response["Refresh"] == "4"
    assert "Go to payment" not in ada.text
    move_clock(timedelta(seconds=4))
    ada.basket()
    assert "A1" in ada.text
    assert "Go to payment" in ada.text
    assert "Refresh" not in ada.response
    assert office.calls("hold") == 1


def test_a_double_click_shows_that_it_is_being_held_and_ends_at_the_basket(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    fields = {**ada.fields(), "door": "seats", "seat": ["SA1"]}
    seen = []

    def second() -> None:
        twin = Ada()
        twin.client.cookies = ada.client.cookies
        twin.post(reverse("baskets:add", args=[hamlet.pk]), fields)
        seen.append((twin.status, twin.text, twin.response.get("Refresh")))

    office.during["hold"] = second
    ada.post(reverse("baskets:add", args=[hamlet.pk]), fields)
    assert office.calls("hold") == 1
    status, text, refresh = seen[0]
    assert status == 200
    assert "already holding these" in text
    assert refresh.endswith(reverse("baskets:detail"))


def test_pressing_back_and_sending_the_form_again_holds_nothing_twice(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    fields = {**ada.fields(), "door": "best", "party": "2"}
    ada.post(reverse("baskets:add", args=[hamlet.pk]), fields)
    held = office.held()
    ada.hold(hamlet, *sorted(held))
    assert office.held() == held


def test_the_best_seats_of_one_form_are_picked_once_however_often_it_is_sent(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    fields = {**ada.fields(), "door": "best", "party": "2"}
    for _ in range(3):
        ada.post(reverse("baskets:add", args=[hamlet.pk]), fields)
        assert len(office.held()) == 2
    assert "Nothing was held a second time" in ada.text
    ada.post(reverse("baskets:add", args=[hamlet.pk]), {**fields, "party": "3"})
    assert len(office.held()) == 5  # another wish on the same page


def test_the_number_of_tickets_is_remembered(ada: Ada, hamlet: Instance, macbeth: Instance) -> None:
    ada.hold(hamlet, "SA1", "SA2", "SA3", "SA4")
    page = ada.pick(macbeth)
    assert page.select_one("#pick_party")["value"] == "4"  # type: ignore[index]


def test_a_large_house_opens_one_area_at_a_time(ada: Ada, hamlet: Instance, office: Office) -> None:
    office.rows["Stalls"] = {f"{n}": 20 for n in range(1, 40)}
    office.rows["Stalls"].update({"A": 60, "B": 60})
    page = ada.pick(hamlet)
    assert not page.select("input[name=seat]")
    link = page.select_one("a[href*='area=Stalls']")
    assert link is not None
    ada.get(str(link["href"]))
    assert len(ada.page.select("input[name=seat]")) == 900
    ada.press(hamlet, door="seats", seat=["SA1"])
    assert office.held() == {"SA1"}


# --- tickets by number ---------------------------------------------------------------------------------


def test_tickets_are_wished_for_and_say_that_nothing_is_held(
    ada: Ada, night: Instance, office: Office
) -> None:
    page = ada.pick(night)
    assert "We cannot hold these tickets for you. They are yours once you have paid." in ada.text
    field = page.select_one("input[name=q-adult]")
    assert field is not None
    assert (field["type"], field["min"], field["max"]) == ("number", "0", "6")
    ada.press(night, door="offers", q__adult="2")
    assert "In your basket now. Night of Lanterns: Floor 2 × Adult." in ada.text
    assert "Not held: yours once you have paid" in ada.text
    assert "We cannot hold these tickets for you. They are yours once you have paid." in ada.text
    assert "€50.00" in ada.text
    assert not ada.page.select("#clock[data-seconds-left]")


def test_what_is_not_on_sale_yet_is_named_with_its_hour(ada: Ada, night: Instance, office: Office) -> None:
    since = (clock.now() + timedelta(days=3)).replace(hour=9, minute=0)
    office.offers.append(
        Offer("late", Money(9900, "EUR"), ticket_type="Last minute", closed="not_yet", sale_starts_at=since)
    )
    page = ada.pick(night)
    assert not page.select("input[name=q-late]")
    assert re.search(r"“Last minute” is on sale from \w+ \d+ \w+ \d{4}, 10:00", ada.text)
    ada.press(night, door="offers", q__late="1")
    assert ada.status == 422
    assert "“Last minute” is on sale from" in ada.text
    assert office.calls("hold") == 0


def test_before_the_sale_of_a_date_begins_each_ticket_is_named_with_its_hour(
    ada: Ada, night: Instance, office: Office
) -> None:
    since = (clock.now() + timedelta(days=3)).replace(hour=9, minute=0)
    Instance.objects.filter(pk=night.pk).update(sale_starts_at=since)
    office.offers[:] = [
        Offer("late", Money(9900, "EUR"), ticket_type="Day ticket", closed="not_yet", sale_starts_at=since)
    ]
    ada.pick(night)
    assert ada.status == 422
    assert re.search(r"“Day ticket” is on sale from \w+ \d+ \w+ \d{4}, 10:00", ada.text)


def test_a_ticket_whose_sale_has_not_begun_at_the_desk_is_named_too(
    ada: Ada, night: Instance, office: Office
) -> None:
    ada.pick(night)
    office.gone["adult"] = "not_yet"
    ada.press(night, door="offers", q__adult="1")
    assert ada.status == 422
    assert "“Adult” is on sale from" in ada.text


@pytest.mark.parametrize(
    ("count", "said"),
    [
        ("7", "less than or equal to 6|at most 6"),
        ("-1", "greater than or equal"),
        ("x", "whole number"),
        ("0", "how many"),
    ],
)
def test_a_number_that_cannot_be_had_is_said_beside_its_field(
    ada: Ada, night: Instance, office: Office, count: str, said: str
) -> None:
    ada.pick(night)
    ada.press(night, door="offers", q__adult=count)
    assert ada.status == 422
    assert re.search(said, ada.text), ada.text
    assert office.calls("hold") == 0


def test_a_buyers_limit_counts_what_is_in_the_basket_already(
    ada: Ada, night: Instance, office: Office
) -> None:
    ada.pick(night)
    ada.press(night, door="offers", q__adult="4")
    page = ada.pick(night)
    assert page.select_one("input[name=q-adult]")["max"] == "2"  # type: ignore[index]
    assert "4 in your basket" in ada.text
    ada.press(night, door="offers", q__adult="3")
    assert ada.status == 422
    assert "4 are in your basket already" in ada.text


def test_steps_and_least_numbers_hold(ada: Ada, night: Instance, office: Office) -> None:
    office.offers[0] = Offer("adult", Money(2500, "EUR"), ticket_type="Pair", minimum=2, step=2, maximum=6)
    ada.pick(night)
    assert "from 2 on, in steps of 2, up to 6" in ada.text
    ada.press(night, door="offers", q__adult="1")
    assert "sold from 2 on" in ada.text
    ada.press(night, door="offers", q__adult="3")
    assert "in steps of 2" in ada.text
    ada.press(night, door="offers", q__adult="4")
    assert Line.objects.get().quantity == 4


@pytest.mark.parametrize(
    ("limit", "more", "most"),
    [
        (10, {"maximum": 6}, "6"),
        (3, {"maximum": 6}, "3"),
        (10, {"maximum": 6, "left": 1}, "1"),
        (10, {"maximum": 6, "left": 8}, "6"),
    ],
)
def test_a_number_can_be_raised_up_to_the_least_of_all_limits(
    ada: Ada, night: Instance, office: Office, limit: int, more: dict[str, Any], most: str
) -> None:
    office.limit = limit
    office.offers[:] = [Offer("adult", Money(2500, "EUR"), ticket_type="Adult", **more)]
    page = ada.pick(night)
    assert page.select_one("input[name=q-adult]")["max"] == most  # type: ignore[index]


def test_who_has_more_than_may_be_had_by_now_can_take_none_and_never_less_than_none(
    ada: Ada, night: Instance, office: Office
) -> None:
    ada.pick(night)
    ada.press(night, door="offers", q__adult="4")
    office.offers[:] = [Offer("adult", Money(2500, "EUR"), ticket_type="Adult", maximum=2)]
    availability.drop(night)
    page = ada.pick(night)
    assert page.select_one("input[name=q-adult]")["max"] == "0"  # type: ignore[index]


def test_where_and_for_how_much_are_chosen_from_what_there_is(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.limit = 4
    page = ada.pick(hamlet)
    where = [one.text for one in page.select("select[name=area] option")]
    assert where == ["Anywhere", "Stalls, from £45.00, 16 free", "Circle, from £30.00, 4 free"]
    most = [(one["value"], one.text) for one in page.select("select[name=most] option")]
    assert most == [("", "the lowest there is"), ("3000", "up to £30.00"), ("4500", "up to £45.00")]
    party = page.select_one("input[name=party]")
    assert party is not None
    assert (party["min"], party["max"]) == ("1", "4")
    assert "Tickets, up to 4" in ada.text
    assert "optional" not in page.select_one("#pick").text  # type: ignore[union-attr]


def test_places_without_a_name_or_a_number_are_said_as_what_they_are(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [Offer("best", Money(2500, "EUR"), together=True)]
    page = ada.pick(night)
    where = [one.text for one in page.select("select[name=area] option")]
    assert where == ["Anywhere", "General admission, from €25.00"]


def test_of_many_prices_some_steps_are_offered_from_the_lowest_to_the_highest(
    ada: Ada, night: Instance, office: Office
) -> None:
    def steps(count: int) -> list[int]:
        office.offers[:] = [
            Offer(f"o{n}", Money(1000 + 100 * n, "EUR"), area=f"Block {n}", together=True)
            for n in range(count)
        ]
        availability.drop(night)
        page = ada.pick(night)
        return [int(str(one["value"])) for one in page.select("select[name=most] option")[1:]]

    assert steps(8) == [1000 + 100 * n for n in range(8)]
    many = steps(30)
    assert len(many) == 8
    assert (many[0], many[-1]) == (1000, 3900)
    assert many == sorted(many)


def test_only_what_is_open_has_a_number_and_only_reductions_for_everybody_are_listed(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [
        Offer(
            "adult",
            Money(2500, "EUR"),
            ticket_type="Adult",
            discounts=(
                Discount("7", "Friends", percent=1000, needs_code=True),
                Discount("8", "Pensioners", percent=2000),
            ),
        ),
        Offer("child", Money(900, "EUR"), ticket_type="Child", closed="ended"),
    ]
    page = ada.pick(night)
    number = page.select("#pick input[type=number][name^=q-]")
    assert [(one["name"], one["data-price"], one["data-name"]) for one in number] == [
        ("q-adult", "2500", "Adult")
    ]
    reductions = [one.text for one in page.select("select[name=d-adult] option")]
    assert reductions == ["none", "Pensioners, 20 % off"]
    assert "Friends" not in ada.text


def test_an_extra_needs_its_ticket(ada: Ada, night: Instance, office: Office) -> None:
    office.offers.append(Offer("drink", Money(500, "EUR"), ticket_type="Drink", needs=("adult",)))
    ada.pick(night)
    ada.press(night, door="offers", q__drink="1")
    assert ada.status == 422
    assert "It needs one of these with it: Adult" in ada.text
    ada.press(night, door="offers", q__drink="1", q__adult="1")
    assert Line.objects.count() == 2
    ada.pick(night)
    ada.press(night, door="offers", q__drink="1")
    assert ada.status == 200


def test_a_code_is_looked_up_and_goes_with_the_tickets(ada: Ada, night: Instance, office: Office) -> None:
    office.code_field = True
    office.discounts["FRIENDS"] = Discount("7", "Friends", percent=1000, needs_code=True)
    ada.pick(night)
    ada.press(night, door="code", code="WRONG", q__adult="2")
    assert ada.status == 422
    assert "We do not know the code “WRONG”" in ada.text
    assert not ada.page.select_one("input[name=code]").get("value")  # type: ignore[union-attr]
    assert ada.page.select_one("input[name=q-adult]")["value"] == "2"  # type: ignore[index]
    ada.press(night, door="code", code="FRIENDS", q__adult="2")
    assert "Friends, 10 % off" in ada.text
    ada.press(night, door="offers", code="FRIENDS", q__adult="2")
    line = Line.objects.get()
    assert (line.selection["discount_refs"], line.selection["code"], line.price_minor) == (
        ["7"],
        "FRIENDS",
        4500,
    )
    assert line.state == "wish"


# --- timed entry ---------------------------------------------------------------------------------------


def entry(night: Instance, key: str, *, day: int = 0, hour: int = 0, **more: Any) -> Offer:
    """An entry that begins `hour` hours after half past seven, `day` days later."""
    begin = night.starts_at + timedelta(days=day, hours=hour)
    more = {"ticket_type": "Adult", "price": Money(1000, "EUR"), **more}
    return Offer(key, time_from=begin, time_to=begin + timedelta(hours=1), **more)


def chips(ada: Ada) -> list[str]:
    return [" ".join(one.get_text(" ").split()) for one in ada.page.select("#slots .chip")]


def test_timed_entry_is_chosen_by_day_then_time_then_ticket(
    ada: Ada, night: Instance, office: Office
) -> None:
    short = [words.short_date(night.starts_at + timedelta(days=n), "Europe/Vienna") for n in range(2)]
    office.offers[:] = [
        entry(night, "b1", day=1),
        entry(night, "a2", hour=2),
        entry(night, "a2x", hour=2, ticket_type="Audio guide", needs=("a2",)),
        entry(night, "a0", hour=0),
        entry(night, "a1", hour=1, closed="sold_out"),
    ]
    ada.pick(night)
    assert chips(ada) == [*short, "19:30 to 20:30", "20:30 to 21:30 sold out", "21:30 to 22:30"]
    assert [one.name for one in ada.page.select("#slots .chip")] == ["a", "a", "a", "span", "a"]
    assert not ada.page.select("input[type=number]")
    assert "Choose a time to see its tickets" in ada.text
    assert "“Adult”" not in ada.text  # what is sold out is said beside its hour

    time = ada.page.select("#slots a.chip")[-1]
    ada.get(str(time["href"]))
    names = [one.get_text(strip=True) for one in ada.page.select(".offer-name")]
    assert names == ["Adult", "Audio guide"]
    heading = " ".join(ada.page.select_one("#offers").get_text(" ").split())  # type: ignore[union-attr]
    assert heading == f"Tickets {words.day_date(night.starts_at, 'Europe/Vienna')}, 21:30 to 22:30"
    ada.press(night, door="offers", q__a2="2", q__a2x="1")
    when = words.curtain(night.starts_at + timedelta(hours=2), "Europe/Vienna")
    assert f"Night of Lanterns, {when}: 2 × Adult, 1 × Audio guide." in ada.text
    assert {line.selection["offer_key"] for line in Line.objects.all()} == {"a2", "a2x"}


def test_the_other_day_has_its_own_times_and_a_mistake_keeps_the_time(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [entry(night, "a0"), entry(night, "b0", day=1), entry(night, "b1", day=1, hour=1)]
    ada.pick(night)
    ada.get(str(ada.page.select("#slots a.chip")[1]["href"]))
    assert chips(ada)[2:] == ["19:30 to 20:30", "20:30 to 21:30"]
    ada.get(str(ada.page.select("#slots a.chip")[3]["href"]))
    assert [one["name"] for one in ada.page.select("input[type=number]")] == ["q-b1"]
    ada.press(night, door="offers", q__b1="0")
    assert ada.status == 422
    assert [one["name"] for one in ada.page.select("input[type=number]")] == ["q-b1"]
    ada.press(night, door="offers", q__b1="1")
    assert Line.objects.get().selection["offer_key"] == "b1"


def test_one_time_only_needs_no_choice_and_a_day_that_is_sold_out_is_no_link(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [entry(night, "a0")]
    ada.pick(night)
    assert [one["name"] for one in ada.page.select("input[type=number]")] == ["q-a0"]
    office.offers[:] = [entry(night, "a0", closed="sold_out"), entry(night, "b0", day=1)]
    availability.drop(night)
    ada.pick(night)
    assert [one.name for one in ada.page.select("#slots .chip")] == ["span", "a", "a"]
    office.offers[:] = [entry(night, "a0", closed="sold_out"), entry(night, "b0", day=1, closed="sold_out")]
    availability.drop(night)
    ada.pick(night)
    assert "None free right now" in ada.text
    assert not ada.page.select("#slots a")


def test_many_days_are_chosen_from_a_list_that_needs_no_script(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [entry(night, f"d{n}", day=n) for n in range(30)]
    ada.pick(night)
    days = [str(one["value"]) for one in ada.page.select("select[name=day] option")]
    assert len(days) == 30
    ada.pick(night, day=days[20])
    ada.get(str(ada.page.select_one("#slots a.chip")["href"]))  # type: ignore[index]
    assert [one["name"] for one in ada.page.select("input[type=number]")] == ["q-d20"]


def test_a_ticket_that_is_gone_from_an_open_time_is_named_with_the_time(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [
        entry(night, "a0"),
        entry(night, "a0c", ticket_type="Child", closed="sold_out"),
        entry(night, "a1c", hour=1, ticket_type="Child", closed="sold_out"),
    ]
    ada.pick(night, day=words.local(night.starts_at, "Europe/Vienna").date().isoformat(), time="19:30-20:30")
    when = words.curtain(night.starts_at, "Europe/Vienna")
    assert f"“Child, {when}” is sold out." in ada.text
    assert ada.text.count("“Child,") == 1


@pytest.mark.parametrize(
    ("offers", "said"),
    [
        ([{"closed": "ended"}, {"closed": "ended"}], "over"),
        ([{"closed": "not_yet"}], "not on sale yet"),
        ([{"closed": "ended"}, {"closed": "sold_out"}], "sold out"),
        ([{"closed": "unsupported"}], "sold out"),
        ([{"left": 0}], "sold out"),
        ([{"closed": "sold_out"}, {"needs": ("a0",)}], "sold out"),
    ],
)
def test_an_hour_that_cannot_be_had_says_why_and_is_no_link(
    ada: Ada, night: Instance, office: Office, offers: list[dict[str, Any]], said: str
) -> None:
    office.offers[:] = [
        *(entry(night, f"a{n}", **more) for n, more in enumerate(offers)),
        entry(night, "b0", hour=1),
    ]
    ada.pick(night)
    assert chips(ada) == [f"19:30 to 20:30 {said}", "20:30 to 21:30"]
    assert [one.name for one in ada.page.select("#slots .chip")] == ["span", "a"]


@pytest.mark.parametrize(
    ("offers", "said"),
    [
        ([{"left": 10}], " 10 left"),
        ([{"left": 11}], ""),
        ([{"left": 3}, {"left": 7}], " 7 left"),
        ([{"left": 3}, {}], ""),  # of one of them nobody says how many there are
        ([{"left": 2}, {"left": 8, "closed": "not_yet"}], " 2 left"),
        ([{"left": 1}, {"left": 9, "needs": ("a0",)}], " 1 left"),
    ],
)
def test_an_hour_with_few_places_says_how_many(
    ada: Ada, night: Instance, office: Office, offers: list[dict[str, Any]], said: str
) -> None:
    office.offers[:] = [entry(night, f"a{n}", **more) for n, more in enumerate(offers)]
    ada.pick(night)
    assert chips(ada) == [f"19:30 to 20:30{said}"]


@pytest.mark.parametrize(("days", "links"), [(14, 14), (15, 0)])
def test_two_weeks_of_days_are_links_and_more_are_a_list(
    ada: Ada, night: Instance, office: Office, days: int, links: int
) -> None:
    office.offers[:] = [entry(night, f"d{n}", day=n) for n in range(days)]
    ada.pick(night)
    assert len(chips(ada)) == links + 1  # and the time of the first of them
    assert len(ada.page.select("select[name=day] option")) == days - links


def test_the_first_day_with_free_places_is_the_one_that_is_looked_at(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [
        entry(night, "a0", closed="sold_out"),
        entry(night, "b0", day=1, closed="sold_out"),
        entry(night, "b1", day=1, hour=1),
        entry(night, "c0", day=2),
    ]
    ada.pick(night)
    assert chips(ada)[3:] == ["19:30 to 20:30 sold out", "20:30 to 21:30"]
    assert [one.name for one in ada.page.select("#slots .chip")] == ["span", "a", "a", "span", "a"]


def test_entries_that_begin_together_and_end_apart_are_two_times(
    ada: Ada, night: Instance, office: Office
) -> None:
    long = Offer(
        "a1",
        Money(1500, "EUR"),
        ticket_type="All evening",
        time_from=night.starts_at,
        time_to=night.starts_at + timedelta(hours=3),
    )
    office.offers[:] = [entry(night, "a0"), long]
    ada.pick(night)
    assert chips(ada) == ["19:30 to 20:30", "19:30 to 22:30"]
    ada.get(str(ada.page.select("#slots a.chip")[1]["href"]))
    assert [one["name"] for one in ada.page.select("input[type=number]")] == ["q-a1"]


def test_an_entry_without_an_end_is_named_by_its_beginning_and_one_after_midnight_by_its_own_day(
    ada: Ada, night: Instance, office: Office
) -> None:
    late = night.starts_at + timedelta(
        hours=5
    )  # half past midnight in Vienna, still the day before in London
    office.offers[:] = [
        Offer(f"a{n}", Money(1000, "EUR"), ticket_type="Entry", time_from=at)
        for n, at in enumerate((night.starts_at, late))
    ]
    ada.pick(night)
    assert chips(ada)[2:] == ["19:30"]
    links = [str(a["href"]).partition("?")[2] for a in ada.page.select("#slots a.chip")]
    first, second = (words.local(at, "Europe/Vienna").date().isoformat() for at in (night.starts_at, late))
    assert first != second
    assert links == [f"day={first}", f"day={second}", f"day={first}&time=19:30"]
    ada.pick(night, day=second)
    assert chips(ada)[2:] == ["0:30"] or chips(ada)[2:] == ["00:30"]


def test_a_time_that_is_sold_out_by_now_shows_its_day_and_asks_for_another(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [entry(night, "a0"), entry(night, "b0", day=1), entry(night, "b1", day=1, hour=1)]
    ada.pick(night)
    ada.get(str(ada.page.select("#slots a.chip")[1]["href"]))
    time = str(ada.page.select("#slots a.chip")[-1]["href"])
    office.gone["b1"] = "sold_out"
    availability.drop(night)
    ada.get(time)
    assert chips(ada)[2:] == ["19:30 to 20:30", "20:30 to 21:30 sold out"]
    assert "Choose a time to see its tickets" in ada.text
    assert not ada.page.select("input[type=number]")


def test_the_time_of_the_tickets_that_were_sent_is_shown_again_though_no_time_was_sent(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [entry(night, "a0"), entry(night, "a1", hour=1), entry(night, "b0", day=1)]
    ada.pick(night)
    sent = {name: value for name, value in ada.fields().items() if name != "slot"}
    ada.post(reverse("baskets:add", args=[night.pk]), {**sent, "door": "offers", "q-a0": "0", "q-a1": "99"})
    assert ada.status == 422
    assert [one["name"] for one in ada.page.select("input[type=number]")] == ["q-a1"]


def test_what_has_no_time_stands_beside_whatever_time_is_chosen(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [
        entry(night, "a0"),
        entry(night, "a1", hour=1),
        Offer("guide", Money(500, "EUR"), ticket_type="Printed guide"),
    ]
    ada.pick(night)
    assert [one["name"] for one in ada.page.select("input[type=number]")] == ["q-guide"]
    ada.get(str(ada.page.select("#slots a.chip")[-1]["href"]))
    assert [one["name"] for one in ada.page.select("input[type=number]")] == ["q-a1", "q-guide"]


def test_a_place_that_the_box_office_picks_makes_no_timed_entry(
    ada: Ada, night: Instance, office: Office
) -> None:
    office.offers[:] = [entry(night, "best", area="Floor", together=True)]
    ada.pick(night)
    assert not ada.page.select("#slots")
    assert ada.page.select_one("input[name=party]")


def test_sectors_head_their_tickets(ada: Ada, night: Instance, office: Office) -> None:
    office.offers[:] = [
        Offer(f"a{n}", Money(1000, "EUR"), area=f"Hall {n}", ticket_type="Entry") for n in range(2)
    ]
    page = ada.pick(night)
    heads = [h.get_text(" ", strip=True) for h in page.select("section[aria-labelledby=offers] h3")]
    assert heads == ["Hall 0", "Hall 1"]
    ada.press(night, door="offers", q__a1="1")
    assert Line.objects.get().selection["offer_key"] == "a1"


# --- what the shop itself does not sell ----------------------------------------------------------------


def test_a_date_that_is_over_and_a_stopped_one_say_so_with_a_way_on(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    Instance.objects.filter(pk=hamlet.pk).update(stop_sale=True, stop_reason="Flood in the foyer.")
    ada.pick(hamlet)
    assert (ada.status, "Flood in the foyer." in ada.text) == (422, True)
    assert ada.page.select_one("main a[href*='hamlet']")
    Instance.objects.filter(pk=hamlet.pk).update(starts_at=clock.now() - timedelta(days=1))
    ada.pick(hamlet)
    assert ada.status == 410
    assert office.asked == []


def test_a_hidden_event_does_not_exist(ada: Ada, hamlet: Instance, office: Office) -> None:
    hamlet.event.hidden = True
    hamlet.event.save()
    assert ada.client.get(reverse("baskets:pick", args=[hamlet.pk])).status_code == 404
    assert ada.client.post(reverse("baskets:add", args=[hamlet.pk])).status_code == 404


def test_a_sale_that_is_stopped_between_page_and_press_is_refused(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    ada.pick(hamlet)
    Instance.objects.filter(pk=hamlet.pk).update(stop_sale=True)
    ada.press(hamlet, door="seats", seat=["SA1"])
    assert ada.status == 422
    assert office.calls("hold") == 0


# --- what is forged ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sealed", ["", "x", "eyJpIjoxfQ:1abc:def", "é" * 50])
def test_a_form_whose_prices_are_not_ours_is_shown_again_with_fresh_ones(
    ada: Ada, hamlet: Instance, office: Office, sealed: str
) -> None:
    ada.pick(hamlet)
    ada.press(hamlet, door="seats", seat=["SA1"], shown=sealed)
    assert ada.status == 422
    assert "asked the box office again" in ada.text
    assert office.calls("hold") == 0
    assert [str(b["value"]) for b in ada.page.select("input[name=seat][checked]")] == ["SA1"]


def test_the_prices_of_another_page_do_not_count(
    ada: Ada, hamlet: Instance, macbeth: Instance, office: Office
) -> None:
    ada.pick(macbeth)
    sealed = ada.fields()["shown"]
    ada.pick(hamlet)
    ada.press(hamlet, door="seats", seat=["SA1"], shown=sealed)
    assert ada.status == 422
    assert office.calls("hold") == 0


def test_a_page_that_was_open_all_night_asks_to_look_again(
    ada: Ada, hamlet: Instance, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    ada.pick(hamlet)
    later = time.time() + 7 * 3600
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    ada.press(hamlet, door="seats", seat=["SA1"])
    assert ada.status == 422
    assert office.calls("hold") == 0


@pytest.mark.parametrize(
    "values",
    [
        {"door": "seats", "seat": ["ZZ9"]},
        {"door": "seats", "seat": ["SA1", "' or 1=1 --"]},
        {"door": "seats", "seat": [f"SA{n}" for n in range(1, 9)] + [f"SB{n}" for n in range(1, 9)]},
        {"door": "seats"},
        {"group": "ZZ9 ZZ8"},
        {"door": "best", "party": "9999"},
        {"door": "best", "party": "-3"},
        {"door": "best", "party": "two"},
        {"door": "best", "party": "2", "area": "The moon"},
        {"door": "best", "party": "2", "most": "1e9"},
        {"door": "offers", "q-adult": "1" * 400},
        {"door": "everything"},
        {},
    ],
)
def test_forged_values_get_a_clear_page_and_hold_nothing(
    ada: Ada, hamlet: Instance, office: Office, values: dict
) -> None:
    ada.pick(hamlet)
    fields = {key: value for key, value in ada.fields().items() if key != "seat"}
    ada.post(reverse("baskets:add", args=[hamlet.pk]), {**fields, **values})
    assert ada.status == 422
    assert ada.page.select_one(".error-summary, .notice")
    assert office.calls("hold") == 0
    assert not Attempt.objects.exists()


def test_a_body_that_is_far_too_large_is_refused(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.pick(hamlet)
    response = ada.client.post(
        reverse("baskets:add", args=[hamlet.pk]), {"shown": "x" * 400_000, "door": "seats"}
    )
    assert response.status_code in (400, 413)
    response = ada.client.post(reverse("baskets:add", args=[hamlet.pk]), {f"f{n}": "1" for n in range(600)})
    assert response.status_code == 400
    assert office.calls("hold") == 0


def test_addresses_of_nothing_are_not_found(ada: Ada, hamlet: Instance) -> None:
    for address in (
        "/en/basket/pick/999999/",
        "/en/basket/pick/99999999999999999999999/",
        "/en/basket/add/999999/",
    ):
        assert ada.client.get(address, follow=True).status_code == 404


def test_the_address_of_the_press_leads_back_to_the_choice(ada: Ada, hamlet: Instance) -> None:
    ada.get(reverse("baskets:add", args=[hamlet.pk]))
    assert ada.status == 200
    assert ada.page.select_one("#pick")


def test_a_form_without_its_token_is_refused(hamlet: Instance, office: Office) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("baskets:add", args=[hamlet.pk]), {"door": "seats"}).status_code == 403
    assert strict.post(reverse("baskets:clear")).status_code == 403


def best(key: str, area: str, band: str, kind: str, price: int, **more: Any) -> Offer:
    return Offer(
        key, Money(price, "EUR"), area=area, price_band=band, ticket_type=kind, best_seats=True, **more
    )


def picked_by_them(office: Office) -> None:
    """What a provider offers that picks the seats itself, in any area or in a named one."""
    office.offers[:] = [
        best(f"{area or 'any'}-{band}-{kind}", area, band, kind, price)
        for area in ("", "Stalls", "Circle")
        for band, kind, price in (("A", "Adult", 3000), ("A", "Child", 1500), ("B", "Adult", 2000))
        if (area, band) != ("Circle", "A")
    ]


def test_seats_that_the_provider_picks_are_listed_once_a_band_and_where_is_asked_beside(
    ada: Ada, night: Instance, office: Office
) -> None:
    picked_by_them(office)
    ada.pick(night)
    assert [one["name"] for one in ada.page.select("input[name^='q-']")] == [
        "q-any-A-Adult",
        "q-any-A-Child",
        "q-any-B-Adult",
    ]
    assert [one["value"] for one in ada.page.select("select[name='place'] option")] == [
        "",
        "Stalls",
        "Circle",
    ]
    office.offers.append(Offer("near", Money(2500, "EUR"), area="Yard", together=True))
    availability.drop(night)
    ada.pick(night)
    assert not ada.page.select("#door-best"), "our own search does not know their rules"


def test_the_area_that_was_chosen_is_the_one_that_is_asked_for(
    ada: Ada, night: Instance, office: Office
) -> None:
    picked_by_them(office)
    ada.pick(night)
    ada.press(night, door="offers", place="Circle", **{"q-any-B-Adult": "2"})
    (line,) = Line.objects.all()
    assert line.selection["offer_key"] == "Circle-B-Adult"
    assert line.quantity == 2


def test_tickets_without_numbers_are_where_they_are_whatever_area_was_chosen(
    ada: Ada, night: Instance, office: Office
) -> None:
    picked_by_them(office)
    office.offers.append(Offer("yard", Money(900, "EUR"), area="Yard", ticket_type="Adult"))
    ada.pick(night)
    ada.press(night, door="offers", place="Stalls", **{"q-any-B-Adult": "1", "q-yard": "1"})
    keys = {line.selection["offer_key"] for line in Line.objects.all()}
    assert keys == {"Stalls-B-Adult", "yard"}


def test_of_one_area_alone_nobody_is_asked_where(ada: Ada, night: Instance, office: Office) -> None:
    office.offers[:] = [best("one", "Stalls", "A", "Adult", 3000)]
    ada.pick(night)
    assert not ada.page.select("select[name='place']")
    assert [one["name"] for one in ada.page.select("input[name^='q-']")] == ["q-one"]


def test_anywhere_is_listed_also_where_an_area_came_first(ada: Ada, night: Instance, office: Office) -> None:
    office.offers[:] = [best("stalls", "Stalls", "A", "Adult", 3000), best("any", "", "A", "Adult", 3000),
                        best("circle", "Circle", "A", "Adult", 3000, closed="sold_out")]  # fmt: skip
    ada.pick(night)
    assert [one["name"] for one in ada.page.select("input[name^='q-']")] == ["q-any"]
    assert not ada.page.select("select[name='place']"), "the other area is sold out"


def test_a_band_that_an_area_does_not_have_is_said_beside_its_number(
    ada: Ada, night: Instance, office: Office
) -> None:
    picked_by_them(office)
    ada.pick(night)
    ada.press(night, door="offers", place="Circle", **{"q-any-A-Child": "1"})
    assert not Line.objects.exists()
    assert "There are none of these in “Circle”." in ada.text
    assert ada.page.select_one("input[name='q-any-A-Child']")["value"] == "1"  # type: ignore[index]


def test_a_band_that_is_sold_out_in_an_area_is_not_asked_for_there(
    ada: Ada, night: Instance, office: Office
) -> None:
    picked_by_them(office)
    office.offers.append(best("Yard-A", "Yard", "A", "Adult", 3000))
    office.offers.append(best("Yard-B", "Yard", "B", "Adult", 2000, closed="sold_out"))
    ada.pick(night)
    ada.press(night, door="offers", place="Yard", **{"q-any-B-Adult": "1"})
    assert not Line.objects.exists()
    assert "There are none of these in “Yard”." in ada.text


def test_what_a_fee_is_made_of_is_named(ada: Ada, night: Instance, office: Office) -> None:
    fee = Money(100, "EUR")
    office.offers[:] = [
        Offer("one", Money(2500, "EUR"), ticket_type="Adult", fee=fee, charges=(Charge("Commission", fee),))
    ]
    ada.pick(night)
    assert "of which Commission €1.00" in ada.text


def test_exactly_the_numbers_that_are_sold_can_be_chosen(ada: Ada, night: Instance, office: Office) -> None:
    exact = Offer(
        "adult", Money(2500, "EUR"), ticket_type="Adult", maximum=20, left=5, quantities=(1, 2, 3, 5)
    )
    office.offers[:] = [exact]
    page = ada.pick(night)
    choices = [one["value"] for one in page.select("select[name=q-adult] option")]
    assert choices == ["0", "1", "2", "3", "5"]
    assert "1, 2, 3 or 5 can be had" in ada.text
    ada.press(night, door="offers", q__adult="4")
    assert ada.status == 422
    assert "These are sold in these numbers only: 1, 2, 3 or 5." in ada.text
    ada.press(night, door="offers", q__adult="5")
    assert Line.objects.get().quantity == 5
