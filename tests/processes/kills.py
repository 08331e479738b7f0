"""What tests of dying processes share: how far a buyer gets, what is killed when, and what must be true afterwards.

Told by the books of the payment company and of the box office, never by our own.
"""

from __future__ import annotations

import email
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.processes.till import AN_HOUR, CAPTURE, FIVE_MINUTES, Payer, Till, purse

__all__ = ["AN_HOUR", "FIVE_MINUTES"]
House = TypeVar("House", bound=Till)
ALL = ("web", "worker", "beat")
KILLED = [*ALL, "all"]
TABLE: list[tuple[str, ...]] = []


def kinds(died: str) -> tuple[str, ...]:
    """Which processes one of `KILLED` means."""
    return ALL if died == "all" else (died,)


def opened(request: pytest.FixtureRequest, kind: type[House], room: Path) -> Iterator[House]:
    """A shop that is open, and the table of its tests in the end. SQLite and the embedded broker; with
    TEST_HOUSES=postgres PostgreSQL and Redis, two web servers and two workers."""
    real = os.environ.get("TEST_HOUSES") == "postgres"
    addresses = request.getfixturevalue("machines").addresses() if real else {}
    with kind(room, **addresses) as stack:
        stack.several = 2 if real else 1
        stack.open()
        yield stack
    print(printed())


def printed() -> str:
    """The table of what was killed, what the buyer sees and where the money is."""
    head = ("died", "point", "the buyer sees meanwhile", "the buyer sees afterwards", "money and tickets")
    rows, TABLE[:] = [head, tuple("---" for _ in head), *TABLE], []
    return "\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)


def beside(do: Callable[[], object]) -> threading.Thread:
    """Something that will never be answered."""
    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    return thread


def pressed_and_authorised(shop: Till, ada: Payer) -> None:
    """The bank says yes; the tab is closed before anything comes back to us."""
    intent = ada.presses_pay()
    assert ada.confirms(shop, intent)["status"] == "requires_capture"


def ends(shop: Till, ada: Payer, *, booked: bool, after: float = FIVE_MINUTES) -> str:
    """Everything lives again and time moves. What the buyer sees then; the books are right."""
    shop.lives_again(after)
    final = {"paid", "fulfilled"} if booked else {"cancelled", "expired"}
    shop.comes_to(ada.number, final)
    found = purse(shop, ada.number)
    assert found.reserved == 0
    assert found.intents == 1
    if booked:
        assert (found.taken, found.booked, found.tickets) == (found.price, 1, 2)
        assert found.price == ada.price
        if shop.at_once:
            shop.wait(lambda: shop.status(ada.number) == "fulfilled", "the tickets")
        parsed = [email.message_from_string(mail) for mail in shop.mails() if ada.number in mail]
        # nobody is told the same thing twice; what is sent again for whoever died while sending is the same mail
        mails = {(mail["Message-ID"], mail["Subject"]) for mail in parsed}
        subjects = [subject for _identity, subject in mails]
        assert len(subjects) == len(set(subjects)), subjects
    else:
        assert (found.taken, found.booked, found.tickets) == (0, 0, 0)
    if booked:  # a call whose answer was slow is in the journal once it is over
        shop.wait(lambda: shop.calls_to_book(ada.number), "the call to book in the journal")
    assert shop.calls_to_book(ada.number) <= 1  # never twice, whatever was lost
    return ada.looks()


def told(died: str, point: str, meanwhile: str, afterwards: str, shop: Till, ada: Payer) -> None:
    TABLE.append((died, point, meanwhile, afterwards, purse(shop, ada.number).words))


BOOKED = "Thank you. Your tickets are booked"
NOT_BOOKED = "These tickets were not booked"
PARTLY = "Partly booked"
TIME_OVER = "The time ran out"


MADE, NEVER, LATER = "made", "never made", "made after the death"


def stalls_the_booking(shop: Till, how: str) -> None:
    """The box office takes a while over the next order, and then it is too late for its answer."""
    shop.stall(shop.book, world=shop.world, done=how == MADE)
    if how == NEVER:
        shop.standin.post("faults", {"world": shop.world, "name": shop.refuses})


def dies_while_booking(shop: Till, ada: Payer, how: str, *kinds: str) -> str:
    """Killed with the order at the box office and no answer. What the buyer sees then, if anybody answers."""
    stalls_the_booking(shop, how)
    pressed_and_authorised(shop, ada)  # the message makes the worker book it
    shop.struck("the order to reach the box office", name="slow")
    shop.dies(*kinds)
    assert purse(shop, ada.number).taken == 0
    meanwhile = "nothing answers" if "web" in kinds else ada.looks()
    if how == LATER:  # the box office works on for seconds; only then does time move, for it and for us
        shop.wait(lambda: purse(shop, ada.number).booked, "the box office to be done")
    return meanwhile


def booked_and_not_taken(shop: Till, ada: Payer) -> None:
    """The payment company cannot be reached when the money is to be taken."""
    shop.standin.post("faults", {"world": "stripe", "match": CAPTURE, "kind": "drop", "times": -1})
    pressed_and_authorised(shop, ada)
    shop.wait(lambda: shop.part(ada.number) in {"booked", "ticketed"}, "the booking")
