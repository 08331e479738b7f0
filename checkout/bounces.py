"""Mail that came back: learnt while it is handed over, from the mail service's messages, or from a bounce that is read.

Whoever learns of it says so in a `Report`. Reports may come twice, late, in any order, or be about a mail of somebody
else: each is kept once in the inbox, finds its mail by the id that we wrote into it, and only then by its address. An
address that is no longer the order's marks the old mail and disturbs nobody.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr
from enum import StrEnum

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from checkout.models import InboxMessage, Mail, Order
from checkout.states import call_staff, note
from shop import clock

log = logging.getLogger(__name__)
SOURCE = "mail"  # of the inbox
LATEST = timedelta(days=14)  # mail servers give up after five days; some tell it late
RIGHTS = (Order.Status.PAID, Order.Status.FULFILLED, Order.Status.ATTENTION, Order.Status.REFUNDED)
MAIL_REASONS = ("mail_bounced", "mail_failed")  # why staff are called: over once the address is another

WHY: dict[str, str | Promise] = {
    "unknown": _("the address does not exist"),
    "full": _("the mailbox is full"),
    "refused": _("the mail server there refused it"),
    "silent": _("the mail server there did not answer"),
    "suppressed": _("the mail service does not send to this address any more"),
    "other": _("no reason was given"),
}


class News(StrEnum):
    """What became of a mail."""

    BOUNCED = "bounced"
    DELAYED = "delayed"  # it is still tried
    DELIVERED = "delivered"
    COMPLAINED = "complained"  # marked as unwanted


@dataclass(frozen=True)
class Report:
    """`event_id`: the teller's own, "" where it has none. `message_id`: what it calls the mail. `why`: a key of `WHY`."""

    news: News
    message_id: str = ""
    recipient: str = ""
    event_id: str = ""
    why: str = "other"
    at: datetime | None = None

    @property
    def key(self) -> str:
        """The same for every copy of it. Of the address nothing is left in it."""
        if self.event_id:
            return self.event_id[:100]
        parts = (self.news, self.message_id, self.recipient.lower(), self.at.isoformat() if self.at else "")
        return "-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Heard(StrEnum):
    KEPT = "kept"
    KNOWN = "known"
    FOREIGN = "foreign"  # no mail of ours


def new_message_id() -> str:
    """Cannot be guessed: whoever names it in a bounce has seen the mail."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return make_msgid("foyer", domain)


def bare(message_id: str) -> str:
    """Without the brackets that some leave away."""
    return message_id.strip().strip("<>")[:200]


# --- what is told from outside --------------------------------------------------------------------------------


def hear(report: Report) -> Heard:
    """Keep a report whose teller was proved to be genuine, and do what follows. Any number of times, in any order."""
    with transaction.atomic():
        mail = mail_of(report)
        row = _keep(report, mail)
        if row is None:
            return Heard.KNOWN
        if mail is None:
            return Heard.FOREIGN
        if report.news == News.BOUNCED:
            mark(mail, report.why, at=report.at)
        elif report.news == News.COMPLAINED:
            note(mail.order, because=f"the mail was marked as unwanted: {mail.kind}", subject="mail")
    return Heard.KEPT


def _keep(report: Report, mail: Mail | None) -> InboxMessage | None:
    state = InboxMessage.State.HANDLED if mail is not None else InboxMessage.State.FOREIGN
    now = clock.now()
    try:
        with transaction.atomic():
            return InboxMessage.objects.create(
                source=SOURCE,
                event_id=report.key,
                kind=f"mail.{report.news}",
                object_id=mail.order.number if mail is not None else "",
                live=True,
                state=state,
                happened_at=report.at,
                received_at=now,
                handled_at=now,
            )
    except IntegrityError:
        InboxMessage.objects.filter(source=SOURCE, event_id=report.key).update(copies=F("copies") + 1)
        return None


def mail_of(report: Report) -> Mail | None:
    """By the id in its head; mail services that write their own one are known by the address, while the mail is young."""
    rows = Mail.objects.select_related("order").exclude(kind__startswith="staff-")
    if report.message_id and (found := rows.filter(message_id=bare(report.message_id)).first()):
        return found
    if not report.recipient:
        return None
    until = report.at or clock.now()
    young = rows.filter(
        order__email__iexact=report.recipient,
        sent_at__gt=until - LATEST,
        sent_at__lte=until + timedelta(minutes=5),  # clocks of two houses
    ).order_by("-sent_at", "-pk")
    return next((mail for mail in young[:20] if _is_same(mail.sent_to, report.recipient)), None)


def _is_same(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()


# --- what follows ---------------------------------------------------------------------------------------------


def mark(mail: Mail, why: str, *, at: datetime | None = None) -> bool:
    """This mail did not arrive; True the first time. Staff are called where somebody has tickets and no mail."""
    why = why if why in WHY else "other"
    with transaction.atomic():
        fresh = Mail.objects.filter(pk=mail.pk, bounced_at=None)
        if not fresh.update(bounced_at=clock.now(), bounce=why):
            return False
        mail.refresh_from_db()
        order = Order.objects.get(pk=mail.order_id)
        note(order, because=f"a mail came back: {mail.kind}", subject="mail")
        if matters(mail, order) and not order.attention_reason:  # else somebody looks at it already
            call_staff(order, "mail_bounced")
    log.info("mail %s came back: %s", mail.pk, why)
    return True


def matters(mail: Mail, order: Order) -> bool:
    """Whether a buyer with something bought waits in vain for it."""
    return (
        not mail.kind.startswith("staff-") and order.status in RIGHTS and _is_same(mail.sent_to, order.email)
    )


def bounced_of(order: Order) -> Mail | None:
    """The newest mail to the order's present address, if it came back; None once a later one did not."""
    if not order.email:
        return None
    for mail in order.mails.exclude(kind__startswith="staff-").order_by("-queued_at", "-pk"):
        if mail.sent_to and not _is_same(mail.sent_to, order.email):
            continue
        if mail.bounced_at is not None:
            return mail
        if mail.sent_at is not None:
            return None
    return None


# --- what the mail server says while it takes a mail over -----------------------------------------------------


def refusal(error: Exception) -> str:
    """Why the server there takes no mail for this address, for good; "" where it may do so later, or it was not asked.

    Codes of RFC 5321: 4xx is for now, 5xx for good. A sender that is refused is our own fault, not the address's.
    """
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return ""
    said: Mapping[str, tuple[int, bytes]] = error.recipients
    if any(code < 500 for code, _text in said.values()):
        return ""
    texts = [
        text.decode("ascii", "replace") if isinstance(text, bytes) else str(text)
        for _c, text in said.values()
    ]
    return why_of(texts[0]) if texts else "refused"


def why_of(text: str) -> str:
    """A key of `WHY` out of an enhanced status code ("5.1.1 no such user", RFC 3463)."""
    for start, why in (("5.1.", "unknown"), ("5.2.2", "full"), ("5.4.", "silent"), ("5.7.", "refused")):
        if start in text:
            return why
    return "refused"
