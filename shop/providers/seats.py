"""Seats as every provider tells of them: free ones to choose from, taken ones to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

from shop.money import Money


@dataclass(frozen=True, slots=True)
class Seat:
    """One free seat. `index` places it in its row: neighbours differ by one."""

    ref: str
    row: str
    number: str
    price: Money
    fee: Money | None = None
    face_value: Money | None = None
    restricted: bool = False
    note: str = ""
    index: int = 0
    offer_key: str = ""  # price band it belongs to, where the provider asks for it
    x: float | None = None  # where the provider measures its house: any unit, y grows away from the stage
    y: float | None = None
    access: str = ""  # of SEAT_ACCESS
    standing: bool = False


# What a place is made for. Whoever needs one books it as any other.
SEAT_ACCESS = ("wheelchair", "companion", "step_free")


@dataclass(frozen=True, slots=True)
class TakenSeat:
    """A seat that is not free, where the provider tells of them: it is drawn and cannot be chosen."""

    row: str
    number: str
    index: int = 0
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class SeatRow:
    name: str
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class SeatArea:
    """`taken`: its other seats; `tells_taken` is false where the provider names free seats only."""

    name: str
    rows: tuple[SeatRow, ...]
    taken: tuple[TakenSeat, ...] = ()
    tells_taken: bool = False
