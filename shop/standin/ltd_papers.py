"""The papers of a paid basket at London Theatre Direct: tickets to print, e-tickets, their files, wallet passes.

Source: London Theatre Direct, Booking API, "Print-at-home tickets", "E-tickets", "Special delivery types".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from shop.standin import ltd_documents
from shop.standin.ltd_baskets import Item, scheduled_on, submission_of
from shop.standin.ltd_lists import E_TICKET, PRINT_AT_HOME, SCHEDULED
from shop.standin.ltd_words import query_of
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.londontheatredirect import LondonTheatreDirect


class Papers:
    def __init__(self, world: LondonTheatreDirect, env: Env) -> None:
        self.world, self.env = world, env

    def routes(self, one: str) -> Iterable[tuple[str, str, Handler]]:
        """``one``: the address of a basket."""
        return (
            ("GET", f"{one}/PrintAtHomeTickets", self.print_at_home),
            ("GET", f"{one}/ETickets", self.e_tickets),
            ("GET", "/ETickets/DownloadETicket.ashx", self.download),
            ("GET", "/pass/<kind>/<guid>/<int:ticket_id>", self.wallet_pass),
        )

    def print_at_home(self, request: StandinRequest, basket_id: str) -> Response:
        """One more ticket is ready at each call."""
        row, items = self.world.loaded(request, basket_id)
        if row["state"] != "paid" or submission_of(row)["delivery"] != PRINT_AT_HOME:
            return Response(b"", status=204)
        if self.env.faults.take("ltd", "documents_late", basket_id=basket_id):
            return Response(b"", status=204)
        with self.env.store.write() as connection:
            connection.execute(
                "UPDATE ltd_baskets SET print_polls = print_polls + 1 WHERE number = ?", (row["number"],)
            )
        wanted = [(item, index) for item in items for index, _ in item.tickets]
        ready = wanted[: row["print_polls"] + 1]
        return as_json(
            {
                "AllTicketsGenerated": len(ready) == len(wanted),
                "RequestedTicketsCount": len(wanted),
                "GeneratedTicketsCount": len(ready),
                "GeneratedTickets": [
                    {
                        "Ticket": {
                            "TicketId": item.performance.ticket_id(index),
                            "TicketName1": item.performance.plan.seats[index].row,
                            "TicketName2": item.performance.plan.seats[index].number,
                        },
                        "FileSize": len(ltd_documents.pdf(self._ticket(row, item, index))),
                        "DownloadUrl": self._download_url(item.documents[index]),
                    }
                    for item, index in ready
                ],
            }
        )

    def e_tickets(self, request: StandinRequest, basket_id: str) -> Response:
        """Empty before a scheduled ticket's hour, and for what is collected, posted or sent by the venue."""
        row, items = self.world.loaded(request, basket_id)
        if row["state"] != "paid":
            return Response(b"", status=204)
        delivery = submission_of(row)["delivery"]
        late = self.env.faults.take("ltd", "documents_late", basket_id=basket_id)
        found = []
        for item in items:
            now = self.env.programme.local_now(item.performance.venue.zone)
            due = delivery == SCHEDULED and now >= scheduled_on(item.performance)
            if late or not (delivery == E_TICKET or due):
                continue
            for index, _ in item.tickets:
                guid, ticket_id = item.documents[index], item.performance.ticket_id(index)
                wallet = f"{self.env.public_origin}/ltd/pass"
                found.append(
                    {
                        "TicketId": ticket_id,
                        "ETickets": [
                            {"Type": "PDF", "DownloadUrl": self._download_url(guid)},
                            {"Type": "Apple", "DownloadUrl": f"{wallet}/apple/{guid}/{ticket_id}"},
                            {"Type": "Google", "DownloadUrl": f"{wallet}/google/{guid}/{ticket_id}"},
                        ],
                    }
                )
        return as_json({"Items": found})

    def download(self, request: StandinRequest) -> Response:
        """Whoever has the link has the ticket: no key is asked."""
        ticket = self._behind(query_of(request).get("pid", ""))
        name = re.sub(r"[^A-Za-z0-9]+", "-", f"{ticket.event} {ticket.row}{ticket.seat}").strip("-")
        return Response(
            ltd_documents.pdf(ticket),
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "private"},
        )

    def wallet_pass(self, request: StandinRequest, kind: str, guid: str, ticket_id: int) -> Response:
        ticket = self._behind(guid, ticket_id)
        if kind == "apple":
            return Response(
                ltd_documents.apple_pass(ticket, guid), content_type="application/vnd.apple.pkpass"
            )
        if kind == "google":
            page = (
                "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Wallet</title>"
                f"<h1>{escape(ticket.event)}</h1><p>{escape(ticket.when)}, {escape(ticket.row + ticket.seat)}</p>"
                "<p>Saved to a pretend wallet.</p></html>"
            )
            return Response(page, content_type="text/html; charset=utf-8")
        raise NotFound

    def _behind(self, guid: str, ticket_id: int | None = None) -> ltd_documents.Ticket:
        with self.env.store.read() as connection:
            found = connection.execute(
                "SELECT t.seat, t.item_id, i.basket_id FROM ltd_tickets t JOIN ltd_items i USING (item_id)"
                " WHERE t.document = ?",
                (guid.lower(),),
            ).fetchone()
            if found is None:
                raise NotFound
            row = self.world.baskets.row(connection, found["basket_id"])
            item = next(i for i in self.world.baskets.items(connection, row) if i.item_id == found["item_id"])
        if ticket_id is not None and item.performance.ticket_id(found["seat"]) != ticket_id:
            raise NotFound
        return self._ticket(row, item, found["seat"])

    def _ticket(self, row: Any, item: Item, index: int) -> ltd_documents.Ticket:
        order = submission_of(row)
        return ltd_documents.ticket(
            item, index, row["reference"], f"{order['first_name']} {order['last_name']}"
        )

    def _download_url(self, guid: str) -> str:
        return f"{self.env.public_origin}/ltd/ETickets/DownloadETicket.ashx?pid={guid}"
