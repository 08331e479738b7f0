"""The same tickets for several dates with one press, where one hold takes several."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from baskets import dates
from baskets.dates import Further
from baskets.models import Line
from catalog import availability
from catalog.models import Instance
from shop import clock, words
from shop.money import Money
from shop.providers.types import Availability, Offer, Selection
from tests.baskets.conftest import Ada
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import FULL, Visitor
from tests.providers import spektrix_wire as sx

SECOND, THIRD = sx.ident(41411), sx.ident(41412)
YARD = sx.ident(333)


def another(lantern: CookieOffice, ref: str, days: int, plan: str = sx.HALL) -> Instance:
    """One more evening, in the same hall or in one just like it."""
    sx.PLANS.setdefault(ref, sx.PLANS[sx.STALLS_ONLY] | {"id": plan})
    return lantern.puts_on(ref, plan, days=days)


@pytest.fixture
def second(lantern: CookieOffice, play: Instance) -> Instance:
    return another(lantern, SECOND, 21, YARD)


def told(date: Instance) -> str:
    """How a page writes the date, whichever day these tests run on."""
    return words.curtain(date.starts_at, date.event.venue.timezone)


def names(vi: Visitor) -> list[str]:
    return [str(one["value"]) for one in vi.page.select("input[name=also]")]


def press(vi: Visitor, play: Instance, *also: Instance, count: int = 1) -> None:
    vi.pick(play)
    vi.press(play, **{"door": "offers", f"q-{FULL}": str(count), "also": [str(one.pk) for one in also]})


def test_the_other_dates_of_the_event_can_be_ticked(vi: Visitor, play: Instance, second: Instance) -> None:
    vi.pick(play)
    assert names(vi) == [str(second.pk)]


def test_two_dates_are_asked_for_with_one_call_and_are_two_lines(
    vi: Visitor, play: Instance, second: Instance, lantern: CookieOffice
) -> None:
    press(vi, play, second)
    (call,) = vi.ask()["calls"]
    assert [(one["instance"], one["seatingPlan"]) for one in call["body"]] == [
        (sx.STALLS_ONLY, sx.HALL), (SECOND, YARD),
    ], "each by the plan of its own date"  # fmt: skip
    vi.run()
    assert [(line.instance, line.state) for line in Line.objects.order_by("starts_at")] == [
        (play, "held"), (second, "held"),
    ]  # fmt: skip
    assert sum(method == "POST" for method, _path, _body in lantern.asked) == 1


def test_a_date_at_another_price_is_named_and_the_choice_is_kept(
    vi: Visitor, play: Instance, second: Instance, lantern: CookieOffice
) -> None:
    lantern.public[f"/instances/{SECOND}"]["priceList"] = {"id": sx.ident(78)}
    lantern.public[f"/instances/{SECOND}/price-list"] = sx.price_list(sx.price(31)) | {"id": sx.ident(78)}
    press(vi, play, second, count=2)
    assert f"On {told(second)} one of these costs £31.00" in vi.text
    assert vi.page.select_one(f"input[name='q-{FULL}']")["value"] == "2"  # type: ignore[index]
    assert vi.page.select_one("input[name=also]").has_attr("checked")  # type: ignore[union-attr]
    assert lantern.asked == []


def test_a_date_with_too_few_left_is_named(
    vi: Visitor, play: Instance, second: Instance, lantern: CookieOffice
) -> None:
    lantern.public[f"/instances/{SECOND}/status"] = sx.status(1)
    press(vi, play, second, count=2)
    assert "not enough of these left" in vi.text
    assert lantern.asked == []


def test_a_date_that_went_while_the_page_was_open_is_said_in_words(
    vi: Visitor, play: Instance, second: Instance, lantern: CookieOffice
) -> None:
    another(lantern, THIRD, 22)
    vi.pick(play)
    sent = {"door": "offers", f"q-{FULL}": "1", "also": [str(second.pk), "1" * 40, "\x00"]}
    Instance.objects.filter(pk=second.pk).update(bookable=False)
    vi.press(play, **sent)
    assert vi.status == 422
    assert "One of the dates you ticked cannot be had any more." in vi.text
    assert str(second.pk) not in [str(one["value"]) for one in vi.page.select("input[name=also]")]
    assert vi.page.select_one(f"input[name='q-{FULL}']")["value"] == "1"  # type: ignore[index]
    assert lantern.asked == []


def test_a_date_that_is_not_sold_is_named(
    vi: Visitor, play: Instance, second: Instance, lantern: CookieOffice
) -> None:
    lantern.public[f"/instances/{SECOND}"]["cancelled"] = True
    press(vi, play, second)
    assert f"On {told(second)} these are not sold." in vi.text
    assert lantern.asked == []


def test_of_three_dates_the_one_that_is_sold_out_is_missing_and_said(
    vi: Visitor, play: Instance, second: Instance, lantern: CookieOffice
) -> None:
    third = another(lantern, THIRD, 22)
    lantern.settings.stock[YARD] = 0
    press(vi, play, second, third)
    vi.run()
    states = {line.instance: line.state for line in Line.objects.all()}
    assert states == {play: "held", second: "gone", third: "held"}
    assert "Not everything could be had" in vi.text


def test_more_dates_than_go_into_the_basket_at_once_are_said_and_stay_ticked(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    more = [another(lantern, sx.ident(41420 + number), 21 + number) for number in range(6)]
    press(vi, play, *more, count=10)
    assert vi.status == 422
    assert "at most 60 tickets into the basket in one go" in vi.text
    assert len(vi.page.select("input[name=also][checked]")) == 6
    assert lantern.asked == []


def test_each_date_has_its_own_limit(vi: Visitor, play: Instance, second: Instance) -> None:
    press(vi, play, second, count=10)
    vi.run()
    assert sorted(line.instance_id for line in Line.objects.all()) == sorted(
        [play.pk] * 10 + [second.pk] * 10
    )


def test_where_a_hold_takes_one_date_at_a_time_nothing_can_be_ticked(ada: Ada, night: Instance) -> None:
    later = night.starts_at + timedelta(days=1)
    Instance.objects.create(event=night.event, provider_ref="again", starts_at=later, currency="EUR")
    ada.pick(night)
    assert ada.page.select("input[name^='q-']")
    assert not ada.page.select("input[name=also]")


def test_the_limit_counts_what_is_held_for_the_other_date(
    vi: Visitor, play: Instance, second: Instance
) -> None:
    vi.buy(second, f"u:{YARD}:{sx.FULL}", 9)
    press(vi, play, second, count=2)
    assert vi.page.select_one("[data-ask]") is None, "nothing is asked of the browser"
    assert Line.objects.filter(instance=play).count() == 0


def test_what_is_left_of_the_other_date_is_asked_anew_after_it(
    vi: Visitor, play: Instance, second: Instance, lantern: CookieOffice
) -> None:
    vi.pick(second)
    press(vi, play, second)
    vi.run()
    lantern.public[f"/instances/{SECOND}/status"] = sx.status(3)
    vi.pick(second)
    assert "3 left" in vi.text


def test_the_nearest_dates_are_listed_in_their_order(vi: Visitor, play: Instance, second: Instance) -> None:
    days = [play.starts_at + timedelta(days=n) for n in (-9, 30, 31, 2, *range(40, 52), 400)]
    for n, at in enumerate(days):
        Instance.objects.create(event=play.event, provider_ref=f"d{n}", starts_at=at, currency="GBP")
    listed = [Instance.objects.get(pk=pk) for pk in names(play_page(vi, play))]
    assert len(listed) == dates.MOST
    assert listed == sorted(listed, key=lambda one: one.starts_at)
    assert listed[0].provider_ref == "d0"
    assert "d16" not in {one.provider_ref for one in listed}, "more than a year away"


def play_page(vi: Visitor, play: Instance) -> Visitor:
    vi.pick(play)
    return vi


def offer(key: str, kind: str = "Adult", **more: Any) -> Offer:
    return Offer(key, Money(more.pop("price", 1000), "GBP"), ticket_type=kind, **more)


def asked(monkeypatch: pytest.MonkeyPatch, other: Instance, there: list[Offer], count: int = 2) -> Further:
    """Two of the offer "mine" for another date that has these."""
    free = Availability(other.provider_ref, clock.now(), offers=tuple(there))
    monkeypatch.setattr(availability, "of", lambda instance: free)
    chosen = Selection(instance_ref="here", offer_key="mine", quantity=count)
    return dates.ask(other, [(offer("mine"), count)], [chosen])


def test_exactly_as_many_as_are_left_are_enough(monkeypatch: pytest.MonkeyPatch, play: Instance) -> None:
    found = asked(monkeypatch, play, [offer("mine", left=2, maximum=2)])
    assert [(one.instance_ref, one.offer_key, one.quantity) for one in found.selections] == [
        (play.provider_ref, "mine", 2)
    ]


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ([offer("mine", left=1)], "few"),
        ([offer("mine", maximum=1)], "few"),
        ([offer("mine", closed="sold_out")], "few"),
        ([offer("mine", closed="not_yet")], "missing"),
        ([offer("mine", price=1100)], "price"),
        ([offer("mine", kind="Child")], "missing"),
        ([offer("mine", area="Circle")], "missing"),
        ([], "missing"),
    ],
)
def test_why_the_same_cannot_be_had_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, play: Instance, there: list[Offer], why: str
) -> None:
    found = asked(monkeypatch, play, there)
    assert (found.why, found.selections) == (why, ())


def test_of_several_that_are_alike_the_same_one_is_taken_and_a_closed_one_last(
    monkeypatch: pytest.MonkeyPatch, play: Instance
) -> None:
    first = asked(monkeypatch, play, [offer("other"), offer("mine")])
    assert first.selections[0].offer_key == "mine"
    second = asked(monkeypatch, play, [offer("mine", closed="sold_out"), offer("other")])
    assert second.selections[0].offer_key == "other"


def test_a_date_whose_sale_was_stopped_is_not_asked_about(
    monkeypatch: pytest.MonkeyPatch, play: Instance
) -> None:
    play.stop_sale = True
    play.save()
    found = asked(monkeypatch, Instance.objects.get(pk=play.pk), [offer("mine")])
    assert found.why == "missing"
