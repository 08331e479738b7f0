"""Messages from outside: each is kept once, and whatever it says is looked at afresh.

A message moves nothing by itself. It names a payment, a refund or a dispute; those are read at their source by
the same steps that the return page, the sweep and a button use. So copies, late ones and a wrong order do no harm.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from checkout import charging, refunding
from checkout.models import InboxMessage, Payment
from checkout.payments import disputes, intents, messages
from checkout.payments.base import Message, TillError
from checkout.states import call_staff, note
from shop import claims, clock, later

log = logging.getLogger(__name__)
M = InboxMessage.State
STRIPE = "stripe"
LEASE = timedelta(seconds=30)  # queued at once; whoever finds it still waiting then does it
SHORTEST, LONGEST = timedelta(seconds=30), timedelta(hours=2)  # between two tries
GIVEN_UP = timedelta(days=3)  # then staff can still replay it
KEPT = timedelta(days=120)  # the payment company keeps them for 30
LOOKED_BACK = timedelta(days=3)  # for messages that never came
MISSED_EVERY = 600  # seconds between two questions for them
WAITING = (M.RECEIVED, M.FAILED)
LATE = timedelta(minutes=2)  # younger ones are probably on their way


class Received(StrEnum):
    KEPT = "kept"  # new, or known and not finished: it is queued
    DONE = "done"  # known and finished, or not ours
    UNKNOWN = "unknown"  # ours, about a payment that is not here


def receive(message: Message, *, counted: bool = True) -> Received:
    """Keep a message whose signature was right, and queue the looking for after the commit.

    `counted`: it is one more delivery (not merely read in a list).
    """
    payment = payment_of(message)
    foreign = payment is None and not message.payment_ref
    unknown = payment is None and not foreign
    if payment is not None and message.live != intents.is_live():
        payment, foreign = None, True
    with transaction.atomic():
        row, new = _keep(message, payment, M.FOREIGN if foreign else M.FAILED if unknown else M.RECEIVED)
        if not new and counted:
            InboxMessage.objects.filter(pk=row.pk).update(copies=F("copies") + 1)
        if row.state in (M.HANDLED, M.FOREIGN):
            return Received.DONE
        if unknown:
            return Received.UNKNOWN
        if not new:  # it was about something that was not here, or is still waiting
            InboxMessage.objects.filter(pk=row.pk, state__in=WAITING).update(
                payment=payment, due_at=clock.now() + LEASE
            )
    _queue(row.pk)
    return Received.KEPT


def _keep(message: Message, payment: Payment | None, state: str) -> tuple[InboxMessage, bool]:
    try:
        with transaction.atomic():
            row = InboxMessage.objects.create(
                source=STRIPE,
                event_id=message.id[:100],
                kind=message.kind[:80],
                object_id=message.object_id[:100],
                parent_id=message.intent_id[:100],
                payment=payment,
                live=message.live,
                state=state,
                error="no_such_payment" if state == M.FAILED else "",
                happened_at=message.happened_at,
                received_at=clock.now(),
                due_at=clock.now() + LEASE if state == M.RECEIVED else None,
            )
        return row, True
    except IntegrityError:
        return InboxMessage.objects.get(source=STRIPE, event_id=message.id[:100]), False


def payment_of(message: Message) -> Payment | None:
    """By what we wrote into it, which is there before we have heard of its id; else by its id."""
    rows = Payment.objects.filter(route="us")
    if message.payment_ref.isdigit():
        return rows.filter(pk=int(message.payment_ref)).first()
    return rows.filter(external_id=message.intent_id).first() if message.intent_id else None


def _queue(message_id: int) -> None:
    from checkout.tasks import handle_message  # it calls us

    later.later(handle_message, message_id)


def handle(message_id: int, *, road: str = "webhook") -> InboxMessage:
    """Look at what a message is about. Safe to call at any time, any number of times; never raises for the till."""
    try:
        with claims.claim(f"inbox:{message_id}", seconds=120):
            row = InboxMessage.objects.select_related("payment__order").get(pk=message_id)
            if row.state in WAITING and row.payment is not None:
                _handle(row, row.payment, road)
    except claims.Taken:
        pass
    return InboxMessage.objects.select_related("payment").get(pk=message_id)


def _handle(row: InboxMessage, payment: Payment, road: str) -> None:
    try:
        _look(row, payment, road)
    except TillError as error:
        _again(row, error.code)
    except Exception as error:
        _again(row, type(error).__name__)
        raise  # a mistake of ours: it is in the log, and the row comes again
    else:
        InboxMessage.objects.filter(pk=row.pk).update(
            state=M.HANDLED, handled_at=clock.now(), due_at=None, error=""
        )


def _again(row: InboxMessage, code: str) -> None:
    """The older it is, the longer the pause."""
    now = clock.now()
    age = now - row.received_at
    due: datetime | None = now + min(max(age / 2, SHORTEST), LONGEST)
    if age > GIVEN_UP:
        due = None
        if row.payment is not None:
            call_staff(row.payment.order, "message_failed")
    log.info("message %s could not be handled: %s", row.pk, code)
    InboxMessage.objects.filter(pk=row.pk).update(state=M.FAILED, error=code[:200], due_at=due)


def _look(row: InboxMessage, payment: Payment, road: str) -> None:
    family = row.kind.rpartition(".")[0]
    if family == "payment_intent":
        charging.settle_payment(payment.pk, road=road)
    elif family == "refund":
        refunding.learn(row.object_id, payment, road=road)
    elif family == "charge.dispute":
        _dispute(row.object_id, payment, road)
    elif row.kind == "charge.expired":
        call_staff(payment.order, "authorisation_lost", actor=road)
        charging.settle_payment(payment.pk, road=road)
    # anything else was sent because the endpoint asks for more than it needs


def _dispute(dispute_id: str, payment: Payment, road: str) -> None:
    """Flag the payment, call staff; a dispute that was won takes the flag away."""
    seen = disputes.read(dispute_id)
    if seen is None:
        return
    with transaction.atomic():  # a flag without the call would say that staff know
        _flag(seen, payment, road)


def _flag(seen: disputes.DisputeSeen, payment: Payment, road: str) -> None:
    rows = Payment.objects.filter(pk=payment.pk)
    said = f"the bank took a payment up: {seen.status}"
    if seen.is_open:
        if rows.filter(disputed_at=None).update(disputed_at=clock.now()):
            note(payment, because=said, actor=road)
            call_staff(payment.order, "disputed", actor=road)
    elif rows.exclude(disputed_at=None).update(disputed_at=None):
        note(payment, because=said, actor=road)
    if seen.is_lost and not payment.order.history.filter(payment=payment, because=said).exists():
        note(payment, because=said, actor=road)
        call_staff(payment.order, "dispute_lost", actor=road)


def replay(message_id: int, *, road: str) -> InboxMessage:
    """Staff ask for it once more, whatever became of it: then it is handled like a new one."""
    row = InboxMessage.objects.get(pk=message_id)
    if row.payment_id is None and row.parent_id:
        found = Payment.objects.filter(route="us", external_id=row.parent_id).first()
        InboxMessage.objects.filter(pk=row.pk).update(payment=found)
        row.payment = found
    if row.payment_id is None:
        return row
    InboxMessage.objects.filter(pk=row.pk).update(state=M.RECEIVED, error="", due_at=clock.now() + LEASE)
    return handle(row.pk, road=road)


def fetch_missed() -> int:
    """Ask for messages that never reached us; how many of them were new. Raises TillError.

    Only where a key is configured. Those of the last minutes are left to come by themselves.
    """
    now, new = clock.now(), 0
    known = set(
        InboxMessage.objects.filter(source=STRIPE, received_at__gte=now - LOOKED_BACK - timedelta(days=1))
        .filter(Q(state=M.HANDLED) | Q(state=M.FOREIGN))
        .values_list("event_id", flat=True)
    )
    for message in messages.missed(now - LOOKED_BACK):
        if message.id not in known and now - message.happened_at >= LATE:
            new += receive(message, counted=False) == Received.KEPT
    return new


def prune() -> None:
    """Forget what is long finished. What failed stays until somebody has looked at it."""
    old = InboxMessage.objects.filter(received_at__lt=clock.now() - KEPT)
    old.filter(state__in=[M.HANDLED, M.FOREIGN]).delete()
