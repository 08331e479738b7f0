"""What can be read without a basket, with what changes seldom kept for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shop.providers import http
from shop.providers.errors import BadAnswer, NotOnSale
from shop.providers.http import ApiError
from shop.providers.spektrix import inferred, inferred_agent, kept, mapping, plans, prices, reading, status
from shop.providers.spektrix.client import Client
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.plans import Leaf
from shop.providers.spektrix.prices import Price
from shop.providers.spektrix.reading import Json
from shop.providers.spektrix.status import Left
from shop.providers.types import Choice, VenueInfo

GONE = frozenset({404, 410})


class Reader:
    """Reads of one account; plans, prices and venues are shared by the process."""

    def __init__(self, client: Client, options: Options, *, polite: bool = False) -> None:
        self.client = client
        self.options = options
        self._price_seconds = kept.REFRESH_SECONDS if polite else kept.PRICE_SECONDS
        self.account = options.account

    def instance(self, instance_ref: str) -> Json:
        """Raises NotOnSale where they do not know it."""
        try:
            return self.client.instance(instance_ref)
        except ApiError as error:
            if error.status in GONE:
                raise NotOnSale("no such instance", account=self.account) from None
            raise

    def plan(self, instance: Json) -> Json | None:
        """The seating plan of an instance; None where it has none. Kept by plan, which many dates share."""
        ref, plan_ref = reading.ref(instance, "id"), reading.optional_ref(instance, "planId")

        def ask() -> Json | None:
            try:
                return plans.slim(self.client.plan(ref), keep_seats=self.options.own_seats)
            except ApiError as error:
                if error.status in GONE or not plan_ref:
                    return None
                raise

        return kept.kept(
            (self.options.api, f"plan {self.options.own_seats}", plan_ref or f"of {ref}"),
            kept.PLAN_SECONDS,
            ask,
        )

    def leaves(self, instance: Json) -> list[Leaf]:
        """What tickets can be bought for; empty for an instance without a plan."""
        plan = self.plan(instance)
        return [] if plan is None else plans.leaves(plan, reading.optional_ref(instance, "planId"))

    def prices(self, instance: Json) -> list[Price]:
        """The price list of an instance, kept by list."""
        ref, list_ref = reading.ref(instance, "id"), reading.linked(instance, "priceList")
        key = (self.options.api, "prices", list_ref or f"of {ref}")
        raw = kept.kept(key, self._price_seconds, lambda: self._price_list(ref))
        return prices.price_list(raw, self.options)

    def _price_list(self, instance_ref: str) -> Json:
        try:
            return self.client.price_list(instance_ref)
        except ApiError as error:
            if error.status in GONE:
                return {}
            raise

    def status(self, instance_ref: str) -> Left:
        """What is left in the whole plan; nothing is known where they do not say."""
        try:
            raw = self.client.status(instance_ref)
        except ApiError as error:
            if error.status not in GONE:
                raise
            raw = {}
        return status.left(raw, self.options)

    def left(self, instance_ref: str, leaves: list[Leaf], whole: Left) -> dict[str, Left]:
        """What is left in each area: from the whole answer where it has areas, else asked area by area."""
        if len(leaves) == 1 and leaves[0].whole:
            return {leaves[0].ref: whole}
        inside = inferred.child_statuses(whole.raw)
        found = {}
        for leaf in leaves:
            if leaf.ref in inside:
                found[leaf.ref] = status.left(inside[leaf.ref], self.options)
                continue
            try:
                found[leaf.ref] = status.left(self.client.area_status(instance_ref, leaf.ref), self.options)
            except ApiError as error:
                if error.status not in GONE | {400}:
                    raise
        return found

    def seat_states(self, instance_ref: str) -> dict[str, inferred.SeatState]:
        """By seat id; empty where the answer is no JSON or no list of seats."""
        try:
            return inferred.seat_states(self.client.seat_status(instance_ref))
        except BadAnswer:
            return {}

    def venues(self) -> dict[str, VenueInfo]:
        raw: list[Any] = kept.kept((self.options.api, "venues"), kept.LIST_SECONDS, self.client.venues)
        return mapping.venues(raw, timezone=self.options.zone.key)

    def countries(self) -> tuple[Choice, ...]:
        """Countries of an address, by their names; empty where they cannot be told."""
        try:
            raw: list[Any] = kept.kept(
                (self.options.api, "countries"), kept.PLAN_SECONDS, self.client.countries
            )
        except (ApiError, BadAnswer):
            return ()
        return inferred_agent.countries(raw)

    def now(self) -> datetime:
        return http.now()
