"""What must be true once the dust has settled: told by the books of the outside world, held against what the shop says.

For any campaign: in one process (`tests.campaign.play`) or with real ones. The shop's tables are read by plain SQL, the
stand-in's books as it gives them (`books` of its control pages, or of its worlds in process):

    rows = Rows.read(stack.sql)                     # sql(query, *values) -> rows, "?" for a value
    broken = examine(stack.standin.get("books"), rows, now=now)
    broken += reads(html_of_the_order_page, order_id, books, rows)

Each finding is a sentence that begins with the number of what is broken:

 1 money kept equals parts sold            5 every history is legal
 2 nobody pays twice for one part          6 nothing waits for ever
 3 no hold outlives its order              7 the buyer reads the truth
 4 what is refused is let go or given back 8 no page and no task breaks

An order that cannot be right by itself may stand in the admin's list with a reason; which reasons excuse what is
`EXCUSED`. Sums are minor units.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Sql = Callable[..., list[tuple[Any, ...]]]
DONE = {"booked", "ticketed"}
FINAL = {"fulfilled", "refunded", "expired", "cancelled"}
KIND_OF_WORLD = {
    "ltd": "londontheatredirect",
    "xs2event": "xs2event",
    "spektrix": "spektrix",
    "tickethead": "tickethead",
}
# Reasons in the admin's list that say: money is missing for what was sold; or money is kept that buys nothing.
EXCUSED = {
    "missing": {
        "authorisation_lost", "booked_unpaid", "capture_refused", "capture_waits", "late_success", "uncertain", "claimed",
        "refund_outside", "till_misconfigured", "till_mismatch", "unproven", "silent",
    },
    "kept": {"refund_failed", "refund_failed_late", "refund_waits", "uncertain", "till_mismatch", "till_misconfigured",
             "refund_differs", "claimed"},
}  # fmt: skip


@dataclass(frozen=True)
class Sale:
    """Something that a provider has sold. `order`: our number, or the buyer's address where no number is there."""

    world: str
    ref: str
    order: str
    minor: int
    tickets: int
    paid_there: int | None = (
        None  # what the buyer was charged on the provider's own page or form; None: not asked there
    )


@dataclass
class Rows:
    """The shop's own rows, as plain data."""

    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    bookings: dict[int, dict[str, Any]] = field(default_factory=dict)
    payments: dict[int, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[int, dict[str, Any]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    baskets: dict[int, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, sql: Sql) -> Rows:
        def table(name: str, *columns: str, join: str = "") -> list[dict[str, Any]]:
            shown = [one.rpartition(".")[2] for one in columns]
            rows = sql(f"SELECT {', '.join(columns)} FROM {name} {join} ORDER BY {name}.id")
            return [dict(zip(shown, row, strict=True)) for row in rows]

        def by_id(found: Iterable[dict[str, Any]]) -> dict[int, dict[str, Any]]:
            return {int(one["id"]): one for one in found}

        b, p, r = "checkout_booking", "checkout_payment", "checkout_refund"
        return cls(
            by_id(table("checkout_order", "id", "number", "token", "status", "currency", "total_minor", "email",
                        "attention_reason", "due_at", "basket_id")),
            by_id(table(b, f"{b}.id", "order_id", "a.name", "a.kind", "hold_id", "position", "status", "route", "reference",
                        "total_minor", "due_at", "documents_due_at", "prepared_at", "reason", "mailed_by_provider",
                        join=f"JOIN catalog_provideraccount a ON a.id = {b}.account_id")),
            by_id(table(p, "id", "order_id", "booking_id", "route", "status", "amount_minor", "captured_minor",
                        "external_id", "due_at", "reason")),
            by_id(table(r, "id", "payment_id", "booking_id", "status", "amount_minor", "reason", "external_id", "due_at")),
            table("checkout_historyentry", "id", "order_id", "booking_id", "payment_id", "subject", "was", "became",
                  "because"),
            table("checkout_mail", "id", "order_id", "kind", "due_at", "sent_at", "error"),
            table("checkout_inboxmessage", "id", "kind", "state", "due_at"),
            table("checkout_document", "id", "booking_id", "fetched_at"),
            by_id(table("baskets_basket", "id", "status")),
        )  # fmt: skip

    def parts(self, order_id: int) -> list[dict[str, Any]]:
        return [one for one in self.bookings.values() if one["order_id"] == order_id]


def sales(books: Mapping[str, Any]) -> list[Sale]:
    """Everything that any provider has sold, by its own books."""
    found = []
    ltd, xs2, spektrix, tickethead = (
        books.get(n) or {} for n in ("ltd", "xs2event", "spektrix", "tickethead")
    )
    charged = {one["basket_id"]: one for one in ltd.get("charges", ())}
    for one in ltd.get("baskets", ()):
        if one["state"] != "paid":
            continue
        number = str(one["external_reference"] or "")
        there = charged.get(one["basket_id"], {})
        on_account = "ccount" in str(there.get("means", ""))
        found.append(
            Sale("ltd", str(one["reference"]), number.rpartition("-")[0], int(one["pence"]),
                 sum(len(item["seats"]) for item in one["items"]), None if on_account else int(there.get("pence", 0)))
        )  # fmt: skip
    for one in xs2.get("bookings", ()):
        number = str(one.get("invoice_reference") or "").rpartition("-")[0]
        net = sum(int(item["quantity"]) * int(item.get("net_rate") or 0) for item in one["items"])
        found.append(
            Sale("xs2event", str(one["code"]), number, net, sum(int(i["quantity"]) for i in one["items"]))
        )
    tickets: dict[str, int] = defaultdict(int)
    for one in spektrix.get("tickets", ()):
        if one["order_id"]:
            tickets[str(one["order_id"])] += 1
    for one in spektrix.get("orders", ()):
        found.append(
            Sale("spektrix", str(one["id"]), str(one["email"] or ""), int(one["total"]), tickets[str(one["id"])],
                 int(one["total"]) if one["mode"] == "web" else None)
        )  # fmt: skip
    received = {
        one["id"]: one["amount_received"] - one["refunded"]
        for one in (books.get("stripe") or {}).get("intents", ())
    }
    for one in tickethead.get("orders", ()):
        if one["status"] not in ("paid", "partially_refunded", "refunded") or one["status"] == "refunded":
            continue
        contact = one.get("contact") or {}
        found.append(
            Sale("tickethead", str(one["id"]), str(contact.get("email") or ""), int(one["total"]), len(one["tickets"]),
                 received.get(str(one["payment_id"] or ""), 0) if one["total"] else 0)
        )  # fmt: skip
    return found


@dataclass
class Matched:
    """Which part of ours each sale is."""

    of_booking: dict[int, list[Sale]] = field(default_factory=lambda: defaultdict(list))
    strangers: list[Sale] = field(default_factory=list)  # of an order of ours, and no part fits
    nobodys: list[Sale] = field(default_factory=list)  # of no order of ours at all


def matched(books: Mapping[str, Any], rows: Rows) -> Matched:
    found = Matched()
    by_name = {one["number"]: pk for pk, one in rows.orders.items()}
    by_mail: dict[str, list[int]] = defaultdict(list)
    for pk, one in rows.orders.items():
        by_mail[one["email"].lower()].append(pk)
    for sale in sales(books):
        mine = [by_name[sale.order]] if sale.order in by_name else by_mail.get(sale.order.lower(), [])
        kind = KIND_OF_WORLD[sale.world]
        parts = [one for pk in mine for one in rows.parts(pk) if one["kind"] == kind]
        # the same hold in a later order of the same basket: what was paid for it before is that order's
        same = {one["hold_id"] for one in parts if one["hold_id"] is not None}
        parts += [one for one in rows.bookings.values() if one["hold_id"] in same and one not in parts]
        if not mine:
            found.nobodys.append(sale)
            continue
        exact = [one for one in parts if one["reference"] and sale.ref.startswith(one["reference"])]
        left = [one for one in parts if not found.of_booking.get(one["id"])]
        tried = [one for one in left if one["prepared_at"] is not None]
        best = exact or [one for one in tried if one["total_minor"] == sale.minor] or tried or left
        if best:
            found.of_booking[best[0]["id"]].append(sale)
        elif parts:
            found.of_booking[parts[0]["id"]].append(sale)
        else:
            found.strangers.append(sale)
    return found


def examine(
    books: Mapping[str, Any],
    rows: Rows,
    *,
    now: datetime,
    touched: Iterable[int] = (),
    agreed: Mapping[int, int] | None = None,
    shown: Mapping[str, int] | None = None,
    authorised_first: bool = True,
) -> list[str]:
    """All that is broken. `authorised_first`: nobody paid in a way that takes the money at once. `touched`: orders of which a person moved money in the payment company's own pages; `agreed`:
    order -> the sum that its buyer said yes to; `shown`: intent -> the sum on the button."""
    sold = matched(books, rows)
    return [
        *_money(books, rows, sold, set(touched), agreed or {}, shown or {}, authorised_first),
        *_parts(rows, sold),
        *_legal(rows),
        *_waits(rows, now),
        *_told(rows),
        *_disputes(books, rows),
    ]


def _disputes(books: Mapping[str, Any], rows: Rows) -> list[str]:
    """What a buyer's bank takes up is before staff, and so is what it took away."""
    orders = {one["external_id"]: one["order_id"] for one in rows.payments.values() if one["external_id"]}
    found = []
    for one in (books.get("stripe") or {}).get("disputes", ()):
        pk = orders.get(one["payment_intent"])
        wanted = {"needs_response": "disputed", "lost": "dispute_lost"}.get(one["status"])
        if pk is not None and wanted is not None and wanted not in _called(rows, pk):
            found.append(
                f"6. order {rows.orders[pk]['number']}: nobody was told of a dispute, {one['status']}"
            )
    return found


def _called(rows: Rows, order_id: int) -> set[str]:
    """The reasons for which staff was called to an order."""
    said = "staff called: "
    return {
        one["because"].removeprefix(said)
        for one in rows.history
        if one["order_id"] == order_id and one["because"].startswith(said)
    }


# --- 1, 2, 4: money -------------------------------------------------------------------------------------------------


def _money(
    books: Mapping[str, Any], rows: Rows, sold: Matched, touched: set[int], agreed: Mapping[int, int],
    shown: Mapping[str, int], authorised_first: bool,
) -> list[str]:  # fmt: skip
    found: list[str] = []
    stripe = books.get("stripe") or {"intents": [], "refunds": []}
    by_number = {one["number"]: pk for pk, one in rows.orders.items()}
    intents: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in stripe["intents"]:
        number = str(one["metadata"].get("order") or "")
        if number in by_number:
            intents[by_number[number]].append(one)
        elif one["metadata"].get("payment"):
            found.append(f"1. an intent of an order that is not here: {one}")
        if one["id"] in shown and one["amount"] != shown[one["id"]]:
            found.append(f"1. the button said {shown[one['id']]}, the intent is {one['amount']}")
    backs: dict[int, int] = defaultdict(int)  # asked by a person: by our ledger's reason, by their sum
    for one in stripe["refunds"]:
        if one["status"] in ("succeeded", "pending"):
            ours = rows.refunds.get(int((one["metadata"] or {}).get("refund") or 0))
            if ours is not None and ours["reason"] == "refused" and authorised_first:
                found.append(f"1. {one['amount']} was taken before it was known whether it is sold")
            if ours is not None and ours["reason"] not in ("refused", "late"):
                backs[rows.payments[ours["payment_id"]]["order_id"]] += one["amount"]
    for pk, order in rows.orders.items():
        why = order["attention_reason"]
        reasons = (
            _called(rows, pk) if why in ("disputed", "dispute_lost") else {why}
        )  # it was called for before
        kept = sum(one["amount_received"] - one["refunded"] for one in intents[pk])
        ours = [one for one in rows.parts(pk) if one["route"] == "us" and sold.of_booking.get(one["id"])]
        price = sum(one["total_minor"] for one in ours)
        where = f"order {order['number']} ({order['status']}{', ' + why if why else ''})"
        if any(one["refunded"] > one["amount_received"] for one in intents[pk]):
            found.append(f"2. {where}: more was given back than taken")
        if sum(one["amount_received"] > one["refunded"] for one in intents[pk]) > 1 and not why:
            found.append(f"2. {where}: two payments were taken and kept")
        if pk not in touched:
            expected = price - backs[pk]
            if kept > max(expected, 0) and not reasons & EXCUSED["kept"]:
                found.append(
                    f"1. {where}: {kept} is kept, {price} was sold, {backs[pk]} was given back by staff"
                )
            elif kept < expected and not reasons & EXCUSED["missing"]:
                found.append(
                    f"1. {where}: {kept} is kept for {price} that was sold, {backs[pk]} given back by staff"
                )
        if any(one["amount_capturable"] for one in intents[pk]) and not why:
            found.append(f"4. {where}: money is still reserved on a card")
        if pk in agreed and price > agreed[pk] and kept > agreed[pk]:
            found.append(f"1. {where}: the buyer said yes to {agreed[pk]}, {kept} was taken")
        for one in rows.parts(pk):
            for sale in sold.of_booking.get(one["id"], ()):
                if one["route"] == "us" and sale.paid_there:
                    found.append(f"2. {where}: a part that is paid to us was paid at {sale.world} too")
                if one["route"] in ("there", "their_form") and sale.paid_there is None:
                    found.append(f"1. {where}: sold on account, and the buyer was to pay at {sale.world}")
                if sale.paid_there is not None and sale.paid_there > sale.minor:
                    found.append(f"2. {where}: {sale.world} took {sale.paid_there} for {sale.minor}")
    tickethead = {str(one["payment_id"]) for one in (books.get("tickethead") or {}).get("orders", ())
                  if one["status"] in ("paid", "partially_refunded")}  # fmt: skip
    for one in stripe["intents"]:
        theirs = not one["metadata"].get("payment")
        if theirs and one["amount_received"] > one["refunded"] and one["id"] not in tickethead:
            found.append(
                f"1. Tickethead took {one['amount_received']} for an order that it has not sold: {one['id']}"
            )
    return found


def reserved(books: Mapping[str, Any], rows: Rows) -> list[str]:
    """Money that is held on a card for a payment that the shop calls over: looked at an hour or two after its end, for
    banks let it go by themselves after days."""
    over = {
        one["external_id"]: one
        for one in rows.payments.values()
        if one["status"] not in ("begun", "authorised")
    }
    return [
        f"4. {one['amount_capturable']} is still reserved on a card, the payment is {over[one['id']]['status']}"
        for one in (books.get("stripe") or {}).get("intents", ())
        if one["amount_capturable"] and one["id"] in over
    ]


def _parts(rows: Rows, sold: Matched) -> list[str]:
    found = [
        f"1. {one.world} has sold {one.ref} to nobody of ours ({one.order or 'no name'})"
        for one in sold.nobodys
    ]
    found += [
        f"1. {one.world} has sold {one.ref} to {one.order}, and no part of it fits" for one in sold.strangers
    ]
    for pk, booking in rows.bookings.items():
        order = rows.orders[booking["order_id"]]
        why, mine = order["attention_reason"], sold.of_booking.get(pk, [])
        where = f"order {order['number']} ({order['status']}{', ' + why if why else ''}), {booking['name']} {booking['status']}"
        if len(mine) > 1:
            found.append(f"2. {where}: sold {len(mine)} times, {[one.ref for one in mine]}")
        if booking["status"] in DONE and not mine and not why:
            found.append(f"1. {where}: it is not in the books there")
        if mine and booking["status"] not in (*DONE, "refunded") and not why:
            found.append(f"1. {where}: {mine[0].world} has sold it, {mine[0].ref}")
    return found


# --- 5: histories -----------------------------------------------------------------------------------------------------


def _legal(rows: Rows) -> list[str]:
    from checkout.models import Booking, Order, Payment
    from checkout.states import ALLOWED

    tables: dict[str, tuple[Any, dict[int, dict[str, Any]], str]] = {
        "order": (ALLOWED[Order], rows.orders, "order_id"),
        "booking": (ALLOWED[Booking], rows.bookings, "booking_id"),
        "payment": (ALLOWED[Payment], rows.payments, "payment_id"),
    }
    found: list[str] = []
    last: dict[tuple[str, int], str] = {}
    for entry in rows.history:
        if entry["subject"] not in tables or not entry["became"]:
            continue
        allowed, _table, column = tables[entry["subject"]]
        key = entry["subject"], entry[column]
        was, became = entry["was"], entry["became"]
        if was and became not in allowed[was]:
            found.append(f"5. {key}: {was} -> {became} is not allowed ({entry['because']})")
        if was and key in last and last[key] != was:
            found.append(f"5. {key}: {last[key]}, then {was} -> {became} ({entry['because']})")
        last[key] = became
    for (subject, pk), status in last.items():
        row = tables[subject][1].get(pk)
        if row is not None and row["status"] != status:
            found.append(f"5. {subject} {pk} is {row['status']}, its history ends with {status}")
    return found


# --- 6: waiting -------------------------------------------------------------------------------------------------------


def _waits(rows: Rows, now: datetime) -> list[str]:
    found: list[str] = []
    for pk, order in rows.orders.items():
        why, parts = order["attention_reason"], rows.parts(pk)
        where = f"order {order['number']} is {order['status']}"
        if order["status"] in FINAL or why:
            continue
        if order["status"] == "paid":
            coming = [one for one in parts if one["status"] == "booked"]
            if coming and all(one["documents_due_at"] is not None for one in coming):
                continue  # tickets that are released later
        found.append(f"6. {where}: parts {[(one['name'], one['status'], one['reason']) for one in parts]}")
    for name, table in (
        ("order", rows.orders),
        ("part", rows.bookings),
        ("payment", rows.payments),
        ("refund", rows.refunds),
    ):
        for pk, row in table.items():
            for column in ("due_at", "documents_due_at"):
                at = when(row.get(column))
                if at is not None and at <= now:
                    found.append(f"6. {name} {pk} is due since {at:%d %H:%M:%S} ({row['status']})")
    for mail in rows.mails:
        why = rows.orders[mail["order_id"]]["attention_reason"]
        if mail["sent_at"] is None and mail["error"] != "no address" and why != "mail_failed":
            found.append(f"6. mail {mail['kind']} was never sent ({mail['error'] or 'no error'})")
    for message in rows.messages:
        at = when(message["due_at"])
        if message["state"] in ("received", "failed") and at is not None and at <= now:
            found.append(f"6. message {message['kind']} waits since {at:%d %H:%M:%S}")
    for pk, row in rows.refunds.items():
        if (
            row["status"] == "asked"
            and not rows.orders[rows.payments[row["payment_id"]]["order_id"]]["attention_reason"]
        ):
            found.append(f"4. refund {pk} was never answered")
    return found


WENT_BACK = "the buyer went back to the basket"
BY_PROVIDER = "the provider mails the confirmation"
# kinds of mail that say where the tickets are; "paid-7" is one too
WITH_TICKETS = ("paid", "tickets", "found")


def _told(rows: Rows) -> list[str]:
    """Who bought was written to, tickets that came later are announced, and whose order ended has the basket back."""
    found: list[str] = []
    mails: dict[int, list[dict[str, Any]]] = defaultdict(list)
    said: dict[int, set[str]] = defaultdict(set)
    for one in rows.mails:
        mails[one["order_id"]].append(one)
    for one in rows.history:
        said[one["order_id"]].add(f"{one['subject']} {one['became']}" if one["became"] else one["because"])
    fetched: dict[int, list[Any]] = defaultdict(list)
    for one in rows.documents:
        part = rows.bookings[one["booking_id"]]
        if not part["mailed_by_provider"]:
            fetched[part["order_id"]].append(when(one["fetched_at"]))
    bought = {one["basket_id"] for one in rows.orders.values() if one["status"] not in FINAL}
    for pk, order in rows.orders.items():
        where = f"order {order['number']} ({order['status']})"
        if order["attention_reason"] or not order["email"]:
            continue
        kinds = {one["kind"] for one in mails[pk]}
        if order["status"] in ("paid", "fulfilled") and BY_PROVIDER not in said[pk] and "paid" not in kinds:
            found.append(f"6. {where}: nobody wrote to the buyer")
        if order["status"] == "fulfilled":
            sent = [one for one in mails[pk] if one["kind"].partition("-")[0] in WITH_TICKETS]
            last = max(filter(None, (when(one["sent_at"]) for one in sent)), default=None)
            if last is not None and any(at is not None and at > last for at in fetched[pk]):
                found.append(f"6. {where}: tickets came after the last mail, {last:%H:%M:%S}")
        went_back = any(one["order_id"] == pk and one["because"] == WENT_BACK for one in rows.history)
        over = order["status"] in ("cancelled", "expired") and not went_back  # who did it has read it
        paid = said[pk] & {"payment authorised", "payment captured"}
        if (
            over
            and paid
            and not {"not-booked", "refunded"} & kinds
            and not any(k.startswith("refund-") for k in kinds)
        ):
            found.append(f"6. {where}: nobody told the buyer that it came to nothing")
        basket = rows.baskets.get(order["basket_id"], {"status": ""})
        if basket["status"] == "frozen" and order["basket_id"] not in bought:
            found.append(f"6. {where}: its basket is kept from the buyer")
    return found


def when(value: Any) -> datetime | None:
    """A time as either database gives it."""
    if value is None or value == "":
        return None
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# --- 3: holds ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What the shop knows of one hold: how many tickets its lines count, and whether more may be there by right."""

    tickets: int
    unsettled: bool  # it waits to be read or given back, or it is being paid
    over: bool  # closed, or its basket is


def holds(books: Mapping[str, Any], known: Mapping[str, Known]) -> list[str]:
    """Before anything has run out: what a provider holds and the shop does not know of. `known`: the provider's id of a
    basket or a reservation, of Spektrix its number -> what our row says."""
    found = []
    for world, ref, tickets in held(books):
        mine = known.get(ref)
        if mine is None:
            found.append(f"3. {world} holds {tickets} in {ref}, which no basket knows of")
        elif mine.unsettled:
            continue
        elif mine.over:
            found.append(f"3. {world} still holds {tickets} in {ref}, whose basket is over")
        elif tickets > mine.tickets:
            found.append(f"3. {world} holds {tickets} in {ref}, the basket has {mine.tickets}")
    return found


def held(books: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """World, id there, tickets: of everything that is taken from sale and not sold."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for one in (books.get("ltd") or {}).get("held", ()):
        counts["ltd", str(one["basket_id"])] += 1
    for one in (books.get("xs2event") or {}).get("reservations", ()):
        if one["status"] in ("active", "extended"):
            counts["xs2event", str(one["id"])] += sum(int(item["quantity"]) for item in one["items"])
    for one in (books.get("spektrix") or {}).get("tickets", ()):
        if not one["order_id"]:
            counts["spektrix", str(one["basket_id"])] += 1
    return [(world, ref, count) for (world, ref), count in counts.items() if count]


# --- 7: what the buyer reads --------------------------------------------------------------------------------------------

PART = re.compile(
    r'<li class="part part-(\w+)" id="part-(\d+)">(.*?)(?=<li class="part part-|</ol>)', re.DOTALL
)


def reads(html: str, order_id: int, books: Mapping[str, Any], rows: Rows) -> list[str]:
    """The order's page against the books."""
    sold, found = matched(books, rows), []
    order = rows.orders[order_id]
    parts = {str(one["position"]): one for one in rows.parts(order_id)}
    kept = sum(
        one["amount_received"] - one["refunded"]
        for one in (books.get("stripe") or {}).get("intents", ()) if one["metadata"].get("order") == order["number"]
    )  # fmt: skip
    any_sold = any(sold.of_booking.get(one["id"]) for one in parts.values())
    where = (
        f"the page of {order['number']} ({order['status']}, {order['attention_reason'] or 'nobody called'})"
    )
    for kind, position, text in PART.findall(html):
        part = parts.get(position)
        if part is None:
            continue
        sale = sold.of_booking.get(part["id"])
        if kind in ("booked", "ready") and not sale and not order["attention_reason"]:
            found.append(f"7. {where} calls {part['name']} {kind}: it is not sold")
        if kind == "back" and part["status"] != "refunded" and sale and not order["attention_reason"]:
            found.append(f"7. {where} says that {part['name']} was not booked: it is sold")
        if "was not taken" in text and sale and sale[0].paid_there:
            found.append(f"7. {where} says that nothing was taken for {part['name']}")
    if "You have not been charged" in html and (kept > 0 or any_sold) and not order["attention_reason"]:
        found.append(f"7. {where} says not charged: {kept} is kept, sold: {any_sold}")
    if "Your tickets are booked" in html and not any_sold:
        found.append(f"7. {where} says that tickets are booked: nothing is sold")
    return found
