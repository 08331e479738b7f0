"""The shop, whose list of venues may be kept for one second instead of half a minute: a test sees it run out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from shop.wsgi import application as shop


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        if environ["PATH_INFO"].endswith("/venues/"):
            headers = [(name, value.replace("s-maxage=30", "s-maxage=1")) for name, value in headers]
        return start_response(status, headers, *rest)

    return shop(environ, start)
