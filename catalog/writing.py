"""Writes what a provider sent, and only what changed of it.

For each batch of events: load (ref, hash) pairs, compare, insert what is new, write what differs, mark gone what
was there and is not listed any more. Nothing is deleted, nothing of the venue's own is touched. One short
transaction a batch; nobody is called inside it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify

from catalog import bulk, marks, moving, records, summaries, versions
from catalog.models import Event, Instance, ProviderAccount, Venue
from shop.providers.types import EventInfo, InstanceInfo, VenueInfo

INSTANCE_FIELDS = ("name", "starts_at", "local_date", "ends_at", "doors_at", "status", "bookable",
                   "sale_starts_at", "sale_ends_at", "currency", "price_from_minor", "price_to_minor",
                   "seats_left", "seats_total", "longest_run", "attributes", "given_marks",
                   "access_text", "content_hash", "fetched_at", "gone_at")  # fmt: skip
EVENT_FIELDS = ("venue", "name", "kind", "description", "tagline", "running_time", "age_note", "notice",
                "access_note", "offer_text", "terms", "seller", "status", "listed", "image_url", "currency",
                "price_from_minor", "price_to_minor", "attributes", "given_marks", "content_hash", "fetched_at",
                "changed_at", "gone_at")  # fmt: skip
# Numbers that a page shows as a word at most, so that they alone do not empty the page cache.
QUIET = frozenset({"seats_left", "seats_total", "longest_run", "attributes", "content_hash", "fetched_at"})


@dataclass
class Read:
    """One event as it was read. `dates_whole`: its list of dates ended normally, so what is missing is gone."""

    info: EventInfo
    dates: list[InstanceInfo]
    dates_whole: bool
    unreadable: frozenset[str] = frozenset()  # refs of dates that were left out: there, but not understood


@dataclass
class Written:
    rows: int = 0
    gone: int = 0
    event_ids: set[int] = field(default_factory=set)


class Writer:
    """Writes one account's records within one horizon of dates; remembers venues and slugs between batches."""

    def __init__(
        self, account: ProviderAccount, *, currency: str, now: datetime, since: datetime, until: datetime
    ) -> None:
        self.account = account
        self.currency = currency
        self.now = now
        self.since = since
        self.until = until
        self.event_pks: dict[str, int] = {}
        self.meanings = marks.Meanings(account)
        self._load_venues()

    def _load_venues(self) -> None:
        pairs = Venue.objects.filter(account=self.account).values_list("provider_ref", "pk", "content_hash")
        self.venues: dict[str, tuple[int, str]] = {ref: (pk, digest) for ref, pk, digest in pairs}

    def write(self, batch: Sequence[Read]) -> Written:
        """Bring the rows of these events in line. Repeats itself once where another process took a slug."""
        try:
            return self._write(batch, careful=False)
        except IntegrityError:
            self._load_venues()
            return self._write(batch, careful=True)

    def _write(self, batch: Sequence[Read], *, careful: bool) -> Written:
        done = Written()
        with transaction.atomic():
            touched = self._venues(batch, done, careful=careful)
            visible = bool(touched)
            visible |= self._events(batch, done, careful=careful)
            visible |= self._instances(batch, done)
            moved = Event.objects.filter(venue_id__in=touched).values_list("pk", flat=True) if touched else ()
            visible |= summaries.keep({*done.event_ids, *moved}, now=self.now)
            if visible:
                versions.bump()
        return done

    # --- venues ---------------------------------------------------------------------------------------------

    def _venues(self, batch: Sequence[Read], done: Written, *, careful: bool) -> list[int]:
        """Returns the venues that existed and now read differently."""
        changed: dict[str, VenueInfo] = {}
        for read in batch:
            venue = read.info.venue
            known = self.venues.get(venue.ref)
            if known is None or known[1] != records.venue_hash(venue):
                changed.setdefault(venue.ref, venue)
        touched = []
        for ref, venue in changed.items():
            values = records.venue_values(venue)
            known = self.venues.get(ref) or moving.adopted(self.account, ref, values["name"])
            if known is None:
                slug = self._free_slug(Venue, values["name"], ref, hints=[values["city"]], careful=careful)
                row, made = Venue.objects.get_or_create(
                    account=self.account, provider_ref=ref, defaults={**values, "slug": slug}
                )
                if not made:  # another process was quicker
                    Venue.objects.filter(pk=row.pk).update(**values)
                pk = row.pk
            else:
                pk = known[0]
                Venue.objects.filter(pk=pk).update(**values)
                touched.append(pk)
            self.venues[ref] = (pk, values["content_hash"])
            done.rows += 1
        return touched

    # --- events ---------------------------------------------------------------------------------------------

    def _events(self, batch: Sequence[Read], done: Written, *, careful: bool) -> bool:
        refs = [read.info.ref for read in batch]
        known = {
            ref: (pk, digest, venue, gone)
            for ref, pk, digest, venue, gone in Event.objects.filter(
                account=self.account, provider_ref__in=refs
            ).values_list("provider_ref", "pk", "content_hash", "venue_id", "gone_at")
        }
        new: list[Event] = []
        changed: dict[int, dict[str, Any]] = {}
        taken: set[str] = set()
        for read in batch:
            info = read.info
            venue_id = self.venues[info.venue.ref][0]
            row = known.get(info.ref)
            if row and row[1] == records.event_hash(info) and row[2] == venue_id and row[3] is None:
                continue
            values = records.event_values(info, currency=self.currency)
            values |= marks.of_record(self.meanings, marks.EVENT, info)
            values |= {"venue_id": venue_id, "fetched_at": self.now, "changed_at": self.now, "gone_at": None}
            if row:
                changed[row[0]] = values
            else:
                hints = [info.venue.name, info.venue.city]
                slug = self._free_slug(
                    Event, values["name"], info.ref, hints=hints, careful=careful, taken=taken
                )
                new.append(Event(account=self.account, provider_ref=info.ref, slug=slug, **values))
        if new:
            Event.objects.bulk_create(new, batch_size=200)
        if changed:
            rows = Event.objects.in_bulk(list(changed))
            for pk, values in changed.items():
                for name, value in values.items():
                    setattr(rows[pk], name, value)
            bulk.update(Event, rows.values(), EVENT_FIELDS)
        done.rows += len(new) + len(changed)
        self.event_pks = {ref: row[0] for ref, row in known.items()}
        if new:
            made = Event.objects.filter(account=self.account, provider_ref__in=[e.provider_ref for e in new])
            self.event_pks |= dict(made.values_list("provider_ref", "pk"))
        done.event_ids.update(changed, (self.event_pks[event.provider_ref] for event in new))
        return bool(new or changed)

    def _free_slug(
        self,
        model: type[Event] | type[Venue],
        name: str,
        ref: str,
        *,
        hints: Iterable[str],
        careful: bool,
        taken: set[str] | None = None,
    ) -> str:
        """A slug that is nobody's yet, the plainest that can be had; once given it never changes."""
        taken = taken if taken is not None else set()
        plain = slugify(name)[:80].strip("-") or model._meta.model_name or "on"
        said = [plain, *(f"{plain}-{slugify(hint)[:40]}".strip("-") for hint in hints if slugify(hint))]
        unique = f"{plain}-{slugify(self.account.name)[:30]}-{slugify(ref)[:30] or 'x'}"
        if careful:
            said = []
        said.append(unique)
        for slug in said:
            if slug not in taken and not model.objects.filter(slug=slug).exists():
                taken.add(slug)
                return slug
        while True:
            slug = f"{unique[:100]}-{random.randrange(16**6):06x}"
            if slug not in taken and not model.objects.filter(slug=slug).exists():
                taken.add(slug)
                return slug

    # --- dates ----------------------------------------------------------------------------------------------

    def _instances(self, batch: Sequence[Read], done: Written) -> bool:
        ids = {self.event_pks[read.info.ref]: read for read in batch}
        known: dict[int, dict[str, tuple[int, str]]] = {event_id: {} for event_id in ids}  # ref -> pk, hash
        listed = Instance.objects.filter(event_id__in=list(ids)).filter(
            Q(starts_at__gte=self.since) | Q(ends_at__gte=self.since)
        )
        # what is gone has no hash, so a date that comes back differs from what is known of it
        for event_id, ref, pk, digest in listed.order_by().values_list(
            "event_id", "provider_ref", "pk", "content_hash"
        ):
            known[event_id][ref] = (pk, digest)
        fresh: list[tuple[int, InstanceInfo, str]] = []
        missing: list[int] = []
        for event_id, read in ids.items():
            zone, rows = read.info.venue.timezone, known[event_id]
            unseen = set(rows)
            for date in read.dates:
                digest = records.instance_hash(date, zone)
                row = rows.get(date.ref)
                if row is None or row[1] != digest:
                    fresh.append((event_id, date, zone))
                unseen.discard(date.ref)
            if read.dates_whole:
                missing += [rows[ref][0] for ref in unseen if ref not in read.unreadable]
        visible = self._write_instances(fresh, known, done) if fresh else False
        return self._mark_missing(missing, done) or visible

    def _mark_missing(self, missing: list[int], done: Written) -> bool:
        """Dates of these that lie in the horizon and were listed until now are gone."""
        if not missing:
            return False
        there = Instance.objects.filter(
            pk__in=missing, gone_at__isnull=True, starts_at__gte=self.since, starts_at__lt=self.until
        )
        gone = dict(there.values_list("pk", "event_id"))
        Instance.objects.filter(pk__in=gone).update(gone_at=self.now, content_hash="")
        done.gone += len(gone)
        done.event_ids.update(gone.values())
        return bool(gone)

    def _write_instances(
        self,
        fresh: list[tuple[int, InstanceInfo, str]],
        known: dict[int, dict[str, tuple[int, str]]],
        done: Written,
    ) -> bool:
        # a date that was outside the horizon when last seen is not in `known`, but its row is there
        strangers = [
            (event_id, date.ref) for event_id, date, _zone in fresh if date.ref not in known[event_id]
        ]
        if strangers:
            rows = Instance.objects.filter(
                event_id__in={event_id for event_id, _ref in strangers},
                provider_ref__in={ref for _event_id, ref in strangers},
            ).values_list("event_id", "provider_ref", "pk", "content_hash")
            for event_id, ref, pk, digest in rows:
                known[event_id][ref] = (pk, digest)
        rows_now = Instance.objects.in_bulk(
            [known[event_id][date.ref][0] for event_id, date, _zone in fresh if date.ref in known[event_id]]
        )
        wanted: list[dict[str, Any]] = []
        visible = False
        for event_id, date, zone in fresh:
            row = known[event_id].get(date.ref)
            values = records.instance_values(date, zone=zone, currency=self.currency)
            values |= {"fetched_at": self.now, "gone_at": None}
            values |= marks.of_record(self.meanings, marks.INSTANCE, date)
            own = rows_now[row[0]].access_marks if row is not None else []
            values["access_text"] = marks.text_of(own, values["given_marks"])
            if row is None:
                values["availability_due_at"] = self.now + timedelta(seconds=random.uniform(30, 1800))
                visible = True
            else:
                before = rows_now[row[0]]
                different = {name for name, value in values.items() if getattr(before, name) != value}
                few = summaries.seats_word(before.seats_left) != summaries.seats_word(values["seats_left"])
                visible = visible or few or bool(different - QUIET)
            wanted.append({"event_id": event_id, "provider_ref": date.ref, **values})
            done.event_ids.add(event_id)
        # what is the venue's own is not among the fields that are written over
        bulk.upsert(Instance, wanted, unique=("event", "provider_ref"), names=INSTANCE_FIELDS)
        done.rows += len(wanted)
        return visible


def mark_gone(account: ProviderAccount, *, seen: set[str], now: datetime, since: datetime) -> int:
    """After a complete fetch: events of the account that it does not list any more. Never deletes."""
    listed = Event.objects.filter(account=account, gone_at__isnull=True).filter(
        Q(last_at__isnull=True) | Q(last_at__gte=since)
    )
    gone = [pk for pk, ref in listed.values_list("pk", "provider_ref").iterator() if ref not in seen]
    if not gone:
        return 0
    with transaction.atomic():
        for start in range(0, len(gone), 500):
            part = gone[start : start + 500]
            Event.objects.filter(pk__in=part).update(gone_at=now, changed_at=now, content_hash="")
        versions.bump()
    return len(gone)


def mark_event_gone(event: Event, *, now: datetime) -> None:
    """The provider says that it does not know this event any more."""
    with transaction.atomic():
        rows = Event.objects.filter(pk=event.pk, gone_at__isnull=True)
        if rows.update(gone_at=now, changed_at=now, content_hash=""):
            versions.bump()
