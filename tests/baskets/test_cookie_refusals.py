"""What can go wrong between a visitor's browser and the box office that keeps its basket, and what the shop says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from baskets import lifecycle, snapshot, sweeping
from baskets.models import Basket, Errand, Hold, Line
from catalog import availability
from catalog.models import Instance
from shop.money import Money
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import FULL, UNDER_26, Visitor, counted
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_browser import REFUSED


def theirs(office: CookieOffice) -> Any:
    """The only visitor's basket as the box office has it."""
    (visitor,) = office.visitors.values()
    return visitor.basket


def remove(vi: Visitor, line: Line) -> None:
    vi.post(reverse("baskets:remove", args=[line.pk]))
    vi.run()


# --- giving back ------------------------------------------------------------------------------------------------


def test_one_ticket_of_two_is_given_back(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    vi.buy(play)
    remove(vi, Line.objects.all()[0])
    assert counted() == [("held", 1)]
    assert len(theirs(lantern)["tickets"]) == 1
    assert "The box office has it back" in vi.text
    assert "£24.50" in vi.text


def test_a_line_stays_until_the_browser_has_given_it_back(vi: Visitor, play: Instance) -> None:
    vi.buy(play)
    vi.post(reverse("baskets:remove", args=[Line.objects.all()[0].pk]))
    assert counted() == [("held", 1), ("held", 1)]


def test_what_they_do_not_take_back_stays_in_the_basket(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    lantern.settings.refuses = lambda method, path, body: (400, REFUSED) if method == "DELETE" else None
    remove(vi, Line.objects.all()[0])
    assert counted() == [("held", 1), ("held", 1)]
    assert "did not accept this" in vi.text


def test_emptying_the_basket_empties_theirs(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    vi.buy(play)
    vi.post(reverse("baskets:clear"))
    vi.run()
    assert (counted(), theirs(lantern)["tickets"]) == ([], [])
    assert "Your basket is empty" in vi.text
    assert Hold.objects.get().state == Hold.State.CLOSED
    vi.buy(play, count=1)
    assert counted() == [("held", 1)]


def test_something_beside_tickets_is_shown_counted_and_given_back(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play, count=1)
    theirs(lantern)["donations"].append({"id": sx.ident(771), "amount": 5, "name": "Roof fund"})
    vi.post(reverse("baskets:check"))
    vi.run()
    assert "Also in your basket" in vi.text
    assert "£29.50" in vi.text
    hold = Hold.objects.get()
    vi.post(reverse("baskets:remove_extra", args=[hold.pk]), {"ref": sx.ident(771)})
    vi.run()
    assert theirs(lantern)["donations"] == []
    assert "Also in your basket" not in vi.text


def test_what_was_chosen_on_their_own_page_is_seen_here(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.cookies.get(f"{lantern.domain}/lantern/api/v3/basket", timeout=5)  # their page gives the cookie
    visitor = next(iter(lantern.visitors.values()))
    visitor._tickets([{"instance": sx.STALLS_ONLY, "seatingPlan": sx.HALL, "type": sx.FULL}])
    vi.pick(play)
    vi.post(reverse("baskets:look", args=[play.pk]))
    vi.run()
    assert counted() == [("held", 1)]
    assert Line.objects.get().instance == play


def test_an_empty_basket_after_their_own_page_is_explained(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.pick(play)
    vi.post(reverse("baskets:look", args=[play.pk]))
    vi.run()
    assert "Your browser has an empty basket at Lantern House" in vi.text
    assert lantern.asked == [("GET", "", None)]


def test_a_basket_that_nobody_touches_is_let_go_without_a_browser(vi: Visitor, play: Instance) -> None:
    vi.buy(play)
    lifecycle.expire(Basket.objects.get())
    assert sweeping.sweep()["released"] == 1
    assert Hold.objects.get().state == Hold.State.CLOSED
    assert sweeping.sweep() == {"read": 0, "released": 0, "failed": 0, "expired": 0}


# --- refusals ---------------------------------------------------------------------------------------------------


def test_what_has_just_gone_leads_back_to_the_choice(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    lantern.settings.stock[sx.HALL] = 1
    vi.buy(play)
    assert vi.page.select_one("#pick") is not None
    assert "just been taken" in vi.text or "did not accept" in vi.text
    assert counted() == []


@pytest.fixture
def named(lantern: CookieOffice, settings: Any, db: None) -> Instance:
    """A date with numbered seats that may be chosen here."""
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(own_seats="yes")}
    house = lantern.puts_on(sx.HOUSE, sx.THEATRE)
    states(lantern, {})
    return house


def states(lantern: CookieOffice, of: dict[str, str]) -> None:
    """Every seat is free but these."""
    lantern.public[f"/instances/{sx.HOUSE}/status"] = sx.status(6 - len(of))
    lantern.public[f"/instances/{sx.HOUSE}/status/detail"] = {
        ref: {"band": sx.BAND_A, "status": of.get(ref, "A")} for ref in SEATS
    }


SEATS = [one["id"] for one in sx.PLANS[sx.HOUSE]["seats"]]
TYPED = {"party": "3", "area": "Main House", "most": "2450"}


def typed_now(vi: Visitor) -> dict[str, Any]:
    fields = vi.fields()
    return {name: fields[name][0] for name in TYPED} | {"together": "together" in fields}


def test_what_had_been_typed_is_still_there_when_a_seat_has_just_gone(
    vi: Visitor, named: Instance, lantern: CookieOffice
) -> None:
    vi.pick(named)
    sent = {**vi.fields(), **TYPED, "door": "seats", "seat": SEATS[:2]}
    sent.pop("together")
    vi.post(reverse("baskets:add", args=[named.pk]), sent)
    lantern.settings.refuses = lambda method, path, body: (400, REFUSED) if method == "POST" else None
    states(lantern, {SEATS[1]: "U"})
    vi.run()
    told = vi.page.select_one("#refused")
    assert told is not None, vi.text
    assert "has just been booked by someone else" in told.get_text()
    assert typed_now(vi) == {**TYPED, "together": False}
    size = vi.page.select_one("a.chip[aria-current]")
    assert size is not None
    assert size["id"] == "size-3"
    assert vi.fields()["seat"] == SEATS[:1]


def test_what_had_been_typed_is_still_there_after_another_no(
    vi: Visitor, named: Instance, lantern: CookieOffice
) -> None:
    vi.pick(named)
    vi.press(named, **{**TYPED, "door": "seats", "seat": SEATS[:2]})
    no = {"message": "This is not to be had.", "errorCode": "Other", "problems": []}
    lantern.settings.refuses = lambda method, path, body: (400, no) if method == "POST" else None
    vi.run()
    assert vi.page.select_one("#refused") is None
    assert "did not accept" in vi.text
    assert typed_now(vi) == {**TYPED, "together": True}
    assert vi.fields()["seat"] == SEATS[:2]


def test_numbers_of_tickets_are_still_there_after_a_no(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    lantern.settings.stock[sx.HALL] = 1
    vi.buy(play)
    assert counted() == []
    assert vi.fields()[f"q-{FULL}"] == ["2"]


def test_what_somebody_else_typed_is_shown_to_nobody(
    vi: Visitor, named: Instance, lantern: CookieOffice
) -> None:
    vi.pick(named)
    vi.press(named, **{**TYPED, "door": "seats", "seat": SEATS[:2]})
    token = Errand.objects.get().token
    other = Visitor()
    other.get(f"{reverse('baskets:pick', args=[named.pk])}?typed={token}")
    assert typed_now(other)["party"] == "2"


def test_of_several_wishes_the_one_that_is_gone_is_named_and_the_rest_is_held(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    def no_full_price(method: str, path: str, body: Any) -> Any:
        full = method == "POST" and path == "/tickets" and any(one["type"] == sx.FULL for one in body)
        return (400, REFUSED) if full else None

    lantern.settings.refuses = no_full_price
    vi.pick(play)
    vi.press(play, **{"door": "offers", f"q-{FULL}": "1", f"q-{UNDER_26}": "1"})
    vi.run()
    assert sorted(counted()) == [("gone", 1), ("held", 1)]
    assert "Not everything could be had" in vi.text
    assert "£12.00" in vi.text
    assert vi.page.select_one(".totals-sum .money").get_text() == "£12.00"  # type: ignore[union-attr]
    gone = Line.objects.get(state="gone")
    lantern.settings.refuses = lambda method, path, body: None
    vi.post(reverse("baskets:retry", args=[gone.pk]))
    vi.run()
    assert sorted(counted()) == [("held", 1), ("held", 1)]


def test_another_price_than_was_shown_needs_a_yes(vi: Visitor, play: Instance) -> None:
    vi.pick(play)
    sent = vi.fields()
    sent["shown"] = [_dearer(play, sent["shown"][0])]
    vi.post(reverse("baskets:add", args=[play.pk]), {**sent, "door": "offers", f"q-{FULL}": "1"})
    vi.run()
    line = Line.objects.get()
    assert (line.state, line.was_minor, line.price_minor) == ("changed", 2000, 2450)
    assert "the price is another" in vi.text


def _dearer(play: Instance, sealed: str) -> str:
    """The page as it would have been when a ticket cost £20.00."""
    free = availability.of(play)
    cheaper = tuple(replace(one, price=Money(2000, "GBP")) for one in free.offers)
    return snapshot.seal(play.pk, replace(free, offers=cheaper), set(), [])


# --- cookies, hosts, gateways ----------------------------------------------------------------------------------


def test_a_cookie_that_is_not_kept_is_explained_and_never_called_empty(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.keeps_cookies = False
    vi.buy(play)
    assert vi.status == 422
    assert "does not keep the basket" in vi.text
    link = vi.page.select_one("#own-page")
    assert link is not None
    assert "ChooseSeats.aspx?EventInstanceId=41401" in str(link["href"])
    assert counted() == []


def test_a_browser_that_cannot_reach_them_is_shown_their_own_page(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    lantern.guarded = True
    vi.buy(play)
    assert vi.status == 503
    assert "could not reach the box office" in vi.text
    assert vi.page.select_one("#own-page") is not None


def test_an_answer_of_another_host_is_no_empty_basket(vi: Visitor, play: Instance) -> None:
    vi.buy(play)
    vi.post(reverse("baskets:check"))
    answer = vi.does(vi.ask())
    answer |= {"host": "system.example.org", "read": {"status": 200, "body": {"tickets": []}}}
    vi.get(vi.tell(answer).json()["go"])
    assert "another address" in vi.text
    assert counted() == [("held", 1), ("held", 1)]


def test_a_basket_that_is_gone_all_at_once_can_be_begun_afresh(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play, count=1)
    vi.cookies.cookies.clear()
    vi.post(reverse("baskets:check"))
    vi.run()
    assert counted() == [("gone", 1)]
    assert "does not know this basket" in vi.text
    vi.post(reverse("baskets:retry", args=[Line.objects.get().pk]))
    vi.run()
    assert counted() == [("held", 1)]
    assert sorted(hold.generation for hold in Hold.objects.all()) == [1, 2]


def test_a_lost_answer_is_read_and_never_asked_again(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    lantern.settings.loses = lambda method, path: method == "POST"
    vi.buy(play)
    # the cookie came with the answer that was lost: theirs is another visitor's basket now
    posts = [one for one in lantern.asked if one[0] == "POST"]
    assert len(posts) == 1
    assert counted() == [("gone", 2)]
    assert "did not hold these" in vi.text


def test_with_a_cookie_a_lost_answer_is_found(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    vi.buy(play, count=1)
    lantern.settings.loses = lambda method, path: method == "POST"
    vi.buy(play, UNDER_26, count=1)
    assert counted() == [("held", 1), ("held", 1)]
    assert len([one for one in lantern.asked if one[0] == "POST"]) == 2


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    "odd",
    [
        {"planName": "Ha\x00ll\ud800"},
        {"seatName": "\ud800\x00"},
        {"id": 10**200},
        {"offer": nested(480)},
        {"attribute_Name": nested(200)},
        {"total": {"amount": [1]}},
        {"total": "1e999"},
        {"type": {"id": 1, "name": "\x00"}},
        {"seat": [], "instance": [[]]},
        {"price": True},
    ],
)
def test_nonsense_in_a_basket_breaks_no_page_and_is_kept_nowhere(
    vi: Visitor, play: Instance, odd: dict[str, Any]
) -> None:
    vi.take(play, count=1)
    answer = vi.does(vi.ask())
    answer["read"]["body"]["tickets"][0] |= odd
    answer["read"]["body"] |= {"hash": nested(480), "promoCode": "\x00\ud800"}
    told = vi.tell(answer)
    assert told.status_code == 200
    vi.get(told.json()["go"])
    vi.basket()
    assert vi.status == 200
    kept = "".join(
        f"{line.item_ref}{line.area}{line.tickets}{line.event_name}" for line in Line.objects.all()
    )
    assert "\x00" not in kept
    assert "\\x00" not in kept
    assert "\ud800" not in kept
    assert all(len(line.item_ref) <= 100 for line in Line.objects.all())


# --- the queue --------------------------------------------------------------------------------------------------


def queue(*positions: int) -> list[dict[str, Any]]:
    return [{"code": "QueueJoined", "position": position} for position in positions]


def test_a_queue_is_told_with_the_place_in_it_and_goes_on_by_itself(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    lantern.settings.queue = queue(120, 7)
    vi.take(play)
    request, said, waits = vi.ask(), [], []
    for _round in range(8):
        found = vi.tell(vi.does(request)).json()
        if "go" in found:
            vi.get(found["go"])
            break
        said.append(found["say"])
        request = found["next"]
        waits.append(request["wait"])
    assert any("number 120" in one for one in said)
    assert any("number 7" in one for one in said)
    assert waits[0] == 0
    assert max(waits) > 0
    assert counted() == [("held", 1), ("held", 1)]


def test_nobody_with_something_in_the_basket_is_let_into_the_queue(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play, count=1)
    lantern.settings.queue = queue(120)
    vi.buy(play, UNDER_26, count=1)
    assert "There is a queue" in vi.text
    assert "empty your basket first" in vi.text
    assert counted() == [("held", 1)]


# --- one thing at a time ----------------------------------------------------------------------------------------


def test_a_second_choice_waits_while_the_browser_asks_for_the_first(
    vi: Visitor, play: Instance, lantern: CookieOffice, move_clock: Any
) -> None:
    vi.take(play)
    vi.take(play, UNDER_26, 1)
    assert "already asking" in vi.text
    move_clock(timedelta(seconds=30))
    vi.take(play, UNDER_26, 1)
    vi.run()
    assert counted() == [("held", 1)]
    assert set(Errand.objects.values_list("state", flat=True)) == {"dropped", "done"}


def test_nothing_is_handed_out_while_the_basket_is_being_paid(vi: Visitor, play: Instance) -> None:
    vi.buy(play)
    asking = vi.client.post(reverse("baskets:clear"))["Location"]
    lifecycle.freeze(Basket.objects.get())
    vi.get(asking)
    assert vi.status == 409
    assert vi.page.select_one("[data-ask]") is None
    assert Errand.objects.latest("pk").served_at is None


def test_the_page_that_gives_something_back_asks_the_box_office_nothing_itself(
    vi: Visitor, play: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    vi.buy(play)
    asked = []
    monkeypatch.setattr(availability, "of", lambda instance, **_more: asked.append(instance))
    vi.post(reverse("baskets:remove", args=[Line.objects.all()[0].pk]))
    assert vi.ask()["calls"]
    assert asked == []


def test_a_basket_too_large_to_be_told_is_not_read_for_ever(vi: Visitor, play: Instance) -> None:
    vi.take(play)
    told = vi.does(vi.ask())
    told["read"]["body"]["odd"] = "x" * 300_000
    for _round in range(30):
        if vi.page.select_one("[data-ask]") is None:
            break
        vi.get(vi.tell(told).json()["go"])
    assert vi.page.select_one("[data-ask]") is None
    assert vi.status == 503
    assert vi.page.select_one("#own-page") is not None


def test_errands_are_forgotten_after_some_days(vi: Visitor, play: Instance, move_clock: Any) -> None:
    vi.buy(play)
    move_clock(timedelta(days=3))
    sweeping.sweep()
    assert not Errand.objects.exists()


@pytest.mark.parametrize("what", ["change", "others"])
def test_a_ticket_there_is_removed_and_not_changed(vi: Visitor, play: Instance, what: str) -> None:
    vi.buy(play, count=1)
    line = Line.objects.get()
    assert vi.page.select_one(f"#{what}-{line.pk}") is None
    vi.post(reverse(f"baskets:{what}", args=[line.pk]), {"quantity": "3"})
    assert counted() == [("held", 1)]
