"""What a price "from" is made of."""

from __future__ import annotations

import pytest

from shop.money import Money
from shop.providers.ordinary import ordinary_prices


def prices(*kinds: tuple[str, int] | tuple[str, int, bool]) -> list[int]:
    rows = [(kind[0], Money(kind[1], "EUR"), len(kind) == 3) for kind in kinds]
    return sorted(price.minor for price in ordinary_prices(rows))


@pytest.mark.parametrize(
    "name",
    [
        "Companion of a disabled guest", "Begleitperson", "Carer", "Personal assistant", "Assistenzperson",
        "Child", "Children's ticket", "CHILD", "Kids", "Kinder", "Kinderkarte", "Kind (6-14)", "Infant", "Baby", "Babies", "Toddler",
        "Under 19", "unter 6", "Up to 12", "bis 14 Jahre", "U12", "Junior", "Youth", "Jugendliche", "Pupil", "Schülerin",
        "Student", "Studenten", "Studierende", "Seniors", "Senioren", "Seniorin", "Pensionistin", "Rentner", "Lehrlinge",
        "Azubi", "Concession", "Reduced", "Ermäßigt", "Ermäßigung", "Members", "Mitglieder",
    ],
)  # fmt: skip
def test_what_only_some_may_take_is_no_price_to_begin_with(name):
    assert prices(("Standing", 2550), (name, 700)) == [2550]


def test_an_extra_and_what_is_free_beside_something_paid_do_not_count():
    assert prices(("Runner", 3500), ("Running shirt", 1800, True), ("Cheer from the stand", 0)) == [3500]


def test_where_there_is_nothing_else_it_counts():
    assert prices(("Child", 700)) == [700]
    assert prices(("Under 12", 0), ("Child", 500)) == [500]
    assert prices(("Visitor", 0)) == [0]
    assert prices(("Visitor", 0), ("Child", 0)) == [0]
    assert prices() == []
    assert prices(("Programme", 500, True)) == [500]
    assert prices(("Programme", 500, True), ("Child", 700)) == [700]


@pytest.mark.parametrize(
    "name",
    ["Kindred spirits", "Childhood friends' circle", "Membrane", "Mankind", "Concessionaire's box", "Menu 12", "Seniority"],
)  # fmt: skip
def test_a_name_that_only_begins_or_ends_like_one_is_somebody_elses(name):
    assert prices(("Seat", 3000), (name, 2000)) == [2000, 3000]
