"""A backup brought back: looked at from all sides first, into an empty database, sealed with this machine's keys, proved.

What happened since the backup is in the books of the payment company and of the providers alone. Ids that were given
since are never given again (`LEAP`): they are written into payments there, and a message about one must not find another.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from shop import backups, crypto, rotation
from shop.backups import Archive, BackupError

LEAP = 1_000_000  # more ids than a shop gives between two backups
LEAPING = ("baskets", "checkout")  # whose ids are told to others
# in an empty database too
MADE_BY_MIGRATE = {"contenttypes.ContentType", "auth.Permission", "auth.Group", "auth.Group_permissions"}
NOTED_BY_MIGRATE = "django_migrations"
Say = Callable[[str], None]


@dataclass
class Outcome:
    """`wrong`: what the last look found; empty: all is as it was."""

    counts: dict[str, int] = field(default_factory=dict)
    resealed: int = 0
    wrong: list[str] = field(default_factory=list)


# --- looked at first ------------------------------------------------------------------------------------------


def check(archive: Archive) -> None:
    """Whether it fits this shop. Raises BackupError; touches nothing."""
    vendor = archive.manifest["database"]["vendor"]
    if vendor != connection.vendor:
        raise BackupError(
            f"This is a backup of {vendor}, and DATABASE_URL names {connection.vendor}. Restore it into {vendor}."
        )
    known = set(MigrationLoader(None).disk_migrations)
    unknown = [
        f"{app}.{name}" for app, name in _applied(archive) if (app, name) not in known and _is_here(app)
    ]
    unknown += [f"{app}.{name}" for app, name in _applied(archive) if not _is_here(app)]
    if unknown:
        raise BackupError(
            "This backup was made by a newer version of the shop, or by another one: it knows the migrations "
            f"{', '.join(unknown[:5])}{' ...' if len(unknown) > 5 else ''}. Install that version first."
        )


def _is_here(app: str) -> bool:
    return app in {config.label for config in apps.get_app_configs()}


def _applied(archive: Archive) -> list[tuple[str, str]]:
    return [(app, name) for app, name in archive.manifest["migrations"]]


def in_the_way() -> dict[str, int]:
    """Rows of this database that a restore would overwrite: table -> how many. Empty: nothing is in it.

    Every table counts, also one that is not the shop's: a restore takes all of them away, and a name mistyped in
    DATABASE_URL may lead to somebody else's database.
    """
    made = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label in MADE_BY_MIGRATE
    }
    found = {}
    for table in sorted(set(connection.introspection.table_names()) - made - {NOTED_BY_MIGRATE}):
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
                count = cursor.fetchone()[0]
        except DatabaseError as error:
            raise BackupError(f"The database cannot be read: {str(error).splitlines()[0]}") from None
        if count:
            found[table] = count
    return found


# --- brought back ---------------------------------------------------------------------------------------------


def restore(archive: Archive, say: Say) -> Outcome:
    """Put the rows and the pictures back and prove it. The database must be empty, or whoever asks knows that it is not.

    Raises BackupError where that is not possible; then it can be begun again.
    """
    outcome = Outcome()
    say("the database ...")
    if connection.vendor == "postgresql":
        _into_postgres(archive)
    else:
        _into_sqlite(archive)
    outcome.counts, outcome.wrong = _counted(archive)
    say("migrations ...")
    call_command("migrate", interactive=False, verbosity=0)
    _leap()
    if not backups.opens_already(archive):
        say("sealing with the keys of this machine ...")
        outcome.resealed = _seal_anew(backups.keys_of(archive))
    say("pictures ...")
    _pictures(archive)
    outcome.wrong += _unopened()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        outcome.wrong.append("migrations are missing")
    outcome.wrong += _integrity()
    return outcome


def _into_sqlite(archive: Archive) -> None:
    """The whole file at once, under SQLite's own locks: nobody sees half of it."""
    params = connection.get_connection_params()
    connection.close()
    try:
        with (
            closing(sqlite3.connect(archive.room / backups.SQLITE)) as source,
            closing(sqlite3.connect(params["database"], uri=params.get("uri", False), timeout=20)) as target,
        ):
            if source.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise BackupError("The database in the backup is damaged. Nothing was changed.")
            source.backup(target)
            target.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise BackupError(
            f"The database cannot be written ({error}). Stop web servers, workers and beat first."
        ) from None


def _into_postgres(archive: Archive) -> None:
    """Tables as the migrations of that day made them, then the rows of all in one transaction."""
    from psycopg import sql

    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        old = list(connection.introspection.table_names(cursor))
        if old:
            cursor.execute(f"DROP TABLE {', '.join(map(quote, old))} CASCADE")
    executor = MigrationExecutor(connection)
    executor.migrate(_ends(executor.loader, _applied(archive)))
    said = archive.manifest["database"]["tables"]
    params = connection.get_connection_params()
    with closing(connection.get_new_connection(params)) as raw, raw.transaction(), raw.cursor() as cursor:
        here = backups._columns(cursor)
        for table, columns in said.items():
            if missing := set(columns) - set(here.get(table, ())):
                raise BackupError(
                    f"{table} has no {', '.join(sorted(missing))} here: the versions do not fit."
                )
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, here))))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table, columns in said.items():
            copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
            )
            with (archive.room / "database" / f"{table}.copy").open("rb") as file, cursor.copy(copy) as rows:
                while block := file.read(1 << 20):
                    rows.write(block)
        for table, columns in said.items():
            for column in columns:
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [quote(table), column])
                if (sequence := cursor.fetchone()[0]) is not None:
                    cursor.execute(
                        sql.SQL("SELECT setval({}, COALESCE(MAX({}), 0) + 1, false) FROM {}").format(
                            sql.Literal(sequence), sql.Identifier(column), sql.Identifier(table)
                        )
                    )


def _ends(loader: MigrationLoader, applied: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the applied migrations that no other applied one of their app comes after."""
    nodes = {node for node in applied if node in loader.graph.nodes}
    return [
        node
        for node in sorted(nodes)
        if not any(
            child.key in nodes and child.key[0] == node[0] for child in loader.graph.node_map[node].children
        )
    ]


def _leap() -> None:
    """Ids that were given since the backup stay given."""
    for label in LEAPING:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if isinstance(model._meta.pk, models.AutoField | models.BigAutoField):
                _leap_over(model)


def _leap_over(model: type[models.Model]) -> None:
    table, column = model._meta.db_table, model._meta.pk.column  # type: ignore[union-attr]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(MAX({quote(column)}), 0) FROM {quote(table)}")  # noqa: S608
        next_id = cursor.fetchone()[0] + LEAP
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [quote(table), column, next_id]
            )
            return
        cursor.execute(
            "UPDATE sqlite_sequence SET seq = MAX(seq + %s, %s) WHERE name = %s", [LEAP, next_id, table]
        )
        cursor.execute("SELECT count(*) FROM sqlite_sequence WHERE name = %s", [table])
        if not cursor.fetchone()[0]:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, next_id])


def _pictures(archive: Archive) -> None:
    source, target = archive.room / "media", Path(settings.MEDIA_ROOT)
    if source.exists():
        shutil.copytree(source, target, dirs_exist_ok=True)
        for path in (target, *target.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # the web server may be somebody else


def _seal_anew(other_keys: list[str]) -> int:
    """What the keys of the other machine open is closed with the first key of this one. How many values."""
    own = settings.FIELD_KEYS
    settings.FIELD_KEYS = [*crypto.keys(), *other_keys]
    try:
        return sum(rotation.rotate(model, column).moved for model, column in rotation.columns())
    finally:
        settings.FIELD_KEYS = own


# --- proved ---------------------------------------------------------------------------------------------------


def _counted(archive: Archive) -> tuple[dict[str, int], list[str]]:
    """Rows of each table, and where they are not as many as were backed up."""
    counts, wrong = {}, []
    with connection.cursor() as cursor:
        for table, said in archive.manifest["database"]["counts"].items():
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            counts[table] = cursor.fetchone()[0]
            if counts[table] != said:
                wrong.append(f"{table} has {counts[table]} rows, the backup {said}")
    return counts, wrong


def _unopened() -> list[str]:
    """Columns with something in them that no key of this machine opens: every value is tried."""
    told = (rotation.rotate(model, column, write=False) for model, column in rotation.columns())
    return [
        f"{one.label}: {len(one.lost)} values cannot be opened with the keys in use"
        for one in told
        if one.lost
    ]


def _integrity() -> list[str]:
    if connection.vendor != "sqlite":
        return []  # PostgreSQL looked at every constraint when the rows were committed
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_key_check")
        return [f"{table}: a row points at nothing" for table, *_rest in cursor.fetchall()[:5]]


def write_keys(archive: Archive, path: Path) -> None:
    """The keys of the other machine as lines for `.env`, readable by this user alone."""
    lines = [f"SECRET_KEY={archive.keys['SECRET_KEY']}", f"FIELD_KEYS={','.join(archive.keys['FIELD_KEYS'])}"]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")


def to_be_told(archive: Archive) -> Iterator[str]:
    """What the other machine had in its environment and this one has not."""
    for name in archive.manifest["settings"]:
        if name not in os.environ:
            yield name
