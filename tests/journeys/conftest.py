"""One running shop for all journeys, stopped after the last of them; no fault of one test is left for the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import house
from tests.journeys.visitor import Visitor
from tests.stack import Stack

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """All of them to the same worker, which starts the shop once; marked before the groups are read."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.processes)
            if config.pluginmanager.hasplugin("xdist"):
                item.add_marker(pytest.mark.xdist_group("journeys"))


@pytest.fixture(scope="package")
def stack(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """After the browser, so that a machine without one starts nothing."""
    with house.opened(tmp_path_factory.mktemp("journeys"), FETCH_POSTERS="no") as opened:
        yield opened


@pytest.fixture(autouse=True)
def no_fault_is_left(stack: Stack) -> Iterator[None]:
    stack.standin.delete("faults")
    yield
    stack.standin.delete("faults")


@pytest.fixture
def visit(stack: Stack, open_page: Callable[..., Any]) -> Callable[..., Visitor]:
    """Open a browser of its own for somebody: `visit("Ada", scripts=False, width=1280)`."""

    def come(name: str = "Ada", **how: Any) -> Visitor:
        return Visitor(open_page(**how), stack, name)

    return come


@pytest.fixture
def ada(visit: Callable[..., Visitor]) -> Visitor:
    """Somebody with a phone."""
    return visit()
