"""The order page, its files and who gets in; the calendar file; finding it again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from checkout.doors import order_of
from checkout.models import Document, Mail, Order, OrderLine
from shop import words
from shop.models import Knock
from tests.checkout.conftest import Ada
from tests.checkout.world import World, pdfs

NAMES = ("order", "thanks", "status", "details", "review", "pay", "calendar")


def test_a_stranger_gets_404_everywhere(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=1, complete=True)
    order = ada.buys()
    for token in ("x" * 32, "x", order.number, str(order.pk), order.token[:-1], order.token + "a", "a" * 200):
        for name in NAMES:
            assert ada.client.get(reverse(f"checkout:{name}", args=[token])).status_code == 404, name
        for name in ("cancel", "again"):
            assert ada.client.post(reverse(f"checkout:{name}", args=[token])).status_code == 404, name
    document = Document.objects.get()
    assert ada.client.get(reverse("checkout:document", args=[order.token, "x" * 32])).status_code == 404
    assert ada.client.get(reverse("checkout:document", args=["x" * 32, document.token])).status_code == 404


@pytest.mark.parametrize("token", ["a" * 20 + "\x00", "é" * 20, "a b" * 8])
def test_what_cannot_be_a_token_is_not_looked_for(
    ada: Ada, theatre: World, django_assert_num_queries: Any, token: str
) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=1, complete=True)
    order = ada.buys()
    with django_assert_num_queries(0), pytest.raises(Http404):
        order_of(token)
    with CaptureQueriesContext(connection) as asked:
        answer = ada.client.get(reverse("checkout:document", args=[order.token, token]))
    assert answer.status_code == 404
    assert "checkout_document" not in str(asked.captured_queries)


def test_several_files_without_a_seat_are_told_apart(ada: Ada, theatre: World) -> None:
    ada.holds()
    found = pdfs("", "", expected=2, complete=True)
    files = tuple(
        replace(one, ref=f"doc-{n}", link=f"{one.link}{n}") for n, one in enumerate(found.documents)
    )
    theatre.documents = replace(found, documents=files)
    ada.buys()
    page = ada.client.get(ada.url("order")).content.decode()
    assert ">PDF 1<" in page
    assert ">PDF 2<" in page


def test_of_tickets_that_are_no_file_page_and_mail_say_so(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=3, complete=True)
    order = ada.buys()
    said = "2 more tickets are booked and are no files"
    assert said in ada.client.get(reverse("checkout:order", args=[order.token])).content.decode()
    assert said in mail.outbox[-1].body.replace("\n", " ")
    assert said in str(mail.outbox[-1].alternatives[0][0]).replace("\n", " ")


def test_a_document_of_another_order_is_404(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=1, complete=True)
    first = ada.buys()
    document = Document.objects.get()
    ada.basket = None
    ada.holds()
    theatre.orders.clear()
    second = ada.buys()
    assert second.pk != first.pk
    assert (
        ada.client.get(reverse("checkout:document", args=[second.token, document.token])).status_code == 404
    )


def test_no_page_is_stored_indexed_or_told_to_others(ada: Ada, theatre: World) -> None:
    ada.holds()
    seen: list[Any] = []
    ada.starts()
    seen.append(ada.client.get(ada.url("details")))
    ada.fills_in()
    seen.append(ada.client.get(ada.url("review")))
    ada.pays()
    seen += [ada.client.get(ada.url("pay")), ada.client.get(ada.url("thanks"))]
    theatre.paid(theatre.only_order())
    seen.append(ada.comes_back())
    seen += [ada.client.get(ada.url("order")), ada.client.get(reverse("checkout:find"))]
    for answer in seen:
        assert answer["Cache-Control"] == "no-store, private"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_each_page_has_one_heading_that_takes_the_focus(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.starts()
    pages = [ada.client.get(ada.url("details")).content]
    ada.fills_in()
    pages.append(ada.client.get(ada.url("review")).content)
    ada.pays()
    pages.append(ada.client.get(ada.url("pay")).content)
    ada.comes_back()
    pages.append(ada.client.get(ada.url("thanks")).content)
    theatre.paid(theatre.only_order())
    ada.comes_back()
    pages.append(ada.client.get(ada.url("order")).content)
    titles = set()
    for page in pages:
        text = page.decode()
        assert text.count("<h1") == 1
        assert '<h1 tabindex="-1">' in text
        titles.add(text[text.index("<title>") : text.index("</title>")])
    assert len(titles) == len(pages)


def test_total_tickets_and_clock_are_on_each_step(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.starts()
    pages = [ada.client.get(ada.url("details"))]
    ada.fills_in()
    pages.append(ada.client.get(ada.url("review")))
    ada.pays()
    pages.append(ada.client.get(ada.url("pay")))
    for page in pages:
        text = page.content.decode()
        assert "£90.00" in text
        assert "F12, F13" in text
        assert "data-seconds-left=" in text
        assert "Held for" in text


def test_wishes_show_no_invented_clock(ada: Ada, arena: World) -> None:
    ada.holds("arena", currency="EUR")
    ada.starts()
    text = ada.client.get(ada.url("details")).content.decode()
    assert "data-seconds-left" not in text
    assert "We cannot hold these tickets for you. They are yours once you have paid." in text
    ada.fills_in()
    ada.pays()
    assert "data-seconds-left" in ada.client.get(ada.url("pay")).content.decode()


def test_the_order_page_works_for_whoever_has_its_address_without_a_cookie(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.buys()
    answer = Client().get(ada.url("order"))
    assert answer.status_code == 200
    assert "foyer_basket" not in answer.cookies


def test_the_order_is_a_snapshot_that_the_catalogue_cannot_change(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.buys()
    event = ada.season["west-end"].event
    event.name = "Macbeth"
    event.save()
    event.venue.name = "Globe"
    event.venue.save()
    text = ada.client.get(ada.url("order")).content.decode()
    assert "Hamlet" in text
    assert "Garrick Theatre" in text
    assert "Macbeth" not in text


@pytest.mark.parametrize("month", [(2027, 3, 28), (2026, 10, 25)])
def test_the_calendar_file_has_the_venues_hour_on_both_clock_change_days(
    ada: Ada, theatre: World, month: tuple[int, int, int]
) -> None:
    ada.holds()
    ada.buys()
    curtain = datetime(*month, 19, 30, tzinfo=ZoneInfo("Europe/London"))
    OrderLine.objects.update(starts_at=curtain.astimezone(UTC), ends_at=None)
    answer = ada.client.get(ada.url("calendar"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    found = Calendar.from_ical(answer.content)
    (entry,) = found.walk("VEVENT")
    assert entry["DTSTART"].params["TZID"] == "Europe/London"
    assert entry["DTSTART"].dt == curtain
    assert entry["DTEND"].dt > curtain
    assert found.walk("VTIMEZONE")
    assert "Hamlet" in entry["SUMMARY"]
    again = Calendar.from_ical(ada.client.get(ada.url("calendar")).content)
    assert again.walk("VEVENT")[0]["UID"] == entry["UID"]


def test_there_is_no_calendar_file_before_anything_is_booked(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    assert ada.client.get(ada.url("calendar")).status_code == 404


def test_the_order_page_needs_few_queries(
    ada: Ada, theatre: World, django_assert_max_num_queries: Any
) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    ada.buys()
    with django_assert_max_num_queries(10):
        ada.client.get(ada.url("order"))


# --- find my booking ----------------------------------------------------------------------------------------


def ask(client: Client, email: str) -> Any:
    return client.post(reverse("checkout:find"), {"email": email})


def test_finding_reveals_nothing(ada: Ada, theatre: World) -> None:
    ada.holds()
    order = ada.buys()
    mail.outbox.clear()
    known, unknown = ask(Client(), "ada@example.org"), ask(Client(), "nobody@example.org")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    pages = [Client().get(answer.url).content for answer in (known, unknown)]
    strip = [p[: p.index(b"csrfmiddlewaretoken")] for p in pages]
    assert strip[0] == strip[1]
    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    assert order.number in message.body
    assert order.token not in message.body  # a link of its own, which lasts a day
    assert order.token not in pages[0].decode()


def test_finding_knows_the_address_in_any_case_and_only_orders_that_were_booked(
    ada: Ada, theatre: World
) -> None:
    ada.holds()
    ada.goes_to_payment()
    ask(Client(), "ada@example.org")
    assert mail.outbox == []
    theatre.paid(theatre.only_order())
    ada.comes_back()
    mail.outbox.clear()
    ask(Client(), " ADA@Example.org ")
    assert len(mail.outbox) == 1


def test_finding_is_limited_per_address_and_the_answer_stays_the_same(
    ada: Ada, theatre: World, move_clock: Callable[[timedelta], None]
) -> None:
    ada.holds()
    ada.buys()
    mail.outbox.clear()
    answers = [ask(Client(), "ada@example.org") for _n in range(6)]
    assert len({(a.status_code, a.url) for a in answers}) == 1
    assert len(mail.outbox) == 3
    move_clock(timedelta(minutes=61))
    ask(Client(), "ada@example.org")
    assert len(mail.outbox) == 4


def test_finding_is_limited_per_client(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.buys()
    mail.outbox.clear()
    for number in range(20):
        ask(Client(), f"guess{number}@example.org")
    ask(Client(), "ada@example.org")
    assert mail.outbox == []
    Client(REMOTE_ADDR="10.9.9.9").post(reverse("checkout:find"), {"email": "ada@example.org"})
    assert len(mail.outbox) == 1


def test_finding_keeps_no_address_of_those_who_ask(ada: Ada, db: None) -> None:
    ask(Client(), "nobody@example.org")
    assert Knock.objects.count() == 2
    assert not any("nobody" in knock.key for knock in Knock.objects.all())
    assert Mail.objects.count() == 0
    assert Order.objects.count() == 0


def test_finding_with_a_bad_address_says_what_is_wrong(db: None, client: Client) -> None:
    answer = ask(client, "nobody")
    assert answer.status_code == 422
    assert "Enter an e-mail address like name@example.org" in answer.content.decode()


def test_start_without_a_basket_leads_to_the_basket_page(db: None, client: Client) -> None:
    answer = client.get(reverse("checkout:start"))
    assert answer.url == reverse("baskets:detail")
    assert Order.objects.count() == 0


def test_every_clock_of_an_order_names_its_zone_where_it_is_another(
    ada: Ada, theatre: World, arena: World
) -> None:
    ada.season["west-end"].event.venue.timezone = "Europe/Vienna"
    ada.season["west-end"].event.venue.save()
    ada.holds()
    ada.starts()
    until = words.held_until(ada.booking().expires_at, "Europe/Vienna")
    assert until.endswith("(Vienna time)")
    assert f"</span>, until {until}</p>" in ada.client.get(ada.url("details")).content.decode()
    ada.fills_in()
    ada.pays()
    ada.comes_back()
    at = r"<time datetime=\"[^\"]+\">\d+:\d\d \(Vienna time\)</time>"
    assert re.search(at, ada.client.get(ada.url("thanks")).content.decode())
    theatre.paid(theatre.only_order())
    ada.comes_back()
    assert re.search(at, ada.client.get(ada.url("order")).content.decode())
