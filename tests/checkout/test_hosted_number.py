"""Our order number in the box office's basket: written by the visitor's browser where the venue gives us a label for it,
and never a reason to stop."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.urls import reverse

from baskets.models import Errand, LostNote
from catalog.models import Instance
from checkout import settling
from checkout.models import HistoryEntry
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor
from tests.checkout.hosted_world import (
    lantern,
    look,
    play,
    press_pay,
    set_up,
    the_order,
    the_part,
    to_payment,
    to_review,
    vi,
)

__all__ = ["lantern", "play", "vi"]
LABEL, KEY = "Shop order number", "attribute_Shopordernumber"


@pytest.fixture
def labelled(lantern: CookieOffice, settings: Any) -> CookieOffice:
    set_up(settings, lantern, reference_label=LABEL)
    return lantern


def written(lantern: CookieOffice) -> Any:
    (visitor,) = lantern.visitors.values()
    return visitor.basket.get(KEY)


def test_our_number_is_in_the_basket_before_the_buyer_is_sent_to_pay(
    vi: Visitor, play: Instance, labelled: CookieOffice
) -> None:
    vi.buy(play)
    vi.get(reverse("checkout:start"))
    assert vi.page.select_one("h1").get_text() == "Writing your order number down"  # type: ignore[union-attr]
    assert vi.ask()["calls"] == [
        {
            "method": "PATCH",
            "url": f"{labelled.domain}/lantern/api/v3/basket",
            "body": {f"attribute_{LABEL}": the_order().number},
        }
    ]
    vi.run()
    assert "Review and pay" in vi.text
    assert written(labelled) == the_order().number
    assert press_pay(vi)["Location"].endswith("/secure/Checkout.aspx")
    assert not HistoryEntry.objects.filter(because__startswith="our number").exists()


def test_the_number_finds_the_order_where_ids_have_changed(
    vi: Visitor, play: Instance, labelled: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    order = labelled.is_paid(tickets=[{"id": "1A", "total": 49.0}])
    look(vi)
    assert the_part().reference == order["id"]


def test_tickets_whose_ids_have_changed_are_not_taken_for_ones_that_were_taken_out(
    vi: Visitor, play: Instance, labelled: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    (visitor,) = labelled.visitors.values()
    renamed = [{**one, "id": f"{number}A"} for number, one in enumerate(visitor.basket["tickets"], 71)]
    labelled.is_paid(tickets=renamed)
    look(vi)
    assert sum(line.quantity for line in the_part().lines.all()) == len(renamed) == 2


def test_an_order_with_another_number_is_somebody_elses(
    vi: Visitor, play: Instance, labelled: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    labelled.is_paid(**{KEY: "FOY-OTHERS"})
    settling.settle(the_part().pk, road="sweep")
    assert the_part().status == "prepared"


def test_a_checkout_that_empties_the_attribute_leaves_the_tickets_to_find_it(
    vi: Visitor, play: Instance, labelled: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    order = labelled.is_paid(**{KEY: ""})
    look(vi)
    assert the_part().reference == order["id"]


def test_a_refused_label_does_not_stop_the_sale(
    vi: Visitor, play: Instance, labelled: CookieOffice, caplog: pytest.LogCaptureFixture
) -> None:
    vi.buy(play)
    labelled.settings.refuses = lambda method, path, body: (
        (400, {"message": "Validation failed"}) if method == "PATCH" else None
    )
    with caplog.at_level(logging.WARNING):
        assert to_payment(vi).endswith("/secure/Checkout.aspx")
    assert "our number is not in the basket" in caplog.text
    assert LostNote.objects.get().label == LABEL, "a person looks at the label"
    assert the_order().attention_reason == "", "and not at every order"
    order = labelled.is_paid()
    look(vi)
    assert the_part().reference == order["id"]


def test_staff_hears_of_a_label_once_and_not_with_every_order(
    vi: Visitor, play: Instance, labelled: CookieOffice
) -> None:
    vi.buy(play)
    labelled.settings.refuses = lambda method, path, body: (400, {}) if method == "PATCH" else None
    to_review(vi)
    to_review(vi)
    assert list(LostNote.objects.values_list("label", "times")) == [(LABEL, 2)]


def test_a_lost_answer_reads_the_basket_and_goes_on(
    vi: Visitor, play: Instance, labelled: CookieOffice
) -> None:
    vi.buy(play)
    labelled.settings.loses = lambda method, path: method == "PATCH"
    to_review(vi)
    assert "Review and pay" in vi.text


def test_a_box_office_that_cannot_be_reached_for_it_does_not_stop_the_sale(
    vi: Visitor, play: Instance, labelled: CookieOffice
) -> None:
    vi.buy(play)
    labelled.settings.loses = lambda method, path: True
    to_review(vi)
    assert "Review and pay" in vi.text
    labelled.settings.loses = lambda method, path: False
    assert press_pay(vi)["Location"].endswith("/secure/Checkout.aspx")


def test_a_page_that_is_opened_again_writes_nothing_twice_and_goes_on(
    vi: Visitor, play: Instance, labelled: CookieOffice
) -> None:
    vi.buy(play)
    vi.get(reverse("checkout:start"))
    errand = Errand.objects.get(kind="number")
    vi.get(reverse("baskets:asking", args=[errand.token]))
    assert vi.ask()["calls"] == []
    vi.run()
    assert "Review and pay" in vi.text


def test_opened_again_it_does_not_stop_the_sale_either(
    vi: Visitor, play: Instance, labelled: CookieOffice
) -> None:
    vi.buy(play)
    vi.get(reverse("checkout:start"))
    vi.get(reverse("baskets:asking", args=[Errand.objects.get(kind="number").token]))
    labelled.settings.loses = lambda method, path: True
    vi.run()
    assert "Review and pay" in vi.text


def test_without_a_label_nothing_is_asked_of_the_browser(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    before = Errand.objects.count()
    to_payment(vi)
    assert Errand.objects.count() == before
