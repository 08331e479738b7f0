"""Who sells a part: the organiser where one is named, the same name on every page."""

from __future__ import annotations

from typing import Any

import pytest

from baskets.models import Hold, Line
from catalog.models import Event, Instance
from checkout.models import OrderLine
from checkout.sellers import sellers_of
from tests.checkout.conftest import Ada
from tests.checkout.world import World


def sold_by(ada: Ada, account: str, seller: str) -> None:
    Event.objects.filter(pk=ada.season[account].event_id).update(seller=seller)


def other_event(ada: Ada, account: str, seller: str) -> Instance:
    first = ada.season[account]
    number = Event.objects.count()
    event = Event.objects.create(
        account=first.event.account,
        venue=first.event.venue,
        provider_ref=f"e{number}",
        slug=f"other-{number}",
        name=f"Other {number}",
        kind="play",
        seller=seller,
    )
    return Instance.objects.create(
        event=event, provider_ref=f"i{number}", starts_at=first.starts_at, bookable=True
    )


def also_in(hold: Hold, instance: Instance | None, **values: Any) -> Line:
    """One more line of the same hold."""
    line = Line.objects.filter(hold=hold)[0]
    line.pk, line.item_ref, line.instance = None, f"more-{Line.objects.count()}", instance
    for name, value in values.items():
        setattr(line, name, value)
    line.save()
    return line


def review(ada: Ada) -> str:
    ada.starts()
    assert ada.fills_in().url == ada.url("review")
    return str(ada.client.get(ada.url("review")).content.decode())


def test_several_organisers_of_one_part_are_each_named_once(ada: Ada, theatre: World) -> None:
    sold_by(ada, "west-end", "Lantern Live")
    hold, second = ada.holds(), other_event(ada, "west-end", "Old Docks Ltd")
    for instance in (second, ada.season["west-end"], second):
        also_in(hold, instance)
    assert "Sold by Lantern Live, Old Docks Ltd (through London Theatre Direct)" in review(ada)


def test_where_one_event_names_nobody_the_account_is_named_beside_the_organiser(
    ada: Ada, theatre: World
) -> None:
    hold = ada.holds()
    also_in(hold, other_event(ada, "west-end", "Old Docks Ltd"))
    text = review(ada)
    assert "Sold by London Theatre Direct, Old Docks Ltd (through London Theatre Direct)" in text


def test_an_organiser_with_the_accounts_own_name_is_named_once(ada: Ada, theatre: World) -> None:
    hold = ada.holds()
    also_in(hold, other_event(ada, "west-end", "London Theatre Direct"))
    assert "Sold by London Theatre Direct<" in review(ada)


@pytest.mark.parametrize("state", [Line.State.GONE, Line.State.RELEASING])
def test_who_sold_what_is_not_bought_any_more_is_not_named(ada: Ada, theatre: World, state: str) -> None:
    sold_by(ada, "west-end", "Lantern Live")
    hold = ada.holds()
    also_in(hold, other_event(ada, "west-end", "Old Docks Ltd"), state=state)
    text = review(ada)
    assert "Sold by Lantern Live (through" in text
    assert "Old Docks" not in text


def test_what_left_the_catalogue_is_sold_by_the_account(ada: Ada, theatre: World) -> None:
    sold_by(ada, "west-end", "Lantern Live")
    ada.holds()
    Line.objects.update(instance=None)
    text = review(ada)
    assert "Sold by London Theatre Direct<" in text
    assert "Lantern Live" not in text


@pytest.mark.parametrize("became", ["gone", "swapped"])
def test_an_order_goes_on_naming_who_sold_it_whatever_becomes_of_the_basket(
    ada: Ada, arena: World, became: str
) -> None:
    sold_by(ada, "arena", "Lantern Live")
    ada.holds("arena", currency="EUR")
    order = ada.buys("arena")
    assert OrderLine.objects.filter(booking__order=order).exists()
    if became == "gone":
        Line.objects.all().delete()
    else:
        Line.objects.update(instance=other_event(ada, "arena", "Old Docks Ltd"))
    text = ada.client.get(ada.url("order")).content.decode()
    assert "Reference at Lantern Live" in text
    assert "Old Docks" not in text


def test_each_part_is_told_apart_and_nothing_at_all_is_no_error(
    ada: Ada, theatre: World, arena: World
) -> None:
    sold_by(ada, "arena", "Lantern Live")
    ada.holds()
    ada.holds("arena")
    ada.starts()
    bookings = list(ada.now().bookings.select_related("account").order_by("position"))
    sellers = sellers_of(bookings)
    assert [(sellers[b.pk].name, sellers[b.pk].account) for b in bookings] == [
        ("London Theatre Direct", "London Theatre Direct"),
        ("Lantern Live", "Tickethead"),
    ]
    assert [sellers[b.pk].through for b in bookings] == [
        "London Theatre Direct",
        "Lantern Live (through Tickethead)",
    ]
    assert sellers_of([]) == {}
