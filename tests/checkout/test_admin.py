"""The admin: a house sees its parts and its money, buttons ask twice and act once, everything is written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.test import Client
from django.urls import reverse

from catalog.models import Instance, Venue
from checkout import reports
from checkout.models import HistoryEntry, Order, OrderLine
from shop import clock
from shop.admin import moment
from shop.models import CallCount, CallRecord, User
from shop.roles import VENUE_STAFF, keep_roles
from tests.checkout.conftest import Ada
from tests.checkout.world import World, pdfs
from tests.factories_catalog import instance


def person(name: str, *venues: Venue, personal: bool = True, boss: bool = False) -> Client:
    user = User.objects.create(username=name, is_staff=True, is_superuser=boss)
    wanted = Permission.objects.filter(content_type__app_label="checkout").exclude(
        codename__startswith="delete"
    )
    if not personal:
        wanted = wanted.exclude(codename="view_personal")
    user.user_permissions.set(wanted)
    for venue in venues:
        venue.staff.add(user)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def mixed(ada: Ada, theatre: World, arena: World) -> Order:
    """One order with a part at each house."""
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    ada.holds()
    ada.holds("arena", minor=5000)
    ada.goes_to_payment()
    theatre.paid(theatre.only_order())
    ada.comes_back()
    arena.paid(arena.only_order())
    ada.comes_back(position=2)
    return ada.now()


@pytest.fixture
def garrick(ada: Ada) -> Venue:
    return ada.season["west-end"].event.venue


@pytest.fixture
def hall(ada: Ada) -> Venue:
    return ada.season["arena"].event.venue


@pytest.fixture
def other(db: None) -> Venue:
    return Venue.objects.create(slug="other", name="Other House")


def change(order: Order) -> str:
    return reverse("admin:checkout_order_change", args=[order.pk])


def do(order: Order, name: str) -> str:
    return reverse("admin:checkout_order_do", args=[order.pk, name])


def press(client: Client, order: Order, name: str, reason: str = "the buyer called") -> Any:
    page = client.get(do(order, name))
    assert page.status_code == 200
    once = page.context["form"].initial["once"]
    return client.post(do(order, name), {"reason": reason, "once": once})


def test_another_houses_people_get_404_for_every_address(mixed: Order, other: Venue) -> None:
    victor = person("victor", other)
    booking, payment = mixed.bookings.get(position=1), mixed.payments.first()
    assert payment is not None
    addresses = [
        change(mixed),
        reverse("admin:checkout_order_history", args=[mixed.pk]),
        reverse("admin:checkout_booking_change", args=[booking.pk]),
        reverse("admin:checkout_payment_change", args=[payment.pk]),
        reverse("admin:checkout_orderline_change", args=[booking.lines.get().pk]),
        reverse("admin:checkout_document_change", args=[booking.documents.first().pk]),  # type: ignore[union-attr]
        reverse("admin:checkout_historyentry_change", args=[mixed.history.first().pk]),  # type: ignore[union-attr]
        reverse("admin:checkout_mail_change", args=[mixed.mails.first().pk]),  # type: ignore[union-attr]
        *(do(mixed, name) for name in ("check-again", "resend-mail", "fetch-documents", "mark-handled")),
    ]
    for address in addresses:
        assert victor.get(address).status_code == 404, address
    for name in ("check-again", "resend-mail", "fetch-documents", "mark-handled"):
        assert victor.post(do(mixed, name), {"reason": "x", "once": "y"}).status_code == 404
    for name in ("order", "booking", "payment", "orderline", "document", "historyentry", "mail"):
        page = victor.get(reverse(f"admin:checkout_{name}_changelist"))
        assert page.status_code == 200
        assert mixed.number not in page.content.decode()


def test_a_house_sees_its_part_and_its_money_only(mixed: Order, garrick: Venue, hall: Venue) -> None:
    vera, anton = person("vera", garrick), person("anton", hall)
    one, two = (c.get(change(mixed)).content.decode() for c in (vera, anton))
    assert "Hamlet" in one
    assert "£90.00" in one
    assert "Night Concert" not in one
    assert "£50.00" not in one
    assert "Night Concert" in two
    assert "£50.00" in two
    assert "Hamlet" not in two
    assert "£90.00" not in two
    assert "£140.00" not in one + two
    lists = [c.get(reverse("admin:checkout_order_changelist")).content.decode() for c in (vera, anton)]
    assert "£90.00" in lists[0]
    assert "£50.00" in lists[1]
    assert "As the buyer sees it" not in one


def test_calls_and_steps_of_the_other_part_are_not_in_the_timeline(mixed: Order, garrick: Venue) -> None:
    for account in ("west-end", "arena"):
        CallRecord.objects.create(
            subject=f"order:{mixed.pk}", account=account, at=mixed.placed_at, verb=f"submit_{account}", method="POST",
            path="/x", status=200, outcome="ok",
        )  # fmt: skip
    text = person("vera", garrick).get(change(mixed)).content.decode()
    assert "submit_west-end" in text
    assert "submit_arena" not in text
    foreign = mixed.bookings.get(position=2)
    steps = person("v2", garrick).get(reverse("admin:checkout_historyentry_changelist")).content.decode()
    assert HistoryEntry.objects.filter(booking=foreign).exists()
    assert "pi_1" not in steps


def test_personal_data_needs_a_permission_of_its_own(mixed: Order, garrick: Venue) -> None:
    blind = person("blind", garrick, personal=False)
    page = blind.get(change(mixed)).content.decode()
    listing = blind.get(reverse("admin:checkout_order_changelist")).content.decode()
    for text in (page, listing):
        assert "Lovelace" not in text
        assert "ada@example.org" not in text
    for term in ("ada@example.org", "Lovelace"):
        assert (
            mixed.number
            not in blind.get(reverse("admin:checkout_order_changelist"), {"q": term}).content.decode()
        )
    assert "Lovelace" in person("vera", garrick).get(change(mixed)).content.decode()


@pytest.mark.parametrize("term", ["NUMBER", "REF1", "pi_1", "ada@example.org", "Lovelace", "Ada Love", "F12"])
def test_an_order_is_found_by_what_people_know_of_it(mixed: Order, term: str) -> None:
    boss = person("boss", boss=True)
    term = mixed.number if term == "NUMBER" else term
    found = boss.get(reverse("admin:checkout_order_changelist"), {"q": term})
    assert mixed.number in found.content.decode()
    assert (
        mixed.number
        not in boss.get(reverse("admin:checkout_order_changelist"), {"q": "Z99"}).content.decode()
    )


def test_a_seat_of_another_house_finds_nothing(mixed: Order, hall: Venue) -> None:
    OrderLine.objects.filter(venue=hall).update(seats_text="North")
    found = person("anton", hall).get(reverse("admin:checkout_order_changelist"), {"q": "F12"})
    assert mixed.number not in found.content.decode()


def test_filters_narrow_the_list(mixed: Order, garrick: Venue, other: Venue) -> None:
    boss = person("boss", boss=True)
    address = reverse("admin:checkout_order_changelist")
    for query, there in (
        ({"attention": "yes"}, False), ({"attention": "no"}, True), ({"status__exact": "fulfilled"}, True),
        ({"status__exact": "expired"}, False), ({"venue": garrick.pk}, True), ({"venue": other.pk}, False),
    ):  # fmt: skip
        assert (mixed.number in boss.get(address, query).content.decode()) is there, query


def test_a_house_is_offered_its_own_venues_to_filter_by(mixed: Order, garrick: Venue, other: Venue) -> None:
    page = person("vera", garrick).get(reverse("admin:checkout_order_changelist")).content.decode()
    assert "Other House" not in page


def test_the_list_needs_the_same_queries_for_one_order_and_for_many(
    ada: Ada, theatre: World, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    boss = person("boss", boss=True)
    counts = []
    for _n in range(2):
        for _again in range(3):
            theatre.orders.clear()
            ada.basket = None
            ada.holds()
            ada.buys()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            boss.get(reverse("admin:checkout_order_changelist"))
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("term", ["FOY-NONE", "REF1", "Lovelace", "F12", "Ada Love", "ada@example.org"])
def test_a_search_needs_the_same_few_queries_for_few_orders_and_for_many_and_reads_no_values_of_all(
    ada: Ada, theatre: World, garrick: Venue, term: str
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    vera = person("vera", garrick)
    counts = []
    for _n in range(2):
        for _again in range(2):
            theatre.orders.clear()
            ada.basket = None
            ada.holds()
            ada.buys()
        with CaptureQueriesContext(connection) as seen:
            vera.get(reverse("admin:checkout_order_changelist"), {"q": term})
        counts.append(len(seen))
        said = [query["sql"] for query in seen.captured_queries]
        assert not any("DISTINCT" in sql or "datetime_trunc" in sql.lower() for sql in said)
    assert counts[0] == counts[1]
    assert counts[0] <= 24


def test_what_is_known_exactly_is_found_without_looking_through_names_and_seats(
    mixed: Order, garrick: Venue
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for term in (mixed.number, mixed.number.removeprefix("FOY-").lower(), "REF1", "ada@example.org"):
        vera = person(f"vera-{term}", garrick)
        with CaptureQueriesContext(connection) as seen:
            page = vera.get(reverse("admin:checkout_order_changelist"), {"q": term})
        assert mixed.number in page.content.decode()
        assert not any(" LIKE " in query["sql"] for query in seen.captured_queries), term


def test_filters_by_account_show_the_orders_of_that_account(
    mixed: Order, garrick: Venue, hall: Venue
) -> None:
    vera, address = person("vera", garrick), reverse("admin:checkout_order_changelist")
    for venue, there in ((garrick, True), (hall, False)):
        page = vera.get(address, {"account": venue.account_id}).content.decode()
        assert (mixed.number in page) is there
        assert (f"account={venue.account_id}" in vera.get(address).content.decode()) is there


def test_a_button_asks_first_and_changes_nothing_by_being_looked_at(
    mixed: Order, garrick: Venue, theatre: World
) -> None:
    vera = person("vera", garrick)
    calls = theatre.calls["look"]
    for name in ("check-again", "resend-mail", "fetch-documents", "mark-handled"):
        page = vera.get(do(mixed, name))
        assert page.status_code == 200
        assert "Yes, do it" in page.content.decode()
    assert theatre.calls["look"] == calls
    assert not mixed.history.filter(subject="staff").exists()


def test_a_button_without_a_reason_does_nothing(mixed: Order, garrick: Venue, theatre: World) -> None:
    vera = person("vera", garrick)
    assert press(vera, mixed, "check-again", reason="").status_code == 422
    assert not mixed.history.filter(subject="staff").exists()


def test_check_again_asks_the_own_part_and_is_written_down(
    mixed: Order, garrick: Venue, theatre: World, arena: World
) -> None:
    calls = theatre.calls["look"], arena.calls["look"]
    assert press(person("vera", garrick), mixed, "check-again").url == change(mixed)
    assert (theatre.calls["look"], arena.calls["look"]) == (calls[0] + 1, calls[1])
    entry = mixed.history.get(subject="staff")
    assert (entry.because, entry.actor) == ("check-again: the buyer called", "staff:vera")


def test_check_again_finishes_an_order_that_was_paid(ada: Ada, theatre: World, garrick: Venue) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.paid(theatre.only_order())
    press(person("vera", garrick), ada.now(), "check-again")
    assert ada.now().status == Order.Status.FULFILLED


def test_resend_sends_one_more_however_often_the_form_is_sent(mixed: Order, garrick: Venue) -> None:
    vera = person("vera", garrick)
    mail.outbox.clear()
    page = vera.get(do(mixed, "resend-mail"))
    data = {"reason": "lost", "once": page.context["form"].initial["once"]}
    for _twice in range(3):
        vera.post(do(mixed, "resend-mail"), data)
    assert len(mail.outbox) == 1
    assert mixed.history.filter(subject="staff").count() == 1
    press(vera, mixed, "resend-mail")
    assert len(mail.outbox) == 2


def test_documents_are_fetched_again(mixed: Order, garrick: Venue, theatre: World) -> None:
    calls = theatre.calls["documents"]
    press(person("vera", garrick), mixed, "fetch-documents")
    assert theatre.calls["documents"] == calls + 1


def test_marked_as_handled_it_leaves_the_list_and_keeps_the_note(
    ada: Ada, theatre: World, garrick: Venue
) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.orders[theatre.only_order()]["state"] = "early"
    ada.comes_back("failure")
    order, vera = ada.now(), person("vera", garrick)
    user = User.objects.get(username="vera")
    assert [row["title"] for row in reports.today(user)["needs_person"]] == [order.number]
    press(vera, order, "mark-handled", reason="called the box office")
    order.refresh_from_db()
    assert (order.attention_reason, order.handled_note) == ("", "called the box office")
    assert order.status == Order.Status.PAYING
    assert reports.today(user)["needs_person"] == []
    assert "called the box office" in vera.get(change(order)).content.decode()


def test_looking_without_the_right_to_change_gets_no_buttons(mixed: Order, garrick: Venue) -> None:
    reader = person("reader", garrick)
    user = User.objects.get(username="reader")
    user.user_permissions.remove(Permission.objects.get(codename="change_order"))
    assert reader.get(change(mixed)).status_code == 200
    assert "check-again" not in reader.get(change(mixed)).content.decode()
    assert reader.get(do(mixed, "check-again")).status_code == 403


def test_nothing_can_be_edited_added_or_deleted_by_hand(mixed: Order) -> None:
    boss = person("boss", boss=True)
    assert boss.post(change(mixed), {"status": "refunded"}).status_code == 405
    assert boss.get(reverse("admin:checkout_order_add")).status_code == 403
    assert boss.post(reverse("admin:checkout_order_delete", args=[mixed.pk])).status_code == 403
    assert boss.post(reverse("admin:checkout_order_changelist"), {"action": "delete_selected", "_selected_action": mixed.pk}).status_code in (200, 302)  # fmt: skip
    assert Order.objects.filter(pk=mixed.pk).exists()


def test_no_secret_is_on_any_page(mixed: Order) -> None:
    boss = person("boss", boss=True)
    booking, payment = mixed.bookings.get(position=1), mixed.payments.last()
    assert payment is not None
    pages = [
        boss.get(address).content.decode()
        for address in (
            change(mixed),
            reverse("admin:checkout_booking_change", args=[booking.pk]),
            reverse("admin:checkout_payment_change", args=[payment.pk]),
            reverse("admin:checkout_document_change", args=[booking.documents.first().pk]),  # type: ignore[union-attr]
        )
    ]
    for text in pages:
        assert booking.handle not in text
        assert booking.return_token not in text
        assert "_secret_" not in text
        assert "pk_test_theirs" not in text


def test_the_first_page_counts_what_is_the_users_own(
    mixed: Order, garrick: Venue, hall: Venue, other: Venue
) -> None:
    for name, venues, sums in (
        ("vera", [garrick], ["£90.00"]), ("anton", [hall], ["£50.00"]), ("both", [garrick, hall], ["£140.00"]),
        ("victor", [other], []),
    ):  # fmt: skip
        client = person(name, *venues)
        found = reports.today(User.objects.get(username=name))["sales_today"]
        assert [m.format("en_GB") for m in found["sums"]] == sums
        assert sum(hour["tickets"] for hour in found["hours"]) == 2 * len(sums) * len(venues)
        page = client.get(reverse("admin:index"))
        assert page.status_code == 200
        assert all(each in page.content.decode() for each in sums)


def test_the_first_page_shows_what_is_held_now(ada: Ada, theatre: World, garrick: Venue, hall: Venue) -> None:
    ada.holds()
    person("vera", garrick)
    person("anton", hall)
    vera, anton = (User.objects.get(username=n) for n in ("vera", "anton"))
    assert reports.holds_alive(vera) == {"tickets": 2, "holds": 1}
    assert reports.holds_alive(anton) == {"tickets": 0, "holds": 0}


def test_the_venue_staff_group_may_use_the_buttons(mixed: Order, garrick: Venue) -> None:
    keep_roles(apps.get_app_config("checkout"))  # as `migrate` does
    group = Group.objects.get(name=VENUE_STAFF)
    user = User.objects.create(username="vera", is_staff=True)
    user.groups.add(group)
    garrick.staff.add(user)
    client = Client()
    client.force_login(user)
    assert client.get(change(mixed)).status_code == 200
    assert client.get(do(mixed, "check-again")).status_code == 200


def test_the_first_page_says_how_often_each_account_failed_and_how_old_its_availability_is(
    ada: Ada, theatre: World, garrick: Venue, move_clock: Any
) -> None:
    now = clock.now()
    for hours, calls, failed in ((0, 900, 0), (23, 104, 4), (26, 50, 50)):
        CallCount.objects.create(
            account="west-end", hour=_whole(now - timedelta(hours=hours)), calls=calls, failed=failed,
            milliseconds=calls * 120,
        )  # fmt: skip
    CallCount.objects.create(account="arena", hour=_whole(now), calls=1, failed=1)
    date = ada.season["west-end"]
    Instance.objects.filter(pk=date.pk).update(
        starts_at=now + timedelta(days=1), availability_at=now - timedelta(hours=3)
    )
    instance(date.event, starts_at=now + timedelta(days=2), availability_at=now)
    instance(date.event, starts_at=now + timedelta(days=8), availability_at=now - timedelta(days=3))
    instance(
        date.event,
        starts_at=now + timedelta(days=2),
        availability_at=now - timedelta(days=4),
        status="cancelled",
    )
    vera = person("vera", garrick)
    found = {row["title"]: row for row in reports.today(User.objects.get(username="vera"))["accounts"]}
    row = found[date.event.account.title]
    assert row["calls"] == "1,004 calls, 4 failed (0.4%), 120 ms each"
    assert row["oldest_look"] == moment(now - timedelta(hours=3))
    assert len(found) == 1, "the other house's account is none of hers"
    assert "1,004 calls" in vera.get(reverse("admin:index")).content.decode()


def _whole(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
