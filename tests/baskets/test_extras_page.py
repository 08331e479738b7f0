"""What a venue sells beside tickets: donations, things, memberships, season tickets and gift vouchers, from the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from bs4 import Tag
from django.urls import reverse

from baskets import extras, lifecycle, tasks
from baskets.models import Attempt, Basket, Errand, Hold, Shelf
from catalog.models import Instance, ProviderAccount
from catalog.records import clean_html
from shop import clock
from shop.providers.spektrix import kept
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor, counted
from tests.providers.spektrix_wire import ident

FUND, SCHOOLS = ident(101), ident(102)
PROGRAMME, BAG, POSTER = ident(401), ident(402), ident(404)
FRIEND, PATRON = ident(501), ident(502)
FULL_PRICE, CONCESSION = ident(6011), ident(6012)


@pytest.fixture(autouse=True)
def _shelves(lantern: CookieOffice, play: Instance) -> Any:
    kept.forget()
    lantern.public |= {
        "/funds": [
            {"id": FUND, "name": "Roof fund", "description": "It leaks.", "defaultDonationAmount": 5},
            {"id": SCHOOLS, "name": "Seats for schools"},
        ],
        "/stock-items": [
            {"id": PROGRAMME, "name": "Programme", "price": 4.5, "stockLevel": 3},
            {"id": BAG, "name": "Bag", "price": 12},
            {"id": POSTER, "name": "Poster", "price": 18, "stockLevel": 0},
        ],
        "/memberships": [
            {"id": FRIEND, "name": "Friend", "description": "<p>Ten off</p><script>x</script>", "price": 35,
             "renewalPrice": 30},
            {"id": PATRON, "name": "Patron", "price": 120},
        ],
        "/ticket-subscription-structures": [
            {"id": ident(601), "name": "Any four evenings",
             "pricingSets": [{"id": FULL_PRICE, "name": "Full price", "price": 64},
                             {"id": CONCESSION, "name": "Concession", "price": 52}]},
        ],
    }  # fmt: skip
    yield
    kept.forget()


@pytest.fixture
def account(play: Instance) -> ProviderAccount:
    return play.event.account


@pytest.fixture
def read(account: ProviderAccount) -> Shelf:
    return extras.refresh(account)


def page(vi: Visitor) -> None:
    vi.get(reverse("baskets:extras", args=["lantern"]))


def form(vi: Visitor) -> dict[str, Any]:
    """What the form of the page would send as it stands."""
    found = vi.page.select_one("form.extras")
    assert isinstance(found, Tag), vi.text
    sent: dict[str, Any] = {}
    for one in found.select("input[name], textarea[name]"):
        if one.get("type") in ("checkbox", "radio") and not one.has_attr("checked"):
            continue
        sent[str(one["name"])] = str(one.get("value", "on" if one.get("type") == "checkbox" else ""))
    return sent


def press(vi: Visitor, **values: str) -> None:
    """Fill the form in and press its button; names are kind, ref and what, with two underscores."""
    found = vi.page.select_one("form.extras")
    assert isinstance(found, Tag), vi.text
    vi.post(str(found["action"]), form(vi) | {k.replace("__", "-"): v for k, v in values.items()})


def add(vi: Visitor, **values: str) -> None:
    page(vi)
    press(vi, **values)
    vi.run()


def wish(kind: str, ref: str, what: str) -> str:
    return f"{kind}__{ref}__{what}"


def own(vi: Visitor) -> dict[str, Any]:
    return next(iter(vi_office(vi).visitors.values())).basket


def vi_office(vi: Visitor) -> CookieOffice:
    return vi.office  # type: ignore[attr-defined,no-any-return]


@pytest.fixture(autouse=True)
def _knows_its_office(vi: Visitor, lantern: CookieOffice) -> None:
    vi.office = lantern  # type: ignore[attr-defined]


def errors_of(vi: Visitor) -> list[str]:
    return [one.get_text(" ", strip=True) for one in vi.page.select("p.error")]


def beside(vi: Visitor) -> list[str]:
    return [" ".join(one.get_text(" ").split()) for one in vi.page.select(".beside-text")]


# --- what is on offer -------------------------------------------------------------------------------------------------


def test_the_page_shows_what_the_worker_read_and_asks_nobody(
    vi: Visitor, lantern: CookieOffice, read: Shelf
) -> None:
    lantern.public.clear()  # whoever asks now hears 404
    kept.forget()
    page(vi)
    assert vi.status == 200
    for said in ("Roof fund", "Programme", "£4.50", "3 left", "Poster", "None left", "Friend", "£30.00 to renew",
                 "Any four evenings", "Concession", "£52.00"):  # fmt: skip
        assert said in vi.text
    assert "Gift voucher" not in vi.text
    assert not vi.page.select("script:not([src])")
    assert "Ten off" in vi.text
    assert vi.page.select_one(f'[name="merchandise-{POSTER}-quantity"]') is None


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that is handed to the worker is done at once."""
    monkeypatch.setattr(tasks.refresh_extras, "delay", lambda name: tasks.refresh_extras(name))


@pytest.mark.usefixtures("_at_once")
def test_the_worker_reads_each_account_every_few_minutes(account: ProviderAccount, move_clock: Any) -> None:
    tasks.refresh_extras()
    shelf = Shelf.objects.get()
    assert len(shelf.things) == 9
    assert extras.due(shelf.read_at) == []
    move_clock(timedelta(minutes=6))
    tasks.refresh_extras()
    assert Shelf.objects.get().read_at > shelf.read_at


@pytest.mark.usefixtures("_at_once")
def test_a_venue_that_cannot_be_asked_keeps_what_it_said_last(
    account: ProviderAccount, read: Shelf, settings: Any, lantern: CookieOffice, move_clock: Any
) -> None:
    lantern.close()
    move_clock(timedelta(minutes=6))
    tasks.refresh_extras()
    shelf = Shelf.objects.get()
    assert (len(shelf.things), shelf.problem) == (9, "unavailable")


def test_a_long_description_is_cut_without_leaving_a_tag_open(
    lantern: CookieOffice, account: ProviderAccount
) -> None:
    link = '<a href="https://example.org/' + "x" * 100 + '">Read on</a>'
    lantern.public["/funds"][0]["htmlDescription"] = f"<p>{'word ' * 780}</p>{link * 9}"
    about = extras.refresh(account).things[0]["about"]
    assert about.startswith("<p>word")
    assert about == clean_html(about), "closed, as a page needs it"


def test_what_was_never_read_is_asked_for_with_a_button(vi: Visitor) -> None:
    page(vi)
    assert "We have not asked yet" in vi.text
    vi.post(reverse("baskets:ask_extras", args=["lantern"]))
    assert "Roof fund" in vi.text
    first = Shelf.objects.get().read_at
    vi.post(reverse("baskets:ask_extras", args=["lantern"]))
    assert Shelf.objects.get().read_at == first, "pressed again and again, it asks once"


def test_an_account_that_sells_tickets_only_has_no_such_page(vi: Visitor, hamlet: Instance) -> None:
    vi.get(reverse("baskets:extras", args=["west"]))
    assert vi.status == 404
    vi.get(reverse("baskets:extras", args=["nobody"]))
    assert vi.status == 404


def test_the_basket_shows_it_where_the_venue_has_something_in_it(
    vi: Visitor, play: Instance, read: Shelf
) -> None:
    vi.basket()
    assert "From Lantern House" not in vi.text
    vi.buy(play)
    assert "From Lantern House" in vi.text
    assert vi.page.select_one("#extras-lantern form.extras") is not None


def test_two_venues_in_one_basket_have_fields_of_their_own(
    vi: Visitor, play: Instance, account: ProviderAccount, lantern: CookieOffice, settings: Any
) -> None:
    """They may call two things by one id, and each sells gift vouchers and takes codes."""
    mine = lantern.account(gift_vouchers="yes", promo_codes="yes")
    settings.PROVIDER_ACCOUNTS = {"lantern": mine, "harbour": replace(mine, name="harbour", title="Harbour")}
    other = ProviderAccount.objects.create(name="harbour", kind="spektrix", title="Harbour")
    for one in (account, other):
        extras.refresh(one)
    vi.buy(play, count=1)
    Hold.objects.create(
        basket=Basket.objects.get(), account=other, verified=False, handle="{}",
        beside={"extras": [{"ref": "1", "kind": "donation", "what": FUND, "name": "Roof fund", "total": 500,
                            "reference": "", "auto_renew": False}]},
    )  # fmt: skip
    vi.basket()
    assert len(vi.page.select("form.extras")) == 2
    assert len(vi.page.select(".venue-code")) == 2
    ids = [str(one["id"]) for one in vi.page.select("[id]")]
    assert sorted(ids) == sorted(set(ids))


# --- adding -------------------------------------------------------------------------------------------------------------


def test_a_donation_of_a_suggested_amount_is_added_to_an_empty_basket(vi: Visitor, read: Shelf) -> None:
    add(vi, **{wish("donation", FUND, "amount"): "1000"})
    assert "In your basket now: Roof fund." in vi.text
    assert beside(vi) == ["Donation Roof fund"]
    assert "£10.00" in vi.text
    assert own(vi)["donations"][0]["amount"] == 10
    assert vi.page.select_one('a[href^="/en/checkout/"]') or "Go to payment" in vi.text


@pytest.mark.parametrize(("typed", "amount"), [("7", 7), ("7.5", 7.5), ("£7,50", 7.5), (" 12.25 ", 12.25)])
def test_an_amount_of_ones_own_is_taken_as_people_write_it(
    vi: Visitor, read: Shelf, typed: str, amount: Any
) -> None:
    add(vi, **{wish("donation", FUND, "amount"): "other", wish("donation", FUND, "other"): typed})
    assert own(vi)["donations"][0]["amount"] == amount


@pytest.mark.parametrize("typed", ["abc", "-5", "0", "1,000", "5.555", "1e3", "٥", "100000.01", "9" * 40])
def test_a_bad_amount_is_explained_and_nothing_is_lost(vi: Visitor, read: Shelf, typed: str) -> None:
    page(vi)
    press(vi, **{wish("donation", FUND, "amount"): "other", wish("donation", FUND, "other"): typed,
                 wish("merchandise", PROGRAMME, "quantity"): "2", wish("merchandise", PROGRAMME, "note"): "For Ada",
                 wish("membership", FRIEND, "join"): "on"})  # fmt: skip
    assert vi.status == 422
    assert errors_of(vi)
    assert "There is a problem" in vi.text
    kept_ = form(vi)
    assert kept_[f"donation-{FUND}-other"] == typed
    assert kept_[f"merchandise-{PROGRAMME}-quantity"] == "2"
    assert kept_[f"merchandise-{PROGRAMME}-note"] == "For Ada"
    assert kept_[f"membership-{FRIEND}-join"] == "on"
    assert not Errand.objects.exists()


def test_two_answers_to_how_much_are_asked_about(vi: Visitor, read: Shelf) -> None:
    page(vi)
    press(vi, **{wish("donation", FUND, "amount"): "500", wish("donation", FUND, "other"): "7"})
    assert "You wrote an amount here." in vi.text
    press(vi, **{wish("donation", FUND, "amount"): ""})
    assert "You wrote an amount here." in vi.text, "nobody gives what they did not choose to give"
    press(vi, **{wish("donation", FUND, "amount"): "other", wish("donation", FUND, "other"): ""})
    assert "How much would you like to give?" in vi.text


def test_nothing_chosen_is_said(vi: Visitor, read: Shelf) -> None:
    page(vi)
    press(vi)
    assert vi.status == 422
    assert "Please choose something first" in vi.text


def test_merchandise_is_added_with_its_words(vi: Visitor, read: Shelf) -> None:
    add(
        vi,
        **{wish("merchandise", PROGRAMME, "quantity"): "2", wish("merchandise", PROGRAMME, "note"): "x" * 30},
    )
    assert beside(vi) == [f"From the shop 2 × Programme With the words “{'x' * 30}”"]
    assert "£9.00" in vi.text


def test_words_of_thirty_one_letters_are_refused_with_a_word(vi: Visitor, read: Shelf) -> None:
    page(vi)
    press(
        vi,
        **{wish("merchandise", PROGRAMME, "quantity"): "1", wish("merchandise", PROGRAMME, "note"): "y" * 31},
    )
    assert vi.status == 422
    assert "This is 31 characters long. There is room for 30" in vi.text
    assert form(vi)[f"merchandise-{PROGRAMME}-note"] == "y" * 31


def test_more_than_there_are_is_refused_with_the_number(vi: Visitor, read: Shelf) -> None:
    page(vi)
    press(vi, **{wish("merchandise", PROGRAMME, "quantity"): "4"})
    assert "The venue has 3 of these left." in vi.text
    press(vi, **{wish("merchandise", PROGRAMME, "quantity"): "-1"})
    assert "how many you want, or 0" in vi.text
    press(vi, **{wish("merchandise", BAG, "quantity"): "21", wish("merchandise", PROGRAMME, "quantity"): "0"})
    assert "You can add 20 of these at a time." in vi.text


def test_what_is_sold_no_more_cannot_be_chosen(vi: Visitor, read: Shelf) -> None:
    page(vi)
    press(vi, **{wish("merchandise", POSTER, "quantity"): "1"})
    assert vi.status == 422
    assert "not sold any more" in vi.text


def test_a_price_that_changed_after_the_page_was_shown_needs_a_second_look(
    vi: Visitor, lantern: CookieOffice, read: Shelf, account: ProviderAccount
) -> None:
    page(vi)
    old = form(vi)
    lantern.public["/stock-items"][0]["price"] = 5
    extras.refresh(account)
    vi.post(reverse("baskets:extras", args=["lantern"]), old | {f"merchandise-{PROGRAMME}-quantity": "1"})
    assert "The price is £5.00 now." in vi.text
    press(vi)
    vi.run()
    assert beside(vi) == ["From the shop Programme"]


def test_a_membership_that_renews_itself(vi: Visitor, read: Shelf) -> None:
    add(vi, **{wish("membership", FRIEND, "join"): "on", wish("membership", FRIEND, "renew"): "on"})
    assert own(vi)["membershipSubscriptions"][0]["autoRenew"] is True
    assert "Renews by itself every year" in vi.text
    page(vi)
    assert "In your basket. There can be one of it." in vi.text
    assert vi.page.select_one(f'[name="membership-{FRIEND}-join"]') is None


def test_only_its_renewal_ticked_is_asked_about(vi: Visitor, read: Shelf) -> None:
    page(vi)
    press(vi, **{wish("membership", FRIEND, "renew"): "on"})
    assert "Tick this too if you want the membership" in vi.text


def test_no_level_of_headings_is_left_out(vi: Visitor, play: Instance, read: Shelf) -> None:
    vi.buy(play, count=1)
    for _here in ("basket", "page"):
        levels = [int(one.name[1]) for one in vi.page.select("main :is(h1, h2, h3, h4, h5, h6)")]
        assert len(levels) > 3
        assert all(after <= before + 1 for before, after in pairwise(levels)), levels
        page(vi)


def test_season_tickets_lead_to_the_express_checkout(vi: Visitor, read: Shelf, lantern: CookieOffice) -> None:
    page(vi)
    assert "express checkout page" in vi.text
    press(
        vi,
        **{
            wish("subscription", FULL_PRICE, "quantity"): "1",
            wish("subscription", CONCESSION, "quantity"): "2",
        },
    )
    vi.run()
    posts = [body for method, path, body in lantern.asked if method == "POST"]
    assert posts == [
        [{"pricingSetId": FULL_PRICE, "quantity": 1}, {"pricingSetId": CONCESSION, "quantity": 2}]
    ]
    assert "There is a season ticket in your basket" in vi.text


def test_gift_vouchers_are_sold_where_the_account_allows_them(
    vi: Visitor, lantern: CookieOffice, settings: Any, account: ProviderAccount
) -> None:
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(gift_vouchers="yes")}
    extras.refresh(account)
    key = "gift_voucher__gift_voucher__"
    page(vi)
    press(vi, **{key + "to_name": "Grace", key + "email": "grace at home"})
    assert "How much shall the voucher be worth?" in vi.text
    assert "name@example.org" in vi.text
    press(vi, **{key + "other": "25", key + "email": "grace@example.org", key + "message": "Enjoy",
                 key + "send_date": "2020-01-01"})  # fmt: skip
    assert "That day is over." in vi.text
    press(vi, **{key + "send_date": ""})
    vi.run()
    (body,) = [body for method, path, body in lantern.asked if path == "/gift-vouchers"]
    assert body[0]["amount"] == 25
    assert (body[0]["toName"], body[0]["deliveryEmailAddress"]) == ("Grace", "grace@example.org")
    errand = Errand.objects.get()
    assert "grace" not in (str(errand.request) + str(errand.context)).lower(), "personal words are not kept"


def test_a_gift_voucher_can_be_sent_on_the_day_that_it_is_at_the_venue(
    vi: Visitor, lantern: CookieOffice, settings: Any, account: ProviderAccount, move_clock: Any
) -> None:
    there = replace(lantern.account(gift_vouchers="yes"), timezone="America/New_York")
    settings.PROVIDER_ACCOUNTS = {"lantern": there}
    move_clock((clock.now() + timedelta(days=1)).replace(hour=2))
    extras.refresh(account)
    page(vi)
    key, yesterday = "gift_voucher__gift_voucher__", clock.now().date() - timedelta(days=1)
    press(vi, **{key + "other": "25", key + "send_date": yesterday.isoformat()})
    assert vi.ask()["calls"][0]["body"][0]["sendDate"] == yesterday.isoformat(), "it is still that day there"


@pytest.mark.parametrize("end", ["handed out", "another takes its place", "given up"])
def test_the_words_of_a_gift_voucher_are_forgotten_as_soon_as_they_can_be(
    vi: Visitor, lantern: CookieOffice, settings: Any, account: ProviderAccount, end: str
) -> None:
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(gift_vouchers="yes")}
    extras.refresh(account)
    page(vi)
    key = "gift_voucher-gift_voucher-"
    sent = form(vi) | {key + "other": "25", key + "to_name": "Grace", key + "message": "Enjoy"}
    asking = vi.client.post(reverse("baskets:extras", args=["lantern"]), sent)["Location"]
    assert "Grace" in str(Errand.objects.get().request)
    if end == "handed out":
        vi.get(asking)
    elif end == "another takes its place":
        vi.post(reverse("baskets:extras", args=["lantern"]), form(vi) | {f"donation-{FUND}-amount": "500"})
    else:
        lifecycle.expire(Basket.objects.get())
    assert "Grace" not in str(list(Errand.objects.values_list("request", "context")))
    if end == "handed out":
        vi.run()
        assert own(vi)["giftVouchers"]


def test_everything_with_one_press(vi: Visitor, play: Instance, read: Shelf, lantern: CookieOffice) -> None:
    vi.buy(play)
    press(vi, **{wish("donation", SCHOOLS, "amount"): "500", wish("merchandise", PROGRAMME, "quantity"): "1",
                 wish("membership", PATRON, "join"): "on"})  # fmt: skip
    vi.run()
    assert counted() == [("held", 1), ("held", 1)]
    assert beside(vi) == ["Donation Seats for schools", "From the shop Programme", "Membership Patron"]
    assert "£93.50" in vi.text  # 2 x 24.50, 5, 4.50, 35
    assert Hold.objects.count() == 1


def test_the_same_form_pressed_twice_asks_once(vi: Visitor, read: Shelf, lantern: CookieOffice) -> None:
    page(vi)
    sent = form(vi) | {f"donation-{FUND}-amount": "500"}
    address = reverse("baskets:extras", args=["lantern"])
    first = vi.client.post(address, sent)["Location"]
    assert vi.client.post(address, sent)["Location"] == first
    vi.get(first)
    vi.run()
    vi.post(address, sent)
    assert "We have asked for these already" in vi.text
    assert len(own(vi)["donations"]) == 1
    assert Attempt.objects.get().state == Attempt.State.DONE


def test_another_choice_from_a_page_that_was_sent_before_is_another_wish(vi: Visitor, read: Shelf) -> None:
    page(vi)
    sent, address = form(vi) | {"token": "odd\x00token"}, reverse("baskets:extras", args=["lantern"])
    for minor in ("500", "1000"):
        vi.post(address, sent | {f"donation-{FUND}-amount": minor})
        vi.run()
    assert [one["amount"] for one in own(vi)["donations"]] == [5, 10]
    assert "\x00" not in "".join(Attempt.objects.values_list("token", flat=True)), (
        "no row of PostgreSQL takes it"
    )


def test_what_was_added_can_be_taken_out_again(vi: Visitor, read: Shelf) -> None:
    add(vi, **{wish("merchandise", PROGRAMME, "quantity"): "3", wish("donation", FUND, "amount"): "500"})
    rows = vi.page.select(".beside-row")
    sent = {"ref": [str(one["value"]) for one in rows[1].select("[name=ref]")], "one": "1"}
    vi.post(str(rows[1].select_one("form")["action"]), sent)  # type: ignore[index]
    vi.run()
    assert beside(vi) == ["Donation Roof fund", "From the shop 2 × Programme"]
    rows = vi.page.select(".beside-row")
    vi.post(str(rows[0].select_one("form")["action"]), {"ref": rows[0].select_one("[name=ref]")["value"]})  # type: ignore[index]
    vi.run()
    assert beside(vi) == ["From the shop 2 × Programme"]


# --- roads that do not serve ----------------------------------------------------------------------------------------------


def test_without_scripts_the_venues_own_page_of_the_kind_is_the_road(
    vi: Visitor, read: Shelf, lantern: CookieOffice
) -> None:
    page(vi)
    links = [str(one["href"]) for one in vi.page.select("noscript a")]
    assert f"{lantern.domain}/lantern/website/Donations.aspx" in links
    press(vi, **{wish("membership", FRIEND, "join"): "on"})
    link = vi.page.select_one("noscript #own-page")
    assert link is not None
    assert link["href"] == f"{lantern.domain}/lantern/website/Memberships.aspx"


def test_blocked_cookies_are_told_with_the_way_to_the_venues_page(
    vi: Visitor, read: Shelf, lantern: CookieOffice
) -> None:
    vi.keeps_cookies = False
    add(vi, **{wish("donation", FUND, "amount"): "500"})
    assert "does not let the box office keep its cookie" in vi.text
    link = vi.page.select_one("#own-page")
    assert link is not None
    assert str(link["href"]).endswith("/Donations.aspx")
    assert vi.page.select_one(f'a[href="{reverse("baskets:extras", args=["lantern"])}"]') is not None


def test_a_basket_that_is_being_paid_takes_nothing_more(vi: Visitor, read: Shelf) -> None:
    add(vi, **{wish("donation", FUND, "amount"): "500"})
    Basket.objects.update(status=Basket.Status.FROZEN)
    page(vi)
    press(vi, **{wish("donation", FUND, "amount"): "500"})
    assert vi.status == 409


def test_a_venue_that_has_stopped_the_sale_sells_nothing_else_either(
    vi: Visitor, account: ProviderAccount, read: Shelf
) -> None:
    page(vi)
    sent = form(vi) | {f"donation-{FUND}-amount": "500"}
    account.stop_sale, account.stop_reason = True, "The house is closed."
    account.save()
    vi.post(reverse("baskets:extras", args=["lantern"]), sent)
    assert "The house is closed." in vi.text
    assert not Errand.objects.exists()


def test_the_venues_page_leads_there(vi: Visitor, play: Instance, read: Shelf) -> None:
    vi.get(play.event.venue.get_absolute_url())
    link = vi.page.select_one("#venue-extras")
    assert link is not None
    vi.get(str(link["href"]))
    assert "Roof fund" in vi.text


def test_what_the_worker_has_read_lately_can_be_bought_at_once(
    vi: Visitor, lantern: CookieOffice, read: Shelf
) -> None:
    """The worker is another process: what this one has kept of the box office may be older than the row."""
    mug = {"id": ident(405), "name": "Mug", "price": 8}
    lantern.public["/stock-items"].append(mug)
    read.things.append(
        {"kind": "merchandise", "ref": mug["id"], "name": "Mug", "price": 800, "reference": 30}
    )
    read.save()
    add(vi, **{wish("merchandise", ident(405), "quantity"): "1"})
    assert beside(vi) == ["From the shop Mug"]


def test_what_went_after_the_page_was_shown_is_said_with_what_there_is_now(
    vi: Visitor, lantern: CookieOffice, read: Shelf, account: ProviderAccount
) -> None:
    page(vi)
    sent = form(vi) | {f"merchandise-{PROGRAMME}-quantity": "3", f"donation-{FUND}-amount": "500"}
    lantern.public["/stock-items"][0]["stockLevel"] = 1
    kept.forget()  # the box office is asked before anything is written down
    vi.post(reverse("baskets:extras", args=["lantern"]), sent)
    assert vi.status == 422
    assert "The venue has 1 of these left." in vi.text
    assert form(vi)[f"donation-{FUND}-amount"] == "500"
    assert not Errand.objects.exists()


def test_a_box_office_that_is_down_is_said_and_nothing_is_lost(
    vi: Visitor, lantern: CookieOffice, read: Shelf
) -> None:
    page(vi)
    sent = form(vi) | {f"donation-{FUND}-amount": "500"}
    kept.forget()
    lantern.close()
    vi.post(reverse("baskets:extras", args=["lantern"]), sent)
    assert vi.status == 503
    assert "could not reach the box office" in vi.text
    assert form(vi)[f"donation-{FUND}-amount"] == "500"
