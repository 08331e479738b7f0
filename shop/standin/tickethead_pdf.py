"""One PDF with a page per ticket: text, a ruled frame, and the QR code drawn as squares."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import segno

WIDTH, HEIGHT = 420, 595  # A5, in points


@dataclass(frozen=True)
class Sheet:
    """What one ticket says. ``facts`` are pairs of a word and its value."""

    title: str
    when: str
    where: str
    facts: tuple[tuple[str, str], ...]
    code: str
    footer: str


def document(sheets: Sequence[Sheet], *, title: str, producer: str = "Tickethead stand-in") -> bytes:
    """A complete PDF 1.7 file."""
    return _bound([_page(sheet) for sheet in sheets], title, producer)


def letter(head: str, lines: Sequence[tuple[str, str]], *, title: str, producer: str) -> bytes:
    """One page of lines, each a text on the left and one on the right: for invoices."""
    out = ["0.12 0.11 0.13 rg 0.12 0.11 0.13 RG\n", _write(40, HEIGHT - 70, 20, head, bold=True)]
    y = HEIGHT - 110.0
    for left, right in lines:
        out.append(_write(40, y, 10, left))
        out.append(_write(300, y, 10, right))
        y -= 18
    return _bound(["".join(out)], title, producer)


def _bound(drawings: Sequence[str], title: str, producer: str) -> bytes:
    objects: list[bytes] = [b""] * 4
    pages = []
    for drawing in drawings:
        drawn = zlib.compress(drawing.encode("cp1252"))
        stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(drawn), drawn)
        objects.append(stream)
        pages.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % (WIDTH, HEIGHT, len(objects))
        )
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>"
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages))
    for place, font in ((2, b"Helvetica"), (3, b"Helvetica-Bold")):
        objects[place] = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>" % font
    told = f"<< /Title ({_text(title)}) /Producer ({_text(producer)}) >>"
    objects.append(told.encode("cp1252"))
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        len(objects),
        start,
    )
    return bytes(out)


def _text(text: str) -> str:
    """Escaped for a PDF string; letters that the standard fonts lack lose their marks."""
    kept = []
    for letter in text:
        try:
            letter.encode("cp1252")
            kept.append(letter)
        except UnicodeEncodeError:
            kept.append(unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?")
    return "".join(kept).replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _write(x: float, y: float, size: float, text: str, *, bold: bool = False) -> str:
    return f"BT /F{2 if bold else 1} {size} Tf {x} {y} Td ({_text(text)}) Tj ET\n"


def _wrapped(text: str, length: int) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > length:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def _page(sheet: Sheet) -> str:
    out = ["0.12 0.11 0.13 rg 0.12 0.11 0.13 RG\n", f"0.8 w 24 24 {WIDTH - 48} {HEIGHT - 48} re S\n"]
    out.append("[2 3] 0 d 24 250 m 396 250 l S [] 0 d\n")
    y = HEIGHT - 70.0
    for line in _wrapped(sheet.title, 28)[:3]:
        out.append(_write(40, y, 22, line, bold=True))
        y -= 26
    out.append(_write(40, y - 4, 12, sheet.when))
    out.append(_write(40, y - 22, 12, sheet.where))
    y -= 58
    for place, (word, value) in enumerate(sheet.facts):
        x = 40 if place % 2 == 0 else 220
        out.append(_write(x, y, 8, word.upper()))
        out.append(_write(x, y - 15, 13, value, bold=True))
        if place % 2:
            y -= 40
    out.append(_qr(sheet.code, 40, 60, 160))
    x = 220
    out.append(_write(x, 212, 8, "SCAN AT THE DOOR"))
    for place in range(0, len(sheet.code), 26):
        out.append(_write(x, 196 - place / 26 * 9, 6.5, sheet.code[place : place + 26]))
    out.append(_write(40, 34, 7, sheet.footer))
    return "".join(out)


def _qr(text: str, x: float, y: float, size: float) -> str:
    """Runs of dark modules as filled rectangles, on their quiet zone."""
    matrix = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    step = size / len(matrix)
    out = []
    for row, modules in enumerate(matrix):
        column = 0
        while column < len(modules):
            length = 0
            while column + length < len(modules) and modules[column + length]:
                length += 1
            if length:
                top = y + size - (row + 1) * step
                out.append(f"{x + column * step:.3f} {top:.3f} {length * step:.3f} {step:.3f} re\n")
            column += max(length, 1)
    return "".join(out) + "f\n"
