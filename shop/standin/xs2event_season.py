"""The year of XS2Event: who plays whom where, coming round every 52 weeks, never twice with the same id.

Everything is a pure function of the calendar, so ids are the same after a restart or a lost state. Of every fixture the
edition that comes next is on offer, and the one before it is still listed as ``closed``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache

from shop.standin.programme import EPOCH, slug
from shop.standin.xs2event_ids import derived
from shop.standin.xs2event_places import TEAM, VENUE, Team, Venue

CYCLE = timedelta(weeks=52)
_SUFFIX = {
    "soccer": "gnr",
    "tennis": "evt",
    "formula1": "spp",
    "motogp": "spp",
    "motorsport": "evt",
    "other": "evt",
}


@dataclass(frozen=True)
class Tournament:
    """``split``: its season runs over New Year and is written ``26/27``, else ``2026``."""

    name: str
    sport: str
    kind: str
    region: str
    split: bool = False
    ranking: int | None = None

    def season(self, day: date) -> str:
        if not self.split:
            return str(day.year)
        first = day.year if day.month >= 7 else day.year - 1
        return f"{first % 100:02d}/{(first + 1) % 100:02d}"

    def id_in(self, season: str) -> str:
        return derived("trn", "tournament", self.name, season)

    @staticmethod
    def dates(season: str) -> tuple[date, date]:
        if "/" in season:
            first = 2000 + int(season[:2])
            return date(first, 7, 1), date(first + 1, 6, 30)
        return date(int(season), 1, 1), date(int(season), 12, 31)


TOURNAMENTS: dict[str, Tournament] = {
    "liga": Tournament("Liga Meridiana", "soccer", "league", "ESP", True, 1),
    "lega": Tournament("Lega Tirrena", "soccer", "league", "ITA", True, 3),
    "albion": Tournament("Albion First Division", "soccer", "league", "GBR", True, 2),
    "lowlands": Tournament("Polderbeker", "soccer", "cup", "NLD", True),
    "cup": Tournament("Continental Masters Cup", "soccer", "cup", "WORLD", True, 4),
    "hurley": Tournament("Hurley Meadow Championships", "tennis", "oneoff", "GBR"),
    "riviera": Tournament("Trofeo Riviera", "tennis", "oneoff", "ITA"),
    "prix": Tournament("Grand Prix World Series", "formula1", "league", "WORLD", ranking=5),
    "bikes": Tournament("Motorcycle Grand Prix Series", "motogp", "league", "WORLD"),
    "endurance": Tournament("Endurance Classics", "motorsport", "oneoff", "WORLD"),
    "concerts": Tournament("Concerts", "other", "oneoff", "WORLD"),
}


@dataclass(frozen=True)
class Fixture:
    """One place in the year. ``week`` and ``weekday`` (0 Monday) count from the first Monday of the year, more or less.

    ``confirmed`` is None when the time is certain, else so many days before the date it becomes so. ``days`` above 1 makes
    a meeting over several days whose race is at ``at`` on the last. ``offers`` names a list in ``xs2event_offers``,
    ``percent`` scales its prices.
    """

    tournament: str
    week: int
    weekday: int
    at: str
    offers: str
    title: str = ""
    venue: str = ""
    home: str = ""
    away: str = ""
    percent: int = 100
    minutes: int = 105
    days: int = 1
    status: str = "notstarted"
    confirmed: int | None = None
    popular: bool = False
    text: str | None = None

    @property
    def name(self) -> str:
        return self.title or f"{self.home} vs {self.away}"

    @property
    def place(self) -> Venue:
        return VENUE[self.venue] if self.venue else TEAM[self.home].home

    @lru_cache(maxsize=4096)  # noqa: B019 - there are some dozens of fixtures for as long as the process lives
    def edition(self, number: int) -> Event:
        return Event(self, EPOCH + number * CYCLE + timedelta(weeks=self.week, days=self.weekday))

    def around(self, now: datetime) -> tuple[Event, Event]:
        """The edition that is over and the one that is on or comes next."""
        today = now.astimezone(self.place.tz).date()
        number = max(1, (today - EPOCH).days // CYCLE.days - 1)
        while self.edition(number).over(now):
            number += 1
        return self.edition(number - 1), self.edition(number)


@dataclass(frozen=True)
class Event:
    """One edition of a fixture. ``day`` is its first day; times are wall clock of the venue, naive."""

    fixture: Fixture
    day: date

    @cached_property
    def id(self) -> str:
        sport = self.tournament.sport
        return derived(
            _SUFFIX[sport], "event", self.fixture.tournament, self.fixture.name, self.day.isoformat()
        )

    @cached_property
    def venue(self) -> Venue:
        return self.fixture.place

    @property
    def tournament(self) -> Tournament:
        return TOURNAMENTS[self.fixture.tournament]

    @cached_property
    def season(self) -> str:
        return self.tournament.season(self.day)

    @property
    def home(self) -> Team | None:
        return TEAM.get(self.fixture.home)

    @property
    def away(self) -> Team | None:
        return TEAM.get(self.fixture.away)

    @property
    def last_day(self) -> date:
        return self.day + timedelta(days=self.fixture.days - 1)

    def over(self, now: datetime) -> bool:
        return now > self.stop_at

    @cached_property
    def main(self) -> tuple[datetime, datetime]:
        """When play begins and ends in truth, told or not."""
        start = datetime.combine(self.last_day, time.fromisoformat(self.fixture.at))
        return start, start + timedelta(minutes=self.fixture.minutes)

    @cached_property
    def stop_at(self) -> datetime:
        return self.main[1].replace(tzinfo=self.venue.tz).astimezone(UTC)

    @property
    def told_on(self) -> datetime:
        """When the time became certain; naive UTC."""
        return datetime.combine(self.day, time(9)) - timedelta(days=self.fixture.confirmed or 0)

    def confirmed(self, now: datetime) -> bool:
        return self.fixture.confirmed is None or now.replace(tzinfo=None) >= self.told_on

    @cached_property
    def created(self) -> datetime:
        """Naive UTC: when the edition before it was over, which is when it is listed for the first time."""
        return Event(self.fixture, self.day - CYCLE).stop_at.replace(tzinfo=None)

    def updated(self, now: datetime) -> datetime:
        if self.over(now):
            return self.stop_at.replace(tzinfo=None)
        told = self.fixture.confirmed is not None and self.confirmed(now)
        return self.told_on if told else self.created

    def dates(self, now: datetime) -> tuple[datetime, datetime]:
        """``date_start`` and ``date_stop``: midnights for several days and for a time that is not certain yet."""
        midnight = datetime.combine(self.day, time())
        if self.fixture.days > 1:
            return midnight, datetime.combine(self.last_day, time())
        if not self.confirmed(now):
            return midnight, midnight + timedelta(minutes=105)
        return self.main

    @property
    def slug(self) -> str:
        """Letters with marks stay (captured: ``segunda-división-malaga-vs-eibar-2526-5f4cc``); a race has no year."""
        if self.fixture.days > 1 or not self.fixture.home:
            return slug(f"{self.tournament.name} {self.fixture.name}")
        words = f"{self.tournament.name} {self.fixture.name} {self.season.replace('/', '')} {self.id[:5]}"
        return "-".join(words.lower().split())


def _soccer(
    tournament: str, week: int, weekday: int, at: str, home: str, away: str, offers: str, **more: object
) -> Fixture:
    return Fixture(tournament, week, weekday, at, offers, home=home, away=away, **more)  # type: ignore[arg-type]


_MIR, _PUA, _SVE, _VAL = "Atlético Miraluz", "CD Puerto Alzado", "Unión Sierraverde", "Deportivo Valdeluna"
_MON, _POR = "US Montelago", "AC Portorosso"
_MAR, _ASH, _CAL = "Marlbeck Wanderers", "Port Ashby Athletic", "Caldermouth City"
_WIL, _NOO, _ELB = "FC Wilgenplas", "SC Noordermolen", "Elbufer 09"

FIXTURES: tuple[Fixture, ...] = (
    # Football in euros: lead guest before checkout, everybody before download, two suppliers (offers "spain").
    _soccer("liga", 2, 5, "18:30", _MIR, _PUA, "spain", percent=130, popular=True,
            text="The coast derby: the two ports of the league meet for the first time since autumn."),
    _soccer("liga", 6, 6, "16:15", _PUA, _VAL, "spain"),
    _soccer("liga", 10, 5, "21:00", _SVE, _MIR, "spain_small", confirmed=14),
    _soccer("liga", 14, 6, "14:00", _VAL, _SVE, "spain_small", confirmed=14),
    _soccer("liga", 19, 5, "20:00", _PUA, _MIR, "spain", percent=140, popular=True),
    _soccer("liga", 34, 6, "21:30", _MIR, _VAL, "spain"),
    _soccer("liga", 38, 5, "18:30", _VAL, _PUA, "spain_small", confirmed=14),
    _soccer("liga", 42, 6, "16:15", _MIR, _SVE, "spain"),
    _soccer("liga", 47, 5, "21:00", _PUA, _SVE, "spain", percent=90),
    _soccer("liga", 49, 6, "18:30", _SVE, _VAL, "spain_small", percent=80),
    _soccer("liga", 51, 5, "20:00", _MIR, _PUA, "spain", percent=120, popular=True),
    _soccer("lega", 4, 6, "15:00", _MON, _POR, "italy", popular=True),
    _soccer("lega", 12, 5, "20:45", _POR, _MON, "italy", percent=110),
    _soccer("lega", 36, 6, "15:00", _MON, _POR, "italy", confirmed=14),
    _soccer("lega", 48, 5, "20:45", _POR, _MON, "italy"),
    _soccer("albion", 1, 5, "15:00", _MAR, _ASH, "england"),
    _soccer("albion", 7, 6, "16:30", _CAL, _MAR, "england", percent=120, popular=True,
            text="North against north: the fixture that both grounds circle first."),
    _soccer("albion", 13, 5, "12:30", _ASH, _CAL, "england_small"),
    _soccer("albion", 17, 2, "19:45", _MAR, _CAL, "england", percent=120, confirmed=14),
    _soccer("albion", 33, 5, "15:00", _CAL, _ASH, "england"),
    _soccer("albion", 40, 6, "16:30", _ASH, _MAR, "england_small"),
    _soccer("albion", 46, 5, "17:30", _MAR, _CAL, "england", percent=125, popular=True),
    _soccer("albion", 50, 5, "15:00", _CAL, _MAR, "england"),
    _soccer("lowlands", 8, 2, "20:00", _WIL, _NOO, "lowlands"),
    _soccer("lowlands", 15, 3, "18:45", _NOO, _ELB, "lowlands", status="soldout"),
    _soccer("lowlands", 44, 2, "20:00", _NOO, _WIL, "lowlands", status="postponed"),
    _soccer("cup", 9, 1, "21:00", _ELB, _MIR, "lowlands", percent=170, popular=True),
    _soccer("cup", 16, 2, "21:00", _MIR, _CAL, "spain", percent=180, popular=True),
    _soccer("cup", 41, 1, "18:45", _POR, _WIL, "italy", percent=90),
    _soccer("cup", 45, 2, "20:00", _CAL, _ELB, "england", percent=150, confirmed=14, popular=True),
    _soccer("cup", 3, 3, "20:00", _WIL, _SVE, "none"),
    *(Fixture("hurley", 25 + day // 6, 0 + day % 6, "11:00", "court_gbp", f"Hurley Meadow, {text}", "Hurley Meadow Lawns",
              minutes=480, percent=percent, popular=percent > 150)
      for day, text, percent in ((0, "Day 1: First Round", 90), (2, "Day 3: Second Round", 100), (4, "Day 5: Third Round", 120),
                                 (7, "Day 8: Quarter-finals", 170), (11, "Day 12: Final", 260))),
    *(Fixture("riviera", 20, day, "11:00", "court_eur", f"Trofeo Riviera, {text}", "Circolo Riviera", minutes=420,
              percent=percent)
      for day, text, percent in ((0, "Monday", 80), (2, "Wednesday", 90), (4, "Quarter-finals", 120), (6, "Final", 200))),
    Fixture("prix", 11, 4, "15:00", "track", "Costa d'Oro Grand Prix", "Autodromo Costa d'Oro", minutes=120, days=3,
            popular=True, text="Sea on one side, the old town on the other, and fifteen corners in between."),
    Fixture("prix", 22, 4, "15:00", "track", "Sierra Alta Grand Prix", "Circuito Sierra Alta", minutes=120, days=3),
    Fixture("prix", 27, 4, "15:00", "track_gbp", "Northmoor Grand Prix", "Northmoor Circuit", minutes=120, days=3,
            percent=120, popular=True),
    Fixture("prix", 35, 4, "15:00", "track", "Ardenwald Grand Prix", "Ardenwald-Ring", minutes=120, days=3, popular=True),
    Fixture("prix", 43, 4, "14:00", "nosale", "Lago Azul Grand Prix", "Autódromo Lago Azul", minutes=120, days=3,
            status="nosale"),
    Fixture("bikes", 18, 4, "14:00", "track", "Lago Azul Motorcycle Grand Prix", "Autódromo Lago Azul", minutes=60, days=3,
            percent=45),
    Fixture("endurance", 30, 5, "16:00", "track_gbp", "Northmoor Six Hours", "Northmoor Circuit", minutes=360, days=2,
            percent=35),
    Fixture("endurance", 39, 5, "16:00", "track", "Ardenwald 12 Hours", "Ardenwald-Ring", minutes=720, days=2, percent=40),
    *(Fixture("concerts", week, weekday, "20:00", offers, act, venue, minutes=150, percent=percent, popular=percent > 110,
              status=status, text=text)
      for week, weekday, act, venue, offers, percent, status, text in (
          (0, 4, "The Paper Lanterns", "Harbour Dome", "hall_gbp", 100, "notstarted", "Twelve songs that everybody in the "
           "room will know, and a brass section."),
          (5, 5, "Ilse Morgenrot", "Halle am Speicher", "hall_eur", 120, "notstarted", None),
          (12, 3, "Neon Harbour", "Harbour Dome", "hall_gbp", 130, "notstarted", "Synthesisers, rain and a very large "
           "mirror ball."),
          (21, 4, "Club Saturno", "Zandkade Hal", "hall_eur", 90, "notstarted", ""),
          (29, 5, "Orchester der Stille", "Halle am Speicher", "hall_eur", 110, "cancelled", None),
          (37, 4, "Neon Harbour", "Zandkade Hal", "hall_eur", 130, "notstarted", None),
          (46, 4, "Club Saturno", "Halle am Speicher", "hall_eur", 95, "notstarted", None),
          (48, 6, "Ilse Morgenrot", "Harbour Dome", "hall_gbp", 115, "notstarted", None),
          (50, 4, "The Paper Lanterns", "Zandkade Hal", "hall_eur", 105, "notstarted",
           "The winter tour: two hours without an interval."))),
)  # fmt: skip
