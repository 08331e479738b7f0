"""Events, tickets and the rest of the catalogue as rows of an answer, field by field as captured."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from shop.standin.programme import slug
from shop.standin.xs2event_categories import LANGUAGES, Category
from shop.standin.xs2event_ids import derived
from shop.standin.xs2event_offers import in_euro, tickets
from shop.standin.xs2event_places import Team, Venue
from shop.standin.xs2event_season import Event, Tournament
from shop.standin.xs2event_stock import Look, Now
from shop.standin.xs2event_wire import naive

Row = dict[str, Any]


def event(look: Look, one: Event, language: str = "") -> Row:
    """All 33 fields of a captured event. In some languages its name reads differently; how the real one translates names
    is not documented, only that it does."""
    now = look.now
    change = look.event(one)
    start, stop = one.dates(now)
    several = one.fixture.days > 1
    status = look.status(one)
    low, high, left = _prices(look, one, status)
    home, away, venue = one.home, one.away, one.venue
    updated = max(naive(one.updated(now)), look.changed_at.get(("event", one.id), ""))
    return {
        "event_id": one.id,
        "event_name": change.get("event_name") or _named(one, language),
        "date_start": change.get("date_start", naive(start)),
        "date_stop": change.get("date_stop", naive(stop)),
        "event_status": status,
        "tournament_id": one.tournament.id_in(one.season),
        "tournament_name": one.tournament.name,
        "venue_id": venue.id,
        "venue_name": venue.name,
        "location_id": venue.location_id,
        "city": venue.city,
        "iso_country": venue.country,
        "latitude": venue.latitude,
        "longitude": venue.longitude,
        "sport_type": one.tournament.sport,
        "season": one.season,
        "tournament_type": one.tournament.kind,
        "date_confirmed": change.get("date_confirmed", one.confirmed(now)),
        "date_start_main_event": naive(one.main[0]) if several else None,
        "date_stop_main_event": naive(one.main[1]) if several else None,
        "hometeam_id": home.id if home else None,
        "hometeam_name": home.name if home else None,
        "visiting_id": away.id if away else None,
        "visiting_name": away.name if away else None,
        "created": naive(one.created),
        "updated": updated,
        "event_description": one.fixture.text,
        "min_ticket_price_eur": low,
        "max_ticket_price_eur": high,
        "slug": one.slug,
        "number_of_tickets": left,
        "sales_periods": [],
        "is_popular": one.fixture.popular,
    }


def _named(one: Event, language: str) -> str:
    name = one.fixture.name
    if language in {"de", "nl", "fr"}:
        name = name.replace(" vs ", " - ")
    if language in {"de", "fr"} and name.endswith(" Grand Prix"):
        place = name.removesuffix(" Grand Prix")
        name = f"Großer Preis {place}" if language == "de" else f"Grand Prix {place}"
    return name


def _prices(look: Look, one: Event, status: str) -> tuple[int | None, int | None, int | None]:
    """Lowest and highest price in euro cents and how many are left. Captured: null thrice when there is nothing, noughts
    when there is no sale. Which price it is (net rate or face value) is not documented; our reading: the net rate."""
    if status == "nosale":
        return 0, 0, 0
    found = [look.ticket(each) for each in tickets(one)]
    sold = [
        each
        for each in found
        if each.status == "available"
        and each.stock
        and not each.removed
        and each.ticket.spec.target == "regular"
    ]
    if not sold:
        return None, None, None
    prices = [in_euro(each.net_rate, each.currency) for each in sold]
    return min(prices), max(prices), sum(each.stock for each in sold)


def ticket(now: Now) -> Row:
    one, spec = now.ticket, now.ticket.spec
    category, supplier = one.category, one.supplier
    first, last = one.window
    row: Row = {
        "ticket_id": one.id,
        "event_id": one.event.id,
        "category_id": category.id,
        "category_name": category.name,
        "ticket_title": one.title,
        "ticket_status": now.status,
        "type_ticket": spec.kind,
        "category_type": category.place.kind,
        "category_information_available": True,
        "sub_category": one.sub_category,
        "ticket_validity": one.validity,
        "ticket_targetgroup": spec.target,
        "eventdays": ", ".join(one.labels),
        "ticket_validfrom": naive(first),
        "ticket_validuntil": naive(last),
        "net_rate": now.net_rate,
        "face_value": now.face_value,
        "currency_code": now.currency,
        "local_rates": {
            "net_rate_eur": in_euro(now.net_rate, now.currency),
            "face_value_eur": in_euro(now.face_value, now.currency),
        },
        "stock": now.stock,
        "min_order": now.min_order,
        "flags": list(now.flags),
        "options": {
            "pairs_only": "pairs_only" in now.flags,
            "videowall": category.has("video"),
            "covered_seat": category.has("covered"),
            "numbered_seat": category.has("numbered"),
            "customer_details_required": "",
        },
        "sales_periods": [],
        "supplier_id": supplier.id,
        "external_ticket_id": "",
        "supplier_role": "",
        "supplier_terms": supplier.terms,
        "is_xs2event_supplier": supplier.own,
        "description_supplier": category.place.english,
        "information_shipping": supplier.shipping,
        "vat_category": "low" if one.event.tournament.sport == "other" else "high",
        "created": naive(one.event.created),
        "updated": now.updated,
    }
    if spec.package is not None:
        row["package_quantity"] = spec.package
    return row


def ticket_keys(now: Now) -> Row:
    """A ticket's row with what can be asked about it beside what it tells."""
    one = now.ticket
    category = one.category
    return {
        **ticket(now),
        "venue_id": one.event.venue.id,
        "city": one.event.venue.city,
        "sport_type": one.event.tournament.sport,
        "tournament_id": one.event.tournament.id_in(one.event.season),
        "category_type": category.place.kind,
        "supplier_type": "xs2event" if one.supplier.own else "external",
        "ticket_source": "stock",
        "is_relisted_ticket": False,
        "organiser_id": derived("org", "organiser", one.event.tournament.name),
    }


def category(one: Category, sports: list[str]) -> Row:
    description: dict[str, str | None] = dict.fromkeys(LANGUAGES)
    description["en_GB"] = one.place.english
    description["de_DE"] = one.place.german
    lounge = one.has("lounge")
    return {
        "category_name": one.name,
        "category_id": one.id,
        "venue_id": one.venue.id,
        "sport_type": sports[0] if sports else "other",
        "venue_name": one.venue.name,
        "created": "2024-04-08T14:03:00",
        "on_svg": one.place.kind == "grandstand",
        "description": description,
        "options": {
            "videowall": one.has("video"),
            "covered_seat": one.has("covered"),
            "numbered_seat": one.has("numbered"),
            "package_rate": one.name.startswith("Table"),
            "open_hours_before_match": 2 if lounge else 0,
            "open_during_half_time": lounge,
            "open_hours_after_match": 1 if lounge else 0,
        },
        "category_type": one.place.kind,
        "ticket_delivery_days": one.place.delivery_days,
        "party_size_together": one.place.together,
        "distribution_channel": "xs2event",
        "highlight_type": "xs2event_choice" if one.place.highlight else None,
        "files": [{"category_id": one.id, "information_filename": "info.pdf"}] if lounge else [],
        "sports_enabled": sports,
        "sports_disabled": [],
    }


def tournament(one: Tournament, season: str, number: int) -> Row:
    first, last = one.dates(season)
    created = datetime(first.year - 1, 11, 3, 10, 15)  # noqa: DTZ001 - naive on the wire
    return {
        "tournament_id": one.id_in(season),
        "official_name": one.name,
        "season": season,
        "tournament_type": one.kind,
        "region": one.region,
        "sport_type": one.sport,
        "date_start": naive(datetime.combine(first, time())),
        "date_stop": naive(datetime.combine(last, time())),
        "created": naive(created),
        "updated": naive(created),
        "slug": f"{slug(one.name)}-{season.replace('/', '')}",
        "number_events": number,
        "ranking": one.ranking,
    }


def venue(one: Venue) -> Row:
    return {
        "venue_id": one.id,
        "official_name": one.name,
        "country": one.country,
        "popular_stadium": one.popular,
        "venue_type": one.kind,
        "capacity": one.capacity,
        "city": one.city,
        "province": one.province,
        "latitude": one.latitude,
        "longitude": one.longitude,
        "number": one.number,
        "postalcode": one.postcode,
        "streetname": one.street,
        "opened": one.opened,
        "track_length": one.track_length,
        "wikipedia_slug": None,
        "wikipedia_snippet": None,
        "slug": one.slug,
    }


def team(one: Team) -> Row:
    return {
        "team_id": one.id,
        "official_name": one.name,
        "popular_team": one.popular,
        "sport_type": one.sport,
        "slug": slug(one.name),
        "iso_country": one.home.country,
        "wikipedia_slug": None,
        "wikipedia_snippet": None,
        "venue_id": one.home.id,
        "team_slug": one.short,
        "logo_filename": None,
        "colors_svg": None,
    }
