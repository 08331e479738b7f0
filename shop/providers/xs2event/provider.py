"""XS2Event as the shop sees it: one configured account."""

from __future__ import annotations

from shop.providers.accounts import AccountConfig
from shop.providers.errors import Misconfigured
from shop.providers.types import Capabilities
from shop.providers.xs2event import inferred, options
from shop.providers.xs2event.bookings import Bookings
from shop.providers.xs2event.catalog import Catalog
from shop.providers.xs2event.client import Client
from shop.providers.xs2event.guest_desk import Guests
from shop.providers.xs2event.holds import Holds
from shop.providers.xs2event.orders import Orders


class XS2Event:
    """Raises Misconfigured without a key or with a wrong option (`options.OPTIONS`). Our own till takes the money."""

    capabilities = Capabilities(
        holds_at="add",
        removes="item",
        can_extend=False,
        sets_quantity=True,
        hold_minutes=inferred.HOLD_MINUTES,
        payment="us",
        documents=("pdf",),
        guest_data=True,
    )

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        try:
            known = options.read(config)
        except (KeyError, ValueError):
            raise Misconfigured("TIMEZONE is not a time zone", account=config.name) from None
        client = Client(config, polite=polite)
        found = Orders(client, config.name)
        self.catalog = Catalog(client, known, config.base_url)
        self.holds = Holds(client, known, config)
        self.guests = Guests(client, self.holds, found, config.name)
        self.bookings = Bookings(client, known, config, self.holds, self.guests, found)
