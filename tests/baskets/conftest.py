"""Two accounts: "west" holds named seats at once, in pounds; "arena" keeps wishes until payment, in euros."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from baskets.models import Basket, Hold, Line
from catalog.models import Event, Instance, ProviderAccount, Venue
from shop import clock
from shop.money import Money
from shop.providers.accounts import AccountConfig
from shop.providers.types import Offer, Selection
from tests.baskets import box_office, houses
from tests.baskets.box_office import Office
from tests.baskets.cookie_office import CookieOffice
from tests.providers import spektrix_wire as sx


@pytest.fixture
def office(settings: Any) -> Office:
    settings.PROVIDERS = {"fake": "tests.baskets.box_office.Provider"}
    settings.PROVIDER_ACCOUNTS = {
        "west": AccountConfig("west", "fake", "West Box Office", "http://box.test", currency="GBP"),
        "east": AccountConfig("east", "fake", "East Box Office", "http://box.test", currency="GBP"),
        "arena": AccountConfig(
            "arena", "fake", "Arena", "http://box.test", currency="EUR", timezone="Europe/Vienna",
            options={"mode": "wishes"},
        ),
    }  # fmt: skip
    found = box_office.fresh()
    found.offers.append(
        Offer(
            "adult", Money(2500, "EUR"), area="Floor", ticket_type="Adult", maximum=6, fee=Money(250, "EUR")
        )
    )
    return found


def _date(account: str, name: str, zone: str, currency: str, days: int = 20) -> Instance:
    row, _ = ProviderAccount.objects.get_or_create(
        name=account, defaults={"kind": "fake", "title": account.title()}
    )
    venue, _ = Venue.objects.get_or_create(
        slug=f"{account}-house",
        defaults={"name": f"{account.title()} House", "timezone": zone, "account": row},
    )
    event, _ = Event.objects.get_or_create(
        account=row, provider_ref=f"e-{name}",
        defaults={"venue": venue, "slug": name.lower().replace(" ", "-"), "name": name, "kind": "play", "currency": currency},
    )  # fmt: skip
    starts = (clock.now() + timedelta(days=days)).replace(hour=18, minute=30, second=0, microsecond=0)
    return Instance.objects.create(
        event=event,
        provider_ref=f"i-{name}-{days}",
        starts_at=starts,
        currency=currency,
        seats_left=20,
        longest_run=8,
    )


@pytest.fixture
def hamlet(db: None, office: Office) -> Instance:
    return _date("west", "Hamlet", "Europe/London", "GBP")


@pytest.fixture
def studio(hamlet: Instance, office: Office) -> Instance:
    """Sixty seats, five of them sold."""
    houses.studio(office)
    office.sold.update({"SA8", "SB10", "SC5", "SD7", "SE9"})
    return hamlet


@pytest.fixture
def opera(hamlet: Instance, office: Office) -> Instance:
    """1,500 seats, a third of them sold."""
    houses.big(office)
    return hamlet


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    """The address of a server for the browser."""
    settings.DEBUG = False
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return str(live_server.url)


@pytest.fixture
def macbeth(db: None, office: Office) -> Instance:
    return _date("west", "Macbeth", "Europe/London", "GBP", days=30)


@pytest.fixture
def night(db: None, office: Office) -> Instance:
    return _date("arena", "Night of Lanterns", "Europe/Vienna", "EUR")


@pytest.fixture
def date(db: None, office: Office) -> Callable[..., Instance]:
    return _date


@pytest.fixture
def basket(hamlet: Instance) -> Basket:
    now = clock.now()
    return Basket.objects.create(visitor="ada", currency="GBP", created_at=now, touched_at=now)


def seats(instance: Instance, *refs: str) -> list[Selection]:
    return [Selection(instance.provider_ref, seat_refs=refs)]


class Ada:
    """A visitor without scripts, on the pages themselves."""

    def __init__(self) -> None:
        self.client = Client()
        self.status = 0
        self.page = BeautifulSoup("", "html.parser")
        self.response: Any = None

    def _take(self, response: Any) -> BeautifulSoup:
        self.response = response
        self.status = response.status_code
        self.page = BeautifulSoup(response.content, "html.parser")
        return self.page

    def get(self, address: str, **more: Any) -> BeautifulSoup:
        return self._take(self.client.get(address, follow=True, **more))

    def post(self, address: str, data: Any = None, **more: Any) -> BeautifulSoup:
        return self._take(self.client.post(address, data or {}, follow=True, **more))

    def pick(self, instance: Instance, **query: Any) -> BeautifulSoup:
        return self.get(reverse("baskets:pick", args=[instance.pk]), data=query)

    def fields(self) -> dict[str, Any]:
        """What the pick form would send as it stands."""
        form = self.page.select_one("#pick")
        assert form is not None, self.text
        found: dict[str, Any] = {}
        for one in form.select("input[name]"):
            if one.get("type") == "checkbox" and not one.has_attr("checked"):
                continue
            found.setdefault(str(one["name"]), []).append(
                str(one.get("value", "on" if one.get("type") in ("checkbox", "radio") else ""))
            )
        for one in form.select("select[name]"):
            option = one.select_one("option[selected]") or one.select_one("option")
            found[str(one["name"])] = [str(option["value"])] if option else [""]
        return found

    def press(self, instance: Instance, **values: Any) -> BeautifulSoup:
        """Send the pick form with these values."""
        fields = {**self.fields(), **{k.replace("__", "-"): v for k, v in values.items()}}
        return self.post(reverse("baskets:add", args=[instance.pk]), fields)

    def hold(self, instance: Instance, *refs: str) -> BeautifulSoup:
        self.pick(instance)
        return self.press(instance, door="seats", seat=list(refs))

    def basket(self) -> BeautifulSoup:
        return self.get(reverse("baskets:detail"))

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", self.page.get_text(" "))


@pytest.fixture
def ada(db: None) -> Ada:
    return Ada()


@pytest.fixture
def lantern(settings: Any) -> Iterator[CookieOffice]:
    """A box office whose basket is the visitor's own cookie."""
    found = CookieOffice()
    settings.PROVIDER_ACCOUNTS = {"lantern": found.account()}
    yield found
    found.close()


@pytest.fixture
def play(lantern: CookieOffice, request: pytest.FixtureRequest) -> Instance:
    """A date of it without numbered seats."""
    if not request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
    return lantern.puts_on(sx.STALLS_ONLY, sx.HALL)


@pytest.fixture
def vi(db: None) -> Any:
    from tests.baskets.cookie_visitor import Visitor

    return Visitor()


@pytest.fixture
def bob(db: None) -> Ada:
    return Ada()


def lines() -> list[tuple[str, str]]:
    """State and seats of every line that a buyer sees."""
    return [
        (line.state, ",".join(t["ref"] for t in line.tickets))
        for line in Line.objects.exclude(state=Line.State.RELEASING)
    ]


def only_hold() -> Hold:
    return Hold.objects.get()
