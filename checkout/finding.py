""" "Find my booking", which never says whether an address is known."""

from __future__ import annotations

from checkout import emails
from checkout.models import Mail
from shop import knocks
from shop.knocks import HOUR, Limit

PER_ADDRESS = Limit("find-address", 3, HOUR)


def find(*, email: str) -> Mail | None:
    """Queue a mail with links to the orders of an address, if there are any and it was not asked for too often.

    The caller answers the same whatever comes of it: that an address is limited would tell that somebody looks for it.
    """
    address = email.strip().lower()
    wait = knocks.knock((PER_ADDRESS, address))
    orders = emails.orders_of(address)
    if wait or not orders:
        return None
    return emails.queue(orders[0], "found", again=True)
