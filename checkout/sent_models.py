"""What reaches the buyer: documents that open the door, and mails."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from baskets.models import new_token
from shop.crypto import EncryptedTextField, SealedBytesField


class Document(models.Model):
    """One thing that opens the door: a stored, encrypted file, or a secret link to a wallet."""

    booking = models.ForeignKey(
        "checkout.Booking", on_delete=models.CASCADE, related_name="documents", verbose_name=_("booking")
    )
    ref = models.CharField(_("ref"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10)  # pdf, pkpass, apple, google
    seat = models.CharField(_("seat"), max_length=100, blank=True)
    token = models.CharField(_("token"), max_length=64, unique=True, default=new_token, editable=False)
    link = EncryptedTextField(_("link"), blank=True)
    content = SealedBytesField(_("content"), null=True, editable=False)  # sealed, see shop.crypto
    content_type = models.CharField(_("content type"), max_length=100, blank=True)
    filename = models.CharField(_("filename"), max_length=120, blank=True)
    size = models.PositiveIntegerField(_("size"), default=0)
    fetched_at = models.DateTimeField(_("fetched"), null=True, blank=True)

    class Meta:
        ordering = ["booking_id", "id"]
        constraints = [models.UniqueConstraint(fields=["booking", "ref", "kind"], name="document_once")]
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    def __str__(self) -> str:
        return f"{self.kind} {self.seat}"


class Mail(models.Model):
    """A mail to the buyer: once per order and kind. `attempt` rises when staff or buyer ask for it again.

    `bounce` is the code of why it came back (`checkout.bounces`), "" while it did not; `sent_to` is the address it went to,
    which the order's may no longer be.
    """

    order = models.ForeignKey(
        "checkout.Order", on_delete=models.CASCADE, related_name="mails", verbose_name=_("order")
    )
    kind = models.CharField(_("kind"), max_length=40)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    queued_at = models.DateTimeField(_("queued"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True, db_index=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("failures"), default=0)
    error = models.CharField(_("error"), max_length=200, blank=True)
    sent_to = EncryptedTextField(_("sent to"), blank=True, default="")
    message_id = models.CharField(_("message id"), max_length=200, blank=True, db_index=True)
    bounced_at = models.DateTimeField(_("came back"), null=True, blank=True)
    bounce = models.CharField(_("why it came back"), max_length=30, blank=True)

    class Meta:
        ordering = ["order_id", "id"]
        constraints = [models.UniqueConstraint(fields=["order", "kind", "attempt"], name="mail_once")]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")

    def __str__(self) -> str:
        return f"{self.kind} {self.attempt}"
