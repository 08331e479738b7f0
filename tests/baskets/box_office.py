"""A box office of our own for tests: it keeps what is held by whom, and fails on request.

It speaks the shop's protocols and nothing else. `seats`: named seats are taken from sale when they are asked for,
whole items go back. `wishes`: nothing is taken from sale, a hold is a list of wishes. `OFFICE` is the state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import connection

from shop import clock, guards
from shop.money import Money
from shop.providers import errors
from shop.providers.accounts import AccountConfig
from shop.providers.base import Keep
from shop.providers.types import (
    Availability,
    Capabilities,
    Discount,
    HeldItem,
    HeldTicket,
    Hold,
    Offer,
    Seat,
    SeatArea,
    SeatRow,
    Selection,
    SignOfLife,
    TakenSeat,
)  # fmt: skip

HOLD_FOR = timedelta(minutes=10)
FEE = 900


class Killed(BaseException):
    """The process is gone: nothing after this line runs, not even clearing up."""


@dataclass
class Item:
    instance: str
    area: str
    seats: tuple[str, ...]
    expires_at: datetime
    offer: str = ""


@dataclass
class Office:
    """Everything that would survive on the other side."""

    prices: dict[str, int] = field(default_factory=dict)  # area -> minor units
    rows: dict[str, dict[str, int]] = field(default_factory=dict)  # area -> row -> number of seats
    restricted: dict[str, str] = field(default_factory=dict)  # seat ref -> text
    access: dict[str, str] = field(default_factory=dict)  # seat ref -> of SEAT_ACCESS
    standing: set[str] = field(default_factory=set)  # seat refs
    places: Callable[[str, str, int], tuple[float, float]] | None = (
        None  # where a seat is, where it is measured
    )
    tells_taken: bool = False
    offers: list[Offer] = field(default_factory=list)
    discounts: dict[str, Discount] = field(default_factory=dict)  # code -> it
    sold: set[str] = field(default_factory=set)  # by others
    baskets: dict[str, dict[str, Item]] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)  # baskets they do not want to know any more
    gone: dict[str, str] = field(default_factory=dict)  # offer key -> why it cannot be had now
    asked: list[tuple[str, object]] = field(default_factory=list)  # every call
    faults: dict[str, list[str]] = field(default_factory=dict)  # verb -> what goes wrong, one each
    during: dict[str, Callable[[], None]] = field(default_factory=dict)  # verb -> what happens meanwhile
    removes: str = "item"
    extends: bool = False  # a hold can last longer than was said at first
    surcharge: int = 0
    list_expired: bool = False
    grace: timedelta = timedelta()  # they let go so much later than they say
    limit: int = 10
    code_field: bool = False
    counter: int = 0
    minutes: timedelta = HOLD_FOR
    there: str = ""  # address of their own page, where nothing is held for anybody else

    def fault(self, verb: str) -> str:
        waiting = self.faults.get(verb) or []
        return waiting.pop(0) if waiting else ""

    def calls(self, verb: str) -> int:
        return sum(name == verb for name, _ in self.asked)

    def held(self) -> set[str]:
        now = clock.now()
        return {
            s
            for b in self.baskets.values()
            for i in b.values()
            if i.expires_at + self.grace > now
            for s in i.seats
        }

    def ref(self) -> str:
        self.counter += 1
        return str(self.counter)


OFFICE = Office()


def fresh() -> Office:
    OFFICE.__init__()  # type: ignore[misc]
    OFFICE.prices.update(Stalls=4500, Circle=3000)
    OFFICE.rows.update(Stalls={"A": 8, "B": 8}, Circle={"A": 4})
    return OFFICE


def seat_ref(area: str, row: str, number: int) -> str:
    return f"{area[0]}{row}{number}"


class Provider:
    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        self.config = config
        self.wishes = config.option("mode") == "wishes"
        self.capabilities = Capabilities(
            holds_at="checkout" if self.wishes else "add",
            one_event_per_hold=self.wishes,
            removes=OFFICE.removes,
            can_extend=OFFICE.extends,
            hold_minutes=None if self.wishes else 10,
            sold_there=bool(OFFICE.there),
        )
        self.catalog = self.holds = self.bookings = self

    # --- what is on ----------------------------------------------------------------------------------------

    def _begin(self, verb: str, what: object = None) -> str:
        if len(connection.atomic_blocks) > guards.baseline:
            raise AssertionError(f"{verb} was called inside a database transaction")
        OFFICE.asked.append((verb, what))
        fault = OFFICE.fault(verb)
        if fault == "down":
            raise errors.Unavailable("down", account=self.config.name)
        if fault == "odd":
            raise errors.BadAnswer("HTML", account=self.config.name)
        if fault == "killed":
            raise Killed
        return fault

    def availability(self, instance_ref: str) -> Availability:
        self._begin("availability", instance_ref)
        if OFFICE.there:
            there = tuple(replace(one, closed="there") for one in OFFICE.offers)
            return Availability(instance_ref, clock.now(), offers=there, choose_there=OFFICE.there)
        if self.wishes:
            offers = tuple(replace(o, closed=OFFICE.gone.get(o.key, o.closed)) for o in OFFICE.offers)
            return Availability(
                instance_ref, clock.now(), offers=offers, limit=OFFICE.limit, code_field=OFFICE.code_field
            )
        taken = OFFICE.sold | OFFICE.held()
        areas = tuple(
            SeatArea(
                area, tuple(self._row(area, row, count, taken) for row, count in rows.items()),
                self._taken(area, rows, taken), OFFICE.tells_taken,
            )
            for area, rows in OFFICE.rows.items()
        )  # fmt: skip
        return Availability(instance_ref, clock.now(), areas=areas, offers=self._own(), limit=OFFICE.limit)

    def _own(self) -> tuple[Offer, ...]:
        return tuple(offer for offer in OFFICE.offers if offer.price.currency == self.config.currency)

    def _taken(self, area: str, rows: dict[str, int], taken: set[str]) -> tuple[TakenSeat, ...]:
        if not OFFICE.tells_taken:
            return ()
        return tuple(
            TakenSeat(row, str(number), number, *self._place(area, row, number))
            for row, count in rows.items()
            for number in range(1, count + 1)
            if seat_ref(area, row, number) in taken
        )

    def _place(self, area: str, row: str, number: int) -> tuple[float | None, float | None]:
        return OFFICE.places(area, row, number) if OFFICE.places else (None, None)

    def _row(self, area: str, row: str, count: int, taken: set[str]) -> SeatRow:
        seats = []
        for number in range(1, count + 1):
            ref = seat_ref(area, row, number)
            if ref not in taken:
                price = Money(OFFICE.prices[area], self.config.currency)
                note = OFFICE.restricted.get(ref, "")
                x, y = self._place(area, row, number)
                seats.append(
                    Seat(
                        ref, row, str(number), price, Money(FEE, price.currency), price - Money(FEE, price.currency),
                        restricted=bool(note), note=note, index=number, x=x, y=y,
                        access=OFFICE.access.get(ref, ""), standing=ref in OFFICE.standing,
                    )
                )  # fmt: skip
        return SeatRow(row, tuple(seats))

    def discount(self, instance_ref: str, code: str) -> Discount | None:
        self._begin("discount", code)
        return OFFICE.discounts.get(code)

    def sign_of_life(self) -> SignOfLife:
        return SignOfLife(ok=True)

    def events(self, window: object) -> Iterator[object]:
        return iter(())

    # --- holding -------------------------------------------------------------------------------------------

    def hold(self, handle: str | None, selections: Sequence[Selection], keep: Keep) -> Hold:
        fault = self._begin("hold", tuple(selections))
        if self.wishes:
            return self._wish(handle, selections, keep, fault)
        if handle is None:
            handle = f"basket-{OFFICE.ref()}"
            OFFICE.baskets[handle] = {}
            keep(handle)
        if fault == "killed after the handle":
            raise Killed
        if handle in OFFICE.dead or handle not in OFFICE.baskets or fault == "gone":
            raise errors.HoldGone("403", account=self.config.name)
        if fault in ("lone", "limit", "sold_out", "not_on_sale"):
            raise {
                "lone": errors.LoneSeat(),
                "limit": errors.LimitExceeded(limit=4),
                "sold_out": errors.SoldOut(),
                "not_on_sale": errors.NotOnSale(what="Adult", since=clock.now() + timedelta(days=3)),
            }[fault]
        if fault == "lost before":
            raise errors.OutcomeUnknown("nothing came back", account=self.config.name)
        if "hold" in OFFICE.during:
            OFFICE.during.pop("hold")()
        self._take(handle, selections)
        if fault == "killed after":
            raise Killed
        if fault == "lost after":
            raise errors.OutcomeUnknown("nothing came back", account=self.config.name)
        return self._state(handle)

    def _take(self, handle: str, selections: Sequence[Selection]) -> None:
        taken = OFFICE.sold | OFFICE.held()
        wanted = [ref for one in selections for ref in one.seat_refs]
        short = tuple(ref for ref in wanted if ref in taken)
        if short:
            raise errors.SoldOut("409", refs=short, account=self.config.name)
        for one in selections:
            seats = one.seat_refs or self._pick(one, taken)
            by_area: dict[str, list[str]] = {}
            for ref in seats:
                by_area.setdefault(self._area(ref), []).append(ref)
            for area, refs in by_area.items():
                until = clock.now() + OFFICE.minutes
                OFFICE.baskets[handle][OFFICE.ref()] = Item(
                    one.instance_ref, area, tuple(refs), until, one.offer_key
                )

    def _pick(self, one: Selection, taken: set[str]) -> tuple[str, ...]:
        area = one.offer_key.split(":")[0]
        free = [
            ref
            for row, count in OFFICE.rows[area].items()
            for number in range(1, count + 1)
            if (ref := seat_ref(area, row, number)) not in taken
        ]
        if len(free) < one.quantity:
            raise errors.SoldOut("409", refs=(one.offer_key,), account=self.config.name)
        return tuple(free[: one.quantity])

    def _area(self, ref: str) -> str:
        return next(area for area in OFFICE.rows if area[0] == ref[0])

    def release(self, handle: str, item_refs: Sequence[str] | None, keep: Keep) -> Hold:
        fault = self._begin("release", item_refs)
        if self.wishes:
            state = json.loads(handle)
            refs = set(item_refs) if item_refs is not None else set(state)
            return self._wished({ref: wish for ref, wish in state.items() if ref not in refs}, keep)
        if handle in OFFICE.dead or fault == "gone":
            raise errors.HoldGone("403", account=self.config.name)
        if fault == "lost before":
            raise errors.OutcomeUnknown("nothing came back", account=self.config.name)
        basket = OFFICE.baskets[handle]
        for ref in list(basket):
            if item_refs is None or ref in item_refs:
                del basket[ref]
            elif OFFICE.removes == "ticket":
                left = tuple(seat for seat in basket[ref].seats if seat not in item_refs)
                basket[ref] = replace(basket[ref], seats=left)
        if "release" in OFFICE.during:
            OFFICE.during.pop("release")()
        if fault == "killed after":
            raise Killed
        if fault == "lost after":
            raise errors.OutcomeUnknown("nothing came back", account=self.config.name)
        return self._state(handle)

    def read(self, handle: str) -> Hold:
        self._begin("read")
        if self.wishes:
            return self._wished(json.loads(handle), lambda text: None)
        if handle in OFFICE.dead:
            raise errors.HoldGone("403", account=self.config.name)
        return self._state(handle)

    def _state(self, handle: str) -> Hold:
        currency, now = self.config.currency, clock.now()
        items = []
        for ref, item in OFFICE.baskets[handle].items():
            over = item.expires_at <= now
            if over and not OFFICE.list_expired:
                continue
            price = Money(OFFICE.prices[item.area] + OFFICE.surcharge, currency)
            tickets = tuple(
                HeldTicket(
                    seat, price, seat[1], seat[2:], Money(FEE, currency), price - Money(FEE, currency),
                    bool(OFFICE.restricted.get(seat)), OFFICE.restricted.get(seat, ""),
                )
                for seat in item.seats
            )  # fmt: skip
            items.append(
                HeldItem(
                    ref=ref, instance_ref=item.instance, event_ref="", event_name="Their name of it", starts_at=None,
                    tickets=tickets, total=price * len(tickets), area=item.area, expires_at=item.expires_at,
                    state="gone" if over else "held", problem="hold_expired" if over else "",
                    selection=Selection(item.instance, seat_refs=item.seats),
                )
            )  # fmt: skip
        live = [item for item in items if item.state == "held"]
        return Hold(
            handle, tuple(items), Money.total((item.total for item in live), currency),
            min((item.expires_at for item in live if item.expires_at), default=None),
        )  # fmt: skip

    # --- wishes --------------------------------------------------------------------------------------------

    def _wish(self, handle: str | None, selections: Sequence[Selection], keep: Keep, fault: str) -> Hold:
        state = json.loads(handle) if handle else {}
        if fault == "own order" and state:
            refused = errors.Refused("another date")
            refused.code = "one_date_an_order"
            raise refused
        for one in selections:
            offer = next((o for o in OFFICE.offers if o.key == one.offer_key), None)
            why = OFFICE.gone.get(one.offer_key, "")
            if offer is None or why == "sold_out":
                raise errors.SoldOut(refs=(one.offer_key,))
            if why == "not_yet":
                raise errors.NotOnSale(what=offer.ticket_type, since=clock.now() + timedelta(days=2))
            state[f"w{OFFICE.ref()}"] = {
                "instance": one.instance_ref, "offer": one.offer_key, "quantity": one.quantity,
                "discounts": list(one.discount_refs), "code": one.code,
            }  # fmt: skip
        return self._wished(state, keep)

    def _wished(self, state: dict, keep: Keep) -> Hold:
        items = []
        for ref, wish in state.items():
            offer = next(o for o in OFFICE.offers if o.key == wish["offer"])
            why = OFFICE.gone.get(offer.key, "")
            price = Money(offer.price.minor + OFFICE.surcharge, offer.price.currency)
            if wish["discounts"]:
                price = Money(price.minor * 9 // 10, price.currency)
            items.append(
                HeldItem(
                    ref=ref, instance_ref=wish["instance"], event_ref="", event_name="", starts_at=None,
                    tickets=tuple(
                        HeldTicket(f"{ref}-{n}", price, ticket_type=offer.ticket_type) for n in range(wish["quantity"])
                    ),
                    total=price * wish["quantity"], area=offer.area, state="gone" if why else "wish", problem=why,
                    selection=Selection(
                        wish["instance"], offer_key=offer.key, quantity=wish["quantity"],
                        discount_refs=tuple(wish["discounts"]), code=wish["code"],
                    ),
                    time_from=offer.time_from, time_to=offer.time_to,
                )
            )  # fmt: skip
        keep(json.dumps(state))
        live = [item.total for item in items if item.state == "wish"]
        return Hold(json.dumps(state), tuple(items), Money.total(live, self.config.currency), firm=False)
