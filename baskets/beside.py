"""What a hold has beside its tickets: extras, charges of the whole basket, a reduction, a code.

Kept with the hold as plain data in minor units, and read from there for pages and sums.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from baskets.extras_words import kind_name
from baskets.models import Hold
from shop.money import Money
from shop.providers import types


def row(state: types.Hold) -> dict[str, Any]:
    """As `Hold.beside` keeps it; {} where there is nothing."""
    found: dict[str, Any] = {
        "extras": [
            {
                "ref": one.ref,
                "kind": one.kind,
                "what": one.what_ref,
                "name": one.name,
                "total": one.total.minor,
                "reference": one.reference,
                "auto_renew": one.auto_renew,
            }
            for one in state.extras
        ],
        "charges": [[one.name, one.amount.minor] for one in state.charges] + _rest(state),
        "discount": state.discount.minor if state.discount else 0,
        "code": state.code,
    }
    return {name: value for name, value in found.items() if value}


def _rest(state: types.Hold) -> list[list[Any]]:
    """What a basket in the visitor's browser costs beyond all that it lists: the sum told is the one that is asked for
    where it is paid."""
    parts = [one.total for one in state.items if one.state != "gone"]
    parts += [one.total for one in state.extras] + [one.amount for one in state.charges]
    rest = state.total.minor - sum(one.minor for one in parts)
    return [["", rest]] if rest > 0 and not state.verified else []


@dataclass(frozen=True)
class Extra:
    """One thing beside tickets, as the basket shows it."""

    hold: Hold
    ref: str
    kind: str
    name: str
    total: Money
    reference: str
    auto_renew: bool

    @property
    def kind_name(self) -> str:
        return kind_name(self.kind)


def extras(holds: Iterable[Hold], currency: str) -> list[Extra]:
    return [
        Extra(
            hold, one["ref"], one["kind"], one["name"], Money(one["total"], currency), one["reference"],
            one["auto_renew"],
        )
        for hold in holds
        for one in hold.beside.get("extras", ())
    ]  # fmt: skip


@dataclass
class Group:
    """Things that are the same, of one account: two programmes without a word on them."""

    first: Extra
    refs: list[str]
    total: Money

    @property
    def count(self) -> int:
        return len(self.refs)


def groups(every: Iterable[Extra]) -> list[Group]:
    """The same things together, in the order in which they are told. A donation stands for itself."""
    found: dict[tuple[object, ...], Group] = {}
    for one in every:
        own = one.ref if one.kind in ("donation", "gift_voucher") else ""
        key = (one.hold.pk, one.kind, one.name, one.reference, one.auto_renew, one.total.minor, own)
        if key in found:
            found[key].refs.append(one.ref)
            found[key].total += one.total
        else:
            found[key] = Group(one, [one.ref], one.total)
    return list(found.values())


def has_all(hold: Hold, chosen: Iterable[Mapping[str, Any]], before: Container[str]) -> bool:
    """Whether each of these is among what came since `before` (refs of what was there then).

    A provider that does not say what a thing is (a gift voucher) has it told by its kind.
    """
    new = [one for one in hold.beside.get("extras", ()) if one["ref"] not in before]
    return all(
        any(one["kind"] == wish["kind"] and one.get("what") in ("", None, wish["ref"]) for one in new)
        for wish in chosen
    )


def has_code(hold: Hold, typed: str) -> bool:
    """Whether this code counts; "": whether none does."""
    found: str = hold.beside.get("code", "")
    return found.casefold() == typed.casefold()


def refs(hold: Hold) -> list[str]:
    return [one["ref"] for one in hold.beside.get("extras", ())]


def charges(holds: Iterable[Hold], currency: str) -> list[tuple[str, Money]]:
    return [
        (name, Money(minor, currency)) for hold in holds for name, minor in hold.beside.get("charges", ())
    ]


def discount(holds: Iterable[Hold], currency: str) -> Money:
    """Taken off already, inside every price."""
    return Money(sum(hold.beside.get("discount", 0) for hold in holds), currency)


def minor(hold: Hold) -> int:
    """What all of it comes to, beside the tickets."""
    found: int = sum(one["total"] for one in hold.beside.get("extras", ()))
    return found + sum(amount for _name, amount in hold.beside.get("charges", ()))
