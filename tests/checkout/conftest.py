"""The cast: a theatre that is paid on the box office's page, an arena that is paid in our card form, and Ada."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from baskets import current
from baskets.models import Basket, Hold, Line
from catalog.models import Event, Instance, ProviderAccount, Venue
from checkout import tasks
from checkout.models import Booking, Order
from shop import claims, clock, guards
from shop.providers.accounts import AccountConfig
from tests.checkout import world as worlds
from tests.checkout.till_rows import our_till  # noqa: F401
from tests.checkout.till_world import Till
from tests.checkout.world import Item, World

VISITOR = "ada-" + "x" * 20


@pytest.fixture(autouse=True)
def offices(settings: Any) -> Iterator[dict[str, World]]:
    """Two accounts of a kind that lives in this process."""
    worlds.WORLDS.clear()
    settings.PROVIDERS = {"fake": "tests.checkout.world.Office"}
    settings.PROVIDER_ACCOUNTS = {
        name: AccountConfig(
            name=name, kind="fake", title=title, base_url="https://x.example.org", allowed_hosts=("pay.example.org",),
            timezone=zone,
        )
        for name, title, zone in (
            ("west-end", "London Theatre Direct", "Europe/London"),
            ("arena", "Tickethead", "Europe/Vienna"),
        )
    }  # fmt: skip
    from shop.celery import app

    before = app.conf.task_always_eager  # read first: what it was is not what this test sets
    settings.CELERY_TASK_ALWAYS_EAGER = True
    settings.MINUTES_BEFORE_PAYMENT = 2
    app.conf.task_always_eager = True
    yield {
        "west-end": World("west-end", questions=worlds.LTD_LIKE),
        "arena": World("arena", route="their_form", holds_at="checkout", questions=worlds.TH_LIKE),
    }
    app.conf.task_always_eager = before


@pytest.fixture(autouse=True)
def commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a commit runs when the shop's own transactions are over: the test's is not one of them."""
    later = transaction.on_commit

    def run(do: Callable[[], Any], using: str | None = None, robust: bool = False) -> None:
        if len(connection.atomic_blocks) <= guards.baseline:
            do()
        else:
            later(do, using, robust)

    monkeypatch.setattr(transaction, "on_commit", run)


@pytest.fixture
def theatre(offices: dict[str, World]) -> World:
    return offices["west-end"]


@pytest.fixture
def arena(offices: dict[str, World]) -> World:
    return offices["arena"]


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Till:
    """Our own account with the payment company, in memory."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = "sk_test_ours", "pk_test_ours"
    return Till().install(monkeypatch)


@pytest.fixture
def paid_to_us(theatre: World, arena: World, till: Till) -> None:
    """Both box offices leave the money to our own till."""
    theatre.route = arena.route = "us"


@pytest.fixture
def season(db: None) -> dict[str, Instance]:
    """One date at each account."""
    found = {}
    for name, venue, title, zone in (
        ("west-end", "Garrick Theatre", "Hamlet", "Europe/London"),
        ("arena", "Stadthalle", "Night Concert", "Europe/Vienna"),
    ):
        account = ProviderAccount.objects.create(
            name=name, kind="fake", title={"west-end": "London Theatre Direct"}.get(name, "Tickethead")
        )
        place = Venue.objects.create(
            account=account, provider_ref="v", slug=name, name=venue, city="Town", timezone=zone
        )
        event = Event.objects.create(
            account=account, provider_ref="e", venue=place, slug=f"show-{name}", name=title, kind="play"
        )
        found[name] = Instance.objects.create(
            event=event, provider_ref="i", starts_at=clock.now() + timedelta(days=40), bookable=True
        )
    return found


class Ada:
    """A buyer with a browser that keeps cookies and follows redirects one at a time."""

    def __init__(self, client: Client, season: dict[str, Instance]) -> None:
        self.client, self.season, self.order = client, season, None
        self.basket: Basket | None = None
        cookie = client.cookies
        from django.conf import settings
        from django.core.signing import get_cookie_signer

        cookie[settings.BASKET_COOKIE] = get_cookie_signer(salt=settings.BASKET_COOKIE + current.SALT).sign(
            VISITOR
        )

    # --- choosing

    def holds(
        self,
        account: str = "west-end",
        *,
        minor: int = 9000,
        tickets: int = 2,
        seconds: int = 600,
        currency: str = "GBP",
    ) -> Hold:
        """Something is in the basket, at the office and in our rows."""
        office, now = worlds.WORLDS[account], clock.now()
        office.currency = currency
        if self.basket is None:
            self.basket = Basket.objects.create(
                visitor=VISITOR, currency=currency, created_at=now, touched_at=now
            )
        instance = self.season[account]
        number = Hold.objects.count() + 1
        handle = f"basket-{account}-{number}"
        wish = office.holds_at == "checkout"
        ends = None if wish else now + timedelta(seconds=seconds)
        item = Item(
            f"item-{number}",
            "i",
            minor,
            tickets,
            "wish" if wish else "held",
            ends,
            instance.starts_at,
            instance.event.name,
        )
        office.items[handle] = [item]
        hold = Hold.objects.create(
            basket=self.basket, account=instance.event.account, scope=str(number) if wish else "", generation=number, handle=handle,
            firm=not wish, expires_at=ends,
        )  # fmt: skip
        Line.objects.create(
            hold=hold, item_ref=item.ref, instance=instance, venue=instance.event.venue, state=item.state,
            event_name=item.name, venue_name=instance.event.venue.name, timezone=instance.event.venue.timezone,
            starts_at=instance.starts_at, area="Stalls", quantity=tickets, currency=currency, price_minor=minor,
            tickets=[{"ref": f"{item.ref}-{n}", "row": "F", "number": str(12 + n), "price": minor // tickets} for n in range(tickets)],
            selection={"instance_ref": "i", "offer_key": "adult", "quantity": tickets}, expires_at=ends, added_at=now,
        )  # fmt: skip
        return hold

    # --- pages

    def url(self, name: str, *args: Any) -> str:
        return reverse(f"checkout:{name}", args=args or [self.now().token])

    def now(self) -> Order:
        self.order = Order.objects.latest("pk")
        return self.order

    def booking(self, position: int = 1) -> Booking:
        return self.now().bookings.get(position=position)

    def starts(self) -> Any:
        answer = self.client.get(reverse("checkout:start"))
        self.client.get(answer.url)
        return answer

    def answers(self, **more: str) -> dict[str, str]:
        data = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}
        for booking in self.now().bookings.select_related("account"):
            asked = {q.name for q in worlds.WORLDS[booking.account.name].questions}
            if "delivery" in asked:
                data[f"part-{booking.pk}-delivery"] = "91"
            if "format" in asked:
                data[f"part-{booking.pk}-format"] = "pdf"
        return data | more

    def fills_in(self, **more: str) -> Any:
        return self.client.post(self.url("details"), self.answers(**more))

    def sees(self, answer: Any) -> Any:
        """The page that an answer leads to, through every redirect of ours."""
        while answer.status_code in (301, 302, 303) and answer.url.startswith("/"):
            answer = self.client.get(answer.url)
        return answer

    def agrees(self, agreed: int | None = None, **more: str) -> dict[str, str]:
        order = self.now()
        data = {"agreed": str(order.total_minor if agreed is None else agreed), "terms": "on"}
        data |= {f"seller-{b.pk}": "on" for b in order.bookings.all()}
        return data | more

    def pays(self, agreed: int | None = None, **more: str) -> Any:
        return self.client.post(self.url("pay"), self.agrees(agreed, **more))

    def goes_to_payment(self) -> Any:
        """The whole road up to the payment page."""
        self.starts()
        answer = self.fills_in()
        assert answer.status_code == 302, (answer.context["form"].errors, answer.wsgi_request.POST)
        return self.pays()

    def comes_back(self, outcome: str = "success", position: int = 1, client: Client | None = None) -> Any:
        token = self.booking(position).return_token
        return (client or self.client).get(reverse("checkout:returned", args=[token, outcome]))

    def buys(self, account: str = "west-end") -> Order:
        office = worlds.WORLDS[account]
        self.goes_to_payment()
        for handle in office.orders:
            office.paid(handle)
        self.comes_back()
        return self.now()


@pytest.fixture
def ada(client: Client, season: dict[str, Instance], monkeypatch: pytest.MonkeyPatch) -> Ada:
    mail.outbox.clear()
    return Ada(client, season)


@pytest.fixture
def sweep(db: None, move_clock: Callable[[Any], None]) -> Callable[..., None]:
    """Time passes in steps, and the sweep of each step does its work; nothing else is called. What the shop forgets, it
    has forgotten just now."""
    claims.take("checkout:daily", seconds=6 * 3600)

    def run(span: timedelta | None = None, *, step: timedelta = timedelta(seconds=15)) -> None:
        passed, whole = timedelta(0), span or timedelta(0)
        while True:
            tasks.sweep.delay()
            if passed >= whole:
                return
            move_clock(step)
            passed += step

    return run


def at(value: Any) -> datetime:
    assert isinstance(value, datetime)
    return value
