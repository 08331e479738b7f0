"""From held seats to tickets at London Theatre Direct. They are the seller; on their page the card is typed.

An account that is unlocked for it may instead be paid by us, on account: see `on_account`. No submit is repeated
before the summary was asked; one on account never is.
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
from shop.providers.londontheatredirect.looking import Looking
from shop.providers.londontheatredirect.on_account import OnAccount, is_set
from shop.providers.londontheatredirect.system_lists import SystemLists
from shop.providers.types import (
    Arrives,
    Booking,
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
THERE = "there"  # their payment page, also where the account is set to be paid by us


class Bookings:
    def __init__(self, client: Client, config: AccountConfig, holds: Holds) -> None:
        self._client = client
        self._config = config
        self._account = config.name
        self._holds = holds
        self._looking = Looking(client, config, holds)
        self._on_account = OnAccount(client, config, self._looking)
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
        on_account = is_set(self._config) and details.route != THERE
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
        raw = self._looking.summary(state)
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
            raw = self._looking.summary(state)
            found = (
                submitted.summary(raw, zone=self._zone, currency=self._currency) if raw is not None else None
            )
            if found is not None and self._looking.is_paid(state, order, found, ""):
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
            raise self._looking.refusal(state, error) from None
        if answer.get("Success") is False:
            raise self._looking.refusal(state, None)
        return answer

    def confirm(self, handle: str, reference: str) -> Booking:
        """On account: have it booked, once; see `OnAccount.confirm`."""
        return self._on_account.confirm(handle, reference)

    def look(self, handle: str, sign: Sign) -> Booking:
        """How it stands; see `Looking.look`."""
        return self._looking.look(handle, sign)

    # --- documents ----------------------------------------------------------------------------------------------

    def documents(self, handle: str) -> Documents:
        state = Handle.read(handle, account=self._account)
        order = Order.of(state)
        raw = self._looking.summary(state) if order is not None else None
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
