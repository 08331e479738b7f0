"""House plans in the admin: given as a file or as text, looked at before they count, compared with the box office.

What a box office names is asked for when somebody presses a button, never while a page is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import (
    availability,
    house_plan_preview,
    house_plan_report,
    house_plan_rows,
    house_plan_start,
    house_plans,
    kept,
    versions,
)
from catalog.admin_tools import Tool, ToolsMixin
from catalog.house_plan_forms import HousePlanForm
from catalog.house_plans import Drawing, PlanError
from catalog.models import Event, HousePlan, Instance, Venue
from catalog.summaries import coming
from shop import clock
from shop.admin import VenueScopedAdmin, moment
from shop.problems import problem
from shop.providers.errors import ProviderError
from shop.providers.types import SeatArea

DATES_OFFERED = 60
DATES_ASKED = ("1", "3", "6")  # at once, one after the other
DATES_KNOWN = 30  # others, of which an answer may still be kept


def tool_of(venue: Venue) -> Tool:
    """The link on the venue's own page: to its plan, or to drawing one."""
    pk = HousePlan.objects.filter(venue=venue).values_list("pk", flat=True).first()
    if pk is not None:
        return Tool(_("House plan"), reverse("admin:catalog_houseplan_change", args=[pk]), "get")
    return Tool(_("House plan"), f"{reverse('admin:catalog_houseplan_add')}?venue={venue.pk}", "get")


@dataclass
class Asked:
    """What the box office has named just now: an answer for each of the dates."""

    chosen: Instance
    dates: list[Instance] = field(default_factory=list)
    answers: list[tuple[SeatArea, ...]] = field(default_factory=list)


def _fill(obj: HousePlan, text: str, drawing: Drawing) -> None:
    stored = house_plans.as_json(drawing)
    obj.source, obj.kind = text, house_plans.kind_of(text)
    obj.drawing, obj.content_hash = stored, house_plans.fingerprint(stored)
    obj.changed_at = clock.now()


def _said(row: Instance) -> str:
    return f"{moment(row.starts_at, row.event.venue.timezone)} · {row.event.title}"


@admin.register(HousePlan)
class HousePlanAdmin(ToolsMixin, VenueScopedAdmin):
    form = HousePlanForm
    change_form_template = "admin/catalog/houseplan/change_form.html"
    list_display = ("venue", "kind", "changed")
    list_select_related = ("venue",)
    search_fields = ("venue__name", "venue__city")
    fields = ("venue", "file", "source")
    view_on_site = False
    reading = frozenset({"source", "rows"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[HousePlan]:
        return super().get_queryset(request).defer("source", "drawing")

    def get_readonly_fields(self, request: HttpRequest, obj: HousePlan | None = None) -> tuple[str, ...]:
        return ("venue",) if obj is not None else ()

    def get_fields(self, request: HttpRequest, obj: HousePlan | None = None) -> tuple[str, ...]:
        return self.fields if self.has_change_permission(request, obj) else ("venue", "source")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        found = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if found is not None and db_field.name == "venue":
            found.queryset = found.queryset.filter(house_plan=None)
        return found

    @admin.display(description=gettext_lazy("changed"), ordering="changed_at")
    def changed(self, row: HousePlan) -> str:
        return moment(row.changed_at)

    # --- what is saved ----------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: HousePlan, form: Any, change: bool) -> None:
        _fill(obj, form.cleaned_data["source"], form.drawn)
        super().save_model(request, obj, form, change)
        versions.bump()

    def delete_model(self, request: HttpRequest, obj: HousePlan) -> None:
        super().delete_model(request, obj)
        versions.bump()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[HousePlan]) -> None:
        super().delete_queryset(request, queryset)
        versions.bump()

    # --- the form's page ----------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        own = path("start/", self.admin_site.admin_view(self.start_view), name="catalog_houseplan_start")
        return [own, *super().get_urls()]

    def tools(self, request: HttpRequest, obj: HousePlan) -> list[Tool]:
        venue = reverse("admin:catalog_venue_change", args=[obj.venue_id])
        found = [Tool(_("Venue"), venue, "get"), Tool(_("Download"), self.tool_url("source", obj), "get")]
        if obj.kind == HousePlan.Kind.JSON and self.has_change_permission(request, obj):
            found.insert(1, Tool(_("Rows as a table"), self.tool_url("rows", obj), "get"))
        return found

    def tool_views(self) -> dict[str, Callable[[HttpRequest, Any], HttpResponse]]:
        return {"compare": self.compare_view, "source": self.source_view, "rows": self.rows_view}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method == "POST" and "_look" in request.POST:
            obj = self._mine(request, object_id)
            form = self.get_form(request, obj, change=obj is not None)(
                request.POST, request.FILES, instance=obj
            )
            form.is_valid()
            return self._page(request, form, obj)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _mine(self, request: HttpRequest, object_id: str | None) -> HousePlan | None:
        """The plan to be changed, None to be added. 404 and 403 as the admin's own."""
        obj = None
        if object_id is not None:
            obj = self.get_object(request, unquote(object_id))
            if obj is None:
                raise Http404
        if not (self.has_change_permission(request, obj) if obj else self.has_add_permission(request)):
            raise PermissionDenied
        return obj

    def _page(
        self, request: HttpRequest, form: Any, obj: HousePlan | None, form_url: str = ""
    ) -> HttpResponse:
        """The admin's own page of a form that is not saved."""
        shown = helpers.AdminForm(
            form,
            list(self.get_fieldsets(request, obj)),
            {},
            self.get_readonly_fields(request, obj),
            model_admin=self,
        )
        title = _("Change %s") if obj else _("Add %s")
        context = {
            **self.admin_site.each_context(request),
            "title": title % self.opts.verbose_name,
            "adminform": shown,
            "object_id": str(obj.pk) if obj else None,
            "original": obj,
            "is_popup": False,
            "to_field": None,
            "media": self.media + shown.media,
            "inline_admin_formsets": [],
            "errors": helpers.AdminErrorList(form, []),
            "preserved_filters": self.get_preserved_filters(request),
        }
        return self.render_change_form(
            request, context, add=obj is None, change=obj is not None, obj=obj, form_url=form_url
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj, form = kwargs.get("obj"), context["adminform"].form
        drawing, unsaved = form.drawn, form.drawn is not None
        if drawing is None and obj is not None:
            drawing = house_plans.from_json(obj.drawing)
        if obj is not None:
            venue = obj.venue
        else:
            said = form["venue"].value() if "venue" in form.fields else None
            venue = (
                form.fields["venue"].queryset.filter(pk=said).first() if str(said or "").isdecimal() else None
            )
        if drawing is not None:
            context["drawn"] = house_plan_preview.picture(
                drawing, house_plan_preview.label(drawing, str(venue or ""))
            )
            context["lines"] = house_plan_preview.lines(drawing)
            context["seats"] = len(drawing.seats)
        context.update(
            unsaved=unsaved,
            choices=DATES_ASKED,
            dates=self._dates(request, venue) if venue or obj is None else [],
            may_start=self.has_change_permission(request, obj) if obj else self.has_add_permission(request),
        )
        return super().render_change_form(request, context, *args, **kwargs)

    def source_view(self, request: HttpRequest, obj: HousePlan) -> HttpResponse:
        """The plan as it was given, as a file: nothing that a browser would run."""
        name = f"{obj.venue.slug}.{obj.kind}"
        return HttpResponse(
            obj.source,
            content_type="text/plain; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    def rows_view(self, request: HttpRequest, obj: HousePlan) -> HttpResponse:
        """The rows of one area as a table. A POST with `_look` shows how it would look, any other saves."""
        if obj.kind != HousePlan.Kind.JSON or not self.has_change_permission(request, obj):
            raise Http404
        areas, said = house_plan_rows.areas_of(obj.source), request.GET.get("area", "1")
        place = int(said) - 1 if said.isdecimal() and len(said) < 4 else -1
        if not 0 <= place < len(areas):
            raise Http404
        initial = house_plan_rows.initial(obj.source, place)
        data = request.POST if request.method == "POST" and initial is not None else None
        rows = house_plan_rows.RowFormSet(data, initial=initial or [], prefix="row")
        whole = house_plan_rows.WholeForm(data, prefix="whole")
        drawing, wrong, here = (
            house_plans.from_json(obj.drawing),
            (),
            f"{self.tool_url('rows', obj)}?area={place + 1}",
        )
        if data is not None and data.get("area") != areas[place]:
            wrong = (_("The plan was changed meanwhile, and this is another area now."),)
        elif data is not None and rows.is_valid() and whole.is_valid():
            text = house_plan_rows.changed(
                obj.source, place, [one.cleaned_data for one in rows], whole.cleaned_data
            )
            try:
                drawing = house_plans.parse(text)
            except PlanError as error:
                wrong = error.sentences
            else:
                if "_look" not in data:
                    with transaction.atomic():
                        _fill(obj, text, drawing)
                        obj.save()
                        versions.bump()
                        self.log_change(request, obj, [{"changed": {"fields": ["source"]}}])
                    self.message_user(request, _("The rows are saved."))
                    return redirect(here)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": _("Rows of “%(area)s”") % {"area": areas[place]},
            "areas": areas,
            "area": areas[place],
            "place": place + 1,
            "rows": rows if initial is not None else None,
            "whole": whole,
            "wrong": wrong,
            "unsaved": data is not None and not wrong and rows.is_valid() and whole.is_valid(),
            "drawn": house_plan_preview.picture(drawing, house_plan_preview.label(drawing, str(obj.venue))),
            "back_url": reverse("admin:catalog_houseplan_change", args=[obj.pk]),
            "here": here,
        }
        return TemplateResponse(request, "admin/catalog/houseplan/rows.html", context)

    # --- what the box office names --------------------------------------------------------------------------------

    def _venues(self, request: HttpRequest) -> QuerySet[Venue]:
        return Venue.objects.all() if request.user.is_superuser else request.user.venues.all()

    def _coming(self, request: HttpRequest, venue: Venue | None) -> QuerySet[Instance]:
        """Dates that can be asked for: of one venue, or of every one of theirs without a plan."""
        rows = Instance.objects.filter(
            coming(clock.now()), event__gone_at=None, event__venue__in=self._venues(request)
        )
        rows = rows.filter(event__venue=venue) if venue else rows.filter(event__venue__house_plan=None)
        rows = rows.exclude(status=Event.Status.CANCELLED).select_related("event__venue", "event__account")
        return rows.order_by("starts_at", "pk")

    def _dates(self, request: HttpRequest, venue: Venue | None) -> list[tuple[int, str]]:
        found = []
        for row in self._coming(request, venue)[:DATES_OFFERED]:
            found.append((row.pk, _said(row) if venue else f"{row.event.venue}: {_said(row)}"))
        return found

    def _asked(self, request: HttpRequest, venue: Venue | None) -> Asked | None:
        """What is named for the chosen date, and for some that follow where that is wished. None, and a message, where
        there is nothing; 404 for a date of others."""
        said, many = request.POST.get("date", ""), request.POST.get("many", "1")
        rows = Instance.objects.filter(event__venue__in=self._venues(request))
        if venue is not None:
            rows = rows.filter(event__venue=venue)
        rows = rows.select_related("event__venue", "event__account")
        chosen = rows.filter(pk=int(said) if said.isdecimal() and len(said) < 19 else 0).first()
        if chosen is None:
            raise Http404
        after = (
            self._coming(request, chosen.event.venue)
            .exclude(pk=chosen.pk)
            .filter(starts_at__gte=chosen.starts_at)
        )
        found, wrong = Asked(chosen), False
        for row in [chosen, *after[: int(many) - 1 if many in DATES_ASKED else 0]]:
            try:
                areas = availability.of(row).areas
            except ProviderError as error:
                wrong = True
                text = _("The box office was asked and gave no seats: %s") % problem(error).title
                self.message_user(request, text, messages.WARNING)
                break
            if any(line.seats for area in areas for line in area.rows):
                found.dates.append(row)
                found.answers.append(areas)
        if not found.answers and not wrong:
            self.message_user(request, _("The box office names no seats for this date."), messages.WARNING)
        return found if found.answers else None

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """A first plan of straight rows in the form, not saved: somebody bends and moves them."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        asked = self._asked(request, None)
        if asked is None:
            back = request.POST.get("plan", "")
            here = self.get_queryset(request).filter(pk=int(back) if back.isdecimal() else 0).first()
            return self.back(here) if here else redirect("admin:catalog_houseplan_add")
        venue, text = asked.chosen.event.venue, house_plan_start.starting(asked.answers)
        obj = self.get_queryset(request).filter(venue=venue).first()
        if not (self.has_change_permission(request, obj) if obj else self.has_add_permission(request)):
            raise Http404
        form = self.get_form(request, obj, change=obj is not None)(
            instance=obj, initial={"venue": venue.pk, "source": text}
        )
        try:
            form.drawn = house_plans.parse(text)
        except PlanError as error:
            self.message_user(request, " ".join(error.sentences), messages.WARNING)
        name = "admin:catalog_houseplan_change" if obj else "admin:catalog_houseplan_add"
        return self._page(request, form, obj, form_url=reverse(name, args=[obj.pk] if obj else []))

    def compare_view(self, request: HttpRequest, obj: HousePlan) -> HttpResponse:
        asked = self._asked(request, obj.venue)
        if asked is None:
            return self.back(obj)
        others, dates = [], [row.pk for row in asked.dates]
        for pk in (
            self._coming(request, obj.venue).exclude(pk__in=dates).values_list("pk", flat=True)[:DATES_KNOWN]
        ):
            known = kept.last(pk, strict=False)
            if known is not None and known.areas:
                others.append(known.areas)
        drawing = house_plans.from_json(obj.drawing)
        report = house_plan_report.compare(drawing, asked.answers, others)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": _("House plan and box office"),
            "report": report,
            "asked": [_said(row) for row in asked.dates],
            "chosen": asked.chosen.pk,
            "many": request.POST.get("many"),
            "choices": DATES_ASKED,
            "dates": self._dates(request, obj.venue),
            "drawn": house_plan_preview.picture(
                drawing, house_plan_preview.label(drawing, str(obj.venue)), report.layers
            ),
            "back_url": reverse("admin:catalog_houseplan_change", args=[obj.pk]),
            "compare_url": self.tool_url("compare", obj),
        }
        return TemplateResponse(request, "admin/catalog/houseplan/compare.html", context)
