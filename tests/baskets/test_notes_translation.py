"""No plain English where a buyer is asked something, with all that can be wrong with an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from baskets.models import Line, NoteQuestion
from catalog.models import Event, Instance, ProviderAccount, Venue
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor
from tests.baskets.test_notes_page import ask, box, sent
from tests.providers import spektrix_wire as sx
from tests.pseudo import plain_english, pseudo_language

THEIRS = {"Full Price": "Ολόκληρο", "Under 26": "Νέοι", "Stalls": "Πλατεία"}  # the box office's own names


class ReadingClient(Client):
    """Reads every page to the last word, but for what is told to the script alone."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if response.get("Content-Type", "").startswith("text/html"):
            page = response.content.decode()
            for name, greek in THEIRS.items():
                page = page.replace(name, greek)
            found = [one for one in plain_english(page) if "[data-ask]" not in one]
            assert not found, f"{request['PATH_INFO']} {response.status_code}: {found}"
        return response


@pytest.fixture
def reader(db: None, lantern: CookieOffice, settings: Any) -> Iterator[Visitor]:
    settings.SHOP_NAME = "Θέατρο"
    config = lantern.account(order_attributes="yes")
    settings.PROVIDER_ACCOUNTS = {"lantern": replace(config, title="Ταμείο")}
    play: Instance = lantern.puts_on(sx.STALLS_ONLY, sx.HALL)
    ProviderAccount.objects.update(title="Ταμείο")
    Event.objects.update(name="Άμλετ")
    Venue.objects.update(name="Σκηνή", city="Αθήνα")
    ask("Name", "Όνομα", required=True, hint="Όπως στη λίστα", longest=10)
    ask("Meal", "Γεύμα", kind="choice", choices="ψάρι\nρύζι", position=1)
    ask("Adult", "Ενήλικος", kind="yes", required=True, position=2)
    ask("Unknown", "Αλλεργίες", position=3)
    ask("Access", "Βοήθεια", level="order")
    found = Visitor()
    found.client = ReadingClient()
    with pseudo_language():
        translation.activate("el")
        found.buy(play)
        yield found
    translation.activate("en")


def test_the_basket_the_page_and_every_complaint(reader: Visitor, lantern: CookieOffice) -> None:
    reader.basket()
    assert reader.page.select("#needed a")
    form = box(reader)
    address, fields = str(form["action"]), sent(form)
    name, meal = (next(key for key in fields if key.endswith(f"-a{n}")) for n in _numbers("Name", "Meal"))
    reader.get(address)
    reader.post(address, {**fields, name: "", "for": "these"})
    assert reader.status == 422
    reader.post(address, {**fields, name: "ψ" * 11, meal: "ψ", "for": "all"})
    assert reader.status == 422
    reader.get(str(box(reader, 0, "#main form[action$='/notes/']")["action"]))
    hold = Line.objects.all()[0].hold
    reader.get(reverse("baskets:order_notes", args=[hold.pk]))
    reader.get(reverse("baskets:order_notes", args=[hold.pk + 1]))


def test_what_was_taken_and_what_was_not(reader: Visitor, lantern: CookieOffice) -> None:
    reader.basket()
    form = box(reader)
    fields = sent(form)
    name, unknown = (
        next(key for key in fields if key.endswith(f"-a{n}")) for n in _numbers("Name", "Unknown")
    )
    adult = name.rpartition("-")[0] + f"-a{_numbers('Adult')[0]}"
    given = {**fields, name: "Άντα", unknown: "ψάρι", adult: "on", "for": "one"}
    reader.post(str(form["action"]), given)
    reader.run()
    reader.post(str(form["action"]), {**given, name: "Έλλη"})
    reader.basket()  # not passed on yet
    assert reader.page.select(".notes-typed")


def _numbers(*labels: str) -> list[int]:
    return [NoteQuestion.objects.get(label=label).pk for label in labels]
