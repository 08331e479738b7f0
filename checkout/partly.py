"""The sentences with which a partial result begins, on the order page and in the mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from shop.words import money

if TYPE_CHECKING:
    from checkout.showing import PartShown


def summary(parts: Sequence[PartShown]) -> str:
    """How many are confirmed, then what became of each of the others and of its money. "" where nothing is partial."""
    done, lost = [p for p in parts if p.done], [p for p in parts if p.lost]
    if not done or not lost:
        return ""
    head = _("%(done)s of %(all)s bookings are confirmed.") % {"done": len(done), "all": len(parts)}
    return " ".join([head, *map(_of, lost)])


def _of(part: PartShown) -> str:
    names = list(dict.fromkeys(line.event_name for line in part.lines if line.event_name))
    said = {"what": ", ".join(names) or part.payee, "sum": money(part.total)}
    if part.returned_minor:
        said["sum"] = money(part.returned)
        return _("%(what)s could not be booked; %(sum)s is being returned the way it came.") % said
    if part.owed:
        return (
            _(
                "%(what)s could not be booked; %(sum)s was taken and has to go back to you: we are seeing to it."
            )
            % said
        )
    if part.hosted:
        return _("What is known of %(what)s stands beside it.") % said
    if part.left_out:
        return _("%(what)s was left out; you have not been charged for it.") % said
    if not part.booking.total_minor:
        return _("%(what)s could not be booked.") % said
    return _("%(what)s could not be booked; %(sum)s was not taken.") % said
