"""House plans in the admin: given as a file or text, looked at, saved, compared; a venue's people see their own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from catalog import house_plan_forms, house_plans, versions
from catalog.models import Event, HousePlan, Venue
from shop import clock, roles
from shop.providers.errors import Unavailable
from shop.providers.types import Availability, SeatArea
from tests.catalog.test_house_plan_start import area
from tests.factories_catalog import Season, account, instance, on_sale, venue
from tests.shop.walk import inline

pytestmark = pytest.mark.django_db

ADD = "admin:catalog_houseplan_add"
PLAN = json.dumps({"areas": [
    {"name": "Stalls", "rows": [{"name": "A", "seats": "1-4", "from": [0, 0], "to": [30, 0], "bend": 3}]}]})  # fmt: skip
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg"><g data-area="Stalls" data-row="A">'
    '<circle data-seat="1" cx="5" cy="5"/><circle data-seat="2" cx="15" cy="5"/></g></svg>'
)


@pytest.fixture(autouse=True)
def _roles(season: Season, db: None) -> None:
    from django.apps import apps

    roles.keep_roles(apps.get_app_config("checkout"))


@pytest.fixture
def house() -> Venue:
    return venue("Mine", account=account("west-end"))


@pytest.fixture
def other() -> Venue:
    return venue("Theirs", account=account("west-end"))


@pytest.fixture
def vera(house: Venue) -> Client:
    user = get_user_model().objects.create_user("vera", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=roles.VENUE_STAFF))
    house.staff.add(user)
    client = Client()
    client.force_login(user)
    return client


def saved(of: Venue, text: str = PLAN) -> HousePlan:
    found = house_plans.as_json(house_plans.parse(text))
    return HousePlan.objects.create(
        venue=of, source=text, kind=house_plans.kind_of(text), drawing=found,
        content_hash=house_plans.fingerprint(found), changed_at=clock.now(),
    )  # fmt: skip


def change(plan: HousePlan, what: str = "change") -> str:
    return reverse(f"admin:catalog_houseplan_{what}", args=[plan.pk])


def names(season: Season, event: Event, *areas: SeatArea) -> int:
    """The box office names these for the event's first date."""
    date = event.instances.order_by("starts_at")[0]
    season.offers[date.provider_ref] = Availability(date.provider_ref, clock.now(), areas=areas)
    return int(date.pk)


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return str(response.content.decode())


# --- giving a plan --------------------------------------------------------------------------------------------


def test_a_pasted_plan_is_saved_as_given_and_read(vera: Client, house: Venue) -> None:
    before = versions.current()
    assert vera.post(reverse(ADD), {"venue": house.pk, "source": PLAN}).status_code == 302
    row = HousePlan.objects.get()
    assert (row.venue, row.source, row.kind) == (house, PLAN, "json")
    found = house_plans.drawing_of(house.pk)
    assert found == house_plans.parse(PLAN)
    versions.forget()
    assert versions.current() > before
    assert LogEntry.objects.filter(object_id=str(row.pk)).exists()


@pytest.mark.parametrize(
    "raw",
    [SVG.encode(), b"\xef\xbb\xbf" + SVG.encode(), SVG.encode("utf-16")],
    ids=["utf-8", "bom", "utf-16"],
)
def test_a_file_is_saved(vera: Client, house: Venue, raw: bytes) -> None:
    file = SimpleUploadedFile("house.svg", raw)
    assert vera.post(reverse(ADD), {"venue": house.pk, "source": "", "file": file}).status_code == 302
    row = HousePlan.objects.get()
    assert (row.kind, row.source) == ("svg", SVG)


def test_lines_of_a_browser_are_lines_of_ours(vera: Client, house: Venue) -> None:
    vera.post(reverse(ADD), {"venue": house.pk, "source": PLAN.replace(",", ",\r\n")})
    assert HousePlan.objects.get().source == PLAN.replace(",", ",\n")


def test_what_is_wrong_is_said_and_what_was_typed_is_still_there(vera: Client, house: Venue) -> None:
    typed = PLAN.replace('"1-4"', '"1-"') + " "
    page = text(vera.post(reverse(ADD), {"venue": house.pk, "source": typed}))
    assert "“1-” is no range of numbers" in page
    assert not HousePlan.objects.exists()
    assert "errornote" in page
    page = text(vera.post(reverse(ADD), {"venue": house.pk, "source": PLAN.replace("bend", "bent")}))
    assert "Area “Stalls”, row “A”: “bent” is not known there" in page
    assert "&quot;bent&quot;: 3" in page


def test_a_file_that_cannot_be_read_comes_back_as_text_to_be_corrected(vera: Client, house: Venue) -> None:
    file = SimpleUploadedFile("house.json", PLAN.replace("bend", "bent").encode())
    page = text(vera.post(reverse(ADD), {"venue": house.pk, "source": "", "file": file}))
    assert "is not known there" in page
    assert "&quot;bent&quot;: 3" in page
    assert not HousePlan.objects.exists()


@pytest.mark.parametrize("raw", [b"\xff\x00\x12", b"\x89PNG\r\n\x1a\n\x00\x00", b'{"a\x00": 1}'])
def test_a_file_that_is_no_text_is_refused(vera: Client, house: Venue, raw: bytes) -> None:
    file = SimpleUploadedFile("house.json", raw)
    assert "The file is no text" in text(
        vera.post(reverse(ADD), {"venue": house.pk, "source": "", "file": file})
    )


def test_a_file_of_three_megabytes_is_refused(vera: Client, house: Venue) -> None:
    file = SimpleUploadedFile("house.json", PLAN.encode() + b" " * 3 * 1024 * 1024)
    assert "at most 2 MB" in text(vera.post(reverse(ADD), {"venue": house.pk, "source": "", "file": file}))


def test_a_file_beside_another_text_asks_which_of_both(vera: Client, house: Venue) -> None:
    plan = saved(house)
    file = SimpleUploadedFile("house.svg", SVG.encode())
    typed = PLAN.replace('"1-4"', '"1-5"')
    page = text(vera.post(change(plan), {"source": typed, "file": file}))
    assert "Empty the text to take the file" in page
    assert "&quot;1-5&quot;" in page
    file = SimpleUploadedFile("house.svg", SVG.encode())
    assert vera.post(change(plan), {"source": PLAN, "file": file}).status_code == 302, (
        "that text was there before"
    )
    assert HousePlan.objects.get().source == SVG


def test_a_plan_that_is_too_long_for_the_field_is_kept_by_leaving_it_empty(
    vera: Client, house: Venue
) -> None:
    long = PLAN + " " * house_plan_forms.LONGEST_TEXT
    plan = saved(house, long)
    page = text(vera.get(change(plan)))
    assert "Leave it empty to keep the plan" in page
    assert "&quot;Stalls&quot;" not in page
    assert vera.post(change(plan), {"source": ""}).status_code == 302
    assert HousePlan.objects.get().source == long


def test_emptying_the_field_is_no_plan(vera: Client, house: Venue) -> None:
    plan = saved(house)
    assert "There is nothing in it" in text(vera.post(change(plan), {"source": ""}))
    assert HousePlan.objects.get().source == PLAN


def test_one_looks_at_a_plan_before_it_is_saved(vera: Client, house: Venue) -> None:
    page = text(vera.post(reverse(ADD), {"venue": house.pk, "source": PLAN, "_look": "1"}))
    assert "Plan of Mine: 4 seats" in page
    assert "nothing in it" in text(vera.post(reverse(ADD), {"venue": house.pk, "source": "", "_look": "1"}))
    assert not HousePlan.objects.exists()
    plan = saved(house)
    page = text(vera.post(change(plan), {"source": SVG, "_look": "1"}))
    assert "How it looks: not saved yet" in page
    assert "Plan of Mine: 2 seats" in page
    assert "data-seat=&quot;2&quot;" in page
    assert HousePlan.objects.get().source == PLAN
    assert "not saved yet" not in text(vera.get(change(plan)))


def test_pages_carry_no_script_or_style_of_their_own(vera: Client, house: Venue, season: Season) -> None:
    evil = PLAN.replace("Stalls", "<script>alert(1)</script>")
    plan = saved(house, evil)
    pk = names(season, on_sale(venue=house), area("<b onclick=x>", A=[("1", 0)]))
    for response in (vera.get(change(plan)), vera.post(change(plan, "compare"), {"date": pk})):
        page = text(response)
        assert inline(page) == []
        assert "<script>alert" not in page
        assert "<b onclick" not in page


def test_what_was_given_is_downloaded_as_plain_text(vera: Client, house: Venue) -> None:
    response = vera.get(change(saved(house, SVG), "source"))
    assert text(response) == SVG
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="{house.slug}.svg"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_deleted_plan_is_gone_for_buyers(vera: Client, house: Venue) -> None:
    plan = saved(house)
    assert house_plans.drawing_of(house.pk) is not None
    assert vera.post(change(plan, "delete"), {"post": "yes"}).status_code == 302
    assert house_plans.drawing_of(house.pk) is None


# --- whose it is ----------------------------------------------------------------------------------------------


def test_the_venues_page_leads_to_its_plan(vera: Client, house: Venue) -> None:
    there = reverse("admin:catalog_venue_change", args=[house.pk])
    assert f"{reverse(ADD)}?venue={house.pk}" in text(vera.get(there))
    page = text(vera.get(f"{reverse(ADD)}?venue={house.pk}"))
    assert f'<option value="{house.pk}" selected>' in page
    plan = saved(house)
    assert change(plan) in text(vera.get(there))


def test_another_venues_plan_answers_404_at_every_address(vera: Client, other: Venue, season: Season) -> None:
    plan = saved(other)
    date = on_sale(venue=other).instances.get()
    for what in ("change", "history", "delete", "source", "compare", "rows"):
        assert vera.get(change(plan, what)).status_code == 404, what
        assert (
            vera.post(change(plan, what), {"date": date.pk, "source": SVG, "post": "yes"}).status_code == 404
        ), what
    assert vera.post(change(plan), {"source": SVG, "_look": "1"}).status_code == 404
    assert vera.post(reverse("admin:catalog_houseplan_start"), {"date": date.pk}).status_code == 404
    assert HousePlan.objects.get().source == PLAN
    assert season.asked == []
    assert "Theirs" not in text(vera.get(reverse("admin:catalog_houseplan_changelist")))


def test_nobody_draws_for_another_venue(vera: Client, house: Venue, other: Venue) -> None:
    page = text(vera.post(reverse(ADD), {"venue": other.pk, "source": PLAN}))
    assert "Select a valid choice" in page
    assert "Theirs" not in page
    assert not HousePlan.objects.exists()


def test_a_plan_stays_with_its_venue_and_there_is_one(vera: Client, house: Venue, other: Venue) -> None:
    plan = saved(house)
    vera.post(change(plan), {"venue": other.pk, "source": SVG})
    assert HousePlan.objects.get().venue == house
    page = text(vera.post(reverse(ADD), {"venue": house.pk, "source": PLAN}))
    assert "Select a valid choice" in page


def test_a_date_of_another_venue_is_not_asked_for(
    vera: Client, house: Venue, other: Venue, season: Season
) -> None:
    plan = saved(house)
    pk = names(season, on_sale(venue=other), area("Stalls", A=[("1", 0)]))
    assert vera.post(change(plan, "compare"), {"date": pk}).status_code == 404
    for said in ("", "x", "9" * 30, "²"):
        assert vera.post(change(plan, "compare"), {"date": said}).status_code == 404
    assert season.asked == []


# --- the box office -------------------------------------------------------------------------------------------


def test_opening_pages_asks_nobody_and_a_button_must_be_pressed(
    vera: Client, house: Venue, season: Season
) -> None:
    plan = saved(house)
    on_sale(venue=house)
    for path in (reverse("admin:catalog_houseplan_changelist"), change(plan), reverse(ADD)):
        assert vera.get(path).status_code == 200
    for path in (change(plan, "compare"), reverse("admin:catalog_houseplan_start")):
        assert vera.get(path).status_code == 405
    assert season.asked == []


def test_comparing_says_what_fits_and_what_does_not(vera: Client, house: Venue, season: Season) -> None:
    plan = saved(house)
    event = on_sale("The Paper Lantern", venue=house)
    pk = names(season, event, area("STALLS", A=[("01", 0), ("2", 1), ("9", 8)]), area("Roof", B=[("7", 0)]))
    page = text(vera.post(change(plan, "compare"), {"date": pk}))
    assert "2 of 4 free seats have their place on the plan" in page
    assert "STALLS, row A: 9" in page
    assert "Roof, row B: 7" in page
    assert "Stalls, row A: 3, 4" in page
    assert "The Paper Lantern" in page
    names(season, event, area("Stalls", A=[("1", 0), ("2", 1), ("3", 2)]))
    from catalog import kept

    kept.drop(pk)
    assert "All 3 free seats have their place" in text(vera.post(change(plan, "compare"), {"date": pk}))


def test_several_dates_are_compared_at_once(vera: Client, house: Venue, season: Season) -> None:
    plan = saved(house)
    event = on_sale(venue=house, dates=4)
    dates = list(event.instances.order_by("starts_at"))
    for n, date in enumerate(dates, start=1):
        areas = (area("Stalls", A=[(str(n), n)]),)
        season.offers[date.provider_ref] = Availability(date.provider_ref, clock.now(), areas=areas)
    page = text(vera.post(change(plan, "compare"), {"date": dates[0].pk, "many": "3"}))
    assert [ref for _what, ref in season.asked] == [date.provider_ref for date in dates[:3]]
    assert "All 3 free seats" in page
    assert "Stalls, row A: 4" in page


def test_a_box_office_that_does_not_answer_is_told_and_nothing_is_lost(
    vera: Client, house: Venue, season: Season
) -> None:
    plan = saved(house)
    pk = names(season, on_sale(venue=house), area("Stalls", A=[("1", 0)]))
    season.down = Unavailable("gone fishing", account="west-end")
    response = vera.post(change(plan, "compare"), {"date": pk}, follow=True)
    assert "The box office was asked and gave no seats" in text(response)
    assert response.redirect_chain[-1][0] == change(plan)
    response = vera.post(reverse("admin:catalog_houseplan_start"), {"date": pk, "plan": plan.pk}, follow=True)
    assert response.redirect_chain[-1][0] == change(plan)


def test_a_date_without_named_seats_is_told(vera: Client, house: Venue) -> None:
    plan = saved(house)
    pk = on_sale(venue=house).instances.get().pk
    response = vera.post(change(plan, "compare"), {"date": pk}, follow=True)
    assert "names no seats for this date" in text(response)


def test_a_first_plan_is_put_into_the_form_and_saved_by_its_own_button(
    vera: Client, house: Venue, season: Season
) -> None:
    pk = names(season, on_sale(venue=house), area("Stalls", A=[("1", 0), ("4", 3)], B=[("2", 0), ("3", 1)]))
    response = vera.post(reverse("admin:catalog_houseplan_start"), {"date": pk})
    page = text(response)
    assert "Plan of Mine: 6 seats" in page
    assert f'action="{reverse(ADD)}"' in page
    assert f'<option value="{house.pk}" selected>' in page
    assert not HousePlan.objects.exists()
    written = response.context["adminform"].form["source"].value()
    assert vera.post(reverse(ADD), {"venue": house.pk, "source": written}).status_code == 302
    drawing = house_plans.drawing_of(house.pk)
    assert drawing is not None
    assert [(seat.row, seat.number) for seat in drawing.seats] == [
        ("A", "1"), ("A", "2"), ("A", "3"), ("A", "4"), ("B", "2"), ("B", "3"),
    ]  # fmt: skip


def test_drawing_anew_leaves_the_saved_plan_alone(vera: Client, house: Venue, season: Season) -> None:
    plan = saved(house)
    pk = names(season, on_sale(venue=house), area("Pit", A=[("1", 0)]))
    page = text(vera.post(reverse("admin:catalog_houseplan_start"), {"date": pk, "plan": plan.pk}))
    assert f'action="{change(plan)}"' in page
    assert "&quot;Pit&quot;" in page
    assert HousePlan.objects.get().source == PLAN


def test_dates_of_ones_own_houses_without_a_plan_are_offered_for_a_first_one(
    vera: Client, house: Venue, other: Venue
) -> None:
    mine, theirs = on_sale("My play", venue=house), on_sale("Their play", venue=other)
    page = text(vera.get(reverse(ADD)))
    assert "My play" in page
    assert "Their play" not in page
    assert theirs.title not in page
    saved(house)
    assert mine.title not in text(vera.get(reverse(ADD)))


def test_the_list_costs_the_same_however_long_it_is(django_assert_max_num_queries: Any) -> None:
    boss = Client()
    boss.force_login(get_user_model().objects.create_superuser("boss", password="x"))
    for n in range(15):
        row = venue(f"House {n}")
        saved(row)
        instance(on_sale(venue=row))
    with django_assert_max_num_queries(12) as asked:
        assert "House 14" in text(boss.get(reverse("admin:catalog_houseplan_changelist")))
    assert not any('"drawing"' in one["sql"] or '"source"' in one["sql"] for one in asked.captured_queries)


def test_whoever_may_only_look_sees_the_plan_and_no_buttons(house: Venue, season: Season) -> None:
    from django.contrib.auth.models import Permission

    user = get_user_model().objects.create_user("wim", password="x", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_houseplan"))
    house.staff.add(user)
    wim = Client()
    wim.force_login(user)
    plan, date = saved(house), on_sale(venue=house).instances.get()
    page = text(wim.get(change(plan)))
    assert "Plan of Mine: 4 seats" in page
    for button in ("_look", "Compare with the box office", "Rows as a table", "id_source"):
        assert button not in page
    assert wim.post(change(plan), {"source": SVG}).status_code == 403
    assert wim.post(change(plan), {"source": SVG, "_look": "1"}).status_code == 403
    for path in (change(plan, "compare"), change(plan, "rows"), reverse("admin:catalog_houseplan_start")):
        assert wim.post(path, {"date": date.pk}).status_code == 404
    assert (HousePlan.objects.get().source, season.asked) == (PLAN, [])
