"""What makes the tests of the shop quick: a query of a known shape still asks its own question."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from catalog.models import Event, Instance
from tests import factories_catalog as factories
from tests.made_once import made_once

pytestmark = pytest.mark.django_db
QUESTIONS = (
    lambda n: Event.objects.filter(name=f"Show {n}"),
    lambda n: Event.objects.filter(pk__in=range(n)).order_by("-name"),
    lambda n: Event.objects.filter(
        pk__in=list(Event.objects.order_by("pk").values_list("pk", flat=True)[:n])
    ),
    lambda n: Event.objects.order_by("name")[:n],
    lambda n: Event.objects.filter(on_sale=bool(n % 2)).order_by("pk"),
    lambda n: Event.objects.filter(tagline=None if n % 2 else "").order_by("pk"),
    lambda n: Event.objects.filter(Q(name=f"Show {n}") | ~Q(kind="musical")).only("name"),
    lambda n: Instance.objects.filter(event__name=f"Show {n}").select_related("event__venue"),
    lambda n: Instance.objects.filter(event__venue__account__name="west-end", seats_left__gt=118 + n),
)


def answer(question: Any, n: int) -> list[Any]:
    rows = list(question(n))
    return [(type(row), row.pk, str(row), row.get_deferred_fields()) for row in rows]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_a_known_shape_is_answered_as_if_it_was_the_first(question: Any) -> None:
    for n in range(4):
        factories.on_sale(f"Show {n}", dates=n)
    counts: Counter[str] = Counter()
    with made_once(counts, check=True):
        compared = [answer(question, n) for n in (1, 2, 3, 1)]
    with made_once(counts):
        once = [answer(question, n) for n in (1, 2, 3, 1)]
    assert once == compared
    assert once[0] == once[3]


def test_the_values_are_its_own() -> None:
    with CaptureQueriesContext(connection) as asked, made_once(Counter()):
        for name in ("A", "B", "A"):
            list(Event.objects.filter(name=name))
    written = [one["sql"] for one in asked.captured_queries]
    assert written[0] == written[2] != written[1]
    assert written[0].replace("'A'", "'B'") == written[1]


def test_what_is_written_is_its_own_and_nothing_else_changes() -> None:
    first, second = (factories.on_sale(f"Show {n}") for n in range(2))
    with made_once(Counter()):
        for row, written in (
            (first, {"tagline": "One"}),
            (second, {"tagline": "Two"}),
            (second, {"tagline": ""}),
            (first, {"tagline": "Gone", "on_sale": False}),
        ):
            assert Event.objects.filter(pk=row.pk).update(**written) == 1
    found = Event.objects.order_by("name").values_list("name", "tagline", "on_sale")
    assert list(found) == [("Show 0", "Gone", False), ("Show 1", "", True)]


def test_whether_there_is_one_is_asked_each_time() -> None:
    with made_once(Counter()):
        seen = [Event.objects.filter(name=name).exists() for name in ("A", "B")]
        factories.on_sale("B")
        assert [*seen, Event.objects.filter(name="B").exists(), Event.objects.filter(name="A").exists()] == [
            False, False, True, False,
        ]  # fmt: skip
