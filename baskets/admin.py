"""What is being held, for people to look at. Handles are not shown; nothing here is edited by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from baskets import holding, lifecycle, notes_admin
from baskets.models import Attempt, Basket, Errand, Hold, Line, Shelf
from shop import words
from shop.admin import ReadOnly, SuperuserOnlyAdmin, VenueScopedAdmin
from shop.providers import errors

__all__ = ["BasketAdmin", "notes_admin"]  # each registers its own


class HoldsOf(ReadOnly, admin.TabularInline):
    model = Hold
    fields = ("account", "scope", "generation", "state", "expires_at", "read_at", "due_at", "attempts")
    readonly_fields = fields
    extra = 0
    can_delete = False


@admin.register(Basket)
class BasketAdmin(ReadOnly, SuperuserOnlyAdmin):
    """A basket may span venues, so only superusers see it whole; a venue's people see their lines."""

    list_display = ("id", "status", "currency", "tickets", "touched_at", "due_at")
    list_filter = ("status", "currency", "holds__account", "holds__state")
    search_fields = ("=id", "holds__lines__event_name")
    date_hierarchy = "touched_at"
    inlines = (HoldsOf,)
    fields = ("status", "currency", "party", "created_at", "touched_at", "due_at")
    actions = ("ask_again", "let_go")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Basket]:
        live = [Line.State.HELD, Line.State.WISH, Line.State.CHANGED]
        return super().get_queryset(request).annotate(
            live_lines=Count("holds__lines", filter=Q(holds__lines__state__in=live)), newest=Max("holds__read_at")
        )  # fmt: skip

    @admin.display(description=gettext_lazy("lines alive"), ordering="live_lines")
    def tickets(self, row: Any) -> int:
        return int(row.live_lines)

    @admin.action(description=gettext_lazy("Ask the providers what they hold"))
    def ask_again(self, request: HttpRequest, rows: QuerySet[Basket]) -> None:
        failed = 0
        for basket in rows.filter(status=Basket.Status.OPEN):
            try:
                holding.read(basket)
            except errors.ProviderError:
                failed += 1
        if failed:
            text = ngettext("%(count)s could not be asked.", "%(count)s could not be asked.", failed)
            self.message_user(request, text % {"count": failed}, messages.WARNING)
        else:
            self.message_user(request, _("Read again."))

    @admin.action(description=gettext_lazy("Let go: give everything back"))
    def let_go(self, request: HttpRequest, rows: QuerySet[Basket]) -> None:
        done = 0
        for basket in rows.filter(status=Basket.Status.OPEN):
            try:
                lifecycle.expire(basket)
                done += 1
            except lifecycle.NotNow:
                continue
        text = ngettext("%(count)s basket is let go.", "%(count)s baskets are let go.", done)
        self.message_user(request, text % {"count": done})


@admin.register(Line)
class LineAdmin(ReadOnly, VenueScopedAdmin):
    """What is held at a venue right now."""

    venue_path = "venue"
    list_display = ("event_name", "starts_at", "seats", "state", "price_text", "expires_at", "account")
    list_filter = ("state", "hold__account", "venue")
    search_fields = ("event_name", "area")
    date_hierarchy = "starts_at"
    list_select_related = ("hold__account", "venue")
    fields = (
        "event_name", "venue_name", "starts_at", "area", "seats", "quantity", "state", "problem", "price_text",
        "expires_at", "added_at",
    )  # fmt: skip
    readonly_fields = ("seats", "price_text")

    @admin.display(description=gettext_lazy("seats"))
    def seats(self, row: Line) -> str:
        return words.seat_words(row.tickets) or words.tickets_words(row.quantity)

    @admin.display(description=gettext_lazy("price"), ordering="price_minor")
    def price_text(self, row: Line) -> str:
        return words.money(row.price)

    @admin.display(description=gettext_lazy("account"))
    def account(self, row: Line) -> str:
        return row.hold.account.title


class ErrandsOf(ReadOnly, admin.TabularInline):
    """What the visitor's browser was sent to ask; not its words, which may be personal."""

    model = Errand
    fields = ("kind", "state", "problem", "rounds", "made_at", "served_at")
    readonly_fields = fields
    extra = 0
    can_delete = False


@admin.register(Hold)
class HoldAdmin(ReadOnly, SuperuserOnlyAdmin):
    inlines = (ErrandsOf,)
    list_display = ("id", "account", "state", "firm", "expires_at", "due_at", "attempts", "basket")
    list_filter = ("state", "account")
    search_fields = ("=id", "=basket__id")
    list_select_related = ("account", "basket")
    exclude = ("handle", "beside", "notes")


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, SuperuserOnlyAdmin):
    list_display = ("at", "state", "presses", "basket", "hold")
    list_filter = ("state",)
    list_select_related = ("basket", "hold")
    date_hierarchy = "at"
    exclude = ("token",)


@admin.register(Errand)
class ErrandAdmin(ReadOnly, SuperuserOnlyAdmin):
    """What browsers were sent to ask. What was asked, and what about, may be personal: it is not shown."""

    list_display = ("made_at", "kind", "state", "problem", "rounds", "account", "hold")
    list_filter = ("kind", "state", "problem", "hold__account")
    list_select_related = ("hold__account",)
    date_hierarchy = "made_at"
    fields = ("hold", "attempt", "instance", "kind", "state", "problem", "rounds", "made_at", "served_at")

    @admin.display(description=gettext_lazy("account"))
    def account(self, row: Errand) -> str:
        return row.hold.account.title


@admin.register(Shelf)
class ShelfAdmin(ReadOnly, SuperuserOnlyAdmin):
    """What accounts sell beside tickets, as they said last."""

    list_display = ("account", "number", "currency", "read_at", "due_at", "problem")
    list_select_related = ("account",)

    @admin.display(description=gettext_lazy("things"))
    def number(self, row: Shelf) -> int:
        return len(row.things)
