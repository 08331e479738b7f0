"""Hollin Mill, the third client of the imitated Spektrix: a mill turned arts centre in Yorkshire. All names are invented.

A plain house of 25 events, more than two pages of the old feed; its numbers are those of the other clients.
"""

from __future__ import annotations

from shop.standin.clock import LONDON
from shop.standin.programme import Pattern, Runs
from shop.standin.spektrix_plans import Venue, group, reserved, unreserved
from shop.standin.spektrix_season import Attribute, Band, EventSpec, Membership, Offer, Tenant, TicketType

_WED, _THU = Pattern.of(wed="19:30"), Pattern.of(thu="20:00")
_FRI, _SAT, _SUN = Pattern.of(fri="20:00"), Pattern.of(sat="19:30"), Pattern.of(sun="14:00")

VENUES = (Venue(201, "Hollin Mill", "Calder Row, Hebden Bridge HX7 8HM"),)
PLANS = (
    unreserved(201, "The Carding Room", 70, 201, venue=201),
    group(
        3301,
        "The Weaving Shed",
        reserved(3302, "Floor", "A-H:14:201", aisle=7, wheelchair="H1 H14"),
        unreserved(3303, "Gallery", 40, 202),
        venue=201,
    ),
)


def _event(
    index: int, name: str, kind: str, art: str, about: str, plan: int, price: int, pattern: Pattern, cycle: int,
    access: str = "",
) -> EventSpec:  # fmt: skip
    return EventSpec(index, name, kind, art, about, plan, price, pattern, Runs(1, cycle, index % cycle), 90,
                     attributes={"Kind": kind}, access=access)  # fmt: skip


EVENTS = (
    _event(1, "Shuttle", "Theatre", "play", "A night shift, a jammed loom and a secret in the lint.", 3301, 1800, _SAT, 5,
           "signed:sat"),
    _event(2, "Brass at the Mill", "Music", "concert", "The town band, from the gallery down.", 3301, 1400, _SUN, 4),
    _event(3, "Rain, a History", "Talk", "opera", "Ninety minutes on what falls here, with samples.", 201, 900, _WED, 6),
    _event(4, "The Lamp Room", "Theatre", "play", "Two miners wait for a third.", 201, 1500, _FRI, 5),
    _event(5, "Clog and Heel", "Dance", "dance", "Step dance, old and otherwise.", 3301, 1600, _SAT, 6),
    _event(6, "Wool Gathering", "Family", "family", "Puppets of felt, and a very slow chase.", 201, 700, _SUN, 3,
           "relaxed:sun"),
    _event(7, "The Pennine Parlour", "Comedy", "comedy", "Four comics, one kettle.", 201, 1200, _THU, 4),
    _event(8, "Moor Songs", "Music", "concert", "Three voices and the weather.", 201, 1300, _FRI, 7),
    _event(9, "A Bridge for Beginners", "Theatre", "play", "The engineer has never seen a river.", 3301, 1700, _THU, 6),
    _event(10, "Tin Moon", "Family", "family", "A robot learns the tides by heart.", 201, 800, _SUN, 5),
    _event(11, "Late Shift Cabaret", "Comedy", "circus", "After hours, among the bobbins.", 3301, 1500, _SAT, 7),
    _event(12, "The Quarry Choir", "Music", "concert", "Sixty voices and an echo.", 3301, 1200, _WED, 5),
    _event(13, "Letters to a Canal", "Theatre", "play", "All of them unanswered, so far.", 201, 1400, _WED, 7,
           "captioned:wed"),
    _event(14, "The Dry Stone Dances", "Dance", "dance", "A wall goes up while they dance.", 3301, 1600, _FRI, 8),
    _event(15, "Silent Mill", "Film", "family", "Films of this valley from 1911, with a piano.", 201, 850, _THU, 5),
    _event(16, "Thread Count", "Theatre", "musical", "A musical in eight hundred stitches.", 3301, 2200, _SAT, 8),
    _event(17, "Owl Hour", "Family", "family", "Bring a torch.", 201, 600, _SUN, 6),
    _event(18, "The Understoreys", "Music", "concert", "A band that plays roots, literally.", 201, 1400, _SAT, 5),
    _event(19, "The Overlooker", "Theatre", "play", "She counted everybody but herself.", 201, 1500, _THU, 8,
           "audio:thu"),
    _event(20, "Bobbin Tales", "Spoken word", "opera", "Stories told while spinning.", 201, 1000, _WED, 4),
    _event(21, "Peat Water Blues", "Music", "concert", "Dark, sweet and a little smoky.", 3301, 1500, _FRI, 6),
    _event(22, "Half a Waltz", "Dance", "dance", "For one dancer and one empty chair.", 201, 1400, _SUN, 7),
    _event(23, "The Weir", "Theatre", "play", "Nobody was supposed to swim.", 3301, 1800, _WED, 8),
    _event(24, "Carding Room Laughs", "Comedy", "comedy", "New material, old beams.", 201, 1000, _FRI, 4),
    _event(25, "The Hollin Carols", "Music", "concert", "The local ones, at full stretch.", 3301, 1100, _SUN, 8),
)  # fmt: skip

HOLLIN_MILL = Tenant(
    client="hollinmill",
    title="Hollin Mill",
    zone=LONDON,
    currency="GBP",
    venues=VENUES,
    plans=PLANS,
    events=EVENTS,
    types=(TicketType(1, "Full price", 100), TicketType(2, "Concession", 80), TicketType(3, "Under 16", 50)),
    bands=(Band(201, "Floor", 100), Band(202, "Gallery", 70)),
    event_attributes=(Attribute("Kind"),),
    instance_attributes=(
        Attribute("Signed", "flag"),
        Attribute("Captioned", "flag"),
        Attribute("Audio Described", "flag"),
        Attribute("Relaxed", "flag"),
    ),
    marks={"signed": "Signed", "captioned": "Captioned", "audio": "Audio Described", "relaxed": "Relaxed"},
    ticket_attributes=(),
    order_attributes=(),
    funds=(),
    stock_items=(),
    memberships=(Membership(501, "Mill Hand", "A tenth off, and a key to the tea urn.", 2500, 2000, 10),),
    structures=(),
    offers=(Offer(701, "Two for the Gallery", "Ten per cent off two or more.", 10, minimum=2),),
    tag_groups=(),
    statements=((901, "Hollin Mill may send me its what's on."),),
)
