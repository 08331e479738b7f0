"""What the till tells the shop: frozen data and errors, without a word of the payment company's library.

Amounts are integer minor units with a currency. Every function asks afresh; none is called inside a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shop.money import Money


class IntentState(StrEnum):
    """How an attempt to pay stands there."""

    NEEDS_CARD = "needs_card"  # nothing was given yet, or it was declined: another can be tried
    NEEDS_BUYER = "needs_buyer"  # the bank asks the buyer something
    PROCESSING = "processing"
    AUTHORISED = "authorised"  # can be taken until `capture_before`
    CAPTURED = "captured"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Intent:
    """One attempt to pay, as it stands now.

    `client_secret` goes to the buyer's own browser and nowhere else. `payment_ref` is what we wrote into it: our
    payment's id. `declined` is a code of why the last card was refused, `declined_words` what may be told to the buyer.
    """

    id: str
    state: IntentState
    amount: Money
    live: bool
    payment_ref: str
    manual: bool  # it is authorised first
    client_secret: str = ""
    capturable: int = 0
    received: int = 0
    charge_id: str = ""
    capture_before: datetime | None = None
    declined: str = ""
    declined_words: str = ""
    cancel_reason: str = ""


class RefundState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    NEEDS_ACTION = "needs_action"


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """A refund as it stands there. `refund_ref`: our row's id, "" where it was made elsewhere."""

    id: str
    state: RefundState
    amount: Money
    intent_id: str
    refund_ref: str = ""
    failure: str = ""
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """An event whose signature was right. `intent_id` and `refund_id` where it names them; `ours`: our metadata is on
    the object it is about, or on what that belongs to."""

    id: str
    kind: str
    live: bool
    object_id: str
    intent_id: str
    payment_ref: str
    refund_ref: str
    happened_at: datetime


class TillError(Exception):
    """`code` is stable and short; `detail` is for staff: no secret, no card data, nothing personal."""

    code = "till"

    def __init__(self, detail: str = "", *, code: str = "") -> None:
        super().__init__(detail or code or self.code)
        self.detail = detail
        self.code = code or self.code


class TillUnavailable(TillError):
    """It could not be asked, or asked us to wait: nothing was done. Ask again later."""

    code = "till_unavailable"


class TillUnknown(TillError):
    """A write whose answer was lost: the same key again, or look first where a day has gone by."""

    code = "till_unknown"


class TillRefused(TillError):
    """It said no, for certain. `code` is theirs where it is one of a known few. `intent`: as it stands, where said."""

    code = "till_refused"

    def __init__(self, detail: str = "", *, code: str = "", intent: Intent | None = None) -> None:
        super().__init__(detail, code=code)
        self.intent = intent


class TillMisconfigured(TillError):
    """Key refused, or a right is missing: nobody but the operator can help."""

    code = "till_misconfigured"
