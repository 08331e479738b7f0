"""XS2Event's part of the page at ``/_standin/``: what waits to be completed, and what can be turned."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from shop.standin.control_forms import section
from shop.standin.wsgi import Env
from shop.standin.xs2event_control import EVENT_STATES, TICKET_STATES
from shop.standin.xs2event_orders import STATES
from shop.standin.xs2event_settings import CHOICES

if TYPE_CHECKING:
    from shop.standin.xs2event import XS2Event

_BASE = "/_standin/xs2event"


class ControlPage:
    def __init__(self, world: XS2Event, env: Env) -> None:
        self._world = world
        self._env = env

    def html(self) -> str:
        return section(self._world.title, self._forms(), self._orders() + self._open())

    def _orders(self) -> str:
        """The last booking orders; those that wait have a button."""
        with self._env.store.read() as connection:
            rows = connection.execute(
                "SELECT o.id, o.status, o.guest_status, b.code, json_extract(o.body, '$.event_name') AS event,"
                " json_extract(o.body, '$.supplier') AS supplier, (SELECT COUNT(*) FROM xs2_order_items i"
                " WHERE i.order_id = o.id) AS number FROM xs2_orders o JOIN xs2_bookings b ON b.id = o.booking_id"
                " ORDER BY o.rowid DESC LIMIT 20"
            ).fetchall()
        if not rows:
            return "<h3>Booking orders</h3><p>No booking yet.</p>"
        lines = []
        for row in rows:
            button = ""
            if row["status"] not in {"completed", "cancelled", "returned"}:
                button = (
                    f'<form method="post" action="{_BASE}/orders/{escape(row["id"])}/complete">'
                    "<button>Complete it</button></form>"
                )
            cells = (
                row["code"],
                row["event"],
                row["supplier"],
                row["number"],
                row["status"],
                row["guest_status"],
            )
            told = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
            lines.append(f"<tr>{told}<td>{button}</td></tr>")
        head = "<tr><th>Booking<th>Event<th>Supplier<th>Tickets<th>Status<th>Guest data<th></tr>"
        return (
            f'<h3>Booking orders</h3><div class="scroll"><table>{head}{"".join(lines)}</table></div>'
            f'<form method="post" action="{_BASE}/orders/complete"><button>Complete all that wait</button></form>'
        )

    def _open(self) -> str:
        self._world.reservations.lapse()
        with self._env.store.connect() as connection:
            rows = connection.execute(
                "SELECT id, status, valid_until FROM xs2_reservations WHERE status IN ('active', 'extended')"
                " ORDER BY rowid DESC LIMIT 10"
            ).fetchall()
        if not rows:
            return ""
        lines = "".join(
            f"<tr><td>{escape(row['id'])}</td><td>{escape(row['status'])}</td><td>{escape(row['valid_until'])}</td><td>"
            f'<form method="post" action="{_BASE}/reservations/{escape(row["id"])}/expire">'
            "<button>Let it lapse</button></form></td></tr>"
            for row in rows
        )
        head = "<tr><th>Reservation<th>Status<th>Until (UTC)<th></tr>"
        return f'<h3>Open reservations</h3><div class="scroll"><table>{head}{lines}</table></div>'

    def _forms(self) -> list[dict[str, Any]]:
        look = self._world.stock.look()
        coming = [one for one in self._world.catalogue.all_events() if not one.over(look.now)]
        events = [(one.id, f"{one.day:%d %b %Y} {one.fixture.name} ({look.status(one)})") for one in coming]
        tickets = [
            (each.id, f"{one.day:%d %b %Y} {one.fixture.name}: {each.title}, {each.supplier.name}")
            for one in coming
            for each in self._world.catalogue.tickets_for(one)
        ]
        with self._env.store.connect() as connection:
            orders = [
                (row["id"], f"{row['code']} {row['event']} ({row['status']})")
                for row in connection.execute(
                    "SELECT o.id, o.status, b.code, json_extract(o.body, '$.event_name') AS event FROM xs2_orders o"
                    " JOIN xs2_bookings b ON b.id = o.booking_id ORDER BY o.rowid DESC LIMIT 50"
                )
            ]
        forms: list[dict[str, Any]] = [
            {
                "title": "Change a ticket",
                "action": f"{_BASE}/tickets",
                "button": "Change",
                "fields": [
                    {"name": "ticket", "label": "Ticket", "kind": "select", "value": "", "choices": tickets},
                    {"name": "stock", "label": "Tickets left", "kind": "number", "value": ""},
                    {"name": "net_rate", "label": "Net rate in minor units", "kind": "number", "value": ""},
                    {"name": "ticket_status", "label": "Status", "kind": "select", "value": "",
                     "choices": ["", *TICKET_STATES]},
                ],
            },
            {
                "title": "Change an event",
                "action": f"{_BASE}/events",
                "button": "Change",
                "fields": [
                    {"name": "event", "label": "Event", "kind": "select", "value": "", "choices": events},
                    {"name": "event_status", "label": "Status", "kind": "select", "value": "",
                     "choices": ["", *EVENT_STATES]},
                    {"name": "date_start", "label": "Begins (YYYY-MM-DDTHH:MM:SS)", "kind": "text", "value": ""},
                ],
            },
            {
                "title": "How it answers",
                "action": f"{_BASE}/settings",
                "button": "Set",
                "fields": [self._setting(name, value) for name, value in self._world.settings.all().items()],
            },
        ]  # fmt: skip
        if orders:
            forms.insert(0, {
                "title": "Another status for an order",
                "action": f"{_BASE}/orders/status",
                "button": "Set",
                "fields": [
                    {"name": "order", "label": "Order", "kind": "select", "value": "", "choices": orders},
                    {"name": "logistic_status", "label": "Status", "kind": "select", "value": "review",
                     "choices": list(STATES)},
                ],
            })  # fmt: skip
        return forms

    @staticmethod
    def _setting(name: str, value: Any) -> dict[str, Any]:
        field = {"name": name, "label": name.replace("_", " "), "value": value}
        if name in CHOICES:
            choices = [str(choice) for choice in CHOICES[name]]
            return {**field, "kind": "select", "value": str(value), "choices": choices}
        return {**field, "kind": "number" if isinstance(value, int) else "text"}
