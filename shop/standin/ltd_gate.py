"""The hosted payment page of London Theatre Direct: order, card, the bank's question, back to the shop.

Plain HTML; nothing needs a script. The sandbox cards are those of the documents ("Sandbox environment"): any
future expiry, code 111, 3-D Secure password 1234. Everything else is declined.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from html import escape

from babel.dates import format_datetime
from babel.numbers import format_currency
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from shop.standin.clock import LONDON
from shop.standin.ltd_baskets import Baskets, Item, submission_of
from shop.standin.ltd_gate_words import WORDS
from shop.standin.ltd_lists import DELIVERIES, LANGUAGES
from shop.standin.wsgi import StandinRequest

CARDS = {"4000000000000002": "Visa", "5200000000000007": "Mastercard"}
CODE = "111"
PASSWORD = "1234"  # noqa: S105 - of the documented sandbox

_STYLE = """
:root{color-scheme:light dark;--ink:#1d1a17;--paper:#fbf8f3;--card:#fff;--line:#ded6ca;--soft:#6a6158;
--act:#8f1d2c;--on:#fff;--bad:#a3101f}
@media(prefers-color-scheme:dark){:root{--ink:#f2ece4;--paper:#171412;--card:#211d1a;--line:#3d362f;
--soft:#b5aaa0;--act:#d9596a;--on:#1a0c0e;--bad:#ff8d97}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font:600 1.75rem/1.2 Georgia,serif;margin:.5rem 0 1rem}
h2{font:600 1.125rem/1.3 Georgia,serif;margin:0 0 .75rem}
.play{background:var(--ink);color:var(--paper);padding:.5rem 1rem;text-align:center;font-size:.875rem}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1.25rem;margin:0 0 1rem}
dl{margin:0;display:grid;grid-template-columns:1fr auto;gap:.35rem 0}
dt,dd{margin:0}dd{padding-left:1rem;text-align:right;font-variant-numeric:tabular-nums}
dt small{display:block;color:var(--soft);font-size:.875rem}
.total{font-weight:700;border-top:1px solid var(--line);padding-top:.6rem;margin-top:.3rem;font-size:1.125rem}
label{display:block;font-weight:600;margin:0 0 .25rem}
.field{margin:0 0 1rem}.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
input{width:100%;font:inherit;padding:.6rem .7rem;border:1px solid var(--soft);border-radius:6px;
background:var(--paper);color:var(--ink)}
button{font:inherit;font-weight:600;width:100%;min-height:48px;border-radius:6px;cursor:pointer;border:0}
.go{background:var(--act);color:var(--on)}
.back{background:none;color:var(--ink);text-decoration:underline;margin-top:.5rem}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
.error{color:var(--bad);font-weight:600;margin:.25rem 0 0}.soft{color:var(--soft);margin:0 0 1rem}
"""


class Gate:
    def __init__(self, baskets: Baskets) -> None:
        self.baskets = baskets
        self.env = baskets.env

    def answer(self, request: StandinRequest) -> Response:
        """GET shows the order; POST with ``step`` card, bank or cancel moves on."""
        basket_id = next((v for k, v in request.args.items() if k.lower() == "basketid"), "")
        with self.env.store.read() as connection:
            row = self.baskets.row(connection, basket_id)
            items = self.baskets.items(connection, row)
        order = submission_of(row)
        if not order:
            raise NotFound
        if row["state"] == "paid":
            return self._back(order["success"])
        if row["state"] == "open" or not self.baskets.alive(items):
            return self._back(order["failure"])
        language = LANGUAGES.get(order["language"], "en")
        words = WORDS[language]
        page = Page(words, language, self.baskets.total(row, items))
        if request.method != "POST":
            return page.card(self._lines(order, items, row, language), self._until(items, words))
        step = request.form.get("step")
        if step == "cancel":
            return self._declined(basket_id, order)
        if step == "bank":
            return self._bank(request, basket_id, order, page)
        errors = _card_errors(request, words, self.env.clock.now())
        if errors:
            lines = self._lines(order, items, row, language)
            return page.card(lines, self._until(items, words), errors, request)
        number = _digits(request.form.get("number", ""))
        good = number in CARDS and request.form.get("cvc", "").strip() == CODE
        if not good or self.env.faults.take("ltd", "gate_declines", basket_id=basket_id):
            return self._declined(basket_id, order)
        means = f"{CARDS[number]} {number[-4:]}"
        return page.bank(means, self.baskets.challenge(basket_id, means))

    def _bank(self, request: StandinRequest, basket_id: str, order: dict[str, str], page: Page) -> Response:
        means = self.baskets.challenged(basket_id, request.form.get("challenge", ""))
        if means is None or request.form.get("password") != PASSWORD:
            return self._declined(basket_id, order)
        if not self.baskets.pay(basket_id, means):
            return self._back(order["failure"])
        if self.env.faults.take("ltd", "no_return", basket_id=basket_id):
            return page.done()
        return self._back(order["success"])

    def _declined(self, basket_id: str, order: dict[str, str]) -> Response:
        self.baskets.decline(basket_id)
        return self._back(order["failure"])

    def _back(self, url: str) -> Response:
        """302 to the submitted address, unchanged: nothing is appended."""
        return Response(b"", status=302, headers={"Location": url, "Cache-Control": "no-store"})

    def _until(self, items: list[Item], words: dict[str, str]) -> str:
        ends = datetime.fromtimestamp(min(item.expires_ms for item in items) / 1000, UTC)
        return words["until"].format(time=ends.astimezone(LONDON).strftime("%H:%M"))

    def _lines(
        self, order: dict[str, str], items: list[Item], row: object, language: str
    ) -> list[tuple[str, str, int]]:
        lines, words = [], WORDS[language]
        for item in items:
            performance = item.performance
            seats = [performance.plan.seats[index] for index, _ in item.tickets]
            names = ", ".join(seat.row + seat.number for seat in seats)
            when = format_datetime(performance.starts, "EEE d MMM y, HH:mm", locale=language)
            area = performance.plan.areas[item.area]
            lines.append((performance.spec.name, f"{performance.venue.name}, {when}", item.pence))
            lines[-1] = (lines[-1][0], f"{lines[-1][1]}. {area}, {words['seats']}: {names}", item.pence)
        delivery, protection = self.baskets.extras(row, items)  # type: ignore[arg-type]
        lines.append((words["delivery"], DELIVERIES[int(order["delivery"])][0], delivery))
        if protection:
            lines.append((words["protection"], "", protection))
        return lines


class Page:
    """HTML of the gate in one language. Card data is never put back into a form."""

    def __init__(self, words: dict[str, str], language: str, pence: int) -> None:
        self.words = words
        self.language = language
        self.total = self._pounds(pence)

    def card(
        self,
        lines: list[tuple[str, str, int]],
        until: str,
        errors: dict[str, str] | None = None,
        request: StandinRequest | None = None,
    ) -> Response:
        words, errors = self.words, errors or {}
        rows = "".join(
            f"<dt>{escape(name)}{f'<small>{escape(note)}</small>' if note else ''}</dt><dd>{self._pounds(pence)}</dd>"
            for name, note, pence in lines
        )
        body = f"""<h1>{words["title"]}</h1><p class="soft">{escape(until)}</p>
<section aria-labelledby="order"><h2 id="order">{words["order"]}</h2><dl>{rows}
<dt class="total">{words["total"]}</dt><dd class="total" data-total>{self.total}</dd></dl></section>
<form method="post" novalidate autocomplete="on"><section aria-labelledby="card"><h2 id="card">{words["card"]}</h2>
{self._field("number", words["number"], "cc-number", errors)}
<div class="pair">{self._field("expiry", words["expiry"], "cc-exp", errors)}
{self._field("cvc", words["code"], "cc-csc", errors)}</div>
<button class="go" name="step" value="card">{words["pay"].format(total=self.total)}</button>
<button class="back" name="step" value="cancel">{words["cancel"]}</button></section></form>"""
        return self._page(body, 422 if errors else 200)

    def bank(self, means: str, challenge: str) -> Response:
        words, (brand, last4) = self.words, means.split(" ")
        body = f"""<h1>{words["bank"]}</h1><form method="post"><section>
<p>{words["bank_text"].format(total=self.total)} ({escape(brand)} •••• {escape(last4)})</p>
<input type="hidden" name="challenge" value="{escape(challenge)}">
<div class="field"><label for="password">{words["password"]}</label>
<input id="password" name="password" type="password" inputmode="numeric" autocomplete="off" required autofocus></div>
<button class="go" name="step" value="bank">{words["confirm"]}</button>
<button class="back" name="step" value="cancel" formnovalidate>{words["cancel"]}</button></section></form>"""
        return self._page(body)

    def done(self) -> Response:
        """Paid, but this page does not lead back: the fault ``no_return``."""
        return self._page(f"<h1>{self.words['title']}</h1><section><p>✓ {self.total}</p></section>")

    def _pounds(self, pence: int) -> str:
        return format_currency(Decimal(pence) / 100, "GBP", locale=self.language)

    def _field(self, name: str, label: str, autocomplete: str, errors: dict[str, str]) -> str:
        error = errors.get(name)
        described = f' aria-describedby="{name}-error" aria-invalid="true"' if error else ""
        note = f'<p class="error" id="{name}-error">{escape(error)}</p>' if error else ""
        return (
            f'<div class="field"><label for="{name}">{label}</label><input id="{name}" name="{name}"'
            f' inputmode="numeric" autocomplete="{autocomplete}" required{described}>{note}</div>'
        )

    def _page(self, body: str, status: int = 200) -> Response:
        html = (
            f'<!DOCTYPE html><html lang="{self.language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots"'
            f' content="noindex"><title>{self.words["title"]}</title><style>{_STYLE}</style></head>'
            f'<body><div class="play" role="note">{self.words["play"]}</div><main>{body}</main></body></html>'
        )
        headers = {
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        }
        return Response(html, status=status, headers=headers, content_type="text/html; charset=utf-8")


def _card_errors(request: StandinRequest, words: dict[str, str], now: datetime) -> dict[str, str]:
    """What cannot be a card at all is asked again; what is a card but a wrong one is declined."""
    errors = {}
    if not 12 <= len(_digits(request.form.get("number", ""))) <= 19:
        errors["number"] = words["bad_number"]
    month, _, year = request.form.get("expiry", "").replace(" ", "").partition("/")
    known = month.isdecimal() and year.isdecimal() and len(month) <= 2 and len(year) in {2, 4}
    if not known or not 1 <= int(month) <= 12 or (int(year) % 100 + 2000, int(month)) < (now.year, now.month):
        errors["expiry"] = words["bad_expiry"]
    if len(_digits(request.form.get("cvc", ""))) != 3:
        errors["cvc"] = words["bad_code"]
    return errors


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isdigit())
