"""What may not be sold is refused before any provider is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog import queries, selling
from catalog.models import Event, Instance, ProviderAccount
from shop import clock
from shop.problems import TABLE
from tests.factories_catalog import event, instance

pytestmark = pytest.mark.django_db


def refused(pk: int) -> selling.Refusal | None:
    row = queries.instance(pk)
    assert row is not None
    return selling.refusal(row)


def test_what_is_on_sale_is_not_refused() -> None:
    assert refused(instance(event()).pk) is None


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("model", "values", "code"),
    [
        (Event, {"hidden": True}, "hidden"),
        (Event, {"status": "cancelled"}, "cancelled"),
        (Event, {"stop_sale": True}, "stop_sale"),
        (Event, {"gone_at": timedelta(0)}, "gone"),
        (Instance, {"status": "cancelled"}, "cancelled"),
        (Instance, {"stop_sale": True}, "stop_sale"),
        (Instance, {"gone_at": timedelta(0)}, "gone"),
        (Instance, {"starts_at": -HOUR}, "past"),
        (Instance, {"sale_starts_at": HOUR}, "not_yet"),
        (Instance, {"sale_ends_at": -HOUR}, "ended"),
        (Instance, {"bookable": False}, "not_on_sale"),
        (ProviderAccount, {"stop_sale": True}, "stop_sale"),
        (ProviderAccount, {"configured": False}, "gone"),
    ],
)
def test_each_reason_has_its_code_and_its_sentence(model: type, values: dict[str, object], code: str) -> None:
    row = instance(event())
    now = clock.now()
    model.objects.update(**{n: now + v if isinstance(v, timedelta) else v for n, v in values.items()})  # type: ignore[attr-defined]
    found = refused(row.pk)
    assert found is not None
    assert found.code == code
    assert found.text
    assert code in TABLE, "shop.problems has a title and a status for it"


def test_the_reason_of_whoever_stopped_the_sale_is_shown_the_nearest_first() -> None:
    row = instance(event())
    ProviderAccount.objects.update(stop_sale=True, stop_reason="account")
    assert refused(row.pk).text == "account"  # type: ignore[union-attr]
    Event.objects.update(stop_sale=True, stop_reason="event")
    assert refused(row.pk).text == "event"  # type: ignore[union-attr]
    Instance.objects.update(stop_sale=True, stop_reason="date")
    assert refused(row.pk).text == "date"  # type: ignore[union-attr]


def test_a_sale_that_has_not_begun_says_when_it_does() -> None:
    begins = clock.now() + HOUR
    found = refused(instance(event(), sale_starts_at=begins).pk)
    assert found is not None
    assert found.since == begins


def test_what_has_begun_but_is_not_over_may_be_sold() -> None:
    now = clock.now()
    assert refused(instance(event(), starts_at=now - HOUR, ends_at=now + HOUR).pk) is None


def test_last_seen_numbers_never_refuse() -> None:
    assert refused(instance(event(), seats_left=0).pk) is None
