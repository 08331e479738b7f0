"""What a venue does not take of a wish beside tickets: each reason is a sentence beside what it is about."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from baskets import extras
from baskets.models import Errand, Hold, Line
from catalog.models import Instance, ProviderAccount
from tests.baskets.conftest import Ada
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor, counted
from tests.baskets.test_extras_page import (  # noqa: F401
    BAG,
    CONCESSION,
    FRIEND,
    FUND,
    PROGRAMME,
    _knows_its_office,
    _shelves,
    account,
    add,
    beside,
    errors_of,
    form,
    own,
    page,
    press,
    read,
    wish,
)
from tests.providers import spektrix_wire as sx

pytestmark = pytest.mark.usefixtures("read")


def refuses(lantern: CookieOffice, **words: str) -> None:
    """The box office says no to these paths, in these words."""

    def said(method: str, path: str, body: Any) -> tuple[int, Any] | None:
        word = next((word for start, word in words.items() if path.startswith(f"/{start}")), "")
        return (400, {"message": word}) if word and method != "DELETE" else None

    lantern.settings.refuses = said


def row_of(vi: Visitor, name: str) -> str:
    """What is said beside one thing."""
    (row,) = [one for one in vi.page.select(".extras-row") if name in one.get_text()]
    return " ".join(row.get_text(" ").split())


def test_one_kind_refused_leaves_the_others_and_says_so_beside_it(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    refuses(lantern, merchandise="The stock item is out of stock.")
    press(vi, **{wish("donation", FUND, "amount"): "500", wish("merchandise", PROGRAMME, "quantity"): "2",
                 wish("merchandise", PROGRAMME, "note"): "For Ada"})  # fmt: skip
    vi.run()
    assert beside(vi) == ["Donation Roof fund"]
    assert "In your basket now: Roof fund." in vi.text
    assert "1 thing could not be added" in vi.text
    assert "The venue has not enough of these left." in row_of(vi, "Programme")
    assert "left." not in row_of(vi, "Bag")
    folded = vi.page.select_one("#extras-lantern-merchandise")
    assert folded is not None
    assert folded.has_attr("open"), "what is said is not folded away"
    sent = form(vi)
    assert (sent[f"merchandise-{PROGRAMME}-quantity"], sent[f"merchandise-{PROGRAMME}-note"]) == (
        "2",
        "For Ada",
    )
    assert counted() == [("held", 1), ("held", 1)]


def test_of_two_things_the_one_that_is_gone_takes_the_other_with_it_no_further(
    vi: Visitor, lantern: CookieOffice
) -> None:
    lantern.settings.refuses = lambda method, path, body: (
        (400, {"message": "The stock item is out of stock."})
        if path == "/merchandise" and any(one["stockItem"] == BAG for one in body)
        else None
    )
    add(vi, **{wish("merchandise", PROGRAMME, "quantity"): "1", wish("merchandise", BAG, "quantity"): "1"})
    assert beside(vi) == ["From the shop Programme"]
    assert "not enough of these left" in row_of(vi, "Bag")
    assert "not enough of these left" not in row_of(vi, "Programme")


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("The customer already has this membership.", "You have this membership already"),
        ("It is too early to renew this membership.", "it is too early to renew it"),
        ("Not on sale.", "does not sell this at the moment"),
        ("?", "The venue did not sell this. Nothing was charged."),
    ],
)
def test_a_membership_that_is_refused_is_explained(
    vi: Visitor, lantern: CookieOffice, word: str, sentence: str
) -> None:
    refuses(lantern, **{"membership-subscriptions": word})
    add(vi, **{wish("membership", FRIEND, "join"): "on", wish("membership", FRIEND, "renew"): "on"})
    assert sentence in row_of(vi, "Friend")
    in_vain = "already" in word or "too early" in word
    assert (vi.page.select_one(f'[name="membership-{FRIEND}-renew"][checked]') is None) is in_vain
    vi.basket()
    assert "Nothing in it yet" in vi.text


def test_a_donation_below_the_least_is_explained(vi: Visitor, lantern: CookieOffice) -> None:
    refuses(lantern, donations="amount must be at least 1.")
    add(vi, **{wish("donation", FUND, "amount"): "other", wish("donation", FUND, "other"): "0.10"})
    assert "may be less than the least it takes" in row_of(vi, "Roof fund")
    assert form(vi)[f"donation-{FUND}-other"] == "0.10"


def test_where_nothing_was_had_each_kind_has_its_own_reason(vi: Visitor, lantern: CookieOffice) -> None:
    refuses(lantern, merchandise="out of stock", **{"ticket-subscriptions": "off sale"})
    add(vi, **{wish("merchandise", BAG, "quantity"): "1", wish("subscription", CONCESSION, "quantity"): "1"})
    assert "2 things could not be added" in vi.text
    assert "not enough of these left" in row_of(vi, "Bag")
    assert "does not sell this at the moment" in row_of(vi, "Concession")
    assert Errand.objects.get().state == Errand.State.DONE


def test_what_was_refused_is_said_until_something_else_is_asked(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    refuses(lantern, merchandise="out of stock")
    press(vi, **{wish("merchandise", BAG, "quantity"): "1"})
    vi.run()
    assert errors_of(vi)
    lantern.settings.refuses = lambda method, path, body: None
    vi.post(reverse("baskets:check"))
    vi.run()
    assert not errors_of(vi)


def test_a_lost_answer_is_read_again_and_never_asked_twice(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    lantern.settings.loses = lambda method, path: path == "/donations"
    press(vi, **{wish("donation", FUND, "amount"): "500"})
    vi.run()
    assert beside(vi) == ["Donation Roof fund"]
    assert sum(path == "/donations" for _method, path, _body in lantern.asked) == 1


def test_a_page_opened_again_before_it_asked_says_that_it_may_be_missing(vi: Visitor) -> None:
    page(vi)
    sent = form(vi) | {f"donation-{FUND}-amount": "500"}
    vi.post(reverse("baskets:extras", args=["lantern"]), sent)
    vi.get(reverse("baskets:asking", args=[Errand.objects.get().token]))
    vi.run()
    assert "if something is missing, choose it again" in vi.text
    assert beside(vi) == []
    vi.post(reverse("baskets:extras", args=["lantern"]), sent)
    vi.run()
    assert beside(vi) == ["Donation Roof fund"], "chosen again with the very same form, it is asked"


def test_one_more_of_what_is_there_is_told_from_the_one_before(vi: Visitor) -> None:
    add(vi, **{wish("donation", FUND, "amount"): "500"})
    page(vi)
    press(vi, **{wish("donation", FUND, "amount"): "500"})
    vi.get(reverse("baskets:asking", args=[Errand.objects.latest("pk").token]))
    vi.run()
    assert "if something is missing, choose it again" in vi.text
    assert beside(vi) == ["Donation Roof fund"]


def asked_and_never_told(vi: Visitor) -> None:
    """The browser asks, and its page is opened again before the shop has heard of it."""
    vi.does(vi.ask())
    vi.get(reverse("baskets:asking", args=[Errand.objects.latest("pk").token]))
    vi.run()


def test_a_gift_voucher_whose_answer_was_lost_is_found(
    vi: Visitor,
    lantern: CookieOffice,
    settings: Any,
    account: ProviderAccount,  # noqa: F811
) -> None:
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(gift_vouchers="yes")}
    extras.refresh(account)
    page(vi)
    press(vi, gift_voucher__gift_voucher__other="25")
    asked_and_never_told(vi)
    assert len(own(vi)["giftVouchers"]) == 1
    assert "It is in your basket." in vi.text, "nobody is told to buy it twice"


def test_a_ticket_of_another_type_than_was_chosen_says_so_on_its_stub(
    vi: Visitor, lantern: CookieOffice, settings: Any
) -> None:
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(best_available="yes")}
    house = lantern.puts_on(sx.HOUSE, sx.THEATRE, hasBestAvailableOverlay=True)
    lantern.settings.best_type = sx.FULL
    lantern.settings.refuses = lambda method, path, body: (
        (400, {"message": "?"}) if method == "PATCH" else None
    )
    vi.pick(house)
    key = next(name for name in vi.fields() if name.startswith("q-") and sx.UNDER_26 in name)
    vi.press(house, **{"door": "offers", key: "1"})
    vi.run()
    (stub,) = [one.get_text(" ", strip=True) for one in vi.page.select(".stub-sentence")]
    assert stub.startswith("You have this ticket, but not as the type you chose.")
    assert "now asks £24.50. It was £12.00" in stub


def test_a_form_whose_errand_was_dropped_before_it_was_asked_asks_anew(
    vi: Visitor, lantern: CookieOffice
) -> None:
    page(vi)
    old = form(vi) | {f"donation-{FUND}-amount": "500"}
    address = reverse("baskets:extras", args=["lantern"])
    vi.client.post(address, old)
    page(vi)
    press(vi, **{wish("donation", FUND, "amount"): "1000"})
    vi.run()
    vi.post(address, old)
    vi.run()
    assert [one["amount"] for one in own(vi)["donations"]] == [10, 5]


def test_somebody_elses_hold_takes_no_code_of_mine(vi: Visitor, play: Instance) -> None:
    vi.buy(play)
    other = Ada()
    other.post(reverse("baskets:code", args=[Hold.objects.get().pk]), {"code": "WINTER"})
    assert "not in your basket any more" in other.text
    assert Errand.objects.count() == 1


# --- a code for the whole basket ------------------------------------------------------------------------------------------


@pytest.fixture
def codes(lantern: CookieOffice, settings: Any, account: ProviderAccount) -> None:  # noqa: F811
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(promo_codes="yes")}


def use(vi: Visitor, code: str) -> None:
    found = vi.page.select_one(".venue-code details form")
    assert found is not None, vi.text
    vi.post(str(found["action"]), {"code": code})


def cheaper(lantern: CookieOffice) -> None:
    """With the code each ticket costs two pounds less."""

    def said(method: str, path: str, body: Any) -> None:
        if method == "PATCH" and isinstance(body, dict) and "promoCode" in body:
            for ticket in own_of(lantern)["tickets"]:
                ticket["total"] = 22.5 if body["promoCode"] == "WINTER" else 24.5

    lantern.settings.refuses = said


def own_of(lantern: CookieOffice) -> dict[str, Any]:
    return next(iter(lantern.visitors.values())).basket


def test_a_refusal_that_is_told_late_is_not_called_a_success(vi: Visitor, lantern: CookieOffice) -> None:
    """Another tab had its own question asked meanwhile."""
    page(vi)
    press(vi, **{wish("donation", FUND, "amount"): "500"})
    refuses(lantern, donations="No.")
    first, answer = vi.page, vi.does(vi.ask())
    vi.post(reverse("baskets:check"))
    vi.page = first
    vi.get(vi.tell(answer).json()["go"])
    assert "In your basket now" not in vi.text
    assert "if something is missing, choose it again" in vi.text


@pytest.mark.usefixtures("codes")
def test_a_code_is_used_shown_and_taken_away(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    vi.buy(play)
    cheaper(lantern)
    use(vi, " WINTER ")
    vi.run()
    assert "The code counts." in vi.text
    assert "The code WINTER is used." in vi.text
    assert counted() == [("held", 1), ("held", 1)], "the buyer asked for these prices: no yes is needed"
    assert "£45.00" in vi.text
    away = vi.page.select_one(".venue-code-used")
    assert away is not None
    vi.post(str(away["action"]), {"take_away": "1"})
    vi.run()
    assert "The code is taken away." in vi.text
    assert "is used" not in vi.text
    assert (counted(), "£49.00" in vi.text) == ([("held", 1), ("held", 1)], True)


@pytest.mark.usefixtures("codes")
def test_a_code_whose_answer_was_lost_is_told_by_the_basket(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    cheaper(lantern)
    use(vi, "WINTER")
    asked_and_never_told(vi)
    assert "The code counts." in vi.text
    assert counted() == [("held", 1), ("held", 1)], "the buyer asked for these prices: no yes is needed"
    vi.post(str(vi.page.select_one(".venue-code-used")["action"]), {"take_away": "1"})  # type: ignore[index]
    asked_and_never_told(vi)
    assert "The code is taken away." in vi.text
    assert (counted(), "£49.00" in vi.text) == ([("held", 1), ("held", 1)], True)


@pytest.mark.usefixtures("codes")
def test_a_code_that_is_refused_is_explained_and_stays_in_the_field(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    use(vi, "SUMMER")
    vi.run()
    assert "does not know this code" in vi.text
    field = vi.page.select_one('.venue-code [name="code"]')
    assert field is not None
    assert field["value"] == "SUMMER"
    assert counted() == [("held", 1), ("held", 1)]


@pytest.mark.usefixtures("codes")
def test_a_code_that_was_never_typed_is_asked_for(vi: Visitor, play: Instance) -> None:
    vi.buy(play)
    use(vi, "  ")
    assert vi.status == 422
    assert "Please type the code first." in vi.text


@pytest.mark.usefixtures("codes")
def test_with_scripts_an_answer_takes_the_place_of_the_page_and_not_of_the_form(
    vi: Visitor, play: Instance
) -> None:
    vi.buy(play)
    for here in (vi.basket, lambda: page(vi)):
        here()
        posts = vi.page.select("[hx-post]")
        assert any("/code/" in str(one["hx-post"]) for one in posts)
        for one in posts:
            around = [one, *one.parents]
            assert any(tag.get("hx-target") for tag in around), one["hx-post"]


@pytest.mark.usefixtures("codes")
def test_a_gateway_in_front_of_the_box_office_is_no_refused_code(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    lantern.guarded = True
    use(vi, "WINTER")
    vi.run()
    assert "does not know this code" not in vi.text
    assert "could not reach the box office" in vi.text


def test_an_account_without_codes_has_no_field_for_them(vi: Visitor, play: Instance) -> None:
    vi.buy(play)
    assert vi.page.select_one(".venue-code") is None
    vi.post(reverse("baskets:code", args=[Hold.objects.get().pk]), {"code": "WINTER"})
    assert Errand.objects.count() == 1


# --- people behind the counter ----------------------------------------------------------------------------------------------


def test_errands_are_seen_in_the_admin_without_anything_personal(
    vi: Visitor, play: Instance, admin_client: Any
) -> None:
    vi.buy(play)
    press(
        vi,
        **{
            wish("merchandise", PROGRAMME, "quantity"): "1",
            wish("merchandise", PROGRAMME, "note"): "For Ada B",
        },
    )
    vi.run()
    errand = Errand.objects.order_by("-pk").first()
    assert errand is not None
    listed = admin_client.get(reverse("admin:baskets_errand_changelist")).content.decode()
    assert "take" in listed
    one = admin_client.get(reverse("admin:baskets_errand_change", args=[errand.pk])).content.decode()
    hold = admin_client.get(reverse("admin:baskets_hold_change", args=[errand.hold_id])).content.decode()
    for text in (listed, one, hold):
        assert "For Ada B" not in text
        assert errand.token not in text
    assert "take" in hold
    assert "_save" not in one
    assert Line.objects.count() == 2
