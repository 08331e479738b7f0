"""Processes of the shop that begin quickly: forks of one that has everything imported.

What a process of the shop imports takes a second of the processor, and the tests start some hundreds of them. Here one
process imports the libraries, once a session; a fork of it for each environment sets up the shop with the settings of
that environment; and whatever is started there is a fork of that, which runs the same program that a new Python would:
a session of its own, its output in its log, its end told by its exit code. It is what gunicorn calls preloading.

`make run`, deployments and benches start theirs anew, and so does everybody where the system has no `pidfd_open`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = (  # that read no settings when they are imported
    "babel.numbers", "celery.apps.beat", "celery.apps.worker", "celery.bin.celery", "celery.concurrency.prefork",
    "cryptography.fernet", "csp.middleware", "django.contrib.staticfiles.handlers", "django.core.management",
    "django.core.servers.basehttp", "django.db.backends.sqlite3.base", "django.forms", "django.test.client",
    "django.views.generic", "django_htmx.middleware", "environ", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread",
    "icalendar", "kombu.transport.redis", "nh3", "PIL.Image", "prometheus_client", "psycopg", "psycopg.types.json",
    "redis.asyncio", "requests", "shop.standin.spektrix_tls_server", "stripe", "whitenoise.middleware",
)  # fmt: skip
# and middleware; not what looks at files while it is imported, as shop.wsgi
OF_THE_SHOP = ("shop.celery", "shop.urls")
LONGEST = 1 << 18  # bytes of an order: an argument list and an environment


def _has_something(descriptor: int, seconds: float | None) -> bool:
    """`select` knows no descriptor above a thousand."""
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    return bool(ready.poll(None if seconds is None else seconds * 1000))


class Born:
    """A process of a nursery, with what `subprocess.Popen` has for its own."""

    def __init__(self, pid: int, status: int) -> None:
        self.pid, self.returncode = pid, None
        self._status = status

    def poll(self) -> int | None:
        return self._told(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._told(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def _told(self, seconds: float | None) -> int | None:
        if self.returncode is None and _has_something(self._status, seconds):
            told = os.read(self._status, 16)
            os.close(self._status)
            self.returncode = int(told or b"-9")  # whoever tells has ended, and its children with it
        return self.returncode


def _name(env: dict[str, str]) -> str:
    return json.dumps(env, sort_keys=True)


class Nursery:
    """One for a session; forks for each environment are made when they are asked for."""

    def __init__(self) -> None:
        self._first: tuple[subprocess.Popen[bytes], socket.socket] | None = None
        self._of: dict[str, socket.socket] = {}

    @staticmethod
    def possible(env: dict[str, str]) -> bool:
        """Not for a process that is to be loaded in a way of its own."""
        return hasattr(os, "pidfd_open") and "LD_PRELOAD" not in env

    def start(
        self, command: Sequence[str], env: dict[str, str], output: IO[bytes], errors: IO[bytes]
    ) -> Born:
        """`command` begins with this Python, as for a new one."""
        standin = "shop.standin" in command  # which knows nothing of the shop
        channel = self._libraries() if standin else self._shop(env)
        return Born(*self._ordered(channel, {"argv": list(command[1:]), "env": env}, output, errors))

    def forget(self, env: dict[str, str]) -> None:
        """Nobody is born into it any more; who was goes on, and how it ends is told."""
        if channel := self._of.pop(_name(env), None):
            channel.close()

    def close(self) -> None:
        for channel in self._of.values():
            channel.close()
        self._of.clear()
        if self._first:
            process, channel = self._first
            channel.close()
            process.wait(30)
            self._first = None

    def _libraries(self) -> socket.socket:
        if self._first is None:
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with there:
                process = subprocess.Popen(
                    [sys.executable, "-m", "tests.nursery", str(there.fileno())],
                    cwd=ROOT, pass_fds=[there.fileno()], stdin=subprocess.DEVNULL,
                )  # fmt: skip
            self._first = process, here
        return self._first[1]

    def _shop(self, env: dict[str, str]) -> socket.socket:
        if _name(env) not in self._of:
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with there, Path(os.devnull).open("ab") as nothing:
                order = {"argv": [], "env": env}
                _pid, status = self._ordered(self._libraries(), order, nothing, nothing, there)
                os.close(status)
            self._of[_name(env)] = here
        return self._of[_name(env)]

    @staticmethod
    def _ordered(
        channel: socket.socket,
        order: dict[str, Any],
        output: IO[bytes],
        errors: IO[bytes],
        *more: socket.socket,
    ) -> tuple[int, int]:
        """Its pid, and where its end is told."""
        ours, theirs = os.pipe()
        files = [output.fileno(), errors.fileno(), theirs, *(one.fileno() for one in more)]
        try:
            socket.send_fds(channel, [json.dumps(order).encode()], files)
        finally:
            os.close(theirs)
        told = channel.recv(64)
        if not told:
            raise RuntimeError("the nursery has ended")
        return int(told), ours


# --- the other side ---------------------------------------------------------------------------------------------------


def _grown() -> None:
    """Nothing more is imported here."""
    assert threading.active_count() == 1, threading.enumerate()  # of several, a fork would have one
    gc.collect()
    gc.freeze()  # so that looking for garbage does not copy what all of them share


def _serve(channel: socket.socket) -> dict[str, Any]:
    """Bear whatever is ordered, and tell how it ended. Returns in a child alone, with its order."""
    born: dict[int, tuple[int, int]] = {}  # its pidfd: pid, and where its end is told
    wanted = [channel]
    while wanted or born:
        for ready in select.select([*wanted, *born], [], [])[0]:
            if ready is not channel:
                pid, status = born.pop(ready)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                with contextlib.suppress(BrokenPipeError):  # nobody wants to know any more
                    os.write(status, str(code).encode())
                os.close(status)
                os.close(ready)
                continue
            told, files, _flags, _address = socket.recv_fds(channel, LONGEST, 4)
            if not told:
                wanted = []
                continue
            output, errors, status, *more = files
            pid = os.fork()
            if not pid:
                os.setsid()
                channel.close()
                for mine in (*born, *(where for _pid, where in born.values()), status):
                    os.close(mine)
                for file, standard in ((output, 1), (errors, 2)):
                    os.dup2(file, standard)
                    os.close(file)
                return {**json.loads(told), "channel": more}
            born[os.pidfd_open(pid)] = pid, status
            for file in (output, errors, *more):
                os.close(file)
            channel.send(str(pid).encode())
    os._exit(0)


def main(channel: int) -> None:
    sys.path[0] = str(ROOT)
    for name in LIBRARIES:
        importlib.import_module(name)
    # its worlds are imported when it is made
    importlib.import_module("shop.standin.wsgi").make_app(":memory:")
    _grown()
    order = _serve(socket.socket(fileno=channel))
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    if order["channel"]:
        import django

        django.setup()
        from django.conf import settings

        for name in (*OF_THE_SHOP, *(name.rpartition(".")[0] for name in settings.MIDDLEWARE)):
            importlib.import_module(name)
        _grown()
        order = _serve(socket.socket(fileno=order["channel"][0]))
    program, *arguments = sys.argv = order["argv"]
    if program == "-m":
        sys.argv = arguments
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    elif program == "-c":
        sys.argv = ["-c", *arguments[1:]]
        exec(compile(arguments[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(int(sys.argv[1]))
