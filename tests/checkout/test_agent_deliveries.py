"""How tickets come, and what was chosen from the shop: two questions of one part, an address only for what is posted."""

from __future__ import annotations

import pytest

from checkout.placing import part_answers
from shop.money import Money
from shop.providers.errors import DetailsRejected
from shop.providers.types import Arrives, Choice, Documents, Question
from tests.checkout.conftest import Ada
from tests.checkout.world import BUYER, World

POSTED = {"only_if": ("delivery", "4"), "or_if": (("delivery", "6"), ("merchandise_delivery", "7"))}
AGENT_LIKE = (
    *BUYER,
    Question(
        "delivery",
        "choice",
        choices=(
            Choice("1", "Collect from box office", "box_office", Money(0, "GBP")),
            Choice("4", "First class post", "post", Money(150, "GBP")),
            Choice("6", "Recorded delivery", "post", Money(350, "GBP")),
            Choice("5", "Print at home", "print_there", Money(0, "GBP")),
        ),
    ),
    Question(
        "merchandise_delivery",
        "choice",
        choices=(
            Choice("1", "Collect from box office", "box_office", Money(0, "GBP")),
            Choice("7", "Courier", "post", Money(600, "GBP")),
        ),
    ),
    Question("address_1", "text", **POSTED),
    Question("address_2", "text", required=False, **POSTED),
    Question("city", "text", **POSTED),
    Question("postcode", "text", **POSTED),
    Question("country", "country", choices=(Choice("GB", "United Kingdom", "GB"),), **POSTED),
)  # fmt: skip
HOME = {"address_1": "1 Quay Street", "city": "Bristol", "postcode": "BS1 5ZZ", "country": "GB"}


@pytest.fixture
def house(theatre: World) -> World:
    theatre.questions = AGENT_LIKE
    return theatre


def choose(ada: Ada, delivery: str, merchandise: str = "1", **more: str):
    start = f"part-{ada.booking().pk}-"
    return ada.fills_in(**{f"{start}delivery": delivery, f"{start}merchandise_delivery": merchandise}, **more)


def test_both_are_asked_with_what_they_cost(ada: Ada, house: World) -> None:
    ada.holds()
    ada.starts()
    text = ada.client.get(ada.url("details")).content.decode()
    assert "How do you want to get your tickets?" in text
    assert "How do you want to get what you chose from the shop?" in text
    assert "£1.50" in text
    assert "£6.00" in text


def test_the_address_stands_below_the_choice_that_needs_it_and_is_not_called_optional(
    ada: Ada, house: World
) -> None:
    ada.holds()
    ada.starts()
    text = ada.client.get(ada.url("details")).content.decode()
    pk = ada.booking().pk
    assert (
        text.index("merchandise_delivery")
        < text.index("Where should it be sent?")
        < text.index('name="city"')
    )
    pairs = f"part-{pk}-delivery=4 part-{pk}-delivery=6 part-{pk}-merchandise_delivery=7"
    assert text.count(f'data-only-if="{pairs}"') == 6  # of the section and each field
    section = text[text.index("Where should it be sent?") :]
    assert section.count("(optional)") == 1  # the second line alone


def test_their_fees_are_summed_and_both_are_named(ada: Ada, house: World) -> None:
    ada.holds(minor=9000)
    ada.starts()
    assert choose(ada, "4", "7", **HOME).url == ada.url("review")
    part = ada.booking()
    assert (part.delivery_minor, part.delivery_label) == (750, "First class post; from the shop: Courier")
    assert (part.total_minor, ada.now().total_minor) == (9750, 9750)
    text = ada.client.get(ada.url("review")).content.decode()
    assert "First class post; from the shop: Courier" in text
    assert "£97.50" in text


def test_what_is_held_without_an_end_is_not_said_to_be_free_for_others(ada: Ada, house: World) -> None:
    hold = ada.holds()
    hold.lines.update(expires_at=None)
    type(hold).objects.filter(pk=hold.pk).update(expires_at=None)
    for items in house.items.values():
        for item in items:
            item.expires_at = None
    ada.starts()
    text = ada.client.get(ada.url("details")).content.decode()
    assert "The box office holds these for you and names no end of it: pay soon." in text
    assert "We cannot hold these tickets" not in text


def test_the_same_way_for_both_is_named_once(ada: Ada, house: World) -> None:
    ada.holds()
    ada.starts()
    choose(ada, "1", "1")
    assert ada.booking().delivery_label == "Collect from box office"
    assert ada.booking().delivery_minor == 0


def test_an_address_is_needed_for_anything_that_is_posted_and_for_nothing_else(
    ada: Ada, house: World
) -> None:
    ada.holds()
    ada.starts()
    assert choose(ada, "5", "1").url == ada.url("review")
    for delivery, merchandise in (("4", "1"), ("6", "1"), ("1", "7")):
        answer = ada.sees(choose(ada, delivery, merchandise))
        assert "Enter a postcode" in answer.content.decode(), (delivery, merchandise)
        assert choose(ada, delivery, merchandise, **HOME).url == ada.url("review")


def test_the_provider_hears_of_an_address_only_for_what_is_posted(ada: Ada, house: World) -> None:
    ada.holds()
    ada.starts()
    choose(ada, "4", "1", **HOME)
    choose(ada, "5", "1", **HOME)
    ada.pays()
    (details,) = [said for verb, said in house.seen if verb == "prepare"]
    assert details.answers["delivery"] == "5"
    assert "postcode" not in details.answers


def test_a_fee_that_has_changed_comes_back_to_the_review_with_the_new_sum(ada: Ada, house: World) -> None:
    ada.holds(minor=9000)
    ada.starts()
    choose(ada, "4", "1", **HOME)
    house.surcharge, house.delivers = 75, 225
    answer = ada.sees(ada.pays(9150))
    text = answer.content.decode()
    assert "£92.25" in text
    assert "£2.25" in text
    assert ada.booking().delivery_minor == 225
    assert ada.now().status == "placed"
    assert ada.pays(9225).url.startswith("https://pay.example.org")
    assert ada.now().status == "paying"


def test_a_delivery_that_was_dropped_is_asked_again_beside_its_question(ada: Ada, house: World) -> None:
    ada.holds()
    ada.starts()
    choose(ada, "4", "7", **HOME)
    house.fail("prepare", DetailsRejected(fields={"merchandise_delivery": "choice"}))
    text = ada.sees(ada.pays()).content.decode()
    field = text[text.index(f'id="field_part-{ada.booking().pk}-merchandise_delivery"') :]
    assert "Please choose one of these." in field[:1500]
    assert part_answers(ada.booking())["delivery"] == "4"


@pytest.mark.parametrize(("mails", "leads"), [(True, 1), (False, 0)])
def test_whoever_prints_at_home_is_told_where(ada: Ada, house: World, mails: bool, leads: int) -> None:
    ada.holds()
    house.mails = mails
    house.documents = Documents(Arrives.ACCOUNT, expected=2, ready=0, complete=True)
    ada.starts()
    choose(ada, "5", "1")
    ada.pays()
    for handle in house.orders:
        house.paid(handle)
    ada.comes_back()
    text = ada.client.get(ada.url("order")).content.decode()
    assert (
        "You print your tickets on the website of London Theatre Direct: sign in there with ada@example.org."
        in text
    )
    assert text.count("The mail from London Theatre Direct leads there.") == leads
