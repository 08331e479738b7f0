"""The catalogue's admin: a venue's people see and change their own venue, and nothing of anybody else's."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from catalog import refresh, tasks, versions
from catalog.admin_events import EventForm
from catalog.models import (
    CatalogVersion,
    Event,
    Instance,
    LeftOut,
    PageText,
    ProviderAccount,
    RefreshRun,
    Venue,
)  # fmt: skip
from shop import clock, roles
from shop.providers.errors import Unavailable
from tests.factories_catalog import (
    Season,
    account,
    event,
    event_info,
    instance,
    instance_info,
    on_sale,
    venue,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _roles(season: Season, db: None) -> None:
    from django.apps import apps

    roles.keep_roles(apps.get_app_config("checkout"))


def sign_in(*venues: Venue, superuser: bool = False) -> Client:
    name = f"user{get_user_model().objects.count()}"
    user = get_user_model().objects.create_user(name, password="x", is_staff=True, is_superuser=superuser)
    user.groups.add(Group.objects.get(name=roles.VENUE_STAFF))
    for one in venues:
        one.staff.add(user)
    client = Client()
    client.force_login(user)
    return client


class Houses:
    """Two houses of one account, each with an event; a third house is an account of its own."""

    def __init__(self) -> None:
        shared = account("west-end")
        self.mine, self.theirs = venue("Mine", account=shared), venue("Theirs", account=shared)
        self.event, self.other = on_sale("My play", venue=self.mine), on_sale("Their play", venue=self.theirs)
        self.date, self.other_date = self.event.instances.get(), self.other.instances.get()
        self.account = shared
        self.arena = account("arena", kind="tickethead")
        self.alone = venue("Alone", account=self.arena)
        self.run = RefreshRun.objects.create(account=shared, trigger="beat", started_at=clock.now())
        self.left_out = LeftOut.objects.create(run=self.run, what="event", ref="9", reason="no name")
        self.arena_run = RefreshRun.objects.create(account=self.arena, trigger="beat", started_at=clock.now())
        self.arena_left_out = LeftOut.objects.create(
            run=self.arena_run, what="event", ref="8", reason="no venue"
        )


@pytest.fixture
def houses() -> Houses:
    return Houses()


def change(row: object) -> str:
    return reverse(f"admin:catalog_{row._meta.model_name}_change", args=[row.pk])  # type: ignore[attr-defined]


def listing(model: str) -> str:
    return reverse(f"admin:catalog_{model}_changelist")


OWN_EVENT = {
    "own_title": "Lantern night", "own_text": "Ours", "own_image_alt": "", "stop_reason": "", "position": "3",
    "access_marks": ["signed"],
}  # fmt: skip


# --- who sees what ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["venue", "event", "instance"])
def test_a_venues_people_see_their_own_rows_only(houses: Houses, model: str) -> None:
    vera = sign_in(houses.mine)
    mine = {"venue": houses.mine, "event": houses.event, "instance": houses.date}[model]
    theirs = {"venue": houses.theirs, "event": houses.other, "instance": houses.other_date}[model]
    text = vera.get(listing(model)).content.decode()
    assert change(mine) in text
    assert change(theirs) not in text
    assert "Their" not in text, "not in a filter either"
    assert vera.get(change(mine)).status_code == 200
    for path in (
        change(theirs),
        change(theirs).replace("change", "history"),
        change(theirs).replace("change", "delete"),
    ):
        assert vera.get(path).status_code in (403, 404)
    assert vera.get(change(theirs)).status_code == 404
    assert vera.post(change(theirs), OWN_EVENT).status_code == 404


def test_every_button_of_anothers_event_answers_404(houses: Houses) -> None:
    vera = sign_in(houses.mine)
    for name in ("preview", "refresh"):
        path = reverse(f"admin:catalog_event_{name}", args=[houses.other.pk])
        assert vera.get(path).status_code == 404
        assert vera.post(path).status_code == 404
    for name in ("test", "refresh"):
        path = reverse(f"admin:catalog_provideraccount_{name}", args=[houses.arena.pk])
        assert vera.post(path).status_code == 404


@pytest.mark.parametrize("action", ["stop_sale", "resume_sale", "hide", "show", "refresh_now"])
def test_an_action_reaches_ones_own_events_only(
    houses: Houses, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(tasks.refresh_event, "delay", asked.append)
    Event.objects.update(stop_sale=action == "resume_sale", hidden=action == "show")
    before = Event.objects.filter(pk=houses.other.pk).values().get()
    chosen = [houses.event.pk, houses.other.pk]
    sign_in(houses.mine).post(listing("event"), {"action": action, "_selected_action": chosen})
    assert Event.objects.filter(pk=houses.other.pk).values().get() == before
    row = Event.objects.get(pk=houses.event.pk)
    if action == "refresh_now":
        assert asked == [houses.event.pk]
    else:
        assert (row.stop_sale, row.hidden) == (action == "stop_sale", action == "hide")


@pytest.mark.parametrize("action", ["stop_sale", "resume_sale", "ask_now"])
def test_an_action_reaches_ones_own_dates_only(houses: Houses, season: Season, action: str) -> None:
    Instance.objects.update(stop_sale=action == "resume_sale")
    before = Instance.objects.filter(pk=houses.other_date.pk).values().get()
    chosen = [houses.date.pk, houses.other_date.pk]
    sign_in(houses.mine).post(listing("instance"), {"action": action, "_selected_action": chosen})
    assert Instance.objects.filter(pk=houses.other_date.pk).values().get() == before
    if action == "ask_now":
        assert season.asked == [("availability", houses.date.provider_ref)]
    else:
        assert Instance.objects.get(pk=houses.date.pk).stop_sale is (action == "stop_sale")


def test_a_house_among_others_sees_how_the_account_does_and_cannot_switch_it(houses: Houses) -> None:
    vera = sign_in(houses.mine)
    assert vera.get(change(houses.account)).status_code == 200
    assert vera.get(change(houses.arena)).status_code == 404
    assert vera.post(change(houses.account), {"stop_sale": "on", "stop_reason": "x"}).status_code == 403
    assert not ProviderAccount.objects.get(name="west-end").stop_sale
    assert vera.get(change(houses.run)).status_code == 200
    assert vera.get(change(houses.arena_run)).status_code == 404
    assert vera.get(change(houses.left_out)).status_code == 404, "it may be another house's record"
    for name in ("refresh", "test"):
        assert (
            vera.post(reverse(f"admin:catalog_provideraccount_{name}", args=[houses.account.pk])).status_code
            == 404
        )


def test_whoever_runs_every_house_of_an_account_runs_the_account(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tasks.refresh_account, "delay", lambda name, **values: asked.append(name))
    otto = sign_in(houses.alone)
    assert otto.get(change(houses.arena_left_out)).status_code == 200
    assert otto.get(change(houses.left_out)).status_code == 404
    found = otto.post(change(houses.arena), {"stop_sale": "on", "stop_reason": "Moving house"})
    assert found.status_code == 302
    row = ProviderAccount.objects.get(name="arena")
    assert (row.stop_sale, row.stop_reason) == (True, "Moving house")
    otto.post(reverse("admin:catalog_provideraccount_refresh", args=[houses.arena.pk]))
    otto.post(listing("provideraccount"), {"action": "refresh_now", "_selected_action": [houses.arena.pk]})
    assert asked == ["arena", "arena"]


@pytest.mark.parametrize("model", ["pagetext", "catalogversion"])
def test_what_no_venue_owns_is_for_superusers(houses: Houses, model: str) -> None:
    PageText.objects.create(slug="terms", title="Terms", text="x")
    versions.bump()
    row = {"pagetext": PageText, "catalogversion": CatalogVersion}[model].objects.get()
    vera = sign_in(houses.mine)
    assert vera.get(listing(model)).status_code == 403
    assert vera.get(change(row)).status_code in (403, 404)
    assert sign_in(superuser=True).get(change(row)).status_code == 200


def test_somebody_who_is_no_staff_is_sent_to_sign_in(houses: Houses, client: Client) -> None:
    path = reverse("admin:catalog_event_preview", args=[houses.event.pk])
    assert client.get(path).status_code == 302
    assert "login" in client.get(path)["Location"]


def test_a_superuser_sees_every_house(houses: Houses) -> None:
    boss = sign_in(superuser=True)
    for row in (houses.mine, houses.theirs, houses.event, houses.other, houses.date, houses.other_date,
                houses.account, houses.arena, houses.run, houses.left_out):  # fmt: skip
        assert boss.get(change(row)).status_code == 200, row
    for model in (
        "venue",
        "event",
        "instance",
        "provideraccount",
        "refreshrun",
        "leftout",
        "pagetext",
        "catalogversion",
    ):
        assert boss.get(listing(model)).status_code == 200, model
        assert boss.get(listing(model), {"q": "play"}).status_code == 200, model


@pytest.mark.parametrize("model", ["venue", "event", "instance", "provideraccount", "refreshrun", "leftout"])
def test_nobody_adds_or_deletes_what_the_refresh_writes(houses: Houses, model: str) -> None:
    boss = sign_in(superuser=True)
    assert boss.get(reverse(f"admin:catalog_{model}_add")).status_code == 403
    assert "delete_selected" not in boss.get(listing(model)).content.decode()


# --- what is whose ------------------------------------------------------------------------------------------


def test_the_venues_own_is_written_and_the_providers_is_read_only(houses: Houses) -> None:
    vera = sign_in(houses.mine)
    page = vera.get(change(houses.event)).content.decode()
    assert "a refresh never changes these" in page
    assert "written by the refresh, read only" in page
    assert 'name="own_title"' in page
    assert 'name="name"' not in page
    forged = {**OWN_EVENT, "name": "Forged", "venue": houses.theirs.pk, "price_from_minor": "1", "slug": "x"}
    assert vera.post(change(houses.event), forged).status_code == 302
    row = Event.objects.get(pk=houses.event.pk)
    assert (row.own_title, row.own_text, row.position, row.access_marks) == (
        "Lantern night",
        "Ours",
        3,
        ["signed"],
    )
    assert (row.name, row.venue_id, row.price_from_minor) == ("My play", houses.mine.pk, 2450)
    assert row.access_text == " signed "
    assert "lantern night" in row.search_text
    assert LogEntry.objects.filter(object_id=str(row.pk)).exists()


def test_a_change_is_on_the_page_at_once_and_survives_a_refresh(season: Season, client: Client) -> None:
    season.add(event_info(), instance_info())
    refresh.refresh_account("west-end", trigger="test")
    row = Event.objects.get()
    path = row.get_absolute_url()
    assert b"The Paper Lantern" in client.get(path).content
    vera = sign_in(row.venue)
    vera.post(change(row), OWN_EVENT)
    assert b"Lantern night" in client.get(path).content
    season.events[0] = event_info(name="Renamed over there")
    refresh.refresh_account("west-end", trigger="test")
    assert b"Lantern night" in client.get(path).content
    vera.post(change(row), {**OWN_EVENT, "hidden": "on"})
    assert client.get(path).status_code == 404
    assert Event.objects.get().name == "Renamed over there"


def test_saving_the_form_does_not_undo_what_a_refresh_writes_at_the_same_moment(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clean(self: EventForm) -> dict[str, object]:
        # the row is loaded by now, and not saved yet
        Event.objects.filter(pk=houses.event.pk).update(
            name="Renamed", status="cancelled", price_from_minor=99
        )
        return self.cleaned_data

    monkeypatch.setattr(EventForm, "clean", clean)
    sign_in(houses.mine).post(change(houses.event), OWN_EVENT)
    row = Event.objects.get(pk=houses.event.pk)
    assert (row.name, row.status, row.own_title) == ("Renamed", "cancelled", "Lantern night")


def test_stop_sale_is_on_the_page_at_once_with_its_reason(houses: Houses, client: Client) -> None:
    vera = sign_in(houses.mine)
    assert b'id="book"' in client.get(houses.event.get_absolute_url()).content
    vera.post(change(houses.date), {"stop_sale": "on", "stop_reason": "Lift is broken"})
    assert b"Lift is broken" in client.get(houses.date.get_absolute_url()).content
    vera.post(change(houses.event), {**OWN_EVENT, "stop_sale": "on", "stop_reason": "Flood"})
    text = client.get(houses.event.get_absolute_url()).content
    assert b"Flood" in text
    assert b'id="book"' not in text


def test_access_marks_of_a_date_make_its_event_found(houses: Houses, client: Client) -> None:
    sign_in(houses.mine).post(
        change(houses.date), {"stop_reason": "", "access_marks": ["captioned", "relaxed"]}
    )
    assert Event.objects.get(pk=houses.event.pk).access_text == " captioned relaxed "
    assert b"My play" in client.get("/en/?access=relaxed").content


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (700, 500), "green").save(out, kind)
    return out.getvalue()


def test_the_venues_own_picture_is_made_into_a_poster(houses: Houses, client: Client) -> None:
    vera = sign_in(houses.mine)
    upload = SimpleUploadedFile("ours.png", picture(), "image/png")
    assert (
        vera.post(
            change(houses.event), {**OWN_EVENT, "own_image": upload, "own_image_alt": "A lamp"}
        ).status_code
        == 302
    )
    row = Event.objects.get(pk=houses.event.pk)
    assert (row.own_poster_width, row.own_poster_height) == (700, 500)
    text = client.get(houses.event.get_absolute_url()).content.decode()
    assert 'alt="A lamp"' in text
    assert row.own_poster.rpartition("-")[0] in text
    vera.post(change(houses.event), {**OWN_EVENT, "own_image-clear": "on"})
    assert Event.objects.get(pk=houses.event.pk).own_poster == ""


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.png", b"no picture"), ("a.svg", b"<svg onload='x()'></svg>"), ("a.html", b"<b>")],
)
def test_a_file_that_is_no_picture_is_refused_in_words(houses: Houses, name: str, content: bytes) -> None:
    upload = SimpleUploadedFile(name, content, "image/png")
    answer = sign_in(houses.mine).post(change(houses.event), {**OWN_EVENT, "own_image": upload})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert Event.objects.get(pk=houses.event.pk).own_title == ""


def test_staff_of_a_venue_cannot_give_the_venue_away(houses: Houses) -> None:
    vera = sign_in(houses.mine)
    other = get_user_model().objects.create_user("other")
    vera.post(
        change(houses.mine),
        {"own_text": "Warm", "own_telephone": "", "access_line": "", "box_office": "", "staff": [other.pk]},
    )
    houses.mine.refresh_from_db()
    assert houses.mine.own_text == "Warm"
    assert not houses.mine.staff.filter(pk=other.pk).exists()


# --- buttons ------------------------------------------------------------------------------------------------


def test_an_event_is_refreshed_by_its_button(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(tasks.refresh_event, "delay", asked.append)
    vera = sign_in(houses.mine)
    path = reverse("admin:catalog_event_refresh", args=[houses.event.pk])
    assert path in vera.get(change(houses.event)).content.decode()
    assert vera.get(path).status_code == 405
    assert vera.post(path).status_code == 302
    assert asked == [houses.event.pk]


def test_a_forged_post_from_elsewhere_is_refused(houses: Houses) -> None:
    user = get_user_model().objects.create_superuser("root", password="x")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.post(reverse("admin:catalog_event_refresh", args=[houses.event.pk])).status_code == 403


def test_the_connection_is_tested_and_told_in_words(houses: Houses, season: Season) -> None:
    boss = sign_in(superuser=True)
    path = reverse("admin:catalog_provideraccount_test", args=[houses.account.pk])
    assert "answers" in boss.post(path, follow=True).content.decode()
    season.down = Unavailable("no route")
    assert "could not reach the box office" in boss.post(path, follow=True).content.decode()
    ProviderAccount.objects.filter(pk=houses.account.pk).update(name="unknown")
    assert "cannot be sold from" in boss.post(path, follow=True).content.decode()


def test_a_hidden_event_can_be_previewed_and_not_visited(houses: Houses, client: Client) -> None:
    Event.objects.update(hidden=True)
    found = sign_in(houses.mine).get(reverse("admin:catalog_event_preview", args=[houses.event.pk]))
    text = found.content.decode()
    assert found.status_code == 200
    assert "My play" in text
    assert "visitors get “not found”" in text
    assert "no-store" in found["Cache-Control"]
    assert "private" in found["Cache-Control"]
    assert client.get(houses.event.get_absolute_url()).status_code == 404


def test_a_preview_can_be_of_another_time(houses: Houses, move_clock: Callable[[datetime], None]) -> None:
    move_clock(datetime(2027, 3, 10, 12, tzinfo=UTC))
    row = event("Later", venue=houses.mine)
    instance(
        row, starts_at=clock.now() + timedelta(days=30), sale_starts_at=datetime(2027, 3, 20, 10, tzinfo=UTC)
    )
    vera = sign_in(houses.mine)
    path = reverse("admin:catalog_event_preview", args=[row.pk])
    assert "Not on sale yet" in vera.get(path).content.decode()
    after = vera.get(path, {"at": "2027-03-20T11:00"}).content.decode()
    assert "Not on sale yet" not in after
    assert 'id="book"' in after
    assert "Saturday 20 March 2027, 11:00" in after
    row.refresh_from_db()
    assert row.sale_starts_at is not None, "a preview writes nothing"
    assert "could not be read" in vera.get(path, {"at": "whenever"}).content.decode()
    for typed in ("2027-99-99T11:00", "0001-01-01T00:00", "9999-12-31T23:59"):
        assert vera.get(path, {"at": typed}).status_code == 200


def test_health_is_told_in_words(houses: Houses) -> None:
    boss = sign_in(superuser=True)
    assert "Well" in boss.get(change(houses.account)).content.decode()
    ProviderAccount.objects.update(
        down_since=clock.now(), failures=3, last_error="unavailable: events: HTTP 502"
    )
    text = boss.get(change(houses.account)).content.decode()
    assert "Not answering since" in text
    assert "HTTP 502" in text
    ProviderAccount.objects.update(configured=False)
    assert "Not configured: nothing is sold" in boss.get(listing("provideraccount")).content.decode()


def test_what_was_left_out_is_shown_with_its_reason(houses: Houses) -> None:
    text = sign_in(superuser=True).get(listing("leftout")).content.decode()
    assert "no name" in text
    assert "no venue" in text


# --- queries ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["venue", "event", "instance", "provideraccount", "refreshrun", "leftout"])
def test_a_list_makes_the_same_number_of_queries_whatever_its_length(houses: Houses, model: str) -> None:
    boss = sign_in(superuser=True)
    boss.get(listing(model))
    with CaptureQueriesContext(connection) as few:
        boss.get(listing(model))
    for number in range(12):
        house = venue(f"House {number}", account=account(f"account-{number}"))
        on_sale(f"Play {number}", venue=house)
        run = RefreshRun.objects.create(account=house.account, trigger="beat", started_at=clock.now())
        LeftOut.objects.create(run=run, what="event", reason="no name")
    with CaptureQueriesContext(connection) as many:
        boss.get(listing(model))
    assert len(many) <= len(few) + 2
    assert len(many) < 20
