"""What is held, read back, lost, found again and given back: the only caller of the hold desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from baskets import holding, lifecycle, sweeping, totals
from baskets.holding import Busy, Shown, TooMany
from baskets.holding.desk import claim_name
from baskets.models import Attempt, Basket, Hold, Line
from catalog import availability
from catalog.models import Instance
from shop import claims, clock
from shop.money import Money
from shop.providers import errors
from shop.providers.types import Offer, Selection
from tests.baskets.box_office import Killed, Office
from tests.baskets.conftest import lines, only_hold, seats


def add(
    basket: Basket, instance: Instance, *refs: str, token: str = "", prices: int | None = 4500
) -> holding.Added:
    shown = Shown(seats=dict.fromkeys(refs, prices)) if prices else None
    wanted = [
        {
            "key": token or "x",
            "instance": instance.pk,
            "selection": {"instance_ref": instance.provider_ref, "seat_refs": list(refs)},
            "area": "Stalls",
            "tickets": [{"ref": ref, "row": ref[1], "number": ref[2:], "price": 4500} for ref in refs],
            "quantity": len(refs),
            "price": 4500 * len(refs),
        }
    ]
    return holding.add(
        basket=basket,
        instance=instance,
        selections=seats(instance, *refs),
        shown=shown,
        token=token,
        wanted=wanted,
    )


def test_what_is_held_is_what_the_box_office_reads_back(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    office.restricted["SA2"] = "pillar"
    added = add(basket, hamlet, "SA1", "SA2")
    line = Line.objects.get()
    assert [one.pk for one in added.lines] == [line.pk]
    assert (line.state, line.area, line.quantity) == ("held", "Stalls", 2)
    assert (line.price_minor, line.fee_minor, line.currency) == (9000, 1800, "GBP")
    assert (line.event_name, line.venue_name, line.timezone) == ("Hamlet", "West House", "Europe/London")
    assert line.tickets[1] == {
        "ref": "SA2", "row": "A", "number": "2", "ticket_type": "", "price": 4500, "fee": 900, "face": 3600,
        "restricted": True, "note": "pillar",
    }  # fmt: skip
    hold = only_hold()
    assert (hold.state, hold.firm, hold.scope) == (Hold.State.OPEN, True, "")
    assert hold.expires_at == line.expires_at


def test_a_handle_is_no_plain_text_in_the_database(basket: Basket, hamlet: Instance, office: Office) -> None:
    from django.db import connection

    add(basket, hamlet, "SA1")
    with connection.cursor() as cursor:
        cursor.execute("select handle from baskets_hold")
        assert "basket-" not in cursor.fetchone()[0]
    assert only_hold().handle.startswith("basket-")


def test_two_shows_of_one_account_share_a_hold_and_one_event_of_another_has_its_own(
    basket: Basket, hamlet: Instance, macbeth: Instance, date: Callable[..., Instance], office: Office
) -> None:
    add(basket, hamlet, "SA1")
    add(basket, macbeth, "SB1")
    assert Hold.objects.count() == 1
    euro = Basket.objects.create(
        visitor="ada", currency="EUR", created_at=clock.now(), touched_at=clock.now()
    )
    for name in ("One", "Two"):
        instance = date("arena", name, "Europe/Vienna", "EUR")
        selections = [Selection(instance.provider_ref, offer_key="adult", quantity=1)]
        holding.add(basket=euro, instance=instance, selections=selections)
    assert sorted(euro.holds.values_list("scope", flat=True)) == ["e-One", "e-Two"]
    assert totals.summary(euro).payments == 2


def test_the_same_form_sent_twice_asks_once(basket: Basket, hamlet: Instance, office: Office) -> None:
    add(basket, hamlet, "SA1", token="form")
    again = add(basket, hamlet, "SA1", token="form")
    assert again.already
    assert office.calls("hold") == 1


def test_so_many_of_a_ticket_from_the_same_form_are_asked_for_once(night: Instance, office: Office) -> None:
    euro = Basket.objects.create(visitor="a", currency="EUR", created_at=clock.now(), touched_at=clock.now())
    selections = [Selection(night.provider_ref, offer_key="adult", quantity=2)]
    for _ in range(2):
        holding.add(basket=euro, instance=night, selections=selections, token="form")
    assert [line.quantity for line in Line.objects.all()] == [2]
    holding.add(basket=euro, instance=night, selections=selections, token="another form")
    assert sum(line.quantity for line in Line.objects.all()) == 4


def test_a_second_tab_with_the_same_seats_makes_no_second_hold(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1", "SA2", token="one")
    again = add(basket, hamlet, "SA1", "SA2", token="two")
    assert again.already
    assert office.calls("hold") == 1
    add(basket, hamlet, "SA2", "SA3", token="three")
    assert office.asked[-1][1][0].seat_refs == ("SA3",)  # type: ignore[index]


def test_while_one_request_is_at_it_a_double_click_is_told_so(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    met: list[Busy] = []

    def second_click() -> None:
        try:
            add(basket, hamlet, "SA1", token="form")
        except Busy as busy:
            met.append(busy)

    office.during["hold"] = second_click
    add(basket, hamlet, "SA1", token="form")
    assert [busy.same for busy in met] == [True]
    assert office.calls("hold") == 1
    assert lines() == [("held", "SA1")]


def test_another_tab_with_another_choice_has_to_wait(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    met: list[Busy] = []

    def other_tab() -> None:
        try:
            add(basket, hamlet, "SA5", token="other")
        except Busy as busy:
            met.append(busy)

    office.during["hold"] = other_tab
    add(basket, hamlet, "SA1", token="form")
    assert [busy.same for busy in met] == [False]
    add(basket, hamlet, "SA5", token="other")
    assert lines() == [("held", "SA1"), ("held", "SA5")]


# --- lost answers --------------------------------------------------------------------------------------


def test_a_lost_answer_after_the_work_was_done_makes_no_second_hold(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    office.faults["hold"] = ["lost after"]
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA1", "SA2", token="form")
    assert only_hold().state == Hold.State.UNCERTAIN
    assert not totals.summary(basket).payable
    move_clock(timedelta(seconds=5))
    sweeping.sweep()
    assert lines() == [("held", "SA1,SA2")]
    assert office.calls("hold") == 1
    assert Attempt.objects.get().state == "done"
    assert totals.summary(basket).payable


def test_a_lost_answer_with_nothing_done_becomes_a_line_that_can_be_tried_again(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    office.faults["hold"] = ["lost before"]
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA1", "SA2", token="form")
    move_clock(timedelta(seconds=5))
    sweeping.sweep()
    line = Line.objects.get()
    assert (line.state, line.problem, line.quantity) == ("gone", "not_held", 2)
    assert totals.summary(basket).total.minor == 0
    assert office.calls("hold") == 1
    holding.retry(line)
    assert lines() == [("held", "SA1,SA2")]


def test_after_a_lost_answer_a_press_on_the_same_form_reads_before_it_asks(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    office.faults["hold"] = ["lost after"]
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA1", token="form")
    again = add(basket, hamlet, "SA1", token="form")
    assert again.already
    assert lines() == [("held", "SA1")]
    assert office.calls("hold") == 1


def test_after_a_lost_answer_best_seats_are_not_held_a_second_time(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    wish = [Selection(hamlet.provider_ref, offer_key="Stalls:45", quantity=2)]
    office.faults["hold"] = ["lost after"]
    with pytest.raises(errors.OutcomeUnknown):
        holding.add(basket=basket, instance=hamlet, selections=wish, token="one")
    added = holding.add(basket=basket, instance=hamlet, selections=wish, token="a fresh page")
    assert added.already
    assert sum(line.quantity for line in Line.objects.all()) == 2


def test_a_reading_that_fails_too_is_tried_again_later_and_later(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    office.faults.update(hold=["lost after"], read=["down", "odd"])
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA1", token="form")
    waits = []
    for _ in range(2):
        move_clock(timedelta(minutes=1))
        sweeping.sweep()
        waits.append(only_hold().due_at - clock.now())  # type: ignore[operator]
        assert only_hold().state == Hold.State.UNCERTAIN
    assert timedelta(0) < waits[0] < waits[1]
    move_clock(timedelta(minutes=1))
    sweeping.sweep()
    assert lines() == [("held", "SA1")]


def test_a_process_that_is_killed_at_the_desk_leaves_a_claim_that_runs_out(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "give_up", lambda name, owner: None)  # a killed process gives nothing up
    office.faults["hold"] = ["killed after"]
    with pytest.raises(Killed):
        add(basket, hamlet, "SA1", token="form")
    monkeypatch.undo()
    assert claims.is_taken(claim_name(only_hold().pk))
    with pytest.raises(Busy) as busy:
        add(basket, hamlet, "SA1", token="form")
    assert busy.value.same
    sweeping.sweep()
    assert office.calls("read") == 0
    move_clock(timedelta(seconds=100))
    sweeping.sweep()
    assert lines() == [("held", "SA1")]
    assert office.calls("hold") == 1
    assert add(basket, hamlet, "SA1", token="form").already


def test_a_process_that_is_killed_before_anything_was_held_loses_nothing(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    office.faults["hold"] = ["killed after the handle"]
    with pytest.raises(Killed):
        add(basket, hamlet, "SA1", token="form")
    assert only_hold().handle  # kept before the risky call
    move_clock(timedelta(seconds=100))
    sweeping.sweep()
    assert lines() == [("gone", "SA1")]
    assert Line.objects.get().problem == "not_held"


def test_a_desk_that_cannot_be_reached_changes_nothing(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SB2", "SB1")
    assert lines() == [("held", "SB1,SB2")]  # in the order they sit
    office.faults["hold"] = ["down"]
    with pytest.raises(errors.Unavailable):
        add(basket, hamlet, "SA1", token="form")
    assert only_hold().state == Hold.State.OPEN
    assert not totals.summary(basket).asking
    add(basket, hamlet, "SA1", token="form")
    assert lines() == [("held", "SB1,SB2"), ("held", "SA1")]


def test_an_answer_that_makes_no_sense_is_followed_by_a_reading(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SB1")
    office.faults["hold"] = ["odd"]
    with pytest.raises(errors.BadAnswer):
        add(basket, hamlet, "SA1", token="form")
    assert totals.summary(basket).asking
    move_clock(timedelta(seconds=3))
    sweeping.sweep()
    assert lines() == [("held", "SB1"), ("gone", "SA1")]
    assert not totals.summary(basket).asking


# --- refusals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("sold_out", errors.SoldOut), ("lone", errors.LoneSeat), ("limit", errors.LimitExceeded),
        ("not_on_sale", errors.NotOnSale),
    ],
)  # fmt: skip
def test_a_refusal_changes_nothing_and_the_same_form_can_be_sent_again(
    basket: Basket, hamlet: Instance, office: Office, fault: str, error: type[Exception]
) -> None:
    add(basket, hamlet, "SB1")
    office.faults["hold"] = [fault]
    with pytest.raises(error):
        add(basket, hamlet, "SA1", token="form")
    assert lines() == [("held", "SB1")]
    assert only_hold().state == Hold.State.OPEN
    add(basket, hamlet, "SA1", token="form")
    assert lines() == [("held", "SB1"), ("held", "SA1")]


def test_a_basket_that_the_box_office_let_go_is_buried_and_a_fresh_one_is_begun(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1")
    office.dead.add(only_hold().handle)
    with pytest.raises(errors.HoldGone):
        add(basket, hamlet, "SA2", token="form")
    assert lines() == [("gone", "SA1")]
    add(basket, hamlet, "SA2", token="form")
    assert sorted(Hold.objects.values_list("generation", "state")) == [(1, "closed"), (2, "open")]
    assert ("held", "SA2") in lines()


def test_what_is_left_in_a_basket_that_takes_no_more_can_still_be_paid(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1")
    office.faults["hold"] = ["gone"]
    with pytest.raises(errors.HoldGone):
        add(basket, hamlet, "SB2", token="form")
    first = Hold.objects.order_by("pk")[0]
    assert first.state == Hold.State.OPEN
    assert lines() == [("held", "SA1")]
    add(basket, hamlet, "SB2", token="form")
    assert sorted(Hold.objects.values_list("generation", flat=True)) == [1, 2]
    assert totals.summary(basket).payments == 2


def test_what_needs_an_order_of_its_own_goes_into_another_hold(
    date: Callable[..., Instance], office: Office
) -> None:
    one = date("arena", "Fair", "Europe/Vienna", "EUR", days=5)
    two = date("arena", "Fair", "Europe/Vienna", "EUR", days=6)
    euro = Basket.objects.create(visitor="a", currency="EUR", created_at=clock.now(), touched_at=clock.now())
    holding.add(
        basket=euro, instance=one, selections=[Selection(one.provider_ref, offer_key="adult", quantity=1)]
    )
    office.faults["hold"] = ["own order"]
    holding.add(
        basket=euro, instance=two, selections=[Selection(two.provider_ref, offer_key="adult", quantity=1)]
    )
    assert sorted(euro.holds.values_list("scope", "generation")) == [("e-Fair", 1), ("e-Fair", 2)]
    holding.add(
        basket=euro, instance=one, selections=[Selection(one.provider_ref, offer_key="adult", quantity=2)]
    )
    assert totals.summary(euro).payments == 2


def test_ten_tickets_for_one_date_are_the_most_however_they_are_asked_for(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, *[f"SA{n}" for n in range(1, 9)])
    with pytest.raises(TooMany) as many:
        add(basket, hamlet, "SB1", "SB2", "SB3")
    assert (many.value.limit, many.value.held) == (10, 8)
    assert office.calls("hold") == 1


def test_the_tenth_ticket_is_sold_and_what_waits_for_a_yes_is_counted(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    office.surcharge = 500
    add(basket, hamlet, *[f"SA{n}" for n in range(1, 9)])
    assert lines()[0][0] == "changed"
    with pytest.raises(TooMany):
        add(basket, hamlet, "SB1", "SB2", "SB3")
    add(basket, hamlet, "SB1", "SB2")
    assert len(office.held()) == 10


def test_wishes_are_counted_too(night: Instance, office: Office) -> None:
    euro = Basket.objects.create(visitor="a", currency="EUR", created_at=clock.now(), touched_at=clock.now())
    for count in (6, 4):
        wish = [Selection(night.provider_ref, offer_key="adult", quantity=count)]
        holding.add(basket=euro, instance=night, selections=wish)
    with pytest.raises(TooMany) as many:
        holding.add(
            basket=euro,
            instance=night,
            selections=[Selection(night.provider_ref, offer_key="adult", quantity=1)],
        )
    assert (many.value.limit, many.value.held) == (10, 10)


def test_seats_whose_time_is_over_by_our_clock_can_be_chosen_anew(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    move_clock(timedelta(minutes=10, seconds=1))  # nobody has asked them yet
    assert not add(basket, hamlet, "SA1").already
    assert ("held", "SA1") in lines()
    assert office.held() == {"SA1"}


def test_a_lost_answer_for_one_date_is_no_answer_for_another(
    basket: Basket, hamlet: Instance, macbeth: Instance, office: Office
) -> None:
    office.faults["hold"] = ["lost after"]
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA1", token="one")
    assert not add(basket, macbeth, "SB1", token="two").already
    assert sorted(lines()) == [("held", "SA1"), ("held", "SB1")]


def test_whoever_holds_something_sees_at_once_that_it_is_not_free_any_more(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    def free() -> set[str]:
        return {seat.ref for area in availability.of(hamlet).areas for row in area.rows for seat in row.seats}

    assert {"SA1", "SA2"} <= free()
    add(basket, hamlet, "SA1")
    assert "SA1" not in free()
    holding.remove(Line.objects.get())
    assert "SA1" in free()


def test_a_slow_answer_takes_back_the_line_that_was_given_up_meanwhile(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    def another_process() -> None:
        move_clock(timedelta(seconds=100))  # longer than a claim lasts
        sweeping.sweep()
        assert lines() == [("gone", "SA1")]

    office.during["hold"] = another_process
    add(basket, hamlet, "SA1", token="form")
    assert lines() == [("held", "SA1")]


@pytest.mark.parametrize("what", ["instance", "event", "account"])
def test_a_stopped_sale_binds_when_something_is_added(
    basket: Basket, hamlet: Instance, office: Office, what: str
) -> None:
    row = {"instance": hamlet, "event": hamlet.event, "account": hamlet.event.account}[what]
    row.stop_sale = True
    with pytest.raises(holding.NotSold) as stopped:
        add(basket, hamlet, "SA1")
    assert stopped.value.refusal.code == "stop_sale"
    assert office.calls("hold") == 0


# --- prices and deadlines ------------------------------------------------------------------------------


def test_another_price_than_the_one_shown_needs_a_yes(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    office.surcharge = 500
    add(basket, hamlet, "SA1", "SA2")
    line = Line.objects.get()
    assert (line.state, line.price_minor, line.was_minor) == ("changed", 10000, 9000)
    summary = totals.summary(basket)
    assert summary.needs_yes
    assert not summary.payable
    assert not holding.accept(line, 9000)
    assert holding.accept(line, 10000)
    assert totals.summary(basket).payable
    holding.read(basket)
    assert Line.objects.get().state == "held"


def test_a_price_that_rises_later_needs_a_yes_and_one_that_comes_back_does_not(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1")
    office.surcharge = 100
    assert [line.was_minor for line in holding.verify(basket)] == [4500]
    holding.read(basket)
    assert Line.objects.get().was_minor == 4500
    office.surcharge = 0
    assert holding.verify(basket) == []
    assert Line.objects.get().state == "held"


def test_an_estimate_that_falls_is_no_changed_price_and_one_that_rises_is(
    night: Instance, office: Office
) -> None:
    euro = Basket.objects.create(visitor="a", currency="EUR", created_at=clock.now(), touched_at=clock.now())
    shown = Shown(offers={"adult": 2500}, estimated=frozenset({"adult"}))
    office.surcharge = -100
    holding.add(
        basket=euro, instance=night, shown=shown,
        selections=[Selection(night.provider_ref, offer_key="adult", quantity=2)],
    )  # fmt: skip
    assert (Line.objects.get().state, Line.objects.get().estimated) == ("wish", True)
    office.surcharge = 100
    assert [line.state for line in holding.verify(euro)] == ["changed"]


def test_a_deadline_never_rises_by_being_read(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    before = Line.objects.get().expires_at
    item = next(iter(office.baskets[only_hold().handle].values()))
    item.expires_at += timedelta(minutes=5)
    holding.read(basket)
    assert Line.objects.get().expires_at == before
    item.expires_at -= timedelta(minutes=9)
    holding.read(basket)
    assert Line.objects.get().expires_at < before  # type: ignore[operator]


def test_nothing_is_held_for_longer_than_the_cap_however_often_it_is_changed(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    from baskets.holding.lines import LONGEST_HOLD

    add(basket, hamlet, "SA1", "SA2", "SA3")
    begun = Line.objects.get().added_at
    keep = {0: ["SA1", "SA2"], 1: ["SA1"]}
    for n in range(2):
        move_clock(timedelta(minutes=9))
        holding.keep_seats(Line.objects.get(), keep[n])
    assert Line.objects.get().added_at == begun
    office.minutes = timedelta(hours=3)
    Line.objects.update(expires_at=None)
    next(iter(office.baskets[only_hold().handle].values())).expires_at = clock.now() + timedelta(hours=3)
    holding.read(basket)
    assert Line.objects.get().expires_at == begun + LONGEST_HOLD


def test_at_zero_nothing_vanishes_and_it_is_out_of_the_total(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    move_clock(timedelta(minutes=10, seconds=1))
    summary = totals.summary(basket)  # before anybody has asked
    assert (summary.total.minor, summary.tickets, len(summary.lines), summary.gone) == (0, 0, 1, True)
    assert summary.seconds_left is None
    move_clock(timedelta(seconds=10))
    sweeping.sweep()
    line = Line.objects.get()
    assert (line.state, line.problem) == ("gone", "hold_expired")
    holding.retry(line)
    assert lines() == [("held", "SA1")]


def test_to_try_again_what_they_still_hold_for_us_gives_it_back_first(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    office.grace = timedelta(minutes=1)  # over by what they say, and still in our old basket there
    add(basket, hamlet, "SA1", "SA2")
    move_clock(timedelta(minutes=10, seconds=5))
    sweeping.sweep()
    line = Line.objects.get()
    assert line.state == "gone"
    item, before = line.item_ref, len(office.asked)
    holding.retry(line)
    assert lines() == [("held", "SA1,SA2")]
    assert [name for name, _ in office.asked[before:]] == ["release", "hold"]
    assert office.asked[before] == ("release", [item])
    left = Line.objects.get().expires_at - clock.now()
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)


def test_a_basket_they_do_not_know_any_more_is_no_hindrance_to_trying_again(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    move_clock(timedelta(minutes=10, seconds=5))
    sweeping.sweep()
    office.dead.update(office.baskets)
    holding.retry(Line.objects.get())
    assert lines() == [("held", "SA1")]


def test_trying_again_asks_for_nothing_while_the_giving_back_is_unanswered(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    office.grace = timedelta(minutes=1)
    add(basket, hamlet, "SA1")
    move_clock(timedelta(minutes=10, seconds=5))
    sweeping.sweep()
    office.faults["release"] = ["lost after"]
    with pytest.raises(errors.OutcomeUnknown):
        holding.retry(Line.objects.get())
    assert office.calls("hold") == 1
    move_clock(timedelta(seconds=5))
    sweeping.sweep()  # read, and nothing is there
    assert lines() == [("gone", "SA1")]
    holding.retry(Line.objects.get())
    assert lines() == [("held", "SA1")]
    assert office.calls("hold") == 2


def run_out(basket: Basket, instance: Instance, move_clock: Callable, *choices: tuple[str, ...]) -> None:
    """Held, and let go by the box office when its time was over."""
    for refs in choices:
        add(basket, instance, *refs)
    move_clock(timedelta(minutes=10, seconds=5))
    sweeping.sweep()
    assert {state for state, _ in lines()} == {"gone"}


@pytest.mark.parametrize("fault", ["lost before", "killed after the handle"])
@pytest.mark.parametrize("read_meanwhile", [True, False])
def test_what_was_tried_again_without_an_answer_can_be_tried_once_more(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable, fault: str, read_meanwhile: bool
) -> None:
    run_out(basket, hamlet, move_clock, ("SA1", "SA2"))
    office.faults["hold"] = [fault]
    with pytest.raises((errors.OutcomeUnknown, Killed)):
        holding.retry(Line.objects.get())
    if read_meanwhile:
        move_clock(timedelta(seconds=100))
        sweeping.sweep()
    assert lines() == [("gone", "SA1,SA2")]
    holding.retry(Line.objects.get())
    assert lines() == [("held", "SA1,SA2")]
    assert office.held() == {"SA1", "SA2"}


def test_what_was_tried_again_and_held_though_the_answer_was_lost_stands_there_once(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    run_out(basket, hamlet, move_clock, ("SA1", "SA2"))
    office.faults["hold"] = ["lost after"]
    with pytest.raises(errors.OutcomeUnknown):
        holding.retry(Line.objects.get())
    move_clock(timedelta(seconds=5))
    sweeping.sweep()
    assert lines() == [("held", "SA1,SA2")]
    assert office.calls("hold") == 2


def test_what_was_tried_again_and_then_removed_is_offered_anew_when_its_answer_was_lost(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    run_out(basket, hamlet, move_clock, ("SA1",))
    office.faults["hold"] = ["lost before"]
    with pytest.raises(errors.OutcomeUnknown):
        holding.retry(Line.objects.get())
    Line.objects.all().delete()
    move_clock(timedelta(seconds=5))
    sweeping.sweep()
    assert lines() == [("gone", "SA1")]
    assert Line.objects.get().problem == "not_held"


def test_a_wish_that_can_be_had_again_is_on_the_list_once(night: Instance, office: Office) -> None:
    office.offers.append(Offer("child", Money(1000, "EUR"), ticket_type="Child"))
    euro = Basket.objects.create(visitor="a", currency="EUR", created_at=clock.now(), touched_at=clock.now())
    for key in ("adult", "child"):
        wish = [Selection(night.provider_ref, offer_key=key, quantity=2)]
        holding.add(basket=euro, instance=night, selections=wish)
    office.gone["child"] = "sold_out"
    holding.read(euro)
    assert sorted(line.state for line in Line.objects.all()) == ["gone", "wish"]
    office.gone.clear()
    holding.retry(Line.objects.get(state="gone"))
    for _ in range(2):
        assert sorted((line.state, line.price_minor) for line in Line.objects.all()) == [
            ("wish", 2000),
            ("wish", 5000),
        ]
        holding.read(euro)


def test_trying_one_of_two_again_leaves_the_other_as_it_is(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    move_clock(timedelta(minutes=6))
    add(basket, hamlet, "SB1", "SB2")
    move_clock(timedelta(minutes=4, seconds=5))
    sweeping.sweep()
    assert lines() == [("gone", "SA1"), ("held", "SB1,SB2")]
    holding.retry(Line.objects.get(state="gone"))
    assert sorted(lines()) == [("held", "SA1"), ("held", "SB1,SB2")]
    assert office.held() == {"SA1", "SB1", "SB2"}


def test_of_several_that_ran_out_each_can_be_tried_again(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    run_out(basket, hamlet, move_clock, ("SA1",), ("SB1",))
    for line in Line.objects.filter(state="gone"):
        holding.retry(line)
    assert sorted(lines()) == [("held", "SA1"), ("held", "SB1")]


def test_what_turns_out_to_be_held_after_all_is_neither_given_back_nor_asked_for(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1")
    add(basket, hamlet, "SB1")
    kept = office.baskets[only_hold().handle]
    ref, item = next((ref, item) for ref, item in kept.items() if item.seats == ("SA1",))
    del kept[ref]  # one page of theirs forgets it for a moment
    holding.read(basket)
    assert lines() == [("gone", "SA1"), ("held", "SB1")]
    kept[ref] = item
    office.faults["hold"] = ["lost before"]
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA5", token="form")
    before = len(office.asked)
    again = holding.retry(Line.objects.get(state="gone", tickets__0__ref="SA1"))
    assert again.already
    assert [name for name, _ in office.asked[before:]] == ["read"]
    assert {("held", "SA1"), ("held", "SB1")} <= set(lines())


def test_what_they_hold_for_longer_by_now_is_simply_still_held(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    office.extends = True
    add(basket, hamlet, "SA1")
    next(iter(office.baskets[only_hold().handle].values())).expires_at += timedelta(minutes=5)
    move_clock(timedelta(minutes=10, seconds=5))
    line = Line.objects.get()
    assert line.over
    before = len(office.asked)
    assert holding.retry(line).already
    assert [name for name, _ in office.asked[before:]] == ["read"]
    assert lines() == [("held", "SA1")]
    assert not Line.objects.get().over


def test_a_choice_that_never_reached_the_box_office_is_only_asked_for(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    office.faults["hold"] = ["lost before"]
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA1", token="form")
    move_clock(timedelta(seconds=5))
    sweeping.sweep()
    before = len(office.asked)
    holding.retry(Line.objects.get())
    assert [name for name, _ in office.asked[before:]] == ["hold"]


def test_a_second_press_on_try_again_holds_nothing_twice(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    run_out(basket, hamlet, move_clock, ("SA1",))
    line, met = Line.objects.get(), []

    def second_press() -> None:
        with pytest.raises(Busy):
            holding.retry(Line.objects.get(pk=line.pk))
        met.append(True)

    office.during["hold"] = second_press
    holding.retry(line)
    assert met
    assert lines() == [("held", "SA1")]
    assert office.calls("hold") == 2


def test_what_can_be_had_again_at_another_price_needs_a_yes(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    run_out(basket, hamlet, move_clock, ("SA1",))
    office.surcharge = 500
    added = holding.retry(Line.objects.get())
    assert [(line.state, line.price_minor, line.was_minor) for line in added.lines] == [
        ("changed", 5000, 4500)
    ]


def test_a_date_that_left_the_catalogue_cannot_be_tried_again(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    run_out(basket, hamlet, move_clock, ("SA1",))
    Line.objects.update(instance=None)
    with pytest.raises(errors.NotOnSale):
        holding.retry(Line.objects.get())
    assert lines() == [("gone", "SA1")]
    assert office.calls("hold") == 1


def test_the_clock_is_the_earliest_firm_deadline(
    basket: Basket, hamlet: Instance, macbeth: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    move_clock(timedelta(minutes=3))
    add(basket, macbeth, "SB1")
    seconds = totals.summary(basket).seconds_left
    assert seconds is not None
    assert 400 < seconds <= 420


def test_wishes_have_no_clock(night: Instance, office: Office) -> None:
    euro = Basket.objects.create(visitor="a", currency="EUR", created_at=clock.now(), touched_at=clock.now())
    wish = [Selection(night.provider_ref, offer_key="adult", quantity=1)]
    holding.add(basket=euro, instance=night, selections=wish)
    summary = totals.summary(euro)
    assert (summary.has_wishes, summary.deadline, summary.payable) == (True, None, True)


# --- verify --------------------------------------------------------------------------------------------


def test_before_payment_a_wish_that_is_gone_is_named_and_taken_off_the_list_there(
    night: Instance, office: Office
) -> None:
    office.offers.append(Offer("child", Money(1000, "EUR"), ticket_type="Child"))
    euro = Basket.objects.create(visitor="a", currency="EUR", created_at=clock.now(), touched_at=clock.now())
    for key in ("adult", "child"):
        holding.add(
            basket=euro, instance=night, selections=[Selection(night.provider_ref, offer_key=key, quantity=1)]
        )
    office.gone["child"] = "sold_out"
    assert [line.problem for line in holding.verify(euro)] == ["sold_out"]
    assert "child" not in only_hold().handle
    assert sorted(line.state for line in Line.objects.all()) == ["gone", "wish"]
    office.gone.clear()
    holding.retry(Line.objects.get(state="gone"))
    assert sorted(line.state for line in Line.objects.all()) == ["wish", "wish"]


def test_what_was_given_back_is_never_paid_with_the_rest(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1")
    add(basket, hamlet, "SB1")
    office.faults["release"] = ["down", "down"]
    assert not holding.remove(Line.objects.get(tickets__0__ref="SB1"))
    with pytest.raises(errors.Unavailable):
        holding.verify(basket)
    assert holding.verify(basket) == []
    assert office.held() == {"SA1"}


# --- giving back ---------------------------------------------------------------------------------------


def test_removing_gives_the_seats_back(basket: Basket, hamlet: Instance, office: Office) -> None:
    add(basket, hamlet, "SA1")
    add(basket, hamlet, "SB1")
    assert holding.remove(Line.objects.get(tickets__0__ref="SA1"))
    assert lines() == [("held", "SB1")]
    assert office.held() == {"SB1"}


@pytest.mark.parametrize("fault", ["down", "lost before", "lost after", "odd"])
def test_a_release_that_fails_does_not_keep_the_buyer_and_is_done_by_the_sweep(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable, fault: str
) -> None:
    add(basket, hamlet, "SA1")
    office.faults["release"] = [fault]
    assert not holding.remove(Line.objects.get())
    assert lines() == []
    assert totals.summary(basket).tickets == 0
    for _ in range(3):
        move_clock(timedelta(seconds=30))
        sweeping.sweep()
    assert office.held() == set()
    assert not Line.objects.exists()
    assert only_hold().state == Hold.State.CLOSED


def test_of_a_line_that_ran_out_the_box_office_is_told_while_the_rest_is_held(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    office.grace = timedelta(minutes=5)  # over by what they say, and still not free there
    add(basket, hamlet, "SA1")
    move_clock(timedelta(minutes=6))
    add(basket, hamlet, "SB1")
    move_clock(timedelta(minutes=4, seconds=5))
    sweeping.sweep()
    assert lines() == [("gone", "SA1"), ("held", "SB1")]
    assert holding.remove(Line.objects.get(state="gone"))
    assert lines() == [("held", "SB1")]
    assert office.held() == {"SB1"}


def test_a_line_they_never_had_or_have_no_more_is_removed_without_asking_them(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SB1")
    office.faults["hold"] = ["lost before"]
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA1", token="form")
    move_clock(timedelta(seconds=5))
    sweeping.sweep()
    assert lines() == [("held", "SB1"), ("gone", "SA1")]
    assert holding.remove(Line.objects.get(state="gone"))  # never had
    assert lines() == [("held", "SB1")]
    move_clock(timedelta(minutes=11))
    sweeping.sweep()
    assert holding.remove(Line.objects.get(state="gone"))  # have no more
    assert lines() == []
    assert office.calls("release") == 0


def test_a_refusal_to_take_one_back_takes_nothing_from_the_others(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    add(basket, hamlet, "SB1")
    office.faults["release"] = ["gone"]
    holding.remove(Line.objects.get(tickets__0__ref="SB1"))
    assert lines() == [("held", "SA1")]
    move_clock(timedelta(seconds=30))
    sweeping.sweep()
    assert office.held() == {"SA1"}
    assert lines() == [("held", "SA1")]


def test_what_may_be_held_after_a_lost_answer_is_not_given_back_with_something_else(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SB1")
    office.faults["hold"] = ["lost after"]
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA1", token="form")
    assert holding.remove(Line.objects.get(tickets__0__ref="SB1"))
    assert lines() == [("held", "SA1")]
    assert office.held() == {"SA1"}


def test_what_went_back_though_the_answer_was_lost_leaves_the_rest_as_it_was(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1")
    add(basket, hamlet, "SB1")
    office.faults["release"] = ["lost after"]
    assert not holding.remove(Line.objects.get(tickets__0__ref="SB1"))
    assert holding.verify(basket) == []
    hold = only_hold()
    assert (hold.state, lines()) == (Hold.State.OPEN, [("held", "SA1")])
    assert hold.due_at is not None


def test_a_hold_that_died_with_its_answer_is_followed_by_a_fresh_one_at_once(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    office.faults["hold"] = ["lost before"]
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA1", token="one")
    office.dead.add(only_hold().handle)
    add(basket, hamlet, "SB1", token="two")
    assert sorted(lines()) == [("gone", "SA1"), ("held", "SB1")]
    assert sorted(Hold.objects.values_list("generation", "state")) == [(1, "closed"), (2, "open")]


def test_a_choice_that_is_refused_after_a_lost_answer_leaves_no_line_behind(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SB1")
    office.faults["hold"] = ["lost before", "lone"]
    with pytest.raises(errors.OutcomeUnknown):
        add(basket, hamlet, "SA1", token="one")
    with pytest.raises(errors.LoneSeat):
        add(basket, hamlet, "SA5", token="two")
    assert sorted(lines()) == [("gone", "SA1"), ("held", "SB1")]


def test_while_a_release_is_owed_more_can_be_held(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    office.faults["release"] = ["down"]
    holding.remove(Line.objects.get())
    add(basket, hamlet, "SB1")
    assert lines() == [("held", "SB1")]
    move_clock(timedelta(seconds=30))
    sweeping.sweep()
    assert office.held() == {"SB1"}


def test_clearing_an_empty_basket_is_a_success(basket: Basket, hamlet: Instance, office: Office) -> None:
    assert holding.clear(basket)
    add(basket, hamlet, "SA1")
    add(basket, hamlet, "SB1")
    assert holding.clear(basket)
    assert holding.clear(basket)
    assert office.held() == set()
    assert office.asked[-1] == ("release", None)


def test_clearing_what_the_box_office_let_go_already_is_a_success(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1")
    office.dead.add(only_hold().handle)
    assert holding.clear(basket)
    assert lines() == []


# --- changing ------------------------------------------------------------------------------------------


def test_of_three_seats_one_goes_and_the_other_two_are_held_again(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1", "SA2", "SA3")
    changed = holding.keep_seats(Line.objects.get(), ["SA1", "SA2"])
    assert (changed.kept, changed.lost) == (False, False)
    assert lines() == [("held", "SA1,SA2")]
    assert office.held() == {"SA1", "SA2"}


def test_a_box_office_that_takes_single_tickets_back_is_asked_for_just_that(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1", "SA2", "SA3")
    office.removes = "ticket"
    holding.keep_seats(Line.objects.get(), ["SA1", "SA2"])
    assert lines() == [("held", "SA1,SA2")]
    assert office.calls("hold") == 1


def test_if_the_two_others_are_refused_the_three_are_held_as_before(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1", "SA2", "SA3")
    office.faults["hold"] = ["lone"]
    changed = holding.keep_seats(Line.objects.get(), ["SA1", "SA3"])
    assert changed.kept
    assert isinstance(changed.refused, errors.LoneSeat)
    assert lines() == [("held", "SA1,SA2,SA3")]


def test_if_somebody_is_quicker_the_line_says_so_and_can_be_tried_again(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1", "SA2", "SA3")
    office.during["release"] = lambda: office.sold.add("SA1")
    changed = holding.keep_seats(Line.objects.get(), ["SA1", "SA2"])
    assert changed.lost
    assert lines() == [("gone", "SA1,SA2")]
    assert totals.summary(basket).total.minor == 0
    office.sold.clear()
    holding.retry(Line.objects.get())
    assert lines() == [("held", "SA1,SA2")]


def test_a_process_that_is_killed_between_giving_back_and_holding_again_loses_nothing_silently(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1", "SA2", "SA3")
    office.faults["hold"] = ["killed"]
    with pytest.raises(Killed):
        holding.keep_seats(Line.objects.get(), ["SA1", "SA2"])
    move_clock(timedelta(seconds=100))
    sweeping.sweep()
    assert lines() == [("gone", "SA1,SA2")]


def test_another_number_of_wishes(night: Instance, office: Office) -> None:
    euro = Basket.objects.create(visitor="a", currency="EUR", created_at=clock.now(), touched_at=clock.now())
    wish = [Selection(night.provider_ref, offer_key="adult", quantity=2)]
    holding.add(basket=euro, instance=night, selections=wish)
    holding.set_quantity(Line.objects.get(), 3)
    assert [(line.state, line.quantity, line.price_minor) for line in Line.objects.all()] == [
        ("wish", 3, 7500)
    ]


def test_other_seats_are_others_and_the_first_go_back(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1", "SA2")
    Line.objects.update(picked=True)
    changed = holding.others(Line.objects.get())
    assert not changed.lost
    taken = office.held()
    assert len(taken) == 2
    assert not taken & {"SA1", "SA2"}
    assert Line.objects.get().picked


def test_where_there_are_no_others_the_seats_stay(basket: Basket, hamlet: Instance, office: Office) -> None:
    office.rows.clear()
    office.rows["Stalls"] = {"A": 2}
    add(basket, hamlet, "SA1", "SA2")
    with pytest.raises(holding.NothingElse):
        holding.others(Line.objects.get())
    assert office.held() == {"SA1", "SA2"}


# --- life of a basket ----------------------------------------------------------------------------------


def test_a_basket_that_is_being_paid_takes_nothing(basket: Basket, hamlet: Instance, office: Office) -> None:
    lifecycle.freeze(basket)
    with pytest.raises(lifecycle.NotNow):
        add(basket, hamlet, "SA1")
    with pytest.raises(lifecycle.NotNow):
        lifecycle.freeze(Basket.objects.get(pk=basket.pk))
    lifecycle.thaw(basket)
    add(basket, hamlet, "SA1")
    lifecycle.freeze(basket)
    lifecycle.convert(basket)
    with pytest.raises(lifecycle.NotNow):
        lifecycle.thaw(basket)
    with pytest.raises(lifecycle.NotNow):
        lifecycle.expire(basket)


def test_the_sweep_leaves_a_basket_that_is_being_paid_alone(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    lifecycle.freeze(basket)
    move_clock(timedelta(minutes=20))
    sweeping.sweep()
    assert office.calls("read") == 0
    lifecycle.thaw(basket)
    sweeping.sweep()
    assert lines() == [("gone", "SA1")]


def test_what_is_thawed_joins_a_basket_that_was_opened_meanwhile(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1")
    lifecycle.freeze(basket)
    now = clock.now()
    newer = Basket.objects.create(visitor="ada", currency="GBP", created_at=now, touched_at=now)
    add(newer, hamlet, "SB1")
    lifecycle.thaw(basket)
    assert totals.summary(newer).tickets == 2
    assert Basket.objects.get(pk=basket.pk).status == "expired"


def test_an_expired_basket_gives_everything_back(basket: Basket, hamlet: Instance, office: Office) -> None:
    add(basket, hamlet, "SA1")
    lifecycle.expire(basket)
    sweeping.sweep()
    assert office.held() == set()


def test_a_basket_that_nobody_touches_is_let_go(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    move_clock(lifecycle.KEEP + timedelta(minutes=1))
    sweeping.sweep()
    sweeping.sweep()
    assert Basket.objects.get().status == "expired"
    assert not Line.objects.exclude(state="gone").exists()


def test_for_what_is_bought_nothing_is_due_any_more(basket: Basket, hamlet: Instance, office: Office) -> None:
    add(basket, hamlet, "SA1")
    assert only_hold().due_at is not None
    lifecycle.freeze(basket)
    lifecycle.convert(basket)
    assert only_hold().due_at is None


def test_a_basket_that_is_given_up_gives_back_what_is_held_and_not_what_was_gone(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    move_clock(timedelta(minutes=6))
    add(basket, hamlet, "SB1")
    move_clock(timedelta(minutes=4, seconds=5))
    sweeping.sweep()
    lifecycle.expire(basket)
    assert sorted(line.state for line in Line.objects.all()) == ["gone", "releasing"]
    sweeping.sweep()
    assert office.held() == set()
    assert only_hold().state == Hold.State.CLOSED


def test_what_ran_out_while_it_was_being_paid_is_read_as_soon_as_the_basket_is_open_again(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    add(basket, hamlet, "SA1")
    lifecycle.freeze(basket)
    Hold.objects.update(due_at=clock.now() + timedelta(hours=1))  # they could not be asked for a while
    move_clock(timedelta(minutes=11))
    lifecycle.thaw(basket)
    sweeping.sweep()
    assert lines() == [("gone", "SA1")]
