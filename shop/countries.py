"""Countries by their ISO 3166 code, named and sorted in the page's language."""

from __future__ import annotations

import functools
import unicodedata

from babel import Locale

from shop.words import locale

# two letters that stand for no country: unions, the unknown, and codes that are kept for other uses
NO_COUNTRY = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])


def countries() -> tuple[tuple[str, str], ...]:
    """(alpha-2 code, name), by name."""
    return _countries(locale())


@functools.lru_cache(maxsize=16)
def _countries(name: str) -> tuple[tuple[str, str], ...]:
    known = Locale.parse(name, sep="-" if "-" in name else "_").territories
    found = [(code, said) for code, said in known.items() if _is_country(code)]
    return tuple(sorted(found, key=lambda row: _plain(row[1])))


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in NO_COUNTRY


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
