"""A ``requests`` adapter that calls the stand-in in this process: real requests, no socket."""

from __future__ import annotations

import io
from collections.abc import Iterable
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from shop.standin.wsgi import Standin


class StandinAdapter(HTTPAdapter):
    """Mount it on a session: ``session.mount("http://stand-in.test", StandinAdapter(app))``.

    The host of the URL does not matter. A fault that waits longer than the caller's time-out raises
    ``ReadTimeout`` (after the work, as on a real wire, and without sleeping); a dropped connection raises
    ``ConnectionError``.
    """

    def __init__(self, app: Standin) -> None:
        super().__init__()
        self.app = app

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        waited: list[float] = []
        dropped: list[bool] = []
        environ = _environ(request)
        if cert and environ["wsgi.url_scheme"] == "https":
            # What a server in front would pass on; a pair is certificate and key.
            environ["SSL_CLIENT_CERT"] = Path(cert[0] if isinstance(cert, tuple) else cert).read_text()
        environ["standin.wait"] = waited.append
        environ["standin.drop"] = lambda: dropped.append(True)
        started: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started.update(status=status, headers=headers)
            return lambda data: None

        chunks: Iterable[bytes] = self.app(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        if dropped:
            raise requests.ConnectionError("Connection aborted: the other end closed it", request=request)
        if patience is not None and sum(waited) >= patience:
            raise requests.ReadTimeout(f"Read timed out. (read timeout={patience})", request=request)
        return self.build_response(request, _answer(request, started, body))


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(request.url or "")
    body = request.body if request.body is not None else b""
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = b"".join(body)
    host = parts.hostname or "127.0.0.1"
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "RAW_URI": (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        "SERVER_NAME": host,
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = text
    if environ.pop("HTTP_TRANSFER_ENCODING", None) == "chunked":
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


class _Original:
    """What ``requests`` looks for when it collects cookies."""

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        self.msg = Message()
        for name, value in headers:
            self.msg[name] = value

    def isclosed(self) -> bool:
        return True


def _answer(request: requests.PreparedRequest, started: dict[str, Any], body: bytes) -> HTTPResponse:
    code, _, reason = started["status"].partition(" ")
    return HTTPResponse(
        body=io.BytesIO(body),
        headers=HTTPHeaderDict(started["headers"]),
        status=int(code),
        version=11,
        reason=reason,
        preload_content=False,
        decode_content=False,
        original_response=_Original(started["headers"]),  # type: ignore[arg-type]
        request_method=request.method,
    )
