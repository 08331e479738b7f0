"""Wallet passes: one ``.pkpass`` per ticket, several of them in one ``.pkpasses``.

Source for the inside: Apple Wallet developer guide (pass.json, manifest of SHA-1 sums, detached signature). What
the live service sends for several tickets is not documented; our reading.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from shop.standin.tickethead_codes import Signer

ONE, SEVERAL = "application/vnd.apple.pkpass", "application/vnd.apple.pkpasses"


def bundle(passes: Sequence[dict[str, Any]], signer: Signer) -> tuple[bytes, str]:
    """The file and its content type."""
    made = [_pass(each, signer) for each in passes]
    if len(made) == 1:
        return made[0], ONE
    return _zip({f"ticket-{place}.pkpass": body for place, body in enumerate(made, 1)}), SEVERAL


def _pass(content: dict[str, Any], signer: Signer) -> bytes:
    files = {"pass.json": json.dumps(content, ensure_ascii=False).encode()}
    for name, size in (("icon.png", 29), ("icon@2x.png", 58)):
        files[name] = _square(size)
    manifest = {name: hashlib.sha1(body, usedforsecurity=False).hexdigest() for name, body in files.items()}
    files["manifest.json"] = json.dumps(manifest).encode()
    files["signature"] = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(files["manifest.json"])
        .add_signer(signer.certificate("Tickethead stand-in"), signer.key(), hashes.SHA256())
        .sign(
            serialization.Encoding.DER,
            [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary],
        )
    )
    return _zip(files)


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def _square(size: int) -> bytes:
    """A plain PNG in one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + b"\x8f\x1d\x2c" * size) * size
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
