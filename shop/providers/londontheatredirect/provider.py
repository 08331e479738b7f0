"""London Theatre Direct as the shop sees it: one configured account."""

from __future__ import annotations

from shop.providers.accounts import AccountConfig
from shop.providers.londontheatredirect import inferred
from shop.providers.londontheatredirect.bookings import THERE, Bookings
from shop.providers.londontheatredirect.catalog import Catalog
from shop.providers.londontheatredirect.client import Client
from shop.providers.londontheatredirect.holds import Holds
from shop.providers.londontheatredirect.on_account import is_set
from shop.providers.types import Capabilities


class LondonTheatreDirect:
    """Raises Misconfigured without a key or for an unknown `payment_route`: "" is their payment page, "account" our
    till, which their page can take the place of."""

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        ours = is_set(config)
        client = Client(config, polite=polite)
        self.catalog = Catalog(client, config)
        self.holds = Holds(client, config)
        self.bookings = Bookings(client, config, self.holds)
        self.capabilities = Capabilities(
            holds_at="add",
            removes="item",
            can_extend=False,
            hold_minutes=inferred.HOLD_MINUTES,
            payment="us" if ours else THERE,
            other_payment=THERE if ours else "",
            documents=("pdf", "apple", "google"),
        )
