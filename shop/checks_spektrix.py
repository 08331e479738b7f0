"""System checks of accounts on Spektrix: their options, and the certificate and key of the v2 feed.

Ids: E018 an option, E019 and W019 the custom domain, W018 our own list of seats, E030 to E034 certificate and key, W034 a certificate that ends soon. Agent mode: E035 its
credentials, W035 options that it has no use for, W036 tickets that are printed at home and no mail that leads there.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from shop import clock
from shop.providers.accounts import AccountConfig, prefix
from shop.providers.addresses import is_loopback
from shop.providers.errors import Misconfigured
from shop.providers.spektrix import certificate, options

# Finding -> id, what is wrong, what to do.
FINDINGS = {
    "missing": ("shop.E030", "has no file at {path!r}.",
                "{start}CERTIFICATE and {start}CERTIFICATE_KEY are paths of the .crt and the .key file."),
    "loose": ("shop.E031", "has a key file that others may read: {path}.",
              "Run `chmod 600` on it: whoever has the key is the venue."),
    "served": ("shop.E032", "has its key file in a directory that is served: {path}.",
               "Move it out of STATIC_ROOT, MEDIA_ROOT and every other folder a web server hands out."),
    "expired": ("shop.E033", "has a certificate that ended on {until}.",
                "The feed is closed. Send a fresh signing request to Spektrix and put the renewed certificate in place."),
    "mismatch": ("shop.E034", "has a key that does not belong to its certificate.",
                 "Use the key that the signing request was made with."),
    "unreadable": ("shop.E034", "has a certificate or key that cannot be read.", "Both are PEM files without a password."),
    "soon": ("shop.W034", "has a certificate that ends on {until}.",
             "Have it renewed within its last month: access is lost the moment it ends."),
}  # fmt: skip


def _served() -> tuple[str, ...]:
    folders = [settings.STATIC_ROOT, settings.MEDIA_ROOT, *settings.STATICFILES_DIRS]
    return tuple(str(folder) for folder in folders if folder)


# Options that say how the visitor's browser and their hosted checkout are used.
OF_WEB_MODE = ("frame", "order_attributes")


def _agent(account: AccountConfig, start: str) -> list[CheckMessage]:
    """What an account in agent mode needs: every call that holds or books is signed."""
    found: list[CheckMessage] = []
    missing = [name for name in ("API_USER", "SECRET") if not account.keys.get(name.lower())]
    if missing:
        found.append(
            Error(
                f"Account {account.name} is in agent mode and has no {' and no '.join(missing)}.",
                hint=f"Set {' and '.join(start + name for name in missing)}, as the venue's API user got them, or take "
                f"{start}MODE away.",
                id="shop.E035",
            )
        )
    elif not _is_base64(account.keys["secret"]):
        found.append(
            Error(
                f"Account {account.name}: its SECRET is no base64.",
                hint=f"Copy {start}SECRET again, with the signs at its end.",
                id="shop.E035",
            )
        )
    idle = [
        name.upper() for name in OF_WEB_MODE if account.option(name).lower() in {"yes", "1", "true", "on"}
    ]
    if idle:
        found.append(
            Warning(
                f"Account {account.name} is in agent mode, where {' and '.join(idle)} have no meaning.",
                hint="They belong to the hosted checkout, which agent mode does not use. Take them away.",
                id="shop.W035",
            )
        )
    if account.live and not account.provider_mails:
        found.append(
            Warning(
                f"Account {account.name} is in agent mode, and the box office mails nobody.",
                hint=f"Tickets that are printed at home are seen by the customer alone, signed in at the box office. Where "
                f"the venue offers them, set {start}PROVIDER_MAILS=yes: its mail leads there.",
                id="shop.W036",
            )
        )
    return found


def _is_base64(secret: str) -> bool:
    try:
        return bool(base64.b64decode(secret, validate=True))
    except binascii.Error:
        return False


def of(account: AccountConfig) -> list[CheckMessage]:
    """What is wrong with one account; nothing for other kinds."""
    if account.kind not in {"spektrix", "spektrix-feed"}:
        return []
    start, found = prefix(account.name), []
    try:
        known = options.read_feed(account) if account.kind == "spektrix-feed" else options.read(account)
    except Misconfigured as wrong:
        return [
            Error(
                f"Account {account.name}: {wrong.detail}.",
                hint=f"Set {start}{wrong.detail.split(' ')[0]}; see “Provider accounts” in README.md.",
                id="shop.E018",
            )
        ]
    except (KeyError, ValueError):  # the time zone has a check of its own
        return []
    domain = account.option("custom_domain")
    if domain.startswith("http://") and not is_loopback(urlsplit(domain).hostname or ""):
        found.append(
            Error(
                f"Account {account.name}: its custom domain is called without encryption.",
                hint=f"{start}CUSTOM_DOMAIN must begin with https://: the visitor's basket is a cookie there.",
                id="shop.E019",
            )
        )
    if known.agent:
        found += _agent(account, start)
    if account.kind == "spektrix" and not known.agent and account.live and not domain:
        found.append(
            Warning(
                f"Account {account.name} has no custom domain.",
                hint=f"Set {start}CUSTOM_DOMAIN: most browsers do not keep the cookie of another site, and the basket "
                f"with it. Without one only the venue's own pages can be bought on.",
                id="shop.W019",
            )
        )
    if known.own_seats and account.live:
        found.append(
            Warning(
                f"Account {account.name} shows its own list of seats.",
                hint=f"Spektrix asks to be contacted before anybody builds a seat selector. Until that is done, take "
                f"{start}OWN_SEATS away: seats are then chosen on the venue's own page.",
                id="shop.W018",
            )
        )
    if account.kind == "spektrix-feed" and account.base_url.startswith("https://"):
        paths = account.option("certificate"), account.option("certificate_key")
        for one in certificate.findings(*paths, now=clock.now(), served=_served()):
            number, text, hint = FINDINGS[one.code]
            said = {"path": one.path, "until": f"{one.until:%d %B %Y}" if one.until else "", "start": start}
            kind = Error if one.serious else Warning
            found.append(
                kind(f"Account {account.name} {text.format(**said)}", hint=hint.format(**said), id=number)
            )
    return found
