"""The rows behind an order, to look at: parts, lines, payments, tickets, steps, mails. Codes are shown as words."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from checkout import bounces, refundable, story, words
from checkout.admin_parts import own_bookings
from checkout.models import Booking, Document, HistoryEntry, Mail, OrderLine, Payment, Refund
from shop.admin import ReadOnly, VenueScopedAdmin, moment
from shop.words import money


class PartAdmin(ReadOnly, VenueScopedAdmin):
    """Rows of a part, seen by the houses of that part.

    No date_hierarchy and no filter by distinct values: each would read every row for every page.
    """

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def named(self, obj: Any) -> str:
        """The order that the row belongs to; the heading above says what kind of row it is."""
        order = obj.order if hasattr(obj, "order") else obj.booking.order
        return str(order.number)


@admin.register(Booking)
class BookingAdmin(PartAdmin):
    venue_path = "lines__venue"
    list_display = ("order", "position", "account", "state", "reference", "way", "tickets", "looked_at")
    list_filter = ("status", "looked_at")
    search_fields = ("order__number", "reference")
    list_select_related = ("order", "account")
    fields = ("order", "position", "account", "state", "why", "reference", "delivery_label", "format_code",
              "expires_at", "prepared_at", "returned", "returned_at", "unproven_since", "looked_at", "looks",
              "due_at", "way", "tickets", "release_at", "documents_due_at", "mailed_by_provider")  # fmt: skip

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, row: Booking) -> str:
        return str(words.state_of(row))

    @admin.display(description=gettext_lazy("why it ended"))
    def why(self, row: Booking) -> str:
        return story.because(row.reason) if row.reason else "–"

    @admin.display(description=gettext_lazy("arrives"), ordering="arrives")
    def way(self, row: Booking) -> str:
        return str(story.ARRIVES.get(row.arrives, row.arrives)) or "–"

    @admin.display(description=gettext_lazy("tickets there"))
    def tickets(self, row: Booking) -> str:
        return f"{row.tickets_ready}/{row.tickets_expected}"


@admin.register(OrderLine)
class OrderLineAdmin(PartAdmin):
    list_display = ("order", "event_name", "date", "seats_text", "quantity", "price_words")
    list_filter = ("starts_at",)
    ordering = ("-id",)
    search_fields = ("event_name", "seats_text", "booking__order__number")
    list_select_related = ("booking__order",)
    fields = ("order", "event_name", "venue_name", "venue_address", "date", "ends_at", "doors_at", "time_from",
              "area", "seats_text", "quantity", "price_words", "fees", "venue", "instance")  # fmt: skip

    @admin.display(description=gettext_lazy("order"), ordering="booking__order__number")
    def order(self, row: OrderLine) -> str:
        return row.booking.order.number

    @admin.display(description=gettext_lazy("starts"), ordering="starts_at")
    def date(self, row: OrderLine) -> str:
        return moment(row.starts_at, row.timezone)

    @admin.display(description=gettext_lazy("price"), ordering="price_minor")
    def price_words(self, row: OrderLine) -> str:
        return money(row.price)

    @admin.display(description=gettext_lazy("fees"))
    def fees(self, row: OrderLine) -> str:
        return money(type(row.price)(row.fee_minor, row.currency))


def of_whole_parts(user: Any, order: str) -> Q:
    """Money of a part is one sum: of rows with a part and, by this path, an order, those whose houses are all the
    user's."""
    foreign = OrderLine.objects.exclude(venue__in=user.venues.all())
    mine = own_bookings(user)
    own = Q(booking__in=mine) & ~Q(booking__in=foreign.values("booking_id"))
    # what our own till was paid has no part: it is for all parts of its order that are paid to us
    others = foreign.filter(booking__route="us").values("booking__order_id")
    ours = Q(**{f"{order}__in": mine.filter(route="us").values("order_id")}) & ~Q(**{f"{order}__in": others})
    return own | (Q(booking=None) & ours)


class WholePartAdmin(PartAdmin):
    """Seen by whoever runs all houses of a part."""

    order_path = "order"

    def scope(self, request: HttpRequest) -> Q | None:
        return None if request.user.is_superuser else of_whole_parts(request.user, self.order_path)


@admin.register(Payment)
class PaymentAdmin(WholePartAdmin):
    list_display = ("order", "road", "status", "sum", "external_id", "begun", "settled")
    list_filter = ("status", "begun_at")
    ordering = ("-id",)
    search_fields = ("order__number", "external_id")
    list_select_related = ("order",)
    fields = ("order", "booking", "road", "status", "why", "sum", "received", "attempt", "external_id", "charge_id",
              "begun_at", "pay_by", "capture_before", "settled_at", "disputed_at", "looked_at", "due_at")  # fmt: skip

    @admin.display(description=gettext_lazy("why it ended"))
    def why(self, row: Payment) -> str:
        return story.because(row.reason) if row.reason else "–"

    @admin.display(description=gettext_lazy("received"))
    def received(self, row: Payment) -> str:
        return money(type(row.amount)(row.captured_minor, row.currency)) if row.route == "us" else "–"

    @admin.display(description=gettext_lazy("begun"), ordering="begun_at")
    def begun(self, row: Payment) -> str:
        return moment(row.begun_at)

    @admin.display(description=gettext_lazy("settled"), ordering="settled_at")
    def settled(self, row: Payment) -> str:
        return moment(row.settled_at)

    @admin.display(description=gettext_lazy("route"), ordering="route")
    def road(self, row: Payment) -> str:
        return str(story.ROUTES.get(row.route, row.route))

    @admin.display(description=gettext_lazy("sum"), ordering="amount_minor")
    def sum(self, row: Payment) -> str:
        return money(row.amount)


@admin.register(Refund)
class RefundAdmin(WholePartAdmin):
    """Our own ledger of money that was given back."""

    order_path = "payment__order"
    list_display = ("order", "made", "sum", "status", "why", "who", "elsewhere", "external_id")
    list_filter = ("status", "made_at", "seen_outside")
    ordering = ("-id",)
    search_fields = ("payment__order__number", "external_id", "payment__external_id")
    list_select_related = ("payment__order",)
    fields = ("order", "payment", "booking", "sum", "status", "what", "why", "note", "who", "elsewhere",
              "external_id", "failure", "made_at", "settled_at", "due_at")  # fmt: skip

    def named(self, obj: Any) -> str:
        return str(obj.payment.order.number)

    @admin.display(description=gettext_lazy("order"), ordering="payment__order__number")
    def order(self, row: Refund) -> str:
        return row.payment.order.number

    @admin.display(description=gettext_lazy("asked"), ordering="made_at")
    def made(self, row: Refund) -> str:
        return moment(row.made_at)

    @admin.display(description=gettext_lazy("sum"), ordering="amount_minor")
    def sum(self, row: Refund) -> str:
        return money(row.amount)

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, row: Refund) -> str:
        return str(words.REFUND_REASONS.get(row.reason, row.reason))

    @admin.display(description=gettext_lazy("tickets"))
    def what(self, row: Refund) -> str:
        return "; ".join(refundable.words_of(row)) or "–"

    @admin.display(description=gettext_lazy("made elsewhere"))
    def elsewhere(self, row: Refund) -> str:
        return gettext("yes") if row.seen_outside else "–"

    @admin.display(description=gettext_lazy("actor"), ordering="actor")
    def who(self, row: Refund) -> str:
        return story.actor(row.actor)


@admin.register(Document)
class DocumentAdmin(PartAdmin):
    """That there is a ticket, never the ticket itself."""

    venue_path = "booking__lines__venue"
    list_display = ("order", "what", "seat", "size", "fetched_at")
    list_filter = ("fetched_at",)
    ordering = ("-id",)
    search_fields = ("booking__order__number", "seat")
    list_select_related = ("booking__order",)
    fields = ("order", "what", "seat", "content_type", "filename", "size", "fetched_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return super().get_queryset(request).defer("content", "link")

    @admin.display(description=gettext_lazy("order"), ordering="booking__order__number")
    def order(self, row: Document) -> str:
        return row.booking.order.number

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def what(self, row: Document) -> str:
        return str(story.KINDS.get(row.kind, row.kind))


@admin.register(HistoryEntry)
class HistoryEntryAdmin(PartAdmin):
    list_display = ("moment", "order", "what", "step", "reason", "who")
    list_filter = ("at",)
    search_fields = ("order__number", "because", "actor")
    list_select_related = ("order",)
    ordering = ("-id",)
    fields = ("moment", "order", "booking", "payment", "what", "step", "reason", "who")

    def scope(self, request: HttpRequest) -> Q | None:
        if request.user.is_superuser:
            return None
        mine = own_bookings(request.user)
        # what another house gave back, and why, is told to nobody else
        refunds = Refund.objects.filter(of_whole_parts(request.user, "payment__order"))
        readable = Q(refund=None) | Q(refund__in=refunds)
        return readable & (Q(booking__in=mine) | Q(booking=None, order__in=mine.values("order")))

    @admin.display(description=gettext_lazy("at"), ordering="at")
    def moment(self, row: HistoryEntry) -> str:
        return moment(row.at, seconds=True)

    @admin.display(description=gettext_lazy("subject"), ordering="subject")
    def what(self, row: HistoryEntry) -> str:
        return str(story.SUBJECTS.get(row.subject, row.subject))

    @admin.display(description=gettext_lazy("step"))
    def step(self, row: HistoryEntry) -> str:
        return story.step(row)

    @admin.display(description=gettext_lazy("because"))
    def reason(self, row: HistoryEntry) -> str:
        return story.because(row.because)

    @admin.display(description=gettext_lazy("actor"), ordering="actor")
    def who(self, row: HistoryEntry) -> str:
        return story.actor(row.actor)


class CameBackFilter(admin.SimpleListFilter):
    """Mails that came back. Of orders: those with such a mail."""

    title = gettext_lazy("came back")
    parameter_name = "came_back"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("A mail came back"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        back = Mail.objects.filter(bounced_at__isnull=False)
        return queryset.filter(
            pk__in=back.values("pk") if queryset.model is Mail else back.values("order_id")
        )


@admin.register(Mail)
class MailAdmin(PartAdmin):
    """A mail that bounced or could not be sent shows up here."""

    venue_path = "order__bookings__lines__venue"
    list_display = ("order", "what", "attempt", "queued", "sent", "came_back", "failures", "error")
    list_filter = (
        "queued_at",
        CameBackFilter,
        ("sent_at", admin.EmptyFieldListFilter),
        ("error", admin.EmptyFieldListFilter),
    )
    ordering = ("-id",)
    search_fields = ("order__number",)
    list_select_related = ("order",)
    fields = (
        "order",
        "what",
        "attempt",
        "queued_at",
        "due_at",
        "sent_at",
        "bounced_at",
        "came_back",
        "failures",
        "error",
    )

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def what(self, row: Mail) -> str:
        return story.mail_kind(row.kind)

    @admin.display(description=gettext_lazy("queued"), ordering="queued_at")
    def queued(self, row: Mail) -> str:
        return moment(row.queued_at, seconds=True)

    @admin.display(description=gettext_lazy("sent"), ordering="sent_at")
    def sent(self, row: Mail) -> str:
        return moment(row.sent_at, seconds=True)

    @admin.display(description=gettext_lazy("came back"), ordering="bounced_at")
    def came_back(self, row: Mail) -> str:
        if row.bounced_at is None:
            return "–"
        return str(bounces.WHY.get(row.bounce, row.bounce))
