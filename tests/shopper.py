"""A buyer without scripts: reads pages, follows links, fills in forms, over real HTTP.

ada = Shopper("http://127.0.0.1:8000")
ada.get("/en/")
ada.submit("/basket/add/", quantity="2")   # the first form whose action contains that text
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag


class Shopper:
    """`page` is the parsed page, `answer` the last HTTP answer after redirects."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.session = requests.Session()
        self.answer = requests.Response()
        self.page = BeautifulSoup("", "html.parser")

    def get(self, address: str) -> BeautifulSoup:
        return self._take(self.session.get(urljoin(self.url, address), timeout=60))

    @property
    def url(self) -> str:
        return self.answer.url or self.origin

    @property
    def text(self) -> str:
        return " ".join(self.page.get_text(" ").split())

    def _take(self, answer: requests.Response) -> BeautifulSoup:
        self.answer = answer
        self.page = BeautifulSoup(answer.text, "html.parser")
        return self.page

    def links(self, part: str) -> list[str]:
        return [str(a["href"]) for a in self.page.select("a[href]") if part in str(a["href"])]

    def follow(self, part: str) -> BeautifulSoup:
        """The first link whose address or text contains `part`."""
        for link in self.page.select("a[href]"):
            if part in str(link["href"]) or part in link.get_text(" ", strip=True):
                return self.get(str(link["href"]))
        raise AssertionError(f"no link with {part!r} at {self.url}: {self.text[:400]}")

    def form(self, part: str = "") -> Tag:
        for form in self.page.select("form"):
            action = str(form.get("action") or urlsplit(self.url).path)
            if part in action or part in form.get_text(" ", strip=True):
                return form
        raise AssertionError(f"no form with {part!r} at {self.url}: {self.text[:400]}")

    def filled(self, form: Tag) -> list[tuple[str, str]]:
        """What a browser would send for the form as it stands, without any button."""
        pairs: list[tuple[str, str]] = []
        for field in form.select("input[name], select[name], textarea[name]"):
            if field.has_attr("disabled"):
                continue
            name, kind = str(field["name"]), str(field.get("type", "text")).lower()
            if field.name == "select":
                options = field.select("option[selected]") or field.select("option")[:1]
                pairs += [(name, str(option.get("value", option.get_text()))) for option in options]
            elif field.name == "textarea":
                pairs.append((name, field.get_text()))
            elif kind in {"checkbox", "radio"}:
                if field.has_attr("checked"):
                    pairs.append((name, str(field.get("value", "on"))))
            elif kind not in {"submit", "button", "image", "reset", "file"}:
                pairs.append((name, str(field.get("value", ""))))
        return pairs

    def submit(self, part: str = "", *, button: str = "", **values: Any) -> BeautifulSoup:
        """Send a form: its own values, changed by `values` (a list for several), pressed by `button`'s name."""
        form = self.form(part)
        pairs = [(name, value) for name, value in self.filled(form) if name not in values]
        for name, value in values.items():
            pairs += [(name, str(one)) for one in (value if isinstance(value, list | tuple) else [value])]
        press = (
            form.select_one(f"button[name='{button}'], input[type=submit][name='{button}']")
            if button
            else None
        )
        press = press or form.select_one("button[name][type=submit], button[name]:not([type])")
        if press is not None and str(press["name"]) not in values:
            pairs.append((str(press["name"]), str(press.get("value", ""))))
        target = urljoin(
            self.url, str((press.get("formaction") if press else None) or form.get("action") or self.url)
        )
        headers = {"Referer": self.url, "Origin": "{0.scheme}://{0.netloc}".format(urlsplit(self.url))}
        if str(form.get("method", "get")).lower() == "post":
            return self._take(self.session.post(target, data=pairs, headers=headers, timeout=90))
        return self._take(self.session.get(target, params=pairs, headers=headers, timeout=60))
