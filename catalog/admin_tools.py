"""What the catalogue's admin pages share: buttons beside an object, access marks, who runs a whole account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import summaries, versions, words
from catalog.models import Event, Instance, ProviderAccount, Venue
from shop.admin import VenueScopedAdmin

OWN = gettext_lazy("The venue’s own: a refresh never changes these")
THEIRS = gettext_lazy("From the box office: written by the refresh, read only")


def as_html(text: str) -> str:
    return mark_safe(text) if text else "–"  # noqa: S308 - sanitised when it was stored


def whole_accounts(user: Any) -> QuerySet[ProviderAccount]:
    """Accounts of which this person runs every venue: all of what is said there is theirs to see."""
    if user.is_superuser:
        return ProviderAccount.objects.all()
    others = Venue.objects.exclude(staff=user).exclude(account=None).values("account")
    mine = user.venues.exclude(account=None).values("account")
    return ProviderAccount.objects.filter(pk__in=mine).exclude(pk__in=others)


def change_seen(changed: Callable[[], int], events: set[int]) -> int:
    """Change rows, keep the summaries of their events, tell the page cache: all in one transaction."""
    with transaction.atomic():
        count = changed()
        summaries.keep(events)
        versions.bump()
    return count


class MarksField(forms.MultipleChoiceField):
    """Access marks as boxes to tick; stored as a list of codes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=list(words.ACCESS.items()),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            label=gettext_lazy("Access marks"),
            **kwargs,
        )


@dataclass(frozen=True)
class Tool:
    """A button beside an object. `method` is get (a link) or post (a form)."""

    label: str
    url: str
    method: str = "post"


class ToolsMixin:
    """Buttons beside an object; each address finds its object in the scoped queryset, else 404."""

    change_form_template = "admin/catalog/with_tools.html"

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        return []

    def tool_views(self) -> dict[str, Callable[[HttpRequest, Any], HttpResponse]]:
        """Name of the address -> what is done with the object; those in `reading` are a GET."""
        return {}

    reading: frozenset[str] = frozenset()

    def get_urls(self) -> list[URLPattern]:
        model = self.model._meta.model_name  # type: ignore[attr-defined]
        own = [
            path(f"<int:pk>/{name}/", self._guarded(name, view), name=f"catalog_{model}_{name}")
            for name, view in self.tool_views().items()
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def tool_url(self, name: str, obj: Model) -> str:
        return reverse(f"admin:catalog_{obj._meta.model_name}_{name}", args=[obj.pk])

    def back(self, obj: Model) -> HttpResponse:
        return redirect(reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk]))

    def _guarded(
        self, name: str, view: Callable[[HttpRequest, Any], HttpResponse]
    ) -> Callable[..., HttpResponse]:
        def wrapped(request: HttpRequest, pk: int) -> HttpResponse:
            obj = self.get_queryset(request).filter(pk=pk).first()  # type: ignore[attr-defined]
            reads = name in self.reading
            may = self.has_view_permission if reads else self.has_change_permission  # type: ignore[attr-defined]
            if obj is None or not may(request, obj):
                raise Http404
            if not reads and request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            return view(request, obj)

        return update_wrapper(self.admin_site.admin_view(wrapped), wrapped)  # type: ignore[attr-defined]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = kwargs.get("obj")
        context["tools"] = self.tools(request, obj) if obj is not None else []
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]


class CatalogAdmin(ToolsMixin, VenueScopedAdmin):
    """Rows that the refresh writes and people add to: nobody makes or deletes one by hand."""

    own: tuple[str, ...] = ()  # what people may write; everything else is the provider's
    list_per_page = 50
    view_on_site = False  # the buttons say it better: public page, preview

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def tell(self, request: HttpRequest, text: str, level: int = messages.SUCCESS) -> None:
        self.message_user(request, text, level)

    def write_log(self, request: HttpRequest, rows: list[Any], text: str) -> None:
        for row in rows:
            self.log_change(request, row, text)


class StopSaleMixin:
    """Stop and resume the sale of the chosen rows; buyers are told why."""

    actions = ("stop_sale", "resume_sale")

    def events_of(self, rows: QuerySet[Any]) -> set[int]:
        raise NotImplementedError

    def _switch(self, request: HttpRequest, rows: QuerySet[Any], stop: bool, text: str) -> None:
        found = list(rows)
        pks = [row.pk for row in found]
        model = rows.model
        change_seen(
            lambda: model._default_manager.filter(pk__in=pks).update(stop_sale=stop), self.events_of(rows)
        )
        self.write_log(request, found, text)  # type: ignore[attr-defined]
        self.tell(request, f"{text} ({len(found)})")  # type: ignore[attr-defined]

    @admin.action(description=gettext_lazy("Stop the sale"), permissions=["change"])
    def stop_sale(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._switch(request, rows, True, _("Sale stopped."))

    @admin.action(description=gettext_lazy("Resume the sale"), permissions=["change"])
    def resume_sale(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._switch(request, rows, False, _("Sale resumed."))


def events_of_instances(rows: QuerySet[Instance]) -> set[int]:
    return set(rows.values_list("event_id", flat=True))


def events_of_events(rows: QuerySet[Event]) -> set[int]:
    return set(rows.values_list("pk", flat=True))
