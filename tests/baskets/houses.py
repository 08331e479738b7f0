"""Houses for the imitated box office: one of 1,500 seats in curved rows on four tiers, and a studio of sixty."""

from __future__ import annotations

from math import cos, sin

from tests.baskets.box_office import Office, seat_ref

LETTERS = "ABCDEFGHJKLMNPQRSTUV"
TIERS = {
    "Stalls": (20, 32, 7200),
    "Dress Circle": (10, 38, 6000),
    "Upper Circle": (10, 30, 4500),
    "Gallery": (6, 30, 2500),
}
STUDIO = {"Studio": (5, 12, 2200)}
BEND = 900  # from the stage to the middle of all curves


def build(office: Office, tiers: dict[str, tuple[int, int, int]], *, sold_every: int = 0) -> None:
    """`tiers`: rows, seats in each, and the price of one; every so many seats is sold."""
    office.prices.clear()
    office.rows.clear()
    before = 0
    depths = {}
    for area, (rows, seats, price) in tiers.items():
        office.prices[area] = price
        office.rows[area] = dict.fromkeys(LETTERS[:rows], seats)
        depths[area] = before
        before += rows + 3

    def place(area: str, row: str, number: int) -> tuple[float, float]:
        radius = BEND + 28 * (depths[area] + LETTERS.index(row))
        along = (number - (tiers[area][1] + 1) / 2) * 24 / radius
        return round(radius * sin(along), 1), round(radius * cos(along) - BEND, 1)

    office.places, office.tells_taken = place, True
    every = [
        seat_ref(area, row, n)
        for area, rows in office.rows.items()
        for row, m in rows.items()
        for n in range(1, m + 1)
    ]
    if sold_every:
        office.sold.update(every[::sold_every])


def big(office: Office, *, sold_every: int = 3) -> None:
    """1,500 seats, with places for wheelchairs, companions and without steps, a pillar and standing room."""
    build(office, TIERS, sold_every=sold_every)
    office.access.update(SV31="wheelchair", SV30="companion", SV2="step_free", SV3="step_free")
    office.restricted.update(ST18="a pillar", ST19="a pillar", GA2="a safety rail")
    office.standing.update({"GF2", "GF3"})


def studio(office: Office, *, sold_every: int = 0) -> None:
    build(office, STUDIO, sold_every=sold_every)
    office.access.update(SA1="wheelchair", SA2="companion", SA12="step_free")
    office.restricted.update(SE6="beside the lighting desk")
