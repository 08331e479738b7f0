"""The words of codes: question names, choices, ways of delivery, states of a part, reasons. All translated."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from checkout.models import Booking, Payment

Words = str | Promise
DONE = (Booking.Status.BOOKED, Booking.Status.TICKETED)
CANNOT_BE_ASKED = "cannot_be_asked"  # nobody but the buyer can say how it stands

QUESTIONS: dict[str, Words] = {
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("E-mail"),
    "phone": _("Telephone"),
    "mobile": _("Mobile telephone"),
    "company": _("Company"),
    "address_1": _("Address"),
    "address_2": _("Address, second line"),
    "city": _("Town or city"),
    "postcode": _("Postcode"),
    "country": _("Country"),
    "state": _("State"),
    "delivery": _("How do you want to get your tickets?"),
    "merchandise_delivery": _("How do you want to get what you chose from the shop?"),
    "protection": _("Protect your booking?"),
    "format": _("How do you want your tickets?"),
}
HINTS: dict[str, Words] = {
    "email": _("Your tickets and news about this order go there. We use it for nothing else."),
    "phone": _("Only used if something about this booking changes."),
    "state": _("Only for addresses in the United States."),
    "protection": _("An insurance that the seller offers for all tickets of this part."),
}
AUTOCOMPLETE: dict[str, str] = {
    "first_name": "given-name",
    "last_name": "family-name",
    "email": "email",
    "phone": "tel",
    "mobile": "tel",
    "company": "organization",
    "address_1": "address-line1",
    "address_2": "address-line2",
    "city": "address-level2",
    "postcode": "postal-code",
    "country": "country",
    "state": "address-level1",
}
CHOICES: dict[str, Words] = {
    "pdf": _("PDF tickets"),
    "pkpass": _("Wallet tickets (pkpass)"),
    "secure": _("Ticket in the provider's own app"),
    "box_office": _("Collect at the box office"),
    "print_at_home": _("Print at home"),
    "e_ticket": _("E-ticket"),
    "scheduled": _("E-ticket, sent shortly before the date"),
    "venue_dispatch": _("Sent by the venue"),
    "post": _("By post"),
    "mail": _("By e-mail"),
    "print_there": _("Print at home"),
    "yes": _("Yes"),
    "no": _("No"),
}
CHOICE_HINTS: dict[str, Words] = {
    "pdf": _("To print or to show on a telephone."),
    "pkpass": _("For Apple Wallet and apps that read its files."),
    "box_office": _("Bring your reference and a proof of your name."),
    "print_at_home": _("You download and print them from your order page."),
    "e_ticket": _("To show on a telephone."),
    "scheduled": _("You find it on your order page from a date that the venue sets."),
    "venue_dispatch": _("The venue e-mails them to you itself."),
    "print_there": _("You print them on the box office's own website, signed in with your e-mail address."),
    "mail": _("The box office mails them to you."),
    "post": _("To the address that you enter below."),
}
DISABLED: dict[str, Words] = {
    "wallet_needs_account": _(
        "Needs an account and a wallet at the ticket seller. You are buying as a guest, so it cannot be chosen here."
    ),
}
MISSING: dict[str, Words] = {
    "first_name": _("Enter your first name"),
    "last_name": _("Enter your last name"),
    "email": _("Enter your e-mail address"),
    "phone": _("Enter a telephone number"),
    "mobile": _("Enter a mobile telephone number"),
    "company": _("Enter a company"),
    "address_1": _("Enter the first line of your address"),
    "address_2": _("Enter the second line of your address"),
    "city": _("Enter a town or city"),
    "postcode": _("Enter a postcode"),
    "country": _("Choose a country"),
    "state": _("Choose a state"),
    "delivery": _("Choose how you want to get your tickets"),
    "merchandise_delivery": _("Choose how you want to get what you chose from the shop"),
    "protection": _("Choose whether you want to protect your booking"),
    "format": _("Choose how you want your tickets"),
}

CHECKED = _("Being checked with the box office")
NOT_CONFIRMED = _("Not confirmed to this shop")
NOT_SEEN = _("Payment not seen here")
BOOKING_STATES: dict[str, Words] = {
    Booking.Status.HELD: _("Held"),
    Booking.Status.PREPARED: _("Waiting for payment"),
    Booking.Status.CONFIRMING: _("Booking"),
    Booking.Status.UNCERTAIN: CHECKED,
    Booking.Status.BOOKED: _("Booked"),
    Booking.Status.TICKETED: _("Tickets ready"),
    Booking.Status.REFUSED: _("Not booked"),
    Booking.Status.LAPSED: _("Not booked: the time ran out"),
    Booking.Status.REFUNDED: _("Refunded"),
}
PAID_TO_US: dict[str, Words] = {
    Payment.Status.AUTHORISED: _("On hold on your card, booked next"),
    Payment.Status.CAPTURED: _("Paid, booked next"),
}
BOOKING_KINDS: dict[str, str] = {
    Booking.Status.HELD: "wait",
    Booking.Status.PREPARED: "wait",
    Booking.Status.CONFIRMING: "wait",
    Booking.Status.UNCERTAIN: "help",
    Booking.Status.BOOKED: "booked",
    Booking.Status.TICKETED: "ready",
    Booking.Status.REFUSED: "back",
    Booking.Status.LAPSED: "back",
    Booking.Status.REFUNDED: "back",
}
ARRIVES_DONE: dict[str, Words] = {
    "box_office": _("Ready for collection at the box office"),
    "post": _("Booked: tickets come by post"),
    "venue_dispatch": _("Booked: the venue sends the tickets"),
    "mail": _("Booked: tickets come by e-mail"),
    "account": _("Booked: tickets are printed on the box office's website"),
}
REASONS: dict[str, Words] = {
    "late_success": _("Paid after the shop had given up: check that the buyer has not bought twice."),
    "unproven": _("The provider shows a booking, but nothing proves that it was paid."),
    "amount_differs": _("The sum at the provider is not the sum the buyer agreed to."),
    "cannot_be_asked": _(
        "The buyer says that it is paid. This account has no credentials to ask for its orders: compare with the box office."
    ),
    "order_not_found": _(
        "The buyer, or the page they paid on, says that it is paid. The box office shows no such order."
    ),
    "claimed": _(
        "The box office's order that fits belongs to another order of this shop. Nothing was booked for this one."
    ),
    "silent": _("The provider has not said for a long time whether this was paid."),
    "refused_after_return": _("The buyer came back from paying, and the provider says it is not booked."),
    "documents_late": _("Paid, and the tickets are not there long after they should be."),
    "order_cancelled": _(
        "The provider has cancelled an order that the buyer has paid. Ask there, then give money back."
    ),
    "order_returned": _(
        "The provider has taken back an order that the buyer has paid. Ask there, then give money back."
    ),
    "order_blocked": _("The provider has blocked an order that the buyer has paid. Ask there why."),
    "order_postponed": _(
        "The provider has put an order off: the event may have another date. Tell the buyer."
    ),
    "order_unknown": _(
        "The provider says something of an order that the shop does not know. Look at it there."
    ),
    "not_unlocked": _(
        "The provider does not let this account book in the way it is set to. The card was let go, and the buyer may pay on "
        "the provider's own page. Have the account unlocked, or empty its PAYMENT_ROUTE."
    ),
    "payment_address": _("The provider named a payment page on a host that is not allowed."),
    "refunded": _("The provider gave the money back."),
    "guests_missing": _("The last date for the details of guests is over, and some are missing."),
    "guests_unsent": _(
        "The last date for the details of guests is near, and the provider cannot be given them."
    ),
    "guests_refused": _("The provider refuses the details of guests again and again."),
    "guests_closed": _("The provider takes no more details of guests, and not all have reached it."),
    "mail_failed": _("A mail to the buyer could not be sent."),
    "mail_bounced": _(
        "A mail to the buyer came back. Their page asks them for another address; whoever has a telephone number can ring."
    ),
    "cancelled_there": _(
        "The provider has cancelled or given back a part that was paid to us. Give the buyer the money back."
    ),
    "refund_waits": _(
        "Money is to be given back, and the payment company does not answer. It is asked on and on."
    ),
    "refund_failed": _("The payment company refused to give money back. The buyer has been told nothing."),
    "refund_failed_late": _("Money that was given back did not arrive. The buyer was told that it comes."),
    "refund_outside": _(
        "Money was given back in the payment company's own pages. Look which tickets it was for."
    ),
    "refund_differs": _("A refund there is not what our ledger says. Compare the two."),
    "disputed": _(
        "The buyer's bank disputes the payment. Answer in the payment company's pages before the date there."
    ),
    "dispute_lost": _("A disputed payment is lost: the bank took the money back."),
    "authorisation_lost": _("The bank let an authorised payment go before it was taken."),
    "message_failed": _("A message of the payment company could not be handled for days."),
    "till_mismatch": _(
        "A payment is not as this shop made it (sum, currency, mode or reference). Nothing was moved: compare the two."
    ),
    "till_misconfigured": _(
        "The payment company refuses our key, or what we ask of it. Look at the settings."
    ),
    "capture_refused": _(
        "The tickets are booked, and the payment company refuses to take the authorised money."
    ),
    "capture_waits": _(
        "The tickets are booked, and the payment company does not answer when the money is to be taken. It is asked on and on."
    ),
    "booked_unpaid": _("The tickets are booked, and no money for them came in. A person decides."),
    "late_money": _("Money came after the shop had given up. It goes back by itself: look that it does."),
    "uncertain": _("The card is authorised, and the provider has not said whether the tickets are booked."),
    "account_refuses": _("The provider did not let this account book. The buyer was not charged."),
}
REFUND_REASONS: dict[str, Words] = {
    "buyer": _("The buyer asked for it"),
    "event_cancelled": _("The event was cancelled or moved"),
    "duplicate": _("Paid twice"),
    "refused": _("It could not be booked"),
    "late": _("The money came too late"),
    "other": _("Another reason"),
}


def state_of(booking: Booking, to_us: str = "") -> Words:
    """The state of a part in words; `to_us`: the status of the payment to our own till that is for it."""
    if booking.reason == CANNOT_BE_ASKED and booking.status == Booking.Status.UNCERTAIN:
        return NOT_CONFIRMED
    if booking.reason == CANNOT_BE_ASKED and booking.status == Booking.Status.LAPSED:
        return NOT_SEEN
    if booking.status == Booking.Status.TICKETED and booking.arrives in ARRIVES_DONE:
        return ARRIVES_DONE[booking.arrives]
    if booking.status == Booking.Status.REFUSED and booking.reason == "dropped":
        return _("Left out")
    if booking.status == Booking.Status.PREPARED and booking.returned == "success":
        return _("Payment being confirmed")
    if booking.status == Booking.Status.PREPARED and to_us in PAID_TO_US:
        return PAID_TO_US[to_us]
    return BOOKING_STATES[booking.status]
