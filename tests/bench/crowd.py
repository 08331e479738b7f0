"""A crowd at the door: who comes when, what each one wants, and in what words the shop says no.

What somebody is going to do is drawn once from a seed (`plans`), whatever the others do. They arrive by a schedule and
not when the one before has finished: a shop that grows slow gets more of them at once, not fewer.
"""

from __future__ import annotations

import html
import random
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import requests
from bs4 import BeautifulSoup

from tests.buyer import Buyer

TRIES = 3
# How a page says that there is nothing (of this) to be had. Whoever goes without has read one of them.
FAIR = {
    "none free": "None free right now",
    "somebody was quicker": "Somebody was quicker",
    "just gone": "What you chose has just been taken by someone else.",
    "none that fit": "that fit this.",
    "no seat that fits": "no free seat that fits this.",
    "no such group": "None are free. The largest group is",
    "no group at all": "None are free.",
}
# What a page says when it is not about the tickets but about the moment. Counted by themselves: they are no answer.
BUSY = {
    "being asked": "We are already asking the box office",
    "on its way": "The box office is being asked",
    "not reached": "We could not reach the box office",
    "not heard": "The box office is taking longer than usual",
    "not read": "The box office gave an answer we cannot read",
}
BACK = "Tickets in other people’s baskets may come back in some minutes."
_FIELD = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"')
_GROUP = re.compile(r'<button class="group" name="group" value="([^"]+)"')
_SEAT = re.compile(r'<input type="checkbox" name="seat" value="([^"]+)"')


@dataclass(frozen=True)
class Plan:
    """What one visitor is going to do. `arrives` and the thinking are in seconds."""

    number: int
    arrives: float
    buys: bool
    door: str
    party: int
    then: str
    seed: int


def plans(
    buyers: int,
    seconds: float,
    seed: int,
    *,
    buying: float = 0.6,
    parties: Sequence[int] = (1, 2, 2, 2, 3, 4),
) -> list[Plan]:
    """Everybody, by arrival. Half of them come in the first third of the time, as at the hour when a sale begins."""
    rng = random.Random(seed)
    return sorted(
        (
            Plan(
                number=number,
                arrives=seconds * rng.random() ** 1.5,
                buys=rng.random() < buying,
                door=rng.choices(("best", "group", "seats"), (50, 20, 30))[0],
                party=rng.choice(parties),
                then=rng.choices(("pays", "goes away", "gives back", "leaves the gate"), (84, 6, 6, 4))[0],
                seed=rng.getrandbits(32),
            )
            for number in range(buyers)
        ),
        key=lambda plan: plan.arrives,
    )


@dataclass
class Answered:
    """One answer that a visitor waited for."""

    method: str
    path: str
    status: int
    milliseconds: float


@dataclass
class Visit:
    """How it went: `end` is a word, `words` the sentence that sent somebody away, `order` the token of what was bought."""

    plan: Plan
    end: str = ""
    words: str = ""
    order: str = ""
    answers: list[Answered] = field(default_factory=list)
    late: float = 0.0  # seconds after the hour of arrival that it really began: the crowd's own slowness


class Visitor(Buyer):
    """A buyer who reads a page only where it must be read: hundreds of them share the machine with the shop."""

    def __init__(self, origin: str, visit: Visit) -> None:
        self._page: BeautifulSoup | None = None
        super().__init__(origin, f"buyer{visit.plan.number}")
        self.visit, self.rng = visit, random.Random(visit.plan.seed)
        self.session.hooks["response"].append(self._note)

    @property
    def page(self) -> BeautifulSoup:  # type: ignore[override]
        if self._page is None:
            self._page = BeautifulSoup(self.answer.text, "html.parser")
        return self._page

    @page.setter
    def page(self, page: BeautifulSoup) -> None:
        self._page = page

    def _take(self, answer: requests.Response) -> BeautifulSoup:
        self.answer, self._page = answer, None
        return BeautifulSoup("", "html.parser")

    def _note(self, answer: requests.Response, **named: object) -> None:
        path = answer.request.path_url.partition("?")[0]
        self.visit.answers.append(
            Answered(
                str(answer.request.method), path, answer.status_code, answer.elapsed.total_seconds() * 1000
            )
        )

    def get(self, address: str) -> BeautifulSoup:
        super().get(address)
        return self.page if "/checkout/" in self.url else BeautifulSoup("", "html.parser")

    def says(self, sentence: str) -> bool:
        return sentence in html.unescape(self.answer.text)

    def thinks(self, least: float, most: float) -> None:
        time.sleep(self.rng.uniform(least, most))  # a person reads

    # --- the choice -------------------------------------------------------------------------------------------

    def looks_for(self, instance: int) -> None:
        self.get(f"/en/basket/pick/{instance}/?party={self.visit.plan.party}")

    def wish(self, door: str) -> dict[str, str | list[str]] | None:
        """What is sent for this door of the page; None where the page does not have it."""
        text, party = self.answer.text, self.visit.plan.party
        if 'name="door"' not in text and 'name="group"' not in text:
            return None
        sent: dict[str, str | list[str]] = {
            name: html.unescape(value) for name, value in _FIELD.findall(text.partition('id="pick"')[2])
        }
        groups, seats = _GROUP.findall(text), _SEAT.findall(text)
        if 'id="nearest"' in text and groups:
            return sent | {"group": html.unescape(groups[0])}  # offered first after a no
        if door == "group" and groups:
            return sent | {"group": html.unescape(self.rng.choice(groups[:4]))}
        if door == "seats" and len(seats) >= party:
            first = self.rng.randrange(len(seats) - party + 1)
            return sent | {"seat": seats[first : first + party], "door": "seats", "party": str(party)}
        if 'id="door-best"' in text:
            return sent | {
                "party": str(party),
                "area": "",
                "most": "",
                "together": "on",
                "door": "best",
            }
        return None

    def asks_to_hold(self, instance: int, sent: dict[str, str | list[str]]) -> bool:
        self._take(
            self.session.post(
                f"{self.origin}/en/basket/add/{instance}/", data=sent, timeout=90,
                headers={"Referer": self.url, "Origin": self.origin},
            )
        )  # fmt: skip
        return self.url.partition("?")[0].endswith("/basket/") and "/checkout/?currency" in self.answer.text

    def words(self) -> str:
        """Which of the fair sentences the page says; "" for none of them."""
        return next((name for name, sentence in (FAIR | BUSY).items() if self.says(sentence)), "")


def visit(origin: str, event: str, instance: int, plan: Plan) -> Visit:
    """One visitor from the door to whatever end. Nothing escapes: what is wrong is an end of its own."""
    made = Visit(plan)
    visitor = Visitor(origin, made)
    try:
        made.end = _go(visitor, event, instance)
    except (requests.RequestException, AssertionError) as error:
        made.end = f"broken: {type(error).__name__} {str(error)[:300]}"
    finally:
        visitor.session.close()
    return made


def _go(visitor: Visitor, event: str, instance: int) -> str:
    plan, made = visitor.visit.plan, visitor.visit
    visitor.get(event)
    visitor.thinks(0.5, 3)
    visitor.looks_for(instance)
    if not plan.buys:
        visitor.thinks(0.5, 3)
        return "only looked"
    for tried in range(TRIES):
        if tried and made.words not in ("somebody was quicker", "just gone"):
            visitor.thinks(1, 4)
            visitor.looks_for(instance)
        sent = visitor.wish(plan.door)
        if sent is None:
            made.words = visitor.words()
            continue
        visitor.thinks(1, 6 if plan.door == "seats" else 3)
        if visitor.asks_to_hold(instance, sent):
            return _with_tickets(visitor)
        made.words = visitor.words()
        if visitor.answer.status_code >= 500 and visitor.answer.status_code != 503:
            return f"broken: {visitor.answer.status_code} at {visitor.url}"
    if not made.words:
        return f"broken: without a word at {visitor.url}, {visitor.answer.status_code}: {visitor.text[:300]}"
    if made.words == "none free" and not visitor.says(BACK):
        return "broken: nobody said that tickets may come back"
    return "went without"


def _with_tickets(visitor: Visitor) -> str:
    plan, made = visitor.visit.plan, visitor.visit
    visitor.thinks(0.5, 2)
    if plan.then == "goes away":
        return "went away with a hold"
    if plan.then == "gives back":
        visitor.submit("/remove/")
        return "gave it back" if visitor.says("Removed") else "broken: not given back"
    visitor.to_checkout()
    visitor.thinks(1, 4)
    visitor.fill_in()
    visitor.thinks(0.5, 2)
    visitor.agree_and_pay()
    assert visitor.answer.status_code == 200, (visitor.answer.status_code, visitor.url, visitor.text[:300])
    if plan.then == "leaves the gate":
        return "left at the gate"
    visitor.thinks(0.5, 3)
    visitor.pay_at_gate()
    assert visitor.answer.status_code == 200, (visitor.answer.status_code, visitor.url, visitor.text[:300])
    found = re.search(r"/checkout/(?:order/)?([^/]+)/", visitor.url)
    if found is None or not visitor.url.startswith(visitor.origin):
        return f"broken: paid, and ended at {visitor.url}"
    made.order = found.group(1)
    return "bought"


def rush(origin: str, event: str, instance: int, wanted: Sequence[Plan]) -> list[Visit]:
    """All of them, each in time; back when the last one has left."""
    threading.stack_size(512 * 1024)
    made: list[Visit] = []
    crowd: list[threading.Thread] = []
    opened = time.monotonic()

    def come(plan: Plan, due: float) -> None:
        late = time.monotonic() - due
        one = visit(origin, event, instance, plan)
        one.late = late
        made.append(one)

    for plan in wanted:
        due = opened + plan.arrives
        time.sleep(max(0.0, due - time.monotonic()))  # an open load: they come when they come, served or not
        crowd.append(threading.Thread(target=come, args=(plan, due), daemon=True))
        crowd[-1].start()
    for one in crowd:
        one.join()
    threading.stack_size(0)
    return made
