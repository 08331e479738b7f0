"""For every test: nobody reaches the network, the clock moves by hand, no provider is called in a transaction."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import stripe
from django.conf import settings
from django.core.cache import cache
from django.db import connection

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser driver runs a loop in its own thread

from tests import nursery, stack, tables, turns
from tests.browser import chromium, open_page, page, whole_chromium  # noqa: F401
from tests.frames import roomy
from tests.made_once import made_once

# nothing asserts a duration: a worker may wait for its turn for longer than hypothesis lets an example take
hypothesis.settings.register_profile(
    "any time", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any time")

_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: object) -> None:
    if isinstance(address, tuple) and str(address[0]) not in {"127.0.0.1", "::1", "localhost"}:
        raise AssertionError(f"a test tried to reach {address[0]}")
    return _connect(self, address)  # type: ignore[arg-type]


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Only this machine can be reached."""
    socket.socket.connect = _loopback_only  # type: ignore[method-assign]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def sql_made_once() -> Iterator[None]:
    """A third of a test of the shop would go into writing the same SELECTs anew."""
    with made_once(Counter()):
        yield


@pytest.fixture(autouse=True, scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Called before the tables are made: where somebody has made them already, they are taken."""
    with tables.ready_made():
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_births() -> Iterator[None]:
    """Processes of the shop begin as forks of one that has imported everything."""
    stack.births = nursery.Nursery()
    yield
    stack.births.close()
    stack.births = None


@pytest.fixture(autouse=True, scope="session")
def tries_follow_at_once() -> Iterator[None]:
    """Between two tries of a call nobody waits, neither for a provider nor for the payment company."""
    from shop.providers import http

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "sleep", lambda seconds: None)
        patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
        patch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
        yield


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    from catalog import kept

    cache.clear()
    kept.forget()


@pytest.fixture(autouse=True)
def no_call_in_a_transaction(request: pytest.FixtureRequest) -> Iterator[None]:
    """The test's own transaction is not counted; any other that is open at a provider call is an error."""
    from shop import guards

    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        request.getfixturevalue(
            "transactional_db"
            if "transactional_db" in request.fixturenames
            or (
                (marker := request.node.get_closest_marker("django_db"))
                and (marker.kwargs.get("transaction") or (marker.args and marker.args[0]))
            )
            else "db"
        )
        guards.baseline = len(connection.atomic_blocks)
    yield
    guards.baseline = 0


@pytest.fixture
def move_clock() -> Iterator[Callable[[timedelta | datetime], None]]:
    """Move the shop's clock: by a timedelta from now, or to a time."""
    from shop import clock

    path = Path(settings.CLOCK_FILE)

    def move(to: timedelta | datetime) -> None:
        offset = clock.offset() + to if isinstance(to, timedelta) else to - (clock.now() - clock.offset())
        path.write_text(str(offset.total_seconds()))
        os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))

    path.unlink(missing_ok=True)
    yield move
    path.unlink(missing_ok=True)


LINES_OF_A_FIRST_TRY = 60
BY_NAME_ONLY = {"live": "leaves this machine: only with -m live", "long": "takes minutes: only with -m long"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = config.option.markexpr or ""
    for item in items:
        for name, why in BY_NAME_ONLY.items():
            if item.get_closest_marker(name) and name not in asked:
                item.add_marker(pytest.mark.skip(reason=why))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tests that belong to one worker are known by their ids: a pair of versions that loses them is an error."""
    if getattr(session.config.option, "dist", "no") == "loadgroup" and hasattr(session.config, "workerinput"):
        lost = [
            i.nodeid for i in session.items if i.get_closest_marker("xdist_group") and "@" not in i.nodeid
        ]
        if lost:
            raise pytest.UsageError(f"pytest and pytest-xdist do not fit: {lost[0]} lost its group")
    # the shop and all tests are there by now: nobody looks through them again for what can be thrown away
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 50)


ROOMY = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Any:
    """Once more, with room for all that is called, here and in every thread."""
    if ROOMY in config.stash:
        return None
    config.stash[ROOMY] = True
    threading.Thread.run = roomy(threading.Thread.run)  # type: ignore[method-assign]
    return roomy(config.hook.pytest_cmdline_main)(config=config)


CORE = pytest.StashKey[turns.Core | None]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CORE] = None
    if hasattr(config, "workerinput"):
        turns.long()
        config.stash[CORE] = turns.core()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Whoever computes for a minute has a core for it."""
    core = item.config.stash[CORE] if item.get_closest_marker("computes") else None
    if core is None:
        return (yield)
    core.take()
    try:
        return (yield)
    finally:
        core.give_back()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What went wrong the first time, of tests that were tried twice: nobody could find out otherwise."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first try of {report.nodeid}")
        terminalreporter.write_line("\n".join(report.longreprtext.splitlines()[-LINES_OF_A_FIRST_TRY:]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    shutil.rmtree(settings.TESTS_ROOM, ignore_errors=True)
