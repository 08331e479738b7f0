"""Stripe's public test cards: what each number does.

Source: Stripe documentation, "Test card numbers". Anything else with a valid check digit is refused as a
card that is no test card, so a real number cannot be used by accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shop.standin.stripe_forms import StripeError


@dataclass(frozen=True)
class Card:
    """``decline``: (code, decline_code, sentence) or None. ``challenge``: 3-D Secure comes first."""

    brand: str
    decline: tuple[str, str | None, str] | None = None
    challenge: bool = False
    refund: str = "at_once"
    dispute: str | None = None
    warned: bool = False  # the bank suspects a fraud some time after the payment
    country: str = "US"


def _declined(decline_code: str) -> tuple[str, str, str]:
    if decline_code == "insufficient_funds":
        return "card_declined", decline_code, "Your card has insufficient funds."
    return "card_declined", decline_code, "Your card was declined."


CARDS: dict[str, Card] = {
    "4242424242424242": Card("visa"),
    "4000056655665556": Card("visa"),
    "5555555555554444": Card("mastercard"),
    "2223003122003222": Card("mastercard"),
    "378282246310005": Card("amex"),
    "6011111111111117": Card("discover"),
    "4000000400000008": Card("visa", country="AT"),
    "4000001910000009": Card("visa", country="HR"),
    "4000008260000000": Card("visa", country="GB"),
    "4000000000000002": Card("visa", decline=_declined("generic_decline")),
    "4000000000009995": Card("visa", decline=_declined("insufficient_funds")),
    "4000000000009987": Card("visa", decline=_declined("lost_card")),
    "4000000000009979": Card("visa", decline=_declined("stolen_card")),
    "4000000000000069": Card("visa", decline=("expired_card", None, "Your card has expired.")),
    "4000000000000127": Card(
        "visa", decline=("incorrect_cvc", None, "Your card's security code is incorrect.")
    ),
    "4000000000000119": Card(
        "visa",
        decline=("processing_error", None, "An error occurred while processing your card. Try again later."),
    ),
    "4000000000003220": Card("visa", challenge=True),
    "4000002500003155": Card("visa", challenge=True),
    "4000002760003184": Card("visa", challenge=True),
    "4000008400001629": Card("visa", challenge=True, decline=_declined("generic_decline")),
    "4000008260003178": Card("visa", challenge=True, decline=_declined("insufficient_funds")),
    "4000000000003055": Card("visa"),
    "4000000000007726": Card("visa", refund="pending"),
    "4000000000005126": Card("visa", refund="fails_later"),
    "4000000000000259": Card("visa", dispute="fraudulent"),
    "4000000000005423": Card("visa", warned=True),
    "4000000000002685": Card("visa", dispute="product_not_received"),
}

# Ready-made payment methods that a server may name instead of a number.
READY = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_discover": "6011111111111117",
    "pm_card_at": "4000000400000008",
    "pm_card_hr": "4000001910000009",
    "pm_card_gb": "4000008260000000",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_threeDSecureRequired": "4000000000003220",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_threeDSecureRequiredChargeDeclined": "4000008400001629",
    "pm_card_threeDSecureOptional": "4000000000003055",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createIssuerFraudRecord": "4000000000005423",
    "pm_card_createDisputeProductNotReceived": "4000000000002685",
}


def passes_check_digit(number: str) -> bool:
    """Luhn, as every card number carries it."""
    if not number.isdigit() or not 12 <= len(number) <= 19:
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card_error(
    code: str, message: str, *, param: str | None = None, decline_code: str | None = None
) -> StripeError:
    return StripeError(402, message, kind="card_error", code=code, param=param, decline_code=decline_code)


def check_card(given: dict[str, Any], now: datetime) -> tuple[str, int, int]:
    """Number, month, year of the card in a request; raises the card error a wrong entry gets."""
    number = "".join(str(given.get("number", "")).split())
    if not passes_check_digit(number):
        raise card_error("incorrect_number", "Your card number is incorrect.", param="number")
    month, year = str(given.get("exp_month", "")), str(given.get("exp_year", ""))
    if not month.isdigit() or not 1 <= int(month) <= 12:
        raise card_error(
            "invalid_expiry_month", "Your card's expiration month is invalid.", param="exp_month"
        )
    if not year.isdigit():
        raise card_error("invalid_expiry_year", "Your card's expiration year is invalid.", param="exp_year")
    full_year = int(year) + 2000 if int(year) < 100 else int(year)
    if (full_year, int(month)) < (now.year, now.month) or full_year > now.year + 50:
        raise card_error("invalid_expiry_year", "Your card's expiration year is invalid.", param="exp_year")
    code = str(given.get("cvc", ""))
    if code and not (code.isdigit() and len(code) in (3, 4)):
        raise card_error("invalid_cvc", "Your card's security code is invalid.", param="cvc")
    if number not in CARDS:
        raise card_error(
            "card_declined",
            "Your card was declined. Your request was in test mode, but used a non test card. "
            "For a list of valid test cards, visit: https://stripe.com/docs/testing.",
            decline_code="test_mode_live_card",
        )
    return number, int(month), full_year
