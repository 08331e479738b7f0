"""Single dates in the admin: their marks, the stop of their sale, and asking the box office for one now."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import availability, rows, summaries, versions, words
from catalog.admin_tools import (
    OWN,
    THEIRS,
    CatalogAdmin,
    MarksField,
    StopSaleMixin,
    Tool,
    events_of_instances,
)
from catalog.models import Instance
from shop import clock
from shop.admin import moment
from shop.problems import problem
from shop.providers.errors import ProviderError


class InstanceForm(forms.ModelForm):
    access_marks = MarksField(help_text=gettext_lazy("For this date, beside those of the event."))


@admin.register(Instance)
class InstanceAdmin(StopSaleMixin, CatalogAdmin):
    venue_path = "event__venue"
    form = InstanceForm
    list_display = ("event_title", "date", "sale", "seats_left", "price", "checked", "stop_sale")
    list_filter = (
        ("event__venue", admin.RelatedOnlyFieldListFilter),
        "stop_sale", "status", "bookable", ("gone_at", admin.EmptyFieldListFilter),
    )  # fmt: skip
    search_fields = ("event__name", "event__own_title", "=provider_ref")
    date_hierarchy = "starts_at"
    list_select_related = ("event__venue", "event__account")
    actions = (*StopSaleMixin.actions, "ask_now")
    fieldsets = (
        (OWN, {"fields": (("stop_sale", "stop_reason"), "access_marks")}),
        (
            THEIRS,
            {
                "fields": ("event", "date", "doors_at", "ends_at", "name", "status", "bookable",
                           "sale_starts_at", "sale_ends_at", "price", "seats_left", "seats_total", "longest_run", "their_marks",
                           "provider_ref", "fetched_at", "availability_at", "looked_at", "gone_at"),
            },
        ),
    )  # fmt: skip
    readonly_fields = fieldsets[1][1]["fields"]

    def named(self, obj: Instance) -> str:
        return f"{obj.event.title}, {self.date(obj)}"

    def events_of(self, rows: QuerySet[Any]) -> set[int]:
        return events_of_instances(rows)

    @admin.display(description=gettext_lazy("event"), ordering="event__name")
    def event_title(self, row: Instance) -> str:
        return row.event.title

    @admin.display(description=gettext_lazy("date"), ordering="starts_at")
    def date(self, row: Instance) -> str:
        return moment(row.starts_at, row.event.venue.timezone)

    @admin.display(description=gettext_lazy("sale"))
    def sale(self, row: Instance) -> str:
        return rows.instance_state(row, clock.now()).word

    @admin.display(description=gettext_lazy("price from"), ordering="price_from_minor")
    def price(self, row: Instance) -> str:
        return rows.price_words(row.price_from_minor, row.currency) or "–"

    @admin.display(description=gettext_lazy("availability checked"), ordering="availability_at")
    def checked(self, row: Instance) -> str:
        return moment(row.availability_at, row.event.venue.timezone)

    @admin.display(description=gettext_lazy("access marks by attributes"))
    def their_marks(self, row: Instance) -> str:
        return ", ".join(words.marks(" ".join(row.given_marks))) or "–"

    def tools(self, request: HttpRequest, obj: Instance) -> list[Tool]:
        event = reverse("admin:catalog_event_change", args=[obj.event_id])
        return [Tool(_("Event"), event, "get"), Tool(_("Public page"), obj.get_absolute_url(), "get")]

    @admin.action(description=gettext_lazy("Ask the box office for availability"), permissions=["change"])
    def ask_now(self, request: HttpRequest, rows: QuerySet[Instance]) -> None:
        asked = failed = 0
        for row in rows.select_related("event__venue", "event__account")[:10]:
            try:
                availability.ask(row)
                asked += 1
            except ProviderError as error:
                failed += 1
                self.tell(request, f"{row}: {problem(error).title}", messages.WARNING)
        if asked:
            said = ngettext("%(n)s date was asked for.", "%(n)s dates were asked for.", asked) % {"n": asked}
            self.tell(request, said)

    def save_model(self, request: HttpRequest, obj: Instance, form: Any, change: bool) -> None:
        obj.access_text = words.marks_text([*obj.access_marks, *obj.given_marks])
        obj.save(update_fields=[*form.changed_data, "access_text"])
        summaries.keep([obj.event_id])
        versions.bump()
