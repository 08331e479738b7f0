"""Booking on account at London Theatre Direct: our till takes the card, they send us the bill.

"Submit Order on Account" takes the same details as "Submit Order"; they were handed over by `prepare` and wait in the
handle. It has no key that would make it safe to repeat: the summary is asked before it and after an answer that was
lost, and it is sent once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shop.money import Money
from shop.providers.accounts import AccountConfig
from shop.providers.errors import (
    BadAnswer,
    Misconfigured,
    NotUnlocked,
    OutcomeUnknown,
    PaymentClosed,
    ProviderError,
    Refused,
    Unavailable,
    Unsupported,
)  # fmt: skip
from shop.providers.http import ApiError
from shop.providers.londontheatredirect import inferred, reading
from shop.providers.londontheatredirect.client import Client
from shop.providers.londontheatredirect.handle import Handle, Order
from shop.providers.londontheatredirect.looking import Looking
from shop.providers.types import Booking, BookingState, Sign

Json = dict[str, Any]
ROUTE = "account"  # PAYMENT_ROUTE of an account that is unlocked for it
ROUTES = ("", ROUTE)


def is_set(config: AccountConfig) -> bool:
    """Whether this account books on account. Raises Misconfigured for a route that does not exist."""
    if config.payment_route not in ROUTES:
        raise Misconfigured(
            f"PAYMENT_ROUTE {config.payment_route[:20]!r} does not exist", account=config.name
        )
    return config.payment_route == ROUTE


class OnAccount:
    def __init__(self, client: Client, config: AccountConfig, looking: Looking) -> None:
        self._client = client
        self._account = config.name
        self._is_set = is_set(config)
        self._looking = looking
        self._currency = inferred.currency_of_prices(config)

    def confirm(self, handle: str, reference: str) -> Booking:
        """Have it booked, once. What is booked already is found in the summary, and nothing is sent.

        Raises NotUnlocked where the account may not do that (any more); Unavailable where nothing was sent, so that it
        may be tried again; OutcomeUnknown where the answer was lost: then `look` tells, and this is not called again.
        """
        state = Handle.read(handle, account=self._account)
        order = Order.of(state)
        if order is None or not order.on_account:
            raise Unsupported("this part is not booked on account", account=self._account)
        try:
            booked = self._booked(state, order)
        except BadAnswer as error:  # nothing was sent yet: this may be tried again
            raise Unavailable(error.detail, account=self._account) from None
        if booked is not None:
            return booked
        if order.body is None:
            raise Unsupported("the details are gone", account=self._account)
        if not self._is_set:
            raise NotUnlocked("the account does not book on account any more", account=self._account)
        return self._submit(state, order, {**order.body, "TransactionReference": reference})

    def _submit(self, state: Handle, order: Order, body: Json) -> Booking:
        refused: ApiError | Misconfigured | None = None
        answer: Json = {}
        try:
            answer = self._client.submit_order_on_account(state.basket, body)
        except OutcomeUnknown as lost:
            return self._after_a_loss(state, order, lost.detail)
        except (ApiError, Misconfigured) as error:
            refused = error
        if refused is None and answer.get("Success") is not False:
            named = reading.optional_ref(answer, "BookingReference")
            if not named:
                return self._after_a_loss(state, order, "submit_on_account: no reference")
            return self._read_back(state, order, named)
        booked = self._booked(state, order)  # a refusal of what is booked already is no refusal
        if booked is not None:
            return booked
        raise self._why(state, refused, answer)

    def _booked(self, state: Handle, order: Order) -> Booking | None:
        raw = self._looking.summary(state)
        if raw is None:
            return None
        found = self._looking.booking(state, order, raw, Sign())
        return replace(found, handle=_without_details(state)) if found.state == BookingState.BOOKED else found

    def _after_a_loss(self, state: Handle, order: Order, why: str) -> Booking:
        """They are asked once, at once. Whatever is wrong with that: it is not known, and nothing is sent again."""
        try:
            booked = self._booked(state, order)
        except ProviderError:
            booked = None
        if booked is None:
            raise OutcomeUnknown(why, account=self._account) from None
        return booked

    def _read_back(self, state: Handle, order: Order, reference: str) -> Booking:
        """Booked. Sum and seats as they have them, where they say so at once; they may need a while."""
        try:
            found = self._booked(state, order)
        except ProviderError:
            found = None
        if found is not None and found.state == BookingState.BOOKED:
            return found
        return Booking(
            handle=_without_details(state), state=BookingState.BOOKED, reference=reference,
            total=Money(order.total_minor, self._currency), mailed_by_provider=order.mails,
        )  # fmt: skip

    def _why(self, state: Handle, refused: ApiError | Misconfigured | None, answer: Json) -> ProviderError:
        status = refused.status if isinstance(refused, ApiError) else (200 if refused is None else None)
        body = refused.body if isinstance(refused, ApiError) else answer
        if inferred.is_not_unlocked(status, body, held=self._looking.is_held(state)):
            return NotUnlocked("submit_on_account is refused to this account", account=self._account)
        if isinstance(refused, Misconfigured):
            return refused
        why = self._looking.refusal(state, refused)
        if isinstance(why, PaymentClosed):  # it is seen in the summary by now: `look` reads it there
            return OutcomeUnknown(why.detail, account=self._account)
        if isinstance(why, BadAnswer):  # a 4xx of another kind: nothing was done, and that is what counts
            return Refused(why.detail, account=self._account)
        return why


def _without_details(state: Handle) -> str:
    """The handle once it is booked: who bought it has been told, and need not be kept here any longer."""
    if state.order is not None:
        state.order = {**state.order, "body": None}
    return state.text()
