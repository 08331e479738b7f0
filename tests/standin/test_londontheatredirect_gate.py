"""London Theatre Direct's payment gate, summary and tickets, from "Sandbox environment" and "Events with Baskets"."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from shop.standin.ltd_gate_words import WORDS
from tests.standin.ltd_caller import MASTERCARD, ORIGIN, VISA, Caller, order

ROOM, SCHEDULED_EVENT, DISPATCH_EVENT, POSTED_EVENT, TWO_IN_A_WEEK = 5112, 5105, 5106, 5103, 5109
SUCCESS, FAILURE = order()["SuccessReturnUrl"], order()["FailureReturnUrl"]
BOX_OFFICE, POST, PRINT, E_TICKET, SCHEDULED, DISPATCH = 1, 2, 91, 92, 93, 94


def summary(ltd: Caller, basket: str) -> Any:
    return ltd.get(f"/Baskets/{basket}/SubmittedBasketSummary")


# The gate


def test_the_gate_shows_items_and_total_and_needs_no_script(ltd: Caller) -> None:
    basket = ltd.held(5103, 2)
    page = ltd.http.get(ltd.gate(basket, DeliveryType=1, RequireTicketPlan=True))
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "Saltwater Kings" in page.text
    total = ltd.get(f"/Baskets/{basket}").json()["Items"][0]["PriceSubTotal"] + 1 + 2 * 2.5
    assert f"data-total>£{total:,.2f}<" in page.text
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("number", [VISA, MASTERCARD, "4000 0000 0000 0002"])
def test_a_sandbox_card_and_the_password_pay_and_lead_back_unchanged(ltd: Caller, number: str) -> None:
    basket = ltd.held()
    url = ltd.gate(basket)
    done = ltd.bank(url, ltd.card(url, number))
    assert (done.status_code, done.headers["Location"]) == (302, SUCCESS)
    assert summary(ltd, basket).status_code == 200
    (charge,) = ltd.books()["charges"]
    items = ltd.get(f"/Baskets/{basket}").json()["Items"]
    assert charge["pence"] == round(sum(i["PriceSubTotal"] for i in items) * 100) + 100


def test_a_paid_gate_leads_to_success_again_and_charges_once(ltd: Caller) -> None:
    basket = ltd.held()
    url = ltd.gate(basket)
    tabs = [ltd.card(url), ltd.card(url)]
    answers = [ltd.bank(url, tab) for tab in tabs]
    again = ltd.http.get(url, allow_redirects=False)
    assert {a.headers["Location"] for a in [*answers, again]} == {SUCCESS}
    assert len(ltd.books()["charges"]) == 1


@pytest.mark.parametrize(
    ("number", "cvc", "password"),
    [("4111111111111111", "111", None), (VISA, "222", None), (VISA, "111", "4321")],
)
def test_anything_else_is_declined_and_may_be_tried_again(
    ltd: Caller, number: str, cvc: str, password: str | None
) -> None:
    basket = ltd.held()
    url = ltd.gate(basket)
    page = ltd.card(url, number, cvc=cvc)
    away = page if password is None else ltd.bank(url, page, password)
    assert (away.status_code, away.headers["Location"]) == (302, FAILURE)
    assert summary(ltd, basket).status_code == 204
    assert ltd.books()["charges"] == []
    assert ltd.bank(url, ltd.card(url)).headers["Location"] == SUCCESS


def test_cancel_leads_to_the_failure_address(ltd: Caller) -> None:
    url = ltd.gate(ltd.held())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    away = ltd.http.post(url, data={"step": "cancel"}, headers=headers, allow_redirects=False)
    assert (away.status_code, away.headers["Location"]) == (302, FAILURE)


@pytest.mark.parametrize(
    ("number", "expiry", "cvc"),
    [
        ("", "12/29", "111"),
        (VISA, "12/26", "111"),
        (VISA, "13/29", "111"),
        (VISA, "soon", "111"),
        (VISA, "12/29", ""),
    ],
)
def test_what_cannot_be_a_card_is_asked_again_in_words(
    ltd: Caller, number: str, expiry: str, cvc: str
) -> None:
    page = ltd.card(ltd.gate(ltd.held()), number, expiry, cvc)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert VISA not in page.text


def test_the_bank_cannot_be_skipped(ltd: Caller) -> None:
    url = ltd.gate(ltd.held())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    form = {"step": "bank", "challenge": "made-up", "password": "1234"}
    away = ltd.http.post(url, data=form, headers=headers, allow_redirects=False)
    assert away.headers["Location"] == FAILURE
    assert ltd.books()["charges"] == []


def test_a_hold_that_ended_before_the_bank_answered_is_not_charged(ltd: Caller) -> None:
    basket = ltd.held()
    url = ltd.gate(basket)
    page = ltd.card(url)
    ltd.advance(11 * 60)
    assert ltd.bank(url, page).headers["Location"] == FAILURE
    assert ltd.http.get(url, allow_redirects=False).headers["Location"] == FAILURE
    assert ltd.books()["charges"] == []
    assert summary(ltd, basket).status_code == 204


def test_an_unknown_gate_is_not_found(ltd: Caller) -> None:
    gate = f"{ORIGIN}/ltd/payments/PaymentGate.aspx"
    assert ltd.http.get(gate).status_code == 404
    assert ltd.http.get(f"{gate}?basketId={ltd.held()}").status_code == 404


@pytest.mark.parametrize(("number", "language"), [(1, "en"), (2, "de"), (6, "fr"), (9, "da"), (77, "en")])
def test_the_gate_speaks_the_language_that_was_asked_for(ltd: Caller, number: int, language: str) -> None:
    page = ltd.http.get(ltd.gate(ltd.held(), PaymentGateLanguage=number)).text
    assert f'lang="{language}"' in page
    assert WORDS[language]["card"] in page


def test_the_gate_asks_no_key(ltd: Caller) -> None:
    stranger = Caller(key="", app=ltd.app)
    assert stranger.http.get(ltd.gate(ltd.held())).status_code == 200


# The summary


def test_the_summary_is_empty_until_paid(ltd: Caller) -> None:
    basket = ltd.held()
    for _ in range(2):
        answer = summary(ltd, basket)
        assert (answer.status_code, answer.content) == (204, b"")
        ltd.gate(basket)


def test_the_summary_of_a_paid_order_is_that_of_the_documents(ltd: Caller) -> None:
    basket = ltd.held(5101, 2)
    ltd.pay(basket, RequireTicketPlan=True, DeliveryType=92)
    found = summary(ltd, basket).json()
    assert list(found) == ["TransactionReference", "BasketId", "DeliveryInformation", "BasketItems",
                           "ProtectionInformation", "BookingReference", "DiscountInformation"]  # fmt: skip
    assert isinstance(found["TransactionReference"], int)
    assert re.fullmatch(r"[A-Z]{3}\d{5}", found["BookingReference"])
    assert found["ProtectionInformation"] == {"ProtectedTicketsCount": 2, "TotalProtectionPrice": 5.0}
    (item,) = found["BasketItems"]
    assert item["ReservationValidity"] == 0
    for ticket in item["Tickets"]:
        assert re.fullmatch(r"\d{18}", ticket["Barcode"])
        assert ticket["BarcodeType"] == "QRCode"
        assert ticket["ScheduledOn"] is None
    assert found["DeliveryInformation"]["BillingCity"] == "London"


def test_references_are_different_for_every_order(ltd: Caller) -> None:
    baskets = [ltd.held(ROOM, 1, place) for place in range(3)]
    for basket in baskets:
        ltd.pay(basket)
    found = [summary(ltd, basket).json() for basket in baskets]
    assert len({f["BookingReference"] for f in found}) == 3
    assert len({f["TransactionReference"] for f in found}) == 3


def test_a_paid_basket_cannot_be_changed_and_its_seats_stay_sold(ltd: Caller) -> None:
    basket = ltd.held()
    ltd.pay(basket)
    item = ltd.get(f"/Baskets/{basket}").json()["Items"][0]
    other = ltd.seats(ltd.performance(ROOM, 1)["PerformanceId"], 1)
    assert ltd.add(basket, other).status_code == 403
    assert ltd.delete(f"/Baskets/{basket}/Tickets").status_code == 403
    assert ltd.delete(f"/Baskets/{basket}/BasketItem/{item['BasketItemId']}").status_code == 403
    assert ltd.submit(basket).status_code == 403
    ltd.advance(3600)
    assert len(ltd.get(f"/Baskets/{basket}").json()["Items"]) == 1
    assert ltd.add(ltd.basket(), [item["Tickets"][0]["TicketId"]]).status_code == 409


def test_a_sold_order_is_found_ten_days_later_even_if_the_event_was_removed(ltd: Caller) -> None:
    basket = ltd.held(ROOM, 2, 0)
    ltd.pay(basket, DeliveryType=E_TICKET)
    before = summary(ltd, basket).json()
    ltd.advance(10 * 86_400)
    ltd.control(f"/ltd/events/{ROOM}", {"removed": True})
    assert summary(ltd, basket).json() == before
    assert ltd.get(f"/Baskets/{basket}/ETickets").json()["Items"]


# Documents


def text_of(pdf: bytes) -> str:
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    return page.extract_text()


def test_print_at_home_grows_by_one_ticket_at_each_call(ltd: Caller) -> None:
    basket = ltd.held(ROOM, 3)
    assert ltd.get(f"/Baskets/{basket}/PrintAtHomeTickets").status_code == 204
    ltd.pay(basket, DeliveryType=PRINT)
    seen = []
    for _ in range(4):
        found = ltd.get(f"/Baskets/{basket}/PrintAtHomeTickets").json()
        assert found["RequestedTicketsCount"] == 3
        assert found["GeneratedTicketsCount"] == len(found["GeneratedTickets"])
        seen.append((found["GeneratedTicketsCount"], found["AllTicketsGenerated"]))
    assert seen == [(1, False), (2, False), (3, True), (3, True)]
    for row in found["GeneratedTickets"]:
        assert list(row) == ["Ticket", "FileSize", "DownloadUrl"]
        answer = Caller(key="", app=ltd.app).http.get(row["DownloadUrl"])
        assert answer.headers["Content-Type"] == "application/pdf"
        assert len(answer.content) == row["FileSize"]
        assert row["Ticket"]["TicketName2"] in text_of(answer.content)


def test_a_ticket_tells_what_the_door_wants_to_know(ltd: Caller) -> None:
    basket = ltd.held(5101, 1)
    ltd.pay(basket, DeliveryType=E_TICKET)
    found = summary(ltd, basket).json()
    (ticket,) = found["BasketItems"][0]["Tickets"]
    (row,) = ltd.get(f"/Baskets/{basket}/ETickets").json()["Items"]
    text = text_of(ltd.http.get(row["ETickets"][0]["DownloadUrl"]).content)
    for part in (
        "The Paper Lantern",
        "Aldgate Playhouse",
        found["BookingReference"],
        ticket["Barcode"],
        "Ada Buyer",
    ):
        assert part in text


def test_e_tickets_are_pdf_apple_and_google(ltd: Caller) -> None:
    basket = ltd.held(ROOM, 2)
    ltd.pay(basket, DeliveryType=E_TICKET)
    items = ltd.get(f"/Baskets/{basket}/ETickets").json()["Items"]
    sold = [t["TicketId"] for t in summary(ltd, basket).json()["BasketItems"][0]["Tickets"]]
    assert [i["TicketId"] for i in items] == sold
    for item in items:
        links = {e["Type"]: e["DownloadUrl"] for e in item["ETickets"]}
        assert list(links) == ["PDF", "Apple", "Google"]
        assert links["Apple"].startswith(f"{ORIGIN}/ltd/pass/apple/")
        assert links["Apple"].endswith(f"/{item['TicketId']}")
        apple = ltd.http.get(links["Apple"])
        assert apple.headers["Content-Type"] == "application/vnd.apple.pkpass"
        with zipfile.ZipFile(io.BytesIO(apple.content)) as archive:
            assert json.loads(archive.read("pass.json"))["eventTicket"]
        assert ltd.http.get(links["Google"]).status_code == 200
    assert ltd.get(f"/Baskets/{basket}/PrintAtHomeTickets").status_code == 204


def test_a_guessed_link_opens_nothing(ltd: Caller) -> None:
    basket = ltd.held(ROOM, 2)
    ltd.pay(basket, DeliveryType=E_TICKET)
    guid = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    first, second = ltd.get(f"/Baskets/{basket}/ETickets").json()["Items"]
    apple = first["ETickets"][1]["DownloadUrl"]
    for url in (
        f"{ORIGIN}/ltd/ETickets/DownloadETicket.ashx?pid={guid}",
        f"{ORIGIN}/ltd/ETickets/DownloadETicket.ashx",
        f"{ORIGIN}/ltd/pass/apple/{guid}/{first['TicketId']}",
        apple.replace(str(first["TicketId"]), str(second["TicketId"])),
        apple.replace("apple", "samsung"),
    ):
        assert ltd.http.get(url).status_code == 404


def test_scheduled_tickets_come_48_hours_before_the_curtain(ltd: Caller) -> None:
    place, performance = next(
        (n, p)
        for n, p in enumerate(ltd.get(f"/Events/{SCHEDULED_EVENT}/Performances").json()["Performances"])
        if p["TotalAvailableTickesCount"] > 20
    )
    basket = ltd.held(SCHEDULED_EVENT, 2, place)
    ltd.pay(basket, DeliveryType=SCHEDULED)
    curtain = datetime.fromisoformat(performance["PerformanceDate"])
    tickets = summary(ltd, basket).json()["BasketItems"][0]["Tickets"]
    assert {t["ScheduledOn"] for t in tickets} == {(curtain - timedelta(hours=48)).isoformat()}
    assert ltd.get(f"/Baskets/{basket}/ETickets").json() == {"Items": []}
    assert ltd.get(f"/Baskets/{basket}/PrintAtHomeTickets").status_code == 204
    now = datetime.fromisoformat(ltd.control("/clock")["now"]).replace(tzinfo=None)
    ltd.advance((curtain - timedelta(hours=47) - now).total_seconds())
    assert len(ltd.get(f"/Baskets/{basket}/ETickets").json()["Items"]) == 2


@pytest.mark.parametrize(
    ("event", "delivery"), [(ROOM, BOX_OFFICE), (POSTED_EVENT, POST), (DISPATCH_EVENT, DISPATCH)]
)
def test_what_is_collected_posted_or_sent_by_the_venue_is_never_downloaded(
    ltd: Caller, event: int, delivery: int
) -> None:
    basket = ltd.held(event, 1)
    ltd.pay(basket, DeliveryType=delivery)
    assert summary(ltd, basket).status_code == 200
    ltd.advance(30 * 86_400)
    assert ltd.get(f"/Baskets/{basket}/ETickets").json() == {"Items": []}
    assert ltd.get(f"/Baskets/{basket}/PrintAtHomeTickets").status_code == 204


def test_mails_are_sent_when_asked_for_and_by_the_venue(ltd: Caller) -> None:
    for place, (mail, delivery) in enumerate(((True, E_TICKET), (False, E_TICKET))):
        ltd.pay(ltd.held(ROOM, 1, place), SendConfirmationEmail=mail, DeliveryType=delivery)
    ltd.pay(ltd.held(DISPATCH_EVENT, 1), SendConfirmationEmail=False, DeliveryType=DISPATCH)
    mails = ltd.books()["mails"]
    assert [(m["recipient"], m["subject"]) for m in mails] == [
        ("ada@example.org", "Booking confirmation"),
        ("ada@example.org", "Your tickets from the venue"),
    ]


# Faults and control


def test_the_summary_may_answer_before_payment(ltd: Caller) -> None:
    basket = ltd.held()
    ltd.fault(name="summary_before_payment", times=-1)
    assert summary(ltd, basket).status_code == 204  # not even submitted
    ltd.gate(basket)
    early = summary(ltd, basket)
    assert early.status_code == 200
    assert early.json()["BookingReference"]
    assert ltd.books()["charges"] == []


def test_the_summary_may_be_late(ltd: Caller) -> None:
    basket = ltd.held()
    ltd.gate(basket)
    ltd.fault(name="summary_late", times=3)
    assert summary(ltd, basket).status_code == 204
    ltd.pay(basket)
    assert [summary(ltd, basket).status_code for _ in range(4)] == [204, 204, 204, 200]


def test_documents_may_be_late(ltd: Caller) -> None:
    basket = ltd.held()
    ltd.pay(basket, DeliveryType=E_TICKET)
    ltd.fault(name="documents_late", times=1)
    assert ltd.get(f"/Baskets/{basket}/ETickets").json() == {"Items": []}
    assert len(ltd.get(f"/Baskets/{basket}/ETickets").json()["Items"]) == 2


def test_paid_but_nobody_is_led_back(ltd: Caller) -> None:
    basket = ltd.held()
    url = ltd.gate(basket)
    ltd.fault(name="no_return")
    done = ltd.bank(url, ltd.card(url))
    assert done.status_code == 200
    assert SUCCESS not in done.text
    assert summary(ltd, basket).status_code == 200


def test_the_gate_declines_on_demand(ltd: Caller) -> None:
    url = ltd.gate(ltd.held())
    ltd.fault(name="gate_declines")
    assert ltd.card(url).headers["Location"] == FAILURE


def test_a_buyer_can_be_played_without_a_browser(ltd: Caller) -> None:
    basket = ltd.held()
    url = f"{ORIGIN}/_standin/ltd/baskets/{basket}"
    refused = ltd.http.post(f"{url}/pay")
    assert refused.status_code == 409  # not submitted yet
    ltd.gate(basket)
    assert ltd.control(f"/ltd/baskets/{basket}/decline", {})["location"] == FAILURE
    assert ltd.control(f"/ltd/baskets/{basket}/pay_without_return", {}) == {"paid": True, "location": None}
    assert ltd.control(f"/ltd/baskets/{basket}/pay", {}) == {"paid": True, "location": SUCCESS}
    assert len(ltd.books()["charges"]) == 1
    assert ltd.http.post(f"{url}/steal").status_code == 400
    other = ltd.held(ROOM, 1, 1)
    ltd.control(f"/ltd/baskets/{other}/expire", {})
    assert ltd.submit(other).status_code == 403


def test_the_books_tell_who_holds_and_who_bought(ltd: Caller) -> None:
    sold, held = ltd.held(ROOM, 2), ltd.held(ROOM, 3)
    ltd.pay(sold)
    books = ltd.books()
    assert {(s["basket_id"]) for s in books["sold"]} == {sold}
    assert len(books["held"]) == 3
    record = next(b for b in books["baskets"] if b["basket_id"] == sold)
    assert (record["state"], record["external_reference"], record["email"]) == (
        "paid",
        "SHOP-000123",
        "ada@example.org",
    )
    assert record["reference"] == summary(ltd, sold).json()["BookingReference"]
    assert record["pence"] == books["charges"][0]["pence"]
    ltd.advance(11 * 60)
    assert ltd.books()["held"] == []
    assert next(b for b in ltd.books()["baskets"] if b["basket_id"] == held)["state"] == "open"


def test_no_card_number_is_kept(ltd: Caller) -> None:
    ltd.pay(ltd.held())
    journal = ltd.http.get(f"{ORIGIN}/_standin/journal").text
    assert VISA not in journal
    assert "password=***" in journal
    assert ltd.books()["charges"][0]["means"] == "Visa 0002"
