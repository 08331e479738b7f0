"""A sealed file opens with its passphrase, whole, or not at all."""

from __future__ import annotations

import io
import os

import pytest

from shop.sealed_file import CHUNK, MAGIC, Damaged, NotOurs, Reader, Writer, WrongKey

KEY = "a long passphrase of tests"


def sealed(plain: bytes) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, KEY)
    writer.write(plain)
    writer.close()
    return file.getvalue()


def opened(content: bytes, key: str = KEY) -> bytes:
    reader = Reader(io.BytesIO(content), key)
    plain = io.BufferedReader(reader).read()
    reader.finish()
    return plain


def frames(content: bytes) -> list[tuple[int, int]]:
    at, found = len(MAGIC) + 16, []
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big") + 4
        found.append((at, at + size))
        at += size
    return found


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_what_was_written_is_read(size: int) -> None:
    plain = os.urandom(size)
    assert opened(sealed(plain)) == plain


def test_nothing_of_it_can_be_read_in_the_file() -> None:
    assert b"lovelace" not in sealed(b"lovelace" * 100)


def test_another_passphrase_is_told_from_a_damaged_file() -> None:
    content = sealed(b"x" * 100)
    with pytest.raises(WrongKey):
        opened(content, "another long passphrase")
    with pytest.raises(NotOurs):
        opened(b"PK" + content)
    with pytest.raises(Damaged):
        opened(content[: len(MAGIC) + 5])


def test_a_file_that_was_cut_off_anywhere_is_known() -> None:
    content = sealed(os.urandom(2 * CHUNK + 10))
    ends = [end for _start, end in frames(content)[:-1]]  # also where a frame ends: nothing looks wrong there
    for end in [*ends, ends[-1] + 3, len(content) - 1]:
        with pytest.raises(Damaged):
            opened(content[:end])


def test_frames_can_neither_be_turned_round_nor_left_out_nor_added() -> None:
    content = sealed(os.urandom(3 * CHUNK))
    parts = [content[start:end] for start, end in frames(content)]
    head = content[: len(MAGIC) + 16]
    turned = [parts[0], parts[2], parts[1], *parts[3:]]
    for wrong in (turned, [parts[0], *parts[2:]], [*parts, parts[-1]], [*parts[:-1], parts[-2]]):
        with pytest.raises(Damaged):
            opened(head + b"".join(wrong))


def test_one_changed_bit_is_known() -> None:
    content = bytearray(sealed(os.urandom(5000)))
    for at in range(len(MAGIC) + 16 + 40, len(content), 700):
        content[at] ^= 1
        with pytest.raises((Damaged, WrongKey)):
            opened(bytes(content))
        content[at] ^= 1
