"""Keys are exchanged on a real PostgreSQL while another process, which knows the new one, goes on writing with the old."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import provision
from tests.stack import PYTHON, ROOT, Stack

pytestmark = [pytest.mark.postgres, pytest.mark.processes]
OLD, NEW = "old-" + "x1y2z3a4b5" * 4, "new-" + "q9w8e7r6t5" * 4
FILL = """
from django.utils import timezone
from baskets.models import Basket, Hold
from catalog.models import ProviderAccount
from checkout.models import Booking, Document, Order
from shop import crypto
now = timezone.now()
account = ProviderAccount.objects.create(name="a", kind="tickethead", title="A")
basket = Basket.objects.create(visitor="v", currency="GBP", created_at=now, touched_at=now)
for n in range(1, 301):
    Hold.objects.create(basket=basket, account=account, generation=n, handle=f"handle-{n}")
order = Order.objects.create(number="FOY-1", basket=basket, currency="GBP", placed_at=now)
booking = Booking.objects.create(order=order, account=account, currency="GBP", handle="h")
for n in range(20):
    Document.objects.create(booking=booking, kind="pdf", ref=str(n), content=crypto.seal(b"%PDF" * 5000))
"""
WRITE = """
from baskets.models import Hold
print("ready", flush=True)
for turn in range(4):
    for hold in Hold.objects.order_by("-pk").iterator():
        hold.handle = hold.handle.split(" ")[0] + f" {turn}"
        hold.save(update_fields=["handle"])
"""
READ = """
from baskets.models import Hold
from checkout.models import Document
from shop import crypto
handles = sorted(h.handle for h in Hold.objects.all())
print("handles", len(handles), all(h.endswith(" 3") for h in handles))
print("files", sum(crypto.unseal(d.content) == b"%PDF" * 5000 for d in Document.objects.all()))
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Stack]:
    try:
        server = provision.Postgres()
    except provision.Missing as missing:
        provision.need(missing)
        raise
    try:
        with Stack(tmp_path, database_url=server.database("keys"), FIELD_KEYS=OLD) as stack:
            yield stack
    finally:
        server.stop()


def rotate(stack: Stack) -> str:
    return stack.command_ended("rotate_keys", "--batch", "25")[1]


def test_nothing_is_lost_while_others_write_and_the_old_key_may_go(shop: Stack) -> None:
    shop.manage("shell", "--no-imports", "-c", FILL)
    writer = subprocess.Popen(
        [PYTHON, "manage.py", "shell", "--no-imports", "-c", WRITE],
        cwd=ROOT, env=shop.env | {"FIELD_KEYS": f"{OLD},{NEW}"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writer.stdout is not None
    assert writer.stdout.readline().strip() == "ready"
    shop.env["FIELD_KEYS"] = f"{NEW},{OLD}"
    first = rotate(shop)
    assert re.search(r"Document\.content: 20 \(\w+: 20\), 20 closed anew", first), first
    assert writer.wait(120) == 0
    rotate(shop)
    last = rotate(shop)
    assert ", 0 closed anew." in last, last
    assert "is not needed any more: take it out of FIELD_KEYS" in last
    shop.env["FIELD_KEYS"] = NEW
    said = shop.manage("shell", "--no-imports", "-c", READ)
    assert "handles 300 True" in said
    assert "files 20" in said
