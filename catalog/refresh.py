"""The refresh: what a provider lists becomes our rows, and only what changed is written.

`refresh_account` reads a whole account from today on, `refresh_event` one event. Provider calls happen while
reading, never inside a transaction; what was read is written batch by batch (`catalog.writing`), so that memory
grows with a batch and not with the catalogue. A failed refresh keeps what there is, and the account says so.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from catalog import health, marks, moving, posters, records, told, writing
from catalog.models import Event, LeftOut, ProviderAccount, RefreshRun
from shop import calls, clock
from shop.claims import claim, prolong
from shop.providers import registry
from shop.providers.accounts import AccountConfig
from shop.providers.base import CatalogSource
from shop.providers.errors import BadAnswer, Misconfigured, ProviderError
from shop.providers.types import BadRecord, EventInfo, InstanceInfo, Window

HORIZON_DAYS = 400
READ_AHEAD = 500  # events read before the first is written: most accounts then know their true total
BATCH_EVENTS = 100
BATCH_DATES = 3000
BATCH_SECONDS = 5.0
TOLD_EVERY = 0.25  # seconds between two reports of progress
LEFT_OUT_KEPT = 200  # rows a run; the count is always the whole
FAILURES_ALLOWED = 3  # events in a row whose dates cannot be had; then the account is taken to be down
CLAIM_SECONDS = 300
RUNS_KEPT = timedelta(days=30)

log = logging.getLogger(__name__)
Progress = Callable[[RefreshRun, str], None]  # what is being done: reading, posters, done


def windows(today: datetime, days: int | None) -> list[Window]:
    """From today on, `HORIZON_DAYS` in all, in steps of so many days (None: in one)."""
    since, end = today.date(), today.date() + timedelta(days=HORIZON_DAYS)
    step = timedelta(days=days or HORIZON_DAYS)
    found = []
    while since < end:
        found.append(Window(since, min(since + step, end)))
        since += step
    return found


@dataclass
class _Reading:
    """One run's state: what was seen, left out, and whether the account listed everything."""

    run: RefreshRun
    now: datetime
    since: datetime
    config: AccountConfig
    seen: set[str] = field(default_factory=set)
    left_out: list[LeftOut] = field(default_factory=list)
    nameless: bool = False  # an event without a readable id was left out: what is missing cannot be known
    failed: int = 0
    failures_in_a_row: int = 0
    last_failure: ProviderError | None = None
    fields: marks.Seen = field(default_factory=marks.Seen)
    system: str = ""  # whose ids are read, where the provider names it
    tell: Progress = field(default=lambda run, what: None)
    told_at: float = 0.0

    def leave_out(self, record: BadRecord) -> None:
        run = self.run
        run.left_out_count += 1
        log.info("%s: %s left out: %s", self.config.name, record.what, record.reason[:200])
        if run.left_out_count <= LEFT_OUT_KEPT:
            row = LeftOut(
                run=run, what=record.what[:20], ref=record.ref[:100], reason=record.reason[:300],
                excerpt=records.lines(record.excerpt)[:2000],
            )  # fmt: skip
            self.left_out.append(row)

    def save(self) -> None:
        """What is known so far, for whoever watches."""
        if self.left_out:
            LeftOut.objects.bulk_create(self.left_out)
            self.left_out.clear()
        self.run.save()
        self.told_at = monotonic()
        self.tell(self.run, "reading")

    def report(self) -> None:
        if monotonic() - self.told_at > TOLD_EVERY:
            self.save()


def refresh_account(name: str, *, trigger: str, progress: Progress | None = None) -> RefreshRun:
    """Read the account's whole catalogue from today on. Raises `claims.Taken` while another refresh runs.

    A provider that fails is no exception: the run says so, the account waits longer each time.
    Raises Misconfigured where the environment does not name the account.
    """
    config = registry.config(name)
    tell = progress or (lambda run, what: None)
    with claim(_claim_name(name), seconds=CLAIM_SECONDS) as owner, calls.counting():
        account = health.account_row(config)
        run = RefreshRun.objects.create(account=account, trigger=trigger[:20], started_at=clock.now())
        reading = _begin(run, config)
        reading.tell = tell
        error: Exception | None = None
        try:
            source = registry.provider(name, polite=True)
            meanings = marks.Meanings(account)
            reading.system = moving.system_of(source)
            _read_account(reading, source.catalog, account, owner, _window_days(source))
            _finish(reading, account)
            if marks.Meanings(account) != meanings:  # somebody has changed them while this was reading
                marks.apply(account)
            told.refresh(account, source.catalog)
        except ProviderError as failure:
            error = failure
        except Exception as failure:
            error = failure
            raise
        finally:
            if error is not None:
                run.error = health.words(error)[:300]
                health.note_failure(account, error, refreshing=True)
            run.finished_at = clock.now()
            reading.save()
            if run.left_out_count:
                log.warning("%s: %d records left out; the admin shows why", name, run.left_out_count)
        RefreshRun.objects.filter(account=account, started_at__lt=run.started_at - RUNS_KEPT).delete()
        if run.complete:
            prolong(_claim_name(name), owner, seconds=CLAIM_SECONDS)
            tell(run, "posters")
            run.posters = posters.fetch_missing(
                account, config, keep=lambda: prolong(_claim_name(name), owner, seconds=CLAIM_SECONDS)
            )
            RefreshRun.objects.filter(pk=run.pk).update(posters=run.posters)
    tell(run, "done")
    return run


def _claim_name(name: str) -> str:
    return f"refresh:{name}"


def _window_days(source: object) -> int | None:
    """Providers that list what is on by date say in how many days at a time they want to be asked."""
    return getattr(getattr(source, "capabilities", None), "window_days", None)


def _begin(run: RefreshRun, config: AccountConfig) -> _Reading:
    now = clock.now()
    midnight = datetime.combine(
        now.astimezone(ZoneInfo(config.timezone)).date(), time(), ZoneInfo(config.timezone)
    )
    return _Reading(run=run, now=now, since=midnight, config=config)


def _read_account(
    reading: _Reading, source: CatalogSource, account: ProviderAccount, owner: str, window_days: int | None
) -> None:
    run, config = reading.run, reading.config
    steps = windows(reading.since, window_days)
    for step in steps:
        zone = ZoneInfo(config.timezone)
        listed = iter(source.events(step))
        ahead = list(itertools.islice(listed, READ_AHEAD))
        if any(isinstance(record, EventInfo) for record in ahead):
            moving.settle(account, reading.system, now=reading.now)
        writer = writing.Writer(
            account,
            currency=config.currency,
            now=reading.now,
            since=datetime.combine(step.since, time(), zone),
            until=datetime.combine(step.until, time(), zone),
        )
        if len(steps) == 1 and len(ahead) < READ_AHEAD:
            run.events_total = len(ahead)
        reading.save()
        stream = _reads(reading, source, step, itertools.chain(_drained(ahead), listed))
        for batch in _batches(stream):
            done = writer.write(batch)
            run.written += done.rows
            run.gone += done.gone
            reading.save()
            prolong(_claim_name(config.name), owner, seconds=CLAIM_SECONDS)
    if reading.failed and reading.last_failure is not None:
        raise reading.last_failure


def _drained(records_read: list[EventInfo | BadRecord]) -> Iterator[EventInfo | BadRecord]:
    """The list's members, each forgotten once handed on."""
    records_read.reverse()
    while records_read:
        yield records_read.pop()


def _reads(
    reading: _Reading, source: CatalogSource, window: Window, listed: Iterable[EventInfo | BadRecord]
) -> Iterator[writing.Read]:
    """Each good event with its dates; what is bad is left out and counted."""
    run = reading.run
    here: set[str] = set()
    for record in listed:
        if isinstance(record, BadRecord):
            reading.leave_out(record)
            if not record.withdrawn:  # what we know of an unreadable one stays; a withdrawn one goes
                reading.seen.add(record.ref)
            reading.nameless |= not record.ref and record.what == "event"
            continue
        if record.ref in here:
            continue  # the same event listed twice
        here.add(record.ref)
        if reason := records.wrong_with_event(record):
            reading.leave_out(records.bad("event", record.ref, reason))
            reading.seen.add(record.ref)
            reading.nameless |= not record.ref
            continue
        if record.ref not in reading.seen:
            run.events_read += 1
        reading.seen.add(record.ref)
        reading.fields.note(marks.EVENT, record.attributes)
        yield _with_dates(reading, source, window, record)


def _with_dates(reading: _Reading, source: CatalogSource, window: Window, info: EventInfo) -> writing.Read:
    """The event with its dates, asked for where they did not come with it.

    An event whose dates cannot be had this time keeps those we know, and the run is not complete; several in a
    row mean that the account is down.
    """
    dates: list[InstanceInfo] = []
    unreadable: set[str] = set()
    whole = True
    try:
        came = info.instances if info.instances is not None else source.instances(info.ref, window)
        for record in came:
            if isinstance(record, BadRecord):
                reading.leave_out(record)
                unreadable.add(record.ref)
            elif reason := records.wrong_with_instance(record, now=reading.now):
                reading.leave_out(records.bad("instance", record.ref, reason))
                unreadable.add(record.ref)
            elif (record.ends_at or record.starts_at) >= reading.since:
                dates.append(record)
                if record.attributes:
                    reading.fields.note(marks.INSTANCE, record.attributes)
    except Misconfigured:
        raise
    except ProviderError as error:
        reading.failed += 1
        reading.failures_in_a_row += 1
        reading.last_failure = error
        if reading.failures_in_a_row >= FAILURES_ALLOWED:
            raise
        whole = False
    else:
        reading.failures_in_a_row = 0
    if "" in unreadable:
        whole = False  # it cannot be told which one of ours that was
    unique = {date.ref: date for date in dates}
    reading.run.instances_read += len(unique)
    if reading.run.pk:
        reading.report()
    return writing.Read(info, list(unique.values()), whole, frozenset(unreadable))


def _batches(reads: Iterable[writing.Read]) -> Iterator[list[writing.Read]]:
    """Full batches, and what there is after some seconds of a slow provider."""
    batch: list[writing.Read] = []
    dates, begun = 0, monotonic()
    for read in reads:
        batch.append(read)
        dates += len(read.dates)
        if len(batch) >= BATCH_EVENTS or dates >= BATCH_DATES or monotonic() - begun > BATCH_SECONDS:
            yield batch
            batch, dates, begun = [], 0, monotonic()
    if batch:
        yield batch


def _finish(reading: _Reading, account: ProviderAccount) -> None:
    """Everything was listed: what was not among it is gone, and the account is well."""
    run = reading.run
    if (
        not reading.seen
        and Event.objects.filter(account=account, gone_at=None, last_at__gte=reading.now).exists()
    ):
        # an account that sells today and lists nothing tomorrow is a fault more often than the end of a season
        raise BadAnswer("it listed no event at all, so nothing was changed", account=account.name)
    if not reading.nameless:
        run.gone += writing.mark_gone(account, seen=reading.seen, now=reading.now, since=reading.since)
    reading.fields.save(account, reading.now)
    run.complete = True
    health.note_good_refresh(account)


def refresh_event(event: Event) -> bool:
    """Read one event afresh; False: the provider does not list it any more.

    Raises ProviderError, `claims.Taken`, Misconfigured.
    """
    account = event.account
    config = registry.config(account.name)
    with claim(f"refresh-event:{event.pk}", seconds=60), calls.counting():
        now = clock.now()
        provider = registry.provider(account.name)
        if moving.has_moved(account, moving.system_of(provider)):
            raise Misconfigured(
                "it reads another system now: refresh the whole account", account=account.name
            )
        source = provider.catalog
        info = source.event(event.provider_ref)
        if info is None:
            writing.mark_event_gone(event, now=now)
            return False
        if reason := records.wrong_with_event(info):
            raise BadAnswer(reason, account=account.name)
        zone = ZoneInfo(config.timezone)
        window = windows(now.astimezone(zone), None)[0]
        since = datetime.combine(window.since, time(), zone)
        run = RefreshRun(account=account, trigger="event", started_at=now)
        reading = _Reading(run=run, now=now, since=since, config=config)
        read = _with_dates(reading, source, window, info)
        if reading.last_failure is not None:
            raise reading.last_failure
        until = datetime.combine(window.until, time(), zone)
        writing.Writer(account, currency=config.currency, now=now, since=since, until=until).write([read])
        health.note_answer(account)
        event.refresh_from_db()
        posters.fetch_one(event, config)
    return True
