"""Signatures of owner and agent calls: "SpektrixAPI3" of the page on authentication. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from email.utils import format_datetime

EMPTY_BODY = {"none": None, "md5": b"", "braces": b"{}"}


def http_date(moment: datetime) -> str:
    """ "Mon, 02 Mar 2026 09:30:00 GMT" of an aware time in UTC."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def string_to_sign(method: str, url: str, date: str, body: bytes | None) -> str:
    """Method, whole address as sent, date; with a body the base64 of its raw MD5 in a fourth line."""
    lines = [method.upper(), url, date]
    if body is not None:
        # their choice: it only says that the body is the one that was signed
        lines.append(base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode())
    return "\n".join(lines)


def signature(secret: str, method: str, url: str, date: str, body: bytes | None) -> str:
    """base64 of the HMAC-SHA1 with the decoded secret key. Raises ValueError for a secret that is no base64."""
    try:
        key = base64.b64decode(secret, validate=True)
    except binascii.Error:
        raise ValueError("the secret key is not base64") from None
    message = string_to_sign(method, url, date, body).encode()
    return base64.b64encode(hmac.new(key, message, hashlib.sha1).digest()).decode()


def headers(
    login: str, secret: str, method: str, url: str, moment: datetime, body: bytes | None
) -> dict[str, str]:
    """`Date` and `Authorization` for exactly this address and these bytes."""
    date = http_date(moment)
    signed = signature(secret, method, url, date, body)
    return {"Date": date, "Authorization": f"SpektrixAPI3 {login}:{signed}"}
