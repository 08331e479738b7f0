"""Signs of life, and what staff were told when one was missing."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When something gave its last sign of life: "beat" each time it looks at its clock, "sweep" when one is done."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """One occurrence of something that staff are told of: noticed, told once, over.

    `name`: beat, sweep, person. What is over before anybody was told leaves no row.
    """

    name = models.CharField(_("name"), max_length=40)
    noticed_at = models.DateTimeField(_("noticed"))
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    over_at = models.DateTimeField(_("over"), null=True, blank=True)
    said = models.CharField(_("said"), max_length=300, blank=True)

    class Meta:
        ordering = ["-noticed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(over_at__isnull=True), name="one_open_alert"
            )
        ]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")

    def __str__(self) -> str:
        return self.name
