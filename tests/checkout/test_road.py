"""The thin road: a held basket, details, review, their page, back, tickets."""

from __future__ import annotations

from django.core import mail

from checkout.models import Booking, Order, Payment
from tests.checkout.conftest import Ada
from tests.checkout.world import World, pdfs


def test_two_seats_are_bought_on_the_box_offices_page(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    assert ada.starts().url == ada.url("details")
    page = ada.client.get(ada.url("details"))
    assert page.status_code == 200
    assert b"Print at Home" in page.content
    assert ada.fills_in().url == ada.url("review")
    page = ada.client.get(ada.url("review"))
    assert "£90.00" in page.content.decode()
    answer = ada.pays()
    assert answer.status_code == 303
    assert answer.url == "https://pay.example.org/gate/1"
    order = ada.now()
    assert (order.status, order.total_minor) == (Order.Status.PAYING, 9000)
    theatre.paid(theatre.only_order())
    assert ada.comes_back().url == ada.url("thanks")
    order = ada.now()
    assert order.status == Order.Status.FULFILLED
    booking = ada.booking()
    assert (booking.status, booking.reference) == (Booking.Status.TICKETED, "REF1")
    assert Payment.objects.get().status == Payment.Status.CAPTURED
    assert ada.client.get(ada.url("thanks")).url == ada.url("order")
    page = ada.client.get(ada.url("order"))
    text = page.content.decode()
    assert "REF1" in text
    assert "F12" in text
    document = booking.documents.first()
    assert document is not None
    file = ada.client.get(ada.url("document", order.token, document.token))
    assert file.content.startswith(b"%PDF")
    assert file["Content-Disposition"].startswith("attachment;")
    assert [m.subject for m in mail.outbox] == [f"Your booking {order.number} at Foyer"]
    assert order.basket.status == "converted"


def test_two_tickets_are_bought_in_our_card_form(ada: Ada, arena: World) -> None:
    ada.holds("arena", currency="EUR")
    arena.documents = pdfs("", expected=2, complete=True)
    answer = ada.goes_to_payment()
    assert answer.url == ada.url("pay")
    page = ada.client.get(ada.url("pay"))
    text = page.content.decode()
    assert 'data-publishable-key="pk_test_theirs"' in text
    assert 'data-client-secret="pi_1_secret_s"' in text
    assert "js.stripe.com" in page["Content-Security-Policy"]
    arena.paid(arena.only_order())
    ada.comes_back()
    assert ada.now().status == Order.Status.FULFILLED


def test_a_free_ticket_needs_no_payment(ada: Ada, arena: World) -> None:
    ada.holds("arena", minor=0, currency="EUR")
    ada.starts()
    ada.fills_in()
    assert "Get the free tickets" in ada.client.get(ada.url("review")).content.decode()
    ada.pays()
    assert ada.now().status in (Order.Status.PAID, Order.Status.FULFILLED)
    payment = Payment.objects.get()
    assert (payment.route, payment.amount_minor, payment.status) == ("nothing", 0, "captured")
