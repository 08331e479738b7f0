"""What kinds of places a venue sells, in the words of a wholesaler: HTML, as suppliers write it."""

from __future__ import annotations

from dataclasses import dataclass

from shop.standin.programme import slug
from shop.standin.xs2event_ids import derived
from shop.standin.xs2event_places import VENUES, Venue

LANGUAGES = ("nl_NL", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "da_DK", "pt_PT", "cn_CN", "ko_KO", "ja_JA",
             "ar_AE", "zh_Hans_CN", "sv_SE")  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A kind of place of a house. ``traits``: words out of covered, numbered, video, lounge."""

    name: str
    english: str
    traits: str = "numbered"
    kind: str = "grandstand"
    together: int = 2
    delivery_days: int = 3
    german: str | None = None
    highlight: bool = False


@dataclass(frozen=True)
class Category:
    venue: Venue
    place: Place

    @property
    def id(self) -> str:
        return derived("ctg", "category", self.venue.name, self.place.name)

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def slug(self) -> str:
        return f"{slug(self.venue.name)}-{slug(self.place.name)}"

    def has(self, trait: str) -> bool:
        return trait in self.place.traits.split()


_PLACES: dict[str, tuple[Place, ...]] = {
    "spain": (
        Place("Tribuna Cubierta", "<p>Covered main stand, along the halfway line, rows 8 to 30.</p><ul><li>Numbered seat</li>"
              "<li>Up to four seats together</li></ul>", "numbered covered video", together=4, highlight=True),
        Place("Tribuna Alta", "<p>Upper tier of the main stand with a view of the <strong>whole pitch</strong>. Steep "
              "stairs, no lift.</p>", "numbered covered", together=2),
        Place("Grada Lateral", "<p>Long side opposite the main stand, in the afternoon sun.</p><p>Seats are in pairs.</p>",
              "numbered", together=2),
        Place("Fondo Norte", "<p>Behind the goal, home supporters. Standing for most of the match.</p>"
              "<p>Colours of the visiting team are not allowed.</p>", "", together=1),
        Place("Zona Familiar", "<p>A quieter block in the corner, for adults with children up to 16.</p>", "numbered covered",
              together=4),
        Place("Palco Lounge", "<p>Padded seats on the halfway line, and the lounge behind them:</p><ul><li>opens two hours "
              "before kick-off</li><li>tapas, wine and soft drinks</li><li>dress code: smart casual</li></ul>",
              "numbered covered video lounge", "hospitality", 2, 5, highlight=True),
    ),
    "italy": (
        Place("Tribuna Onore", "<p>Main stand, central blocks, upholstered seats.</p>", "numbered covered video", together=4,
              highlight=True),
        Place("Tribuna Laterale", "<p>Main stand towards the corner flags.</p>", "numbered covered", together=2),
        Place("Distinti", "<p>Long side opposite the main stand. <em>Bring the identity document of every guest.</em></p>",
              "numbered", together=2),
        Place("Curva Est", "<p>Home end, unnumbered.</p>", "", together=1),
        Place("Sala Lanterna", "<p>Hospitality room above the main stand with a seated meal of three courses.</p>",
              "numbered covered lounge", "hospitality", 2, 5),
    ),
    "england": (
        Place("Longside Lower", "<p>Lower tier along the pitch, rows A to M: close to the play, little cover.</p>",
              "numbered", together=2),
        Place("Longside Upper", "<p>Upper tier along the pitch, covered.</p><p>Two seats are always together.</p>",
              "numbered covered", together=2, highlight=True),
        Place("Shortside", "<p>Behind either goal, home sections.</p>", "numbered covered", together=2),
        Place("Matchday Lounge", "<p>A padded seat and the lounge from <strong>two hours before</strong> kick-off until one "
              "hour after the whistle: hot buffet, complimentary bar before the match.</p>",
              "numbered covered video lounge", "hospitality", 4, 5, highlight=True),
        Place("Family Stand", "<p>For adults with children under 16; singing is welcome, standing is not.</p>",
              "numbered covered", together=4),
    ),
    "lowlands": (
        Place("Category 1", "<p>Long side, middle blocks.</p>", "numbered covered video", together=4,
              german="<p>Längsseite, mittlere Blöcke.</p>"),
        Place("Category 2", "<p>Long side, outer blocks.</p>", "numbered covered", together=2,
              german="<p>Längsseite, äußere Blöcke.</p>"),
        Place("Category 3", "<p>Behind the goal, seated.</p>", "numbered covered", together=2,
              german="<p>Hintertor, Sitzplätze.</p>"),
        Place("Skybox", "<p>A box for twelve with its own host, drinks and a warm meal at half-time.</p>",
              "numbered covered video lounge", "hospitality", 12, 7),
    ),
    "court": (
        Place("Centre Court Lower", "<p>The first eleven rows around Centre Court. Part of the day in the sun.</p>",
              "numbered", together=2, highlight=True),
        Place("Centre Court Upper", "<p>Upper tier of Centre Court, half of it shaded from 2 pm.</p>", "numbered", together=2),
        Place("Grounds Pass", "<p>Entry to the grounds and all outer courts, seats there as they come. "
              "<strong>Not valid</strong> on Centre Court.</p>", "", "generaladmission", 1),
        Place("Garden Pavilion", "<p>Lunch and afternoon tea in the garden, and a Centre Court seat in the shade.</p>",
              "numbered covered lounge", "hospitality", 2, 5),
    ),
    "track": (
        Place("Main Grandstand", "<p>Opposite the pit boxes: start, stops and podium. Covered, numbered.</p>",
              "numbered covered video", together=4, highlight=True),
        Place("Grandstand Hairpin", "<p>The slowest corner of the track and a giant screen in front of you.</p>",
              "numbered video", together=2),
        Place("Grandstand Esses", "<p>Three fast corners in view; uncovered benches with numbers.</p>", "numbered", together=2),
        Place("General Admission", "<p>Grass banks along the back straight. Bring a blanket; chairs up to 50 cm.</p>", "",
              "generaladmission", 1),
        Place("Car Parking", "<p>One car, all days, ten minutes on foot from gate C.</p>", "", "carparking", 1),
        Place("Paddock Club Terrace", "<p>Terrace over the pit lane with open bar and lunch on every day; pit walk on "
              "Sunday morning.</p>", "covered video lounge", "hospitality", 2, 10, highlight=True),
    ),
    "hall": (
        Place("Front Standing", "<p>The front of the floor, standing. Early entry by a gate of its own.</p>", "covered",
              "generaladmission", 1, highlight=True),
        Place("Floor Standing", "<p>The rest of the floor, standing.</p>", "covered", "generaladmission", 1),
        Place("Seated Lower Ring", "<p>First ring, numbered seats, rows 1 to 14.</p>", "numbered covered", together=2),
        Place("Seated Upper Ring", "<p>Second ring, numbered seats; a long way up.</p>", "numbered covered", together=2),
        Place("Table for Four", "<p>A table of your own on the balcony. <strong>Sold whole: the price is for the table and "
              "four people.</strong></p>", "numbered covered lounge", "hospitality", 4, 5),
    ),
}  # fmt: skip

CATEGORIES: tuple[Category, ...] = tuple(
    Category(venue, place) for venue in VENUES for place in _PLACES[venue.house]
)
CATEGORY = {(category.venue.name, category.name): category for category in CATEGORIES}
