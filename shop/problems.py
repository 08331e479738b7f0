"""One table: what went wrong -> the sentence a person reads and the HTTP status it goes with.

Providers and rooms carry codes; the words are here and in the templates, nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as mark

from shop.providers import errors


@dataclass(frozen=True)
class Problem:
    code: str
    title: str
    text: str
    status: int
    fields: dict[str, str] = field(default_factory=dict)  # question name -> sentence


TABLE: dict[str, tuple[str, str, int]] = {
    "unavailable": (
        mark("The box office is not answering"),
        mark(
            "We could not reach the box office just now. Nothing was booked or charged. Please try again in a moment."
        ),
        503,
    ),
    "resting": (
        mark("The box office is not answering"),
        mark("The box office does not answer just now. Your other tickets are safe. Try again in a minute."),
        503,
    ),
    "crowded": (
        mark("Very many people are here at once"),
        mark(
            "Your choice could not be written down in time. It is kept on this page and nothing was charged: "
            "try again in a moment. What you hold stays held."
        ),
        503,
    ),
    "outcome_unknown": (
        mark("The box office has not answered yet"),
        mark(
            "The box office is taking longer than usual. We are still asking, and will show what it says here."
        ),
        503,
    ),
    "misconfigured": (
        mark("Not on sale at the moment"),
        mark("This box office cannot be sold from at the moment. We have been told and are looking into it."),
        503,
    ),
    "bad_answer": (
        mark("The box office gave an answer we cannot read"),
        mark("Nothing was booked or charged. Please try again in a moment."),
        503,
    ),
    "unsupported": (mark("Not possible here"), mark("This box office does not offer that."), 422),
    "refused": (
        mark("The box office said no"),
        mark("The box office did not accept this. Nothing was changed."),
        422,
    ),
    "sold_out": (
        mark("These have just gone"),
        mark("What you chose has just been taken by someone else. Here is what is free now."),
        422,
    ),
    "sold_meanwhile": (
        mark("Some of these have just gone"),
        mark(
            "Some of your tickets have just been sold to somebody else. They are not in your total any more. "
            "You can try to get them again, or find similar ones."
        ),
        422,
    ),
    "let_go": (
        mark("The box office let your tickets go early"),
        mark(
            "The box office let your tickets go early. They are not in your total any more. "
            "Press “Try to get these again” to ask for the same ones."
        ),
        422,
    ),
    "order_refused": (
        mark("The box office did not take the order"),
        mark(
            "The box office did not take the order just now. Your tickets are still here: go to payment again, "
            "or change what you chose."
        ),
        422,
    ),
    "not_ordered": (
        mark("The box office did not answer"),
        mark(
            "The box office did not answer when we sent your order. Nothing was charged. Press the button to pay again."
        ),
        503,
    ),
    "lone_seat": (
        mark("This would leave a single seat"),
        mark(
            "This venue does not let a single seat be left between others. Please choose seats beside each other."
        ),
        422,
    ),
    "hold_expired": (
        mark("The hold has run out"),
        mark(
            "These tickets are not held for you any more. They are not in your total. You can try to get them again."
        ),
        422,
    ),
    "hold_gone": (
        mark("The box office let the basket go"),
        mark(
            "The box office does not know this basket any more. You can begin a fresh one with the same choice."
        ),
        422,
    ),
    "price_changed": (
        mark("The price has changed"),
        mark("The price is not what it was when you chose. Please look at it and say yes before you go on."),
        422,
    ),
    "limit_exceeded": (
        mark("Too many tickets"),
        mark("That is more than the box office sells to one buyer."),
        422,
    ),
    "not_on_sale": (mark("Not on sale"), mark("These tickets are not on sale at the moment."), 422),
    "details_rejected": (
        mark("Please check your details"),
        mark("The box office did not accept some of the details."),
        422,
    ),
    "payment_closed": (
        mark("This payment is closed"),
        mark("The box office does not take a payment for this any more. You have not been charged."),
        422,
    ),
    "not_unlocked": (
        mark("Your card was not charged"),
        mark(
            "The box office does not book in this way at the moment, so the payment was let go: you have not been "
            "charged. Your tickets are still held."
        ),
        422,
    ),
    "unreached": (
        mark("Your browser could not reach the box office"),
        mark(
            "Your browser could not reach the box office. Nothing was booked. A blocker, a private window or a "
            "network may be in the way. You can choose your tickets on the box office’s own page instead."
        ),
        503,
    ),
    "queued": (
        mark("There is a queue"),
        mark("Many people are buying right now, so the box office lets them in one after another."),
        422,
    ),
    "cookies_blocked": (
        mark("Your browser does not keep the basket"),
        mark(
            "Your browser does not let the box office keep its cookie, so what you chose is not in its basket. "
            "Allow cookies of the box office, or choose your tickets on its own page."
        ),
        422,
    ),
    "wrong_host": (
        mark("The basket is at another address"),
        mark(
            "The box office answered from another address than the one that has your basket. Nothing was lost: "
            "please open this page again."
        ),
        422,
    ),
    "one_of_a_kind": (
        mark("You can have one of these"),
        mark("Only one of these can be in a basket, or you have it already."),
        422,
    ),
    "renewal_too_early": (
        mark("It cannot be renewed yet"),
        mark("This membership is still running, and it is too early to renew it."),
        422,
    ),
    "attribute_missing": (
        mark("The box office did not note everything"),
        mark("The box office did not note everything you told us. We have told its staff."),
        422,
    ),
    "taken": (
        mark("We are already on it"),
        mark("We are already asking the box office for this. Please wait a moment and look again."),
        409,
    ),
    "stop_sale": (mark("Sale is stopped"), mark("The venue has stopped the sale for now."), 422),
    "not_yet": (mark("Not on sale yet"), mark("The sale has not begun yet."), 422),
    "ended": (mark("The sale is over"), mark("These tickets are not sold here any more."), 422),
    "past": (mark("This has already taken place"), mark("This date is over."), 410),
    "cancelled": (mark("Cancelled"), mark("This date has been cancelled."), 422),
    "hidden": (mark("Not on sale"), mark("This is not on sale here."), 404),
    "gone": (mark("Not on sale"), mark("The box office does not offer this any more."), 422),
    "till": (
        mark("The payment company is not answering"),
        mark(
            "The payment company did not answer. You have not been charged, and your tickets are still held. "
            "Please try again in a moment."
        ),
        503,
    ),
    "letting_go": (
        mark("The amount on your card is being let go"),
        mark(
            "Everything is dropped: nothing will be booked and nothing is charged. The payment company is not answering "
            "just now, so the amount that is on hold on your card is let go as soon as it does. Your choice is yours "
            "again then."
        ),
        503,
    ),
    "not_dropped": (
        mark("Not dropped yet"),
        mark(
            "Your order stands as it was: we could not make sure that nothing of it is paid. Please try again in a "
            "moment. If you pay nothing more, it ends by itself when the time of your tickets is over."
        ),
        503,
    ),
    "seat_chart": (
        mark("Seats are chosen from a plan"),
        mark("These seats are sold from a seating plan, which this page cannot show yet."),
        422,
    ),
    "one_date_an_order": (
        mark("One date at a time"),
        mark("The box office takes one date an order here. Book this one first, then the other."),
        422,
    ),
    "quantity_rule": (
        mark("This number is not sold"),
        mark("The box office sells these in certain numbers only. Please choose another number."),
        422,
    ),
    "one_currency_an_order": (
        mark("One currency at a time"),
        mark("Tickets in two currencies are two orders here. Book these first, then the others."),
        422,
    ),
    "needs_other": (
        mark("This goes with another ticket"),
        mark("This is an extra: it needs one of the tickets it belongs to in the basket."),
        422,
    ),
    "discount_invalid": (
        mark("The reduction cannot be had"),
        mark("This reduction is not open for what you chose. Please check the code, or leave it out."),
        422,
    ),
    "sector_required": (mark("Please choose an area"), mark("Please choose where you want to be."), 422),
    "timeslot_required": (mark("Please choose a time"), mark("Please choose when you want to come."), 422),
    "guests_missing": (
        mark("Something about your guests is missing"),
        mark("The organiser needs it before you pay. What you typed is still here."),
        422,
    ),
    "guests_rejected": (
        mark("The organiser did not accept everything"),
        mark("What has to be changed is marked below. Everything you typed is still here."),
        422,
    ),
    "guests_unclear": (
        mark("The organiser did not accept this"),
        mark(
            "It did not say what is wrong. Please look at names and dates once more. Everything is still here."
        ),
        422,
    ),
    "guests_not_sent": (
        mark("The organiser has not answered"),
        mark("What you typed of your guests is kept. Nothing was charged. Please try again in a moment."),
        503,
    ),
    "guests_closed": (
        mark("This cannot be changed any more"),
        mark(
            "The organiser has the details of the guests already. If something is wrong, please write to us."
        ),
        409,
    ),
    "quantity": (mark("How many?"), mark("Please say how many tickets you want."), 422),
}
FIELD_TEXTS: dict[str, str] = {
    "required": mark("Please fill this in."),
    "invalid": mark("The box office did not accept this. Please check it."),
    "email": mark("Please enter an e-mail address such as name@example.org."),
    "too_long": mark("This is too long."),
    "choice": mark("Please choose one of these."),
}


def problem(error: errors.ProviderError | str) -> Problem:
    """The sentence for an error or for a code. An unknown code reads like a plain refusal."""
    code = error if isinstance(error, str) else error.code
    title, text, status = TABLE.get(code, TABLE["refused"])
    sentence, fields = _(text), {}
    if isinstance(error, errors.LimitExceeded) and error.limit:
        sentence = _("The box office sells at most %(limit)s of these to one buyer.") % {"limit": error.limit}
    if isinstance(error, errors.Resting) and error.account in settings.PROVIDER_ACCOUNTS:
        sentence = _(
            "The box office of %(account)s does not answer just now. Your other tickets are safe. "
            "Try again in a minute."
        ) % {"account": settings.PROVIDER_ACCOUNTS[error.account].title}
    if isinstance(error, errors.DetailsRejected):
        fields = {
            name: _(FIELD_TEXTS.get(what, FIELD_TEXTS["invalid"])) for name, what in error.fields.items()
        }
    return Problem(code=code, title=_(title), text=sentence, status=status, fields=fields)
