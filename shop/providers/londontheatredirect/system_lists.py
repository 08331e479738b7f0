"""Countries and US states: the same for every buyer, so a process asks for them once an hour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shop.providers import http
from shop.providers.errors import Misconfigured, ProviderError
from shop.providers.londontheatredirect import submitted
from shop.providers.londontheatredirect.client import Client
from shop.providers.types import Choice

KEEP_SECONDS = 3600.0
_kept: dict[tuple[str, str], tuple[float, tuple[Choice, ...]]] = {}


def forget() -> None:
    """Ask anew next time."""
    _kept.clear()


class SystemLists:
    def __init__(self, client: Client, base_url: str) -> None:
        self._client = client
        self._base_url = base_url

    def countries(self) -> tuple[Choice, ...]:
        return self._list("countries", self._client.countries, submitted.countries)

    def us_states(self) -> tuple[Choice, ...]:
        return self._list("us_states", self._client.us_states, submitted.states)

    def _list(
        self, name: str, ask: Callable[[], list[Any]], read: Callable[[list[Any]], tuple[Choice, ...]]
    ) -> tuple[Choice, ...]:
        """The list, or an empty one where it cannot be had: neither answer is required."""
        key, now = (self._base_url, name), http.monotonic()
        kept = _kept.get(key)
        if kept and now - kept[0] < KEEP_SECONDS:
            return kept[1]
        try:
            found = read(ask())
        except Misconfigured:
            raise
        except ProviderError:
            return kept[1] if kept else ()
        if found:
            _kept[key] = (now, found)
        return found
