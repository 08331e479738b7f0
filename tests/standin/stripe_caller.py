"""Callers of the stand-in's Stripe: the official library, and a server that hears its webhooks."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

ORIGIN = "http://stand-in.test"
SECRET = "whsec_test_of_the_stand_in"


def intent(shop: stripe.StripeClient, **more: Any) -> stripe.PaymentIntent:
    return shop.v1.payment_intents.create(
        {"amount": 1500, "currency": "eur", "metadata": {"order": "7"}, **more}
    )


def pay(shop: stripe.StripeClient, method: str = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
    made = intent(shop, **more)
    return shop.v1.payment_intents.confirm(
        made.id, {"payment_method": method, "return_url": "https://shop.test/back"}
    )


def types(shop: stripe.StripeClient, **more: Any) -> list[str]:
    return [event.type for event in reversed(shop.v1.events.list({"limit": 100, **more}).data)]


class Receiver(ThreadingHTTPServer):
    """Keeps what arrives; answers the statuses it was given, then 200."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.statuses: list[int] = []
        self.news = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with receiver.news:
                    status = receiver.statuses.pop(0) if receiver.statuses else 200
                    receiver.heard.append((body, self.headers["Stripe-Signature"]))
                    receiver.news.notify_all()
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    def wait_for(self, count: int) -> None:
        with self.news:
            assert self.news.wait_for(lambda: len(self.heard) >= count, timeout=20), self.names()

    def names(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.heard]
