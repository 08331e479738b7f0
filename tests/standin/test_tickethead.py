"""The imitated Tickethead. Written from Tickethead, "Orders", and from what the vendor's own client sends and reads."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
import requests
import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shop.standin.tickethead_codes import base45
from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import Standin, make_app

ORIGIN = "http://stand-in.test"
BASE = f"{ORIGIN}/tickethead"
CONTACT = {"first_name": "Ada", "last_name": "Test", "email": "ada@example.org"}


class Buyer(requests.Session):
    """Somebody with a token of their own; paths are below the stand-in's Tickethead half."""

    def __init__(self, app: Standin, token: str | None = None) -> None:
        super().__init__()
        self.mount(ORIGIN, StandinAdapter(app))
        if token is None:
            token = self.post(f"{BASE}/account/v1/guest/login", json={}).json()["data"]["token"]
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def read(self, path: str, **params: Any) -> Any:
        answer = self.get(f"{BASE}/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tell(self, path: str, body: Any = None) -> requests.Response:
        return self.post(f"{BASE}/{path}", json={} if body is None else body)

    def order(self, *items: dict[str, Any], **more: Any) -> requests.Response:
        return self.tell("event/v1/order", {"order_item": list(items), "format": "PDF", **more})

    def ordered(self, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = self.order(*items, **more)
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()["data"]
        assert self.tell(f"event/v1/order/{order['id']}/order_contact", CONTACT).status_code == 201
        return order

    def payment(self, order: dict[str, Any], path: str = "payment/v1/payment") -> requests.Response:
        return self.tell(f"{path}?order_id={order['id']}&type=card")

    def now(self, order: dict[str, Any], **params: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.read(f"event/v1/order/{order['id']}", **params)["data"]
        return found

    def download(self, order: dict[str, Any]) -> requests.Response:
        return self.get(f"{BASE}/event/v1/order/{order['id']}/download_tickets")


@pytest.fixture(scope="module")
def fresh_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written once, copied for each test."""
    path = tmp_path_factory.mktemp("standin") / "standin.sqlite3"
    make_app(str(path), ORIGIN).env.store.close()
    return path


@pytest.fixture
def app(tmp_path: Path, fresh_state: Path) -> Standin:
    return make_app(str(shutil.copy(fresh_state, tmp_path / "standin.sqlite3")), ORIGIN)


@pytest.fixture
def ada(app: Standin) -> Buyer:
    return Buyer(app)


@pytest.fixture
def control(app: Standin) -> Callable[..., Any]:
    session = requests.Session()
    session.mount(ORIGIN, StandinAdapter(app))

    def post(path: str, **body: Any) -> Any:
        answer = session.post(f"{ORIGIN}/_standin/{path}", json=body)
        assert answer.ok, answer.text
        return answer.json()

    return post


def events(buyer: Buyer, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = buyer.read(
        "event/v1/event", public="true", limit="100", **{"with": "[ticket_config]", **params}
    )["data"]
    return found


def named(buyer: Buyer, name: str) -> dict[str, Any]:
    """The next event of that name, with everything the client asks for by default."""
    row = next(event for event in events(buyer) if event["name"] == name)
    found: dict[str, Any] = buyer.read(f"event/v1/event/{row['id']}")["data"]
    return found


def config(event: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in event["ticket_config"] if each["name"] == name)


def item(ticket_config: dict[str, Any], quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"quantity": quantity, "ticket_config_id": ticket_config["id"], **more}


def settle(control: Callable[..., Any], payment: requests.Response, **more: Any) -> Any:
    assert payment.status_code == 201, payment.text
    return control(f"stripe/settle/{payment.json()['data']['payment_intent']['id']}", **more)


def buy(buyer: Buyer, control: Callable[..., Any], *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    order = buyer.ordered(*items, **more)
    settle(control, buyer.payment(order))
    buyer.now(order)
    assert buyer.now(order)["status"] == "paid"
    return order


def refused(answer: requests.Response, status: int, code: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code), answer.text
    assert body["statusCode"] == status
    assert body["error"]
    assert body["message"]


def claims(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


@pytest.fixture
def lanterns(ada: Buyer) -> dict[str, Any]:
    return named(ada, "Night of Lanterns")


# Log-in.


def test_each_guest_is_a_new_user_with_a_token_for_two_hours(app: Standin) -> None:
    first, second = (claims(Buyer(app).headers["Authorization"][7:]) for _ in range(2))  # type: ignore[index]
    assert first["type"] == "guest"
    assert first["permissions"] == {}
    assert first["id"] != second["id"]
    assert first["exp"] - first["iat"] == 7200


def test_a_registered_user_logs_in_by_name_or_mail_and_refreshes_once(app: Standin) -> None:
    nobody = Buyer(app, "")
    for username in ("ada", "ada@example.org"):
        body = {"username": username, "password": "Lovelace-1815"}
        answer = nobody.tell("account/v1/auth/login", body).json()["data"]
        assert claims(answer["token"])["exp"] - claims(answer["token"])["iat"] == 900
    again = nobody.tell("account/v1/auth/refresh", {"refresh_token": answer["refresh_token"]})
    assert again.status_code == 200
    refused(
        nobody.tell("account/v1/auth/refresh", {"refresh_token": answer["refresh_token"]}),
        401,
        "unauthorized",
    )
    refused(nobody.tell("account/v1/auth/login", {"username": "ada", "password": "no"}), 401, "unauthorized")
    refused(nobody.tell("account/v1/auth/login", {"username": "eve", "password": "no"}), 404, "not_found")


def test_a_token_ends_with_its_time_and_a_changed_one_is_worth_nothing(
    app: Standin, ada: Buyer, control: Callable[..., Any]
) -> None:
    token = str(ada.headers["Authorization"])
    forged = Buyer(app, token[7:-4] + "AAAA")
    refused(forged.get(f"{BASE}/event/v1/order"), 401, "unauthorized")
    refused(Buyer(app, "").get(f"{BASE}/event/v1/order"), 401, "unauthorized")
    control("clock", advance_seconds=7199)
    assert ada.get(f"{BASE}/event/v1/order").status_code == 200
    control("clock", advance_seconds=2)
    refused(ada.get(f"{BASE}/event/v1/order"), 401, "unauthorized")


def test_health_has_no_envelope(app: Standin) -> None:
    nobody = Buyer(app, "")
    for path in ("account/health", "event/health", "payment/health", "venue/health", "health"):
        assert nobody.read(path) == {"status": "ok"}


# The programme.


def test_the_season_offers_what_a_shop_must_cope_with(ada: Buyer, control: Callable[..., Any]) -> None:
    now = datetime.now(UTC)
    found = events(
        ada, **{"with": "[ticket_config,ticket_discount,sector,timeslot,occurrence,ticket_format]"}
    )
    assert len(found) >= 25
    for event in found:
        assert datetime.fromisoformat(event["end_at"]) > now
        assert datetime.fromisoformat(event["start_at"]) < now + timedelta(days=183)
    configs = [each for event in found for each in event["ticket_config"]]
    assert {each["pricing_type"] for each in configs} == {"paid", "free", "donation"}
    assert {each["absorb_fees"] for each in configs} == {True, False}
    assert {each["tax_included"] for each in configs} == {True, False}
    assert {each["currency"] for each in configs} == {"EUR", "GBP"}
    assert any(datetime.fromisoformat(each["start_sale_at"]) > now for each in configs)
    assert any(datetime.fromisoformat(each["end_sale_at"]) < now for each in configs)
    assert any(each["available_tickets"] == 0 for each in configs)
    for relation in ("ticket_discount", "sector", "timeslot", "occurrence"):
        assert any(event[relation] for event in found), relation
    assert any(event["chart_key"] for event in found)
    assert {event["kyc_level_id"] for event in found} == {1, 2}
    assert {event["timezone_name"] for event in found} == {"Europe/Vienna", "Europe/Zagreb", "Europe/London"}
    everything = {row["status"] for row in control_events(ada)}
    assert everything == {"draft", "committed", "published", "updated", "canceled"}


def control_events(buyer: Buyer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = buyer.get(f"{ORIGIN}/_standin/tickethead/events").json()["events"]
    return found


def test_an_event_keeps_its_id_and_start_over_restarts_and_lost_state(
    app: Standin, ada: Buyer, tmp_path: Path
) -> None:
    before = {event["id"]: (event["name"], event["start_at"]) for event in events(ada)}
    restarted = Buyer(make_app(str(tmp_path / "standin.sqlite3"), ORIGIN))
    assert {event["id"]: (event["name"], event["start_at"]) for event in events(restarted)} == before
    elsewhere = Buyer(make_app(str(tmp_path / "other.sqlite3"), ORIGIN))
    assert {event["id"]: (event["name"], event["start_at"]) for event in events(elsewhere)} == before


@pytest.mark.parametrize("days", [10, 45, 100, 181, 400])
def test_days_later_the_season_is_full_again_and_sold_events_are_still_there(
    ada: Buyer, app: Standin, control: Callable[..., Any], days: int
) -> None:
    before = {event["id"]: event["start_at"] for event in events(ada)}
    control("clock", advance_seconds=days * 86400)
    later = Buyer(app)
    ahead = [event for event in events(later) if event["start_at"] > datetime_text(days)]
    assert len(ahead) >= 25
    assert any(
        each["start_sale_at"] > datetime_text(days) for event in ahead for each in event["ticket_config"]
    )
    for number, start in before.items():
        assert later.read(f"event/v1/event/{number}")["data"]["start_at"] == start


def datetime_text(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_local_hours_stay_the_same_on_both_sides_of_a_clock_change(ada: Buyer) -> None:
    from zoneinfo import ZoneInfo

    hours = {
        datetime.fromisoformat(each["start_at"]).astimezone(ZoneInfo("Europe/Vienna")).strftime("%H:%M")
        for event in events(ada, **{"with": "occurrence"})
        if event["name"] == "Cellar Laughs"
        for each in event["occurrence"]
    }
    assert hours == {"20:30"}


def test_every_event_has_a_poster(ada: Buyer) -> None:
    for address in {event["main_image_uri"] for event in events(ada)}:
        answer = ada.get(address)
        assert answer.headers["Content-Type"].startswith("image/svg+xml"), address


# Reading events.


def test_only_the_relations_asked_for_come_along(ada: Buyer) -> None:
    bare = ada.read("event/v1/event", public="true")["data"][0]
    for relation in ("ticket_config", "sector", "occurrence", "venue", "subcategory", "ticket_format"):
        assert relation not in bare
    one = ada.read(f"event/v1/event/{bare['id']}")["data"]
    for relation in ("ticket_config", "ticket_discount", "subcategory", "ticket_format", "timeslot", "sector",
                     "occurrence"):  # fmt: skip
        assert relation in one
    assert "venue" not in one
    nested = "[ticket_config.[ticket_discount,sector],venue.address.position]"
    deep = ada.read(f"event/v1/event/{bare['id']}", **{"with": nested})["data"]
    assert "ticket_discount" in deep["ticket_config"][0]
    assert "latitude" in deep["venue"]["address"]["position"]
    raw = ada.get(f"{BASE}/event/v1/event/{bare['id']}?with=[ticket_config,occurrence.[sector]]")
    assert raw.status_code == 200
    refused(ada.get(f"{BASE}/event/v1/event?with=[seating]"), 400, "validation_failed")
    refused(ada.get(f"{BASE}/event/v1/event?with=[ticket_config"), 400, "validation_failed")


def test_the_wire_keeps_its_types(lanterns: dict[str, Any]) -> None:
    assert isinstance(lanterns["id"], int)
    assert isinstance(lanterns["venue_id"], str)
    assert lanterns["organizer_id"] == "lantern"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", lanterns["start_at"])
    standing = config(lanterns, "Standing")
    assert standing["face_value"] == 25.5
    assert standing["available_tickets"] == 287
    assert "price" not in standing
    assert {row["name"] for row in lanterns["ticket_format"]} == {"PDF", "PKPASS"}


def test_lists_are_paged(ada: Buyer) -> None:
    first = ada.read("event/v1/event", public="true")
    assert (first["paging"]["limit"], first["paging"]["offset"]) == (20, 0)
    assert len(first["data"]) == 20
    second = ada.read("event/v1/event", public="true", offset=20)
    ids = [event["id"] for page in (first, second) for event in page["data"]]
    assert len(set(ids)) == len(ids) == first["paging"]["total"]
    assert ada.read("event/v1/event", limit=5000)["paging"]["limit"] == 100
    refused(ada.get(f"{BASE}/event/v1/event?limit=0"), 400, "validation_failed")
    refused(ada.get(f"{BASE}/event/v1/event?limit=many"), 400, "validation_failed")


def test_lists_are_filtered_sorted_and_picked(ada: Buyer, lanterns: dict[str, Any]) -> None:
    start = lanterns["start_at"]
    day = events(ada, start_at=f"{start};{start}")
    assert [event["id"] for event in day] == [lanterns["id"]]
    assert {event["organizer_id"] for event in events(ada, organizer_id="lantern")} == {"lantern"}
    assert {event["name"] for event in events(ada, q="lanterns")} >= {"Night of Lanterns"}
    starts = [event["start_at"] for event in events(ada, sort_by="start_at", direction="desc")]
    assert starts == sorted(starts, reverse=True)
    picked = ada.read("event/v1/event", pick="name,status")["data"]
    assert all(set(event) == {"name", "status"} for event in picked)
    refused(ada.get(f"{BASE}/event/v1/event?start_at=today"), 400, "validation_failed")
    refused(ada.get(f"{BASE}/event/v1/event?sort_by=price"), 400, "validation_failed")


def test_what_is_over_is_left_out_when_only_the_future_is_wanted(
    ada: Buyer, app: Standin, control: Callable[..., Any]
) -> None:
    first = min(events(ada), key=lambda event: event["end_at"])
    control(
        "clock",
        advance_seconds=(datetime.fromisoformat(first["end_at"]) - datetime.now(UTC)).total_seconds() + 60,
    )
    later = Buyer(app)
    assert first["id"] in {event["id"] for event in events(later)}
    assert first["id"] not in {event["id"] for event in events(later, future_events="true")}


def test_events_that_are_not_on_the_market_stay_off_it(ada: Buyer) -> None:
    rows = {row["name"]: row for row in control_events(ada)}
    listed = {event["id"] for event in events(ada)}
    for name in (
        "Still a Draft",
        "Being Written to the Ledger",
        "The Cancelled Serenade",
        "Members' Evening",
    ):
        assert rows[name]["id"] not in listed
    for name in ("Still a Draft", "Being Written to the Ledger"):
        row = rows[name]
        refused(ada.get(f"{BASE}/event/v1/event/{row['id']}"), 404, "not_found")
        assert ada.read(f"event/v1/event/{row['id']}/private/{row['access_token']}")["data"]["name"] == name
        refused(ada.get(f"{BASE}/event/v1/event/{row['id']}/private/guess"), 404, "not_found")
    cancelled = ada.read(f"event/v1/event/{rows['The Cancelled Serenade']['id']}")["data"]
    assert cancelled["status"] == "canceled"
    assert (
        ada.read(f"event/v1/event/{rows[chr(77) + 'embers' + chr(39) + ' Evening']['id']}")["data"]["visible"]
        is False
    )


def test_a_recurring_event_has_occurrences_with_their_own_tickets(ada: Buyer) -> None:
    laughs = named(ada, "Cellar Laughs")
    assert laughs["ticket_config"] == []
    assert len(laughs["occurrence"]) == 5
    assert len({each["ticket_config"][0]["id"] for each in laughs["occurrence"]}) == 5
    assert "name" not in laughs["occurrence"][0]
    ids = {event["id"] for event in events(ada, include_occurrences="true")}
    assert {each["id"] for each in laughs["occurrence"]} <= ids
    order = ada.ordered(item(laughs["occurrence"][2]["ticket_config"][0], 2))
    after = ada.read(f"event/v1/event/{laughs['id']}")["data"]["occurrence"]
    assert [each["ticket_config"][0]["available_tickets"] for each in after] == [75, 75, 73, 75, 75]
    assert order["status"] == "draft"


def test_the_tenants_and_the_cross_tenant_list_agree(ada: Buyer) -> None:
    assert ada.read("v1/event")["paging"] == ada.read("event/v1/event")["paging"]
    assert {row["name"] for row in ada.read("v1/category")["data"]} >= {"Music", "Museum"}
    assert {row["name"] for row in ada.read("event/v1/ticket_format")["data"]} == {"PDF", "PKPASS", "SECURE"}


def test_venues_and_organizers(ada: Buyer) -> None:
    venue = ada.read("venue/v1/venue/21", **{"with": "address.position"})["data"]
    assert venue["address"]["city"] == "Wien"
    assert venue["address"]["position"]["latitude"] == pytest.approx(48.2, abs=0.1)
    refused(ada.get(f"{BASE}/venue/v1/venue/999"), 404, "not_found")
    for key in ("lantern", "11"):
        bare = ada.read(f"account/v1/organizer/{key}")["data"]
        assert (bare["name"], bare["event_timer_s"], bare["organization_name"]) == ("lantern", 600, None)
        assert not {"tos", "payment_providers", "ticket_formats", "workspace_key"} & set(bare)
    fields = "tos,payment_providers,ticket_format,workspace"
    full = ada.read("account/v1/organizer/lantern", fields=fields)["data"]
    assert {"tos", "payment_providers", "ticket_formats", "workspace_key"} <= set(full)
    assert {fee["type"] for fee in full["fees"]} <= {0, 1, 2}


# An organizer's own pages.


@pytest.fixture
def office(app: Standin) -> Buyer:
    nobody = Buyer(app, "")
    body = {"username": "lantern-office", "password": "lantern-Office-1", "organizer_id": "lantern"}
    return Buyer(app, nobody.tell("account/v1/auth/login", body).json()["data"]["token"])


def test_the_organizers_list_needs_public_and_shows_drafts_to_its_staff_only(
    ada: Buyer, app: Standin, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    path = "event/v1/organizer/lantern/event"
    control(f"tickethead/events/{lanterns['id']}", status="draft")
    refused(ada.get(f"{BASE}/{path}"), 400, "validation_failed")
    refused(Buyer(app, "").get(f"{BASE}/{path}?public=true"), 401, "unauthorized")
    body = {"username": "lantern-office", "password": "lantern-Office-1"}
    staff = Buyer(app, Buyer(app, "").tell("account/v1/auth/login", body).json()["data"]["token"])
    for who, seen in ((ada, False), (staff, True)):
        rows = who.read(path, public="false", limit=100)["data"]
        assert (lanterns["id"] in {row["id"] for row in rows}) is seen
    drafts = staff.read(path, public="false", statuses="draft", limit=100)["data"]
    assert [row["id"] for row in drafts] == [lanterns["id"]]
    refused(ada.get(f"{BASE}/{path}/{lanterns['id']}"), 404, "not_found")
    assert staff.read(f"{path}/{lanterns['id']}")["data"]["status"] == "draft"


def test_a_code_finds_its_discount_and_shows_nowhere_else(ada: Buyer, lanterns: dict[str, Any]) -> None:
    assert [row["name"] for row in lanterns["ticket_discount"]] == ["Student"]
    path = f"event/v1/organizer/lantern/event/{lanterns['id']}/ticket_discount"
    found = ada.read(path, code="LANTERN15")["data"]
    assert [(row["type"], row["value"], row["code"]) for row in found] == [("percent", 15, "LANTERN15")]
    assert ada.read(path, code="NOTHING")["data"] == []
    assert [row["name"] for row in ada.read(path)["data"]] == ["Student"]


def test_configs_sectors_and_timeslots_below_an_event(ada: Buyer) -> None:
    derby, museum = named(ada, "Sava Derby"), named(ada, "Paper Cities: Timed Entry")
    base = f"event/v1/organizer/sava-stage/event/{derby['id']}"
    assert len(ada.read(f"{base}/ticket_config")["data"]) == 3
    one = config(derby, "Child")
    assert ada.read(f"{base}/ticket_config/{one['id']}", **{"with": "sector"})["data"]["sector"]
    sectors = ada.read(f"{base}/sector")["data"]
    assert all(row["capacity"] == row["reserved_tickets"] + row["available_tickets"] for row in sectors)
    slots = ada.read(f"event/v1/organizer/museum-am-ring/event/{museum['id']}/timeslot", limit=100)["data"]
    assert len(slots) == 30
    assert all(row["start_at"] < row["end_at"] for row in slots)


def test_the_secret_workspace_key_is_for_staff(ada: Buyer, office: Buyer) -> None:
    refused(ada.get(f"{BASE}/account/v1/seats-workspace?organizer_name=lantern"), 403, "forbidden")
    (row,) = office.read("account/v1/seats-workspace", organizer_name="lantern")["data"]
    assert row["secret_key"]


# Placing an order.


@pytest.mark.parametrize("name", ["order_item", "orderItem"])
def test_an_order_is_a_draft_with_its_tickets_reserved(
    ada: Buyer, lanterns: dict[str, Any], name: str
) -> None:
    standing = config(lanterns, "Standing")
    body = {name: [item(standing, 2)], "format": "PDF", "order_contact": CONTACT}
    answer = ada.tell("event/v1/order", body)
    assert answer.status_code == 201
    order = answer.json()["data"]
    assert (order["status"], order["format"], order["owner_type"], order["currency"]) == (
        "draft",
        "PDF",
        "guest",
        "EUR",
    )
    tickets = order["order_item"][0]["ticket"]
    assert [ticket["status"] for ticket in tickets] == ["reserved", "reserved"]
    assert len({ticket["seq_num"] for ticket in tickets}) == 2
    assert "quantity" not in order["order_item"][0]
    left = config(named(ada, "Night of Lanterns"), "Standing")["available_tickets"]
    assert left == standing["available_tickets"] - 2
    assert ada.now(order, **{"with": "[order_contact]"})["order_contact"] is None


def test_without_relations_an_order_shows_no_items(ada: Buyer, lanterns: dict[str, Any]) -> None:
    order = ada.ordered(item(config(lanterns, "Standing")))
    bare = ada.now(order)
    assert "order_item" not in bare
    assert "order_contact" not in bare
    full = ada.now(order, **{"with": "[order_contact,order_item.[ticket.[ticket_config,sector]]]"})
    assert full["order_contact"]["email"] == "ada@example.org"
    assert full["order_item"][0]["ticket"][0]["ticket_config"]["name"] == "Standing"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"order_item": [], "format": "PDF"}, "validation_failed"),
        ({"format": "PDF"}, "validation_failed"),
        ({"order_item": [{"quantity": 0, "ticket_config_id": 1}], "format": "PDF"}, "validation_failed"),
        ({"order_item": [{"quantity": "2", "ticket_config_id": 1}], "format": "PDF"}, "validation_failed"),
        ({"order_item": [{"quantity": True, "ticket_config_id": 1}], "format": "PDF"}, "validation_failed"),
        ({"order_item": [{"quantity": 1}], "format": "PDF"}, "validation_failed"),
        ({"order_item": [{"quantity": 1, "ticket_config_id": 1}], "format": "pdf"}, "format_not_supported"),
        ({"order_item": [{"quantity": 1, "ticket_config_id": 1}]}, "format_not_supported"),
        ({"order_item": "two", "format": "PDF"}, "validation_failed"),
        ([1], "validation_failed"),
    ],
)
def test_a_malformed_order_is_refused(ada: Buyer, body: Any, code: str) -> None:
    refused(ada.tell("event/v1/order", body), 400, code)


def test_an_order_needs_a_token_and_a_known_ticket_config(
    ada: Buyer, app: Standin, lanterns: dict[str, Any]
) -> None:
    refused(Buyer(app, "").order(item(config(lanterns, "Standing"))), 401, "unauthorized")
    refused(ada.order({"quantity": 1, "ticket_config_id": 99}), 404, "not_found")


def test_what_is_not_published_or_not_on_sale_is_not_sold(ada: Buyer, control: Callable[..., Any]) -> None:
    rows = {row["name"]: row for row in control_events(ada)}
    for name in ("Still a Draft", "Being Written to the Ledger", "The Cancelled Serenade"):
        refused(ada.order(item(rows[name]["ticket_config"][0])), 400, "event_not_published")
    waiting = rows["Brass in the Machine Room"]
    late = next(each for each in waiting["ticket_config"] if each["name"] == "Late entry")
    refused(ada.order(item(late)), 400, "ticket_config_not_on_sale")
    refused(ada.order(item(rows["The Door Is Closed"]["ticket_config"][0])), 400, "ticket_config_sale_ended")
    assert ada.order(item(rows["A Changed Plan"]["ticket_config"][0])).status_code == 201


def test_the_sale_begins_at_its_hour(ada: Buyer, app: Standin, control: Callable[..., Any]) -> None:
    late = config(named(ada, "Brass in the Machine Room"), "Late entry")
    begins = (datetime.fromisoformat(late["start_sale_at"]) - datetime.now(UTC)).total_seconds()
    control("clock", offset_seconds=begins - 30)
    refused(Buyer(app).order(item(late)), 400, "ticket_config_not_on_sale")
    control("clock", offset_seconds=begins + 1)
    assert Buyer(app).order(item(late)).status_code == 201


def test_limits_hold_per_buyer_over_several_orders(
    ada: Buyer, app: Standin, lanterns: dict[str, Any]
) -> None:
    standing = config(lanterns, "Standing")
    refused(ada.order(item(standing, 7)), 400, "tickets_per_user_exceeded")
    refused(ada.order(item(standing, 4), item(standing, 3)), 400, "tickets_per_user_exceeded")
    ada.ordered(item(standing, 4))
    refused(ada.order(item(standing, 3)), 400, "tickets_per_user_exceeded")
    assert Buyer(app).order(item(standing, 6)).status_code == 201


def test_nobody_gets_more_than_there_is(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    standing = config(lanterns, "Standing")
    control(f"tickethead/configs/{standing['id']}", left=3)
    refused(ada.order(item(standing, 4)), 400, "sold_out")
    refused(ada.order(item(standing, 2), item(standing, 2)), 400, "sold_out")
    assert ada.order(item(standing, 3)).status_code == 201
    refused(ada.order(item(standing, 1)), 400, "sold_out")


def test_a_refused_order_holds_nothing(ada: Buyer, lanterns: dict[str, Any]) -> None:
    standing, bench = config(lanterns, "Standing"), config(lanterns, "Bench seat")
    refused(ada.order(item(standing, 2), item(bench, 5)), 400, "tickets_per_user_exceeded")
    refused(ada.order(item(standing, 2), item(bench, 1, ticket_discount=[1])), 400, "discount_invalid")
    after = named(ada, "Night of Lanterns")
    assert config(after, "Standing")["available_tickets"] == standing["available_tickets"]
    assert ada.read("event/v1/order")["data"] == []


def test_of_twelve_buyers_at_once_five_get_the_last_five(
    app: Standin, ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    standing = config(lanterns, "Standing")
    control(f"tickethead/configs/{standing['id']}", left=5)
    buyers = [Buyer(app) for _ in range(12)]
    answers: list[requests.Response] = []
    start = threading.Barrier(12)

    def go(buyer: Buyer) -> None:
        start.wait()
        answers.append(buyer.order(item(standing)))

    threads = [threading.Thread(target=go, args=(buyer,)) for buyer in buyers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [400] * 7
    numbers = [
        a.json()["data"]["order_item"][0]["ticket"][0]["seq_num"] for a in answers if a.status_code == 201
    ]
    assert len(set(numbers)) == 5


def test_sectors_and_timeslots_are_asked_for_where_the_event_has_them(ada: Buyer) -> None:
    derby, museum = named(ada, "Sava Derby"), named(ada, "Paper Cities: Timed Entry")
    child, adult = config(derby, "Child"), config(museum, "Adult")
    refused(ada.order(item(child)), 400, "sector_required")
    refused(ada.order(item(child, sector_id=1)), 400, "sector_required")
    refused(ada.order(item(adult)), 400, "timeslot_required")
    north = derby["sector"][0]
    slot = next(each for each in museum["timeslot"] if each["available_tickets"] >= 2)
    full = next(each for each in museum["timeslot"] if each["available_tickets"] == 0)
    assert ada.order(item(child, 2, sector_id=north["id"])).status_code == 201
    assert ada.order(item(adult, 2, timeslot_id=slot["id"])).status_code == 201
    refused(ada.order(item(adult, timeslot_id=full["id"])), 400, "sold_out")
    after = ada.read(f"event/v1/event/{derby['id']}")["data"]["sector"][0]
    assert after["reserved_tickets"] == north["reserved_tickets"] + 2


def test_an_add_on_needs_its_ticket(ada: Buyer) -> None:
    run = named(ada, "Ten Bridges Run")
    shirt, runner = config(run, "Running shirt"), config(run, "Runner")
    refused(ada.order(item(shirt)), 400, "validation_failed")
    assert ada.order(item(shirt), item(runner)).status_code == 201
    deep = ada.read(f"event/v1/event/{run['id']}", **{"with": "ticket_config.depends_on"})["data"]
    assert config(deep, "Running shirt")["depends_on"][0]["id"] == runner["id"]


def test_one_order_is_for_one_event(ada: Buyer, lanterns: dict[str, Any]) -> None:
    other = named(ada, "Warm Static")
    answer = ada.order(item(config(lanterns, "Standing")), item(config(other, "Any time")))
    refused(answer, 400, "validation_failed")


def test_a_donation_cannot_be_ordered_and_a_wallet_ticket_not_by_a_guest(ada: Buyer) -> None:
    roof = named(ada, "Pay What You Can: Songs for the Roof")
    assert ada.order(item(config(roof, "Your own price"))).status_code == 400
    secure = named(ada, "Sava Derby")
    answer = ada.order(item(config(secure, "Child"), sector_id=secure["sector"][0]["id"]), format="SECURE")
    refused(answer, 400, "format_not_supported")
    refused(ada.order(item(config(named(ada, "Night of Lanterns"), "Standing")), format="SECURE"), 400,
            "format_not_supported")  # fmt: skip


def test_a_user_with_a_wallet_gets_secure_tickets_that_are_not_downloaded(
    app: Standin, control: Callable[..., Any]
) -> None:
    nobody = Buyer(app, "")
    session = nobody.tell("account/v1/auth/login", {"username": "ada", "password": "Lovelace-1815"}).json()[
        "data"
    ]
    ada = Buyer(app, session["token"])
    pines = config(named(ada, "Hollow Pines: Live at the Goods Shed"), "Standing")
    refused(ada.order(item(pines), format="SECURE"), 400, "format_not_supported")
    wallet = ada.tell("account/v1/certificate/enroll").json()["data"]
    certificate = x509.load_pem_x509_certificate(wallet["certificate"].encode())
    assert wallet["enrollment_id"] in certificate.subject.rfc4514_string()
    assert wallet["private_key"].startswith("-----BEGIN PRIVATE KEY-----")
    order = buy(ada, control, item(pines), format="SECURE")
    assert order["owner_type"] == "registered"
    refused(ada.download(order), 400, "format_not_supported")
    assert [event["id"] for event in ada.read("event/v1/my_events", date="future")["data"]]
    assert len(ada.read("event/v1/ticket", format="SECURE")["data"]) == 1
    books = ada.get(f"{ORIGIN}/_standin/books?world=tickethead").json()["tickethead"]
    assert books["mails"] == []


# Prices.


def total(ada: Buyer, *items: dict[str, Any]) -> float:
    answer = ada.order(*items)
    assert answer.status_code == 201, answer.text
    found: float = answer.json()["data"]["total"]
    return found


def test_fees_per_ticket_come_on_top_unless_the_organizer_absorbs_them(
    ada: Buyer, lanterns: dict[str, Any]
) -> None:
    # 25.50 a ticket; fee 0.60 + 2.5 % of 25.50, and 20 % VAT on the fee: 1.485, rounded half up to 1.49.
    assert total(ada, item(config(lanterns, "Standing"), 2)) == 53.98
    assert total(ada, item(config(named(ada, "Donau Days"), "Day two"), 2)) == 104
    pines = named(ada, "Hollow Pines: Live at the Goods Shed")
    assert total(ada, item(config(pines, "Balcony"))) == 44
    # One fee for the order: 1.50 and 20 % VAT.
    assert total(ada, item(config(pines, "Standing"), 2)) == 65.8


def test_vat_is_inside_or_comes_on_top(ada: Buyer) -> None:
    yeast = named(ada, "Know Your Yeast: A Workshop")
    assert total(ada, item(config(yeast, "Place"))) == 57.6
    marsh = named(ada, "Wharf Sessions: Ida Marsh Trio")
    # 32.50 and 20 % VAT are 39.00; 8 % of that a ticket is 3.12; 0.95 for the order.
    assert total(ada, item(config(marsh, "Table seat"), 2)) == 85.19


def test_discounts_take_percent_first_then_amounts_and_never_go_below_nothing(
    ada: Buyer, lanterns: dict[str, Any]
) -> None:
    standing = config(lanterns, "Standing")
    student = lanterns["ticket_discount"][0]
    path = f"event/v1/organizer/lantern/event/{lanterns['id']}/ticket_discount"
    fiver = ada.read(path, code="fiver")["data"][0]
    # 51.00 less 20 % is 40.80, less 5.00 is 35.80; the fee is reckoned on 17.90 a ticket.
    assert total(ada, item(standing, 2, ticket_discount=[fiver["id"], student["id"]])) == 38.32
    refused(ada.order(item(standing, 1, ticket_discount=[fiver["id"]])), 400, "discount_invalid")
    refused(
        ada.order(item(config(lanterns, "Bench seat"), 1, ticket_discount=[student["id"]])),
        400,
        "discount_invalid",
    )
    after = ada.read(path, code="FIVER")["data"][0]
    assert (after["reserved_tickets"], after["available_tickets"]) == (2, 498)


def test_discounts_that_are_over_or_used_up_are_refused(ada: Buyer) -> None:
    echo = named(ada, "Echo Park Orchestra")
    standing = config(echo, "Standing")
    used_up = next(row for row in echo["ticket_discount"] if row["name"] == "Under 26")
    path = f"event/v1/organizer/lantern/event/{echo['id']}/ticket_discount"
    over = ada.read(path, code="OLD40")["data"][0]
    for row in (used_up, over):
        refused(ada.order(item(standing, ticket_discount=[row["id"]])), 400, "discount_invalid")


def test_a_discount_of_everything_makes_a_free_order_without_fees(ada: Buyer) -> None:
    days = named(ada, "Donau Days")
    path = f"event/v1/organizer/lantern/event/{days['id']}/ticket_discount"
    helper = ada.read(path, code="HELPER")["data"][0]
    order = ada.ordered(item(config(days, "Day one"), ticket_discount=[helper["id"]]))
    assert order["total"] == 0
    assert "payment_intent" not in ada.payment(order).json()["data"]
    assert ada.now(order)["status"] == "paid"


def test_a_changed_price_holds_for_new_orders_only(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    yeast = config(named(ada, "Know Your Yeast: A Workshop"), "Place")
    first = ada.ordered(item(yeast))
    control(f"tickethead/configs/{yeast['id']}", price=5000)
    assert ada.payment(first).json()["data"]["payment_intent"]["amount"] == 5760
    assert total(ada, item(yeast)) == 60


# Contact, payment, confirmation.


def test_a_contact_needs_names_and_an_address_and_may_be_replaced(
    ada: Buyer, lanterns: dict[str, Any]
) -> None:
    order = ada.order(item(config(lanterns, "Standing"))).json()["data"]
    path = f"event/v1/order/{order['id']}/order_contact"
    for body in (
        {},
        {**CONTACT, "email": "nobody"},
        {**CONTACT, "first_name": " "},
        {**CONTACT, "zip": 1010},
    ):
        refused(ada.tell(path, body), 400, "validation_failed")
    first = ada.tell(path, CONTACT)
    assert (first.status_code, first.json()["data"]["email"]) == (201, "ada@example.org")
    second = ada.tell(path, {**CONTACT, "billing_email": "office@example.org", "city": "Wien"}).json()["data"]
    assert second["id"] == first.json()["data"]["id"]
    assert ada.now(order, **{"with": "order_contact"})["order_contact"]["city"] == "Wien"


def test_without_contact_no_payment(ada: Buyer, lanterns: dict[str, Any]) -> None:
    order = ada.order(item(config(lanterns, "Standing"))).json()["data"]
    refused(ada.payment(order), 400, "order_contact_missing")


@pytest.mark.parametrize("path", ["payment/v1/payment", "payment/v1/payment/stripe"])
def test_both_paths_give_an_intent_on_the_vendors_own_account(
    ada: Buyer, lanterns: dict[str, Any], path: str
) -> None:
    order = ada.ordered(item(config(lanterns, "Standing"), 2))
    answer = ada.payment(order, path)
    assert answer.status_code == 201
    data = answer.json()["data"]
    intent = data["payment_intent"]
    assert data["publishable_key"].startswith("pk_test_tickethead")
    assert intent["object"] == "payment_intent"
    assert (intent["amount"], intent["currency"], intent["status"]) == (
        5398,
        "eur",
        "requires_payment_method",
    )
    assert intent["client_secret"].startswith(f"{intent['id']}_secret_")
    assert intent["metadata"] == {"id": str(order["id"]), "enrollment_id": ""}
    assert intent["payment_method_types"] == ["card"]
    assert intent["charges"]["object"] == "list"
    now = ada.now(order)
    assert (now["status"], now["payment_id"]) == ("payment_processing", intent["id"])
    assert now["payment_created_at"]
    seen = ada.get(
        f"{ORIGIN}/stripe/v1/payment_intents/{intent['id']}",
        params={"client_secret": intent["client_secret"], "key": data["publishable_key"]},
        headers={"Authorization": ""},
    )
    assert seen.json()["amount"] == 5398
    foreign = ada.get(
        f"{ORIGIN}/stripe/v1/payment_intents/{intent['id']}",
        params={"client_secret": intent["client_secret"], "key": "pk_test_somebody_else"},
        headers={"Authorization": ""},
    )
    assert foreign.status_code == 404


def test_the_type_defaults_to_card_and_a_second_call_gives_the_same_intent(
    ada: Buyer, lanterns: dict[str, Any]
) -> None:
    order = ada.ordered(item(config(lanterns, "Standing")))
    first = ada.tell(f"payment/v1/payment?order_id={order['id']}").json()["data"]["payment_intent"]
    again = ada.payment(order, "payment/v1/payment/stripe").json()["data"]["payment_intent"]
    assert (first["payment_method_types"], again["id"]) == (["card"], first["id"])
    eps = ada.tell(f"payment/v1/payment?order_id={order['id']}&type=eps").json()["data"]["payment_intent"]
    assert eps["payment_method_types"] == ["eps"]
    assert eps["id"] != first["id"]
    refused(ada.tell(f"payment/v1/payment?order_id={order['id']}&type=cash"), 400, "validation_failed")


def test_eps_is_for_euros_only(ada: Buyer) -> None:
    market = named(ada, "Night Market on the Wharf")
    order = ada.ordered(item(config(market, "Entry")))
    refused(ada.tell(f"payment/v1/payment?order_id={order['id']}&type=eps"), 400, "validation_failed")


def test_paid_comes_after_the_money_by_as_many_looks_as_set(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    control("tickethead/settings", lag_polls=2)
    order = ada.ordered(item(config(lanterns, "Standing")))
    settle(control, ada.payment(order))
    assert [ada.now(order)["status"] for _ in range(4)] == ["payment_processing"] * 2 + ["paid"] * 2
    tickets = ada.now(order, **{"with": "order_item.ticket"})["order_item"][0]["ticket"]
    assert [ticket["status"] for ticket in tickets] == ["confirmed"]


def test_paid_may_lag_by_seconds_and_comes_without_any_look(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    control("tickethead/settings", lag_polls=0, lag_seconds=20)
    order = ada.ordered(item(config(lanterns, "Standing")))
    settle(control, ada.payment(order))
    assert ada.now(order)["status"] == "payment_processing"
    refused(ada.payment(order), 400, "order_not_payable")
    control("clock", advance_seconds=21)
    assert ada.now(order)["status"] == "paid"
    control("tickethead/settings", lag_polls=50, lag_seconds=0)
    unseen = ada.ordered(item(config(lanterns, "Standing")))
    settle(control, ada.payment(unseen))
    control("clock", advance_seconds=31)
    rows = ada.get(f"{ORIGIN}/_standin/books?world=tickethead").json()["tickethead"]["orders"]
    assert {row["id"]: row["status"] for row in rows}[unseen["id"]] == "paid"


def test_a_declined_card_leaves_the_order_waiting_for_another(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    order = ada.ordered(item(config(lanterns, "Standing")))
    payment = ada.payment(order)
    assert settle(control, payment, card="4000000000000002")["error"]["code"] == "card_declined"
    assert ada.now(order)["status"] == "payment_processing"
    settle(control, payment)
    ada.now(order)
    assert ada.now(order)["status"] == "paid"
    refused(ada.payment(order), 400, "order_not_payable")


def test_a_free_order_is_paid_by_the_payment_call_alone(ada: Buyer, lanterns: dict[str, Any]) -> None:
    order = ada.ordered(item(config(lanterns, "Companion of a disabled guest")))
    assert (order["status"], order["total"]) == ("draft", 0)
    assert ada.now(order)["status"] == "draft"
    answer = ada.payment(order)
    assert set(answer.json()["data"]) == {"publishable_key"}
    assert ada.now(order)["status"] == "paid"
    assert ada.download(order).headers["Content-Type"] == "application/pdf"


def test_named_tickets_need_a_holder_before_payment(ada: Buyer) -> None:
    title = named(ada, "Ringside: Title Night")
    assert title["kyc_level_id"] == 2
    order = ada.ordered(item(config(title, "Ringside"), 2))
    refused(ada.payment(order), 400, "ticket_holder_missing")
    for place, ticket in enumerate(order["order_item"][0]["ticket"]):
        body = (
            {"response": {"first_name": f"Guest {place}"}}
            if place
            else {"first_name": "Ada", "last_name": "T"}
        )
        assert ada.tell(f"event/v1/ticket/{ticket['id']}/ticket_holder", body).status_code == 201
    assert ada.payment(order).status_code == 201


# The window.


@pytest.mark.parametrize("paying", [False, True])
def test_the_window_closes_after_ten_minutes_and_the_tickets_go_back(
    ada: Buyer, app: Standin, control: Callable[..., Any], lanterns: dict[str, Any], paying: bool
) -> None:
    standing = config(lanterns, "Standing")
    order = ada.ordered(item(standing, 2))
    if paying:
        ada.payment(order)
    control("clock", advance_seconds=599)
    assert ada.now(order)["status"] in {"draft", "payment_processing"}
    control("clock", advance_seconds=2)
    now = ada.now(order, **{"with": "order_item.ticket"})
    assert now["status"] == "payment_failed"
    assert {ticket["status"] for ticket in now["order_item"][0]["ticket"]} == {"available"}
    assert (
        config(named(ada, "Night of Lanterns"), "Standing")["available_tickets"]
        == standing["available_tickets"]
    )
    refused(ada.payment(order), 400, "order_not_payable")
    refused(ada.tell(f"event/v1/order/{order['id']}/order_contact", CONTACT), 400, "order_not_payable")
    first = order["order_item"][0]["ticket"][0]["seq_num"]
    again = Buyer(app).ordered(item(standing))
    assert again["order_item"][0]["ticket"][0]["seq_num"] == first


def test_the_window_length_is_the_organizers_timer(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    control("tickethead/settings", event_timer_s=120)
    assert ada.read("account/v1/organizer/lantern")["data"]["event_timer_s"] == 120
    order = ada.ordered(item(config(lanterns, "Standing")))
    control("clock", advance_seconds=121)
    assert ada.now(order)["status"] == "payment_failed"


def test_money_that_comes_too_late_goes_back_and_the_order_stays_closed(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    order = ada.ordered(item(config(lanterns, "Standing")))
    payment = ada.payment(order)
    control("clock", advance_seconds=601)
    assert settle(control, payment)["payment_intent"]["status"] == "succeeded"
    assert ada.now(order)["status"] == "payment_failed"
    assert ada.download(order).status_code == 404
    books = ada.get(f"{ORIGIN}/_standin/books").json()
    (intent,) = books["stripe"]["intents"]
    assert (intent["amount_received"], intent["refunded"]) == (2699, 2699)
    assert books["tickethead"]["orders"][0]["late_payments_returned"] == 1


def test_money_that_came_in_time_counts_although_nobody_looked(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    order = ada.ordered(item(config(lanterns, "Standing")))
    payment = ada.payment(order)
    control("clock", advance_seconds=590)
    settle(control, payment)
    control("clock", advance_seconds=3600)
    assert ada.now(order)["status"] == "paid"


def test_one_order_is_paid_once_even_with_two_intents(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    order = ada.ordered(item(config(lanterns, "Standing")))
    card = ada.payment(order)
    eps = ada.tell(f"payment/v1/payment?order_id={order['id']}&type=eps")
    settle(control, eps, type="eps")
    assert settle(control, card)["error"]["code"] == "payment_intent_unexpected_state"
    intents = ada.get(f"{ORIGIN}/_standin/books?world=stripe").json()["stripe"]["intents"]
    assert sorted(row["amount_received"] for row in intents) == [0, 2699]


def test_the_control_page_can_close_a_window_now(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    order = ada.ordered(item(config(lanterns, "Standing")))
    control(f"tickethead/orders/{order['id']}/expire")
    assert ada.now(order)["status"] == "payment_failed"


# Seats.


def test_seats_are_booked_when_the_payment_is_created_and_the_later_one_is_refused(
    ada: Buyer, app: Standin, control: Callable[..., Any]
) -> None:
    river = named(ada, "What the River Knows")
    assert river["chart_key"]
    front = config(river, "Front rows")
    refused(ada.order(item(front, 2)), 400, "seats_required")
    refused(ada.order(item(front, 2, selected_seats=["A-1"])), 400, "seats_quantity_mismatch")
    refused(ada.order(item(front, 1, selected_seats=["Z-1"])), 400, "seats_unavailable")
    refused(ada.order(item(front, 1, selected_seats=["H-1"])), 400, "seats_unavailable")
    refused(ada.order(item(front, 2, selected_seats=["A-1", "A-1"])), 400, "seats_unavailable")
    mine = ada.ordered(item(front, 2, selected_seats=["A-1", "A-2"]))
    bob = Buyer(app)
    his = bob.ordered(item(front, 2, selected_seats=["A-2", "A-3"]))
    assert [ticket["seat_id"] for ticket in mine["order_item"][0]["ticket"]] == ["A-1", "A-2"]
    assert ada.payment(mine).status_code == 201
    refused(bob.payment(his), 400, "seats_unavailable")
    control("clock", advance_seconds=601)
    again = Buyer(app)
    later = again.ordered(item(front, 2, selected_seats=["A-2", "A-3"]))
    assert again.payment(later).status_code == 201


# Tickets.


def ticket_texts(pdf: bytes) -> list[tuple[str, str]]:
    """Per page: what is written, and the text printed beside the QR code."""
    pages = []
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        contents = page.get_contents()
        assert contents is not None
        drawn = contents.get_data().decode("cp1252")
        code = "".join(re.findall(r"BT /F1 6\.5 Tf [^(]*\((.*?)\) Tj ET", drawn))
        matrix = [[bool(module) for module in row] for row in segno.make(code, error="m", micro=False).matrix]
        assert drawn_modules(drawn, len(matrix)) == matrix
        pages.append((page.extract_text(), code))
    return pages


def drawn_modules(drawn: str, size: int) -> list[list[bool]]:
    """The squares of the QR code, read back from the page's drawing."""
    step = 160 / size
    grid = [[False] * size for _ in range(size)]
    for x, y, width in re.findall(r"^([\d.]+) ([\d.]+) ([\d.]+) [\d.]+ re$", drawn, flags=re.M):
        row = round((60 + 160 - float(y)) / step) - 1
        column = round((float(x) - 40) / step)
        for place in range(round(float(width) / step)):
            grid[row][column + place] = True
    return grid


def from_base45(text: str) -> bytes:
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    out = bytearray()
    for place in range(0, len(text), 3):
        part = [letters.index(letter) for letter in text[place : place + 3]]
        value = sum(digit * 45**power for power, digit in enumerate(part))
        out += value.to_bytes(2 if len(part) == 3 else 1, "big")
    return bytes(out)


def test_base45_is_that_of_rfc_9285() -> None:
    assert base45(b"AB") == "BB8"
    assert base45(b"Hello!!") == "%69 VD92EX0"
    assert base45(b"base-45") == "UJCLQE7W581"
    assert from_base45(base45(b"ietf!")) == b"ietf!"


def test_the_tickets_are_one_pdf_with_a_signed_code_a_page(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    order = buy(ada, control, item(config(lanterns, "Standing"), 2))
    answer = ada.download(order)
    assert answer.headers["Content-Type"] == "application/pdf"
    pages = ticket_texts(answer.content)
    assert len(pages) == 2
    path = f"event/v1/organizer/lantern/event/{lanterns['id']}/public_key"
    key = serialization.load_pem_public_key(ada.read(path)["data"]["public_key"].encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    for (text, code), ticket in zip(pages, order["order_item"][0]["ticket"], strict=True):
        assert "Night of Lanterns" in text
        assert str(ticket["id"]) in text
        payload, signature = (from_base45(part) for part in code.split(":::"))
        key.verify(signature, payload, ec.ECDSA(hashes.SHA256()))
        expected = f"E{lanterns['id']}TC{config(lanterns, 'Standing')['id']}T{ticket['seq_num']}"
        assert json.loads(payload) == {"id": expected}
    qr = ada.tell(f"event/v1/ticket/{order['order_item'][0]['ticket'][0]['id']}/qrcode",
                  {"action": "trx", "fcn": "ticket.invalidate"})  # fmt: skip
    assert base64.b64decode(qr.json()["data"]["code"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("count", "kind"), [(1, "application/vnd.apple.pkpass"), (3, "application/vnd.apple.pkpasses")]
)
def test_wallet_passes_come_alone_or_bundled(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any], count: int, kind: str
) -> None:
    order = buy(ada, control, item(config(lanterns, "Standing"), count), format="PKPASS")
    answer = ada.download(order)
    assert answer.headers["Content-Type"] == kind
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        if count == 1:
            content = json.loads(archive.read("pass.json"))
            assert {"manifest.json", "signature", "icon.png"} <= set(archive.namelist())
        else:
            assert len(archive.namelist()) == count
            inner = zipfile.ZipFile(io.BytesIO(archive.read(archive.namelist()[0])))
            content = json.loads(inner.read("pass.json"))
    assert content["eventTicket"]["primaryFields"][0]["value"] == "Night of Lanterns"
    assert ":::" in content["barcodes"][0]["message"]


def test_there_is_nothing_to_download_before_paid_and_it_may_take_a_moment_after(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    control("tickethead/settings", download_lag=2)
    order = ada.ordered(item(config(lanterns, "Standing")))
    refused(ada.download(order), 404, "order_not_confirmed")
    settle(control, ada.payment(order))
    refused(ada.download(order), 404, "order_not_confirmed")
    ada.now(order)
    assert ada.now(order)["status"] == "paid"
    assert [ada.download(order).status_code for _ in range(3)] == [404, 404, 200]


def test_the_mail_is_sent_once_and_again_on_demand(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    order = ada.ordered(item(config(lanterns, "Standing")))
    refused(ada.tell(f"event/v1/order/{order['id']}/email_tickets"), 400, "order_not_confirmed")
    settle(control, ada.payment(order))
    for _ in range(3):
        ada.now(order)
    mails = ada.get(f"{ORIGIN}/_standin/books?world=tickethead").json()["tickethead"]["mails"]
    assert [(mail["kind"], mail["recipient"]) for mail in mails] == [("tickets", "ada@example.org")]
    assert ada.tell(f"event/v1/order/{order['id']}/email_tickets").status_code == 200


def test_an_order_is_for_its_owner(
    ada: Buyer, app: Standin, office: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    order = buy(ada, control, item(config(lanterns, "Standing")))
    eve = Buyer(app)
    ticket = order["order_item"][0]["ticket"][0]["id"]
    base = f"{BASE}/event/v1"
    for answer in (
        eve.get(f"{base}/order/{order['id']}"),
        eve.download(order),
        eve.payment(order),
        eve.tell(f"event/v1/order/{order['id']}/order_contact", CONTACT),
        eve.get(f"{base}/ticket/{ticket}"),
        eve.tell(f"event/v1/order/{order['id']}/refund"),
        eve.get(f"{base}/order?include_not_owned=true&organizer_id=lantern"),
    ):
        refused(answer, 403, "forbidden")
    refused(eve.get(f"{base}/order/99999999"), 404, "not_found")
    assert eve.read("event/v1/order")["data"] == []
    mine = ada.read("event/v1/order", **{"with": "order_contact"})
    assert [row["id"] for row in mine["data"]] == [order["id"]]
    assert mine["paging"]["total"] == 1
    seen = office.read("event/v1/order", include_not_owned="true", organizer_id="lantern",
                       contact_email="ada@example.org")  # fmt: skip
    assert [row["id"] for row in seen["data"]] == [order["id"]]
    assert [row["id"] for row in ada.read("event/v1/ticket", format="PDF")["data"]] == [ticket]


def test_a_refund_of_a_part_and_of_the_rest(
    ada: Buyer, office: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    standing = config(lanterns, "Standing")
    order = buy(ada, control, item(standing, 3))
    tickets = [ticket["id"] for ticket in order["order_item"][0]["ticket"]]
    path = f"event/v1/order/{order['id']}/refund"
    refused(office.tell(path, {"ticket_ids": [1]}), 400, "validation_failed")
    assert office.tell(path, {"ticket_ids": tickets[:1]}).json()["data"] == {"success": True}
    now = ada.now(order)
    assert (now["status"], now["refunded_amount"]) == ("partially_refunded", 26.99)
    assert len(ticket_texts(ada.download(order).content)) == 2
    assert office.tell(path).status_code == 200
    now = ada.now(order)
    assert (now["status"], now["refunded_amount"]) == ("refunded", now["total"])
    assert ada.download(order).status_code == 404
    refused(office.tell(path), 400, "order_not_refundable")
    assert (
        config(named(ada, "Night of Lanterns"), "Standing")["available_tickets"]
        == standing["available_tickets"]
    )
    (intent,) = ada.get(f"{ORIGIN}/_standin/books?world=stripe").json()["stripe"]["intents"]
    assert intent["refunded"] == intent["amount_received"] == 8097


# Control and faults.


def test_an_event_is_renamed_cancelled_removed_and_written_over_by_nobody(
    ada: Buyer, app: Standin, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    order = buy(ada, control, item(config(lanterns, "Standing")))
    control(f"tickethead/events/{lanterns['id']}", name="Night of Candles")
    control("clock", advance_seconds=86400)
    later = Buyer(app)
    assert later.read(f"event/v1/event/{lanterns['id']}")["data"]["name"] == "Night of Candles"
    control(f"tickethead/events/{lanterns['id']}", status="canceled")
    assert later.read(f"event/v1/event/{lanterns['id']}")["data"]["status"] == "canceled"
    refused(later.order(item(config(lanterns, "Standing"))), 400, "event_not_published")
    books = ada.get(f"{ORIGIN}/_standin/books?world=tickethead").json()["tickethead"]["orders"]
    assert [t["status"] for row in books if row["id"] == order["id"] for t in row["tickets"]] == [
        "unavailable"
    ]
    control(f"tickethead/events/{lanterns['id']}", remove=True)
    refused(later.get(f"{BASE}/event/v1/event/{lanterns['id']}"), 404, "not_found")


def test_named_faults_strike_once(ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]) -> None:
    standing = config(lanterns, "Standing")
    control("faults", world="tickethead", name="sold_out", where={"ticket_config_id": standing["id"]})
    refused(ada.order(item(standing)), 400, "sold_out")
    order = ada.ordered(item(standing))
    control("faults", world="tickethead", name="amount_off", factor=100)
    assert ada.payment(order).json()["data"]["payment_intent"]["amount"] == 269900
    assert ada.payment(order).json()["data"]["payment_intent"]["amount"] == 2699


def test_an_order_whose_answer_was_lost_is_found_in_the_list(
    ada: Buyer, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    control("faults", world="tickethead", match="POST /event/v1/order", kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        ada.order(item(config(lanterns, "Standing"), 2))
    (found,) = ada.read("event/v1/order", **{"with": "order_item.ticket"})["data"]
    assert found["status"] == "draft"
    assert len(found["order_item"][0]["ticket"]) == 2


def test_orders_survive_a_restart(
    ada: Buyer, tmp_path: Path, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    order = ada.ordered(item(config(lanterns, "Standing")))
    payment = ada.payment(order)
    app = make_app(str(tmp_path / "standin.sqlite3"), ORIGIN)
    token = str(ada.headers["Authorization"])[7:]
    again = Buyer(app, token)
    settle(control, payment)
    again.now(order)
    assert again.now(order)["status"] == "paid"


def test_a_reset_gives_the_fresh_season_back(
    ada: Buyer, app: Standin, control: Callable[..., Any], lanterns: dict[str, Any]
) -> None:
    ada.ordered(item(config(lanterns, "Standing"), 2))
    control(f"tickethead/events/{lanterns['id']}", name="Something Else")
    control("reset", world="tickethead")
    fresh = Buyer(app)
    assert config(named(fresh, "Night of Lanterns"), "Standing")["available_tickets"] == 287
    refused(ada.get(f"{BASE}/event/v1/order"), 401, "unauthorized")


def test_errors_of_every_kind_have_the_same_shape(ada: Buyer, app: Standin) -> None:
    refused(ada.get(f"{BASE}/event/v1/nothing"), 404, "not_found")
    assert ada.delete(f"{BASE}/event/v1/event").json()["statusCode"] == 405
    broken = ada.post(f"{BASE}/event/v1/order", data=b"{", headers={"Content-Type": "application/json"})
    refused(broken, 400, "validation_failed")
    assert Buyer(app, "not.a.token").get(f"{BASE}/event/v1/event").status_code == 401


def test_a_person_can_use_the_control_page(ada: Buyer, lanterns: dict[str, Any]) -> None:
    order = ada.ordered(item(config(lanterns, "Standing"), 2))
    payment = ada.payment(order).json()["data"]["payment_intent"]["id"]
    ada.headers["Accept"] = "text/html,*/*;q=0.8"
    page = ada.get(f"{ORIGIN}/_standin/").text
    for word in (
        "Change an event",
        "Windows and lags",
        "Pay an intent",
        "Night of Lanterns",
        payment,
        "53.98 EUR",
    ):
        assert word in page, word
    form = {"event": str(lanterns["id"]), "name": "<b>Candles</b> & co", "status": "", "remove": ""}
    done = ada.post(f"{ORIGIN}/_standin/tickethead/events", data=form, allow_redirects=False)
    assert done.status_code == 303
    after = ada.get(f"{ORIGIN}/_standin/").text
    assert "&lt;b&gt;Candles&lt;/b&gt; &amp; co" in after
    assert "<b>Candles" not in after
    form = {"intent": payment, "card": "4000000000003220", "challenge": "complete"}
    assert ada.post(f"{ORIGIN}/_standin/stripe/settle", data=form, allow_redirects=False).status_code == 303
    form = {"event_timer_s": "300", "lag_polls": "0", "lag_seconds": "0.0", "download_lag": "0"}
    assert (
        ada.post(f"{ORIGIN}/_standin/tickethead/settings", data=form, allow_redirects=False).status_code
        == 303
    )
    assert ada.read("account/v1/organizer/lantern")["data"]["event_timer_s"] == 300


def test_addresses_of_pictures_follow_the_origin_of_the_run(ada: Buyer, tmp_path: Path) -> None:
    moved = Buyer(make_app(str(tmp_path / "standin.sqlite3"), "http://tickets.example:9"))
    assert events(moved)[0]["main_image_uri"].startswith("http://tickets.example:9/posters/tickethead/")


def test_many_events_can_be_added_for_load_work(tmp_path: Path) -> None:
    buyer = Buyer(make_app(str(tmp_path / "load.sqlite3"), ORIGIN, scale=30))
    found = [event for event in events(buyer, **{"with": "occurrence"}) if event["name"].startswith("Load")]
    assert len(found) == 30
    assert all(len(event["occurrence"]) == 10 for event in found)
