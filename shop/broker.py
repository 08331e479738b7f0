"""The embedded broker: kombu's folder of messages, made safe for several processes.

kombu's own writes a message under its final name, so that a worker can take it half-written and stops for good.
Here a message is written beside and renamed, and one that cannot be read is set aside. As lossy as any folder:
a killed worker loses what it had in hand, which is why every wait is a row that beat's sweep finds.
"""

from __future__ import annotations

import fcntl
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic_ns
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.encoding import bytes_to_str, str_to_bytes
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        """Beside, then renamed: nobody ever sees half a message."""
        folder = Path(self.data_folder_out)
        name = f"{monotonic_ns():020}_{uuid.uuid4()}.{queue}.msg"
        beside = folder / f".{name}.part"
        try:
            beside.write_bytes(str_to_bytes(dumps(payload)))
            beside.replace(folder / name)
        except OSError as error:
            raise ChannelError(f"cannot write into {folder}") from error

    def _get(self, queue: str) -> Any:
        """The oldest message. Whoever renames it first has it."""
        wanted, folder = f"{queue}.msg", Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.startswith(".") or name.partition(".")[2] != wanted:
                continue
            mine = Path(self.processed_folder) / name
            try:
                (folder / name).rename(mine)
                payload = loads(bytes_to_str(mine.read_bytes()))
            except OSError:
                continue  # another worker was quicker
            except ValueError:
                log.error("a message that cannot be read was set aside: %s", name)
                mine.replace(mine.with_suffix(".unreadable"))
                continue
            mine.unlink(missing_ok=True)
            return payload
        raise filesystem.Empty

    @contextmanager
    def _table_lock(self) -> Iterator[None]:
        self.control_folder.mkdir(parents=True, exist_ok=True)
        with (self.control_folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def get_table(self, exchange: str) -> Any:
        with self._table_lock():
            return super().get_table(exchange)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        with self._table_lock():
            super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    Channel = Channel
    # the base class keeps one state for all; ours has its own
    global_state = filesystem.virtual.BrokerState()
