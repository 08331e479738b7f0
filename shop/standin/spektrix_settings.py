"""What can be turned at the imitated Spektrix: what a venue sets in Website Admin, and what the documents leave open.

Kept in the state; each is a text or a whole number.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from shop.standin.turned import Turned
from shop.standin.wsgi import Env

SCHEMA = "CREATE TABLE IF NOT EXISTS spk_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
DEFAULTS: dict[str, Any] = {
    # Minutes after the last change until a basket gives its stock back; the venue's choice, not documented.
    "basket_minutes": 20,
    # Origins that may read answers with the visitor's cookie: the domains of Website Admin, as patterns.
    "origins": "http://127.0.0.1:* http://localhost:* http://*.localhost:* https://*.localhost:*",
    # Whether an amount in a price list has the commission in it (1) or not (0); not documented.
    "commission_included": 1,
    # Whether events opted into the onsale queue have one now; polls until one is let in.
    "onsale": 0,
    "queue_polls": 2,
    # The rule of the bot guard: a POST from a library's default User-Agent gets a page of HTML with 403.
    "bot_rule": 1,
    # How far the Date of a signed call may be off, in minutes; not documented.
    "date_minutes": 15,
    # Days before its end in which a membership can be renewed.
    "renewal_days": 60,
    # Whether the hosted checkout asks for order attributes itself, which overrides those set by the API.
    "checkout_attributes": 0,
    # Whether a signed order names the basket it came from; not documented.
    "order_names_basket": 0,
    # Where Basket2 leads to (a page of the site); empty: the hosted checkout itself.
    "checkout_url": "",
    # Where the confirmation's link back leads to; empty: no link.
    "return_url": "",
    # 1: nothing is sent by post any more, from now on, also in baskets that exist.
    "post_off": 0,
    # Minor units that every way by post costs more from now on, also in baskets that exist.
    "post_more": 0,
    # 1: an agent's basket is not confirmed before its tickets and its merchandise have a delivery; not documented.
    "delivery_required": 1,
    # 1: an agent may look up and make customers, as a System Owner may; 0: 403, as the agents' guide has it.
    "agent_customers": 1,
    # Rows on a page of the signed orders call.
    "orders_page": 10,
    # 1: the feed of version 2 is also given without TLS and certificate, by its key alone.
    "feed_without_certificate": 0,
}


class Settings(Turned):
    def __init__(self, env: Env) -> None:
        super().__init__(env, "spk_settings", DEFAULTS)

    def allows(self, origin: str) -> bool:
        return any(fnmatchcase(origin, pattern) for pattern in str(self["origins"]).split())
