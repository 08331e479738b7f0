"""What the imitated Tickethead sells: one row per slot of the season. All names are invented.

A slot comes back every ``tickethead_programme.PERIOD_DAYS`` days as a new event with a new id, so that each slot
has exactly one event ahead on any day. ``day`` is where in the period it lies, times are local to the venue,
money is in minor units, sale days count back from the start.
"""

from __future__ import annotations

from dataclasses import dataclass

from shop.standin.tickethead_charts import CONCERT_HALL, LECTURE_THEATRE, STUDIO, Chart


@dataclass(frozen=True)
class Ticket:
    """A ticket config. ``sale_from``/``sale_to``: days before the start (0 is the start itself).

    On a charted event the chart says how many there are and how many are gone, not ``quantity`` and ``taken``.
    """

    name: str
    price: int
    quantity: int
    kind: str = "paid"
    limit: int = 8
    taken: int = 0
    tax: str = "13"
    tax_included: bool = True
    absorb_fees: bool = False
    sale_from: int = 200
    sale_to: int = 0
    visible: bool = True
    description: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Sector:
    name: str
    capacity: int
    taken: int = 0


@dataclass(frozen=True)
class Discount:
    """``value``: percent, or minor units. ``tickets``: the configs it is for, all when empty."""

    name: str
    kind: str
    value: int
    code: str = ""
    quantity: int = 500
    taken: int = 0
    minimum: int | None = None
    maximum: int | None = None
    tickets: tuple[str, ...] = ()
    over: bool = False


@dataclass(frozen=True)
class Slot:
    number: int
    day: int
    slug: str
    title: str
    genre: str
    organizer: str
    place: int
    hour: str
    minutes: int
    text: str
    tickets: tuple[Ticket, ...]
    sectors: tuple[Sector, ...] = ()
    discounts: tuple[Discount, ...] = ()
    currency: str = "EUR"
    status: str = "published"
    visible: bool = True
    kyc: int = 1
    formats: tuple[str, ...] = ("PDF", "PKPASS")
    chart: Chart | None = None
    repeat_days: tuple[int, ...] = ()
    slot_hours: tuple[str, ...] = ()
    slot_capacity: int = 0
    slot_days: int = 1


CARER = Ticket("Companion of a disabled guest", 0, 20, kind="free", limit=1, tax="0")

SLOTS: tuple[Slot, ...] = (
    Slot(1, 5, "night-of-lanterns", "Night of Lanterns", "Concert", "lantern", 21, "19:30", 180,
         "<p>Forty paper lanterns, one string quartet, and a <em>very</em> long encore.</p>"
         "<ul><li>Doors 45 minutes before</li><li>Standing, a few benches</li></ul>"
         "<p>Friends of the lanterns pay less with the discount code LANTERN15; two or more with FIVER.</p>",
         (Ticket("Standing", 2550, 300, limit=6, taken=13), Ticket("Bench seat", 3900, 40, limit=4, taken=31),
          CARER),
         discounts=(Discount("Student", "percent", 20, tickets=("Standing",)),
                    Discount("Lantern friends", "percent", 15, code="LANTERN15"),
                    Discount("Five euro off the evening", "amount", 500, code="FIVER", minimum=2))),
    Slot(2, 9, "hollow-pines", "Hollow Pines: Live at the Goods Shed", "Concert", "nordbahn", 23, "20:00", 150,
         "<p>Four voices, two banjos, no drummer since 2019.</p>",
         (Ticket("Standing", 3200, 450, taken=120), Ticket("Balcony", 4400, 60, taken=44, absorb_fees=True)),
         discounts=(Discount("Group of six", "percent", 10, minimum=6, maximum=8),),
         formats=("PDF", "PKPASS", "SECURE")),
    Slot(3, 4, "warm-static", "Warm Static", "Club night", "nordbahn", 23, "23:00", 360,
         "<p>Slow house until one, fast after. No photographs on the floor.</p>",
         (Ticket("Before midnight", 1200, 150, limit=4, absorb_fees=True),
          Ticket("Any time", 1800, 350, limit=4, taken=20))),
    Slot(4, 16, "cellar-laughs", "Cellar Laughs", "Comedy", "lantern", 22, "20:30", 120,
         "<p>Three comedians, one microphone, eighty seats. Recurring every week.</p>",
         (Ticket("Seat", 1900, 80, limit=6, taken=5),), repeat_days=(0, 7, 14, 21, 28)),
    Slot(5, 7, "paper-cities", "Paper Cities: Timed Entry", "Exhibition", "museum-am-ring", 24, "10:00", 480,
         "<p>Models of towns that were never built. Please come within fifteen minutes of your time.</p>",
         (Ticket("Adult", 1400, 2000, limit=10, tax="10", absorb_fees=True),
          Ticket("Under 19", 0, 2000, kind="free", limit=10, tax="0"),
          Ticket("Audio guide", 450, 400, limit=10, tax="20", needs="Adult", description="Needs an adult ticket")),
         slot_hours=("10:00", "11:30", "13:00", "14:30", "16:00"), slot_capacity=60, slot_days=6,
         discounts=(Discount("Winter holidays", "percent", 30, tickets=("Adult",)),)),
    Slot(6, 12, "sava-derby", "Sava Derby", "Basketball", "sava-stage", 26, "18:00", 130,
         "<p>The two halves of the city, four quarters, one trophy that nobody likes to look at.</p>",
         (Ticket("Lower ring", 2800, 900, taken=410, tax="25"), Ticket("Upper ring", 1500, 1800, taken=700, tax="25"),
          Ticket("Child", 700, 400, taken=60, tax="25")),
         sectors=(Sector("North", 800, 310), Sector("South", 800, 420), Sector("East", 900, 300),
                  Sector("West", 600, 140)),
         formats=("PDF", "PKPASS", "SECURE")),
    Slot(7, 20, "what-the-river-knows", "What the River Knows", "Lecture", "thames-rooms", 29, "18:30", 90,
         "<p>A hydrologist explains, with bottles.</p>",
         (Ticket("Front rows", 2400, 30, limit=4, tax="20"), Ticket("Rear rows", 1600, 50, limit=4, tax="20")),
         currency="GBP", chart=LECTURE_THEATRE),
    Slot(8, 24, "wharf-sessions", "Wharf Sessions: Ida Marsh Trio", "Concert", "thames-rooms", 28, "19:30", 120,
         "<p>Piano, bass, drums, river.</p>",
         (Ticket("Table seat", 3250, 70, limit=6, taken=12, tax="20", tax_included=False),
          Ticket("Standing at the bar", 1850, 40, limit=4, tax="20", tax_included=False)), currency="GBP"),
    Slot(9, 34, "ten-bridges-run", "Ten Bridges Run", "Running", "sava-stage", 26, "09:00", 240,
         "<p>Ten bridges, twelve kilometres, one medal each.</p>",
         (Ticket("Runner", 3500, 1200, limit=2, taken=377, tax="25"),
          Ticket("Running shirt", 1800, 600, limit=2, tax="25", needs="Runner"),
          Ticket("Cheer from the stand", 0, 500, kind="free", limit=6, tax="0"))),
    Slot(10, 40, "donau-days", "Donau Days", "Festival", "lantern", 25, "14:00", 1980,
         "<p>Two days by the river. Bring a hat. <a href=\"https://example.org/plan\">Site plan</a></p>",
         (Ticket("Both days", 8900, 2500, taken=812), Ticket("Day one", 5200, 900, taken=100),
          Ticket("Day two", 5200, 900, taken=96, absorb_fees=True), Ticket("Tent pitch", 2500, 300, limit=1, needs="Both days"),
          Ticket("Early bird, both days", 6900, 400, taken=400, sale_to=190)),
         discounts=(Discount("Volunteers", "percent", 100, code="HELPER", quantity=40, maximum=1),
                    Discount("Ten euro off", "amount", 1000, code="RIVER10", quantity=100))),
    Slot(11, 45, "open-studios", "Open Studios", "Open house", "museum-am-ring", 24, "11:00", 360,
         "<p>Every door on the third floor stands open. Free, but please book.</p>",
         (Ticket("Visitor", 0, 250, kind="free", limit=5, tax="0"),)),
    Slot(12, 52, "pay-what-you-can", "Pay What You Can: Songs for the Roof", "Concert", "sava-stage", 27, "20:00", 120,
         "<p>The roof leaks. The band plays.</p>",
         (Ticket("Your own price", 0, 150, kind="donation", tax="25"), Ticket("Fixed price", 1000, 60, tax="25"))),
    Slot(13, 58, "glass-animals-in-winter", "Small Glass Animals in Winter", "Reading", "thames-rooms", 28, "19:00", 75,
         "<p>New prose, read by the person who wrote it.</p>",
         (Ticket("Seat", 1100, 60, taken=60, tax="0"),), currency="GBP"),
    Slot(14, 65, "the-long-rehearsal", "The Long Rehearsal", "Dance", "lantern", 22, "19:00", 100,
         "<p>A company learns a piece in front of you.</p>",
         (Ticket("Seat", 2700, 80, sale_from=2),)),
    Slot(15, 73, "brass-against-the-machine-room", "Brass in the Machine Room", "Concert", "nordbahn", 23, "20:30", 110,
         "<p>Eleven horns and the old boiler.</p>",
         (Ticket("Standing", 2400, 400, taken=2), Ticket("Meet the band", 900, 30, limit=2, needs="Standing"),
          Ticket("Late entry", 1400, 100, sale_from=3))),
    Slot(16, 82, "sava-city-league", "Sava City League: Final", "Football", "sava-stage", 26, "17:30", 120,
         "<p>Indoor football, loud.</p>",
         (Ticket("Seat", 2200, 1500, taken=260, tax="25", tax_included=False),),
         sectors=(Sector("North", 500, 200), Sector("South", 500, 60), Sector("Family", 500)),
         discounts=(Discount("Family of four", "percent", 25, minimum=4, maximum=4),)),
    Slot(17, 87, "candle-hours", "Candle Hours", "Guided tour", "museum-am-ring", 24, "18:00", 240,
         "<p>The collection by candle light, twelve people at a time.</p>",
         (Ticket("Place", 2100, 72, limit=4, taken=9, tax="10"),),
         slot_hours=("18:00", "19:00", "20:00", "21:00"), slot_capacity=12, slot_days=1),
    Slot(18, 96, "monsoon-radio", "Monsoon Radio", "Club night", "sava-stage", 27, "22:00", 300,
         "<p>Everything with a horn section, 1968 to 1981.</p>",
         (Ticket("Entry", 900, 220, limit=4, taken=20, tax="25"),)),
    Slot(19, 101, "the-beekeepers", "The Beekeepers", "Cabaret", "lantern", 22, "20:00", 110,
         "<p>Songs about a swarm. Recurring on three evenings.</p>",
         (Ticket("Seat", 2300, 60, limit=6), Ticket("Seat at the side", 1700, 20, limit=6)),
         repeat_days=(0, 1, 2)),
    Slot(20, 108, "know-your-yeast", "Know Your Yeast: A Workshop", "Workshop", "museum-am-ring", 24, "15:00", 180,
         "<p>Take a starter home.</p>",
         (Ticket("Place", 4800, 24, limit=2, taken=22, tax="20", tax_included=False),)),
    Slot(21, 115, "echo-park-orchestra", "Echo Park Orchestra", "Concert", "lantern", 21, "19:30", 140,
         "<p>Thirty players, no conductor.</p>",
         (Ticket("Standing", 2900, 300), Ticket("Bench seat", 4200, 40)),
         discounts=(Discount("Under 26", "percent", 50, tickets=("Standing",), quantity=60, taken=60),
                    Discount("Last season's voucher", "percent", 40, code="OLD40", over=True))),
    Slot(22, 124, "wharf-market", "Night Market on the Wharf", "Market", "thames-rooms", 28, "17:00", 300,
         "<p>Forty stalls, one bridge.</p>",
         (Ticket("Entry", 500, 300, tax="20"), Ticket("Under 12", 0, 200, kind="free", tax="0")), currency="GBP"),
    Slot(23, 129, "half-court-heroes", "Half Court Heroes", "Basketball", "nordbahn", 23, "18:30", 150,
         "<p>Three against three, sixteen teams.</p>", (Ticket("Stand", 1300, 350, sale_from=2),)),
    Slot(24, 136, "signal-and-noise", "Signal and Noise", "Lecture", "museum-am-ring", 24, "18:00", 90,
         "<p>What the telescope heard, and what was the microwave oven.</p>",
         (Ticket("Seat", 800, 120, tax="0", absorb_fees=True), Ticket("Stream", 0, 1000, kind="free", tax="0"))),
    Slot(25, 143, "the-quiet-carriage", "The Quiet Carriage", "Concert", "thames-rooms", 28, "20:00", 100,
         "<p>Ambient music for commuters. Headphones provided. With a railcard: discount code RAIL3.</p>",
         (Ticket("Seat", 2150, 90, tax="20"),), currency="GBP",
         discounts=(Discount("Railcard", "amount", 300, code="RAIL3"),)),
    Slot(26, 152, "donau-days-spring", "Donau Days: The Other Bank", "Festival", "lantern", 25, "13:00", 540,
         "<p>One day, the other bank, other people.</p>",
         (Ticket("Day ticket", 5900, 1500, sale_from=2), Ticket("Child", 0, 300, kind="free", tax="0", sale_from=2))),
    Slot(27, 157, "members-evening", "Members' Evening", "Guided tour", "museum-am-ring", 24, "19:00", 120,
         "<p>By invitation: the address is the key.</p>",
         (Ticket("Member", 0, 60, kind="free", limit=2, tax="0"),), visible=False),
    Slot(28, 166, "named-seats-only", "Ringside: Title Night", "Boxing", "sava-stage", 26, "20:00", 150,
         "<p>Tickets carry the holder's name.</p>",
         (Ticket("Ringside", 6500, 200, limit=2, taken=40, tax="25"),), kyc=2),
    Slot(29, 171, "still-a-draft", "Still a Draft", "Concert", "nordbahn", 23, "20:00", 120,
         "<p>To be announced.</p>", (Ticket("Standing", 2000, 300),), status="draft"),
    Slot(30, 60, "being-written", "Being Written to the Ledger", "Club night", "nordbahn", 23, "23:00", 300,
         "<p>In progress.</p>", (Ticket("Entry", 1500, 300),), status="committed"),
    Slot(31, 28, "the-cancelled-serenade", "The Cancelled Serenade", "Concert", "lantern", 21, "19:30", 120,
         "<p>The singer has lost her voice.</p>", (Ticket("Standing", 2600, 300, taken=25),), status="canceled"),
    Slot(32, 36, "a-changed-plan", "A Changed Plan", "Comedy", "sava-stage", 27, "20:00", 90,
         "<p>Improvised. The text on this page has changed since it was published.</p>",
         (Ticket("Seat", 1650, 110, taken=7, tax="25"),), status="updated"),
    Slot(33, 48, "door-closed", "The Door Is Closed", "Reading", "lantern", 22, "19:00", 80,
         "<p>Sale has ended; a few seats at the door.</p>", (Ticket("Seat", 1500, 80, taken=60, sale_to=185),)),
    Slot(34, 175, "night-of-lanterns-again", "Night of Lanterns: The Encore", "Concert", "lantern", 21, "19:30", 180,
         "<p>They said they would stop. They did not.</p>",
         (Ticket("Standing", 2750, 300, limit=6), Ticket("Bench seat", 3999, 40, limit=4), CARER),
         formats=("PDF", "PKPASS", "SECURE"),
         discounts=(Discount("Student", "percent", 33, tickets=("Standing",)),)),
    Slot(35, 18, "the-glass-harmonica", "The Glass Harmonica", "Concert", "lantern", 30, "19:30", 130,
         "<p>Two halves, one instrument that nobody dares to touch. Every seat is numbered.</p>",
         (Ticket("Parkett, front", 5800, 0), Ticket("Parkett", 4400, 0), Ticket("Rang", 3200, 0),
          Ticket("Rang, side", 1900, 0, description="The view is restricted"),
          Ticket("Wheelchair space and companion", 2200, 0, limit=4)),
         chart=CONCERT_HALL),
    Slot(36, 42, "the-understudies", "The Understudies", "Dance", "museum-am-ring", 31, "18:30", 70,
         "<p>Those who know every part dance one of them, for sixty people.</p>",
         (Ticket("Seat", 1800, 0), Ticket("Rear row", 1200, 0), Ticket("Pupils and students", 0, 0, kind="free")),
         chart=STUDIO),
)  # fmt: skip
