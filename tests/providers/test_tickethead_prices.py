"""What Tickethead's tickets will probably cost: exact to the cent, never a float, never dearer than shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.money import Money
from shop.providers import http
from shop.providers.tickethead import fields, inferred, prices, records
from shop.providers.tickethead.fields import Misread
from tests.providers import tickethead_wire as th

EUR = "EUR"


def config(face="25.5", **changes):
    raw = {
        "id": 1,
        "name": "Standing",
        "pricing_type": "paid",
        "face_value": Decimal(face),
        "absorb_fees": False,
    }
    return records.ticket_config({**raw, **changes})


def fee(kind, **changes):
    return records.organizer({"id": 1, "fees": [{"id": 1, "type": kind, **changes}]}).fees[0]


def discount(kind, value, **changes):
    return records.ticket_discount(
        {"id": 1, "name": "Less", "type": kind, "value": Decimal(value), **changes}
    )


def cost(*lines, fees=()):
    return [one.total for one in prices.estimate(lines, fees, EUR)]


def test_a_ticket_costs_its_face_value_in_major_units():
    assert cost(prices.Line(config(), 2)) == [Money(5100, EUR)]


@pytest.mark.parametrize(("included", "total"), [(True, 2550), (None, 2550), (False, 2882)])
def test_tax_is_inside_or_on_top(included, total):
    assert cost(prices.Line(config(tax_rate=13, tax_included=included), 1)) == [Money(total, EUR)]


def test_percents_come_off_before_amounts_and_never_below_nothing():
    five, tenth = discount("amount", "5"), discount("percent", "10")
    assert cost(prices.Line(config("50"), 1, (five, tenth))) == [Money(4000, EUR)]
    assert cost(prices.Line(config("50"), 3, (five,))) == [Money(13500, EUR)]  # off each ticket
    assert cost(prices.Line(config("4"), 1, (five,))) == [Money(0, EUR)]


def test_a_fee_is_per_ticket_per_item_or_per_order():
    lines = [prices.Line(config("10"), 2), prices.Line(config("20"), 1)]
    one = {"fixed_amount": 1}
    assert cost(*lines, fees=[fee(2, **one)]) == [Money(2200, EUR), Money(2100, EUR)]
    assert cost(*lines, fees=[fee(1, **one)]) == [Money(2100, EUR), Money(2100, EUR)]
    assert cost(*lines, fees=[fee(0, **one)]) == [Money(2100, EUR), Money(2000, EUR)]


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"percentage": 10}, 2200),
        ({"percentage": 10, "fixed_amount": Decimal("0.5")}, 2250),
        ({"percentage": 10, "minimum_amount": 3}, 2300),
        ({"percentage": 10, "maximum_amount": 1}, 2100),
        ({"percentage": 10, "tax_rate": 20}, 2240),
        ({"percentage": 10, "currency": {"acronym": "USD"}}, 2000),
        ({"percentage": 10, "currency": {"acronym": "EUR"}}, 2200),
    ],
)
def test_a_fee_has_parts_limits_tax_and_a_currency(changes, total):
    assert cost(prices.Line(config("20"), 1), fees=[fee(1, **changes)]) == [Money(total, EUR)]


def test_free_tickets_and_borne_fees_cost_nothing_more():
    fees = [fee(kind, fixed_amount=1) for kind in (0, 1, 2)]
    assert cost(prices.Line(config("20", absorb_fees=True), 1), fees=fees) == [Money(2000, EUR)]
    assert cost(prices.Line(config("0", pricing_type="free"), 2), fees=fees) == [Money(0, EUR)]
    free_first = [prices.Line(config("0", pricing_type="free"), 1), prices.Line(config("20"), 1)]
    assert cost(*free_first, fees=fees) == [Money(0, EUR), Money(2300, EUR)]


@pytest.mark.parametrize("value", ["25.50", 25.5, True, None, [], {}])
def test_only_json_numbers_are_money(value):
    with pytest.raises(Misread):
        records.ticket_config({"id": 1, "name": "x", "pricing_type": "paid", "face_value": value})


@pytest.mark.parametrize("value", [Decimal("1e30"), Decimal("NaN"), Decimal("Infinity")])
def test_numbers_beyond_reason_are_refused(value):
    with pytest.raises(Misread):
        fields.number({"total": value}, "total")


def test_every_fee_of_the_payload_is_read():
    body = http.parse_json((th.PAYLOADS / "organizer.json").read_bytes())  # as the wire is read
    (one,) = records.organizer(body["data"]).fees
    assert (one.type, one.fixed_amount, one.percentage, one.currency) == (2, Decimal("0.5"), Decimal(4), EUR)


# --- what holds for all sums --------------------------------------------------------------------------------

cents = st.integers(0, 1_000_000).map(lambda n: Decimal(n).scaleb(-2))
rates = st.integers(0, 3000).map(lambda n: Decimal(n).scaleb(-2))
maybe_cents = st.none() | st.integers(0, 2000).map(lambda n: Decimal(n).scaleb(-2))
fees_of_all_kinds = st.lists(
    st.builds(
        records.Fee,
        type=st.sampled_from([0, 1, 2]),
        fixed_amount=st.integers(0, 1000).map(lambda n: Decimal(n).scaleb(-2)),
        minimum_amount=maybe_cents,
        maximum_amount=maybe_cents,
        percentage=rates,
        tax_rate=rates,
        currency=st.sampled_from(["", EUR, "USD"]),
    ),
    max_size=4,
)
configs = st.builds(
    lambda face, rate, inside, bear: config(str(face), tax_rate=rate, tax_included=inside, absorb_fees=bear),
    cents, st.none() | rates, st.sampled_from([True, False, None]), st.booleans(),
)  # fmt: skip


@given(configs, st.integers(1, 20), fees_of_all_kinds)
def test_so_many_tickets_never_cost_more_than_so_many_times_the_price_shown(one, quantity, fees):
    shown = prices.price_of_one(one, fees, EUR)
    (line,) = prices.estimate([prices.Line(one, quantity)], fees, EUR)
    assert line.total <= shown.total * quantity
    assert isinstance(line.total.minor, int)


@given(configs, st.integers(1, 20), fees_of_all_kinds, st.lists(st.tuples(st.booleans(), rates), max_size=3))
def test_a_discount_never_makes_anything_dearer_or_negative(one, quantity, fees, reductions):
    taken = tuple(discount("percent" if percent else "amount", str(value)) for percent, value in reductions)
    (full,) = prices.estimate([prices.Line(one, quantity)], fees, EUR)
    (less,) = prices.estimate([prices.Line(one, quantity, taken)], fees, EUR)
    assert Money.zero(EUR) <= less.total <= full.total
    assert less.fee >= Money.zero(EUR)


@given(st.integers(0, 10_000_000), st.lists(st.integers(0, 100_000), min_size=1, max_size=12))
def test_a_sum_that_is_shared_is_the_same_sum(minor, weights):
    total = Money(minor, EUR)
    parts = prices.share(total, [Decimal(weight) for weight in weights])
    assert len(parts) == len(weights)
    assert Money.total(parts, EUR) == total
    assert all(part.minor >= 0 for part in parts)


@given(st.integers(0, 10_000_000), st.integers(1, 30))
def test_even_shares_differ_by_a_cent_at_most(minor, count):
    parts = [part.minor for part in prices.share(Money(minor, EUR), [Decimal(1)] * count)]
    assert max(parts) - min(parts) <= 1


@given(
    st.lists(st.tuples(st.none() | cents, st.integers(0, 9)), min_size=1, max_size=6),
    st.integers(0, 10_000_000),
)
def test_the_parts_of_an_order_add_up_to_its_total_however_prices_are_meant(items, minor):
    parts = prices.item_prices(items, Money(minor, EUR))
    assert Money.total(parts, EUR) == Money(minor, EUR)


def test_a_price_per_ticket_and_a_price_per_item_are_told_apart_by_the_total():
    total = Money(10200, EUR)  # 2 x 25.50 and 51.00
    per_item = prices.item_prices([(Decimal(51), 2), (Decimal(51), 1)], total)
    per_ticket = prices.item_prices([(Decimal("25.5"), 2), (Decimal(51), 1)], total)
    assert per_item == per_ticket == [Money(5100, EUR), Money(5100, EUR)]


@given(st.integers(0, 10_000_000), st.sampled_from(["eur", "jpy", "kwd"]))
def test_an_intents_amount_is_in_minor_units_of_its_currency(amount, currency):
    assert prices.intent_amount({"amount": amount, "currency": currency}) == Money(amount, currency.upper())


@given(cents)
def test_major_units_become_minor_units_exactly(value):
    assert prices.money(value, EUR).minor == int(value * 100)


# --- limits -------------------------------------------------------------------------------------------------

maybe = st.none() | st.integers(-5, 50)


@given(maybe, maybe, maybe, maybe)
def test_the_limit_is_the_smallest_number_that_is_said(available, per_user, in_sector, in_slot):
    one = config(available_tickets=available, tickets_per_user=per_user)
    sector = records.sector({"id": 3, "name": "East", "available_tickets": in_sector})
    slot = records.timeslot({"id": 9, "available_tickets": in_slot})
    limit = inferred.payable_limit(one, sector, slot)
    said = [n for n in (available, per_user or None, in_sector, in_slot) if n is not None]
    assert limit == (max(0, min(said)) if said else None)


@pytest.mark.parametrize(
    ("tenant", "world"),
    [
        ("https://tickethead.api.tickethead.io", "https://api.tickethead.io"),
        ("https://lantern.api.staging.tickethead.io", "https://api.staging.tickethead.io"),
        ("http://127.0.0.1:8001/tickethead", "http://127.0.0.1:8001/tickethead"),
        ("http://localhost:8001", "http://localhost:8001"),
    ],
)
def test_the_global_host_is_the_tenants_without_its_name(tenant, world):
    assert inferred.global_url(tenant) == world
