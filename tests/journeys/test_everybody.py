"""Every page for everybody: scanned in light and dark, in a narrow window, with large text, in forced colours.

What a scan cannot see is measured in the page itself: nothing scrolls sideways or is cut off, no bar covers what has
the focus, every focus is seen, every control keeps an edge, and the help is always in the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.a11y import violations
from tests.browser import scrolls_sideways
from tests.journeys.visitor import CONCERT, PLAY, SLOWLY, Visitor

# Each is a function of the page that answers with sentences, one for each fault.
FRAME = """() => { const count = s => document.querySelectorAll(s).length; const found = [];
  for (const s of ['h1', 'body > header', 'main', 'body > footer', 'html[lang=en]'])
    if (count(s) !== 1) found.push(`${count(s)} of ${s}`);
  const foot = document.querySelector('body > footer');
  if (!foot || !foot.innerText.startsWith('Help')) found.push('help is not first in the footer');
  return found; }"""
# a file input draws its own button, with an edge of the browser's
EDGELESS = """() => [...document.querySelectorAll('button, .button, input:not([type=hidden]), select, textarea')]
  .filter(e => e.checkVisibility() && !['radio', 'checkbox', 'file'].includes(e.type) && !e.matches('.quiet'))
  .filter(e => { const s = getComputedStyle(e);
    return (s.borderTopStyle === 'none' || s.borderTopWidth === '0px') && s.outlineStyle === 'none'; })
  .map(e => 'no edge: ' + e.outerHTML.slice(0, 120))"""
WIDEST = """() => { const w = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > w + 1
    && !e.closest('.visually-hidden, .table-scroll')).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(' | ')
    || 'something'; }"""
# Text that reaches out of a box which hides what reaches out of it. The last of the breadcrumbs ends in dots on
# purpose: the heading below says the same in full.
CUT = """() => { const found = []; const boxes = new Map();
  const hiding = e => { if (!boxes.has(e)) { const s = getComputedStyle(e);
    boxes.set(e, /hidden|clip/.test(s.overflowX + s.overflowY) ? e.getBoundingClientRect() : null); }
    return boxes.get(e); };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const holder = text.parentElement;
    if (!text.data.trim() || !holder.checkVisibility({visibilityProperty: true})
      || holder.closest('.visually-hidden, .skip, .crumbs, select, noscript, script, style')) continue;
    const range = document.createRange(); range.selectNodeContents(text);
    const at = range.getBoundingClientRect();
    for (let e = holder; e && e !== document.body; e = e.parentElement) {
      const box = hiding(e);
      if (box && (at.left < box.left - 1 || at.right > box.right + 1 || at.bottom > box.bottom + 1)) {
        found.push(`cut off: ${text.data.trim().slice(0, 40)} in ${e.outerHTML.slice(0, 80)}`); break; }
    } }
  return found.slice(0, 5); }"""
# A word or a sum that is broken in two, although a line has room for so many letters.
SPLIT = """most => { const found = [];
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const holder = text.parentElement;
    if (!holder.checkVisibility({visibilityProperty: true})
      || holder.closest('.visually-hidden, select, noscript, script, style')) continue;
    for (const word of text.data.matchAll(/[^\\s\\u2010-\\u2015/@-]+/g)) {
      if (word[0].length > most) continue;
      const range = document.createRange();
      range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1)
        found.push(`broken in two: ${word[0]} in ${holder.outerHTML.slice(0, 80)}`);
    } }
  return found.slice(0, 5); }"""
# Every stop of the keyboard, one by one: it takes the focus, shows it, and is not wholly behind a bar.
UNSEEN = """() => { const found = [];
  const stops = 'a[href], button:enabled, input:enabled:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const ring = (e, part) => { const s = getComputedStyle(e, part);
    return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; };
  for (const e of document.querySelectorAll(stops)) {
    if (!e.checkVisibility({visibilityProperty: true}) || e.closest('[tabindex="-1"]:not(main)')) continue;
    e.focus();
    const says = what => found.push(`${what}: ${e.outerHTML.slice(0, 120)}`);
    if (document.activeElement !== e) { says('takes no focus'); continue; }
    const label = e.labels && e.labels[0];
    if (![ring(e), ring(e, '::after'), label && ring(label)].some(Boolean)) says('shows no focus');
    const r = e.getClientRects()[0];
    const over = [.5, .1, .9].flatMap(x => [.5, .1, .9].map(y => [r.left + r.width * x, r.top + r.height * y]))
      .some(([x, y]) => { const top = document.elementFromPoint(x, y);
        return top && (e.contains(top) || top.contains(e) && top === label || label && label.contains(top)); });
    if (!over) says('is covered');
  }
  document.activeElement.blur(); scrollTo(0, 0);
  return found.slice(0, 5); }"""


# The admin's search has a picture of a magnifier for its label, named "Search": the rule counts words alone.
NAMED_BY_A_PICTURE = "label-title-only (serious): #searchbar "


class Inspector:
    """Looks at the page that is open from all sides, and collects what is wrong."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.faults: list[str] = []
        self.tools = visitor.page.context.new_cdp_session(visitor.page)

    def look(self, what: str, *, admin: bool = False) -> None:
        page = self.page
        self.note(what, violations(page))
        page.emulate_media(color_scheme="dark")
        self.note(f"{what}, dark", violations(page, rules=["color-contrast"]))
        page.emulate_media(color_scheme="light", forced_colors="active")
        self.note(f"{what}, forced colours", page.evaluate(EDGELESS))
        page.emulate_media(forced_colors="none")
        if admin:
            return
        self.note(what, page.evaluate(FRAME))
        with self.window(320, 640):
            self.fits(f"{what} at 320 px", letters=12)
        with self.window(640, 800, text=2):
            self.fits(f"{what} with 200 % text", letters=12)
        with self.window(320, 640, text=2):
            self.fits(f"{what} with 200 % text at 320 px", letters=8)

    def fits(self, what: str, *, letters: int) -> None:
        """The page as it is now; so many letters of a heading have room in a line."""
        if scrolls_sideways(self.page):
            self.note(what, [f"scrolls sideways because of {self.page.evaluate(WIDEST)}"])
        self.note(what, self.page.evaluate(CUT))
        self.note(what, self.page.evaluate(SPLIT, letters))
        self.page.keyboard.press("Tab")  # so that the focus is shown as to somebody with a keyboard
        self.note(what, self.page.evaluate(UNSEEN))

    @contextmanager
    def window(self, width: int, height: int, *, text: int = 1) -> Iterator[None]:
        """Another window, and the text as large as somebody has set it in the browser."""
        usual = self.page.viewport_size
        self.page.set_viewport_size({"width": width, "height": height})
        self.tools.send("Page.setFontSizes", {"fontSizes": {"standard": 16 * text, "fixed": 13 * text}})
        size = self.page.evaluate("getComputedStyle(document.documentElement).fontSize")
        assert size == f"{16 * text}px", size
        yield
        self.tools.send("Page.setFontSizes", {"fontSizes": {"standard": 16, "fixed": 13}})
        self.page.set_viewport_size(usual)

    def note(self, what: str, faults: list[str]) -> None:
        self.faults += [f"{what}: {fault}" for fault in faults if not fault.startswith(NAMED_BY_A_PICTURE)]

    def is_content(self) -> None:
        assert not self.faults, "\n".join(self.faults)


def test_every_page_of_a_purchase_on_the_box_offices_page_and_of_the_people_behind_it(
    ada, visit: Callable[..., Visitor]
):
    inspector = Inspector(ada)
    ada.open()
    inspector.look("list")
    ada.open("/en/?q=nothing-of-that-name&price=15")
    inspector.look("list without results")
    ada.find(PLAY)
    inspector.look("event")
    ada.page.locator(".date-row-time").last.click()
    expect(ada.page.locator("#availability")).to_be_visible()
    inspector.look("date")
    ada.choose_date(PLAY, 12)
    inspector.look("choice of seats")
    ada.hold_neighbours()
    inspector.look("basket")
    ada.to_details()
    inspector.look("details")
    ada.press("Go on to review and pay")
    expect(ada.page.locator(".error-summary")).to_be_visible()
    inspector.look("details with errors")
    ada.fill_in()
    inspector.look("review")
    ada.stack.standin.post("faults", {"world": "ltd", "name": "summary_late", "times": -1})
    ada.agree()
    ada.pay_at_gate()
    expect(ada.h1).to_have_text("Your payment is being checked", timeout=SLOWLY)
    inspector.look("waiting")
    ada.stack.standin.delete("faults")
    ada.sees_tickets()
    inspector.look("order")
    inspector.is_content()

    order, event = ada.stack.sql(
        "SELECT o.id, i.event_id FROM checkout_order o JOIN checkout_booking b ON b.order_id = o.id"
        " JOIN checkout_orderline l ON l.booking_id = b.id JOIN catalog_instance i ON i.id = l.instance_id"
        " ORDER BY o.id DESC LIMIT 1"
    )[0]
    manager = visit("manager", width=1280, height=900)
    inspector = Inspector(manager)
    manager.open("/admin/")
    inspector.look("admin: log in", admin=True)
    manager.sign_in()
    for address in (
        "", "checkout/order/", f"checkout/order/{order}/change/", f"checkout/order/{order}/do/resend-mail/",
        "catalog/event/", f"catalog/event/{event}/change/", "catalog/provideraccount/",
    ):  # fmt: skip
        manager.open(f"/admin/{address}")
        inspector.look(f"admin: {address}", admin=True)
    inspector.is_content()


def test_every_page_of_a_purchase_by_card_and_the_pages_beside_it(ada):
    inspector = Inspector(ada)
    ada.choose_date(CONCERT)
    inspector.look("choice of tickets")
    ada.take(2)
    inspector.look("basket of tickets not yet held")
    ada.to_review()
    inspector.look("review")
    ada.agree()
    expect(ada.page.locator("#card-pay")).to_be_enabled(timeout=SLOWLY)
    inspector.look("card")
    for what, address in (
        ("find my booking", "/en/checkout/find/"),
        ("not found", "/en/events/there-is-no-such-show/"),
        ("venues", "/en/venues/"),
        ("help", "/en/about/help/"),
        ("accessibility", "/en/about/accessibility/"),
    ):
        ada.open(address)
        inspector.look(what)
    inspector.is_content()
