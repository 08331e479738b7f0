"""What happens at the box office reaches the open shop through real beat and worker, and the admin sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shopper import Shopper
from tests.stack import Stack

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("outside")]


class Watchful(Stack):
    """Its beat asks for availability every two seconds instead of every minute."""

    def command(self, name: str) -> list[str]:
        found = super().command(name)
        if name == "beat":
            found[found.index("shop.celery")] = "tests.processes.quick"
        return found


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Stack]:
    with Watchful(tmp_path, PROVIDER_ACCOUNTS="west-end", BEAT_ONLY="refresh-availability") as stack:
        stack.start("standin")
        stack.fill()
        stack.start("web", "worker", "beat")
        yield stack


def an_hour_later(shop: Stack) -> None:
    """Beat's hourly refresh, asked for the way beat does: a message on the queue, for the real worker."""
    done = shop.sql("SELECT COUNT(*) FROM catalog_refreshrun WHERE finished_at IS NOT NULL")[0][0]
    shop.manage(
        "shell", "-v", "0", "-c", "from shop.celery import app; app.send_task('catalog.tasks.refresh_all')"
    )
    shop.wait(
        lambda: (
            shop.sql("SELECT COUNT(*) FROM catalog_refreshrun WHERE finished_at IS NOT NULL")[0][0] > done
        ),
        "the refresh",
        seconds=120,
    )


def three_events(shop: Stack) -> list[tuple[str, str, str]]:
    return shop.sql(
        "SELECT provider_ref, slug, name FROM catalog_event WHERE gone_at IS NULL AND dates > 5 ORDER BY id LIMIT 3"
    )


def test_renamed_cancelled_and_removed_events_reach_the_open_shop(shop):
    renamed, cancelled, removed = three_events(shop)
    ada = Shopper(shop.origin)
    for event in (renamed, cancelled, removed):
        ada.get(f"/en/events/{event[1]}/")
        assert ada.answer.status_code == 200
        assert event[2] in ada.text
    shop.standin.post(f"ltd/events/{renamed[0]}", {"name": "The Understudy Takes Over"})
    shop.standin.post(f"ltd/events/{cancelled[0]}", {"cancelled": True})
    shop.standin.post(f"ltd/events/{removed[0]}", {"removed": True})
    an_hour_later(shop)

    ada.get(f"/en/events/{renamed[1]}/")
    assert "The Understudy Takes Over" in ada.text, "the address stays, the name follows"
    ada.get(f"/en/events/{cancelled[1]}/")
    assert not ada.links("/basket/pick/"), "nothing to book for a cancelled run"
    ada.get(f"/en/events/{removed[1]}/")
    assert ada.answer.status_code in {200, 410}
    assert not ada.links("/basket/pick/")
    ada.get("/en/?q=Understudy")
    assert "The Understudy Takes Over" in ada.text
    ada.get(f"/en/?q={removed[2].split()[0]}")
    assert f"/en/events/{removed[1]}/" not in ada.links("/events/")


def test_an_account_that_is_down_keeps_its_pages_and_says_so(shop):
    _ref, slug, name = three_events(shop)[0]
    shop.standin.post(
        "faults",
        {"world": "ltd", "match": "* /rest/v2/*", "kind": "status", "status": 503, "times": 9999},
    )
    an_hour_later(shop)
    ada = Shopper(shop.origin)
    ada.get(f"/en/events/{slug}/")
    assert ada.answer.status_code == 200
    assert name in ada.text
    assert "not being updated" in ada.text
    error = shop.sql("SELECT last_error, failures FROM catalog_provideraccount")[0]
    assert error[0]
    assert error[1] >= 1
    shop.standin.delete("faults")
    shop.advance(3600)
    an_hour_later(shop)
    assert shop.sql("SELECT failures FROM catalog_provideraccount") == [(0,)]


def test_beat_itself_asks_for_availability_of_what_people_look_at(shop):
    """No task is called by the test: a visitor looks, beat and worker do the rest."""
    slug, instance = shop.sql(
        "SELECT e.slug, i.id FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id"
        " WHERE i.seats_left > 30 AND i.gone_at IS NULL ORDER BY i.starts_at LIMIT 1 OFFSET 30"
    )[0]  # not one that has begun by the clock that is moved here
    ref = shop.sql("SELECT provider_ref FROM catalog_instance WHERE id = ?", instance)[0][0]
    ada = Shopper(shop.origin)
    ada.get(f"/en/events/{slug}/{instance}/")
    assert ada.answer.status_code == 200
    ada.get(f"/en/basket/pick/{instance}/")
    shop.standin.post(f"ltd/performances/{ref}", {"sold_out": True})
    shop.advance(120)
    shop.wait(
        lambda: shop.sql("SELECT seats_left FROM catalog_instance WHERE id = ?", instance)[0][0] == 0,
        "availability to be read again",
        seconds=150,
    )
