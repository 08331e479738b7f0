"""What our own till writes down beside payments: money given back, and messages from the payment company."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.money import Money


class Refund(models.Model):
    """Money given back out of one payment of our own till. The row is there before anybody is asked; its id is the key.

    `status`: asked (not answered yet), pending, succeeded, failed (perhaps days later), canceled, needs_action.
    `tickets` names what it is for: [{line: pk, refs: [...], minor: n}]; empty: a sum of its own. `seen_outside`: it was
    made in the payment company's own dashboard and learnt from there.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("asked for")
        PENDING = "pending", _("on its way")
        SUCCEEDED = "succeeded", _("given back")
        FAILED = "failed", _("failed")
        CANCELED = "canceled", _("cancelled")
        NEEDS_ACTION = "needs_action", _("waits for the buyer")

    payment = models.ForeignKey(
        "checkout.Payment", on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment")
    )
    booking = models.ForeignKey(
        "checkout.Booking",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="refunds",
        verbose_name=_("booking"),
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.ASKED)
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.PositiveIntegerField(_("amount (minor units)"))
    tickets = models.JSONField(_("tickets"), default=list, blank=True)
    reason = models.CharField(
        _("reason"), max_length=40
    )  # code: refused, duplicate, buyer, event_cancelled, other
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.CharField(_("actor"), max_length=100, blank=True)
    external_id = models.CharField(_("refund id"), max_length=100, blank=True, db_index=True)
    seen_outside = models.BooleanField(_("made elsewhere"), default=False)
    failure = models.CharField(_("why it failed"), max_length=60, blank=True)
    made_at = models.DateTimeField(_("asked"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True, db_index=True)
    looks = models.PositiveIntegerField(_("looks"), default=0)

    class Meta:
        ordering = ["payment_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"], condition=~models.Q(external_id=""), name="refund_once"
            )
        ]
        permissions = [("refund", _("Can give money back"))]
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")

    def __str__(self) -> str:
        return f"{self.payment_id}/{self.pk} {self.get_status_display()}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class InboxMessage(models.Model):
    """A message from outside that was proved to be genuine: a hint to look, kept once for each event.

    What it says of the buyer is not stored: it is asked afresh. `state`: received, handled, foreign (not of this shop),
    failed (it comes again, or is replayed by staff).
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        HANDLED = "handled", _("handled")
        FOREIGN = "foreign", _("not ours")
        FAILED = "failed", _("failed")

    source = models.CharField(_("source"), max_length=20)  # stripe
    event_id = models.CharField(_("event id"), max_length=100)
    kind = models.CharField(_("kind"), max_length=80)
    object_id = models.CharField(_("about"), max_length=100, blank=True, db_index=True)
    parent_id = models.CharField(_("payment there"), max_length=100, blank=True)
    payment = models.ForeignKey(
        "checkout.Payment",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("payment"),
    )
    live = models.BooleanField(_("live"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RECEIVED)
    copies = models.PositiveIntegerField(_("copies"), default=1)
    error = models.CharField(_("error"), max_length=200, blank=True)
    happened_at = models.DateTimeField(_("happened"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), db_index=True)
    handled_at = models.DateTimeField(_("handled"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True, db_index=True)

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["source", "event_id"], name="message_once")]
        permissions = [("replay", _("Can have a message handled again"))]
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
