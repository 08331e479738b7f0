"""What is sold beside tickets, and the code for a whole basket: asked by our server, or by the visitor's own browser.

Where the browser has to, nothing is asked here: an errand is written, and the page of it has the browser ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from baskets import beside, lifecycle
from baskets.holding import served
from baskets.holding.adding import attempt_of, begin_attempt
from baskets.holding.asked import BrowserAsks, begin, of_attempt, wait_for_others
from baskets.holding.desk import ToBrowser, at_desk, hold_at
from baskets.holding.errands import Heard
from baskets.models import Attempt, Basket, Hold
from catalog.models import ProviderAccount
from shop.providers import errors
from shop.providers.extras import Extra


def row(one: Extra, name: str) -> dict[str, Any]:
    """What was chosen, as an errand remembers it. A gift voucher's words are personal: they are not kept."""
    return {
        "kind": one.kind,
        "ref": one.ref,
        "name": name,
        "quantity": one.quantity,
        "amount": one.amount.minor if one.amount else 0,
        "reference": one.reference,
        "auto_renew": one.auto_renew,
    }


def take(
    *,
    basket: Basket,
    account: ProviderAccount,
    extras: Sequence[Extra],
    names: Sequence[str],
    token: str = "",
    own_page: str = "",
) -> Heard | None:
    """Have these added. `names` are what people call them; `token` names the form that was sent:
    pressed twice, it asks once. `own_page` is the way for whom this one does not serve.

    Raises BrowserAsks, SaidNo; lifecycle.NotNow, Busy and ProviderErrors where nothing was asked, OutcomeUnknown where it
    is not known yet. None: this very form was done with before.
    """
    if basket.status != Basket.Status.OPEN:
        raise lifecycle.NotNow(basket.status)
    hold = hold_at(basket, account)
    attempt = attempt_of(basket, hold, token, ())
    if attempt is not None and attempt.state == Attempt.State.DONE:
        return None
    with at_desk(hold) as desk:
        served.look_first(desk)
        if (under_way := of_attempt(attempt)) is not None:
            raise BrowserAsks(under_way)
        wait_for_others(desk.row)
        chosen = [row(one, name) for one, name in zip(extras, names, strict=True)]
        before = beside.refs(desk.row)
        # should the answer be lost, reading tells by these whether they came
        if attempt is not None and not begin_attempt(
            attempt, desk.row, [{"extras": chosen, "before": before}]
        ):
            return None
        context = {"extras": chosen, "own_page": own_page, "before": before}
        try:
            desk.ask_leave()
            state = desk.take(extras)
        except ToBrowser as to:
            raise BrowserAsks(begin(desk.row, to.ask, "take", attempt=attempt, **context)) from None
        except errors.ProviderError as error:
            raise served.refused(desk, "take", error, attempt=attempt, **context) from None
        return served.taken(desk, "take", state, attempt=attempt, **context)


def use_code(hold: Hold, code: str) -> Heard:
    """Have a promotion code applied to the whole basket there; "" takes it away. Raises as `take` does."""
    if hold.basket.status != Basket.Status.OPEN:
        raise lifecycle.NotNow(hold.basket.status)
    with at_desk(hold) as desk:
        served.look_first(desk)
        wait_for_others(desk.row)
        try:
            state = desk.use_code(code)
        except ToBrowser as to:
            raise BrowserAsks(begin(desk.row, to.ask, "code", code=code)) from None
        except errors.ProviderError as error:
            raise served.refused(desk, "code", error, code=code) from None
        return served.taken(desk, "code", state, code=code)
