"""Reads with a guest token of the shop's own, kept until it ends: the catalogue, and checks of wishes.

Orders are never made with this token: each has a guest log-in of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer, Misconfigured, NotOnSale, Unsupported
from shop.providers.http import ApiError
from shop.providers.tickethead import inferred, orders, records
from shop.providers.tickethead.client import Client, expiry
from shop.providers.tickethead.fields import Misread, mapping, text
from shop.providers.tickethead.records import EventRecord, Organizer, TicketDiscount, VenueRecord

T = TypeVar("T")
MARGIN = timedelta(minutes=1)  # a token is renewed so long before it ends


class Reader:
    """What can be read without an order. Venues and organizers are read once in the life of this object."""

    def __init__(self, config: AccountConfig, client: Client) -> None:
        self.config = config
        self.client = client
        self._token = ""
        self._until: datetime | None = None
        self._list_relations = inferred.LIST_RELATIONS
        self._organizers: dict[str, Organizer] = {}
        self._workspaces: dict[str, str] = {}
        self._venues: dict[str, VenueRecord | Misread] = {}

    def ask(self, call: Callable[[str], T]) -> T:
        """The call with a good token; a token that is refused is replaced once."""
        fresh = not self._token or (self._until is not None and self._until - MARGIN <= http.now())
        if fresh:
            self._log_in()
        try:
            return call(self._token)
        except (ApiError, Misconfigured) as error:
            if fresh or (isinstance(error, ApiError) and error.status != 401):
                raise
        self._log_in()
        return call(self._token)

    def _log_in(self) -> None:
        self._token = self.client.guest_login()
        self._until = expiry(self._token)

    def page(self, start_at: str, offset: int) -> tuple[list[Any], int | None]:
        """One page of the list, and how many events it has in all."""
        try:
            return self.ask(
                lambda token: self.client.events(
                    token, start_at=start_at, offset=offset, relations=self._list_relations
                )
            )
        except ApiError as error:
            if error.status != 400 or self._list_relations == inferred.PLAIN_LIST_RELATIONS:
                raise
            # a server that does not know one of the relations
            self._list_relations = inferred.PLAIN_LIST_RELATIONS
            return self.page(start_at, offset)

    def event(self, event_ref: str) -> EventRecord | None:
        """One event, read afresh; None where it is not known. Raises NotOnSale where it is not public."""
        try:
            try:
                data = self.ask(lambda token: self.client.event(event_ref, token))
            except ApiError as error:
                if error.status != 400:
                    raise
                # a server that does not know one of the relations
                data = self.ask(
                    lambda token: self.client.event(event_ref, token, relations=inferred.PLAIN_RELATIONS)
                )
        except ApiError as error:
            if orders.code_of(error.body) == "event_not_published" or error.status == 403:
                raise NotOnSale("the event is not published", account=self.config.name) from None
            if error.status in {400, 404}:
                return None
            raise
        try:
            return records.event(data)
        except Misread as error:
            raise BadAnswer(f"event {event_ref[:40]}: {error}", account=self.config.name) from None

    def organizer(self, organizer: str) -> Organizer:
        """Who sells. One that cannot be read is not `known`: nothing that follows from it may be relied on."""
        if organizer not in self._organizers:
            try:
                found = records.organizer(self.ask(lambda token: self.client.organizer(organizer, token)))
            except (ApiError, Misconfigured, Misread):
                found = Organizer(id=organizer, known=False)
            self._organizers[organizer] = found
        return self._organizers[organizer]

    def workspace(self, organizer: str) -> str:
        """The public key of the organizer's workspace of seating charts, "" where it does not say one."""
        if not self._workspaces.get(organizer):
            try:
                found = self.ask(
                    lambda token: self.client.organizer(organizer, token, inferred.WORKSPACE_FIELD)
                )
                self._workspaces[organizer] = text(found, "workspace_key")
            except (ApiError, Misconfigured, Misread):
                return ""
        return self._workspaces[organizer]

    def venue(self, venue: str) -> VenueRecord:
        """Raises Misread, each time, for a venue that is not there or cannot be read."""
        if venue not in self._venues:
            try:
                self._venues[venue] = records.venue(self.ask(lambda token: self.client.venue(venue, token)))
            except ApiError as error:
                self._venues[venue] = Misread(f"venue {venue}: HTTP {error.status}")
            except Misread as error:
                self._venues[venue] = Misread(f"venue {venue}: {error}")
        found = self._venues[venue]
        if isinstance(found, Misread):
            raise found
        return found

    def discount(self, event: EventRecord, code: str) -> TicketDiscount | None:
        """The discount behind a typed code. Raises Unsupported where buyers may not look codes up."""
        try:
            raw = self.ask(lambda token: self.client.discounts(event.organizer_id, event.id, code, token))
        except Misconfigured:
            raise Unsupported("codes cannot be looked up", account=self.config.name) from None
        except ApiError as error:
            if error.status in {401, 403}:
                raise Unsupported("codes cannot be looked up", account=self.config.name) from None
            if error.status in {400, 404, 422}:
                return None
            raise
        found: list[TicketDiscount] = []
        for one in raw:
            try:
                found.append(records.ticket_discount(mapping(one, "ticket_discount")))
            except Misread:
                continue  # another of the organizer's discounts; the one that was typed is not among the readable
        return inferred.discount_by_code(found, code)
