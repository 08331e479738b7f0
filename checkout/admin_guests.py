"""Guests as a venue's people see them: only those who may see buyers, and never a whole passport number.

The list of those who are still to be filled in can be taken away as a table (CSV).
"""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baskets import guest_forms, guest_words
from checkout import guest_tasks
from checkout.admin_parts import own_lines
from checkout.admin_rows import PartAdmin
from checkout.guest_dates import UNFINISHED
from checkout.guest_rows import lacking, masked_of, name_of, typed_of
from checkout.guests import DONE
from checkout.models import Booking, Guest, OrderLine
from shop import clock
from shop.admin import moment
from shop.providers.guests import DELICATE

PERSONAL = "checkout.view_personal"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def own_guests(user: Any) -> QuerySet[Guest]:
    """Guests of the user's venues: of the line that their place belongs to, else of parts that are wholly theirs."""
    rows = Guest.objects.filter(booking__status__in=DONE)
    if user.is_superuser:
        return rows
    mine = own_lines(user).filter(booking=OuterRef("booking"))
    named = OrderLine.objects.filter(booking=OuterRef("booking"), item_ref=OuterRef("item_ref"))
    foreign = OrderLine.objects.filter(booking=OuterRef("booking")).exclude(venue__in=list(user.venues.all()))
    of_line = Exists(mine.filter(item_ref=OuterRef("item_ref")))
    return rows.filter(of_line | (~Exists(named) & Exists(mine) & ~Exists(foreign)))


def known(guest: Guest) -> list[tuple[str, str]]:
    """What is known of a guest, delicate answers masked: words and text."""
    typed = typed_of(guest)
    values = guest_forms.read(guest.fields, typed)
    hidden = {name: text for name, text in values.items() if name in DELICATE}
    shown = {**values, **guest_forms.masked(hidden), **masked_of(guest)}
    return [(str(guest_words.FIELDS[name]), shown[name]) for name in guest.fields if shown.get(name)]


def rows_of(user: Any, booking: Booking, *, personal: bool) -> list[dict[str, Any]]:
    """The guests of one part for its page: how far each is, and who they are for those who may see it."""
    found = own_guests(user).filter(booking=booking)
    return [
        {
            "guest": guest,
            "name": name_of(guest) if personal else "",
            "known": known(guest) if personal else [],
            "state": guest_tasks.state_words(guest),
            "needed_by": moment(guest.needed_by, zone_of(guest)) if guest.state in UNFINISHED else "",
        }
        for guest in found
    ]


def beside(user: Any, story: dict[str, Any], *, personal: bool) -> dict[str, Any]:
    """The parts of an order's page, each with its guests."""
    for part in story["parts"]:
        part["guests"] = rows_of(user, part["booking"], personal=personal)
    return story


def line_of(guest: Guest) -> OrderLine | None:
    lines = list(guest.booking.lines.all())
    return next((one for one in lines if one.item_ref == guest.item_ref), lines[0] if lines else None)


def zone_of(guest: Guest) -> str:
    line = line_of(guest)
    return line.timezone if line else ""


class TodoFilter(admin.SimpleListFilter):
    title = gettext_lazy("to be filled in")
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("Still to be filled in")), ("no", gettext_lazy("Done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Guest]) -> QuerySet[Guest]:
        if self.value() == "yes":
            return queryset.filter(state__in=UNFINISHED)
        return queryset.exclude(state__in=UNFINISHED) if self.value() == "no" else queryset


@admin.register(Guest)
class GuestAdmin(PartAdmin):
    list_display = ("order", "event", "date", "place", "far", "lacks", "until")
    list_filter = (TodoFilter, "needed_by")
    search_fields = ("booking__order__number",)
    list_select_related = ("booking__order",)
    ordering = ("needed_by", "id")
    fields = ("order", "event", "date", "place", "far", "lacks", "until", "what")
    readonly_fields = fields
    change_list_template = "checkout/admin/guests.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Guest]:
        return own_guests(request.user).select_related("booking__order").prefetch_related("booking__lines")

    def has_view_permission(self, request: HttpRequest, obj: Guest | None = None) -> bool:
        return super().has_view_permission(request, obj) and request.user.has_perm(PERSONAL)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) and request.user.has_perm(PERSONAL)

    def named(self, obj: Any) -> str:
        return f"{obj.booking.order.number}, {self.place(obj)}"

    def get_urls(self) -> list[Any]:
        own = path("export/", self.admin_site.admin_view(self.export), name="checkout_guest_export")
        return [own, *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponse:
        """A table of the guests who are still to be filled in, without anything that was typed of them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = (
            self.get_queryset(request)
            .filter(state__in=UNFINISHED, booking__lines__starts_at__gte=clock.now())
            .order_by("needed_by", "booking_id", "position")
            .distinct()
        )
        response = HttpResponse(table(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = (
            f'attachment; filename="guests-to-be-filled-in-{clock.now():%Y-%m-%d}.csv"'
        )
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store, private"
        return response

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        more = {"export_url": reverse("admin:checkout_guest_export")}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    @admin.display(description=gettext_lazy("order"), ordering="booking__order__number")
    def order(self, row: Guest) -> str:
        return str(row.booking.order.number)

    @admin.display(description=gettext_lazy("event"))
    def event(self, row: Guest) -> str:
        line = line_of(row)
        return line.event_name if line else "–"

    @admin.display(description=gettext_lazy("starts"))
    def date(self, row: Guest) -> str:
        line = line_of(row)
        return moment(line.starts_at, line.timezone) if line else "–"

    @admin.display(description=gettext_lazy("guest"))
    def place(self, row: Guest) -> str:
        return (_("%(n)s, lead guest") if row.lead else "%(n)s") % {"n": row.number}

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def far(self, row: Guest) -> str:
        return str(row.get_state_display())

    @admin.display(description=gettext_lazy("missing"))
    def lacks(self, row: Guest) -> str:
        return guest_words.listed(lacking(row)) or "–"

    @admin.display(description=gettext_lazy("needed by"), ordering="needed_by")
    def until(self, row: Guest) -> str:
        return moment(row.needed_by, zone_of(row))

    @admin.display(description=gettext_lazy("known"))
    def what(self, row: Guest) -> str:
        return "; ".join(f"{label}: {text}" for label, text in known(row)) or "–"


def table(rows: QuerySet[Guest]) -> str:
    """CSV with a heading, a guest a line."""
    text = io.StringIO()
    # programs that open tables guess an encoding; the mark says which it is
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(
        [
            _("Order"), _("Event"), _("Starts"), _("Venue"), _("Guest"), _("State"), _("Missing"), _("Needed by"),
            _("Buyer"), _("E-mail of the buyer"),
        ]
    )  # fmt: skip
    for guest in rows:
        line, order = line_of(guest), guest.booking.order
        zone = line.timezone if line else ""
        writer.writerow(
            [
                plain(cell)
                for cell in (
                    order.number,
                    line.event_name if line else "",
                    moment(line.starts_at, zone) if line else "",
                    line.venue_name if line else "",
                    guest.number,
                    guest.get_state_display(),
                    guest_words.listed(lacking(guest)),
                    moment(guest.needed_by, zone) if guest.needed_by else "",
                    f"{order.first_name} {order.last_name}".strip(),
                    order.email,
                )
            ]
        )
    return text.getvalue()


def plain(cell: object) -> str:
    """A cell that no program takes for a formula."""
    text = str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text
