"""Tickethead as the shop sees it: one account, its catalogue, its wishes and its orders."""

from __future__ import annotations

from dataclasses import replace

from shop.providers.accounts import AccountConfig
from shop.providers.tickethead import options
from shop.providers.tickethead.bookings import Bookings
from shop.providers.tickethead.catalog import Catalog
from shop.providers.tickethead.chart_desk import ChartedHolds
from shop.providers.tickethead.client import Client
from shop.providers.tickethead.holds import Holds
from shop.providers.tickethead.reader import Reader
from shop.providers.tickethead.seatsio import Seatsio
from shop.providers.types import Capabilities


class Tickethead:
    """See `shop.providers.base.Provider`. Options of an account: `global_url`, the host of account and venue;
    `payment_path`, `payment` (as in the Orders page) or `stripe`; `seatsio_url`, with the key `seatsio_secret`: where
    the seats of events with a seating chart are held; `seatsio_chart`, the address of the official chart's script, and
    `seatsio_workspace`: choosing on it, too. Such seats are held when they are chosen, whatever `holds_at`
    says of the rest, and given back one by one."""

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
        seating = options.usable(config)
        seatsio = Seatsio(config, seating, polite=polite) if seating else None
        if seatsio is not None:
            self.capabilities = replace(self.capabilities, removes="ticket", holds_seats=True)
        self.catalog = Catalog(reader, seatsio)
        shown = options.usable_chart(config)
        if seatsio is not None and shown is not None:
            self.capabilities = replace(self.capabilities, chart=True)
            self.holds: Holds = ChartedHolds(self.catalog, seatsio, shown)
        else:
            self.holds = Holds(reader, seatsio)
        self.bookings = Bookings(reader, self.holds)
