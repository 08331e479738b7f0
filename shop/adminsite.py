"""The admin's first page, and its doors: who is let in, and how long (see `shop.signin` and `shop.second`)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from shop import alerts

ROOMS = ("checkout", "catalog", "baskets", "auth", "shop")


class ShopAdminSite(admin.AdminSite):
    """The first page shows how the shop is doing, and the door asks for a second thing; the rest is Django's."""

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

    # --- the door ---------------------------------------------------------------------------------------------

    def half_in(self, request: HttpRequest) -> bool:
        """Whether the password was right, not long ago, and the code is still to come."""
        from shop import second, signin

        return (
            super().has_permission(request)
            and second.is_asked()
            and not second.is_verified(request.user)
            and signin.still_in(request, half=True)
        )

    def has_permission(self, request: HttpRequest) -> bool:
        from shop import second, signin

        if not super().has_permission(request):
            return False
        if second.is_asked() and not second.is_verified(request.user):
            return False
        return signin.still_in(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        from shop import second

        return {**super().each_context(request), "second_is_asked": second.is_asked()}

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's page, with limits on wrong passwords, and the way on to the code."""
        from shop import second_views, signin

        if request.method == "GET" and self.half_in(request):
            return second_views.onward(request, second_views.next_of(request))
        self.login_form = signin.SignInForm
        response: HttpResponse = super().login(request, extra_context)
        if isinstance(response, HttpResponseRedirect) and self.half_in(request):
            return second_views.onward(request, response.url)
        if request.method == "POST" and self.has_permission(request):
            signin.remember(request, response)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if getattr(form, "wait", 0):
            response.status_code = 429
            response["Retry-After"] = str(form.wait)
        return response

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from shop import second_views

        def half(view: Any) -> Any:
            """For somebody whose password was right."""

            def inner(request: HttpRequest) -> HttpResponse:
                if not (self.half_in(request) or self.has_permission(request)):
                    return HttpResponseRedirect(self._login_address())
                return view(self, request)

            return csrf_protect(never_cache(inner))

        def whole(view: Any) -> Any:
            return self.admin_view(lambda request: view(self, request))

        own = [
            path("second/", half(second_views.ask), name="second"),
            path("second/set-up/", half(second_views.set_up), name="second_set_up"),
            path("second/own/", whole(second_views.own), name="second_own"),
        ]
        return [*own, *super().get_urls()]

    def _login_address(self) -> str:
        from django.urls import reverse

        return reverse("admin:login", current_app=self.name)
