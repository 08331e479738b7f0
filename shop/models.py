"""People who run the shop, and the rows that keep processes out of each other's way."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from shop.alert_models import Alert, Heartbeat
from shop.safety_models import Authenticator, Knock, RecoveryCode

__all__ = [
    "Alert",
    "Authenticator",
    "Breaker",
    "CallCount",
    "CallRecord",
    "Claim",
    "Heartbeat",
    "Knock",
    "RateBudget",
    "RecoveryCode",
    "User",
]


class User(AbstractUser):
    """Somebody who signs in to the admin. Which venues they run: `catalog.Venue.staff`."""

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions end with the password, as Django has it, and with every change of rank as well."""
        rank = f"{self.password}:{self.is_staff}:{self.is_superuser}"
        return salted_hmac("shop.User.session", rank, secret=secret, algorithm="sha256").hexdigest()


class Claim(models.Model):
    """Who is doing something that only one may do at a time. A dead owner's claim runs out."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    owner = models.CharField(_("owner"), max_length=64)
    expires_at = models.DateTimeField(_("runs out"))

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")

    def __str__(self) -> str:
        return self.name


class RateBudget(models.Model):
    """When the next polite call to an account may begin, for all processes together, where there is no Redis."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    next_at = models.DateTimeField(_("next"))
    not_before = models.DateTimeField(_("the provider asked to wait until"), null=True, blank=True)

    class Meta:
        verbose_name = _("rate budget")
        verbose_name_plural = _("rate budgets")

    def __str__(self) -> str:
        return self.name


class Breaker(models.Model):
    """How often an account did not answer in a row, and whether it is left alone for now; see `shop.breakers`."""

    account = models.CharField(_("account"), max_length=60, unique=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    first_at = models.DateTimeField(_("first of them"), null=True, blank=True)
    opened_at = models.DateTimeField(_("left alone since"), null=True, blank=True)
    next_try_at = models.DateTimeField(_("next try"), null=True, blank=True)
    changed_at = models.DateTimeField(_("last failed try"), null=True, blank=True)
    times = models.PositiveIntegerField(_("failed tries"), default=0)
    last_error = models.CharField(_("last error"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("circuit breaker")
        verbose_name_plural = _("circuit breakers")

    def __str__(self) -> str:
        return self.account


class CallRecord(models.Model):
    """One call to a provider, without secrets and personal data, for the timeline of a basket or an order.

    `subject` is "basket:<id>", "order:<id>" or "refresh:<id>".
    """

    subject = models.CharField(_("subject"), max_length=60, db_index=True)
    account = models.CharField(_("account"), max_length=60)
    at = models.DateTimeField(_("at"))
    verb = models.CharField(_("verb"), max_length=60)  # our name of the endpoint: add_tickets
    method = models.CharField(_("method"), max_length=8)
    path = models.CharField(_("path"), max_length=300)  # ids of holds and tokens masked
    status = models.PositiveSmallIntegerField(_("status"), null=True)  # null: no answer
    outcome = models.CharField(_("outcome"), max_length=40)  # ok, or the code of the error
    milliseconds = models.PositiveIntegerField(_("milliseconds"), default=0)
    detail = models.CharField(_("detail"), max_length=300, blank=True)

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("call to a provider")
        verbose_name_plural = _("calls to providers")

    def __str__(self) -> str:
        return f"{self.account} {self.verb} {self.outcome}"


class CallCount(models.Model):
    """How many calls an account got within one hour, and how many of them failed, whoever made them.

    Failed: no answer, or one that cannot be used. A refusal in the provider's own words is an answer.
    """

    account = models.CharField(_("account"), max_length=60)
    hour = models.DateTimeField(_("hour"))  # its beginning, UTC
    calls = models.PositiveIntegerField(_("calls"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    milliseconds = models.PositiveBigIntegerField(_("milliseconds"), default=0)  # of all together

    class Meta:
        ordering = ["-hour", "account"]
        constraints = [models.UniqueConstraint(fields=["account", "hour"], name="call_count_once")]
        verbose_name = _("calls of an hour")
        verbose_name_plural = _("calls by the hour")

    def __str__(self) -> str:
        return f"{self.account} {self.hour:%Y-%m-%d %H:%M}"
