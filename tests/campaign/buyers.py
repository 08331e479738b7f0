"""Somebody who buys, through the shop's real views: each step is one press in a browser, or one at a payment page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.signing import get_cookie_signer
from django.test import Client
from django.urls import reverse

from baskets import current, snapshot
from baskets.models import Basket, Line
from baskets.offers import counted_offers
from catalog import availability
from catalog.models import Instance
from checkout import asking, paying, placing
from checkout.models import Booking, Order, Payment
from checkout.views_till import return_url
from shop.providers.errors import ProviderError
from tests.campaign.ground import DIED, Ground
from tests.campaign.season import Date

GOOD, DECLINED, ASKS, ASKS_AND_DECLINES = (
    "4242424242424242", "4000000000000002", "4000000000003220", "4000008400001629",
)  # fmt: skip
CARDS: dict[str, tuple[str, str]] = {
    "good": (GOOD, "complete"),
    "declined": (DECLINED, "complete"),
    "asked": (ASKS, "complete"),
    "asked_and_failed": (ASKS, "fail"),
    "asked_and_left": (ASKS, "leave open"),
}
GATES = ("pay", "pay_without_return", "decline", "leave", "go_back", "expire")
U = (Booking.Status.HELD, Booking.Status.PREPARED)


@dataclass
class Told:
    """What a buyer was shown and said yes to, in minor units."""

    agreed: dict[int, int] = field(default_factory=dict)  # order -> the sum of the review
    card: dict[str, int] = field(default_factory=dict)  # intent -> the sum on the card page's button


@dataclass
class Buyer:
    ground: Ground
    name: str
    plan: list[tuple[Date, int]]
    told: Told
    card: str = "good"
    gate: str = "pay"
    last: Callable[[], Any] | None = None  # pressed last, for whoever presses twice
    done_at: dict[int, str] = field(default_factory=dict)  # payment -> what was done there
    next_add: int = 0
    reached: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.client = Client()
        self.visitor = f"{self.name}-" + "x" * 20
        sign = get_cookie_signer(salt=settings.BASKET_COOKIE + current.SALT).sign
        self.client.cookies[settings.BASKET_COOKIE] = sign(self.visitor)

    # --- HTTP

    def _asks(self, name: str, do: Callable[[], Any]) -> Any:
        """One request in a process of the web server; None where it died or broke."""
        answer = self.ground.process(f"{self.name} {name}", do)
        if answer is DIED or answer is None:
            return None
        self.ground.counts["pages"] += 1
        if answer.status_code == 500:
            self.ground.crashes.append(f"{name} answered {answer.status_code}: {answer.content[:600]!r}")
        return answer

    def get(self, address: str) -> Any:
        return self._asks(f"GET {address}", lambda: self.client.get(address))

    def post(self, address: str, data: dict[str, Any]) -> Any:
        def press() -> Any:
            return self._asks(f"POST {address}", lambda: self.client.post(address, data))

        self.last = press
        return press()

    # --- what the shop has of them

    def baskets(self) -> list[Basket]:
        live = (Basket.Status.OPEN, Basket.Status.FROZEN)
        return list(Basket.objects.filter(visitor=self.visitor, status__in=live).order_by("pk"))

    def lines(self) -> list[Line]:
        rows = Line.objects.filter(hold__basket__visitor=self.visitor, hold__basket__status="open")
        return list(rows.exclude(state=Line.State.RELEASING).select_related("hold").order_by("pk"))

    def orders(self) -> list[Order]:
        return list(
            Order.objects.filter(basket__visitor=self.visitor).select_related("basket").order_by("pk")
        )

    def order(self) -> Order | None:
        """The one being bought, else the newest."""
        found = self.orders()
        live = [one for one in found if one.status in (Order.Status.PLACED, Order.Status.PAYING)]
        return live[-1] if live else found[-1] if found else None

    # --- choosing

    def adds(self, date: Date, count: int) -> None:
        instance = Instance.objects.select_related("event__venue", "event__account").get(pk=date.pk)
        free = self.ground.process("pick", lambda: _free(instance))
        if free is None or free is DIED:
            return
        shown = snapshot.seal(instance.pk, free, [])
        data = {"shown": shown, "party": str(count), "door": "best"}
        if not free.areas:
            fit = [
                one
                for one in counted_offers(free)
                if not one.closed and one.price.minor and one.allows(count)
            ]
            fit = [one for one in fit if not one.needs]
            if not fit:
                return
            data |= {"door": "offers", f"q-{fit[0].key}": str(count)}
        self.post(reverse("baskets:add", args=[date.pk]), data)

    def removes(self) -> None:
        lines = self.lines()
        if lines:
            self.post(reverse("baskets:remove", args=[lines[0].pk]), {})

    def changes(self, count: int) -> None:
        lines = [one for one in self.lines() if one.counts]
        if not lines:
            return
        line = lines[-1]
        kept = [t["ref"] for t in line.tickets[:count]]
        self.post(
            reverse("baskets:change", args=[line.pk]), {"quantity": str(count), "seat": kept, "keep": kept}
        )

    def tries_again(self) -> None:
        lines = [one for one in self.lines() if not one.counts or one.state == Line.State.CHANGED]
        for line in lines[:1]:
            if line.state == Line.State.CHANGED:
                self.post(reverse("baskets:accept", args=[line.pk]), {"price": str(line.price_minor)})
            else:
                self.post(reverse("baskets:retry", args=[line.pk]), {})

    def clears(self) -> None:
        self.post(reverse("baskets:clear"), {})

    # --- the road

    def goes_on(self) -> None:
        """Whatever a buyer would do next."""
        live = [
            one for one in self.orders()
            if one.status == Order.Status.PAYING
            or (one.status == Order.Status.PLACED and one.basket.status == Basket.Status.FROZEN)
        ]  # fmt: skip
        if live:
            self._pays_on(live[0])
        elif self.next_add < len(self.plan):
            self.next_add += 1
            self.adds(*self.plan[self.next_add - 1])
        else:
            self._checks_out()

    def _checks_out(self) -> None:
        for basket in self.baskets():
            lines = [one for one in self.lines() if one.hold.basket_id == basket.pk]
            if any(one.state == Line.State.CHANGED for one in lines) or not any(one.counts for one in lines):
                continue
            order = Order.objects.filter(basket=basket, status=Order.Status.PLACED).first()
            if order is None:
                self.get(f"{reverse('checkout:start')}?currency={basket.currency}")
                order = Order.objects.filter(basket=basket, status=Order.Status.PLACED).first()
                if order is None:
                    return
            bookings = [one for one in order.bookings.all() if one.status in U]
            if not bookings or any(one.details_at is None for one in bookings):
                self.fills_in(order)
            else:
                self.agrees(order)
            return
        order = self.order()
        if self.lines():
            self.tries_again()
        elif order is None or f"{order.pk} {order.status}" not in self.reached:
            self.reached.add(f"{order.pk} {order.status}" if order else "")
            self.looks()

    def fills_in(self, order: Order) -> None:
        parts = self.ground.process("details", lambda: _ask(order))
        if not parts or parts is DIED:
            return
        data = {"first_name": self.name.title(), "last_name": "Buyer", "email": f"{self.name}.{order.pk}@example.org",
                "phone": "+44 20 7946 0000"}  # fmt: skip
        for part in parts:
            for question in part.questions:
                own = question in part.own
                name = f"part-{part.booking.pk}-{question.name}" if own else question.name
                if question.kind == "yes_no":
                    data.setdefault(name, "no")
                elif question.choices and question.required:
                    open_ones = [one for one in question.choices if not one.disabled]
                    gone = next((one for one in open_ones if "post" not in (one.code or "")), open_ones[0])
                    data.setdefault(name, gone.code or gone.value if not own else gone.value)
                elif question.required:
                    data.setdefault(
                        name, {"postcode": "NR23 1AA", "city": "Wells"}.get(question.name, "1 Quay")
                    )
        self.post(reverse("checkout:details", args=[order.token]), data)

    def agrees(self, order: Order) -> None:
        """The review says the sum; "Pay" says yes to it."""
        order.refresh_from_db()
        data = {"agreed": str(order.total_minor), "terms": "on"}
        data |= {f"seller-{pk}": "on" for pk in order.bookings.values_list("pk", flat=True)}
        self.told.agreed[order.pk] = order.total_minor
        self.reached.add("pay")
        self.post(reverse("checkout:pay", args=[order.token]), data)

    def _pays_on(self, order: Order) -> None:
        step = paying.current(order)
        if step.kind == "pay" and step.payment is not None:
            if step.payment.route == "us":
                self._pays_us(order, step.payment)
            elif step.booking is not None:
                self._pays_there(step.booking, step.payment)
        elif step.kind in ("failed", "late"):
            self.post(reverse("checkout:pay", args=[order.token]), {})
        else:
            self.ground.passes(3)
            self.get(reverse("checkout:status", args=[order.token]))

    def _pays_us(self, order: Order, payment: Payment) -> None:
        was = self.done_at.get(payment.pk, "")
        if not was.startswith("pi_"):
            answer = self.post(
                reverse("checkout:intent", args=[order.token]), {"shown": str(payment.amount_minor)}
            )
            secret = answer.json().get("secret", "") if answer is not None else ""
            if secret:
                intent = secret.partition("_secret_")[0]
                self.told.card[intent] = payment.amount_minor
                self.done_at[payment.pk] = intent
            return
        if not was.endswith("!"):
            self._card(was)
            self.done_at[payment.pk] = was + "!"
            return
        self.done_at.pop(payment.pk)
        self.get(_path(return_url(payment)))

    def _card(self, intent: str) -> None:
        number, challenge = CARDS[self.card]
        self.ground.control("POST", f"stripe/settle/{intent}", {"card": number, "challenge": challenge})
        self.reached.add(f"card {self.card}")
        self.card = "good"

    def _pays_there(self, booking: Booking, payment: Payment) -> None:
        """On the provider's own page, or in its own form."""
        if payment.route == "their_form":
            intent = payment.external_id
            if self.done_at.get(payment.pk) != intent:
                self._card(intent)
                self.done_at[payment.pk] = intent
                return
            self.done_at.pop(payment.pk)
            self.get(reverse("checkout:returned", args=[booking.return_token, "success"]))
            return
        gate, self.gate = self.gate, "pay"
        self.reached.add(f"gate {gate}")
        if gate == "leave":
            return
        outcome = {"decline": "failure", "go_back": "failure"}.get(gate, "success")
        if gate != "go_back":
            basket = json.loads(booking.handle)["basket"]
            found = self.ground.control("POST", f"ltd/baskets/{basket}/{gate}")
            if gate == "expire":
                return
            if gate in ("pay", "pay_without_return") and not found.get("paid"):
                outcome = "failure"
        if gate != "pay_without_return":
            self.get(reverse("checkout:returned", args=[booking.return_token, outcome]))

    # --- leaving it

    def cancels(self) -> None:
        order = self.order()
        if order is not None:
            self.post(reverse("checkout:cancel", args=[order.token]), {})

    def goes_without(self) -> None:
        order = self.order()
        waiting = order.bookings.filter(status__in=U).order_by("position").first() if order else None
        if order is not None and waiting is not None:
            self.post(reverse("checkout:without", args=[order.token, waiting.position]), {})

    def presses_again(self) -> None:
        if self.last is not None:
            self.last()

    def looks(self) -> None:
        """At the page of the order, or at the basket."""
        order = self.order()
        if order is None:
            self.get(reverse("baskets:detail"))
            return
        name = {"placed": "review", "paying": "pay"}.get(order.status, "order")
        self.get(reverse(f"checkout:{name}", args=[order.token]))


def _path(address: str) -> str:
    return "/" + address.partition("://")[2].partition("/")[2]


def _free(instance: Instance) -> Any:
    """The page of a date: what can be had. None where it cannot be asked, which the page says."""
    try:
        return availability.of(instance)
    except ProviderError:
        return None


def _ask(order: Order) -> Any:
    """What the page of the details asks, as it asks it; the page itself is looked at elsewhere."""
    try:
        return asking.ask(order, [one for one in placing.sync(order) if one.status in U])
    except ProviderError:
        return None
