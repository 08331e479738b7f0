"""What came back from one try: an answer, a failure, a refusal. Beneath `shop.providers.http`, which has the table."""

from __future__ import annotations

import email.utils
import json as jsonlib
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from shop.providers.addresses import NotPublic
from shop.providers.errors import BadAnswer, Misconfigured, OutcomeUnknown, ProviderError, Unavailable

NOT_JSON = "not JSON"  # how the detail of such an answer ends
SUCCESS = frozenset({200, 201, 202})


@dataclass(frozen=True, slots=True)
class Answer:
    """A status the caller accepts. `body` is parsed JSON (fractions as Decimal), None where there is none."""

    status: int
    body: Any
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content_type: str


class ApiError(BadAnswer):
    """A refusal by status, to be mapped inside the provider package. One that slips out is a BadAnswer.

    `body` is parsed JSON or None; it may hold personal data and is in no text of the error.
    """

    def __init__(self, status: int, body: Any, *, verb: str = "", account: str = "") -> None:
        super().__init__(f"{verb}: HTTP {status}", account=account)
        self.status = status
        self.body = body


class LostAnswer(OutcomeUnknown):
    """A write that went out and got no answer that counts. `status`: of the answer, None without one."""

    def __init__(self, detail: str, *, status: int | None, account: str) -> None:
        super().__init__(detail, account=account)
        self.status = status


class Failure(Exception):
    """Why one try gave nothing usable. `sent`: the other side may have done what was asked."""

    def __init__(
        self, error: ProviderError, *, status: int | None = None, again: bool = True, sent: bool = True
    ) -> None:
        super().__init__(error.code)
        self.error = error
        self.status = status
        self.again = again  # a read may be tried again
        self.sent = sent


def _causes(error: BaseException) -> list[BaseException]:
    """What `requests` and urllib3 have wrapped into each other. `__context__` is left out: it may be another call's."""
    found: list[BaseException] = []
    todo: list[Any] = [error]
    while todo:
        one = todo.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            todo += [getattr(one, "reason", None), one.__cause__, *one.args]
    return found


# Failures that come before a byte of the request can leave: then nothing was done on the other side.
BEFORE_SENDING = (
    NewConnectionError, ConnectTimeoutError, ConnectionRefusedError, ssl.SSLCertVerificationError, NotPublic,
    requests.exceptions.ConnectTimeout,
)  # fmt: skip
WRONG_ADDRESS = (
    requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
)  # fmt: skip


def transport_failure(error: Exception, *, verb: str, account: str) -> Failure:
    """Our words for what `requests` raised. Its own text is dropped: it holds the whole address."""
    causes = _causes(error)
    detail = f"{verb}: {type(error).__name__}"
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and isinstance(cause.reason, str):
            detail += f" {cause.reason[:60]}"  # a fixed word of the TLS library: CERTIFICATE_VERIFY_FAILED
            break
    if isinstance(error, WRONG_ADDRESS):
        return Failure(Misconfigured(detail, account=account), again=False, sent=False)
    if any(isinstance(cause, NotPublic) for cause in causes):
        refused = BadAnswer(f"{verb}: an address in a private network", account=account)
        return Failure(refused, again=False, sent=False)
    sent = not any(isinstance(cause, BEFORE_SENDING) for cause in causes)
    return Failure(Unavailable(detail, account=account), sent=sent)


def read_body(response: requests.Response, *, limit: int, deadline: float, into: BinaryIO | None) -> bytes:
    """The body, at most `limit` bytes of it unpacked and not for ever. Raises ValueError beyond either."""
    size = 0
    kept: list[bytes] = []
    for chunk in response.iter_content(64 * 1024):
        size += len(chunk)
        if size > limit:
            raise ValueError("answer too large")
        if time.monotonic() > deadline:
            raise TimeoutError("answer too slow")
        if into is not None:
            into.write(chunk)
        else:
            kept.append(chunk)
    return b"".join(kept)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def parse_json(content: bytes) -> Any:
    """JSON with exact fractions. Raises ValueError for anything else, NaN and bottomless nesting included."""
    try:
        return jsonlib.loads(content, parse_float=Decimal, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from a Retry-After header, which is a number or a date: that one is counted from when they say it is now."""
    text = headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    until = _date(text)
    if until is None:
        return None
    return max(0.0, (until - (_date(headers.get("Date", "")) or datetime.now(UTC))).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)  # "-0000": UTC, from nowhere in particular


def send(
    session: requests.Session, request: Mapping[str, Any], *, verb: str, account: str, limit: int, deadline: float,
    into: BinaryIO | None = None,
) -> Answer:  # fmt: skip
    """One try on the wire; raises Failure where no whole answer came."""
    try:
        with session.request(**request) as response:
            content = read_body(
                response, limit=limit, deadline=deadline, into=into if response.status_code == 200 else None
            )
            return Answer(
                status=response.status_code, body=None, content=content, headers=response.headers,
                content_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
            )  # fmt: skip
    except (requests.RequestException, TimeoutError, NotPublic) as error:
        raise transport_failure(error, verb=verb, account=account) from None
    except ValueError as error:
        raise Failure(BadAnswer(f"{verb}: {error}", account=account), again=False) from None


def judge(
    answer: Answer,
    *,
    verb: str,
    account: str,
    accept: tuple[int, ...],
    bytes_only: bool = False,
    streamed: bool = False,
) -> Answer:
    """What the answer is worth: itself with its body parsed, a Failure, Misconfigured or an ApiError."""
    status = answer.status
    wanted = status in accept or (200 in accept and status in SUCCESS)
    body, unread = None, False
    if answer.content.strip() and not (bytes_only and wanted):
        try:
            body = parse_json(answer.content)
        except ValueError:
            unread = True
    if wanted:
        problem = ""
        if status in SUCCESS and not streamed:
            if not answer.content.strip():
                problem = "an empty answer"
            elif unread:
                problem = NOT_JSON
        if problem:
            bad = BadAnswer(f"{verb}: {problem}", account=account)
            raise Failure(bad, status=status, again=False)
        return replace(answer, body=body)
    if status == 429:
        pause = retry_after(answer.headers)
        too_many = Unavailable(f"{verb}: HTTP 429", retry_after=pause, account=account)
        raise Failure(too_many, status=status, sent=False)
    if status >= 500 or status == 408:
        pause = retry_after(answer.headers)
        down = Unavailable(f"{verb}: HTTP {status}", retry_after=pause, account=account)
        raise Failure(down, status=status)
    if status in {401, 403} and body is None:
        key = Misconfigured(f"{verb}: HTTP {status}", account=account)
        raise Failure(key, status=status, again=False, sent=False)
    if status >= 400:
        raise ApiError(status, body, verb=verb, account=account)
    raise Failure(BadAnswer(f"{verb}: HTTP {status}", account=account), status=status, again=False)
