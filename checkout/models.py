"""From a basket to tickets: one order, one booking per hold, one payment per payee, every step written down."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from baskets.models import Basket, new_token
from catalog.models import Instance, ProviderAccount, Venue
from checkout.guest_models import Guest, GuestList
from checkout.sent_models import Document, Mail
from checkout.till_models import InboxMessage, Refund
from shop import tracing
from shop.crypto import EncryptedTextField
from shop.money import Money

PERSONAL = ("first_name", "last_name", "email", "phone")

__all__ = [
    "Booking",
    "Document",
    "Guest",
    "GuestList",
    "HistoryEntry",
    "InboxMessage",
    "Mail",
    "Order",
    "OrderLine",
    "Payment",
    "Refund",
]


class Order(models.Model):
    """What one buyer asked for in one go. Its status follows from payments and bookings.

    placed -> paying -> paid -> fulfilled; paying -> placed (back to the choice, uncharged); placed, paying ->
    expired | cancelled | attention; expired, cancelled -> paying (late success); attention -> paid | refunded |
    cancelled | expired. `attention_reason` is also set beside a final status: a person should look at it.
    """

    class Status(models.TextChoices):
        PLACED = "placed", _("details being filled in")
        PAYING = "paying", _("being paid")
        PAID = "paid", _("paid")
        FULFILLED = "fulfilled", _("tickets delivered")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")
        ATTENTION = "attention", _("needs a person")
        REFUNDED = "refunded", _("refunded")

    number = models.CharField(_("number"), max_length=20, unique=True)  # for people: FOY-7K2M9Q
    token = models.CharField(
        _("token"), max_length=64, unique=True, default=new_token, editable=False
    )  # its address
    basket = models.ForeignKey(
        Basket, on_delete=models.PROTECT, related_name="orders", verbose_name=_("basket")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.PLACED)
    language = models.CharField(_("language"), max_length=10, default="en")
    currency = models.CharField(_("currency"), max_length=3)
    total_minor = models.PositiveIntegerField(_("total"), default=0)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), blank=True, db_index=True)
    phone = models.CharField(_("telephone"), max_length=50, blank=True)
    answers = EncryptedTextField(_("answers"), default="{}")  # JSON: the buyer's other answers (address ...)
    terms_accepted_at = models.DateTimeField(_("terms accepted"), null=True, blank=True)
    placed_at = models.DateTimeField(_("placed"))
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    due_at = models.DateTimeField(
        _("due"), null=True, blank=True, db_index=True
    )  # when the sweep looks again
    attention_reason = models.CharField(_("why it needs a person"), max_length=60, blank=True)
    attention_at = models.DateTimeField(_("attention"), null=True, blank=True)
    handled_note = models.TextField(_("note"), blank=True)
    erase_asked_at = models.DateTimeField(
        _("deletion asked for"), null=True, blank=True
    )  # the buyer wants to be forgotten: done as soon as nothing needs the data, see `checkout.personal`
    masked_at = models.DateTimeField(
        _("personal data deleted"), null=True, blank=True
    )  # from then on only numbers, sums and dates are left

    class Meta:
        ordering = ["-placed_at"]
        indexes = [models.Index(fields=["-placed_at", "-id"], name="order_newest_first")]
        constraints = [
            models.UniqueConstraint(
                fields=["basket"],
                condition=models.Q(status__in=["placed", "paying"]),
                name="one_live_order_a_basket",
            )
        ]
        permissions = [("view_personal", _("Can see who bought"))]
        verbose_name = _("order")
        verbose_name_plural = _("orders")

    def __str__(self) -> str:
        return self.number

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> Order:
        """Who bought is in no log of whatever is done with the order now."""
        order: Order = super().from_db(db, field_names, values)
        known = order.__dict__
        tracing.conceal(*(known[name] for name in PERSONAL if known.get(name)))
        return order

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    def get_absolute_url(self) -> str:
        return reverse("checkout:order", args=[self.token])


class Booking(models.Model):
    """One part of an order: what one provider promises.

    held -> prepared -> confirming -> booked -> ticketed; held, prepared -> booked (free, or paid at theirs);
    confirming -> prepared | refused | uncertain;
    prepared -> uncertain -> booked | refused | lapsed | prepared; held, prepared -> lapsed | refused;
    lapsed, refused -> held (put back into the basket); lapsed, refused -> booked (late news); booked -> refunded.
    """

    class Status(models.TextChoices):
        HELD = "held", _("held")
        PREPARED = "prepared", _("ready to be paid")
        CONFIRMING = "confirming", _("being booked")
        UNCERTAIN = "uncertain", _("not certain yet")
        BOOKED = "booked", _("booked")
        TICKETED = "ticketed", _("tickets ready")
        REFUSED = "refused", _("not booked")
        LAPSED = "lapsed", _("lapsed")
        REFUNDED = "refunded", _("refunded")

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="bookings", verbose_name=_("order")
    )
    account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("account")
    )
    hold_id = models.PositiveBigIntegerField(_("hold"), null=True)  # the basket's hold it came from
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.HELD)
    route = models.CharField(
        _("route"), max_length=12, blank=True
    )  # how it is paid, as it was prepared last: as `Payment.route`; "" before
    other_route = models.CharField(
        _("other route"), max_length=12, blank=True
    )  # how it is to be paid, where its account's own way was refused; see `checkout.other_route`
    handle = EncryptedTextField(_("handle"), blank=True)
    reference = models.CharField(_("provider's reference"), max_length=100, blank=True, db_index=True)
    answers = EncryptedTextField(_("answers"), default="{}")  # JSON: delivery, protection, format
    currency = models.CharField(_("currency"), max_length=3)
    tickets_minor = models.PositiveIntegerField(_("tickets (minor units)"), default=0)
    delivery_minor = models.PositiveIntegerField(_("delivery (minor units)"), default=0)
    protection_minor = models.PositiveIntegerField(_("protection (minor units)"), default=0)
    total_minor = models.PositiveIntegerField(_("total (minor units)"), default=0)
    delivery_label = models.CharField(_("delivery label"), max_length=100, blank=True)
    format_code = models.CharField(_("format code"), max_length=20, blank=True)
    expires_at = models.DateTimeField(
        _("runs out"), null=True, blank=True
    )  # of the hold or the payment window, the smaller
    return_token = models.CharField(
        _("return token"), max_length=64, unique=True, default=new_token, editable=False
    )
    returned = models.CharField(
        _("returned"), max_length=10, blank=True
    )  # success, failure: which return address was opened; emptied: see `checkout.hosted`
    returned_at = models.DateTimeField(_("returned"), null=True, blank=True)
    hint = models.CharField(
        _("number seen by the buyer"), max_length=40, blank=True
    )  # an order number that the payment page told the browser or the buyer: where to look, no proof
    drawn = models.CharField(
        _("drawn"), max_length=64, blank=True, editable=False
    )  # hash of the hold's lines it stands for
    details_at = models.DateTimeField(_("details"), null=True, blank=True)  # when its questions were answered
    asked_minor = models.PositiveIntegerField(
        _("asked (minor units)"), null=True, blank=True
    )  # what the provider named when it was prepared
    prepared_at = models.DateTimeField(
        _("prepared"), null=True, blank=True
    )  # from then on the provider may know of an order
    unproven_since = models.DateTimeField(_("unproven since"), null=True, blank=True)
    due_at = models.DateTimeField(
        _("due"), null=True, blank=True, db_index=True
    )  # when the provider is asked again
    reason = models.CharField(
        _("why it ended"), max_length=40, blank=True
    )  # code: dropped, declined, sold_out ...
    looked_at = models.DateTimeField(_("last asked"), null=True, blank=True)
    looks = models.PositiveIntegerField(_("looks"), default=0)
    arrives = models.CharField(_("arrives"), max_length=20, blank=True)
    tickets_expected = models.PositiveSmallIntegerField(_("tickets expected"), default=0)
    tickets_ready = models.PositiveSmallIntegerField(_("tickets ready"), default=0)
    release_at = models.DateTimeField(_("release"), null=True, blank=True)
    documents_due_at = models.DateTimeField(_("documents due"), null=True, blank=True, db_index=True)
    mailed_by_provider = models.BooleanField(_("mailed by provider"), default=False)

    class Meta:
        ordering = ["order_id", "position"]
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"

    @property
    def without_file(self) -> int:
        """Tickets beside those that are downloaded, of which nothing more will come to this shop."""
        over = self.status == self.Status.TICKETED and self.arrives == "download"
        return max(0, self.tickets_expected - self.tickets_ready) if over else 0

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


class OrderLine(models.Model):
    """A snapshot of what was bought: true for ever, whatever the catalogue does.

    `kind` "" is tickets for a date. The others have no date and no tickets: `quantity` is 0, `event_name` what it is
    called, `seats_text` what was noted with it.
    """

    class Kind(models.TextChoices):
        DONATION = "donation", _("Donation")
        MERCHANDISE = "merchandise", _("From the shop")
        MEMBERSHIP = "membership", _("Membership")
        SUBSCRIPTION = "subscription", _("Season ticket")
        GIFT_VOUCHER = "gift_voucher", _("Gift voucher")
        CHARGE = "charge", _("Fee")

    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, related_name="lines", verbose_name=_("booking")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, blank=True)
    item_ref = models.CharField(
        _("the provider's id of it"), max_length=100, blank=True, editable=False
    )  # of the hold it was drawn from
    instance = models.ForeignKey(
        Instance, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("date")
    )
    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("venue")
    )
    event_name = models.CharField(_("event"), max_length=250)
    venue_name = models.CharField(_("venue"), max_length=200, blank=True)
    venue_address = models.CharField(_("venue address"), max_length=400, blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/London")
    starts_at = models.DateTimeField(_("starts"), null=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    doors_at = models.DateTimeField(_("doors"), null=True, blank=True)
    time_from = models.DateTimeField(_("entry from"), null=True, blank=True)
    area = models.CharField(_("area"), max_length=150, blank=True)
    tickets = models.JSONField(_("tickets"), default=list)  # as baskets.Line.tickets
    seats_text = models.CharField(
        _("seats text"), max_length=500, blank=True
    )  # "Stalls F12, F13": found by the admin's search
    quantity = models.PositiveSmallIntegerField(_("quantity"))
    currency = models.CharField(_("currency"), max_length=3)
    price_minor = models.PositiveIntegerField(_("price (minor units)"))
    fee_minor = models.PositiveIntegerField(_("fees (minor units)"), default=0)

    class Meta:
        ordering = ["booking_id", "id"]
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")

    def __str__(self) -> str:
        return self.event_name if self.kind else f"{self.quantity} x {self.event_name}"

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class Payment(models.Model):
    """One movement of money. `route`: nothing, there (their page), their_form (their Stripe), us.

    begun -> authorised -> captured -> refunded; begun -> captured; begun -> failed -> begun; begun -> expired;
    authorised -> released. A late success wins over failed or expired and calls staff.

    That of our own till ("us") has no `booking`: it pays every part of its order whose `route` is "us", and one of them
    is live at a time. `attempt` counts its intents: a new one only when the one before is dead for certain.
    """

    class Status(models.TextChoices):
        BEGUN = "begun", _("begun")
        AUTHORISED = "authorised", _("authorised")
        CAPTURED = "captured", _("received")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        RELEASED = "released", _("released")
        REFUNDED = "refunded", _("refunded")

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="payments", verbose_name=_("order")
    )
    booking = models.ForeignKey(
        Booking,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("booking"),
    )
    route = models.CharField(_("route"), max_length=12)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.BEGUN)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.PositiveIntegerField(_("amount (minor units)"))
    external_id = models.CharField(_("payment id"), max_length=100, blank=True, db_index=True)
    publishable_key = models.CharField(_("publishable key"), max_length=200, blank=True)
    secret = EncryptedTextField(_("secret"), blank=True)  # client secret, or the payment page's address
    begun_at = models.DateTimeField(_("begun"))
    pay_by = models.DateTimeField(_("pay by"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    # of our own till alone:
    captured_minor = models.PositiveIntegerField(_("received (minor units)"), default=0)
    charge_id = models.CharField(_("charge"), max_length=100, blank=True)
    capture_before = models.DateTimeField(
        _("authorised until"), null=True, blank=True
    )  # then the bank lets the money go
    tried_at = models.DateTimeField(_("tried"), null=True, blank=True)  # when the buyer pressed "Pay"
    reason = models.CharField(
        _("why it ended"), max_length=60, blank=True
    )  # code: declined, lapsed, refused ...
    disputed_at = models.DateTimeField(_("disputed"), null=True, blank=True)
    due_at = models.DateTimeField(
        _("due"), null=True, blank=True, db_index=True
    )  # when its source is asked again
    looked_at = models.DateTimeField(_("last asked"), null=True, blank=True)
    looks = models.PositiveIntegerField(_("looks"), default=0)

    class Meta:
        ordering = ["order_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking"],
                condition=models.Q(status__in=["begun", "authorised"]),
                name="one_live_payment",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(status__in=["begun", "authorised"], route="us"),
                name="one_live_payment_to_us",
            ),
        ]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")

    def __str__(self) -> str:
        return f"{self.order_id}/{self.pk} {self.get_status_display()}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class HistoryEntry(models.Model):
    """What happened, when, and because of what. Never changed; it goes with the personal data of its order, but for the
    steps of money."""

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="history", verbose_name=_("order")
    )
    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("booking")
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("payment")
    )
    refund = models.ForeignKey(  # whose step it is, or whose reason: read by those alone who read the refund
        "Refund", on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("refund")
    )
    at = models.DateTimeField(_("at"))
    subject = models.CharField(_("subject"), max_length=20)  # order, booking, payment, refund, mail, staff
    was = models.CharField(_("was"), max_length=20, blank=True)
    became = models.CharField(_("became"), max_length=20, blank=True)
    because = models.CharField(_("because"), max_length=200)
    actor = models.CharField(
        _("actor"), max_length=100, blank=True
    )  # a member of staff, or the road: return, sweep, poll

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("history entry")
        verbose_name_plural = _("history")

    def __str__(self) -> str:
        return f"{self.subject} {self.was}->{self.became}"
