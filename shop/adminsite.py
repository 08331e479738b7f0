"""The admin's first page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class ShopAdminSite(admin.AdminSite):
    """The first page shows how the shop is doing; the rest is Django's."""

    site_header = _("Foyer")
    site_title = _("Foyer")
    index_title = _("How the shop is doing")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        # by name, not by import: the roof may not lean on the rooms
        today = import_string("checkout.reports.today")(request.user)
        return super().index(request, {**today, **(extra_context or {})})
