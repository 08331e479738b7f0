"""Why something was not taken, as a sentence beside what it is about; and what the kinds of things are called."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shop.problems import problem
from shop.providers.extras import Refusal

TITLES = {
    "donation": gettext_lazy("Give a little extra"),
    "merchandise": gettext_lazy("To read, wear and take home"),
    "membership": gettext_lazy("Memberships"),
    "subscription": gettext_lazy("Season tickets"),
    "gift_voucher": gettext_lazy("Gift vouchers"),
}
NAMES = {
    "donation": gettext_lazy("Donation"),
    "merchandise": gettext_lazy("From the shop"),
    "membership": gettext_lazy("Membership"),
    "subscription": gettext_lazy("Season ticket"),
    "gift_voucher": gettext_lazy("Gift voucher"),
}
# (kind, code) -> the sentence; else that of the code alone
SENTENCES = {
    ("donation", "refused"): gettext_lazy(
        "The venue did not take this donation. It may be less than the least it takes."
    ),
    ("gift_voucher", "refused"): gettext_lazy(
        "The venue did not sell this gift voucher. The amount may be less than the least it takes."
    ),
    ("merchandise", "sold_out"): gettext_lazy("The venue has not enough of these left."),
    ("membership", "one_of_a_kind"): gettext_lazy(
        "You have this membership already, or it is in your basket. The venue sells each person one."
    ),
    ("membership", "renewal_too_early"): gettext_lazy(
        "Your membership is still running, and it is too early to renew it. Try again nearer to its end."
    ),
    ("code", "discount_invalid"): gettext_lazy(
        "The venue does not know this code, or it does not fit what is in your basket. Nothing was changed."
    ),
}
CODES = {
    "sold_out": gettext_lazy("The venue has just run out of this."),
    "not_on_sale": gettext_lazy("The venue does not sell this at the moment."),
    "limit_exceeded": gettext_lazy("The venue does not sell that many to one person."),
    "one_of_a_kind": gettext_lazy("You can have one of these."),
    "outcome_unknown": gettext_lazy(
        "The venue did not answer, and this is not in your basket. Nothing is asked twice: choose it again if you like."
    ),
    "refused": gettext_lazy("The venue did not sell this. Nothing was charged."),
}


def kind_name(kind: str) -> str:
    return str(NAMES.get(kind, _("Something else")))


def sentence(refusal: Refusal) -> str:
    """Why this one was not taken."""
    said = SENTENCES.get((refusal.kind, refusal.problem))
    if refusal.kind == "ticket":
        return _("You have this ticket, but not as the type you chose.")
    if refusal.kind == "attribute":
        return _("The box office did not note “%(label)s”. We have told its staff.") % {"label": refusal.ref}
    return str(said or CODES.get(refusal.problem) or problem(refusal.problem).text)


def not_taken(refusals: Iterable[Refusal]) -> str:
    count = len(list(refusals))
    return ngettext(
        "%(count)s thing could not be added. Below it says why.",
        "%(count)s things could not be added. Below it says why.",
        count,
    ) % {"count": count}


def left(number: int | None) -> str:
    """How many there are, where that is worth a word."""
    if number is None or number > 20:
        return ""
    if number <= 0:
        return _("None left")
    return ngettext("%(count)s left", "%(count)s left", number) % {"count": number}
