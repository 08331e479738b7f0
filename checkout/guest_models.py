"""What a provider must know of each guest of a part, and how far that is."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from baskets.models import new_token
from shop.crypto import EncryptedTextField

FORGOTTEN = "forgotten"


class GuestList(models.Model):
    """The guests of one part, as its provider asked for them last.

    `asked` and `given` say for which state of the hold that was, and what was handed over before payment (hashes).
    `lost`: the answer to handing over did not come, so the provider is asked before anything else. `due_at`: when the
    provider is asked or given something, once the part is booked; `remind_at`: when the buyer is reminded next.
    """

    booking = models.OneToOneField(
        "checkout.Booking", on_delete=models.CASCADE, related_name="guest_list", verbose_name=_("booking")
    )
    asked = models.CharField(_("asked for"), max_length=64, blank=True, editable=False)
    given = models.CharField(_("given"), max_length=64, blank=True, editable=False)
    asks_before = models.BooleanField(_("asks before payment"), default=False)
    asks_later = models.BooleanField(_("asks later"), default=False)
    notes = models.JSONField(_("notes"), default=list, blank=True)  # codes, see `GuestSheet.notes`
    open = models.BooleanField(_("can be changed"), default=True)
    complete = models.BooleanField(_("complete"), default=False)
    lost = models.BooleanField(_("an answer was lost"), default=False)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    booked_at = models.DateTimeField(_("asked after booking"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True, db_index=True)
    failures = models.PositiveSmallIntegerField(_("failures"), default=0)
    problem = models.CharField(_("problem"), max_length=40, blank=True)  # code of what stood in the way last
    remind_at = models.DateTimeField(_("reminds"), null=True, blank=True, db_index=True)
    forget_at = models.DateTimeField(_("is forgotten"), null=True, blank=True, db_index=True)

    class Meta:
        ordering = ["booking_id"]
        verbose_name = _("list of guests")
        verbose_name_plural = _("lists of guests")

    def __str__(self) -> str:
        return str(self.booking_id)

    @property
    def forgotten(self) -> bool:
        """What was known of the guests is deleted."""
        return self.problem == FORGOTTEN


class Guest(models.Model):
    """One guest of a part.

    missing -> saved -> sent -> accepted | refused; accepted, refused -> saved (changed). `key` is the provider's place.
    `typed` is what was typed (sealed JSON, see `baskets.guest_forms`), `masked` what is left of delicate answers once the
    provider has them. `complaints`: field -> code. `edition` rises with each change, so that a change made while an
    answer is awaited is never taken for sent.
    """

    class State(models.TextChoices):
        MISSING = "missing", _("something is missing")
        SAVED = "saved", _("saved")
        SENT = "sent", _("sent")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("not accepted")

    booking = models.ForeignKey(
        "checkout.Booking", on_delete=models.CASCADE, related_name="guests", verbose_name=_("booking")
    )
    key = models.CharField(_("place"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"))  # within the part, from 0
    item_ref = models.CharField(_("the provider's id of it"), max_length=150, blank=True)
    lead = models.BooleanField(_("lead guest"), default=False)
    before = models.JSONField(_("needed before payment"), default=list)
    later = models.JSONField(_("needed later"), default=list)
    typed = EncryptedTextField(_("typed"), blank=True, default="")
    masked = EncryptedTextField(_("masked"), blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.MISSING)
    complaints = models.JSONField(_("complaints"), default=dict, blank=True)
    edition = models.PositiveIntegerField(_("edition"), default=0)
    needed_by = models.DateTimeField(_("needed by"), null=True, blank=True)
    token = models.CharField(
        _("token"), max_length=64, unique=True, default=new_token, editable=False
    )  # of the guest's own page
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    masked_at = models.DateTimeField(_("masked"), null=True, blank=True)

    class Meta:
        ordering = ["booking_id", "position"]
        constraints = [models.UniqueConstraint(fields=["booking", "key"], name="one_guest_a_place")]
        verbose_name = _("guest")
        verbose_name_plural = _("guests")

    def __str__(self) -> str:
        return f"{self.booking_id}/{self.position + 1}"

    @property
    def number(self) -> int:
        return self.position + 1

    @property
    def fields(self) -> list[str]:
        return list(dict.fromkeys([*self.before, *self.later]))

    def get_absolute_url(self) -> str:
        return reverse("checkout:guest", args=[self.token])
