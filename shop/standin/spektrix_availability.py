"""How many places the imitated Spektrix has left: instance status, by area, seat by seat.

Source: Spektrix, v3 help (status, status/areas), "Availability". Without ``includeChildPlans`` a plan counts its own
places alone, so a plan that has areas says zero: our reading of "necessary to see details for all areas". The layout
of the seat detail is not documented; our reading: an object of seat id -> ``{band, status}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_catalogue import lowered
from shop.standin.spektrix_ids import number_of, wire_id
from shop.standin.spektrix_plans import AGENCY, COMPANION, HOUSE, WHEELCHAIR, Area, Seat
from shop.standin.spektrix_season import Instance
from shop.standin.spektrix_stock import LOCK_TYPES, Count, Held, Stock
from shop.standin.spektrix_wire import Json, missing, truth, wants
from shop.standin.wsgi import Env, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix


class Availability:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def status(
        self, request: StandinRequest, caller: Caller, text: str, area_text: str | None = None
    ) -> Response:
        found = self._instance(caller, text)
        stock = self.world.tickets.stock(caller, found)
        area: Area | None = stock.plan
        if area_text is not None:
            number = number_of(area_text)
            area = next((each for each in stock.plan.walk() if each.number == number), None)
            if area is None:
                raise missing("Area")
        assert area is not None
        given = lowered(request)
        with self.env.store.read() as connection:
            held = stock.held(connection)
        children = truth(given.get("includechildplans"))
        count = (
            stock.total(area, held, caller.basket_id)
            if children
            else stock.count(area, held, caller.basket_id)
        )
        locks = truth(given.get("includelockinformation"))
        body = self._body(caller, area, count, locks)
        if wants(request, "bands"):
            body["bands"] = self._bands(caller, stock, area, held)
        return as_json(body)

    def _instance(self, caller: Caller, text: str) -> Instance:
        return self.world.catalogue.instance(caller.tenant, text, signed=caller.mode != "web")

    def _body(self, caller: Caller, area: Area, count: Count, locks: bool) -> Json:
        agent = caller.mode == "agent"
        info = [
            _locked(WHEELCHAIR, count.wheelchair),
            _locked(COMPANION, count.companion),
            _locked(AGENCY, count.agency if agent else 0),
        ]
        body: Json = {
            "name": area.name,
            "available": count.available,
            "wheelchairAvailable": count.wheelchair,
            "specialAvailable": 0,
            "capacity": count.capacity,
            "inBasket": count.in_basket,
            "unavailable": count.unavailable,
            "lockInfoAvailable": [each for each in info if each["quantity"]] if locks else None,
            "lockInfoSpecialAvailable": [] if locks else None,
        }
        if caller.mode != "web":
            agency = 0 if agent else count.agency
            kept = [_locked(HOUSE, count.locked - agency), _locked(AGENCY, agency)]
            body.update({
                "inOtherBasket": count.in_other, "locked": count.locked, "reserved": 0, "sold": count.sold,
                "scanned": 0, "masked": 0, "lockInformation": [each for each in kept if each["quantity"]],
            })  # fmt: skip
        return body

    def _bands(self, caller: Caller, stock: Stock, area: Area, held: Held) -> list[Json]:
        """Free places by band."""
        free: dict[int, int] = {}
        for leaf in area.leaves():
            if leaf.reserved:
                for seat in leaf.seats:
                    free[seat.band] = free.get(seat.band, 0) + stock.free(seat, leaf, held)
            else:
                free[leaf.band] = free.get(leaf.band, 0) + stock.left(leaf, held)
        found = []
        for number, left in free.items():
            band = caller.tenant.band(number)
            assert band is not None
            found.append({"id": wire_id(number), "name": band.name, "available": left})
        return found

    def detail(self, request: StandinRequest, caller: Caller, text: str) -> Response:
        """``A`` free, ``U`` not, ``I`` free and with information; a signed call sees what that is."""
        found = self._instance(caller, text)
        stock = self.world.tickets.stock(caller, found)
        with self.env.store.read() as connection:
            held = stock.held(connection)
        children = truth(lowered(request).get("includechildplans"))
        areas = list(stock.plan.leaves()) if children or not stock.plan.areas else []
        body: Json = {
            wire_id(seat.number): seat_entry(caller, seat, held, free=stock.free(seat, area, held))
            for area in areas
            for seat in area.seats
        }
        if self.env.faults.take("spektrix", "seat_detail_text", instance=text):
            lines = "\n".join(f"{seat}|{entry['band']}|{entry['status']}" for seat, entry in body.items())
            return Response(lines, content_type="text/plain; charset=utf-8")
        return as_json(body)


def information(seat: Seat) -> list[str]:
    """What everybody may know of a seat: that it is for a wheelchair or a companion, and the box office's note."""
    lock = LOCK_TYPES[seat.lock][1] if seat.lock in {WHEELCHAIR, COMPANION} else ""
    return [each for each in (lock, seat.note) if each]


def seat_entry(caller: Caller, seat: Seat, held: Held, *, free: bool) -> Json:
    """A seat of the detail. Everybody sees that there is information (``I``: a wheelchair space, a companion's seat,
    a note of the box office), signed calls also which: lock by name, note as text. All of it is our reading."""
    entry: Json = {
        "band": wire_id(seat.band),
        "status": "U" if not free else "I" if information(seat) else "A",
    }
    if caller.mode != "web":
        entry["lockType"] = LOCK_TYPES[seat.lock][1] if seat.lock else None
        entry["information"] = seat.note
        entry["inBasket"] = seat.number in held.seats and not held.seats[seat.number][1]
    return entry


def _locked(lock: str, quantity: int) -> Json:
    number, name = LOCK_TYPES[lock]
    return {"quantity": quantity, "lockType": {"id": wire_id(number), "name": name}}
