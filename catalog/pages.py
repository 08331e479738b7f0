"""Terms, privacy, imprint and the like: the operator's own words, or an honest default in the template."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from catalog import records
from catalog.models import PageText, Venue

SLUGS: dict[str, str | Promise] = {
    "help": _("Booking and access help"),
    "terms": _("Terms"),
    "privacy": _("Privacy"),
    "accessibility": _("Accessibility"),
    "imprint": _("Imprint"),
}


@dataclass(frozen=True)
class Text:
    """A page's title and its own words; `html` is "" where the template's default speaks."""

    slug: str
    title: str
    html: SafeString


def find(slug: str, language: str) -> Text | None:
    """In this language, else in any; None where there is no such page."""
    rows = {row.language: row for row in PageText.objects.filter(slug=slug)}
    row = rows.get(language) or rows.get(language.split("-")[0]) or next(iter(rows.values()), None)
    if row is not None:
        return Text(slug, row.title, mark_safe(records.clean_html(row.text)))  # noqa: S308 - cleaned
    if slug in SLUGS:
        return Text(slug, str(SLUGS[slug]), mark_safe(""))
    return None


def lines() -> list[Venue]:
    """Houses that can be phoned, for help and access."""
    rows = Venue.objects.exclude(telephone="", own_telephone="", access_line="")
    return list(rows.order_by("name")[:200])
