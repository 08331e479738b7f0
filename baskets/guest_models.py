"""What was typed of each guest before anything is booked: it outlives the hold it was typed for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Instance
from shop.crypto import EncryptedTextField


class TypedGuest(models.Model):
    """One guest of a basket: the `number`th (from 0) of those who are to come with this offer of this date.

    `typed` is JSON, name of an input -> text, as `baskets.guest_forms` reads it, wrong answers too. It stays through
    expiry, another price, another quantity and a new hold; it goes with the basket.
    """

    basket = models.ForeignKey(
        "baskets.Basket", on_delete=models.CASCADE, related_name="guests", verbose_name=_("basket")
    )
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="+", verbose_name=_("date"))
    offer_key = models.CharField(_("offer"), max_length=200, blank=True)
    number = models.PositiveSmallIntegerField(_("number"))
    typed = EncryptedTextField(_("typed"), blank=True, default="")
    touched_at = models.DateTimeField(_("last touched"))

    class Meta:
        ordering = ["basket_id", "instance_id", "offer_key", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["basket", "instance", "offer_key", "number"], name="one_row_a_guest"
            )
        ]
        verbose_name = _("guest of a basket")
        verbose_name_plural = _("guests of baskets")

    def __str__(self) -> str:
        return f"{self.basket_id}/{self.number + 1}"
