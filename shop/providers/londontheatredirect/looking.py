"""How an order stands at London Theatre Direct: what the summary, the basket and the documents tell of it.

A return address that was opened proves nothing by itself, nor does a summary by itself: see
`inferred.counts_as_paid`. Nothing here changes anything there.
"""

from __future__ import annotations

from typing import Any

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import (
    BadAnswer,
    DetailsRejected,
    HoldExpired,
    HoldGone,
    PaymentClosed,
    ProviderError,
)  # fmt: skip
from shop.providers.http import ApiError
from shop.providers.londontheatredirect import held, inferred, submitted
from shop.providers.londontheatredirect.client import Client
from shop.providers.londontheatredirect.handle import Handle, Order
from shop.providers.londontheatredirect.holds import GONE, Holds
from shop.providers.types import Booking, BookingState, Sign

Json = dict[str, Any]


class Looking:
    def __init__(self, client: Client, config: AccountConfig, holds: Holds) -> None:
        self._client = client
        self._account = config.name
        self._holds = holds
        self._zone = inferred.zone_of_times(config)
        self._currency = inferred.currency_of_prices(config)

    def look(self, handle: str, sign: Sign) -> Booking:
        state = Handle.read(handle, account=self._account)
        order = Order.of(state)
        if order is None:
            return Booking(handle=handle, state=self._unsubmitted(handle))
        found = self.summary(state)
        if found is not None:
            return self.booking(state, order, found, sign)
        if order.on_account:
            return Booking(handle=handle, state=self._not_on_account(handle, state, sign))
        if sign.returned == "success":
            # they say 204 for a while after a payment
            return Booking(handle=handle, state=BookingState.PROCESSING)
        return Booking(handle=handle, state=self._unpaid(state, self._held(handle)))

    # --- the summary --------------------------------------------------------------------------------------------

    def summary(self, state: Handle) -> Json | None:
        """The submitted summary; None: they know of no submitted order."""
        try:
            return self._client.summary(state.basket)
        except ApiError as error:
            if error.status in GONE:
                return None
            raise

    def booking(self, state: Handle, order: Order, raw: Json, sign: Sign) -> Booking:
        """What a 200 of the summary is worth."""
        found = submitted.summary(raw, zone=self._zone, currency=self._currency)
        paid = self.is_paid(state, order, found, sign.returned)
        reason = ""
        if not paid:
            reason = "no_reference" if not found.reference else f"returned_{sign.returned or 'never'}"
        return Booking(
            handle=state.text(),
            state=BookingState.BOOKED if paid else BookingState.UNPROVEN,
            reference=found.reference,
            total=found.total,
            tickets=found.tickets if paid else (),
            reason=reason,
            mailed_by_provider=order.mails,
        )

    def is_paid(self, state: Handle, order: Order, found: submitted.Summary, returned: str) -> bool:
        for has_documents in (False, True):  # asked for only where they would decide
            if inferred.counts_as_paid(
                found.reference, on_account=order.on_account, returned=returned, has_documents=has_documents
            ):
                return not has_documents or self._has_documents(state)
        return False

    def _has_documents(self, state: Handle) -> bool:
        for ask in (self._client.e_tickets, self._client.print_at_home):
            try:
                if submitted.has_documents(ask(state.basket)):
                    return True
            except (ApiError, BadAnswer):
                continue
        return False

    # --- no summary ---------------------------------------------------------------------------------------------

    def _held(self, handle: str) -> tuple[bool, bool]:
        """Whether anything is held, and whether anything is listed at all."""
        try:
            hold = self._holds.read(handle)
        except HoldGone:
            return False, False
        return any(item.state == held.HELD for item in hold.items), bool(hold.items)

    def _unsubmitted(self, handle: str) -> BookingState:
        return BookingState.OPEN if self._held(handle)[0] else BookingState.LAPSED

    def _unpaid(self, state: Handle, seen: tuple[bool, bool]) -> BookingState:
        """Submitted and not booked: open while anything is held or its time is not surely over."""
        some_held, listed = seen
        until = state.last_deadline()
        if until is not None:
            surely_over = http.now() > until + inferred.GRACE
            return BookingState.LAPSED if surely_over and not some_held else BookingState.OPEN
        return BookingState.OPEN if some_held or listed else BookingState.LAPSED

    def _not_on_account(self, handle: str, state: Handle, sign: Sign) -> BookingState:
        """Not booked on account; after an answer that was lost, only when that is certain.

        Before, it is PROCESSING. A basket that still holds its seats when their own work must be over was not
        submitted; nor was one whose time is over and that has no summary.
        """
        seen = self._held(handle)
        found = self._unpaid(state, seen)
        if sign.confirming_since is None:
            return found
        if inferred.may_still_be_booking(sign.confirming_since, http.now()):
            return BookingState.PROCESSING
        certain = seen[0] or found == BookingState.LAPSED
        return found if certain else BookingState.PROCESSING

    # --- refusals -----------------------------------------------------------------------------------------------

    def refusal(self, state: Handle, error: ApiError | None) -> ProviderError:
        """Why a submit was refused, as the basket and the summary tell now."""
        if error is not None and error.status in {400, 422}:
            fields = inferred.rejected_fields(error.body)
            return DetailsRejected("the details were refused", fields=fields, account=self._account)
        if error is not None and error.status not in GONE | {409}:
            return error
        if self.summary(state) is not None:
            return PaymentClosed("there is a booking already", account=self._account)
        hold = self._holds.read(state.text())  # raises HoldGone
        if not any(item.state == held.HELD for item in hold.items):
            return HoldExpired("nothing is held", account=self._account)
        return HoldGone("they refuse to take the order", account=self._account)

    def is_held(self, state: Handle) -> bool:
        """Whether the basket still has something of its own."""
        return self._held(state.text())[0]
