"""Rows that keep strangers out: how often somebody knocked, and the second thing that staff sign in with."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device
from django_otp.oath import TOTP

from shop import clock
from shop.crypto import EncryptedTextField

STEP = 30  # seconds that one code stands
DIGITS = 6


class Knock(models.Model):
    """Somebody asked for something that is limited. `key` is a keyed hash: no address is kept. See `shop.knocks`."""

    key = models.CharField(_("key"), max_length=64, db_index=True)
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        db_table = "checkout_knock"  # it was there first
        indexes = [models.Index(fields=["key", "at"], name="knock_key_at")]
        verbose_name = _("knock")
        verbose_name_plural = _("knocks")

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.at:%H:%M}"


class Authenticator(Device):
    """An app on somebody's phone that shows a new code every half minute. See `shop.second`.

    `confirmed` once it has shown a right one. `last_step` is the half minute of the last code that was taken: none
    counts twice, in whichever process it is typed. The secret is base32, as the app takes it.
    Not the package's own device, which keeps the secret in clear.
    """

    secret = EncryptedTextField(_("secret"))
    last_step = models.BigIntegerField(_("last step"), default=-1, editable=False)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("authenticator")
        verbose_name_plural = _("authenticators")

    def verify_token(self, token: str) -> bool:
        """Whether this code is right now, give or take half a minute; a right one counts once."""
        from base64 import b32decode

        if not (token.isascii() and token.isdigit() and len(token) == DIGITS):
            return False
        totp = TOTP(b32decode(self.secret), step=STEP, digits=DIGITS)
        totp.time = clock.now().timestamp()
        if not totp.verify(int(token), tolerance=1, min_t=self.last_step + 1):
            return False
        step = totp.t()
        if not Authenticator.objects.filter(pk=self.pk, last_step__lt=step).update(last_step=step):
            return False  # another process has taken it this moment
        self.last_step = step
        return True


class RecoveryCode(models.Model):
    """One of the codes on paper, for the day the phone is gone. Each counts once."""

    authenticator = models.ForeignKey(
        Authenticator, on_delete=models.CASCADE, related_name="codes", verbose_name=_("authenticator")
    )
    code = EncryptedTextField(_("code"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")

    def __str__(self) -> str:
        return str(self.pk)
