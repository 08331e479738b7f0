"""One shop for all journeys into a basket that is the visitor's own cookie."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes.quay import Quay, begin


@pytest.fixture(scope="package")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quay]:
    with Quay(tmp_path_factory.mktemp("quay")) as stack:
        begin(stack)
        yield stack
