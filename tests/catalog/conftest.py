"""A pretend account "west-end" (and "arena") whose season a test writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from catalog import availability, versions
from shop.providers.accounts import AccountConfig
from tests import factories_catalog as make
from tests.factories_catalog import Provider, Season
from tests.pseudo import pseudo_language


def _config(name: str, **values: object) -> AccountConfig:
    return AccountConfig(
        name=name, kind="pretend", title=name.title(), base_url="http://pretend.invalid", **values
    )  # type: ignore[arg-type]


@pytest.fixture
def season(settings: object, tmp_path: Path) -> Iterator[Season]:
    settings.PROVIDER_ACCOUNTS = {  # type: ignore[attr-defined]
        "west-end": _config("west-end", rate_per_second=0, allowed_hosts=("127.0.0.1:1",)),
        "arena": _config("arena", rate_per_second=0, timezone="Europe/Vienna", currency="EUR"),
    }
    settings.PROVIDERS = {"pretend": "tests.factories_catalog.Provider"}  # type: ignore[attr-defined]
    settings.MEDIA_ROOT = str(tmp_path)  # type: ignore[attr-defined]
    Provider.season = Season()
    availability._terms.cache_clear()
    yield Provider.season
    availability._terms.cache_clear()


@pytest.fixture(autouse=True)
def fresh_version() -> Iterator[None]:
    versions.forget()
    yield
    versions.forget()


@pytest.fixture
def greek(season: Season, settings: Any) -> Iterator[Season]:
    settings.SHOP_NAME = "Θέατρο"
    settings.SHOP_TELEPHONE = "210 999"
    settings.SHOP_EMAIL = "box@example.org"
    with pseudo_language() as code, translation.override(code):
        make.account("west-end", title="Ταμείο")
        yield season
