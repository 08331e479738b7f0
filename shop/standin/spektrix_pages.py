"""The frame of the imitated Spektrix's hosted pages: markup, style, and the messages a page sends to its parent.

Sources: Spektrix, "Iframe load trigger" (``basketContents:``, ``basketHash:``), "Standard booking flow". The wire form
of the height message is not documented; our own script (``integrate.js``) reads what our own pages send.
"""

from __future__ import annotations

import json
from decimal import Decimal
from html import escape

from babel.numbers import format_currency
from werkzeug.wrappers import Response

from shop.standin.spektrix_wire import Json, minor

STYLE = """
:root{color-scheme:light dark;--ink:#1c2230;--paper:#f7f8fb;--card:#fff;--line:#d5d9e3;--soft:#596175;--act:#1f5aa6;
--on:#fff;--bad:#a3101f}
@media(prefers-color-scheme:dark){:root{--ink:#eef1f7;--paper:#12151c;--card:#1b202b;--line:#353c4b;--soft:#aab2c5;
--act:#7fb0f0;--on:#0c1420;--bad:#ff8d97}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:44rem;margin:0 auto;padding:1.25rem 1rem 2rem}h1{font-size:1.5rem;margin:.25rem 0 1rem}
h2{font-size:1.125rem;margin:0 0 .5rem}
section,fieldset{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:1rem;margin:0 0 1rem}
.play{background:var(--ink);color:var(--paper);text-align:center;padding:.4rem;font-size:.875rem}
label{display:block;margin:.4rem 0}input,select,button{font:inherit;padding:.5rem .6rem;border:1px solid var(--soft);
border-radius:4px;background:var(--paper);color:var(--ink);max-width:100%}
input[type=text],input[type=email],input[type=password]{display:block;width:100%}
button,.CheckoutLink{display:inline-block;min-height:44px;background:var(--act);color:var(--on);border:0;font-weight:600;
padding:.6rem 1.1rem;border-radius:4px;text-decoration:none;cursor:pointer}
button.quiet{background:none;color:var(--ink);text-decoration:underline;font-weight:400}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
table{width:100%;border-collapse:collapse}td,th{text-align:left;padding:.35rem .25rem;border-bottom:1px solid var(--line)}
td:last-child,th:last-child{text-align:right}.total{font-weight:700}
.row{display:flex;flex-wrap:wrap;gap:.25rem .4rem;align-items:center;margin:.2rem 0}.row label{margin:0}
.seat{border:1px solid var(--line);border-radius:4px;padding:.1rem .3rem;font-size:.875rem}
.gone{color:var(--soft)}.spx-validation-errorlist{color:var(--bad);font-weight:600}
"""
SCRIPT = """
(function(){
  if (window.parent === window) return;
  var data = document.getElementById('spektrix-basket');
  window.parent.postMessage('basketContents:' + data.textContent, '*');
  window.parent.postMessage('basketHash:' + data.dataset.hash, '*');
  if (document.body.dataset.resize !== 'true') return;
  var last = 0;
  function tell(){
    var height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (height !== last) { last = height; window.parent.postMessage('spektrixHeight:' + height, '*'); }
  }
  tell(); window.addEventListener('load', tell);
  if (window.ResizeObserver) new ResizeObserver(tell).observe(document.documentElement);
  if (document.body.dataset.flow === 'true')
    window.parent.postMessage(JSON.stringify({spektrixOffset: 0}), '*');
})();
"""
INTEGRATE = """
/* Sets the height of #SpektrixIFrame to that of the page inside it. */
(function(){
  var origin = new URL(document.currentScript.src).origin;
  window.addEventListener('message', function(event){
    if (event.origin !== origin || typeof event.data !== 'string') return;
    var frame = document.getElementById('SpektrixIFrame');
    if (!frame) return;
    if (event.data.indexOf('spektrixHeight:') === 0) {
      var height = parseInt(event.data.slice(15), 10);
      if (height > 0) frame.style.height = height + 'px';
    } else if (event.data.charAt(0) === '{') {
      try {
        var offset = JSON.parse(event.data).spektrixOffset;
        if (typeof offset === 'number') {
          var top = frame.getBoundingClientRect().top + offset;
          if (top < 0) window.scrollBy(0, top);
        }
      } catch (problem) { return; }
    }
  });
})();
"""
_SUBSET = ("total", "totalDiscount", "customer", "tickets", "membershipSubscriptions", "giftVouchers",
           "ticketSubscriptions", "merchandiseItems", "donations", "hash")  # fmt: skip


class Frame:
    """One answer: title, inner HTML, the basket for the messages, whether heights are wanted."""

    def __init__(self, basket: Json, *, title: str, currency: str, resize: bool) -> None:
        self.basket, self.title, self.currency = basket, title, currency
        self.resize = resize

    def money(self, minor_units: int) -> str:
        return format_currency(Decimal(minor_units) / 100, self.currency, locale="en_GB")

    def page(
        self, heading: str, inner: str, *, status: int = 200, kind: str = "", flow: bool = False
    ) -> Response:
        """``kind``: class of the heading; ``flow``: an express checkout page, which also sends its offset."""
        contents = {name: self.basket[name] for name in _SUBSET if name in self.basket}
        data = json.dumps(contents, ensure_ascii=False).replace("<", "\\u003c")
        html = (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(heading)} | {escape(self.title)}</title>"
            '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
            f'<style>{STYLE}</style></head><body data-resize="{"true" if self.resize else "false"}"'
            f' data-flow="{"true" if flow else "false"}"><div class="play">Play money: an imitation of Spektrix</div>'
            f'<main><h1 class="{kind}">{escape(heading)}</h1>{inner}</main>'
            f'<script type="application/json" id="spektrix-basket" data-hash="{escape(self.basket["hash"])}">{data}'
            f"</script><script>{SCRIPT}</script></body></html>"
        )
        headers = {"Cache-Control": "no-store"}
        return Response(html, status=status, headers=headers, content_type="text/html; charset=utf-8")


def errors(found: list[str]) -> str:
    if not found:
        return ""
    rows = "".join(f"<li>{escape(text)}</li>" for text in found)
    return f'<ul class="spx-validation-errorlist" role="alert">{rows}</ul>'


def field(
    name: str, label: str, value: str = "", *, kind: str = "text", complete: str = "", more: str = ""
) -> str:
    done = f' autocomplete="{complete}"' if complete else ""
    return f'<label>{escape(label)} <input type="{kind}" name="{name}" value="{escape(value)}"{done}{more}></label>'


def lines_table(frame: Frame, basket: Json, *, removing: bool = False) -> str:
    """Everything in a basket, line by line; ``removing`` puts a button to each."""
    rows = []

    def row(kind: str, each: Json, text: str, amount: object) -> None:
        button = (
            f'<form method="post"><input type="hidden" name="remove" value="{kind}:{each["id"]}">'
            f'<button class="quiet" aria-label="Remove {escape(text)}">Remove</button></form>' if removing else ""
        )  # fmt: skip
        rows.append(
            f"<tr><td>{escape(text)}</td><td>{button}</td><td>{frame.money(_minor(amount))}</td></tr>"
        )

    for each in basket["tickets"]:
        name = each.get("label") or each["planName"]
        row("tickets", each, name, each["total"])
    for each in basket["donations"]:
        row("donations", each, f"Donation: {each.get('label', '')}", each["amount"])
    for each in basket["merchandiseItems"]:
        extra = f" ({each['reference']})" if each.get("reference") else ""
        row("merchandise", each, f"{each.get('label', 'Merchandise')}{extra}", each["total"])
    for each in basket["membershipSubscriptions"]:
        row("memberships", each, f"Membership: {each.get('label', '')}", each["total"])
    for each in basket["ticketSubscriptions"]:
        row(
            "subscriptions",
            each,
            f"{each['ticketSubscriptionStructureName']}: {each['pricingSetName']}",
            each["price"],
        )
    for each in basket["giftVouchers"]:
        row("vouchers", each, f"Gift voucher for {each.get('toName') or 'you'}", each["amount"])
    for name, words in (
        ("ticketDelivery", "Tickets by post"),
        ("merchandiseDelivery", "Merchandise by post"),
    ):
        fee = (basket.get(name) or {}).get("fee", 0)
        if fee:
            rows.append(f"<tr><td>{words}</td><td></td><td>{frame.money(_minor(fee))}</td></tr>")
    total = f'<tr class="total"><td>Total</td><td></td><td>{frame.money(_minor(basket["total"]))}</td></tr>'
    return f"<table>{''.join(rows)}{total}</table>"


def _minor(amount: object) -> int:
    return minor(amount, "amount")
