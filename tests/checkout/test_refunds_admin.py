"""Giving money back from the admin: one ticket of three, a sum, everything; asked twice, done once, one's own only."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import responses
from django.apps import apps
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.urls import reverse

from catalog.models import Venue
from checkout import reports
from checkout.models import Booking, Order, OrderLine, Payment, Refund
from checkout.states import call_staff
from shop.models import User
from shop.roles import VENUE_STAFF, keep_roles
from tests.checkout.till_rows import API, listed, paid_order, person, refund_body, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("our_till")]
Till = responses.RequestsMock
URL = f"{API}/v1/refunds"


@pytest.fixture
def order(season: Any) -> Order:
    return paid_order(season)


@pytest.fixture
def garrick(season: Any) -> Venue:
    return season["west-end"].event.venue


@pytest.fixture
def hall(season: Any) -> Venue:
    return season["arena"].event.venue


def page(order: Order) -> str:
    return reverse("admin:checkout_order_refund", args=[order.pk])


def change(order: Order) -> str:
    return reverse("admin:checkout_order_change", args=[order.pk])


def ticket(order: Order, n: int, position: int = 1) -> str:
    return f"{order.bookings.get(position=position).lines.get().pk}:t{n}"


def fill(client: Client, order: Order, *tickets: str, part: str = "", **more: str) -> dict[str, Any]:
    """What the form is sent with."""
    answer = client.get(page(order), {"part": part} if part else {})
    assert answer.status_code == 200
    once = answer.context["form"].initial["once"]
    return {"part": answer.context["part"].key, "once": once, "tickets": list(tickets), "reason": "buyer",
            "note": "rang up", **more}  # fmt: skip


def agree(client: Client, order: Order, data: dict[str, Any]) -> Any:
    """Look at it once more, then say yes."""
    sure = client.post(page(order), data)
    assert sure.status_code == 200, sure.context["form"].errors
    return client.post(page(order), {**data, "sure": "yes", "agreed": sure.context["amount"].minor})


def test_one_ticket_of_three_is_given_back_after_two_questions(
    our_till: Till, order: Order, garrick: Venue
) -> None:
    our_till.post(URL, json=refund_body())
    vera = person("vera", garrick)
    assert page(order) in vera.get(change(order)).content.decode()
    data = fill(vera, order, ticket(order, 1))
    sure = vera.post(page(order), data)
    text = sure.content.decode()
    assert sure.context["amount"].minor == 3000
    assert "£30.00" in text
    assert "Hamlet, Stalls, F13" in text
    assert "by hand" in text
    assert not Refund.objects.exists()
    assert len(our_till.calls) == 0
    answer = vera.post(page(order), {**data, "sure": "yes", "agreed": "3000"}, follow=True)
    row = Refund.objects.get()
    assert (row.amount_minor, row.actor, row.reason, row.note) == (3000, "staff:vera", "buyer", "rang up")
    assert row.tickets == [{"line": order.bookings.get().lines.get().pk, "refs": ["t1"], "minor": 3000}]
    assert (row.booking, order.bookings.get().status) == (order.bookings.get(), Booking.Status.TICKETED)
    text = answer.content.decode()
    assert "£30.00 was given back." in text
    assert "Hamlet, Stalls, F13" in text
    assert "cancel the ticket there by hand" in text
    assert "Give money back: The buyer asked for it, rang up" in text
    assert len(mail.outbox) == 1


def test_a_form_that_is_sent_twice_gives_back_once(our_till: Till, order: Order, garrick: Venue) -> None:
    our_till.post(URL, json=refund_body())
    vera = person("vera", garrick)
    data = fill(vera, order, ticket(order, 0))
    agree(vera, order, data)
    data["tickets"] = [ticket(order, 1)]
    answer = vera.post(page(order), {**data, "sure": "yes", "agreed": "3000"}, follow=True)
    assert "done already" in answer.content.decode()
    assert Refund.objects.count() == len(our_till.calls) == 1


def test_what_was_not_looked_at_is_looked_at_once_more(our_till: Till, order: Order, garrick: Venue) -> None:
    vera = person("vera", garrick)
    data = fill(vera, order, ticket(order, 0), ticket(order, 1))
    for agreed in ("3000", "", "x"):
        answer = vera.post(page(order), {**data, "sure": "yes", "agreed": agreed})
        assert answer.context["amount"].minor == 6000
    assert not Refund.objects.exists()


def test_changing_ones_mind_keeps_what_was_entered(order: Order, garrick: Venue) -> None:
    vera = person("vera", garrick)
    data = fill(vera, order, ticket(order, 2), sum="12.50")
    answer = vera.post(page(order), {**data, "back": "1"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="12.50"' in text
    assert f'value="{ticket(order, 2)}" checked' in text
    assert "rang up" in text
    assert not Refund.objects.exists()


@pytest.mark.parametrize(("entered", "minor"), [("12.50", 1250), ("90", 9000), ("0.01", 1)])
def test_a_sum_of_its_own_is_given_back(
    our_till: Till, order: Order, garrick: Venue, entered: str, minor: int
) -> None:
    our_till.post(URL, json=refund_body(amount=minor))
    vera = person("vera", garrick)
    agree(vera, order, fill(vera, order, sum=entered))
    row = Refund.objects.get()
    assert (row.amount_minor, row.tickets) == (minor, [])


def test_everything_that_is_left_ends_the_order(our_till: Till, order: Order, garrick: Venue) -> None:
    our_till.post(URL, json=refund_body())
    vera = person("vera", garrick)
    agree(vera, order, fill(vera, order, ticket(order, 0)))
    our_till.upsert("POST", URL, json=refund_body(2, amount=6000))
    agree(vera, order, fill(vera, order, everything="on"))
    order.refresh_from_db()
    assert order.status == Order.Status.REFUNDED
    assert [row.amount_minor for row in Refund.objects.order_by("pk")] == [3000, 6000]
    assert page(order) not in vera.get(change(order)).content.decode()
    assert "Nothing is left" in vera.get(page(order)).content.decode()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "Choose tickets, or enter a sum."), ({"sum": "90.01"}, "No more than £90.00 is left."),
        ({"sum": "-1"}, "above nothing"), ({"sum": "0"}, "above nothing"), ({"sum": "1.234"}, "2 decimal places"),
        ({"sum": "lots"}, "Enter a number."), ({"sum": "1", "note": ""}, "required"),
        ({"sum": "1", "reason": "refused"}, "valid choice"), ({"tickets": "7:t0"}, "valid choice"),
        ({"sum": "1", "once": ""}, "required"), ({"sum": "NaN"}, "Enter a number."), ({"sum": "1e9"}, "digits"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_lost(
    order: Order, garrick: Venue, more: dict[str, str], said: str
) -> None:
    vera = person("vera", garrick)
    answer = vera.post(page(order), {**fill(vera, order), **more})
    assert answer.status_code == 422
    assert said in answer.content.decode() or said in str(answer.context["form"].errors)
    assert not Refund.objects.exists()


def test_a_ticket_that_was_given_back_cannot_be_chosen_again(
    our_till: Till, order: Order, garrick: Venue
) -> None:
    our_till.post(URL, json=refund_body())
    vera = person("vera", garrick)
    agree(vera, order, fill(vera, order, ticket(order, 1)))
    text = vera.get(page(order)).content.decode()
    assert "given back already" in text
    assert f'value="{ticket(order, 1)}"' not in text
    answer = vera.post(page(order), fill(vera, order, ticket(order, 1)))
    assert answer.status_code == 422


def test_an_answer_that_was_lost_is_said_and_not_offered_again(
    our_till: Till, order: Order, garrick: Venue
) -> None:
    our_till.post(URL, body=requests.exceptions.ReadTimeout())
    vera = person("vera", garrick)
    answer = agree(vera, order, fill(vera, order, everything="on"))
    text = vera.get(answer.url).content.decode()
    assert "do not give it back a second time" in text
    assert "asked for" in text
    assert page(order) not in text


def test_a_refusal_is_said_in_words(our_till: Till, order: Order, garrick: Venue) -> None:
    our_till.post(URL, **refused(400, code="charge_disputed"))
    our_till.get(URL, json=listed())
    vera = person("vera", garrick)
    answer = agree(vera, order, fill(vera, order, ticket(order, 0)))
    text = vera.get(answer.url).content.decode()
    assert "Nothing was given back." in text
    assert "charge_disputed" in text
    assert "refused to give money back" in text
    assert mail.outbox == []


# --- one's own only ------------------------------------------------------------------------------------------


def test_without_the_right_there_is_no_button_and_no_page(order: Order, garrick: Venue) -> None:
    reader = person("reader", garrick, without=("refund",))
    assert page(order) not in reader.get(change(order)).content.decode()
    assert reader.get(page(order)).status_code == 403
    assert reader.post(page(order), {"sum": "1"}).status_code == 403


def test_another_houses_people_find_nothing(order: Order, hall: Venue) -> None:
    anton = person("anton", hall)
    assert anton.get(page(order)).status_code == 404
    assert anton.post(page(order)).status_code == 404


def test_a_house_gives_back_its_own_part_and_sees_no_other(
    our_till: Till, season: Any, garrick: Venue, hall: Venue
) -> None:
    order = paid_order(season, "west-end", "arena")
    our_till.post(URL, json=refund_body(amount=9000))
    vera, anton, boss = person("vera", garrick), person("anton", hall), person("boss", boss=True)
    theirs = f"part-{order.bookings.get(position=2).pk}"
    assert vera.get(page(order), {"part": theirs}).status_code == 404
    assert vera.get(page(order), {"part": f"payment-{order.payments.get().pk}"}).status_code == 404
    assert vera.post(page(order), {**fill(vera, order), "part": theirs}).status_code == 404
    refusal = vera.post(page(order), fill(vera, order, ticket(order, 0, position=2)))
    assert refusal.status_code == 422
    assert vera.post(page(order), fill(vera, order, sum="90.01")).status_code == 422
    agree(vera, order, fill(vera, order, everything="on"))
    assert Refund.objects.get().booking == order.bookings.get(position=1)
    assert list(order.bookings.values_list("status", flat=True)) == ["refunded", "ticketed"]
    for client, sees in ((vera, True), (anton, False), (boss, True)):
        text = client.get(change(order)).content.decode()
        assert ("given back" in text and "rang up" in text) is sees
        listing = client.get(reverse("admin:checkout_refund_changelist")).content.decode()
        assert (order.number in listing) is sees
        row = reverse("admin:checkout_refund_change", args=[Refund.objects.get().pk])
        assert (client.get(row).status_code == 200) is sees
    assert "£180.00" not in vera.get(change(order)).content.decode()
    assert "£180.00" in boss.get(change(order)).content.decode()


def test_of_a_part_that_was_not_booked_nothing_is_given_back(
    season: Any, garrick: Venue, hall: Venue
) -> None:
    order = paid_order(season, "west-end", "arena")
    order.bookings.filter(position=2).update(status=Booking.Status.REFUSED)
    order.payments.update(captured_minor=9000)
    anton, both = person("anton", hall), person("both", garrick, hall)
    assert "Nothing is left" in anton.get(page(order)).content.decode()
    theirs = f"part-{order.bookings.get(position=2).pk}"
    assert both.get(page(order), {"part": theirs}).status_code == 404
    assert fill(both, order)["part"] == f"part-{order.bookings.get(position=1).pk}"


def test_of_a_part_that_two_houses_share_each_gives_back_its_own_tickets(
    our_till: Till, order: Order, garrick: Venue, hall: Venue
) -> None:
    line = order.bookings.get().lines.get()
    OrderLine.objects.create(
        booking=line.booking, venue=hall, event_name="Night Concert", quantity=1, currency="GBP", price_minor=2000,
        tickets=[{"ref": "n1", "price": 2000}],
    )  # fmt: skip
    Booking.objects.update(total_minor=11000)
    Payment.objects.update(captured_minor=11000)
    our_till.post(URL, json=refund_body(amount=2000))
    anton, vera = person("anton", hall), person("vera", garrick)
    assert anton.post(page(order), fill(anton, order, sum="20.01")).status_code == 422
    assert anton.post(page(order), fill(anton, order, f"{line.pk}:t0")).status_code == 422
    agree(anton, order, fill(anton, order, everything="on"))
    assert Refund.objects.get().amount_minor == 2000
    assert "cancel the ticket there" in anton.get(change(order)).content.decode()
    assert "cancel the ticket there" not in vera.get(change(order)).content.decode()
    assert fill(vera, order)["part"]
    everything, entries = [], reverse("admin:checkout_historyentry_changelist")
    for client, reads in ((anton, True), (vera, False), (person("boss", boss=True), True)):
        text = client.get(change(order)).content.decode()
        assert ["rang up" in text, "a refund is asked for: £20.00" in text] == [reads, reads]
        everything.append(client.get(entries).content.decode())
    # a list of rows is of whole parts alone
    assert ["rang up" in text for text in everything] == [False, False, True]


def test_who_runs_every_house_may_give_back_a_payment_that_came_twice(our_till: Till, order: Order) -> None:
    twice = Payment.objects.create(
        order=order, route="us", status="captured", currency="GBP", amount_minor=9000, captured_minor=9000,
        external_id="pi_2", begun_at=order.placed_at,
    )  # fmt: skip
    our_till.post(URL, json=refund_body(amount=9000, payment_intent="pi_2"))
    boss = person("boss", boss=True)
    text = boss.get(page(order)).content.decode()
    assert "pi_2" in text
    agree(boss, order, fill(boss, order, part=f"payment-{twice.pk}", everything="on", reason="duplicate"))
    twice.refresh_from_db()
    assert (twice.status, order.bookings.get().status) == ("refunded", "ticketed")


def test_the_venue_staff_group_has_the_right(order: Order, garrick: Venue) -> None:
    keep_roles(apps.get_app_config("checkout"))
    user = User.objects.create(username="vera", is_staff=True)
    user.groups.add(Group.objects.get(name=VENUE_STAFF))
    garrick.staff.add(user)
    client = Client()
    client.force_login(user)
    assert client.get(page(order)).status_code == 200
    assert client.get(reverse("admin:checkout_refund_changelist")).status_code == 200
    assert client.get(reverse("admin:checkout_inboxmessage_changelist")).status_code == 200


# --- found, counted, closed ----------------------------------------------------------------------------------


def test_orders_payments_and_refunds_are_found_by_the_ids_of_the_payment_company(
    our_till: Till, order: Order, garrick: Venue, hall: Venue
) -> None:
    our_till.post(URL, json=refund_body())
    vera, anton = person("vera", garrick), person("anton", hall)
    agree(vera, order, fill(vera, order, ticket(order, 0)))
    for name, terms in (("order", ("pi_1", "re_1")), ("payment", ("pi_1",)), ("refund", ("pi_1", "re_1"))):
        address = reverse(f"admin:checkout_{name}_changelist")
        for term in terms:
            assert order.number in vera.get(address, {"q": term}).content.decode(), (name, term)
            assert order.number not in anton.get(address, {"q": term}).content.decode(), (name, term)


def test_what_was_paid_to_us_counts_among_todays_sales(order: Order, garrick: Venue, hall: Venue) -> None:
    person("vera", garrick)
    person("anton", hall)
    found = reports.today(User.objects.get(username="vera"))["sales_today"]
    assert ([m.minor for m in found["sums"]], found["tickets"], found["orders"]) == ([9000], 3, 1)
    assert reports.today(User.objects.get(username="anton"))["sales_today"]["orders"] == 0


@pytest.mark.parametrize("reason", ["refund_failed", "refund_waits", "refund_outside", "disputed", "dispute_lost",
                                    "authorisation_lost", "message_failed", "refund_failed_late", "refund_differs"])  # fmt: skip
def test_a_part_that_needs_a_person_is_said_in_words_and_closed_with_a_note(
    order: Order, garrick: Venue, reason: str
) -> None:
    call_staff(order, reason)
    vera, user = person("vera", garrick), User.objects.get(username="vera")
    (row,) = reports.today(user)["needs_person"]
    assert row["title"] == order.number
    assert str(row["why"]) != reason
    address = reverse("admin:checkout_order_do", args=[order.pk, "mark-handled"])
    once = vera.get(address).context["form"].initial["once"]
    vera.post(address, {"reason": "settled with the bank", "once": once})
    order.refresh_from_db()
    assert (order.attention_reason, order.handled_note) == ("", "settled with the bank")
    assert order.status == Order.Status.FULFILLED
    assert reports.today(user)["needs_person"] == []


def test_the_ledger_cannot_be_edited_by_hand(our_till: Till, order: Order) -> None:
    our_till.post(URL, json=refund_body())
    boss = person("boss", boss=True)
    part = f"part-{order.bookings.get().pk}"
    agree(boss, order, fill(boss, order, ticket(order, 0), part=part))
    row = Refund.objects.get()
    assert (
        boss.post(reverse("admin:checkout_refund_change", args=[row.pk]), {"amount_minor": 1}).status_code
        == 403
    )
    assert boss.get(reverse("admin:checkout_refund_add")).status_code == 403
    assert boss.post(reverse("admin:checkout_refund_delete", args=[row.pk])).status_code == 403


def test_the_buyers_page_says_what_goes_back_and_which_tickets_are_over(
    our_till: Till, order: Order, garrick: Venue, client: Client
) -> None:
    our_till.post(URL, json=refund_body())
    vera = person("vera", garrick)
    agree(vera, order, fill(vera, order, ticket(order, 1)))
    text = client.get(order.get_absolute_url()).content.decode()
    assert "£30.00 goes back to you" in text
    assert "Hamlet, Stalls, F13: no longer valid" in text
    assert "Given back: F13" in text
    our_till.upsert("POST", URL, json=refund_body(2, amount=6000))
    agree(vera, order, fill(vera, order, everything="on"))
    text = client.get(order.get_absolute_url()).content.decode()
    assert "This order was refunded" in text
    assert "£90.00 goes back to you" in text
