"""The shop with both venues of the imitated Spektrix, in this process: v3 by a mounted transport, the feed over TLS."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest

from catalog import availability, refresh, versions
from catalog.models import Event, Instance, ProviderAccount, RefreshRun
from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.spektrix import kept
from shop.standin.spektrix_tls_server import serve_tls
from shop.standin.transport import StandinAdapter
from tests.standin.spektrix_caller import CUSTOM, SYSTEM, Visitor, standin


@lru_cache(maxsize=1)
def _tls(app: Any) -> str:
    """Where the application answers over TLS; once in the life of this process."""
    return serve_tls(app, "127.0.0.1", 0)


class Houses:
    """Both venues, and what the shop knows of them."""

    def __init__(self, settings: Any) -> None:
        self.app = standin()
        self._settings = settings
        self.visitor = Visitor(self.app)
        # certificates are of today, so the clock is as well
        self.visitor.control("/clock", {"offset_seconds": 0})
        settings.PROVIDER_ACCOUNTS = {}
        settings.PROVIDERS = {
            "spektrix": "shop.providers.spektrix.provider.Spektrix",
            "spektrix-feed": "shop.providers.spektrix.feed.SpektrixFeed",
        }

    def add(self, name: str, client: str, **changes: Any) -> AccountConfig:
        """An account on v3. `option_x` sets the option X."""
        return self._keep(
            {
                "name": name, "kind": "spektrix", "title": name.title(), "base_url": f"{SYSTEM}/spektrix",
                "rate_per_second": 0, "options": {"client_name": client, "custom_domain": f"{CUSTOM}/spektrix"},
            },
            changes,
        )  # fmt: skip

    def add_feed(self, name: str = "mill", client: str = "thornfield", **changes: Any) -> AccountConfig:
        """An account on the v2 feed, over real TLS with a client certificate."""
        where = _tls(self.app)
        self.files = self.visitor.control("/spektrix/certificates")
        mine = self.files["clients"][client]
        options = {
            "client_name": client, "custom_domain": f"{CUSTOM}/spektrix", "certificate": mine["certificate"],
            "certificate_key": mine["key"], "certificate_authority": self.files["authority"],
        }  # fmt: skip
        return self._keep(
            {
                "name": name, "kind": "spektrix-feed", "title": name.title(), "base_url": f"https://{where}/spektrix",
                "timezone": "Europe/Dublin", "currency": "EUR", "rate_per_second": 0,
                "keys": {"api_key": mine["api_key"]}, "options": options,
            },
            changes,
        )  # fmt: skip

    def _keep(self, said: dict[str, Any], changes: dict[str, Any]) -> AccountConfig:
        own = {key[7:]: value for key, value in changes.items() if key.startswith("option_")}
        plain = {key: value for key, value in changes.items() if not key.startswith("option_")}
        config = AccountConfig(**{**said, **plain, "options": {**said["options"], **own}})
        self._settings.PROVIDER_ACCOUNTS = {**self._settings.PROVIDER_ACCOUNTS, config.name: config}
        self.forget()
        return config

    def change(self, name: str, **changes: Any) -> None:
        """Other settings for an account that is there."""
        config = self._settings.PROVIDER_ACCOUNTS[name]
        own = {key[7:]: value for key, value in changes.items() if key.startswith("option_")}
        plain = {key: value for key, value in changes.items() if not key.startswith("option_")}
        found = dataclasses.replace(config, **plain, options={**config.options, **own})
        self._settings.PROVIDER_ACCOUNTS = {**self._settings.PROVIDER_ACCOUNTS, name: found}
        self.forget()

    @staticmethod
    def forget() -> None:
        kept.forget()
        availability._terms.cache_clear()

    def refresh(self, name: str) -> RefreshRun:
        self.forget()
        return refresh.refresh_account(name, trigger="test")

    def account(self, name: str) -> ProviderAccount:
        return ProviderAccount.objects.get(name=name)

    def event(self, account: str, number: int) -> Event:
        """By the whole number in front of its id."""
        rows = Event.objects.filter(account__name=account, gone_at=None)
        return next(row for row in rows if row.provider_ref.partition("A")[0] == str(number))

    def dates(self, account: str, number: int) -> list[Instance]:
        return list(self.event(account, number).instances.filter(gone_at=None).order_by("starts_at"))

    def journal(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.visitor.control("/journal?limit=1000")["calls"]
        return [call for call in found if "/_standin/" not in str(call.get("path", ""))]


@pytest.fixture
def houses(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Houses]:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.FETCH_POSTERS = False
    found = Houses(settings)
    monkeypatch.setattr(
        http, "mounts", {SYSTEM: StandinAdapter(found.app), CUSTOM: StandinAdapter(found.app)}
    )
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    versions.forget()
    yield found
    Houses.forget()
    versions.forget()
