"""A language in which every translated sentence is written in full-width letters, so that what is not shows.

    with pseudo_language():
        page = client.get("/el/").content.decode()
        assert plain_english(page) == []

The language borrows the code of Greek: dates, money and units that Babel writes are then Greek, and test data
is expected to be Greek too. What is left in Latin letters was written into a template or into code without
being marked for translation. Elements with translate="no" (the shop's own name) are passed over.
"""

from __future__ import annotations

import contextlib
import gettext
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.conf import settings
from django.test import override_settings
from django.utils.translation import trans_real

LANGUAGE = "el"
_KEEP = re.compile(r"%\([^)]*\)[a-z]|%[sdif%]|\{[^{}]*\}|<[^>]+>|&[a-z]+;|&#\d+;")
_WIDE = {
    code: code + 0xFEE0 for letters in ("AZ", "az") for code in range(ord(letters[0]), ord(letters[1]) + 1)
}
_LATIN = re.compile(r"[A-Za-z]{2,}")
# the same in every language: our order numbers, addresses of mail and web, kinds of files, names that a script fills in
_ALLOWED = re.compile(
    r"\bFOY-[A-Z0-9]+\b|[\w.+-]+@[\w.-]+|https?://\S+|/[\w/.-]+|\b[A-Z]{1,3}\d+\b|\bPDF\b|\b[A-Z0-9]{6,}\b|"
    r"\b(?:GBP|EUR|USD)\b|\{[a-z]+\}"
)
SPOKEN = {
    "alt",
    "title",
    "aria-label",
    "aria-description",
    "aria-valuetext",
    "placeholder",
    "label",
    "summary",
}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SILENT = {"script", "style"}
META = {"description", "og:title", "og:description", "og:image:alt", "twitter:title", "twitter:description"}


def widen(message: str) -> str:
    """ "Basket" becomes "Ｂａｓｋｅｔ"; placeholders and markup stay."""
    parts, at = [], 0
    for kept in _KEEP.finditer(message):
        parts += [message[at : kept.start()].translate(_WIDE), kept.group()]
        at = kept.end()
    return "".join([*parts, message[at:].translate(_WIDE)])


class Pseudo(gettext.NullTranslations):
    """What Django asks of a catalogue, for every message there is."""

    domain = "django"

    def _without_context(self, message: str) -> str:
        return message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]

    def gettext(self, message: str) -> str:
        return widen(self._without_context(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return widen(self._without_context(msgid1 if n == 1 else msgid2))

    def language(self) -> str:
        return LANGUAGE

    def to_language(self) -> str:
        return LANGUAGE


@contextlib.contextmanager
def pseudo_language() -> Iterator[str]:
    """The pages answer under /el/ as well; yields the code."""
    with override_settings(LANGUAGES=[*settings.LANGUAGES, (LANGUAGE, "Ελληνικά")]):
        trans_real._translations[LANGUAGE] = Pseudo()
        try:
            yield LANGUAGE
        finally:
            trans_real._translations.pop(LANGUAGE, None)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, bool]] = []  # tag, whether its text is read
        self.found: list[tuple[str, str]] = []

    def _reading(self) -> bool:
        return not self.stack or self.stack[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        reading = self._reading() and given.get("translate") != "no"
        if reading:
            for name, value in given.items():
                if (
                    name in SPOKEN
                    or (
                        name == "value"
                        and tag == "input"
                        and given.get("type") in ("submit", "button", "reset")
                    )
                    or (name == "content" and (given.get("name") or given.get("property")) in META)
                    or (name.startswith("data-") and " " in value.strip())
                    or name in ("data-busy", "data-live", "data-live-now")
                ):
                    self.found.append((f"{tag}[{name}]", value))
        if tag not in VOID:
            self.stack.append((tag, reading and tag not in SILENT))

    def handle_endtag(self, tag: str) -> None:
        for index in range(len(self.stack) - 1, -1, -1):
            if self.stack[index][0] == tag:
                del self.stack[index:]
                return

    def handle_data(self, data: str) -> None:
        if self._reading() and data.strip():
            self.found.append((self.stack[-1][0] if self.stack else "", data.strip()))


def plain_english(page: str) -> list[str]:
    """What a person reads or hears on this page that is written in Latin letters: "p: Buy now"."""
    reader = _Reader()
    reader.feed(page)
    return [f"{where}: {text}" for where, text in reader.found if english_words(text)]


def english_words(text: str) -> list[str]:
    """Words in Latin letters in plain text, codes apart. For mails."""
    return _LATIN.findall(_ALLOWED.sub(" ", text))
