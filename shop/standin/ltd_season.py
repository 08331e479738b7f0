"""The invented season: what plays, where, when, for how much. A number never changes its event."""

from __future__ import annotations

from dataclasses import dataclass, field

from shop.standin.programme import Pattern, Runs

MUSICAL, PLAY, BALLET, OPERA, CIRCUS, COMEDY, FAMILY, CONCERT = 1, 2, 4, 5, 6, 7, 8, 9
EVENT_TYPES = {
    MUSICAL: "Musical",
    PLAY: "Play",
    BALLET: "Ballet & Dance",
    OPERA: "Opera",
    CIRCUS: "Circus",
    COMEDY: "Comedy",
    FAMILY: "Family",
    CONCERT: "Concert",
}
GENRES = {
    MUSICAL: "musical",
    PLAY: "play",
    BALLET: "dance",
    OPERA: "opera",
    CIRCUS: "circus",
    COMEDY: "comedy",
    FAMILY: "family",
    CONCERT: "concert",
}

EIGHT = Pattern.of(mon="19:30", tue="19:30", wed="14:30 19:30", thu="19:30", fri="19:30", sat="14:30 19:30")
SUNDAYS = Pattern.of(tue="19:30", wed="19:30", thu="14:30 19:30", fri="19:30", sat="14:30 19:30", sun="15:00")
EVENINGS = Pattern.of(tue="19:45", wed="19:45", thu="19:45", fri="19:45", sat="15:00 19:45")
OPERA_NIGHTS = Pattern.of(tue="19:00", thu="19:00", sat="19:00")
LATE = Pattern.of(thu="21:30", fri="21:30", sat="19:00 21:30")
MORNINGS = Pattern.of(wed="10:30 13:30", sat="11:00 14:00", sun="11:00 14:00")
CONCERTS = Pattern.of(fri="20:00", sun="18:00")
PARTS = Pattern.of(wed="13:00 19:00", sat="13:00 19:00")
TUESDAYS = Pattern.of(tue="20:00", wed="20:00")


@dataclass(frozen=True)
class EventSpec:
    """``pence`` is the best full face value; ``about`` are paragraphs of HTML without their tags."""

    number: int
    kind: int
    name: str
    tagline: str | None
    about: tuple[str, ...]
    venue_id: int
    minutes: str | None
    pence: int
    pattern: Pattern
    runs: Runs = field(default_factory=Runs)
    age: int | None = None
    age_text: str | None = None
    notice: str | None = None
    access: str | None = None
    deliveries: tuple[int, ...] = (1, 92)
    offer: str = ""  # "no fee" (Monday to Thursday) or "save" (a fifth off the face value)
    lone_seat_rule: bool = False
    early_barcodes: bool = False
    sold_out_saturdays: bool = False
    no_end: bool = False
    no_price_hint: bool = False
    no_page: bool = False
    paired: bool = False
    empty_house: bool = False  # nothing is sold before the shop sells
    video: str | None = None
    plan: str | None = None  # other than the venue's own
    tour: bool = False  # on the list of accounts that book on account, and on no other

    @property
    def event_id(self) -> int:
        return 5100 + self.number


_HAZE = "Contains haze and strobe lighting."
_ASSISTED = "Captioned, audio-described and relaxed performances; call the house for dates."

SEASON: tuple[EventSpec, ...] = (
    EventSpec(1, MUSICAL, "The Paper Lantern", "Light finds a way.",
        ("A new musical&nbsp;about the last lamplighter of Wapping and the girl who steals his flame.",
         "With a live band of eleven and a finale in which <em>every</em> light in the house goes out."),
        71, "2hr 20min (inc. interval)", 7200, EIGHT, age=6, age_text="Under 4s will not be admitted.",
        notice=_HAZE, access=_ASSISTED, deliveries=(1, 92, 91), offer="no fee", early_barcodes=True,
        video="https://youtu.be/pl4nternplay"),
    EventSpec(2, PLAY, "A Clock for Mr Penhaligon", "He has eleven minutes. He has had them for years.",
        ("A watchmaker is asked to repair a clock that runs towards something.",
         "Dry, quick and oddly tender: a thriller for two voices and forty timepieces."),
        76, "1hr 35min (no interval)", 5200, EVENINGS, Runs(10, 16, 2), age=12,
        age_text="Recommended for ages 12 and over.", notice="There is no re-admittance.",
        deliveries=(1, 91), lone_seat_rule=True),
    EventSpec(3, MUSICAL, "Saltwater Kings", "Three brothers. One boat. Every shanty you ever half knew.",
        ("<span style=\"background-color:transparent; color:rgb(0, 0, 0)\">Herring, heartbreak and "
         "harmony&nbsp;</span>on the coast of Fife in 1911.",
         "&ldquo;The loudest love letter to the sea that I have heard.&rdquo;"),
        73, "2hr 35min (inc. interval)", 8800, EIGHT, age=8, age_text="Suitable for ages 8+.",
        notice="", access=_ASSISTED, deliveries=(1, 2, 3, 92), offer="save",
        video="https://www.youtube.com/embed/s4ltwaterki"),
    EventSpec(4, PLAY, "The Understudy's Supper", "Everybody knows the lines. Nobody knows the guest.",
        ("A first night, a locked dining room and six actors who have all been promised the same part.",),
        72, "2hr 10min (inc. interval)", 5600, EIGHT, Runs(12, 18, 5), age=14, notice="Contains a loud bang.",
        deliveries=(1, 92)),
    EventSpec(5, BALLET, "Winterreise in Blue", None,
        ("Twenty-four dances for eleven bodies&nbsp;and one piano.",
         "Choreography that moves like weather across an empty stage.", "&nbsp;"),
        75, "1hr 25min (no interval)", 9500, OPERA_NIGHTS, Runs(6, 18, 1), age=None,
        access="Touch tour before Saturday performances.", deliveries=(1, 92, 93)),
    EventSpec(6, OPERA, "The Glassblower's Daughter", "An opera in one breath.",
        ("Murano, 1604: a secret recipe, a spy, and a voice that can break the evidence.",
         "Sung in Italian with English surtitles."),
        75, "2hr 50min (inc. two intervals)", 14500, OPERA_NIGHTS, Runs(8, 20, 6), age=10,
        age_text="Children under 7 will not be admitted.", notice=None, deliveries=(1, 2, 3, 92, 94)),
    EventSpec(7, MUSICAL, "Nine Lives of Dorothea Katz", "Land on your feet. Repeat.",
        ("A cat burglar retires nine times in one evening, each time to a different tune.",
         "Tap, brass, and a safe that opens on the interval."),
        81, "2hr 25min (inc. interval)", 9200, EIGHT, age=7, age_text="Recommended for ages 7+.",
        notice="Gunshots and smoking of herbal cigarettes.\r\nLatecomers wait for a break in the action.",
        access=_ASSISTED, deliveries=(1, 92), sold_out_saturdays=True, lone_seat_rule=True),
    EventSpec(8, COMEDY, "Mostly Harmless Weddings", "Something borrowed, something blew up.",
        ("One marquee, four ceremonies, a single best man. A farce with real cake.",),
        78, "2hr (inc. interval)", 4800, SUNDAYS, Runs(14, 20, 3), age=12, notice="Strong language.",
        deliveries=(1, 91, 92), offer="no fee"),
    EventSpec(9, FAMILY, "The Bear Who Borrowed the Moon", "Bring it back by bedtime!",
        ("A shadow-puppet adventure&nbsp;for the very small and the very tall.",
         "Every child goes home with a paper moon."),
        84, "55min (no interval)", 2400, MORNINGS, age=3, age_text="For ages 3 to 8. Babes in arms welcome.",
        access="Relaxed performance each second Sunday.", deliveries=(1, 91)),
    EventSpec(10, CONCERT, "Meridian Strings by Candlelight", "Vivaldi, Purcell and a thousand small flames.",
        ("An hour and a half of strings among (electric) candles.",),
        80, "1hr 30min (inc. interval)", 5400, CONCERTS, age=None, age_text="", deliveries=(1, 91, 92),
        offer="save"),
    EventSpec(11, COMEDY, "Tallow Yard Late", "Stand up, or at least lean.",
        ("Five comics, one bare bulb, no numbered places.",
         "Doors open forty-five minutes before. Places are taken as they come."),
        83, "2hr (inc. two intervals)", 2800, LATE, age=16, age_text="Over 16s only.", notice="",
        deliveries=(1, 92)),
    EventSpec(12, PLAY, "The Lighthouse at Number Nine", "She has never seen the sea.",
        ("A play for one actor, one lamp and twenty listeners.",),
        82, "1hr 10min (no interval)", 3000, TUESDAYS, age=None, deliveries=(1, 91, 92), empty_house=True),
    EventSpec(13, MUSICAL, "The Paper Lantern *", "Light finds a way.",
        ("Resident&rsquo;s performances of the new musical&nbsp;about the last lamplighter of Wapping.",),
        71, "2hr 20min (inc. interval)", 6000, Pattern.of(mon="15:00"), Runs(8, 20, 9), age=6,
        deliveries=(1,)),
    EventSpec(14, MUSICAL, "Brass Monkeys", "A very cold caper.",
        ("Three out-of-work trombonists attempt the politest bank raid in Manhattan.",),
        191, "2hr 15min (inc. interval)", 11000, EIGHT, age=10, deliveries=(1, 92)),
    EventSpec(15, PLAY, "The Cartographers", "In two parts. Take the long way round.",
        ("Part One follows the map-makers out; Part Two brings some of them home.",
         "Both parts are booked together and play on one day, with a supper break between."),
        74, "Part One 2hr 30min, Part Two 2hr 40min", 7600, PARTS, Runs(10, 20, 8), age=12,
        deliveries=(1, 92), paired=True),
    EventSpec(16, MUSICAL, "Turnpike", "Every road has its toll.",
        ("A highwaywoman&rsquo;s progress from Hounslow Heath to high society, told in folk and fiddle.",
         "Still going strong in its fifth year."),
        77, "2hr 40min (inc. interval)", 8400, SUNDAYS, age=10, notice=_HAZE, deliveries=(1, 92),
        no_end=True),
    EventSpec(17, COMEDY, "The Committee Regrets", "Minutes were taken. So were sides.",
        ("An allotment society meets to choose a new padlock. By the interval there is a coup.",),
        76, "1hr 50min (inc. interval)", 4400, EVENINGS, Runs(8, 16, 12), age=None, deliveries=(1, 91)),
    EventSpec(18, PLAY, "Ash Wednesday, Thursday, Friday", "A long weekend in a short war.",
        ("Set in a signal box on the night that the line was cut.",),
        79, "2hr 05min (inc. interval)", 5000, SUNDAYS, Runs(9, 18, 14), age=14,
        notice="Contains scenes some may find distressing.", deliveries=(1, 2, 92), lone_seat_rule=True),
    EventSpec(19, BALLET, "The Tin Orchard", "Dance for six and a scrapyard.",
        ("Steel, rust and pointe shoes.",),
        86, "1hr 15min (no interval)", 4600, EVENINGS, Runs(5, 14, 4), age=8, deliveries=(1, 92, 93)),
    EventSpec(20, FAMILY, "Captain Thimble's Very Small Voyage", "A big adventure for small pockets.",
        ("A mouse, a matchbox, a storm in a sink.",
         "<a href=\"https://www.example.test/thimble\" target=\"_blank\">Activity sheets</a> to take home."),
        84, "1hr (no interval)", 2200, MORNINGS, Runs(12, 20, 1), age=2, age_text="For ages 2+.",
        deliveries=(1, 91)),
    EventSpec(21, MUSICAL, "Ghost Signs", "The city remembers what it sold you.",
        ("Sign-painters, soap queens and one unfinished wall: a love story in twenty advertisements.",),
        74, "2hr 30min (inc. interval)", 7800, EIGHT, Runs(14, 20, 17), age=9, notice=None, access="",
        deliveries=(1, 92), offer="save", video="https://youtu.be/gh0stsigns1"),
    EventSpec(22, OPERA, "Don Quixote in Deptford", "Tilt!",
        ("A knight, a scooter and a row of wind turbines. A comic opera for a noisy age.",),
        75, "2hr 15min (inc. interval)", 12000, OPERA_NIGHTS, Runs(5, 20, 15), age=8,
        deliveries=(1, 2, 3, 92)),
    EventSpec(23, PLAY, "Eleven Letters to the Landlord", "Dear Sir. Again.",
        ("The true-ish history of a house in eleven complaints.",),
        85, "1hr 40min (no interval)", 3600, EVENINGS, Runs(7, 15, 3), age=None, age_text="Ages 11+.",
        deliveries=(1, 91)),
    EventSpec(24, CIRCUS, "Gravity, a Love Story", "What goes up.",
        ("Nine acrobats fall for one another.", "In the round, in a heated tent."),
        88, "1hr 45min (inc. interval)", 4200, SUNDAYS, Runs(10, 18, 0), age=5,
        notice="Performers work above the audience.", deliveries=(1, 91, 92)),
    EventSpec(25, MUSICAL, "Marigold & the Motorway", "Turn left at the end of the world.",
        ("A musical road trip with one van, two sisters and the wrong ashes.",),
        78, "2hr 10min (inc. interval)", 6400, EIGHT, Runs(11, 18, 10), age=12, deliveries=(1, 92)),
    EventSpec(26, COMEDY, "An Evening Without Trevor", "He sends his apologies.",
        ("A double act, minus one.",),
        89, "1hr 30min (inc. interval)", 3200, LATE, Runs(9, 16, 6), age=16, age_text="Over 16s only.",
        deliveries=(1, 92), no_page=True),
    EventSpec(27, PLAY, "The Weather Station", "Pressure falling.",
        ("Shetland, 1944. Two women, one forecast, five thousand boats.",),
        72, "1hr 55min (no interval)", 5400, EVENINGS, Runs(8, 18, 0), age=11, access=_ASSISTED,
        deliveries=(1, 91, 92)),
    EventSpec(28, BALLET, "Soot and Slippers", "Sweep. Spin. Strike twelve.",
        ("A full-length story ballet for the whole family, with live orchestra.",),
        81, "2hr 20min (inc. two intervals)", 9800, Pattern.of(wed="19:00", fri="19:00", sat="14:00 19:00"),
        Runs(7, 20, 18), age=5, age_text="Under 5s will not be admitted.", deliveries=(1, 2, 92, 93)),
    EventSpec(29, CONCERT, "Songs from the Last Tram", "Music for the way home.",
        ("A big band plays the songs your grandparents danced to, and two they were not allowed to.",),
        80, "2hr (inc. interval)", 5800, Pattern.of(sat="20:00"), Runs(), age=None, deliveries=(1, 91, 92)),
    EventSpec(30, MUSICAL, "The Great Frost Fair", "Meet me on the ice.",
        ("London, 1814. The Thames freezes, the rules melt.", "With real snow. Indoors."),
        77, "2hr 30min (inc. interval)", 8200, Pattern.of(mon="19:30", wed="14:00"), Runs(10, 20, 11), age=6,
        notice=_HAZE, deliveries=(1, 92), offer="no fee"),
    EventSpec(31, PLAY, "Understory", "What the roots know.",
        ("A forester goes missing; the trees are questioned.",),
        87, "1hr 30min (no interval)", 3400, EVENINGS, Runs(6, 14, 9), age=13, deliveries=(1, 91)),
    EventSpec(32, FAMILY, "The Dragon in the Drying Cupboard", "It likes it warm.",
        ("Puppets, steam and a very patient grandmother.",),
        86, "1hr 20min (inc. interval)", 2600, MORNINGS, Runs(9, 18, 12), age=4, age_text="Ages 4+.",
        notice="Some loud roaring.", deliveries=(1, 91)),
    EventSpec(33, OPERA, "Hero and Leander", "One strait. One lamp. Two voices.",
        ("Chamber opera at sea level.",),
        85, "1hr 20min (no interval)", 4800, OPERA_NIGHTS, Runs(4, 16, 7), age=None, deliveries=(1, 92, 94)),
    EventSpec(34, MUSICAL, "Pocket Money", "The pound in your hand has a past.",
        ("Follow one coin through forty pairs of hands and twenty songs.",),
        79, "2hr 05min (inc. interval)", 5800, SUNDAYS, Runs(12, 20, 7), age=8, deliveries=(1, 92)),
    EventSpec(35, PLAY, "Lady Bracken's Alibi", "She was at the theatre. Ask anyone here.",
        ("A murder mystery in which the audience is the alibi.",),
        90, "2hr 15min (inc. interval)", 5200, EIGHT, age=11, notice="Please keep the ending to yourself.",
        deliveries=(1, 91, 92), sold_out_saturdays=True),
    EventSpec(36, COMEDY, "Improbable Histories", "Made up tonight, from your worst exam.",
        ("An improvised history play, different each evening.",),
        89, "1hr 15min (no interval)", 2600, TUESDAYS, age=14, deliveries=(1, 92)),
    EventSpec(37, PLAY, "Half a Sixpence Short", None,
        ("A debtor, a bailiff and the dog between them.",),
        91, "1hr 25min (no interval)", 3000, EVENINGS, Runs(5, 15, 11), age=10, deliveries=(1, 94)),
    EventSpec(38, MUSICAL, "Switchboard", "Connecting you now.",
        ("1958: forty operators, one crossed line, and the man who should not have picked up.",),
        76, "2hr 20min (inc. interval)", 6600, EIGHT, Runs(9, 20, 2), age=10, deliveries=(1, 92)),
    EventSpec(39, BALLET, "Night Bus", "Route N12, danced from end to end.",
        ("Street dance, top deck to bottom deck.",),
        87, "1hr 05min (no interval)", 2800, LATE, Runs(8, 16, 1), age=8, deliveries=(1, 91, 92)),
    EventSpec(40, CONCERT, "Voices of the Fen", "Forty singers, no microphones.",
        ("Choral music from flat country.",),
        85, None, 3200, CONCERTS, Runs(10, 18, 4), age=None, deliveries=(1, 91), no_price_hint=True),
    EventSpec(41, PLAY, "The Ministry of Small Losses", "Please take a ticket.",
        ("Gloves, keys, a sense of proportion: all lost property ends here.",),
        72, "2hr (inc. interval)", 5000, SUNDAYS, Runs(6, 18, 11), age=12, deliveries=(1, 91, 92)),
    EventSpec(42, FAMILY, "Jack and the Bins Talk", "A pantomime for any season, with recycling.",
        ("Oh yes it is. Sorted by colour.",),
        77, "2hr (inc. interval)", 3600, MORNINGS, Runs(7, 20, 2), age=3, age_text="Fun for ages 3+.",
        deliveries=(1, 91)),
    EventSpec(43, CIRCUS, "Cabaret of Small Mercies", "Sequins, spoons and second chances.",
        ("Late-night circus, close enough to touch. Please do not.",),
        88, "1hr 20min (no interval)", 3400, LATE, Runs(8, 18, 10), age=18, age_text="Over 18s only.",
        notice="Nudity, knives and a ukulele.", deliveries=(1, 92)),
    EventSpec(44, PLAY, "The Long Gallery", "Forty portraits. One of them is listening.",
        ("A ghost story for a full house and an empty frame.",),
        192, "1hr 50min (inc. interval)", 4200, EVENINGS, Runs(6, 18, 13), age=12, deliveries=(1, 92)),
)  # fmt: skip

# Scene and inks of the posters, by number; the others are left to chance.
POSTERS: dict[int, tuple[str, int]] = {
    1: ("lanterns", 1), 2: ("clock", 3), 3: ("waves", 3), 4: ("curtain", 3), 5: ("ribbons", 0), 6: ("garden", 0),
    7: ("cat", 1), 8: ("burst", 2), 9: ("forest", 0), 10: ("keys", 0), 11: ("beams", 0), 12: ("lighthouse", 4),
    13: ("lanterns", 0), 14: ("keys", 2), 15: ("orbits", 2), 16: ("road", 0), 17: ("mask", 1), 18: ("cords", 0),
    19: ("tiles", 1), 20: ("waves", 1), 21: ("giant", 2), 22: ("mask", 1), 23: ("envelope", 2), 24: ("bigtop", 0),
    25: ("road", 2), 26: ("doorway", 0), 27: ("umbrella", 4), 28: ("stairs", 2), 29: ("bus", 2),
    30: ("snow", 3), 31: ("forest", 2), 32: ("eye", 1), 33: ("lighthouse", 2), 34: ("halftone", 0),
    35: ("eye", 3), 36: ("giant", 1), 37: ("stairs", 0), 38: ("cords", 1), 39: ("bus", 1), 40: ("sunrise", 1),
    41: ("doorway", 1), 42: ("bigtop", 1), 43: ("burst", 1), 44: ("frames", 3),
}  # fmt: skip
