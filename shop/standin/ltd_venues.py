"""The invented houses of the season. Telephone numbers are of the range that is kept for drama."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shop.standin.clock import LONDON


@dataclass(frozen=True)
class VenueSpec:
    """``plan`` names a seating plan in ``ltd_plans``; with ``nulls`` empty texts travel as null, else as ``""``."""

    venue_id: int
    name: str
    address: str
    postcode: str | None
    plan: str
    tube: str | None = None
    train: str | None = None
    telephone: str | None = None
    info: str | None = None
    city: str = "London"
    zone: ZoneInfo = LONDON
    nulls: bool = False


def _london(
    venue_id: int, name: str, address: str, postcode: str, plan: str, tube: str, train: str, info: str
) -> VenueSpec:
    telephone = f"020 7946 {venue_id:04d}"
    return VenueSpec(venue_id, name, address, postcode, plan, tube, train, telephone, info)


_ACCESS = (
    "<p>Wheelchair spaces are in the rear stalls, with a level entrance&nbsp;in the side street.</p>\r\n"
)

VENUES: tuple[VenueSpec, ...] = (
    _london(71, "Aldgate Playhouse", "1 Tenter Yard", "E1 0AA", "grand", "Aldgate", "Fenchurch Street",
            "<p>Built in 1898 for pantomime, with a dome of painted clouds.</p>\r\n" + _ACCESS),
    _london(72, "Marchmont Theatre", "44 Marchmont Passage", "WC1N 0AB", "house", "Russell Square",
            "King's Cross", "<p>A red-brick house of two levels, no seat further than twelve rows.</p>\r\n"),
    _london(73, "Bellwether Theatre", "9 Bell Alley, Strand", "WC2R 0AC", "grand", "Temple",
            "Charing Cross", "<p>Home of long-running musicals&nbsp;since 1931.</p>\r\n" + _ACCESS),
    _london(74, "Royal Carrick Theatre", "Carrick Street", "SW1Y 0AD", "royal", "Piccadilly Circus",
            "Charing Cross", "<p>Horseshoe balconies and the oldest working thunder run in town.</p>\r\n"),
    _london(75, "Gracechurch Opera House", "200 Gracechurch Lane", "EC3V 0AE", "royal", "Monument",
            "Cannon Street", "<p>Four tiers of gilt and plush, restored in 2011.</p>\r\n" + _ACCESS),
    _london(76, "Corvine Theatre", "17 Rook Street", "W1D 0AF", "house", "Leicester Square",
            "Charing Cross", "<p>A plain room with a fine ear: plays since 1912.</p>\r\n"),
    _london(77, "Ludgate Palace", "60 Ludgate Steps", "EC4M 0AG", "grand", "St. Paul's", "City Thameslink",
            "<p>A variety palace with a sliding roof.</p>\r\n<p>&nbsp;</p>\r\n"),
    _london(78, "Halcyon Theatre", "5 Kingfisher Row", "WC2H 0AH", "house", "Covent Garden",
            "Charing Cross", "<p>Blue and silver, and never more than 160 of us.</p>\r\n"),
    _london(79, "Thornhythe Theatre", "Thornhythe Place", "W1J 0AJ", "thrust", "Green Park", "Victoria",
            "<p>The stage runs out among the seats; the front row rests its feet on it.</p>\r\n"),
    _london(80, "Meridian Hall", "88 Meridian Way", "SE10 0AK", "royal", "Cutty Sark (DLR)", "Greenwich",
            "<p>A concert hall of oak and limestone by the river.</p>\r\n" + _ACCESS),
    _london(81, "Waverley Grand", "3 Waverley Circus", "WC2E 0AL", "grand", "Holborn", "Charing Cross",
            "<p>The largest of the season&rsquo;s houses.</p>\r\n"),
    _london(82, "The Lantern Room", "Under 12 Wick Lane", "E3 0AM", "room", "Bow Road", "Stratford",
            "<p>Twenty chairs and a trapdoor.</p>\r\n"),
    _london(83, "Tallow Yard", "Tallow Yard, Old Wharf", "SE1 0AN", "yard", "Bermondsey", "London Bridge",
            "<p>A former candle works: bring a coat, there are no numbered places.</p>\r\n"),
    _london(84, "Finch & Fable Theatre", "31 Orchard Walk", "N1 0AP", "thrust", "Angel", "Essex Road",
            "<p>A theatre for under-twelves and whoever they bring.</p>\r\n" + _ACCESS),
    _london(85, "St Osyth's Hall", "St Osyth's Court", "EC1A 0AQ", "studio", "Barbican", "Farringdon",
            "<p>A guild hall with a hammerbeam roof.</p>\r\n"),
    _london(86, "Hippocrene Theatre", "112 Mews Street", "NW1 0AR", "house", "Camden Town", "Euston",
            "<p>A riding school once; the ring is still there.</p>\r\n"),
    _london(87, "Orrery Studio", "2 Orrery Mews", "SW7 0AS", "studio", "South Kensington", "Victoria",
            "<p>Sixty seats on two sides.</p>\r\n"),
    _london(88, "Quayside Big Top", "East Quay Green", "E14 0AT", "ring", "Canary Wharf", "Limehouse",
            "<p>A tent in winter, heated, with a good floor.</p>\r\n"),
    _london(89, "Vauxhall Assembly", "7 Assembly Gardens", "SE11 0AU", "thrust", "Vauxhall", "Vauxhall",
            "<p>Comedy in a ballroom.</p>\r\n"),
    VenueSpec(90, "Kestrel Theatre", "Long Acre Court", None, "house", None, "", "", None, nulls=True),
    VenueSpec(91, "Wharfinger's Loft", "14 Rope Walk ", "SE16 0AV", "studio", "Canada Water", None,
              "020 7946 0091", ""),
    VenueSpec(191, "Mercer Street Theatre", "219 Mercer Street", None, "mezzanine", None, None, "", None,
              city="New York", zone=ZoneInfo("America/New_York"), nulls=True),
    VenueSpec(192, "Irwell Playhouse", "8 Irwell Bank", "M3 0AW", "thrust", "", "Salford Central",
              "0161 496 0192", "<p>On tour.</p>\r\n", city="Manchester"),
)  # fmt: skip

# Houses of the shows on tour.
TOUR_VENUES: tuple[VenueSpec, ...] = (
    VenueSpec(301, "Brightwater Pavilion", "2 Groyne Parade", "BN2 0AX", "grand", "", "Brighton", "01632 960301",
              "<p>A domed pavilion at the end of the promenade, rebuilt after the storm of 1954.</p>\r\n" + _ACCESS,
              city="Brighton"),
    VenueSpec(302, "Aire Street Playhouse", "40 Aire Street", "LS1 0AY", "house", "", "Leeds", "0113 496 0302",
              "<p>A weaving hall once; the galleries still slope towards the light.</p>\r\n", city="Leeds"),
    VenueSpec(303, "The Tynefoot", "9 Quay Bank", "NE1 0AZ", "thrust", "", "Newcastle Central", "0191 496 0303",
              "<p>Brick arches under the bridge, and a stage between them.</p>\r\n", city="Newcastle upon Tyne"),
)  # fmt: skip

# Nothing of the season is played there: for events that are added at the control desk.
SPARE_VENUES: tuple[VenueSpec, ...] = (
    _london(99, "Olympic Rotunda", "1 Rotunda Circus", "W14 0BA", "rotunda", "Kensington (Olympia)", "Shepherd's Bush",
            "<p>A round hall for large occasions.</p>\r\n"),
)  # fmt: skip

BY_ID = {venue.venue_id: venue for venue in (*VENUES, *TOUR_VENUES, *SPARE_VENUES)}
