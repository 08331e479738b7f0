"""Figures for Prometheus: what each process counts while it works, and what the database says when it is asked.

Counters and histograms of every process of one machine (web servers and workers) are files in `METRICS_DIR`, which the
library adds up when `/metrics` is read; those of processes that have ended are folded into one, so that nothing ever
goes backwards. Gauges are read from the database and the broker at that moment, with a handful of queries: they are the
same on every machine, so take their maximum, not their sum.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from celery.signals import task_postrun, task_prerun
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from shop import doors
from shop.providers import http

QUICK = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600)
KINDS = ("counter", "histogram")  # of files
ROOM = 1 << 20  # bytes of each: some thousand numbers
ENDED = 0  # in the name of the file that holds what ended processes have counted

log = logging.getLogger(__name__)
requests = Counter("foyer_requests", "Requests answered.", ("view", "method", "status"))
request_seconds = Histogram("foyer_request_seconds", "Time to answer one.", ("view",), buckets=QUICK)
calls = Counter("foyer_provider_calls", "Calls to providers, each try.", ("account", "verb", "outcome"))
call_seconds = Histogram(
    "foyer_provider_call_seconds", "Time until an answer, or none.", ("account", "verb"), buckets=QUICK
)
tasks = Counter("foyer_tasks", "Tasks done by workers.", ("task", "state"))
task_seconds = Histogram("foyer_task_seconds", "Time a task took.", ("task",), buckets=SLOW)


_place: tuple[int, bool] = (0, False)  # of which process, and whether it may count


def _may_count() -> bool:
    """Whether there is room for what this process counts, which is set aside before the first number.

    The library writes into files that are part of memory; one that the disk has no room for would end the process.
    """
    global _place
    pid = os.getpid()
    if _place[0] != pid:
        _place = (pid, all(_reserve(Path(settings.METRICS_DIR), kind, pid) for kind in KINDS))
    return _place[1]


def _reserve(folder: Path, kind: str, pid: int) -> bool:
    try:
        descriptor = os.open(folder / f"{kind}_{pid}.db", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < ROOM:
                os.posix_fallocate(descriptor, 0, ROOM)
            if os.geteuid() == 0:  # a command by hand: its figures are read by the user of the web server
                owner = os.stat(folder)
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
        finally:
            os.close(descriptor)
    except OSError as error:
        log.warning("nothing is counted here: %s", error.strerror)
        return False
    return True


def answered(view: str, method: str, status: int, seconds: float) -> None:
    if not _may_count():
        return
    requests.labels(view, method if method in ("GET", "HEAD", "POST", "OPTIONS") else "other", status).inc()
    request_seconds.labels(view).observe(seconds)


def called(call: http.CallInfo) -> None:
    told(call.account, call.verb, call.outcome or "ok", call.milliseconds / 1000)


def told(account: str, verb: str, outcome: str, seconds: float) -> None:
    """One call to somebody outside is over."""
    if not _may_count():
        return
    calls.labels(account, verb, outcome).inc()
    call_seconds.labels(account, verb).observe(seconds)


if called not in http.after_call:
    http.after_call.append(called)


@task_prerun.connect
def _begun(task: Any = None, **kwargs: Any) -> None:
    task.request.foyer_begun = time.monotonic()


@task_postrun.connect
def _done(task: Any = None, state: str | None = None, **kwargs: Any) -> None:
    begun = getattr(task.request, "foyer_begun", None)
    if not _may_count():
        return
    tasks.labels(task.name, (state or "unknown").lower()).inc()
    if begun is not None:
        task_seconds.labels(task.name).observe(time.monotonic() - begun)


# --- read by Prometheus -------------------------------------------------------------------------------------


class Figures:
    """The gauges, read when they are asked for. What cannot be read is left out, and `foyer_figures_read` says so."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        well = GaugeMetricFamily("foyer_figures_read", "1 where it could be asked.", labels=["of"])
        for name, read in (("database", _of_database), ("broker", _queues)):
            try:
                families = list(read())
            except (DatabaseError, OSError) as error:
                log.warning("figures of the %s could not be read: %s", name, type(error).__name__)
                families = []
            well.add_metric([name], int(bool(families)))
            yield from families
        yield well


def _of_database() -> Iterator[GaugeMetricFamily]:
    return _families(import_string("checkout.figures.now")())


def _families(figures: Any) -> Iterator[GaugeMetricFamily]:
    """`figures`: name -> (what it is, names of labels, {labels: value})."""
    for name, (said, labels, values) in figures.items():
        family = GaugeMetricFamily(f"foyer_{name}", said, labels=labels)
        for one, value in values.items():
            family.add_metric(list(one), value)
        yield family


def _queues() -> Iterator[GaugeMetricFamily]:
    from shop import broker_look

    family = GaugeMetricFamily("foyer_queue_length", "Tasks that wait for a worker.", labels=["queue"])
    for queue, length in broker_look.lengths().items():
        family.add_metric([queue], length)
    yield family


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fold(folder: Path) -> int:
    """Add up what processes have left that are no more; how many files went into it. To be called alone."""
    folded = 0
    for path in sorted(glob.glob(str(folder / "*.db"))):
        kind, _, pid = Path(path).stem.rpartition("_")
        if not pid.isdigit() or int(pid) == ENDED or is_alive(int(pid)):
            continue
        if not _reserve(folder, kind, ENDED):
            break
        whole = MmapedDict(str(folder / f"{kind}_{ENDED}.db"))
        for key, value, stamp, _place in list(MmapedDict.read_all_values_from_file(path)):
            whole.write_value(key, whole.read_value(key)[0] + value, stamp)
        whole.close()
        os.unlink(path)
        folded += 1
    return folded


def text() -> bytes:
    """Everything, in Prometheus' format."""
    registry = CollectorRegistry()
    registry.register(Figures())  # type: ignore[arg-type]
    folder = Path(settings.METRICS_DIR)
    with _alone(folder):
        fold(folder)
        MultiProcessCollector(registry, str(folder))
        return generate_latest(registry)


def view(request: HttpRequest) -> HttpResponse:
    """For whoever has `METRICS_TOKEN`, and for this machine. Nobody else learns that it is there."""
    if not doors.may(request, settings.METRICS_TOKEN):
        return doors.nothing()
    return HttpResponse(text(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})
