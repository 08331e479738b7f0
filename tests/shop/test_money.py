"""Money is whole minor units of one currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.money import Money

amounts = st.integers(min_value=-(10**9), max_value=10**9)


@given(amounts, st.sampled_from(["GBP", "EUR", "JPY", "KWD"]))
def test_a_sum_of_money_survives_the_way_to_decimal_and_back(minor, currency):
    money = Money(minor, currency)
    assert Money.from_decimal(money.as_decimal(), currency) == money


def test_half_a_penny_goes_up():
    assert Money.from_decimal(Decimal("25.505"), "EUR") == Money(2551, "EUR")


def test_a_float_is_refused_because_it_has_already_lost_the_cents():
    with pytest.raises(TypeError):
        Money.from_decimal(25.5, "EUR")
    with pytest.raises(TypeError):
        Money(1.0, "EUR")


def test_two_currencies_are_never_added_or_compared():
    with pytest.raises(ValueError):
        Money(1, "GBP") + Money(1, "EUR")
    with pytest.raises(ValueError):
        assert Money(1, "GBP") < Money(2, "EUR")


def test_each_language_writes_money_its_own_way():
    assert Money(125050, "GBP").format("en") == "£1,250.50"
    assert Money(125050, "EUR").format("de") == "1.250,50\xa0€"
    assert Money(500, "JPY").format("en") == "¥500"
