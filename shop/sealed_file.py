"""One file that nobody reads without its passphrase, written and read as a stream.

Layout: `MAGIC`, 16 bytes of salt, then frames of a length (4 bytes, big endian) and AES-256-GCM of up to 1 MiB. The key is
scrypt (n=2**15, r=8, p=1) of passphrase and salt. The nonce of a frame is its number (11 bytes) and 1 in the last frame,
else 0, so that frames can neither be left out, turned round nor cut off; magic and salt are authenticated with each.
The first frame holds `OPENS` alone: a passphrase that does not fit is told from a file that is damaged.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"FOYER-BACKUP-1\n"
OPENS = b"this passphrase fits"
CHUNK = 1024 * 1024
_LENGTH = struct.Struct(">I")


class NotOurs(Exception):
    """It does not begin like such a file."""


class WrongKey(Exception):
    """The passphrase does not fit."""


class Damaged(Exception):
    """It was changed, or is not whole."""


def _key(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(
        hashlib.scrypt(passphrase.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=64 * 1024 * 1024, dklen=32)
    )


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


class Writer(io.RawIOBase):
    """Whatever is written goes sealed into `file`; `close` writes the last frame, and without it the file is damaged."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self.file, self.number, self.held = file, 0, bytearray()
        self.head = MAGIC + os.urandom(16)
        self.key = _key(passphrase, self.head[len(MAGIC) :])
        file.write(self.head)
        self._frame(OPENS, last=False)

    def _frame(self, plain: bytes, *, last: bool) -> None:
        sealed = self.key.encrypt(_nonce(self.number, last), plain, self.head)
        self.file.write(_LENGTH.pack(len(sealed)) + sealed)
        self.number += 1

    def writable(self) -> bool:
        return True

    def write(self, plain: bytes) -> int:  # type: ignore[override]
        self.held += plain
        while len(self.held) > CHUNK:
            self._frame(bytes(self.held[:CHUNK]), last=False)
            del self.held[:CHUNK]
        return len(plain)

    def close(self) -> None:
        if not self.closed:
            self._frame(bytes(self.held), last=True)
            super().close()


class Reader(io.RawIOBase):
    """Raises NotOurs and WrongKey when it is made, Damaged while it is read."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self.file, self.number, self.held, self.done = file, 0, bytearray(), False
        self.head = file.read(len(MAGIC) + 16)
        if not self.head.startswith(MAGIC):
            raise NotOurs
        if len(self.head) < len(MAGIC) + 16:
            raise Damaged
        self.key = _key(passphrase, self.head[len(MAGIC) :])
        sealed = self._sealed()
        try:
            if self.key.decrypt(_nonce(0, False), sealed, self.head) != OPENS:
                raise WrongKey
        except InvalidTag:
            raise WrongKey from None
        self.number = 1

    def _sealed(self) -> bytes:
        length = self.file.read(_LENGTH.size)
        if len(length) < _LENGTH.size:
            raise Damaged
        (size,) = _LENGTH.unpack(length)
        sealed = self.file.read(size) if size <= CHUNK + 16 else b""
        if len(sealed) < size:
            raise Damaged
        return sealed

    def _next(self) -> None:
        sealed = self._sealed()
        for last in (False, True):
            try:
                self.held += self.key.decrypt(_nonce(self.number, last), sealed, self.head)
            except InvalidTag:
                continue
            self.number, self.done = self.number + 1, last
            if last and self.file.read(1):
                raise Damaged  # something was added
            return
        raise Damaged

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self.held and not self.done:
            self._next()
        count = min(len(buffer), len(self.held))
        buffer[:count] = self.held[:count]
        del self.held[:count]
        return count

    def finish(self) -> None:
        """Read to the end: a file that was cut off is only known there."""
        while not self.done:
            self.held.clear()
            self._next()
