"""How often a visitor, and an address, may ask a box office to hold something; a crowd behind one address buys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from baskets.models import Line
from catalog.models import Instance
from shop.models import Knock
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada

pytestmark = pytest.mark.django_db
GRABS = ("SA1", "SA2", "SB1")


def test_a_visitor_who_grabs_again_and_again_is_asked_to_wait_and_loses_nothing(
    ada: Ada,
    bob: Ada,
    hamlet: Instance,
    office: Office,
    settings: Any,
    move_clock: Callable[[timedelta], None],
) -> None:
    settings.HOLDS_PER_VISITOR = 2
    ada.hold(hamlet, "SA1")
    ada.hold(hamlet, "SA2")
    ada.pick(hamlet)
    before = Line.objects.count()
    ada.press(hamlet, door="seats", seat=["SB1"])
    assert ada.status == 429
    assert 0 < int(ada.response["Retry-After"]) <= 600
    assert "What you hold stays held" in ada.text
    form = ada.page.select_one("main form[method=post]")
    kept = {(one["name"], one["value"]) for one in form.select("input[type=hidden]")}
    assert ("seat", "SB1") in kept
    assert form["action"].endswith(f"/basket/add/{hamlet.pk}/")
    assert Line.objects.count() == before
    bob.hold(hamlet, "SB1")
    assert bob.status == 200
    move_clock(timedelta(minutes=5))  # the seats are still held
    ada.get("/en/basket/")
    assert "A1" in ada.text


def test_what_was_kept_goes_again_when_the_time_is_over(
    ada: Ada, hamlet: Instance, office: Office, settings: Any
) -> None:
    settings.HOLDS_PER_VISITOR = 1
    ada.hold(hamlet, "SA1")
    ada.hold(hamlet, "SA2")
    assert ada.status == 429
    form = ada.page.select_one("main form[method=post]")
    sent: dict[str, list[str]] = {}
    for one in form.select("input[type=hidden]"):
        sent.setdefault(one["name"], []).append(one["value"])
    Knock.objects.all().delete()  # ten minutes later, with seats that are held for longer
    ada.post(form["action"], sent)
    assert ada.status == 200
    assert "A2" in ada.text


def test_a_crowd_behind_one_address_buys_where_its_network_is_named(
    hamlet: Instance, office: Office, settings: Any
) -> None:
    settings.HOLDS_PER_ADDRESS = 2
    told = []
    for ref in GRABS:
        visitor = Ada()
        visitor.hold(hamlet, ref)
        told.append(visitor.status)
    assert told == [200, 200, 429]
    settings.CROWD_NETWORKS = ["127.0.0.0/8"]
    late = Ada()
    late.hold(hamlet, GRABS[2])
    assert late.status == 200


def test_behind_a_proxy_everybody_is_counted_for_themselves(
    hamlet: Instance, office: Office, settings: Any
) -> None:
    settings.HOLDS_PER_ADDRESS, settings.TRUSTED_PROXIES = 1, 1
    for number, ref in enumerate(GRABS):
        visitor = Ada()
        visitor.client.defaults["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{number}"
        visitor.hold(hamlet, ref)
        assert visitor.status == 200
    liar = Ada()
    liar.client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.77, 198.51.100.0"
    liar.hold(hamlet, "SC1")
    assert liar.status == 429


def test_looking_is_never_limited(ada: Ada, hamlet: Instance, office: Office, settings: Any) -> None:
    settings.HOLDS_PER_ADDRESS = settings.HOLDS_PER_VISITOR = 1
    ada.hold(hamlet, "SA1")
    for _look in range(5):
        ada.pick(hamlet)
        assert ada.status == 200
        ada.basket()
        assert ada.status == 200
    assert Knock.objects.count() == 2
