"""What a venue tells of itself beside its programme: fields of its own naming and what they mean, offers, statements."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class VenueAttribute(models.Model):
    """A field of the venue's own naming, as refreshes saw it on the events or dates of an account."""

    class Place(models.TextChoices):
        EVENT = "event", _("Events")
        INSTANCE = "instance", _("Dates")

    account = models.ForeignKey(
        "catalog.ProviderAccount",
        on_delete=models.CASCADE,
        related_name="attributes",
        verbose_name=_("account"),
    )
    place = models.CharField(_("on"), max_length=10, choices=Place.choices)
    name = models.CharField(_("name"), max_length=100)
    examples = models.JSONField(_("values seen"), default=list, blank=True, editable=False)
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        ordering = ["place", "name"]
        constraints = [
            models.UniqueConstraint(fields=["account", "place", "name"], name="attribute_once_per_account")
        ]
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes of the venue")

    def __str__(self) -> str:
        shown = ", ".join(str(one) for one in self.examples[:4])
        return f"{self.get_place_display()}: {self.name}" + (f" ({shown})" if shown else "")


class MarkRule(models.Model):
    """What an attribute means, said by people: these values of it give this access mark.

    An attribute without a rule means what its name says where that is well known; one with rules means what they
    say and nothing else.
    """

    account = models.ForeignKey(
        "catalog.ProviderAccount",
        on_delete=models.CASCADE,
        related_name="mark_rules",
        verbose_name=_("account"),
    )
    # one of the same account's
    attribute = models.ForeignKey(
        VenueAttribute, on_delete=models.CASCADE, related_name="rules", verbose_name=_("attribute")
    )
    values = models.CharField(
        _("values that mean yes"),
        max_length=300,
        blank=True,
        help_text=_("With commas between them; * stands for anything. Empty: every value but “no”."),
    )
    mark = models.CharField(_("access mark"), max_length=20, blank=True)  # "": none

    class Meta:
        ordering = ["attribute", "id"]
        verbose_name = _("meaning of an attribute")
        verbose_name_plural = _("meanings of attributes")

    def __str__(self) -> str:
        return f"{self.attribute.name}: {self.mark or '–'}"


class VenueOffer(models.Model):
    """A reduction that the venue tells of. It is worked out by the box office, never by us."""

    account = models.ForeignKey(
        "catalog.ProviderAccount", on_delete=models.CASCADE, related_name="offers", verbose_name=_("account")
    )
    provider_ref = models.CharField(_("the provider's id"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    text = models.TextField(_("text"), blank=True)  # sanitised HTML
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "provider_ref"], name="offer_once_per_account")
        ]
        verbose_name = _("offer of the venue")
        verbose_name_plural = _("offers of the venue")

    def __str__(self) -> str:
        return self.name


class ContactStatement(models.Model):
    """A contact preference in the venue's own words, as its own pages ask for it. Shown to staff."""

    account = models.ForeignKey(
        "catalog.ProviderAccount",
        on_delete=models.CASCADE,
        related_name="statements",
        verbose_name=_("account"),
    )
    provider_ref = models.CharField(_("the provider's id"), max_length=100)
    text = models.TextField(_("text"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "provider_ref"], name="statement_once_per_account")
        ]
        verbose_name = _("contact statement")
        verbose_name_plural = _("contact statements")

    def __str__(self) -> str:
        return self.text[:80]
