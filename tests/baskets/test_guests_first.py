"""What guests will be asked is said before anything is held, and can be typed before the clock begins."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from baskets import guests, lifecycle, sweeping
from baskets.guests import sentences
from baskets.models import Basket, Hold, Line, TypedGuest
from shop import clock
from shop.money import Money
from shop.providers.guests import GuestPlace, GuestSheet
from shop.providers.types import Offer
from tests.baskets import guest_office
from tests.baskets.guest_office import Wants

pytestmark = pytest.mark.django_db


@pytest.fixture
def wants(office: Any, settings: Any) -> Wants:
    settings.PROVIDERS = {"fake": "tests.baskets.guest_office.GuestProvider"}
    office.offers += [
        Offer("Circle:", Money(3000, "GBP"), area="Circle", maximum=4),
        Offer("Stalls:", Money(4500, "GBP"), area="Stalls", maximum=4),
    ]
    office.rows.update(Stalls={"A": 8}, Circle={"A": 4})
    return guest_office.fresh()


def choose(ada: Any, instance: Any, count: int = 2, **more: Any) -> BeautifulSoup:
    """From the choice to the form of the guests."""
    ada.pick(instance)
    fields = {**ada.fields(), "door": "offers", "q-Circle:": str(count), **more}
    return ada.post(reverse("baskets:guests", args=[instance.pk]), fields)


def as_it_stands(ada: Any) -> dict[str, list[str]]:
    """What the form of the guests would send."""
    found: dict[str, list[str]] = {}
    for one in ada.page.select("form.form input[name]"):
        if one.get("type") != "radio" or one.has_attr("checked"):
            found.setdefault(str(one["name"]), []).append(str(one.get("value", "")))
    for one in ada.page.select("form.form select[name]"):
        option = one.select_one("option[selected]") or one.select_one("option")
        found[str(one["name"])] = [str(option["value"])]
    return found


def sends(ada: Any, instance: Any, **more: Any) -> BeautifulSoup:
    """The form of the guests, with the fields as they stand and these."""
    return ada.post(reverse("baskets:guests", args=[instance.pk]), {**as_it_stands(ada), **more})


def names(soup: BeautifulSoup) -> list[str]:
    return [str(one["name"]) for one in soup.select(".guest input")]


# --- in words -------------------------------------------------------------------------------------------------


def places(*rows: tuple[tuple[str, ...], tuple[str, ...]]) -> GuestSheet:
    return GuestSheet(
        tuple(GuestPlace(f"a:{n}", "a", n, n == 0, before, later) for n, (before, later) in enumerate(rows))
    )


def test_the_sentences_say_who_is_asked_what_and_when():
    name = ("first_name", "last_name")
    assert sentences(
        places((name, ("date_of_birth", "passport")), (name, ("date_of_birth", "passport"))), 14
    ) == [
        "For each guest, before payment: name.",
        "For each guest, later, until 14 days before the event: date of birth, passport number.",
    ]
    assert sentences(places((name, ()), ((), ())), 14) == ["For the lead guest, before payment: name."]
    assert sentences(places((name, ()), ((), name), ((), name)), 1) == [
        "For the lead guest, before payment: name.",
        "For every other guest, later, until 1 day before the event: name.",
    ]
    assert sentences(places((name, ()), ((), name)), 14)[1].startswith("For the other guest, later")
    assert sentences(places((("street", "city", "postcode"), ())), 14) == [
        "For the lead guest, before payment: address."
    ]
    assert sentences(GuestSheet(), 14) == []


# --- the picker -----------------------------------------------------------------------------------------------


def test_the_picker_says_what_guests_will_be_asked(ada, hamlet, wants):
    wants.later = ("date_of_birth",)
    soup = ada.pick(hamlet)
    text = soup.select_one("#guests-said").text
    assert "For each guest, before payment: name." in text
    assert "For each guest, later, until 14 days before the event: date of birth." in text
    assert soup.select_one("#door-guests-offers")["formaction"] == reverse("baskets:guests", args=[hamlet.pk])


def test_where_the_last_day_is_over_the_picker_names_the_day_after_the_booking(ada, hamlet, wants):
    wants.later = ("date_of_birth",)
    hamlet.starts_at = clock.now() + timedelta(days=5)
    hamlet.save()
    text = ada.pick(hamlet).select_one("#guests-said").text
    assert "For each guest, later, by the day after you book: date of birth." in text
    assert "14 days" not in text


def test_until_the_day_itself_is_not_too_late() -> None:
    assert sentences(places(((), ("passport",))), 0)[0].startswith(
        "For the lead guest, later, until 0 days before the event"
    )


def test_the_picker_names_the_tickets_where_they_differ(ada, hamlet, wants):
    wants.by_offer = {"Stalls:": ("passport",)}
    rows = [p.get_text(" ", strip=True) for p in ada.pick(hamlet).select("#guests-said p")]
    assert "Circle. For each guest, before payment: name." in rows
    assert "Stalls. For each guest, before payment: passport number." in rows


def test_what_was_asked_moments_ago_is_not_asked_again(ada, hamlet, wants):
    ada.pick(hamlet)
    asked = len(wants.asked)
    ada.pick(hamlet)
    assert asked == len(wants.asked) == 2


def test_where_nothing_is_asked_the_picker_is_silent(ada, hamlet, wants):
    wants.before = ()
    soup = ada.pick(hamlet)
    assert not soup.select("#guests-said, #door-guests-offers")


def test_where_everything_may_follow_there_is_nothing_to_fill_in_first(ada, hamlet, wants):
    wants.before, wants.later = (), ("passport",)
    soup = ada.pick(hamlet)
    assert soup.select("#guests-said")
    assert not soup.select("#door-guests-offers")


def test_a_provider_that_is_silent_about_guests_never_stops_the_sale(ada, hamlet, wants):
    wants.down = True
    soup = ada.pick(hamlet)
    assert "could not be asked just now" in soup.text
    ada.press(hamlet, **{"door": "offers", "q-Circle:": "2"})
    assert Line.objects.get().quantity == 2


def test_a_silent_provider_is_left_alone_for_a_moment(ada, hamlet, wants):
    wants.down = True
    ada.pick(hamlet)
    ada.pick(hamlet)
    assert len(wants.asked) == 1


def test_an_account_without_guests_has_the_picker_of_before(ada, hamlet, office):
    assert not ada.pick(hamlet).select("#guests-said")


# --- typing before --------------------------------------------------------------------------------------------


def test_guests_are_typed_while_nothing_is_held(ada, hamlet, wants, office):
    soup = choose(ada, hamlet)
    assert len(soup.select(".guest")) == 2
    assert "Nothing is held yet" in soup.text
    assert "2 × Circle" in soup.text
    assert office.calls("hold") == 0
    assert not Hold.objects.exists()


def test_hold_these_tickets_goes_the_ordinary_way_and_keeps_what_was_typed(ada, hamlet, wants, office):
    soup = choose(ada, hamlet)
    one, two, three, four = names(soup)
    sends(ada, hamlet, **{"then": "hold", one: "Ada", two: "Lovelace", three: "李", four: "小龍"})
    line = Line.objects.get()
    assert (line.quantity, line.selection["offer_key"]) == (2, "Circle:")
    assert "Held for you" in ada.text
    rows = TypedGuest.objects.order_by("number")
    assert [(r.instance_id, r.offer_key, r.number) for r in rows] == [
        (hamlet.pk, "Circle:", 0),
        (hamlet.pk, "Circle:", 1),
    ]
    assert [json.loads(r.typed) for r in rows] == [
        {"first_name": "Ada", "last_name": "Lovelace"},
        {"first_name": "李", "last_name": "小龍"},
    ]


def test_pressed_twice_it_holds_once(ada, hamlet, wants, office):
    soup = choose(ada, hamlet)
    data = {"then": "hold", **dict.fromkeys(names(soup), "Ada")}
    fields = {**as_it_stands(ada), **data}
    for _twice in range(2):
        ada.post(reverse("baskets:guests", args=[hamlet.pk]), fields)
    assert office.calls("hold") == 1
    assert Line.objects.count() == 1


def test_what_is_missing_is_said_before_anything_is_held_and_stays_typed(ada, hamlet, wants, office):
    soup = choose(ada, hamlet)
    soup = sends(ada, hamlet, **{"then": "hold", names(soup)[0]: "Ada"})
    assert ada.status == 422
    assert [li.text for li in soup.select(".error-summary li")] == [
        "Guest 1: Enter a last name",
        "Guest 2: Enter a first name",
        "Guest 2: Enter a last name",
    ]
    assert soup.select_one(".guest input")["value"] == "Ada"
    assert office.calls("hold") == 0


def test_it_can_be_saved_and_is_there_the_next_time(ada, hamlet, wants):
    soup = choose(ada, hamlet)
    sends(ada, hamlet, **{"then": "save", names(soup)[0]: "Ada"})
    assert "Saved. Nothing is held yet." in ada.text
    soup = choose(ada, hamlet, 3)
    assert len(soup.select(".guest")) == 3
    assert soup.select_one(".guest input")["value"] == "Ada"


def test_two_guests_become_three_and_then_one_and_nobody_is_lost(ada, hamlet, wants):
    soup = choose(ada, hamlet)
    sends(ada, hamlet, **{"then": "save", **dict(zip(names(soup), ("Ada", "A", "Bo", "B"), strict=True))})
    for count, wanted in ((3, ["Ada", "Bo", None]), (1, ["Ada"]), (2, ["Ada", "Bo"])):
        soup = choose(ada, hamlet, count)
        assert [e.get("value") for e in soup.select('.guest [name$="first_name"]')] == wanted


def test_country_and_address_are_copied_and_names_are_not(ada, hamlet, wants):
    wants.before = ("first_name", "country", "city")
    soup = choose(ada, hamlet)
    fields = [str(e["name"]) for e in soup.select(".guest [name]") if e["name"] != "then"]
    sends(
        ada, hamlet, **{"then": "copy", fields[0]: "Ada", fields[1]: "GB", fields[2]: "York", fields[3]: "Bo"}
    )
    values = [json.loads(row.typed) for row in TypedGuest.objects.order_by("number")]
    assert values == [
        {"first_name": "Ada", "country": "GB", "city": "York"},
        {"first_name": "Bo", "country": "GB", "city": "York"},
    ]


def test_a_choice_that_makes_no_sense_leads_back_to_the_choice(ada, hamlet, wants):
    choose(ada, hamlet, 0)
    assert ada.status == 422
    assert "how many tickets" in ada.text


def test_sold_out_in_between_says_so_and_keeps_the_guests(ada, hamlet, wants, office):
    soup = choose(ada, hamlet)
    data = dict.fromkeys(names(soup), "Ada")
    office.sold |= {f"CA{n}" for n in range(1, 5)}
    sends(ada, hamlet, then="hold", **data)
    assert not Line.objects.exists()
    assert TypedGuest.objects.count() == 2


def test_the_address_of_the_form_has_no_page_of_its_own(ada, hamlet, wants):
    ada.get(reverse("baskets:guests", args=[hamlet.pk]))
    assert ada.response.request["PATH_INFO"] == reverse("baskets:pick", args=[hamlet.pk])


def test_the_guests_of_somebody_else_are_never_shown(ada, bob, hamlet, wants):
    soup = choose(ada, hamlet)
    sends(ada, hamlet, **{"then": "save", names(soup)[0]: "Ada"})
    assert "Ada" not in str(choose(bob, hamlet).select_one("form.form"))


# --- as long as the basket ------------------------------------------------------------------------------------


def _typed(basket: Basket, instance: Any) -> None:
    slots = guests.slots_of_choice(instance, [("Circle:", places((("first_name",), ())))])
    guests.keep(basket, [(slots[0], {"first_name": "Ada"})])


def test_an_expired_hold_takes_nothing_away_and_a_basket_that_is_over_takes_all(basket, hamlet, wants):
    _typed(basket, hamlet)
    Hold.objects.create(
        basket=basket, account=hamlet.event.account, expires_at=clock.now() - timedelta(hours=1)
    )
    assert TypedGuest.objects.count() == 1
    lifecycle.expire(basket)
    assert TypedGuest.objects.count() == 0


def test_a_basket_that_joins_another_brings_its_guests_along(basket, hamlet, wants):
    lifecycle.freeze(basket)
    now = clock.now()
    other = Basket.objects.create(visitor=basket.visitor, currency="GBP", created_at=now, touched_at=now)
    _typed(basket, hamlet)
    lifecycle.thaw(basket)
    assert TypedGuest.objects.get().basket_id == other.pk


def test_what_an_old_page_sends_for_a_basket_that_is_over_is_not_kept(basket, hamlet, wants):
    lifecycle.expire(basket)
    _typed(basket, hamlet)
    sweeping.sweep()
    assert not TypedGuest.objects.exists()
