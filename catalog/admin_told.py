"""What an account's venue tells, beside the account: its fields and what they mean, its offers, its statements."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import words
from catalog.admin_tools import as_html
from catalog.models import ContactStatement, MarkRule, ProviderAccount, VenueAttribute, VenueOffer
from shop.admin import moment
from shop.providers import attributes as fields


class _OfAccount(admin.TabularInline):
    """Rows of one account; who may change the account may change them."""

    extra = 0
    show_change_link = False

    def has_something(self, account: ProviderAccount) -> bool:
        return self.model._default_manager.filter(account=account).exists()

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        return bool(self.admin_site.get_model_admin(ProviderAccount).has_change_permission(request, obj))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MarkRuleForm(forms.ModelForm):
    mark = forms.ChoiceField(
        label=gettext_lazy("access mark"),
        required=False,
        choices=lambda: [("", _("No mark")), *((code, str(word)) for code, word in words.ACCESS.items())],
    )

    class Meta:
        fields = ("attribute", "values", "mark")
        widgets = {"values": forms.TextInput(attrs={"size": 40})}


class MarkRuleInline(_OfAccount):
    """The mapping: chosen from what the venue has, never typed."""

    model = MarkRule
    form = MarkRuleForm
    extra = 1
    verbose_name_plural = gettext_lazy("Access marks: what the venue’s own attributes mean")

    def has_something(self, account: ProviderAccount) -> bool:
        return account.attributes.exists()  # nothing can be mapped before something was seen

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self._account = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "attribute":
            kwargs["queryset"] = VenueAttribute.objects.filter(account=self._account)
        found = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if found is not None and db_field.name == "attribute":
            for verb in ("add", "change", "delete", "view"):
                setattr(found.widget, f"can_{verb}_related", False)
        return found


class VenueAttributeInline(_OfAccount):
    """What the last refresh has seen, and what each counts as now."""

    model = VenueAttribute
    verbose_name_plural = gettext_lazy("Attributes seen at the last refresh")
    fields = readonly_fields = ("where", "attribute", "values", "means", "seen")

    @admin.display(description=gettext_lazy("on"))
    def where(self, row: VenueAttribute) -> str:
        return row.get_place_display()

    @admin.display(description=gettext_lazy("attribute"))
    def attribute(self, row: VenueAttribute) -> str:
        return row.name

    @admin.display(description=gettext_lazy("values seen"))
    def values(self, row: VenueAttribute) -> str:
        return ", ".join(str(one) for one in row.examples) or _("never filled in")

    @admin.display(description=gettext_lazy("counts as"))
    def means(self, row: VenueAttribute) -> str:
        rules = list(row.rules.all())
        if rules:
            return format_html_join(
                format_html("<br>"),
                "{}{}",
                (
                    (words.ACCESS.get(one.mark, _("No mark")), f": {one.values}" if one.values else "")
                    for one in rules
                ),
            )
        found = [str(words.ACCESS[mark]) for mark in fields.marks_by_name(row.name)]
        return _("%(mark)s, by its name") % {"mark": ", ".join(found)} if found else "–"

    @admin.display(description=gettext_lazy("last seen"))
    def seen(self, row: VenueAttribute) -> str:
        return moment(row.seen_at)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("rules")


class VenueOfferInline(_OfAccount):
    model = VenueOffer
    verbose_name_plural = gettext_lazy("Offers: shown on the venue’s page, worked out by the box office")
    fields = readonly_fields = ("name", "said", "until")

    @admin.display(description=gettext_lazy("text"))
    def said(self, row: VenueOffer) -> str:
        return as_html(row.text)

    @admin.display(description=gettext_lazy("ends"))
    def until(self, row: VenueOffer) -> str:
        return moment(row.ends_at)


class ContactStatementInline(_OfAccount):
    model = ContactStatement
    verbose_name_plural = gettext_lazy("Contact statements: asked by the venue’s own pages, not by this shop")
    fields = readonly_fields = ("text",)
