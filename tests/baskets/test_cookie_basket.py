"""A basket that is the visitor's own cookie: what the shop has the browser ask, and what it makes of the answer.

The visitor here is a script-less client beside an HTTP session that does what the page's script would do; the script
itself runs in `test_cookie_basket_in_a_browser`.
"""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from baskets.models import Attempt, Errand, Hold, Line
from catalog.models import Instance
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import FULL, Visitor, counted
from tests.providers import spektrix_wire as sx


def test_the_browser_is_told_what_to_ask_and_nothing_is_held_before(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.take(play)
    ask = vi.ask()
    ticket = {"instance": sx.STALLS_ONLY, "seatingPlan": sx.HALL, "type": sx.FULL}
    assert [(one["method"], one["body"]) for one in ask["calls"]] == [("POST", [ticket, ticket])]
    assert ask["read"] == f"{lantern.domain}/lantern/api/v3/basket"
    assert (Line.objects.count(), lantern.asked) == (0, [])
    assert Hold.objects.get().state == Hold.State.OPEN


def test_only_this_page_lets_a_script_call_the_box_office(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.take(play)
    assert lantern.domain in vi.response["Content-Security-Policy"]
    vi.run()
    assert lantern.domain not in vi.response["Content-Security-Policy"]


def test_what_the_browser_heard_is_in_the_basket_without_a_clock(vi: Visitor, play: Instance) -> None:
    vi.buy(play)
    assert counted() == [("held", 1), ("held", 1)]
    assert "In your basket at the box office" in vi.text
    assert "£49.00" in vi.text
    assert not vi.page.select("[data-seconds-left]")
    hold = Hold.objects.get()
    assert (hold.verified, hold.expires_at, hold.due_at) == (False, None, None)
    assert Attempt.objects.get().state == Attempt.State.DONE


def test_the_page_opened_again_only_reads(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    vi.take(play)
    vi.does(vi.ask())  # asked, and then the page was closed
    vi.get(reverse("baskets:asking", args=[Errand.objects.get().token]))
    assert vi.ask()["calls"] == []
    vi.run()
    assert counted() == [("held", 1), ("held", 1)]
    assert sum(method == "POST" for method, _path, _body in lantern.asked) == 1
    assert Attempt.objects.get().state == Attempt.State.DONE


def test_a_choice_that_was_never_asked_can_be_tried_again(vi: Visitor, play: Instance) -> None:
    vi.take(play)
    vi.get(reverse("baskets:asking", args=[Errand.objects.get().token]))
    vi.run()
    assert counted() == [("gone", 2)]
    assert "did not hold these" in vi.text
    vi.post(reverse("baskets:retry", args=[Line.objects.get().pk]))
    vi.run()
    assert counted() == [("held", 1), ("held", 1)]


def test_the_same_form_sent_twice_leads_to_the_same_errand(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.pick(play)
    sent = {**vi.fields(), "door": "offers", f"q-{FULL}": "2"}
    add = reverse("baskets:add", args=[play.pk])
    first = vi.client.post(add, sent)["Location"]
    assert vi.client.post(add, sent)["Location"] == first
    vi.get(first)
    vi.run()
    assert counted() == [("held", 1), ("held", 1)]


def test_with_htmx_the_errand_is_a_page_of_its_own(vi: Visitor, play: Instance) -> None:
    vi.pick(play)
    sent = {**vi.fields(), "door": "offers", f"q-{FULL}": "1"}
    answer = vi.client.post(reverse("baskets:add", args=[play.pk]), sent, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("baskets:asking", args=[Errand.objects.get().token])


def test_without_scripts_the_venues_own_page_is_the_road(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.take(play)
    link = vi.page.select_one("noscript #own-page")
    assert link is not None
    assert str(link["href"]).startswith(
        f"{lantern.domain}/lantern/website/ChooseSeats.aspx?EventInstanceId=41401"
    )


def test_an_errand_of_somebody_else_does_not_exist(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.take(play)
    ask, heard = vi.ask(), reverse("baskets:heard", args=[Errand.objects.get().token])
    other = Visitor()
    other.get(reverse("baskets:asking", args=[Errand.objects.get().token]))
    assert other.page.select_one("[data-ask]") is None
    answer = other.client.post(heard, json.dumps(vi.does(ask)), content_type="application/json")
    assert answer.json() == {"go": reverse("baskets:detail")}
    assert not Line.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"step": "1"', b"x" * 300_000])
def test_an_answer_that_makes_no_sense_loses_nothing(vi: Visitor, play: Instance, body: bytes) -> None:
    vi.take(play)
    section = vi.page.select_one("[data-ask]")
    assert section is not None
    answer = vi.client.post(str(section["data-heard"]), body, content_type="application/json")
    assert answer.status_code in (400, 413)
    assert answer.json()["go"] == reverse("baskets:asking", args=[Errand.objects.get().token])
    vi.run()
    assert counted() == [("held", 1), ("held", 1)]
