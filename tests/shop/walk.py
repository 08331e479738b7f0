"""Every address that the shop answers, with real values in it, for tests that walk through all of them.

`addresses(values)` goes through the URL patterns themselves, so that an address nobody thought of is walked, too; one
whose values are not told fails by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import URLPattern, URLResolver, get_resolver, reverse

DATA = {"application/json", "application/ld+json"}  # blocks of data, which no browser runs


def patterns(node: Any = None, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    """(name with its namespaces, names of its values) of every named pattern."""
    for each in (node or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            inner = (*spaces, each.namespace) if each.namespace else spaces
            yield from patterns(each, inner)
        elif isinstance(each, URLPattern) and each.name:
            yield (
                ":".join([*spaces, each.name]),
                list(each.pattern.converters) or list(each.pattern.regex.groupindex),
            )


def of_admin(name: str) -> Any:
    """The model that an address of the admin is about, None where it is about none."""
    if name == "admin:auth_user_password_change":  # Django's own name of it, whatever the model is called
        return get_user_model()
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.app_label}_{model._meta.model_name}_"):
            return model
    return None


def addresses(values: Callable[[str, str], Any], start: str = "") -> Iterator[tuple[str, str]]:
    """(name, address) of those whose name begins so; `values(name, value's name)` gives each value, or raises
    KeyError."""
    seen = set()
    for name, wanted in patterns():
        if (name, *wanted) in seen or not name.startswith(start):
            continue
        seen.add((name, *wanted))
        found: dict[str, Any] = {}
        for each in wanted:
            model = of_admin(name) if name.startswith("admin:") else None
            if model is not None:
                row = model._default_manager.first()
                found[each] = row.pk if row is not None else 1
            else:
                try:
                    found[each] = values(name, each)
                except KeyError:
                    raise AssertionError(f"no value is told for {each} of {name}") from None
        yield name, reverse(name, kwargs=found)


class Inline(HTMLParser):
    """What a policy without inline script and style would stop in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" not in given and given.get("type") not in DATA:
            self.found.append("<script> without src")
        if tag == "style":
            self.found.append("<style>")
        for name, value in given.items():
            if name == "style" or name.startswith(("on", "hx-on")):
                self.found.append(f"{tag} {name}={value[:40]!r}")
            if value.strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value[:40]!r}")


def inline(page: str) -> list[str]:
    parser = Inline()
    parser.feed(page)
    return parser.found
