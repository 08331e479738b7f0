"""The plan of a house as its people drew it; see catalog.house_plans."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class HousePlan(models.Model):
    """One plan of a venue: the text as it was given, and the drawing that was read from it."""

    class Kind(models.TextChoices):
        JSON = "json", _("JSON")
        SVG = "svg", _("SVG")

    venue = models.OneToOneField(
        "catalog.Venue", on_delete=models.CASCADE, related_name="house_plan", verbose_name=_("venue")
    )
    source = models.TextField(_("plan"), blank=True)  # as it was given, up to 2 MB
    kind = models.CharField(
        _("format"), max_length=4, choices=Kind.choices, default=Kind.JSON, editable=False
    )
    # what `catalog.house_plans.as_json` makes of it, and its sum
    drawing = models.JSONField(_("drawing"), default=dict, blank=True, editable=False)
    content_hash = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), editable=False)

    class Meta:
        ordering = ["venue__name"]
        verbose_name = _("house plan")
        verbose_name_plural = _("house plans")

    def __str__(self) -> str:
        return str(self.venue)
