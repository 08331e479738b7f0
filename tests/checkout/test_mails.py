"""Mails: once for each state, text and HTML, retried, and not where the provider mails itself."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from checkout import emails, settling, tasks
from checkout.models import Mail, Order
from shop.providers.types import BookingState
from tests.checkout.conftest import Ada
from tests.checkout.world import World, pdfs


def kinds() -> list[str]:
    return list(Mail.objects.filter(sent_at__isnull=False).order_by("pk").values_list("kind", flat=True))


def test_one_confirmation_with_everything_in_it(ada: Ada, theatre: World, sweep: Callable[..., None]) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    order = ada.buys()
    sweep(timedelta(minutes=5), step=timedelta(minutes=1))
    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    assert message.subject == f"Your booking {order.number} at Foyer"
    html = message.alternatives[0][0]
    for body in (message.body, html):
        assert "Hamlet" in body
        assert "F12, F13" in body
        assert "REF1" in body
        assert "£90.00" in body
        assert "London" in body  # the zone is written out
        assert f"http://testserver/en/checkout/order/{order.token}/" in body
        assert "documents are ready" in body
    assert "F12" not in message.subject
    assert "pay.example.org" not in message.body + html
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert kinds() == ["paid"]


def test_tickets_that_come_later_are_announced_once(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=2)
    ada.buys()
    sweep(timedelta(minutes=1))
    assert kinds() == ["paid"]
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    sweep(timedelta(minutes=5), step=timedelta(minutes=1))
    assert kinds() == ["paid", "tickets"]
    assert "are ready" in mail.outbox[-1].subject


def test_tickets_of_a_part_that_is_booked_late_are_announced_when_they_come(
    ada: Ada, theatre: World, arena: World, sweep: Callable[..., None]
) -> None:
    """The others' tickets were announced before it was booked; the mail about the booking has none yet."""
    ada.holds("west-end")
    ada.holds("arena")
    theatre.documents = pdfs("F12", expected=2)
    arena.documents = pdfs(expected=2)
    ada.goes_to_payment()
    theatre.paid(theatre.only_order())
    ada.comes_back(position=1)
    arena.orders[arena.only_order()]["state"] = BookingState.LAPSED
    settling.settle(ada.booking(2).pk, road="test")
    sweep(timedelta(minutes=1))
    assert kinds() == ["paid"]
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    sweep(timedelta(minutes=5), step=timedelta(minutes=1))
    assert kinds() == ["paid", "tickets"]
    arena.paid(arena.only_order())
    late = ada.booking(2)
    settling.settle(late.pk, road="test")
    sweep(timedelta(minutes=5), step=timedelta(minutes=1))
    assert [kind for kind in kinds() if not kind.startswith("staff")] == [
        "paid",
        "tickets",
        f"paid-{late.pk}",
    ]
    assert "Night Concert" in mail.outbox[-1].body
    assert "we will write to you then" in mail.outbox[-1].body
    arena.documents = pdfs("A1", "A2", expected=2, complete=True)
    sweep(timedelta(minutes=5), step=timedelta(minutes=1))
    assert kinds()[-1] == "tickets"
    last = mail.outbox[-1]
    assert last.to == ["ada@example.org"]
    assert "are ready" in last.subject
    for body in (last.body, last.alternatives[0][0]):
        assert "Night Concert" in body
        assert "Reference at Tickethead" in body
        assert f"http://testserver/en/checkout/order/{ada.now().token}/" in body
    sweep(timedelta(hours=2), step=timedelta(minutes=10))
    assert kinds().count("tickets") == 2


def test_every_road_that_settles_sends_it_once(ada: Ada, theatre: World, sweep: Callable[..., None]) -> None:
    ada.holds()
    ada.buys()
    for _again in range(3):
        ada.comes_back()
        tasks.settle_booking.delay(ada.booking().pk)
        tasks.fetch_documents.delay(ada.booking().pk)
    sweep(timedelta(minutes=1))
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_is_tried_again(
    ada: Ada, theatre: World, sweep: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    down = [True]
    real = EmailBackend.send_messages

    def send(self: Any, messages: Any) -> int:
        if down:
            raise smtplib.SMTPConnectError(421, "ada@example.org")
        return int(real(self, messages))

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    ada.holds()
    ada.buys()
    row = Mail.objects.get()
    assert (row.failures, row.error, row.sent_at) == (1, "SMTPConnectError", None)
    down.clear()
    sweep(timedelta(minutes=2))
    assert len(mail.outbox) == 1
    row.refresh_from_db()
    assert (row.error, row.due_at) == ("", None)


def test_an_address_that_is_refused_shows_up_for_staff(
    ada: Ada, theatre: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(self: Any, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({})

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    ada.holds()
    ada.buys()
    assert ada.now().attention_reason == "mail_failed"
    assert Mail.objects.get(kind="paid").due_at is None


def test_no_confirmation_of_ours_where_the_account_is_set_to_mail_its_buyers(
    ada: Ada, theatre: World, settings: Any, sweep: Callable[..., None]
) -> None:
    settings.PROVIDER_ACCOUNTS = {
        **settings.PROVIDER_ACCOUNTS,
        "west-end": replace(settings.PROVIDER_ACCOUNTS["west-end"], provider_mails=True),
    }
    theatre.mails = True
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    ada.holds()
    ada.buys()
    sweep(timedelta(minutes=1))
    assert ada.now().status == Order.Status.FULFILLED
    assert mail.outbox == []
    details = next(what for verb, what in theatre.seen if verb == "prepare")
    assert details.provider_mails


def test_tickets_that_the_provider_mails_are_not_announced_a_second_time(
    ada: Ada, arena: World, sweep: Callable[..., None]
) -> None:
    arena.mails = True
    arena.documents = pdfs(expected=2)
    ada.holds("arena", currency="EUR")
    ada.buys("arena")
    sweep(timedelta(minutes=1))
    assert kinds() == ["paid"]
    arena.documents = pdfs("", expected=2, complete=True)
    sweep(timedelta(minutes=1))
    assert ada.now().status == Order.Status.FULFILLED
    assert kinds() == ["paid"]


def test_somebody_who_paid_in_vain_hears_that_nothing_was_charged(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    from shop.providers.types import BookingState

    ada.holds()
    ada.goes_to_payment()
    ada.comes_back()
    theatre.orders[theatre.only_order()]["state"] = BookingState.REFUSED
    sweep(timedelta(minutes=1))
    assert ada.now().status == Order.Status.CANCELLED
    assert ada.now().attention_reason == "refused_after_return"
    assert kinds() == ["not-booked"]
    assert "you have not been charged" in mail.outbox[0].body
    assert "You have not been charged" in ada.client.get(ada.url("order")).content.decode()


def test_somebody_who_never_went_to_pay_gets_no_mail(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    sweep(timedelta(minutes=16), step=timedelta(minutes=1))
    assert ada.now().status == Order.Status.EXPIRED
    assert mail.outbox == []


def test_staff_are_written_to_without_personal_data(ada: Ada, theatre: World, settings: Any) -> None:
    settings.STAFF_EMAILS = ["box@example.org"]
    ada.holds()
    ada.goes_to_payment()
    theatre.orders[theatre.only_order()]["state"] = "early"
    ada.comes_back("failure")
    (message,) = mail.outbox
    assert message.to == ["box@example.org"]
    assert f"/admin/checkout/order/{ada.now().pk}/change/" in message.body
    assert "Ada" not in message.body
    assert ada.now().token not in message.body


def test_the_buyer_can_ask_for_it_again_a_few_times(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.buys()
    for _press in range(5):
        ada.client.post(ada.url("again"))
    assert len(mail.outbox) == 1 + 3
    assert {tuple(m.to) for m in mail.outbox} == {("ada@example.org",)}


def test_again_is_no_link_and_works_for_booked_orders_only(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    assert ada.client.get(ada.url("again")).status_code == 405
    ada.client.post(ada.url("again"))
    assert mail.outbox == []


def test_a_half_told_mail_is_one_row_for_each_order_and_kind(ada: Ada, theatre: World) -> None:
    ada.holds()
    order = ada.buys()
    assert emails.queue(order, "paid") is None
    assert Mail.objects.count() == 1


def test_part_of_an_order_that_was_lost_is_said_in_the_mail(ada: Ada, theatre: World, arena: World) -> None:
    arena.route = "there"
    ada.holds()
    ada.holds("arena")
    ada.goes_to_payment()
    theatre.paid(theatre.only_order())
    ada.comes_back()
    ada.comes_back("failure", position=2)
    ada.client.post(ada.url("without", ada.now().token, 2))
    (message,) = mail.outbox
    assert "1 of 2 bookings are confirmed" in message.body
    assert "£90.00 was not taken" in message.body


def test_a_refund_is_not_said_to_be_money_that_was_never_taken(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.buys()
    theatre.orders[theatre.only_order()]["state"] = BookingState.REFUNDED
    settling.settle(ada.booking().pk, road="staff:vera")
    tasks.sweep()
    message = mail.outbox[-1]
    assert message.subject.endswith("was refunded")
    for body in (message.body, message.alternatives[0][0]):
        assert "It goes back the way it came" in body
        assert "was not taken" not in body
    assert "Refunded." in message.body
