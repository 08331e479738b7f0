"""One shop for all journeys into a basket that is the visitor's own cookie; one PostgreSQL and one Redis for all
tests of a session that need them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests import provision
from tests.processes.kills import opened
from tests.processes.machines import Machines
from tests.processes.quay import Quay, begin
from tests.processes.till import Till


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


@pytest.fixture(scope="module")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """The shop whose processes a module's tests kill: of the kind that its `HOUSE` names."""
    yield from opened(request, request.module.HOUSE, tmp_path_factory.mktemp("house"))


@pytest.fixture
def shop(house: Till) -> Till:
    """It, with everything alive again and nothing broken."""
    house.alive()
    return house
