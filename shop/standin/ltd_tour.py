"""What an account that books on account is given to sell: eight shows on tour in three houses. All names are invented.

Their numbers follow those of the season, and no key sees both lists: so a shop may have an account of each kind side by
side without listing anything twice.
"""

from __future__ import annotations

from shop.standin.ltd_season import (
    BALLET,
    CIRCUS,
    COMEDY,
    CONCERT,
    EIGHT,
    EVENINGS,
    FAMILY,
    LATE,
    MORNINGS,
    MUSICAL,
    OPERA,
    OPERA_NIGHTS,
    PLAY,
    SUNDAYS,
    EventSpec,
)
from shop.standin.programme import Pattern, Runs

TOUR: tuple[EventSpec, ...] = (
    EventSpec(45, MUSICAL, "The Paper Lantern on Tour", "The light travels.",
        ("Eleven players, one lamplighter, a van and a very long list of towns.",),
        301, "2hr 20min (inc. interval)", 5400, EIGHT, Runs(8, 16, 4), age=6, deliveries=(1, 2, 92), tour=True),
    EventSpec(46, PLAY, "Low Lights", "Two keepers, one ledger, no visitors.",
        ("A lighthouse play for anybody who has ever shared a kitchen.",),
        302, "1hr 45min (no interval)", 3800, EVENINGS, Runs(9, 16, 7), age=12, deliveries=(1, 91, 92),
        lone_seat_rule=True, tour=True),
    EventSpec(47, COMEDY, "Four Weddings and a Marquee Pole", "Please do not lean on the canvas.",
        ("A farce in which the tent is the only sober guest.",),
        303, "1hr 55min (inc. interval)", 3400, SUNDAYS, age=12, deliveries=(1, 91), tour=True),
    EventSpec(48, BALLET, "Coal, Dust, Silk", None,
        ("A dance for the pit band and those it played home.",),
        301, "1hr 20min (no interval)", 4200, OPERA_NIGHTS, Runs(7, 14, 2), deliveries=(1, 92, 93), tour=True),
    EventSpec(49, FAMILY, "The Very Late Owl", "Bring a torch. Not you, owl.",
        ("Shadow puppets and a bedtime that will not come.",),
        302, "50min (no interval)", 1600, MORNINGS, age=3, age_text="For ages 3 to 8.", deliveries=(1, 91), tour=True),
    EventSpec(50, OPERA, "Figaro's Removals", "Handle with care.",
        ("The wedding, told by the men who carry the bed.", "Sung in English."),
        303, "2hr 30min (inc. interval)", 6400, OPERA_NIGHTS, Runs(6, 14, 9), age=8, deliveries=(1, 2, 94), tour=True),
    EventSpec(51, CIRCUS, "Ten Acrobats and a Ladder", "It is not a long ladder.",
        ("The smallest big top in the north, indoors.",),
        302, "1hr 30min (inc. interval)", 3000, LATE, Runs(10, 18, 1), age=5, deliveries=(1, 92), tour=True),
    EventSpec(52, CONCERT, "A Hundred Years of Brass", "Loud, then louder.",
        ("Three bands, one hall, a century of marches.",),
        303, "2hr (inc. interval)", 2800, Pattern.of(fri="19:30", sun="15:00"), deliveries=(1, 92), empty_house=True,
        tour=True),
)  # fmt: skip
