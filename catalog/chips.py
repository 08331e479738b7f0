"""What the filters of the list say: active ones as chips that can be taken away, prices in the shop's currencies."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog import filters as filtering
from catalog import queries
from catalog import words as kinds


def quick(filters: filtering.Filters, code: str) -> str:
    """The address of a quick choice; choosing it again takes it away."""
    bare = filters.without("dates")
    return bare.query(when="" if filters.when == code else code) or "."


def ceiling(number: int, known: queries.Facets) -> str:
    """ "£40", or "£40 / €40" where the shop sells in both."""
    return " / ".join(kinds.whole_money(number, currency) for currency in known.currencies) or str(number)


def filter_words(filters: filtering.Filters, name: str, known: queries.Facets) -> str:
    """What an active filter says, as a chip."""
    if name == "q":
        return f"“{filters.q}”"
    if name == "dates":
        if filters.when:
            return str(filtering.QUICK[filters.when])
        since = filters.since and kinds.day(filters.since)
        until = filters.until and kinds.day(filters.until)
        if since and until:
            return _("%(since)s to %(until)s") % {"since": since, "until": until}
        return _("from %(since)s") % {"since": since} if since else _("until %(until)s") % {"until": until}
    if name == "venue":
        return dict(known.venues).get(filters.venue, filters.venue)
    if name == "kind":
        return kinds.kind(filters.kind)
    if name == "price":
        return _("up to %(price)s") % {"price": ceiling(filters.price or 0, known)}
    if name == "access":
        return str(kinds.ACCESS[filters.access])
    if name == "tickets":
        return _("only with tickets")
    return str(getattr(filters, name))


def of(filters: filtering.Filters, known: queries.Facets, **more: str) -> list[tuple[str, str, str]]:
    """Name, words, and the address without it, of every active filter; `more` stays in that address."""
    said = filters.values()
    names = [name for name in ("q", "venue", "town", "kind", "price", "access", "tickets") if name in said]
    if said.keys() & {"when", "from", "to"}:
        names.insert(1 if "q" in names else 0, "dates")
    return [
        (name, filter_words(filters, name, known), filters.without(name).query(**more) or ".")
        for name in names
    ]
