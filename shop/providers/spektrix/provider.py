"""Spektrix as the shop sees it: one configured account in web mode."""

from __future__ import annotations

from shop.providers.accounts import AccountConfig
from shop.providers.spektrix import options
from shop.providers.spektrix.catalog import Catalog
from shop.providers.spektrix.client import Client, OwnerClient
from shop.providers.spektrix.reader import Reader


class Spektrix:
    """See `shop.providers.base.Provider`. Raises Misconfigured where an option of the account is wrong."""

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        known = options.read(config)
        reader = Reader(Client(config, known, polite=polite), known)
        owner = OwnerClient(config, known)
        self.catalog = Catalog(config, reader, owner)
