"""Spektrix as the shop sees it: one configured account, in web mode or in agent mode (`MODE`)."""

from __future__ import annotations

from shop.providers.accounts import AccountConfig
from shop.providers.spektrix import options
from shop.providers.spektrix.agent_bookings import AgentBookings
from shop.providers.spektrix.agent_client import AgentClient
from shop.providers.spektrix.agent_holds import AgentHolds
from shop.providers.spektrix.bookings import Bookings
from shop.providers.spektrix.catalog import Catalog
from shop.providers.spektrix.client import Client, OwnerClient
from shop.providers.spektrix.extras import Extras
from shop.providers.spektrix.holds import Holds
from shop.providers.spektrix.reader import Reader
from shop.providers.types import Capabilities


class Spektrix:
    """See `shop.providers.base.Provider`; `catalog` is an `ExtrasSource` too. In web mode `holds` is a `BrowserDesk`, in
    agent mode a `ServerExtrasDesk`. The catalogue asks without a signature in both: what a signed call tells is not
    for everybody.

    Raises Misconfigured where an option of the account is wrong; see `options.OPTIONS`.
    """

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        known = options.read(config)
        reader = Reader(Client(config, known, polite=polite), known, polite=polite)
        owner = OwnerClient(config, known)
        extras = Extras(reader.client, known)
        self.catalog = Catalog(config, reader, owner, extras)
        self.holds: Holds | AgentHolds
        if known.agent:
            client = AgentClient(config, known)
            self.holds = AgentHolds(reader, extras, client)
            self.bookings: Bookings = AgentBookings(known, client, self.holds, reader)
            self.capabilities = Capabilities(
                holds_at="add",
                removes="ticket",
                payment="us",
                no_clock=True,
                quotes=True,
                many_dates=True,
                extras=extras.kinds,
                codes=known.promo_codes,
                system=options.system_of(config, known),
                notes=("ticket", "order"),
            )
            return
        self.holds = Holds(reader, extras)
        self.bookings = Bookings(known, owner)
        self.capabilities = Capabilities(
            holds_at="add",
            removes="ticket",
            payment="there",
            provider_mails_always=True,
            in_browser=True,
            many_dates=True,
            extras=extras.kinds,
            codes=known.promo_codes,
            reference_label=known.reference_label,
            system=options.system_of(config, known),
            notes=("ticket", "order") if known.order_attributes else ("ticket",),
            frame_hosts=(known.host,) if known.frame else (),
            frame_name="SpektrixIFrame",  # "both id and name must be exactly that": hosted pages
        )
