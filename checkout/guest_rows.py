"""What a guest's row holds, opened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.utils.crypto import constant_time_compare, salted_hmac

from baskets import guest_forms
from baskets.models import Line
from checkout.models import Guest, OrderLine


def typed_of(guest: Guest) -> dict[str, str]:
    """Name of an input -> what was typed, right or wrong."""
    found: dict[str, str] = json.loads(guest.typed or "{}")
    return found


def masked_of(guest: Guest) -> dict[str, str]:
    """Field -> what is left to see of an answer that the provider has and we do not keep."""
    found: dict[str, str] = json.loads(guest.masked or "{}")
    return found


def lacking(guest: Guest) -> list[str]:
    """Fields that nobody has answered yet."""
    return guest_forms.missing(guest.fields, typed_of(guest), masked_of(guest))


def name_of(guest: Guest) -> str:
    typed = typed_of(guest)
    return " ".join(filter(None, (typed.get("first_name"), typed.get("last_name"))))


def ticket_names(lines: Sequence[Line] | Sequence[OrderLine]) -> dict[str, str]:
    """Item -> what a guest's ticket of it is for, where one part has several: a name on the wrong one is turned away."""
    if len(lines) < 2:
        return {}
    return {line.item_ref: ", ".join(filter(None, (line.event_name, line.area))) for line in lines}


def lines_for(guest: Guest, lines: list[OrderLine]) -> list[OrderLine]:
    """The lines of a part that a guest's ticket is of; all of them where that is not known."""
    return [line for line in lines if line.item_ref == guest.item_ref] or lines


# --- a page that several people have open at once -------------------------------------------------------------


def _mark(guest: Guest, name: str, text: str) -> str:
    return salted_hmac("checkout.guest", f"{guest.pk}:{name}:{text}").hexdigest()[:12]


def marks(guest: Guest, shown: Mapping[str, str]) -> str:
    """What a page shows in each input of a guest, so that the form can say later what it was; without the words."""
    every = [each for name in guest.fields for each in guest_forms.inputs(name)]
    return " ".join(f"{each}={_mark(guest, each, shown.get(each, ''))}" for each in every)


def is_older(
    guest: Guest, name: str, stored: Mapping[str, str], sent: Mapping[str, str], marked: str
) -> bool:
    """Whether a field was sent as the page showed it while somebody else has changed it: then theirs stands."""
    was = dict(one.partition("=")[::2] for one in marked.split())
    own = [each for each in guest_forms.inputs(name) if each in was]

    def as_shown(each: str, text: str) -> bool:
        return constant_time_compare(was[each], _mark(guest, each, text))

    def untouched(each: str) -> bool:
        text = sent.get(each, "")
        preset = each == "gender" and text == "unknown"  # chosen by the page itself, where nothing was
        return as_shown(each, text) or (preset and as_shown(each, ""))

    return (
        bool(own)
        and all(untouched(each) for each in own)
        and not all(as_shown(each, stored.get(each, "")) for each in own)
    )
