"""London Theatre Direct as the shop sees it: one configured account."""

from __future__ import annotations

from shop.providers.accounts import AccountConfig
from shop.providers.londontheatredirect import inferred
from shop.providers.londontheatredirect.bookings import ON_ACCOUNT, Bookings
from shop.providers.londontheatredirect.catalog import Catalog
from shop.providers.londontheatredirect.client import Client
from shop.providers.londontheatredirect.holds import Holds
from shop.providers.types import Capabilities


class LondonTheatreDirect:
    """Raises Misconfigured without a key. `payment_route` "" is their payment page, "on_account" is ours."""

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        client = Client(config, polite=polite)
        self.catalog = Catalog(client, config)
        self.holds = Holds(client, config)
        self.bookings = Bookings(client, config, self.holds)
        self.capabilities = Capabilities(
            holds_at="add",
            removes="item",
            can_extend=False,
            hold_minutes=inferred.HOLD_MINUTES,
            payment="us" if config.payment_route == ON_ACCOUNT else "there",
            documents=("pdf", "apple", "google"),
        )
