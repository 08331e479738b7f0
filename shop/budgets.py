"""The rate budget of each account, shared by every process and machine, and the provider's "not so fast".

Calls in the background (polite ones) begin one gap after another: `ACCOUNT_<NAME>_RATE_PER_SECOND`. A buyer's call
never waits, but takes its share, so that the background yields. Where a provider asks us to wait (Retry-After, 429,
503), the whole background waits, in every process.

Kept in Redis by one small script where there is one, else in a row. The time is the server's there, so that machines
whose clocks differ agree; the tests' moved clock counts on top.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import redis
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models.functions import Now

from shop import clock
from shop.models import RateBudget
from shop.providers.errors import Unavailable
from shop.providers.http import CallInfo
from shop.statements import changed

LONGEST_WAIT = 60.0  # seconds; whoever would wait longer gives up and comes again another time
MOST_AHEAD = 30.0  # buyers put the background off by at most so much: it yields, it does not starve
FIRST_TURN = timedelta(seconds=1)  # how long ago that of an account was that nobody has asked yet
UNNAMED_PAUSE = 5.0  # a provider that says "too many" without saying for how long
LONGEST_PAUSE = 900.0  # what a provider may ask for
AWAY_SECONDS = 10.0  # a Redis that failed is left alone by this process for so long; the row counts meanwhile
TOO_MANY = frozenset({429, 503})  # XS2Event answers 503 to too many calls

log = logging.getLogger(__name__)
sleep: Callable[[float], None] = time.sleep  # tests replace it


class Ledger(Protocol):
    """Where the budget is kept. All in seconds."""

    def take(self, account: str, gap: float, *, longest: float) -> tuple[bool, float]:
        """Whether a turn was given, and how long until it is (or would be) there."""
        ...

    def count(self, account: str, gap: float) -> None:
        """A buyer's call, which is made at once."""
        ...

    def hold_off(self, account: str, seconds: float) -> None:
        """Nobody in the background asks before so many seconds have passed."""
        ...

    def held_off(self, account: str) -> float:
        """How long that still is; 0 where it is over."""
        ...


COUNT = """
UPDATE shop_ratebudget SET next_at = LEAST(GREATEST(next_at, STATEMENT_TIMESTAMP() + %s) + %s, STATEMENT_TIMESTAMP() + %s)
WHERE name = %s
"""
COUNT_SQLITE = """
UPDATE shop_ratebudget SET next_at = MIN(django_format_dtdelta('+', MAX(next_at, %s), %s), %s) WHERE name = %s
"""


class Rows:
    """In the database, by its own clock."""

    def take(self, account: str, gap: float, *, longest: float) -> tuple[bool, float]:
        moved = clock.offset()
        while True:
            row = RateBudget.objects.filter(name=account).annotate(time=Now()).first()
            if row is None:
                self._make(account)
                continue
            now: datetime = row.time + moved
            begin = max(now, row.next_at, row.not_before or now)
            wait = (begin - now).total_seconds()
            if wait > longest:
                return False, wait
            seen = RateBudget.objects.filter(pk=row.pk, next_at=row.next_at, not_before=row.not_before)
            if seen.update(next_at=begin + timedelta(seconds=gap)):
                return True, wait

    def count(self, account: str, gap: float) -> None:
        if not self._counted(account, gap):
            self._make(account)
            self._counted(account, gap)

    def _counted(self, account: str, gap: float) -> int:
        if connection.vendor == "sqlite":  # its clock is that of the machine, which is ours
            now = clock.now()
            until = now + timedelta(seconds=MOST_AHEAD)
            return changed(COUNT_SQLITE, now, int(gap * 1_000_000), until, account)
        moved, most = clock.offset(), timedelta(seconds=MOST_AHEAD)
        return changed(COUNT, moved, timedelta(seconds=gap), moved + most, account)

    def hold_off(self, account: str, seconds: float) -> None:
        self._make(account)
        row = RateBudget.objects.filter(name=account).annotate(time=Now()).get()
        until = row.time + clock.offset() + timedelta(seconds=seconds)
        if row.not_before is None or row.not_before < until:
            RateBudget.objects.filter(pk=row.pk).update(not_before=until)

    def held_off(self, account: str) -> float:
        row = RateBudget.objects.filter(name=account, not_before__isnull=False).annotate(time=Now()).first()
        if row is None or row.not_before is None:
            return 0.0
        return max(0.0, (row.not_before - row.time - clock.offset()).total_seconds())

    def _make(self, account: str) -> None:
        if RateBudget.objects.filter(name=account).exists():
            return
        try:
            with transaction.atomic():
                # the first turn is at once: the database's clock may be a little behind, or know no microseconds
                RateBudget.objects.create(name=account, next_at=clock.now() - FIRST_TURN)
        except IntegrityError:
            pass  # another process made it


# Milliseconds. KEYS: next turn, not before. ARGV: what, gap, longest, moved. -> given, wait
SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[4])
local what, gap, longest = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local turn = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local off = math.max(now, tonumber(redis.call('GET', KEYS[2]) or '0'))
local function keep(key, till)
  redis.call('SET', key, string.format('%.0f', till), 'PX', string.format('%.0f', till - now + 60000))
end
if what == 'off' then
  if now + gap > off then keep(KEYS[2], now + gap) end
  return {1, 0}
end
if what == 'held' then return {1, off - now} end
if what == 'count' then
  keep(KEYS[1], math.min(turn + gap, now + longest))
  return {1, 0}
end
local begin = math.max(turn, off)
if begin - now > longest then return {0, begin - now} end
keep(KEYS[1], begin + gap)
return {1, begin - now}
"""


class InRedis:
    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
        self._script = self._client.register_script(SCRIPT)

    def _run(self, account: str, what: str, gap: float = 0, longest: float = 0) -> tuple[bool, float]:
        given, wait = self._script(
            keys=[f"foyer:pace:{account}:next", f"foyer:pace:{account}:off"],
            args=[
                what,
                round(gap * 1000),
                round(longest * 1000),
                round(clock.offset().total_seconds() * 1000),
            ],
        )
        return bool(given), wait / 1000

    def take(self, account: str, gap: float, *, longest: float) -> tuple[bool, float]:
        return self._run(account, "take", gap, longest)

    def count(self, account: str, gap: float) -> None:
        self._run(account, "count", gap, MOST_AHEAD)

    def hold_off(self, account: str, seconds: float) -> None:
        self._run(account, "off", seconds)

    def held_off(self, account: str) -> float:
        return self._run(account, "held")[1]


class RedisElseRows:
    """Redis, and the row while it is away."""

    def __init__(self, url: str) -> None:
        self._first, self._second = InRedis(url), Rows()
        self._away_until = 0.0

    def _ledger(self) -> Ledger:
        return self._first if time.monotonic() >= self._away_until else self._second

    def _away(self, error: redis.RedisError) -> Ledger:
        self._away_until = time.monotonic() + AWAY_SECONDS
        log.warning("rate budgets are kept in the database: Redis is away (%s)", type(error).__name__)
        return self._second

    def take(self, account: str, gap: float, *, longest: float) -> tuple[bool, float]:
        try:
            return self._ledger().take(account, gap, longest=longest)
        except redis.RedisError as error:
            return self._away(error).take(account, gap, longest=longest)

    def count(self, account: str, gap: float) -> None:
        try:
            self._ledger().count(account, gap)
        except redis.RedisError as error:
            self._away(error).count(account, gap)

    def hold_off(self, account: str, seconds: float) -> None:
        try:
            self._ledger().hold_off(account, seconds)
        except redis.RedisError as error:
            self._away(error).hold_off(account, seconds)

    def held_off(self, account: str) -> float:
        try:
            return self._ledger().held_off(account)
        except redis.RedisError as error:
            return self._away(error).held_off(account)


@functools.lru_cache(maxsize=4)
def _ledger_at(url: str) -> Ledger:
    return RedisElseRows(url) if url else Rows()


def ledger() -> Ledger:
    return _ledger_at(settings.REDIS_URL)


# --- hooks of shop.providers.http -----------------------------------------------------------------------------


def wait_for_turn(call: CallInfo) -> None:
    """Before a call. Polite ones wait for their turn; a buyer's is counted and made at once.

    Raises Unavailable, nothing asked, where the turn of a polite call is too far away. A rate of 0 is no limit, but
    what the provider asks for counts all the same.
    """
    account = settings.PROVIDER_ACCOUNTS.get(call.account)
    if account is None:
        return
    gap = 1 / account.rate_per_second if account.rate_per_second > 0 else 0.0
    if not call.polite:
        if gap:
            _count(call.account, gap)
        return
    while True:
        given, wait = ledger().take(call.account, gap, longest=LONGEST_WAIT)
        if not given:
            raise Unavailable("its rate allows no call for now", account=call.account, retry_after=wait)
        if wait <= 0:
            return
        sleep(wait)
        if not ledger().held_off(call.account):
            return  # else somebody was told meanwhile that we ask too much


def _count(account: str, gap: float) -> None:
    try:
        ledger().count(account, gap)
    except DatabaseError:  # no buyer's call fails because it could not be counted
        log.exception("a call to %s could not be counted", account)


def heed(call: CallInfo) -> None:
    """After a call: what the provider asks one of us, all of us heed."""
    if call.file or call.account not in settings.PROVIDER_ACCOUNTS:
        return
    seconds = asked_to_wait(call)
    if seconds:
        log.warning("%s asks us to wait for %.0f s", call.account, seconds)
        ledger().hold_off(call.account, seconds)


def asked_to_wait(call: CallInfo) -> float:
    """How long a provider wants no call of ours, in seconds; 0 where it said nothing of the kind."""
    asked = call.retry_after
    if asked is None:
        asked = UNNAMED_PAUSE if call.status in TOO_MANY else 0.0
    return min(asked, LONGEST_PAUSE)
