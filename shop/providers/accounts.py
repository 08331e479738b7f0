"""Provider accounts as the environment describes them.

`PROVIDER_ACCOUNTS=west-end,arena` names them; each then has variables with its own prefix
(`ACCOUNT_WEST_END_...`). Two accounts of one kind work side by side. Nothing of this is in the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

KINDS = ("londontheatredirect", "tickethead", "spektrix", "spektrix-feed", "xs2event")


@dataclass(frozen=True)
class AccountConfig:
    """Credentials and route at one provider. `keys` never appears in a repr, a log or a page."""

    name: str
    kind: str
    title: str
    base_url: str
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    timezone: str = "Europe/London"
    currency: str = "GBP"
    payment_route: str = ""  # "" is what the provider does by default
    live: bool = False
    rate_per_second: float = 2.0  # of the refresh; buyers are not slowed by it
    allowed_hosts: tuple[str, ...] = ()  # where a payment page, a document or a poster may be
    provider_mails: bool = False  # the provider mails the buyer instead of us
    options: Mapping[str, str] = field(default_factory=dict)

    def option(self, name: str, default: str = "") -> str:
        return self.options.get(name, default)


class AccountError(ValueError):
    """An account that is described wrongly; the text says which variable and what it should be."""


PLAIN = {"KIND", "TITLE", "BASE_URL", "TIMEZONE", "CURRENCY", "PAYMENT_ROUTE", "LIVE", "RATE_PER_SECOND",
         "ALLOWED_HOSTS", "PROVIDER_MAILS"}  # fmt: skip
SECRET = ("API_KEY", "PUBLISHABLE_KEY", "USERNAME", "PASSWORD", "SECRET", "API_USER", "SEATSIO_SECRET")


def prefix(name: str) -> str:
    return "ACCOUNT_" + name.upper().replace("-", "_") + "_"


def read_account(
    name: str, environ: Mapping[str, str], defaults: Mapping[str, Mapping[str, str]]
) -> AccountConfig:
    """One account from the environment; `defaults` holds what a kind presets (`BASE_URL` ...)."""
    start = prefix(name)
    given = {key[len(start) :]: value for key, value in environ.items() if key.startswith(start)}
    kind = given.get("KIND", "")
    if kind not in KINDS:
        raise AccountError(f"{start}KIND is {kind!r}; it is one of {', '.join(KINDS)}")
    said = {**defaults.get(kind, {}), **{key: value for key, value in given.items() if value != ""}}

    def number(key: str, default: float) -> float:
        try:
            return float(said.get(key, default))
        except ValueError:
            raise AccountError(f"{start}{key} is not a number") from None

    def yes(key: str) -> bool:
        value = said.get(key, "no").lower()
        if value not in {"1", "0", "yes", "no", "true", "false", "on", "off"}:
            raise AccountError(f"{start}{key} is yes or no")
        return value in {"1", "yes", "true", "on"}

    if not said.get("BASE_URL"):
        raise AccountError(f"{start}BASE_URL is missing")
    return AccountConfig(
        name=name,
        kind=kind,
        title=said.get("TITLE", name.replace("-", " ").title()),
        base_url=said["BASE_URL"].rstrip("/"),
        keys={key.lower(): said[key] for key in SECRET if key in said},
        timezone=said.get("TIMEZONE", "Europe/London"),
        currency=said.get("CURRENCY", "GBP").upper(),
        payment_route=said.get("PAYMENT_ROUTE", ""),
        live=yes("LIVE"),
        rate_per_second=number("RATE_PER_SECOND", 2.0),
        allowed_hosts=_hosts(said),
        provider_mails=yes("PROVIDER_MAILS"),
        options={k.lower(): v for k, v in said.items() if k not in PLAIN and k not in SECRET},
    )


def _hosts(said: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts that are listed, and that of the account's own custom domain."""
    listed = [host.strip().lower() for host in said.get("ALLOWED_HOSTS", "").split(",")]
    own = urlsplit(said.get("CUSTOM_DOMAIN", "")).netloc.lower()
    return tuple(dict.fromkeys(filter(None, [*listed, own])))


Reader = Callable[[str, str], str]
