"""A box office in memory with faults to switch on: it speaks the shop's protocols and nothing else.

One `World` is the truth of one account. `World.faults` maps a verb (questions, prepare, look, documents,
fetch, read) to what happens next: an error to raise before the work, or `Lost(error)` to raise after it.
Every call refuses to be made inside a database transaction, as the real clients do.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from shop import clock, guards
from shop.money import Money
from shop.providers import types
from shop.providers.accounts import AccountConfig
from shop.providers.errors import HoldGone, ProviderError
from shop.providers.http import CallInfo
from shop.providers.types import (
    Arrives,
    Availability,
    Booking,
    BookingState,
    Capabilities,
    Choice,
    Details,
    DocumentFile,
    DocumentInfo,
    Documents,
    HeldItem,
    HeldTicket,
    Hold,
    NothingToPay,
    PayTheirForm,
    PayThere,
    PayUs,
    Prepared,
    Question,
    Selection,
    Sign,
)  # fmt: skip

WORLDS: dict[str, World] = {}


@dataclass
class Lost:
    """The work is done, then the answer goes missing."""

    error: ProviderError


@dataclass
class Item:
    ref: str
    instance_ref: str
    minor: int
    tickets: int
    state: str = "held"
    expires_at: datetime | None = None
    starts_at: datetime | None = None
    name: str = "Hamlet"
    row: str = "F"
    first: int = 12


@dataclass
class World:
    name: str
    currency: str = "GBP"
    route: str = "there"  # there, their_form, us
    other: str = ""  # another way that can be asked for
    holds_at: str = "add"
    minutes: int = 10
    items: dict[str, list[Item]] = field(default_factory=dict)  # basket id -> items
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)  # basket id -> its order
    faults: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    calls: Counter[str] = field(default_factory=Counter)
    seen: list[tuple[str, Any]] = field(default_factory=list)
    questions: tuple[Question, ...] = ()
    documents: Documents | None = None
    pay_host: str = "https://pay.example.org"
    mails: bool = False
    hosted: bool = False  # its basket is the visitor's own, its page tells us nothing
    surcharge: int = 0  # what prepare adds to the sum, unannounced
    delivers: int | None = None  # what the deliveries cost when it is prepared, as prepare says
    before: Callable[[str], None] | None = None
    ids: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        WORLDS[self.name] = self

    # --- what a test does

    def paid(self, handle: str) -> None:
        """The buyer paid there."""
        self.orders[handle]["state"] = BookingState.BOOKED

    def fail(self, verb: str, *faults: Any) -> None:
        self.faults[verb] += faults

    def only_order(self) -> str:
        (found,) = self.orders
        return found

    # --- plumbing

    def work(self, verb: str, do: Callable[[], Any]) -> Any:
        guards.refuse_inside_transaction(
            CallInfo(account=self.name, verb=verb, method="GET", path_masked="/", polite=False)
        )
        self.calls[verb] += 1
        if self.before:
            self.before(verb)
        fault = self.faults[verb].pop(0) if self.faults[verb] else None
        if isinstance(fault, BaseException):
            raise fault
        found = do()
        if isinstance(fault, Lost):
            raise fault.error
        return found


def _basket(handle: str) -> str:
    return handle.partition("#")[0]


class Office:
    """What the registry builds for an account of the fake kind."""

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        self.world = WORLDS[config.name]
        self.capabilities = Capabilities(
            holds_at=self.world.holds_at,
            one_event_per_hold=self.world.holds_at == "checkout",
            payment=self.world.route,
            other_payment=self.world.other,
            hold_minutes=self.world.minutes,
            in_browser=self.world.hosted,
        )
        self.catalog = self.holds = self.bookings = self

    # --- holds

    def hold(self, handle: str | None, selections: Sequence[Selection], keep: Any) -> Hold:
        raise AssertionError("these tests begin with a held basket")

    def release(self, handle: str, item_refs: Sequence[str] | None, keep: Any) -> Hold:
        def do() -> Hold:
            basket = _basket(handle)
            self.world.items[basket] = [
                i for i in self.world.items[basket] if item_refs is not None and i.ref not in item_refs
            ]
            return self._hold(handle)

        return self.world.work("release", do)

    def read(self, handle: str) -> Hold:
        return self.world.work("read", lambda: self._hold(handle))

    def _hold(self, handle: str) -> Hold:
        basket = _basket(handle)
        if basket not in self.world.items:
            raise HoldGone()
        now = clock.now()
        items = []
        for item in self.world.items[basket]:
            over = item.expires_at is not None and item.expires_at <= now and basket not in self.world.orders
            each = Money(item.minor // item.tickets, self.world.currency)
            items.append(
                HeldItem(
                    ref=item.ref,
                    instance_ref=item.instance_ref,
                    event_ref="e",
                    event_name=item.name,
                    starts_at=item.starts_at,
                    tickets=tuple(
                        HeldTicket(
                            ref=f"{item.ref}-{n}", price=each, row=item.row, number=str(item.first + n)
                        )
                        for n in range(item.tickets)
                    ),
                    total=each * item.tickets,
                    area="Stalls",
                    expires_at=item.expires_at,
                    state="gone" if over else item.state,
                    selection=Selection(
                        instance_ref=item.instance_ref, offer_key="adult", quantity=item.tickets
                    ),
                )
            )
        firm = self.world.holds_at == "add" or basket in self.world.orders
        total = Money.total((i.total for i in items if i.state != "gone"), self.world.currency)
        ends = [i.expires_at for i in items if i.expires_at]
        return Hold(
            handle=handle, items=tuple(items), total=total, expires_at=min(ends) if ends else None, firm=firm
        )

    # --- bookings

    def questions(self, handle: str) -> tuple[Question, ...]:
        return self.world.work("questions", lambda: self.world.questions)

    def prepare(self, handle: str, details: Details, keep: Any) -> Prepared:
        basket = _basket(handle)
        self.world.seen.append(("prepare", details))
        keep(f"{basket}#sent")

        def do() -> Prepared:
            hold = self._hold(f"{basket}#prepared")
            live = [i for i in hold.items if i.state != "gone"]
            asked = {q.name: q for q in self.world.questions}
            amount = Money.total((i.total for i in live), self.world.currency)
            for name, answer in details.answers.items():
                question = asked[name]
                chosen = next((c for c in question.choices if c.value == answer), None)
                if chosen and chosen.price:
                    amount += chosen.price
                if question.kind == "yes_no" and answer == "yes" and question.price:
                    amount += question.price
            amount += Money(self.world.surcharge, self.world.currency)
            order = self.world.orders.setdefault(
                basket, {"id": next(self.world.ids), "state": BookingState.OPEN, "details": details}
            )
            order["amount"] = amount
            pay_by = clock.now() + timedelta(minutes=self.world.minutes)
            payment: types.PaymentKind
            if not amount:
                order["state"] = BookingState.BOOKED
                payment = NothingToPay()
            elif (details.route or self.world.route) == "there":
                payment = PayThere(f"{self.world.pay_host}/gate/{order['id']}", amount)
            elif self.world.route == "us":
                payment = PayUs(amount)
            else:
                number = order["id"]
                payment = PayTheirForm("pk_test_theirs", f"pi_{number}_secret_s", f"pi_{number}", amount)
            return Prepared(
                replace(hold, firm=True),
                payment,
                pay_by if self.world.holds_at == "checkout" else None,
                None if self.world.delivers is None else Money(self.world.delivers, self.world.currency),
            )

        return self.world.work("prepare", do)

    def confirm(self, handle: str, reference: str) -> Booking:
        assert self.world.route == "us", "nothing else is confirmed by us"
        self.world.seen.append(("confirm", reference))

        def do() -> Booking:
            order = self.world.orders[_basket(handle)]
            assert order["state"] == BookingState.OPEN, "booked a second time"
            order["state"] = BookingState.BOOKED
            return Booking(
                handle=handle, state=BookingState.BOOKED, reference=f"REF{order['id']}", total=order["amount"]
            )

        return self.world.work("confirm", do)

    def look(self, handle: str, sign: Sign) -> Booking:
        self.world.seen.append(("look", sign))

        def do() -> Booking:
            order = self.world.orders.get(_basket(handle))
            if order is None:
                return Booking(handle=handle, state=BookingState.OPEN)
            state = order["state"]
            if state == "early" or (state == BookingState.BOOKED and order.get("needs_sign")):
                state = (
                    BookingState.BOOKED
                    if sign.returned == "success" and state != "early"
                    else BookingState.UNPROVEN
                )
            return Booking(
                handle=handle,
                state=state,
                reference=f"REF{order['id']}"
                if state in (BookingState.BOOKED, BookingState.UNPROVEN)
                else "",
                total=order.get("told", order["amount"]),
                mailed_by_provider=self.world.mails,
            )

        return self.world.work("look", do)

    def documents(self, handle: str) -> Documents:
        return self.world.work(
            "documents",
            lambda: self.world.documents or Documents(Arrives.BOX_OFFICE, expected=2, ready=0, complete=True),
        )

    def fetch(self, handle: str, document: DocumentInfo) -> DocumentFile:
        return self.world.work(
            "fetch",
            lambda: DocumentFile(b"%PDF-1.4 " + document.ref.encode(), "application/pdf", "ticket.pdf"),
        )

    # --- catalogue, as far as a basket page asks

    def availability(self, instance_ref: str) -> Availability:
        return Availability(instance_ref=instance_ref, checked_at=clock.now())


BUYER = (
    Question("first_name", "text"),
    Question("last_name", "text"),
    Question("email", "email"),
    Question("phone", "tel", required=False),
)
LTD_LIKE = (
    *BUYER,
    Question("address_1", "text", required=False),
    Question(
        "country",
        "country",
        required=False,
        choices=(Choice("218", "United Kingdom", "GB"), Choice("219", "United States", "US")),
    ),
    Question(
        "state", "us_state", required=False, choices=(Choice("NY", "New York"),), only_if=("country", "219")
    ),
    Question(
        "delivery",
        "choice",
        choices=(
            Choice("91", "Print at Home", "print_at_home", Money(0, "GBP")),
            Choice("1", "Box Office Collection", "box_office", Money(100, "GBP")),
        ),
    ),
    Question("protection", "yes_no", required=False, price=Money(500, "GBP")),
)
TH_LIKE = (
    *BUYER,
    Question(
        "format",
        "choice",
        choices=(
            Choice("pdf", "", "pdf"),
            Choice("pkpass", "", "pkpass"),
            Choice("secure", "", "secure", disabled="wallet_needs_account"),
        ),
    ),
)


def pdfs(*seats: str, expected: int, complete: bool = False, **more: Any) -> Documents:
    return Documents(
        arrives=more.pop("arrives", Arrives.DOWNLOAD),
        expected=expected,
        ready=len(seats),
        documents=tuple(
            DocumentInfo(ref=f"doc-{s}", kind="pdf", link=f"https://pay.example.org/{s}", seat=s)
            for s in seats
        ),
        complete=complete,
        **more,
    )
