"""The database is too busy to write a choice down: fair words, the choice in the page, and one answer to it in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import OperationalError, connection
from django.urls import reverse

from baskets.models import Attempt, Line
from catalog import availability, kept
from catalog.models import Instance
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada, lines

pytestmark = pytest.mark.django_db(transaction=True)  # an error in a statement ends the transaction around it


class Locked:
    """Lets so many statements of a kind through, then fails, as a file does that others write to for too long."""

    def __init__(self, verb: str, table: str) -> None:
        self.verb, self.table, self.on = verb, table, True

    def __call__(self, execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        if self.on and sql.startswith(self.verb) and self.table in sql:
            raise OperationalError("database is locked")
        return execute(sql, *more)


@pytest.mark.parametrize(
    ("verb", "table"),
    [
        ("INSERT", "knock"),
        ("INSERT", "baskets_basket"),
        ("INSERT", "baskets_hold"),
        ("INSERT", "baskets_attempt"),
        ("UPDATE", "baskets_hold"),
    ],
)
def test_a_choice_that_cannot_be_written_down_waits_in_the_page(
    ada: Ada, hamlet: Instance, office: Office, verb: str, table: str
) -> None:
    ada.get(reverse("baskets:detail"))
    ada.pick(hamlet)
    locked = Locked(verb, table)
    with connection.execute_wrapper(locked):
        ada.press(hamlet, door="seats", seat=["SA4", "SA5"])
    assert ada.status == 503
    assert ada.response["Retry-After"] == "5"
    assert "Very many people are here at once" in ada.text
    assert "nothing was charged" in ada.text
    form = ada.page.select_one("main form") or ada.page.select_one("form")
    assert form is not None
    sent: dict[str, list[str]] = {}
    for one in form.select("input[name]"):
        sent.setdefault(str(one["name"]), []).append(str(one["value"]))
    assert sent["seat"] == ["SA4", "SA5"]
    ada.post(str(form["action"]), sent)
    assert ada.status == 200
    assert lines() == [("held", "SA4,SA5")]
    ada.post(str(form["action"]), sent)
    assert office.calls("hold") == 1
    assert Attempt.objects.count() == 1
    assert Line.objects.count() == 1


def test_a_page_that_cannot_be_read_asks_to_come_again(ada: Ada, hamlet: Instance) -> None:
    ada.client.raise_request_exception = False
    with connection.execute_wrapper(Locked("SELECT", "catalog_instance")):
        ada.get(reverse("baskets:pick", args=[hamlet.pk]))
    assert ada.status == 503
    assert "What you hold stays held" in BeautifulSoup(ada.response.content, "html.parser").get_text(" ")


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "crowded", lambda pk: True)


def test_in_a_crowd_who_presses_twice_is_not_told_that_somebody_else_was_quicker(
    ada: Ada, hamlet: Instance, office: Office, crowd: None
) -> None:
    ada.pick(hamlet)
    sent = {**ada.fields(), "door": "seats", "seat": ["SA4", "SA5"]}
    address = reverse("baskets:add", args=[hamlet.pk])
    ada.post(address, sent)
    availability.of(hamlet, fresh=True)
    ada.post(address, sent)
    assert ada.status == 200
    assert "These are in your basket already" in ada.text
    assert lines() == [("held", "SA4,SA5")]


def test_in_a_crowd_too_the_box_office_is_asked_whatever_was_seen(
    ada: Ada, hamlet: Instance, office: Office, crowd: None
) -> None:
    ada.pick(hamlet)
    office.sold.add("SA5")
    availability.of(hamlet, fresh=True)
    office.sold.clear()  # and came back
    ada.press(hamlet, door="seats", seat=["SA4", "SA5"])
    assert office.held() == {"SA4", "SA5"}


def test_a_choice_waits_in_the_page_while_nothing_at_all_can_be_read(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    """The header of the page knows of a basket then, and nobody can say what is in it."""
    ada.hold(hamlet, "SA1")
    ada.pick(hamlet)
    with connection.execute_wrapper(Locked("", "")):
        ada.press(hamlet, door="seats", seat=["SA4", "SA5"])
    assert ada.status == 503
    sent = {str(one["value"]) for one in ada.page.select("main form input[name=seat]")}
    assert sent == {"SA4", "SA5"}
    assert ada.page.select_one("#badge") is not None
    assert office.held() == {"SA1"}
