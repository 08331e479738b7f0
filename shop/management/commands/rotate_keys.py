"""`manage.py rotate_keys`: everything that is stored encrypted is closed anew, under the first key of FIELD_KEYS.

1. Put a new key at the end of FIELD_KEYS on every machine, and restart every process: who does not know it yet could not
   open what another one has closed with it. (A shop that is stopped as a whole may leave this step out.)
2. Put it in front, everywhere, and restart again.
3. Run this, on one machine, beside the running shop. It may be stopped, and run again.
4. Where it says that a key is not needed any more, take that key out, after the last backup closed with it is gone.

--count changes nothing and says what is closed with which key. Ends with 1 where something cannot be opened, or where
rows changed so fast that it has to be run again. No key is printed: they are told by eight letters.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from shop import crypto, rotation


class Command(BaseCommand):
    help = "Closes everything that is stored encrypted anew, under the newest key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--count", action="store_true", help="change nothing, say what is closed with what"
        )
        parser.add_argument("--batch", type=int, default=200, help="rows that are read at a time (200)")
        parser.add_argument("--pause", type=float, default=0, help="seconds of rest after a batch (0)")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = crypto.keys()
        self.stdout.write(f"Newest key: {crypto.fingerprint(keys[0])}; {len(keys) - 1} older.")
        found = [self.column(model, column, options) for model, column in rotation.columns()]
        by_key: Counter[str] = sum((told.by_key for told in found), Counter())
        self.stdout.write(
            f"{sum(told.rows for told in found)} values in {len(found)} columns, "
            f"{sum(told.moved for told in found)} closed anew."
        )
        lost, busy = sum(len(told.lost) for told in found), sum(told.busy for told in found)
        for key in keys[1:]:
            self.about(key, by_key[key], options["count"] or bool(busy or lost))
        if busy:
            self.stdout.write(self.style.WARNING(f"{busy} changed just then: run it once more."))
        if lost:
            self.stdout.write(
                self.style.ERROR(f"{lost} cannot be opened with any key: is one missing from FIELD_KEYS?")
            )
        if lost or busy:
            sys.exit(1)

    def column(self, model: Any, column: Any, options: dict[str, Any]) -> rotation.Told:
        told = rotation.rotate(
            model,
            column,
            batch=max(1, options["batch"]),
            write=not options["count"],
            after_batch=lambda _told: time.sleep(options["pause"]),
        )
        closed = ", ".join(f"{crypto.fingerprint(key)}: {count}" for key, count in told.by_key.items())
        self.stdout.write(f"  {told.label}: {told.rows} ({closed or 'empty'}), {told.moved} closed anew")
        if told.lost:
            named = ", ".join(map(str, told.lost[: rotation.TOLD]))
            self.stdout.write(self.style.ERROR(f"    not opened by any key: rows {named}"))
        return told

    def about(self, key: str, was: int, unsure: bool) -> None:
        """What is to be done with an old key."""
        name = crypto.fingerprint(key)
        if unsure:
            self.stdout.write(f"Key {name} closed {was} of them.")
        elif was:
            self.stdout.write(
                f"Key {name} closed {was} of them until now. Run this once more: when it closes none, "
                "no process writes with it any more."
            )
        else:
            self.stdout.write(
                self.style.SUCCESS(f"Key {name} is not needed any more: take it out of FIELD_KEYS.")
            )
