"""Orders as a venue's people see them: their parts, their money, the whole story, and safe buttons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy

from catalog.models import ProviderAccount, Venue
from checkout import admin_actions, admin_guests, admin_inbox, admin_refunds, admin_rows, tasks, words
from checkout.admin_parts import own_bookings, own_lines, timeline
from checkout.models import Booking, Order, OrderLine, Payment, Refund
from shop.admin import VenueScopedAdmin, moment
from shop.money import Money
from shop.words import money

__all__ = ["OrderAdmin", "admin_guests", "admin_inbox", "admin_rows"]  # each registers its own

PERSONAL = "checkout.view_personal"
MOST_FOUND = 500


class AttentionFilter(admin.SimpleListFilter):
    title = gettext_lazy("needs a person")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("Needs a person")), ("no", gettext_lazy("All is well"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() == "yes":
            return queryset.exclude(attention_reason="")
        return queryset.filter(attention_reason="") if self.value() == "no" else queryset


class VenueFilter(admin.SimpleListFilter):
    """Only the user's own venues are named."""

    title = gettext_lazy("venue")
    parameter_name = "venue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = Venue.objects.all() if request.user.is_superuser else request.user.venues.all()
        return [(str(pk), name) for pk, name in rows.order_by("name").values_list("pk", "name")[:200]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if not (self.value() or "").isdigit():
            return queryset
        lines = own_lines(request.user).filter(venue_id=self.value())
        return queryset.filter(pk__in=lines.values("booking__order_id"))


class AccountFilter(admin.SimpleListFilter):
    """Only accounts that sell for one of the user's own venues are named, and only their parts count."""

    title = gettext_lazy("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = ProviderAccount.objects.all()
        if not request.user.is_superuser:
            rows = rows.filter(pk__in=request.user.venues.values("account"))
        return [(str(pk), title) for pk, title in rows.values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if not (self.value() or "").isdigit():
            return queryset
        parts = own_bookings(request.user).filter(account_id=self.value())
        return queryset.filter(pk__in=parts.values("order_id"))


@admin.register(Order)
class OrderAdmin(VenueScopedAdmin):
    """A venue's people see the orders that have a part at their house, and of these their part only."""

    venue_path = "bookings__lines__venue"
    list_display = ("number", "buyer", "status", "attention", "what", "tickets", "sum", "placed")
    list_filter = (
        AttentionFilter,
        "status",
        VenueFilter,
        AccountFilter,
        admin_rows.CameBackFilter,
        "placed_at",
    )
    search_fields = ("number",)  # see get_search_results
    search_help_text = gettext_lazy(
        "Our number, the provider's reference, a payment id, e-mail, name or seat"
    )
    # No date_hierarchy and no filter of distinct values: each would read every order for every page.
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    # --- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """Those with a line at one of the user's venues.

        A whole list is looked for from the lines, which have an index by venue; a few known orders (a search, one
        order's page) are each asked whether they have such a line.
        """
        rows = admin.ModelAdmin.get_queryset(self, request)
        mine = own_lines(request.user)
        if not request.user.is_superuser:
            match = request.resolver_match
            if request.GET.get("q") or (match and match.kwargs):
                rows = rows.filter(Exists(mine.filter(booking__order=OuterRef("pk"))))
            else:
                rows = rows.filter(pk__in=mine.order_by().values("booking__order_id"))
        lines = Prefetch("lines", mine.select_related("booking"))
        return rows.prefetch_related(Prefetch("bookings", Booking.objects.prefetch_related(lines)))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Each kind of word is looked up where it has an index, then cut down to what the user may see.

        Names and seats have none: they are looked through when nothing is known by exactly these words.
        """
        term = search_term.strip()
        if not term:
            return queryset, False
        personal = request.user.has_perm(PERSONAL)
        ids = _first_of(self._known_by(request, term, personal)) or _first_of(
            self._looked_through(request, term, personal)
        )
        return queryset.filter(pk__in=ids), False

    def _known_by(self, request: HttpRequest, term: str, personal: bool) -> Iterator[QuerySet[Any]]:
        mine = own_lines(request.user).order_by("-pk")
        numbers = (term.upper(), f"FOY-{term.upper()}")
        yield Order.objects.filter(number__in=numbers).values_list("pk", flat=True)
        yield mine.filter(booking__reference=term).values_list("booking__order_id", flat=True)
        yield mine.filter(booking__payments__external_id=term).values_list("booking__order_id", flat=True)
        yield Payment.objects.filter(external_id=term, route="us").values_list("order_id", flat=True)
        yield Refund.objects.filter(external_id=term).values_list("payment__order_id", flat=True)
        if personal and "@" in term:
            yield Order.objects.filter(email=term).values_list("pk", flat=True)

    def _looked_through(self, request: HttpRequest, term: str, personal: bool) -> Iterator[QuerySet[Any]]:
        if personal and "@" in term:
            yield Order.objects.filter(email__iexact=term).values_list("pk", flat=True)
            return
        lines = own_lines(request.user).filter(seats_text__icontains=term)
        yield lines.order_by("-pk").values_list("booking__order_id", flat=True)
        if personal:
            first, _space, last = term.partition(" ")
            by_name = Q(last_name__istartswith=term) | Q(first_name__istartswith=term)
            if last:
                by_name |= Q(first_name__istartswith=first, last_name__istartswith=last.strip())
            yield Order.objects.filter(by_name).order_by("-pk").values_list("pk", flat=True)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        shown = list(super().get_list_display(request))
        return shown if request.user.has_perm(PERSONAL) else [name for name in shown if name != "buyer"]

    @admin.display(description=gettext_lazy("placed"), ordering="placed_at")
    def placed(self, row: Order) -> str:
        return moment(row.placed_at)

    @admin.display(description=gettext_lazy("buyer"))
    def buyer(self, row: Order) -> str:
        return f"{row.first_name} {row.last_name}".strip() or row.email

    @admin.display(description=gettext_lazy("what"))
    def what(self, row: Order) -> str:
        return "; ".join(
            ", ".join(filter(None, (line.event_name, moment(line.starts_at, line.timezone), line.seats_text)))
            for booking in row.bookings.all()
            for line in booking.lines.all()
        )

    @admin.display(description=gettext_lazy("tickets"))
    def tickets(self, row: Order) -> int:
        return sum(line.quantity for booking in row.bookings.all() for line in booking.lines.all())

    @admin.display(description=gettext_lazy("sum"))
    def sum(self, row: Order) -> str:
        lines = [line for booking in row.bookings.all() for line in booking.lines.all()]
        return money(Money(sum(line.price_minor for line in lines), row.currency))

    @admin.display(description=gettext_lazy("needs a person"))
    def attention(self, row: Order) -> str:
        return str(words.REASONS.get(row.attention_reason, row.attention_reason))

    # --- one order

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/do/<slug:name>/", view(self.do), name="checkout_order_do"),
            path("<int:pk>/refund/", view(self.refund), name="checkout_order_refund"),
        ]
        return [*own, *super().get_urls()]

    def refund(self, request: HttpRequest, pk: int) -> HttpResponse:
        return admin_refunds.view(self, request, self._order(request, pk))

    def _order(self, request: HttpRequest, pk: int | str) -> Order:
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        return row

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order = self._order(request, object_id)
        if not self.has_view_permission(request, order):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])  # an order is changed by its buttons only
        personal = request.user.has_perm(PERSONAL)
        context = {
            **self.admin_site.each_context(request),
            "title": order.number,
            "opts": self.opts,
            "order": order,
            "personal": personal,
            "attention": words.REASONS.get(order.attention_reason, order.attention_reason),
            "attention_since": moment(order.attention_at),
            "page_url": reverse("checkout:order", args=[order.token])
            if personal and _is_whole(request, order)
            else "",
            **admin_guests.beside(request.user, timeline(request.user, order), personal=personal),
            **admin_refunds.shown(request.user, order),
            "actions": [
                action
                for action in admin_actions.ACTIONS.values()
                if self.has_change_permission(request, order) and action.applies(request.user, order)
            ],
        }
        return TemplateResponse(request, "checkout/admin/order.html", context)

    def do(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """A button: the first time it asks, the second time it acts."""
        order, action = self._order(request, pk), admin_actions.ACTIONS.get(name)
        if action is None:
            raise Http404
        if not (self.has_change_permission(request, order) and action.applies(request.user, order)):
            raise PermissionDenied
        form = (
            admin_actions.ReasonForm(request.POST)
            if request.method == "POST"
            else admin_actions.ReasonForm.fresh()
        )
        if request.method == "POST" and form.is_valid():
            said = admin_actions.run(
                action,
                order,
                own_bookings(request.user).filter(order=order).select_related("account"),
                who=f"staff:{request.user.get_username()}",
                **form.cleaned_data,
            )
            tasks.hurry(order.pk)
            messages.success(request, said)
            return redirect("admin:checkout_order_change", order.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{order.number}: {action.label}",
            "opts": self.opts,
            "order": order,
            "action": action,
            "form": form,
        }
        return TemplateResponse(
            request, "checkout/admin/ask.html", context, status=422 if form.errors else 200
        )


def _first_of(found: Iterable[QuerySet[Any]]) -> set[int]:
    return {pk for rows in found for pk in rows[:MOST_FOUND]}


def _is_whole(request: HttpRequest, order: Order) -> bool:
    """The buyer's own page shows every part: only for somebody who may see all of them."""
    lines = OrderLine.objects.filter(booking__order=order)
    return lines.count() == own_lines(request.user).filter(booking__order=order).count()
