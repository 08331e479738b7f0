"""Two hundred callers at once, over real sockets: a seat is sold once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.standin.ltd_caller import Caller


@pytest.mark.processes
def test_two_hundred_buyers_get_exactly_the_twenty_seats_of_the_room(start_standin: Any) -> None:
    origin, _ = start_standin()
    watcher = Caller(origin)
    performance = watcher.performance(5112)["PerformanceId"]
    everything = [t["TicketId"] for g in watcher.groups(performance) for t in g["Tickets"]]
    assert len(everything) == 20

    def buy(number: int) -> tuple[int, str]:
        caller = Caller(origin)
        basket = caller.basket()
        start = number % 10 * 2
        status = caller.add(basket, everything[start : start + 2]).status_code
        if status == 200:
            # Everybody who holds pays twice at the same time, as from two tabs.
            url = caller.gate(basket)
            pages = [caller.card(url), caller.card(url)]
            with ThreadPoolExecutor(2) as tabs:
                list(tabs.map(lambda page: Caller(origin).bank(url, page), pages))
        return status, basket

    with ThreadPoolExecutor(40) as crowd:
        outcomes = list(crowd.map(buy, range(200)))
    winners = {basket for status, basket in outcomes if status == 200}
    assert sorted(status for status, _ in outcomes) == [200] * 10 + [409] * 190
    books = watcher.books()
    assert sorted(s["ticket_id"] for s in books["sold"]) == sorted(everything)
    assert {c["basket_id"] for c in books["charges"]} == winners
    assert len(books["charges"]) == 10
    assert watcher.performance(5112)["TotalAvailableTickesCount"] == 0


@pytest.mark.processes
def test_best_seats_never_give_one_seat_twice(start_standin: Any) -> None:
    origin, _ = start_standin()
    watcher = Caller(origin)
    performance = watcher.performance(5111)
    key = performance["PerformanceId"]
    watcher.control(f"/ltd/performances/{key}", {"empty_house": True})
    area = watcher.get(f"/Performances/{key}/AreasPrices").json()["AreasPrices"][1]
    price = area["Prices"][0]
    assert price["AvailableSeatsCount"] == 80
    body = {"PerformanceId": key, "AreaId": area["AreaId"], "SeatsCount": 3, "Price": price["Price"]}

    def hold(_: int) -> int:
        caller = Caller(origin)
        return caller.post(f"/Baskets/{caller.basket()}/Tickets", {"BestSeats": body}).status_code

    with ThreadPoolExecutor(40) as crowd:
        statuses = list(crowd.map(hold, range(60)))
    assert sorted(statuses) == [200] * 26 + [409] * 34
    held = [h["ticket_id"] for h in watcher.books()["held"]]
    assert len(held) == len(set(held)) == 78
