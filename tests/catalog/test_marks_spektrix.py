"""Venues on Spektrix in the catalogue: fields that become marks, two venues whose ids overlap, and one that moves."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from catalog import availability
from catalog.models import ContactStatement, Event, Instance, MarkRule, Venue, VenueAttribute, VenueOffer
from catalog.refresh import refresh_event
from shop.providers.errors import Misconfigured
from tests.catalog.spektrix_houses import Houses, houses  # noqa: F401

pytestmark = pytest.mark.django_db
TIDEWAITER, BRASS, CANCELLED, SOLD_OUT, NOT_YET, ENDED, NO_PLAN, OFF_SALE = (
    34101, 34301, 35101, 35201, 35301, 35401, 35501, 37101,
)  # fmt: skip


@pytest.fixture
def quay(houses: Houses) -> Houses:  # noqa: F811
    houses.add("quay", "lanternquay")
    houses.refresh("quay")
    return houses


def page(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


# --- marks ----------------------------------------------------------------------------------------------------------


def test_a_venues_own_fields_become_marks_of_its_dates(quay: Houses) -> None:
    dates = quay.dates("quay", TIDEWAITER)
    assert {row.local_date.weekday() for row in dates if row.local_date and "signed" in row.given_marks} == {
        3
    }
    captioned = next(row for row in dates if row.given_marks == ["captioned"])
    assert ["Captioned", "yes"] in captioned.attributes
    assert set(quay.event("quay", TIDEWAITER).access_text.split()) == {"signed", "captioned", "described"}
    assert '<span class="mark">Captioned</span>' in page(captioned.get_absolute_url())
    assert '<span class="mark">Signed</span>' in page(captioned.event.get_absolute_url())


def test_the_fields_of_both_places_are_noted_with_values_and_those_nobody_fills_in(quay: Houses) -> None:
    seen = {(row.place, row.name): row.examples for row in VenueAttribute.objects.all()}
    assert seen["instance", "Captioned"] == ["yes"]
    assert "10+" in seen["event", "AgeGuidance"]
    assert seen["event", "MembersOnly"] == []


def test_the_filter_finds_the_dates_that_have_the_mark(quay: Houses) -> None:
    found = page("/en/?access=signed")
    assert "The Tidewaiter" in found
    assert "Salt &amp; Brass" not in found
    first = next(row for row in quay.dates("quay", TIDEWAITER) if "signed" in row.given_marks)
    only = page(f"/en/?access=signed&from={first.local_date}&to={first.local_date}")
    assert "The Tidewaiter" in only
    before = next(row for row in quay.dates("quay", TIDEWAITER) if "signed" not in row.given_marks)
    assert "Nothing fits all of this" in page(
        f"/en/?access=signed&from={before.local_date}&to={before.local_date}"
    ), "it is on that day, and not signed"
    assert "Remove filter:" in only


def test_a_mapping_counts_with_the_next_refresh_too(quay: Houses) -> None:
    field = VenueAttribute.objects.get(place="event", name="AgeGuidance")
    MarkRule.objects.create(account=field.account, attribute=field, values="3+, 5+", mark="relaxed")
    quay.visitor.control(f"/spektrix/lanternquay/events/{TIDEWAITER}", {"name": "The Tidewaiter's Son"})
    quay.refresh("quay")
    small = quay.event("quay", 34701)
    assert "relaxed" in small.access_text
    assert quay.event("quay", TIDEWAITER).name == "The Tidewaiter's Son"


def test_an_unchanged_refresh_of_a_venue_writes_nothing(quay: Houses) -> None:
    assert quay.refresh("quay").written == 0


# --- what a date says -----------------------------------------------------------------------------------------------


def test_each_state_of_a_date_has_its_word(quay: Houses) -> None:
    for number, word in (
        (NOT_YET, "On sale from:"), (ENDED, "Sale over"), (OFF_SALE, "Not on sale online"),
    ):  # fmt: skip
        assert any(word in page(row.get_absolute_url()) for row in quay.dates("quay", number)), number
    assert any(row.status == "cancelled" for row in quay.dates("quay", CANCELLED))
    off = next(row for row in quay.dates("quay", CANCELLED) if row.status == "cancelled")
    assert "This performance has been cancelled." in page(off.get_absolute_url())
    [gone, *_] = quay.dates("quay", SOLD_OUT)
    availability.of(gone)
    assert "Sold out" in page(gone.get_absolute_url())


def test_itemised_commission_and_what_is_left_of_each_area_are_told(quay: Houses) -> None:
    [first, *_] = quay.dates("quay", BRASS)
    text = page(f"/en/availability/{first.pk}/")
    assert "of which Commission £1.00" in text
    floor, gallery = text.index(">Floor"), text.index(">Gallery")
    assert floor < gallery
    assert "left</span>" in text[floor:gallery], "said once for the area"
    assert "Assembly Hall Full" not in text, "the whole plan is not offered"
    first.refresh_from_db()
    assert [row for row in first.prices if row[5] == [["Commission", 100]]] == first.prices
    assert "of which Commission £1.00" in page(first.get_absolute_url())
    assert "of which Commission £1.00" in page(first.event.get_absolute_url())


def test_a_date_whose_room_is_not_settled_says_so(quay: Houses) -> None:
    [first, *_] = quay.dates("quay", NO_PLAN)
    text = page(f"/en/availability/{first.pk}/")
    assert "The places for this date are not settled here yet." in text
    first.refresh_from_db()
    assert "The places for this date are not settled here yet." in page(first.get_absolute_url())


def test_a_house_of_seats_tells_its_prices_and_where_they_are_chosen(quay: Houses) -> None:
    [first, *_] = quay.dates("quay", TIDEWAITER)
    text = page(f"/en/availability/{first.pk}/")
    assert "You choose your places on the page of Lantern Quay, Main House." in text
    assert "Band A Full Price" in text
    assert "Standing Band" not in text
    stalls = text[text.index(">Stalls") :]
    assert "Band C" not in stalls, "the stalls have none of that band"


def test_places_left_are_counted_so_that_few_left_can_be_said(quay: Houses) -> None:
    rows = quay.dates("quay", 34801)  # a workshop of fourteen places
    availability.of(rows[0])
    rows[0].refresh_from_db()
    assert 0 < (rows[0].seats_left or 0) <= 14
    assert "Few left" in page(rows[0].get_absolute_url())


def test_a_venue_is_not_named_twice_in_its_address(quay: Houses) -> None:
    studio = Venue.objects.get(name="Lantern Quay, Studio")
    assert (studio.address, studio.city, studio.postcode) == ("Harbourside", "Bristol", "BS1 5ZZ")


# --- what the venue tells -------------------------------------------------------------------------------------------


def test_offers_are_shown_on_the_venues_page_and_asked_for_by_the_refresh_alone(quay: Houses) -> None:
    [offer] = VenueOffer.objects.all()
    assert offer.name == "Four friends"
    before = len(quay.journal())
    text = page(Venue.objects.get(name="Assembly Hall").get_absolute_url())
    assert "Four friends" in text
    assert "The box office takes these off by itself" in text
    assert len(quay.journal()) == before, "no call while a page is made"
    assert ContactStatement.objects.filter(text__contains="e-mail me").exists()


def test_a_list_of_offers_that_cannot_be_had_leaves_what_is_known(quay: Houses) -> None:
    quay.visitor.fault(match="GET /*/api/v3/offers", kind="status", status=503, times=-1)
    assert quay.refresh("quay").complete
    assert any("offers" in call["path"] and call["status"] == 503 for call in quay.journal())
    assert VenueOffer.objects.count() == 1


# --- two venues -----------------------------------------------------------------------------------------------------


def test_two_venues_whose_ids_overlap_do_not_mix(houses: Houses) -> None:  # noqa: F811
    houses.add("quay", "lanternquay")
    houses.add("thorn", "thornfield", timezone="Europe/Dublin", currency="EUR")
    houses.refresh("quay")
    mine = {row.provider_ref: row.name for row in Event.objects.all()}
    houses.refresh("thorn")
    theirs = {row.provider_ref: row.name for row in Event.objects.filter(account__name="thorn")}
    both = mine.keys() & theirs.keys()
    assert len(both) > 10, "their numbers overlap on purpose"
    assert {row.provider_ref: row.name for row in Event.objects.filter(account__name="quay")} == mine
    for ref in both:
        one, other = Event.objects.filter(provider_ref=ref).order_by("account__name")
        assert one.name != other.name
        assert one.slug != other.slug
    assert Venue.objects.filter(provider_ref__startswith="201A").count() == 2
    paid = Event.objects.filter(on_sale=True, price_from_minor__gt=0, gone_at=None)
    here, there = (
        set(paid.filter(account__name=name).values_list("provider_ref", flat=True))
        for name in ("quay", "thorn")
    )
    ref = min(here & there)
    for account, money in (("quay", "£"), ("thorn", "€")):
        event = Event.objects.get(account__name=account, provider_ref=ref)
        text = page(event.get_absolute_url())
        assert event.venue.name.replace("'", "&#x27;") in text
        assert money in text
        assert ("€" if money == "£" else "£") not in text
    # seats, prices and availability of dates with one id
    shared = set(
        Instance.objects.filter(event__account__name="quay").values_list("provider_ref", flat=True)
    ) & set(Instance.objects.filter(event__account__name="thorn").values_list("provider_ref", flat=True))
    for one in sorted(shared)[:1]:
        found = {
            row.event.account.name: availability.of(row).offers
            for row in Instance.objects.filter(provider_ref=one).select_related("event__account")
        }
        assert {offer.price.currency for offer in found["quay"]} <= {"GBP"}
        assert {offer.price.currency for offer in found["thorn"]} <= {"EUR"}
    assert {row.name for row in VenueAttribute.objects.filter(account__name="thorn")} & {"SLSigned"}
    assert not VenueAttribute.objects.filter(account__name="quay", name="SLSigned").exists()


# --- a move ---------------------------------------------------------------------------------------------------------


def test_a_venue_that_moves_to_another_system_gets_a_new_catalogue(quay: Houses) -> None:
    """Its trial system is imitated by the other venue: the same account reads another client name afterwards."""
    old = list(Event.objects.filter(account__name="quay"))
    house = Venue.objects.get(name="Assembly Hall")
    Venue.objects.filter(pk=house.pk).update(own_text="Ours since 1912.")
    quay.change("quay", option_client_name="thornfield")
    quay.refresh("quay")
    kept = {row.pk: row for row in Event.objects.filter(pk__in=[row.pk for row in old])}
    for row in old:
        assert kept[row.pk].name == row.name, "an id that came again has not overwritten it"
        assert kept[row.pk].gone_at is not None
        answer = Client().get(row.get_absolute_url())
        assert answer.status_code == 410
        assert "Not offered any more" in answer.content.decode()
    date = Instance.objects.filter(event=old[0]).first()
    assert date is not None
    assert Client().get(date.get_absolute_url()).status_code == 410
    new = Event.objects.filter(account__name="quay", gone_at=None)
    assert new.count() > 20
    assert not {row.slug for row in new} & {row.slug for row in old}
    assert page(new[0].get_absolute_url())
    assert Venue.objects.get(pk=house.pk).own_text == "Ours since 1912."


def test_a_house_of_the_same_name_stays_the_same_house_after_a_move(quay: Houses) -> None:
    from catalog import moving
    from shop import clock

    house = Venue.objects.get(name="Assembly Hall")
    moving.settle(quay.account("quay"), "elsewhere", now=clock.now())
    assert "@" in Venue.objects.get(pk=house.pk).provider_ref
    quay.refresh("quay")  # back again, which is a move as well
    assert Venue.objects.get(name="Assembly Hall").pk == house.pk
    assert Venue.objects.get(pk=house.pk).provider_ref == house.provider_ref
    again = Event.objects.get(account__name="quay", gone_at=None, provider_ref__startswith=f"{BRASS}A")
    assert again.slug != "salt-brass", "the old address stays with the old event"
    assert again.slug.startswith("salt-brass-")
    assert again.venue_id == house.pk


def test_a_system_that_lists_nothing_readable_does_not_cost_the_old_catalogue(quay: Houses) -> None:
    quay.change("quay", option_client_name="nobody")
    run = quay.refresh("quay")
    assert not run.complete
    assert not Event.objects.filter(account__name="quay").exclude(gone_at=None).exists()
    assert json.dumps(run.error)


def test_between_a_move_and_its_refresh_no_old_id_is_asked_of_the_new_system(quay: Houses) -> None:
    [first, *_] = quay.dates("quay", BRASS)
    quay.change("quay", option_client_name="thornfield")
    before = len(quay.journal())
    text = page(f"/en/availability/{first.pk}/")
    assert "Availability is not being updated at the moment" in text
    with pytest.raises(Misconfigured):
        refresh_event(first.event)
    assert len(quay.journal()) == before
