"""One sealed file with everything that is the shop's own: database, pictures, and the keys that open what is sealed in it.

SQLite is copied with its own online backup, PostgreSQL table by table (COPY) out of one snapshot. `pg_dump` is not used:
it must be as new as the server and seldom stands beside the shop, while COPY comes with the driver; tables are made by
the migrations, so nothing of a dump but the rows is needed. What is in the environment (accounts, certificates, the mail
server) is not in it, but the names of the variables are.

In the file is a tar: `manifest.json` (last: it holds the checksums of the rest), `keys.json`, `database/...`, `media/...`.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from shop import clock, crypto
from shop.sealed_file import Damaged, NotOurs, Reader, Writer, WrongKey

FORMAT = 1
SHORTEST_KEY = 16
SQLITE = "database/foyer.sqlite3"
LEFT_SECONDS = 24 * 3600  # longer than any backup takes
NAMED = ("ACCOUNT_", "STRIPE_", "MAIL_", "EMAIL_", "STAFF_", "DATABASE_", "HSTS_", "SSL_", "BEHIND_PROXY")


class BackupError(Exception):
    """Said to whoever runs the command; nothing was changed."""


@dataclass
class Archive:
    """An opened backup in a folder that goes away."""

    room: Path
    manifest: dict[str, Any]
    keys: dict[str, Any]


def check_key(key: str) -> str:
    if not key:
        raise BackupError(
            "BACKUP_KEY is not set. Set it to a long passphrase, and keep it somewhere else than the backups: "
            "without it they are worth nothing."
        )
    if len(key) < SHORTEST_KEY:
        raise BackupError(f"BACKUP_KEY is too short: at least {SHORTEST_KEY} characters.")
    if key in (settings.SECRET_KEY, *settings.FIELD_KEYS):
        raise BackupError("BACKUP_KEY is a key of the shop itself: who finds the machine would have both.")
    return key


@contextmanager
def room() -> Iterator[Path]:
    """A folder for the rows in the clear, readable by this user alone, on the disk of the shop.

    What a run that was killed has left there (rows, and while restoring keys) goes with the first one a day later.
    """
    for left in Path(settings.RUN_DIR).glob("backup-*"):
        if left.is_dir() and time.time() - left.stat().st_mtime > LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="backup-", dir=settings.RUN_DIR) as folder:
        yield Path(folder)


# --- made -----------------------------------------------------------------------------------------------------


def make(path: Path, key: str) -> dict[str, Any]:
    """Write the backup; its manifest. Raises BackupError."""
    check_key(key)
    if path.exists():
        raise BackupError(f"{path} is there already. Name another file: backups are never written over.")
    with room() as folder:
        database = _postgres(folder) if connection.vendor == "postgresql" else _sqlite(folder)
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "made_at": clock.now().isoformat(timespec="seconds"),
            "origin": settings.PUBLIC_ORIGIN,
            "django": django.get_version(),
            "database": database,
            "migrations": sorted(list(one) for one in MigrationRecorder(connection).applied_migrations()),
            "settings": sorted(name for name in os.environ if _is_ours(name)),
            "parts": {},
        }
        partial = path.with_name(path.name + ".partial")
        try:
            _write(partial, key, folder, manifest)
            os.replace(partial, path)
        except OSError as error:
            raise BackupError(f"{path} cannot be written: {error.strerror}.") from None
        finally:
            partial.unlink(missing_ok=True)
    return manifest


def _is_ours(name: str) -> bool:
    """Names of settings, never what they are set to: what a new machine has to be told."""
    return name.startswith(NAMED) or hasattr(settings, name)


def _write(path: Path, key: str, folder: Path, manifest: dict[str, Any]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file, closing(Writer(file, key)) as sealed:
        with tarfile.open(fileobj=sealed, mode="w|gz") as tar:
            keys = {"SECRET_KEY": settings.SECRET_KEY, "FIELD_KEYS": list(crypto.keys())}
            _add(tar, manifest, "keys.json", io.BytesIO(json.dumps(keys).encode()))
            for source in sorted((folder / "database").iterdir()):
                with source.open("rb") as stream:
                    _add(tar, manifest, f"database/{source.name}", stream)
            for name, source in _media():
                with source.open("rb") as stream:
                    _add(tar, manifest, f"media/{name}", stream)
            whole = json.dumps(manifest, indent=1).encode()
            _add(tar, None, "manifest.json", io.BytesIO(whole))
        sealed.close()
        file.flush()
        os.fsync(file.fileno())


def _media() -> Iterator[tuple[str, Path]]:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")) if root.exists() else ():
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(root).as_posix(), path


class _Counted:
    """Reads on, and adds up what was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.digest = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        found = self.stream.read(size)
        self.digest.update(found)
        return found


def _add(tar: tarfile.TarFile, manifest: dict[str, Any] | None, name: str, stream: BinaryIO) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = stream.seek(0, os.SEEK_END), 0o600
    stream.seek(0)
    counted = _Counted(stream)
    tar.addfile(info, counted)  # type: ignore[arg-type]
    if manifest is not None:
        manifest["parts"][name] = {"size": info.size, "sha256": counted.digest.hexdigest()}


def _sqlite(folder: Path) -> dict[str, Any]:
    target = folder / SQLITE
    target.parent.mkdir()
    params = connection.get_connection_params()
    with (
        closing(sqlite3.connect(params["database"], uri=params.get("uri", False), timeout=60)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        # In one go, which under write-ahead logging keeps nobody waiting. In steps it would begin again with every
        # row that is written between two of them, and in a shop that sells never end.
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        counts = {
            table: copy.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
            for (table,) in copy.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
        }
    return {"vendor": "sqlite", "counts": counts}


def _postgres(folder: Path) -> dict[str, Any]:
    """Each table as COPY writes it, all as they were at one moment."""
    from psycopg import IsolationLevel, sql

    (folder / "database").mkdir()
    counts, tables = {}, {}
    with closing(connection.get_new_connection(connection.get_connection_params())) as raw:
        raw.isolation_level, raw.read_only = IsolationLevel.REPEATABLE_READ, True
        with raw.cursor() as cursor:
            for table, columns in _columns(cursor).items():
                tables[table] = columns
                copy = sql.SQL("COPY {} ({}) TO STDOUT").format(
                    sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
                )
                with (folder / "database" / f"{table}.copy").open("wb") as file, cursor.copy(copy) as rows:
                    for block in rows:
                        file.write(block)
                cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
                counts[table] = cursor.fetchone()[0]
        raw.rollback()
    return {"vendor": "postgresql", "counts": counts, "tables": tables}


def _columns(cursor: Any) -> dict[str, list[str]]:
    """Table -> its columns, those that PostgreSQL works out itself left out."""
    cursor.execute(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
        "USING (table_schema, table_name) WHERE t.table_type = 'BASE TABLE' AND table_schema = current_schema() "
        "AND c.is_generated = 'NEVER' ORDER BY c.table_name, c.ordinal_position"
    )
    found: dict[str, list[str]] = {}
    for table, column in cursor.fetchall():
        found.setdefault(table, []).append(column)
    return found


# --- opened ---------------------------------------------------------------------------------------------------


@contextmanager
def opened(path: Path, key: str) -> Iterator[Archive]:
    """Everything in the file, checked to the last byte. Raises BackupError before anything else happens."""
    check_key_given(key)
    with room() as folder:
        try:
            with path.open("rb") as file:
                sealed = Reader(file, key)
                with tarfile.open(fileobj=io.BufferedReader(sealed), mode="r|gz") as tar:
                    _unpack(tar, folder)
                sealed.finish()
        except OSError as error:
            if isinstance(error, tarfile.TarError) or error.strerror is None:
                raise BackupError(f"{path} is damaged or not whole.") from None
            raise BackupError(f"{path} cannot be read: {error.strerror}.") from None
        except NotOurs:
            raise BackupError(f"{path} is not a backup of this shop.") from None
        except WrongKey:
            raise BackupError("BACKUP_KEY does not open this backup. It was made with another one.") from None
        except (Damaged, tarfile.TarError, EOFError, ValueError):
            raise BackupError(f"{path} is damaged or not whole. Take another backup.") from None
        yield _checked(path, folder)


def _unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Plain files inside the folder and nothing else. The filters of `extractall` came with Python 3.11.4 only."""
    inside = folder.resolve()
    for member in tar:
        target, content = (inside / member.name).resolve(), tar.extractfile(member)
        if content is None or not member.isreg() or not target.is_relative_to(inside):
            raise Damaged
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            shutil.copyfileobj(content, file)


def check_key_given(key: str) -> None:
    if not key:
        raise BackupError("BACKUP_KEY is not set. Set it to the one that the backup was made with.")


def _checked(path: Path, folder: Path) -> Archive:
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        if manifest["format"] > FORMAT:
            raise BackupError(
                f"{path} was made by a newer version of the shop (format {manifest['format']}). Update first."
            )
        for name, said in manifest["parts"].items():
            with (folder / name).open("rb") as part:
                if hashlib.file_digest(part, "sha256").hexdigest() != said["sha256"]:
                    raise BackupError(f"{path} is damaged: {name} is not what was backed up.")
        keys = json.loads((folder / "keys.json").read_text())
    except (OSError, ValueError, KeyError, TypeError):
        raise BackupError(f"{path} is damaged: its list of contents cannot be read.") from None
    return Archive(folder, manifest, keys)


def keys_of(archive: Archive) -> list[str]:
    """Those that open what is sealed in its database."""
    return list(archive.keys["FIELD_KEYS"])


def opens_already(archive: Archive) -> bool:
    """Whether this machine has the keys of the other one."""
    return set(keys_of(archive)) <= set(crypto.keys())
