"""How every provider is called: time-outs, which calls may be repeated, what an answer means, what is logged.

`ApiSession` speaks JSON to one base address; `fetch` gets one file (a ticket, a poster) from an address that a
provider named. Nothing here knows Django: the project hangs its guard, recorder and clock into the lists below.

What becomes of an answer:

    never connected                         Unavailable, writes too
    lost, dropped, 5xx not in `accept`      reads: two more tries, then Unavailable; writes: LostAnswer, at once
                                            (an OutcomeUnknown)
    429                                     reads: tried again if soon; else Unavailable with `retry_after`
    401, 403 without JSON                   Misconfigured (key, or a gateway before the API)
    a status in `accept`                    `Answer`
    another 4xx                             `ApiError`, for the provider package to put into our words
    not JSON, empty 200, too large, 3xx     reads: BadAnswer; writes: LostAnswer
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from http.cookiejar import DefaultCookiePolicy
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from shop.providers.addresses import PublicOnly, is_allowed, is_loopback, is_public
from shop.providers.answers import Answer, ApiError, Failure, LostAnswer, judge, parse_json, send
from shop.providers.errors import BadAnswer

__all__ = ["Answer", "ApiError", "ApiSession", "CallInfo", "LostAnswer", "fetch", "now", "parse_json"]

USER_AGENT = "Foyer/1.0"
default_timeout: tuple[float, float] = (3.05, 8.0)  # seconds to connect, to answer; the project sets its own
TRIES = 3  # of a read, the first included
PATIENCE = 10.0  # seconds after which a read is not tried again while a person waits
POLITE_PATIENCE = 60.0  # the same for work in the background
LONGEST_PAUSE = 4.0  # a longer Retry-After is passed on instead of waited for
POLITE_PAUSE = 30.0
CATALOGUE_LIMIT = 30 * 1024 * 1024  # bytes of one JSON answer
DOCUMENT_LIMIT = 10 * 1024 * 1024

log = logging.getLogger("shop.providers")
# urllib3's debug lines hold whole addresses, holds and tokens included
logging.getLogger("urllib3").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class CallInfo:
    """One call, as hooks see it. Before the call `status` is None and `outcome` "".

    `file`: a ticket or a poster, wherever it may lie, instead of the account's own API. `retry_after`: seconds that the
    provider asked us to wait.

    `path_masked` has no query and none of the masked ids. `outcome` is ok, refused (a 4xx the provider package
    maps) or the code of an error.
    """

    account: str
    verb: str
    method: str
    path_masked: str
    polite: bool
    status: int | None = None
    outcome: str = ""
    milliseconds: int = 0
    detail: str = ""
    rate_per_second: float = 2.0
    file: bool = False
    retry_after: float | None = None


# Hooks. `before_call` may raise or wait (no open transaction, the rate budget, the circuit breaker of polite calls);
# `after_call` records and hears. A recorder that fails never changes what the call meant.
before_call: list[Callable[[CallInfo], None]] = []
after_call: list[Callable[[CallInfo], None]] = []
# What interrupts work in the background may be raised anywhere, in a recorder too.
never_swallowed: tuple[type[Exception], ...] = ()
# Address prefix -> transport; tests put the stand-in here, in-process.
mounts: dict[str, BaseAdapter] = {}
# `sleep` and `monotonic` are those of the machine, whatever the shop's clock says; tests replace them.
sleep: Callable[[float], None] = time.sleep
monotonic: Callable[[], float] = time.monotonic


def machine_time() -> datetime:
    return datetime.now(UTC)


clock: Callable[[], datetime] = machine_time  # the project puts its own clock here


def now() -> datetime:
    """The time, aware, in UTC, by the clock the project has set: providers ask here."""
    return clock()


def _plain_session(host: str) -> requests.Session:
    session = requests.Session()
    session.auth = lambda request: request  # else a .netrc of the machine would add its own credentials
    session.trust_env = not is_loopback(host)  # a proxy of the network, but never for one's own machine
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _mount(session: requests.Session) -> None:
    for prefix, adapter in mounts.items():
        session.mount(prefix, adapter)


def _tell(hooks: Iterable[Callable[[CallInfo], None]], info: CallInfo) -> None:
    for hook in hooks:
        try:
            hook(info)
        except never_swallowed:
            raise
        except Exception:
            log.exception("a hook failed after %s %s", info.account, info.verb)


class ApiSession:
    """Calls of one account to one base address. Holds connections and nothing else; not for several threads."""

    def __init__(
        self,
        base_url: str,
        *,
        account: str,
        headers: Mapping[str, str],
        timeout: tuple[float, float] | None = None,
        polite: bool = False,
        rate_per_second: float = 2.0,
        user_agent: str = USER_AGENT,
        certificate: tuple[str, str] | None = None,
        authority: str = "",
    ) -> None:
        """`certificate`: paths of a client certificate and its key. `authority`: path of the one that signed the
        server's certificate, where the machine does not know it (a test system)."""
        self.base_url = base_url.rstrip("/")
        self.account = account
        self.timeout = timeout or default_timeout
        self.polite = polite
        self.rate_per_second = rate_per_second
        self._certificate, self._authority = certificate, authority
        self._headers = {"User-Agent": user_agent, "Accept": "application/json", **headers}

    @cached_property
    def _session(self) -> requests.Session:
        """Made at the first call: many a provider is only asked what it can do."""
        session = _plain_session(urlsplit(self.base_url).hostname or "")
        session.mount("https://", HTTPAdapter(max_retries=0))
        session.mount("http://", HTTPAdapter(max_retries=0))
        _mount(session)
        if self._certificate is not None:
            session.cert = self._certificate
        if self._authority:
            session.verify = self._authority
        session.headers.update(self._headers)
        return session

    def close(self) -> None:
        if "_session" in vars(self):
            self._session.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        verb: str,
        reads: bool,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (200,),
        stream_to: BinaryIO | None = None,
        masks: Iterable[str] = (),
        raw: bool = False,
        limit: int | None = None,
    ) -> Answer:
        """One call. `path` is below the base address; `verb` is our name for it in log and timeline.

        `reads`: it changes nothing there and may be repeated. `accept`: statuses that come back as an `Answer`
        (200 stands for 201 and 202 too). `raw`: the body is bytes, not JSON. `stream_to`: a seekable file that
        gets the body. `masks`: what must not be seen of the path (ids of holds, tokens).
        Raises the errors named at the top of this module.
        """
        masked = path
        for secret in sorted(filter(None, masks), key=len, reverse=True):
            masked = masked.replace(secret, "…")
        info = CallInfo(
            account=self.account, verb=verb, method=method, path_masked=masked[:300], polite=self.polite,
            rate_per_second=self.rate_per_second,
        )  # fmt: skip
        request = {
            "method": method, "url": self.base_url + path, "params": params, "json": json, "data": data,
            "headers": headers, "timeout": self.timeout, "allow_redirects": False, "stream": True,
        }  # fmt: skip
        bytes_only = raw or stream_to is not None
        limit = limit or (DOCUMENT_LIMIT if raw else CATALOGUE_LIMIT)

        def once() -> Answer:
            start = monotonic()
            answer = send(
                self._session, request, verb=verb, account=self.account, limit=limit, into=stream_to,
                deadline=start + self.timeout[0] + 4 * self.timeout[1],
            )  # fmt: skip
            return judge(
                answer,
                verb=verb,
                account=self.account,
                accept=accept,
                bytes_only=bytes_only,
                streamed=stream_to is not None,
            )

        return _attempts(once, info=info, reads=reads, rewind=stream_to)


def _attempts(
    once: Callable[[], Answer], *, info: CallInfo, reads: bool, rewind: BinaryIO | None = None
) -> Answer:
    """Reads are tried three times while somebody still has patience; a write is sent exactly once."""
    began = monotonic()
    patience, longest = (POLITE_PATIENCE, POLITE_PAUSE) if info.polite else (PATIENCE, LONGEST_PAUSE)
    for attempt in range(1, TRIES + 1):
        for hook in before_call:
            hook(info)
        start = monotonic()

        def tell(
            status: int | None,
            outcome: str,
            detail: str = "",
            asked: float | None = None,
            start: float = start,
        ) -> None:
            taken = round((monotonic() - start) * 1000)
            log.info("%s %s %s %s %d ms", info.account, info.verb, status or "-", outcome, taken)
            told = replace(info, status=status, outcome=outcome, milliseconds=taken, detail=detail[:300])
            _tell(after_call, replace(told, retry_after=asked))

        try:
            answer = once()
        except ApiError as error:
            tell(error.status, "refused", error.detail)
            raise
        except Failure as failure:
            cause = failure.error
            if not reads and failure.sent:
                cause = LostAnswer(cause.detail, status=failure.status, account=info.account)
            pause = failure.error.retry_after  # of a lost write too
            tell(failure.status, cause.code, cause.detail, pause)
            if pause is None:
                pause = random.uniform(0.5, 1.0) * 0.25 * 2**attempt
            spent = monotonic() - began
            last = attempt == TRIES or not reads or not failure.again
            if last or pause > longest or spent + pause > patience:
                raise cause from None
            sleep(pause)
            if rewind is not None:
                rewind.seek(0)
                rewind.truncate()
        else:
            tell(answer.status, "ok")
            return answer
    raise AssertionError("unreachable")


def fetch(
    url: str,
    *,
    allowed_hosts: Iterable[str],
    account: str,
    verb: str,
    limit: int = DOCUMENT_LIMIT,
    headers: Mapping[str, str] | None = None,
    timeout: tuple[float, float] | None = None,
    polite: bool = False,
    rate_per_second: float = 2.0,
    anywhere: bool = False,
) -> Answer:
    """One file by its address (bytes in `content`), following at most three redirects.

    Only the account's own hosts; `anywhere`: any public https host too (posters). Private networks are never
    reached unless listed. `headers` go to the first host only. The address is in no log: it may be the ticket.
    Raises BadAnswer for an address that is not allowed, an empty or too large file; ApiError for a 4xx;
    Unavailable, Misconfigured.
    """
    hosts = tuple(allowed_hosts)
    timeout = timeout or default_timeout
    first = urlsplit(url).netloc if isinstance(url, str) else ""
    info = CallInfo(
        account=account,
        verb=verb,
        method="GET",
        path_masked="…",
        polite=polite,
        rate_per_second=rate_per_second,
        file=True,
    )

    def once() -> Answer:
        target, start = url, monotonic()
        for _hop in range(4):
            listed = is_allowed(target, hosts)
            if not listed and not (anywhere and is_public(target)):
                error = BadAnswer(f"{verb}: an address that is not allowed", account=account)
                raise Failure(error, again=False, sent=False)
            parts = urlsplit(target)
            session = _plain_session(parts.hostname or "")
            extra = dict(headers or {}) if parts.netloc == first else {}
            place = target
            mounted = any(target.lower().startswith(prefix.lower()) for prefix in mounts)
            if parts.scheme == "http" and (parts.hostname or "").endswith(".localhost") and not mounted:
                # browsers know that these names are this machine, resolvers often do not
                place = target.replace(parts.netloc, f"127.0.0.1:{parts.port or 80}", 1)
                extra["Host"] = parts.netloc
            session.headers["User-Agent"] = USER_AGENT
            transport = HTTPAdapter(max_retries=0) if listed else PublicOnly(max_retries=0)
            session.mount("https://", transport)
            session.mount("http://", transport)
            _mount(session)
            request = {
                "method": "GET", "url": place, "timeout": timeout, "allow_redirects": False, "stream": True,
                "headers": extra,
            }  # fmt: skip
            with session:
                answer = send(
                    session,
                    request,
                    verb=verb,
                    account=account,
                    limit=limit,
                    deadline=start + timeout[0] + 4 * timeout[1],
                )
            if answer.status not in {301, 302, 303, 307, 308} or not answer.headers.get("Location"):
                return judge(answer, verb=verb, account=account, accept=(200,), bytes_only=True)
            target = urljoin(target, answer.headers["Location"])
        raise Failure(BadAnswer(f"{verb}: too many redirects", account=account), again=False)

    return _attempts(once, info=info, reads=True)
