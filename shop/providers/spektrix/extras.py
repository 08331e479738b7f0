"""What a venue sells beside tickets: donations to its funds, merchandise, memberships, ticket subscriptions, vouchers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from shop.money import Money
from shop.providers import http
from shop.providers.errors import (
    BadAnswer,
    DetailsRejected,
    LimitExceeded,
    Misconfigured,
    NotOnSale,
    OneOfAKind,
    SoldOut,
    Unsupported,
)  # fmt: skip
from shop.providers.extras import Extra, ExtraInfo, PublicOffer, Statement
from shop.providers.http import ApiError
from shop.providers.spektrix import hosted, inferred, kept, reading
from shop.providers.spektrix import inferred_basket as basket
from shop.providers.spektrix.client import Client
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.reading import Json, Malformed

MOST = 20  # of one kind with one click


class Extras:
    """See `shop.providers.base.ExtrasSource`."""

    def __init__(self, client: Client, options: Options) -> None:
        self._client = client
        self._options = options

    @property
    def kinds(self) -> tuple[str, ...]:
        every: tuple[str, ...] = ("donation", "merchandise", "membership")
        if not self._options.agent:  # "ticket subscriptions work only with the express checkout"
            every += ("subscription",)
        return (*every, "gift_voucher") if self._options.gift_vouchers else every

    def infos(self, *, fresh: bool = False) -> tuple[ExtraInfo, ...]:
        """All that can be had; a list that cannot be read is left out, and so is an entry of one.

        `fresh`: asked again, though it is kept for some minutes.
        """
        client = self._client
        found: list[ExtraInfo] = []
        lists: tuple[tuple[str, Callable[[], list[Any]], Callable[[Json], list[ExtraInfo]]], ...] = (
            ("funds", client.funds, self._fund),
            ("stock_items", client.stock_items, self._stock_item),
            ("memberships", client.memberships, self._membership),
            ("subscriptions", client.ticket_subscriptions, self._subscription),
        )
        for name, ask, read in lists[:-1] if self._options.agent else lists:
            for raw in self._list(name, ask, seconds=0 if fresh else kept.LIST_SECONDS):
                try:
                    found += read(raw)
                except Malformed:
                    continue
        if self._options.gift_vouchers:
            page = "" if self._options.agent else hosted.shelf(self._options, "gift_voucher")
            found.append(ExtraInfo(kind="gift_voucher", ref="gift_voucher", name="", own_page=page))
        return tuple(found)

    def _list(
        self, name: str, ask: Callable[[], list[Any]], *, seconds: float = kept.LIST_SECONDS
    ) -> list[Json]:
        try:
            known = kept.kept((self._options.api, name), seconds, ask)
        except Misconfigured:
            raise
        except (ApiError, BadAnswer):
            return []  # a venue without any may not have the list
        return list(reading.records(known))

    def _info(self, kind: str, raw: Json, **more: Any) -> list[ExtraInfo]:
        name = reading.text(raw, "name", 200)
        if not name:
            raise Malformed("name is missing")
        image = reading.text(raw, "imageUrl") or reading.text(raw, "thumbnailUrl")
        given = {
            "description_html": reading.markup(raw, "htmlDescription") or reading.text(raw, "description", 2000),
            "image_url": image if image.startswith(("https://", "http://")) else "",
            # in agent mode every road is ours, and that page would sell for the venue's own till
            "own_page": "" if self._options.agent else hosted.shelf(self._options, kind), **more,
        }  # fmt: skip
        return [ExtraInfo(kind=kind, ref=reading.ref(raw, "id"), name=name, **given)]

    def _price(self, raw: Json) -> Money:
        found = reading.amount(raw, "price", self._options.currency)
        if found is None:
            raise Malformed("price is missing")
        return found

    def _fund(self, raw: Json) -> list[ExtraInfo]:
        """`GET funds`: the buyer says how much; `defaultDonationAmount` is a suggestion."""
        suggested = reading.soft_amount(raw, "defaultDonationAmount", self._options.currency)
        return self._info("donation", raw, suggested=suggested or None)

    def _stock_item(self, raw: Json) -> list[ExtraInfo]:
        """`GET stock-items`: `stockLevel` may be absent; none left is said, not hidden."""
        return self._info(
            "merchandise", raw, price=self._price(raw), left=reading.count(raw, "stockLevel"),
            reference=basket.REFERENCE_LENGTH,
        )  # fmt: skip

    def _membership(self, raw: Json) -> list[ExtraInfo]:
        """`GET memberships`: one of a kind in a basket."""
        renewal = reading.soft_amount(raw, inferred.renewal_price_key(raw), self._options.currency)
        return self._info("membership", raw, price=self._price(raw), renewal_price=renewal, most=1)

    def _subscription(self, raw: Json) -> list[ExtraInfo]:
        """`GET ticket-subscription-structures`: what is bought is one of a structure's pricing sets."""
        group = reading.text(raw, "name", 200)
        found: list[ExtraInfo] = []
        for one in inferred.pricing_sets(raw):
            try:
                found += self._info(
                    "subscription", {"name": group, **one}, group=group, price=self._price(one)
                )
            except Malformed:
                continue
        return found

    # --- what is only told ----------------------------------------------------------------------------------------

    def offers(self) -> tuple[PublicOffer, ...]:
        """`GET offers`: those from today on."""
        today = http.now().astimezone(self._options.zone).date()
        return tuple(
            PublicOffer(
                ref=reading.optional_ref(raw, "id"),
                name=name,
                description_html=reading.markup(raw, "htmlDescription"),
                ends_at=_day(raw, self._options),
            )
            for raw in self._list("offers", lambda: self._client.offers(today))
            if (name := reading.text(raw, "name", 200))
        )

    def statements(self) -> tuple[Statement, ...]:
        """`GET statements`."""
        return tuple(
            Statement(reading.optional_ref(raw, "id"), said)
            for raw in self._list("statements", self._client.statements)
            if (said := reading.text(raw, "text", 1000))
        )

    # --- what a buyer asks for ----------------------------------------------------------------------------------

    def check(self, extras: Sequence[Extra], held: Sequence[tuple[str, str]]) -> list[ExtraInfo]:
        """What was chosen, each as it is offered. `held`: (kind, ref) of what is in the basket already.

        Raises DetailsRejected with the field's name, SoldOut, OneOfAKind, NotOnSale, LimitExceeded, Unsupported.
        """
        account = self._options.account
        if not extras:
            raise DetailsRejected("nothing was chosen", fields={"quantity": "required"}, account=account)
        offered = {(one.kind, one.ref): one for one in self.infos()}
        found: list[ExtraInfo] = []
        new: Counter[tuple[str, str]] = Counter()
        there = Counter(held)
        for one in extras:
            if one.kind not in self.kinds:
                raise Unsupported(f"no {one.kind[:20]} is sold here", account=account)
            info = offered.get((one.kind, one.ref))
            if info is None:
                raise NotOnSale("they do not offer this", account=account)
            if wrong := self._wrong_fields(one):
                raise DetailsRejected("the choice is not whole", fields=wrong, account=account)
            if one.quantity > MOST:
                raise LimitExceeded(limit=MOST, account=account)
            name = (one.kind, one.ref)
            new[name] += one.quantity
            if info.most is not None and there[name] + new[name] > info.most:
                raise OneOfAKind("only one of this can be in a basket", account=account)
            if not basket.stock_allows(info.left, new[name], there[name]):
                raise SoldOut("stock level", refs=(one.ref,), account=account)
            found.append(info)
        return found

    def _wrong_fields(self, one: Extra) -> dict[str, str]:
        wrong = {}
        if one.quantity < 1:
            wrong["quantity"] = "required"
        if len(one.reference) > basket.REFERENCE_LENGTH:
            wrong["reference"] = "too_long"
        if one.kind in {"donation", "gift_voucher"}:
            money = one.amount
            if money is None or money.minor <= 0:
                wrong["amount"] = "required"
            elif money.currency != self._options.currency or money.minor > 10**7:
                wrong["amount"] = "invalid"
        return wrong


def _day(raw: Json, options: Options) -> datetime | None:
    try:
        return reading.moment(raw, "endDate", options.zone)
    except Malformed:
        return None
