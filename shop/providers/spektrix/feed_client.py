"""The v2 feed: GET only, with a client certificate and an API key. Elements out, nothing interpreted.

The key travels in the query, which is in no log of ours. Pages are those of "API v.2", "Getting Data".
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.addresses import is_loopback
from shop.providers.errors import BadAnswer, Misconfigured, Unavailable
from shop.providers.http import CATALOGUE_LIMIT, ApiSession
from shop.providers.spektrix import certificate, feed_xml
from shop.providers.spektrix.feed_xml import NoXml
from shop.providers.spektrix.options import Options

PAGE = 10  # what they send where nothing else is asked for
PAGES_AT_MOST = 2000


class FeedClient:
    """Raises Misconfigured without a key or, on https, without a certificate; else as `ApiSession.call`."""

    def __init__(self, config: AccountConfig, options: Options, *, polite: bool = False) -> None:
        self.account = config.name
        self._key = config.keys.get("api_key", "")
        if not self._key:
            raise Misconfigured("no API key is set", account=config.name)
        self.certificate = (config.option("certificate"), config.option("certificate_key"))
        encrypted = urlsplit(options.api).scheme == "https"
        if encrypted and not all(self.certificate):
            raise Misconfigured("CERTIFICATE or CERTIFICATE_KEY is missing", account=config.name)
        if not encrypted and not is_loopback(urlsplit(options.api).hostname or ""):
            raise Misconfigured("the feed is never read without encryption", account=config.name)
        self._api = ApiSession(
            options.api,
            account=config.name,
            headers={"Accept": "application/xml, text/xml"},
            polite=polite,
            rate_per_second=config.rate_per_second,
            certificate=self.certificate if encrypted else None,
            authority=config.option("certificate_authority"),
        )

    def _page(self, name: str, params: dict[str, Any]) -> list[Element]:
        verb = f"feed_{name.replace('-', '_')}"
        try:
            answer = self._api.call(
                "GET", f"/{name}", verb=verb, reads=True, raw=True, limit=CATALOGUE_LIMIT,
                params={**params, "api_key": self._key},
            )  # fmt: skip
        except (Unavailable, Misconfigured) as error:
            raise certificate.explained(error, self.certificate, now=http.now()) from None
        except OSError:
            # the library looks for the files when it connects
            raise Misconfigured(f"{verb}: certificate or key cannot be read", account=self.account) from None
        try:
            return feed_xml.children(feed_xml.parse(answer.content))
        except NoXml:
            raise BadAnswer(f"{verb}: not XML", account=self.account) from None

    def every(self, name: str, **params: str) -> list[Element]:
        """A whole list. `all=true` is documented to give it; a list of exactly one page may be one that does not
        know that parameter, so the rest is asked for until nothing new comes."""
        said = {key: value for key, value in params.items() if value}
        found = self._page(name, {**said, "all": "true"})
        if len(found) != PAGE:
            return found
        seen = {_identity(one) for one in found}
        for number in range(1, PAGES_AT_MOST):
            page = self._page(name, {**said, "offset": number * PAGE, "limit": PAGE})
            fresh = [one for one in page if _identity(one) not in seen]
            seen |= {_identity(one) for one in fresh}
            found += fresh
            if not fresh or len(page) < PAGE:
                return found
        raise BadAnswer(f"{name}: the list does not end", account=self.account)

    def events(self, event: str = "") -> list[Element]:
        """`GET events?event_id`."""
        return self.every("events", event_id=event)

    def instances(self, *, event: str = "", instance: str = "") -> list[Element]:
        """`GET instances?instance_id`; `event_id` is known to some servers, and compared on our side."""
        return self.every("instances", event_id=event, instance_id=instance)

    def statuses(
        self, *, since: date | None = None, until: date | None = None, instance: str = ""
    ) -> list[Element]:
        """`GET instance-status?instance_start_from&instance_start_to`, days as YYYY-MM-DD."""
        return self.every(
            "instance-status", instance_id=instance, instance_start_from=since.isoformat() if since else "",
            instance_start_to=until.isoformat() if until else "",
        )  # fmt: skip

    def price_lists(self, instance: str = "") -> list[Element]:
        """`GET price-lists?instance_id`."""
        return self.every("price-lists", instance_id=instance)

    def listed(self, name: str) -> list[Element]:
        """`GET plans`, `bands`, `ticket-types`, `memberships`, `offers`, `offers2` or `statements`, whole."""
        return self.every(name)


def _identity(element: Element) -> str:
    """What tells one member of a list from another: its id, or, of a status, plan and instance."""
    return element.get("id") or f"{feed_xml.ref(element, 'Instance')}/{feed_xml.ref(element, 'Plan')}"
