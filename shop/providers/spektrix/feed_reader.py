"""The lists of the v2 feed, each read when it is first needed and once in the life of this object.

Events and dates must be there. Everything else may be absent: names, prices and numbers are then not known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from xml.etree.ElementTree import Element

from shop.providers.errors import BadAnswer
from shop.providers.http import ApiError
from shop.providers.spektrix import feed_xml, kept, prices, reading
from shop.providers.spektrix.feed_client import FeedClient
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.prices import Price
from shop.providers.spektrix.reading import Json
from shop.providers.types import Window

T = TypeVar("T")
Rows = dict[str, tuple[Json, dict[str, Json]]]


class FeedReader:
    def __init__(self, client: FeedClient, options: Options) -> None:
        self.client = client
        self.options = options
        self._mine: dict[str, object] = {}

    def _once(self, name: str, ask: Callable[[], T]) -> T:
        if name not in self._mine:
            self._mine[name] = ask()
        found: T = self._mine[name]  # type: ignore[assignment]
        return found

    def optional(self, ask: Callable[[], list[Element]]) -> list[Element]:
        """A list that an account may not have, or not any more."""
        try:
            return ask()
        except (ApiError, BadAnswer):
            return []

    def _names(self, name: str) -> dict[str, str]:
        def ask() -> dict[str, str]:
            key = (self.options.api, "feed", name)
            listed = kept.kept(
                key, kept.LIST_SECONDS, lambda: self.optional(lambda: self.client.listed(name))
            )
            return {str(one.get("id")): feed_xml.text(one, "Name") for one in listed if one.get("id")}

        return self._once(name, ask)

    @property
    def bands(self) -> dict[str, str]:
        return self._names("bands")

    @property
    def types(self) -> dict[str, str]:
        return self._names("ticket-types")

    def plans(self) -> dict[str, Json]:
        """All plans and the plans below them, by id."""

        def ask() -> dict[str, Json]:
            key = (self.options.api, "feed", "plans")
            listed = kept.kept(
                key, kept.PLAN_SECONDS, lambda: self.optional(lambda: self.client.listed("plans"))
            )
            found: dict[str, Json] = {}
            todo = [feed_xml.plan(one) for one in listed]
            while todo:
                one = todo.pop()
                ref = reading.optional_ref(one, "id")
                # one that is only referenced has no name; the one that is described has
                if ref and (ref not in found or not found[ref]["name"]):
                    found[ref] = one
                todo += one["areas"]
            return found

        return self._once("plans", ask)

    def price_lists(self, instance: str = "") -> dict[str, list[Price]]:
        """Price list id -> its prices, of one instance or of all."""

        def ask() -> dict[str, list[Price]]:
            found = {}
            for one in self.optional(lambda: self.client.price_lists(instance)):
                raw = feed_xml.price_list(one, self.bands, self.types)
                found[str(raw["id"] or "")] = prices.price_list(raw, self.options)
            return found

        return self._once(f"price-lists {instance}", ask)

    def statuses(self, window: Window | None = None, instance: str = "") -> Rows:
        """Instance id -> the whole plan's row and all rows."""

        def ask() -> list[Element]:
            if window is None:
                return self.client.statuses(instance=instance)
            return self.client.statuses(since=window.since, until=window.until)

        return self._once(
            f"status {window} {instance}",
            lambda: feed_xml.statuses_of([feed_xml.status(one) for one in self.optional(ask)]),
        )
