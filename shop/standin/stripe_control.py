"""The control side of the imitated Stripe, below ``/_standin/stripe``: for tests and for the person at the demo."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin import stripe_charges as charges
from shop.standin import stripe_confirming as confirming
from shop.standin import stripe_intents as intents
from shop.standin.control import arguments
from shop.standin.stripe_cards import CARDS
from shop.standin.stripe_forms import StripeError, in_words
from shop.standin.stripe_ledger import TICKETHEAD_ACCOUNT
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.stripe import Stripe


class Controls:
    def __init__(self, world: Stripe, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("POST", "/settle", self.settle),
            ("POST", "/settle/<intent_id>", self.settle),
            ("POST", "/authenticate/<intent_id>", self.authenticate),
            ("GET POST", "/webhooks", self.webhooks),
            ("POST", "/webhooks/flush", self.flush),
            ("POST", "/webhooks/resend", self.resend),
            ("GET", "/webhooks/attempts", self.attempts),
            ("POST", "/expire-authorisation/<intent_id>", self.expire),
            ("POST", "/disputes/<dispute_id>/close", self.close_dispute),
            ("POST", "/disputes/<dispute_id>/update", self.update_dispute),
            ("POST", "/dispute/<intent_id>", self.dispute),
            ("POST", "/refunds/<refund_id>", self.refund),
            ("POST", "/alter/<object_id>", self.alter),
            ("GET POST", "/bank", self.bank),
            ("GET", "/intents", self.intents),
        ]

    def forms(self) -> list[dict[str, Any]]:
        """Forms for the page at ``/_standin/``: title, action, fields of name, label, kind, value, choices."""
        settings = self._world.courier.settings()
        cards = list(CARDS)
        return [
            {
                "title": "Pay an intent as a buyer would",
                "action": "/_standin/stripe/settle",
                "button": "Pay",
                "fields": [
                    {"name": "intent", "label": "Payment intent (pi_...)", "kind": "text", "value": ""},
                    {"name": "card", "label": "Card", "kind": "select", "value": cards[0], "choices": cards},
                    {
                        "name": "challenge",
                        "label": "3-D Secure",
                        "kind": "select",
                        "value": "complete",
                        "choices": ["complete", "fail", "leave open"],
                    },
                ],
            },
            {
                "title": "Webhooks",
                "action": "/_standin/stripe/webhooks",
                "button": "Set",
                "fields": [
                    {"name": "url", "label": "Address", "kind": "text", "value": settings["url"]},
                    {
                        "name": "mode",
                        "label": "Mode",
                        "kind": "select",
                        "value": settings["mode"],
                        "choices": ["deliver", "hold", "drop"],
                    },
                    {"name": "copies", "label": "Copies", "kind": "number", "value": settings["copies"]},
                    {
                        "name": "delay_seconds",
                        "label": "Delay in seconds",
                        "kind": "number",
                        "value": settings["delay_seconds"],
                    },
                ],
            },
            {
                "title": "Where the bank asks the buyer",
                "action": "/_standin/stripe/bank",
                "button": "Set",
                "fields": [
                    {
                        "name": "challenge",
                        "label": "3-D Secure",
                        "kind": "select",
                        "value": "frame",
                        "choices": ["frame", "redirect"],
                    },
                ],
            },
            {
                "title": "Deliver held webhooks now",
                "action": "/_standin/stripe/webhooks/flush",
                "button": "Deliver",
                "fields": [
                    {
                        "name": "reverse",
                        "label": "Last first",
                        "kind": "select",
                        "value": "",
                        "choices": ["", "true"],
                    },
                ],
            },
        ]

    def notes(self) -> str:
        """The last intents and the state of the webhooks, for a person."""
        with self._env.store.connect() as connection:
            rows = connection.execute(
                "SELECT account, body FROM stripe_objects WHERE kind = 'payment_intent' ORDER BY seq DESC LIMIT 10"
            ).fetchall()
        counts = ", ".join(f"{n} {state}" for state, n in self._world.courier.counts().items()) or "none yet"
        lines = []
        for row in rows:
            body = json.loads(row["body"])
            cells = (
                body["id"],
                "Tickethead" if row["account"] == TICKETHEAD_ACCOUNT else "shop",
                body["status"],
                in_words(body["amount"], body["currency"]),
                body["description"] or "",
            )
            lines.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
        head = "<tr><th>Intent<th>Account<th>Status<th>Amount<th>For</tr>"
        table = f'<div class="scroll"><table>{head}{"".join(lines)}</table></div>' if lines else ""
        return f"<p>Webhook deliveries: {escape(counts)}.</p>{table}"

    def settle(self, request: StandinRequest, intent_id: str = "") -> Response:
        """Confirm an intent of either account with a card, as a buyer in the browser would.

        ``card`` is a test card's number (default 4242...), ``challenge`` what the buyer does when the bank asks:
        ``complete`` (default), ``fail``, ``leave open``. Answers the intent; a declined card is no error here.
        """
        given = arguments(request)
        intent_id = intent_id or str(given.get("intent", "")).strip()
        number = str(given.get("card") or "4242424242424242").replace(" ", "")
        challenge = str(given.get("challenge") or "complete")
        kind = str(given.get("type") or "card")
        card = {
            "number": number,
            "exp_month": "12",
            "exp_year": str(self._env.clock.now().year + 2),
            "cvc": "1234",
        }
        method: dict[str, Any] = {"type": kind, "card": card} if kind == "card" else {"type": kind}
        params = {
            "payment_method_data": method,
            "use_stripe_sdk": "true",
            "return_url": self._env.public_origin + "/_standin/",
        }
        refusal: dict[str, Any] | None = None
        with self._world.ledger(account=self._owner(intent_id)) as ledger:
            try:
                body = confirming.confirm(ledger, intent_id, params, server=False)
                if body["status"] == "requires_action" and challenge in {"complete", "fail"}:
                    body = confirming.authenticate(ledger, intent_id, passed=challenge == "complete")
            except StripeError as error:
                refusal = {name: value for name, value in error.error.items() if name != "payment_intent"}
                body = ledger.get("payment_intent", intent_id)
        self._world.courier.wake()
        return as_json({"payment_intent": body, "error": refusal or body["last_payment_error"]})

    def authenticate(self, request: StandinRequest, intent_id: str) -> Response:
        """The bank's question answered: ``{"passed": true|false}``."""
        passed = str(arguments(request).get("passed", True)).lower() == "true"
        with self._world.ledger(account=self._owner(intent_id)) as ledger:
            body = confirming.authenticate(ledger, intent_id, passed=passed)
        self._world.courier.wake()
        return as_json({"payment_intent": body})

    def webhooks(self, request: StandinRequest) -> Response:
        """Read or change ``url``, ``secret``, ``mode`` (deliver, hold, drop), ``copies``, ``delay_seconds``,
        ``events`` (only these types; empty for all)."""
        courier = self._world.courier
        settings = courier.set(**arguments(request)) if request.method == "POST" else courier.settings()
        return as_json({"settings": settings, "deliveries": courier.counts()})

    def flush(self, request: StandinRequest) -> Response:
        """Deliver what is held or waiting, one by one, before this call answers; ``reverse`` for last first."""
        reverse = str(arguments(request).get("reverse", "")).lower() == "true"
        return as_json({"delivered": self._world.courier.flush(reverse=reverse)})

    def resend(self, request: StandinRequest) -> Response:
        return as_json(self._world.courier.again(str(arguments(request).get("event", ""))))

    def attempts(self, request: StandinRequest) -> Response:
        return as_json(
            {"attempts": self._world.courier.attempts(), "deliveries": self._world.courier.counts()}
        )

    def expire(self, request: StandinRequest, intent_id: str) -> Response:
        """Let an authorisation run out now."""
        with self._world.ledger(account=self._owner(intent_id)) as ledger:
            intents.expire_authorisation(ledger, intent_id)
            body = ledger.get("payment_intent", intent_id)
        self._world.courier.wake()
        return as_json({"payment_intent": body})

    def dispute(self, request: StandinRequest, intent_id: str) -> Response:
        """The holder of the card disputes a payment that was taken. ``reason``: ``fraudulent`` unless told."""
        reason = str(arguments(request).get("reason") or "fraudulent")
        with self._world.ledger(account=self._owner(intent_id)) as ledger:
            intent = ledger.get("payment_intent", intent_id)
            if intent["status"] != "succeeded":
                raise ValueError(f"Nothing was taken of {intent_id}; it has a status of {intent['status']}.")
            body = charges.dispute(ledger, ledger.get("charge", intent["latest_charge"]), reason)
        self._world.courier.wake()
        return as_json({"dispute": body})

    def update_dispute(self, request: StandinRequest, dispute_id: str) -> Response:
        with self._world.ledger(account=self._owner(dispute_id)) as ledger:
            body = charges.update_dispute(ledger, dispute_id)
        self._world.courier.wake()
        return as_json({"dispute": body})

    def refund(self, request: StandinRequest, refund_id: str) -> Response:
        """How a refund ends, now: ``{"status": "failed"}`` (also one that looked done) or ``succeeded``."""
        ends = {"failed": charges.refund_fails, "succeeded": charges.refund_succeeds}
        status = str(arguments(request).get("status") or "")
        if status not in ends:
            raise ValueError(f"status is one of {', '.join(ends)}.")
        with self._world.ledger(account=self._owner(refund_id)) as ledger:
            ends[status](ledger, refund_id)
            body = ledger.get("refund", refund_id)
        self._world.courier.wake()
        return as_json({"refund": body})

    def alter(self, request: StandinRequest, object_id: str) -> Response:
        """Lay other values over an object, e.g. ``{"livemode": true}``: for what must not be believed blindly."""
        with self._env.store.write() as connection:
            row = connection.execute("SELECT body FROM stripe_objects WHERE id = ?", (object_id,)).fetchone()
            if row is None:
                raise LookupError(f"Nothing known as {object_id}.")
            body = {**json.loads(row["body"]), **arguments(request)}
            connection.execute(
                "UPDATE stripe_objects SET body = ? WHERE id = ?", (json.dumps(body), object_id)
            )
        return as_json({"object": body})

    def bank(self, request: StandinRequest) -> Response:
        """``challenge``: where the bank asks the buyer of a page, in a ``frame`` over it or by ``redirect``."""
        if request.method == "POST":
            value = str(arguments(request).get("challenge") or "")
            if value not in {"frame", "redirect"}:
                raise ValueError("challenge is frame or redirect.")
            with self._env.store.write() as connection:
                connection.execute(
                    "INSERT INTO stripe_settings (name, value) VALUES ('challenge', ?)"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    (value,),
                )
        with self._world.ledger(reading=True) as ledger:
            return as_json({"challenge": ledger.setting("challenge") or "frame"})

    def close_dispute(self, request: StandinRequest, dispute_id: str) -> Response:
        won = str(arguments(request).get("won", True)).lower() == "true"
        with self._world.ledger(account=self._owner(dispute_id)) as ledger:
            body = charges.close_dispute(ledger, dispute_id, won=won)
        self._world.courier.wake()
        return as_json({"dispute": body})

    def intents(self, request: StandinRequest) -> Response:
        """Every intent of every account, newest first."""
        with self._env.store.connect() as connection:
            rows = connection.execute(
                "SELECT account, body FROM stripe_objects WHERE kind = 'payment_intent' ORDER BY seq DESC LIMIT 500"
            ).fetchall()
        return as_json({"intents": [{**json.loads(row["body"]), "account": row["account"]} for row in rows]})

    def _owner(self, object_id: str) -> str:
        with self._env.store.connect() as connection:
            row = connection.execute(
                "SELECT account FROM stripe_objects WHERE id = ?", (object_id,)
            ).fetchone()
        if row is None:
            raise LookupError(f"Nothing known as {object_id or 'an empty id'}.")
        return str(row["account"])

    def books(self) -> dict[str, Any]:
        """All money that moved: intents with what was taken and given back, refunds, disputes, in minor units."""
        self._world.do_what_is_due()
        with self._env.store.connect() as connection:
            rows = connection.execute(
                "SELECT account, kind, body FROM stripe_objects"
                " WHERE kind IN ('payment_intent', 'charge', 'refund', 'dispute') ORDER BY seq"
            ).fetchall()
        refunded: dict[str, int] = {}
        charged: dict[str, int] = {}
        found = []
        others: dict[str, list[dict[str, Any]]] = {"refund": [], "dispute": []}
        for row in rows:
            body = json.loads(row["body"])
            if row["kind"] in others:
                kept = ("id", "payment_intent", "amount", "currency", "status", "reason", "metadata")
                others[row["kind"]].append({name: body.get(name) for name in kept})
            if row["kind"] == "refund" and body["status"] in {"succeeded", "pending"}:
                refunded[body["payment_intent"]] = refunded.get(body["payment_intent"], 0) + body["amount"]
            elif row["kind"] == "charge" and body["status"] == "succeeded":
                charged[body["payment_intent"]] = charged.get(body["payment_intent"], 0) + 1
            elif row["kind"] == "payment_intent":
                found.append((row["account"], body))
        return {
            "intents": [
                {
                    "id": body["id"],
                    "account": account,
                    "status": body["status"],
                    "amount": body["amount"],
                    "amount_capturable": body["amount_capturable"],
                    "amount_received": body["amount_received"],
                    "refunded": refunded.get(body["id"], 0),
                    "currency": body["currency"],
                    "charges": charged.get(body["id"], 0),
                    "metadata": body["metadata"],
                    "description": body["description"],
                }
                for account, body in found
            ],
            "refunds": others["refund"],
            "disputes": others["dispute"],
        }
