"""One basket from four box offices, as checkout sees it, and the books of the world outside.

assembly   booked by us, paid to our own till
stadium    the same
west-end   paid on the box office's own page
arena      a wish without a clock until it is ordered, paid in the box office's own card form
"""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from catalog.models import Event, Instance, ProviderAccount, Venue
from checkout.models import Booking, Order, Payment
from checkout.views_till import return_url
from shop import clock
from shop.providers.accounts import AccountConfig
from shop.providers.types import BookingState
from tests.checkout import world as worlds
from tests.checkout.conftest import Ada
from tests.checkout.till_world import Till
from tests.checkout.world import World

OURS = {"assembly": ("Saltmarsh Assembly Rooms", "The Tide Mill"), "stadium": ("XS2Event", "Cup Final")}
ALL = ("assembly", "stadium", "west-end", "arena")
B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741


@pytest.fixture
def four(ada: Ada, offices: dict[str, World], settings: Any, till: Till) -> Ada:
    """Ada, in a world with four box offices."""
    offices["arena"].route = "their_form"
    for name, (title, event_name) in OURS.items():
        settings.PROVIDER_ACCOUNTS = {
            **settings.PROVIDER_ACCOUNTS,
            name: AccountConfig(
                name=name, kind="fake", title=title, base_url="https://x.example.org",
                allowed_hosts=("pay.example.org",), timezone="Europe/London",
            ),
        }  # fmt: skip
        offices[name] = World(name, route="us", questions=worlds.BUYER)
        account = ProviderAccount.objects.create(name=name, kind="fake", title=title)
        venue = Venue.objects.create(
            account=account, provider_ref="v", slug=name, name=f"House of {name}", city="Town",
            timezone="Europe/London",
        )  # fmt: skip
        event = Event.objects.create(
            account=account, provider_ref="e", venue=venue, slug=f"show-{name}", name=event_name, kind="play"
        )
        ada.season[name] = Instance.objects.create(
            event=event, provider_ref="i", starts_at=clock.now() + timedelta(days=50), bookable=True
        )
    return ada


def chooses(ada: Ada, *accounts: str, **seconds: int) -> None:
    """Into the basket, of each box office; `assembly=300`: held there for so many seconds."""
    for account in accounts or ALL:
        ada.holds(account, seconds=seconds.get(account.replace("-", "_"), 600))


def reviews(ada: Ada, *accounts: str, **seconds: int) -> str:
    """The basket, filled and reviewed: what the review says."""
    chooses(ada, *accounts, **seconds)
    ada.starts()
    assert ada.fills_in().status_code == 302
    return text_of(ada.client.get(ada.url("review")))


def authorises(ada: Ada, till: Till) -> Any:
    """The first payment, from the card page: the card is good. What the way back leads to."""
    presses(ada)
    till.pay()
    return ada.client.get(return_url(to_us()))


def presses(ada: Ada) -> Any:
    return ada.client.post(ada.url("intent"), {"shown": str(to_us().amount_minor)})


def to_us() -> Payment:
    return Payment.objects.filter(route="us").latest("pk")


def part(ada: Ada, account: str) -> Booking:
    return ada.now().bookings.get(account__name=account)


def pays_there(ada: Ada, account: str, *, returns: bool = True) -> Any:
    """On the page, or in the form, of that box office."""
    office = worlds.WORLDS[account]
    office.paid(office.only_order())
    return ada.comes_back(position=part(ada, account).position) if returns else None


def leaves_out(ada: Ada, account: str) -> Any:
    return ada.client.post(ada.url("without", ada.now().token, part(ada, account).position))


def text_of(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def page(ada: Ada) -> str:
    """The page that the buyer is on after every redirect of ours."""
    return text_of(ada.sees(ada.client.get(ada.url("pay"))))


def states(ada: Ada) -> dict[str, str]:
    return dict(ada.now().bookings.values_list("account__name", "status"))


def sold() -> set[str]:
    """Which box offices sold something, by their own books."""
    done = BookingState.BOOKED
    return {
        name
        for name, office in worlds.WORLDS.items()
        if any(o["state"] == done for o in office.orders.values())
    }


def money_is_right(till: Till, *, each: int = 9000) -> None:
    """Ours was taken for what ours sold and for nothing else, and nothing is left on hold."""
    ours = sold() & set(OURS)
    assert till.taken - sum(till.given) == each * len(ours), (till.taken, till.given, ours)
    assert till.reserved == 0


def is_over(ada: Ada) -> None:
    """Nobody waits for anything: every part and every payment is decided, the basket is bought or the buyer's again."""
    order = ada.now()
    assert order.status in (O.PAID, O.FULFILLED, O.EXPIRED, O.CANCELLED, O.REFUNDED, O.PLACED), order.status
    if order.status != O.PLACED:
        assert not order.bookings.filter(status__in=(B.HELD, B.PREPARED, B.CONFIRMING, B.UNCERTAIN)).exists()
    assert not order.payments.filter(status__in=(P.BEGUN, P.AUTHORISED)).exists()
    assert order.basket.status in ("open", "converted"), order.basket.status
