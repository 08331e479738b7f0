"""What was sent and not accepted, kept with the order until it is.

No page of checkout is the answer to a POST: a form that is not accepted leads back to its page by a redirect,
and the page finds here what was typed and what was wrong. So Back and reload show the page as it was and no
browser asks whether a form should be sent again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checkout.models import Booking, Order
from shop.problems import Problem

KEY = "draft"  # in the sealed answers of the order
LONGEST = 2000  # characters of one answer
MOST = 80  # answers
NOT_KEPT = ("csrfmiddlewaretoken", "agreed")


@dataclass(frozen=True)
class Draft:
    """`typed`: field -> what was sent. `title`, `text`: what went wrong, "" where only fields are wrong.

    `fields`: question -> complaint of the provider of `booking`.
    """

    typed: dict[str, str] = field(default_factory=dict)
    title: str = ""
    text: str = ""
    booking: int | None = None
    fields: dict[str, str] = field(default_factory=dict)


def keep(
    order: Order,
    typed: Mapping[str, Any],
    *,
    problem: Problem | None = None,
    booking: Booking | None = None,
    fields: Mapping[str, str] | None = None,
) -> None:
    kept = {
        str(name)[:100]: str(typed[name])[:LONGEST] for name in list(typed)[:MOST] if name not in NOT_KEPT
    }
    draft: dict[str, Any] = {"typed": kept}
    if problem is not None:
        draft |= {"title": problem.title, "text": problem.text}
    if booking is not None and fields:
        draft |= {"booking": booking.pk, "fields": dict(fields)}
    _save(order, _answers(order) | {KEY: draft})


def of(order: Order) -> Draft:
    return Draft(**_answers(order).get(KEY, {}))


def drop(order: Order) -> None:
    answers = _answers(order)
    if answers.pop(KEY, None) is not None:
        _save(order, answers)


def _answers(order: Order) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(order.answers or "{}")
    return found


def _save(order: Order, answers: Mapping[str, Any]) -> None:
    order.answers = json.dumps(answers)
    order.save(update_fields=["answers"])
