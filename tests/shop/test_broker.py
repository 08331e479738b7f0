"""The folder of messages: none is taken half-written, taken twice, or stops a worker."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

import shop.celery  # noqa: F401 - names the transport


@pytest.fixture
def name() -> str:
    """A queue of its own: a process remembers which it has declared, whatever the folder."""
    return f"till{uuid.uuid4().hex}"


@pytest.fixture
def connect(tmp_path: Path) -> Any:
    for name in ("queue", "processed", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "processed_folder": str(tmp_path / "processed"),
        "control_folder": str(tmp_path / "control"),
    }
    return lambda: Connection("folder://localhost/", transport_options=options)


def test_what_was_put_is_got_in_order(connect, name):
    with connect() as connection, connection.SimpleQueue(name) as queue:
        for number in range(5):
            queue.put({"n": number})
        got = [queue.get(block=False) for _turn in range(5)]
        for message in got:
            message.ack()
        assert [message.payload["n"] for message in got] == [0, 1, 2, 3, 4]
        with pytest.raises(queue.Empty):
            queue.get(block=False)


def test_a_broken_message_is_set_aside_and_the_next_one_is_served(connect, name, tmp_path):
    (tmp_path / "queue" / f"+broken.{name}.msg").write_text("")
    with connect() as connection, connection.SimpleQueue(name) as queue:
        queue.put({"n": 1})
        assert queue.get(block=False).payload == {"n": 1}
    assert [path.name for path in (tmp_path / "processed").glob("*.unreadable")] == [
        f"+broken.{name}.unreadable"
    ]


def test_many_writers_and_readers_lose_nothing_and_double_nothing(connect, name):
    got: list[int] = []
    written = threading.Event()

    def write(start: int) -> None:
        with connect() as connection, connection.SimpleQueue(name) as queue:
            for number in range(start, start + 100):
                queue.put({"n": number})

    def read() -> None:
        with connect() as connection, connection.SimpleQueue(name) as queue:
            while True:
                done = written.is_set()
                try:
                    message = queue.get(block=False)
                except queue.Empty:
                    if done:
                        return
                    continue
                message.ack()
                got.append(message.payload["n"])

    readers = [threading.Thread(target=read) for _turn in range(3)]
    writers = [threading.Thread(target=write, args=(start,)) for start in (0, 100, 200)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    written.set()
    for thread in readers:
        thread.join()
    assert sorted(got) == list(range(300))
