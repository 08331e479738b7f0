"""What one buyer of the campaign does: wants something, goes so far, and may turn back, close the tab or press twice.

Everything over HTTP, as a browser without scripts does it. A connection that breaks, a page that says no: the buyer
looks at the order's page again or goes home. What became of it is read elsewhere, in the books of the outside world.
"""

from __future__ import annotations

import contextlib
import random
import threading
from dataclasses import dataclass, field

import requests
from bs4 import BeautifulSoup

from tests.processes.mixed import STANDING, Guest, Mixed, so_many

WANTS = (
    (("tour",), 5),
    (("stadium",), 5),
    (("west-end",), 4),
    (("stadium", "west-end"), 6),
    (("tour", "stadium"), 3),
    (("tour", "west-end"), 3),
    (("arena",), 2),
    (("arena", "stadium"), 2),
    (("west-end", "tour", "stadium"), 2),
)
ENDS = (
    ("pays", 10),
    ("closes the tab when the bank has said yes", 5),
    ("closes the tab on the other's page, paid", 4),
    ("leaves the other's page", 2),
    ("goes back to the basket", 2),
    ("leaves the card page", 1),
    ("leaves at the review", 1),
    ("presses twice", 3),
    ("is declined first", 3),
)
DECLINED = "4000000000000002"
PATIENCE = 40  # times that a page is loaded again, a second apart


@dataclass
class Visit:
    """One history: who, what for, how it was meant to end, and what was seen of the shop."""

    number: int
    wants: tuple[str, ...]
    end: str
    email: str
    outcome: str = "not begun"
    broken_pages: list[str] = field(default_factory=list)  # answers of 500, and where


def drawn(seed: int, number: int) -> Visit:
    """The same history for the same seed and number."""
    chance = random.Random(f"{seed}:{number}")
    wants = chance.choices([w for w, _n in WANTS], [n for _w, n in WANTS])[0]
    end = chance.choices([e for e, _n in ENDS], [n for _e, n in ENDS])[0]
    return Visit(number, wants, end, f"h{seed}n{number}@example.org")


class Stopped(Exception):
    """The shop said no in words, or nothing answered: the buyer goes home."""


class Wanderer(Guest):
    """A buyer who writes every 500 down."""

    def __init__(self, shop: Mixed, visit: Visit, dates: dict[str, list[int]], chance: random.Random) -> None:
        super().__init__(shop.origin, f"Buyer{visit.number}")
        self.email, self.visit, self.dates, self.chance, self.shop = visit.email, visit, dates, chance, shop

    def _take(self, answer: requests.Response) -> object:  # type: ignore[override]
        page = super()._take(answer)
        if answer.status_code >= 500 and answer.url.startswith(self.shop.origin):
            if answer.status_code != 503:
                self.visit.broken_pages.append(f"{answer.status_code} {answer.url}")
            raise Stopped(f"{answer.status_code}")
        return page

    def get(self, address: str) -> BeautifulSoup:
        """Nothing answers while a web server is dead: the buyer loads the page again."""
        for _try in range(PATIENCE):
            try:
                return super().get(address)
            except requests.ConnectionError:
                threading.Event().wait(1.0)
        return super().get(address)

    def chooses(self, account: str) -> None:
        """A choice that was lost on the way, or refused, is made twice more."""
        for left in (2, 1, 0):
            try:
                self.pick(self.chance.choice(self.dates[account]))
                if account in ("tour", "west-end"):
                    self.hold_together(self.chance.choice((1, 2, 2, 3)))
                else:
                    so_many(self, STANDING if account == "stadium" else "", self.chance.choice((1, 2, 2)))
                return
            except (requests.ConnectionError, Stopped, AssertionError):
                if not left:
                    raise
                threading.Event().wait(1.5)

    def lives(self) -> str:
        """From the programme to whatever end; what was seen last."""
        end = self.visit.end
        for account in self.visit.wants:
            self.chooses(account)
        self.get("/en/basket/")
        self.to_checkout()
        printed = "west-end" in self.visit.wants and self.chance.random() < 0.7
        self.fill_in("print" if printed else "", email=self.email)
        self.known_by_address()
        if end == "leaves at the review":
            return "left at the review"
        self.agree_and_pay()
        return self.pays(end)

    def known_by_address(self) -> None:
        self.token = self.url.rstrip("/").split("/")[-2]

    def pays(self, end: str) -> str:
        turned_back = False
        for _page in range(60):
            card = self.page.select_one("#card-form")
            if "/PaymentGate.aspx" in self.url:
                basket = self.url.partition("basketId=")[2]
                if end == "leaves the other's page":
                    return "left the other's page"
                if end == "closes the tab on the other's page, paid":
                    self.shop.standin.post(f"ltd/baskets/{basket}/pay_without_return")
                    return "paid there, tab closed"
                self.pay_at_gate()
            elif card is not None and card.has_attr("data-intent-url"):
                if end == "leaves the card page":
                    return "left the card page"
                if end == "goes back to the basket" and not turned_back:
                    turned_back = True
                    self.submit("/cancel/")
                    continue
                if not self.card(end):
                    return "bank said yes, tab closed"
            elif card is not None:
                self.confirms(self.shop, str(card["data-client-secret"]).partition("_secret_")[0])
                self.comes_back()
            elif self.url.rstrip("/").endswith("/pay") and self.page.select("form[action='']") + [
                form for form in self.page.select("form[method=post]") if not form.get("action")
            ]:
                self.submit("/pay/")
            elif "/thanks/" in self.url:
                threading.Event().wait(0.5)  # as the page waits before it asks again
                self.get(self.url)
            elif turned_back and "/basket/" in self.url and self.links("/checkout/?currency"):
                turned_back = False
                end = "pays"
                self.to_checkout()
                if "/details/" in self.url:
                    self.fill_in(email=self.email)
                self.agree_and_pay()
            else:
                heading = self.page.select_one("h1")
                return heading.get_text(" ", strip=True) if heading else self.text[:60]
        return "waited for ever"

    def card(self, end: str) -> bool:
        """Pay by card; False where the tab is closed then."""
        self.is_at_the_till()
        if end == "presses twice":
            other = threading.Thread(target=lambda: self._quietly(self.presses_pay), daemon=True)
            other.start()
            intent = self.pressed()
            other.join(60)
        else:
            intent = self.pressed()
        if not intent:
            self.get(f"/en/checkout/{self.token}/pay/")
            return True
        if end == "is declined first":
            with contextlib.suppress(requests.HTTPError):
                self.confirms(self.shop, intent, card=DECLINED)
        with contextlib.suppress(requests.HTTPError):  # cancelled meanwhile, for example
            self.confirms(self.shop, intent)
        if end == "closes the tab when the bank has said yes":
            return False
        self.comes_back()
        return True

    def pressed(self) -> str:
        for _try in range(4):
            intent = self._quietly(self.presses_pay)
            if intent:
                return intent
            threading.Event().wait(0.8)
        return ""

    @staticmethod
    def _quietly(do: object) -> str:
        try:
            return str(do())  # type: ignore[operator]
        except (requests.RequestException, ValueError):
            return ""


def visit(shop: Mixed, what: Visit, dates: dict[str, list[int]], seed: int) -> Visit:
    """Live one history to its end; a buyer whom nothing answers looks twice more and goes home."""
    chance = random.Random(f"{seed}:{what.number}:way")
    buyer = Wanderer(shop, what, dates, chance)
    try:
        what.outcome = buyer.lives()
    except (requests.RequestException, Stopped, AssertionError) as error:
        what.outcome = f"stopped: {type(error).__name__}"
        for _look in range(2):
            if not buyer.token:
                break
            threading.Event().wait(1.5)
            try:
                buyer.get(f"/en/checkout/{buyer.token}/pay/")
                what.outcome = f"{buyer.pays('pays')} (after a break)"
                break
            except (requests.RequestException, Stopped, AssertionError):
                continue
    return what
