"""Messages of the payment company in the admin: who sees which, and handling one again."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from django.urls import reverse

from catalog.models import Venue
from checkout.models import InboxMessage, Order, Refund
from shop import claims
from tests.checkout.till_rows import (
    API,
    deliver,
    event,
    intent_body,
    paid_order,
    person,
    refund_body,
    refused,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("our_till")]
Till = responses.RequestsMock
S = InboxMessage.State
LIST = "admin:checkout_inboxmessage_changelist"


@pytest.fixture
def order(season: Any) -> Order:
    return paid_order(season)


@pytest.fixture
def garrick(season: Any) -> Venue:
    return season["west-end"].event.venue


@pytest.fixture
def hall(season: Any) -> Venue:
    return season["arena"].event.venue


@pytest.fixture
def failed(our_till: Till, order: Order) -> InboxMessage:
    """A refund made in their pages, and they did not answer when we looked."""
    our_till.get(f"{API}/v1/refunds/re_9", **refused(500, kind="api_error"))
    deliver(event("refund.created", refund_body(9)))
    return InboxMessage.objects.get()


def replay(row: InboxMessage) -> str:
    return reverse("admin:checkout_inboxmessage_replay", args=[row.pk])


def change(row: InboxMessage) -> str:
    return reverse("admin:checkout_inboxmessage_change", args=[row.pk])


def test_a_failed_message_is_shown_with_its_reason_and_handled_again(
    our_till: Till, failed: InboxMessage, order: Order, garrick: Venue
) -> None:
    vera = person("vera", garrick)
    listing = vera.get(reverse(LIST), {"state__exact": "failed"}).content.decode()
    assert order.number in listing
    assert "The payment company did not answer." in listing
    assert replay(failed) in vera.get(change(failed)).content.decode()
    page = vera.get(replay(failed))
    assert "not believed" in page.content.decode()
    failed.refresh_from_db()
    assert failed.state == S.FAILED
    our_till.upsert("GET", f"{API}/v1/refunds/re_9", json=refund_body(9))
    data = {"reason": "they are back", "once": page.context["form"].initial["once"]}
    answer = vera.post(replay(failed), data, follow=True)
    failed.refresh_from_db()
    assert (failed.state, failed.error) == (S.HANDLED, "")
    assert "looked at again" in answer.content.decode()
    assert Refund.objects.get().seen_outside
    entry = order.history.get(because__startswith="replay")
    assert (entry.because, entry.actor) == ("replay: they are back", "staff:vera")
    calls = len(our_till.calls)
    answer = vera.post(replay(failed), data, follow=True)
    assert "done already" in answer.content.decode()
    assert len(our_till.calls) == calls


def test_one_that_fails_again_says_so(failed: InboxMessage, garrick: Venue) -> None:
    vera = person("vera", garrick)
    once = vera.get(replay(failed)).context["form"].initial["once"]
    answer = vera.post(replay(failed), {"reason": "try", "once": once}, follow=True)
    failed.refresh_from_db()
    assert failed.state == S.FAILED
    assert failed.due_at is not None
    assert "It could not be handled: The payment company did not answer." in answer.content.decode()


def test_without_a_reason_nothing_is_done(our_till: Till, failed: InboxMessage, garrick: Venue) -> None:
    vera, calls = person("vera", garrick), len(our_till.calls)
    assert vera.post(replay(failed), {"reason": "", "once": "x"}).status_code == 422
    assert len(our_till.calls) == calls


def test_without_the_right_a_message_can_be_read_and_nothing_more(
    failed: InboxMessage, garrick: Venue
) -> None:
    reader = person("reader", garrick, without=("replay",))
    assert replay(failed) not in reader.get(change(failed)).content.decode()
    assert reader.get(replay(failed)).status_code == 403
    assert reader.post(replay(failed), {"reason": "x", "once": "x"}).status_code == 403


def test_another_houses_people_find_no_message(failed: InboxMessage, order: Order, hall: Venue) -> None:
    anton = person("anton", hall)
    assert order.number not in anton.get(reverse(LIST)).content.decode()
    for address in (change(failed), replay(failed)):
        assert anton.get(address).status_code == 404


def test_what_is_not_ours_is_for_superusers(order: Order, garrick: Venue) -> None:
    deliver(event("payment_intent.succeeded", intent_body(id="pi_theirs")))
    row = InboxMessage.objects.get()
    vera, boss = person("vera", garrick), person("boss", boss=True)
    assert vera.get(change(row)).status_code == 404
    assert "not ours" in boss.get(change(row)).content.decode()
    once = boss.get(replay(row)).context["form"].initial["once"]
    answer = boss.post(replay(row), {"reason": "x", "once": once}, follow=True)
    assert "still no payment here" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == S.FOREIGN


@pytest.mark.parametrize(
    ("about", "there"), [("refund.", True), ("payment_intent.", False), ("nonsense", True)]
)
def test_messages_are_filtered_by_what_they_are_about(
    failed: InboxMessage, order: Order, garrick: Venue, about: str, there: bool
) -> None:
    text = person("vera", garrick).get(reverse(LIST), {"about": about}).content.decode()
    assert (order.number in text) is there


@pytest.mark.parametrize("term", ["evt_1", "re_9", "pi_1"])
def test_messages_are_found_by_their_ids(
    failed: InboxMessage, order: Order, garrick: Venue, term: str
) -> None:
    vera = person("vera", garrick)
    assert order.number in vera.get(reverse(LIST), {"q": term}).content.decode()
    assert order.number in vera.get(reverse(LIST), {"q": order.number}).content.decode()
    assert "refund.created" not in vera.get(reverse(LIST), {"q": "nobody"}).content.decode()


def test_messages_cannot_be_edited_added_or_deleted(failed: InboxMessage) -> None:
    boss = person("boss", boss=True)
    assert boss.post(change(failed), {"state": "handled"}).status_code == 403
    assert boss.get(reverse("admin:checkout_inboxmessage_add")).status_code == 403
    assert boss.post(reverse("admin:checkout_inboxmessage_delete", args=[failed.pk])).status_code == 403


def test_one_that_somebody_else_has_in_hand_is_not_called_failed(
    failed: InboxMessage, garrick: Venue
) -> None:
    vera = person("vera", garrick)
    once = vera.get(replay(failed)).context["form"].initial["once"]
    with claims.claim(f"inbox:{failed.pk}", seconds=120):
        answer = vera.post(replay(failed), {"reason": "try", "once": once}, follow=True)
    text = answer.content.decode()
    assert "It is being handled at this moment" in text
    assert "could not be handled" not in text
