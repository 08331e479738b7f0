"""The browser side: the script, the frame with the card fields, and the bank's page for 3-D Secure and EPS.

Source: Stripe.js reference; the frame's title, the inputs' names and the name of the challenge frame are those
that public browser tests use against real Stripe.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from shop.standin import stripe_confirming as confirming
from shop.standin.stripe_forms import StripeError, in_words
from shop.standin.stripe_ledger import Ledger
from shop.standin.wsgi import Env, Handler, NotFound, StandinRequest

if TYPE_CHECKING:
    from shop.standin.stripe import Stripe

_FILES = Path(__file__).with_name("stripe_static")
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
# Frames are meant to be put into other people's pages; everything else stays closed.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "frame-ancestors *"
)
OFFERED = (
    ("4242424242424242", "Pays"),
    ("4000000000003220", "3-D Secure"),
    ("4000000000000002", "Declined"),
    ("4000000000009995", "No funds"),
    ("378282246310005", "Amex"),
)


class Pages:
    def __init__(self, world: Stripe, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET", "/<release>/stripe.js", self.script),
            ("GET", "/static/<name>", self.static),
            ("GET", "/element", self.element),
            ("GET POST", "/3ds/<intent_id>", self.bank),
        ]

    def script(self, request: StandinRequest, release: str) -> Response:
        return self.static(request, "stripe.js")

    def static(self, request: StandinRequest, name: str) -> Response:
        path = _FILES / name
        if path.parent != _FILES or path.suffix not in _KINDS or not path.is_file():
            raise NotFound
        response = Response(path.read_bytes(), content_type=_KINDS[path.suffix])
        response.headers["Cache-Control"] = "max-age=60"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.add_etag()
        return response.make_conditional(request)

    def element(self, request: StandinRequest) -> Response:
        return _page("Secure payment input frame", _ELEMENT, scripts=("element.js",))

    def bank(self, request: StandinRequest, intent_id: str) -> Response:
        """Ask the buyer as their bank would; in the page's frame, or as a whole page that leads back."""
        framed = request.values.get("frame") == "1"
        with self._world.ledger(account=self._owner(intent_id)) as ledger:
            intent = self._intent(ledger, intent_id, request.values.get("client_secret", ""))
            back = _return_url(intent)
            if request.method == "POST" and intent["status"] == "requires_action":
                intent = confirming.authenticate(
                    ledger, intent_id, passed=request.form.get("answer") == "complete"
                )
        self._world.courier.wake()
        if intent["status"] == "requires_action":
            return _page("Your bank", self._question(request, intent, framed), alone=not framed)
        back = back or request.form.get("back") or None
        if framed or not back:
            words = "Thank you, you can close this page." if not framed else "Thank you. One moment, please."
            return _page(
                "Your bank",
                f'<main class="bank" data-done><h1>{words}</h1></main>',
                scripts=("challenge.js",),
                alone=not framed,
            )
        return redirect(_with_outcome(back, intent), code=302)  # type: ignore[return-value]

    def _owner(self, intent_id: str) -> str:
        with self._env.store.connect() as connection:
            row = connection.execute(
                "SELECT account FROM stripe_objects WHERE id = ?", (intent_id,)
            ).fetchone()
        if row is None:
            raise NotFound
        return str(row["account"])

    @staticmethod
    def _intent(ledger: Ledger, intent_id: str, client_secret: str) -> dict[str, Any]:
        try:
            intent = ledger.get("payment_intent", intent_id)
        except StripeError:
            raise NotFound from None
        if intent["client_secret"] != client_secret:
            raise NotFound
        return intent

    @staticmethod
    def _question(request: StandinRequest, intent: dict[str, Any], framed: bool) -> str:
        kind = (
            "EPS transfer"
            if intent["next_action"]["type"] == "redirect_to_url" and _is_eps(intent)
            else "3-D Secure"
        )
        hidden = {
            "client_secret": intent["client_secret"],
            "frame": "1" if framed else "",
            "back": _return_url(intent) or "",
        }
        inputs = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items()
        )
        return (
            f'<main class="bank"{" data-frame" if framed else ""}>'
            '<p class="notice">Demo. This page plays the buyer\'s bank; no money moves.</p>'
            f"<h1>{kind}: is this you?</h1><dl><dt>To</dt><dd>{escape(intent['description'] or 'Ticket shop')}</dd>"
            f"<dt>Amount</dt><dd>{in_words(intent['amount'], intent['currency'])}</dd></dl>"
            f'<form method="post" action="{escape(request.path)}">{inputs}'
            '<button name="answer" value="complete" id="test-source-authorize-3ds">Complete</button>'
            '<button name="answer" value="fail" id="test-source-fail-3ds">Fail</button></form></main>'
        )


def _is_eps(intent: dict[str, Any]) -> bool:
    return list(intent["payment_method_types"]) == ["eps"]


def _return_url(intent: dict[str, Any]) -> str | None:
    action = intent["next_action"] or {}
    return (action.get("redirect_to_url") or {}).get("return_url")


def _with_outcome(address: str, intent: dict[str, Any]) -> str:
    """``return_url`` with the three parameters; what it already carried stays."""
    outcome = "succeeded" if intent["status"] in {"succeeded", "requires_capture"} else "failed"
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    query += [
        ("payment_intent", intent["id"]),
        ("payment_intent_client_secret", intent["client_secret"]),
        ("redirect_status", outcome),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _page(title: str, body: str, *, scripts: tuple[str, ...] = (), alone: bool = False) -> Response:
    loaded = "".join(f'<script src="/stripe/static/{name}" defer></script>' for name in scripts)
    text = (
        f'<!DOCTYPE html><html lang="en"{" data-alone" if alone else ""}><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="/stripe/static/element.css">{loaded}</head><body>{body}</body></html>'
    )
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _field(name: str, label: str, *, more: str, hint: str, extra: str = "") -> str:
    return (
        f'<div class="field"><label for="{name}">{label}</label><div class="with-brand">'
        f'<input type="text" id="{name}" name="{name}" placeholder="{hint}" aria-describedby="{name}-error" '
        f'aria-required="true" {more}>{extra}</div><p class="error" id="{name}-error" role="alert"></p></div>'
    )


_CHIPS = "".join(
    f'<li><button type="button" data-number="{number}">{label}</button></li>' for number, label in OFFERED
)
_ELEMENT = (
    '<form id="form" novalidate autocomplete="on"><div id="fields">'
    '<p class="notice">Demo: no money moves. Test cards only.</p>'
    '<fieldset id="methods" hidden><legend class="unseen">Payment method</legend>'
    '<label><input type="radio" name="method" value="card" checked> Card</label>'
    '<label><input type="radio" name="method" value="eps"> EPS</label></fieldset>'
    '<div id="card">'
    + _field(
        "number",
        "Card number",
        more='inputmode="numeric" autocomplete="cc-number" maxlength="23"',
        hint="1234 1234 1234 1234",
        extra='<span id="brand" aria-hidden="true"></span>',
    )
    + '<div class="pair">'
    + _field(
        "expiry",
        "Expiration date",
        more='inputmode="numeric" autocomplete="cc-exp" maxlength="9"',
        hint="MM / YY",
    )
    + _field(
        "cvc", "Security code", more='inputmode="numeric" autocomplete="cc-csc" maxlength="4"', hint="CVC"
    )
    + f'</div><details id="cards"><summary>Fill in a test card</summary><ul class="cards">{_CHIPS}</ul></details>'
    '</div><div id="eps" class="field" hidden><label for="holder">Name on the account</label>'
    '<input type="text" id="holder" name="holder" autocomplete="name"></div></div>'
    '<p id="failed" role="alert" hidden>This payment can no longer be made here. Please go back to your order.</p>'
    "</form>"
)
