"""What a venue wants to know of its tickets and orders: asked in the basket, noted at the box office, shown again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bs4 import Tag
from django.urls import reverse

from baskets import lifecycle, sweeping
from baskets.models import Basket, Errand, Hold, Line, LostNote, NoteQuestion
from catalog.models import Instance, ProviderAccount
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import UNDER_26, Visitor, counted

NAME, MEAL, ADULT, ACCESS = "Registrant Name", "Registrant Meal Choice", "Over 18", "Access Requirements"


def ask(label: str = NAME, words: str = "Name on the ticket", **more: Any) -> NoteQuestion:
    account = ProviderAccount.objects.get(name="lantern")
    return NoteQuestion.objects.create(account=account, label=label, words=words, **more)


def theirs(office: CookieOffice) -> dict[str, Any]:
    """The only visitor's basket as the box office has it."""
    (visitor,) = office.visitors.values()
    return visitor.basket


def patches(office: CookieOffice) -> list[tuple[str, Any]]:
    return [(path, body) for method, path, body in office.asked if method == "PATCH"]


def box(vi: Visitor, number: int = 0, selector: str = ".notes form") -> Tag:
    return vi.page.select(selector)[number]


def sent(form: Tag, **answers: str) -> dict[str, Any]:
    """What the form would send, with these in the order of its fields' labels."""
    found: dict[str, Any] = {}
    for one in form.select("input[name], select[name]"):
        name = str(one["name"])
        if one.get("type") == "checkbox" and not one.has_attr("checked"):
            continue
        if one.name == "select":
            chosen = one.select_one("option[selected]")
            found[name] = str(chosen["value"]) if chosen else ""
        else:
            found.setdefault(name, []).append(str(one.get("value", "")))
    fields = {
        str(label["for"]).removeprefix("id_"): label.get_text(" ", strip=True)
        for label in form.select("label[for]")
    }
    for words, answer in answers.items():
        name = next(name for name, label in fields.items() if label.startswith(words.replace("_", " ")))
        found[name] = answer
    return found


def answer(vi: Visitor, *, number: int = 0, scope: str = "one", run: bool = True, **answers: str) -> None:
    form = box(vi, number)
    vi.post(str(form["action"]), {**sent(form, **answers), "for": scope})
    if run:
        vi.run()


def said(vi: Visitor) -> list[str]:
    return [" ".join(one.get_text(" ").split()) for one in vi.page.select(".notes-said > div")]


# --- tickets ----------------------------------------------------------------------------------------------------


def test_an_answer_is_written_under_the_venues_label_and_shown_as_it_was_read_back(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    ask()
    vi.buy(play, count=1)
    answer(vi, Name_on="  Ada \n Lovelace ")
    (ticket,) = theirs(lantern)["tickets"]
    assert patches(lantern) == [("/tickets", {"attribute_Registrant Name": "Ada Lovelace"})]
    assert ticket["attribute_RegistrantName"] == "Ada Lovelace"
    assert "Saved. The box office has your answers." in vi.text
    assert said(vi) == ["Name on the ticket Ada Lovelace"]


def test_one_of_two_tickets_gets_an_answer_of_its_own_and_a_stub_of_its_own(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    ask()
    vi.buy(play)
    assert len(vi.page.select("article.stub")) == 1
    assert "2 × Full Price" in vi.text
    answer(vi, Name_on="Ada")
    assert [one.get("attribute_RegistrantName") for one in theirs(lantern)["tickets"]] == ["Ada", None]
    assert len(vi.page.select("article.stub")) == 2
    answer(vi, number=1, Name_on="Grace")
    assert said(vi) == ["Name on the ticket Ada", "Name on the ticket Grace"]
    refs = [one["id"] for one in theirs(lantern)["tickets"]]
    assert [path for path, _body in patches(lantern)] == [f"/tickets/{ref}" for ref in refs]


def test_all_tickets_of_the_basket_get_it_with_one_press_and_one_call(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    ask()
    ask(MEAL, "Meal", kind="choice", choices="Vegan\nFish", position=1)
    vi.buy(play)
    vi.buy(play, UNDER_26, count=1)
    answer(vi, number=0, scope="one", Name_on="Ada", Meal="Fish")
    before = len(patches(lantern))
    answer(vi, number=1, scope="all", Meal="Vegan")
    assert patches(lantern)[before:] == [("/tickets", {"attribute_Registrant Meal Choice": "Vegan"})]
    tickets = theirs(lantern)["tickets"]
    assert [one["attribute_RegistrantMealChoice"] for one in tickets] == ["Vegan"] * 3
    assert [one.get("attribute_RegistrantName") for one in tickets] == ["Ada", None, None], (
        "left open, left alone"
    )


def test_the_tickets_of_one_stub_are_noted_together(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    ask()
    vi.buy(play)
    vi.buy(play, UNDER_26, count=1)
    answer(vi, scope="these", Name_on="Ada")
    assert [one.get("attribute_RegistrantName") for one in theirs(lantern)["tickets"]] == ["Ada", "Ada", None]
    assert len(vi.page.select("article.stub")) == 2
    assert said(vi) == ["Name on the ticket Ada"]


def test_an_answer_can_be_changed_and_taken_away(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    ask()
    ask(ADULT, "I am over 18", kind="yes", position=1)
    vi.buy(play, count=1)
    answer(vi, Name_on="Ada", I_am="on")
    assert said(vi) == ["Name on the ticket Ada", "I am over 18 yes"]
    assert theirs(lantern)["tickets"][0]["attribute_Over18"] is True
    form = box(vi)
    fields = sent(form, Name_on="Grace")
    fields = {name: value for name, value in fields.items() if value != ["on"]}
    vi.post(str(form["action"]), {**fields, "for": "one"})
    vi.run()
    assert said(vi) == ["Name on the ticket Grace"]
    answer(vi, Name_on="")
    assert said(vi) == []
    assert theirs(lantern)["tickets"][0]["attribute_RegistrantName"] == ""


@pytest.mark.parametrize("word", ["True", "1", "Yes"])
def test_a_tick_that_is_kept_as_a_word_is_a_tick(
    vi: Visitor, play: Instance, lantern: CookieOffice, word: str
) -> None:
    ask(ADULT, "I am over 18", kind="yes", required=True)
    vi.buy(play, count=1)
    answer(vi, run=False, I_am="on")
    told = vi.does(vi.ask())
    told["read"]["body"]["tickets"][0]["attribute_Over18"] = word
    vi.get(vi.tell(told).json()["go"])
    assert said(vi) == ["I am over 18 yes"]
    assert vi.page.select_one(".notes form input[type=checkbox][checked]") is not None
    assert not vi.page.select("#needed")
    assert not LostNote.objects.exists()


def test_what_is_noted_already_is_not_asked_for_again(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    ask()
    vi.buy(play, count=1)
    answer(vi, Name_on="Ada")
    before = len(lantern.asked)
    answer(vi, run=False, Name_on="Ada")
    assert "Nothing is new" in vi.text
    assert len(lantern.asked) == before


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        ({"Name_on": ""}, "Please answer: Name on the ticket"),
        ({"Name_on": "A" * 21}, "Please use at most 20 characters. These are 21."),
        ({"Name_on": "Ada", "Meal": "Stones"}, "Please choose one of the list."),
        ({"Name_on": "Ada\x00"}, "Null characters are not allowed."),
    ],
)
def test_a_wrong_answer_is_told_by_its_field_and_nothing_typed_is_lost(
    vi: Visitor, play: Instance, lantern: CookieOffice, answers: dict[str, str], complaint: str
) -> None:
    ask(required=True, longest=20)
    ask(MEAL, "Meal", kind="choice", choices="Vegan\nFish", position=1)
    vi.buy(play, count=1)
    answer(vi, run=False, **{"Meal": "Fish", **answers})
    assert vi.status == 422
    assert complaint in vi.text
    summary = vi.page.select_one(".error-summary a")
    assert summary is not None
    wrong = vi.page.select_one(str(summary["href"]))
    assert wrong is not None
    name = vi.page.select_one("input[id^=id_n]")
    assert name is not None
    if answers["Name_on"].isalpha():
        assert name["value"] == answers["Name_on"]
    if "Meal" not in answers:
        chosen = vi.page.select_one("option[selected]")
        assert chosen is not None
        assert chosen["value"] == "Fish"
    assert patches(lantern) == []


def test_what_could_not_be_passed_on_is_kept_and_offered_again(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    ask(required=True)
    vi.buy(play, count=1)
    lantern.guarded = True
    answer(vi, Name_on="Ada")
    assert vi.status == 503
    assert "could not reach the box office" in vi.text
    vi.basket()
    assert said(vi) == ["Name on the ticket Ada not passed on yet"]
    typed = vi.page.select_one(".notes form input[id^=id_n]")
    assert typed is not None
    assert typed["value"] == "Ada"
    assert vi.page.select("#needed a"), "the box office does not have it"
    assert not LostNote.objects.exists()
    lantern.guarded = False
    answer(vi)
    assert said(vi) == ["Name on the ticket Ada"]


def test_while_the_browser_asks_something_else_the_form_stays_as_it_was_filled_in(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    ask()
    vi.buy(play, count=1)
    form = box(vi)
    vi.take(play)  # handed out, and not heard of yet
    vi.post(str(form["action"]), {**sent(form, Name_on="Ada"), "for": "one"})
    assert vi.status == 409
    assert "Your answers are still here." in vi.text
    typed = vi.page.select_one("input[id^=id_n]")
    assert typed is not None
    assert typed["value"] == "Ada"
    assert patches(lantern) == []


def test_a_lost_answer_is_read_and_never_written_again(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    ask()
    vi.buy(play, count=1)
    lantern.settings.loses = lambda method, path: method == "PATCH"
    answer(vi, Name_on="Ada")
    assert len(patches(lantern)) == 1
    assert said(vi) == ["Name on the ticket Ada"]


def test_without_questions_nothing_is_asked(vi: Visitor, play: Instance) -> None:
    ask(active=False)
    vi.buy(play)
    assert vi.page.select(".notes") == []
    vi.get(reverse("baskets:notes", args=[Line.objects.all()[0].pk]))
    assert "Nothing is asked about this ticket" in vi.text


def test_many_questions_have_a_page_of_their_own(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    for number in range(13):
        ask(f"{NAME} {number}", f"Question {number}", position=number)
    vi.buy(play)
    assert vi.page.select(".notes form") == []
    link = vi.page.select_one("[id^=ask-notes-]")
    assert link is not None
    vi.get(str(link["href"]))
    form = box(vi, selector="#main form[action$='/notes/']")
    vi.post(str(form["action"]), {**sent(form, Question_3="Three"), "for": "these"})
    vi.run()
    assert said(vi) == ["Question 3 Three"]
    assert [one["attribute_RegistrantName3"] for one in theirs(lantern)["tickets"]] == ["Three", "Three"]


def test_another_visitors_ticket_does_not_exist(vi: Visitor, play: Instance) -> None:
    ask()
    vi.buy(play, count=1)
    answer(vi, Name_on="Ada")
    line, hold = Line.objects.get(), Hold.objects.get()
    other = Visitor()
    for address in (reverse("baskets:notes", args=[line.pk]), reverse("baskets:order_notes", args=[hold.pk])):
        other.get(address)
        assert "Ada" not in other.text
        other.post(address, {"for": "all"})
        assert "Ada" not in other.text
    assert "not in your basket any more" in other.text


# --- a label that they do not take --------------------------------------------------------------------------------


def test_a_label_that_is_missing_goes_to_staff_and_the_buyer_gets_a_calm_sentence(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    ask()
    ask("Unknown Label", "Allergies", required=True, position=1)
    vi.buy(play)
    answer(vi, scope="these", Name_on="Ada", Allergies="Nuts")
    assert "We have told its staff." in vi.text
    assert "Saved." not in vi.text
    (row,) = LostNote.objects.all()
    assert (row.account.name, row.level, row.label, row.reason, row.times, row.handled) == (
        "lantern", "ticket", "Unknown Label", "attribute_missing", 1, False,
    )  # fmt: skip
    assert said(vi)[0] == "Name on the ticket Ada"
    assert said(vi)[1] == "Allergies Nuts The box office could not note this. Its staff know."
    assert vi.page.select_one("a.button[href*='checkout']") is not None, "nobody is kept from paying by it"
    answer(vi, scope="these", Name_on="Ada", Allergies="Eggs")
    row.refresh_from_db()
    assert row.times == 2


# --- the whole order ------------------------------------------------------------------------------------------------


@pytest.fixture
def asks_itself(lantern: CookieOffice, settings: Any) -> CookieOffice:
    """The account's switch is on: its hosted checkout does not ask."""
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(order_attributes="yes")}
    return lantern


def test_the_order_is_asked_about_where_the_switch_is_on(
    vi: Visitor, asks_itself: CookieOffice, play: Instance
) -> None:
    ask(ACCESS, "What helps you on the day", level="order")
    vi.buy(play)
    assert "About your order" in vi.text
    answer(vi, What_helps="A place at the aisle")
    assert patches(asks_itself) == [("", {"attribute_Access Requirements": "A place at the aisle"})]
    assert theirs(asks_itself)["attribute_AccessRequirements"] == "A place at the aisle"
    assert said(vi) == ["What helps you on the day A place at the aisle"]


def test_the_order_is_not_asked_about_where_the_hosted_checkout_would_override_it(
    vi: Visitor, play: Instance
) -> None:
    ask(ACCESS, "What helps you on the day", level="order", required=True)
    vi.buy(play)
    assert "About your order" not in vi.text
    assert vi.page.select_one("a.button[href*='checkout']") is not None
    vi.post(reverse("baskets:order_notes", args=[Hold.objects.get().pk]), {"for": "one"})
    assert "Nothing is asked about this order" in vi.text


def test_an_empty_basket_is_asked_nothing(vi: Visitor, asks_itself: CookieOffice, play: Instance) -> None:
    ask(ACCESS, "What helps you on the day", level="order", required=True)
    vi.buy(play, count=1)
    form = box(vi)
    fields = sent(form, What_helps="A ramp")
    vi.post(reverse("baskets:remove", args=[Line.objects.get().pk]))
    vi.run()
    assert "About your order" not in vi.text
    vi.post(str(form["action"]), fields)
    assert "Nothing is asked about this order" in vi.text
    assert patches(asks_itself) == []


# --- before paying ----------------------------------------------------------------------------------------------------


def test_nobody_pays_before_what_is_needed_is_answered(
    vi: Visitor, asks_itself: CookieOffice, play: Instance
) -> None:
    ask(required=True)
    ask(ACCESS, "What helps you on the day", level="order", required=True)
    vi.buy(play)
    assert vi.page.select_one("a.button[href*='checkout']") is None
    places = [str(one["href"]) for one in vi.page.select("#needed a")]
    assert len(places) == 2
    assert all(vi.page.select_one(place) is not None for place in places), "each leads to its field"
    assert len(vi.page.select("details.notes-ask[open]")) == 2
    vi.get(reverse("checkout:start"))
    assert "answer" in vi.text
    assert Basket.objects.get().orders.count() == 0  # type: ignore[attr-defined]
    answer(vi, scope="these", Name_on="Ada")
    assert len(vi.page.select("#needed a")) == 1
    answer(vi, number=1, What_helps="Nothing")
    assert vi.page.select("#needed") == []
    assert vi.page.select_one("a.button[href*='checkout']") is not None


def test_one_ticket_without_its_answer_is_enough_to_wait(vi: Visitor, play: Instance) -> None:
    ask(required=True)
    vi.buy(play)
    answer(vi, Name_on="Ada")
    assert len(vi.page.select("#needed a")) == 1
    assert vi.page.select_one("a.button[href*='checkout']") is None


# --- the buyer's own words ----------------------------------------------------------------------------------------------


def everything_in(model: Any) -> str:
    return json.dumps(list(model.objects.values()), default=str)


def test_the_words_of_a_buyer_are_kept_sealed_and_nowhere_else(
    vi: Visitor, play: Instance, lantern: CookieOffice, caplog: pytest.LogCaptureFixture
) -> None:
    from django.db import connection

    from shop.models import CallRecord

    ask()
    vi.buy(play, count=1)
    answer(vi, Name_on="Lovelace")
    assert "Lovelace" in Hold.objects.get().notes
    with connection.cursor() as cursor:
        cursor.execute("SELECT notes, handle FROM baskets_hold")
        assert "Lovelace" not in str(cursor.fetchall())
    for model in (Errand, Line, CallRecord):
        assert "Lovelace" not in everything_in(model), model.__name__
    assert "Lovelace" not in caplog.text


def test_an_errand_that_was_never_run_forgets_the_words_when_another_takes_its_place(
    vi: Visitor, play: Instance
) -> None:
    ask()
    vi.buy(play, count=1)
    form = box(vi)
    vi.client.post(str(form["action"]), {**sent(form, Name_on="Lovelace"), "for": "one"})
    assert "Lovelace" in everything_in(Errand)
    vi.post(reverse("baskets:check"))
    vi.run()
    assert "Lovelace" not in everything_in(Errand)


def test_a_basket_that_is_given_up_forgets_them_whether_they_were_passed_on_or_not(
    vi: Visitor, play: Instance
) -> None:
    ask()
    vi.buy(play, count=1)
    answer(vi, Name_on="Lovelace")
    form = box(vi)
    vi.client.post(str(form["action"]), {**sent(form, Name_on="Countess"), "for": "one"})
    lifecycle.expire(Basket.objects.get())
    assert Hold.objects.get().notes == ""
    assert "Countess" not in everything_in(Errand)
    assert "Lovelace" in Hold.objects.get().handle
    sweeping.sweep()
    assert (Hold.objects.get().state, Hold.objects.get().handle) == (Hold.State.CLOSED, "")


def test_they_go_with_the_basket(vi: Visitor, play: Instance) -> None:
    ask()
    vi.buy(play, count=1)
    answer(vi, Name_on="Lovelace")
    vi.post(reverse("baskets:clear"))
    vi.run()
    assert Hold.objects.get().notes == ""


# --- stubs ------------------------------------------------------------------------------------------------------------


def test_tickets_that_nothing_tells_apart_are_one_stub_and_each_can_be_removed(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play, count=3)
    assert len(vi.page.select("article.stub")) == 1
    assert "3 × Full Price" in vi.text
    assert "£73.50" in vi.text
    button = vi.page.select_one("button[id^=remove-]")
    assert button is not None
    assert button.get_text().startswith("Remove one")
    vi.post(str(button.find_parent("form")["action"]))  # type: ignore[index]
    vi.run()
    assert "2 × Full Price" in vi.text
    form = vi.page.select_one("form[action$='/remove/all/']")
    assert form is not None
    vi.post(str(form["action"]), sent(form))
    vi.run()
    assert counted() == []
    assert theirs(lantern)["tickets"] == []


def test_two_courses_of_one_name_on_one_day_are_told_apart(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    from datetime import timedelta

    from tests.providers import spektrix_wire as sx

    vi.buy(play, count=1)
    other = Instance.objects.create(
        event=play.event, provider_ref=sx.ident(41499), starts_at=play.starts_at - timedelta(hours=5),
        currency="GBP",
    )  # fmt: skip
    line = Line.objects.get()
    Line.objects.create(
        hold=line.hold, item_ref="other", instance=other, venue=line.venue, event_name=line.event_name,
        venue_name=line.venue_name, timezone=line.timezone, starts_at=other.starts_at, tickets=line.tickets,
        quantity=1, currency="GBP", price_minor=2450, added_at=line.added_at,
    )  # fmt: skip
    vi.basket()
    assert [one.get_text() for one in vi.page.select(".stub-apart")] == ["19:30", "14:30"]
