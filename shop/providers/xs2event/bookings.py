"""From a reservation to e-tickets. See `shop.providers.base.BookingDesk`.

Sources: XS2Event, booking flow ("Create booking"); API reference, "Bookings"; "E-tickets". A booking is made on invoice: the
buyer pays us. There is no idempotency key: it is asked for once, and what came of it is asked by the reservation.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

from shop.money import Money
from shop.providers import http
from shop.providers.accounts import AccountConfig
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
    Refused,
    Unavailable,
)  # fmt: skip
from shop.providers.http import ApiError, LostAnswer
from shop.providers.types import (
    Arrives,
    Booking,
    BookingState,
    Details,
    DocumentFile,
    DocumentInfo,
    Documents,
    HeldTicket,
    PayUs,
    Prepared,
    Question,
    Sign,
)  # fmt: skip
from shop.providers.xs2event import handle as handles
from shop.providers.xs2event import inferred, orders, reading, reserved
from shop.providers.xs2event.client import Client
from shop.providers.xs2event.guest_desk import Guests
from shop.providers.xs2event.handle import State
from shop.providers.xs2event.holds import Holds
from shop.providers.xs2event.options import Options
from shop.providers.xs2event.orders import Orders
from shop.providers.xs2event.reading import Json
from shop.providers.xs2event.reserved import Reserved

QUESTIONS = (
    Question(name="first_name", kind="text", max_length=100),
    Question(name="last_name", kind="text", max_length=100),
    Question(name="email", kind="email", max_length=254),
)
MISSING_GUESTS = {"guests": "required"}


class Bookings:
    def __init__(
        self,
        client: Client,
        options: Options,
        config: AccountConfig,
        holds: Holds,
        guests: Guests,
        found: Orders,
    ) -> None:
        self._client = client
        self._options = options
        self._account = config.name
        self._currency = config.currency
        self._holds = holds
        self._guests = guests
        self._orders = found

    # --- preparing ------------------------------------------------------------------------------------------------------

    def questions(self, handle: str) -> tuple[Question, ...]:
        """Who buys: they are told of guests only, never of the buyer."""
        return QUESTIONS

    def prepare(self, handle: str, details: Details, keep: Keep) -> Prepared:
        """The reservation read again, and whether all that must be known of guests is there. Changes nothing."""
        wrong = {one.name: "required" for one in QUESTIONS if not details.answers.get(one.name, "").strip()}
        if wrong:
            raise DetailsRejected("an answer is missing", fields=wrong, account=self._account)
        if not self._options.booking_email:
            raise Misconfigured("BOOKING_EMAIL is not set", account=self._account)
        state, there = self._holds.current(handles.load(handle, account=self._account))
        if there is None:
            raise HoldGone("there is no reservation", account=self._account)
        if there.state == "booked":
            raise PaymentClosed("it is booked already", account=self._account)
        if there.state == "over" or not there.quantities:
            raise HoldExpired("its time is over", account=self._account)
        if not self._guests.is_ready(state, there):
            raise DetailsRejected("guest data are missing", fields=MISSING_GUESTS, account=self._account)
        hold = reserved.hold(state, there, currency=self._currency)
        keep(hold.handle)
        return Prepared(hold=hold, payment=PayUs(hold.total), pay_by=there.until)

    # --- booking --------------------------------------------------------------------------------------------------------

    def confirm(self, handle: str, reference: str) -> Booking:
        """Have it booked, once: a reservation that is booked already is only looked at."""
        state, there = self._holds.current(handles.load(handle, account=self._account))
        if there is None:
            raise HoldGone("there is no reservation", account=self._account)
        if there.state == "booked":
            return self._must_be_booked(state, "booked already")
        if there.state == "over":
            raise HoldExpired("its time is over", account=self._account)
        said: Json = {
            "reservation_id": there.ref,
            "booking_email": self._options.booking_email,
            "payment_method": self._options.payment_method,
            "invoice_reference": reference,
            "booking_reference": reference,
        }
        if self._options.test_bookings:
            said["is_test_booking"] = True
        try:
            raw = self._client.create_booking(said)
        except LostAnswer as lost:
            return self._after_lost(state, lost)
        except ApiError as error:
            booked = self._quietly_booked(state, error)
            if booked is not None:
                return booked
            raise self._refusal(state, error) from None
        if not reading.text(raw, "booking_id"):
            return self._must_be_booked(state, "create_booking: no id")
        return self._booked(state, raw)

    def _after_lost(self, state: State, lost: LostAnswer) -> Booking:
        """Booked, or not known: what is not there yet may still be under way."""
        try:
            raw = self._orders.booking(state.reservation)
        except ProviderError as error:
            raise OutcomeUnknown(
                f"{lost.detail}, and not read back ({error.code})", account=self._account
            ) from None
        if raw is None:
            raise OutcomeUnknown(lost.detail, account=self._account) from None
        return self._booked(state, raw)

    def _must_be_booked(self, state: State, why: str) -> Booking:
        """Whatever is wrong with asking: it is no "no", and nothing may be asked for again."""
        try:
            raw = self._orders.booking(state.reservation)
        except ProviderError as error:
            raise OutcomeUnknown(f"{why}, and not read back ({error.code})", account=self._account) from None
        if raw is None:
            raise OutcomeUnknown(f"{why}, and no booking is told of", account=self._account)
        return self._booked(state, raw)

    def _quietly_booked(self, state: State, error: ApiError) -> Booking | None:
        """A refusal of what is booked already is no refusal. Raises OutcomeUnknown where nobody can say."""
        try:
            raw = self._orders.booking(state.reservation)
        except ProviderError as unread:
            raise OutcomeUnknown(
                f"{error.detail}, and not read back ({unread.code})", account=self._account
            ) from None
        return None if raw is None else self._booked(state, raw)

    def _refusal(self, state: State, error: ApiError) -> ProviderError:
        """Why a booking was refused, by what the reservation says now."""
        try:
            state, there = self._holds.current(state)
        except (Unavailable, BadAnswer) as unread:
            return OutcomeUnknown(f"{error.detail}, and not read back ({unread.code})", account=self._account)
        if there is None:
            return HoldGone("they do not know the reservation", account=self._account)
        if there.state == "over":
            return HoldExpired("its time is over", account=self._account)
        if there.state == "booked":
            return OutcomeUnknown("booked, and no booking is told of", account=self._account)
        meant = inferred.hint(error)
        if meant == "guests" or not self._ready(state, there):
            return DetailsRejected("guest data are missing", fields=MISSING_GUESTS, account=self._account)
        if meant == "expired":
            return HoldExpired("its time is over", account=self._account)
        if error.status in {401, 403} or meant in {"payment", "email"}:
            refused = Refused(f"{error.detail} ({meant or 'key'})", account=self._account)
            refused.code = "misconfigured"  # nobody but the operator can help, and nothing was booked
            return refused
        return Refused(error.detail, account=self._account)

    def _ready(self, state: State, there: Reserved) -> bool:
        try:
            return self._guests.is_ready(state, there)
        except ProviderError:
            return True

    def _booked(self, state: State, raw: Json, reason: str = "") -> Booking:
        """The price is what was pinned: what they bill us is their own currency and no buyer's business."""
        code = reading.text(raw, "booking_code")
        state = replace(state, booking=reading.text(raw, "booking_id"), code=code)
        tickets = self._tickets(state)
        total = Money.total((one.price for one in tickets), tickets[0].price.currency) if tickets else None
        return Booking(
            handle=state.dump(),
            state=BookingState.BOOKED,
            reference=code or state.booking,
            total=total,
            tickets=tickets,
            reason=reason,
        )

    def _tickets(self, state: State) -> tuple[HeldTicket, ...]:
        return tuple(
            HeldTicket(
                ref=f"{one.ticket}:{number}", price=Money(one.sale, one.currency), ticket_type=one.band,
                price_band=one.band, face_value=Money(one.face, one.currency) if one.face else None,
            )
            for one in state.pieces
            for number in range(state.quantities.get(one.ticket, 0))
        )  # fmt: skip

    # --- looking --------------------------------------------------------------------------------------------------------

    def look(self, handle: str, sign: Sign) -> Booking:
        state = handles.load(handle, account=self._account)
        if not state.booking:
            state, there = self._holds.current(state)
            if there is None:
                return Booking(handle=handle, state=BookingState.LAPSED)
            raw = None if there.state == "active" else self._orders.booking(there.ref)
            if raw is not None:
                return self._booked(state, raw, self._reason(reading.text(raw, "booking_id")))
            if there.state == "active" and inferred.may_still_be_booking(sign.confirming_since, http.now()):
                return Booking(handle=handle, state=BookingState.PROCESSING)
            known = {"active": BookingState.OPEN, "booked": BookingState.PROCESSING}
            return Booking(handle=handle, state=known.get(there.state, BookingState.LAPSED))
        raw = self._orders.booking(state.reservation)
        said: Json = raw if raw is not None else {"booking_id": state.booking, "booking_code": state.code}
        return self._booked(state, said, self._reason(state.booking))

    def _reason(self, booking: str) -> str:
        return orders.reason(self._orders.of(booking))

    # --- documents ------------------------------------------------------------------------------------------------------

    def documents(self, handle: str) -> Documents:
        """Of all booking orders together: an order for each event or supplier, each completed by itself."""
        state = handles.load(handle, account=self._account)
        bought = sum(state.quantities.values())
        booking = self._orders.booking_in(state)
        if not booking:
            return Documents(arrives=Arrives.DOWNLOAD, expected=bought, ready=0, may_wait=True)
        rows = self._orders.of(booking)
        items = [item for order in rows for item in orders.ticketed(order)]
        told = sum(item.quantity for item in items)
        ready = [item for item in items if item.documents]
        ways = [item.arrives for item in items]
        fetched = [document for item in ready for document in item.documents]
        downloads = not ways or Arrives.DOWNLOAD in ways
        return Documents(
            arrives=Arrives.DOWNLOAD if downloads else ways[0],
            expected=max(bought, told),
            ready=sum(item.quantity for item in ready),
            documents=tuple(fetched),
            complete=bool(items) and all(item.done for item in items) and told >= bought,
            problem=orders.reason(rows),
            may_wait=True,
        )

    def fetch(self, handle: str, document: DocumentInfo) -> DocumentFile:
        """One file, whole: what does not have the checksum that the order names is not passed on."""
        try:
            order, item, name, digest = (str(part) for part in json.loads(document.link))
        except ValueError:
            raise BadAnswer("eticket: a link that cannot be read", account=self._account) from None
        try:
            answer = self._client.eticket(order, item, name)
        except ApiError as error:
            raise BadAnswer(f"eticket: HTTP {error.status}", account=self._account) from None
        if re.fullmatch(r"[0-9a-f]{64}", digest) and hashlib.sha256(answer.content).hexdigest() != digest:
            raise BadAnswer("eticket: not the file that the order names", account=self._account)
        if b"%PDF-" not in answer.content[:1024]:
            raise BadAnswer("eticket: not a PDF", account=self._account)
        safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "ticket"
        filename = safe if safe.lower().endswith(".pdf") else f"{safe}.pdf"
        return DocumentFile(content=answer.content, content_type="application/pdf", filename=filename)
