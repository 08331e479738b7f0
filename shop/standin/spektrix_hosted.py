"""Hosted pages of the imitated Spektrix up to the basket: ChooseSeats, EditTickets, Basket2, log-in.

Source: Spektrix, "Standard booking flow"; class names as public readers of the pages know them. Page names are taken
in any case. Everything works without a script; scripts only send messages to the parent page.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.exceptions import NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from shop.standin.spektrix_availability import information
from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_catalogue import lowered
from shop.standin.spektrix_ids import number_of, wire_id
from shop.standin.spektrix_pages import INTEGRATE, Frame, errors, field, lines_table
from shop.standin.spektrix_plans import Area
from shop.standin.spektrix_prices import Price
from shop.standin.spektrix_season import Instance
from shop.standin.spektrix_season import instance as by_number
from shop.standin.spektrix_tickets import Wanted
from shop.standin.spektrix_wire import Json, Refusal
from shop.standin.wsgi import Env, Handler, StandinRequest

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

_TABLES = {"tickets": "spk_tickets", "donations": "spk_lines", "merchandise": "spk_lines", "memberships": "spk_lines",
           "subscriptions": "spk_lines", "vouchers": "spk_lines"}  # fmt: skip


class Hosted:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        yield "GET", "/<client>/website/scripts/integrate.js", self.script
        yield "GET POST", "/<client>/website/<path:page>", self.answer
        yield "GET", "/<client>/resources/<path:page>", self.resource

    def script(self, request: StandinRequest, client: str) -> Response:
        self.world.api.tenant(client)
        return Response(INTEGRATE, content_type="text/javascript; charset=utf-8")

    def resource(self, request: StandinRequest, client: str, page: str) -> Response:
        """The venue's uploaded stylesheets: there are none."""
        self.world.api.tenant(client)
        raise NotFound

    def answer(self, request: StandinRequest, client: str, page: str) -> Response:
        tenant = self.world.api.tenant(client)
        caller = Caller(self.world, tenant, session=self.world.sessions.of(request, tenant))
        page = page.strip("/").lower()
        if page == "chooseseats.aspx":
            return self.choose(request, caller)
        if page == "edittickets.aspx":
            return self.edit(request, caller)
        if page == "basket2.aspx":
            return self.basket(request, caller)
        if page == "loginlogout.aspx":
            return self.login(request, caller)
        if page in self.world.whats_on.PAGES:
            return self.world.whats_on.answer(request, caller, page)
        if page in self.world.shelves.PAGES:
            return self.world.shelves.answer(request, caller, page)
        if page.startswith("secure/"):
            return self.world.checkout.answer(request, caller, page.removeprefix("secure/"))
        raise NotFound

    # What every page needs

    def frame(self, request: StandinRequest, caller: Caller) -> Frame:
        given = lowered(request)
        return Frame(
            self.labelled(request, caller),
            title=caller.tenant.title,
            currency=caller.tenant.currency,
            resize=given.get("resize", "").lower() == "true",
        )

    def labelled(self, request: StandinRequest, caller: Caller) -> Json:
        """The basket with a line of words to each thing in it."""
        basket = self.world.extras.wire(request, caller)
        tenant = caller.tenant
        for each in basket["tickets"]:
            found = by_number(tenant, number_of(each["instance"]["id"]) or 0)
            kind = tenant.type(number_of(each["type"]["id"]) or 0)
            assert found is not None
            assert kind is not None
            place = f", seat {each['seatName']}" if each["seatName"] else ""
            each["label"] = (
                f"{found.event.name.strip()}, {found.start:%a %-d %B %Y %H:%M}, {each['planName']}{place}, {kind.name}"
            )
        names = {
            "donations": ("fund", tenant.funds),
            "merchandiseItems": ("stockItem", tenant.stock_items),
            "membershipSubscriptions": ("membership", tenant.memberships),
        }
        for kind_name, (key, things) in names.items():
            for each in basket[kind_name]:
                each["label"] = next((t.name for t in things if wire_id(t.number) == each[key]["id"]), "")  # type: ignore[attr-defined]
        return basket

    def link(self, request: StandinRequest, caller: Caller, page: str, **more: str) -> str:
        """An address of another page at the same host that keeps ``resize`` and ``stylesheet``."""
        kept = {
            name: value for name, value in request.args.items() if name.lower() in {"resize", "stylesheet"}
        }
        root = (
            f"{request.environ.get('spektrix.root', self.world.prefix)}/{caller.tenant.client}/website/{page}"
        )
        query = urlencode({**kept, **more})
        return f"{root}?{query}" if query else root

    def go(self, request: StandinRequest, caller: Caller, page: str, **more: str) -> Response:
        return redirect(self.link(request, caller, page, **more), code=303)

    # Choosing

    def _instance(self, request: StandinRequest, caller: Caller) -> Instance:
        given = lowered(request)
        web = given.get("webinstanceid")
        if web:
            rows = self.world.catalogue.instances(caller.tenant)
            for each in rows:
                if self.world.catalogue.instance_wire(caller.tenant, each)["webInstanceId"] == web:
                    return each
            raise NotFound
        text = given.get("eventinstanceid", "")
        if not text.isdecimal() or len(text) > 12:
            raise NotFound
        return self.world.catalogue.instance(caller.tenant, int(text))

    def choose(self, request: StandinRequest, caller: Caller) -> Response:
        try:
            found = self._instance(request, caller)
        except (NotFound, Refusal):
            frame = self.frame(request, caller)
            return frame.page("Choose seats", "<p>This performance cannot be found.</p>", status=404)
        problems: list[str] = []
        if request.method == "POST":
            try:
                seats = self._add(request, caller, found)
                return self.go(request, caller, "EditTickets.aspx" if seats else "Basket2.aspx")
            except Refusal as refusal:
                problems = refusal.body.get("problems") or [refusal.body["message"]]
        return self._chooser(request, caller, found, problems)

    def _add(self, request: StandinRequest, caller: Caller, found: Instance) -> bool:
        """Takes all or nothing; True when there are reserved seats among it."""
        plan = self.world.catalogue.plan_of(caller.tenant, found)
        rows = self.world.catalogue.prices(caller.tenant, found)
        chosen = {int(text) for text in request.form.getlist("seat") if text.isdecimal() and len(text) < 13}
        wanted: list[Wanted] = []
        for leaf in plan.leaves():
            for seat in leaf.seats:
                if seat.number in chosen:
                    price = next(p for p in rows if p.band == seat.band and p.default)
                    wanted.append(Wanted(found, leaf, seat, price))
            for price in rows:
                count = request.form.get(f"n_{leaf.number}_{price.type.number}", "")
                if not leaf.reserved and price.band == leaf.band and count.isdecimal():
                    wanted += [Wanted(found, leaf, None, price)] * min(int(count[:4]), 50)
        if not wanted:
            raise Refusal(400, "Please choose at least one ticket.")
        with self.env.store.write() as connection:
            basket = caller.need(connection)
            for each in wanted:
                self.world.tickets.take(connection, caller, basket["id"], each)
            self.world.baskets.touch(connection, basket["id"])
        return any(each.seat for each in wanted)

    def _chooser(
        self, request: StandinRequest, caller: Caller, found: Instance, problems: list[str]
    ) -> Response:
        frame = self.frame(request, caller)
        stock = self.world.tickets.stock(caller, found)
        rows = self.world.catalogue.prices(caller.tenant, found)
        with self.env.store.read() as connection:
            held = stock.held(connection)
        inner = [
            f'<p class="ChooseSeatsHeading">{escape(found.event.name.strip())}, {found.start:%A %-d %B %Y, %H:%M}</p>'
        ]
        inner += [errors(problems), '<form method="post">']
        for leaf in stock.plan.leaves():
            mine = [price for price in rows if price.band in leaf.bands]
            inner.append(f'<fieldset class="SeatingArea"><legend>{escape(leaf.name)}</legend>')
            names = {n: caller.tenant.band(n) for n in leaf.bands} if len(leaf.bands) > 1 else {}
            bands = {number: f"{band.name}: " for number, band in names.items() if band}
            inner.append(self._prices(frame, leaf, mine, bands))
            if leaf.reserved:
                last: tuple[str, int] | None = None
                for seat in leaf.seats:
                    if (seat.row, seat.band) != last:
                        row = f"{bands.get(seat.band, '')}row {seat.row}"
                        inner.append(f'{"</div>" if last else ""}<div class="row"><b>{escape(row)}</b>')
                        last = seat.row, seat.band
                    free = stock.free(seat, leaf, held)
                    about = ", ".join(filter(None, (f"{leaf.name} {seat.name}", *information(seat))))
                    inner.append(
                        f'<label class="seat"><input type="checkbox" name="seat" value="{seat.number}"'
                        f' aria-label="{escape(about)}"> {seat.label}</label>' if free
                        else f'<span class="seat gone" aria-hidden="true">{seat.label}</span>'
                    )  # fmt: skip
                inner.append("</div>")
            elif stock.left(leaf, held) < 1:
                inner.append("<p>Sold out</p>")
            inner.append("</fieldset>")
        inner.append('<button id="ctl00_ContentPlaceHolder_UpdateBasketButton">Add to basket</button></form>')
        return frame.page("Choose seats", "".join(inner), kind="ChooseSeatsHeading", status=200)

    def _prices(self, frame: Frame, leaf: Area, rows: list[Price], bands: dict[int, str]) -> str:
        """Prices are printed with the commission in them, and how much of it that is."""
        out = ['<div class="Ticket_Types_Selection">']
        for price in rows:
            total = price.nominal + price.commission
            extra = f" (inc. {frame.money(price.commission)} cmsn)" if price.commission else ""
            text = f'{bands.get(price.band, "")}{escape(price.type.name)} @ <span class="Price">{frame.money(total)}</span>{extra}'
            if leaf.reserved:
                out.append(f'<div class="TicketType">{text}</div>')
            else:
                name = f"n_{leaf.number}_{price.type.number}"
                out.append(
                    f'<label class="TicketType">{text} <input class="Input_Text" name="{name}" inputmode="numeric"'
                    f' size="3" value="0" aria-label="{escape(leaf.name)}, {escape(price.type.name)}: tickets"></label>'
                )
        return "".join([*out, "</div>"])

    def edit(self, request: StandinRequest, caller: Caller) -> Response:
        """Which type each ticket is."""
        if request.method == "POST":
            with self.env.store.write() as connection:
                found = caller.contents(connection)
                for ticket in found.tickets if found else []:
                    given = request.form.get(f"type_{ticket.row['id']}", "")
                    each = by_number(caller.tenant, ticket.row["instance"])
                    assert each is not None
                    rows = self.world.catalogue.prices(caller.tenant, each)
                    for price in rows:
                        if price.band == ticket.row["band"] and str(price.type.number) == given:
                            connection.execute(
                                "UPDATE spk_tickets SET type = ?, price = ?, commission = ? WHERE id = ?",
                                (price.type.number, price.nominal, price.commission, ticket.row["id"]),
                            )
                if found:
                    self.world.baskets.touch(connection, found.row["id"])
            return self.go(request, caller, "Basket2.aspx")
        frame = self.frame(request, caller)
        inner = ['<form method="post">']
        for ticket in frame.basket["tickets"]:
            number = number_of(ticket["id"])
            each = by_number(caller.tenant, number_of(ticket["instance"]["id"]) or 0)
            assert each is not None
            options = "".join(
                f'<option value="{p.type.number}"{" selected" if wire_id(p.type.number) == ticket["type"]["id"] else ""}>'
                f"{escape(p.type.name)}, {frame.money(p.nominal + p.commission)}</option>"
                for p in self.world.catalogue.prices(caller.tenant, each) if wire_id(p.band) == ticket["band"]["id"]
            )  # fmt: skip
            inner.append(
                f'<label>{escape(ticket["label"])} <select name="type_{number}">{options}</select></label>'
            )
        inner.append("<button>Continue</button></form>")
        return frame.page("Your tickets", "".join(inner))

    # The basket

    def basket(self, request: StandinRequest, caller: Caller) -> Response:
        problems: list[str] = []
        if request.method == "POST":
            try:
                if "remove" in request.form:
                    self._remove(caller, request.form["remove"])
                else:
                    self.world.extras.patch(caller, {"promoCode": request.form.get("promo", "")})
                return self.go(request, caller, "Basket2.aspx")
            except Refusal as refusal:
                problems = refusal.body.get("problems") or [refusal.body["message"]]
        frame = self.frame(request, caller)
        with self.env.store.read() as connection:
            contents = caller.contents(connection)
        if contents is None or contents.empty:
            return frame.page("Basket", "<p>Your basket is empty.</p>", kind="BasketHeading")
        site = str(self.world.settings["checkout_url"])
        target = site or self.link(request, caller, "secure/checkout/v2")
        promo = field("promo", "Promo code", frame.basket["promoCode"] or "")
        inner = (
            f"{errors(problems)}<section>{lines_table(frame, frame.basket, removing=True)}</section>"
            f'<section class="PromoCode"><form method="post">{promo}<button>Use</button></form></section>'
            f'<a class="CheckoutLink" href="{escape(target)}"{" target=_top" if site else ""}>Checkout</a>'
        )
        return frame.page("Basket", inner, kind="BasketHeading")

    def _remove(self, caller: Caller, text: str) -> None:
        kind, _, wire = text.partition(":")
        table, number = _TABLES.get(kind), number_of(wire)
        with self.env.store.write() as connection:
            row = caller.find(connection)
            if table and row is not None:
                connection.execute(
                    f"DELETE FROM {table} WHERE id = ? AND basket_id = ? AND order_id IS NULL",
                    (number, row["id"]),
                )
                self.world.baskets.touch(connection, row["id"])

    def login(self, request: StandinRequest, caller: Caller) -> Response:
        problems: list[str] = []
        assert caller.session is not None
        if request.method == "POST":
            if request.form.get("out"):
                self.world.customers.log_in(caller.tenant, caller.session, None)
                return self.go(request, caller, "LoginLogout.aspx")
            email, password = request.form.get("email", ""), request.form.get("password", "")
            if self.world.customers.check(caller.tenant, caller.session, email, password):
                return self.go(request, caller, "LoginLogout.aspx")
            problems = ["The e-mail address or the password is not right."]
        frame = self.frame(request, caller)
        customer = frame.basket["customer"]
        if customer:
            inner = (
                f"<p>You are logged in as {escape(customer['name'])}.</p>"
                '<form method="post"><button name="out" value="1">Log out</button></form>'
            )
        else:
            inner = (
                f'{errors(problems)}<form method="post">{field("email", "E-mail", kind="email", complete="username")}'
                f"{field('password', 'Password', kind='password', complete='current-password')}<button>Log in</button></form>"
            )
        return frame.page("Log in", inner)
