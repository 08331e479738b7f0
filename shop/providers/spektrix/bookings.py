"""From a basket to an order, in web mode: Spektrix's own checkout takes details and money, our server can only ask.

What became of it is known from the signed orders, where the account has owner credentials. Without them nobody can
be asked: then what the visitor's browser saw is all there is, and it is called unproven.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from shop.providers import http
from shop.providers.base import Keep
from shop.providers.errors import BadAnswer, HoldExpired, Unsupported
from shop.providers.http import ApiError
from shop.providers.spektrix import held, hosted, reading
from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix.client import OwnerClient
from shop.providers.spektrix.handle import Handle
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.reading import Json
from shop.providers.types import (
    Arrives,
    Booking,
    BookingState,
    Details,
    DocumentFile,
    DocumentInfo,
    Documents,
    HeldTicket,
    PayThere,
    Prepared,
    Question,
    Sign,
)  # fmt: skip

CANNOT_BE_ASKED = "cannot_be_asked"


class Bookings:
    """See `shop.providers.base.BookingDesk`."""

    def __init__(self, options: Options, owner: OwnerClient) -> None:
        self._options = options
        self._owner = owner
        self._account = options.account

    def _state(self, handle: str) -> Handle:
        return Handle.read(handle, account=self._account)

    def questions(self, handle: str) -> tuple[Question, ...]:
        """None: the hosted checkout asks whatever the venue wants to know."""
        self._state(handle)
        return ()

    def prepare(self, handle: str, details: Details, keep: Keep) -> Prepared:
        """Hand over: the address of the hosted checkout. Their return addresses are set by the venue, not by us.

        May be repeated: the visitor's basket is where it was. Raises HoldExpired for an empty one.
        """
        state = self._state(handle)
        state.gone = []  # wishes that were refused are no part of what is handed over
        hold = held.hold(state, self._options)
        if not hold.extras and not any(item.state == held.HELD for item in hold.items):
            raise HoldExpired("nothing is in the basket", account=self._account)
        state.sent = {
            "at": http.now().isoformat(),
            "first": (state.sent or {}).get("first") or http.now().isoformat(),
            "reference": details.reference,
            "tickets": state.tickets,
            "things": inferred.things_of(state.basket),
            "basket": reading.optional_ref(state.basket, "id")
            or reading.optional_ref(state.basket, "basketId"),
            "minor": hold.total.minor,
        }
        hold = replace(hold, handle=state.text())
        keep(hold.handle)
        url = hosted.checkout(self._options, express=held.has_subscription(state), frame=self._options.frame)
        return Prepared(hold=hold, payment=PayThere(url=url, amount=hold.total, frame=self._options.frame))

    def confirm(self, handle: str, reference: str) -> Booking:
        raise Unsupported("the hosted checkout confirms", account=self._account)

    # --- looking ------------------------------------------------------------------------------------------------

    def look(self, handle: str, sign: Sign) -> Booking:
        """Asked of the signed orders; what a browser saw is a hint where to look, and no proof."""
        state = self._state(handle)
        if state.sent is None:
            return Booking(handle=handle, state=BookingState.OPEN)
        if not self._owner.has_credentials:
            return self._not_asked(handle, state, sign)
        order = self._order(state, sign)
        if order is not None:
            return self._booked(handle, state, order)
        if sign.returned == "success" or sign.reference:
            # they may need a moment before an order can be seen
            waiting = self._age(state) < inferred.FORGOTTEN_AFTER
            known = BookingState.PROCESSING if waiting else BookingState.UNPROVEN
            return Booking(
                handle=handle, state=known, reference=sign.reference[:40], reason="order_not_found"
            )
        return Booking(handle=handle, state=self._unpaid(state))

    def _not_asked(self, handle: str, state: Handle, sign: Sign) -> Booking:
        seen = sign.returned == "success" or bool(sign.reference)
        found = BookingState.UNPROVEN if seen else self._unpaid(state)
        return Booking(handle=handle, state=found, reference=sign.reference[:40], reason=CANNOT_BE_ASKED)

    def _age(self, state: Handle, of: str = "at") -> timedelta:
        """How long ago the last hand-over was; `of` "first": the first."""
        try:
            return http.now() - datetime.fromisoformat((state.sent or {})[of])
        except (KeyError, TypeError, ValueError):
            return timedelta(0)

    def _unpaid(self, state: Handle) -> BookingState:
        """Their baskets have no deadline that is told: open for as long as one could live."""
        return BookingState.OPEN if self._age(state) < inferred.FORGOTTEN_AFTER else BookingState.LAPSED

    def _order(self, state: Handle, sign: Sign) -> Json | None:
        """The order that became of this basket: the one the confirmation page named, if it is that; else looked for
        among the orders since the hand-over."""
        sent = state.sent or {}
        if sign.reference:
            try:
                found = self._owner.order(sign.reference[:40])
            except ApiError as error:
                if error.status not in {400, 404}:
                    raise
            else:
                if self._is_ours(found, sent):
                    return found
        since = (http.now() - self._age(state, "first")).astimezone(self._options.zone).date() - timedelta(
            days=1
        )
        until = http.now().astimezone(self._options.zone).date() + timedelta(days=1)
        seen: set[str] = set()
        for page in range(1, inferred.ORDER_PAGES + 1):
            orders = list(reading.records(self._owner.orders(since, until, page)))
            fresh = [one for one in orders if inferred.order_reference(one) not in seen]
            for order in fresh:
                if self._is_ours(order, sent):
                    return order
            seen |= {inferred.order_reference(one) for one in fresh}
            if not fresh:
                return None
        return self._not_seen()

    def _not_seen(self) -> Json | None:
        """There are more orders than were looked through."""
        return None

    def _is_ours(self, order: Json, sent: Json) -> bool:
        return inferred.is_ours(
            order, sent.get("tickets") or (), str(sent.get("basket") or ""), self._options.reference_label,
            str(sent.get("reference") or ""), sent.get("things") or (),
        )  # fmt: skip

    def _booked(self, handle: str, state: Handle, order: Json) -> Booking:
        """An order exists only when it is paid: "an order is created when a basket is paid for"."""
        total = reading.soft_amount(order, "total", self._options.currency)
        refunded = inferred.order_is_refunded(order)
        return Booking(
            handle=handle,
            state=BookingState.REFUNDED if refunded else BookingState.BOOKED,
            reference=inferred.order_reference(order),
            total=total,
            tickets=self._tickets(state, order),
            mailed_by_provider=True,
        )

    def _tickets(self, state: Handle, order: Json) -> tuple[HeldTicket, ...]:
        """The order's own tickets where it lists them in the basket's shape, else none."""
        listed = {"tickets": list(reading.records(order.get("tickets")))}
        try:
            found = held.hold(Handle(basket=listed, names=state.names), self._options)
        except BadAnswer:
            return ()
        return tuple(ticket for item in found.items for ticket in item.tickets)

    # --- documents ------------------------------------------------------------------------------------------------

    def documents(self, handle: str) -> Documents:
        """The venue sends them, by the delivery that the buyer chose in its checkout."""
        count = len((self._state(handle).sent or {}).get("tickets") or ())
        return Documents(arrives=Arrives.MAIL, expected=count, ready=0, complete=True)

    def fetch(self, handle: str, document: DocumentInfo) -> DocumentFile:
        raise Unsupported("the venue sends the tickets itself", account=self._account)
