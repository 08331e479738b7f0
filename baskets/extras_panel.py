"""What is sold beside tickets as a page shows it: kind by kind, each thing with its fields and what was said of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.forms import BoundField
from django.utils.translation import gettext as _

from baskets import extras
from baskets import extras_words as said
from baskets.extras import Thing
from baskets.extras_forms import CodeForm, ExtrasForm
from baskets.models import Basket, Errand, Hold, Shelf
from catalog.models import ProviderAccount
from shop import words
from shop.providers.extras import Refusal

IN_VAIN = frozenset({"one_of_a_kind", "renewal_too_early"})  # chosen again it would be refused again


@dataclass
class Row:
    """One thing. `closed` says why it cannot be chosen, `refused` why the last wish for it came to nothing."""

    thing: Thing
    price: str
    renewal: str
    left: str
    closed: str
    refused: str
    amount: BoundField | None = None
    other: BoundField | None = None
    quantity: BoundField | None = None
    note: BoundField | None = None
    join: BoundField | None = None
    renew: BoundField | None = None
    more: list[BoundField] = field(default_factory=list)


@dataclass
class Section:
    kind: str
    title: str
    rows: list[Row]
    page: str  # the venue's own page of it
    hint: str = ""  # from how much on
    open: bool = False  # in the basket the others are folded


@dataclass
class Panel:
    """Everything of one account. `codes`: a field for a promotion code belongs to it."""

    account: ProviderAccount
    currency: str
    form: ExtrasForm
    sections: list[Section]
    token: str
    known: bool  # it was asked at least once
    hold: Hold | None = None
    codes: bool = False
    code: str = ""  # the one that is applied
    code_form: CodeForm | None = None
    code_refused: str = ""
    others: list[str] = field(default_factory=list)  # refusals that belong to no thing here


def _row(form: ExtrasForm, thing: Thing, refused: dict[tuple[str, str], str]) -> Row:
    def bound(end: str) -> BoundField | None:
        name = f"{thing.key}-{end}"
        return form[name] if name in form.fields else None

    closed = ""
    if form.closed(thing):
        held = (thing.kind, thing.ref) in form.held
        closed = _("In your basket. There can be one of it.") if held and thing.most == 1 else _("None left")
    return Row(
        thing=thing,
        price=words.money(thing.price) if thing.price else _("free") if thing.price is not None else "",
        renewal=words.money(thing.renewal) if thing.renewal and thing.renewal != thing.price else "",
        left="" if closed else said.left(thing.left),
        closed=closed,
        refused=refused.get((thing.kind, thing.ref), ""),
        **{name: bound(name) for name in ("amount", "other", "quantity", "note", "join", "renew")},
        more=[one for end in ("to_name", "from_name", "message", "email", "send_date") if (one := bound(end))],
    )  # fmt: skip


def _sections(form: ExtrasForm, refused: dict[tuple[str, str], str]) -> list[Section]:
    found: list[Section] = []
    for thing in form.things:
        if not found or found[-1].kind != thing.kind:
            found.append(Section(thing.kind, str(said.TITLES[thing.kind]), [], thing.page))
        found[-1].rows.append(_row(form, thing, refused))
    wrong = {name for name in form.errors if name != "__all__"} if form.is_bound else set()
    for section in found:
        prices = [row.thing.price for row in section.rows if row.thing.price is not None]
        section.hint = _("from %(price)s") % {"price": words.money(min(prices))} if prices else ""
        section.open = section.kind == "donation" or any(
            row.refused or any(name.startswith(row.thing.key) for name in wrong) for row in section.rows
        )
    return found


def panel(
    account: ProviderAccount,
    *,
    currency: str,
    hold: Hold | None = None,
    data: Any = None,
    errand: Errand | None = None,
) -> Panel:
    """`hold`: the visitor's own at this account; `errand`: the last one there, for what was refused. No call is made."""
    known = extras.capabilities(account.name)
    kinds = known.extras if known else ()
    shelf = Shelf.objects.filter(account=account).first()
    refusals = extras.refused_of(errand)
    there = [(one["kind"], one.get("what", "")) for one in hold.beside.get("extras", ())] if hold else []
    form = ExtrasForm(
        data,
        things=extras.things(shelf, kinds),
        currency=currency,
        held=there,
        again=_again(errand, refusals),
        today=extras.today(account.name) if known else None,
        auto_id=f"extras_{account.name}_%s",  # two venues may call two things by one id
    )
    things = {(one.kind, one.ref): said.sentence(one) for one in refusals}
    found = Panel(
        account=account,
        currency=currency,
        form=form,
        sections=_sections(form, things),
        token=secrets.token_urlsafe(16),
        known=shelf is not None and shelf.read_at is not None,
        hold=hold,
        others=_others(refusals, form.things, errand),
    )
    has_something = hold is not None and bool(hold.beside.get("extras") or _has_lines(hold))
    if known is not None and known.codes and hold is not None and has_something:
        found.codes, found.code = True, hold.beside.get("code", "")
        tried = next((one for one in refusals if one.kind == "code"), None)
        found.code_refused = said.sentence(tried) if tried else ""
        found.code_form = CodeForm(hold_pk=hold.pk, initial=tried.ref if tried else "")
    return found


def _has_lines(hold: Hold) -> bool:
    return any(line.counts for line in hold.lines.all())


def _again(errand: Errand | None, refusals: Sequence[Refusal]) -> list[dict[str, Any]]:
    wrong = {(one.kind, one.ref) for one in refusals if one.problem not in IN_VAIN}
    chosen = errand.context.get("extras", ()) if errand is not None else ()
    return [one for one in chosen if (one["kind"], one["ref"]) in wrong]


def _others(refusals: Iterable[Refusal], things: Iterable[Thing], errand: Errand | None) -> list[str]:
    """Refusals that no row of the page can say: of something that is not sold any more."""
    shown = {(one.kind, one.ref) for one in things}
    names = (
        {(one["kind"], one["ref"]): one["name"] for one in errand.context.get("extras", ())} if errand else {}
    )
    return [
        f"{names[one.kind, one.ref]}: {said.sentence(one)}"
        for one in refusals
        if (one.kind, one.ref) not in shown and names.get((one.kind, one.ref))
    ]  # fmt: skip


def last_errand(basket: Basket | None, account: ProviderAccount) -> Errand | None:
    """The last thing that was asked at this account for the basket."""
    if basket is None:
        return None
    return (
        Errand.objects.filter(hold__basket=basket, hold__account=account)
        .exclude(state=Errand.State.DROPPED)
        .order_by("-pk")
        .first()
    )


def hold_of(basket: Basket | None, account: ProviderAccount) -> Hold | None:
    if basket is None:
        return None
    mine = Hold.objects.filter(basket=basket, account=account).exclude(state=Hold.State.CLOSED)
    return mine.select_related("account", "basket").order_by("-generation").first()


def sells_more(hold: Hold) -> bool:
    """Whether its account sells more than tickets, or takes a code for all of it."""
    known = extras.capabilities(hold.account.name)
    return known is not None and bool(known.extras or known.codes)


def panels(basket: Basket) -> list[Panel]:
    """For each account that has something in this basket and sells more than tickets. No call is made."""
    found = []
    holds = (
        basket.holds.filter(state=Hold.State.OPEN)
        .select_related("account", "basket")
        .prefetch_related("lines")
        .order_by("pk")
    )
    for hold in holds:
        if not sells_more(hold) or hold.account.stop_sale:
            continue
        if not (hold.beside.get("extras") or _has_lines(hold)):
            continue
        one = panel(
            hold.account, currency=basket.currency, hold=hold, errand=last_errand(basket, hold.account)
        )
        if one.sections or one.codes:
            found.append(one)
    return found


def refused_tickets(basket: Basket) -> dict[str, str]:
    """Item ref of a ticket -> what could not be had of it (another type than was chosen)."""
    found: dict[str, str] = {}
    for hold in basket.holds.filter(state=Hold.State.OPEN, verified=False).select_related("account"):
        refusals = extras.refused_of(last_errand(basket, hold.account))
        found |= {one.ref: said.sentence(one) for one in refusals if one.kind == "ticket"}
    return found


__all__ = [
    "Panel",
    "Row",
    "Section",
    "hold_of",
    "last_errand",
    "panel",
    "panels",
    "refused_tickets",
    "sells_more",
]
