"""The second way in: the same application over TLS, where a caller can show a client certificate."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix
    from shop.standin.wsgi import Standin


class _Quiet(WSGIRequestHandler):
    """The journal says what was called."""

    def log(self, type: str, message: str, *args: Any) -> None:
        return


def serve_tls(app: Standin, host: str, port: int) -> str:
    """Starts a thread that serves until the process ends; ``host:port`` of where it listens."""
    world: Spektrix = app.env.worlds["spektrix"]  # type: ignore[assignment]
    world.authority.prepare(tuple(world.tenants))
    server = ThreadedWSGIServer(host, port, app, handler=_Quiet, ssl_context=world.authority.server_context())
    app.env.options["tls_port"] = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True, name="standin-tls").start()
    return f"{host}:{server.server_port}"
