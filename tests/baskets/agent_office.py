"""A box office that our server sells for as an agent, and its dates in our catalogue. No browser of a visitor asks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import responses

from catalog.models import Event, Instance, ProviderAccount, Venue
from shop import clock
from shop.providers.accounts import AccountConfig
from shop.providers.spektrix import kept
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_agency import LOGIN, SECRET, Agency
from tests.providers.spektrix_wire import Wire, ident

FUND, PROGRAMME, FRIEND = ident(101), ident(401), ident(501)
SEATS = [one["id"] for one in sx.PLANS[sx.HOUSE]["seats"]]


class AgentOffice(Agency):
    """See `tests.providers.spektrix_agency`; `public` is its catalogue."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        super().__init__(mock)
        self.public = Wire(mock)
        self.public.says("/funds", [{"id": FUND, "name": "Roof fund", "defaultDonationAmount": 5}])
        self.public.says(
            "/stock-items", [{"id": PROGRAMME, "name": "Programme", "price": 4.5, "stockLevel": 3}]
        )
        self.public.says("/memberships", [{"id": FRIEND, "name": "Friend", "price": 35, "renewalPrice": 30}])
        self.public.says("/countries", [{"isoCode": "GB", "name": "United Kingdom"}])

    def account(self, **options: str) -> AccountConfig:
        given = {"mode": "agent", "own_seats": "yes", "promo_codes": "yes", **options}
        return sx.account(
            title="Lantern House", keys={"api_user": LOGIN, "secret": SECRET},
            **{f"option_{name}": value for name, value in given.items()},
        )  # fmt: skip

    def puts_on(
        self, ref: str, plan: str, name: str = "The Paper Lantern", days: int = 20, **more: Any
    ) -> Instance:
        """A date there, and the same in our catalogue."""
        starts = (clock.now() + timedelta(days=days)).replace(hour=19, minute=30, second=0, microsecond=0)
        local = starts.strftime("%Y-%m-%dT%H:%M:%S")
        self.public.house(
            sx.instance(
                ref, plan, start=local, startUtc=local, startSellingAtWebUtc="2020-01-01T09:00:00Z",
                startSellingAtWeb="2020-01-01T09:00:00", stopSellingAtWebUtc=f"{local}Z", stopSellingAtWeb=local, **more,
            )
        )  # fmt: skip
        self.public.says(f"/events/{sx.EVENT}", sx.event(name=name))
        self.seats()
        account, _ = ProviderAccount.objects.get_or_create(
            name="lantern", defaults={"kind": "spektrix", "title": "Lantern House"}
        )
        venue, _ = Venue.objects.get_or_create(
            slug="lantern-house",
            defaults={"name": "Lantern House", "timezone": "Europe/London", "account": account},
        )
        event, _ = Event.objects.get_or_create(
            account=account, provider_ref=sx.EVENT,
            defaults={"venue": venue, "slug": "lantern", "name": name, "kind": "play", "currency": "GBP"},
        )  # fmt: skip
        return Instance.objects.create(
            event=event, provider_ref=ref, starts_at=starts, currency="GBP", seats_left=40
        )

    def seats(self, *taken: str) -> None:
        """The list of seats, of which these are not free."""
        states = {seat: {"band": sx.BAND_A, "status": "U" if seat in taken else "A"} for seat in SEATS}
        self.public.says(f"/instances/{sx.HOUSE}/status/detail", states)
        self.stock |= dict.fromkeys(taken, 0)

    @property
    def only(self) -> dict[str, Any]:
        (found,) = self.held.values()
        return found


@contextmanager
def opened(settings: Any) -> Iterator[AgentOffice]:
    kept.forget()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        office = AgentOffice(mock)
        settings.PROVIDER_ACCOUNTS = {"lantern": office.account()}
        yield office
    kept.forget()
