"""The stand-in of the outside world, in this process or as a process of its own. No database of the shop."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import Standin, make_app
from tests.standin.ltd_caller import Caller, in_process
from tests.standin.spektrix_caller import Visitor
from tests.standin.spektrix_caller import standin as spektrix
from tests.standin.stripe_caller import ORIGIN, SECRET, Receiver

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ltd(tmp_path: Path) -> Caller:
    return in_process(tmp_path)


@pytest.fixture
def start_standin(tmp_path: Path) -> Iterator[Callable[..., tuple[str, subprocess.Popen[str]]]]:
    """Starts the real process on a free port; gives its origin and itself. Every one is ended afterwards."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str, state: str = "process.sqlite3") -> tuple[str, subprocess.Popen[str]]:
        command = [
            sys.executable,
            "-m",
            "shop.standin",
            "--port",
            "0",
            "--state",
            str(tmp_path / state),
            *options,
        ]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("stand-in ready on http://127.0.0.1:"), line
        return line.split(" on ")[1].split()[0], process

    yield start
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def quay() -> Visitor:
    """A visitor of the imitated Spektrix's first venue, on its own domain."""
    return Visitor(spektrix())


@pytest.fixture
def thornfield(quay: Visitor) -> Visitor:
    """The same stand-in's second venue."""
    return Visitor(quay.app, client="thornfield")


# Stripe, in this process


@pytest.fixture(scope="session")
def fresh_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written once, copied for each test."""
    path = tmp_path_factory.mktemp("standin") / "standin.sqlite3"
    make_app(str(path), ORIGIN).env.store.close()
    return path


@pytest.fixture
def app(tmp_path: Path, fresh_state: Path) -> Standin:
    return make_app(str(shutil.copy(fresh_state, tmp_path / "standin.sqlite3")), ORIGIN)


@pytest.fixture
def http(app: Standin) -> requests.Session:
    session = requests.Session()
    session.mount(ORIGIN, StandinAdapter(app))
    return session


@pytest.fixture
def client(http: requests.Session, monkeypatch: pytest.MonkeyPatch) -> Callable[..., stripe.StripeClient]:
    monkeypatch.setattr(stripe, "enable_telemetry", False)

    def make(key: str = "sk_test_foyer", **more: Any) -> stripe.StripeClient:
        return stripe.StripeClient(
            key,
            base_addresses={"api": f"{ORIGIN}/stripe"},
            http_client=stripe.RequestsClient(session=http),
            **more,
        )

    return make


@pytest.fixture
def shop(client: Callable[..., stripe.StripeClient]) -> stripe.StripeClient:
    return client()


@pytest.fixture
def control(http: requests.Session) -> Callable[..., Any]:
    def post(path: str, **body: Any) -> Any:
        answer = http.post(f"{ORIGIN}/_standin/{path}", json=body)
        assert answer.ok, answer.text
        return answer.json()

    return post


@pytest.fixture
def receiver(control: Callable[..., Any]) -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    control("stripe/webhooks", url=f"http://127.0.0.1:{server.server_port}/hook", secret=SECRET)
    yield server
    control("stripe/webhooks", url="")
    server.shutdown()
    server.server_close()
