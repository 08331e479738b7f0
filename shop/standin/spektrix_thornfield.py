"""Thornfield Playhouse, the second client of the imitated Spektrix: a theatre in Dublin. All names are invented.

Its numbers are those of the first client on purpose: ids are not unique among venues. No commission, euros, its
own labels for attributes. The Great Hall has 1,500 reserved seats, the Spindle Studio 60.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from shop.standin.programme import Pattern, Runs
from shop.standin.spektrix_houses import studio
from shop.standin.spektrix_plans import Venue, group, reserved, unreserved
from shop.standin.spektrix_season import (
    Attribute,
    Band,
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

_NIGHTS = Pattern.of(tue="19:30", wed="19:30", thu="19:30", fri="19:30", sat="19:30")
_FRI, _SAT, _SUN = Pattern.of(fri="20:00"), Pattern.of(sat="20:00"), Pattern.of(sun="15:00")
_WED, _THU = Pattern.of(wed="19:30"), Pattern.of(thu="20:30")

VENUES = (
    Venue(201, "Thornfield Playhouse", "3 Weavers' Row, Dublin 8"),
    Venue(202, "The Loft at Thornfield", "3 Weavers' Row, Dublin 8"),
    Venue(203, "The Spindle Studio", "5 Weavers' Row, Dublin 8"),
)
PLANS = (
    unreserved(201, "The Loft", 90, 201, venue=202),
    group(
        3301,
        "Great Hall",
        reserved(3302, "Stalls", "A-T:38:201", aisle=19, wheelchair="T1 T2 T37 T38", house="J19 J20"),
        reserved(3303, "Circle", "A-K:40:202", aisle=20),
        reserved(3304, "Balcony", "A-J:30:203", aisle=15),
        venue=201,
    ),
    group(
        3310,
        "Courtyard",
        unreserved(3311, "Benches", 60, 201),
        unreserved(3312, "Grass", 120, 204),
        venue=201,
    ),
    studio(3340, "Spindle Studio", 203, 201, 202),
)


def _event(
    index: int, name: str, kind: str, art: str, about: str, plan: int, price: int, pattern: Pattern, weeks: int,
    cycle: int, phase: int, **more: object,
) -> EventSpec:  # fmt: skip
    minutes = int(str(more.pop("minutes", 100)))
    return EventSpec(index, name, kind, art, about, plan, price, pattern, Runs(weeks, cycle, phase), minutes,
                     attributes={"Event Type": kind, "SL Free Text": ""}, **more)  # type: ignore[arg-type]  # fmt: skip


EVENTS = (
    _event(1, "The Weaver of Weavers' Row", "Drama", "play", "A family loom, three heirs and one pattern nobody may sell.",
           3301, 4200, _NIGHTS, 1, 9, 2, odd="best", access="signed:thu captioned:fri"),
    _event(2, "Harp and Hammer", "Concert", "concert", "A harper and a blacksmith share one rhythm.",
           3301, 3600, _SAT, 1, 6, 1, odd="best"),
    _event(3, "Loft Stories", "Spoken word", "opera", "Eight true stories and one that is not.",
           201, 1200, _WED, 1, 4, 1),
    _event(4, "The Understudy Sings", "Musical", "musical", "She knows every part but her own.",
           3301, 5200, _NIGHTS, 1, 11, 5, odd="best saturdays_out", access="audio:wed"),
    _event(5, "Peat", "Drama", "play", "Two brothers cut the same bank for forty years.", 201, 1800, _NIGHTS, 1, 10, 3),
    _event(6, "Wren Day Revisited", "Concert", "concert", "Masks, drums, and a very small bird.", 3310, 1500, _SAT, 1, 7, 4),
    _event(7, "Granny's Radio", "Family", "family", "A wireless that only gets yesterday.", 201, 900, _SUN, 1, 3, 1,
           minutes=55, access="relaxed:sun"),
    _event(8, "Late at the Loft", "Comedy", "comedy", "Five comics, low ceiling.", 201, 1600, _THU, 1, 3, 2),
    _event(9, "Seven Locks", "Dance", "dance", "A dance along the Grand Canal, one lock at a time.", 3301, 3000, _FRI, 1, 8, 3),
    _event(10, "The Tin Whistle Orchestra", "Concert", "concert", "Sixty whistles, one conductor with earplugs.",
           3301, 2800, _SUN, 1, 7, 2),
    _event(11, "Courtyard Shakespeare: The Tempest", "Drama", "play", "Bring a coat. It rains in act one, and perhaps in act two.",
           3310, 2200, Pattern.of(fri="19:30", sat="19:30"), 1, 8, 6),
    _event(12, "A Door in Smithfield", "Drama", "play", "Everybody who has lived behind it, in ninety minutes.",
           201, 1700, _FRI, 1, 6, 2),
    _event(13, "Opera in One Suitcase", "Opera", "opera", "Carmen for three singers and a piano with wheels.",
           3301, 4800, _SAT, 1, 9, 5, odd="best"),
    _event(14, "Cycle Lane Cabaret", "Comedy", "circus", "With real punctures.", 201, 1500, _SAT, 1, 5, 3),
    _event(15, "The Quiet Carriage", "Drama", "play", "A strictly whispered farce.", 201, 1600, _WED, 1, 7, 5),
    _event(16, "Low Tide Ballroom", "Dance", "dance", "Tea dances for a century that forgot how.", 3310, 1400, _SUN, 1, 6, 4),
    _event(17, "Bees in the Belfry", "Family", "family", "A hive, a bell and a deadline.", 3301, 1800, _SUN, 1, 9, 8,
           odd="best", access="relaxed:sun signed:sun"),
    _event(18, "The Last Telegram", "Drama", "play", "It took ninety years to arrive.", 201, 1700, _THU, 1, 8, 4),
    _event(19, "Reeling in the Ears", "Concert", "concert", "Traditional tunes at concert pitch, or near it.",
           201, 1900, _FRI, 1, 5, 4),
    _event(20, "Foley Night", "Film", "family", "All sounds made in front of you.", 201, 1300, _WED, 1, 9, 7),
    _event(21, "Twelve Coats", "Drama", "play", "One lost-property office, one long night.", 201, 1600, _SAT, 1, 8, 7),
    _event(22, "Rosin", "Concert", "concert", "A string quartet plays until something breaks.", 3301, 3400, _THU, 1, 10, 6,
           odd="best"),
    _event(23, "The Mayor of Nowhere", "Musical", "musical", "He won by one vote. His own.", 3301, 4600, _NIGHTS, 1, 14, 9,
           odd="best", access="captioned:sat"),
    _event(24, "Open Floor", "Talk", "opera", "Ask the company anything. Free.", 201, 0, _WED, 1, 8, 2, types=(8,)),
    _event(25, "Snow in the Yard", "Family", "family", "It is only paper, but there is a lot of it.", 3310, 1100, _SAT, 1, 7, 6),
    _event(26, "The Glass Ceilí", "Dance", "dance", "Mind your step.", 3310, 1700, _FRI, 1, 9, 8),
    _event(27, "The Long Memory of Elephants", "Circus", "circus", "No elephants. Eleven acrobats who never forget.",
           3301, 3800, _SAT, 1, 7, 3, odd="best", types=(1, 3)),
    _event(28, "Bobbin and Thread", "Drama", "play", "A seamstress mends the coat of the man who sacked her.",
           3340, 2400, _FRI, 1, 4, 1, odd="third_sold", minutes=85),
    _event(29, "Lullabies for Grown Men", "Concert", "concert", "One voice, one cello, sixty chairs.",
           3340, 2000, _SUN, 1, 5, 2, odd="best third_sold", minutes=70),
)  # fmt: skip

THORNFIELD = Tenant(
    client="thornfield",
    title="Thornfield Playhouse",
    zone=ZoneInfo("Europe/Dublin"),
    currency="EUR",
    venues=VENUES,
    plans=PLANS,
    events=EVENTS,
    types=(
        TicketType(1, "Standard", 100),
        TicketType(2, "Reduced", 75, "Students, over 66s"),
        TicketType(3, "Child", 50),
        TicketType(8, "No charge", 0),
    ),
    bands=(Band(201, "Premium", 100), Band(202, "Standard", 70), Band(203, "Balcony", 45), Band(204, "Grass", 60)),
    event_attributes=(Attribute("Event Type"), Attribute("SL Free Text"), Attribute("External Event", "flag")),
    instance_attributes=(
        Attribute("SL Signed", "flag"),
        Attribute("SL Captioned", "flag"),
        Attribute("SL Audio Described", "flag"),
        Attribute("SL Relaxed", "flag"),
        Attribute("SL Free Text"),
    ),
    marks={
        "signed": "SL Signed",
        "captioned": "SL Captioned",
        "audio": "SL Audio Described",
        "relaxed": "SL Relaxed",
    },
    ticket_attributes=(Attribute("Attendee Name"),),
    order_attributes=(Attribute("Access Needs"), Attribute("Shop Reference")),
    funds=(Fund(101, "The Roof Fund", "It leaks over row C.", "ROOF", 500),),
    stock_items=(
        StockItem(401, "Season brochure, signed", 900, 60, "Print", "play"),
        StockItem(402, "Tin whistle in D", 1450, 12, "Music", "concert"),
    ),
    memberships=(Membership(501, "Friend of Thornfield", "A tenth off, and the good biscuits.", 4000, 3500, 10),),
    structures=(Structure(601, "Three at the Loft", "Three evenings under the roof.", (PricingSet(6011, "Standard", 3900),)),),
    offers=(Offer(701, "Early Loom", "A fifth off with the code LOOM20.", 20, code="LOOM20"),),
    tag_groups=(
        TagGroup(801, "Interests", "Tell us what you like.", ((8011, "Drama"), (8012, "Music"))),
        TagGroup(802, "Back office", "Staff only", ((8021, "Comp list"),), public=False),
    ),
    statements=((901, "Thornfield may send me its newsletter."),),
)  # fmt: skip
