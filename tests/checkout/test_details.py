"""The details page: what is asked, what is kept, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache

from checkout import drafts
from checkout.models import Order
from checkout.placing import buyer_answers, part_answers
from shop.providers.errors import DetailsRejected, Unavailable
from shop.providers.types import Choice, Question
from tests.checkout.conftest import Ada
from tests.checkout.world import BUYER, World


def page_of(ada: Ada) -> str:
    return ada.client.get(ada.url("details")).content.decode()


def test_only_what_the_providers_of_this_basket_need_is_asked(ada: Ada, arena: World) -> None:
    ada.holds("arena", currency="EUR")
    ada.starts()
    text = page_of(ada)
    for name in ("first_name", "last_name", "email", "phone"):
        assert f'name="{name}"' in text
    for name in ("address_1", "country", "state", "-delivery", "-protection"):
        assert f'name="{name}"' not in text
        assert name not in text or name == "country"


def test_every_buyer_field_says_what_it_is_to_the_browser(ada: Ada) -> None:
    ada.holds()
    ada.starts()
    text = page_of(ada)
    for token in ("given-name", "family-name", "email", "tel", "address-line1", "country", "address-level1"):
        assert f'autocomplete="{token}"' in text
    assert 'type="email"' in text
    assert 'inputmode="tel"' in text


def test_nothing_is_ticked_or_chosen_for_the_buyer(ada: Ada) -> None:
    ada.holds()
    ada.starts()
    text = page_of(ada)
    assert " checked" not in text


def test_errors_are_on_top_with_links_and_beside_the_field_and_typed_data_stays(ada: Ada) -> None:
    ada.holds()
    ada.starts()
    answer = ada.fills_in(email="not an address", first_name="")
    assert answer.url == f"{ada.url('details')}?check=1"
    text = ada.sees(answer).content.decode()
    assert 'class="error-summary"' in text
    assert 'href="#id_email"' in text
    assert "Enter your first name" in text
    assert "Enter an e-mail address like name@example.org" in text
    assert 'value="not an address"' in text
    assert text.index("<title>") < text.index("Error:") < text.index("</title>")


def test_what_was_typed_survives_a_reload_even_when_it_was_wrong(ada: Ada) -> None:
    ada.holds()
    ada.starts()
    ada.fills_in(last_name="Byron", email="not an address")
    text = page_of(ada)
    assert 'value="Byron"' in text
    assert 'value="not an address"' in text


def test_a_forged_choice_is_an_error_and_books_nothing(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.starts()
    answer = ada.fills_in(**{f"part-{ada.booking().pk}-delivery": "4711"})
    assert "Choose one of these" in ada.sees(answer).content.decode()
    assert ada.client.get(ada.url("review")).url == ada.url("details")


def test_a_disabled_format_is_shown_with_its_reason_and_cannot_be_forged(ada: Ada, arena: World) -> None:
    ada.holds("arena", currency="EUR")
    ada.starts()
    text = page_of(ada)
    assert "You are buying as a guest" in text
    assert 'value="secure" disabled' in text
    forged = ada.sees(ada.fills_in(**{f"part-{ada.booking().pk}-format": "secure"}))
    assert "Choose one of these" in forged.content.decode()


def test_delivery_and_protection_are_in_the_total_that_is_shown(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.starts()
    pk = ada.booking().pk
    ada.fills_in(**{f"part-{pk}-delivery": "1", f"part-{pk}-protection": "yes"})
    text = ada.client.get(ada.url("review")).content.decode()
    assert "£96.00" in text
    assert "Box Office Collection" in text
    assert ada.now().total_minor == 9600
    assert ada.pays().status_code == 303
    details = next(what for verb, what in theatre.seen if verb == "prepare")
    assert details.answers["delivery"] == "1"
    assert details.answers["protection"] == "yes"


def test_a_state_is_needed_for_the_united_states_only(ada: Ada, theatre: World) -> None:
    theatre.questions = tuple(
        Question(q.name, q.kind, required=True, choices=q.choices, only_if=q.only_if)
        if q.name == "state"
        else q
        for q in theatre.questions
    )
    ada.holds()
    ada.starts()
    assert ada.fills_in(country="GB").url == ada.url("review")
    answer = ada.sees(ada.fills_in(country="US"))
    assert "Choose a state" in answer.content.decode()
    assert ada.fills_in(country="US", state="NY").url == ada.url("review")
    ada.pays()
    details = next(what for verb, what in theatre.seen if verb == "prepare")
    assert (details.answers["country"], details.answers["state"]) == ("219", "NY")


def test_a_state_typed_for_another_country_is_not_sent(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.starts()
    ada.fills_in(country="GB", state="NY")
    ada.pays()
    details = next(what for verb, what in theatre.seen if verb == "prepare")
    assert "state" not in details.answers


def test_buyer_details_are_asked_once_for_two_parts(ada: Ada, theatre: World, arena: World) -> None:
    ada.holds()
    ada.holds("arena")
    ada.starts()
    text = page_of(ada)
    assert text.count('name="email"') == 1
    assert "-delivery" in text
    assert "-format" in text


def test_a_box_office_that_is_down_keeps_what_was_typed_and_offers_to_try_again(
    ada: Ada, theatre: World
) -> None:
    ada.holds()
    theatre.fail("questions", Unavailable(), Unavailable(), Unavailable())
    ada.starts()
    answer = ada.client.post(
        ada.url("details"), {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}
    )
    page = ada.sees(answer)
    assert page.status_code == 503
    assert "Try again" in page.content.decode()
    theatre.faults.clear()
    assert 'value="Lovelace"' in page_of(ada)


def test_what_a_box_office_that_went_down_could_not_be_asked_about_is_still_chosen(
    ada: Ada, theatre: World
) -> None:
    ada.holds()
    ada.starts()
    theatre.fail("questions", Unavailable(), Unavailable(), Unavailable())
    # what was asked before is not kept any more
    cache.clear()
    ada.fills_in(**{f"part-{ada.booking().pk}-delivery": "1"})
    theatre.faults.clear()
    assert 'value="1" checked' in page_of(ada)


def test_a_step_with_nothing_to_ask_is_skipped(ada: Ada, theatre: World) -> None:
    theatre.questions = ()
    ada.holds()
    answer = ada.client.get("/en/checkout/")
    assert ada.client.get(answer.url).url == ada.url("review")


def test_details_that_the_box_office_refuses_come_back_beside_their_field(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.fail("prepare", DetailsRejected(fields={"phone": "invalid", "delivery": "choice"}))
    ada.starts()
    ada.fills_in(phone="12")
    answer = ada.pays()
    assert answer.url == f"{ada.url('details')}?check=1"
    text = ada.sees(answer).content.decode()
    assert "The box office did not accept this" in text
    assert 'id="id_phone_error"' in text
    assert 'value="12"' in text
    assert ada.now().status == Order.Status.PLACED
    assert ada.now().basket.status == "open"
    assert ada.fills_in(phone="020 7946 0645").url == ada.url("review")
    assert ada.pays().status_code == 303


def test_answers_are_sealed_in_the_database(ada: Ada, db: None) -> None:
    from django.db import connection

    ada.holds()
    ada.starts()
    ada.fills_in(address_1="132 My Street")
    order = ada.now()
    assert buyer_answers(order)["address_1"] == "132 My Street"
    assert part_answers(ada.booking())["delivery"] == "91"
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM checkout_order")
        assert "Street" not in cursor.fetchone()[0]


def test_a_changed_basket_asks_again_and_what_was_typed_is_there(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.starts()
    ada.fills_in()
    ada.holds("arena")
    assert ada.client.get(ada.url("review")).url == ada.url("details")
    assert 'value="Lovelace"' in page_of(ada)


@pytest.mark.parametrize("value", ["x" * 5000, "\x00", "<script>alert(1)</script>"])
def test_odd_input_is_a_message_or_text_never_an_error(ada: Ada, value: str) -> None:
    ada.holds()
    ada.starts()
    answer = ada.fills_in(first_name=value)
    for page in (ada.sees(answer), ada.client.get(ada.url("details"))):
        assert page.status_code == 200
        assert b"<script>alert" not in page.content


def test_the_only_way_to_get_tickets_is_still_the_buyers_choice(ada: Ada, theatre: World) -> None:
    theatre.questions = (
        *BUYER,
        Question("delivery", "choice", choices=(Choice("91", "Print at Home", "print_at_home"),)),
    )
    ada.holds()
    ada.starts()
    assert 'value="91" checked' in page_of(ada)


def test_the_hold_ends_while_typing_and_what_was_typed_is_kept(
    ada: Ada, theatre: World, move_clock: Callable[[timedelta], None]
) -> None:
    ada.holds()
    ada.starts()
    data = ada.answers(address_1="132 My Street")
    move_clock(timedelta(minutes=11))
    answer = ada.client.post(ada.url("details"), data)
    assert answer.url.startswith("/en/basket/")
    page = ada.client.get(answer.url).content.decode()
    assert "You have not been charged" in page
    ada.holds()
    ada.starts()
    text = page_of(ada)
    assert 'value="Lovelace"' in text
    assert 'value="132 My Street"' in text


def test_the_clock_is_asked_of_the_server(
    ada: Ada, theatre: World, move_clock: Callable[[timedelta], None]
) -> None:
    ada.holds()
    ada.starts()
    first = ada.client.get(ada.url("clock")).json()["seconds_left"]
    move_clock(timedelta(seconds=60))
    second = ada.client.get(ada.url("clock")).json()["seconds_left"]
    assert 58 <= first - second <= 62
    move_clock(timedelta(minutes=20))
    assert ada.client.get(ada.url("clock")).json()["seconds_left"] == 0


def test_no_page_of_the_details_is_the_answer_to_a_post(ada: Ada) -> None:
    """Wrong, corrected, on to the review, and Back: the page with everything filled in, without errors."""
    ada.holds()
    ada.starts()
    wrong = ada.fills_in(email="not an address", last_name="Byron")
    assert wrong.status_code == 302
    assert ada.sees(wrong).context["form"].errors
    assert ada.fills_in(last_name="Byron").url == ada.url("review")
    back = ada.client.get(wrong.url)
    assert back.status_code == 200
    assert not back.context["form"].errors
    text = back.content.decode()
    assert 'value="Byron"' in text
    assert 'value="ada@example.org"' in text
    assert 'value="91" checked' in text


def test_an_answer_that_was_not_accepted_is_still_chosen_after_a_reload(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.starts()
    pk = ada.booking().pk
    wrong = ada.fills_in(email="", **{f"part-{pk}-delivery": "1", f"part-{pk}-protection": "yes"})
    for _again in range(2):
        text = ada.client.get(wrong.url).content.decode()
        assert 'value="1" checked' in text
        assert 'value="yes" checked' in text


def test_a_name_that_is_too_long_is_told_at_its_field_and_not_cut(ada: Ada) -> None:
    ada.holds()
    ada.starts()
    name = "Wolfeschlegelstein" * 17
    page = ada.sees(ada.fills_in(last_name=name))
    text = page.content.decode()
    assert page.context["form"].errors == {"last_name": ["Last name can have at most 100 characters"]}
    assert f'value="{name}"' in text
    assert f'value="{name}"' in page_of(ada), "nor after a reload of the page itself"
    assert 'maxlength="100"' not in text
    assert ada.client.get(ada.url("review")).url == ada.url("details")


def test_parts_are_named_after_who_sells_them(ada: Ada, arena: World) -> None:
    event = ada.season["arena"].event
    event.seller = "Lantern Live"
    event.save()
    ada.holds("arena", currency="EUR")
    ada.starts()
    text = page_of(ada)
    assert "Tickets from Lantern Live" in text
    assert "Tickethead" not in text.replace("ticketheads", "")


def test_what_is_kept_of_a_form_has_bounds_and_is_no_token_and_no_sum(ada: Ada) -> None:
    ada.holds()
    ada.starts()
    more = {"csrfmiddlewaretoken": "t" * 32, "agreed": "1", "first_name": "x" * 5000}
    more |= {f"more-{n}": str(n) for n in range(300)}
    ada.fills_in(email="", **more)
    typed = drafts.of(ada.now()).typed
    assert not {"csrfmiddlewaretoken", "agreed"} & typed.keys()
    assert len(typed) <= drafts.MOST
    assert len(typed["first_name"]) == drafts.LONGEST
    assert typed["last_name"] == "Lovelace"


def test_a_page_that_was_not_led_to_by_a_mistake_speaks_of_none(ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.fail("prepare", DetailsRejected(fields={"phone": "invalid"}))
    ada.starts()
    ada.fills_in(phone="12")
    led_to = ada.sees(ada.pays()).content.decode()
    assert "The box office did not accept this" in led_to
    assert 'class="error-summary"' in led_to
    for _mistake in ("what they said", "a field of ours"):
        text = page_of(ada)
        assert "did not accept" not in text
        assert 'class="error-summary"' not in text
        assert 'value="12"' in text
        ada.fills_in(email="", phone="12")


def test_what_one_box_office_did_not_accept_is_told_at_its_own_questions(
    ada: Ada, theatre: World, arena: World
) -> None:
    ada.holds()
    ada.holds("arena")
    ada.starts()
    ada.fills_in()
    first, second = ada.booking(1), ada.booking(2)
    worlds = {"west-end": theatre, "arena": arena}
    asked = {booking.account.name: booking for booking in (first, second)}
    worlds["west-end"].fail("prepare", DetailsRejected(fields={"delivery": "choice"}))
    form = ada.sees(ada.pays()).context["form"]
    assert list(form.errors) == [f"part-{asked['west-end'].pk}-delivery"]


def test_newer_answers_to_a_parts_own_questions_are_on_the_page_though_they_were_not_accepted(
    ada: Ada, theatre: World
) -> None:
    ada.holds()
    ada.starts()
    pk = ada.booking().pk
    assert ada.fills_in(**{f"part-{pk}-delivery": "91"}).url == ada.url("review")
    ada.fills_in(**{f"part-{pk}-delivery": "1"}, email="", address_1="132 My Street")
    text = page_of(ada)
    assert 'value="1" checked' in text
    assert 'value="91" checked' not in text
    assert 'value="132 My Street"' in text
    assert "ada@example.org" not in text


def test_nothing_is_kept_of_a_form_that_was_accepted_but_its_answers(ada: Ada) -> None:
    ada.holds()
    ada.starts()
    ada.fills_in(email="")
    assert drafts.of(ada.now()).typed["last_name"] == "Lovelace"
    ada.fills_in()
    assert drafts.of(ada.now()) == drafts.Draft()
    assert buyer_answers(ada.now())["last_name"] == "Lovelace"


def test_of_an_address_that_is_needed_by_post_every_line_stands_in_one_section(
    ada: Ada, theatre: World
) -> None:
    by_post = {"only_if": ("delivery", "2")}
    lands = (Choice("218", "United Kingdom", "GB"), Choice("219", "United States", "US"))
    theatre.questions = (
        *BUYER,
        Question("address_1", "text", **by_post),
        Question("country", "country", required=False, choices=lands, **by_post),
        Question("state", "us_state", required=False, choices=(Choice("NY", "New York"),), only_if=("country", "219")),
        Question("delivery", "choice", choices=(Choice("91", "Print at Home"), Choice("2", "Delivery UK", "post"))),
    )  # fmt: skip
    ada.holds()
    ada.starts()
    pk = ada.booking().pk
    whose, where = page_of(ada).split('id="address-title"')
    shown_if = f'data-only-if="part-{pk}-delivery=2"'
    for name in ("address_1", "country", "state"):
        assert f'name="{name}"' in where, name
        assert f'name="{name}"' not in whose, name
    assert shown_if in whose[whose.rindex("<section") :], "the section opens by what is chosen, not by a land"
    answer = ada.fills_in(**{f"part-{pk}-delivery": "2"}, address_1="")
    assert 'id="id_address_1_error"' in ada.sees(answer).content.decode()
    assert ada.fills_in(**{f"part-{pk}-delivery": "91"}, address_1="").url == ada.url("review")
