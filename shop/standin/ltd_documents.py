"""Tickets as small real PDFs, and wallet passes."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from dataclasses import dataclass

import segno

from shop.standin.ltd_basket_view import barcode
from shop.standin.ltd_baskets import Item

PLAY = "Demonstration ticket: it opens no door."


@dataclass(frozen=True)
class Ticket:
    """What stands on one ticket; all texts ready to print."""

    event: str
    venue: str
    address: str
    when: str
    area: str
    row: str
    seat: str
    price: str
    note: str
    reference: str
    holder: str
    code: str


def ticket(item: Item, index: int, reference: str, holder: str) -> Ticket:
    """The ticket for one seat of a paid item."""
    performance, venue = item.performance, item.performance.venue
    seat = performance.plan.seats[index]
    price = next(price for place, price in item.tickets if place == index)
    address = ", ".join(part.strip() for part in (venue.address, venue.city, venue.postcode) if part)
    return Ticket(
        event=performance.spec.name,
        venue=venue.name,
        address=address,
        when=performance.starts.strftime(f"%A {performance.starts.day} %B %Y, %H:%M"),
        area=performance.plan.areas[item.area],
        row="" if not performance.plan.numbered else seat.row,
        seat=seat.number,
        price=f"£{price.selling / 100:.2f}",
        note=seat.restriction or "",
        reference=reference,
        holder=holder,
        code=barcode(item, index),
    )


def pdf(ticket: Ticket) -> bytes:
    """One A4 page, the same bytes for the same ticket."""
    width, height = 595, 842
    left, top = 48, height - 60
    parts = [
        "0.98 0.96 0.92 rg 36 430 523 376 re f",
        "0.60 0.11 0.14 rg 36 770 523 36 re f",
        _text("F2", 13, left, 783, "TICKET", "1 1 1"),
        _text("F1", 10, 352, 784, PLAY, "1 1 1"),
        _text("F3", _fit(ticket.event, 28, 499), left, top - 62, ticket.event),
        _text("F2", 14, left, top - 92, ticket.when),
        _text("F1", 12, left, top - 112, f"{ticket.venue}, {ticket.address}"),
        "0.75 0.70 0.64 RG 0.7 w [4 4] 0 d 48 650 m 547 650 l S [] 0 d",
    ]
    column = left
    for label, value in (("AREA", ticket.area), ("ROW", ticket.row), ("SEAT", ticket.seat)):
        if value:
            parts.append(_text("F1", 9, column, 626, label, "0.45 0.41 0.37"))
            size = _fit(value, 30, 190)
            parts.append(_text("F3", size, column, 596, value))
            column += max(70, int(len(value) * size * 0.56) + 26)
    parts += [
        _text("F1", 9, left, 560, "PRICE", "0.45 0.41 0.37"),
        _text("F2", 15, left, 542, ticket.price),
        _text("F1", 9, left + 110, 560, "BOOKING", "0.45 0.41 0.37"),
        _text("F2", 15, left + 110, 542, ticket.reference),
        _text("F1", 9, left + 250, 560, "NAME", "0.45 0.41 0.37"),
        _text("F1", _fit(ticket.holder, 12, 125), left + 250, 542, ticket.holder),
        _text("F1", 11, left, 512, ticket.note),
        _text("F1", 10, left, 452, "One person. Show this page, on paper or on a screen, at the door."),
        *_qr(ticket.code, 437, 450, 104),
        _text("F1", 8, 437, 440, ticket.code),
    ]
    stream = "\n".join(part for part in parts if part).encode("cp1252", "replace")
    fonts = "".join(
        f"/{name} << /Type /Font /Subtype /Type1 /BaseFont /{face} /Encoding /WinAnsiEncoding >> "
        for name, face in (("F1", "Helvetica"), ("F2", "Helvetica-Bold"), ("F3", "Times-Bold"))
    )
    title = f"{ticket.event}, {ticket.row}{ticket.seat}"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R"
        f" /Resources << /Font << {fonts}>> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Title (" + _escape(title).encode("cp1252", "replace") + b") >>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _text(font: str, size: int, x: int, y: int, text: str, colour: str = "0.10 0.08 0.07") -> str:
    return f"BT {colour} rg /{font} {size} Tf {x} {y} Td ({_escape(text)}) Tj ET" if text else ""


def _fit(text: str, size: int, width: int) -> int:
    """A smaller size for a long text: letters are about half as wide as high."""
    return max(8, min(size, int(width / max(1, len(text)) / 0.52)))


def _qr(code: str, x: int, y: int, size: int) -> list[str]:
    matrix = segno.make(code, error="m", micro=False).matrix
    step = size / len(matrix)
    drawn = [f"1 1 1 rg {x - 8} {y - 16} {size + 16} {size + 24} re f", "0 0 0 rg"]
    for line, row in enumerate(matrix):
        for column, dark in enumerate(row):
            if dark:
                left, bottom = x + column * step, y + (len(matrix) - 1 - line) * step
                drawn.append(f"{left:.2f} {bottom:.2f} {step:.2f} {step:.2f} re")
    return [*drawn, "f"]


def apple_pass(ticket: Ticket, serial: str) -> bytes:
    """A wallet pass with all its parts but the signature, which only a registered issuer can make."""
    fields = {
        "headerFields": [{"key": "seat", "label": "SEAT", "value": f"{ticket.row}{ticket.seat}"}],
        "primaryFields": [{"key": "event", "label": "EVENT", "value": ticket.event}],
        "secondaryFields": [{"key": "venue", "label": "VENUE", "value": ticket.venue}],
        "auxiliaryFields": [{"key": "when", "label": "WHEN", "value": ticket.when}],
        "backFields": [{"key": "about", "label": "ABOUT", "value": PLAY}],
    }
    code = {"format": "PKBarcodeFormatQR", "message": ticket.code, "messageEncoding": "iso-8859-1"}
    description = {
        "formatVersion": 1,
        "passTypeIdentifier": "pass.test.example.ticket",
        "teamIdentifier": "EXAMPLE",
        "organizationName": ticket.venue,
        "serialNumber": serial,
        "description": f"Ticket for {ticket.event}",
        "eventTicket": fields,
        "barcodes": [code],
        "backgroundColor": "rgb(120,22,30)",
        "foregroundColor": "rgb(255,255,255)",
    }
    files = {"pass.json": json.dumps(description, ensure_ascii=False).encode(), "icon.png": _icon(29)}
    files["icon@2x.png"] = _icon(58)
    manifest = {name: hashlib.sha1(data, usedforsecurity=False).hexdigest() for name, data in files.items()}
    files["manifest.json"] = json.dumps(manifest).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def _icon(size: int) -> bytes:
    """A plain red square as PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    line = b"\x00" + bytes((150, 28, 36)) * size
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(line * size))
        + chunk(b"IEND", b"")
    )
