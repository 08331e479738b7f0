"""From a basket of our server's to an order (agent mode): deliveries and buyer are set, our till takes the money, then it is
confirmed on the agent's credit with the venue.

A basket becomes one order at most. Whether it has is asked of the signed orders; while that is not certain, nothing is
confirmed again.
"""

from __future__ import annotations

from dataclasses import replace

from shop.money import Money
from shop.providers import http
from shop.providers.base import Keep
from shop.providers.errors import (
    BadAnswer,
    DetailsRejected,
    HoldExpired,
    HoldGone,
    OutcomeUnknown,
    PriceChanged,
    ProviderError,
    Unavailable,
)  # fmt: skip
from shop.providers.spektrix import agent_customers, deliveries, held
from shop.providers.spektrix import inferred_agent as guesses
from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix.agent_client import AgentClient
from shop.providers.spektrix.agent_holds import AgentHolds, verified
from shop.providers.spektrix.bookings import Bookings
from shop.providers.spektrix.handle import Handle
from shop.providers.spektrix.judging import refused
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.reader import Reader
from shop.providers.spektrix.reading import Json
from shop.providers.types import (
    Arrives,
    Booking,
    BookingState,
    Details,
    Documents,
    Hold,
    NothingToPay,
    PayUs,
    Prepared,
    Question,
    Quote,
    Sign,
)  # fmt: skip

ARRIVES = {
    "post": Arrives.POST, "box_office": Arrives.BOX_OFFICE, "mail": Arrives.MAIL, "print_there": Arrives.ACCOUNT,
}  # fmt: skip


class AgentBookings(Bookings):
    """See `shop.providers.base.BookingDesk`."""

    def __init__(self, options: Options, client: AgentClient, holds: AgentHolds, reader: Reader) -> None:
        super().__init__(options, client)
        self._client = client
        self._holds = holds
        self._reader = reader

    # --- what is asked ------------------------------------------------------------------------------------------

    def questions(self, handle: str) -> tuple[Question, ...]:
        """Who buys, how tickets and merchandise come, and an address where something comes by post."""
        state = self._state(handle)
        body = self._holds.body(state)
        found = [
            Question("first_name", "text", max_length=100),
            Question("last_name", "text", max_length=100),
            Question("email", "email", max_length=254),
            Question("phone", "tel", required=False, max_length=50),
        ]
        for one in deliveries.questions(body, state.basket, self._options.currency):
            if one.name != "country":
                found.append(one)
            elif lands := self._reader.countries():
                found.append(replace(one, choices=lands))
        return tuple(found)

    # --- preparing ------------------------------------------------------------------------------------------------

    def prepare(self, handle: str, details: Details, keep: Keep) -> Prepared:
        """Customer, deliveries and our number are set on the basket, and it is read again after each. Repeatable.

        Raises DetailsRejected with the question's name where a delivery is not offered any more, HoldExpired and
        HoldGone for a basket that has nothing or is gone. A basket that costs nothing is confirmed here.
        """
        state = self._state(handle)
        body = self._full(state)
        chosen = self._chosen(state, body, details.answers)
        keep(state.text())
        post = any(guesses.needs_address(guesses.delivery_code(one)) for one in chosen.values())
        if post:
            self._check_address(details.answers)
        buyer = agent_customers.customer(self._client, state, details.answers, address=post)
        keep(state.text())
        self._set(state, body, buyer, chosen)
        self._number(state, details.reference)
        hold = verified(state, self._options)
        state.sent = {
            "at": http.now().isoformat(),
            "first": (state.sent or {}).get("first") or http.now().isoformat(),
            "reference": details.reference,
            "tickets": state.tickets,
            "things": inferred.things_of(state.basket),
            "basket": state.own,
            "minor": hold.total.minor,
            "mails": details.provider_mails,
            "by": deliveries.chosen(state.basket),
            "how": deliveries.code(state.basket),
        }
        hold = replace(hold, handle=state.text())
        keep(hold.handle)
        fees = Money(deliveries.fees(state.basket), self._options.currency)
        if hold.total.minor == 0:
            self._confirm(state)
            return Prepared(hold=hold, payment=NothingToPay(), delivery=fees)
        return Prepared(hold=hold, payment=PayUs(hold.total), delivery=fees)

    def quote(self, handle: str, details: Details, keep: Keep) -> Quote:
        """See `shop.providers.base.QuotingDesk`: a customer whom the box office knows may be a member with prices of
        their own, and a delivery may cost something else than when it was offered."""
        state = self._state(handle)
        body = self._full(state)
        chosen = self._chosen(state, body, details.answers)
        buyer = agent_customers.known(self._client, state, details.answers)
        if not buyer and guesses.customer_in(body):  # somebody else's prices are not this buyer's
            buyer = agent_customers.customer(self._client, state, details.answers, address=False)
        keep(state.text())
        self._set(state, body, buyer, chosen)
        hold = verified(state, self._options)
        keep(hold.handle)
        return Quote(hold, Money(deliveries.fees(state.basket), self._options.currency))

    def _full(self, state: Handle) -> Json:
        body = self._holds.body(state)
        if held_nothing(verified(state, self._options)):
            raise HoldExpired("nothing is in the basket", account=self._account)
        return body

    def _set(self, state: Handle, body: Json, buyer: str, chosen: dict[str, Json]) -> None:
        """Customer ("" for none yet) and deliveries, each read back."""
        if buyer and guesses.customer_in(body) != buyer:
            self._set_customer(state, buyer)
        for name, one in chosen.items():
            self._set_delivery(state, name, one)
        for name, one in chosen.items():  # the second may have dropped the first
            self._check_delivery(state, name, one)

    def _chosen(self, state: Handle, body: Json, answers: dict[str, str]) -> dict[str, Json]:
        """Question -> the option that was chosen, as the basket offers it now."""
        found, wrong = {}, {}
        for name, field in deliveries.FIELDS.items():
            if not deliveries.has(state.basket, name) or not deliveries.options(body, field):
                continue
            said = answers.get(name, "").strip()
            one = deliveries.option(body, field, said) if said else None
            if one is None:
                wrong[name] = "choice" if said else "required"
            else:
                found[name] = one
        if wrong:
            raise DetailsRejected("a delivery is not offered", fields=wrong, account=self._account)
        return found

    def _check_address(self, answers: dict[str, str]) -> None:
        needed = [name for name in deliveries.ADDRESS if name not in deliveries.OPTIONAL]
        if not self._reader.countries():
            needed.remove("country")
        wrong = {name: "required" for name in needed if not answers.get(name, "").strip()}
        if wrong:
            raise DetailsRejected("an address is needed", fields=wrong, account=self._account)

    def _set_customer(self, state: Handle, buyer: str) -> None:
        reply, body = self._holds.change(state, guesses.customer_of_basket(buyer))
        if guesses.customer_in(body) == buyer or reply.ok:
            return
        if not reply.status:
            raise Unavailable("the buyer could not be set", account=self._account)
        raise BadAnswer(f"set_customer: HTTP {reply.status}", account=self._account)

    def _set_delivery(self, state: Handle, name: str, one: Json) -> None:
        field = deliveries.FIELDS[name]
        if self._is_set(state, field, one):
            return  # it was read just now
        reply, _body = self._holds.change(state, guesses.delivery_body(field, one))
        if not self._is_set(state, field, one):
            if not reply.status:
                raise Unavailable("a delivery could not be set", account=self._account)
            self._dropped(name)

    def _is_set(self, state: Handle, field: str, one: Json) -> bool:
        now = state.basket.get(deliveries.KEPT, {}).get(field, {})
        return bool(now.get("v") == guesses.delivery_value(one))

    def _check_delivery(self, state: Handle, name: str, one: Json) -> None:
        if not self._is_set(state, deliveries.FIELDS[name], one):
            self._dropped(name)

    def _dropped(self, name: str) -> None:
        raise DetailsRejected("a delivery was dropped", fields={name: "choice"}, account=self._account)

    def _number(self, state: Handle, reference: str) -> None:
        """Our number under the venue's label, where it has given us one. It only helps to find the order."""
        label = self._options.reference_label
        if not label or inferred.is_read_back(reference, held.said(state, label)):
            return
        try:
            self._holds.change(state, {inferred.written_label(label): reference})
        except (Unavailable, BadAnswer):
            return

    # --- confirming -----------------------------------------------------------------------------------------------

    def confirm(self, handle: str, reference: str) -> Booking:
        """`POST baskets/{id}/confirm`, once. Raises PriceChanged where the basket is not what was prepared, HoldGone
        and Refused where it is sure that nothing was booked, OutcomeUnknown where it is not: `look` tells."""
        state = self._state(handle)
        sent = state.sent
        if sent is None or not state.own:
            raise HoldExpired("it was never prepared", account=self._account)
        try:
            body = self._holds.body(state)
        except HoldGone:
            return self._gone(handle, state)
        except BadAnswer as odd:  # nothing was asked yet
            raise Unavailable(odd.detail, account=self._account) from None
        now = verified(state, self._options)
        if held_nothing(now):
            return self._gone(handle, state)
        same = set(state.tickets) == set(sent["tickets"])
        same = same and deliveries.chosen(state.basket) == sent.get("by", {})
        things = set(inferred.things_of(state.basket)) == set(sent["things"])
        if not (same and things and now.total.minor == sent["minor"]):
            raise PriceChanged("the basket is not what was prepared", account=self._account)
        if not guesses.customer_in(body) and "customer" in body:
            raise DetailsRejected("the basket has lost its customer", account=self._account)
        return self._confirm(state)

    def _confirm(self, state: Handle) -> Booking:
        handle = state.text()
        reply = self._client.confirm(state.own, mails=bool((state.sent or {}).get("mails")))
        if reply.ok:
            order = guesses.confirmed_order(reply.body)
            if order is None or not inferred.order_reference(order):
                order = self._soft_order(state)
            if order is not None:
                return self._booked(handle, state, order)
            return Booking(handle=handle, state=BookingState.BOOKED, mailed_by_provider=self._mails(state))
        try:
            order = self._order(state, Sign())
        except ProviderError as error:
            raise OutcomeUnknown(
                f"confirm without an answer, and {error.code}", account=self._account
            ) from None
        if order is not None:
            return self._booked(handle, state, order)
        if not reply.status:
            raise OutcomeUnknown("confirm without an answer; no order yet", account=self._account)
        if guesses.is_gone(reply.status):
            raise HoldGone("the basket timed out", account=self._account)
        no = refused(inferred.refusal(reply.status, reply.body), f"confirm: HTTP {reply.status}")
        no.account = self._account
        raise no

    def _soft_order(self, state: Handle) -> Json | None:
        """The order of a basket that was confirmed for certain; its number can wait."""
        try:
            return self._order(state, Sign())
        except ProviderError:
            return None

    def _gone(self, handle: str, state: Handle) -> Booking:
        """There is no basket to confirm: it became an order by an earlier attempt, or it timed out."""
        order = self._order(state, Sign())
        if order is None:
            raise HoldGone("the basket timed out", account=self._account)
        return self._booked(handle, state, order)

    def _mails(self, state: Handle) -> bool:
        return bool((state.sent or {}).get("mails"))

    def _booked(self, handle: str, state: Handle, order: Json) -> Booking:
        return replace(super()._booked(handle, state, order), mailed_by_provider=self._mails(state))

    # --- looking --------------------------------------------------------------------------------------------------

    def look(self, handle: str, sign: Sign) -> Booking:
        """An order of this basket: booked. The basket with something in it: open. Neither: it timed out. While a confirm
        that got no answer may still be worked on there, it is being booked."""
        state = self._state(handle)
        if state.sent is None:
            return Booking(handle=handle, state=BookingState.OPEN)
        order = self._order(state, sign)
        if order is not None:
            return self._booked(handle, state, order)
        if guesses.may_still_be_booking(sign.confirming_since, http.now()):
            return Booking(handle=handle, state=BookingState.PROCESSING)
        try:
            self._holds.body(state)
            there = not held_nothing(verified(state, self._options))
        except HoldGone:
            there = False
        return Booking(handle=handle, state=BookingState.OPEN if there else BookingState.LAPSED)

    # --- documents ------------------------------------------------------------------------------------------------

    def documents(self, handle: str) -> Documents:
        """As the delivery says. What is printed at home is seen by the customer alone, signed in at the venue."""
        state = self._state(handle)
        sent = state.sent or {}
        unknown = Arrives.MAIL if self._mails(state) else Arrives.VENUE_DISPATCH
        arrives = ARRIVES.get(str(sent.get("how", "")), unknown)
        return Documents(arrives=arrives, expected=len(sent.get("tickets") or ()), ready=0, complete=True)


def held_nothing(hold: Hold) -> bool:
    return not hold.extras and not any(item.state == held.HELD for item in hold.items)
