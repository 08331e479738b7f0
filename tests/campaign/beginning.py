"""How a database was at first, and back to it.

SQLite's own copying of a whole database would do, but after it every question is prepared anew, and the plans of all
tables are read once more: a sixth of a history. So what stood in the tables is written back.
"""

from __future__ import annotations

import sqlite3

BESIDE, NUMBERS = "at_first", "sqlite_sequence"
TABLES = f"""
SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%' ORDER BY name = '{NUMBERS}', rowid
"""


class Beginning:
    """Of a connection that commits by itself. What is kept is in the same connection, beside the database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._tables = self._there()
        connection.execute(f"ATTACH ':memory:' AS {BESIDE}")
        for table in self._tables:
            connection.execute(f'CREATE TABLE {BESIDE}."kept {table}" AS SELECT * FROM main."{table}"')

    def _there(self) -> list[str]:
        return [str(row[0]) for row in self._connection.execute(TABLES)]

    def back(self) -> None:
        do = self._connection.execute
        do("BEGIN IMMEDIATE")
        for table in self._there():  # also one that was made meanwhile
            do(f'DELETE FROM main."{table}"')
        for table in self._tables:
            if table == NUMBERS:  # the last: whatever is written counts up there
                do(f"DELETE FROM main.{NUMBERS}")
            do(f'INSERT INTO main."{table}" SELECT * FROM {BESIDE}."kept {table}"')
        do("COMMIT")
