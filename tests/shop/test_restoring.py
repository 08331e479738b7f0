"""What a restore looks at before it takes a database over, and that a backup ends while the shop sells."""

from __future__ import annotations

import itertools
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from shop import backups, restoring

MOST_WRITES = 20_000


@pytest.mark.django_db
def test_tables_of_somebody_else_are_in_the_way_of_a_restore() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE wages (id integer PRIMARY KEY, sum integer)")
        assert "wages" not in restoring.in_the_way()
        cursor.execute("INSERT INTO wages VALUES (1, 100), (2, 200)")
    assert restoring.in_the_way()["wages"] == 2


@pytest.mark.django_db
def test_what_migrate_makes_is_not_in_the_way() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        assert cursor.fetchone()[0]
    there = restoring.in_the_way()
    assert not {"django_migrations", "django_content_type", "auth_permission"} & set(there)


def test_a_backup_ends_while_others_write_all_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "shop.sqlite3"
    with closing(sqlite3.connect(source)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE document (content blob)")
        made.execute("CREATE TABLE heartbeat (at integer)")
        made.execute("INSERT INTO heartbeat VALUES (0)")
        made.executemany("INSERT INTO document VALUES (?)", [(b"x" * 3000,)] * 8000)
        made.commit()
    begun, enough = threading.Event(), threading.Event()
    written = []

    def write() -> None:
        with closing(sqlite3.connect(source, timeout=20)) as own:
            own.execute("PRAGMA synchronous=OFF")
            for number in itertools.count(1):
                own.execute("UPDATE heartbeat SET at = ?", [number])
                own.commit()
                begun.set()
                if enough.is_set() or number == MOST_WRITES:
                    written.append(number)
                    return

    params = {"database": str(source)}
    monkeypatch.setattr(backups, "connection", SimpleNamespace(get_connection_params=lambda: params))
    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    try:
        assert backups._sqlite(tmp_path)["counts"]["document"] == 8000
    finally:
        enough.set()
        writer.join()
    assert written[0] < MOST_WRITES, "it ended only when nobody wrote any more"


def test_what_a_killed_run_left_in_the_clear_goes_with_the_next(tmp_path: Path, settings: Any) -> None:
    settings.RUN_DIR = tmp_path
    killed, under_way = tmp_path / "backup-killed", tmp_path / "backup-now"
    for folder in (killed, under_way):
        folder.mkdir()
        (folder / "keys.json").write_text("{}")
    os.utime(killed, (1, 1))
    with backups.room() as own:
        assert own.is_dir()
        assert not killed.exists()
        assert under_way.exists()
