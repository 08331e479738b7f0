"""Playing a history: its steps, then the dust settles, then the books are read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.test import Client, override_settings

from baskets.models import Basket, Hold
from checkout import admin_actions as staff
from checkout import refundable, refunding, settling
from checkout.models import Booking, Order, Payment
from tests.campaign import invariants
from tests.campaign.buyers import Buyer, Told
from tests.campaign.ground import HOOK, ORIGIN, Ground
from tests.campaign.history import Step

CALM = (15, 45, 120)  # seconds after the last step at which the sweeps look, before anything runs out
ROUNDS = 140  # of the dust; more means that something waits for ever
WEEK = timedelta(days=7)
PAUSES = (
    (timedelta(minutes=2), timedelta(seconds=15)),
    (timedelta(minutes=10), timedelta(minutes=3)),
    (timedelta(hours=2), timedelta(minutes=15)),
    (timedelta.max, timedelta(hours=6)),
)
# What is waited for, and when it is due first: of what a sweep looks at.
DUE_FIRST = """
SELECT 'part', MIN(due_at) FROM checkout_booking
UNION ALL SELECT 'documents', MIN(documents_due_at) FROM checkout_booking
UNION ALL SELECT 'payment', MIN(due_at) FROM checkout_payment
UNION ALL SELECT 'order', MIN(due_at) FROM checkout_order
UNION ALL SELECT 'mail', MIN(due_at) FROM checkout_mail WHERE sent_at IS NULL
UNION ALL SELECT 'refund', MIN(due_at) FROM checkout_refund
UNION ALL SELECT 'message', MIN(due_at) FROM checkout_inboxmessage WHERE state IN ('received', 'failed')
UNION ALL SELECT 'guests', MIN(g.due_at) FROM checkout_guestlist g JOIN checkout_booking b ON b.id = g.booking_id
    WHERE b.status IN ('booked', 'ticketed')
UNION ALL SELECT 'hold', MIN(h.due_at) FROM baskets_hold h JOIN baskets_basket t ON t.id = h.basket_id
    WHERE h.state <> 'closed' AND t.status <> 'converted' AND NOT (t.status = 'frozen' AND h.state = 'open')
UNION ALL SELECT 'basket', MIN(due_at) FROM baskets_basket WHERE status = 'open'
"""


@dataclass
class Played:
    broken: list[str]
    reached: set[str]
    attention: set[str] = field(default_factory=set)
    orders: int = 0
    sold: int = 0
    rounds: int = 0


class Player:
    def __init__(self, ground: Ground, history: dict[str, Any]) -> None:
        self.ground, self.history = ground, history
        self.told = Told()
        self.late: list[str] = []  # what was not right an hour after the last step
        self.touched: set[int] = set()  # orders whose money a person moved in the payment company's own pages
        ground.fresh()
        ground.ahead = timedelta(seconds=history.get("ahead", 0))
        ground.forgets = history.get("forgets", False)
        mode = "drop" if history["messages"] == "never" else "hold"
        ground.control("POST", "stripe/webhooks", {"url": HOOK, "mode": mode})
        self.buyers = [
            Buyer(ground, name, [self._part(part) for part in plan], self.told)
            for name, plan in zip(("ada", "ben", "cleo"), history["buyers"], strict=False)
        ]
        if history["scarce"]:
            for buyer in self.buyers:
                for date, _count in buyer.plan:
                    if date.scarce:
                        ground.control("POST", *date.scarce)

    def _part(self, part: list[Any]) -> Any:
        kind, which, count = part
        dates = self.ground.season[kind]
        return dates[which % len(dates)], count

    def play(self) -> Played:
        with override_settings(STRIPE_AUTHORISE_FIRST=not self.history.get("at_once")):
            return self._play()

    def _play(self) -> Played:
        for step in self.history["steps"]:
            self.does(step)
        self.calms()
        broken = invariants.holds(self._books(), self._known())
        rounds = self.settles()
        broken += self.late
        broken += self._examine()
        if rounds > ROUNDS:
            broken.append("6. something is due again and again: " + ", ".join(self._due_words()))
        broken += [f"8. {crash}" for crash in self.ground.crashes]
        orders = list(Order.objects.all())
        return Played(
            broken,
            {what for one in self.buyers for what in one.reached if what[:1].isalpha()},
            {one.attention_reason for one in orders if one.attention_reason},
            len(orders),
            Booking.objects.filter(status__in=settling.DONE).count(),
            rounds,
        )

    # --- steps

    def does(self, step: Step) -> None:
        name, *rest = step
        self.ground.counts["steps"] += 1
        getattr(self, f"_{name}")(*rest)
        if self.history["messages"] == "deliver" and self.ground.depth == 0:
            self._messages(1, False)
        if name not in ("queue", "beat", "passes") and self.ground.depth == 0:
            self.ground.work()  # a worker may die as well as who answers a page
        if name not in ("dies", "meanwhile", "fault", "card", "gate", "queue"):
            self.ground.armed = self.ground.meanwhile = None

    def _of(self, who: int) -> Buyer:
        return self.buyers[who % len(self.buyers)]

    def _goes_on(self, who: int) -> None:
        self._of(who).goes_on()

    def _again(self, who: int) -> None:
        self._of(who).presses_again()

    def _looks(self, who: int) -> None:
        self._of(who).looks()

    def _cancels(self, who: int) -> None:
        self._of(who).cancels()

    def _without(self, who: int) -> None:
        self._of(who).goes_without()

    def _removes(self, who: int) -> None:
        self._of(who).removes()

    def _changes(self, who: int, count: int) -> None:
        self._of(who).changes(count)

    def _clears(self, who: int) -> None:
        self._of(who).clears()

    def _adds(self, who: int, which: int, count: int) -> None:
        buyer = self._of(who)
        kind = buyer.plan[0][0]
        dates = self.ground.season[f"{kind.account} {kind.currency}"]
        buyer.adds(dates[which % len(dates)], count)

    def _card(self, who: int, card: str) -> None:
        self._of(who).card = card

    def _gate(self, who: int, gate: str) -> None:
        self._of(who).gate = gate

    def _fault(self, spec: dict[str, Any]) -> None:
        self.ground.counts[f"fault {spec['world']} {spec.get('name') or spec['kind']}"] += 1
        self.ground.control("POST", "faults", spec)

    def _heals(self) -> None:
        self.ground.control("DELETE", "faults")
        self.ground.broker_down = False

    def _dies(self, where: str, passing: int) -> None:
        self.ground.armed = (where, passing)

    def _meanwhile(self, passing: int, inner: Step) -> None:
        self.ground.meanwhile = (passing, lambda: self._inner(inner))

    def _inner(self, inner: Step) -> None:
        getattr(self, f"_{inner[0]}")(*inner[1:])

    def _beat(self) -> None:
        self.ground.beat()

    def _passes(self, seconds: int, alive: bool) -> None:
        """Time goes by; `alive`: the sweeps run meanwhile, a few times."""
        self.ground.counts["clock jumps"] += 1
        self.ground.passes(seconds)
        if alive:
            self.ground.beat()

    def _messages(self, copies: int, reverse: bool) -> None:
        """What the payment company has to tell: so many times, perhaps the last first."""
        events = set()
        for _copy in range(copies):
            for told in self.ground.control(
                "POST", "stripe/webhooks/flush", {"reverse": str(reverse).lower()}
            )["delivered"]:
                events.add(told.get("event"))
            if copies > 1:
                for event in sorted(filter(None, events)):
                    self.ground.control("POST", "stripe/webhooks/resend", {"event": event})
        self.ground.work()

    def _queue(self, how: str) -> None:
        if how == "lost":
            self.ground.queue.clear()
        elif how == "twice":
            self.ground.work(twice=True)
        else:
            self.ground.broker_down = not self.ground.broker_down

    def _staff(self, kind: str) -> None:
        order = Order.objects.exclude(status=Order.Status.PLACED).order_by("pk").last()
        if order is None:
            return
        bookings = list(order.bookings.select_related("order", "account"))
        if kind.startswith("refund"):
            self._refunds(order, part=kind == "refund-part")
            return
        action = staff.ACTIONS[kind]
        held = order.payments.filter(route="us", status=Payment.Status.AUTHORISED).exists()
        if kind in ("take-money", "release-money") and not held:
            return
        self.ground.process(f"staff {kind}", lambda: action.run(order, bookings, "vera", "campaign"))

    def _refunds(self, order: Order, *, part: bool) -> None:
        """Staff gives a part back, or one ticket of it."""
        for payment in refundable.payments_of(order.pk):
            for booking in order.bookings.filter(route="us", status__in=settling.DONE):
                left = min(
                    refundable.left_of_booking(booking).minor, refundable.left_of_payment(payment).minor
                )
                back = refundable.given_back(payment.refunds.all())
                every = [t for line in booking.lines.all() for t in refundable.tickets_of(line, back)]
                tickets = [ticket for ticket in every if not ticket.back][:1] if part else []
                minor = min([left, *(ticket.minor for ticket in tickets)])
                if minor > 0:
                    self.ground.counts["refunds"] += 1
                    self.ground.process("staff refund", partial(_give, payment, minor, booking, tickets))
                    return

    def _outside(self, kind: str) -> None:
        """What others do, that the shop is not asked about."""
        control = self.ground.control
        world, _, what = kind.partition("/")
        if what == "scarce":
            for buyer in self.buyers:
                for date, _count in buyer.plan:
                    if date.scarce and date.account == {"xs2event": "stadium"}.get(world, world):
                        control("POST", date.scarce[0], dict.fromkeys(date.scarce[1], 0))
        elif kind == "stripe/expire":
            for intent in self._intents("requires_capture"):
                control("POST", f"stripe/expire-authorisation/{intent['id']}")
        elif kind == "stripe/refund":
            for intent in self._intents("succeeded")[:1]:
                row = Payment.objects.filter(external_id=intent["id"]).first()
                if row is not None and not intent["refunded"]:
                    self.touched.add(row.order_id)
                    self._direct_refund(intent["id"])
        elif kind == "stripe/dispute":
            for intent in self._intents("succeeded")[:1]:
                self.ground.counts["disputes"] += 1
                control("POST", f"stripe/dispute/{intent['id']}")
        elif kind == "stripe/dispute-ends":
            for one in self.ground.books()["stripe"]["disputes"]:
                if one["status"] == "needs_response":
                    control(
                        "POST", f"stripe/disputes/{one['id']}/close", {"won": len(self.told.agreed) % 2 == 0}
                    )
        elif kind == "xs2event/complete":
            control("POST", "xs2event/orders/complete")
        elif world == "tickethead":
            for one in self.ground.books()["tickethead"]["orders"]:
                if one["status"] == "draft":
                    control("POST", f"tickethead/orders/{one['id']}/expire")
        else:
            control("POST", kind)

    def _direct_refund(self, intent: str) -> None:
        import requests

        request = requests.Request(
            "POST", f"{ORIGIN}/stripe/v1/refunds", data={"payment_intent": intent, "amount": "100"},
            headers={"Authorization": "Bearer sk_test_foyer_play"},
        ).prepare()  # fmt: skip
        self.ground._controls.send(request)

    def _intents(self, status: str) -> list[dict[str, Any]]:
        found = self.ground.books()["stripe"]["intents"]
        return [one for one in found if one["status"] == status and one["metadata"]]

    # --- the dust

    def calms(self) -> None:
        """Faults are off, everything lives, messages arrive; nothing has run out yet by itself."""
        ground = self.ground
        self._heals()
        ground.armed = ground.meanwhile = None
        ground.broker_down = False
        for seconds in CALM:
            ground.passes(seconds)
            self._messages(1, False)
            ground.beat()

    def settles(self) -> int:
        """Until nothing is due within a week; how many rounds it took."""
        ground = self.ground
        began = ground.now()
        looked = False
        for number in range(1, ROUNDS + 1):
            due = self._next_due()
            if not looked and (due is None or due > began + timedelta(hours=1)):
                looked = True
                self.late = invariants.reserved(self._books(), self._rows())
            if due is None or due > began + WEEK:
                return number
            passed = ground.now() - began
            # the sweep looks every few seconds; later a slower one does as well
            least = next(pause for until, pause in PAUSES if passed < until)
            to = max(due or ground.now(), ground.now() + least)
            ground.passes(to - ground.now())
            ground.control("POST", "xs2event/orders/complete")
            self._messages(1, False)
            ground.beat()
        return ROUNDS + 1

    def _dues(self) -> dict[str, datetime | None]:
        return {name: invariants.when(at) for name, at in _sql(DUE_FIRST)}

    def _next_due(self) -> datetime | None:
        lost = [at for at, _task, _args in self.ground.lost]
        return min(filter(None, [*self._dues().values(), *lost]), default=None)

    def _due_words(self) -> list[str]:
        return [f"{name} {at:%d %H:%M:%S}" for name, at in self._dues().items() if at is not None]

    # --- the books

    def _books(self) -> dict[str, Any]:
        return self.ground.books()

    def _rows(self) -> invariants.Rows:
        return invariants.Rows.read(_sql)

    def _known(self) -> dict[str, invariants.Known]:
        found: dict[str, invariants.Known] = {}
        for hold in Hold.objects.select_related("basket").prefetch_related("lines"):
            handle = json.loads(hold.handle or "{}")
            own = handle.get("own") or ""
            ref = str(handle.get("reservation") or own.partition("A")[0] or handle.get("basket") or "")
            over = hold.state == Hold.State.CLOSED or hold.basket.status == Basket.Status.EXPIRED
            soon = hold.due_at is not None and hold.due_at <= self.ground.now() + timedelta(seconds=30)
            wait = hold.state in (Hold.State.UNCERTAIN, Hold.State.RELEASING) or soon
            paid = hold.basket.status in (Basket.Status.FROZEN, Basket.Status.CONVERTED)
            # what ran out by our clock runs out there as well
            lines = [one for one in hold.lines.all() if one.state != "releasing"]
            if ref:
                tickets = sum(one.quantity for one in lines)
                found[ref] = invariants.Known(tickets, paid or (wait and not over), over and not wait)
        return found

    def _examine(self) -> list[str]:
        rows = self._rows()
        found = invariants.examine(
            self._books(), rows, now=self.ground.now(), touched=self.touched,
            agreed=self.told.agreed, shown=self.told.card, authorised_first=not self.history.get("at_once"),
        )  # fmt: skip
        for buyer in self.buyers:
            for order in buyer.orders():
                # in a fresh browser: what was said at an earlier step belongs to the page that it led to
                page = Client().get(f"/en/checkout/order/{order.token}/")
                if page.status_code == 500:
                    found.append("8. the page of the order breaks")
                elif page.status_code == 200:
                    found += invariants.reads(page.content.decode(), order.pk, self._books(), rows)
        return found


def _give(payment: Payment, minor: int, booking: Booking, tickets: Any) -> None:
    try:
        refunding.refund(
            payment, minor, booking=booking, reason="buyer", actor="vera", tickets=refundable.entries(tickets)
        )
    except refunding.NotPossible:
        return


def _sql(query: str, *values: Any) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query.replace("?", "%s"), values)
        return list(cursor.fetchall())


def played(ground: Ground, history: dict[str, Any]) -> Played:
    return Player(ground, history).play()
