"""What stands around events at the imitated Tickethead: organizers, venues, formats, categories, currencies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin import tickethead_places as places
from shop.standin.tickethead_seatsio import secret_key, workspace_key
from shop.standin.tickethead_views import place
from shop.standin.tickethead_wire import Refusal, amount, envelope, not_found, relations
from shop.standin.wsgi import Env, Handler, StandinRequest

if TYPE_CHECKING:
    from shop.standin.tickethead import Tickethead


class Directory:
    def __init__(self, world: Tickethead, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET", "/event/v1/ticket_format", self.formats),
            ("GET", "/event/v1/category", self.categories),
            ("GET", "/v1/category", self.categories),
            ("GET", "/venue/v1/venue", self.venues),
            ("GET", "/venue/v1/venue/<int:venue_id>", self.venue),
            ("GET", "/account/v1/organizer/<key>", self.organizer),
            ("GET", "/account/v1/seats-workspace", self.workspace),
            ("GET", "/account/v1/currency", self.currencies),
            ("GET", "/account/v1/kyc", self.kyc),
        ]

    def formats(self, request: StandinRequest) -> Response:
        return envelope(places.formats())

    def categories(self, request: StandinRequest) -> Response:
        """``with=subcategory``; the cross-tenant copy shows them as well."""
        wanted = relations(request, {"subcategory": {}}, "[subcategory]")
        shown = places.categories()
        if "subcategory" not in wanted:
            for each in shown:
                del each["subcategory"]
        return envelope(shown)

    def venues(self, request: StandinRequest) -> Response:
        wanted = relations(request, {"address": {"position": {}}}, "address")
        ids = {int(text) for text in request.args.get("ids", "").split(",") if text.isdigit()}
        query = (request.args.get("query") or request.args.get("q") or "").lower()
        return envelope(
            [
                place(each.id, wanted)
                for each in places.PLACES.values()
                if (not ids or each.id in ids) and query in f"{each.name} {each.city}".lower()
            ]
        )

    def venue(self, request: StandinRequest, venue_id: int) -> Response:
        wanted = relations(request, {"address": {"position": {}}}, "address")
        if venue_id not in places.PLACES:
            raise not_found("Venue")
        return envelope(place(venue_id, wanted))

    def organizer(self, request: StandinRequest, key: str) -> Response:
        known = places.ORGANIZERS
        found = known.get(key) or next((each for each in known.values() if str(each.id) == key), None)
        if found is None:
            raise not_found("Organizer")
        fields = set(request.args.get("fields", "").split(","))
        shown: dict[str, Any] = {
            "id": found.id,
            "name": found.name,
            # Where the tenant lives. None keeps every caller on this one origin.
            "organization_name": None,
            "display_name": found.display_name,
            "url": f"https://{found.name}.example",
            "owner_id": 90000 + found.id,
            "kyc_level_id": 1,
            "event_timer_s": self._world.settings.window_seconds(found.name),
            "street1": found.street,
            "street2": None,
            "city": found.city,
            "state": None,
            "country": found.country,
            "zip": found.zip,
            "email": f"office@{found.name}.example",
            "phone": "+43 1 555 01 00",
            "status": "active",
            "fees": [_fee(found, place, fee) for place, fee in enumerate(found.fees, 1)],
            "stripe_connect_complete": True,
            "require_stripe_connect": True,
            "legal_info_complete": True,
        }
        if "tos" in fields:
            shown["tos"] = "<p>House rules apply.</p>"
        if "payment_providers" in fields:
            provider = {
                "id": found.id,
                "org_id": found.id,
                "name": "stripe",
                "provider_acc_id": "acct_standin",
            }
            shown["payment_providers"] = [provider]
        if "ticket_format" in fields:
            shown["ticket_formats"] = list(found.formats)
        if "workspace" in fields:
            shown["workspace_key"] = workspace_key(found.name)
        return envelope(shown)

    def workspace(self, request: StandinRequest) -> Response:
        caller = self._world.doors.must(request)
        name = request.args.get("organizer_name", "")
        if name not in places.ORGANIZERS:
            raise not_found("Organizer")
        if not caller.works_for(name):
            raise Refusal(403, "forbidden", "You do not have the permission for this")
        found = places.ORGANIZERS[name]
        shown = {"id": found.id, "organizer_id": found.id, "name": name, "key": workspace_key(name),
                 "secret_key": secret_key(name), "is_test": True, "is_active": True,
                 "is_default": True}  # fmt: skip
        return envelope([shown])

    def currencies(self, request: StandinRequest) -> Response:
        return envelope(
            [{"id": i, "name": name, "acronym": code} for code, (i, name) in places.CURRENCIES.items()]
        )

    def kyc(self, request: StandinRequest) -> Response:
        names = ("No personal data", "Ticket holder data", "Photo ID", "Photo ID and face match")
        return envelope([{"id": i, "level": i, "display_name": name} for i, name in enumerate(names, 1)])


def _fee(organizer: places.Organizer, place: int, fee: places.Fee) -> dict[str, Any]:
    number, name = places.CURRENCIES[fee.currency]
    return {
        "id": organizer.id * 10 + place,
        "organizer_id": organizer.id,
        "type": fee.kind,
        "fixed_amount": amount(fee.fixed),
        "minimum_amount": None if fee.minimum is None else amount(fee.minimum),
        "maximum_amount": None if fee.maximum is None else amount(fee.maximum),
        "percentage": float(fee.percentage),
        "tax_rate": float(fee.tax_rate),
        "currency_id": number,
        "currency": {"id": number, "name": name, "acronym": fee.currency},
    }
