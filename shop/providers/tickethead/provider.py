"""Tickethead as the shop sees it: one account, its catalogue, its wishes and its orders."""

from __future__ import annotations

from shop.providers.accounts import AccountConfig
from shop.providers.tickethead.bookings import Bookings
from shop.providers.tickethead.catalog import Catalog
from shop.providers.tickethead.client import Client
from shop.providers.tickethead.holds import Holds
from shop.providers.tickethead.reader import Reader
from shop.providers.types import Capabilities


class Tickethead:
    """See `shop.providers.base.Provider`. Options of an account: `global_url`, the host of account and venue;
    `payment_path`, `payment` (as in the Orders page) or `stripe`."""

    capabilities = Capabilities(
        holds_at="checkout",
        one_event_per_hold=True,
        removes="item",
        payment="their_form",
        documents=("pdf", "pkpass"),
        provider_mails_always=True,
    )

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        reader = Reader(config, Client(config, polite=polite))
        self.catalog = Catalog(reader)
        self.holds = Holds(reader)
        self.bookings = Bookings(reader, self.holds)
