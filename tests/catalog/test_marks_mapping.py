"""What a venue's own fields mean: by their well-known names, or as the account's mapping says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog import marks, refresh, versions
from catalog.models import Event, Instance, MarkRule, VenueAttribute
from shop.providers.attributes import marks_by_name, well_known
from tests.factories_catalog import Season, event_info, instance_info

pytestmark = pytest.mark.django_db


def run() -> None:
    assert refresh.refresh_account("west-end", trigger="test").complete


def rule(name: str, values: str, mark: str, place: str = "instance") -> MarkRule:
    field = VenueAttribute.objects.get(place=place, name=name)
    return MarkRule.objects.create(account=field.account, attribute=field, values=values, mark=mark)


@pytest.fixture
def house(season: Season) -> Season:
    season.add(
        event_info(attributes=(("Accessible", "Step-free entrance"), ("Genre", "Play"))),
        instance_info("a", attributes=(("Access", "BSL, captions"), ("SLRelaxed", "yes"))),
        instance_info("b", attributes=(("Access", ""), ("SLRelaxed", ""))),
        instance_info("c", attributes=(("Access", "n/a"), ("SLRelaxed", ""))),
    )
    run()
    return season


def given(ref: str) -> list[str]:
    marks: list[str] = Instance.objects.get(provider_ref=ref).given_marks
    return marks


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("SLSigned", "signed"), ("BSL", "signed"), ("SL Captioned", "captioned"), ("AudioDescribed", "described"),
        ("Relaxed Performance", "relaxed"), ("StepFree", "step_free"), ("Genre", ""), ("Designed by", ""),
        ("Image Caption", ""), ("Assigned to", ""),
    ],
)  # fmt: skip
def test_well_known_names_mean_a_mark(name: str, mark: str) -> None:
    assert marks_by_name(name) == ((mark,) if mark else ())
    assert well_known([(name, "No")]) == ()


@pytest.mark.parametrize(
    ("value", "wanted", "yes"),
    [
        ("yes", "", True), ("No", "", False), ("n/a", "", False), ("BSL", "bsl", True), ("BSL, captions", "BSL", True),
        ("Captioned", "cap*", True), ("Not captioned", "cap*", False), ("BSL", "AD, BSL", True), ("BSL", "AD", False),
    ],
)  # fmt: skip
def test_values_that_mean_yes(value: str, wanted: str, yes: bool) -> None:
    assert marks.means_yes(value, wanted) is yes


def test_without_a_mapping_names_decide(house: Season) -> None:
    assert (given("a"), given("b")) == (["relaxed"], [])
    assert Event.objects.get().access_text == " relaxed "


def test_a_mapping_counts_at_once_for_what_is_stored_and_asks_nobody(house: Season) -> None:
    rule("Access", "BSL", "signed")
    rule("Access", "captions", "captioned")
    asked, version = len(house.asked), versions.current()
    assert marks.apply(Event.objects.get().account) == 1
    assert given("a") == ["signed", "captioned", "relaxed"]
    assert Instance.objects.get(provider_ref="a").access_text == " signed captioned relaxed "
    assert Event.objects.get().access_text == " signed captioned relaxed "
    assert len(house.asked) == asked
    assert versions.current() == version + 1
    assert marks.apply(Event.objects.get().account) == 0


def test_a_mapped_field_means_what_is_said_and_its_name_nothing(house: Season) -> None:
    rule("SLRelaxed", "", "")
    marks.apply(Event.objects.get().account)
    assert given("a") == []


def test_a_field_of_an_event_is_for_all_its_dates(house: Season) -> None:
    rule("Accessible", "step-free*", "step_free", place="event")
    marks.apply(Event.objects.get().account)
    event = Event.objects.get()
    assert (event.given_marks, event.access_text) == (["step_free"], " relaxed step_free ")
    assert given("b") == [], "and is not written to each of them"


def test_a_mapping_changed_while_a_refresh_reads_is_not_lost(
    house: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = refresh._finish

    def meanwhile(*arguments: object) -> None:
        rule("Access", "BSL", "signed")
        finish(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(refresh, "_finish", meanwhile)
    run()
    assert "signed" in given("a")


def test_marks_set_by_people_stay_beside_those_of_fields(house: Season) -> None:
    Instance.objects.filter(provider_ref="a").update(access_marks=["described"])
    house.dates["5101"][0] = replace(house.dates["5101"][0], attributes=(("SLCaptioned", "yes"),))
    run()
    row = Instance.objects.get(provider_ref="a")
    assert (row.access_marks, row.given_marks) == (["described"], ["captioned"])
    assert row.access_text == " captioned described "


def test_a_field_that_is_not_met_any_more_goes_unless_it_was_given_a_meaning(house: Season) -> None:
    rule("Access", "BSL", "signed")
    house.dates["5101"] = [replace(one, attributes=()) for one in house.dates["5101"]]  # type: ignore[type-var]
    run()
    assert set(VenueAttribute.objects.values_list("name", flat=True)) == {"Access", "Accessible", "Genre"}


def test_a_changed_field_alone_that_nobody_sees_empties_no_cache(house: Season) -> None:
    before = versions.current()
    house.dates["5101"][1] = replace(
        house.dates["5101"][1], attributes=(("Access", "ask us"), ("SLRelaxed", ""))
    )
    run()
    assert Instance.objects.get(provider_ref="b").attributes == [["Access", "ask us"]]
    assert versions.current() == before


def test_control_characters_in_a_field_are_not_kept(season: Season) -> None:
    season.add(
        event_info(attributes=(("Acc\x00ess", "B\x00SL"), ("\x00", "x"))),
        instance_info("a", attributes=(("SL\x00Signed", "y\x01es"),)),
    )
    run()
    assert Event.objects.get().attributes == [["Access", "BSL"]]
    assert Instance.objects.get().attributes == [["SLSigned", "yes"]]
    assert given("a") == ["signed"]
    seen = VenueAttribute.objects.order_by("place").values_list("name", "examples")
    assert list(seen) == [("Access", ["BSL"]), ("SLSigned", ["yes"])]
