"""From the fields that venues name as they like to our access marks.

A refresh keeps the fields with the event or date and notes which ones there are (`Seen`). What they mean is the
account's mapping (`MarkRule`), and where that says nothing of a field, what its name is well known for. A changed
mapping is applied at once to what is stored: nobody is asked for it.
"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog import bulk, records, summaries, versions, words
from catalog.models import Event, Instance, MarkRule, ProviderAccount, VenueAttribute
from shop.providers import attributes as fields
from shop.providers.types import EventInfo, InstanceInfo

EVENT, INSTANCE = VenueAttribute.Place.EVENT.value, VenueAttribute.Place.INSTANCE.value
MOST_FIELDS = 60  # of one event or date
LONGEST_NAME, LONGEST_VALUE = 100, 200
EXAMPLES = 8
DISTINCT = 60  # values of one field that are counted
BATCH = 500
Pairs = Sequence[Sequence[str]]


def _clean(given: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Names and values as plain text: a control character is no text that every database keeps."""
    for name, value in given:
        if named := records.plain(name)[:LONGEST_NAME]:
            yield named, records.plain(value)[:LONGEST_VALUE]


def stored(given: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The fields of an event or date that say something, as they are kept."""
    return [[name, value] for name, value in _clean(given) if value][:MOST_FIELDS]


# --- what they mean -------------------------------------------------------------------------------------------------


class Meanings:
    """An account's mapping. Two are equal where they say the same."""

    def __init__(self, account: ProviderAccount) -> None:
        self.rules: dict[tuple[str, str], list[tuple[str, str]]] = {}
        rows = MarkRule.objects.filter(account=account).order_by("pk")
        for place, name, values, mark in rows.values_list(
            "attribute__place", "attribute__name", "values", "mark"
        ):
            self.rules.setdefault((place, name), []).append((values, mark))
        self._known: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Meanings) and self.rules == other.rules

    def __hash__(self) -> int:
        return id(self)

    def marks(self, place: str, pairs: Pairs) -> list[str]:
        """Codes of the marks that these fields mean, in the order of `words.ACCESS`."""
        if not pairs:
            return []
        key = place, tuple((name, value) for name, value in pairs)
        known = self._known.get(key)
        if known is None:
            found = {mark for name, value in key[1] for mark in self._of(place, name, value)}
            known = self._known[key] = [code for code in words.ACCESS if code in found]
        return list(known)

    def _of(self, place: str, name: str, value: str) -> tuple[str, ...]:
        rules = self.rules.get((place, name))
        if rules is None:
            return fields.well_known([(name, value)])
        return tuple(mark for values, mark in rules if mark and means_yes(value, values))


def means_yes(value: str, wanted: str) -> bool:
    """Whether a value is one of those wanted; nothing wanted: any but “no”.

    A value may name several things ("BSL, captioned"), so its parts are compared as well as the whole.
    """
    patterns = [part.strip().casefold() for part in wanted.split(",") if part.strip()]
    if not patterns:
        return fields.is_said(value)
    parts = {part.strip().casefold() for part in (value, *re.split(r"[,;/|+&\n]", value))}
    return any(fnmatch.fnmatchcase(part, pattern) for part in parts for pattern in patterns)


def of_record(meanings: Meanings, place: str, info: EventInfo | InstanceInfo) -> dict[str, Any]:
    """The two columns that a record's fields fill; a provider may also know marks without fields."""
    pairs = stored(info.attributes)
    given = meanings.marks(place, pairs) if info.attributes else [m for m in words.ACCESS if m in info.marks]
    return {"attributes": pairs, "given_marks": given}


def text_of(own: object, given: object) -> str:
    """What is searched: the marks set by people and those by fields."""
    return words.marks_text(
        [*(own if isinstance(own, list) else []), *(given if isinstance(given, list) else [])]
    )


# --- which ones there are -------------------------------------------------------------------------------------------


class Seen:
    """The fields that one refresh met, with some of their values."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], Counter[str]] = {}

    def note(self, place: str, given: Iterable[tuple[str, str]]) -> None:
        for name, value in _clean(given):
            counted = self.values.setdefault((place, name), Counter())
            if value and (value in counted or len(counted) < DISTINCT):
                counted[value] += 1

    def save(self, account: ProviderAccount, now: datetime) -> None:
        """After a complete refresh. A field that is not met any more goes, unless people have said what it means."""
        known = {(row.place, row.name): row for row in VenueAttribute.objects.filter(account=account)}
        new, changed, same = [], [], []
        for (place, name), counted in self.values.items():
            examples = [
                value[:60] for value in sorted(counted, key=lambda one: (-counted[one], one))[:EXAMPLES]
            ]
            row = known.get((place, name))
            if row is None:
                new.append(
                    VenueAttribute(account=account, place=place, name=name, examples=examples, seen_at=now)
                )
            elif row.examples != examples:
                row.examples, row.seen_at = examples, now
                changed.append(row)
            else:
                same.append(row.pk)
        gone = [row.pk for key, row in known.items() if key not in self.values]
        with transaction.atomic():
            VenueAttribute.objects.bulk_create(new, ignore_conflicts=True)
            VenueAttribute.objects.bulk_update(changed, ["examples", "seen_at"], batch_size=200)
            VenueAttribute.objects.filter(pk__in=same).update(seen_at=now)
            VenueAttribute.objects.filter(pk__in=gone, rules=None).delete()


# --- a changed mapping ----------------------------------------------------------------------------------------------


def apply(account: ProviderAccount) -> int:
    """Work out the marks of all that is stored of the account anew; how many events and dates have others now."""
    meanings = Meanings(account)
    with transaction.atomic():
        events = _changed(
            Event.objects.filter(account=account, gone_at=None).exclude(attributes=[]).only(
                "attributes", "given_marks"
            ),
            EVENT, meanings,
        )  # fmt: skip
        bulk.update(Event, events, ("given_marks",))
        dates = _changed(
            Instance.objects.filter(event__account=account, gone_at=None).exclude(attributes=[]).only(
                "attributes", "given_marks", "access_marks", "event_id"
            ),
            INSTANCE, meanings,
        )  # fmt: skip
        for row in dates:
            row.access_text = text_of(row.access_marks, row.given_marks)
        bulk.update(Instance, dates, ("given_marks", "access_text"))
        if events or dates:
            summaries.keep({*(row.pk for row in events), *(row.event_id for row in dates)})
            versions.bump()
    return len(events) + len(dates)


def _changed(rows: Any, place: str, meanings: Meanings) -> list[Any]:
    """Those of the rows whose marks are others now, with the new ones set."""
    found = []
    for row in rows.iterator(chunk_size=BATCH):
        marks = meanings.marks(place, row.attributes)
        if marks != row.given_marks:
            row.given_marks = marks
            found.append(row)
    return found
