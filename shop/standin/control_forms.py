"""Control forms as HTML: a world describes its fields, this draws them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any


def section(title: str, forms: Iterable[dict[str, Any]], notes: str = "") -> str:
    """A form has ``title``, ``action``, ``button`` and ``fields``; a field ``name``, ``label``, ``kind`` (text,
    number, select), ``value`` and, for a select, ``choices`` (texts, or pairs of value and text). ``notes`` is
    HTML."""
    return f"<section><h2>{escape(title)}</h2>{notes}{''.join(map(_form, forms))}</section>"


def _form(form: dict[str, Any]) -> str:
    fields = "".join(f"<label>{escape(field['label'])} {_field(field)}</label>" for field in form["fields"])
    return (
        f'<h3>{escape(form["title"])}</h3><form method="post" action="{escape(form["action"])}">'
        f"{fields}<button>{escape(form['button'])}</button></form>"
    )


def _field(field: dict[str, Any]) -> str:
    name, value = escape(field["name"]), str(field["value"])
    if field["kind"] != "select":
        step = ' step="any"' if field["kind"] == "number" else ""
        return f'<input type="{field["kind"]}" name="{name}" value="{escape(value)}"{step}>'
    options = []
    for choice in field["choices"]:
        given, text = choice if isinstance(choice, tuple) else (choice, choice or "as it is")
        chosen = " selected" if given == value else ""
        options.append(f'<option value="{escape(given)}"{chosen}>{escape(text)}</option>')
    return f'<select name="{name}">{"".join(options)}</select>'
