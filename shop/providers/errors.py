"""What can go wrong at a provider, in our words. Codes, not sentences: `shop.problems` has the sentences.

ProviderError
    Unavailable        could not be asked (down, slow on a read, rate limit): read again later
        Resting        it was not asked: it has not answered anybody for a while, and somebody tries again soon
        Unreached      the visitor's own browser could not reach the provider
    OutcomeUnknown     a write whose answer was lost: look before anything else, never repeat blindly
    Misconfigured      key refused, account locked: nobody but the operator can help
    BadAnswer          an answer that makes no sense (HTML, empty, wrong shape)
    Unsupported        this account cannot do that
    Refused            the provider said no, and nothing changed
        SoldOut, LoneSeat, HoldExpired, HoldGone, PriceChanged, LimitExceeded, NotOnSale,
        DetailsRejected, PaymentClosed, Queued, CookiesBlocked, WrongHost, OneOfAKind, RenewalTooEarly,
        NotUnlocked
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shop.providers.extras import Refusal


class ProviderError(Exception):
    """`code` is stable and short; `detail` is for staff and never holds a secret or personal data."""

    code = "provider_error"

    def __init__(self, detail: str = "", *, account: str = "", retry_after: float | None = None) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.account = account
        self.retry_after = retry_after  # seconds, when the provider said so


class Unavailable(ProviderError):
    code = "unavailable"


class Resting(Unavailable):
    """Nobody was asked: the account did not answer again and again. `retry_after`: until somebody tries again."""

    code = "resting"


class Unreached(Unavailable):
    """Our server may reach the provider, the visitor's browser cannot: a blocker, or our origin is not allowed."""

    code = "unreached"


class OutcomeUnknown(ProviderError):
    code = "outcome_unknown"


class Misconfigured(ProviderError):
    code = "misconfigured"


class BadAnswer(ProviderError):
    code = "bad_answer"


class Unsupported(ProviderError):
    code = "unsupported"


class Refused(ProviderError):
    """`refusals`: why, for each thing by itself, where several were asked for and none was had."""

    code = "refused"
    refusals: tuple[Refusal, ...] = ()


class SoldOut(Refused):
    """What was asked for is gone. `refs`: which, where the provider said so."""

    code = "sold_out"

    def __init__(self, detail: str = "", *, refs: tuple[str, ...] = (), account: str = "") -> None:
        super().__init__(detail, account=account)
        self.refs = refs


class LoneSeat(Refused):
    """The choice would leave a single seat between others."""

    code = "lone_seat"


class HoldExpired(Refused):
    """The hold ran out."""

    code = "hold_expired"


class HoldGone(Refused):
    """The provider does not know the hold any more, or will not have it changed: begin a fresh one."""

    code = "hold_gone"


class PriceChanged(Refused):
    code = "price_changed"


class LimitExceeded(Refused):
    """More than the provider sells to one buyer. `limit`: how many, where it said so."""

    code = "limit_exceeded"

    def __init__(self, detail: str = "", *, limit: int | None = None, account: str = "") -> None:
        super().__init__(detail, account=account)
        self.limit = limit


class NotOnSale(Refused):
    """Not published, not begun or over. `what`: the ticket's name; `since`: when the sale begins."""

    code = "not_on_sale"

    def __init__(
        self, detail: str = "", *, what: str = "", since: datetime | None = None, account: str = ""
    ) -> None:
        super().__init__(detail, account=account)
        self.what = what
        self.since = since


class DetailsRejected(Refused):
    """The buyer's details were refused. `fields`: name of the question -> code of the complaint."""

    code = "details_rejected"

    def __init__(
        self, detail: str = "", *, fields: Mapping[str, str] | None = None, account: str = ""
    ) -> None:
        super().__init__(detail, account=account)
        self.fields = dict(fields or {})


class PaymentClosed(Refused):
    """The provider takes no payment for this any more (window over, order failed)."""

    code = "payment_closed"


class NotUnlocked(Refused):
    """The account may not book in this way (any more). Nothing was booked; `Capabilities.other_payment` may go."""

    code = "not_unlocked"


class Queued(Refused):
    """The provider lets buyers in one after another. `position`: of this one, where it said so.

    `needs_empty`: its basket must be empty before one can stand in line. `joined`: this one stands in it.
    """

    code = "queued"

    def __init__(
        self,
        detail: str = "",
        *,
        position: int | None = None,
        needs_empty: bool = False,
        joined: bool = False,
        account: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail, account=account, retry_after=retry_after)
        self.position = position
        self.needs_empty = needs_empty
        self.joined = joined


class CookiesBlocked(Refused):
    """The browser does not keep the provider's cookie: what was put into the basket is not in it a moment later."""

    code = "cookies_blocked"


class WrongHost(Refused):
    """The browser asked another of the provider's hosts than the one whose cookie the basket is."""

    code = "wrong_host"


class OneOfAKind(Refused):
    """Only one of this can be in a basket, or the buyer has it already."""

    code = "one_of_a_kind"


class RenewalTooEarly(Refused):
    """A membership that cannot be renewed yet."""

    code = "renewal_too_early"
