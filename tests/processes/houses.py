"""A house with so many free seats, made at the stand-in by an agency that buys the rest over the same API."""

from __future__ import annotations

from typing import Any

import requests

from tests.stack import Stack


def call(stack: Stack, method: str, path: str, body: Any = None) -> Any:
    """One call of London Theatre Direct's API, as anybody with a key may make it."""
    answer = requests.request(
        method, f"{stack.standin_origin}/ltd/rest/v2{path}", json=body,
        headers={"Api-Key": "second-ltd-key", "Content-Type": "application/json"}, timeout=30,
    )  # fmt: skip
    answer.raise_for_status()
    return answer.json()


def free_tickets(stack: Stack, performance: int) -> list[int]:
    found = call(stack, "GET", f"/Performances/{performance}/AvailableTickets?requiredTicketsCount=1")
    return [ticket["TicketId"] for area in found["TicketAreas"] for ticket in area["Tickets"]]


def buy(stack: Stack, tickets: list[int]) -> None:
    basket = call(stack, "POST", "/Baskets", {})["BasketId"]
    for start in range(0, len(tickets), 10):
        call(stack, "POST", f"/Baskets/{basket}/Tickets", {"Tickets": tickets[start : start + 10]})
    call(stack, "POST", f"/Baskets/{basket}/SubmitOrder", {
        "Email": "agency@example.org", "Name": "Agency", "LastName": "Agency", "DeliveryType": 1,
        "SuccessReturnUrl": "https://agency.example.org/yes", "FailureReturnUrl": "https://agency.example.org/no",
    })  # fmt: skip
    stack.standin.post(f"ltd/baskets/{basket}/pay")


def house_with(stack: Stack, seats: int) -> tuple[int, int]:
    """The performance at the provider and the instance in the shop of a house with exactly so many free seats."""
    rows = stack.sql(
        "SELECT i.id, i.provider_ref FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id"
        " JOIN catalog_provideraccount a ON a.id = e.account_id"
        " WHERE a.kind = 'londontheatredirect' AND i.seats_left > ? AND i.gone_at IS NULL ORDER BY i.starts_at, i.id",
        seats + 20,
    )
    for instance, performance in rows[40:]:
        stack.standin.post(f"ltd/performances/{performance}", {"empty_house": True, "single_seat": False})
        tickets = free_tickets(stack, performance)
        if len(tickets) > seats:
            buy(stack, tickets[: len(tickets) - seats])
            assert len(free_tickets(stack, performance)) == seats
            return int(performance), int(instance)
    raise AssertionError("no house of that size in the programme")
