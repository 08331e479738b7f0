"""Two hundred visitors, two web processes, twenty seats: nothing is sold twice, and nobody pays for nothing.

The same crowd as in `python -m tests.bench.rush`, in small; there are the figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import provision
from tests.bench import crowd
from tests.bench.rush import Rush, open_house, run

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("crowd")]
VISITORS, SEATS, SECONDS = 200, 20, 12


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.redis])])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rush]:
    try:
        with open_house(request.param, tmp_path) as stack:
            yield stack
    except provision.Missing as missing:
        provision.need(missing)


def test_a_crowd_for_a_small_house_is_served_fairly(shop):
    outcome = run(shop, SEATS, crowd.plans(VISITORS, SECONDS, seed=7, buying=0.7))
    assert outcome.wrong() == [], outcome.ends
    assert len(outcome.visits) == VISITORS
    assert outcome.bought, "somebody got tickets"
    assert outcome.ends["went without"] > SEATS, "and most who wanted some did not"
    assert set(outcome.words) <= set(crowd.FAIR), "each of them was told why"
    gone = outcome.ends["went away with a hold"] + outcome.ends["left at the gate"]
    assert len(outcome.sold) >= SEATS - 4 * (gone + outcome.ends["gave it back"]) - 4, (
        "the house was sold out"
    )
    references = {
        reference for (reference,) in shop.sql("SELECT reference FROM checkout_booking WHERE reference <> ''")
    }
    assert len(references) == outcome.charges
    mine = Counter(row[0] for row in shop.sql(
        "SELECT l.seats_text FROM checkout_orderline l JOIN checkout_booking b ON b.id = l.booking_id"
        " WHERE b.status IN ('booked', 'ticketed')"
    ))  # fmt: skip
    assert set(mine.values()) == {1}, "a seat stands in one order only"
    looked = [one for one in outcome.bystander if one["status"] == 200]
    assert len(looked) == len(outcome.bystander) > SECONDS, "the programme was open to others all the time"
