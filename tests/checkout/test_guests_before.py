"""The step "Guests" of checkout: what a provider must know of each guest before payment."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from baskets.models import Line, TypedGuest
from checkout.models import Guest, GuestList, Order
from shop.providers.errors import DetailsRejected, HoldExpired, OutcomeUnknown, Unavailable
from tests.checkout.conftest import Ada
from tests.checkout.guest_world import GuestWorld, second_event
from tests.checkout.world import TH_LIKE, Lost

pytestmark = pytest.mark.django_db


@pytest.fixture
def club(settings: Any, offices: Any) -> GuestWorld:
    """The account "west-end" is a club that wants to know its guests by name."""
    settings.PROVIDERS = {"fake": "tests.checkout.guest_world.GuestOffice"}
    return GuestWorld("west-end", questions=TH_LIKE[:4])


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def inputs(soup: BeautifulSoup) -> list[str]:
    """The prefixes of the guests on the page, in their order."""
    found = [
        re.sub(r"-[a-z_]+(_\d)?$", "", e["name"])
        for e in soup.select(".guest [name]")
        if e.get("name") != "do"
    ]
    return list(dict.fromkeys(found))


def comes_to_guests(ada: Ada) -> Any:
    ada.starts()
    return ada.sees(ada.fills_in())


def names(soup: BeautifulSoup, *people: tuple[str, str]) -> dict[str, str]:
    data = {}
    for prefix, (first, last) in zip(inputs(soup), people, strict=True):
        data |= {f"{prefix}-first_name": first, f"{prefix}-last_name": last}
    return data


BOTH = (("Ada", "Lovelace"), ("Zoë", "O’Neill-Åström"))


def test_of_two_events_each_guest_is_told_whose_ticket_it_is(ada, club):
    hold = ada.holds()
    second_event(club, hold, "The Lantern Gala")
    soup = page(comes_to_guests(ada))
    told = [one.get_text(strip=True) for one in soup.select(".guest .guest-ticket")]
    play = hold.lines.first().event_name
    assert told == [f"{play}, Stalls"] * 2 + ["The Lantern Gala, Paddock"]


def test_of_one_event_nothing_is_said_twice(ada, club):
    ada.holds()
    assert not page(comes_to_guests(ada)).select(".guest-ticket")


def test_after_the_details_come_the_guests_and_then_the_review(ada, club):
    ada.holds()
    answer = comes_to_guests(ada)
    assert answer.request["PATH_INFO"] == ada.url("guests")
    soup = page(answer)
    assert [li.get_text(strip=True) for li in soup.select(".steps li")] == [
        "Choice(done)", "Details(done)", "Guests", "Review and pay", "Tickets",
    ]  # fmt: skip
    assert len(soup.select(".guest")) == 2
    assert "prints names on tickets" in soup.text
    answer = ada.client.post(ada.url("guests"), names(soup, *BOTH))
    assert answer.url == ada.url("review")
    assert ada.client.get(answer.url).status_code == 200
    (given,) = club.wants.gave
    assert list(given.values()) == [
        {"first_name": "Ada", "last_name": "Lovelace"},
        {"first_name": "Zoë", "last_name": "O’Neill-Åström"},
    ]


def test_a_provider_that_asks_nothing_before_payment_is_no_step(ada, club):
    club.wants.before, club.wants.later = (), ("passport",)
    ada.holds()
    answer = comes_to_guests(ada)
    assert answer.request["PATH_INFO"] == ada.url("review")
    assert "Guests" not in page(answer).select_one(".steps").text


def test_an_account_that_knows_nothing_of_guests_is_never_asked(ada, theatre):
    ada.holds()
    answer = comes_to_guests(ada)
    assert answer.request["PATH_INFO"] == ada.url("review")
    assert not GuestList.objects.exists()


def test_one_guest_for_the_group_is_one_card(ada, club):
    club.wants.scope = "one"
    ada.holds(tickets=3)
    assert len(page(comes_to_guests(ada)).select(".guest")) == 1


def test_what_is_missing_is_said_guest_by_guest_and_what_was_typed_stays(ada, club):
    ada.holds()
    soup = page(comes_to_guests(ada))
    answer = ada.sees(ada.client.post(ada.url("guests"), names(soup, ("Ada", ""), ("", "Byron"))))
    soup = page(answer)
    assert [li.text for li in soup.select(".error-summary li")] == [
        "Guest 1: Enter a last name",
        "Guest 2: Enter a first name",
    ]
    for link in soup.select(".error-summary a"):
        assert soup.select_one(f'[id="{link["href"][1:]}"]')
    assert soup.select_one('[name$="-first_name"]')["value"] == "Ada"
    assert soup.select('[name$="-last_name"]')[1]["value"] == "Byron"
    assert club.calls["give"] == 0


def test_nobody_pays_before_the_guests_are_handed_over(ada, club):
    ada.holds()
    comes_to_guests(ada)
    assert ada.client.get(ada.url("review")).url == ada.url("guests")
    answer = ada.sees(ada.pays())
    assert answer.request["PATH_INFO"] == ada.url("guests")
    assert club.calls["prepare"] == 0
    assert ada.now().status == Order.Status.PLACED


def test_what_the_provider_refuses_stands_beside_its_field_and_nothing_typed_is_lost(ada, club):
    club.wants.before = ("first_name", "phone")
    club.wants.bad = {"phone": "+442079460018"}
    ada.holds()
    soup = page(comes_to_guests(ada))
    one, two = inputs(soup)
    data = {
        f"{one}-first_name": "Ada",
        f"{one}-phone": "+44 20 7946 0000",
        f"{two}-first_name": "Zoë",
        f"{two}-phone": "0044 20 7946 0018",
    }
    soup = page(ada.sees(ada.client.post(ada.url("guests"), data)))
    assert "did not accept everything" in soup.text
    (wrong,) = soup.select(".field.has-error")
    assert wrong.select_one("input")["name"] == f"{two}-phone"
    assert wrong.select_one("input")["value"] == "0044 20 7946 0018"
    assert soup.select_one(f'[name="{one}-phone"]')["value"] == "+44 20 7946 0000"
    data[f"{two}-phone"] = "+44 20 7946 0019"
    assert ada.client.post(ada.url("guests"), data).url == ada.url("review")


def test_same_as_booker_fills_the_first_guest_and_keeps_the_others(ada, club):
    ada.holds()
    soup = page(comes_to_guests(ada))
    data = names(soup, ("", ""), ("Zoë", "Byron")) | {"do": "booker"}
    soup = page(ada.sees(ada.client.post(ada.url("guests"), data)))
    assert [e["value"] for e in soup.select(".guest input")] == ["Ada", "Lovelace", "Zoë", "Byron"]
    assert club.calls["give"] == 0


def test_the_address_of_the_first_guest_can_be_copied_to_all(ada, club):
    club.wants.before = ("first_name", "country", "street", "city")
    ada.holds()
    soup = page(comes_to_guests(ada))
    one, two = inputs(soup)
    data = {
        f"{one}-first_name": "Ada",
        f"{one}-country": "GB",
        f"{one}-street": "1 Lane",
        f"{one}-city": "York",
    }
    data |= {f"{two}-first_name": "Zoë", "do": "copy"}
    soup = page(ada.sees(ada.client.post(ada.url("guests"), data)))
    assert soup.select_one(f'[name="{two}-street"]')["value"] == "1 Lane"
    assert soup.select_one(f'[name="{two}-country"] option[selected]')["value"] == "GB"
    assert soup.select_one(f'[name="{two}-first_name"]')["value"] == "Zoë"


def test_enter_in_a_field_goes_on_and_does_not_copy_the_booker(ada, club):
    ada.holds()
    soup = page(comes_to_guests(ada))
    first = soup.select("#guests-form button")[0]
    assert first.get("name") is None


def test_two_tickets_become_three_and_then_one_and_what_fits_is_kept(ada, club):
    hold = ada.holds()
    soup = page(comes_to_guests(ada))
    ada.client.post(ada.url("guests"), names(soup, *BOTH))
    handle, line = hold.handle, Line.objects.get()
    for count in (3, 1):
        club.items[handle][0].tickets = count
        line.quantity, line.price_minor = count, 4500 * count
        line.save()
        comes_to_guests(ada)
        soup = page(ada.client.get(ada.url("guests") + "?change=1"))
        assert len(soup.select(".guest")) == count
        assert [e.get("value") for e in soup.select('.guest [name$="first_name"]')] == ["Ada", "Zoë", None][
            :count
        ]
    assert club.calls["sheet"] >= 3


def test_a_new_reservation_has_what_was_typed_for_the_old_one(ada, club):
    hold = ada.holds()
    soup = page(comes_to_guests(ada))
    ada.client.post(ada.url("guests"), names(soup, *BOTH))
    club.items["fresh"] = [*club.items.pop(hold.handle)]
    hold.handle = "fresh"
    hold.save()
    answer = ada.sees(ada.client.get(ada.url("review")))
    assert answer.request["PATH_INFO"] == ada.url("guests")
    assert [e["value"] for e in page(answer).select(".guest input")] == ["Ada", "Lovelace", *BOTH[1]]


def test_the_button_pay_hands_over_to_a_new_reservation_what_was_typed(ada, club):
    hold = ada.holds()
    soup = page(comes_to_guests(ada))
    ada.client.post(ada.url("guests"), names(soup, *BOTH))
    club.items["fresh"] = [*club.items.pop(hold.handle)]
    hold.handle = "fresh"
    hold.save()
    answer = ada.pays()
    assert "pay.example.org" in answer.url
    assert [len(one) for one in club.wants.gave] == [2, 2]
    assert club.wants.there["fresh"]


def test_a_lost_answer_is_looked_up_and_not_repeated(ada, club):
    ada.holds()
    soup = page(comes_to_guests(ada))
    club.fail("give", Lost(OutcomeUnknown()))
    assert ada.client.post(ada.url("guests"), names(soup, *BOTH)).url == ada.url("review")
    assert club.calls["give"] == 1


def test_an_outage_keeps_everything_and_says_so(ada, club):
    ada.holds()
    soup = page(comes_to_guests(ada))
    club.fail("give", Unavailable())
    answer = ada.sees(ada.client.post(ada.url("guests"), names(soup, *BOTH)))
    soup = page(answer)
    assert "box office" in soup.select_one("[role=alert], .notice, .problem").text
    assert [e["value"] for e in soup.select(".guest input")] == ["Ada", "Lovelace", *BOTH[1]]


def test_a_hold_that_runs_out_meanwhile_keeps_what_was_typed(ada, club):
    ada.holds()
    soup = page(comes_to_guests(ada))
    club.fail("give", HoldExpired())
    answer = ada.client.post(ada.url("guests"), names(soup, *BOTH))
    assert answer.url == reverse("baskets:detail")
    assert TypedGuest.objects.count() == 2
    assert "kept" in ada.client.get(answer.url).content.decode()


def test_typed_answers_are_sealed(ada, club):
    from django.db import connection

    club.wants.before = ("passport",)
    ada.holds(tickets=1)
    soup = page(comes_to_guests(ada))
    ada.client.post(ada.url("guests"), {f"{inputs(soup)[0]}-passport": "AB123456"})
    with connection.cursor() as cursor:
        cursor.execute("select typed from baskets_typedguest union all select typed from checkout_guest")
        kept = [row[0] for row in cursor.fetchall()]
    assert len(kept) == 2
    assert not any("AB123456" in text for text in kept)


def test_what_is_needed_later_is_said_with_our_own_last_date(ada, club):
    club.wants.later = ("date_of_birth", "passport")
    ada.holds()
    soup = page(comes_to_guests(ada))
    text = soup.select_one(".split-main").text
    assert "For each guest, later, until 14 days before the event: date of birth, passport number." in text
    assert not soup.select('[name$="passport"]')


def test_a_warning_of_the_provider_is_a_plain_sentence(ada, club):
    club.wants.notes = ("no_away_fans", "something_else")
    ada.holds()
    soup = page(comes_to_guests(ada))
    assert [n.p.find_next("p").text for n in soup.select(".notice-warning")] == [
        "These tickets are not for supporters of the visiting team."
    ]


def test_dates_of_birth_are_three_texts_and_a_wrong_one_is_explained(ada, club):
    club.wants.before = ("date_of_birth",)
    ada.holds(tickets=1)
    soup = page(comes_to_guests(ada))
    (one,) = inputs(soup)
    assert [e["autocomplete"].split()[1] for e in soup.select(".date-parts input")] == [
        "bday-day", "bday-month", "bday-year",
    ]  # fmt: skip
    for parts, said in (
        (("31", "2", "1990"), "not a date"),
        (("1", "1", "90"), "four digits"),
        (("1", "", "1990"), "also needs: month"),
        (("1", "1", "2199"), "not over yet"),
    ):
        data = {f"{one}-date_of_birth_{n}": text for n, text in enumerate(parts)}
        soup = page(ada.sees(ada.client.post(ada.url("guests"), data)))
        assert said in soup.select_one(".error-summary").text
        assert [e.get("value", "") for e in soup.select(".date-parts input")] == list(parts)
    data = {f"{one}-date_of_birth_{n}": text for n, text in enumerate(("1", "2", "1990"))}
    assert ada.client.post(ada.url("guests"), data).url == ada.url("review")
    assert list(club.wants.gave[0].values()) == [{"date_of_birth": "1990-02-01"}]


def test_gender_is_never_forced(ada, club):
    club.wants.before = ("first_name", "gender")
    ada.holds(tickets=1)
    soup = page(comes_to_guests(ada))
    (one,) = inputs(soup)
    checked = soup.select_one('[type="radio"][checked]')
    assert checked["value"] == "unknown"
    assert ada.client.post(ada.url("guests"), {f"{one}-first_name": "Ada"}).url == ada.url("review")
    assert list(club.wants.gave[0].values()) == [{"first_name": "Ada", "gender": "unknown"}]


def test_the_guests_of_a_part_are_rows_of_it_once_they_are_handed_over(ada, club):
    ada.holds()
    soup = page(comes_to_guests(ada))
    ada.client.post(ada.url("guests"), names(soup, *BOTH))
    assert [(g.key, g.lead, g.state) for g in Guest.objects.all()] == [
        ("item-1:0", True, "missing"),
        ("item-1:1", False, "missing"),
    ]


def test_a_bought_basket_forgets_what_was_typed_and_the_order_keeps_it(ada, club):
    ada.holds()
    soup = page(comes_to_guests(ada))
    ada.client.post(ada.url("guests"), names(soup, *BOTH))
    ada.pays()
    for handle in club.orders:
        club.paid(handle)
    ada.comes_back()
    assert ada.now().status in (Order.Status.PAID, Order.Status.FULFILLED)
    assert not TypedGuest.objects.exists()
    assert "Lovelace" in Guest.objects.first().typed


def test_what_was_handed_over_is_not_handed_over_again_where_the_provider_shows_nothing_of_it(ada, club):
    club.wants.shows = False
    ada.holds()
    soup = page(comes_to_guests(ada))
    ada.client.post(ada.url("guests"), names(soup, *BOTH))
    assert "pay.example.org" in ada.pays().url
    assert club.calls["give"] == 1


def test_a_refusal_that_names_nothing_says_so_and_keeps_everything(ada, club):
    club.wants.dumb = True
    ada.holds()
    soup = page(comes_to_guests(ada))
    soup = page(ada.sees(ada.client.post(ada.url("guests"), names(soup, *BOTH))))
    assert "did not say what is wrong" in soup.text
    assert [e["value"] for e in soup.select(".guest input")] == ["Ada", "Lovelace", *BOTH[1]]


def test_the_review_names_the_guests_and_leads_back_to_them(ada, club):
    ada.holds()
    soup = page(comes_to_guests(ada))
    soup = page(ada.sees(ada.client.post(ada.url("guests"), names(soup, *BOTH))))
    assert "Ada Lovelace, Zoë O’Neill-Åström" in soup.select_one("dl.summary").text
    link = soup.select_one("dl.summary a")["href"]
    soup = page(ada.client.get(link))
    assert [e["value"] for e in soup.select(".guest input")] == ["Ada", "Lovelace", *BOTH[1]]


def test_what_is_only_needed_later_never_stands_in_the_way_of_the_payment(ada, club):
    club.wants.later, club.wants.nags = ("passport",), True
    ada.holds()
    soup = page(comes_to_guests(ada))
    assert not soup.select(".error")
    assert ada.client.post(ada.url("guests"), names(soup, *BOTH)).url == ada.url("review")
    assert "pay.example.org" in ada.pays().url


def test_a_provider_that_has_forgotten_the_guests_leads_back_to_them_and_is_given_them_again(ada, club):
    hold = ada.holds()
    soup = page(comes_to_guests(ada))
    ada.client.post(ada.url("guests"), names(soup, *BOTH))
    club.wants.there.pop(hold.handle)
    club.fail("prepare", DetailsRejected(fields={"guests": "required"}))
    answer = ada.sees(ada.pays())
    assert answer.request["PATH_INFO"] == ada.url("guests")
    soup = page(answer)
    assert "is missing" in soup.text
    assert [e["value"] for e in soup.select(".guest input")] == ["Ada", "Lovelace", *BOTH[1]]
    ada.sees(ada.client.post(ada.url("guests"), names(soup, *BOTH)))
    assert club.calls["give"] == 2
    assert "pay.example.org" in ada.pays().url
