"""Bodies and refusals as they travel. XS2Event shows several shapes of errors; so does this.

Source of the shapes: XS2Event, "Overview" (400 and 422 alike, 503 over the limit), "Guest data" (the one published
``type``). Codes and types of the other situations are not documented; they are our reading and listed in README.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shop.standin.wsgi import StandinRequest, as_json

_CODES = (
    "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR "
    "BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP "
    "CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB "
    "GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN "
    "KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD "
    "MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN "
    "PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM "
    "SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR "
    "UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE"
)
COUNTRIES = frozenset(_CODES.split())


class Refusal(HTTPException):
    """An answer that ends a call."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__()
        self.code = status
        self.body = body

    def answer(self) -> Response:
        if isinstance(self.body, str):
            return Response(self.body, status=self.code, content_type="text/html; charset=utf-8")
        return as_json(self.body, self.code or 400)


def unauthorized() -> Refusal:
    return Refusal(401, {"message": "Unauthorized"})


def not_found(what: str, given: str) -> Refusal:
    return Refusal(404, {"message": {"not_found": f"{what} {given} does not exist"}})


def unknown_keys(names: list[str]) -> Refusal:
    """XS2Event, "Overview": ``foo=bar`` is answered 422."""
    errors = dict.fromkeys(names, "unknown query parameter")
    return Refusal(422, {"errors": errors, "message": "Query parameters are not allowed"})


def bad_value(name: str, text: str) -> Refusal:
    """XS2Event, "Overview": ``sport_type=xyz`` is answered 400."""
    return Refusal(400, {"message": {"invalid": f"{name}: {text}"}})


def problem(status: int, kind: str, title: str, detail: str, **more: Any) -> Refusal:
    """The shape of the one published error body, with ``/errors/<kind>``."""
    body = {"type": f"/errors/{kind}", "title": title, "message": title, "detail": detail, **more}
    return Refusal(status, body)


def validation(errors: dict[str, str]) -> Refusal:
    return problem(422, "validation", "Validation failed", "The body is not as it should be", errors=errors)


def body_of(request: StandinRequest) -> dict[str, Any]:
    data = request.get_json(force=True, silent=True)
    if not isinstance(data, dict):
        raise validation({"body": "must be a JSON object"})
    return data


def naive(moment: datetime) -> str:
    """``2026-03-01T10:00:00``: no zone; aware times become UTC."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def base_url(request: StandinRequest) -> str:
    """The root of the API on the host that was called, e.g. ``http://127.0.0.1:8001/xs2event``."""
    return request.host_url.rstrip("/") + str(request.environ.get("xs2event.root", "/xs2event"))
