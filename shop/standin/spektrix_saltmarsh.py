"""Saltmarsh Assembly Rooms, the fourth client of the imitated Spektrix: a house on the Norfolk coast. All names are invented.

It is sold by agents: a hall of 316 reserved seats with an allocation for them, a loft, a floor to stand on, an opera
house of 1,500 seats on four tiers and a studio of 60. Its numbers are those of the other clients.
"""

from __future__ import annotations

from shop.standin.clock import LONDON
from shop.standin.programme import Pattern, Runs
from shop.standin.spektrix_houses import big_house, studio
from shop.standin.spektrix_plans import Venue, group, reserved, unreserved
from shop.standin.spektrix_season import (
    Attribute,
    Band,
    DeliveryTerms,
    EventSpec,
    Fund,
    Membership,
    Offer,
    PricingSet,
    StockItem,
    Structure,
    TagGroup,
    Tenant,
    TicketType,
)

_TUE, _WED, _THU = Pattern.of(tue="19:30"), Pattern.of(wed="19:30"), Pattern.of(thu="20:00")
_FRI, _SAT, _SUN = Pattern.of(fri="20:00"), Pattern.of(sat="19:30"), Pattern.of(sun="15:00")
_NIGHTS = Pattern.of(thu="19:30", fri="19:30", sat="14:30 19:30")
_WEEKEND = Pattern.of(fri="19:30", sat="14:30 19:30", sun="15:00")

VENUES = (
    Venue(201, "Saltmarsh Assembly Rooms", "Staithe Lane, Wells-next-the-Sea NR23 1AU"),
    Venue(202, "The Net Loft", "Staithe Lane, Wells-next-the-Sea NR23 1AU"),
    Venue(203, "Saltmarsh Opera House", "Beacon Hill, Wells-next-the-Sea NR23 1AX"),
    Venue(204, "The Sail Studio", "Beacon Hill, Wells-next-the-Sea NR23 1AX"),
)
PLANS = (
    unreserved(201, "The Net Loft", 80, 201, venue=202),
    group(
        3301,
        "Assembly Hall",
        reserved(
            3302,
            "Floor",
            "A-F:18:201 G-L:18:202",
            aisle=9,
            wheelchair="L1 L2 L17 L18",
            house="F9 F10",
            agency="D7 D8 D11 D12",
        ),
        reserved(3303, "Gallery", "AA-EE:20:203", aisle=10),
        venue=201,
    ),
    unreserved(3320, "Assembly Hall, standing", 250, 204, venue=201),
    big_house(3330, "Opera House", 203),
    studio(3340, "Sail Studio", 204, 211, 213),
)


def _event(
    index: int, name: str, kind: str, art: str, about: str, plan: int, price: int, pattern: Pattern, cycle: int,
    *, odd: str = "", access: str = "", minutes: int = 110, types: tuple[int, ...] = (1, 2, 3),
) -> EventSpec:  # fmt: skip
    """Internal attributes are filled like the others; only signed calls see them."""
    return EventSpec(index, name, kind, art, about, plan, price, pattern, Runs(1, cycle, index % cycle), minutes,
                     odd=odd, types=types, attributes={"Strand": kind, "Settlement Code": f"SAR{index:02d}"},
                     access=access)  # fmt: skip


EVENTS = (
    _event(1, "The Samphire Gatherers", "Theatre", "play", "Three sisters, one tide table, and a debt due at low water.",
           3301, 2400, _WEEKEND, 4, odd="best", access="signed:sat captioned:fri"),
    _event(2, "Spoonbill Sessions", "Music", "concert", "Folk players of this coast, sat in a ring.", 3301, 2000, _SAT, 3,
           odd="best"),
    _event(3, "Mud", "Theatre", "play", "A walk that begins well and is told from the waist up.", 201, 1400, _WED, 4),
    _event(4, "Brack Water Ceilidh", "Dance", "dance", "Called dances until the band is tired.", 3320, 1500, _FRI, 4),
    _event(5, "The Lifeboat Quartet", "Music", "concert", "Four strings, launched in any weather.", 3301, 2600, _SUN, 5,
           odd="best", access="audio:sun"),
    _event(6, "Crab Season", "Comedy", "comedy", "Comics who only move sideways.", 201, 1300, _THU, 3),
    _event(7, "A Small History of Fog", "Talk", "opera", "With a horn.", 201, 900, _TUE, 5, minutes=70),
    _event(8, "Seal Pup Sunday", "Family", "family", "Songs, blankets and one very large mother.", 3301, 1000, _SUN, 4,
           odd="best", access="relaxed:sun", minutes=55),
    _event(9, "Staithe", "Theatre", "musical", "A musical about a harbour that moved inland.", 3301, 3200, _WEEKEND, 7,
           odd="best saturdays_out", access="signed:sun"),
    _event(10, "Dub on the Marsh", "Music", "concert", "Echo, and then more of it.", 3320, 1800, _SAT, 5, odd="no_print"),
    _event(11, "The Wherryman's Widow", "Theatre", "play", "She keeps the boat and both of its secrets.", 3301, 2200, _THU,
           6, odd="best"),
    _event(12, "Net Loft Shorts", "Film", "family", "Eight films and an interval for chips.", 201, 850, _FRI, 5),
    _event(13, "Curlew, Curlew", "Dance", "dance", "A duet for two people who never land.", 3301, 2000, _TUE, 6,
           odd="best"),
    _event(14, "Low Water Cabaret", "Comedy", "circus", "Acts that only work when the tide is out.", 3320, 1600, _THU, 6),
    _event(15, "Barley and Ballads", "Music", "concert", "A harvest of old songs, threshed.", 201, 1200, _SUN, 3),
    _event(16, "The Coastguard's Almanac", "Spoken word", "opera", "A year of weather, read aloud.", 201, 1000, _WED, 6),
    _event(17, "Salt", "Theatre", "play", "Two cooks, one kitchen, no forgiveness.", 3301, 2100, _WED, 5, odd="best",
           access="captioned:wed"),
    _event(18, "Knots for Beginners", "Workshop", "family", "Bring nothing. Leave tied up.", 201, 1800, _SAT, 4,
           types=(1, 3), minutes=150),
    _event(19, "Organ at Sea", "Music", "concert", "The cinema organ, and a silent storm.", 3301, 1700, _FRI, 6, odd="best"),
    _event(20, "Town Meeting, with Songs", "Talk", "opera", "Ask the Rooms anything. Free.", 3301, 0, _TUE, 4, types=(8,)),
    _event(21, "Midwinter Bonfire Choir", "Music", "concert", "Forty voices round a very safe fire.", 3320, 1100, _SUN, 7),
    _event(22, "Agents' evening", "Other", "comedy", "For those who sell the season.", 201, 0, _WED, 8, odd="hidden",
           types=(8,)),
    _event(23, "The Drowned Bell", "Opera", "opera", "It rings under the sands, and one man in the town cannot hear it.",
           3330, 7200, _SAT, 4, odd="best third_sold", access="audio:sat", minutes=165),
    _event(24, "A Thousand Lanterns", "Musical", "musical", "The whole town carries a light to the sea wall.",
           3330, 6400, _NIGHTS, 8, odd="best third_sold", access="signed:thu captioned:fri", minutes=140),
    _event(25, "Small Boats", "Theatre", "play", "Two actors, one hull, and the audience within arm's reach.",
           3340, 2200, _FRI, 4, odd="third_sold", minutes=80),
    _event(26, "Whisper Gallery", "Spoken word", "concert", "Poems said so quietly that sixty people lean in.",
           3340, 1600, _SUN, 5, odd="best third_sold", access="relaxed:sun", minutes=65),
)  # fmt: skip

SALTMARSH = Tenant(
    client="saltmarsh",
    title="Saltmarsh Assembly Rooms",
    zone=LONDON,
    currency="GBP",
    venues=VENUES,
    plans=PLANS,
    events=EVENTS,
    types=(
        TicketType(1, "Full price", 100),
        TicketType(2, "Concession", 80, "Over 66, students, claimants"),
        TicketType(3, "Under 18", 50),
        TicketType(8, "Free place", 0),
    ),
    bands=(Band(201, "Front floor", 100), Band(202, "Rear floor", 85), Band(203, "Gallery", 65), Band(204, "Standing", 90),
           Band(211, "Premium", 100), Band(212, "Band A", 80), Band(213, "Band B", 60), Band(214, "Band C", 45),
           Band(215, "Band D", 30)),
    event_attributes=(Attribute("Strand"), Attribute("Age Advice"), Attribute("Settlement Code", internal=True)),
    instance_attributes=(
        Attribute("Signed", "flag"),
        Attribute("Captioned", "flag"),
        Attribute("Audio Described", "flag"),
        Attribute("Relaxed", "flag"),
        Attribute("Settlement Number", internal=True),
    ),
    marks={"signed": "Signed", "captioned": "Captioned", "audio": "Audio Described", "relaxed": "Relaxed"},
    ticket_attributes=(Attribute("Name on Ticket"),),
    # what an agent writes back of its own customer, and its reference number
    order_attributes=(Attribute("Customer Name"), Attribute("Customer Address"), Attribute("Agent Reference")),
    funds=(
        Fund(101, "The Sea Wall Appeal", "Keeps the hall where it is.", "WALL", 500),
        Fund(102, "First Tickets", "A first evening out for children of this coast.", "FRST", 1000),
    ),
    stock_items=(
        StockItem(401, "Season programme", 400, 300, "Print", "play", "Thirty-two pages and a tide table."),
        StockItem(402, "Saltmarsh tote bag", 1100, 40, "Merchandise", "family", "Sailcloth, cut by hand."),
        StockItem(403, "Screen print: The Staithe", 3500, 25, "Print", "concert", "Rolled, in a tube; only sent by post.",
                  only="post", postage=600),
        StockItem(404, "Interval supper for one", 1450, 60, "Kitchen", "", "Waiting at your table.", only="collect"),
    ),
    memberships=(
        Membership(501, "Marsh Friend", "A tenth off tickets, and a lantern walk in March.", 3000, 2700, 10),
        Membership(502, "Marsh Warden", "A fifth off tickets, and your name on the sea wall.", 9000, 8500, 20),
    ),
    structures=(Structure(601, "Three Tides", "Three evenings, chosen as you go.", (PricingSet(6011, "Full price", 5400),)),),
    offers=(
        Offer(701, "Spring Tide", "A tenth off with the code TIDE10.", 10, code="TIDE10"),
        Offer(702, "A Ring of Six", "Six or more for Spoonbill Sessions: a fifth off.", 20, events=(2,), minimum=6),
    ),
    tag_groups=(
        TagGroup(801, "Interests", "What shall we write to you about?", ((8011, "Theatre"), (8012, "Music"))),
        TagGroup(802, "Office", "Staff only", ((8021, "Agent"),), public=False),
    ),
    statements=((901, "The Assembly Rooms may e-mail me."), (902, "The Assembly Rooms may write to me by post.")),
    commission=75,
    delivery=DeliveryTerms(ticket_post=250, ticket_few=4, ticket_post_many=450, thing_post=350, post_days=5),
)  # fmt: skip
