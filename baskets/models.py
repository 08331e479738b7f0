"""What somebody is holding: one basket a visitor and currency, one hold per account (or per account and event)."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from baskets.guest_models import TypedGuest
from baskets.notes_models import LostNote, NoteQuestion
from catalog.models import Instance, ProviderAccount, Venue
from shop import clock
from shop.crypto import EncryptedTextField
from shop.money import Money

__all__ = [
    "Attempt",
    "Basket",
    "Errand",
    "Hold",
    "Line",
    "LostNote",
    "NoteQuestion",
    "Shelf",
    "TypedGuest",
    "new_token",
]


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Basket(models.Model):
    """open -> frozen -> converted; open or frozen -> expired; frozen -> open (thaw)."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        FROZEN = "frozen", _("frozen")
        CONVERTED = "converted", _("converted")
        EXPIRED = "expired", _("expired")

    token = models.CharField(_("token"), max_length=64, unique=True, default=new_token, editable=False)
    visitor = models.CharField(
        _("visitor"), max_length=64, db_index=True, editable=False
    )  # several baskets: one a currency
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.OPEN)
    currency = models.CharField(_("currency"), max_length=3)
    party = models.PositiveSmallIntegerField(
        _("tickets asked for"), default=2
    )  # how many tickets were asked for last
    created_at = models.DateTimeField(_("begun"))
    touched_at = models.DateTimeField(_("last touched"))
    due_at = models.DateTimeField(
        _("due"), null=True, blank=True, db_index=True
    )  # when the sweep looks at it again

    class Meta:
        ordering = ["-touched_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["visitor", "currency"],
                condition=models.Q(status="open"),
                name="one_open_basket_a_currency",
            )
        ]
        verbose_name = _("basket")
        verbose_name_plural = _("baskets")

    def __str__(self) -> str:
        return f"{self.pk} {self.get_status_display()}"


class Hold(models.Model):
    """What one account has taken from sale for this basket.

    `scope` is "" or the event's ref where an order there holds one event only. `state`:
    open (nothing or something held), uncertain (an answer was lost: read before anything else),
    releasing (to be given back by the sweep), closed.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        UNCERTAIN = "uncertain", _("uncertain")
        RELEASING = "releasing", _("being released")
        CLOSED = "closed", _("closed")

    basket = models.ForeignKey(
        Basket, on_delete=models.CASCADE, related_name="holds", verbose_name=_("basket")
    )
    account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("account")
    )
    scope = models.CharField(_("scope"), max_length=100, blank=True)
    generation = models.PositiveSmallIntegerField(
        _("generation"), default=1
    )  # rises when a dead hold is replaced by a fresh one
    handle = EncryptedTextField(_("handle"), blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    firm = models.BooleanField(_("held for certain"), default=True)
    verified = models.BooleanField(_("read by our server"), default=True)
    # what is known beside tickets, in minor units: see `baskets.beside`
    beside = models.JSONField(_("beside tickets"), default=dict, blank=True)
    # the buyer's own answers, sealed: see `baskets.notes_kept`
    notes = EncryptedTextField(_("answers"), blank=True, default="")
    expires_at = models.DateTimeField(_("held until"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["basket", "account", "scope", "generation"], name="one_hold_per_scope"
            )
        ]
        verbose_name = _("hold")
        verbose_name_plural = _("holds")

    def __str__(self) -> str:
        return f"{self.pk} {self.get_state_display()}"


class Attempt(models.Model):
    """One pressing of "Hold these", known by the form it came from: pressed twice, it asks once.

    `state`: asked (on its way, or its answer was lost), done, refused (nothing was held). `wanted` is what
    was asked for, as lines without a hold, so that a choice whose answer was lost can be offered again.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")

    basket = models.ForeignKey(
        Basket, on_delete=models.CASCADE, related_name="attempts", verbose_name=_("basket")
    )
    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, related_name="tries", verbose_name=_("hold"))
    token = models.CharField(_("token"), max_length=100)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ASKED)
    presses = models.PositiveSmallIntegerField(_("presses"), default=1)
    wanted = models.JSONField(_("wanted"), default=list)
    at = models.DateTimeField(_("at"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["basket", "token"], name="one_attempt_a_form")]
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.pk} {self.get_state_display()}"


class Errand(models.Model):
    """What the visitor's own browser has to ask a box office whose basket is that browser's cookie. Where our server asks
    by itself, what became of it: then it was over at once.

    `kind`: add, read, remove, clear, take, code, note, number. `request` is `AskBrowser.request`, `context` what is
    needed to judge the answer (the selections, the prices that were shown, the lines to go) and to go on (`then`).
    `state`: open, dropped (another took its place), done; `problem` is the code of why nothing came of it. It is handed
    out once: who opens its page again has the basket read, because what was asked may have happened.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DROPPED = "dropped", _("dropped")
        DONE = "done", _("done")

    token = models.CharField(_("token"), max_length=64, unique=True, default=new_token, editable=False)
    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, related_name="errands", verbose_name=_("hold"))
    attempt = models.ForeignKey(
        Attempt, on_delete=models.SET_NULL, null=True, related_name="errands", verbose_name=_("attempt")
    )
    instance = models.ForeignKey(
        Instance, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("date")
    )
    kind = models.CharField(_("kind"), max_length=12)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    problem = models.CharField(_("problem"), max_length=40, blank=True)
    request = models.JSONField(_("what is asked"), default=dict)
    context = models.JSONField(_("what it is about"), default=dict)
    rounds = models.PositiveSmallIntegerField(_("rounds"), default=0)
    made_at = models.DateTimeField(_("made"), db_index=True)
    served_at = models.DateTimeField(_("handed out"), null=True, blank=True)

    class Meta:
        verbose_name = _("errand")
        verbose_name_plural = _("errands")

    def __str__(self) -> str:
        return f"{self.pk} {self.get_state_display()}"


class Line(models.Model):
    """One held item as the buyer sees it: a snapshot of the provider's last answer.

    `state`: held, wish (nothing is taken from sale before payment), gone (no longer held: out of the total,
    can be tried again), changed (the price is another: a yes is needed; `was_minor` is what it was),
    releasing (given back by the buyer, the provider has yet to say so: not shown, not counted, never bought).
    `tickets` is a list of {ref, row, number, ticket_type, price, fee, face, restricted, note} in minor units.
    `selection` asks for the same again: {instance_ref, seat_refs, offer_key, quantity, discount_refs, code}.
    """

    class State(models.TextChoices):
        HELD = "held", _("held")
        WISH = "wish", _("not held yet")
        GONE = "gone", _("no longer held")
        CHANGED = "changed", _("price changed")
        RELEASING = "releasing", _("being given back")

    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, related_name="lines", verbose_name=_("hold"))
    item_ref = models.CharField(_("the provider's id of it"), max_length=100)
    instance = models.ForeignKey(
        Instance, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("date")
    )
    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("venue")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.HELD)
    problem = models.CharField(_("problem"), max_length=40, blank=True)
    event_name = models.CharField(_("event"), max_length=250)
    venue_name = models.CharField(_("venue"), max_length=200, blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/London")
    starts_at = models.DateTimeField(_("starts"), null=True)
    time_from = models.DateTimeField(_("entry from"), null=True, blank=True)
    area = models.CharField(_("area"), max_length=150, blank=True)
    tickets = models.JSONField(_("tickets"), default=list)
    quantity = models.PositiveSmallIntegerField(_("quantity"))
    currency = models.CharField(_("currency"), max_length=3)
    price_minor = models.PositiveIntegerField(_("price (minor units)"))  # the whole line
    fee_minor = models.PositiveIntegerField(_("fees (minor units)"), default=0)
    was_minor = models.PositiveIntegerField(_("price before (minor units)"), null=True, blank=True)
    estimated = models.BooleanField(_("estimated"), default=False)
    picked = models.BooleanField(
        _("picked"), default=False
    )  # seats picked for the buyer: others can be asked for
    # what the buyer asked for when seats were picked for them: {area, most, together, need}, to pick others by
    sought = models.JSONField(_("what was sought"), default=dict, null=True, blank=True)
    selection = models.JSONField(_("what was chosen"), default=dict)
    expires_at = models.DateTimeField(_("runs out"), null=True, blank=True)
    added_at = models.DateTimeField(_("added"))

    class Meta:
        ordering = ["added_at", "id"]
        verbose_name = _("line")
        verbose_name_plural = _("lines")

    def __str__(self) -> str:
        return f"{self.quantity} x {self.event_name}"

    @property
    def over(self) -> bool:
        """Its time has run out, whether or not the provider has said so yet."""
        held = self.state in (self.State.HELD, self.State.CHANGED)
        return held and self.expires_at is not None and self.expires_at <= clock.now()

    @property
    def is_wish(self) -> bool:
        """Nothing is taken from sale for it before it is paid."""
        return self.state == self.State.WISH or (self.state == self.State.CHANGED and not self.hold.firm)

    @property
    def counts(self) -> bool:
        """It is part of what would be paid."""
        return self.state in (self.State.HELD, self.State.WISH, self.State.CHANGED) and not self.over

    @property
    def seller(self) -> str:
        """Who sells these tickets: the organiser where the provider names one, else the provider's account."""
        event = self.instance.event if self.instance else None
        return (event.seller if event else "") or self.hold.account.title

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def was(self) -> Money | None:
        return None if self.was_minor is None else Money(self.was_minor, self.currency)


class Shelf(models.Model):
    """What an account sells beside tickets, as it said last: pages read it here and ask nobody.

    `things` is a list of rows, see `baskets.extras.row`; `problem` is the code of why it could not be asked last.
    """

    account = models.OneToOneField(
        ProviderAccount, on_delete=models.CASCADE, related_name="shelf", verbose_name=_("account")
    )
    currency = models.CharField(_("currency"), max_length=3)
    things = models.JSONField(_("what is sold"), default=list)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), db_index=True)
    problem = models.CharField(_("problem"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("what is sold beside tickets")
        verbose_name_plural = _("what is sold beside tickets")

    def __str__(self) -> str:
        return str(self.account_id)
