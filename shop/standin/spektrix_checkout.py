"""The hosted checkouts of the imitated Spektrix: the classic page and the express steps, payment, confirmation.

Sources: Spektrix, "Standard booking flow" (pages and steps), "Data layer" (what the confirmation page fills). Cards
as at the other imitated payment page: 4000 0000 0000 0002 or 5200 0000 0000 0007, code 111, any future expiry.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_datalayer import data_layer
from shop.standin.spektrix_pages import Frame, errors, field, lines_table
from shop.standin.spektrix_tickets import labelled
from shop.standin.spektrix_wire import Json, Refusal, minor
from shop.standin.wsgi import Env, StandinRequest

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

CARDS = {"4000000000000002": "Visa", "5200000000000007": "Mastercard"}
CODE = "111"
HEADING = "spx-heading-title__checkout"
TITLES = {
    "startcheckoutlogin": "Checkout",
    "personaldetails": "Your details",
    "ticketdelivery": "Tickets: delivery",
    "merchandisedelivery": "Merchandise: delivery",
    "additionaldetails": "Additional details",
    "giftaid": "Gift Aid",
    "contactpreferences": "Keeping in touch",
    "ordersummary": "Your order",
    "payment": "Payment",
}


class Checkout:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def answer(self, request: StandinRequest, caller: Caller, page: str) -> Response:
        if page == "checkout.aspx":
            return self.classic(request, caller)
        if page == "orderconfirmation.aspx":
            return self.confirmation(request, caller)
        if page == "checkout/v2" or page.startswith("checkout/v2/"):
            step = page.removeprefix("checkout/v2").strip("/") or "startcheckoutlogin"
            if step == "orderconfirmation":
                return self.confirmation(request, caller)
            if step in TITLES:
                return self.step(request, caller, step)
        raise NotFound

    # What was given so far

    def _given(self, caller: Caller) -> tuple[Any, Json]:
        with self.env.store.read() as connection:
            found = caller.contents(connection)
        return found, json.loads(found.row["checkout"]) if found is not None else {}

    def _keep(self, caller: Caller, more: Json) -> None:
        with self.env.store.write() as connection:
            row = caller.need(connection)
            text = json.dumps({**json.loads(row["checkout"]), **more})
            connection.execute("UPDATE spk_baskets SET checkout = ? WHERE id = ?", (text, row["id"]))

    def _steps(self, caller: Caller, found: Any) -> list[str]:
        """What this basket needs, in order."""
        settings = self.world.settings
        wanted = {
            "ticketdelivery": bool(found.tickets),
            "merchandisedelivery": bool(found.lines["merchandise"]),
            "additionaldetails": bool(int(settings["checkout_attributes"])),
            "giftaid": bool(found.lines["donations"]) and caller.tenant.currency == "GBP",
        }
        return [name for name in TITLES if wanted.get(name, True)]

    def _gone(self, request: StandinRequest, caller: Caller) -> Response:
        text = "<p>Your basket is empty. If you waited for long, it has timed out.</p>"
        return self.world.hosted.frame(request, caller).page("Checkout", text, kind=HEADING, flow=True)

    # Express

    def step(self, request: StandinRequest, caller: Caller, step: str) -> Response:
        found, given = self._given(caller)
        if found is None or found.empty:
            return self._gone(request, caller)
        steps = self._steps(caller, found)
        if step not in steps:
            step = steps[0]
        if step not in {"startcheckoutlogin", "personaldetails"} and not (
            given.get("email") and given.get("lastName")
        ):
            first = "personaldetails" if given.get("email") else "startcheckoutlogin"
            return self.world.hosted.go(request, caller, f"secure/checkout/v2/{first}")
        problems: list[str] = []
        if request.method == "POST":
            problems = self._take(request, caller, step)
            if not problems and step == "payment":
                return self._pay(request, caller, "secure/checkout/v2/orderconfirmation")
            if not problems:
                following = steps[steps.index(step) + 1]
                return self.world.hosted.go(request, caller, f"secure/checkout/v2/{following}")
        return self._page(request, caller, step, problems)

    def _page(self, request: StandinRequest, caller: Caller, step: str, problems: list[str]) -> Response:
        frame = self.world.hosted.frame(request, caller)
        _, given = self._given(caller)
        inner = self._fields(frame, caller, step, {**given, **request.form.to_dict()})
        word = (
            f"Pay {frame.money(minor(frame.basket['total'], 'total'))}" if step == "payment" else "Continue"
        )
        body = f'{errors(problems)}<form method="post">{inner}<button class="spx-button-primary">{word}</button></form>'
        return frame.page(TITLES[step], body, kind=HEADING, flow=True)

    def _fields(self, frame: Frame, caller: Caller, step: str, given: Json) -> str:
        def text(name: str, label: str, kind: str = "text", complete: str = "") -> str:
            return field(name, label, str(given.get(name) or ""), kind=kind, complete=complete)

        if step == "startcheckoutlogin":
            return text("email", "E-mail", "email", "email") + (
                "<p>With a password you are logged in; without one you go on as a guest.</p>"
                + field("password", "Password", kind="password", complete="current-password")
            )
        if step == "personaldetails":
            return (
                text("firstName", "First name", complete="given-name")
                + text("lastName", "Last name", complete="family-name")
                + text("postcode", "Postcode", complete="postal-code")
            )
        if step in {"ticketdelivery", "merchandisedelivery"}:
            options = frame.basket[
                "ticketDeliveryOptions" if step == "ticketdelivery" else "merchandiseDeliveryOptions"
            ]
            return "".join(
                f'<label><input type="radio" name="delivery" value="{each["type"]}"'
                f"{' checked' if each['type'] == 1 else ''}> {each['name']}, "
                f"{frame.money(minor(each['fee'], 'fee'))}</label>" for each in options
            )  # fmt: skip
        if step == "additionaldetails":
            return "".join(
                field(f"attribute_{each.label}", each.label, str(given.get(f"attribute_{each.label}") or ""))
                for each in caller.tenant.order_attributes
            )
        if step == "giftaid":
            return '<label><input type="checkbox" name="giftaid" value="1"> I am a UK taxpayer: reclaim Gift Aid.</label>'
        if step == "contactpreferences":
            return "".join(
                f'<label><input type="checkbox" name="statement" value="{number}"> {escape(words)}</label>'
                for number, words in caller.tenant.statements
            )
        if step == "ordersummary":
            return f"<section>{lines_table(frame, frame.basket)}</section>"
        if not frame.basket["total"]:
            return "<p>There is nothing to pay.</p>"
        return card_fields()

    def _take(self, request: StandinRequest, caller: Caller, step: str) -> list[str]:
        """Keeps what a step asked for; what is wrong in words."""
        form = request.form
        assert caller.session is not None
        if step == "startcheckoutlogin":
            email = form.get("email", "").strip()
            if "@" not in email:
                return ["Please give your e-mail address."]
            password = form.get("password", "")
            if password and not self.world.customers.check(caller.tenant, caller.session, email, password):
                return ["The e-mail address or the password is not right."]
            self._keep(caller, {"email": email})
        elif step == "personaldetails":
            names = {name: form.get(name, "").strip() for name in ("firstName", "lastName", "postcode")}
            if not names["firstName"] or not names["lastName"]:
                return ["Please give your first and last name."]
            self._keep(caller, names)
        elif step in {"ticketdelivery", "merchandisedelivery"}:
            name = "ticketDelivery" if step == "ticketdelivery" else "merchandiseDelivery"
            try:
                self.world.extras.patch(caller, {name: int(form.get("delivery", "1"))})
            except (ValueError, Refusal):
                return ["Please choose how we deliver."]
        elif step == "additionaldetails":
            self._overwrite(caller, form.to_dict())
        elif step == "contactpreferences":
            known = {str(number): number for number, _ in caller.tenant.statements}
            agreed = [known[each] for each in form.getlist("statement") if each in known]
            self._keep(caller, {"statements": agreed})
        elif step == "payment" and self._owes(caller):
            return card_problems(form.to_dict(), self.env.clock.now().strftime("%y%m"))
        return []

    def _overwrite(self, caller: Caller, form: Json) -> None:
        """Order attributes of the checkout take the place of those set by the API, empty ones too."""
        written = labelled(caller.tenant.order_attributes, form)
        with self.env.store.write() as connection:
            row = caller.need(connection)
            connection.execute(
                "UPDATE spk_baskets SET attributes = ? WHERE id = ?", (json.dumps(written), row["id"])
            )
            self.world.baskets.touch(connection, row["id"])

    # Classic

    def classic(self, request: StandinRequest, caller: Caller) -> Response:
        """All on one page. Ticket subscriptions are for the express checkout only."""
        found, given = self._given(caller)
        if found is None or found.empty:
            return self._gone(request, caller)
        frame = self.world.hosted.frame(request, caller)
        if found.lines["subscriptions"]:
            text = errors(["Ticket subscriptions can only be bought in the express checkout."])
            return frame.page("Checkout", text, kind=HEADING)
        problems: list[str] = []
        steps = [step for step in self._steps(caller, found) if step != "ordersummary"]
        if request.method == "POST":
            for step in steps:
                problems += self._take(request, caller, step)
            if not problems:
                return self._pay(request, caller, "secure/OrderConfirmation.aspx")
        values = {**given, **request.form.to_dict()}
        parts = "".join(
            f"<section><h2>{TITLES[step]}</h2>{self._fields(frame, caller, step, values)}</section>"
            for step in steps
        )
        summary = f"<section>{lines_table(frame, frame.basket)}</section>"
        body = f'{errors(problems)}{summary}<form method="post">{parts}<button class="spx-button-primary">Pay</button></form>'
        return frame.page("Checkout", body, kind=HEADING)

    # Money

    def _pay(self, request: StandinRequest, caller: Caller, after: str) -> Response:
        number = re.sub(r"\D", "", request.form.get("number", ""))
        owes = self._owes(caller)
        refused = owes and (number not in CARDS or request.form.get("cvc", "").strip() != CODE)
        if refused or self.env.faults.take("spektrix", "checkout_declines", client=caller.tenant.client):
            problems = ["The payment was declined. Nothing was charged; please try another card."]
            if after.endswith("aspx"):
                frame = self.world.hosted.frame(request, caller)
                return frame.page("Checkout", errors(problems), kind=HEADING)
            return self._page(request, caller, "payment", problems)
        _, given = self._given(caller)
        tenant = caller.tenant
        with self.env.store.write() as connection:
            customer = self.world.customers.guest(
                connection, tenant, given["email"], given["firstName"], given["lastName"]
            )
            if given.get("statements"):
                text = json.dumps(given["statements"])
                connection.execute("UPDATE spk_customers SET statements = ? WHERE id = ?", (text, customer))
        order = self.world.orders.make(
            request, caller, customer, f"{CARDS[number]} {number[-4:]}" if owes else "None"
        )
        if order is None:
            return self._gone(request, caller)
        if self.env.faults.take("spektrix", "no_confirmation", client=tenant.client):
            return Response("Service Unavailable\n", status=503, content_type="text/plain; charset=utf-8")
        return self.world.hosted.go(request, caller, after)

    def _owes(self, caller: Caller) -> bool:
        """What costs nothing is confirmed without a card."""
        found, _ = self._given(caller)
        return found is not None and found.total > 0

    def confirmation(self, request: StandinRequest, caller: Caller) -> Response:
        frame = self.world.hosted.frame(request, caller)
        assert caller.session is not None
        row = self.world.orders.by_code(caller.tenant, caller.session.last_order or "")
        if row is None:
            return frame.page("Order", "<p>There is no order to show.</p>", kind=HEADING, flow=True)
        order = json.loads(row["body"])
        layer = json.dumps(data_layer(caller.tenant, order)).replace("<", "\\u003c")
        back = str(self.world.settings["return_url"])
        link = (
            f'<p><a class="CheckoutLink" href="{escape(back)}" target="_top">Back to the site</a></p>'
            if back
            else ""
        )
        body = (
            f"<p>Thank you. Your order number is <strong>{escape(row['id'])}</strong>, "
            f"{frame.money(row['total'])} was charged.</p>{link}"
            f"<script>window.dataLayer = window.dataLayer || []; window.dataLayer.push({layer});</script>"
        )
        return frame.page("Thank you", body, kind=HEADING, flow=True)


def card_fields() -> str:
    return (
        "<p>Play money: 4000 0000 0000 0002, any future expiry, code 111.</p>"
        + field("number", "Card number", complete="cc-number", more=' inputmode="numeric"')
        + field("expiry", "Expiry (MM/YY)", complete="cc-exp")
        + field("cvc", "Security code", complete="cc-csc", more=' inputmode="numeric"')
    )


def card_problems(form: Json, now: str) -> list[str]:
    """``now`` is year and month, ``2611``."""
    problems = []
    if not re.fullmatch(r"\d{13,19}", re.sub(r"[ -]", "", form.get("number", ""))):
        problems.append("Please check the card number.")
    expiry = re.fullmatch(r"\s*(\d{2})\s*/\s*(?:20)?(\d{2})\s*", form.get("expiry", ""))
    if expiry is None or not 1 <= int(expiry.group(1)) <= 12 or expiry.group(2) + expiry.group(1) < now:
        problems.append("Please check the expiry date.")
    if not re.fullmatch(r"\s*\d{3,4}\s*", form.get("cvc", "")):
        problems.append("Please check the security code.")
    return problems
