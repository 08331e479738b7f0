"""The whole shop as real processes on free ports: stand-in, web, worker, beat, each of which can be killed.

    with Stack(tmp_path) as stack:           # SQLite and the embedded broker
        stack.start("standin")
        stack.fill()
        stack.start("web", "worker", "beat")
        stack.standin.post("faults", {...})
        stack.sql("SELECT status FROM checkout_order")

Tests call no task and touch no row of the shop through Django: they look through `sql`, read only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg
import requests

from tests import nursery, provision

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
_templates: dict[tuple[str, str], str] = {}  # databases of a PostgreSQL, by its address and what is in them
births: nursery.Nursery | None = None  # of a session of tests, which starts hundreds of processes
_own_shelf = tempfile.TemporaryDirectory(prefix="foyer-stack-")


def _on_shelf(what: str) -> Path:
    """Where what was made once lies, to be begun with again; `tests.everything` gives all its workers one shelf."""
    shelf = Path(os.environ.get("TEST_SHELF") or _own_shelf.name)
    name = hashlib.sha256(f"{what} {datetime.now(UTC):%F}".encode()).hexdigest()[:20]
    return shelf / name


def _copy(source: Path, target: Path) -> None:
    """Whole at once: another worker never sees half of it."""
    fresh = target.with_suffix(f".{os.getpid()}")
    with (
        contextlib.closing(sqlite3.connect(source)) as whole,
        contextlib.closing(sqlite3.connect(fresh)) as copy,
    ):
        whole.backup(copy)
    fresh.replace(target)


class StandinControl:
    """The control pages of the stand-in, as a test uses them."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **params: Any) -> Any:
        answer = requests.get(f"{self.url}/_standin/{path}", params=params, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, data: Any = None) -> Any:
        answer = requests.post(
            f"{self.url}/_standin/{path}", json=data if data is not None else {}, timeout=60
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def delete(self, path: str) -> None:
        requests.delete(f"{self.url}/_standin/{path}", timeout=30).raise_for_status()


class Stack:
    """See the module. `room` is the folder of this run; `more` are further environment variables."""

    def __init__(
        self, room: Path, *, database_url: str = "", redis_url: str = "", scale: int = 0, **more: str
    ) -> None:
        self.room = Path(room)
        self.port, self.standin_port = provision.free_port(), provision.free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.standin_origin = f"http://127.0.0.1:{self.standin_port}"
        self.database_url, self.scale = database_url, scale
        self.variables = sorted(
            f"{name}={value}" for name, value in more.items() if name.startswith("ACCOUNT_")
        )
        self.clock_file = self.room / "clock"
        self.standin_state = self.room / "standin.sqlite3"
        self.clocks: dict[str, dict[str, str]] = {}  # kind of process -> what makes its machine's clock wrong
        self.processes: dict[str, subprocess.Popen[bytes] | nursery.Born] = {}
        self.standin = StandinControl(self.standin_origin)
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith(("ACCOUNT_", "PROVIDER_", "DJANGO_"))
        }
        self.env = {
            **clean,
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "DEMO": "1",
            "DEBUG": "",
            "TESTING": "1",
            "RUN_DIR": str(self.room),
            "CLOCK_FILE": str(self.clock_file),
            "PUBLIC_ORIGIN": self.origin,
            "STANDIN_URL": self.standin_origin,
            "STANDIN_PUBLIC_URL": f"http://localhost:{self.standin_port}",
            "DATABASE_URL": database_url or f"sqlite:///{self.room / 'foyer.sqlite3'}",
            "REDIS_URL": redis_url,
            "EMAIL_URL": f"filemail://{self.room / 'mail'}",
            "STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
            "STATIC_ROOT": str(self.room / "static"),
            "FETCH_POSTERS": "no",
            "PROVIDER_ACCOUNTS": "west-end,arena",
            "LOG_LEVEL": "INFO",
            **more,
        }
        (self.room / "mail").mkdir(exist_ok=True)

    # --- processes ---------------------------------------------------------------------------------------

    def command(self, name: str) -> list[str]:
        kind = name.rstrip("0123456789")
        if kind == "standin":
            return [
                PYTHON, "-m", "shop.standin", "--host", "127.0.0.1", "--port", str(self.standin_port),
                "--state", str(self.standin_state), "--public-origin", self.env["STANDIN_PUBLIC_URL"],
                "--stripe-webhook", f"{self.origin}/checkout/webhooks/stripe/",
                *(["--scale", str(self.scale)] if self.scale else []),
            ]  # fmt: skip
        if kind == "web":
            return [
                PYTHON, "-m", "gunicorn", "shop.wsgi:application", "--bind", f"127.0.0.1:{self.port}",
                "--workers", self.env.get("TEST_WEB_WORKERS", "1"), "--threads", "8", "--worker-class", "gthread",
                "--timeout", "120", "--keep-alive", "60", "--reuse-port", "--no-control-socket",
            ]  # fmt: skip
        if kind == "worker":
            return [
                PYTHON, "-m", "celery", "-A", "shop.celery", "worker", "--loglevel", "INFO",
                "--concurrency", "2", "--without-gossip", "--without-mingle", "--hostname", f"{name}@%h",
            ]  # fmt: skip
        if kind == "beat":
            return [
                PYTHON, "-m", "celery", "-A", "shop.celery", "beat", "--loglevel", "INFO", "--pidfile=",
                "--schedule", str(self.room / f"{name}-schedule"),
            ]  # fmt: skip
        raise ValueError(name)

    def _environment(self, name: str) -> dict[str, str]:
        kind = name.rstrip("0123456789")
        return self.env | self.clocks.get(kind, {})

    def begin(
        self,
        command: list[str],
        output: IO[bytes],
        errors: IO[bytes] | None = None,
        env: dict[str, str] | None = None,
    ) -> subprocess.Popen[bytes] | nursery.Born:
        """A process of the shop, or another that begins with this Python; nobody waits for it here."""
        errors, env = errors or output, env or self.env
        if births is not None and births.possible(env):
            return births.start(command, env, output, errors)
        return subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=output, stderr=errors, stdin=subprocess.DEVNULL, start_new_session=True
        )  # fmt: skip

    def start(self, *names: str) -> None:
        """Start processes ("web", "web2", "worker" ...) and wait until each answers."""
        for name in names:
            with (self.room / f"{name}.log").open("ab") as log:
                self.processes[name] = self.begin(self.command(name), log, env=self._environment(name))
        for name in names:
            kind = name.rstrip("0123456789")
            if kind == "standin":
                self.wait(
                    lambda: requests.get(f"{self.standin_origin}/_standin/", timeout=5).ok, "the stand-in"
                )
            elif kind == "web":
                self.wait(lambda: requests.get(f"{self.origin}/robots.txt", timeout=5).ok, "the web server")
            elif kind == "worker":
                self.wait(lambda n=name: " ready." in self.log(n), "the worker")
            elif kind == "beat":
                self.wait(lambda n=name: "beat: Starting" in self.log(n), "beat")

    def kill(self, name: str) -> None:
        """kill -9, children included."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self, *names: str) -> None:
        for name in names or tuple(self.processes):
            process = self.processes.pop(name)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def log(self, name: str) -> str:
        path = self.room / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def command_ended(self, *arguments: str, **env: str) -> tuple[int, str, str]:
        """Run a management command to its end: its exit code, what it said, and what it complained of."""
        command = [PYTHON, "manage.py", *arguments]
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = self.begin(command, output, errors, self.env | env)
            try:
                code = process.wait(600)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
            said = []
            for file in (output, errors):
                file.seek(0)
                said.append(file.read().decode())
        return code, said[0], said[1]

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end; its output. Its failure is the test's."""
        code, said, complained = self.command_ended(*arguments)
        if code:
            raise AssertionError(
                f"manage.py {' '.join(arguments)} failed:\n{said[-3000:]}{complained[-3000:]}"
            )
        return said

    def _once(self, what: str, *command: str) -> None:
        """Run a command, or take over what the same one has made of a database in this session."""
        if self.database_url:
            self._once_in_postgres(what, *command)
            return
        database, kept = self.room / "foyer.sqlite3", _on_shelf(what)
        if kept.exists():
            for rest in ("-wal", "-shm"):  # of what was there before
                Path(f"{database}{rest}").unlink(missing_ok=True)
            _copy(kept, database)
        else:
            self.manage(*command)
            _copy(database, kept)

    def _once_in_postgres(self, what: str, *command: str) -> None:
        server, _slash, name = self.database_url.replace("postgres://", "postgresql://").rpartition("/")

        def copied(source: str, target: str) -> None:
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)'.encode())
                connection.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"'.encode())

        known = _templates.get((server, what))
        if known:
            copied(known, name)
        else:
            self.manage(*command)
            _templates[server, what] = f"made{len(_templates)}"
            copied(name, _templates[server, what])

    def fill(self) -> None:
        """Read the catalogue from the stand-in, before anybody but it is started. The programme of a day is always the
        same, so that of the same accounts is read once a session."""
        assert set(self.processes) <= {"standin"}, "others have the database open"
        self._once(f"{self.env['PROVIDER_ACCOUNTS']} {self.scale} {self.variables}", "refresh_catalog")

    def collect_statics(self) -> None:
        """The files that pages name; collected once a session and only looked at from there on."""
        kept, target = _on_shelf(f"statics {self.env['STATICFILES_BACKEND']}"), self.room / "static"
        if not kept.exists():
            fresh = kept.with_suffix(f".{os.getpid()}")
            self.env["STATIC_ROOT"] = str(fresh)
            self.manage("collectstatic", "--noinput", "--verbosity", "0")
            with contextlib.suppress(OSError):  # another worker was quicker
                fresh.rename(kept)
        target.symlink_to(kept)
        self.env["STATIC_ROOT"] = str(target)

    # --- time and truth ----------------------------------------------------------------------------------

    def wait(self, true: Callable[[], Any], what: str, seconds: float = 90) -> Any:
        """Until something is so; says what was waited for, and the last log lines, when it never is."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(
                requests.RequestException, sqlite3.OperationalError, psycopg.OperationalError
            ):
                if found := true():
                    return found
            time.sleep(0.1)  # waits for another process, whose clock is not ours
        tails = {name: self.log(name)[-1500:] for name in self.processes}
        raise AssertionError(
            f"waited {seconds:.0f} s for {what}\n" + "\n".join(f"[{k}] {v}" for k, v in tails.items())
        )

    def advance(self, seconds: float) -> None:
        """Move the shop's clock and the stand-in's together."""
        offset = seconds + self.offset
        self._set_clock(offset)
        self.standin.post("clock", {"offset_seconds": offset})

    @staticmethod
    def pause(seconds: float) -> None:
        """Real time, for what other processes do by real clocks: trying again, waiting for an answer."""
        time.sleep(seconds)

    @property
    def offset(self) -> float:
        """How many seconds the shop's clock was moved."""
        return float(self.clock_file.read_text() if self.clock_file.exists() else 0)

    def skew(self, kind: str, seconds: int) -> None:
        """From its next start on, every process of a kind is on a machine whose clock is so far ahead (or behind)."""
        library = provision.other_clock()
        self.clocks[kind] = {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(seconds)}

    def _set_clock(self, offset: float) -> None:
        """Exchanged at once: nobody reads half a number."""
        fresh = self.clock_file.with_suffix(".new")
        fresh.write_text(str(offset))
        fresh.replace(self.clock_file)

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read the shop's tables from outside."""
        if self.database_url:
            with psycopg.connect(self.database_url.replace("postgres://", "postgresql://")) as connection:
                return connection.execute(query.replace("?", "%s").encode(), values).fetchall()
        with contextlib.closing(sqlite3.connect(self.room / "foyer.sqlite3", timeout=20)) as connection:
            return connection.execute(query, values).fetchall()

    def mails(self) -> list[str]:
        return [path.read_text(errors="replace") for path in sorted((self.room / "mail").glob("*"))]

    def __enter__(self) -> Stack:
        self._once("tables", "migrate", "--verbosity", "0")
        return self

    def __exit__(self, *reason: object) -> None:
        """Nobody looks at it any more: all at once, without good manners."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self.processes.values():
            process.wait(10)
        self.processes.clear()
        if births is not None:
            births.forget(self.env)


@contextlib.contextmanager
def open_shop(room: Path, *processes: str, **options: Any) -> Iterator[Stack]:
    """A shop with a filled catalogue and these processes running."""
    with Stack(room, **options) as stack:
        stack.start("standin")
        stack.fill()
        stack.start(*(name for name in processes if name != "standin"))
        yield stack
