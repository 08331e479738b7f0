"""Invented grounds, courts, tracks and halls in real cities, and the teams that play there."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shop.standin.programme import slug
from shop.standin.xs2event_ids import derived


@dataclass(frozen=True)
class Venue:
    """``house`` names the categories that are sold there (``xs2event_categories``)."""

    name: str
    city: str
    country: str
    province: str
    latitude: str
    longitude: str
    zone: str
    house: str
    capacity: int
    street: str
    number: str
    postcode: str
    opened: int
    kind: str = "stadium"
    track_length: int | None = None
    popular: bool = False

    @property
    def id(self) -> str:
        return derived("vnx", "venue", self.name, self.city)

    @property
    def location_id(self) -> str:
        return derived("ddr", "location", self.name, self.city)

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def slug(self) -> str:
        return slug(self.name)


@dataclass(frozen=True)
class Team:
    name: str
    short: str
    venue: str
    popular: bool = False
    sport: str = "soccer"

    @property
    def id(self) -> str:
        return derived("tms", "team", self.name)

    @property
    def home(self) -> Venue:
        return VENUE[self.venue]


_MADRID, _ROME, _LONDON, _AMSTERDAM = "Europe/Madrid", "Europe/Rome", "Europe/London", "Europe/Amsterdam"
_BERLIN, _LISBON, _BRUSSELS = "Europe/Berlin", "Europe/Lisbon", "Europe/Brussels"

VENUES: tuple[Venue, ...] = (
    Venue("Estadio Miraluz", "Málaga", "ESP", "Málaga", "36.721274", "-4.421399", _MADRID, "spain", 31200,
          "Paseo del Faro", "12", "29016", 1964, popular=True),
    Venue("Estadio Puerto Alzado", "Valencia", "ESP", "Valencia", "39.469907", "-0.376288", _MADRID, "spain", 42800,
          "Avenida del Muelle", "3", "46011", 1927, popular=True),
    Venue("Campo Sierraverde", "Granada", "ESP", "Granada", "37.177336", "-3.598557", _MADRID, "spain", 18900,
          "Camino Alto", "40", "18008", 1988),
    Venue("Estadio Valdeluna", "Zaragoza", "ESP", "Zaragoza", "41.648823", "-0.889085", _MADRID, "spain", 26400,
          "Calle de la Luna", "1", "50006", 1975),
    Venue("Stadio del Lago", "Como", "ITA", "Lombardia", "45.810000", "9.083900", _ROME, "italy", 21500,
          "Viale dei Tigli", "7", "22100", 1952, popular=True),
    Venue("Stadio Portorosso", "Genova", "ITA", "Liguria", "44.405650", "8.946256", _ROME, "italy", 33800,
          "Via della Lanterna", "22", "16126", 1933),
    Venue("Marlbeck Road", "Leeds", "GBR", "West Yorkshire", "53.800755", "-1.549077", _LONDON, "england", 36700,
          "Marlbeck Road", "1", "LS11 0AA", 1908, popular=True),
    Venue("The Ashby Ground", "Portsmouth", "GBR", "Hampshire", "50.819767", "-1.087977", _LONDON, "england", 22100,
          "Anchor Lane", "60", "PO4 0AB", 1921),
    Venue("Caldermouth Park", "Newcastle upon Tyne", "GBR", "Tyne and Wear", "54.978252", "-1.617780", _LONDON,
          "england", 44900, "Quay Rise", "9", "NE1 0AC", 1896, popular=True),
    Venue("Wilgenplas Stadion", "Utrecht", "NLD", "Utrecht", "52.090737", "5.121420", _AMSTERDAM, "lowlands", 23700,
          "Wilgenlaan", "100", "3524 AA", 1982),
    Venue("Noordermolen Arena", "Groningen", "NLD", "Groningen", "53.219383", "6.566502", _AMSTERDAM, "lowlands",
          20400, "Molendijk", "5", "9723 AB", 2006),
    Venue("Arena Elbufer", "Hamburg", "DEU", "Hamburg", "53.551086", "9.993682", _BERLIN, "lowlands", 52300,
          "Uferstraße", "80", "20457", 2001, popular=True),
    Venue("Hurley Meadow Lawns", "Reading", "GBR", "Berkshire", "51.454265", "-0.978130", _LONDON, "court", 9800,
          "Willow Walk", "4", "RG4 0AD", 1887, kind="other", popular=True),
    Venue("Circolo Riviera", "San Remo", "ITA", "Liguria", "43.815600", "7.776070", _ROME, "court", 8700,
          "Corso degli Ulivi", "18", "18038", 1926, kind="other"),
    Venue("Ardenwald-Ring", "Malmedy", "BEL", "Liège", "50.425940", "6.027990", _BRUSSELS, "track", 90000,
          "Route du Circuit", "55", "4960", 1949, kind="racetrack", track_length=6120, popular=True),
    Venue("Autodromo Costa d'Oro", "Rimini", "ITA", "Emilia-Romagna", "44.067760", "12.569510", _ROME, "track", 78000,
          "Strada dei Box", "1", "47923", 1969, kind="racetrack", track_length=4870),
    Venue("Northmoor Circuit", "Lincoln", "GBR", "Lincolnshire", "53.230688", "-0.540579", _LONDON, "track", 110000,
          "Airfield Way", "1", "LN6 0AE", 1953, kind="racetrack", track_length=5410, popular=True),
    Venue("Circuito Sierra Alta", "Teruel", "ESP", "Aragón", "40.345680", "-1.106440", _MADRID, "track", 64000,
          "Carretera del Puerto", "14", "44002", 2004, kind="racetrack", track_length=5050),
    Venue("Autódromo Lago Azul", "Évora", "PRT", "Évora", "38.571400", "-7.913500", _LISBON, "track", 58000,
          "Estrada da Barragem", "2", "7005", 1996, kind="racetrack", track_length=4520),
    Venue("Halle am Speicher", "Berlin", "DEU", "Berlin", "52.520008", "13.404954", _BERLIN, "hall", 14600,
          "Speichergasse", "30", "10179", 1998, kind="other"),
    Venue("Harbour Dome", "Liverpool", "GBR", "Merseyside", "53.408371", "-2.991573", _LONDON, "hall", 11200,
          "Dock Parade", "17", "L3 0AF", 2010, kind="other", popular=True),
    Venue("Zandkade Hal", "Amsterdam", "NLD", "Noord-Holland", "52.367573", "4.904139", _AMSTERDAM, "hall", 16300,
          "Kade Oost", "210", "1019 AC", 2013, kind="other"),
)  # fmt: skip
VENUE = {venue.name: venue for venue in VENUES}

TEAMS: tuple[Team, ...] = (
    Team("Atlético Miraluz", "MIR", "Estadio Miraluz", popular=True),
    Team("CD Puerto Alzado", "PUA", "Estadio Puerto Alzado", popular=True),
    Team("Unión Sierraverde", "SVE", "Campo Sierraverde"),
    Team("Deportivo Valdeluna", "VAL", "Estadio Valdeluna"),
    Team("US Montelago", "MON", "Stadio del Lago", popular=True),
    Team("AC Portorosso", "POR", "Stadio Portorosso"),
    Team("Marlbeck Wanderers", "MAR", "Marlbeck Road", popular=True),
    Team("Port Ashby Athletic", "ASH", "The Ashby Ground"),
    Team("Caldermouth City", "CAL", "Caldermouth Park", popular=True),
    Team("FC Wilgenplas", "WIL", "Wilgenplas Stadion"),
    Team("SC Noordermolen", "NOO", "Noordermolen Arena"),
    Team("Elbufer 09", "ELB", "Arena Elbufer", popular=True),
)
TEAM = {team.name: team for team in TEAMS}
