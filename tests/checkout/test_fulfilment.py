"""Documents as they become ready, stored sealed; what has nothing to download; what is forgotten."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from checkout import fulfilment, tasks
from checkout.models import Booking, Document, Mail, Order, Payment
from checkout.showing import show
from shop import clock
from shop.providers.errors import BadAnswer, Misconfigured, Unavailable, Unsupported
from shop.providers.types import Arrives, DocumentInfo, Documents
from tests.checkout.conftest import Ada
from tests.checkout.till_world import Killed
from tests.checkout.world import World, pdfs


def page_of(ada: Ada) -> str:
    return str(ada.client.get(ada.url("order")).content.decode())


def test_one_of_two_then_two(ada: Ada, theatre: World, sweep: Callable[..., None]) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=2)
    ada.buys()
    assert ada.now().status == Order.Status.PAID
    page = page_of(ada)
    assert "1 of 2 tickets ready" in page
    assert 'http-equiv="refresh"' in page
    assert Document.objects.count() == 1
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    sweep(timedelta(seconds=30))
    assert (ada.now().status, ada.booking().status) == (Order.Status.FULFILLED, Booking.Status.TICKETED)
    page = page_of(ada)
    assert "F13" in page
    assert "of 2 tickets ready" not in page
    assert theatre.calls["fetch"] == 2  # the first one is not fetched again


WRITES = ("INSERT", "UPDATE", "DELETE")
POINTS = 11  # writes of a fetch that brings the last ticket


def test_at_no_moment_a_part_waits_for_nothing_and_is_not_ready(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    """Its page would stand still for whoever looks just then."""
    ada.holds()
    theatre.documents = pdfs("F12", expected=2)
    ada.buys()
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    seen: list[tuple[str, bool]] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if sql.startswith(WRITES):
            booking = Booking.objects.get()
            seen.append((booking.status, booking.documents_due_at is None))
        return done

    with connection.execute_wrapper(look):
        sweep(timedelta(seconds=30))
    assert ("ticketed", True) in seen
    assert ("booked", True) not in seen


@pytest.mark.parametrize("passing", range(POINTS + 1))
def test_whoever_dies_at_any_write_of_fetching_leaves_nothing_undone(
    ada: Ada, theatre: World, sweep: Callable[..., None], passing: int
) -> None:
    """Nothing is delivered again: the sweep alone finds what is left, the order ends and the buyer is told, once."""
    ada.holds()
    theatre.documents = pdfs("F12", expected=2)
    ada.buys()
    sweep(timedelta(minutes=3), step=timedelta(seconds=30))  # the mail without the second ticket is out
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    left, died = [passing], []

    def dies(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if died and not sql.startswith(("ROLLBACK", "RELEASE")):
            raise Killed
        if sql.startswith(WRITES):
            if not left[0]:
                died.append(sql)
                raise Killed
            left[0] -= 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(dies), contextlib.suppress(Killed):
        fulfilment.fetch(ada.booking().pk, road="test")
    assert bool(died) == (passing < POINTS), "the number of its writes"
    sweep(timedelta(minutes=10), step=timedelta(seconds=30))
    assert (ada.now().status, ada.booking().status) == (Order.Status.FULFILLED, Booking.Status.TICKETED)
    assert ada.booking().documents_due_at is None
    told = Mail.objects.filter(sent_at__isnull=False).values_list("kind", flat=True)
    assert sorted(told) == ["paid", "tickets"]


def test_tickets_stand_in_the_order_of_their_seats(ada: Ada, theatre: World) -> None:
    ada.holds(tickets=3)
    theatre.documents = pdfs("F13", "F9", "F12", expected=3, complete=True)
    ada.buys()
    shown = show(ada.now()).parts[0].by_seat
    assert [seat for seat, _documents in shown] == ["F9", "F12", "F13"]


def test_a_file_that_cannot_be_fetched_yet_is_fetched_later(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    theatre.fail("fetch", Unavailable())
    ada.buys()
    assert ada.now().status == Order.Status.PAID
    assert "1 of 2 tickets ready" in page_of(ada)
    sweep(timedelta(seconds=30))
    assert ada.now().status == Order.Status.FULFILLED
    assert Document.objects.filter(fetched_at__isnull=False).count() == 2


@pytest.mark.parametrize("error", [Unavailable(), BadAnswer(), Misconfigured()])
def test_documents_that_cannot_be_asked_for_wait(
    ada: Ada, theatre: World, sweep: Callable[..., None], error: Exception
) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    theatre.fail("documents", error)
    ada.buys()
    assert ada.now().status == Order.Status.PAID
    assert "being made" in page_of(ada) or "ready" in page_of(ada)
    sweep(timedelta(minutes=1))
    assert ada.now().status == Order.Status.FULFILLED


def test_files_are_sealed_in_the_database_and_opened_for_the_buyer(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=1, complete=True)
    order = ada.buys()
    document = Document.objects.get()
    assert b"PDF" not in bytes(document.content or b"")
    file = ada.client.get(ada.url("document", order.token, document.token))
    assert file.content == b"%PDF-1.4 doc-F12"
    assert file["Content-Type"] == "application/pdf"
    assert file["X-Content-Type-Options"] == "nosniff"
    assert file["Content-Disposition"] == f'attachment; filename="{order.number}-1-f12.pdf"'
    assert file["Cache-Control"] == "no-store, private"


def test_a_provider_cannot_name_a_type_that_a_browser_would_run(
    ada: Ada, theatre: World, monkeypatch: Any
) -> None:
    from shop.providers.types import DocumentFile
    from tests.checkout.world import Office

    monkeypatch.setattr(Office, "fetch", lambda *a: DocumentFile(b"<script>", "text/html", 'x".html\r\nX: y'))
    ada.holds()
    theatre.documents = pdfs("F12", expected=1, complete=True)
    order = ada.buys()
    file = ada.client.get(ada.url("document", order.token, Document.objects.get().token))
    assert file["Content-Type"] == "application/octet-stream"
    assert "X" not in file.headers or file["X"] != "y"


def test_wallet_links_are_followed_through_our_own_token(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.documents = Documents(
        Arrives.DOWNLOAD, expected=1, ready=1, complete=True,
        documents=(DocumentInfo("t1", "apple", "https://pay.example.org/pass/secret-pass", seat="F12", is_wallet_link=True),),
    )  # fmt: skip
    order = ada.buys()
    page = page_of(ada)
    assert "secret-pass" not in page
    assert "Apple Wallet" in page
    answer = ada.client.get(ada.url("document", order.token, Document.objects.get().token))
    assert answer.url == "https://pay.example.org/pass/secret-pass"


def test_a_wallet_link_to_another_host_is_not_followed(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.documents = Documents(
        Arrives.DOWNLOAD, expected=1, ready=1, complete=True,
        documents=(DocumentInfo("t1", "apple", "https://evil.example.com/pass", seat="F12", is_wallet_link=True),),
    )  # fmt: skip
    order = ada.buys()
    assert ada.client.get(ada.url("document", order.token, Document.objects.get().token)).status_code == 404


def test_scheduled_tickets_say_when_and_are_fetched_then(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    release = clock.now() + timedelta(days=3)
    theatre.documents = pdfs(expected=2, arrives=Arrives.SCHEDULED, release_at=release)
    ada.buys()
    assert "Your tickets are released on" in page_of(ada)
    calls = theatre.calls["documents"]
    sweep(timedelta(hours=2), step=timedelta(hours=1))
    assert theatre.calls["documents"] == calls
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    sweep(timedelta(days=3), step=timedelta(hours=12))
    assert ada.now().status == Order.Status.FULFILLED
    assert ada.now().mails.filter(kind="tickets", sent_at__isnull=False).count() == 1


@pytest.mark.parametrize(
    ("arrives", "words"),
    [
        (Arrives.BOX_OFFICE, "Collect your tickets at the box office"),
        (Arrives.VENUE_DISPATCH, "The venue sends the tickets itself"),
        (Arrives.POST, "Your tickets come by post"),
        (Arrives.MAIL, "mails the tickets to ada@example.org"),
    ],
)
def test_what_has_nothing_to_download_says_how_it_comes(
    ada: Ada, theatre: World, arrives: Arrives, words: str
) -> None:
    ada.holds()
    theatre.documents = Documents(arrives, expected=2, ready=0, complete=True)
    ada.buys()
    assert ada.now().status == Order.Status.FULFILLED
    assert words in page_of(ada)
    assert ada.booking().documents_due_at is None


def test_an_account_without_documents_counts_as_mailed(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.fail("documents", Unsupported())
    ada.buys()
    assert ada.booking().arrives == "mail"


def test_tickets_that_are_long_overdue_go_to_a_person(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    theatre.documents = pdfs(expected=2)
    ada.buys()
    sweep(timedelta(hours=5), step=timedelta(minutes=30))
    assert ada.now().attention_reason == ""
    sweep(timedelta(hours=3), step=timedelta(minutes=30))
    assert (ada.now().attention_reason, ada.now().status) == ("documents_late", Order.Status.PAID)


def test_tickets_that_may_take_months_are_late_only_shortly_before_the_event(
    ada: Ada, theatre: World, sweep: Callable[..., None], move_clock: Callable[[timedelta], None]
) -> None:
    ada.holds()
    theatre.documents = replace(pdfs(expected=2), may_wait=True)
    ada.buys()
    sweep(timedelta(hours=9), step=timedelta(minutes=30))
    assert ada.now().attention_reason == ""
    starts = ada.booking().lines.get().starts_at
    move_clock(starts - clock.now() - timedelta(days=1, hours=23))
    sweep(timedelta(hours=4), step=timedelta(minutes=30))
    assert ada.now().attention_reason == "documents_late"


def test_tickets_of_a_date_that_was_put_off_are_late_only_shortly_before_the_new_one(
    ada: Ada, theatre: World, sweep: Callable[..., None], move_clock: Callable[[timedelta], None]
) -> None:
    ada.holds()
    theatre.documents = replace(pdfs(expected=2), may_wait=True)
    ada.buys()
    line = ada.booking().lines.get()
    assert line.instance is not None
    assert line.starts_at is not None
    line.instance.starts_at += timedelta(days=60)
    line.instance.save()
    move_clock(line.starts_at - clock.now() - timedelta(days=1, hours=23))
    sweep(timedelta(hours=4), step=timedelta(minutes=30))
    assert ada.now().attention_reason == ""
    move_clock(timedelta(days=60))
    sweep(timedelta(hours=4), step=timedelta(minutes=30))
    assert ada.now().attention_reason == "documents_late"


def test_an_entry_at_a_time_of_its_own_is_not_late_because_the_first_entry_of_the_date_was_long_ago(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    theatre.documents = replace(pdfs(expected=2), may_wait=True)
    ada.buys()
    line = ada.booking().lines.get()
    assert line.instance is not None
    line.time_from = line.starts_at
    line.save()
    line.instance.starts_at = clock.now() - timedelta(days=20)
    line.instance.save()
    sweep(timedelta(hours=9), step=timedelta(minutes=30))
    assert ada.now().attention_reason == ""


def test_an_order_that_was_cancelled_there_goes_to_a_person(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    theatre.documents = replace(pdfs(expected=2), may_wait=True, problem="order_cancelled")
    ada.buys()
    sweep(timedelta(minutes=5))
    assert (ada.now().attention_reason, ada.now().status) == ("order_cancelled", Order.Status.PAID)


def test_a_worker_killed_while_fetching_leaves_a_row_that_is_found(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=1, complete=True)
    ada.goes_to_payment()
    theatre.paid(theatre.only_order())
    theatre.fail("documents", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        ada.comes_back()
    assert ada.now().status == Order.Status.PAID
    sweep(timedelta(minutes=4))
    assert ada.now().status == Order.Status.FULFILLED


def test_handles_and_links_are_forgotten_some_days_after_the_event(
    ada: Ada, theatre: World, move_clock: Callable[[timedelta], None], settings: Any
) -> None:
    ada.holds()
    theatre.documents = Documents(
        Arrives.DOWNLOAD, expected=1, ready=1, complete=True,
        documents=(DocumentInfo("t1", "apple", "https://pay.example.org/x", seat="F12", is_wallet_link=True),),
    )  # fmt: skip
    ada.buys()
    move_clock(timedelta(days=40 + settings.ORDER_KEEP_DAYS - 1))
    assert fulfilment.forget() == 0
    assert ada.booking().handle
    move_clock(timedelta(days=2))
    tasks.sweep.delay()
    assert ada.booking().handle == ""
    assert Document.objects.get().link == ""
    assert Payment.objects.get().secret == ""


def test_the_payment_secret_goes_when_the_payment_is_made(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    assert Payment.objects.get().secret
    theatre.paid(theatre.only_order())
    ada.comes_back()
    assert Payment.objects.get().secret == ""
