"""Addresses of Spektrix's own pages on the account's custom domain: "Hosted pages"."""

from __future__ import annotations

from urllib.parse import urlencode

from shop.providers.spektrix import reading
from shop.providers.spektrix.options import Options

# Our kind -> the page that sells it. Listed among the hosted pages; what they take as parameters is not.
SHELVES = {
    "donation": "Donations.aspx", "merchandise": "Merchandise.aspx", "membership": "Memberships.aspx",
    "subscription": "TicketSubscriptions", "gift_voucher": "GiftVouchers.aspx",
}  # fmt: skip


def shelf(options: Options, kind: str) -> str:
    """Where a kind of thing beside tickets is sold."""
    return f"{options.website}/{SHELVES[kind]}"


def choose_seats(options: Options, instance_ref: str, web_instance: str = "") -> str:
    """ChooseSeats for one date: by the number in front of its id, else by the venue's own id of it."""
    number = reading.whole_number(instance_ref)
    chosen = {"EventInstanceId": number} if number else {"WebInstanceId": web_instance or instance_ref}
    return f"{options.website}/ChooseSeats.aspx?{urlencode(chosen)}"


def basket(options: Options) -> str:
    return f"{options.website}/Basket2.aspx"


def checkout(options: Options, *, express: bool, frame: bool) -> str:
    """The hosted checkout; `express` is the only one that takes ticket subscriptions."""
    page = "secure/checkout/v2" if express else "secure/Checkout.aspx"
    return f"{options.website}/{page}" + ("?resize=true" if frame else "")
