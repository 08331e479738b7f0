"""The catalogue for the people who run it: what is the provider's is read, what is the venue's own is written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog import admin_accounts, admin_dates, admin_events, admin_house_plans, admin_venues, versions
from catalog.models import CatalogVersion, PageText
from shop.admin import ReadOnly, SuperuserOnlyAdmin

__all__ = [
    "admin_accounts",
    "admin_dates",
    "admin_events",
    "admin_house_plans",
    "admin_venues",
]  # each registers its own


@admin.register(PageText)
class PageTextAdmin(SuperuserOnlyAdmin):
    list_display = ("title", "slug", "language")
    list_filter = ("language",)
    search_fields = ("title", "slug", "text")

    def save_model(self, request: HttpRequest, obj: PageText, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        versions.bump()

    def delete_model(self, request: HttpRequest, obj: PageText) -> None:
        super().delete_model(request, obj)
        versions.bump()


@admin.register(CatalogVersion)
class CatalogVersionAdmin(ReadOnly, SuperuserOnlyAdmin):
    list_display = ("number",)
    search_fields = ("=number",)
