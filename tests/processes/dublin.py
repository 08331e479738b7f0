"""A house in Dublin that agents sell for euros: the account's variables, the way to its tickets, its box office's books."""

from __future__ import annotations

from typing import Any

from tests.buyer import Buyer
from tests.stack import Stack

VARIABLES = {
    "ACCOUNT_DUBLIN_KIND": "spektrix",
    "ACCOUNT_DUBLIN_TITLE": "Thornfield Playhouse",
    "ACCOUNT_DUBLIN_CLIENT_NAME": "thornfield",
    "ACCOUNT_DUBLIN_MODE": "agent",
    "ACCOUNT_DUBLIN_OWN_SEATS": "yes",
    "ACCOUNT_DUBLIN_TIMEZONE": "Europe/Dublin",
    "ACCOUNT_DUBLIN_CURRENCY": "EUR",
    "ACCOUNT_DUBLIN_API_USER": "foyer-agent",
    "ACCOUNT_DUBLIN_SECRET": "dGhvcm5maWVsZC1hZ2VudC1zZWNyZXQtMDAwMQ==",  # the imitated agent's play secret
    "ACCOUNT_DUBLIN_RATE_PER_SECOND": "50",
}


def add_to(stack: Stack) -> Stack:
    """What depends on the ports of this run; `VARIABLES` are in its environment already."""
    domain = f"tickets.foyer.localhost:{stack.standin_port}"
    stack.env["ACCOUNT_DUBLIN_BASE_URL"] = f"{stack.standin_origin}/spektrix"
    stack.env["ACCOUNT_DUBLIN_CUSTOM_DOMAIN"] = f"http://{domain}/spektrix"
    stack.env["ACCOUNT_DUBLIN_ALLOWED_HOSTS"] = (
        f"127.0.0.1:{stack.standin_port},localhost:{stack.standin_port}"
    )
    return stack


def two_tickets(buyer: Buyer) -> None:
    buyer.choose_event("Loft Stories")
    buyer.pick()
    number = buyer.form("/basket/add/").select_one("input[type=number]")
    assert number is not None
    buyer.submit("/basket/add/", **{str(number["name"]): "2"})


def orders(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.standin.get("books")["spektrix"]["orders"]
    return found
