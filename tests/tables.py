"""The tables of the shop, made once for all workers of a run: each of them, and each ground of the campaign, would
otherwise begin with every migration there ever was.

`python -m tests.tables` makes them beside the checks of `make test`; whoever runs single tests does without.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created


def _kept() -> Path | None:
    shelf = os.environ.get("TEST_SHELF")
    return Path(shelf) / "tables.sqlite3" if shelf else None


def _filled(*, connection: Any, **_more: Any) -> None:
    kept = _kept()
    if connection.vendor != "sqlite" or not connection.is_in_memory_db() or kept is None or not kept.exists():
        return
    if connection.connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None:
        with contextlib.closing(sqlite3.connect(kept)) as whole:
            whole.backup(connection.connection)


@contextlib.contextmanager
def ready_made() -> Iterator[None]:
    """Inside, a database in memory that is empty begins with them; migrating it finds nothing left to do."""
    connection_created.connect(_filled)
    yield
    connection_created.disconnect(_filled)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    kept = _kept()
    assert kept is not None, "TEST_SHELF says where"
    connection.settings_dict["NAME"] = ":memory:"
    call_command("migrate", verbosity=0, interactive=False)
    fresh = kept.with_suffix(".new")
    with contextlib.closing(sqlite3.connect(fresh)) as whole:
        connection.connection.backup(whole)
    fresh.replace(kept)  # at once: nobody begins with half of them


if __name__ == "__main__":
    main()
