"""Guests after the booking: a page to save at any time, a link for each, given once, masked, forgotten."""

from __future__ import annotations

import itertools
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse

from baskets.guest_forms import GuestForm
from catalog.models import Instance
from checkout import guest_reminders, guests_later, tasks
from checkout.guest_rows import typed_of
from checkout.models import Booking, Guest, GuestList, Mail, Order, OrderLine
from shop import clock
from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer, OutcomeUnknown, Refused, Unavailable
from shop.providers.guests import GuestPlace, GuestsRejected
from shop.providers.types import Arrives, Documents
from tests.checkout.conftest import Ada
from tests.checkout.guest_world import GuestWorld, second_event
from tests.checkout.world import TH_LIKE, Lost

pytestmark = pytest.mark.django_db
TICKETS = 2


@pytest.fixture
def club(settings: Any, offices: Any) -> GuestWorld:
    """The account "west-end" is a club that wants dates of birth and passports after the booking."""
    settings.PROVIDERS = {"fake": "tests.checkout.guest_world.GuestOffice"}
    found = GuestWorld("west-end", questions=TH_LIKE[:4])
    found.wants.before, found.wants.later = (), ("first_name", "date_of_birth", "passport")
    found.documents = Documents(Arrives.DOWNLOAD, expected=TICKETS, ready=0)
    return found


@pytest.fixture
def bought(ada: Ada, club: GuestWorld) -> Ada:
    ada.holds(tickets=TICKETS)
    ada.buys()
    assert ada.now().status == Order.Status.PAID
    mail.outbox.clear()
    return ada


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def answers(
    guest: Guest, name: str = "Ada", passport: str = "AB 123 4567", year: str = "1990"
) -> dict[str, str]:
    start = f"guest-{guest.pk}"
    return {
        f"{start}-first_name": name,
        f"{start}-date_of_birth_0": "31",
        f"{start}-date_of_birth_1": "12",
        f"{start}-date_of_birth_2": year,
        f"{start}-passport": passport,
    }


def saves(ada: Ada, *guests: Guest, **more: str) -> Any:
    data: dict[str, str] = {}
    for guest in guests:
        data |= answers(guest)
    return ada.client.post(ada.url("guests_later"), data | more)


def everybody() -> list[Guest]:
    return list(Guest.objects.order_by("position"))


def states() -> list[str]:
    return [guest.state for guest in everybody()]


def kept() -> str:
    """All that is in the database of guests, opened."""
    return json.dumps([[g.typed, g.masked] for g in everybody()])


# --- the page -------------------------------------------------------------------------------------------------


def test_of_two_events_each_guest_is_told_whose_ticket_it_is(ada, club):
    hold = ada.holds()
    second_event(club, hold, "The Lantern Gala")
    ada.buys()
    assert OrderLine.objects.filter(item_ref="item-other").update(
        event_name="The Lantern Gala", area="Paddock"
    )
    soup = page(ada.client.get(ada.url("guests_later")))
    told = [one.get_text(strip=True) for one in soup.select(".guest .guest-ticket")]
    assert sorted(told) == ["Hamlet, Stalls", "Hamlet, Stalls", "The Lantern Gala, Paddock"]
    mails = [unquote(one["href"]) for one in soup.select("a[href^='mailto:?']")]
    assert ["The Lantern Gala" in one for one in mails] == ["Gala" in one for one in told]


def test_the_order_page_says_what_is_missing_and_until_when(bought):
    text = page(bought.client.get(bought.url("order"))).text
    end = everybody()[0].needed_by
    assert "2 of 2 guests still need a first name, a date of birth, and a passport number, by" in text or (
        "2 of 2 guests still need a first name, a date of birth and a passport number, by" in text
    )
    assert "(in 26 days)" in text
    assert end.astimezone(clock.now().tzinfo).date() == (clock.now() + timedelta(days=26)).date()
    link = page(bought.client.get(bought.url("order"))).select_one(f'a[href="{bought.url("guests_later")}"]')
    assert link


def test_the_mail_of_the_order_leads_to_the_page_of_the_guests(ada, club, move_clock):
    ada.holds()
    ada.buys()
    move_clock(timedelta(seconds=30))
    tasks.sweep()
    (sent,) = [m for m in mail.outbox if m.to == ["ada@example.org"]]
    assert ada.url("guests_later") in sent.body
    assert "still need" in sent.body


def test_the_last_date_follows_the_accounts_option(ada, club, settings):
    was = settings.PROVIDER_ACCOUNTS["west-end"]
    settings.PROVIDER_ACCOUNTS = {
        **settings.PROVIDER_ACCOUNTS,
        "west-end": AccountConfig(
            name="west-end", kind=was.kind, title=was.title, base_url=was.base_url,
            allowed_hosts=was.allowed_hosts, options={"guests_by_days": "30"},
        ),
    }  # fmt: skip
    ada.holds()
    ada.buys()
    text = page(ada.client.get(ada.url("guests_later"))).text
    assert "(in 10 days)" in text
    assert "The organiser names no last date. We need it by" in text


def test_a_page_that_was_open_meanwhile_takes_nothing_away_that_a_guest_filled_in_through_their_link(bought):
    first, second = everybody()

    def sent(soup: BeautifulSoup) -> dict[str, str]:
        return {one["name"]: one.get("value", "") for one in soup.select("form.form input[name^=guest-]")}

    open_page = sent(page(bought.client.get(bought.url("guests_later"))))
    guest = Client()
    form = sent(page(guest.get(second.get_absolute_url())))
    guest.post(second.get_absolute_url(), form | answers(second, name="Bob"))
    assert [g.state for g in everybody()] == [Guest.State.MISSING, Guest.State.SAVED]
    bought.client.post(bought.url("guests_later"), open_page | answers(first))
    assert [typed_of(g).get("first_name") for g in everybody()] == ["Ada", "Bob"]
    assert Guest.State.MISSING not in states()
    # what is changed on purpose counts, on an old page too
    bought.client.post(bought.url("guests_later"), open_page | {f"guest-{second.pk}-first_name": "Robert"})
    assert [typed_of(g).get("first_name") for g in everybody()] == ["Ada", "Robert"]


def test_what_is_saved_half_stays_and_is_said_to_be_missing(bought, club):
    first, _second = everybody()
    start = f"guest-{first.pk}"
    answer = bought.client.post(
        bought.url("guests_later"), {f"{start}-first_name": "Ada", f"{start}-date_of_birth_0": "31"}
    )
    soup = page(bought.sees(answer))
    assert soup.select_one(f'[name="{start}-first_name"]')["value"] == "Ada"
    assert soup.select_one(f'[name="{start}-date_of_birth_0"]')["value"] == "31"
    assert "Still needed: date of birth, passport number" in soup.text
    assert "also needs: month, year" in soup.text
    assert states() == ["missing", "missing"]
    assert club.calls["give"] == 0


def test_what_nobody_has_typed_yet_is_missing_and_not_refused(ada, club):
    club.wants.nags = True
    ada.holds()
    ada.buys()
    assert states() == ["missing", "missing"]
    saves(ada, everybody()[0])
    assert states() == ["saved", "missing"]
    assert not page(ada.client.get(ada.url("guests_later"))).select(".error")


def test_nothing_is_given_before_all_guests_are_there_and_then_everything_once(bought, club, sweep):
    first, second = everybody()
    saves(bought, first)
    sweep(timedelta(minutes=2))
    assert states() == ["saved", "missing"]
    assert club.calls["give"] == 0
    saves(bought, second)
    assert states() == ["accepted", "accepted"]
    sweep(timedelta(minutes=10))
    assert club.calls["give"] == 1
    assert [one["passport"] for one in club.wants.gave[0].values()] == ["AB1234567", "AB1234567"]
    assert [one["date_of_birth"] for one in club.wants.gave[0].values()] == ["1990-12-31"] * 2


def test_once_all_is_there_the_tickets_are_asked_for_at_once(bought, club):
    booking = Booking.objects.get()
    Booking.objects.update(documents_due_at=clock.now() + timedelta(hours=3))
    asked = club.calls["documents"]
    saves(bought, *everybody())
    assert club.calls["documents"] > asked
    assert GuestList.objects.get(booking=booking).complete


def test_the_page_says_in_words_how_far_each_guest_is(bought, club):
    first, second = everybody()
    saves(bought, first)
    soup = page(bought.client.get(bought.url("guests_later")))
    assert [p.text for p in soup.select(".guest-state")] == [
        "Saved",
        "Still needed: first name, date of birth, passport number",
    ]
    saves(bought, second)
    soup = page(bought.client.get(bought.url("guests_later")))
    assert {p.text for p in soup.select(".guest-state")} == {"Accepted by the organiser"}
    assert "The organiser has everything about your guests." in soup.text


def test_a_saved_passport_is_not_shown_again_and_stays_when_left_empty(bought):
    first, _second = everybody()
    saves(bought, first)
    soup = page(bought.client.get(bought.url("guests_later")))
    assert "Saved: ••••4567" in soup.text
    assert "AB1234567" not in str(soup)
    assert "AB 123 4567" not in str(soup)
    saves(bought, **{f"guest-{first.pk}-first_name": "Augusta"})
    assert json.loads(Guest.objects.get(pk=first.pk).typed)["passport"] == "AB 123 4567"


# --- links ----------------------------------------------------------------------------------------------------


def test_a_guests_own_page_shows_their_fields_and_nothing_else_of_the_order(bought, club):
    first, second = everybody()
    saves(bought, first)
    answer = Client().get(reverse("checkout:guest", args=[second.token]))
    soup = page(answer)
    assert answer.status_code == 200
    assert soup.select(f'[name="guest-{second.pk}-passport"]')
    assert not soup.select(f'[name^="guest-{first.pk}-"]')
    for other in (
        "Ada",
        "Lovelace",
        "ada@example.org",
        "£",
        "90.00",
        bought.now().number,
        bought.now().token,
        first.token,
    ):
        assert other not in str(soup)
    assert "Hamlet" in soup.text
    assert answer["Cache-Control"] == "no-store, private"


def test_a_guest_cannot_save_for_another_one_through_their_link(bought, club):
    first, second = everybody()
    url = reverse("checkout:guest", args=[second.token])
    answer = Client().post(url, answers(first, name="Eve") | answers(second, name="Zoë"))
    assert answer.status_code == 302
    assert "Eve" not in kept()
    assert states() == ["missing", "saved"]


def test_the_last_guest_who_fills_in_their_own_sends_the_whole_list(bought, club):
    for guest in everybody():
        Client().post(reverse("checkout:guest", args=[guest.token]), answers(guest))
    assert states() == ["accepted", "accepted"]
    assert club.calls["give"] == 1


def test_a_renewed_link_ends_the_old_one(bought):
    first, second = everybody()
    soup = page(bought.sees(bought.client.post(bought.url("guests_later"), {"do": f"renew-{first.pk}"})))
    fresh = Guest.objects.get(pk=first.pk).token
    assert fresh != first.token
    assert fresh in soup.text
    assert Client().get(reverse("checkout:guest", args=[first.token])).status_code == 404
    assert Client().get(reverse("checkout:guest", args=[fresh])).status_code == 200
    assert Guest.objects.get(pk=second.pk).token == second.token


def test_the_link_can_be_mailed_by_the_buyer(bought):
    first, *_rest = everybody()
    hrefs = [
        a["href"] for a in page(bought.client.get(bought.url("guests_later"))).select('a[href^="mailto:"]')
    ]
    assert len(hrefs) == 2
    assert first.token in hrefs[0]


def test_a_link_of_a_part_that_is_not_booked_opens_nothing(ada, club):
    ada.holds()
    ada.starts()
    ada.sees(ada.fills_in())
    assert Client().get(reverse("checkout:guest", args=[Guest.objects.first().token])).status_code == 404


# --- giving ---------------------------------------------------------------------------------------------------


def test_what_is_refused_comes_back_to_its_field_and_by_mail_without_the_data(bought, club, sweep):
    club.wants.bad = {"passport": "AB1234567"}
    saves(bought, *everybody())
    assert states() == ["refused", "refused"]
    sweep(timedelta(minutes=1))
    (sent,) = [m for m in mail.outbox if "correct" in m.subject]
    assert "AB1234567" not in sent.body + sent.alternatives[0][0]
    assert "1990" not in sent.body
    soup = page(bought.client.get(bought.url("guests_later")))
    assert soup.select_one(f'[name="guest-{everybody()[0].pk}-passport"]')["value"] == "AB 123 4567"
    assert "the organiser did not accept this" in soup.text
    assert "2 guests" in soup.text
    first, second = everybody()
    bought.client.post(
        bought.url("guests_later"),
        answers(first, passport="XY7654321") | answers(second, passport="XY7654322"),
    )
    assert states() == ["accepted", "accepted"]
    assert club.calls["give"] == 2


def test_what_is_kept_there_and_complained_about_is_refused_until_it_is_corrected(bought, club, sweep):
    club.wants.grumbles = "AB1234567"
    saves(bought, *everybody())
    assert states() == ["refused", "refused"]
    first, second = everybody()
    bought.client.post(
        bought.url("guests_later"),
        answers(first, passport="XY7654321") | answers(second, passport="XY7654322"),
    )
    assert states() == ["accepted", "accepted"]
    assert club.calls["give"] == 2


def test_a_refusal_about_somebody_else_is_not_repeated_without_end(bought, club, sweep):
    club.fail("give", *[GuestsRejected(places={"nobody:0": {"passport": "invalid"}}) for _ in range(50)])
    saves(bought, *everybody())
    sweep(timedelta(minutes=10))
    assert states() == ["saved", "saved"]
    assert club.calls["give"] < 6


def test_while_one_is_refused_the_others_wait_and_are_not_sent_again(bought, club, sweep):
    first, second = everybody()
    club.wants.bad = {"passport": "BAD1234"}
    bought.client.post(bought.url("guests_later"), answers(first) | answers(second, passport="BAD 1234"))
    assert states() == ["saved", "refused"]
    sweep(timedelta(minutes=5))
    assert club.calls["give"] == 1


def test_a_lost_answer_is_asked_about_first_and_never_given_twice(bought, club, sweep):
    club.fail("give", Lost(OutcomeUnknown()))
    saves(bought, *everybody())
    assert states() == ["sent", "sent"]
    assert GuestList.objects.get().lost
    sweep(timedelta(minutes=2))
    assert states() == ["accepted", "accepted"]
    assert club.calls["give"] == 1


def test_an_answer_that_was_lost_before_anything_was_done_is_given_again(bought, club, sweep):
    club.fail("give", OutcomeUnknown())
    saves(bought, *everybody())
    assert states() == ["sent", "sent"]
    sweep(timedelta(minutes=2))
    assert states() == ["accepted", "accepted"]
    assert club.calls["give"] == 2


def test_a_process_that_dies_while_giving_is_found_by_what_it_wrote_before(bought, club, sweep):
    class Killed(BaseException):
        pass

    club.fail("give", Lost(Killed()))  # type: ignore[arg-type]
    first, second = everybody()
    saves(bought, first)
    form_data = answers(second)
    with pytest.raises(Killed):
        bought.client.post(bought.url("guests_later"), form_data)
    assert states() == ["sent", "sent"]
    assert GuestList.objects.get().lost
    from shop.models import Claim

    Claim.objects.all().delete()
    sweep(timedelta(minutes=2))
    assert states() == ["accepted", "accepted"]
    assert club.calls["give"] == 1


def test_an_outage_keeps_everything_and_it_is_tried_again(bought, club, sweep):
    club.fail("give", Unavailable(), BadAnswer())
    saves(bought, *everybody())
    assert states() == ["saved", "saved"]
    assert "4567" in kept()
    sweep(timedelta(minutes=8), step=timedelta(seconds=30))
    assert states() == ["accepted", "accepted"]
    assert club.calls["give"] == 3


def test_a_provider_that_cannot_be_asked_at_first_is_asked_again(ada, club, sweep):
    ada.holds()
    ada.starts()
    ada.fills_in()
    ada.sees(ada.client.get(ada.url("guests")))
    ada.pays()
    for handle in club.orders:
        club.paid(handle)
    club.fail("sheet", Unavailable(), Unavailable())
    ada.comes_back()
    assert GuestList.objects.get().booked_at is None
    sweep(timedelta(minutes=5), step=timedelta(seconds=30))
    assert GuestList.objects.get().booked_at is not None


def test_what_was_sent_and_is_not_shown_there_yet_is_looked_at_again(bought, club, sweep):
    club.wants.echoes = False
    saves(bought, *everybody())
    assert states() == ["sent", "sent"]
    club.wants.echoes = True
    sweep(timedelta(hours=1), step=timedelta(minutes=5))
    assert states() == ["accepted", "accepted"]
    assert club.calls["give"] == 1


def test_a_change_while_an_answer_is_awaited_is_not_lost(bought, club):
    first, second = everybody()
    saves(bought, first)

    def meanwhile(verb: str) -> None:
        if verb == "give":
            club.before = None
            guest = Guest.objects.get(pk=second.pk)
            from checkout.views_guests_later import form_of

            guests_later.save(guest, form_of(guest, data=answers(guest, name="Augusta")))
            guests_later.saved(guest.booking_id)

    club.before = meanwhile
    saves(bought, second)
    tasks.sweep()
    assert states() == ["accepted", "accepted"]
    given = [list(one.values())[1]["first_name"] for one in club.wants.gave]
    assert given == ["Ada", "Augusta"]


def test_a_correction_after_it_was_accepted_is_given_with_what_the_provider_has(bought, club):
    first, second = everybody()
    saves(bought, first, second)
    bought.client.post(bought.url("guests_later"), {f"guest-{first.pk}-first_name": "Augusta"})
    assert states() == ["accepted", "accepted"]
    last = club.wants.gave[-1]
    assert next(iter(last.values())) == {
        "first_name": "Augusta",
        "date_of_birth": "1990-12-31",
        "passport": "AB1234567",
    }


def test_saving_the_same_once_more_sends_nothing(bought, club):
    first, second = everybody()
    saves(bought, first, second)
    bought.client.post(bought.url("guests_later"), {f"guest-{first.pk}-first_name": "Ada"})
    assert club.calls["give"] == 1


def test_when_the_provider_takes_no_more_the_page_says_so_and_staff_are_called(bought, club, sweep):
    first, _second = everybody()
    saves(bought, first)
    club.wants.open = False
    GuestList.objects.update(due_at=clock.now())
    sweep()
    assert bought.now().attention_reason == "guests_closed"
    soup = page(bought.client.get(bought.url("guests_later")))
    assert "cannot be changed any more" in soup.text
    assert not soup.select(".guest input")
    saves(bought, *everybody())
    assert states() == ["saved", "missing"]
    assert "cannot be changed" in page(Client().get(reverse("checkout:guest", args=[first.token]))).text


def test_refusals_that_no_guest_can_change_call_staff(bought, club, sweep):
    club.fail("give", *[Refused() for _ in range(12)])
    saves(bought, *everybody())
    sweep(timedelta(hours=3), step=timedelta(minutes=5))
    assert bought.now().attention_reason == "guests_refused"
    assert states() == ["saved", "saved"]


def test_staff_are_called_where_the_last_date_nears_and_the_provider_is_still_away(
    bought, club, sweep, move_clock
):
    bought.client.get(bought.url("guests_later"))
    end = everybody()[0].needed_by
    club.fail("sheet", *[Unavailable() for _ in range(200)])
    saves(bought, *everybody())
    sweep(timedelta(hours=3), step=timedelta(minutes=30))
    assert not bought.now().attention_reason
    move_clock(end - timedelta(hours=20))
    tasks.sweep()
    assert bought.now().attention_reason == "guests_unsent"
    assert states() == ["saved", "saved"]


def test_the_first_look_takes_nothing_away_that_is_saved_in_that_moment(bought):
    first, _second = everybody()
    stale = Guest.objects.get(pk=first.pk)
    guests_later.save(first, GuestForm(first.fields, data={"first_name": "Augusta"}))
    place = GuestPlace(
        key=first.key, item_ref=first.item_ref, number=0, lead=True, values={"first_name": "Ada"}
    )
    guests_later._begin(stale, place, list(first.booking.lines.all()), first.booking.account.name)
    assert typed_of(Guest.objects.get(pk=first.pk)) == {"first_name": "Augusta"}


def test_a_refusal_that_names_nothing_is_tried_more_slowly_each_time_and_calls_staff(bought, club, sweep):
    club.wants.dumb = True
    saves(bought, *everybody())
    sweep(timedelta(hours=3), step=timedelta(minutes=5))
    assert states() == ["saved", "saved"]
    assert club.calls["give"] < 10
    assert bought.now().attention_reason == "guests_refused"


# --- masking and forgetting -----------------------------------------------------------------------------------


def test_once_accepted_only_the_last_characters_of_a_passport_are_left_anywhere(bought, club):
    saves(bought, *everybody())
    assert states() == ["accepted", "accepted"]
    assert "4567" in kept()
    for text in ("AB1234567", "AB 123 4567", '"31"', '"12"'):
        assert text not in kept()
    soup = page(bought.client.get(bought.url("guests_later")))
    assert "The organiser has ••••4567" in soup.text
    assert "The organiser has ••••1990" in soup.text
    assert all(guest.masked_at for guest in everybody())


def test_typed_rows_are_sealed_in_the_database(bought):
    saves(bought, everybody()[0])
    with connection.cursor() as cursor:
        cursor.execute("select typed, masked from checkout_guest")
        assert not any("123" in (text or "") for row in cursor.fetchall() for text in row)


def test_no_mail_and_no_record_of_a_call_has_a_passport(bought, club, sweep):
    from shop.models import CallRecord

    saves(bought, *everybody())
    sweep(timedelta(minutes=1))
    for sent in mail.outbox:
        assert "4567" not in sent.body
    assert not CallRecord.objects.filter(detail__contains="4567").exists()
    assert not bought.now().history.filter(because__contains="4567").exists()


def test_thirty_days_after_the_event_everything_of_guests_is_deleted(bought, move_clock):
    saves(bought, *everybody())
    first = everybody()[0]
    move_clock(timedelta(days=69))
    guest_reminders.forget()
    assert kept() != json.dumps([["", ""], ["", ""]])
    move_clock(timedelta(days=2))
    guest_reminders.forget()
    assert kept() == json.dumps([["", ""], ["", ""]])
    assert "deleted" in page(bought.client.get(bought.url("guests_later"))).text
    assert "This link has ended" in page(Client().get(reverse("checkout:guest", args=[first.token]))).text


def is_put_off(days: int) -> None:
    """By the box office, in a refresh of the catalogue."""
    for date in Instance.objects.all():
        later = timedelta(days=days)
        Instance.objects.filter(pk=date.pk).update(
            starts_at=date.starts_at + later, ends_at=date.ends_at + later if date.ends_at else None
        )


def test_guests_of_a_date_that_was_put_off_are_kept_until_thirty_days_after_the_new_one(bought, move_clock):
    saves(bought, *everybody())
    is_put_off(50)
    move_clock(timedelta(days=71))
    guest_reminders.forget()
    assert "4567" in kept()
    move_clock(timedelta(days=48))
    guest_reminders.forget()
    assert "4567" in kept()
    move_clock(timedelta(days=2))
    guest_reminders.forget()
    assert kept() == json.dumps([["", ""], ["", ""]])


def test_guests_of_a_date_that_was_brought_forward_are_deleted_earlier(bought, move_clock):
    saves(bought, *everybody())
    is_put_off(-20)
    guest_reminders.forget()
    assert "4567" in kept()
    move_clock(timedelta(days=51))
    guest_reminders.forget()
    assert kept() == json.dumps([["", ""], ["", ""]])


def test_guests_of_an_entry_at_a_time_of_its_own_are_kept_until_that(bought, move_clock):
    """The catalogue has the first of all entries as the beginning of the date: nothing was put off."""
    saves(bought, *everybody())
    OrderLine.objects.update(time_from=F("starts_at"))
    before = list(Guest.objects.values_list("needed_by", flat=True))
    is_put_off(-30)
    move_clock(timedelta(days=10))
    guest_reminders.forget()
    assert "4567" in kept()
    assert list(Guest.objects.values_list("needed_by", flat=True)) == before


def test_what_was_typed_for_an_order_that_came_to_nothing_goes_after_a_month(ada, club, move_clock):
    club.wants.before = ("first_name",)
    ada.holds(tickets=1)
    ada.starts()
    soup = page(ada.sees(ada.fills_in()))
    name = soup.select_one('.guest [name$="first_name"]')["name"]
    ada.client.post(ada.url("guests"), {name: "Ada"})
    assert "Ada" in kept()
    move_clock(timedelta(days=31))
    guest_reminders.forget()
    assert "Ada" not in kept()


# --- reminders ------------------------------------------------------------------------------------------------


def reminders() -> list[str]:
    return [re.sub(r"^guests-\d+-\d+-", "", m.kind) for m in Mail.objects.filter(kind__startswith="guests-")]


def test_reminders_come_at_14_7_3_and_1_days_each_once_and_never_with_data(bought, sweep, move_clock):
    first, _second = everybody()
    saves(bought, first)
    days = []
    for _day in range(28):
        move_clock(timedelta(days=1))
        for _twice in range(2):
            tasks.sweep()
        days.append(len(reminders()))
    assert reminders() == ["14", "7", "3", "1"]
    sent = [m for m in mail.outbox if "Your guests" in m.subject]
    assert len(sent) == 4
    for one in sent:
        assert "1 of 2 guests still needs a first name" in one.body
        assert bought.url("guests_later") in one.body
        for secret in ("4567", "1990"):
            assert secret not in one.body + one.alternatives[0][0]
    # 26 days are left at first: the 12th, 19th, 23rd and 25th day from now, at ten in the morning there
    begins = [n for n in range(1, 28) if days[n] > days[n - 1]]
    assert len(begins) == 4
    assert [b - a for a, b in itertools.pairwise(begins)] == [7, 4, 2]


def test_a_date_that_was_put_off_takes_its_last_day_and_the_reminders_with_it(bought, sweep, move_clock):
    first, _second = everybody()
    saves(bought, first)
    is_put_off(50)
    for _day in range(28):  # all days of the old reminders, and the old last day
        move_clock(timedelta(days=1))
        tasks.sweep()
    assert reminders() == []
    assert bought.now().attention_reason != "guests_missing"
    assert "(in 48 days)" in page(bought.client.get(bought.url("order"))).text
    for _day in range(48):
        move_clock(timedelta(days=1))
        tasks.sweep()
    assert reminders() == ["14", "7", "3", "1"]


def test_the_night_tells_the_new_last_day_before_anybody_is_reminded(bought):
    is_put_off(50)
    guest_reminders.forget()
    assert "(in 76 days)" in page(bought.client.get(bought.url("order"))).text


def test_a_date_that_was_brought_forward_past_its_last_day_leaves_until_tomorrow_and_no_longer(
    bought, move_clock
):
    is_put_off(-30)
    guest_reminders.forget()
    assert "(tomorrow)" in page(bought.client.get(bought.url("order"))).text
    end = everybody()[0].needed_by
    move_clock(timedelta(days=1))
    guest_reminders.forget()
    assert everybody()[0].needed_by == end


def test_a_reminder_that_is_due_is_not_passed_over_because_something_was_saved_meanwhile(bought, move_clock):
    first, _second = everybody()
    bought.client.get(bought.url("guests_later"))
    end = first.needed_by
    move_clock(end - timedelta(hours=30))  # in the afternoon of the day before
    saves(bought, first)
    tasks.sweep()
    assert reminders() == ["1"]
    move_clock(end + timedelta(minutes=1))
    saves(bought, first, **{f"guest-{first.pk}-first_name": "Augusta"})
    tasks.sweep()
    assert bought.now().attention_reason == "guests_missing"


def test_who_is_done_hears_nothing_more(bought, move_clock):
    saves(bought, *everybody())
    for _day in range(30):
        move_clock(timedelta(days=1))
        tasks.sweep()
    assert reminders() == []


def test_a_late_booking_is_reminded_only_of_what_is_still_ahead(ada, club, season, move_clock):
    instance = season["west-end"]
    instance.starts_at = clock.now() + timedelta(days=19)
    instance.save()
    ada.holds()
    ada.buys()
    for _day in range(6):
        move_clock(timedelta(days=1))
        tasks.sweep()
    assert reminders() == ["3", "1"]


def test_an_event_that_is_near_asks_for_tomorrow_at_the_latest(ada, club, season):
    instance = season["west-end"]
    instance.starts_at = clock.now() + timedelta(days=5)
    instance.save()
    ada.holds()
    ada.buys()
    assert "(tomorrow)" in page(ada.client.get(ada.url("guests_later"))).text


def test_when_the_last_date_is_over_staff_look_and_what_is_there_was_given(bought, club, sweep, move_clock):
    first, _second = everybody()
    saves(bought, first)
    move_clock(everybody()[0].needed_by - timedelta(hours=6))
    sweep(timedelta(minutes=2))
    assert club.calls["give"] == 1  # the day before
    assert states()[1] == "missing"
    move_clock(timedelta(days=1, hours=12))
    sweep(timedelta(minutes=2))
    assert bought.now().attention_reason == "guests_missing"
    saves(bought, everybody()[1])
    assert states() == ["accepted", "accepted"]


def test_a_year_with_very_many_digits_is_no_date_and_breaks_no_page(bought):
    first, _second = everybody()
    data = answers(first, year="9" * 40)
    soup = page(bought.sees(bought.client.post(bought.url("guests_later"), data)))
    assert "This is not a date" in soup.text
    assert soup.select_one(f'[name="guest-{first.pk}-date_of_birth_2"]')["value"] == "9" * 40
