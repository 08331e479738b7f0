"""The hosted pages of the imitated Spektrix before choosing: what is on, and one event's dates.

Source: Spektrix, "Standard booking flow". ``EventId`` is the whole number, ``WebEventId`` the venue's own text.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_catalogue import lowered
from shop.standin.spektrix_ids import wire_id
from shop.standin.spektrix_season import Instance
from shop.standin.wsgi import Env, StandinRequest

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix


class WhatsOn:
    PAGES = ("eventlist.aspx", "eventdetails.aspx")

    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def answer(self, request: StandinRequest, caller: Caller, page: str) -> Response:
        now = self.env.programme.local_now(caller.tenant.zone)
        dates = [each for each in self.world.catalogue.instances(caller.tenant) if each.start > now]
        if page == "eventlist.aspx":
            return self._list(request, caller, dates)
        return self._details(request, caller, dates)

    def _list(self, request: StandinRequest, caller: Caller, dates: list[Instance]) -> Response:
        events = dict.fromkeys(each.event for each in dates)
        rows = "".join(
            f'<li><a href="{escape(self.world.hosted.link(request, caller, "EventDetails.aspx", EventId=str(e.number)))}">'
            f"{escape(e.name.strip())}</a></li>" for e in events
        )  # fmt: skip
        return self.world.hosted.frame(request, caller).page("What's on", f"<ul>{rows}</ul>")

    def _details(self, request: StandinRequest, caller: Caller, dates: list[Instance]) -> Response:
        given = lowered(request)
        wanted = given.get("eventid", ""), given.get("webeventid", "")
        mine = [
            each for each in dates
            if wanted[0] == str(each.event.number)
            or (wanted[1] and each.event.has("web_ids") and wanted[1] == each.event.slug)
        ]  # fmt: skip
        frame = self.world.hosted.frame(request, caller)
        if not mine:
            return frame.page("Event", "<p>This event cannot be found.</p>", status=404)
        rows = []
        for each in mine:
            wire = self.world.catalogue.instance_wire(caller.tenant, each)
            text = f"{each.start:%A %-d %B %Y, %H:%M}"
            if wire["cancelled"] or not wire["isOnSale"]:
                rows.append(f"<li>{text}: {'cancelled' if wire['cancelled'] else 'not on sale'}</li>")
            else:
                link = self.world.hosted.link(
                    request, caller, "ChooseSeats.aspx", EventInstanceId=str(each.number)
                )
                rows.append(f'<li id="{wire_id(each.number)}"><a href="{escape(link)}">{text}</a></li>')
        about = f"<p>{escape(mine[0].event.about)}</p>"
        return frame.page(mine[0].event.name.strip(), f"{about}<ul>{''.join(rows)}</ul>")
