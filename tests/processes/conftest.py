"""One shop for all journeys into a basket that is the visitor's own cookie; one PostgreSQL and one Redis for all
tests of a session that need them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests import provision
from tests.processes.machines import Machines
from tests.processes.quay import Quay, begin


@pytest.fixture(scope="package")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quay]:
    with Quay(tmp_path_factory.mktemp("quay")) as stack:
        begin(stack)
        yield stack


@pytest.fixture(scope="session")
def machines() -> Iterator[Machines]:
    with contextlib.ExitStack() as opened:
        try:
            found = opened.enter_context(Machines.started())
        except provision.Missing as missing:
            provision.need(missing)
            raise
        yield found
