"""What the visitor's browser has to ask: each call of "Adding Items to the Basket" as method, address and body. Pure.

The browser makes basket calls only, one after another, with credentials, always at the account's custom domain. In
agent mode the same calls are made by our server, below the address of a basket of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from shop.money import Money
from shop.providers.extras import Extra
from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix.options import Options
from shop.providers.types import AskBrowser

Call = dict[str, Any]


class Asking:
    """The calls of one account."""

    def __init__(self, options: Options, *, basket: str | None = None) -> None:
        """`basket`: the address that the calls go below; else that of the visitor's own at the custom domain."""
        self._options = options
        self._basket = f"{options.browser_api}/basket" if basket is None else basket

    def _call(self, method: str, path: str, body: Any = None) -> Call:
        return {"method": method, "url": self._basket + path, "body": body}

    def request(self, handle: str, step: str, calls: Sequence[Call], *, wait: float = 0) -> AskBrowser:
        """These calls, then the whole basket: what they answered is not relied on."""
        return AskBrowser(
            handle,
            MappingProxyType(
                {
                    "step": step, "host": self._options.host, "calls": [dict(call) for call in calls],
                    "read": self._basket, "wait": wait,
                }
            ),
        )  # fmt: skip

    # --- tickets ----------------------------------------------------------------------------------------------

    def add_tickets(self, tickets: Sequence[Mapping[str, str]]) -> Call:
        """POST basket/tickets: one element a ticket, of several instances in one array.

        `seat` for a reserved seat, else `seatingPlan` (a plan, or an area of it); both together are refused.
        """
        return self._call("POST", "/tickets", [dict(one) for one in tickets])

    def add_best(self, instance: str, quantity: int, *, area: str, band: str, kind: str) -> Call:
        """POST basket/tickets/best-available: "Best Available"."""
        body = inferred.best_available_body(instance, quantity, area, band, kind)
        return self._call("POST", "/tickets/best-available", body)

    def change_type(self, tickets: Sequence[str], kind: str) -> Call:
        """PATCH basket/tickets?ticketIds= with another ticket type."""
        return self._call("PATCH", f"/tickets?ticketIds={_ids(tickets)}", {"type": kind})

    def remove_tickets(self, tickets: Sequence[str]) -> Call:
        """DELETE basket/tickets?ticketIds=a,b: "Removing Items"; no body."""
        return self._call("DELETE", f"/tickets?ticketIds={_ids(tickets)}")

    def remove_extras(self, kind: str, refs: Sequence[str]) -> Call:
        """The same for another kind of thing."""
        path, ids, _field, _what = inferred.KINDS[kind]
        return self._call("DELETE", f"/{path}?{ids}={_ids(refs)}")

    def clear(self) -> Call:
        """POST basket/clear: "Clearing the Basket"; an empty body."""
        return self._call("POST", "/clear", {})

    # --- beside tickets ---------------------------------------------------------------------------------------

    def take(self, kind: str, extras: Sequence[Extra]) -> Call:
        """One POST for all extras of one kind: "Other Items"."""
        bodies: list[Any] = []
        for one in extras:
            if kind == "donation":
                bodies.append({"fundId": one.ref, "amount": number(one.amount)})
            elif kind == "merchandise":  # one element for each unit
                unit = {"stockItem": one.ref, **({"reference": one.reference} if one.reference else {})}
                bodies += [dict(unit) for _ in range(one.quantity)]
            elif kind == "membership":
                bodies.append(inferred.membership_body(one.ref, one.auto_renew))
            elif kind == "subscription":
                bodies.append({"pricingSetId": one.ref, "quantity": one.quantity})
            else:
                bodies.append(inferred.gift_voucher_body(number(one.amount), dict(one.answers)))
        return self._call("POST", f"/{inferred.KINDS[kind][0]}", bodies)

    # --- attributes, codes, queue -------------------------------------------------------------------------------

    def note_on_tickets(self, tickets: Sequence[str], notes: Mapping[str, str | bool]) -> list[Call]:
        """PATCH basket/tickets/{id} for each ticket, PATCH basket/tickets for all: "Ticket Attributes"."""
        body = {inferred.written_label(label): value for label, value in notes.items()}
        one = body if inferred.patch_is_one_object() else [body]
        if not tickets:
            return [self._call("PATCH", "/tickets", body)]
        return [self._call("PATCH", f"/tickets/{quote(ref, safe='')}", one) for ref in tickets]

    def note_on_order(self, notes: Mapping[str, str | bool]) -> Call:
        """PATCH basket: "Order Attributes"; not on an empty basket."""
        return self._call(
            "PATCH", "", {inferred.written_label(label): value for label, value in notes.items()}
        )

    def use_code(self, code: str) -> Call:
        """PATCH basket with `promoCode`."""
        return self._call("PATCH", "", {"promoCode": code})

    def join_queue(self, instance: str) -> Call:
        """POST basket/queue/{eventInstanceId}."""
        return self._call("POST", f"/queue/{quote(instance, safe='')}")


def _ids(refs: Sequence[str]) -> str:
    return ",".join(quote(ref, safe="") for ref in refs)


def number(amount: Money | None) -> int | float:
    """A sum as a JSON number in major units; two places survive the way through a double."""
    found = amount.as_decimal() if amount is not None else 0
    return int(found) if found == int(found) else float(found)
