"""Which request, task and order a line of a log belongs to: from the browser's request over the queue to the provider.

A request has one id. It is answered as `X-Request-ID`, stands in every line that is written meanwhile, and travels in
the header of every task that is queued meanwhile, so that the worker's lines, and those of tasks it queues in turn,
carry it too. What beat queues has an id of its own for each task. `about` says whom it is about: "order:12", "basket:5".

Beside them this holds what was learnt of people in this request or task, so that a log can leave it out: `conceal`.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, replace
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun

SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")  # of an id that came from outside
REQUEST, ABOUT = "foyer_request", "foyer_about"  # names in a task's headers
MOST_HIDDEN = 400  # texts that are remembered of one request or task, the newest
SHORTEST_HIDDEN = 3  # characters; "GB" or "1" would hide half of every line

Texts = Callable[[], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Trace:
    """What a line of a log is marked with. `hidden` are texts of people, each as it was or as a way to get it."""

    request: str = ""
    task: str = ""
    task_name: str = ""
    about: str = ""
    hidden: deque[str | Texts] | None = field(default=None, repr=False, compare=False)


_trace: ContextVar[Trace] = ContextVar("trace", default=Trace())  # noqa: B039 - it is frozen


def current() -> Trace:
    return _trace.get()


def new_id() -> str:
    return secrets.token_hex(8)


def is_sane(text: str) -> bool:
    """Whether an id from outside may stand in a log and in a header."""
    return bool(SANE.fullmatch(text))


def begin(request: str = "", *, task: str = "", task_name: str = "", about: str = "") -> Token[Trace]:
    """A request or a task begins. To be ended with `end`, in the same thread."""
    return _trace.set(Trace(request or new_id(), task, task_name, about, deque(maxlen=MOST_HIDDEN)))


def end(token: Token[Trace]) -> None:
    _trace.reset(token)


@contextlib.contextmanager
def about(subject: str) -> Iterator[None]:
    """What is done inside is about `subject`: "order:12"."""
    token = _trace.set(replace(_trace.get(), about=subject))
    try:
        yield
    finally:
        _trace.reset(token)


def note_about(subject: str) -> None:
    """The rest of this request or task is about `subject`. Outside of both nothing is noted."""
    if _trace.get().request:
        _trace.set(replace(_trace.get(), about=subject))


# --- people -------------------------------------------------------------------------------------------------


def conceal(*texts: str | Texts) -> None:
    """What no log of this request or task may show: names, addresses, or JSON with such. Outside of both nothing."""
    hidden = _trace.get().hidden
    if hidden is not None:
        hidden.extend(text for text in texts if text)


def hidden() -> set[str]:
    """Every single text that is to be left out now. Reads JSON, so for lines about mistakes only."""
    found: set[str] = set()
    for one in list(_trace.get().hidden or ()):
        with contextlib.suppress(Exception):  # a way to get it that fails must not break a log
            for text in [one] if isinstance(one, str) else one():
                found.update(_leaves(text))
    return {text for text in found if len(text) >= SHORTEST_HIDDEN}


def _leaves(text: str) -> Iterator[str]:
    if not text.startswith(("{", "[")):
        yield text.strip()
        return
    try:
        todo: list[Any] = [json.loads(text)]
    except ValueError:
        yield text.strip()
        return
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo += one.values()
        elif isinstance(one, list):
            todo += one
        elif isinstance(one, str):
            yield one.strip()


# --- over the queue -----------------------------------------------------------------------------------------


@before_task_publish.connect
def send_along(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    if headers is None:
        return
    trace = current()
    headers.setdefault(REQUEST, trace.request or new_id())
    if trace.about:
        headers.setdefault(ABOUT, trace.about)


@task_prerun.connect
def take_over(task_id: str = "", task: Any = None, **kwargs: Any) -> None:
    outer, asked = current(), task.request
    token = begin(
        getattr(asked, REQUEST, None) or outer.request,
        task=task_id,
        task_name=task.name,
        about=getattr(asked, ABOUT, None) or outer.about,
    )
    asked.foyer_trace = token


@task_postrun.connect
def let_go(task: Any = None, **kwargs: Any) -> None:
    token = getattr(task.request, "foyer_trace", None)
    if token is not None:
        with contextlib.suppress(ValueError):  # ended in another context than it began in
            end(token)
