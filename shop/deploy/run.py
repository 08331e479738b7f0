"""`make run`: the whole shop on this machine, with play tickets. Ctrl-C ends all of it.

Stand-in of the outside world, web server, Celery worker and beat are processes of their own; what they write
is in `.run/logs`. This is the demo: it listens on loopback only.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
RUN = Path(os.environ.get("RUN_DIR") or ROOT / ".run")
LOGS = RUN / "logs"
PYTHON = sys.executable


class Stopped(Exception):
    """Somebody asked us to stop."""


def say(text: str = "") -> None:
    print(text, flush=True)


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(port: int, standin_port: int, tls_port: int) -> dict[str, str]:
    """What the demo switches on. Variables that are set already win, except the switch itself."""
    standin = f"http://127.0.0.1:{standin_port}"
    defaults = {
        # one site with the venues' custom domain: of another one, browsers keep no basket
        "PUBLIC_ORIGIN": f"http://www.foyer.localhost:{port}",
        "STANDIN_CUSTOM_DOMAIN": f"http://tickets.foyer.localhost:{standin_port}",
        "STANDIN_TLS_URL": f"https://localhost:{tls_port}",
        "STANDIN_URL": standin,
        # another host name, so that a browser treats the outside world as another site
        "STANDIN_PUBLIC_URL": f"http://localhost:{standin_port}",
        "RUN_DIR": str(RUN),
        "SHOP_TELEPHONE": "+44 20 7946 0000",
        "SHOP_EMAIL": "boxoffice@foyer.example",
        "EMAIL_URL": f"filemail://{RUN / 'mail'}",
        "CLOCK_FILE": str(RUN / "clock"),
        "PYTHONUNBUFFERED": "1",
    }
    return {**defaults, **os.environ, "DEMO": "1", "DJANGO_SETTINGS_MODULE": "shop.settings"}


class House:
    """The processes of the shop: started in order, watched, and all stopped together."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.commands: dict[str, tuple[str, ...]] = {}
        self.restarts: dict[str, list[float]] = {}

    def start(self, name: str, *command: str) -> None:
        self.commands[name] = command
        log = (LOGS / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.env,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def do(self, *command: str) -> None:
        """Run a command to its end; its failure is ours."""
        done = subprocess.run(command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL)
        if done.returncode:
            sys.exit(f"That did not work (exit code {done.returncode}); the lines above say why.")

    def who_died(self) -> str | None:
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def wait_until(self, what: str, ready: Callable[[], bool], seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not ready():
            if dead := self.who_died():
                sys.exit(
                    "\n".join([f"The {dead} process ended by itself. Its last words:", *self.tail(dead)])
                )
            if time.monotonic() > until:
                sys.exit(f"Gave up waiting for {what}. Look into {LOGS}.")
            time.sleep(0.1)

    def watch(self) -> None:
        """For ever: whoever dies is started again; who dies three times within a minute ends the run."""
        while True:
            if dead := self.who_died():
                recent = [t for t in self.restarts.get(dead, []) if time.monotonic() - t < 60]
                if len(recent) >= 3:
                    sys.exit(
                        "\n".join(
                            [
                                f"The {dead} process ended by itself again and again. Its last words:",
                                *self.tail(dead),
                            ]
                        )
                    )
                self.restarts[dead] = [*recent, time.monotonic()]
                say(f"The {dead} process ended by itself and is started again; see {LOGS / dead}.log.")
                self.start(dead, *self.commands[dead])
            time.sleep(0.3)

    def tail(self, name: str) -> list[str]:
        return (LOGS / f"{name}.log").read_text(errors="replace").splitlines()[-15:]

    def stop(self) -> None:
        """Ask everybody to finish, then insist."""
        for ask, patience in ((signal.SIGTERM, 8.0), (signal.SIGKILL, 3.0)):
            for process in self.running.values():
                if process.poll() is None:
                    try:
                        os.killpg(process.pid, ask)
                    except ProcessLookupError:
                        continue
            until = time.monotonic() + patience
            while time.monotonic() < until and any(p.poll() is None for p in self.running.values()):
                time.sleep(0.05)


def answers(url: str) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.status < 500
        except (OSError, urllib.error.URLError):
            return False

    return ask


def serve(port: int, standin_port: int) -> None:
    for wanted in (port, standin_port):
        if not port_is_free(wanted):
            sys.exit(
                f"Port {wanted} is taken by another program on this machine.\n"
                "Choose another one: make run PORT=8100 (the port after it is used, too)."
            )
    LOGS.mkdir(parents=True, exist_ok=True)
    tls_port = a_free_port()
    env = environment(port, standin_port, tls_port)
    house = House(env)
    manage = (PYTHON, "manage.py")
    try:
        house.start(
            "standin", PYTHON, "-m", "shop.standin", "--host", "127.0.0.1", "--port", str(standin_port),
            "--state", str(RUN / "standin.sqlite3"), "--public-origin", env["STANDIN_PUBLIC_URL"],
            "--tls-port", str(tls_port),
            "--stripe-webhook", f"http://127.0.0.1:{port}/checkout/webhooks/stripe/",
        )  # fmt: skip
        # it makes the certificates that the shop looks for
        house.wait_until("the stand-in", answers(f"http://127.0.0.1:{standin_port}/_standin/"))
        house.do(*manage, "demo", "--prepare")
        house.start(
            "web", PYTHON, "-m", "gunicorn", "shop.wsgi:application", "--bind", f"127.0.0.1:{port}",
            "--workers", "2", "--threads", "8", "--worker-class", "gthread", "--timeout", "60",
            "--keep-alive", "60", "--no-control-socket",
            "--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else str(RUN),
        )  # fmt: skip
        # two sets of hands: a refresh that takes minutes keeps nobody's payment waiting (see shop.queues)
        for name, served in (("worker", "checkout,desk,mail"), ("refresher", "refresh")):
            house.start(
                name, PYTHON, "-m", "celery", "-A", "shop.celery", "worker", "--queues", served,
                "--hostname", f"{name}@%h", "--loglevel", "INFO", "--concurrency", "2",
                "--without-gossip", "--without-mingle",
            )  # fmt: skip
        house.start(
            "beat", PYTHON, "-m", "celery", "-A", "shop.celery", "beat", "--loglevel", "INFO", "--pidfile="
        )
        house.wait_until("the web server", answers(f"http://127.0.0.1:{port}/robots.txt"))
        house.do(*manage, "demo", "--open", "--log-dir", str(LOGS))
        house.watch()
    finally:
        say("\nStopping ...")
        house.stop()
        say("All processes have ended.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--standin-port", type=int, default=0)
    options = parser.parse_args()

    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, frame: FrameType | None) -> None:
        for one in ends:  # a second Ctrl-C must not leave anybody running
            signal.signal(one, signal.SIG_IGN)
        raise Stopped

    for number in ends:
        signal.signal(number, stop)
    with contextlib.suppress(Stopped):
        serve(options.port, options.standin_port or options.port + 1)


if __name__ == "__main__":
    main()
