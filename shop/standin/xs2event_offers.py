"""What suppliers offer for an event: prices, stock, rules and what they ask of guests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache

from shop.standin.xs2event_categories import CATEGORY, Category
from shop.standin.xs2event_ids import derived
from shop.standin.xs2event_season import Event

# Ten-thousandths of a euro for a pound: the rate at which a booking is settled.
POUND_IN_EURO = 11_687


@dataclass(frozen=True)
class Supplier:
    name: str
    own: bool = False
    terms: str = ""
    shipping: str = ""

    @property
    def id(self) -> str:
        return derived("spp", "supplier", self.name)


SUPPLIERS = {
    "stadia": Supplier("Stadia Direct", True, shipping="<p>E-tickets come <b>three days</b> before the event.</p>"),
    "meridian": Supplier("Meridian Seats", terms="<p>Names can be changed until seven days before the event.</p>"
                         "<p>No resale.</p>"),
    "gradas": Supplier("Gradas y Palcos", shipping="<p>Mobile tickets are sent one day before the event.</p>"),
    "paddock": Supplier("Paddock Passes", True, terms="<p>Children under three need no ticket.</p>"),
}  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """``net`` in minor units at 100 percent; ``face`` is the value for the public in percent of it."""

    category: str
    net: int
    stock: int
    supplier: str = "stadia"
    asks: str = "none"
    flags: str = ""
    least: int = 1
    kind: str = "eticket"
    face: int = 120
    days: str = ""
    target: str = "regular"
    currency: str = "EUR"
    status: str = "available"
    package: int | None = None


@dataclass(frozen=True)
class Ticket:
    event: Event
    spec: Spec

    @cached_property
    def id(self) -> str:
        spec = self.spec
        suffix = "tck" if SUPPLIERS[spec.supplier].own else "spp"
        return derived(
            suffix, "ticket", self.event.id, spec.category, spec.supplier, spec.days, spec.target, spec.kind
        )

    @property
    def supplier(self) -> Supplier:
        return SUPPLIERS[self.spec.supplier]

    @property
    def category(self) -> Category:
        return CATEGORY[self.event.venue.name, self.spec.category]

    @property
    def flags(self) -> tuple[str, ...]:
        return tuple(self.spec.flags.split())

    @property
    def net_rate(self) -> int:
        """Rounded to whole units of the currency, as suppliers do."""
        return self.spec.net * self.event.fixture.percent // 10_000 * 100

    @property
    def face_value(self) -> int:
        return self.net_rate * self.spec.face // 10_000 * 100

    @cached_property
    def day(self) -> date:
        """The first day it is good for."""
        days = self.labels
        if self.event.fixture.days == 1 or len(days) == self.event.fixture.days:
            return self.event.day
        return (
            self.event.last_day
            if days == ("sunday",)
            else self.event.last_day - timedelta(days=len(days) - 1)
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The days by name, in order."""
        names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        fixture = self.event.fixture
        every = tuple(names[(self.event.day + timedelta(days=n)).weekday()] for n in range(fixture.days))
        if fixture.days == 1 or self.spec.days == "weekend":
            return every
        if self.spec.days == "twoday":
            return every[-2:]
        return every[-1:]

    @property
    def validity(self) -> str:
        return {1: "singleday", 2: "twoday", 3: "weekend", 4: "fourday"}[len(self.labels)]

    @property
    def sub_category(self) -> str:
        several = self.event.fixture.days > 1
        word = self.labels[0][:3] if several and len(self.labels) == 1 else self.validity
        return f"{word}_{self.spec.target}"

    @property
    def window(self) -> tuple[datetime, datetime]:
        last = self.day + timedelta(days=len(self.labels) - 1)
        return datetime.combine(self.day, time()), datetime.combine(last, time(23, 59, 59))

    @property
    def title(self) -> str:
        """Captured: ``Distinti (21/12)``."""
        last = self.day + timedelta(days=len(self.labels) - 1)
        youth = " Youth" if self.spec.target == "youth" else ""
        return f"{self.spec.category}{youth} ({last:%d/%m})"


def in_euro(minor: int, currency: str) -> int:
    """Minor units of euro, half up."""
    return minor if currency == "EUR" else (minor * POUND_IN_EURO + 5_000) // 10_000


def _gbp(specs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    return tuple(Spec(**{**spec.__dict__, "currency": "GBP"}) for spec in specs)


_TRACK = (
    Spec("Main Grandstand", 39_900, 60, "paddock", "lead_now", days="weekend"),
    Spec("Main Grandstand", 28_500, 5, "paddock", "lead_now", "no_max_minus_1", days="sunday"),
    Spec("Grandstand Hairpin", 24_900, 200, "paddock", "all_later", "pairs_only", least=2, days="weekend"),
    Spec("Grandstand Hairpin", 9_900, 24, "paddock", "all_later", days="weekend", target="youth"),
    Spec("Grandstand Esses", 17_900, 1, "stadia", days="twoday"),
    Spec("General Admission", 8_500, 900, "stadia", days="weekend"),
    Spec("Car Parking", 4_500, 300, "stadia", days="weekend", kind="other"),
    Spec("Paddock Club Terrace", 289_000, 12, "paddock", "address", least=2, days="weekend"),
)

OFFERS: dict[str, tuple[Spec, ...]] = {
    "spain": (
        Spec("Tribuna Cubierta", 14_500, 5, "stadia", "football", "no_max_minus_1"),
        Spec("Tribuna Alta", 9_800, 200, "stadia", "football"),
        Spec("Grada Lateral", 7_200, 48, "stadia", "football"),
        Spec("Grada Lateral", 7_700, 1, "gradas", "none", kind="appticket"),
        Spec("Fondo Norte", 4_900, 60, "meridian", "lead_now", "no_away_fans"),
        Spec("Zona Familiar", 5_500, 36, "stadia", "football"),
        Spec("Zona Familiar", 2_500, 36, "stadia", "football", target="youth"),
        Spec("Palco Lounge", 32_000, 14, "meridian", "all_now", "pairs_only", least=2),
    ),
    "spain_small": (
        Spec("Tribuna Cubierta", 8_900, 40, "stadia", "football"),
        Spec("Tribuna Alta", 6_500, 0, "stadia", "football"),
        Spec("Grada Lateral", 4_400, 200, "gradas", "all_later", "no_awayteam_province_allowed"),
        Spec("Fondo Norte", 2_900, 120, "gradas", "none", kind="paper-ticket"),
        Spec("Zona Familiar", 1_500, 20, "stadia", "football", target="youth"),
    ),
    "italy": (
        Spec("Tribuna Onore", 16_800, 18, "meridian", "all_now", "no_awayteam_nationality_allowed"),
        Spec("Tribuna Laterale", 9_900, 200, "stadia", "all_now"),
        Spec("Distinti", 6_900, 5, "stadia", "all_now", "no_max_minus_1 pairs_only"),
        Spec("Curva Est", 3_900, 75, "gradas", "all_now", "no_away_fans"),
        Spec("Sala Lanterna", 24_500, 8, "meridian", "address", least=2, kind="collection-stadium"),
    ),
    "england": _gbp((
        Spec("Longside Lower", 11_500, 44, "stadia", "lead_later"),
        Spec("Longside Upper", 13_900, 20, "stadia", "lead_later", "pairs_only", least=2),
        Spec("Shortside", 8_400, 200, "meridian", "lead_now", "no_away_fans"),
        Spec("Shortside", 8_900, 5, "gradas", "all_now", "no_max_minus_1", kind="appticket"),
        Spec("Family Stand", 3_900, 30, "stadia", "lead_later", target="youth"),
        Spec("Matchday Lounge", 27_500, 24, "meridian", "lead_now"),
    )),
    "england_small": _gbp((
        Spec("Longside Lower", 6_200, 90, "stadia", "none"),
        Spec("Longside Upper", 7_400, 1, "stadia", "none"),
        Spec("Shortside", 4_100, 200, "stadia", "none"),
        Spec("Matchday Lounge", 14_900, 10, "meridian", "address", least=2),
    )),
    "lowlands": (
        Spec("Category 1", 7_900, 32, "stadia", "none"),
        Spec("Category 2", 5_900, 200, "stadia", "none"),
        Spec("Category 3", 3_900, 5, "gradas", "none", kind="paper-ticket"),
        Spec("Category 2", 5_500, 0, "meridian", "lead_now"),
        Spec("Category 1", 9_900, 10, "meridian", "lead_now", status="disabled"),
        Spec("Skybox", 21_000, 24, "meridian", "lead_now", least=4),
    ),
    "court_gbp": _gbp((
        Spec("Centre Court Lower", 18_500, 16, "stadia", "lead_now", "pairs_only", least=2),
        Spec("Centre Court Upper", 9_500, 200, "stadia", "lead_later"),
        Spec("Grounds Pass", 3_200, 500, "stadia", "none"),
        Spec("Garden Pavilion", 41_500, 5, "meridian", "address", "no_max_minus_1"),
    )),
    "court_eur": (
        Spec("Centre Court Lower", 9_500, 30, "stadia", "all_later"),
        Spec("Centre Court Upper", 4_800, 200, "gradas", "none"),
        Spec("Grounds Pass", 1_800, 400, "gradas", "none", kind="collection-stadium"),
        Spec("Garden Pavilion", 19_500, 12, "meridian", "lead_now"),
    ),
    "track": _TRACK,
    "track_gbp": _gbp(_TRACK),
    "hall_eur": (
        Spec("Front Standing", 9_800, 25, "gradas", "all_now", kind="appticket"),
        Spec("Floor Standing", 6_900, 200, "stadia", "none"),
        Spec("Seated Lower Ring", 8_500, 40, "stadia", "lead_now", "pairs_only"),
        Spec("Seated Upper Ring", 5_400, 5, "stadia", "none", "no_max_minus_1"),
        Spec("Table for Four", 52_000, 3, "meridian", "lead_now", "package_rate", package=4),
    ),
    "hall_gbp": _gbp((
        Spec("Front Standing", 8_200, 25, "gradas", "all_now", kind="other"),
        Spec("Floor Standing", 5_600, 200, "stadia", "none"),
        Spec("Seated Lower Ring", 7_400, 1, "stadia", "lead_now"),
        Spec("Seated Upper Ring", 4_500, 60, "stadia", "none"),
        Spec("Table for Four", 44_000, 2, "meridian", "lead_now", "package_rate", package=4),
    )),
    "nosale": (
        Spec("Main Grandstand", 31_000, 0, "paddock", "lead_now", days="weekend", status="disabled"),
        Spec("General Admission", 7_500, 0, "stadia", days="weekend", status="disabled"),
        Spec("Grandstand Esses", 15_000, 0, "stadia", days="weekend", status="disabled"),
    ),
    "none": (),
}  # fmt: skip


@lru_cache(maxsize=4096)
def tickets(event: Event) -> tuple[Ticket, ...]:
    """Everything that was ever offered for an event, also what is gone or for young people only."""
    return tuple(Ticket(event, spec) for spec in OFFERS[event.fixture.offers])
