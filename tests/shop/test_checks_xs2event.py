"""What the checks say of an account on XS2Event before it sells anything at a loss."""

from __future__ import annotations

from typing import Any

import pytest

from shop import checks
from shop.providers.accounts import AccountConfig

WELL = {"fee_per_ticket": "EUR:350,GBP:300", "margin_percent": "12.5", "booking_email": "orders@shop.example"}


def said(settings: Any, **changes: str) -> list[tuple[str | None, str | None]]:
    options = {name: value for name, value in {**WELL, **changes}.items() if value}
    settings.PROVIDER_ACCOUNTS = {
        "stadium": AccountConfig(
            name="stadium", kind="xs2event", title="Stadium", base_url="https://api.xs2event.example/v1",
            keys={"api_key": "k"}, timezone="Europe/Amsterdam", currency="EUR", options=options,
        )
    }  # fmt: skip
    settings.PROVIDER_ACCOUNT_ERRORS = []
    return [(one.id, one.hint) for one in checks.accounts(None)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"fee_per_ticket": ""}, ["shop.E046"]),
        ({"fee_per_ticket": "EUR:three"}, ["shop.E045"]),
        ({"margin_percent": "-1"}, ["shop.W046"]),
        ({"margin_percent": "0"}, ["shop.W047"]),
        ({"price_rule": "face_value"}, ["shop.W046"]),
        ({"price_rule": "cheapest"}, ["shop.E045"]),
        ({"round_to": "0.5"}, ["shop.E045"]),
        ({"booking_email": ""}, ["shop.E048"]),
        ({"payment_method": "creditcard"}, ["shop.W048"]),
    ],
)
def test_what_would_sell_at_a_loss_or_not_at_all_is_said(
    settings: Any, changes: dict[str, str], expected: list[str]
) -> None:
    found = said(settings, **changes)
    assert [number for number, _hint in found] == expected
    assert all(hint and ("ACCOUNT_STADIUM_" in hint) for _number, hint in found)


def test_a_key_is_needed(settings: Any) -> None:
    said(settings)
    account = settings.PROVIDER_ACCOUNTS["stadium"]
    settings.PROVIDER_ACCOUNTS = {"stadium": AccountConfig(**{**account.__dict__, "keys": {}})}
    assert [one.id for one in checks.accounts(None)] == ["shop.E012"]
