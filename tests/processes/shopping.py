"""A buyer in a real browser, in front of the shop with box offices of all four systems."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.processes.four import Books, Four, put
from tests.processes.payer import GOOD, SLOWLY

EVERY = ("assembly", "stadium", "west-end", "arena")


class Ada:
    """From the basket to the tickets."""

    def __init__(self, shop: Four, page: Any) -> None:
        self.shop, self.page, self.books = shop, page, Books.open(shop)
        self.number = ""

    @property
    def text(self) -> str:
        return " ".join(str(self.page.locator("main").inner_text()).split())

    def reviews(self, *accounts: str, web: bool = False) -> Ada:
        put(self.shop, self.page, *(accounts or EVERY), web=web)
        self.page.goto(f"{self.shop.web}/en/checkout/?currency=GBP")
        self.page.wait_for_url("**/details/")
        for name, value in {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}.items():
            if self.page.locator(f"input[name={name}]").count():
                self.page.fill(f"input[name={name}]", value)
        for legend in self.page.locator("fieldset.field").all():
            choice = legend.locator("input[type=radio]:not([disabled])")
            if choice.count():
                choice.first.check()
        for no in self.page.locator("input[type=radio][name$=protection][value=no]").all():
            no.check()
        self.page.click("main form button.primary")
        self.page.wait_for_url("**/review/")
        token = self.page.url.rstrip("/").split("/")[-2]
        self.number = str(self.shop.sql("SELECT number FROM checkout_order WHERE token = ?", token)[0][0])
        return self

    def agrees(self) -> None:
        for box in self.page.locator("form[action$='/pay/'] input[type=checkbox]").all():
            box.check()
        self.page.click("form[action$='/pay/'] button")

    def pays_by_card(self, number: str = GOOD) -> None:
        """In the card form that is on the page, ours or a box office's."""
        expect(self.page.locator("#card-pay")).to_be_enabled(timeout=SLOWLY)
        fields = self.page.frame_locator('iframe[title="Secure payment input frame"]')
        fields.locator("[name=number]").fill(number)
        fields.locator("[name=expiry]").fill("12 / 40")
        fields.locator("[name=cvc]").fill("123")
        self.page.click("#card-pay")

    def sees(self, heading: str) -> None:
        expect(self.page.locator("h1")).to_contain_text(heading, timeout=SLOWLY)

    def to_the_gate(self) -> None:
        self.page.click("main form[method=post]:not([action]) button")
        self.page.wait_for_url("**/PaymentGate.aspx**", timeout=SLOWLY)

    def pays_at_the_gate(self) -> None:
        for name, value in (("number", "4000000000000002"), ("expiry", "12/40"), ("cvc", "111")):
            self.page.fill(f"input[name={name}]", value)
        self.page.click("button[value=card]")
        self.page.fill("input[name=password]", "1234")
        self.page.click("button[value=bank]")

    def pays_in_the_hosted_checkout(self) -> None:
        self.page.wait_for_url(f"{self.shop.domain}/**/secure/**", timeout=SLOWLY)
        said = {"email": "ada@example.org", "firstName": "Ada", "lastName": "Lovelace",
                "number": "4000000000000002", "expiry": "12/40", "cvc": "111"}  # fmt: skip
        for _page in range(7):
            for name, value in said.items():
                if self.page.locator(f"input[name={name}]").count():
                    self.page.fill(f"input[name={name}]", value)
            if not self.page.locator("form button.spx-button-primary").count():
                break
            self.page.locator("form button.spx-button-primary").click()
            self.page.wait_for_load_state()

    def is_decided(self, *statuses: str, seconds: float = 60) -> None:
        self.shop.wait(
            lambda: self.shop.status(self.number) in statuses,
            f"an order that is {' or '.join(statuses)}",
            seconds,
        )

    def looks(self) -> str:
        token = self.shop.sql("SELECT token FROM checkout_order WHERE number = ?", self.number)[0][0]
        self.page.goto(f"{self.shop.web}/en/checkout/order/{token}/")
        return self.text
