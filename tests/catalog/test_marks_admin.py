"""The mapping of a venue's fields in the admin: chosen from what was seen, by whoever runs the whole account."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from catalog import refresh
from catalog.models import (
    ContactStatement,
    Event,
    Instance,
    MarkRule,
    ProviderAccount,
    VenueAttribute,
    VenueOffer,
)
from shop import clock, roles
from shop.providers.extras import PublicOffer, Statement
from tests.factories_catalog import HOUSE, Provider, Season, account, event_info, instance_info, venue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _roles(season: Season, db: None) -> None:
    roles.keep_roles(apps.get_app_config("checkout"))


@pytest.fixture
def house(season: Season, monkeypatch: pytest.MonkeyPatch) -> ProviderAccount:
    season.add(
        event_info(attributes=(("Genre", "Play"),)),
        instance_info("a", attributes=(("Access", "BSL"), ("SLCaptioned", "yes"), ("Never", ""))),
        instance_info("b", attributes=(("Access", "AD"),)),
    )
    offers = (PublicOffer("1", "Four friends", "<p>A fifth off.</p><script>x</script>"),)
    monkeypatch.setattr(Provider, "offers", lambda self: offers, raising=False)
    monkeypatch.setattr(Provider, "statements", lambda self: (Statement("2", "Write to me."),), raising=False)
    refresh.refresh_account("west-end", trigger="test")
    return ProviderAccount.objects.get()


def sign_in(*accounts: ProviderAccount, superuser: bool = False) -> Client:
    name = f"user{get_user_model().objects.count()}"
    user = get_user_model().objects.create_user(name, password="x", is_staff=True, is_superuser=superuser)
    user.groups.add(Group.objects.get(name=roles.VENUE_STAFF))
    for one in accounts:
        for house in one.venues.all():
            house.staff.add(user)
    client = Client()
    client.force_login(user)
    return client


def page(row: ProviderAccount) -> str:
    return reverse("admin:catalog_provideraccount_change", args=[row.pk])


def form(*rules: tuple[int, str, str], known: int = 0, pks: tuple[int, ...] = ()) -> dict[str, str]:
    """The page's form with these rules: attribute, values, mark."""
    said = {"stop_reason": ""}
    for prefix in ("attributes", "offers", "statements"):
        said |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    said |= {"mark_rules-TOTAL_FORMS": str(len(rules)), "mark_rules-INITIAL_FORMS": str(known)}
    for number, (attribute, values, mark) in enumerate(rules):
        start = f"mark_rules-{number}"
        said |= {f"{start}-attribute": str(attribute), f"{start}-values": values, f"{start}-mark": mark}
        said |= {f"{start}-id": str(pks[number]) if number < len(pks) else ""}
    return said


def field(name: str) -> int:
    return int(VenueAttribute.objects.get(name=name).pk)


def test_what_was_seen_is_shown_with_its_values_and_what_it_counts_as(house: ProviderAccount) -> None:
    text = sign_in(superuser=True).get(page(house)).content.decode()
    for said in (
        "Dates: Access (AD, BSL)",
        "Captioned, by its name",
        "never filled in",
        "Four friends",
        "Write to me.",
    ):
        assert said in text
    assert "<script>x" not in text


def test_a_rule_is_chosen_and_counts_at_once_without_a_call(house: ProviderAccount, season: Season) -> None:
    boss, asked = sign_in(superuser=True), len(season.asked)
    answer = boss.post(
        page(house),
        form((field("Access"), "BSL", "signed"), (field("Access"), "AD", "described")),
        follow=True,
    )
    assert "The meanings count from now on: 3 events and dates" in answer.content.decode() or (
        "The meanings count from now on: 2 events and dates" in answer.content.decode()
    )
    assert Instance.objects.get(provider_ref="a").access_text == " signed captioned "
    assert Instance.objects.get(provider_ref="b").access_text == " described "
    assert len(season.asked) == asked
    public = Client().get(Event.objects.get().get_absolute_url()).content.decode()
    assert '<span class="mark">Signed</span>' in public
    # and taken back
    first, second = MarkRule.objects.order_by("pk")
    said = form(
        (field("Access"), "BSL", ""), (field("Access"), "AD", "described"), known=2, pks=(first.pk, second.pk)
    )
    boss.post(page(house), {**said, "mark_rules-1-DELETE": "on"})
    assert MarkRule.objects.count() == 1
    assert Instance.objects.get(provider_ref="a").access_text == " captioned "
    assert Instance.objects.get(provider_ref="b").access_text == ""


def test_stopping_the_sale_on_the_same_page_changes_no_mark(house: ProviderAccount) -> None:
    answer = sign_in(superuser=True).post(page(house), {**form(), "stop_sale": "on"}, follow=True)
    assert "The meanings count" not in answer.content.decode()
    assert ProviderAccount.objects.get().stop_sale


@pytest.mark.parametrize(("values", "mark"), [("BSL", "loud"), ("x" * 400, "signed")])
def test_a_wrong_rule_is_said_and_loses_nothing(house: ProviderAccount, values: str, mark: str) -> None:
    answer = sign_in(superuser=True).post(page(house), form((field("Access"), values, mark)))
    assert answer.status_code == 200
    assert "Please correct" in answer.content.decode()
    assert values[:40] in answer.content.decode()
    assert not MarkRule.objects.exists()


def test_a_field_of_another_account_cannot_be_chosen(house: ProviderAccount) -> None:
    arena = account("arena")
    theirs = VenueAttribute.objects.create(account=arena, place="event", name="Theirs", seen_at=clock.now())
    boss = sign_in(superuser=True)
    assert "Theirs" not in boss.get(page(house)).content.decode()
    assert "Select a valid choice" in boss.post(page(house), form((theirs.pk, "", "signed"))).content.decode()
    assert not MarkRule.objects.exists()


def test_vera_maps_the_fields_of_her_own_account_and_sees_no_other(house: ProviderAccount) -> None:
    arena = account("arena")
    venue("Theirs", account=arena)
    VenueAttribute.objects.create(account=arena, place="event", name="Secret", seen_at=clock.now())
    vera = sign_in(house)
    assert "Dates: Access" in vera.get(page(house)).content.decode()
    assert vera.post(page(house), form((field("Access"), "BSL", "signed"))).status_code == 302
    assert "signed" in Instance.objects.get(provider_ref="a").given_marks
    for answer in (vera.get(page(arena)), vera.post(page(arena), form())):
        assert answer.status_code in (403, 404)


def test_a_house_among_others_sees_neither_fields_nor_offers(house: ProviderAccount) -> None:
    other = sign_in(house)
    venue("Another house", account=house)
    text = other.get(page(house)).content.decode()
    for said in ("Dates: Access", "Four friends", "Write to me."):
        assert said not in text
    assert other.post(page(house), form((field("Access"), "BSL", "signed"))).status_code == 403
    assert not MarkRule.objects.exists()


def test_an_account_without_fields_has_no_empty_tables(season: Season) -> None:
    season.add(event_info(), instance_info())
    refresh.refresh_account("west-end", trigger="test")
    text = sign_in(superuser=True).get(page(ProviderAccount.objects.get())).content.decode()
    assert "Attributes seen" not in text
    assert "Contact statements" not in text


def test_an_offer_that_is_not_told_any_more_goes(
    house: ProviderAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert VenueOffer.objects.get().text == "<p>A fifth off.</p>"
    there = f"/en/venues/{house.venues.get(name=HOUSE.name).slug}/"
    assert "Four friends" in Client().get(there).content.decode()
    monkeypatch.setattr(Provider, "offers", lambda self: (), raising=False)
    refresh.refresh_account("west-end", trigger="test")
    assert not VenueOffer.objects.exists()
    assert "Four friends" not in Client().get(there).content.decode()
    assert ContactStatement.objects.count() == 1
