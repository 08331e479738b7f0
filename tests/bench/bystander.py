"""Somebody who has nothing to do with the rush: looks at the programme and at other events, and notes each answer.

python -m tests.bench.bystander ORIGIN SECONDS OUT ADDRESS [ADDRESS ...]

A process of its own, so that what it waits for is the shop and not the crowd's interpreter. A line of OUT is JSON:
`address`, `status` (0: no answer), `milliseconds`.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from pathlib import Path

import requests

EVERY = 0.25  # seconds between two looks, from beginning to beginning


def main(origin: str, seconds: float, out: str, addresses: list[str]) -> None:
    session, begun = requests.Session(), time.monotonic()
    with Path(out).open("w", buffering=1) as lines:
        for number, address in enumerate(itertools.cycle(addresses)):
            begins = begun + number * EVERY
            if begins - begun > seconds:
                return
            time.sleep(max(0.0, begins - time.monotonic()))  # an open load: not slowed by slow answers
            asked = time.monotonic()
            try:
                status = session.get(f"{origin}{address}", timeout=60).status_code
            except requests.RequestException:
                status = 0
            taken = round((time.monotonic() - asked) * 1000, 1)
            lines.write(json.dumps({"address": address, "status": status, "milliseconds": taken}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4:])
