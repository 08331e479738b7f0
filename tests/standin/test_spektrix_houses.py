"""The drawn houses of the imitated Spektrix: where seats are, what is written on them, what everybody else sees.

From "Adding Items to the Basket" (seat status A, U, I; an authorised call returns richer information), v3 help (status,
lock information by lock type), and the sibling contract's seating plans (row, number, x, y).
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import hypot
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.standin.spektrix_caller import Visitor
from tests.standin.spektrix_signer import Signer

CHILDREN = {"includeChildPlans": "true"}


@pytest.fixture
def rooms(quay: Visitor) -> Visitor:
    """The public of the venue that agents sell."""
    return Visitor(quay.app, client="saltmarsh")


@pytest.fixture
def agent(rooms: Visitor) -> Signer:
    return Signer(rooms, "foyer-agent")


def tiers(rooms: Visitor) -> dict[str, list[dict[str, Any]]]:
    """Seats of the opera house by tier, front tier first."""
    house = next(plan for plan in rooms.get("plans") if plan["name"] == "Opera House")
    return {area["name"]: area["seats"] for area in house["areas"]}


def numbered(seats: list[dict[str, Any]], row: str, number: int) -> dict[str, Any]:
    return next(seat for seat in seats if (seat["row"], seat["number"]) == (row, number))


def named(instance: dict[str, Any], rooms: Visitor) -> dict[str, str]:
    """Id of a seat -> its tier, row and number, e.g. "Stalls V35"."""
    plan = rooms.get(f"instances/{instance['id']}/plan")
    areas = plan.get("areas", [plan])
    return {
        seat["id"]: f"{area['name']} {seat['row']}{seat['number']}"
        for area in areas
        for seat in area["seats"]
    }


def signed_detail(agent: Signer, rooms: Visitor, instance: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What an agent is told of each seat, by tier, row and number."""
    names = named(instance, rooms)
    found = agent.get(f"instances/{instance['id']}/status/detail?includeChildPlans=true")
    return {names[seat]: entry for seat, entry in found.items()}


# The drawing


def test_the_opera_house_has_1500_seats_on_four_tiers(rooms: Visitor) -> None:
    sizes = {name: len(seats) for name, seats in tiers(rooms).items()}
    assert sizes == {"Stalls": 640, "Dress Circle": 380, "Upper Circle": 300, "Gallery": 180}
    assert len({seat["id"] for seats in tiers(rooms).values() for seat in seats}) == 1500


def test_the_tiers_lie_behind_one_another_in_one_frame_and_do_not_overlap(rooms: Visitor) -> None:
    levels = list(tiers(rooms).values())
    for front, behind in pairwise(levels):
        assert max(seat["y"] for seat in front) + 24 < min(seat["y"] for seat in behind)
    assert all(seat["x"] > 0 and seat["y"] > 0 for seats in levels for seat in seats)


def test_no_two_seats_of_the_house_are_drawn_on_top_of_each_other(rooms: Visitor) -> None:
    points = sorted((seat["x"], seat["y"]) for seats in tiers(rooms).values() for seat in seats)
    near = min(
        hypot(x - other_x, y - other_y)
        for place, (x, y) in enumerate(points)
        for other_x, other_y in points[place + 1 : place + 120]
    )
    assert near > 20


def test_rows_are_curves_whose_ends_come_nearer_to_the_stage(rooms: Visitor) -> None:
    for seats in tiers(rooms).values():
        for row in {seat["row"] for seat in seats}:
            across = sorted((seat for seat in seats if seat["row"] == row), key=lambda seat: seat["x"])
            middle = across[len(across) // 2]
            assert across[0]["y"] < middle["y"] - 10
            assert across[0]["y"] == pytest.approx(across[-1]["y"], abs=0.2)


def test_odd_numbers_sit_left_of_the_middle_aisle_of_the_stalls_and_even_ones_right(rooms: Visitor) -> None:
    stalls = tiers(rooms)["Stalls"]
    across = sorted((seat for seat in stalls if seat["row"] == "F"), key=lambda seat: seat["x"])
    numbers = [seat["number"] for seat in across]
    assert numbers == [*range(27, 0, -2), *range(2, 29, 2)]
    assert numbered(stalls, "F", 2)["x"] - numbered(stalls, "F", 1)["x"] > 40, "an aisle lies between"
    assert numbered(stalls, "F", 1)["x"] - numbered(stalls, "F", 3)["x"] < 26, "neighbours"


def test_numbers_run_from_the_left_with_two_aisles_in_the_dress_circle(rooms: Visitor) -> None:
    circle = tiers(rooms)["Dress Circle"]
    across = sorted((seat for seat in circle if seat["row"] == "A"), key=lambda seat: seat["x"])
    assert [seat["number"] for seat in across] == list(range(1, 35))
    wide = [
        left["number"]
        for left, right in pairwise(across)
        if hypot(right["x"] - left["x"], right["y"] - left["y"]) > 40
    ]
    assert wide == [9, 25]


def test_row_names_repeat_from_tier_to_tier_and_no_row_is_called_i_or_o(rooms: Visitor) -> None:
    rows = {name: {seat["row"] for seat in seats} for name, seats in tiers(rooms).items()}
    assert len(rows["Stalls"]) == 20
    assert set.union(*rows.values()) & {"I", "O"} == set()
    assert rows["Gallery"] < rows["Stalls"]


def test_every_tier_has_seats_of_several_prices(rooms: Visitor) -> None:
    instance = rooms.instances("The Drowned Bell")[0]
    detail = rooms.get(f"instances/{instance['id']}/status/detail", **CHILDREN)
    prices = rooms.get(f"instances/{instance['id']}/price-list")["prices"]
    cost = {p["priceBand"]["id"]: p["amount"] for p in prices if p["isBandDefault"]}
    for seats in tiers(rooms).values():
        assert len({cost[detail[seat["id"]]["band"]] for seat in seats}) >= 2
    assert len(set(cost.values())) == 5


# The studios


@pytest.mark.parametrize(
    ("client", "name", "plan"),
    [("saltmarsh", "Small Boats", "Sail Studio"), ("thornfield", "Bobbin and Thread", "Spindle Studio")],
)
def test_a_studio_has_sixty_seats_and_no_areas(quay: Visitor, client: str, name: str, plan: str) -> None:
    visitor = Visitor(quay.app, client=client)
    instances = visitor.instances(name)
    assert 4 <= len(instances) <= 12
    found = visitor.get(f"instances/{instances[0]['id']}/plan")
    assert (found["name"], found["type"], "areas" in found) == (plan, "Reserved", False)
    assert len({seat["id"] for seat in found["seats"]}) == 60
    bands = {entry["band"] for entry in visitor.get(f"instances/{instances[0]['id']}/status/detail").values()}
    assert len(bands) == 2


# What is on sale, and what is gone


@pytest.mark.parametrize("name", ["The Drowned Bell", "A Thousand Lanterns"])
def test_about_three_seats_of_ten_of_every_evening_are_gone(rooms: Visitor, name: str) -> None:
    instances = rooms.instances(name)
    assert len(instances) >= 5
    taken = [rooms.seats(instance, "U") for instance in instances]
    assert all(0.22 <= len(seats) / 1500 <= 0.4 for seats in taken)
    assert len({tuple(sorted(seats)) for seats in taken}) == len(taken), "other seats every evening"
    assert taken == [rooms.seats(instance, "U") for instance in instances], "and the same when asked again"


def test_the_new_events_have_drawn_posters(rooms: Visitor, thornfield: Visitor) -> None:
    for visitor, name in ((rooms, "Whisper Gallery"), (thornfield, "Lullabies for Grown Men")):
        picture = visitor.http.get(visitor.event(name)["imageUrl"])
        assert picture.ok
        assert "svg" in picture.headers["Content-Type"]


# What is written on a seat


def test_an_agent_is_told_which_seats_are_for_wheelchairs_and_for_their_companions(
    rooms: Visitor, agent: Signer
) -> None:
    instance = rooms.instances("The Drowned Bell")[0]
    detail = signed_detail(agent, rooms, instance)
    locks = Counter(entry["lockType"] for entry in detail.values())
    assert (locks["Wheelchair space"], locks["Companion seat"]) == (6, 6)
    places = named(instance, rooms)
    where = {places[seat["id"]]: (seat["x"], seat["y"]) for seats in tiers(rooms).values() for seat in seats}
    for name, entry in detail.items():
        if entry["lockType"] == "Companion seat":
            tier = name.rpartition(" ")[0]
            space = f"{tier} {entry['information'].removeprefix('For the companion of ')}"
            assert detail[space]["lockType"] == "Wheelchair space"
            (x, y), (other_x, other_y) = where[name], where[space]
            assert hypot(x - other_x, y - other_y) < 26, "beside it"


def test_an_agent_reads_step_free_and_restricted_view_as_seat_information(
    rooms: Visitor, agent: Signer
) -> None:
    detail = signed_detail(agent, rooms, rooms.instances("The Drowned Bell")[0])
    assert detail["Stalls L1"]["information"] == "Step-free aisle seat"
    assert detail["Upper Circle A10"]["information"].startswith("Restricted view: ")
    assert (detail["Stalls F1"]["information"], detail["Stalls F1"]["lockType"]) == ("", None)
    for entry in detail.values():
        informed = entry["information"] or entry["lockType"] in {"Wheelchair space", "Companion seat"}
        assert entry["status"] in ({"U", "I"} if informed else {"U", "A"})


def test_everybody_else_sees_that_there_is_information_but_not_which(rooms: Visitor) -> None:
    instance = rooms.instances("The Drowned Bell")[0]
    names = named(instance, rooms)
    detail = rooms.get(f"instances/{instance['id']}/status/detail", **CHILDREN)
    assert {frozenset(entry) for entry in detail.values()} == {frozenset({"band", "status"})}
    assert {entry["status"] for entry in detail.values()} == {"A", "U", "I"}
    noted = {names[seat] for seat, entry in detail.items() if entry["status"] == "I"}
    assert {name.split()[0] for name in noted} == {"Stalls", "Dress", "Upper", "Gallery"}


def test_the_hosted_page_says_at_each_seat_what_is_written_on_it(rooms: Visitor) -> None:
    instance = rooms.instances("Whisper Gallery")[0]
    ids = {name: seat for seat, name in named(instance, rooms).items()}
    free = [ids[f"Sail Studio {name}"] for name in ("A1", "A2", "B5", "E6")]
    rooms.control(f"/spektrix/saltmarsh/instances/{instance['id']}", {"only_free": free})
    page = rooms.page("ChooseSeats.aspx", EventInstanceId=instance["id"].partition("A")[0])
    boxes = BeautifulSoup(page.text, "html.parser").select("input[name=seat]")
    assert [box["aria-label"] for box in boxes] == [
        "Sail Studio A1, Wheelchair space",
        "Sail Studio A2, Companion seat, For the companion of A1",
        "Sail Studio B5",
        "Sail Studio E6, Restricted view: beside the lighting desk",
    ]


def test_the_hosted_page_names_the_price_band_of_each_part_of_a_row(rooms: Visitor) -> None:
    instance = rooms.instances("The Drowned Bell")[0]
    page = rooms.page("ChooseSeats.aspx", EventInstanceId=instance["id"].partition("A")[0])
    stalls = BeautifulSoup(page.text, "html.parser").select("fieldset.SeatingArea")[0]
    row = [one.get_text() for one in stalls.select(".row > b") if one.get_text().endswith("row F")]
    assert row == ["Band A: row F", "Premium: row F", "Band A: row F"]


def test_the_status_counts_companion_seats_as_a_lock_of_their_own(rooms: Visitor, agent: Signer) -> None:
    instance = rooms.instances("The Drowned Bell")[0]
    detail = signed_detail(agent, rooms, instance)
    free = Counter(entry["lockType"] for entry in detail.values() if entry["status"] != "U")
    status = rooms.get(
        f"instances/{instance['id']}/status", includeChildPlans="true", includeLockInformation="true"
    )
    locks = {each["lockType"]["name"]: each["quantity"] for each in status["lockInfoAvailable"]}
    assert locks == {name: free[name] for name in ("Wheelchair space", "Companion seat")}
    assert status["wheelchairAvailable"] == free["Wheelchair space"]
    assert status["available"] == sum(free.values()) - free["Agency allocation"]


def test_a_companion_seat_is_sold_by_its_id_and_never_picked_as_best(rooms: Visitor, agent: Signer) -> None:
    instance = rooms.instances("Whisper Gallery")[0]
    names = named(instance, rooms)
    ids = {name: seat for seat, name in names.items()}
    pair = [ids["Sail Studio A1"], ids["Sail Studio A2"]]
    number = instance["id"]
    rooms.control(f"/spektrix/saltmarsh/instances/{number}", {"only_free": [*pair, ids["Sail Studio B5"]]})
    best = rooms.post("basket/tickets/best-available", {"instance": number, "quantity": 2})
    assert best.status_code == 400, "one ordinary seat is left"
    kind = rooms.type(instance)
    rows = [{"instance": number, "seat": seat, "type": kind} for seat in pair]
    tickets = agent.call(
        "POST", f"baskets/{agent.call('POST', 'baskets', {}).json()['id']}/tickets", rows
    ).json()
    assert [ticket["seatName"] for ticket in tickets] == ["A1", "A2"]


# The control


def test_a_control_empties_the_house_but_for_the_seats_it_names(rooms: Visitor) -> None:
    instance = rooms.instances("The Drowned Bell")[0]
    stalls = tiers(rooms)["Stalls"]
    left = {numbered(stalls, "F", 3)["id"], numbered(stalls, "F", 5)["id"]}
    path = f"/spektrix/saltmarsh/instances/{instance['id']}"
    rooms.control(path, {"only_free": sorted(left)})
    assert set(rooms.seats(instance)) == left
    assert rooms.get(f"instances/{instance['id']}/status", **CHILDREN)["available"] == 2
    rooms.control(path, {"only_free": None})
    assert len(rooms.seats(instance)) > 800
    refused = rooms.http.post(f"http://stand-in.test/_standin{path}", json={"only_free": "all"})
    assert refused.status_code == 400
