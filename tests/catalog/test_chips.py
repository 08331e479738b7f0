"""What the filters of the list say: chips that can be taken away, quick choices, prices in both currencies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.test import Client

from tests.factories_catalog import account, event, instance, on_sale, venue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday(move_clock: Callable[[datetime], None]) -> None:
    move_clock(datetime(2027, 3, 10, 12, tzinfo=UTC))


def page(client: Client, query: str) -> BeautifulSoup:
    return BeautifulSoup(client.get(f"/en/{query}").content, "html.parser")


def chips(client: Client, query: str) -> list[tuple[str, str]]:
    """Words and address of every active filter, as they stand."""
    found = page(client, query).select("a.chip-remove:not(#drop-all)")
    return [(re.sub(r"^Remove filter: ", "", " ".join(a.text.split())), str(a["href"])) for a in found]


def quick(client: Client, query: str, code: str) -> tuple[str, bool]:
    """The address of a quick choice, and whether it is the one that is chosen."""
    link = page(client, query).select_one(f"#quick-{code}")
    assert link is not None
    return str(link["href"]), link.has_attr("aria-current")


EVERYTHING = {
    "q": "lantern", "from": "2027-03-12", "to": "2027-03-20", "venue": "docks", "town": "Bristol", "kind": "play",
    "price": "40", "access": "signed", "tickets": "1",
}  # fmt: skip


def address(*left_out: str) -> str:
    said = "&".join(f"{name}={value}" for name, value in EVERYTHING.items() if name not in left_out)
    return f"?{said}"


def test_every_active_filter_is_a_chip_in_words_and_leads_to_the_list_without_it(client: Client) -> None:
    on_sale("Lantern", kind="play", venue=venue("The Docks", slug="docks", city="Bristol"))
    assert chips(client, address()) == [
        ("“lantern”", address("q")),
        ("Fri 12 Mar to Sat 20 Mar", address("from", "to")),
        ("The Docks", address("venue")),
        ("Bristol", address("town")),
        ("Play", address("kind")),
        ("up to £40", address("price")),
        ("Signed", address("access")),
        ("only with tickets", address("tickets")),
    ]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?from=2027-03-14", "from Sun 14 Mar"),
        ("?to=2027-03-14", "until Sun 14 Mar"),
        ("?when=weekend", "This weekend"),
    ],
)
def test_days_are_one_chip_before_all_others_and_a_lone_chip_leads_to_everything(
    client: Client, query: str, words: str
) -> None:
    assert chips(client, query) == [(words, ".")]
    assert chips(client, f"{query}&kind=play")[0] == (words, "?kind=play")


def test_a_venue_that_is_not_in_the_list_any_more_is_named_as_the_address_does(client: Client) -> None:
    on_sale()
    assert chips(client, "?venue=pulled-down") == [("pulled-down", ".")]


def test_a_quick_choice_takes_the_place_of_other_days_and_chosen_again_goes_away(client: Client) -> None:
    assert quick(client, "", "today") == ("?when=today", False)
    assert quick(client, "?when=today", "today") == (".", True)
    assert quick(client, "?when=today", "month") == ("?when=month", False)
    assert quick(client, "?when=today&kind=play", "today") == ("?kind=play", True)
    assert quick(client, "?from=2027-03-01&to=2027-03-20&kind=play", "today") == (
        "?kind=play&when=today",
        False,
    )


def test_a_price_is_said_in_every_currency_of_the_shop(client: Client) -> None:
    assert chips(client, "?price=40") == [("up to 40", ".")]  # nothing is sold: no currency is known
    on_sale()
    cache.clear()
    assert chips(client, "?price=40") == [("up to £40", ".")]
    vienna = venue("Stadthalle", account=account("arena"), timezone="Europe/Vienna", city="Wien")
    instance(event("Konzert", venue=vienna), currency="EUR")
    cache.clear()
    assert chips(client, "?price=40") == [("up to €40 / £40", ".")]
    choices = [option.text for option in page(client, "?price=33").select("select[name=price] option")]
    assert choices[1] == "up to €15 / £15"
    assert choices[-1] == "up to €33 / £33", "a price of one's own is among them"


def test_what_to_drop_is_named_as_its_chip_is(client: Client) -> None:
    on_sale("Lantern", kind="musical", starts_at=datetime(2027, 3, 20, 19, 30, tzinfo=UTC))
    found = page(client, "?q=lantern&kind=play&tickets=1").select(".drop a")
    assert [(" ".join(a.text.split()), str(a["href"])) for a in found] == [
        ("1 event without “Play”", "?q=lantern&tickets=1")
    ]
    (alone,) = page(client, "?kind=play").select(".drop a")
    assert str(alone["href"]) == "."
