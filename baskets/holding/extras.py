"""What is sold beside tickets, and the code for a whole basket: asked by the visitor's own browser.

Nothing is asked here: an errand is written, and the page of it has the browser ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from baskets import beside, lifecycle
from baskets.holding.adding import attempt_of, begin_attempt, end_attempt
from baskets.holding.asked import BrowserAsks, begin, of_attempt, wait_for_others
from baskets.holding.desk import at_desk, hold_at
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
) -> None:
    """Have the visitor's browser add these. `names` are what people call them; `token` names the form that was sent:
    pressed twice, it asks once. `own_page` is the way for whom this one does not serve.

    Raises BrowserAsks; lifecycle.NotNow, Busy and ProviderErrors where nothing was asked. Returns where this very form
    was done with before.
    """
    if basket.status != Basket.Status.OPEN:
        raise lifecycle.NotNow(basket.status)
    hold = hold_at(basket, account)
    attempt = attempt_of(basket, hold, token, ())
    if attempt is not None and attempt.state == Attempt.State.DONE:
        return
    with at_desk(hold) as desk:
        if (under_way := of_attempt(attempt)) is not None:
            raise BrowserAsks(under_way)
        wait_for_others(desk.row)
        if attempt is not None:
            begin_attempt(attempt, desk.row, ())
        try:
            ask = desk.browser.take(desk.row.handle or None, extras, desk.keep)
        except errors.ProviderError:
            end_attempt(attempt, Attempt.State.REFUSED)
            raise
        chosen = [row(one, name) for one, name in zip(extras, names, strict=True)]
        raise BrowserAsks(
            begin(
                desk.row, ask, "take", attempt=attempt, extras=chosen, own_page=own_page,
                before=beside.refs(desk.row),
            )
        )  # fmt: skip


def use_code(hold: Hold, code: str) -> None:
    """Have a promotion code applied to the whole basket there; "" takes it away. Raises as `take` does."""
    if hold.basket.status != Basket.Status.OPEN:
        raise lifecycle.NotNow(hold.basket.status)
    with at_desk(hold) as desk:
        wait_for_others(desk.row)
        ask = desk.browser.use_code(desk.row.handle, code, desk.keep)
        raise BrowserAsks(begin(desk.row, ask, "code", code=code))
