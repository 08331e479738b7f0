"""Somebody in a real browser who knows how to buy here: by what the pages say, not by their addresses."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.journeys.house import PASSWORD
from tests.stack import Stack

PLAY = "Mostly Harmless Weddings"  # London Theatre Direct: named seats, printed at home
CONCERT = "Warm Static"  # Tickethead, paid by card
FREE = "Open Studios"  # Tickethead, nothing to pay

SANDBOX = {"number": "4000 0000 0000 0002", "expiry": "12 / 40", "cvc": "111", "password": "1234"}
GOOD, BANK_ASKS, DECLINED = "4242424242424242", "4000002500003155", "4000000000009995"
SLOWLY = 20_000  # milliseconds: what another process and a box office have to do first
GENERATED = 60_000  # tickets are made one by one, and asked for every few seconds


class Visitor:
    """`page` is the browser's page; the verbs wait for what they lead to."""

    def __init__(self, page: Page, stack: Stack, name: str = "Ada") -> None:
        self.page, self.stack, self.name = page, stack, name
        self.email = f"{name.lower()}@example.org"

    # --- looking -----------------------------------------------------------------------------------------

    def open(self, path: str = "/en/") -> None:
        self.page.goto(path if path.startswith("http") else f"{self.stack.origin}{path}")

    @property
    def h1(self) -> Locator:
        return self.page.locator("h1")

    def press(self, words: str | re.Pattern[str], within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=words).first.click()

    def follow(self, words: str | re.Pattern[str], within: Locator | None = None) -> None:
        (within or self.page).get_by_role("link", name=words).first.click()

    def sign_in(self) -> None:
        """As staff, by the name that the house gave them."""
        self.open("/admin/")
        self.page.get_by_label("Username").fill(self.name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Log in")
        expect(self.page.locator("#user-tools")).to_be_visible()

    # --- choosing ----------------------------------------------------------------------------------------

    def find(self, show: str) -> None:
        """From the list to the page of a show."""
        self.open()
        self.page.get_by_label("Event, venue or town").fill(show)
        self.press("Search")
        expect(self.page).to_have_url(re.compile("[?&]q="))  # what is followed is not exchanged any more
        self.follow(show, self.page.locator("#programme .event-card"))
        expect(self.h1).to_have_text(show)

    def choose_date(self, show: str, nth: int = 0) -> None:
        """To the page where seats or tickets of one date are chosen; `nth` from the last date shown backwards
        (and round again), so that nothing begins while a test runs."""
        self.find(show)
        books = self.page.locator(".date-rail").get_by_role("link", name=re.compile("book", re.I))
        many = books.count()
        books.nth(many - 1 - nth % many).click()
        expect(self.h1).to_have_text(show)
        expect(self.page.locator("#pick")).to_be_visible()

    def hold_neighbours(self) -> None:
        """The first two seats beside each other that the page offers."""
        self.page.locator("#groups ~ .groups .group").first.click()
        self.sees_basket()

    def hold_seats(self, many: int = 2) -> list[str]:
        """Named seats, one by one from the list: the last ones, so that none is left alone at the end of a row."""
        row = self.page.locator("fieldset.seat-row").filter(has=self.page.locator("input")).first
        boxes = row.locator("input[name=seat]")
        names = []
        for box in boxes.all()[:many]:
            names.append(str(box.get_attribute("data-name")))
            box.check()
        self.press("Hold these seats")
        self.sees_basket()
        return names

    def take(self, many: int, ticket: str = "") -> None:
        """So many tickets of a kind (the first one unless named) into the basket."""
        field = (
            self.page.get_by_label(ticket) if ticket else self.page.locator(".offer input[type=number]").first
        )
        field.fill(str(many))
        self.press(re.compile("Put into the basket|Hold these tickets"))
        self.sees_basket()

    def sees_basket(self) -> None:
        expect(self.h1).to_contain_text("Your basket", timeout=SLOWLY)

    # --- buying ------------------------------------------------------------------------------------------

    def to_details(self) -> None:
        self.open("/en/basket/") if "/basket/" not in self.page.url else None
        self.follow("Go to payment")
        expect(self.h1).to_have_text("Your details", timeout=SLOWLY)

    def fill_in(self) -> None:
        """Who buys; the tickets to print at home, the first of every other choice, no protection."""
        page = self.page
        page.get_by_label("First name").fill(self.name)
        page.get_by_label("Last name").fill("Buyer")
        page.get_by_label("E-mail", exact=False).first.fill(self.email)
        for tiles in page.locator("fieldset.field").all():
            wanted = tiles.locator("label").filter(has_text=re.compile(r"print at home|PDF|^\s*No\b", re.I))
            (wanted if wanted.count() else tiles.locator("label:has(input:enabled)")).first.click()
        self.press("Go on to review and pay")
        expect(self.h1).to_have_text("Review and pay", timeout=SLOWLY)

    def agree(self) -> None:
        """Tick what has to be agreed to and press the one main button."""
        for box in self.page.locator("form[action*='/pay/'] input[type=checkbox]").all():
            box.check()
        self.page.locator("form[action*='/pay/'] button.primary").click()

    def to_review(self) -> None:
        self.to_details()
        self.fill_in()

    def pay_at_gate(self) -> None:
        """On the box office's own page, with the sandbox card and the bank's password; back here afterwards."""
        page = self.page
        page.wait_for_url(re.compile("PaymentGate"), timeout=SLOWLY)
        page.locator("#number").fill(SANDBOX["number"])
        page.locator("#expiry").fill(SANDBOX["expiry"])
        page.locator("#cvc").fill(SANDBOX["cvc"])
        page.locator("button[value=card]").click()
        page.locator("#password").fill(SANDBOX["password"])
        page.locator("button[value=bank]").click()

    def enter_card(self, number: str) -> None:
        """In the fields of the payment company, then press pay."""
        fields = self.page.frame_locator('iframe[title="Secure payment input frame"]')
        expect(self.page.locator("#card-pay")).to_be_enabled(timeout=SLOWLY)
        fields.locator("[name=number]").fill(number)
        fields.locator("[name=expiry]").fill("12 / 40")
        fields.locator("[name=cvc]").fill("123")
        self.page.locator("#card-pay").click()

    def answer_bank(self, words: str = "Complete") -> None:
        bank = self.page.frame_locator("iframe[name=stripe-challenge-frame]")
        bank.get_by_role("button", name=words).click()

    # --- having ------------------------------------------------------------------------------------------

    def sees_tickets(self, parts: int = 1) -> None:
        """The order page, every part of it with all its tickets."""
        self.page.wait_for_url(re.compile("/checkout/order/"), timeout=SLOWLY)
        expect(self.h1).to_contain_text("ickets", timeout=SLOWLY)
        expect(self.page.locator(".part-ready")).to_have_count(parts, timeout=GENERATED)
        expect(self.page.locator(".part")).to_have_count(parts)

    def open_pdfs(self) -> list[str]:
        """The text of every sheet of every PDF on the page, fetched as a click would."""
        sheets = []
        for link in self.page.locator("a.document").filter(has_text="PDF").all():
            answer = self.page.request.get(f"{self.stack.origin}{link.get_attribute('href')}")
            assert answer.ok, answer.status
            assert answer.headers["content-type"].startswith("application/pdf")
            sheets += [sheet.extract_text() for sheet in PdfReader(BytesIO(answer.body())).pages]
        return sheets

    def order_state(self) -> str:
        """The status of the order whose page is open."""
        token = re.search(r"/checkout/order/([^/]+)/", self.page.url)
        assert token, self.page.url
        return str(self.stack.sql("SELECT status FROM checkout_order WHERE token = ?", token[1])[0][0])

    def books(self, world: str = "ltd") -> Any:
        """What the box office itself knows."""
        return self.stack.standin.get("books")[world]
