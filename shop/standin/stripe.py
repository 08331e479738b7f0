"""An imitation of Stripe: the API, the webhooks, the script with its Payment Element, the bank's 3-D Secure page.

Source: Stripe API reference (version of the official library), Stripe.js reference. The names of legal
parameters are read from the typed dictionaries of the official ``stripe`` library, so they need no list here.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from functools import reduce
from typing import Any

import stripe as library
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shop.standin import stripe_charges as charges
from shop.standin import stripe_confirming as confirming
from shop.standin import stripe_control, stripe_ledger, stripe_pages
from shop.standin import stripe_intents as intents
from shop.standin.control_forms import section
from shop.standin.stripe_calls import account, balance, key_of, params_of, with_cors
from shop.standin.stripe_expand import expand, listing, public
from shop.standin.stripe_forms import StripeError, boolean, check_names, missing, refused
from shop.standin.stripe_ledger import SHOP_ACCOUNT, Ledger, account_of
from shop.standin.stripe_webhooks import Courier
from shop.standin.wsgi import Env, Handler, StandinRequest, World, as_json

API_VERSION = library.api_version
_OPTIONS = set(library.RequestOptions.__annotations__)
# "At least 24 hours": whoever comes later with the same key must not rely on it.
KEY_SECONDS = 24 * 3600
Work = Callable[..., dict[str, Any]]


def _legal(name: str) -> tuple[set[str], frozenset[str]]:
    """Legal and required top-level parameters of one call."""
    shape = reduce(getattr, name.split("."), library.params)
    return set(shape.__annotations__) - _OPTIONS, frozenset(shape.__required_keys__)


class Stripe(World):
    name = "stripe"
    prefix = "/stripe"
    title = "Stripe"
    SCHEMA = stripe_ledger.SCHEMA
    TABLES = stripe_ledger.TABLES

    def __init__(self, env: Env) -> None:
        self.courier = Courier(env)
        # Other worlds whose account lives here hear of its events, by the name of the account.
        self.listeners: dict[str, Callable[[sqlite3.Connection, dict[str, Any]], None]] = {}
        self.pages = stripe_pages.Pages(self, env)
        self.controls = stripe_control.Controls(self, env)
        super().__init__(env)

    def seed(self) -> None:
        self.courier.recover()

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        pi = "/v1/payment_intents"
        return [
            ("OPTIONS", "/v1/<path:rest>", self._preflight),
            ("POST", pi, self._call("PaymentIntentCreateParams", self._create)),
            ("GET", pi, self._list("payment_intent", "PaymentIntentListParams")),
            (
                "GET",
                f"{pi}/<object_id>",
                self._call("PaymentIntentRetrieveParams", self._intent, anybody=True),
            ),
            ("POST", f"{pi}/<object_id>", self._call("PaymentIntentUpdateParams", intents.update)),
            (
                "POST",
                f"{pi}/<object_id>/confirm",
                self._call("PaymentIntentConfirmParams", self._confirm, anybody=True),
            ),
            ("POST", f"{pi}/<object_id>/capture", self._call("PaymentIntentCaptureParams", intents.capture)),
            ("POST", f"{pi}/<object_id>/cancel", self._call("PaymentIntentCancelParams", intents.cancel)),
            ("POST", "/v1/refunds", self._call("RefundCreateParams", charges.refund)),
            ("GET", "/v1/refunds", self._list("refund", "RefundListParams")),
            ("GET", "/v1/refunds/<object_id>", self._get("refund", "RefundRetrieveParams")),
            ("POST", "/v1/refunds/<object_id>", self._call("RefundUpdateParams", charges.update_refund)),
            ("GET", "/v1/charges", self._list("charge", "ChargeListParams")),
            ("GET", "/v1/charges/<object_id>", self._get("charge", "ChargeRetrieveParams")),
            ("GET", "/v1/disputes", self._list("dispute", "DisputeListParams")),
            ("GET", "/v1/disputes/<object_id>", self._get("dispute", "DisputeRetrieveParams")),
            (
                "GET",
                "/v1/radar/early_fraud_warnings",
                self._list(
                    "early_fraud_warning", "radar.EarlyFraudWarningListParams", "radar/early_fraud_warnings"
                ),
            ),
            ("GET", "/v1/events", self._list("event", "EventListParams")),
            ("GET", "/v1/events/<object_id>", self._get("event", "EventRetrieveParams")),
            (
                "GET",
                "/v1/payment_methods/<object_id>",
                self._get("payment_method", "PaymentMethodRetrieveParams"),
            ),
            ("GET", "/v1/webhook_endpoints", self._call("WebhookEndpointListParams", self._endpoints)),
            (
                "GET",
                "/v1/webhook_endpoints/<object_id>",
                self._call("WebhookEndpointRetrieveParams", self._endpoint),
            ),
            ("GET", "/v1/account", self._call("AccountRetrieveCurrentParams", account)),
            ("GET", "/v1/balance", self._call("BalanceRetrieveParams", balance)),
            *self.pages.routes(),
        ]

    def control_routes(self) -> Iterable[tuple[str, str, Handler]]:
        return self.controls.routes()

    def control_forms(self) -> list[dict[str, Any]]:
        return self.controls.forms()

    def control_page(self) -> str:
        return section(self.title, self.control_forms(), self.controls.notes())

    def books(self) -> dict[str, Any]:
        return self.controls.books()

    def error(self, request: StandinRequest, error: HTTPException) -> Response:
        if not request.path.startswith("/stripe/v1"):
            return super().error(request, error)
        if error.code in {404, 405}:
            message = f"Unrecognized request URL ({request.method}: {request.path.removeprefix('/stripe')})."
            body = {"error": {"type": "invalid_request_error", "message": message}}
        else:
            body = {"error": {"type": "api_error", "message": error.description or "An error occurred."}}
        status = 404 if error.code == 405 else error.code or 500
        return with_cors(as_json(body, status))

    # One transaction's view, for this world and for Tickethead, whose account lives here.

    @contextmanager
    def ledger(
        self,
        *,
        account: str = SHOP_ACCOUNT,
        request_id: str | None = None,
        key: str | None = None,
        reading: bool = False,
    ) -> Iterator[Ledger]:
        with self.env.store.read() if reading else self.env.store.write() as connection:
            yield Ledger(
                connection,
                self.env.clock.now(),
                account=account,
                api_version=API_VERSION,
                origin=self.env.public_origin,
                on_event=self._happened,
                request_id=request_id,
                idempotency_key=key,
            )

    def _happened(self, connection: sqlite3.Connection, event: dict[str, Any], account: str) -> None:
        self.courier.queue(connection, event, account)
        listener = self.listeners.get(account)
        if listener is not None:
            listener(connection, event)

    def do_what_is_due(self) -> None:
        """Authorisations that ran out, refunds that settle late: by the stand-in's clock."""
        now = self.env.clock.now().timestamp()
        with self.env.store.connect() as connection:
            due = connection.execute("SELECT 1 FROM stripe_due WHERE due_at <= ? LIMIT 1", (now,)).fetchone()
        if not due:
            return
        tasks = {
            "expire_authorisation": intents.expire_authorisation,
            "refund_succeeds": charges.refund_succeeds,
            "refund_fails": charges.refund_fails,
        }
        with self.env.store.write() as connection:
            rows = connection.execute(
                "DELETE FROM stripe_due WHERE due_at <= ? RETURNING account, object_id, task, due_at", (now,)
            ).fetchall()
            for row in sorted(rows, key=lambda row: row["due_at"]):
                with self.ledger(account=row["account"]) as ledger:
                    tasks[row["task"]](ledger, row["object_id"])
        self.courier.wake()

    # The API.

    def _call(self, shape: str, work: Work, *, anybody: bool = False) -> Handler:
        legal, required = _legal(shape)

        def handler(request: StandinRequest, **where: str) -> Response:
            return self._api(request, legal, required, work, where, anybody=anybody)

        return handler

    def _get(self, kind: str, shape: str) -> Handler:
        def work(ledger: Ledger, object_id: str, params: dict[str, Any]) -> dict[str, Any]:
            return ledger.get(kind, object_id)

        return self._call(shape, work)

    def _list(self, kind: str, shape: str, path: str = "") -> Handler:
        def work(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
            return listing(ledger, kind, params, url=f"/v1/{path or kind + 's'}")

        return self._call(shape, work)

    def _endpoints(self, ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
        found = self.courier.endpoint() if ledger.account == SHOP_ACCOUNT else None
        rows = [found] if found else []
        return {"object": "list", "data": rows, "has_more": False, "url": "/v1/webhook_endpoints"}

    def _endpoint(self, ledger: Ledger, object_id: str, params: dict[str, Any]) -> dict[str, Any]:
        for row in self._endpoints(ledger, {})["data"]:
            if row["id"] == object_id:
                found: dict[str, Any] = row
                return found
        raise missing("webhook_endpoint", object_id, param="webhook_endpoint")

    def _create(self, ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
        body = intents.create(ledger, params)
        if boolean(params, "confirm"):
            return confirming.confirm(ledger, body["id"], params)
        return body

    def _intent(
        self, ledger: Ledger, object_id: str, params: dict[str, Any], *, public_caller: bool = False
    ) -> dict[str, Any]:
        body = ledger.get("payment_intent", object_id)
        self._check_secret(body, params, public_caller)
        return body

    def _confirm(
        self, ledger: Ledger, object_id: str, params: dict[str, Any], *, public_caller: bool = False
    ) -> dict[str, Any]:
        self._check_secret(ledger.get("payment_intent", object_id), params, public_caller)
        return confirming.confirm(ledger, object_id, params, server=not public_caller)

    @staticmethod
    def _check_secret(body: dict[str, Any], params: dict[str, Any], public_caller: bool) -> None:
        given = params.get("client_secret")
        if given is None and not public_caller:
            return
        if given != body["client_secret"]:
            raise StripeError(
                400 if public_caller and given is None else 404,
                "Missing required param: client_secret."
                if given is None
                else f"No such payment_intent: '{body['id']}'",
                code="parameter_missing" if given is None else "resource_missing",
                param="client_secret" if given is None else "intent",
                stored=False,
            )

    def _api(
        self,
        request: StandinRequest,
        legal: set[str],
        required: frozenset[str],
        work: Work,
        where: dict[str, str],
        *,
        anybody: bool,
    ) -> Response:
        request_id = stripe_ledger.new_id("req")
        self.do_what_is_due()
        headers = {
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("Stripe-Version", API_VERSION),
            # A real server's own date takes the place of this one.
            "Date": format_datetime(self.env.clock.now(), usegmt=True),
        }
        try:
            params = params_of(request)
            key, public_caller = key_of(request, params)
            if public_caller and not anybody:
                raise StripeError(
                    401,
                    "This API call cannot be made with a publishable API key. Please use a secret API key. You can "
                    "find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
                    code="secret_key_required",
                    stored=False,
                )
            more = {"client_secret"} if anybody else set()
            check_names(params, legal | more, required)
            more_arguments: dict[str, Any] = {"public_caller": public_caller} if anybody else {}

            def do(ledger: Ledger) -> dict[str, Any]:
                wanted = params.pop("expand", None)
                body = work(ledger, *where.values(), params, **more_arguments)
                shown = public(body) if public_caller else body
                return expand(ledger, shown, wanted)

            if request.method == "POST":
                status, text, replayed = self._once(request, account_of(key), params, request_id, do)
                if replayed:
                    headers["Idempotent-Replayed"] = "true"
                    headers["Original-Request"] = replayed
                idempotency_key = request.headers.get("Idempotency-Key")
                if idempotency_key:
                    headers["Idempotency-Key"] = idempotency_key
            else:
                with self.ledger(account=account_of(key), reading=True) as ledger:
                    status, text = 200, json.dumps(do(ledger), indent=2)
        except StripeError as error:
            status, text = error.status, self._error_text(error, request_id)
        self.courier.wake()
        response = Response(text, status=status, headers=headers, content_type="application/json")
        return with_cors(response)

    def _error_text(self, error: StripeError, request_id: str) -> str:
        body = {**error.error, "request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}"}
        return json.dumps({"error": body}, indent=2)

    def _once(
        self,
        request: StandinRequest,
        account: str,
        params: dict[str, Any],
        request_id: str,
        do: Callable[[Ledger], dict[str, Any]],
    ) -> tuple[int, str, str]:
        """Status, body, and the first request's id when it is a stored answer.

        Work and stored answer are one transaction; a second call with the same key waits for the first.
        """
        key = request.headers.get("Idempotency-Key") or None
        if key and len(key) > 255:
            raise refused("Idempotency keys are at most 255 characters.")
        sent = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
        with self.ledger(account=account, request_id=request_id, key=key) as ledger:
            connection = ledger.connection
            if key:
                row = connection.execute(
                    "SELECT * FROM stripe_idempotency WHERE account = ? AND key = ? AND created > ?",
                    (account, key, ledger.timestamp - KEY_SECONDS),
                ).fetchone()
                if row is not None:
                    if (row["method"], row["path"], row["params"]) != (request.method, request.path, sent):
                        raise StripeError(
                            400,
                            "Keys for idempotent requests can only be used with the same parameters they were first "
                            f"used with. Try using a key other than '{key}' if you meant to execute a different "
                            "request.",
                            kind="idempotency_error",
                        )
                    return row["status"], row["body"], row["request_id"]
            connection.execute("SAVEPOINT work")
            try:
                status, text, stored = 200, json.dumps(do(ledger), indent=2), True
            except StripeError as error:
                if not error.keep:
                    connection.execute("ROLLBACK TO work")
                status, text, stored = error.status, self._error_text(error, request_id), error.stored
            connection.execute("RELEASE work")
            if key and stored:
                connection.execute(
                    "INSERT INTO stripe_idempotency VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT (account, key) DO UPDATE SET method = excluded.method, path = excluded.path,"
                    " params = excluded.params, status = excluded.status, body = excluded.body,"
                    " created = excluded.created, request_id = excluded.request_id",
                    (
                        account,
                        key,
                        request.method,
                        request.path,
                        sent,
                        status,
                        text,
                        ledger.timestamp,
                        request_id,
                    ),
                )
        return status, text, ""

    def _preflight(self, request: StandinRequest, rest: str) -> Response:
        response = Response(status=200)
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, PUT, PATCH, POST, DELETE"
        asked = request.headers.get("Access-Control-Request-Headers")
        response.headers["Access-Control-Allow-Headers"] = (
            asked or "Authorization, Content-Type, Stripe-Version"
        )
        response.headers["Access-Control-Max-Age"] = "300"
        return with_cors(response)
