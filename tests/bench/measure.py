"""Calling a WSGI application in this process and taking the time: no network, no load generator in the way."""

from __future__ import annotations

import io
import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any


def request_environ(path: str, query: str = "", **headers: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        "HTTP_ACCEPT_ENCODING": "gzip", **headers,
    }  # fmt: skip


def get(application: Callable[..., Any], path: str, **headers: str) -> tuple[str, bytes]:
    """Status and body of one request."""
    said: list[str] = []
    path, _mark, query = path.partition("?")
    body = application(
        request_environ(path, query, **headers), lambda status, head, info=None: said.append(status)
    )
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return said[0], content


def median_ms(work: Callable[[], Any], times: int = 300, warm: int = 20) -> float:
    for _turn in range(warm):
        work()
    taken = []
    for _turn in range(times):
        begun = perf_counter()
        work()
        taken.append(perf_counter() - begun)
    return statistics.median(taken) * 1000


def interleaved(works: dict[str, Callable[[], Any]], rounds: int = 5, times: int = 80) -> dict[str, float]:
    """The median of several rounds, taken in turn, so that a noisy moment hits all of them alike."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _round in range(rounds):
        for name, work in works.items():
            found[name].append(median_ms(work, times=times, warm=5))
    return {name: statistics.median(values) for name, values in found.items()}


def line(what: str, ms: float, floor: float | None = None, aim: str = "") -> None:
    ratio = f"  {floor / ms:5.2f} of its floor" if floor else ""
    print(f"{what:48} {ms:8.2f} ms{ratio}{'   aim: ' + aim if aim else ''}", flush=True)
