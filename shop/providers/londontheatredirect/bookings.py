"""From held seats to tickets at London Theatre Direct. They are the seller; on their page the card is typed.

A return address that was opened proves nothing by itself, nor does a summary by itself: see
`inferred.counts_as_paid`. No submit is repeated before the summary was asked; one on account never is.
"""

from __future__ import annotations

from typing import Any

from shop.money import Money
from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.addresses import is_allowed
from shop.providers.base import Keep
from shop.providers.errors import (
    BadAnswer,
    DetailsRejected,
    HoldExpired,
    HoldGone,
    Misconfigured,
    OutcomeUnknown,
    PaymentClosed,
    ProviderError,
    Unsupported,
)  # fmt: skip
from shop.providers.http import ApiError
from shop.providers.londontheatredirect import held, inferred, reading, submitted
from shop.providers.londontheatredirect.client import Client
from shop.providers.londontheatredirect.handle import Handle, Order
from shop.providers.londontheatredirect.holds import GONE, Holds
from shop.providers.londontheatredirect.system_lists import SystemLists
from shop.providers.types import (
    Arrives,
    Booking,
    BookingState,
    Details,
    DocumentFile,
    DocumentInfo,
    Documents,
    Hold,
    PayThere,
    PayUs,
    Prepared,
    Question,
    Sign,
)  # fmt: skip

Json = dict[str, Any]
ON_ACCOUNT = "on_account"


class Bookings:
    def __init__(self, client: Client, config: AccountConfig, holds: Holds) -> None:
        self._client = client
        self._config = config
        self._account = config.name
        self._holds = holds
        self._lists = SystemLists(client, config.base_url)
        self._zone = inferred.zone_of_times(config)
        self._currency = inferred.currency_of_prices(config)

    # --- questions ----------------------------------------------------------------------------------------------

    def questions(self, handle: str) -> tuple[Question, ...]:
        state = Handle.read(handle, account=self._account)
        hold = self._live(handle)
        ways = self._deliveries(state)
        return submitted.questions(
            ways, self._lists.countries(), self._lists.us_states(), self._offered_plan(hold)
        )

    def _live(self, handle: str) -> Hold:
        """The hold as it is now. Raises HoldExpired where nothing in it is held."""
        hold = self._holds.read(handle)
        if not any(item.state == held.HELD for item in hold.items):
            raise HoldExpired("nothing is held", account=self._account)
        return hold

    def _deliveries(self, state: Handle) -> list[submitted.Delivery]:
        try:
            raw = self._client.available_deliveries(state.basket)
        except ApiError as error:
            if error.status in GONE:
                raise HoldGone(
                    "no deliveries: the basket is empty or invalid", account=self._account
                ) from None
            raise
        ways = submitted.deliveries(raw, currency=self._currency)
        if not ways:
            raise BadAnswer("available_deliveries: none that can be offered", account=self._account)
        return ways

    def _plan(self, hold: Hold) -> Money:
        """What protection costs for all held tickets; zero: it is not offered."""
        tickets = sum(len(item.tickets) for item in hold.items if item.state == held.HELD)
        try:
            price = reading.amount(self._client.ticket_plan_price(), "Price", self._currency)
        except reading.Malformed as wrong:
            raise BadAnswer(f"ticket_plan_price: {wrong}", account=self._account) from None
        return inferred.protection_price(price or Money.zero(self._currency), tickets)

    def _offered_plan(self, hold: Hold) -> Money | None:
        """The same for asking. It is an extra: where its price cannot be had it is not offered."""
        try:
            return self._plan(hold) or None
        except Misconfigured:
            raise
        except ProviderError:
            return None

    # --- submitting ---------------------------------------------------------------------------------------------

    def prepare(self, handle: str, details: Details, keep: Keep) -> Prepared:
        state = Handle.read(handle, account=self._account)
        self._refuse_a_second_payment(state)
        hold = self._live(handle)
        ways = self._deliveries(state)
        wrong = submitted.wrong_answers(details, ways)
        if wrong:
            raise DetailsRejected("answers are missing or unknown", fields=wrong, account=self._account)
        delivery = next(way for way in ways if way.ref == details.answers["delivery"].strip())
        plan = self._plan(hold) if details.answers.get("protection") == "yes" else None
        total = inferred.grand_total([hold.total], delivery.price, plan, [], self._currency)
        body = submitted.order_body(details, delivery, protected=bool(plan))
        on_account = self._config.payment_route == ON_ACCOUNT
        state = Handle.read(hold.handle, account=self._account)
        order = Order(
            reference=details.reference, delivery=delivery.kind, mails=details.provider_mails,
            total_minor=total.minor, on_account=on_account, body=body if on_account else None,
        )  # fmt: skip
        state.order = order.data()
        hold = self._with_handle(hold, state)
        keep(hold.handle)  # before the submit: from now on somebody must look
        if on_account:
            return Prepared(hold=hold, payment=PayUs(total), pay_by=hold.expires_at)
        url = self._submit(state, order, body)
        return Prepared(hold=hold, payment=PayThere(url=url, amount=total), pay_by=hold.expires_at)

    def _refuse_a_second_payment(self, state: Handle) -> None:
        """Submitted before, perhaps in another tab: with a booking there, nobody is sent to pay again.

        Raises PaymentClosed; whether it is paid, `look` tells.
        """
        if state.order is None:
            return
        raw = self._summary(state)
        if raw is not None and reading.optional_ref(raw, "BookingReference"):
            raise PaymentClosed("there is a booking already", account=self._account)

    @staticmethod
    def _with_handle(hold: Hold, state: Handle) -> Hold:
        return Hold(
            handle=state.text(), items=hold.items, total=hold.total, expires_at=hold.expires_at, firm=hold.firm,
            verified=hold.verified,
        )  # fmt: skip

    def _submit(self, state: Handle, order: Order, body: Json) -> str:
        """Submit, and where the answer is lost ask the summary first. Nobody has been sent to pay, so a 200
        without a proof of payment leaves it safe to submit once more."""
        try:
            answer = self._submit_once(state, body)
        except OutcomeUnknown:
            raw = self._summary(state)
            found = (
                submitted.summary(raw, zone=self._zone, currency=self._currency) if raw is not None else None
            )
            if found is not None and self._is_paid(state, order, found, ""):
                raise PaymentClosed("it is booked already", account=self._account) from None
            answer = self._submit_once(state, body)
        url = answer.get("PaymentRedirectUrl")
        if not isinstance(url, str) or not is_allowed(url, self._config.allowed_hosts):
            raise BadAnswer("submit_order: no payment address on an allowed host", account=self._account)
        return url

    def _submit_once(self, state: Handle, body: Json) -> Json:
        try:
            answer = self._client.submit_order(state.basket, body)
        except ApiError as error:
            raise self._refusal(state, error) from None
        if answer.get("Success") is False:
            raise self._refusal(state, None)
        return answer

    def _refusal(self, state: Handle, error: ApiError | None) -> ProviderError:
        """Why a submit was refused, as the basket and the summary tell now."""
        if error is not None and error.status in {400, 422}:
            fields = inferred.rejected_fields(error.body)
            return DetailsRejected("the details were refused", fields=fields, account=self._account)
        if error is not None and error.status not in GONE | {409}:
            return error
        if self._summary(state) is not None:
            return PaymentClosed("there is a booking already", account=self._account)
        hold = self._holds.read(state.text())  # raises HoldGone
        if not any(item.state == held.HELD for item in hold.items):
            return HoldExpired("nothing is held", account=self._account)
        return HoldGone("they refuse to take the order", account=self._account)

    def confirm(self, handle: str, reference: str) -> Booking:
        """On account: have it booked, once. The summary is asked before, so that a second call books nothing."""
        state = Handle.read(handle, account=self._account)
        order = Order.of(state)
        if (
            self._config.payment_route != ON_ACCOUNT
            or order is None
            or not order.on_account
            or order.body is None
        ):
            raise Unsupported("this account does not book on account", account=self._account)
        booked = self._booked_on_account(state, order)
        if booked is not None:
            return booked
        refused: ApiError | None = None
        try:
            answer = self._client.submit_order_on_account(
                state.basket, {**order.body, "TransactionReference": reference}
            )
        except OutcomeUnknown as lost:
            booked = self._booked_on_account(state, order)
            if booked is None:
                raise OutcomeUnknown(lost.detail, account=self._account) from None
            return booked
        except ApiError as error:
            refused = error
        else:
            named = reading.optional_ref(answer, "BookingReference")
            if named and answer.get("Success") is not False:
                return Booking(
                    handle=handle, state=BookingState.BOOKED, reference=named,
                    total=Money(order.total_minor, self._currency), mailed_by_provider=order.mails,
                )  # fmt: skip
            if answer.get("Success") is not False:
                raise OutcomeUnknown("submit_on_account: no reference", account=self._account)
        booked = self._booked_on_account(state, order)  # a refusal of what is booked already is no refusal
        if booked is not None:
            return booked
        raise self._refusal(state, refused)

    def _booked_on_account(self, state: Handle, order: Order) -> Booking | None:
        raw = self._summary(state)
        return None if raw is None else self._booking(state, order, raw, Sign())

    # --- looking ------------------------------------------------------------------------------------------------

    def look(self, handle: str, sign: Sign) -> Booking:
        state = Handle.read(handle, account=self._account)
        order = Order.of(state)
        if order is None:
            return Booking(handle=handle, state=self._unsubmitted(handle))
        found = self._summary(state)
        if found is not None:
            return self._booking(state, order, found, sign)
        if sign.returned == "success":
            # they say 204 for a while after a payment
            return Booking(handle=handle, state=BookingState.PROCESSING)
        return Booking(handle=handle, state=self._unpaid(handle, state))

    def _summary(self, state: Handle) -> Json | None:
        try:
            return self._client.summary(state.basket)
        except ApiError as error:
            if error.status in GONE:
                return None
            raise

    def _booking(self, state: Handle, order: Order, raw: Json, sign: Sign) -> Booking:
        """What a 200 of the summary is worth."""
        found = submitted.summary(raw, zone=self._zone, currency=self._currency)
        paid = self._is_paid(state, order, found, sign.returned)
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

    def _is_paid(self, state: Handle, order: Order, found: submitted.Summary, returned: str) -> bool:
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

    def _unsubmitted(self, handle: str) -> BookingState:
        try:
            hold = self._holds.read(handle)
        except HoldGone:
            return BookingState.LAPSED
        return (
            BookingState.OPEN if any(item.state == held.HELD for item in hold.items) else BookingState.LAPSED
        )

    def _unpaid(self, handle: str, state: Handle) -> BookingState:
        """Submitted and not booked: open while anything is held or its time is not surely over."""
        try:
            hold = self._holds.read(handle)
            some_held = any(item.state == held.HELD for item in hold.items)
            listed = bool(hold.items)
        except HoldGone:
            some_held = listed = False
        until = state.last_deadline()
        if until is not None:
            surely_over = http.now() > until + inferred.GRACE
            return BookingState.LAPSED if surely_over and not some_held else BookingState.OPEN
        return BookingState.OPEN if some_held or listed else BookingState.LAPSED

    # --- documents ----------------------------------------------------------------------------------------------

    def documents(self, handle: str) -> Documents:
        state = Handle.read(handle, account=self._account)
        order = Order.of(state)
        raw = self._summary(state) if order is not None else None
        if order is None or raw is None:
            kind = order.delivery if order else ""
            return Documents(arrives=inferred.arrives(kind), expected=len(state.tickets), ready=0)
        found = submitted.summary(raw, zone=self._zone, currency=self._currency)
        kind = order.delivery or inferred.delivery_kind(found.delivery_id, "")
        expected = len(found.tickets) or len(state.tickets)
        if kind in inferred.NOTHING_TO_DOWNLOAD:
            return Documents(arrives=inferred.arrives(kind), expected=expected, ready=0, complete=True)
        seats = {ticket.ref: f"{ticket.row}{ticket.number}" for ticket in found.tickets}
        documents, asked = self._documents(state, kind, seats)
        expected = max(expected, asked)
        ready = len({document.ticket_ref for document in documents})
        waits = ready < expected and bool(found.scheduled)
        return Documents(
            arrives=Arrives.SCHEDULED if waits else inferred.arrives(kind),
            expected=expected,
            ready=ready,
            documents=tuple(documents),
            release_at=min(found.scheduled) if waits else None,
            complete=0 < expected <= ready,
        )

    def _documents(self, state: Handle, kind: str, seats: dict[str, str]) -> tuple[list[DocumentInfo], int]:
        """The call that fits the delivery first; where it has nothing, the other one."""
        hosts = self._config.allowed_hosts
        found: list[DocumentInfo] = []
        asked = 0
        for call in ("print", "e") if kind == "print_at_home" else ("e", "print"):
            if call == "print":
                found, asked = submitted.print_at_home(
                    self._quietly(self._client.print_at_home, state), hosts
                )
            else:
                found = submitted.e_tickets(self._quietly(self._client.e_tickets, state), hosts, seats)
            if found:
                break
        return found, asked

    @staticmethod
    def _quietly(ask: Any, state: Handle) -> Json | None:
        """A document call that is refused has nothing for us."""
        try:
            found: Json | None = ask(state.basket)
        except ApiError:
            return None
        return found

    def fetch(self, handle: str, document: DocumentInfo) -> DocumentFile:
        if document.is_wallet_link or document.kind != "pdf":
            raise Unsupported("this is a link, not a file", account=self._account)
        try:
            answer = http.fetch(
                document.link,
                allowed_hosts=self._config.allowed_hosts,
                account=self._account,
                verb="fetch_ticket",
            )
        except ApiError as error:
            raise BadAnswer(f"fetch_ticket: HTTP {error.status}", account=self._account) from None
        if b"%PDF-" not in answer.content[:1024]:
            raise BadAnswer("fetch_ticket: not a PDF", account=self._account)
        return DocumentFile(
            content=answer.content, content_type="application/pdf", filename=submitted.filename(document)
        )
