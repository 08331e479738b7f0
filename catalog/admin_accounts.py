"""Accounts and their refreshes in the admin: health, the switch that stops the sale, what was left out and why."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import health, marks, tasks, versions
from catalog.admin_told import ContactStatementInline, MarkRuleInline, VenueAttributeInline, VenueOfferInline
from catalog.admin_tools import CatalogAdmin, Tool, whole_accounts
from catalog.models import LeftOut, ProviderAccount, RefreshRun
from shop import calls, clock, later
from shop.admin import ReadOnly, VenueScopedAdmin, moment
from shop.models import Breaker
from shop.problems import problem
from shop.providers import registry
from shop.providers.errors import ProviderError


@admin.register(ProviderAccount)
class ProviderAccountAdmin(CatalogAdmin):
    """Health and the stop-sale switch. Keys are in the environment and are shown nowhere."""

    venue_path = "venues"
    list_display = (
        "title",
        "name",
        "health",
        "last_good",
        "next_run",
        "failures",
        "left_out",
        "stop_sale",
    )
    list_filter = ("kind", "configured", "stop_sale")
    search_fields = ("name", "title")
    actions = ("refresh_now",)
    inlines = (MarkRuleInline, VenueAttributeInline, VenueOfferInline, ContactStatementInline)
    fieldsets = (
        (
            gettext_lazy("Sale"),
            {
                "fields": ("stop_sale", "stop_reason"),
                "description": gettext_lazy("Stops every event of this account within seconds. Buyers see why."),
            },
        ),
        (
            gettext_lazy("Health"),
            {
                "fields": ("title", "name", "kind", "health", "last_good", "next_run", "failures", "last_error",
                           "last_error_at", "calls_of_a_day", "oldest_availability", "left_out", "live"),
            },
        ),
    )  # fmt: skip
    readonly_fields = fieldsets[1][1]["fields"]

    def has_change_permission(self, request: HttpRequest, obj: ProviderAccount | None = None) -> bool:
        """Whoever runs every venue of the account; a house among others only sees how it is doing."""
        if request.user.is_superuser:
            return True
        may_look = super().has_view_permission(request, obj)
        return may_look and obj is not None and whole_accounts(request.user).filter(pk=obj.pk).exists()

    @admin.display(description=gettext_lazy("health"))
    def health(self, row: Any) -> str:
        if not row.configured:
            return _("Not configured: nothing is sold")
        if row.resting_since is not None:
            said = _("Left alone since %(since)s: it does not answer. Next try: %(next)s")
            return said % {
                "since": moment(row.resting_since),
                "next": moment(row.resting_until, seconds=True),
            }
        if row.down_since is not None:
            return _("Not answering since %(when)s") % {"when": moment(row.down_since)}
        if row.failures:
            said = ngettext("%(n)s failed refresh in a row", "%(n)s failed refreshes in a row", row.failures)
            return said % {"n": row.failures}
        return _("Well") if row.last_good_refresh_at else _("Never refreshed")

    @admin.display(description=gettext_lazy("last good refresh"), ordering="last_good_refresh_at")
    def last_good(self, row: ProviderAccount) -> str:
        return moment(row.last_good_refresh_at)

    @admin.display(description=gettext_lazy("next refresh"), ordering="next_refresh_at")
    def next_run(self, row: ProviderAccount) -> str:
        return moment(row.next_refresh_at) if row.next_refresh_at else _("within the hour")

    @admin.display(description=gettext_lazy("oldest availability of the next seven days"))
    def oldest_availability(self, row: ProviderAccount) -> str:
        return moment(health.oldest_looks(clock.now(), row).get(row.pk))

    @admin.display(description=gettext_lazy("calls of the last 24 hours"))
    def calls_of_a_day(self, row: ProviderAccount) -> str:
        sums = calls.counted_since(clock.now() - health.A_DAY).get(row.name)
        return health.calls_words(sums) if sums else _("none")

    @admin.display(description=gettext_lazy("left out"))
    def left_out(self, row: Any) -> str:
        run = getattr(row, "last_left_out", None)
        if run is None:
            last = row.runs.order_by("-started_at").first()
            run = last.left_out_count if last else 0
        url = reverse("admin:catalog_leftout_changelist") + f"?run__account__id__exact={row.pk}"
        return format_html('<a href="{}">{}</a>', url, run)

    @admin.display(description=gettext_lazy("real sale"), boolean=True)
    def live(self, row: ProviderAccount) -> bool:
        try:
            return registry.config(row.name).live
        except ProviderError:
            return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderAccount]:
        last = (
            RefreshRun.objects.filter(account=OuterRef("pk")).order_by("-started_at").values("left_out_count")
        )
        rest = Breaker.objects.filter(account=OuterRef("name"), opened_at__isnull=False)
        return (
            super()
            .get_queryset(request)
            .annotate(
                last_left_out=Subquery(last[:1]),
                resting_since=Subquery(rest.values("opened_at")[:1]),
                resting_until=Subquery(rest.values("next_try_at")[:1]),
            )
        )

    def tools(self, request: HttpRequest, obj: ProviderAccount) -> list[Tool]:
        runs = reverse("admin:catalog_refreshrun_changelist") + f"?account__id__exact={obj.pk}"
        found = [Tool(_("Refreshes"), runs, "get")]
        if self.has_change_permission(request, obj):
            found[:0] = [
                Tool(_("Refresh now"), self.tool_url("refresh", obj)),
                Tool(_("Test connection"), self.tool_url("test", obj)),
            ]
        return found

    def tool_views(self) -> dict[str, Any]:
        return {"refresh": self.refresh, "test": self.test}

    def refresh(self, request: HttpRequest, obj: ProviderAccount) -> HttpResponse:
        self._queue(request, obj)
        return self.back(obj)

    def _queue(self, request: HttpRequest, obj: ProviderAccount) -> None:
        if not later.now(tasks.refresh_account, obj.name, trigger="admin"):
            self.tell(
                request, _("Nothing can be queued just now. Please try again in a moment."), messages.ERROR
            )
            return
        self.log_change(request, obj, _("Refresh asked for."))
        said = _("%(account)s is being refreshed. Its refreshes show how it goes.") % {"account": obj.title}
        self.tell(request, said)

    def test(self, request: HttpRequest, obj: ProviderAccount) -> HttpResponse:
        """One cheap call that proves address and key."""
        try:
            sign = registry.provider(obj.name).catalog.sign_of_life()
        except ProviderError as error:
            self.tell(request, problem(error).text, messages.ERROR)
            return self.back(obj)
        if sign.ok:
            said = _("%(account)s answers (%(ms)s ms).") % {"account": obj.title, "ms": sign.milliseconds}
            level = messages.WARNING if sign.detail else messages.SUCCESS  # a certificate that ends soon
            self.tell(request, f"{said} {sign.detail}".strip(), level)
        else:
            self.tell(request, f"{problem(sign.problem).text} {sign.detail}".strip(), messages.ERROR)
        return self.back(obj)

    @admin.action(description=gettext_lazy("Refresh now"))
    def refresh_now(self, request: HttpRequest, rows: QuerySet[ProviderAccount]) -> None:
        for row in rows:
            if self.has_change_permission(request, row):
                self._queue(request, row)
            else:
                said = _("%(account)s serves other venues too: only they can all be refreshed by the shop.")
                self.tell(request, said % {"account": row.title}, messages.WARNING)

    def get_inline_instances(self, request: HttpRequest, obj: ProviderAccount | None = None) -> list[Any]:
        """What the venue tells may be any house's of the account, so whoever runs all of them sees it."""
        if obj is None or not whole_accounts(request.user).filter(pk=obj.pk).exists():
            return []
        return [one for one in super().get_inline_instances(request, obj) if one.has_something(obj)]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not any(one.has_changed() for one in formsets):
            return
        n = marks.apply(form.instance)
        said = ngettext(
            "The meanings count from now on: %(n)s event or date has other access marks.",
            "The meanings count from now on: %(n)s events and dates have other access marks.",
            n,
        )
        self.tell(request, said % {"n": n})

    def save_model(self, request: HttpRequest, obj: ProviderAccount, form: Any, change: bool) -> None:
        if form.changed_data:
            obj.save(update_fields=form.changed_data)
        versions.bump()


@admin.register(RefreshRun)
class RefreshRunAdmin(ReadOnly, VenueScopedAdmin):
    """Counts only: a house among others sees that the account was refreshed, not what others list."""

    venue_path = "account__venues"
    list_display = ("account", "started", "seconds", "complete", "left_out_link", "events_read", "instances_read",
                    "written", "trigger", "error")  # fmt: skip
    list_filter = (("account", admin.RelatedOnlyFieldListFilter), "complete", "trigger")
    search_fields = ("account__name", "account__title", "error")
    date_hierarchy = "started_at"
    list_select_related = ("account",)

    def named(self, obj: RefreshRun) -> str:
        return f"{obj.account.title}, {self.started(obj)}"

    @admin.display(description=gettext_lazy("started"), ordering="started_at")
    def started(self, row: RefreshRun) -> str:
        return moment(row.started_at)

    @admin.display(description=gettext_lazy("seconds"))
    def seconds(self, row: RefreshRun) -> str:
        return f"{(row.finished_at - row.started_at).total_seconds():.1f}" if row.finished_at else "…"

    @admin.display(description=gettext_lazy("left out"), ordering="left_out_count")
    def left_out_link(self, row: RefreshRun) -> str:
        url = reverse("admin:catalog_leftout_changelist") + f"?run__id__exact={row.pk}"
        return format_html('<a href="{}">{}</a>', url, row.left_out_count)


@admin.register(LeftOut)
class LeftOutAdmin(ReadOnly, VenueScopedAdmin):
    """Records that could not be read, with the reason. They may be any house's, so whoever runs all sees them."""

    list_display = ("ref", "what", "reason", "account", "at")
    list_filter = ("what", ("run__account", admin.RelatedOnlyFieldListFilter))
    search_fields = ("ref", "reason")
    list_select_related = ("run__account",)
    readonly_fields = ("account", "at")

    def scope(self, request: HttpRequest) -> Q | None:
        return None if request.user.is_superuser else Q(run__account__in=whole_accounts(request.user))

    def get_fields(self, request: HttpRequest, obj: LeftOut | None = None) -> tuple[str, ...]:
        return ("what", "ref", "reason", "excerpt", "account", "at")

    @admin.display(description=gettext_lazy("account"))
    def account(self, row: LeftOut) -> str:
        return row.run.account.title

    @admin.display(description=gettext_lazy("refresh"))
    def at(self, row: LeftOut) -> str:
        return moment(row.run.started_at)
