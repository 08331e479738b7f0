"""Keys of London Theatre Direct: who may book on account, and which list a key is given.

Source: London Theatre Direct, Booking API, "Submit Order on Account": "not available as standard on production
environment"; it is unlocked for an account. What a locked account is told is not documented; our reading: 403 with the
error object.
"""

from __future__ import annotations

import os
from typing import Any

from shop.standin.journal import fingerprint
from shop.standin.ltd_calendar import Calendar, Performance, ticket_parts
from shop.standin.ltd_season import EventSpec
from shop.standin.ltd_words import Problem
from shop.standin.wsgi import Env

DEFAULT_KEYS = "demo-ltd-key,second-ltd-key,account-ltd-key"
# Unlocked from the start; these see the tour and nothing else.
DEFAULT_ACCOUNT_KEYS = "account-ltd-key"


class Accounts:
    def __init__(self, env: Env, calendar: Calendar) -> None:
        self.calendar = calendar
        self.on_tour = _keys(env, "ltd_account_keys", "STANDIN_LTD_ACCOUNT_KEYS", DEFAULT_ACCOUNT_KEYS)
        self.keys = self.on_tour | _keys(env, "ltd_keys", "STANDIN_LTD_KEYS", DEFAULT_KEYS)
        self._tour_owners = {fingerprint(key) for key in self.on_tour}
        self._names = {fingerprint(key): key for key in self.keys}

    # Sight

    def sees(self, owner: str, spec: EventSpec) -> bool:
        """``owner``: a key's fingerprint. The season and the tour are two lists."""
        return spec.tour == (owner in self._tour_owners)

    def sees_performance(self, owner: str, found: Performance | None) -> bool:
        return found is not None and self.sees(owner, found.spec)

    def sees_tickets(self, owner: str, ticket_ids: list[int]) -> bool:
        """False when one of them belongs to the other list; an id that means nothing is somebody else's business."""
        found = (self.calendar.performance(ticket_parts(ticket_id)[0]) for ticket_id in ticket_ids)
        return all(each is None or self.sees(owner, each.spec) for each in found)

    # On account

    def unlocked(self, owner: str) -> bool:
        kept: bool = self.calendar.unlocked().get(owner, owner in self._tour_owners)
        return kept

    def check(self, owner: str) -> None:
        """Raises 403 for an account that is not unlocked."""
        if not self.unlocked(owner):
            raise locked()

    def turn(self, key: str, unlocked: bool) -> None:
        if key not in self.keys:
            raise LookupError(f"No key {key}; there is {', '.join(sorted(self.keys))}.")
        self.calendar.change("account", 0, {fingerprint(key): unlocked})

    def listed(self) -> list[dict[str, Any]]:
        return [
            {
                "key": key,
                "account": owner,
                "unlocked": self.unlocked(owner),
                "list": "tour" if owner in self._tour_owners else "season",
            }
            for owner, key in sorted(self._names.items(), key=lambda pair: pair[1])
        ]


def locked() -> Problem:
    return Problem(403, "Forbidden", "Booking on account is not enabled for your account. Please contact us.")


def _keys(env: Env, option: str, variable: str, default: str) -> set[str]:
    given = env.options.get(option) or os.environ.get(variable, default).split(",")
    return {key.strip() for key in given if key.strip()}
