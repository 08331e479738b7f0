"""Houses in the admin: the provider's address and name are read, the house's own words are written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import admin_house_plans, versions
from catalog.admin_tools import OWN, THEIRS, CatalogAdmin, Tool
from catalog.models import Venue


@admin.register(Venue)
class VenueAdmin(CatalogAdmin):
    venue_path = "pk"
    list_display = ("name", "city", "account", "events", "timezone", "box_office_telephone", "access_line")
    list_filter = (("account", admin.RelatedOnlyFieldListFilter), "country")
    search_fields = ("name", "city", "provider_ref")
    list_select_related = ("account",)
    filter_horizontal = ("staff",)
    fieldsets = (
        (OWN, {"fields": ("own_text", "own_telephone", "access_line", "box_office", "staff")}),
        (
            THEIRS,
            {
                "fields": ("name", "address", "city", "postcode", "country", "telephone", "timezone",
                           "getting_there", "account", "provider_ref", "slug"),
            },
        ),
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Venue | None = None) -> tuple[str, ...]:
        theirs = tuple(self.fieldsets[1][1]["fields"])  # type: ignore[index, call-overload]
        return theirs if request.user.is_superuser else (*theirs, "staff")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Venue]:
        coming = Q(events__gone_at__isnull=True, events__dates__gt=0)
        return super().get_queryset(request).annotate(n_events=Count("events", filter=coming))

    @admin.display(description=gettext_lazy("events"), ordering="n_events")
    def events(self, row: Any) -> str:
        url = reverse("admin:catalog_event_changelist") + f"?venue__id__exact={row.pk}"
        return format_html('<a href="{}">{}</a>', url, row.n_events)

    @admin.display(description=gettext_lazy("telephone"))
    def box_office_telephone(self, row: Venue) -> str:
        return row.own_telephone or row.telephone

    def tools(self, request: HttpRequest, obj: Venue) -> list[Tool]:
        return [admin_house_plans.tool_of(obj), Tool(_("Public page"), obj.get_absolute_url(), "get")]

    def save_model(self, request: HttpRequest, obj: Venue, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        versions.bump()
