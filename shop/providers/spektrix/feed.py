"""A venue that is read from the v2 feed, as the shop sees it: a kind of account of its own, `spektrix-feed`.

It has other hosts, another key and fewer abilities than an account on v3, so it is no switch of one: nothing is held
or booked here, buyers go to the venue's own ChooseSeats page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from shop.providers.accounts import AccountConfig
from shop.providers.base import Keep
from shop.providers.errors import Unsupported
from shop.providers.spektrix import options
from shop.providers.spektrix.feed_catalog import FeedCatalog
from shop.providers.spektrix.feed_client import FeedClient
from shop.providers.types import (
    Booking,
    Capabilities,
    Details,
    DocumentFile,
    DocumentInfo,
    Documents,
    Hold,
    Prepared,
    Question,
    Selection,
    Sign,
)  # fmt: skip


class NothingHeld:
    """Hold desk and booking desk of an account that is sold elsewhere: every verb raises Unsupported."""

    def __init__(self, account: str) -> None:
        self._account = account

    def _no(self) -> NoReturn:
        raise Unsupported("sold on the venue's own page", account=self._account)

    def hold(self, handle: str | None, selections: Sequence[Selection], keep: Keep) -> Hold:
        self._no()

    def release(self, handle: str, item_refs: Sequence[str] | None, keep: Keep) -> Hold:
        self._no()

    def read(self, handle: str) -> Hold:
        self._no()

    def questions(self, handle: str) -> tuple[Question, ...]:
        self._no()

    def prepare(self, handle: str, details: Details, keep: Keep) -> Prepared:
        self._no()

    def confirm(self, handle: str, reference: str) -> Booking:
        self._no()

    def look(self, handle: str, sign: Sign) -> Booking:
        self._no()

    def documents(self, handle: str) -> Documents:
        self._no()

    def fetch(self, handle: str, document: DocumentInfo) -> DocumentFile:
        self._no()


class SpektrixFeed:
    """See `shop.providers.base.Provider`. Raises Misconfigured without a key or certificate."""

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        known = options.read_feed(config)
        self.catalog = FeedCatalog(config, FeedClient(config, known, polite=polite), known)
        self.holds = self.bookings = NothingHeld(config.name)
        self.capabilities = Capabilities(
            payment="there",
            sold_there=True,
            provider_mails_always=True,
            system=options.system_of(config, known),
        )
