"""The buyer as a customer of the box office: found by e-mail or made, with signed calls ("customers", v3 Help).

What is kept of it between two attempts is the customer's id and what of the buyer's words it stands for, as a hash.
"""

from __future__ import annotations

import hashlib
import json
import secrets

from shop.providers.errors import BadAnswer, DetailsRejected, OutcomeUnknown
from shop.providers.spektrix import deliveries, reading
from shop.providers.spektrix import inferred_agent as inferred
from shop.providers.spektrix import inferred_basket as basket_guesses
from shop.providers.spektrix.agent_client import AgentClient
from shop.providers.spektrix.handle import Handle

KEPT = "who"  # in `Handle.names`: {"id": customer, "salt": ..., "of": hash of the e-mail, "to": hash of the address}
WHO = ("first_name", "last_name", "email", "phone", "mobile")
REQUIRED = ("first_name", "last_name", "email")


def known(client: AgentClient, state: Handle, answers: dict[str, str]) -> str:
    """The id of whom the box office knows by this e-mail; "" for somebody new, who is not made known to it yet."""
    if not answers.get("email", "").strip():
        return ""
    kept = state.names.get(KEPT) or {}
    salt = str(kept.get("salt") or secrets.token_hex(8))
    of = _hash(salt, answers, ("email",))
    if kept.get("of") == of:
        return str(kept["id"])
    found = client.customer_by_email(answers["email"].strip())
    if found is None:
        return ""
    state.names[KEPT] = {"id": reading.ref(found, "id"), "salt": salt, "of": of}
    return str(state.names[KEPT]["id"])


def customer(client: AgentClient, state: Handle, answers: dict[str, str], *, address: bool) -> str:
    """The id of the buyer's customer, with the address where one is needed. Asked for once an address.

    Raises DetailsRejected, OutcomeUnknown where it cannot be told whether it was made (it can be tried again).
    """
    missing = {name: "required" for name in REQUIRED if not answers.get(name, "").strip()}
    if missing:
        raise DetailsRejected("names and e-mail are needed", fields=missing, account=client.account)
    kept = state.names.get(KEPT) or {}
    salt = str(kept.get("salt") or secrets.token_hex(8))
    of, to = _hash(salt, answers, ("email",)), _hash(salt, answers, deliveries.ADDRESS)
    if kept.get("of") != of:
        kept = {"id": _found_or_made(client, answers), "salt": salt, "of": of}
        state.names[KEPT] = kept
    if address and kept.get("to") != to:
        _deliver_to(client, kept["id"], answers)
        kept["to"] = to
    return str(kept["id"])


def _hash(salt: str, answers: dict[str, str], names: tuple[str, ...]) -> str:
    said = json.dumps([answers.get(name, "").strip().casefold() for name in names])
    return hashlib.sha256(f"{salt}{said}".encode()).hexdigest()[:32]


def _found_or_made(client: AgentClient, answers: dict[str, str]) -> str:
    """Whoever has the address is found; nothing of what the box office knows of them is changed."""
    email = answers["email"].strip()
    if found := client.customer_by_email(email):
        return reading.ref(found, "id")
    reply = client.make_customer(
        inferred.customer_body({name: answers.get(name, "").strip() for name in WHO})
    )
    if reply.ok and (made := reading.optional_ref(reading.record(reply.body), "id")):
        return made
    if reply.ok or not reply.status or inferred.is_duplicate(reply.body):
        if found := client.customer_by_email(email):
            return reading.ref(found, "id")
        raise OutcomeUnknown("a customer without an answer", account=client.account)
    if reply.status in {400, 422}:
        raise DetailsRejected("the customer was refused", fields={"email": "invalid"}, account=client.account)
    raise BadAnswer(f"make_customer: HTTP {reply.status}", account=client.account)


def _deliver_to(client: AgentClient, customer_id: str, answers: dict[str, str]) -> None:
    """Where the post goes. One that was lost may be there twice: it is the same address."""
    name = " ".join(
        filter(None, (answers.get("first_name", "").strip(), answers.get("last_name", "").strip()))
    )
    said = {field: answers.get(field, "").strip() for field in deliveries.ADDRESS}
    for method, path, body in inferred.address_calls(said, name):
        reply = client.set_address(customer_id, method, path, body)
        if not inferred.does_not_exist(reply.status):
            break
    if reply.ok:
        return
    if not reply.status:
        raise OutcomeUnknown("an address without an answer", account=client.account)
    if reply.status in {400, 422}:
        field = "postcode" if "postcode" in basket_guesses.said(reply.body).casefold() else "address_1"
        raise DetailsRejected("the address was refused", fields={field: "invalid"}, account=client.account)
    raise BadAnswer(f"set_address: HTTP {reply.status}", account=client.account)
