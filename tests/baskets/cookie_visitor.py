"""A visitor whose browser does what the page says, without running its script: an HTTP session with cookies of its own."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import requests

from baskets.models import Line
from catalog.models import Instance
from tests.baskets.conftest import Ada
from tests.providers import spektrix_wire as sx

FULL = f"u:{sx.HALL}:{sx.FULL}"
UNDER_26 = f"u:{sx.HALL}:{sx.UNDER_26}"


class Visitor(Ada):
    """With a browser whose script does what the page says."""

    def __init__(self) -> None:
        super().__init__()
        self.cookies = requests.Session()
        self.keeps_cookies = True

    def take(self, instance: Instance, key: str = FULL, count: int = 2) -> None:
        self.pick(instance)
        self.press(instance, **{"door": "offers", f"q-{key}": str(count)})

    def ask(self) -> dict[str, Any]:
        """What the page says is to be asked."""
        section = self.page.select_one("[data-ask]")
        assert section is not None, self.text
        return json.loads(str(section["data-ask"]))

    def _call(self, method: str, url: str, body: Any) -> dict[str, Any]:
        if not self.keeps_cookies:
            self.cookies.cookies.clear()
        try:
            answer = self.cookies.request(method, url, json=body, timeout=5)
        except requests.RequestException:
            return {"status": 0, "body": None}
        try:
            found = answer.json()
        except ValueError:
            found = None
        return {"status": answer.status_code, "body": found}

    def does(self, request: dict[str, Any]) -> dict[str, Any]:
        calls = []
        for one in request["calls"]:
            calls.append(self._call(one["method"], one["url"], one["body"]))
            if not calls[-1]["status"]:
                break
        read = self._call("GET", request["read"], None)
        return {
            "step": request["step"], "host": urlsplit(request["read"]).netloc, "calls": calls, "read": read,
        }  # fmt: skip

    def tell(self, answer: Any) -> Any:
        section = self.page.select_one("[data-ask]")
        assert section is not None
        return self.client.post(
            str(section["data-heard"]), json.dumps(answer), content_type="application/json"
        )

    def run(self) -> list[str]:
        """Ask and tell until the shop says where to go; what it said meanwhile."""
        request, said = self.ask(), []
        for _round in range(10):
            found = self.tell(self.does(request)).json()
            if found.get("say"):
                said.append(found["say"])
            if "go" in found:
                self.get(found["go"])
                return said
            request = found["next"]
        raise AssertionError("it asks for ever")

    def buy(self, instance: Instance, key: str = FULL, count: int = 2) -> list[str]:
        self.take(instance, key, count)
        return self.run()


def counted() -> list[tuple[str, int]]:
    """State and number of every line."""
    return [(line.state, line.quantity) for line in Line.objects.order_by("pk")]
