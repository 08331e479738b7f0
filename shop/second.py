"""The second thing staff sign in with: a code from an authenticator app, or one of ten codes on paper.

Whether it is asked for says `ADMIN_TWO_FACTOR`. The app is django-otp's `Device` with the secret stored encrypted;
whether a session is verified is django-otp's word, too. Whoever has none yet sets it up at the first sign-in; a
superuser takes it away from somebody whose phone is gone, and `manage.py let_in` from a superuser. All of it is
written into the history of the user (the admin's own log).

Wrong codes are counted for each user: only somebody who has the password gets as far, so that no stranger can use
them up. A known browser is counted for itself (see `shop.signin`).
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from shop import clock, knocks, signin
from shop.knocks import TEN_MINUTES, Limit
from shop.models import Authenticator, RecoveryCode
from shop.safety_models import DIGITS, STEP

CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look like another
OF_USER = Limit("code-user", 5, TEN_MINUTES)
OF_USER_A_DAY = Limit("code-user-day", 30, timedelta(days=1))
STALE = timedelta(hours=1)  # then a set-up that was not finished begins with a new secret


def is_asked() -> bool:
    return bool(settings.ADMIN_TWO_FACTOR)


def is_verified(user: Any) -> bool:
    """Whether the code was right in this session."""
    return bool(getattr(user, "otp_device", None))


def device_of(user: Any) -> Authenticator | None:
    return Authenticator.objects.filter(user=user, confirmed=True).order_by("-pk").first()


# --- setting it up --------------------------------------------------------------------------------------------


def begin(user: Any) -> Authenticator:
    """The authenticator that is being set up: the same for an hour, so that a reload shows the same code."""
    now = clock.now()
    open_one = Authenticator.objects.filter(user=user, confirmed=False, made_at__gt=now - STALE).first()
    if open_one is not None:
        return open_one
    Authenticator.objects.filter(user=user, confirmed=False).delete()
    return Authenticator.objects.create(
        user=user,
        name="app",
        confirmed=False,
        secret=b32encode(secrets.token_bytes(20)).decode(),
        made_at=now,
    )


def address_of(device: Authenticator) -> str:
    """otpauth://…, what the square picture holds."""
    label = quote(f"{settings.SHOP_NAME}:{device.user.get_username()}".encode())
    told = {"secret": device.secret, "issuer": settings.SHOP_NAME, "digits": DIGITS, "period": STEP}
    return f"otpauth://totp/{label}?{urlencode(told, quote_via=quote)}"


def picture_of(device: Authenticator) -> str:
    """The square picture as the address of an image: drawn here, known to nobody else."""
    return segno.make(address_of(device), error="m", micro=False).svg_data_uri(
        scale=6, border=4, dark="#000", light="#fff"
    )


def in_fours(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def confirm(device: Authenticator, *, by: str) -> list[str]:
    """It has shown a right code: from now on it counts, the one before does not. Returns its codes for paper."""
    with transaction.atomic():
        Authenticator.objects.filter(user_id=device.user_id, confirmed=True).delete()
        Authenticator.objects.filter(pk=device.pk).update(confirmed=True, name=f"app {device.pk}"[:64])
        device.confirmed = True
        codes = _new_codes(device)
        write_down(device.user, _("Two-factor sign-in set up by %(who)s") % {"who": by})
    return codes


def renew_codes(device: Authenticator, *, by: str) -> list[str]:
    """Ten new codes; the ones before are worth nothing any more."""
    with transaction.atomic():
        codes = _new_codes(device)
        write_down(device.user, _("New recovery codes made by %(who)s") % {"who": by})
    return codes


def _new_codes(device: Authenticator) -> list[str]:
    device.codes.all().delete()
    codes = [_code() for _number in range(CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(authenticator=device, code=code) for code in codes])
    return codes


def _code() -> str:
    letters = "".join(secrets.choice(LETTERS) for _place in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def codes_left(device: Authenticator) -> int:
    return device.codes.filter(used_at=None).count()


# --- using it -------------------------------------------------------------------------------------------------


def _counted(request: HttpRequest, user: Any) -> list[tuple[Limit, str]]:
    whose = f"{user.pk} {signin.known(request, user.get_username())}"
    return [(OF_USER, whose), (OF_USER_A_DAY, whose)]


def check(request: HttpRequest, device: Authenticator, typed: str) -> tuple[bool, int]:
    """Whether the code is right, from the app or (where the app counts already) from paper; or seconds to wait."""
    asked = _counted(request, device.user)
    seconds = knocks.knock(*asked)
    if seconds:
        return False, seconds
    typed = "".join(typed.split()).lower()
    if device.verify_token(typed) or (device.confirmed and _use(device, typed)):
        knocks.forgive(*asked)
        return True, 0
    return False, 0


def _use(device: Authenticator, typed: str) -> bool:
    """Use up one of the codes on paper."""
    want = typed.replace("-", "")
    for row in device.codes.filter(used_at=None):
        if constant_time_compare(row.code.replace("-", ""), want):
            if not RecoveryCode.objects.filter(pk=row.pk, used_at=None).update(used_at=clock.now()):
                return False  # used this very moment, elsewhere
            left = codes_left(device)
            write_down(device.user, _("A recovery code was used; %(left)s are left") % {"left": left})
            return True
    return False


def take_away(user: Any, *, by: str, actor: Any = None) -> bool:
    """The phone is gone: the next sign-in sets up another. Sessions that used it are verified no more."""
    with transaction.atomic():
        had, _rows = Authenticator.objects.filter(user=user).delete()
        if had:
            write_down(user, _("Two-factor sign-in taken away by %(who)s") % {"who": by}, actor=actor)
    return bool(had)


def write_down(user: Any, text: str, *, actor: Any = None) -> None:
    """Into the user's history, as the admin shows it."""
    LogEntry.objects.log_actions(
        user_id=(actor or user).pk,
        queryset=[user],
        action_flag=CHANGE,
        change_message=text,
        single_object=True,
    )
