"""Events in the admin: the venue's own words and picture apart from the provider's, preview, refresh, stop of sale."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import posters, rows, summaries, tasks, versions, views, words
from catalog.admin_tools import (
    OWN,
    THEIRS,
    CatalogAdmin,
    MarksField,
    StopSaleMixin,
    Tool,
    as_html,
    events_of_events,
)
from catalog.models import Event
from shop import clock, later
from shop.admin import moment


class EventForm(forms.ModelForm):
    access_marks = MarksField(help_text=gettext_lazy("For every date. Single dates have marks of their own."))

    def clean_own_image(self) -> Any:
        """A picture that cannot be shown is refused here, in words, and nothing else is lost."""
        picture = self.cleaned_data.get("own_image")
        if picture and "own_image" in self.changed_data:
            if picture.size > posters.LIMIT:
                raise ValidationError(_("This picture is larger than 10 MB."))
            try:
                self.poster = posters.store(picture.read())
            except posters.Unreadable:
                raise ValidationError(
                    _("This picture cannot be read. JPEG, PNG, WebP and GIF can.")
                ) from None
            picture.seek(0)
        return picture


def _time_of(typed: str, zone: str) -> datetime | None:
    """What somebody typed as a time at the venue; None where it cannot be read."""
    try:
        said = datetime.fromisoformat(typed)
    except ValueError:
        return None
    if not 2000 <= said.year <= 2200:
        return None
    return said if said.tzinfo else said.replace(tzinfo=ZoneInfo(zone))


@admin.register(Event)
class EventAdmin(StopSaleMixin, CatalogAdmin):
    form = EventForm
    list_display = ("shown_title", "venue", "sale", "first_date", "dates", "seats_left", "price", "switches",
                    "position")  # fmt: skip
    list_filter = (
        ("venue", admin.RelatedOnlyFieldListFilter),
        ("account", admin.RelatedOnlyFieldListFilter),
        "hidden", "stop_sale", "on_sale", "status", "kind", ("gone_at", admin.EmptyFieldListFilter), "listed",
    )  # fmt: skip
    search_fields = ("name", "own_title", "venue__name", "=provider_ref")
    date_hierarchy = "first_at"
    list_select_related = ("venue", "account")
    ordering = ("first_at", "name")
    actions = (*StopSaleMixin.actions, "hide", "show", "refresh_now")
    fieldsets = (
        (
            OWN,
            {
                "fields": ("own_title", "own_text", ("own_image", "own_image_alt"), "hidden",
                           ("stop_sale", "stop_reason"), "position", "access_marks"),
            },
        ),
        (
            THEIRS,
            {
                "fields": ("name", "venue", "account", "kind", "status", "listed", "tagline", "their_text",
                           "running_time", "age_note", "notice", "access_note", "offer_text", "their_terms",
                           "seller", "their_poster", "price", "first_date", "dates", "seats_left", "their_marks", "provider_ref",
                           "slug", "fetched_at", "gone_at"),
                "classes": ("provider",),
            },
        ),
    )  # fmt: skip
    readonly_fields = fieldsets[1][1]["fields"]
    reading = frozenset({"preview"})

    def named(self, obj: Event) -> str:
        return obj.title

    def events_of(self, rows: QuerySet[Any]) -> set[int]:
        return events_of_events(rows)

    # --- columns --------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("event"), ordering="name")
    def shown_title(self, row: Event) -> str:
        return row.title

    @admin.display(description=gettext_lazy("sale"))
    def sale(self, row: Event) -> str:
        return rows.event_state(row, clock.now()).word

    @admin.display(description=gettext_lazy("switched"))
    def switches(self, row: Event) -> str:
        said = [_("hidden")] * row.hidden + [_("sale stopped")] * row.stop_sale
        return ", ".join(said) or "–"

    @admin.display(description=gettext_lazy("first date"), ordering="first_at")
    def first_date(self, row: Event) -> str:
        return moment(row.first_at, row.venue.timezone)

    @admin.display(description=gettext_lazy("price from"), ordering="price_from_minor")
    def price(self, row: Event) -> str:
        return rows.price_words(row.price_from_minor, row.currency) or "–"

    @admin.display(description=gettext_lazy("description"))
    def their_text(self, row: Event) -> str:
        return as_html(row.description)

    @admin.display(description=gettext_lazy("terms"))
    def their_terms(self, row: Event) -> str:
        return as_html(row.terms)

    @admin.display(description=gettext_lazy("poster"))
    def their_poster(self, row: Event) -> str:
        if not row.poster:
            return "–"
        return format_html('<img src="{}" width="120" alt="">', posters.small(row.poster, row.poster_width))

    @admin.display(description=gettext_lazy("access marks by attributes"))
    def their_marks(self, row: Event) -> str:
        return ", ".join(words.marks(" ".join(row.given_marks))) or "–"

    # --- buttons --------------------------------------------------------------------------------------------

    def tools(self, request: HttpRequest, obj: Event) -> list[Tool]:
        dates = reverse("admin:catalog_instance_changelist") + f"?event__id__exact={obj.pk}"
        found = [
            Tool(_("Dates"), dates, "get"),
            Tool(_("Preview"), self.tool_url("preview", obj), "get"),
            Tool(_("Public page"), obj.get_absolute_url(), "get"),
        ]
        if self.has_change_permission(request, obj):
            found.insert(0, Tool(_("Refresh now"), self.tool_url("refresh", obj)))
        return found

    def tool_views(self) -> dict[str, Any]:
        return {"preview": self.preview, "refresh": self.refresh}

    def preview(self, request: HttpRequest, obj: Event) -> HttpResponse:
        """The public page as it is, hidden or not, now or as of a chosen time (of the venue)."""
        zone = obj.venue.timezone
        typed = request.GET.get("at", "")[:40]
        said, at = _time_of(typed, zone), clock.now()
        if said is not None:
            at = said
            dates = list(obj.instances.filter(summaries.coming(at)))
            for name, value in summaries.of_dates(obj, dates, at).items():
                setattr(obj, name, value)
        context = views.event_context(obj, at, request.GET.get("month", ""))
        banner = {"event": obj, "at": at, "zone": zone, "wrong": bool(typed) and said is None}
        context["preview"] = mark_safe(render_to_string("admin/catalog/_preview.html", banner, request))  # noqa: S308
        response = TemplateResponse(request, "catalog/event_detail.html", context)
        response["Cache-Control"] = "private, no-store"
        return response

    def refresh(self, request: HttpRequest, obj: Event) -> HttpResponse:
        if later.now(tasks.refresh_event, obj.pk):
            self.log_change(request, obj, _("Refresh asked for."))
            self.tell(request, _("The box office is being asked. Load this page again in a moment."))
        else:
            self.tell(
                request, _("Nothing can be queued just now. Please try again in a moment."), messages.ERROR
            )
        return self.back(obj)

    # --- actions --------------------------------------------------------------------------------------------

    def _show(self, request: HttpRequest, rows: QuerySet[Event], hidden: bool, text: str) -> None:
        found = list(rows)
        with transaction.atomic():
            Event.objects.filter(pk__in=[row.pk for row in found]).update(
                hidden=hidden, changed_at=clock.now()
            )
            versions.bump()
        self.write_log(request, found, text)
        self.tell(request, f"{text} ({len(found)})")

    @admin.action(description=gettext_lazy("Hide"), permissions=["change"])
    def hide(self, request: HttpRequest, rows: QuerySet[Event]) -> None:
        self._show(request, rows, True, _("Hidden."))

    @admin.action(description=gettext_lazy("Show again"), permissions=["change"])
    def show(self, request: HttpRequest, rows: QuerySet[Event]) -> None:
        self._show(request, rows, False, _("Shown."))

    @admin.action(description=gettext_lazy("Refresh now"), permissions=["change"])
    def refresh_now(self, request: HttpRequest, rows: QuerySet[Event]) -> None:
        pks = list(rows.values_list("pk", flat=True)[:50])
        n = sum(later.now(tasks.refresh_event, pk) for pk in pks)
        if n < len(pks):
            self.tell(
                request, _("Nothing can be queued just now. Please try again in a moment."), messages.ERROR
            )
            return
        said = ngettext("%(n)s event is being refreshed.", "%(n)s events are being refreshed.", n)
        self.tell(request, said % {"n": n})

    def save_model(self, request: HttpRequest, obj: Event, form: Any, change: bool) -> None:
        if "own_image" in form.changed_data:
            poster = getattr(form, "poster", None) if obj.own_image else None
            obj.own_poster = poster.path if poster else ""
            obj.own_poster_width = poster.width if poster else 0
            obj.own_poster_height = poster.height if poster else 0
        obj.changed_at = clock.now()
        own = [*form.changed_data, "changed_at"]
        if "own_image" in form.changed_data:
            own += ["own_poster", "own_poster_width", "own_poster_height"]
        obj.save(update_fields=own)  # what the refresh has written meanwhile stays
        summaries.keep([obj.pk])
        versions.bump()
