"""From wishes to tickets: guest log-in, order, contact, payment, then looking until it is paid.

`prepare` goes on at the step that is missing, so that it may be called again with the newest handle after anything:
a killed process, a lost answer, a second click. What each write means when its answer is lost:

    guest log-in    repeated: one anonymous user more
    order           the orders of this token are listed; found: that one; not: OutcomeUnknown, listed again next time
    contact         repeated once
    payment         the order is read; not paid and still payable: repeated once
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shop.money import Money
from shop.providers import http
from shop.providers.base import Keep
from shop.providers.errors import (
    BadAnswer,
    DetailsRejected,
    HoldExpired,
    HoldGone,
    Misconfigured,
    NotOnSale,
    OutcomeUnknown,
    PaymentClosed,
    ProviderError,
    Refused,
    SoldOut,
    Unavailable,
)  # fmt: skip
from shop.providers.http import ApiError
from shop.providers.tickethead import handle as handles
from shop.providers.tickethead import inferred, orders, wishes
from shop.providers.tickethead.client import expiry
from shop.providers.tickethead.handle import State
from shop.providers.tickethead.holds import Holds
from shop.providers.tickethead.orders import OrderRecord
from shop.providers.tickethead.reader import Reader
from shop.providers.tickethead.wishes import Market
from shop.providers.types import (
    Arrives,
    Booking,
    BookingState,
    Choice,
    Details,
    DocumentFile,
    DocumentInfo,
    Documents,
    NothingToPay,
    PaymentKind,
    PayTheirForm,
    Prepared,
    Question,
    Sign,
)  # fmt: skip

TOKEN_ROOM = timedelta(minutes=15)  # a token for a new order must live so long
LATE = timedelta(minutes=30)  # an order left behind is asked about so long after its window
WORDS = {ours: wire for wire, ours in inferred.OUR_FORMATS.items()}
LONGEST = {"first_name": 100, "last_name": 100, "email": 254, "phone": 50}


class Bookings:
    """See `shop.providers.base.BookingDesk`."""

    def __init__(self, reader: Reader, holds: Holds) -> None:
        self.reader = reader
        self.client = reader.client
        self.config = reader.config
        self.holds = holds
        self._files: dict[str, bytes] = {}  # a file that `documents` has seen, for the `fetch` that follows

    # --- questions ------------------------------------------------------------------------------------------

    def questions(self, handle: str) -> tuple[Question, ...]:
        """Name and e-mail, a telephone number if they like, and the format of the tickets."""
        state = handles.load(handle, account=self.config.name)
        if not state.wishes:
            return ()
        event = self.reader.event(state.event)
        if event is None:
            raise NotOnSale("the event is gone", account=self.config.name)
        organizer = self.reader.organizer(event.organizer_id)
        labels = event.format_labels or organizer.format_labels
        choices = []
        for word in inferred.formats(event, organizer):
            ours = inferred.OUR_FORMATS.get(word)
            if ours:
                choices.append(Choice(value=ours, label="", code=ours))
            else:
                label, code = labels.get(word, ""), word.lower()
                choices.append(Choice(code, label, code, disabled="wallet_needs_account"))
        choices.sort(key=lambda choice: (bool(choice.disabled), choice.value != "pdf"))
        return (
            Question("first_name", "text", max_length=LONGEST["first_name"]),
            Question("last_name", "text", max_length=LONGEST["last_name"]),
            Question("email", "email", max_length=LONGEST["email"]),
            Question("phone", "tel", required=False, max_length=LONGEST["phone"]),
            Question("format", "choice", choices=tuple(choices)),
        )

    # --- prepare --------------------------------------------------------------------------------------------

    def prepare(self, handle: str, details: Details, keep: Keep) -> Prepared:
        """Order, contact and payment, each once. Raises SoldOut, NotOnSale, LimitExceeded with names when the
        wishes cannot be ordered any more, DetailsRejected, PaymentClosed for an order that is over."""
        state = handles.load(handle, account=self.config.name)
        if not state.live:
            raise HoldGone("nothing is wished for", account=self.config.name)
        word = WORDS.get(details.answers.get("format") or "pdf")
        if word is None:
            raise DetailsRejected("no such format", fields={"format": "choice"}, account=self.config.name)
        record: OrderRecord | None = None
        if state.order:
            record = self._standing(state)
            if inferred.is_payable(record.status) and state.format != word:
                if state.seated and inferred.has_booked_its_seats(record.status):
                    # no other order can have these seats while this one stands
                    raise DetailsRejected(
                        "ordered in another format", fields={"format": "choice"}, account=self.config.name
                    )
                state, record = state.without_order(), None
        if record is None:
            state, record = self._place(state, word, keep)
        if inferred.is_booked(record.status):
            return self._prepared(state, record, NothingToPay())
        state = self._contact(state, details, keep)
        return self._payment(state, record, keep)

    def _prepared(self, state: State, record: OrderRecord, payment: PaymentKind) -> Prepared:
        hold = self.holds.ordered(state, record)
        hold = replace(hold, items=tuple(item for item in hold.items if item.state != "gone"))
        return Prepared(hold=hold, payment=payment, pay_by=hold.expires_at)

    def _standing(self, state: State) -> OrderRecord:
        """The order made before, if it is paid or can still be."""
        record = self.holds.order_of(state)
        if record is None:
            raise PaymentClosed("the order cannot be opened any more", account=self.config.name)
        if not inferred.is_payable(record.status) and not inferred.is_booked(record.status):
            raise PaymentClosed(f"the order is {record.status[:40]}", account=self.config.name)
        return record

    # --- the order ------------------------------------------------------------------------------------------

    def _place(self, state: State, word: str, keep: Keep) -> tuple[State, OrderRecord]:
        """The order of these wishes: the one whose answer was lost, or a new one."""
        market = self.holds.market(state.event, state.live)
        if state.posting and state.format == word and (found := self._found(state)) is not None:
            return self._placed(state, found, market, keep)
        if state.seated and state.seats_are_over(http.now()):
            raise HoldExpired("the time of the seats is over", account=self.config.name)
        judged = wishes.judge(state.live, market)
        body = self._body(judged, word, market, state.seat_token)
        kept, _items = wishes.items(judged, market)
        gone = tuple(wish for wish in state.wishes if wish.gone)
        token = self._guest(state)
        state = replace(state, wishes=(*kept, *gone), format=word, token=token, posting=True)
        keep(state.dump())
        try:
            data = self.client.create_order(body, state.token)
        except ApiError as error:
            keep(state.without_order().dump())
            raise self._explained(state, error) from None
        except (OutcomeUnknown, BadAnswer) as error:
            found = self._after_lost_order(state, error)
        except ProviderError:
            keep(replace(state, posting=False).dump())
            raise
        else:
            found = self.holds.record(state, data)
        return self._placed(state, found, market, keep)

    def _body(
        self, judged: list[wishes.Judged], word: str, market: Market, hold_token: str
    ) -> dict[str, object]:
        try:
            body = wishes.order_body(judged, word, hold_token)
        except Refused as error:
            error.account = self.config.name
            raise
        if market.event is not None and word not in inferred.formats(market.event, market.organizer):
            raise DetailsRejected("not in this format", fields={"format": "choice"}, account=self.config.name)
        return body

    def _guest(self, state: State) -> str:
        """The token of a new order: one that was begun with and still lives, else a guest log-in of its own."""
        token = state.token
        until = expiry(token) if token else None
        if not token or (until is not None and until - TOKEN_ROOM <= http.now()):
            return self.client.guest_login()
        return token

    def _after_lost_order(self, state: State, error: ProviderError) -> OrderRecord:
        try:
            found = self._found(state)
        except (Unavailable, BadAnswer, Misconfigured):
            found = None
        if found is None:
            raise OutcomeUnknown(error.detail, account=self.config.name) from None
        return found

    def _found(self, state: State) -> OrderRecord | None:
        """The order that was posted with this handle's own token: the newest that is not over."""
        try:
            raw = self.client.orders(state.token)
        except ApiError as error:
            if error.status in {401, 403, 404}:
                return None
            raise
        records = [self.holds.record(state, one) for one in raw]
        alive = [one for one in records if one.status not in {"payment_failed", "refunded"}]
        return max(
            alive, key=lambda one: (one.created_at or datetime.min.replace(tzinfo=UTC), one.id), default=None
        )

    def _placed(
        self, state: State, record: OrderRecord, market: Market, keep: Keep
    ) -> tuple[State, OrderRecord]:
        deadline = inferred.pay_by(record.created_at or http.now(), market.organizer)
        state = replace(state, order=record.id, posting=False, pay_by=deadline.isoformat())
        keep(state.dump())
        return state, record

    def _explained(self, state: State, error: ApiError) -> Refused:
        """The refusal of an order, with the name of the ticket it is about: from a fresh look at the event, else
        from the id in the message, else only its kind."""
        said = orders.refusal(error.status, error.body, verb="create_order", account=self.config.name)
        if isinstance(said, DetailsRejected):
            return said
        try:
            judged = wishes.judge(state.live, self.holds.market(state.event, state.live))
            problem = next((one.problem for one in judged if one.problem is not None), None)
        except ProviderError:
            problem = None
        if problem is not None:
            problem.account = self.config.name
            return problem
        message = orders.message_of(error.body)
        named = [wish for wish in state.live if wish.offer.split("-")[0] in message.split()] or (
            [state.live[0]] if len(state.live) == 1 else []
        )
        if named and isinstance(said, NotOnSale):
            return NotOnSale(said.detail, what=named[0].ticket_type, account=self.config.name)
        if named and isinstance(said, SoldOut):
            return SoldOut(said.detail, refs=tuple(w.offer for w in named), account=self.config.name)
        return said

    # --- contact --------------------------------------------------------------------------------------------

    def _contact(self, state: State, details: Details, keep: Keep) -> State:
        """Says who buys, unless this order was told the same already."""
        body = orders.contact_body(details)
        digest = hashlib.sha256(json.dumps([state.order, body], sort_keys=True).encode()).hexdigest()[:32]
        if state.contact == digest:
            return state
        try:
            try:
                self.client.order_contact(state.order, body, state.token)
            except OutcomeUnknown:
                self.client.order_contact(state.order, body, state.token)
        except ApiError as error:
            raise orders.contact_refusal(error.status, error.body, account=self.config.name) from None
        state = replace(state, contact=digest)
        keep(state.dump())
        return state

    # --- payment --------------------------------------------------------------------------------------------

    def _payment(self, state: State, record: OrderRecord, keep: Keep) -> Prepared:
        data = None
        for last in (False, True):
            try:
                data = self.client.create_payment(state.order, state.token)
                break
            except ApiError as error:
                return self._payment_refused(state, error, keep)
            except (OutcomeUnknown, BadAnswer):
                record = self._standing(state)
                if inferred.is_booked(record.status):
                    return self._prepared(state, record, NothingToPay())
                if last:
                    raise
        state = replace(state, asked=True)
        found = orders.intent(data or {}, account=self.config.name)
        if found is None or record.total is None or not record.total:
            record = self._standing(state)
        if found is None or (record.total is not None and not record.total):
            free = record.total is not None and not record.total
            if not free and not inferred.is_booked(record.status):
                raise BadAnswer(
                    "create_payment: no intent for an order that costs something", account=self.config.name
                )
            return self._prepared(state, record, NothingToPay())
        amount: Money = orders.agreed(found, record.total, account=self.config.name)
        form = PayTheirForm(found.publishable_key, found.client_secret, found.id, amount)
        return self._prepared(state, replace(record, total=amount), form)

    def _payment_refused(self, state: State, error: ApiError, keep: Keep) -> Prepared:
        """A 4xx to the payment: paid meanwhile, over meanwhile, seats gone, or a path that is not served."""
        record = self._standing(state)
        if inferred.is_booked(record.status):
            return self._prepared(state, record, NothingToPay())
        if error.status in {404, 405}:
            raise Misconfigured(
                "the payment path is not served; see the option PAYMENT_PATH", account=self.config.name
            ) from None
        said = orders.refusal(error.status, error.body, verb="create_payment", account=self.config.name)
        plain = type(said) is Refused and inferred.may_be_about_seats(error.status)
        if isinstance(said, SoldOut) or (state.seated and plain and not self.holds.seats.still_held(state)):
            # whether the draft survives is not documented: the next try makes a new order
            keep(state.without_order().dump())
            if state.seated and state.seats_are_over(http.now()):
                raise HoldExpired(said.detail, account=self.config.name) from None
            refs = tuple(ref for wish in state.live for ref in wish.seat_refs or (wish.offer,))
            raise SoldOut(said.detail, refs=refs, account=self.config.name) from None
        raise said from None

    def confirm(self, handle: str, reference: str) -> Booking:
        """Nothing to confirm: Tickethead takes the money itself. Answers as `look` does."""
        return self.look(handle, Sign())

    # --- after ----------------------------------------------------------------------------------------------

    def look(self, handle: str, sign: Sign) -> Booking:
        """The order's status in our words; an order left behind that was paid all the same wins.

        A guest token that has ended proves nothing either way: UNPROVEN with the reason token_expired (the
        provider mails the buyer in any case).
        """
        state = handles.load(handle, account=self.config.name)
        found = self._look(handle, state, sign)
        if found.state in {BookingState.BOOKED, BookingState.REFUNDED}:
            return found
        for number in range(len(state.past)):
            old = state.with_past(number)
            if old.deadline is not None and old.deadline + LATE > http.now():
                record = self.holds.order_of(old)
                if record is not None and inferred.is_booked(record.status):
                    return self._said(old, record, sign)
        return found

    def _look(self, handle: str, state: State, sign: Sign) -> Booking:
        if not state.order:
            found = self._found(state) if state.posting and state.token else None
            if found is None:
                return Booking(handle=handle, state=BookingState.OPEN)
            deadline = inferred.pay_by(found.created_at or http.now(), inferred.Organizer(id="", known=False))
            state = replace(state, order=found.id, posting=False, pay_by=deadline.isoformat())
        record = self.holds.order_of(state)
        if record is None:
            until = expiry(state.token)
            over = until is None or until <= http.now()
            return Booking(
                handle=state.dump(), state=BookingState.UNPROVEN, reference=state.order,
                reason="token_expired" if over else "order_unknown",
            )  # fmt: skip
        return self._said(state, record, sign)

    def _said(self, state: State, record: OrderRecord, sign: Sign) -> Booking:
        deadline_over = state.deadline is not None and state.deadline <= http.now()
        word, reason = inferred.order_state(record.status, returned=sign.returned, window_over=deadline_over)
        places = {place.label: place for wish in state.live for place in wish.seats}
        tickets = tuple(
            replace(ticket, row=place.row, number=place.number)
            if (place := places.get(ticket.number))
            else ticket
            for ticket in orders.held_tickets(record)
        )
        return Booking(
            handle=state.dump(), state=word, reference=record.id, total=record.total, reason=reason,
            tickets=tickets, mailed_by_provider=word is BookingState.BOOKED,
        )  # fmt: skip

    def documents(self, handle: str) -> Documents:
        """One file for the whole order, as soon as the download answers. After the guest token has ended the tickets
        are in the provider's mail only."""
        state = handles.load(handle, account=self.config.name)
        expected = state.tickets
        if not state.order:
            return Documents(Arrives.DOWNLOAD, expected=expected, ready=0)
        try:
            content = self.client.tickets(state.order, state.token).content
        except Misconfigured:
            return Documents(Arrives.MAIL, expected=expected, ready=0, complete=True)
        except ApiError as error:
            if error.status in {401, 403}:
                return Documents(Arrives.MAIL, expected=expected, ready=0, complete=True)
            if error.status in {400, 404, 409}:
                return Documents(Arrives.DOWNLOAD, expected=expected, ready=0)
            raise
        kind = orders.ticket_file(content)
        if kind is None:
            raise BadAnswer("tickets: neither PDF nor pass", account=self.config.name)
        self._files[state.order] = content
        one = DocumentInfo(ref=state.order, kind=kind.kind, link="")
        return Documents(Arrives.DOWNLOAD, expected=expected, ready=expected, documents=(one,), complete=True)

    def fetch(self, handle: str, document: DocumentInfo) -> DocumentFile:
        """The file with all tickets of the order; its type is read from its bytes."""
        state = handles.load(handle, account=self.config.name)
        if not state.order or document.ref != state.order:
            raise HoldGone("not a document of this order", account=self.config.name)
        content = self._files.pop(state.order, b"")
        try:
            content = content or self.client.tickets(state.order, state.token).content
        except ApiError as error:
            raise orders.refusal(error.status, error.body, verb="tickets", account=self.config.name) from None
        kind = orders.ticket_file(content)
        if kind is None:
            raise BadAnswer("tickets: neither PDF nor pass", account=self.config.name)
        return DocumentFile(content, kind.content_type, f"tickets-{state.order}.{kind.suffix}")
