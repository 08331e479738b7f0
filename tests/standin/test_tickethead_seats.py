"""Seating charts of the imitated Tickethead: its part of seats.io, and orders for chosen seats.

Written from Tickethead, "Orders", and docs.seats.io. Somebody else's client of seats.io, the package ``seatsio``, drives
it over a socket; plain calls say what that client does not show.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import seatsio
from seatsio.events.objectProperties import ObjectProperties
from seatsio.events.statusChangeRequest import StatusChangeRequest
from seatsio.exceptions import BestAvailableObjectsNotFoundException, SeatsioException
from seatsio.region import Region
from werkzeug.serving import WSGIRequestHandler, make_server

from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import Standin, make_app

ORIGIN = "http://stand-in.test"
BASE = f"{ORIGIN}/tickethead"
KEY = "demo-seatsio-secret"
CONTACT = {"first_name": "Ada", "last_name": "Test", "email": "ada@example.org"}
pytestmark = pytest.mark.filterwarnings("ignore:keys will default to True")


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Person(requests.Session):
    """Somebody with a guest token of their own; paths are below the stand-in's Tickethead half."""

    def __init__(self, app: Standin, login: dict[str, str] | None = None) -> None:
        super().__init__()
        self.mount(ORIGIN, StandinAdapter(app))
        where = "auth" if login else "guest"
        token = self.post(f"{BASE}/account/v1/{where}/login", json=login or {}).json()["data"]["token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def read(self, path: str, **params: Any) -> Any:
        answer = self.get(f"{BASE}/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def event(self, name: str) -> dict[str, Any]:
        """The next event of that name, with its ticket configs."""
        rows = self.read("event/v1/event", public="true", limit="100")
        number = next(row["id"] for row in rows if row["name"] == name)
        found: dict[str, Any] = self.read(f"event/v1/event/{number}")
        return found

    def order(self, *items: dict[str, Any], **more: Any) -> requests.Response:
        body = {"order_item": list(items), "format": "PDF", **more}
        return self.post(f"{BASE}/event/v1/order", json=body)

    def ordered(self, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = self.order(*items, **more)
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()["data"]
        assert (
            self.post(f"{BASE}/event/v1/order/{order['id']}/order_contact", json=CONTACT).status_code == 201
        )
        return order

    def payment(self, order: dict[str, Any]) -> requests.Response:
        return self.post(f"{BASE}/payment/v1/payment/stripe?order_id={order['id']}&type=card", json={})

    def status(self, order: dict[str, Any]) -> str:
        return str(self.read(f"event/v1/order/{order['id']}")["status"])


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
def ada(app: Standin) -> Person:
    return Person(app)


@pytest.fixture
def hall(ada: Person) -> dict[str, Any]:
    return ada.event("The Glass Harmonica")


@pytest.fixture
def studio(ada: Person) -> dict[str, Any]:
    return ada.event("The Understudies")


@pytest.fixture
def http(app: Standin) -> requests.Session:
    """A shop's server, with the secret key."""
    session = requests.Session()
    session.mount(ORIGIN, StandinAdapter(app))
    session.auth = (KEY, "")
    return session


@pytest.fixture
def control(app: Standin) -> Callable[..., Any]:
    session = requests.Session()
    session.mount(ORIGIN, StandinAdapter(app))

    def post(path: str, **body: Any) -> Any:
        answer = session.post(f"{ORIGIN}/_standin/{path}", json=body)
        assert answer.ok, answer.text
        return answer.json()

    return post


@pytest.fixture
def seats_url(app: Standin) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/tickethead/seatsio"
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(seats_url: str) -> Any:
    return seatsio.Client(Region(seats_url), KEY, max_retries=0)


def key(event: dict[str, Any]) -> str:
    return str(event["id"])


def config(event: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in event["ticket_config"] if each["name"] == name)


def item(ticket_config: dict[str, Any], *seats: str, **more: Any) -> dict[str, Any]:
    body = {"quantity": len(seats), "ticket_config_id": ticket_config["id"], "selected_seats": list(seats)}
    return {**body, **more}


def everything(client: Any, event: dict[str, Any]) -> list[Any]:
    found: list[Any] = client.events.reports.flat_list(key(event))
    return found


def free(client: Any, event: dict[str, Any], name: str, number: int) -> list[str]:
    """Labels of free seats of one ticket config."""
    wanted = str(config(event, name)["id"])
    labels = [
        one.label for one in everything(client, event) if one.category_key == wanted and one.is_available
    ]
    assert len(labels) >= number
    return labels[:number]


def status(client: Any, event: dict[str, Any], label: str) -> str:
    return str(client.events.retrieve_object_info(key(event), label).status)


def code(problem: pytest.ExceptionInfo[SeatsioException]) -> str:
    (found,) = {each["code"] for each in problem.value.errors}
    return str(found)


# The charts of the season.


def test_only_charted_events_have_a_chart_and_their_organizer_has_a_workspace(
    ada: Person, hall: dict[str, Any], studio: dict[str, Any]
) -> None:
    rows = ada.read("event/v1/event", public="true", limit="100")
    charted = {row["name"] for row in rows if row["chart_key"]}
    assert charted == {"The Glass Harmonica", "The Understudies", "What the River Knows"}
    assert "workspace_key" not in ada.read(f"account/v1/organizer/{hall['organizer_id']}")
    organizer = ada.read(f"account/v1/organizer/{hall['organizer_id']}", fields="tos,workspace")
    assert organizer["workspace_key"]


def test_the_hall_has_sections_prices_and_every_kind_of_seat(client: Any, hall: dict[str, Any]) -> None:
    seats = everything(client, hall)
    assert len(seats) == 240
    assert {one.section for one in seats} == {"Parkett", "Rang"}
    assert all(re.fullmatch(r"(Parkett|Rang)-[A-K]-\d+", one.label) for one in seats)
    names = {str(each["id"]): each["name"] for each in hall["ticket_config"]}
    assert {one.category_key for one in seats} == set(names)
    assert all(one.category_label == names[one.category_key] for one in seats)
    assert len({each["face_value"] for each in hall["ticket_config"]}) >= 4
    assert {one.status for one in seats} == {"free", "booked"}
    assert [one.is_available for one in seats] == [one.status == "free" and one.for_sale for one in seats]
    for property_ in ("is_accessible", "is_companion_seat", "is_semi_ambulatory_seat", "has_restricted_view"):
        assert {getattr(one, property_) for one in seats} == {True, False}, property_
    assert {one.for_sale for one in seats} == {True, False}
    companions = {one.label for one in seats if one.is_companion_seat}
    for one in seats:
        assert not one.is_accessible or companions & {one.left_neighbour, one.right_neighbour}


def test_the_studio_has_sixty_seats_without_sections(client: Any, studio: dict[str, Any]) -> None:
    seats = {one.label: one for one in everything(client, studio)}
    assert len(seats) == 60
    seat = seats["B-3"]
    assert seat.labels == {"own": {"label": "3", "type": "seat"}, "parent": {"label": "B", "type": "row"}}
    assert seat.ids == {"own": "3", "parent": "B"}
    assert (seat.left_neighbour, seat.right_neighbour) == ("B-2", "B-4")
    assert seats["B-1"].left_neighbour is None
    assert seats["B-10"].right_neighbour is None
    assert seat.section is None
    assert seat.object_type == "seat"


def test_nobody_sits_beside_an_aisle(client: Any, hall: dict[str, Any]) -> None:
    by_label = {one.label: one for one in everything(client, hall)}
    assert by_label["Parkett-B-8"].right_neighbour is None
    assert by_label["Parkett-B-9"].left_neighbour is None
    assert by_label["Rang-B-8"].right_neighbour == "Rang-B-9"
    for one in by_label.values():
        assert one.right_neighbour is None or by_label[one.right_neighbour].left_neighbour == one.label


@pytest.mark.parametrize("name", ["The Glass Harmonica", "The Understudies", "What the River Knows"])
def test_what_a_ticket_config_counts_is_what_the_chart_shows(ada: Person, client: Any, name: str) -> None:
    event = ada.event(name)
    for each in event["ticket_config"]:
        mine = client.events.reports.by_category_key(key(event), str(each["id"]))
        assert each["quantity"] == sum(one.for_sale for one in mine)
        assert each["available_tickets"] == sum(one.is_available for one in mine)


# Keys.


@pytest.mark.parametrize("auth", [None, ("wrong", ""), ("", KEY)])
def test_without_the_secret_key_there_is_nothing_but_401(
    http: requests.Session, hall: dict[str, Any], auth: Any
) -> None:
    http.auth = auth
    for method, path in (("POST", "hold-tokens"), ("GET", f"reports/events/{hall['id']}/byLabel"),
                         ("GET", f"events/{hall['id']}/objects?label=Rang-A-1"),
                         ("POST", "events/groups/actions/change-object-status")):  # fmt: skip
        answer = http.request(method, f"{BASE}/seatsio/{path}")
        assert (answer.status_code, answer.content) == (401, b"")


def test_an_organizers_own_key_opens_its_own_workspace_only(
    app: Standin, seats_url: str, hall: dict[str, Any], studio: dict[str, Any]
) -> None:
    office = Person(app, {"username": "lantern-office", "password": "lantern-Office-1"})
    (row,) = office.read("account/v1/seats-workspace", organizer_name="lantern")
    own = seatsio.Client(Region(seats_url), row["secret_key"], max_retries=0)
    assert len(own.events.reports.flat_list(key(hall))) == 240
    assert own.hold_tokens.create().workspace_key == row["key"]
    with pytest.raises(SeatsioException) as problem:
        own.events.reports.flat_list(key(studio))
    assert code(problem) == "EVENT_NOT_FOUND"


def test_a_hold_token_belongs_to_the_workspace_it_was_made_in(
    seats_url: str, client: Any, hall: dict[str, Any], studio: dict[str, Any]
) -> None:
    there = seatsio.Client(Region(seats_url), KEY, workspace_key="workspace-lantern", max_retries=0)
    elsewhere = seatsio.Client(
        Region(seats_url), KEY, workspace_key="workspace-museum-am-ring", max_retries=0
    )
    token = there.hold_tokens.create().hold_token
    (label,) = free(client, hall, "Rang", 1)
    assert there.events.hold(key(hall), label, token).objects[label].hold_token == token
    with pytest.raises(SeatsioException) as problem:
        elsewhere.events.hold(key(studio), "B-1", token)
    assert code(problem) == "HOLD_TOKEN_NOT_FOUND"
    with pytest.raises(SeatsioException):
        elsewhere.events.reports.flat_list(key(hall))
    nowhere = seatsio.Client(Region(seats_url), KEY, workspace_key="workspace-nobody", max_retries=0)
    with pytest.raises(SeatsioException) as refusal:
        nowhere.hold_tokens.create()
    assert refusal.value.errors is None


def test_the_journal_never_shows_a_secret_key(
    app: Standin, client: Any, http: requests.Session, hall: dict[str, Any]
) -> None:
    client.events.reports.by_label(key(hall))
    office = Person(app, {"username": "lantern-office", "password": "lantern-Office-1"})
    (row,) = office.read("account/v1/seats-workspace", organizer_name="lantern")
    calls = requests.Session.get(http, f"{ORIGIN}/_standin/journal").text
    assert "/seatsio/reports/events/" in calls
    assert "/seats-workspace" in calls
    for secret in (KEY, row["secret_key"]):
        assert secret not in calls
    assert '"Authorization": "fp:' in calls.replace('":"', '": "')


# Hold tokens.


def test_a_hold_token_lives_for_fifteen_minutes_from_its_making(
    client: Any, control: Callable[..., Any]
) -> None:
    made = client.hold_tokens.create()
    assert 899 <= made.expires_in_seconds <= 900
    assert abs(made.expires_at.replace(tzinfo=UTC) - datetime.now(UTC) - timedelta(minutes=15)) < timedelta(
        seconds=20
    )
    control("clock", advance_seconds=600)
    again = client.hold_tokens.retrieve(made.hold_token)
    assert again.hold_token == made.hold_token
    assert 290 <= again.expires_in_seconds <= 300
    control("clock", advance_seconds=301)
    with pytest.raises(SeatsioException, match="not found"):
        client.hold_tokens.retrieve(made.hold_token)


def test_an_unknown_hold_token_is_404(http: requests.Session) -> None:
    answer = http.get(f"{BASE}/seatsio/hold-tokens/nobody")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "HOLD_TOKEN_NOT_FOUND"


def test_a_hold_token_may_be_given_more_or_less_time(client: Any, control: Callable[..., Any]) -> None:
    made = client.hold_tokens.create(expires_in_minutes=5)
    assert 299 <= made.expires_in_seconds <= 300
    moved = client.hold_tokens.expire_in_minutes(made.hold_token, 30)
    assert 1799 <= moved.expires_in_seconds <= 1800
    control("clock", advance_seconds=1700)
    assert client.hold_tokens.retrieve(made.hold_token).hold_token == made.hold_token


def test_ending_a_hold_token_gives_its_seats_back(client: Any, studio: dict[str, Any]) -> None:
    (label,) = free(client, studio, "Seat", 1)
    token = client.hold_tokens.create().hold_token
    client.events.hold(key(studio), label, token)
    client.hold_tokens.expire_in_minutes(token, 0)
    assert status(client, studio, label) == "free"
    with pytest.raises(SeatsioException):
        client.hold_tokens.retrieve(token)


# Holding, booking, releasing.


def test_seats_go_from_free_to_held_to_booked_and_back(client: Any, studio: dict[str, Any]) -> None:
    labels = free(client, studio, "Seat", 2)
    token = client.hold_tokens.create().hold_token
    held = client.events.hold(key(studio), labels, token, order_id="basket-7").objects
    assert list(held) == labels
    for one in held.values():
        assert (one.status, one.hold_token, one.order_id, one.is_available) == (
            "reservedByToken", token, "basket-7", False)  # fmt: skip
    booked = client.events.book(key(studio), labels, token).objects
    assert {(one.status, one.hold_token) for one in booked.values()} == {("booked", None)}
    released = client.events.release(key(studio), labels).objects
    assert {(one.status, one.order_id, one.is_available) for one in released.values()} == {
        ("free", None, True)
    }


def test_a_free_seat_may_be_booked_without_a_hold(client: Any, studio: dict[str, Any]) -> None:
    (label,) = free(client, studio, "Seat", 1)
    seat = ObjectProperties(label, ticket_type="adult", extra_data={"row": "aisle"})
    booked = client.events.book(key(studio), [seat], order_id="door").objects[label]
    assert (booked.status, booked.ticket_type, booked.extra_data, booked.order_id) == (
        "booked", "adult", {"row": "aisle"}, "door")  # fmt: skip


def test_somebody_elses_seat_can_be_neither_held_nor_booked_nor_released(
    client: Any, studio: dict[str, Any]
) -> None:
    (label,) = free(client, studio, "Seat", 1)
    mine, theirs = (client.hold_tokens.create().hold_token for _ in range(2))
    client.events.hold(key(studio), label, mine)
    for attempt in (
        lambda: client.events.hold(key(studio), label, theirs),
        lambda: client.events.book(key(studio), label, theirs),
        lambda: client.events.book(key(studio), label),
        lambda: client.events.release(key(studio), label, theirs),
        lambda: client.events.release(key(studio), label),
    ):
        with pytest.raises(SeatsioException) as problem:
            attempt()
        assert code(problem) == "ILLEGAL_STATUS_CHANGE"
        assert label in problem.value.message
    assert client.events.retrieve_object_info(key(studio), label).hold_token == mine
    client.events.release(key(studio), label, mine)
    assert status(client, studio, label) == "free"


def test_all_seats_of_a_call_change_or_none(
    client: Any, studio: dict[str, Any], hall: dict[str, Any]
) -> None:
    first, taken, third = free(client, studio, "Seat", 3)
    client.events.book(key(studio), taken)
    token = client.hold_tokens.create().hold_token
    with pytest.raises(SeatsioException) as problem:
        client.events.hold(key(studio), [first, taken, third], token)
    assert [each["message"] for each in problem.value.errors] == [f"{taken} is already booked"]
    assert {status(client, studio, label) for label in (first, third)} == {"free"}
    (elsewhere,) = free(client, hall, "Rang", 1)
    with pytest.raises(SeatsioException):
        client.events.change_object_status_in_batch([
            StatusChangeRequest(event_key=key(hall), object_or_objects=[elsewhere], status="booked"),
            StatusChangeRequest(event_key=key(studio), object_or_objects=[taken], status="booked"),
        ])  # fmt: skip
    assert status(client, hall, elsewhere) == "free"
    swapped = client.events.change_object_status_in_batch([
        StatusChangeRequest(type="RELEASE", event_key=key(studio), object_or_objects=[taken]),
        StatusChangeRequest(event_key=key(studio), object_or_objects=[taken], status="reservedByToken",
                            hold_token=token),
    ])  # fmt: skip
    assert swapped[1].objects[taken].hold_token == token


def test_one_call_changes_a_seat_of_several_events_or_of_none(
    client: Any, studio: dict[str, Any], ada: Person
) -> None:
    river = ada.event("What the River Knows")
    shared = [one.label for one in everything(client, studio) if one.is_available]
    first, second = [label for label in shared if label in {one.label for one in everything(client, river)}][
        :2
    ]
    client.events.book([key(studio), key(river)], [first])
    assert {status(client, event, first) for event in (studio, river)} == {"booked"}
    client.events.book(key(river), second)
    with pytest.raises(SeatsioException):
        client.events.book([key(studio), key(river)], [second])
    assert status(client, studio, second) == "free"


def test_with_a_token_only_seats_that_it_holds_are_booked(client: Any, studio: dict[str, Any]) -> None:
    held, loose = free(client, studio, "Seat", 2)
    token = client.hold_tokens.create().hold_token
    client.events.hold(key(studio), held, token)
    with pytest.raises(SeatsioException) as problem:
        client.events.book(key(studio), [held, loose], token)
    assert code(problem) == "ILLEGAL_STATUS_CHANGE"
    assert status(client, studio, held) == "reservedByToken"


def test_a_booked_seat_is_not_released_by_a_token(client: Any, studio: dict[str, Any]) -> None:
    (label,) = free(client, studio, "Seat", 1)
    token = client.hold_tokens.create().hold_token
    client.events.hold(key(studio), label, token)
    client.events.book(key(studio), label, token)
    with pytest.raises(SeatsioException):
        client.events.release(key(studio), label, token)
    assert status(client, studio, label) == "booked"


def test_seats_of_an_expired_token_are_anybodys(
    client: Any, studio: dict[str, Any], control: Callable[..., Any]
) -> None:
    (label,) = free(client, studio, "Seat", 1)
    token = client.hold_tokens.create().hold_token
    client.events.hold(key(studio), label, token)
    control("clock", advance_seconds=901)
    seen = client.events.retrieve_object_info(key(studio), label)
    assert (seen.status, seen.hold_token, seen.is_available) == ("free", None, True)
    for attempt in (client.events.book, client.events.hold):
        with pytest.raises(SeatsioException):
            attempt(key(studio), label, token)
    other = client.hold_tokens.create().hold_token
    client.events.hold(key(studio), label, other)
    assert client.events.retrieve_object_info(key(studio), label).hold_token == other


def test_of_two_callers_for_one_seat_exactly_one_wins(client: Any, studio: dict[str, Any]) -> None:
    labels = free(client, studio, "Seat", 3)
    tokens = [client.hold_tokens.create().hold_token for _ in range(8)]
    start = threading.Barrier(len(tokens))

    def hold(token: str) -> str:
        start.wait(timeout=30)
        try:
            client.events.hold(key(studio), labels, token)
        except SeatsioException as problem:
            return str(problem.errors[0]["code"])
        return token

    with ThreadPoolExecutor(len(tokens)) as pool:
        said = Counter(pool.map(hold, tokens))
    assert said.pop("ILLEGAL_STATUS_CHANGE") == len(tokens) - 1
    (winner,) = said
    infos = client.events.retrieve_object_infos(key(studio), labels)
    assert {one.hold_token for one in infos.values()} == {winner}


def test_holding_once_more_with_the_same_token_keeps_the_seat(client: Any, studio: dict[str, Any]) -> None:
    (label,) = free(client, studio, "Seat", 1)
    token = client.hold_tokens.create().hold_token
    for _ in range(2):
        assert client.events.hold(key(studio), label, token).objects[label].hold_token == token


def test_an_earlier_status_can_be_demanded(client: Any, studio: dict[str, Any]) -> None:
    (label,) = free(client, studio, "Seat", 1)
    for demand in ({"allowed_previous_statuses": ["booked"]}, {"rejected_previous_statuses": ["free"]}):
        with pytest.raises(SeatsioException) as problem:
            client.events.change_object_status(key(studio), label, "kept-back", **demand)
        assert code(problem) == "ILLEGAL_STATUS_CHANGE"
    changed = client.events.change_object_status(key(studio), label, "kept-back").objects[label]
    assert (changed.status, changed.is_available) == ("kept-back", False)


def test_a_seat_that_is_not_for_sale_cannot_be_held(client: Any, hall: dict[str, Any]) -> None:
    label = next(one.label for one in everything(client, hall) if not one.for_sale)
    with pytest.raises(SeatsioException) as problem:
        client.events.hold(key(hall), label, client.hold_tokens.create().hold_token)
    assert code(problem) == "ILLEGAL_STATUS_CHANGE"


def test_one_event_has_its_own_addresses_and_says_nothing_unless_asked(
    http: requests.Session, client: Any, studio: dict[str, Any]
) -> None:
    first, second = free(client, studio, "Seat", 2)
    token = http.post(f"{BASE}/seatsio/hold-tokens").json()["holdToken"]
    actions = f"{BASE}/seatsio/events/{key(studio)}/actions"
    body = {"objects": [first, {"objectId": second}], "holdToken": token}
    silent = http.post(f"{actions}/hold", json=body)
    assert (silent.status_code, silent.content) == (204, b"")
    told = http.post(f"{actions}/book?expand=objects", json=body).json()["objects"]
    assert {label: one["status"] for label, one in told.items()} == {first: "booked", second: "booked"}
    assert http.post(f"{actions}/release", json={"objects": [first, second]}).status_code == 204
    assert status(client, studio, first) == "free"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"objects": ["Z-99"], "status": "booked"}, "OBJECT_NOT_FOUND"),
        ({"objects": [], "status": "booked"}, "VALIDATION_ERROR"),
        ({"objects": ["A-5"]}, "VALIDATION_ERROR"),
        ({"objects": ["A-5"], "status": "reservedByToken"}, "VALIDATION_ERROR"),
        ({"objects": ["A-5"], "status": "reservedByToken", "holdToken": "nobody"}, "HOLD_TOKEN_NOT_FOUND"),
        ({"objects": ["A-5"], "status": "booked", "type": "STEAL"}, "VALIDATION_ERROR"),
        ({"objects": ["A-5", "A-5"], "status": "booked"}, "VALIDATION_ERROR"),
    ],
)
def test_a_call_that_makes_no_sense_is_400_with_a_code(
    http: requests.Session, studio: dict[str, Any], body: dict[str, Any], code: str
) -> None:
    url = f"{BASE}/seatsio/events/groups/actions/change-object-status"
    answer = http.post(url, json={"type": "CHANGE_STATUS_TO", "events": [key(studio)], **body})
    said = answer.json()
    assert (answer.status_code, said["status"], said["errors"][0]["code"]) == (400, 400, code)
    assert said["messages"] == [said["errors"][0]["message"]]
    assert said["requestId"]


def test_an_event_without_a_chart_is_unknown_there(client: Any, ada: Person) -> None:
    for number in (key(ada.event("Night of Lanterns")), "nobody", "0"):
        with pytest.raises(SeatsioException) as problem:
            client.events.reports.by_label(number)
        assert code(problem) == "EVENT_NOT_FOUND"


def test_objects_are_looked_up_by_label(http: requests.Session, client: Any, studio: dict[str, Any]) -> None:
    found = client.events.retrieve_object_infos(key(studio), ["B-2", "A-1"])
    assert list(found) == ["B-2", "A-1"]
    assert found["A-1"].is_accessible
    missing = http.get(f"{BASE}/seatsio/events/{key(studio)}/objects?label=A-1&label=Z-9")
    assert (missing.status_code, missing.json()["errors"][0]["code"]) == (404, "OBJECT_NOT_FOUND")


# Reports.


def test_reports_show_every_seat_once_under_what_they_are_named_for(
    client: Any, hall: dict[str, Any]
) -> None:
    reports = client.events.reports
    labels = sorted(one.label for one in everything(client, hall))
    for report, property_ in (
        (reports.by_label, "label"),
        (reports.by_status, "status"),
        (reports.by_category_key, "category_key"),
        (reports.by_category_label, "category_label"),
        (reports.by_section, "section"),
        (reports.by_object_type, "object_type"),
    ):
        items = report(key(hall)).items
        assert sorted(one.label for those in items.values() for one in those) == labels
        for name, those in items.items():
            assert {getattr(one, property_) for one in those} <= {name}
            assert [one.label for one in report(key(hall), name)] == [one.label for one in those]
    assert reports.by_status(key(hall), "resale") == []


def test_a_report_tells_what_is_available_and_why_not(client: Any, hall: dict[str, Any]) -> None:
    (label,) = free(client, hall, "Rang", 1)
    client.events.hold(key(hall), label, client.hold_tokens.create().hold_token)
    reports, seats = client.events.reports, everything(client, hall)
    available = {one.label for one in reports.by_availability(key(hall), "available")}
    assert available == {one.label for one in seats if one.is_available}
    reasons = reports.by_availability_reason(key(hall)).items
    assert set(reasons) == {"available", "booked", "reservedByToken", "not_for_sale"}
    assert [one.label for one in reasons["reservedByToken"]] == [label]


def test_summaries_count_what_reports_list(client: Any, hall: dict[str, Any]) -> None:
    reports = client.events.reports
    booked = reports.by_status(key(hall), "booked")
    counted = reports.summary_by_status(key(hall))["booked"]
    assert counted["count"] == len(booked)
    assert counted["bySection"] == Counter(one.section for one in booked)
    deep = reports.deep_summary_by_status(key(hall))["booked"]["bySection"]["Rang"]
    assert deep["count"] == counted["bySection"]["Rang"]
    assert deep["byAvailability"] == {"not_available": deep["count"]}


def test_the_event_itself_can_be_read(client: Any, hall: dict[str, Any]) -> None:
    found = client.events.retrieve(key(hall))
    assert (found.key, found.chart_key, found.name) == (key(hall), hall["chart_key"], hall["name"])
    assert {each.key: each.label for each in found.categories} == {
        str(each["id"]): each["name"] for each in hall["ticket_config"]
    }


def test_the_whole_event_can_be_had_as_a_table(client: Any, studio: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(client.events.reports.flat_list_csv(key(studio)))))
    assert [(row["label"], row["status"]) for row in rows] == [
        (one.label, one.status) for one in everything(client, studio)
    ]


# Best available.


def test_best_available_gives_neighbours_of_the_category_asked_for(client: Any, hall: dict[str, Any]) -> None:
    token = client.hold_tokens.create().hold_token
    category = str(config(hall, "Rang")["id"])
    best = client.events.hold_best_available(key(hall), 3, categories=[category], hold_token=token)
    assert best.next_to_each_other
    seats = [best.objectDetails[label] for label in best.objects]
    assert [one.right_neighbour for one in seats[:-1]] == best.objects[1:]
    assert {(one.category_key, one.hold_token) for one in seats} == {(category, token)}
    again = client.events.hold_best_available(key(hall), 3, categories=[category], hold_token=token)
    assert not set(again.objects) & set(best.objects)


def test_best_available_refuses_what_there_is_not(client: Any, studio: dict[str, Any]) -> None:
    category = str(config(studio, "Rear row")["id"])
    with pytest.raises(BestAvailableObjectsNotFoundException):
        client.events.book_best_available(key(studio), 11, categories=[category])


def test_best_available_gives_a_wheelchair_space_to_whoever_asks_for_one(
    client: Any, hall: dict[str, Any]
) -> None:
    token, wheels = (
        client.hold_tokens.create().hold_token,
        str(config(hall, "Wheelchair space and companion")["id"]),
    )
    best = client.events.change_best_available_object_status(
        key(hall), 2, "reservedByToken", categories=[wheels], hold_token=token, accessible_seats=1
    )
    seats = [best.objectDetails[label] for label in best.objects]
    assert best.next_to_each_other
    assert sorted((one.is_accessible, one.is_companion_seat) for one in seats) == [
        (False, True),
        (True, False),
    ]
    with pytest.raises(BestAvailableObjectsNotFoundException):
        client.events.hold_best_available(key(hall), 2, categories=[wheels], hold_token=token)


# Orders.


def refused(answer: requests.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["errorCode"]) == (400, code), answer.text


def test_an_order_for_a_charted_event_names_as_many_seats_as_tickets(
    ada: Person, client: Any, hall: dict[str, Any]
) -> None:
    rang, side = config(hall, "Rang"), config(hall, "Rang, side")
    first, second = free(client, hall, "Rang", 2)
    refused(ada.order({"quantity": 2, "ticket_config_id": rang["id"]}), "seats_required")
    refused(ada.order(item(rang, first, quantity=2)), "seats_quantity_mismatch")
    refused(ada.order(item(rang, first, second, quantity=1)), "seats_quantity_mismatch")
    refused(ada.order(item(side, first)), "seats_unavailable")
    refused(ada.order(item(rang, "Rang-Z-1")), "seats_unavailable")
    refused(ada.order(item(rang, first, first)), "seats_unavailable")
    assert ada.order(item(rang, first, second)).status_code == 201


def test_held_seats_are_booked_with_the_token_when_the_payment_is_created(
    ada: Person, client: Any, hall: dict[str, Any], control: Callable[..., Any]
) -> None:
    labels = free(client, hall, "Parkett", 2)
    token = client.hold_tokens.create().hold_token
    client.events.hold(key(hall), labels, token)
    order = ada.ordered(item(config(hall, "Parkett"), *labels), hold_token=token)
    assert order["hold_token"] == token
    assert [ticket["seat_id"] for ticket in order["order_item"][0]["ticket"]] == labels
    assert {status(client, hall, label) for label in labels} == {"reservedByToken"}
    payment = ada.payment(order)
    assert payment.status_code == 201
    infos = client.events.retrieve_object_infos(key(hall), labels)
    assert {(one.status, one.order_id) for one in infos.values()} == {("booked", str(order["id"]))}
    assert ada.payment(order).status_code == 201
    control(f"stripe/settle/{payment.json()['data']['payment_intent']['id']}")
    control("clock", advance_seconds=60)
    assert ada.status(order) == "paid"
    assert status(client, hall, labels[0]) == "booked"


def test_without_a_token_free_seats_are_booked_and_held_ones_are_not(
    ada: Person, client: Any, hall: dict[str, Any]
) -> None:
    loose, held = free(client, hall, "Parkett", 2)
    client.events.hold(key(hall), held, client.hold_tokens.create().hold_token)
    parkett = config(hall, "Parkett")
    both = ada.ordered(item(parkett, loose, held))
    refused(ada.payment(both), "seats_unavailable")
    assert ada.status(both) == "draft"
    assert (status(client, hall, loose), status(client, hall, held)) == ("free", "reservedByToken")
    assert ada.payment(ada.ordered(item(parkett, loose))).status_code == 201
    assert status(client, hall, loose) == "booked"


def test_a_hold_that_has_run_out_is_found_at_the_payment(
    ada: Person, client: Any, hall: dict[str, Any], control: Callable[..., Any]
) -> None:
    (label,) = free(client, hall, "Parkett", 1)
    token = client.hold_tokens.create().hold_token
    client.events.hold(key(hall), label, token)
    order = ada.ordered(item(config(hall, "Parkett"), label), hold_token=token)
    control(f"tickethead/hold-tokens/{token}/expire")
    refused(ada.payment(order), "seats_unavailable")
    assert status(client, hall, label) == "free"


def test_somebody_elses_token_books_nothing(ada: Person, client: Any, hall: dict[str, Any]) -> None:
    (label,) = free(client, hall, "Parkett", 1)
    mine, theirs = (client.hold_tokens.create().hold_token for _ in range(2))
    client.events.hold(key(hall), label, theirs)
    order = ada.ordered(item(config(hall, "Parkett"), label), hold_token=mine)
    refused(ada.payment(order), "seats_unavailable")
    assert client.events.retrieve_object_info(key(hall), label).hold_token == theirs


def test_a_closed_payment_window_frees_the_seats(
    ada: Person, client: Any, hall: dict[str, Any], control: Callable[..., Any]
) -> None:
    labels = free(client, hall, "Parkett", 2)
    order = ada.ordered(item(config(hall, "Parkett"), *labels))
    assert ada.payment(order).status_code == 201
    control("clock", advance_seconds=601)
    assert ada.status(order) == "payment_failed"
    assert {status(client, hall, label) for label in labels} == {"free"}


def test_a_refund_frees_the_seats_it_is_for(
    app: Standin, ada: Person, client: Any, hall: dict[str, Any], control: Callable[..., Any]
) -> None:
    first, second = labels = free(client, hall, "Rang", 2)
    order = ada.ordered(item(config(hall, "Rang"), *labels))
    control(f"stripe/settle/{ada.payment(order).json()['data']['payment_intent']['id']}")
    control("clock", advance_seconds=60)
    assert ada.status(order) == "paid"
    office = Person(app, {"username": "lantern-office", "password": "lantern-Office-1"})
    ticket = order["order_item"][0]["ticket"][0]
    answer = office.post(f"{BASE}/event/v1/order/{order['id']}/refund", json={"ticket_ids": [ticket["id"]]})
    assert answer.status_code == 200
    assert (status(client, hall, first), status(client, hall, second)) == ("free", "booked")


def test_a_free_order_is_paid_and_its_seats_are_booked_at_once(
    ada: Person, client: Any, studio: dict[str, Any]
) -> None:
    labels = free(client, studio, "Pupils and students", 2)
    order = ada.ordered(item(config(studio, "Pupils and students"), *labels))
    assert ada.status(order) == "draft"
    assert "payment_intent" not in ada.payment(order).json()["data"]
    assert ada.status(order) == "paid"
    assert {status(client, studio, label) for label in labels} == {"booked"}


def test_a_seat_given_back_and_sold_again_stays_with_the_new_buyer(
    ada: Person, client: Any, hall: dict[str, Any], control: Callable[..., Any]
) -> None:
    (label,) = free(client, hall, "Parkett", 1)
    order = ada.ordered(item(config(hall, "Parkett"), label))
    assert ada.payment(order).status_code == 201
    client.events.release(key(hall), label)
    client.events.book(key(hall), label, order_id="door")
    control("clock", advance_seconds=601)
    assert ada.status(order) == "payment_failed"
    seat = client.events.retrieve_object_info(key(hall), label)
    assert (seat.status, seat.order_id) == ("booked", "door")


# Controls.


def test_the_controls_book_from_outside_and_tell_who_has_what(
    http: requests.Session, client: Any, studio: dict[str, Any], control: Callable[..., Any]
) -> None:
    mine, gone = free(client, studio, "Seat", 2)
    token = client.hold_tokens.create().hold_token
    client.events.hold(key(studio), [mine, gone], token)
    control("tickethead/seats", event=key(studio), seats=gone)
    answer = http.get(f"{ORIGIN}/_standin/tickethead/seats?event={key(studio)}").json()
    taken = {seat["label"]: (seat["status"], seat["hold_token"]) for seat in answer["seats"][key(studio)]}
    assert (taken[mine], taken[gone]) == (("reservedByToken", token), ("booked", None))
    control("tickethead/seats", event=key(studio), seats=f"{mine}, {gone}", status="free")
    assert {status(client, studio, label) for label in (mine, gone)} == {"free"}
    for body in (
        {"seats": "Z-1", "event": key(studio)},
        {"event": key(studio)},
        {"seats": "A-1", "status": "sold"},
    ):
        assert http.post(f"{ORIGIN}/_standin/tickethead/seats", json=body).status_code == 400


def test_a_faster_buyer_can_be_ordered(
    client: Any, studio: dict[str, Any], control: Callable[..., Any]
) -> None:
    first, second = free(client, studio, "Seat", 2)
    token = client.hold_tokens.create().hold_token
    control("faults", world="tickethead", name="seat_taken", where={"event": key(studio)})
    with pytest.raises(SeatsioException) as problem:
        client.events.hold(key(studio), [first, second], token)
    assert code(problem) == "ILLEGAL_STATUS_CHANGE"
    assert (status(client, studio, first), status(client, studio, second)) == ("booked", "free")
    client.events.hold(key(studio), second, token)


def test_sold_seats_are_still_sold_after_a_restart(
    client: Any, studio: dict[str, Any], tmp_path: Path, http: requests.Session
) -> None:
    before = {one.label: one.status for one in everything(client, studio)}
    (label,) = free(client, studio, "Seat", 1)
    client.events.book(key(studio), label)
    http.mount(ORIGIN, StandinAdapter(make_app(str(tmp_path / "standin.sqlite3"), ORIGIN)))
    rows = http.get(f"{BASE}/seatsio/reports/events/{key(studio)}").json()
    assert {row["label"]: row["status"] for row in rows} == before | {label: "booked"}


def test_a_reset_frees_every_seat_that_was_sold_since(
    client: Any, studio: dict[str, Any], control: Callable[..., Any]
) -> None:
    before = {one.label: one.status for one in everything(client, studio)}
    first, second = free(client, studio, "Seat", 2)
    token = client.hold_tokens.create().hold_token
    client.events.hold(key(studio), first, token)
    client.events.book(key(studio), second)
    control("reset", world="tickethead")
    assert {one.label: one.status for one in everything(client, studio)} == before
    with pytest.raises(SeatsioException):
        client.hold_tokens.retrieve(token)


def test_a_state_from_before_there_were_seats_gets_them(
    app: Standin, http: requests.Session, studio: dict[str, Any], tmp_path: Path
) -> None:
    with app.env.store.write() as connection:
        connection.execute("DELETE FROM th_chart_seats")
    url = f"{BASE}/seatsio/reports/events/{key(studio)}"
    assert http.get(url).status_code == 404
    http.mount(ORIGIN, StandinAdapter(make_app(str(tmp_path / "standin.sqlite3"), ORIGIN)))
    assert len(http.get(url).json()) == 60
