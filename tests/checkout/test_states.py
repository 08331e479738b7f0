"""The tables of moves, and the compare-and-swap that keeps to them."""

from __future__ import annotations

import pytest

from checkout.models import Booking, HistoryEntry, Mail, Order, Payment
from checkout.placing import ALPHABET, new_number
from checkout.states import ALLOWED, NotAllowed, call_staff, move
from tests.checkout.conftest import Ada


@pytest.fixture
def order(ada: Ada) -> Order:
    ada.holds()
    ada.starts()
    return ada.now()


def test_every_status_is_in_the_table_and_every_target_exists() -> None:
    for kind in (Order, Booking, Payment):
        statuses = set(kind.Status.values)
        assert set(ALLOWED[kind]) == statuses
        assert {to for targets in ALLOWED[kind].values() for to in targets} <= statuses


def test_what_is_refunded_stays_refunded() -> None:
    for kind in (Order, Booking):
        assert ALLOWED[kind]["refunded"] == frozenset()
    assert ALLOWED[Payment]["refunded"] == {"captured"}, "only where the refund failed after all"


def test_a_late_success_is_allowed_after_every_kind_of_failure() -> None:
    assert Payment.Status.CAPTURED in ALLOWED[Payment]["failed"] & ALLOWED[Payment]["expired"]
    assert Booking.Status.BOOKED in ALLOWED[Booking]["lapsed"] & ALLOWED[Booking]["refused"]
    assert Order.Status.PAYING in ALLOWED[Order]["expired"] & ALLOWED[Order]["cancelled"]


def test_a_move_outside_the_table_is_refused(order: Order) -> None:
    with pytest.raises(NotAllowed):
        move(order, Order.Status.FULFILLED, because="a mistake")
    order.refresh_from_db()
    assert order.status == Order.Status.PLACED


def test_of_two_who_move_the_same_row_one_wins_and_writes_one_line(order: Order) -> None:
    other = Order.objects.get(pk=order.pk)
    before = HistoryEntry.objects.count()
    assert move(order, Order.Status.PAYING, because="first", actor="a")
    assert not move(other, Order.Status.PAYING, because="second", actor="b")
    assert other.status == Order.Status.PAYING
    (entry,) = HistoryEntry.objects.all()[before:]
    assert (entry.was, entry.became, entry.because, entry.actor) == ("placed", "paying", "first", "a")


def test_fields_change_with_the_status_or_not_at_all(order: Order) -> None:
    other = Order.objects.get(pk=order.pk)
    assert move(order, Order.Status.PAYING, because="x", total_minor=5)
    assert not move(other, Order.Status.PAYING, because="x", total_minor=7)
    assert Order.objects.get(pk=order.pk).total_minor == 5


def test_staff_are_called_once_for_each_reason(order: Order, settings: object) -> None:
    settings.STAFF_EMAILS = ["box@example.org"]  # type: ignore[attr-defined]
    call_staff(order, "unproven")
    call_staff(order, "unproven")
    assert HistoryEntry.objects.filter(subject="staff").count() == 1
    assert Mail.objects.filter(kind="staff-unproven").count() == 1


def test_numbers_for_people_have_no_letters_that_look_alike() -> None:
    numbers = {new_number() for _ in range(500)}
    assert len(numbers) > 495
    assert all(n.startswith("FOY-") and len(n) == 10 and set(n[4:]) <= set(ALPHABET) for n in numbers)
    assert not set(ALPHABET) & set("0O1IL2Z5S8BUV")
