"""The stand-in's own small SQLite file: it survives a restart and never rolls back with the shop."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CORE_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    world TEXT NOT NULL,
    name TEXT NOT NULL,
    match TEXT NOT NULL DEFAULT '',
    params TEXT NOT NULL,
    times_left INTEGER NOT NULL,
    skip INTEGER NOT NULL DEFAULT 0,
    used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    world TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    status INTEGER,
    response TEXT NOT NULL,
    milliseconds REAL NOT NULL,
    fault TEXT
);
"""


class Store:
    """One file, one connection per thread.

    ``write()`` and ``read()`` are context managers that yield a ``sqlite3.Connection`` with named rows.
    A ``write()`` or ``read()`` inside a ``write()`` of the same thread joins it: the outermost one commits,
    and an exception anywhere inside undoes everything.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        self._local = threading.local()
        # Writers of this process queue here, which is fairer than SQLite's own polling; BEGIN IMMEDIATE
        # still guards against another process that opens the same file.
        self._writers = threading.RLock()
        self.apply(CORE_SCHEMA)

    def apply(self, schema: str) -> None:
        """Run ``CREATE TABLE IF NOT EXISTS`` statements."""
        with self._writers:
            self._connection().executescript(schema)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA busy_timeout = 10000")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
            self._local.depth = 0
        return connection

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """The thread's own connection, in autocommit unless a ``write()`` or ``read()`` is open."""
        yield self._connection()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One writer at a time, committed at the end, undone on any exception."""
        with self._writers:
            connection = self._connection()
            if self._local.depth:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            self._local.depth = 1
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            else:
                connection.execute("COMMIT")
            finally:
                self._local.depth = 0

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Reads that all see the same moment. Nothing may be written inside."""
        connection = self._connection()
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close this thread's connection; the others go with their threads."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
