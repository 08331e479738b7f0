"""Who a basket call is for: the visitor of a session (``/basket``) or a signed caller (``/baskets/{id}``)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shop.standin.spektrix_baskets import Contents
from shop.standin.spektrix_season import Tenant
from shop.standin.spektrix_sessions import Session

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix


@dataclass
class Caller:
    """``mode`` is web, owner or agent; ``session`` is None and ``number`` set for a signed one."""

    world: Spektrix
    tenant: Tenant
    mode: str = "web"
    login: str = ""
    session: Session | None = None
    number: int | None = None

    def find(self, connection: sqlite3.Connection) -> sqlite3.Row | None:
        """The basket if there is one; a signed caller's must be there. Raises 404."""
        baskets = self.world.baskets
        if self.session is None:
            return baskets.signed(connection, self.tenant, self.number, self.mode, self.login)
        return baskets.of_session(connection, self.tenant, self.session)

    def need(self, connection: sqlite3.Connection) -> sqlite3.Row:
        """The basket, made when a visitor has none."""
        if self.session is None:
            return self.world.baskets.signed(connection, self.tenant, self.number, self.mode, self.login)
        return self.world.baskets.needed(connection, self.tenant, self.session)

    def contents(self, connection: sqlite3.Connection) -> Contents | None:
        row = self.find(connection)
        return self.world.baskets.contents(connection, self.tenant, row) if row is not None else None

    @property
    def basket_id(self) -> int:
        return (self.session.basket_id if self.session else self.number) or 0
