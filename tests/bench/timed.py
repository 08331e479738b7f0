"""The shop as `shop.wsgi` makes it, with a line in a file for each request: how long it took, and what of that was a provider's.

    TIMED_DIR=/somewhere gunicorn tests.bench.timed:application

A line is JSON: `id`, `at` (seconds since 1970), `method`, `path`, `status`, `wall`, `theirs` (waiting for answers of
providers) and `cpu` (of the request's own thread, reading those answers included), all in milliseconds, and `calls`.
Every call to a provider carries the id of the request it was made for in a header, so that the stand-in's journal can
be laid beside it. Nothing of this is in the shop itself.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter

from shop.providers import http
from shop.wsgi import application as shop
from tests.bench.traces import TRACE


class Request(threading.local):
    """What this thread is busy with."""

    trace = ""
    theirs = 0.0
    calls = 0
    begun = 0.0


_now = Request()
_numbers = itertools.count(1)
_lines = (Path(os.environ["TIMED_DIR"]) / f"timed-{os.getpid()}.jsonl").open("a", buffering=1)
_send = HTTPAdapter.send


def _traced(self: HTTPAdapter, request: Any, *arguments: Any, **named: Any) -> Any:
    if _now.trace:
        request.headers[TRACE] = _now.trace
    return _send(self, request, *arguments, **named)


def _before(call: http.CallInfo) -> None:
    _now.begun = time.perf_counter()


def _after(call: http.CallInfo) -> None:
    _now.theirs += time.perf_counter() - _now.begun
    _now.calls += 1


HTTPAdapter.send = _traced  # type: ignore[method-assign]
http.before_call.append(_before)  # last: what the shop does before a call is its own work
http.after_call.insert(0, _after)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    said: list[str] = []

    def start(status: str, *rest: Any) -> Any:
        said.append(status)
        return start_response(status, *rest)

    _now.trace, _now.theirs, _now.calls = f"{os.getpid()}-{next(_numbers)}", 0.0, 0
    at, begun, cpu = time.time(), time.perf_counter(), time.thread_time()
    try:
        return shop(environ, start)
    finally:
        wall, spent = time.perf_counter() - begun, time.thread_time() - cpu
        line = {
            "id": _now.trace,
            "at": round(at, 3),
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "status": int(said[-1].split()[0]) if said else 0,
            "wall": round(wall * 1000, 3),
            "theirs": round(_now.theirs * 1000, 3),
            "cpu": round(spent * 1000, 3),
            "calls": _now.calls,
        }
        _now.trace = ""
        _lines.write(json.dumps(line) + "\n")
