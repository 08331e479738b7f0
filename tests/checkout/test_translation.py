"""No plain English in checkout: every page that Ada's browser gets is read, and every mail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation

from baskets.models import Hold, Line
from catalog.models import Event, Instance, ProviderAccount, Venue
from checkout.models import Booking, Order
from shop import clock
from shop.money import Money
from shop.providers import errors
from shop.providers.types import Arrives, BookingState, DocumentInfo, Documents, HeldItem
from tests.checkout import world as worlds
from tests.checkout.conftest import Ada
from tests.checkout.world import World, pdfs
from tests.pseudo import english_words, plain_english, pseudo_language


class ReadingClient(Client):
    """A browser whose every page is read to the last word."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
            found = plain_english(response.content.decode())
            assert not found, f"{request['PATH_INFO']} {response.status_code}: {found}"
        return response


class Greek(Ada):
    def holds(self, account: str = "west-end", **more: Any) -> Hold:
        hold = super().holds(account, **more)
        Line.objects.update(area="Πλατεία")
        return hold

    def answers(self, **more: str) -> dict[str, str]:
        return super().answers(**{"first_name": "Άδα", "last_name": "Λάβλεϊς", **more})


@pytest.fixture
def client() -> Client:
    return ReadingClient()


@pytest.fixture
def ada(
    client: Client, season: dict[str, Instance], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ada]:
    settings.SHOP_NAME = "Θέατρο"
    settings.SHOP_TELEPHONE = "210 999"
    settings.PROVIDER_ACCOUNTS = {
        name: replace(config, title=f"Ταμείο {name[0].upper()}")
        for name, config in settings.PROVIDER_ACCOUNTS.items()
    }
    for account in ProviderAccount.objects.all():
        ProviderAccount.objects.filter(pk=account.pk).update(title=f"Ταμείο {account.name[0].upper()}")
    Event.objects.update(name="Άμλετ", terms="<p>Όροι</p>")
    Venue.objects.update(name="Σκηνή", city="Αθήνα", address="Οδός 1", own_telephone="210 1")
    for row in season.values():
        row.refresh_from_db()
        row.event.refresh_from_db()
    monkeypatch.setattr(worlds, "HeldItem", lambda **said: HeldItem(**{**said, "area": "Πλατεία"}))
    for office in worlds.WORLDS.values():
        office.questions = tuple(
            replace(q, choices=tuple(replace(c, label="Επιλογή" if c.label else "") for c in q.choices))
            for q in office.questions
        )
    mail.outbox.clear()
    with pseudo_language() as code, translation.override(code):
        yield Greek(client, season)
        read_mails()


def read_mails() -> None:
    """Addresses, numbers and names apart, a mail has no Latin word either."""
    for message in mail.outbox:
        assert not english_words(message.subject), message.subject
        assert not english_words(message.body), english_words(message.body)
        for html, _kind in message.alternatives:
            found = plain_english(re.sub(r"<style.*?</style>", "", html, flags=re.S))
            assert not found, found


def see(ada: Ada, *names: str) -> None:
    for name in names:
        ada.client.get(ada.url(name))


def test_details_their_errors_and_review(ada: Ada, theatre: World, arena: World) -> None:
    ada.client.get(reverse("checkout:start"))
    ada.holds()
    ada.holds("arena", minor=2000)
    ada.starts()
    see(ada, "details")
    ada.client.post(ada.url("details"), {})
    ada.fills_in(email="όχι")
    ada.fills_in(first_name="Α" * 500)
    ada.fills_in(country="219")
    position = ada.booking().pk
    ada.fills_in(**{f"part-{position}-delivery": "ψεύτικο"})
    ada.fills_in(**{f"part-{position}-protection": "yes", f"part-{position}-delivery": "1"})
    see(ada, "review")
    ada.client.post(ada.url("pay"), {"agreed": "1"})
    ada.pays(agreed=1)


@pytest.mark.parametrize(
    "error",
    [
        errors.Unavailable(),
        errors.BadAnswer(),
        errors.Misconfigured(),
        errors.SoldOut(),
        errors.HoldExpired(),
        errors.HoldGone(),
        errors.LimitExceeded(limit=4),
        errors.DetailsRejected(fields={"email": "invalid", "address_1": "too_long"}),
        errors.OutcomeUnknown(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_way_a_box_office_can_fail(ada: Ada, theatre: World, error: errors.ProviderError) -> None:
    ada.holds()
    theatre.fail("questions", error)
    ada.client.get(reverse("checkout:start"), follow=True)
    ada.starts()
    ada.fills_in()
    theatre.fail("prepare", error)
    theatre.fail("look", error)
    ada.pays()
    see(ada, "review", "pay", "details")
    ada.client.get(reverse("baskets:detail"), follow=True)


def test_what_changed_between_review_and_payment(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.starts()
    ada.fills_in()
    theatre.surcharge = 500
    ada.pays()
    see(ada, "review")
    for items in theatre.items.values():
        items[0].minor += 1000
    ada.pays()
    see(ada, "review")
    for items in theatre.items.values():
        items[0].state = "gone"
    ada.pays()
    ada.client.get(reverse("baskets:detail"), follow=True)


@pytest.mark.parametrize("outcome", ["success", "failure"])
def test_the_way_back_from_the_payment_page(
    ada: Ada, theatre: World, outcome: str, move_clock: Callable
) -> None:
    ada.holds()
    ada.goes_to_payment()
    see(ada, "pay", "thanks", "status")
    ada.comes_back(outcome)
    see(ada, "thanks", "status", "pay", "review", "order")
    move_clock(timedelta(seconds=70))
    see(ada, "thanks", "status")
    move_clock(timedelta(minutes=7, seconds=40))
    see(ada, "pay", "thanks", "status")
    move_clock(timedelta(minutes=40))
    see(ada, "status", "thanks", "order", "details", "review", "pay")
    ada.client.get(reverse("baskets:detail"), follow=True)


def test_waiting_for_a_proof_and_then_a_person(ada: Ada, theatre: World, sweep: Callable[..., None]) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.orders[theatre.only_order()]["state"] = "early"
    ada.comes_back()
    see(ada, "thanks", "status")
    sweep(timedelta(hours=1), step=timedelta(minutes=5))
    see(ada, "thanks", "order", "status")


ARRIVALS = {
    "now": pdfs("F12", "F13", expected=2, complete=True),
    "half": pdfs("F12", expected=2),
    "none": pdfs(expected=2),
    "box office": Documents(Arrives.BOX_OFFICE, expected=2, ready=0, complete=True),
    "dispatch": Documents(Arrives.VENUE_DISPATCH, expected=2, ready=0, complete=True),
    "post": Documents(Arrives.POST, expected=2, ready=0, complete=True),
    "mail": Documents(Arrives.MAIL, expected=2, ready=0, complete=True),
    "wallets": Documents(
        Arrives.DOWNLOAD,
        expected=1,
        ready=1,
        documents=tuple(
            DocumentInfo(ref=kind, kind=kind, link=f"https://pay.example.org/{kind}")
            for kind in ("pdf", "pkpass", "apple", "google")
        ),
        complete=True,
    ),
}


@pytest.mark.parametrize("arrival", ARRIVALS)
def test_an_order_however_its_tickets_come(
    ada: Ada, theatre: World, arrival: str, sweep: Callable[..., None]
) -> None:
    ada.holds()
    theatre.documents = ARRIVALS[arrival]
    order = ada.buys()
    assert order.status in (Order.Status.PAID, Order.Status.FULFILLED)
    see(ada, "order")
    ada.client.post(ada.url("again"), follow=True)
    sweep(timedelta(minutes=3), step=timedelta(minutes=1))
    see(ada, "order")
    assert mail.outbox


def test_tickets_that_are_released_later(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.documents = Documents(
        Arrives.DOWNLOAD, expected=2, ready=0, release_at=clock.now() + timedelta(days=3)
    )
    ada.buys()
    see(ada, "order")


def test_a_free_ticket(ada: Ada, arena: World) -> None:
    ada.holds("arena", minor=0, currency="EUR")
    ada.goes_to_payment()
    see(ada, "thanks", "order", "status")


def test_a_card_in_our_page_and_one_that_fails(ada: Ada, arena: World) -> None:
    ada.holds("arena", minor=2000, currency="EUR")
    ada.goes_to_payment()
    see(ada, "pay")
    ada.comes_back("failure")
    see(ada, "pay", "thanks")
    arena.paid(arena.only_order())
    ada.comes_back()
    see(ada, "order")


def test_two_payments_of_which_the_second_fails(ada: Ada, theatre: World, arena: World) -> None:
    ada.holds()
    ada.holds("arena", minor=2000)
    ada.goes_to_payment()
    theatre.paid(theatre.only_order())
    ada.comes_back()
    see(ada, "thanks", "pay", "status")
    ada.pays()
    see(ada, "pay")
    ada.comes_back("failure", position=2)
    see(ada, "pay", "order", "thanks")
    ada.client.post(reverse("checkout:without", args=[ada.now().token, 2]), follow=True)
    see(ada, "order", "thanks")


@pytest.mark.parametrize("status", Booking.Status.values)
def test_a_part_in_each_state(ada: Ada, theatre: World, status: str) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=2)
    ada.buys()
    Booking.objects.update(status=status)
    for order in Order.Status.values:
        Order.objects.update(status=order)
        see(ada, "order", "thanks", "status")


def test_back_to_the_basket(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    ada.client.post(ada.url("cancel"), follow=True)
    ada.holds()
    ada.goes_to_payment()
    theatre.fail("look", errors.Unavailable())
    ada.client.post(ada.url("cancel"), follow=True)


def test_money_that_went_back(ada: Ada, theatre: World, sweep: Callable[..., None]) -> None:
    ada.holds()
    ada.buys()
    theatre.orders[theatre.only_order()]["state"] = BookingState.REFUNDED
    Booking.objects.update(looked_at=None)
    sweep(timedelta(hours=2), step=timedelta(minutes=20))
    see(ada, "order")


def test_a_sum_that_is_not_what_was_agreed(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.orders[theatre.only_order()]["told"] = Money(9900, "GBP")
    theatre.paid(theatre.only_order())
    ada.comes_back()
    see(ada, "order")


def test_finding_a_booking(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.buys()
    find = reverse("checkout:find")
    ada.client.get(find)
    for email in ("ada@example.org", "nobody@example.org", "όχι", ""):
        ada.client.post(find, {"email": email}, follow=True)
    assert len(mail.outbox) > 1


def test_who_has_no_key_gets_no_page(ada: Ada) -> None:
    for name in ("order", "thanks", "details", "review", "pay"):
        ada.client.get(reverse(f"checkout:{name}", args=["x" * 32]))
    ada.client.get("/el/checkout/return/" + "x" * 32 + "/success/")
