"""What staff must be told although nobody asks: beat is dead, no sweep is done, orders wait for a person.

A dead beat cannot say so itself. So everybody looks who is awake: the worker, whoever is asked for `/health/ready/` or
`/metrics`, the admin's first page, and every web process about once a minute while visitors come. A claim lets one of
them look at a time. What is found twice, half a minute apart, is told by mail, once for each occurrence: a machine that
was asleep, or a clock that was set, is no alarm.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop import claims, clock, clock_look, words
from shop.alert_models import Alert, Heartbeat

BEAT, SWEEP, PERSON = "beat", "sweep", "person"
CLOCK = "clock "  # and the machine: only itself can say that it goes right again
SWEEP_TASK = "checkout.tasks.sweep"  # the guarantee behind every faster road
LOOK_EVERY = 20  # seconds between two looks of anybody
SURE_AFTER = timedelta(seconds=30)  # between noticing and telling
TELLING_TAKES = 600  # seconds: who has not sent the mail by then was killed, and somebody else tries
PAGES_LOOK_EVERY = timedelta(seconds=60)  # between two looks of one web process for its visitors

log = logging.getLogger(__name__)
_looked: datetime | None = None
_looking = threading.Lock()


@dataclass(frozen=True)
class Trouble:
    """`since`: None where it never was otherwise. `text` is one sentence for staff."""

    name: str
    since: datetime | None
    text: str


# --- signs of life ------------------------------------------------------------------------------------------


def alive(name: str) -> None:
    """A sign of life, now."""
    now = clock.now()
    if not Heartbeat.objects.filter(name=name).update(at=now):
        try:
            with transaction.atomic():
                Heartbeat.objects.create(name=name, at=now)
        except IntegrityError:
            Heartbeat.objects.filter(name=name).update(at=now)


def signs() -> dict[str, datetime]:
    return dict(Heartbeat.objects.values_list("name", "at"))


def moment(at: datetime) -> str:
    """For staff, by the shop's clock: "Sat 21 Nov, 16:07"."""
    return f"{words.short_date(at)}, {words.clock_time(at)}"


# --- what is wrong ------------------------------------------------------------------------------------------


def troubles(user: object = None) -> list[Trouble]:
    """What is wrong now. With a user, of what that user may see."""
    now, seen = clock.now(), signs()
    asked = (beat_trouble(now, seen), sweep_trouble(now, seen), clock_trouble())
    found = [trouble for trouble in asked if trouble]
    waiting, since = import_string("checkout.figures.waiting")(user)
    if waiting and since and now - since > timedelta(minutes=settings.ALERT_PERSON_MINUTES):
        said = ngettext(
            "%(n)s order needs a person, the longest since %(when)s.",
            "%(n)s orders need a person, the longest since %(when)s.",
            waiting,
        )
        found.append(Trouble(PERSON, since, said % {"n": waiting, "when": moment(since)}))
    return found


def beat_trouble(now: datetime, seen: dict[str, datetime]) -> Trouble | None:
    """Nothing is queued any more: nobody asks about open payments, nothing is refreshed, no mail is tried again."""
    at = seen.get(BEAT)
    if at is None:
        return Trouble(BEAT, None, _("Beat has never run: start it, or nothing is swept and refreshed."))
    if now - at <= timedelta(minutes=settings.ALERT_BEAT_MINUTES):
        return None
    return Trouble(
        BEAT,
        at,
        _("Beat has not run since %(when)s: start it again, or nothing is swept and refreshed.")
        % {"when": moment(at)},
    )


def sweep_trouble(now: datetime, seen: dict[str, datetime]) -> Trouble | None:
    """Beat runs, and what it queues is not done: workers are dead, stuck, or cut off from the broker."""
    beat, at = seen.get(BEAT), seen.get(SWEEP)
    limit = timedelta(minutes=settings.ALERT_BEAT_MINUTES)
    if beat is None or now - beat > limit:
        return None  # one thing at a time
    if at is None:
        return Trouble(
            SWEEP, None, _("No worker has swept the orders yet: look at the workers and the broker.")
        )
    if now - at <= limit:
        return None
    return Trouble(
        SWEEP,
        at,
        _("No worker has swept the orders since %(when)s: look at the workers and the broker.")
        % {"when": moment(at)},
    )


def clock_name() -> str:
    return f"{CLOCK}{socket.gethostname()}"[:40]


def clock_trouble() -> Trouble | None:
    """The shop goes by the database's clock. What does not: signed messages and certificates, sign-in codes, cookies, beat."""
    apart = clock_look.apart()
    if abs(apart) <= clock_look.ALLOWED:
        return None
    said = _(
        "The clock of %(machine)s is %(n)s seconds away from the database's: set both by NTP. Orders are kept by the"
        " database's, but messages about payments and sign-in codes may be refused."
    )
    seconds = round(abs(apart.total_seconds()))
    return Trouble(clock_name(), None, said % {"machine": socket.gethostname(), "n": seconds})


# --- telling ------------------------------------------------------------------------------------------------


def look() -> None:
    """Notice, tell, close. Safe to call from anywhere at any time; does nothing where somebody looked just now."""
    if not claims.take("alerts", seconds=LOOK_EVERY):
        return
    now = clock.now()
    with translation.override(settings.LANGUAGE_CODE):
        wrong = {trouble.name: trouble for trouble in troubles()}
        rows = {row.name: row for row in Alert.objects.filter(over_at__isnull=True)}
        for name, row in rows.items():
            if name not in wrong and (not name.startswith(CLOCK) or name == clock_name()):
                _over(row, now)
        for name, trouble in wrong.items():
            if name not in rows:
                _notice(trouble, now)
            elif rows[name].told_at is None and now - rows[name].noticed_at >= SURE_AFTER:
                _tell(rows[name], trouble, now)


def _notice(trouble: Trouble, now: datetime) -> None:
    try:
        with transaction.atomic():
            Alert.objects.create(name=trouble.name, noticed_at=now, said=trouble.text[:300])
    except IntegrityError:
        return  # somebody else was quicker


def _over(row: Alert, now: datetime) -> None:
    if row.told_at is None:
        Alert.objects.filter(pk=row.pk, told_at__isnull=True).delete()
        return
    if Alert.objects.filter(pk=row.pk, over_at__isnull=True).update(over_at=now):
        log.info("alert %s is over", row.name)


def _tell(row: Alert, trouble: Trouble, now: datetime) -> None:
    """One mail, by whoever takes the claim. It counts as told once it has left: whatever became of who was sending it
    (killed, no mail server), a later look tries again."""
    with contextlib.suppress(claims.Taken), claims.claim(f"alert:{row.pk}", seconds=TELLING_TAKES):
        mine = Alert.objects.filter(pk=row.pk, told_at__isnull=True)
        if not mine.update(said=trouble.text[:300]):
            return
        log.error("alert %s: %s", trouble.name, trouble.text)
        if _mailed(trouble):
            mine.update(told_at=now)


def _mailed(trouble: Trouble) -> bool:
    if not settings.STAFF_EMAILS:
        return True  # there is nobody: the log has it, and the admin's first page (system check shop.W084)
    message = EmailMessage(
        subject=_("%(shop)s: %(what)s") % {"shop": settings.SHOP_NAME, "what": trouble.text},
        body=_("%(what)s\n\nHow the shop is doing: %(url)s\n\nThis is told once, until it is over.\n")
        % {"what": trouble.text, "url": settings.PUBLIC_ORIGIN + reverse("admin:index")},
        to=settings.STAFF_EMAILS,
        headers={"Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except Exception as error:  # noqa: BLE001 - each mail service has errors of its own
        log.warning("staff could not be told of %s: %s", trouble.name, type(error).__name__)
        return False
    return True


def look_beside() -> None:
    """For web processes: in a thread of its own, once a minute at most, so that no visitor waits for it."""
    global _looked
    if not settings.PAGES_NOTICE_ALERTS or not _is_time():
        return
    with _looking:
        if not _is_time():
            return
        _looked = clock.now()
    threading.Thread(target=_look_alone, name="alerts", daemon=True).start()


def _is_time() -> bool:
    return _looked is None or abs(clock.now() - _looked) >= PAGES_LOOK_EVERY  # a clock may be set back


def _look_alone() -> None:
    try:
        look()
    except DatabaseError as error:
        log.warning("nobody could look for alerts: %s", type(error).__name__)
    except Exception:  # nobody is there to be told but the log
        log.exception("looking for alerts failed")
    finally:
        connection.close()
