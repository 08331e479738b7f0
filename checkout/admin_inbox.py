"""Messages of the payment company as staff see them: what came, what became of it, and one more try."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout import inbox, tasks
from checkout.admin_actions import ONCE_SECONDS, ReasonForm
from checkout.admin_parts import own_bookings
from checkout.models import InboxMessage
from checkout.states import note
from shop import claims
from shop.admin import ReadOnly, VenueScopedAdmin, moment

RIGHT = "checkout.replay"
ACTION = "replay"  # of `story.ACTIONS`
FAMILIES: dict[str, Any] = {
    "payment_intent.": gettext_lazy("Payments"),
    "refund.": gettext_lazy("Refunds"),
    "charge.dispute.": gettext_lazy("Disputes"),
    "mail.": gettext_lazy("Mails"),
}
ERRORS: dict[str, Any] = {
    "no_such_payment": gettext_lazy("It is about a payment of this shop that is not here."),
    "till_unavailable": gettext_lazy("The payment company did not answer."),
    "till_misconfigured": gettext_lazy("The payment company refused our key."),
}


class FamilyFilter(admin.SimpleListFilter):
    title = gettext_lazy("about")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(FAMILIES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[InboxMessage]) -> QuerySet[InboxMessage]:
        return queryset.filter(kind__startswith=self.value()) if self.value() in FAMILIES else queryset


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnly, VenueScopedAdmin):
    """A house's people see the messages about orders that have a part at their house; the rest is for superusers."""

    list_display = ("received", "state", "order", "kind", "copies", "wrong")
    list_filter = ("state", FamilyFilter, "received_at")
    search_fields = ("event_id", "object_id", "parent_id", "payment__order__number")
    list_select_related = ("payment__order",)
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = ("kind", "event_id", "object_id", "parent_id", "order", "state", "wrong", "copies", "mode",
              "happened", "received", "handled", "again")  # fmt: skip
    change_form_template = "admin/checkout/inboxmessage/change_form.html"

    def scope(self, request: HttpRequest) -> Q | None:
        if request.user.is_superuser:
            return None
        return Q(payment__order__in=own_bookings(request.user).values("order_id"))

    def named(self, obj: Any) -> str:
        return str(obj.kind)

    @admin.display(description=gettext_lazy("order"))
    def order(self, row: InboxMessage) -> str:
        return row.payment.order.number if row.payment else "–"

    @admin.display(description=gettext_lazy("error"))
    def wrong(self, row: InboxMessage) -> str:
        return str(ERRORS.get(row.error, row.error)) or "–"

    @admin.display(description=gettext_lazy("received"), ordering="received_at")
    def received(self, row: InboxMessage) -> str:
        return moment(row.received_at, seconds=True)

    @admin.display(description=gettext_lazy("mode"))
    def mode(self, row: InboxMessage) -> str:
        return _("live") if row.live else _("test")

    @admin.display(description=gettext_lazy("happened"))
    def happened(self, row: InboxMessage) -> str:
        return moment(row.happened_at, seconds=True)

    @admin.display(description=gettext_lazy("handled"))
    def handled(self, row: InboxMessage) -> str:
        return moment(row.handled_at, seconds=True)

    @admin.display(description=gettext_lazy("tried again"))
    def again(self, row: InboxMessage) -> str:
        return moment(row.due_at, seconds=True)

    # --- once more

    def get_urls(self) -> list[Any]:
        own = path(
            "<int:pk>/replay/", self.admin_site.admin_view(self.replay), name="checkout_inboxmessage_replay"
        )
        return [own, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        context["may_replay"] = request.user.has_perm(RIGHT)
        return super().render_change_form(request, context, *args, **kwargs)

    def replay(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The first time it asks, the second time it acts."""
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        if not (self.has_view_permission(request, row) and request.user.has_perm(RIGHT)):
            raise PermissionDenied
        form = ReasonForm(request.POST) if request.method == "POST" else ReasonForm.fresh()
        if request.method == "POST" and form.is_valid():
            self._replay(request, row, **form.cleaned_data)
            return redirect("admin:checkout_inboxmessage_change", row.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Handle it again"),
            "opts": self.opts,
            "row": row,
            "form": form,
        }
        return TemplateResponse(
            request, "checkout/admin/replay.html", context, status=422 if form.errors else 200
        )

    def _replay(self, request: HttpRequest, row: InboxMessage, *, reason: str, once: str) -> None:
        if claims.take(f"admin:message:{row.pk}:{once}"[:200], seconds=ONCE_SECONDS) is None:
            messages.info(request, _("This was done already."))
            return
        who = f"staff:{request.user.get_username()}"
        if row.payment is not None:
            note(row.payment.order, because=f"{ACTION}: {reason}", actor=who, subject="staff")
        row = inbox.replay(row.pk, road=who)
        if row.payment is not None:
            tasks.hurry(row.payment.order_id)
        if row.state == InboxMessage.State.HANDLED:
            messages.success(request, _("Handled: everything it is about was looked at again."))
        elif row.payment is None:
            messages.warning(request, _("There is still no payment here that it could be about."))
        elif row.state == InboxMessage.State.RECEIVED:  # somebody else has it in hand
            messages.info(request, _("It is being handled at this moment. Load this page again shortly."))
        else:
            messages.error(
                request,
                _("It could not be handled: %(why)s It is tried again.") % {"why": self.wrong(row)},
            )
