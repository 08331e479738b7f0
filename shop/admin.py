"""Django admin in the shop's shape: people see the rows of their own venues, everything else answers 404."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop import second, words
from shop.calls import ANSWERED
from shop.models import Breaker, CallCount, CallRecord, Claim, Knock, RateBudget, User


def moment(at: datetime | None, zone: str = "", *, seconds: bool = False) -> str:
    """When something happens or happened, for staff: "Sat 21 Nov, 16:07 GMT"; "–" for never.

    Weekday, date, time of day and the zone's letters, by the clock at the venue (`zone`) or of the shop.
    """
    if at is None:
        return "–"
    there = words.local(at, zone)
    time = f"{there:%H:%M:%S}" if seconds else words.clock_time(at, zone)
    return f"{words.short_date(at, zone)}, {time} {there:%Z}"


class VenueScopedAdmin(admin.ModelAdmin):
    """Staff see what belongs to their venues. `venue_path` is the lookup from the row to its venue.

    Objects of other venues are not in the queryset, so every address of theirs answers 404.
    A superuser sees all. A row without a venue is for superusers.
    """

    venue_path = "venue"

    def scope(self, request: HttpRequest) -> Q | None:
        """What limits this user, or None for somebody who sees all."""
        if request.user.is_superuser:
            return None
        return Q(**{f"{self.venue_path}__in": request.user.venues.all()})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows, scope = super().get_queryset(request), self.scope(request)
        if scope is None:
            return rows
        ids = self.model._default_manager.filter(scope).values("pk")
        return rows.filter(pk__in=ids)  # not a join: it would show a row once per matching part

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        from django.http import Http404

        raise Http404(_("There is no such %(name)s.") % {"name": opts.verbose_name})

    def named(self, obj: Any) -> str:
        """What the row is called in the heading and the path of its own page."""
        return str(obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        if kwargs.get("obj") is not None:
            context["subtitle"] = self.named(kwargs["obj"])
        return super().render_change_form(request, context, *args, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "venue" and not request.user.is_superuser:
            kwargs["queryset"] = request.user.venues.all()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SuperuserOnlyAdmin(admin.ModelAdmin):
    """For rows that no venue owns."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.none()

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        from django.http import Http404

        raise Http404

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_superuser


class ReadOnly:
    """Rows that the shop writes and nobody edits."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class ShopUserAdmin(SuperuserOnlyAdmin, UserAdmin):
    list_display = ("username", "email", "last_name", "is_staff", "is_superuser", "last_login")

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/second/", self.admin_site.admin_view(self.second_view), name="shop_user_second")
        return [own, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        user = kwargs.get("obj")
        context["has_second"] = user is not None and second.device_of(user) is not None
        return super().render_change_form(request, context, *args, **kwargs)

    def second_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a lost phone's two-factor sign-in away: a page that asks, and the button on it."""
        user = self.get_object(request, str(pk))
        if user is None or not self.has_change_permission(request, user):
            raise Http404
        if request.method == "POST":
            if second.take_away(user, by=request.user.get_username(), actor=request.user):
                messages.success(
                    request,
                    gettext("The two-factor sign-in is taken away. The next sign-in sets up another."),
                )
            return HttpResponseRedirect(reverse("admin:shop_user_change", args=[user.pk]))
        page = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "user_shown": user,
            "has_second": second.device_of(user) is not None,
            "title": gettext("Take the two-factor sign-in away"),
        }
        return TemplateResponse(request, "admin/shop/user/second.html", page)


class AnsweredFilter(admin.SimpleListFilter):
    title = _("answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Answered")), ("no", _("Failed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallRecord]) -> QuerySet[CallRecord]:
        if self.value() == "yes":
            return queryset.filter(outcome__in=ANSWERED)
        return queryset.exclude(outcome__in=ANSWERED) if self.value() == "no" else queryset


@admin.register(CallRecord)
class CallRecordAdmin(ReadOnly, SuperuserOnlyAdmin):
    list_display = ("when", "account", "verb", "status", "outcome", "milliseconds", "subject")
    list_filter = (AnsweredFilter, "at")
    search_fields = ("=subject", "=account", "verb", "outcome")
    ordering = ("-id",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description=_("at"), ordering="at")
    def when(self, row: CallRecord) -> str:
        return moment(row.at, seconds=True)


@admin.register(CallCount)
class CallCountAdmin(ReadOnly, SuperuserOnlyAdmin):
    list_display = ("hour", "account", "calls", "failed", "mean")
    list_filter = ("account",)
    search_fields = ("account",)
    date_hierarchy = "hour"

    @admin.display(description=_("milliseconds a call"))
    def mean(self, row: CallCount) -> int:
        return round(row.milliseconds / row.calls) if row.calls else 0


@admin.register(Claim)
class ClaimAdmin(ReadOnly, SuperuserOnlyAdmin):
    list_display = ("name", "expires_at")
    search_fields = ("name",)


@admin.register(RateBudget)
class RateBudgetAdmin(ReadOnly, SuperuserOnlyAdmin):
    list_display = ("name", "next_at", "not_before")
    search_fields = ("name",)


@admin.register(Breaker)
class BreakerAdmin(ReadOnly, SuperuserOnlyAdmin):
    list_display = ("account", "failures", "opened_at", "next_try_at", "times", "last_error")
    search_fields = ("account",)


@admin.register(Knock)
class KnockAdmin(ReadOnly, SuperuserOnlyAdmin):
    list_display = ("at", "key")
    date_hierarchy = "at"
    search_fields = ("key",)
