"""``python -m shop.standin``: the stand-in as a process of its own, on this machine only."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from typing import Any

from gunicorn.app.base import BaseApplication

from shop.standin.control import is_loopback_name
from shop.standin.spektrix_tls_server import serve_tls
from shop.standin.wsgi import Standin, make_app


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m shop.standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default %(default)s)")
    parser.add_argument("--port", type=int, default=8001, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--state", required=True, help="the SQLite file that keeps the state")
    parser.add_argument(
        "--public-origin", help="what its own addresses begin with (default http://HOST:PORT)"
    )
    parser.add_argument("--scale", type=int, default=0, metavar="EVENTS", help="events added for load work")
    parser.add_argument(
        "--tls-port",
        type=int,
        help="also over TLS, asking for client certificates (Spektrix's old feed); 0: a free one",
    )
    parser.add_argument(
        "--stripe-webhook",
        metavar="URL",
        default=os.environ.get("STANDIN_STRIPE_WEBHOOK", ""),
        help="where the imitated Stripe sends its events (default: $STANDIN_STRIPE_WEBHOOK, or nowhere)",
    )
    parser.add_argument(
        "--stripe-webhook-secret",
        metavar="SECRET",
        default=os.environ.get("STANDIN_STRIPE_WEBHOOK_SECRET", ""),
        help="what it signs them with (default: $STANDIN_STRIPE_WEBHOOK_SECRET, or whsec_standin)",
    )
    parser.add_argument("--threads", type=int, default=32, help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    if not is_loopback_name(given.host):
        print(f"The stand-in listens on loopback only, not on {given.host}.", file=sys.stderr)
        return 2
    if given.stripe_webhook and not given.stripe_webhook.startswith(("http://", "https://")):
        print(f"{given.stripe_webhook} is no http address.", file=sys.stderr)
        return 2
    try:
        listener = _listen(given.host, given.port)
    except OSError as problem:
        print(f"Cannot listen on {given.host}:{given.port}: {problem.strerror}.", file=sys.stderr)
        return 3
    port = listener.getsockname()[1]
    host = f"[{given.host}]" if ":" in given.host else given.host
    origin = given.public_origin or f"http://{host}:{port}"
    options = {
        "stripe_webhook_url": given.stripe_webhook,
        "stripe_webhook_secret": given.stripe_webhook_secret,
    }
    _Server(
        listener,
        threads=given.threads,
        ready=f"stand-in ready on http://{host}:{port} as {origin}",
        make=lambda: make_app(given.state, origin, scale=given.scale, options=options),
        tls=(given.host, given.tls_port) if given.tls_port is not None else None,
    ).run()
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, proto)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(512)
    listener.set_inheritable(True)
    return listener


class _Server(BaseApplication):
    """gunicorn with one worker and threads; the application is made in the worker, after the fork."""

    def __init__(
        self,
        listener: socket.socket,
        *,
        threads: int,
        ready: str,
        make: Any,
        tls: tuple[str, int] | None = None,
    ) -> None:
        self._settings = {
            "bind": f"fd://{listener.fileno()}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": threads,
            "keepalive": 30,
            "graceful_timeout": 2,
            "loglevel": os.environ.get("STANDIN_LOG_LEVEL", "warning"),
            "proc_name": "foyer-standin",
            "post_worker_init": lambda worker: print(ready + self._over_tls(worker.wsgi), flush=True),
        }
        self._make, self._tls = make, tls
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def _over_tls(self, app: Standin) -> str:
        """Serves the same application over TLS from a thread of the worker; words for the ready line."""
        if self._tls is None:
            return ""
        return f" and with certificates on https://{serve_tls(app, *self._tls)}"

    def load(self) -> Standin:
        app: Standin = self._make()
        return app


if __name__ == "__main__":
    sys.exit(main())
