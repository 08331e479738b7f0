"""Questions to buyers in the admin, and which answers a box office did not take.

Both are an account's, so whoever runs all of its venues edits them; a house among others sees them. No answer of a
buyer is here: those are with the orders.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from baskets.models import LostNote, NoteQuestion
from baskets.notes import key_of
from baskets.notes_models import LONGEST
from catalog.admin_tools import whole_accounts
from catalog.models import ProviderAccount
from shop.admin import VenueScopedAdmin, moment
from shop.problems import problem
from shop.providers import errors, registry

MOST_LISTED = 60  # answers to choose from


def levels_of(account: ProviderAccount) -> tuple[str, ...]:
    """What of this account can be asked about: ticket, order; nothing where it takes no answers."""
    try:
        return registry.provider(account.name).capabilities.notes
    except errors.ProviderError:
        return ()


class QuestionForm(forms.ModelForm):
    class Meta:
        model = NoteQuestion
        fields = ("account", "level", "label", "words", "hint", "kind", "choices", "longest", "required",
                  "position", "active")  # fmt: skip

    def clean_label(self) -> str:
        """As it was typed: spaces inside count, those around it cannot be seen and are no part of it."""
        label: str = self.cleaned_data["label"]
        if label.lower().startswith("attribute_"):
            raise forms.ValidationError(_("Leave out “attribute_”: only the name as the settings show it."))
        return label

    def clean_longest(self) -> int:
        longest: int = self.cleaned_data["longest"]
        if not 1 <= longest <= LONGEST:
            raise forms.ValidationError(_("Between 1 and %(most)s characters.") % {"most": LONGEST})
        return longest

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        self._check_list(found)
        account, label = (
            found.get("account") or (self.instance.account_id and self.instance.account),
            found.get("label"),
        )
        if account is not None and label:
            self._check_name(account, label, found.get("level") or "")
        return found

    def _check_list(self, found: dict[str, Any]) -> None:
        listed = NoteQuestion(choices=found.get("choices") or "").listed
        if found.get("kind") != NoteQuestion.Kind.CHOICE:
            if listed:
                self.add_error(
                    "choices", _("Only “one of a list” has a list. Empty it, or choose that kind.")
                )
        elif len(listed) < 2:
            self.add_error("choices", _("A list has at least two answers, one a line."))
        elif len(listed) > MOST_LISTED:
            self.add_error("choices", _("A list has at most %(most)s answers.") % {"most": MOST_LISTED})
        elif too_long := next((one for one in listed if len(one) > LONGEST), ""):
            self.add_error("choices", _("This answer is too long: %(answer)s…") % {"answer": too_long[:40]})

    def _check_name(self, account: ProviderAccount, label: str, level: str) -> None:
        try:
            key = key_of(account.name, label) if levels_of(account) else ""
        except errors.ProviderError:
            key = ""
        if not key:
            if not levels_of(account):
                self.add_error(None, _("This account takes no answers of buyers, or it is not set up."))
            else:
                self.add_error("label", _("A name has at least one letter or digit."))
            return
        taken = registry.provider(account.name).capabilities.reference_label
        if level == NoteQuestion.Level.ORDER and taken and key_of(account.name, taken) == key:
            self.add_error("label", _("This one takes our order number."))
        others = NoteQuestion.objects.filter(account=account, level=level).exclude(pk=self.instance.pk)
        same = next((one for one in others if key_of(account.name, one.label) == key), None)
        if same is not None:
            text = _("“%(label)s” is asked already, and the box office reads both back under one name.")
            self.add_error("label", text % {"label": same.label})


class AccountsOwn(VenueScopedAdmin):
    """Rows of an account: seen by every house of it, changed by whoever runs them all."""

    venue_path = "account__venues"

    def _runs(self, request: HttpRequest, obj: Model | None) -> bool:
        accounts = whole_accounts(request.user)
        if obj is None:
            return accounts.exists()
        return accounts.filter(pk=obj.account_id).exists()  # type: ignore[attr-defined]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._runs(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._runs(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self._runs(request, None)


@admin.register(NoteQuestion)
class NoteQuestionAdmin(AccountsOwn):
    form = QuestionForm
    list_display = ("words", "label", "account", "level", "kind", "required", "active")
    list_filter = (("account", admin.RelatedOnlyFieldListFilter), "level", "active")
    search_fields = ("words", "label")
    list_select_related = ("account",)
    show_facets = admin.ShowFacets.NEVER
    fieldsets = (
        (gettext_lazy("In the box office"), {"fields": ("account", "level", "label")}),
        (gettext_lazy("What the buyer sees"), {"fields": ("words", "hint", "position", "active")}),
        (gettext_lazy("The answer"), {"fields": ("kind", "choices", "longest", "required")}),
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("account",) if obj is not None else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "account":
            mine = whole_accounts(request.user).filter(configured=True)
            kwargs["queryset"] = mine.filter(pk__in=[one.pk for one in mine if levels_of(one)])
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: NoteQuestion, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.active and obj.level not in levels_of(obj.account):
            said = _("Saved, and not asked yet: ORDER_ATTRIBUTES of %(account)s is off. Where its own checkout asks "
                     "about the order, it takes the place of what is asked here.")  # fmt: skip
            messages.warning(request, said % {"account": obj.account.title})


@admin.register(LostNote)
class LostNoteAdmin(AccountsOwn):
    """For staff: the label was renamed, or is not visible in the API."""

    list_display = ("label", "account", "level", "why", "times", "last", "handled")
    list_filter = ("handled", ("account", admin.RelatedOnlyFieldListFilter), "level")
    search_fields = ("label",)
    list_select_related = ("account",)
    actions = ("dealt_with",)
    show_facets = admin.ShowFacets.NEVER
    fields = ("label", "account", "level", "why", "times", "first", "last", "what_to_do", "handled")
    readonly_fields = fields[:-1]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, row: LostNote) -> str:
        if row.reason == "attribute_missing":
            return _("The box office did not read it back under this name.")
        if row.reason == "refused":
            return _("The box office said no to it.")
        return problem(row.reason).title

    @admin.display(description=gettext_lazy("first"), ordering="first_at")
    def first(self, row: LostNote) -> str:
        return moment(row.first_at)

    @admin.display(description=gettext_lazy("last"), ordering="last_at")
    def last(self, row: LostNote) -> str:
        return moment(row.last_at)

    @admin.display(description=gettext_lazy("what to do"))
    def what_to_do(self, row: LostNote) -> str:
        return _("Compare the name with the settings of the box office, letter by letter, and see that it is marked "
                 "as visible in the API. The answers are with the orders, for whoever may see buyers.")  # fmt: skip

    @admin.action(description=gettext_lazy("Dealt with"), permissions=["change"])
    def dealt_with(self, request: HttpRequest, rows: QuerySet[LostNote]) -> None:
        mine = rows.filter(account__in=whole_accounts(request.user), handled=False)
        done = mine.update(handled=True)
        text = ngettext("%(count)s row is dealt with.", "%(count)s rows are dealt with.", done)
        self.message_user(request, text % {"count": done})
