"""The admin's first page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from shop import alerts

ROOMS = ("checkout", "catalog", "baskets", "auth", "shop")


class ShopAdminSite(admin.AdminSite):
    """The first page shows how the shop is doing; the rest is Django's."""

    site_header = _("Foyer")
    site_title = _("Foyer")
    index_title = _("How the shop is doing")
    enable_nav_sidebar = False  # lists need the width; the first page and the breadcrumbs lead everywhere

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """What people come for first, what machines keep last; the rest in between."""
        found = super().get_app_list(request, app_label)
        place = {label: number for number, label in enumerate(ROOMS)}
        return sorted(found, key=lambda room: place.get(room["app_label"], len(ROOMS)))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        # by name, not by import: the roof may not lean on the rooms
        today = import_string("checkout.reports.today")(request.user)
        alarms = {"alarms": alerts.troubles(request.user)}
        return super().index(request, {**alarms, **today, **(extra_context or {})})
