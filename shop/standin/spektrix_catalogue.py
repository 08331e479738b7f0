"""What the imitated Spektrix says of its programme: events, instances, plans, price lists.

Sources: Spektrix, "Adding Items to the Basket", "Filtering Events"; v3 help pages; captured events and instances.
Lists come whole. A parameter that a call does not know is ignored, as the real one does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin import spektrix_prices as pricing
from shop.standin.spektrix_ids import attribute_key, number_of, wire_id
from shop.standin.spektrix_plans import Area
from shop.standin.spektrix_season import Attribute, EventSpec, Instance, Tenant, instance, season
from shop.standin.spektrix_wire import (
    Json,
    at_or_after,
    before,
    day_or_moment,
    local_text,
    missing,
    ref,
    truth,
    utc_text,
    wants,
)
from shop.standin.wsgi import Env, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix
    from shop.standin.spektrix_changes import Found

_DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_MARKUP = (
    '<div id>\r\n\t<p>{about}<span><br/></span><span class="BoldText">Please note:</span> latecomers wait.'
    '<span style="color:rgb(0, 0, 0)">&nbsp;</span></p>\r\n<p><script>document.title="?"</script>'
    '<a href="javascript:alert(1)">More</a></p></div>'
)


class Catalogue:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    # What there is

    def instances(self, tenant: Tenant, *, signed: bool = False) -> list[Instance]:
        """Instances that the web may see (a signed caller sees hidden events too), by start."""
        changed = self.world.changes.of(tenant.client, "instance")
        events = self.world.changes.of(tenant.client, "event")
        return [
            each for each in season(tenant, self.env.programme.today(tenant.zone))
            if (signed or not each.event.has("hidden"))
            and not changed.get(each.number, {}).get("removed")
            and not events.get(each.event.number, {}).get("removed")
        ]  # fmt: skip

    def instance(self, tenant: Tenant, text: str | int, *, signed: bool = False) -> Instance:
        """By wire id or number. Raises 404."""
        number = number_of(text) if isinstance(text, str) else text
        found = instance(tenant, number) if number is not None else None
        if found is None or (found.event.has("hidden") and not signed):
            raise missing("Instance")
        changes = self.world.changes
        gone = changes.one(tenant.client, "instance", found.number).get("removed")
        if gone or changes.one(tenant.client, "event", found.event.number).get("removed"):
            raise missing("Instance")
        return found

    def event(self, tenant: Tenant, text: str, *, signed: bool = False) -> EventSpec:
        number = number_of(text)
        found = tenant.event(number) if number is not None else None
        removed = found and self.world.changes.one(tenant.client, "event", found.number).get("removed")
        if found is None or removed or (found.has("hidden") and not signed):
            raise missing("Event")
        return found

    def plan_of(self, tenant: Tenant, found: Instance) -> Area:
        plan = tenant.plan(found.event.plan)
        assert plan is not None
        return plan

    def prices(self, tenant: Tenant, found: Instance) -> list[pricing.Price]:
        change = sum(
            int(self.world.changes.one(tenant.client, kind, number).get("price_change") or 0)
            for kind, number in (("event", found.event.number), ("instance", found.number))
        )
        return pricing.prices(tenant, found, self.plan_of(tenant, found), change)

    # Objects

    def event_wire(
        self,
        tenant: Tenant,
        event: EventSpec,
        dates: list[Instance],
        *,
        expand: bool = False,
        signed: bool = False,
    ) -> Json:
        """``dates``: every instance of the event, by start."""
        change = self.world.changes.one(tenant.client, "event", event.number)
        marks = self.world.changes.of(tenant.client, "instance")
        picture = "" if event.has("plain") else f"{self.env.public_origin}/posters/spektrix/{event.slug}"
        first, last = (dates[0].start, dates[-1].start) if dates else (None, None)
        now = self.env.programme.local_now(tenant.zone)
        markup = _MARKUP if event.has("markup") else "<div id>\r\n\t<p>{about}</p>\r\n</div>"
        body: Json = {
            "description": event.note or _plain(event.about),
            "htmlDescription": change.get(
                "htmlDescription", markup.format(about=escape(event.about, quote=False))
            ),
            "duration": event.minutes if not event.has("plain") else 0,
            "imageUrl": f"{picture}.svg" if picture else "",
            "isOnSale": any(self._on_sale(each, marks) and each.start > now for each in dates),
            "name": change.get("name", event.name),
            "instanceDates": f"{first:%-d %B}-{last:%-d %B}" if first and last else "",
            "thumbnailUrl": f"{picture}-thumbnail.svg" if picture else "",
            "webEventId": event.slug if event.has("web_ids") else None,
            "id": wire_id(event.number),
            "firstInstanceDateTime": local_text(first),
            "lastInstanceDateTime": local_text(last),
            "firstInstanceDateTimeUtc": utc_text(first, tenant.zone),
            "lastInstanceDateTimeUtc": utc_text(last, tenant.zone),
            "altText": "",
        }
        body.update(attributes(tenant.event_attributes, event.attributes, signed=signed))
        if expand:
            body["instances"] = [self.instance_wire(tenant, each, marks, signed=signed) for each in dates]
        return body

    def _on_sale(self, found: Instance, changed: Found) -> bool:
        change = changed.get(found.number, {})
        off = change.get("off_sale", found.event.has("off_sale"))
        return not off and not self.cancelled(found, changed)

    def cancelled(self, found: Instance, changed: Found) -> bool:
        by_season = found.event.has("cancelled") and found.start.isocalendar().week % 3 == 0
        return bool(changed.get(found.number, {}).get("cancelled", by_season))

    def window(self, found: Instance) -> tuple[Any, Any]:
        """First and last moment of online sale, naive local; the first can be None."""
        event, start = found.event, found.start
        begins = (start - timedelta(days=220)).replace(hour=10, minute=0)
        ends = start - timedelta(minutes=30)
        if event.has("null_start"):
            begins = None  # type: ignore[assignment]
        if event.has("not_yet"):
            begins = (start - timedelta(days=3)).replace(hour=10, minute=0)
        if event.has("ended"):
            ends = start - timedelta(days=211)
        return begins, ends

    def instance_wire(
        self, tenant: Tenant, found: Instance, changed: Found | None = None, *, signed: bool = False
    ) -> Json:
        changed = self.world.changes.of(tenant.client, "instance") if changed is None else changed
        event, start = found.event, found.start
        begins, ends = self.window(found)
        cancelled = self.cancelled(found, changed)
        plan = self.plan_of(tenant, found)
        body: Json = {
            "isOnSale": not changed.get(found.number, {}).get("off_sale", event.has("off_sale")),
            "planId": wire_id(plan.number),
            "priceList": ref(pricing.list_number(found)),
            "event": ref(event.number),
            "start": local_text(start),
            "startUtc": utc_text(start, tenant.zone, zulu=False),
            "startSellingAtWeb": local_text(begins),
            "startSellingAtWebUtc": utc_text(begins, tenant.zone),
            "stopSellingAtWeb": local_text(ends),
            "stopSellingAtWebUtc": utc_text(ends, tenant.zone),
            "webInstanceId": f"{event.slug}-{start:%Y%m%d}" if event.has("web_ids") else None,
            "cancelled": cancelled,
            "id": wire_id(found.number),
            "hasBestAvailableOverlay": event.has("best") and any(leaf.reserved for leaf in plan.leaves()),
        }
        if event.has("no_plan"):
            if found.number // 56_000 % 2:
                body["planId"] = ""
            else:
                del body["planId"]
        set_marks: Json = {}
        for part in event.access.split():
            mark, _, day = part.partition(":")
            if _DAYS[day] == start.weekday():
                set_marks[tenant.marks[mark]] = True
        if cancelled:
            note = next((a.label for a in tenant.instance_attributes if a.kind == "text"), "")
            set_marks[note] = "We are sorry: this one is off."
        set_marks.update({a.label: _internal(found) for a in tenant.instance_attributes if a.internal})
        body.update(attributes(tenant.instance_attributes, set_marks, signed=signed))
        return body

    # Calls

    def events(self, request: StandinRequest, tenant: Tenant, signed: bool) -> Response:
        return as_json(list(self._events(request, tenant, signed)))

    def _events(self, request: StandinRequest, tenant: Tenant, signed: bool) -> Iterator[Json]:
        given = lowered(request)
        since = day_or_moment(given.get("instancestart_from"))
        until = day_or_moment(given.get("instancestart_to"))
        by_event: dict[int, list[Instance]] = {}
        for each in self.instances(tenant, signed=signed):
            by_event.setdefault(each.event.index, []).append(each)
        marks = self.world.changes.of(tenant.client, "instance")
        for event in tenant.events:
            dates = by_event.get(event.index, [])
            inside = [each for each in dates if at_or_after(each.start, since) and before(each.start, until)]
            wanted = _attribute_filter(given, "instanceattribute_")
            if wanted:
                inside = [e for e in inside if _matches(self.instance_wire(tenant, e, marks), wanted)]
            if not inside:
                continue
            body = self.event_wire(tenant, event, dates, expand=wants(request, "instances"), signed=signed)
            if truth(given.get("onsale")) and not body["isOnSale"]:
                continue
            if given.get("name") and given["name"].lower() not in body["name"].lower():
                continue
            if _matches(body, _attribute_filter(given, "attribute_")):
                yield body

    def one_event(self, request: StandinRequest, tenant: Tenant, signed: bool, text: str) -> Response:
        event = self.event(tenant, text, signed=signed)
        dates = [e for e in self.instances(tenant, signed=signed) if e.event is event]
        expand = wants(request, "instances")
        return as_json(self.event_wire(tenant, event, dates, expand=expand, signed=signed))

    def event_instances(self, request: StandinRequest, tenant: Tenant, signed: bool, text: str) -> Response:
        event = self.event(tenant, text, signed=signed)
        given = lowered(request)
        found = (e for e in self.instances(tenant, signed=signed) if e.event is event)
        since, until = given.get("start_from"), given.get("start_to")
        return as_json(self._listed(tenant, found, given, since, until, signed=signed))

    def all_instances(self, request: StandinRequest, tenant: Tenant, signed: bool) -> Response:
        given = lowered(request)
        found: Iterable[Instance] = self.instances(tenant, signed=signed)
        if given.get("eventname"):
            found = [e for e in found if given["eventname"].lower() in e.event.name.lower()]
        wanted = _attribute_filter(given, "eventattribute_")
        if wanted:
            found = [
                e
                for e in found
                if _matches(attributes(tenant.event_attributes, e.event.attributes, signed=signed), wanted)
            ]
        since, until = given.get("startfrom"), given.get("startto")
        return as_json(self._listed(tenant, found, given, since, until, signed=signed))

    def _listed(
        self,
        tenant: Tenant,
        found: Iterable[Instance],
        given: dict[str, str],
        since: str | None,
        until: str | None,
        *,
        signed: bool,
    ) -> list[Json]:
        first, last = day_or_moment(since), day_or_moment(until)
        marks = self.world.changes.of(tenant.client, "instance")
        wanted = _attribute_filter(given, "attribute_")
        rows = (
            self.instance_wire(tenant, each, marks, signed=signed)
            for each in found
            if at_or_after(each.start, first) and before(each.start, last)
        )
        return [row for row in rows if _matches(row, wanted)]

    def one_instance(self, request: StandinRequest, tenant: Tenant, signed: bool, text: str) -> Response:
        return as_json(self.instance_wire(tenant, self.instance(tenant, text, signed=signed), signed=signed))

    def instance_plan(self, request: StandinRequest, tenant: Tenant, signed: bool, text: str) -> Response:
        found = self.instance(tenant, text, signed=signed)
        if found.event.has("no_plan"):
            raise missing("Plan")
        return as_json(self.plan_of(tenant, found).wire())

    def price_list(self, request: StandinRequest, tenant: Tenant, signed: bool, text: str) -> Response:
        found = self.instance(tenant, text, signed=signed)
        included = bool(self.world.settings["commission_included"])
        custom = wants(request, "prices/customItems")
        rows = self.prices(tenant, found)
        return as_json(pricing.price_list(tenant, found, rows, included=included, custom=custom))

    def supplementary(self, request: StandinRequest, tenant: Tenant, signed: bool, text: str) -> Response:
        """Add-on events of the same evening. The call's answer is not documented; our reading: Event[]."""
        found = self.instance(tenant, text, signed=signed)
        rows = self.instances(tenant)
        addons = {
            e.event.index for e in rows if e.start.date() == found.start.date() and e.event.note == "Add-on"
        }
        return as_json([
            self.event_wire(tenant, event, [e for e in rows if e.event is event])
            for event in tenant.events if event.index in addons and event is not found.event
        ])  # fmt: skip

    def plans(self, request: StandinRequest, tenant: Tenant, signed: bool) -> Response:
        """With every seat, and with a plan that was deleted."""
        gone: Json = {"id": wire_id(299), "name": "zz Old Foyer (deleted)", "type": "Unreserved", "capacity": 30,
                      "venue": ref(tenant.venues[0].number)}  # fmt: skip
        return as_json([*(plan.wire() for plan in tenant.plans), gone])

    def one_plan(self, request: StandinRequest, tenant: Tenant, signed: bool, text: str) -> Response:
        plan = tenant.plan(number_of(text) or 0)
        if plan is None:
            raise missing("Plan")
        return as_json(plan.wire())


def attributes(defined: tuple[Attribute, ...], values: Json, *, signed: bool = True) -> Json:
    """Every attribute of that kind of thing: those with a value first, then the unset ones with what stands for none.
    Internal ones are for ``signed`` callers."""
    defined = tuple(a for a in defined if signed or not a.internal)
    filled = {
        attribute_key(a.label): values[a.label] for a in defined if values.get(a.label) not in (None, "")
    }
    empty = {attribute_key(a.label): a.empty for a in defined if attribute_key(a.label) not in filled}
    return {**filled, **empty}


def lowered(request: StandinRequest) -> dict[str, str]:
    """The query by lower-case names; of a repeated one the first."""
    found: dict[str, str] = {}
    for name, value in request.args.items(multi=True):
        found.setdefault(name.lower(), value)
    return found


def _attribute_filter(given: dict[str, str], prefix: str) -> dict[str, str]:
    return {
        "attribute_" + name[len(prefix) :]: value for name, value in given.items() if name.startswith(prefix)
    }


def _matches(body: Json, wanted: dict[str, str]) -> bool:
    """One value for each attribute; an attribute the venue does not have filters nothing."""
    have = {name.lower(): value for name, value in body.items()}
    for name, value in wanted.items():
        if name in have:
            mine = have[name]
            text = str(mine).lower() if isinstance(mine, bool) else str(mine or "")
            if text.lower() != value.lower():
                return False
    return True


def _internal(found: Instance) -> str:
    """What an internal attribute of an instance says: a number for the bookkeeper."""
    return f"SET-{found.number}"


def _plain(text: str) -> str:
    return re.sub(r"<[^>]+>", "", text)
