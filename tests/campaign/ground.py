"""The ground that histories are played on: the whole shop and the whole outside world in one process, without a socket.

The shop's true views, tasks and clients run on a SQLite database in memory; their HTTP calls reach the stand-in through
`requests`, without a wire. Both databases go back to where they were filled before each history, which takes no time.
The clock is ours: it moves a little with each call, by a client's patience where an answer never comes, and as far as a
history says. A process dies by `Death`, which nothing catches: at a call before it goes out, after the work was done
there, or before any statement that writes; what it had not committed is undone, its claims stay behind.
"""

from __future__ import annotations

import gc
import logging
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import requests
import stripe
from celery.app.task import Task
from django.core import mail
from django.core.cache import cache
from django.core.cache.backends import base as cache_base
from django.core.cache.backends import locmem
from django.core.management import call_command
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.test import Client, override_settings
from django.test.signals import template_rendered  # noqa: F401 - the signal must exist before a client is made
from requests.adapters import BaseAdapter

from shop import budgets, claims, clock, demo_accounts, guards, later
from shop.providers import http
from shop.providers.accounts import AccountConfig, read_account
from shop.providers.spektrix import kept
from shop.standin.clock import Clock as WorldClock
from shop.standin.stripe_webhooks import Courier
from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import Standin, make_app
from tests.campaign.beginning import Beginning
from tests.made_once import made_once

ORIGIN = "http://127.0.0.1:9"  # nobody listens there, and nobody is asked
SHOP = "http://testserver"
HOOK = f"{SHOP}/checkout/webhooks/stripe/"
A_CALL = timedelta(milliseconds=40)
DIED = object()  # what a process that died answers
DUBLIN = {
    "ACCOUNT_DUBLIN_KIND": "spektrix",
    "ACCOUNT_DUBLIN_TITLE": "Thornfield Playhouse",
    "ACCOUNT_DUBLIN_CLIENT_NAME": "thornfield",
    "ACCOUNT_DUBLIN_MODE": "agent",
    "ACCOUNT_DUBLIN_OWN_SEATS": "yes",
    "ACCOUNT_DUBLIN_TIMEZONE": "Europe/Dublin",
    "ACCOUNT_DUBLIN_CURRENCY": "EUR",
    "ACCOUNT_DUBLIN_API_USER": "foyer-agent",
    "ACCOUNT_DUBLIN_SECRET": "dGhvcm5maWVsZC1hZ2VudC1zZWNyZXQtMDAwMQ==",  # the imitated agent's play secret
    "ACCOUNT_DUBLIN_BASE_URL": f"{ORIGIN}/spektrix",
    "ACCOUNT_DUBLIN_CUSTOM_DOMAIN": f"{ORIGIN}/spektrix",
    "ACCOUNT_DUBLIN_ALLOWED_HOSTS": "127.0.0.1:9",
}
ACCOUNTS = ("west-end", "touring", "assembly", "stadium", "arena", "dublin")
OF_CHECKOUT = {
    "part",
    "documents",
    "payment",
    "order",
    "mail",
    "refund",
    "message",
    "guests",
    "remind",
    "missed",
}
OF_BASKETS = {"hold", "basket"}
DUE = """
SELECT 'part' WHERE EXISTS (SELECT 1 FROM checkout_booking WHERE due_at <= :now)
UNION ALL SELECT 'documents' WHERE EXISTS (SELECT 1 FROM checkout_booking WHERE documents_due_at <= :now)
UNION ALL SELECT 'payment' WHERE EXISTS (SELECT 1 FROM checkout_payment WHERE due_at <= :now)
UNION ALL SELECT 'order' WHERE EXISTS (SELECT 1 FROM checkout_order WHERE due_at <= :now)
UNION ALL SELECT 'mail' WHERE EXISTS (SELECT 1 FROM checkout_mail WHERE due_at <= :now AND sent_at IS NULL)
UNION ALL SELECT 'refund' WHERE EXISTS (SELECT 1 FROM checkout_refund WHERE due_at <= :now)
UNION ALL SELECT 'message' WHERE EXISTS (
    SELECT 1 FROM checkout_inboxmessage WHERE due_at <= :now AND state IN ('received', 'failed'))
UNION ALL SELECT 'guests' WHERE EXISTS (SELECT 1 FROM checkout_guestlist WHERE due_at <= :now)
UNION ALL SELECT 'remind' WHERE EXISTS (SELECT 1 FROM checkout_guestlist WHERE remind_at <= :now)
UNION ALL SELECT 'missed' WHERE NOT EXISTS (SELECT 1 FROM shop_claim WHERE name = 'checkout:missed')
UNION ALL SELECT 'hold' WHERE EXISTS (SELECT 1 FROM baskets_hold WHERE due_at <= :now)
UNION ALL SELECT 'basket' WHERE EXISTS (SELECT 1 FROM baskets_basket WHERE due_at <= :now AND status = 'open')
"""
WORKERS = ("checkout.", "baskets.", "catalog.", "shop.")  # how tasks are named; pages are not
FORGETS = "checkout.tasks.forget"
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLAC")


class Death(BaseException):
    """kill -9: nothing behind it runs, not even what clears up."""


def accounts() -> dict[str, AccountConfig]:
    """The accounts of the demo, and a house in Dublin that agents sell for euros."""
    from shop.settings import ACCOUNT_DEFAULTS

    said = demo_accounts.accounts(
        standin=ORIGIN, public=ORIGIN, domain=ORIGIN, tls="", certificates=Path("none")
    )
    return {name: read_account(name, {**said, **DUBLIN}, ACCOUNT_DEFAULTS) for name in ACCOUNTS}


class _Listener(logging.Handler):
    """What the shop caught and wrote down as an error with its cause is a finding: pages and sweeps go on without it."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(logging.ERROR)
        self._ground = ground

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0] is not None and not self._ground.broker_down:
            cause = "".join(traceback.format_exception(*record.exc_info))
            self._ground.crashes.append(f"written down: {record.getMessage()}\n{cause}")


class _Time:
    """What caches take for the `time` module."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def time(self) -> float:
        return self._ground.now().timestamp()


class _Wire(StandinAdapter):
    """How the shop's calls reach the outside world."""

    def __init__(self, ground: Ground, app: Standin) -> None:
        super().__init__(app)
        self._ground = ground

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        ground = self._ground
        ground.before_call()
        try:
            answer = super().send(request, *args, **more)
        except requests.ReadTimeout:
            timeout = more.get("timeout")
            ground.passes(timeout[1] if isinstance(timeout, tuple) else timeout or 0)
            ground.after_call()
            raise
        except requests.ConnectionError:
            ground.after_call()
            raise
        ground.after_call()
        return answer


class _Door(BaseAdapter):
    """How messages of the payment company reach the shop: a process of the web server answers."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self._ground = ground

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        body = request.body or b""
        parts = urlsplit(request.url or "")
        answer = self._ground.process(
            "message",
            lambda: Client().post(
                parts.path,
                body if isinstance(body, bytes) else body.encode(),
                content_type="application/json",
                headers={"stripe-signature": str(request.headers["Stripe-Signature"])},
            ),
        )
        if answer is DIED or answer is None:
            raise requests.ConnectionError("nobody answers", request=request)
        found = requests.Response()
        found.status_code, found._content = answer.status_code, answer.content
        self._ground.counts[f"messages answered {answer.status_code}"] += 1
        return found

    def close(self) -> None: ...


class Ground:
    """One for a campaign. `with ground.open(): ground.fresh(); ...`"""

    def __init__(self, day: date, *, check: bool = False) -> None:
        self.day, self.check = day, check
        self.epoch = datetime.combine(day, time(10), UTC)
        self._now = self.epoch
        self.skew = timedelta(0)  # of the stand-in against the shop
        self.ahead = timedelta(0)  # of the workers' machine against the web's
        self.worker = False  # who is at work
        self.depth = 0
        self.dying = False
        self.armed: tuple[str, int] | None = (
            None  # where the process dies, and how many such points pass first
        )
        self.meanwhile: tuple[int, Callable[[], Any]] | None = None
        self.queue: deque[tuple[Any, tuple[Any, ...]]] = deque()
        self.lost: list[tuple[datetime, Any, tuple[Any, ...]]] = []  # of dead workers: delivered again
        self.broker_down = False
        self.forgets = False  # what a dead worker had in hand is not delivered again
        self.counts: Counter[str] = Counter()
        self.crashes: list[str] = []
        self.mails_fail = 0

    # --- time

    def now(self) -> datetime:
        """What the clock of the machine says that is at work."""
        return self._now + self.ahead if self.worker else self._now

    def _there(self) -> datetime:
        """What the clock of the outside world says."""
        return self._now + self.skew

    def passes(self, seconds: float | timedelta) -> None:
        self._now += seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)

    # --- the points at which a process may die, or be overtaken

    def before_call(self) -> None:
        self.passes(A_CALL)
        if not self.depth:
            return
        self.counts["calls"] += 1
        self._dies("before")
        if self.meanwhile is not None and self.depth == 1:
            left, do = self.meanwhile
            if left:
                self.meanwhile = (left - 1, do)
            else:
                self.meanwhile = None
                self.counts["overtaken"] += 1
                armed, self.armed = self.armed, None
                do()
                self.armed = armed

    def after_call(self) -> None:
        if self.depth:
            self._dies("after")

    def _dies(self, where: str) -> None:
        if self.armed is None or self.armed[0] != where:
            return
        left = self.armed[1]
        if left:
            self.armed = (where, left - 1)
            return
        self.armed = None
        self.counts[f"deaths {where}"] += 1
        self.dying = True
        raise Death

    def _statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.dying and not sql.startswith(("ROLLBACK", "RELEASE")):
            raise Death
        if self.depth and sql[:6] in WRITES:
            self._dies("write")
        return execute(sql, params, many, context)

    def process(self, name: str, do: Callable[[], Any]) -> Any:
        """Something that a process of the shop does. Its death ends it and nobody else."""
        self.depth += 1
        before, self.worker = self.worker, name.startswith(WORKERS)
        try:
            return do()
        except Death:
            cache.clear()
            kept.forget()
            return DIED
        except Exception:  # noqa: BLE001 - whatever breaks is a finding
            self.crashes.append(f"{name}: {traceback.format_exc()}")
            return None
        finally:
            self.depth -= 1
            self.dying = False
            self.worker = before
            connection = connections["default"]
            if connection.in_atomic_block:
                self.crashes.append(f"{name} left a transaction open")
                connection.rollback()
                connection.in_atomic_block = False
                connection.atomic_blocks.clear()
                connection.savepoint_ids.clear()
            connection.run_on_commit = []

    # --- worker and beat

    def _queued(self, task: Any, args: Any) -> None:
        if self.broker_down:
            from kombu.exceptions import OperationalError

            raise OperationalError("the broker is away")
        if task.name == FORGETS and self.now() < self.epoch + timedelta(days=2):
            return  # nothing is old enough yet
        self.queue.append((task, tuple(args or ())))

    def work(self, *, twice: bool = False) -> None:
        """The worker does what is queued. What it died over is delivered again after the time-out, or never."""
        now = self.now()
        self.queue.extend((task, args) for at, task, args in self.lost if at <= now)
        self.lost = [one for one in self.lost if one[0] > now]
        for _message in range(600):
            if not self.queue:
                return
            task, args = self.queue.popleft()
            for _delivery in range(2 if twice else 1):
                self.counts["tasks"] += 1
                died = self.process(task.name, lambda task=task, args=args: task.run(*args)) is DIED
                if died and not self.forgets:
                    self.lost.append((self.now() + timedelta(seconds=120), task, args))
        self.crashes.append(f"the queue never ends: {self.queue[0][0].name}")
        self.queue.clear()

    def beat(self, *, twice: bool = False) -> None:
        """One tick: both sweeps, and whatever they queue."""
        from baskets import tasks as of_baskets
        from checkout import tasks as of_checkout

        if self.broker_down:  # beat's message does not arrive either
            return
        self.counts["sweeps"] += 1
        due = self._due()
        if due & OF_CHECKOUT:
            self.process("checkout.sweep", of_checkout.sweep.run)
        if due & OF_BASKETS:
            self.process("baskets.sweep", of_baskets.sweep.run)
        self.work(twice=twice)

    def _due(self) -> set[str]:
        """What a sweep would find: one that finds nothing does nothing, and is left out."""
        cursor = connections["default"].connection.cursor()
        now = self.now().replace(tzinfo=None).isoformat(" ")
        return {name for (name,) in cursor.execute(DUE, {"now": now})}

    # --- the outside world

    def control(self, method: str, path: str, data: Any = None) -> Any:
        """A control page of the stand-in; its answer as JSON, of a refusal too."""
        request = requests.Request(method, f"{ORIGIN}/_standin/{path}", json=data).prepare()
        answer = self._controls.send(request)
        return answer.json() if answer.content else None

    def books(self) -> dict[str, Any]:
        return {name: world.books() for name, world in self.app.env.worlds.items()}

    # --- beginning

    @contextmanager
    def open(self) -> Iterator[Ground]:
        """The stand-in is up, the tables are made, the programme is read."""
        from tests.campaign import season

        before, before_wires = connections["default"], requests.Session.get_adapter
        own = DatabaseWrapper(
            {
                **before.settings_dict,
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": ":memory:",
                "OPTIONS": {"transaction_mode": "IMMEDIATE", "cached_statements": 1024},
            },
            "default",
        )
        with ExitStack() as stack:
            connections["default"] = own
            stack.callback(lambda: connections.__setitem__("default", before))
            # before anything is made up there: what is on sale follows from the day, not from today
            stack.enter_context(mock.patch.object(WorldClock, "now", self._there))
            self.app = make_app(":memory:", ORIGIN)
            self._controls = StandinAdapter(self.app)
            wire, door = _Wire(self, self.app), _Door(self)
            hosts = {urlsplit(ORIGIN).netloc: wire, urlsplit(SHOP).netloc: door}

            def found(session: requests.Session, url: str) -> BaseAdapter:
                adapter = hosts.get(urlsplit(url).netloc)
                return adapter if adapter is not None else before_wires(session, url)

            for target, name, value in (
                (requests.Session, "get_adapter", found),
                (clock, "now", self.now),
                (clock, "offset", lambda: self.now() - datetime.now(UTC)),
                (budgets, "sleep", self.passes),
                (later, "monotonic", lambda: self._now.timestamp()),
                (http, "clock", self.now),
                (http, "sleep", self.passes),
                (http, "monotonic", lambda: self._now.timestamp()),
                (http, "default_timeout", (3.05, 8.0)),
                (guards, "baseline", 0),
                (locmem, "time", _Time(self)),
                (cache_base, "time", _Time(self)),
                (stripe.HTTPClient, "INITIAL_DELAY", 0),
                (stripe.HTTPClient, "MAX_DELAY", 0),
                (
                    Task,
                    "apply_async",
                    lambda task, args=(), kwargs=None, **_options: self._queued(task, args),
                ),
                (Courier, "wake", lambda courier: None),
            ):
                stack.enter_context(mock.patch.object(target, name, value))
            stack.enter_context(self._settings())
            stack.enter_context(mock.patch.object(logging.getLogger(), "handlers", [_Listener(self)]))
            stack.callback(logging.disable, logging.root.manager.disable)
            logging.disable(logging.WARNING)
            from catalog import availability, kept

            # who overtakes is in the same thread here, and would wait for itself
            stack.enter_context(mock.patch.object(availability, "_one_at_a_time", return_value=nullcontext()))
            # what is a crowd is told by real time, which a history must not hang on
            stack.enter_context(mock.patch.object(kept, "crowded", return_value=False))
            availability._terms.cache_clear()
            stack.callback(availability._terms.cache_clear)
            call_command("migrate", verbosity=0, interactive=False)
            self.control("POST", "stripe/webhooks", {"url": HOOK, "mode": "hold"})
            self.season = season.fill(self)
            claims.take("checkout:daily", seconds=6 * 3600)  # the shop has just forgotten what it forgets
            own.execute_wrappers.append(self._statement)
            self._at_first = [Beginning(own.connection), Beginning(self.app.env.store._connection())]
            stack.enter_context(made_once(self.counts, check=self.check))
            gc.collect()
            gc.freeze()  # the whole shop is there by now: nobody looks through it again after every page
            stack.callback(gc.unfreeze)
            stack.callback(gc.set_threshold, *gc.get_threshold())
            gc.set_threshold(20_000, 10, 50)
            yield self
            own.connection.close()

    def _settings(self) -> override_settings:
        from shop import settings as of_shop

        return override_settings(
            PROVIDERS=of_shop.PROVIDERS,
            PROVIDER_ACCOUNTS=accounts(),
            STRIPE_SECRET_KEY="sk_test_foyer_play",
            STRIPE_PUBLISHABLE_KEY="pk_test_foyer_play",
            STRIPE_WEBHOOK_SECRETS=["whsec_standin"],
            STRIPE_API_BASE=f"{ORIGIN}/stripe",
            STRIPE_AUTHORISE_FIRST=True,
            STRIPE_MAX_RETRIES=1,
            PUBLIC_ORIGIN=SHOP,
            ALLOWED_HOSTS=["*"],
            STAFF_EMAILS=["staff@foyer.example"],
            FETCH_POSTERS=False,
            EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
            CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
            MINUTES_BEFORE_PAYMENT=2,
        )

    def fresh(self) -> None:
        """Everything as it was at first."""
        for database in self._at_first:
            database.back()
        self._now, self.skew, self.ahead, self.worker = self.epoch, timedelta(0), timedelta(0), False
        self.depth, self.dying, self.armed, self.meanwhile = 0, False, None, None
        self.queue.clear()
        self.lost.clear()
        self.crashes = []
        self.broker_down, self.forgets = False, False
        later._away_until = 0.0
        mail.outbox = []
        cache.clear()
        kept.forget()
