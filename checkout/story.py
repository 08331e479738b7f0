"""An order's story in the language of whoever reads it.

History is written down once, in the words of this file's marks and with codes behind a colon; it is translated
when it is shown. What staff typed themselves stays as they typed it.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as mark

from checkout import words
from checkout.models import Booking, HistoryEntry, Order, Payment, Refund

MARKS = (
    mark("the provider mails the confirmation"),
    mark("mail sent"),
    mark("a mail came back"),
    mark("the mail was marked as unwanted"),
    mark("the buyer corrected the e-mail address"),
    mark("the buyer asked to be forgotten"),
    mark("personal data was deleted"),
    mark("tickets"),
    mark("the buyer said yes to the sum"),
    mark("a further part is booked"),
    mark("stopped before paying"),
    mark("not prepared"),
    mark("not prepared again"),
    mark("a part is booked already"),
    mark("the buyer came back without having paid"),
    mark("nobody went on with it"),
    mark("the buyer went to checkout"),
    mark("no longer in the basket"),
    mark("put back into the basket"),
    mark("tried again"),
    mark("the provider named the payment"),
    mark("another payment takes its place"),
    mark("payment begun"),
    mark("paid in another way from here on"),
    mark("it can be paid in another way"),
    mark("the provider says it is booked"),
    mark("booked, so paid"),
    mark("the provider gave the money back"),
    mark("a booking is there, a payment is not proved"),
    mark("nothing is booked after all"),
    mark("a part is booked"),
    mark("every part is decided"),
    mark("the tickets are there"),
    mark("the money went back"),
    mark("no part was booked"),
    mark("the choice is the buyer's again"),
    mark("another sum was charged there than was shown here"),
    mark("our number is not in the box office's basket"),
    mark("tickets taken out on the seller's page before paying"),
    mark("a refund is asked for"),
    mark("a refund is on its way"),
    mark("a refund was made"),
    mark("a refund failed"),
    mark("a refund was cancelled"),
    mark("a refund waits for the buyer"),
    mark("a refund was made elsewhere"),
    mark("everything was given back"),
    mark("the bank took a payment up"),
    mark("guests"),
    mark("the money is there, so it is booked"),
    mark("the provider was not asked"),
    mark("not booked"),
    mark("whether it is booked is not known"),
    mark("the provider names another sum than the buyer pays"),
    mark("not as we made it"),
    mark("the card is authorised"),
    mark("the money was received"),
    mark("the money was let go"),
    mark("money that came too late was let go"),
    mark("nothing was booked, so nothing was taken"),
    mark("this attempt is over"),
    mark("a further attempt"),
    mark("not cancelled yet"),
    mark("not taken"),
    mark("not taken yet"),
    mark("not given back yet"),
    mark("the payment company gave no answer"),
    mark("a part was left out"),
    mark("staff called"),
    mark("handled"),
)
SUBJECTS: dict[str, str | Promise] = {
    "order": _("Order"),
    "booking": _("Booking"),
    "payment": _("Payment"),
    "mail": _("Mail"),
    "refund": _("Refund"),
    "staff": _("Staff"),
}
ACTORS: dict[str, str | Promise] = {
    "buyer": _("the buyer"),
    "prepare": _("the payment step"),
    "return": _("the way back from paying"),
    "poll": _("the waiting page"),
    "sweep": _("the regular check"),
    "shop": _("the shop"),
    "hurry": _("the shop, at once"),
    "webhook": _("a message of the payment company"),
    "missed": _("a message that was fetched later"),
    "free": _("the step for free tickets"),
    "page": _("the payment page"),
    "request": _("a request about personal data"),
    "frame": _("what the payment page told the browser"),
    "lost answer": _("the check after a lost answer"),
    "before paying": _("the check before paying"),
    "not prepared again": _("the check before paying"),
    "before leaving out": _("the check before a part is left out"),
    "before giving back": _("the check before the choice is given back"),
}
ROUTES: dict[str, str | Promise] = {
    "there": _("on the provider's page"),
    "their_form": _("in the provider's card form"),
    "nothing": _("nothing to pay"),
    "us": _("to us"),
}
ARRIVES: dict[str, str | Promise] = {
    "download": _("to download"),
    "scheduled": _("to download, from a date on"),
    "box_office": _("at the box office"),
    "post": _("by post"),
    "venue_dispatch": _("sent by the venue"),
    "mail": _("by the provider's mail"),
    "wallet": _("in a wallet"),
    "account": _("in the buyer's account at the provider"),
}
KINDS: dict[str, str | Promise] = {
    "pdf": _("PDF"),
    "pkpass": _("Wallet pass"),
    "apple": _("Apple Wallet"),
    "google": _("Google Wallet"),
    "paid": _("confirmation"),
    "tickets": _("tickets are ready"),
    "not-booked": _("not booked"),
    "refunded": _("refunded"),
    "refund": _("money given back"),
    "found": _("links to bookings"),
    "staff": _("to staff"),
    "guests": _("reminder about guests"),
    "guests-refused": _("details of guests not accepted"),
}
GUESTS: dict[str, str | Promise] = {
    "handed over": _("handed over"),
    "something was not accepted": _("something was not accepted"),
    "the answer was lost": _("the answer was lost"),
    "everything is there": _("everything is there"),
}
ACTIONS: dict[str, str | Promise] = {
    "check-again": _("Check again"),
    "resend-mail": _("Send the mail again"),
    "fetch-documents": _("Fetch the tickets again"),
    "mark-handled": _("Mark as handled"),
    "check-payment": _("Check the payment again"),
    "take-money": _("Take the money"),
    "release-money": _("Let the money go"),
    "give-back": _("Give money back"),
    "replay": _("Handle a message again"),
}
_STATUSES: dict[str, Any] = {
    "order": Order.Status,
    "booking": Booking.Status,
    "payment": Payment.Status,
    "refund": Refund.Status,
}


def actor(code: str) -> str:
    """Who or which road did it: "the regular check", "vera (staff)"."""
    kind, colon, name = code.partition(":")
    if kind == "staff" and colon:
        return gettext("%(name)s (staff)") % {"name": name}
    return str(ACTORS.get(code, code))


def mail_kind(kind: str) -> str:
    """What a mail is about; those to staff carry a reason behind their kind."""
    name, dash, reason = kind.partition("-")
    if name == "staff" and dash:
        return f"{KINDS['staff']}: {words.REASONS.get(reason, reason)}"
    if name == "refund" and dash:
        return str(KINDS["refund"])
    if name == "guests" and dash:
        return str(KINDS["guests-refused" if reason.startswith("refused") else "guests"])
    return str(KINDS.get(kind, kind))


def step(entry: HistoryEntry) -> str:
    """ "held → ready to be paid"."""
    known = dict(_STATUSES[entry.subject].choices) if entry.subject in _STATUSES else {}
    was, became = (str(known.get(code, code)) for code in (entry.was, entry.became))
    return f"{was} → {became}".strip() if became else ""


def because(text: str) -> str:
    """The reason as it was written down, translated; what stands behind a colon is a code or somebody's words."""
    if text in words.REASONS:
        return str(words.REASONS[text])
    said, colon, rest = text.partition(": ")
    if said in ACTIONS:
        return f"{ACTIONS[said]}{colon}{rest}"
    if said not in MARKS:
        return text
    if rest.startswith(("staff-", "refund-")):
        return f"{gettext(said)}{colon}{mail_kind(rest)}"
    if rest.startswith("guests-"):
        return f"{gettext(said)}{colon}{mail_kind(rest)}"
    known = {**KINDS, **ARRIVES, **ROUTES, **GUESTS, **words.REASONS}
    return f"{gettext(said)}{colon}{known.get(rest, rest)}"
