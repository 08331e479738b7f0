"""The refresh of 5,000 events with 50,000 dates, the provider's own time taken out, against the bare work.

The bare work: the same records as plain dicts in memory, each made into text and hashed, the hash compared with
the one in the database, and what differs written by upserts of many rows; no provider, no checks, no summaries.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
os.environ["RUN_DIR"] = tempfile.mkdtemp(prefix="foyer-bench-refresh-")
os.environ["DATABASE_URL"] = (
    os.environ.get("BENCH_DATABASE_URL") or f"sqlite:///{os.environ['RUN_DIR']}/bench.sqlite3"
)

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402

from catalog import refresh  # noqa: E402
from catalog.models import CatalogVersion, Event, Instance  # noqa: E402
from shop.money import Money  # noqa: E402
from shop.providers import registry  # noqa: E402
from shop.providers.types import BadRecord, Capabilities, EventInfo, InstanceInfo, VenueInfo, Window  # noqa: E402

EVENTS, DATES = int(os.environ.get("BENCH_EVENTS", "5000")), 10
BEGIN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
VENUES = [VenueInfo(ref=str(n), name=f"House {n}", city="London") for n in range(60)]


class Bare(models.Model):
    ref = models.CharField(max_length=40, primary_key=True)
    hash = models.CharField(max_length=64)
    data = models.TextField()

    class Meta:
        app_label = "shop"
        db_table = "bench_bare"


class Source:
    """A provider that answers at once. `renamed` events changed since the last time."""

    capabilities = Capabilities()

    def __init__(self, renamed: int = 0) -> None:
        self.renamed = renamed

    @property
    def catalog(self) -> Source:
        return self

    def instances_of(self, n: int) -> tuple[InstanceInfo, ...]:
        price = Money(2000 + n % 50 * 100, "GBP")
        left = 40 if n >= self.renamed else 39
        return tuple(
            InstanceInfo(
                ref=f"{n}-{d}", event_ref=str(n), starts_at=BEGIN + timedelta(days=d * 7, hours=n % 12),
                seats_left=left, seats_total=200, price_from=price,
            )
            for d in range(DATES)
        )  # fmt: skip

    def events(self, window: Window) -> Iterator[EventInfo | BadRecord]:
        for n in range(EVENTS):
            name = f"Evening {n}" if n >= self.renamed else f"Evening {n}, extended"
            yield EventInfo(
                ref=str(n), name=name, kind="play", venue=VENUES[n % 60], price_from=Money(2000, "GBP"),
                description_html="<p>" + "A line about it. " * 20 + "</p>", instances=self.instances_of(n),
            )  # fmt: skip

    def event(self, event_ref: str) -> EventInfo | None:
        return None

    def instances(self, event_ref: str, window: Window) -> Iterator[InstanceInfo | BadRecord]:
        yield from (
            i for i in self.instances_of(int(event_ref)) if window.since <= i.starts_at.date() < window.until
        )


def plain(info: EventInfo | InstanceInfo | VenueInfo) -> dict[str, Any]:
    """The record as a provider's JSON would have it: what it does not say is not there."""
    said: dict[str, Any] = {}
    for field in fields(info):
        value = getattr(info, field.name)
        if value is None or value == "" or field.name == "instances":
            continue
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, Money):
            value = {"amount": value.minor, "currency": value.currency}
        elif isinstance(value, VenueInfo):
            value = plain(value)
        said[field.name] = value
    return said


def bare(source: Source) -> float:
    """Hash, compare, write what differs: nothing else."""

    if "bench_bare" not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(Bare)
    rows: list[tuple[str, dict[str, Any]]] = []
    for info in source.events(Window(BEGIN.date(), BEGIN.date())):
        assert isinstance(info, EventInfo)
        rows.append((f"e{info.ref}", plain(info)))
        rows += [(f"i{date.ref}", plain(date)) for date in info.instances or ()]
    begun = perf_counter()
    known = dict(Bare.objects.values_list("ref", "hash"))
    changed = []
    for ref, record in rows:
        text = json.dumps(record)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if known.get(ref) != digest:
            changed.append(Bare(ref=ref, hash=digest, data=text))
    with transaction.atomic():
        Bare.objects.bulk_create(
            changed,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["ref"],
            update_fields=["hash", "data"],
        )
    return perf_counter() - begun


def run(source: Source) -> tuple[float, Any]:
    registry.provider = lambda name, polite=False: source  # type: ignore[assignment, misc]
    begun = perf_counter()
    done = refresh.refresh_account("west-end", trigger="command")
    taken = perf_counter() - begun
    assert done.complete, done.error
    return taken, done


def generation(source: Source) -> float:
    """What our own provider costs by making the records: taken out of the shop's time."""
    begun = perf_counter()
    for info in source.events(Window(BEGIN.date(), BEGIN.date())):
        assert info
    return perf_counter() - begun


def main() -> None:
    call_command("migrate", verbosity=0)
    print(f"{EVENTS} events, {EVENTS * DATES} dates, {connection.vendor}")
    changed = EVENTS // 100
    for name, source in (
        ("first load", Source()),
        ("nothing changed", Source()),
        ("1 % changed", Source(renamed=changed)),
    ):
        version = CatalogVersion.objects.values_list("number", flat=True).first()
        own = generation(source)
        floor = bare(source)
        taken, done = run(source)
        taken -= own
        same = CatalogVersion.objects.values_list("number", flat=True).first() == version
        print(
            f"{name:16} {taken:7.2f} s   bare {floor:6.2f} s   {taken / floor:5.2f} x bare   {done.written} rows written"
            f"   pages {'kept' if same else 'made anew'}"
            + ("   aim: 2 x" if name == "nothing changed" else ""),
            flush=True,
        )
    assert Event.objects.count() == EVENTS
    assert Instance.objects.count() == EVENTS * DATES
    tracemalloc.start()
    run(Source(renamed=changed))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"peak memory of an unchanged refresh: {peak / 2**20:.1f} MB of Python objects")


if __name__ == "__main__":
    main()
