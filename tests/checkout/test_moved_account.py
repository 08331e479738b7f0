"""An account that moves to another system: what was bought on the old one stays readable in its own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from catalog import moving, writing
from catalog.models import Event, Instance
from checkout.models import OrderLine
from shop import clock
from shop.providers.types import EventInfo, InstanceInfo, VenueInfo
from tests.checkout.conftest import Ada
from tests.checkout.world import World, pdfs


def test_an_old_order_is_read_from_its_own_words_after_a_move(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=1, complete=True)
    order = ada.buys()
    line = OrderLine.objects.filter(booking__order=order).select_related("instance__event__venue").first()
    assert line is not None
    assert line.instance is not None
    old, date = line.instance.event, line.instance
    name, old_ref, date_ref = old.name, old.provider_ref, date.provider_ref
    before = ada.client.get(ada.url("order")).content.decode()
    assert name in before

    moving.settle(old.account, "trial.example.org/house", now=clock.now())
    moving.settle(old.account, "live.example.org/house", now=clock.now())
    venue = VenueInfo(ref="another", name=old.venue.name, timezone=old.venue.timezone)
    info = EventInfo(ref=old_ref, name="Something else", kind="play", venue=venue)
    there = InstanceInfo(ref=date_ref, event_ref=old_ref, starts_at=clock.now() + timedelta(days=9))
    now = clock.now()
    writer = writing.Writer(
        old.account, currency="GBP", now=now, since=now - timedelta(days=1), until=now + timedelta(days=90)
    )
    writer.write([writing.Read(replace(info, name="Something else"), [there], True)])

    new = Event.objects.get(account=old.account, provider_ref=old_ref)
    assert (new.name, new.pk == old.pk, new.venue_id) == ("Something else", False, old.venue_id)
    assert Instance.objects.get(event=new).pk != date.pk
    line.refresh_from_db()
    assert line.instance_id == date.pk
    after = ada.client.get(ada.url("order"))
    assert after.status_code == 200
    assert name in after.content.decode()
    assert "Something else" not in after.content.decode()
    assert ada.client.get(ada.url("calendar")).status_code == 200
    gone = ada.client.get(old.get_absolute_url())
    assert gone.status_code == 410
    assert "Not offered any more" in gone.content.decode()
