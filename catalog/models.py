"""What is on: copied from the providers, plus what the venue says itself.

Fields above the line "the venue's own" are written by the refresh and by nothing else; those below by people
and never by the refresh. What these tables say of availability was true at `availability_at`; it is shown,
never used to decide.
"""

from __future__ import annotations

import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.house_plan_models import HousePlan as HousePlan
from catalog.told_models import ContactStatement as ContactStatement
from catalog.told_models import MarkRule as MarkRule
from catalog.told_models import VenueAttribute as VenueAttribute
from catalog.told_models import VenueOffer as VenueOffer
from shop.money import Money


def validate_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone such as Europe/London."), params={"value": value}
        )


class ProviderAccount(models.Model):
    """An account at a provider: its health, and the switch that stops its sale. Keys are in the environment."""

    name = models.SlugField(_("name"), unique=True, help_text=_("As in PROVIDER_ACCOUNTS."))
    kind = models.CharField(_("provider"), max_length=40)
    title = models.CharField(_("title"), max_length=100)
    configured = models.BooleanField(_("configured"), default=True)
    last_good_refresh_at = models.DateTimeField(_("last good refresh"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    last_error_at = models.DateTimeField(_("last error at"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    next_refresh_at = models.DateTimeField(_("next refresh"), null=True, blank=True)
    down_since = models.DateTimeField(_("not answering since"), null=True, blank=True)
    # the system whose ids its rows carry, where the provider names it; see catalog.moving
    system = models.CharField(_("system"), max_length=200, blank=True, editable=False)
    # the venue's own
    stop_sale = models.BooleanField(_("stop sale"), default=False)
    stop_reason = models.CharField(_("reason shown to buyers"), max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("provider account")
        verbose_name_plural = _("provider accounts")

    def __str__(self) -> str:
        return self.title


class Venue(models.Model):
    """A house. Its staff see its events, orders and money, and nobody else's."""

    account = models.ForeignKey(
        ProviderAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="venues",
        verbose_name=_("account"),
    )
    provider_ref = models.CharField(_("the provider's id"), max_length=100, blank=True)
    slug = models.SlugField(_("address of its page"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    telephone = models.CharField(_("telephone"), max_length=50, blank=True)
    timezone = models.CharField(
        _("time zone"), max_length=60, default="Europe/London", validators=[validate_zone]
    )
    getting_there = models.TextField(_("getting there"), blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    content_hash = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    # the venue's own
    own_text = models.TextField(_("about the house"), blank=True)
    own_telephone = models.CharField(_("box office telephone"), max_length=50, blank=True)
    access_line = models.CharField(_("access line"), max_length=200, blank=True)
    box_office = models.TextField(_("collecting tickets"), blank=True)
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="venues", verbose_name=_("staff")
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "provider_ref"],
                name="venue_once_per_account",
                condition=~models.Q(provider_ref=""),
            )
        ]
        verbose_name = _("venue")
        verbose_name_plural = _("venues")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:venue_detail", args=[self.slug])


class Event(models.Model):
    """What is on at one venue, from one account."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("scheduled")
        CANCELLED = "cancelled", _("cancelled")
        MOVED = "moved", _("moved")

    account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, related_name="events", verbose_name=_("account")
    )
    provider_ref = models.CharField(_("the provider's id"), max_length=100)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="events", verbose_name=_("venue"))
    slug = models.SlugField(_("address of its page"), max_length=160, unique=True)
    name = models.CharField(_("name"), max_length=250)
    kind = models.CharField(_("kind"), max_length=30, db_index=True)
    description = models.TextField(_("description"), blank=True)  # sanitised HTML
    tagline = models.CharField(_("tag line"), max_length=300, blank=True)
    running_time = models.CharField(_("running time"), max_length=200, blank=True)
    age_note = models.CharField(_("age advice"), max_length=300, blank=True)
    notice = models.TextField(_("notice"), blank=True)
    access_note = models.TextField(_("access"), blank=True)
    offer_text = models.TextField(_("offer"), blank=True)
    terms = models.TextField(_("terms"), blank=True)  # sanitised HTML
    seller = models.CharField(_("seller"), max_length=100, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.SCHEDULED)
    listed = models.BooleanField(_("listed by the provider"), default=True)
    image_url = models.URLField(_("picture at the provider"), max_length=500, blank=True)
    poster = models.CharField(
        _("poster"), max_length=200, blank=True
    )  # path in storage of the widest; see catalog.posters
    poster_width = models.PositiveIntegerField(_("poster's width"), default=0)
    poster_height = models.PositiveIntegerField(_("poster's height"), default=0)
    # the `image_url` the poster was made of
    poster_for = models.CharField(_("poster of"), max_length=500, blank=True, editable=False)
    poster_failed_at = models.DateTimeField(_("poster failed"), null=True, blank=True, editable=False)
    currency = models.CharField(_("currency"), max_length=3, default="GBP")
    price_from_minor = models.PositiveIntegerField(_("lowest price (minor units)"), null=True, blank=True)
    price_to_minor = models.PositiveIntegerField(_("highest price (minor units)"), null=True, blank=True)
    # summary of its instances, kept by the refresh so that a list needs no query of its own for them
    first_at = models.DateTimeField(
        _("next date"), null=True, blank=True, db_index=True
    )  # next bookable or coming date
    last_at = models.DateTimeField(_("last date"), null=True, blank=True)
    dates = models.PositiveIntegerField(
        _("coming dates"), default=0
    )  # coming dates, the cancelled ones among them
    dates_cancelled = models.PositiveIntegerField(_("dates cancelled"), default=0)
    seats_left = models.PositiveIntegerField(
        _("seats left"), null=True, blank=True
    )  # over all coming dates; null unknown
    # some coming date is sold, from `sale_starts_at` on where that is set
    on_sale = models.BooleanField(_("on sale"), default=False)
    sale_starts_at = models.DateTimeField(_("sale begins"), null=True, blank=True)
    # as `Instance.prices`, over all its dates
    prices = models.JSONField(_("prices"), default=list, blank=True, editable=False)
    # the venue's own fields as [name, value] and the access marks that they mean; see catalog.marks
    attributes = models.JSONField(_("attributes"), default=list, blank=True, editable=False)
    given_marks = models.JSONField(_("access marks by attributes"), default=list, blank=True, editable=False)
    # its own marks and those of its coming dates: " signed captioned "
    access_text = models.CharField(_("access text"), max_length=200, blank=True, editable=False)
    search_text = models.TextField(
        _("text to search"), blank=True, editable=False
    )  # folded name, venue, city, tag line
    content_hash = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    fetched_at = models.DateTimeField(_("fetched"), null=True, blank=True)
    changed_at = models.DateTimeField(
        _("changed"), null=True, blank=True
    )  # last real change, for the sitemap
    gone_at = models.DateTimeField(_("gone since"), null=True, blank=True)
    # the venue's own
    own_title = models.CharField(_("own title"), max_length=250, blank=True)
    own_text = models.TextField(_("own text"), blank=True, help_text=_("Shown above the provider's text."))
    own_image = models.ImageField(_("own image"), upload_to="own/", blank=True)
    # made of own_image when it is saved
    own_poster = models.CharField(_("own poster"), max_length=200, blank=True, editable=False)
    own_poster_width = models.PositiveIntegerField(_("own poster width"), default=0, editable=False)
    own_poster_height = models.PositiveIntegerField(_("own poster height"), default=0, editable=False)
    own_image_alt = models.CharField(_("what the image shows"), max_length=200, blank=True)
    hidden = models.BooleanField(
        _("hidden"), default=False, help_text=_("Not in lists, and its page answers 404.")
    )
    stop_sale = models.BooleanField(_("stop sale"), default=False)
    stop_reason = models.CharField(_("reason shown to buyers"), max_length=200, blank=True)
    position = models.SmallIntegerField(_("order in lists"), default=0, help_text=_("Higher comes first."))
    access_marks = models.JSONField(_("access marks"), default=list, blank=True)

    class Meta:
        ordering = ["-position", "first_at", "name"]
        constraints = [
            models.UniqueConstraint(fields=["account", "provider_ref"], name="event_once_per_account")
        ]
        indexes = [models.Index(fields=["gone_at", "hidden", "first_at"])]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.own_title or self.name

    @property
    def price_from(self) -> Money | None:
        return None if self.price_from_minor is None else Money(self.price_from_minor, self.currency)

    @property
    def price_to(self) -> Money | None:
        return None if self.price_to_minor is None else Money(self.price_to_minor, self.currency)

    def get_absolute_url(self) -> str:
        return reverse("catalog:event_detail", args=[self.slug])


class Instance(models.Model):
    """One date and time of an event."""

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="instances", verbose_name=_("event")
    )
    provider_ref = models.CharField(_("the provider's id"), max_length=100)
    name = models.CharField(_("name"), max_length=200, blank=True)
    starts_at = models.DateTimeField(_("starts"), db_index=True)
    local_date = models.DateField(_("date"), null=True, editable=False)  # on the venue's calendar
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    doors_at = models.DateTimeField(_("doors"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=Event.Status.choices, default=Event.Status.SCHEDULED
    )
    bookable = models.BooleanField(_("bookable"), default=True)
    sale_starts_at = models.DateTimeField(_("sale begins"), null=True, blank=True)
    sale_ends_at = models.DateTimeField(_("sale ends"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="GBP")
    price_from_minor = models.PositiveIntegerField(_("lowest price (minor units)"), null=True, blank=True)
    price_to_minor = models.PositiveIntegerField(_("highest price (minor units)"), null=True, blank=True)
    seats_left = models.PositiveIntegerField(_("seats left"), null=True, blank=True)
    seats_total = models.PositiveIntegerField(_("seats in all"), null=True, blank=True)
    longest_run = models.PositiveSmallIntegerField(_("most seats beside each other"), null=True, blank=True)
    # last seen: rows of [area, band, ticket type, price, fee or null], minor units; a sixth member has what the
    # fee is made of where that is itemised, as [name, amount]
    prices = models.JSONField(_("prices"), default=list, blank=True, editable=False)
    # as those of an event
    attributes = models.JSONField(_("attributes"), default=list, blank=True, editable=False)
    given_marks = models.JSONField(_("access marks by attributes"), default=list, blank=True, editable=False)
    content_hash = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    fetched_at = models.DateTimeField(_("fetched"), null=True, blank=True)
    availability_at = models.DateTimeField(_("availability checked"), null=True, blank=True)
    looked_at = models.DateTimeField(_("last looked at"), null=True, blank=True)  # a visitor looked at it
    availability_due_at = models.DateTimeField(_("availability due"), null=True, blank=True, db_index=True)
    gone_at = models.DateTimeField(_("gone since"), null=True, blank=True)
    # the venue's own
    stop_sale = models.BooleanField(_("stop sale"), default=False)
    stop_reason = models.CharField(_("reason shown to buyers"), max_length=200, blank=True)
    access_marks = models.JSONField(_("access marks"), default=list, blank=True)
    # both kinds of marks as words, to be searched: " signed captioned "
    access_text = models.CharField(_("access text"), max_length=120, blank=True, editable=False)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["event", "starts_at"]), models.Index(fields=["local_date", "event"])]
        constraints = [
            models.UniqueConstraint(fields=["event", "provider_ref"], name="instance_once_per_event")
        ]
        verbose_name = _("instance")
        verbose_name_plural = _("instances")

    def __str__(self) -> str:
        return f"{self.event_id} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def price_from(self) -> Money | None:
        return None if self.price_from_minor is None else Money(self.price_from_minor, self.currency)

    def get_absolute_url(self) -> str:
        return reverse("catalog:instance_detail", args=[self.event.slug, self.pk])


class RefreshRun(models.Model):
    """One refresh of one account: what it read, wrote and left out."""

    account = models.ForeignKey(
        ProviderAccount, on_delete=models.CASCADE, related_name="runs", verbose_name=_("account")
    )
    trigger = models.CharField(_("begun by"), max_length=20)  # beat, admin, command
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    complete = models.BooleanField(_("complete"), default=False)
    # where it is known
    events_total = models.PositiveIntegerField(_("events expected"), null=True, blank=True)
    events_read = models.PositiveIntegerField(_("events read"), default=0)
    instances_read = models.PositiveIntegerField(_("instances read"), default=0)
    written = models.PositiveIntegerField(_("rows written"), default=0)
    gone = models.PositiveIntegerField(_("marked gone"), default=0)
    posters = models.PositiveIntegerField(_("posters fetched"), default=0)
    left_out_count = models.PositiveIntegerField(_("left out"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        ordering = ["-started_at"]
        verbose_name = _("refresh")
        verbose_name_plural = _("refreshes")

    def __str__(self) -> str:
        return f"{self.account_id} {self.started_at:%Y-%m-%d %H:%M}"


class LeftOut(models.Model):
    """A record of the provider that could not be read, and why."""

    run = models.ForeignKey(
        RefreshRun, on_delete=models.CASCADE, related_name="left_out", verbose_name=_("refresh")
    )
    what = models.CharField(_("what"), max_length=20)
    ref = models.CharField(_("its id at the provider"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    excerpt = models.TextField(_("what came"), blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("left-out record")
        verbose_name_plural = _("left-out records")

    def __str__(self) -> str:
        return f"{self.what} {self.ref}"


class CatalogVersion(models.Model):
    """A number that rises with every change a visitor could see. Cached pages carry it in their key."""

    number = models.PositiveBigIntegerField(_("number"), default=1)

    class Meta:
        verbose_name = _("catalogue version")
        verbose_name_plural = _("catalogue version")

    def __str__(self) -> str:
        return str(self.number)


class PageText(models.Model):
    """Terms, privacy, imprint, accessibility: the operator's own words, one row a page and language."""

    slug = models.SlugField(_("page"), max_length=40)
    language = models.CharField(_("language"), max_length=10, default="en")
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), help_text=_("Simple HTML is kept, scripts are not."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "language"], name="page_once_per_language")]
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    def __str__(self) -> str:
        return self.title
