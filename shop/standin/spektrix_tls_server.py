"""The second way in: the same application over TLS, where a caller can show a client certificate."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix
    from shop.standin.wsgi import Standin

HANDSHAKE_SECONDS = 10


class _Quiet(WSGIRequestHandler):
    """The journal says what was called."""

    def log(self, type: str, message: str, *args: Any) -> None:
        return


class _Server(ThreadedWSGIServer):
    """Each handshake in its caller's own thread: one that stalls, or fails, is nobody else's trouble."""

    daemon_threads = True

    def finish_request(self, request: Any, client_address: Any) -> None:
        assert self.ssl_context is not None
        request.settimeout(HANDSHAKE_SECONDS)
        try:
            secured = self.ssl_context.wrap_socket(request, server_side=True)
        except OSError:
            return  # a certificate of another authority, or past its day: there is nobody to answer
        secured.settimeout(None)
        try:
            super().finish_request(secured, client_address)
        finally:
            with contextlib.suppress(OSError):
                secured.shutdown(socket.SHUT_RDWR)
            secured.close()


def serve_tls(app: Standin, host: str, port: int) -> str:
    """Starts a thread that serves until the process ends; ``host:port`` of where it listens."""
    world: Spektrix = app.env.worlds["spektrix"]  # type: ignore[assignment]
    world.authority.prepare(tuple(world.tenants))
    server = _Server(host, port, app, handler=_Quiet)
    # Set afterwards: the listening socket stays plain, the connections are secured one by one.
    context: ssl.SSLContext = world.authority.server_context()
    server.ssl_context = context
    app.env.options["tls_port"] = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True, name="standin-tls").start()
    return f"{host}:{server.server_port}"
