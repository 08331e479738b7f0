"""The hosted pages of the imitated Spektrix that sell what is not a ticket: donations, merchandise, memberships, more."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_ids import wire_id
from shop.standin.spektrix_pages import Frame, errors, field
from shop.standin.spektrix_wire import Json, Refusal
from shop.standin.wsgi import Env, StandinRequest

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix


class Shelves:
    PAGES = {
        "donations.aspx": ("Donations", "donations"),
        "merchandise.aspx": ("Merchandise", "merchandise"),
        "memberships.aspx": ("Memberships", "memberships"),
        "giftvouchers.aspx": ("Gift vouchers", "vouchers"),
        "ticketsubscriptions": ("Ticket subscriptions", "subscriptions"),
    }

    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def answer(self, request: StandinRequest, caller: Caller, page: str) -> Response:
        """A choice and a button; the basket afterwards (the page of subscriptions stays, as documented)."""
        title, kind = self.PAGES[page]
        problems: list[str] = []
        if request.method == "POST":
            try:
                with self.env.store.write() as connection:
                    basket = caller.need(connection)
                    self.world.extras.insert(connection, caller, basket, kind, self._given(request, kind))
                    self.world.baskets.touch(connection, basket["id"])
                return self.world.hosted.go(
                    request, caller, "TicketSubscriptions" if kind == "subscriptions" else "Basket2.aspx"
                )
            except Refusal as refusal:
                problems = refusal.body.get("problems") or [refusal.body["message"]]
        frame = self.world.hosted.frame(request, caller)
        options = "".join(
            f'<option value="{wire_id(number)}">{escape(text)}</option>'
            for number, text in self._things(frame, caller, kind)
        )
        inner = f'<label>{title} <select name="thing">{options}</select></label>' if options else ""
        if kind in {"donations", "vouchers"}:
            inner += field("amount", "Amount", "10", more=' inputmode="decimal"')
        if kind == "merchandise":
            inner += field("reference", "Reference (30 characters at most)")
        if kind == "subscriptions":
            inner += field("quantity", "Quantity", "1", more=' inputmode="numeric"')
        body = f'{errors(problems)}<form method="post">{inner}<button>Add to basket</button></form>'
        return frame.page(title, body)

    def _given(self, request: StandinRequest, kind: str) -> Json:
        form = request.form
        key = {"donations": "fundId", "merchandise": "stockItem", "memberships": "membership",
               "subscriptions": "pricingSetId", "vouchers": "thing"}[kind]  # fmt: skip
        body: Json = {key: form.get("thing", "")}
        return {**body, **{name: form[name] for name in ("amount", "reference", "quantity") if name in form}}

    def _things(self, frame: Frame, caller: Caller, kind: str) -> list[tuple[int, str]]:
        tenant = caller.tenant
        if kind == "donations":
            return [(fund.number, fund.name) for fund in tenant.funds]
        if kind == "merchandise":
            return [(item.number, f"{item.name}, {frame.money(item.price)}") for item in tenant.stock_items]
        if kind == "memberships":
            return [(m.number, f"{m.name}, {frame.money(m.price)}") for m in tenant.memberships]
        if kind == "subscriptions":
            return [
                (each.number, f"{s.name}: {each.name}, {frame.money(each.price)}")
                for s in tenant.structures
                for each in s.sets
            ]
        return []
