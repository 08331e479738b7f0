"""Signing in to the admin: how often a password may be tried, which browsers are known, how long a session lasts.

A lock that a stranger can close must not keep the owner out. So wrong passwords are counted

- for a name from one address: five in a quarter of an hour;
- for an address, whatever names it tries: thirty;
- for a name from anywhere: sixty an hour. This is the one that a crowd of hired machines fills; it then refuses every
  browser that has not signed in as this person before. The owner's browser has: it keeps a signed cookie for half a
  year and has ten tries of its own, which nobody else can use up. A new password makes every such cookie worthless.

Whoever has no known browser at hand waits until the attack rests, or has `manage.py let_in` run.

A session ends `STAFF_SESSION_HOURS` after it began and `STAFF_IDLE_MINUTES` after its last page, whatever the cookie
says; half a session, with the password right and the code still to come, after ten minutes. Its key changes when
somebody signs in and again when the code was right.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import get_user_model, logout
from django.contrib.auth.signals import user_logged_in
from django.core import signing
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from shop import clock, knocks
from shop.knocks import HOUR, Limit

QUARTER = timedelta(minutes=15)
OF_NAME_HERE = Limit("sign-in-name-here", 5, QUARTER)
OF_ADDRESS = Limit("sign-in-address", 30, QUARTER)
OF_NAME = Limit("sign-in-name", 60, HOUR)
OF_KNOWN = Limit("sign-in-known", 10, QUARTER)

KNOWN_FOR = timedelta(days=180)
HALF_FOR = timedelta(minutes=10)
SEEN_EVERY = 60  # seconds; the session is not written with every page
SALT = "shop.known-browser"
BEGAN, SEEN = "staff_began", "staff_seen"


# --- known browsers -------------------------------------------------------------------------------------------


def _of_password(user: Any) -> str:
    return salted_hmac(SALT, user.password, algorithm="sha256").hexdigest()[:16]


def known(request: HttpRequest, name: str) -> str:
    """What this browser was named when somebody last signed in with this user name here; "" for a strange one."""
    try:
        told = signing.loads(
            request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE, ""), salt=SALT, max_age=KNOWN_FOR
        )
        pk, nonce, password = told["u"], told["n"], told["p"]
    except (signing.BadSignature, KeyError, TypeError):
        return ""
    user = get_user_model().objects.filter(pk=pk).first()
    if user is None or plain(user.get_username()) != plain(name):
        return ""
    return nonce if constant_time_compare(password, _of_password(user)) else ""


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """This browser has signed in all the way: strangers' wrong passwords do not count against it."""
    nonce = known(request, request.user.get_username()) or secrets.token_urlsafe(12)
    told = {"u": request.user.pk, "n": nonce, "p": _of_password(request.user)}
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE,
        signing.dumps(told, salt=SALT),
        max_age=int(KNOWN_FOR.total_seconds()),
        secure=settings.SECURE,
        httponly=True,
        samesite="Strict",
    )


# --- passwords ------------------------------------------------------------------------------------------------


def plain(name: str) -> str:
    """One person, however the name is typed."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def counted(request: HttpRequest, name: str) -> list[tuple[Limit, str]]:
    """What a try with this name counts: a known browser has a count of its own."""
    nonce = known(request, name)
    if nonce:
        return [(OF_KNOWN, nonce)]
    asked = [(OF_NAME, plain(name))]
    if address := knocks.known_address(request):  # else a stranger's tries would be everybody's
        asked = [(OF_NAME_HERE, f"{plain(name)} {address}"), (OF_ADDRESS, address), *asked]
    return asked


class SignInForm(AdminAuthenticationForm):
    """Django's, with the limits. `wait`: seconds, where a limit is reached; the password was not looked at then."""

    wait = 0

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username") or ""
        if not (name and self.cleaned_data.get("password")):
            return super().clean()
        asked = counted(self.request, name)
        # counted before the password is looked at, so that many at once are counted too
        self.wait = knocks.knock(*asked)
        if self.wait:
            raise forms.ValidationError(
                _(
                    "Too many wrong passwords for this name or from this connection. Try again in about %(when)s, "
                    "or from a browser in which you have signed in before."
                )
                % {"when": knocks.wait_words(self.wait)}
            )
        found = super().clean()
        own = (OF_NAME_HERE, OF_KNOWN)
        knocks.forgive(*[each for each in asked if each[0] in own])
        knocks.take_back(*[each for each in asked if each[0] not in own])
        return found


# --- how long -------------------------------------------------------------------------------------------------


@receiver(user_logged_in)
def begin(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    request.session[BEGAN] = request.session[SEEN] = int(clock.now().timestamp())


def still_in(request: HttpRequest, *, half: bool = False) -> bool:
    """Whether the session is young enough; one that is not is ended here. `half`: the code is still to come."""
    session, now = request.session, int(clock.now().timestamp())
    began = session.setdefault(BEGAN, now)
    seen = session.setdefault(SEEN, now)
    whole = HALF_FOR.total_seconds() if half else settings.STAFF_SESSION_HOURS * 3600
    if now - began > whole or now - seen > settings.STAFF_IDLE_MINUTES * 60:
        logout(request)
        return False
    if now - seen > SEEN_EVERY:
        session[SEEN] = now
    return True
