"""Two hundred buyers, two web processes, twenty seats: exactly twenty are sold, each to one who paid for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import provision
from tests.buyer import Buyer
from tests.processes.houses import house_with
from tests.stack import Stack

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("crowd")]
BUYERS, SEATS, AT_ONCE = 200, 20, 24


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    if request.param == "sqlite":
        yield from running(tmp_path, "")
        return
    try:
        server = provision.Postgres()
    except provision.Missing as missing:
        provision.need(missing)
        raise
    try:
        yield from running(tmp_path, server.database("crowd"))
    finally:
        server.stop()


def running(room: Path, database_url: str) -> Iterator[Stack]:
    with Stack(room, database_url=database_url, PROVIDER_ACCOUNTS="west-end") as stack:
        stack.start("standin")
        stack.fill()
        stack.start("web", "web2", "worker", "beat")
        yield stack


def one_visit(stack: Stack, instance: int, number: int) -> str:
    """What became of this buyer: bought, or how it ended."""
    buyer = Buyer(stack.origin, f"buyer{number}")
    for _try in range(3):
        buyer.pick(instance)
        assert buyer.answer.status_code < 500, buyer.answer.status_code
        if not buyer.page.select("form[action*='/basket/add/']"):
            return "nothing free"
        buyer.hold_together(1)
        assert buyer.answer.status_code < 500, (buyer.answer.status_code, buyer.text[:300])
        if buyer.page.select_one("a[href*='/checkout/?currency']"):
            break
    else:
        return "never held"
    buyer.to_checkout()
    buyer.fill_in()
    buyer.agree_and_pay()
    assert buyer.answer.status_code == 200, (buyer.answer.status_code, buyer.url, buyer.text[:400])
    buyer.pay_at_gate()
    assert buyer.answer.status_code == 200, (buyer.answer.status_code, buyer.url)
    return "bought" if "/order/" in buyer.url or "/thanks/" in buyer.url else f"ended at {buyer.url}"


def test_twenty_seats_are_sold_once_each_and_nobody_pays_for_nothing(shop):
    performance, instance = house_with(shop, SEATS)
    before = shop.standin.get("books")["ltd"]
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        ends = list(crowd.map(lambda number: one_visit(shop, instance, number), range(BUYERS)))
    told = Counter(ends)

    books = shop.standin.get("books")["ltd"]
    ours = [basket for basket in books["baskets"] if basket["external_reference"]]
    paid = [basket for basket in ours if basket["state"] == "paid"]
    seats = [seat for basket in paid for piece in basket["items"] for seat in piece["ticket_ids"]]
    assert len(seats) == SEATS, told
    assert len(set(seats)) == SEATS
    assert all(piece["performance_id"] == performance for basket in paid for piece in basket["items"])
    assert told["bought"] == len(paid) == SEATS, told
    assert len(books["charges"]) - len(before["charges"]) == SEATS, "one charge for each seat that was sold"
    assert len({basket["email"] for basket in paid}) == SEATS

    def all_booked() -> bool:
        rows = shop.sql("SELECT status, COUNT(*) FROM checkout_booking GROUP BY status")
        return sum(n for status, n in rows if status in {"booked", "ticketed"}) == SEATS

    shop.wait(all_booked, "every sold part to be booked in the shop", seconds=90)
    references = {
        reference for (reference,) in shop.sql("SELECT reference FROM checkout_booking WHERE reference <> ''")
    }
    assert references == {basket["reference"] for basket in paid}
    mine = Counter(row[0] for row in shop.sql("SELECT seats_text FROM checkout_orderline"))
    assert set(mine.values()) == {1}, "a seat stands in one order only"
    assert "Traceback" not in shop.log("web") + shop.log("web2")
