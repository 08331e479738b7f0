"""The form of a house plan: a file or a text, read before it is saved, and given back where it cannot be read."""

from __future__ import annotations

import codecs
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import house_plans
from catalog.house_plans import Drawing, PlanError
from catalog.models import HousePlan

LONGEST_TEXT = 150_000  # characters in the field; a longer plan comes and goes as a file


class HousePlanForm(forms.ModelForm):
    """`drawn`: what was read of it, once it is valid."""

    file = forms.FileField(
        label=gettext_lazy("Plan as a file"),
        required=False,
        help_text=gettext_lazy("JSON or SVG, up to 2 MB and 20,000 seats."),
    )
    source = forms.CharField(
        label=gettext_lazy("Plan as text"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 18, "cols": 100, "spellcheck": "false", "class": "foyer-plan-text"}
        ),
        help_text=gettext_lazy("JSON or SVG, up to 150,000 characters; a longer one is given as a file."),
    )

    class Meta:
        model = HousePlan
        fields = ("venue", "file", "source")

    drawn: Drawing | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = self.instance.source if self.instance.pk else ""
        if len(self.stored) > LONGEST_TEXT:
            self.initial["source"] = ""
            self.fields["source"].help_text = _(
                "The plan is too long for this field. Leave it empty to keep the plan, or give another one as a file."
            )
        if "venue" in self.fields:
            widget = self.fields["venue"].widget
            for verb in ("add", "change", "delete", "view"):
                setattr(widget, f"can_{verb}_related", False)

    def clean_source(self) -> str:
        return str(self.cleaned_data["source"]).replace("\r\n", "\n").removeprefix("\ufeff")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        typed, upload = found.get("source", ""), found.get("file")
        text, where = typed, "source"
        if upload is not None:
            if typed.strip() and typed != self.stored:
                self.add_error(
                    "file",
                    _(
                        "There is a file and another text below. Empty the text to take the file, or leave the file out."
                    ),
                )
                return found
            text, where = self._decoded(upload), "file"
            if (
                text and len(text) <= LONGEST_TEXT
            ):  # a browser forgets the file, so it can be corrected as text
                self.data = self.data.copy()
                self.data["source"] = text
        elif not typed and len(self.stored) > LONGEST_TEXT:
            text = self.stored
        if self.errors:
            return found
        try:
            self.drawn = house_plans.parse(text)
        except PlanError as error:
            self.add_error(where, ValidationError([ValidationError(one) for one in error.sentences]))
        found["source"] = text
        return found

    def _decoded(self, upload: Any) -> str:
        if upload.size > house_plans.MAX_BYTES:
            self.add_error(
                "file", _("A plan has at most %(n)s MB.") % {"n": house_plans.MAX_BYTES // 1024 // 1024}
            )
            return ""
        raw = upload.read()
        wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        try:
            text = str(raw.decode("utf-16" if wide else "utf-8-sig"))
        except UnicodeDecodeError:
            self.add_error("file", _("The file is no text: save it as JSON or plain SVG in UTF-8."))
            return ""
        if "\x00" in text:
            self.add_error("file", _("The file is no text: save it as JSON or plain SVG in UTF-8."))
            return ""
        return text
