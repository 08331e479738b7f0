"""Who gets in where: strangers with another buyer's tokens, links that have ended, limits on what is asked, and staff
without rights."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from baskets import current
from baskets.models import Basket
from checkout import links
from checkout.models import Document, Guest, GuestList, Order, OrderLine
from checkout.views_till import return_url
from shop import clock, knocks
from shop.models import User
from tests.checkout.conftest import Ada
from tests.checkout.till_rows import paid_order
from tests.checkout.world import World, pdfs
from tests.shop import walk

ORDER_VIEWS = (
    "order", "calendar", "again", "guests_later", "details", "guests", "review", "pay", "intent", "clock", "cancel",
    "there", "seen", "paid_there", "thanks", "status", "address",
)  # fmt: skip
LONG_AGO = timedelta(days=40 + 180 + 2)  # the date is in forty days


@pytest.fixture
def bought(ada: Ada, theatre: World) -> Order:
    ada.holds()
    theatre.documents = pdfs("F12", expected=1, complete=True)
    return ada.buys()


@pytest.fixture
def guest(bought: Order) -> Guest:
    """A guest of the part that was bought."""
    booking = bought.bookings.get()
    GuestList.objects.create(booking=booking, asks_later=True)
    return Guest.objects.create(booking=booking, key="1", position=0, later=["first_name", "last_name"])


def personal(answer: Any, *words: str) -> list[str]:
    text = answer.content.decode(errors="replace") + str(answer.headers)
    return [word for word in words if word in text]


# --- strangers ------------------------------------------------------------------------------------------------


def test_every_address_with_an_orders_token_is_known_to_this_test() -> None:
    with_token = {
        name.partition(":")[2]
        for name, wanted in walk.patterns()
        if name.startswith("checkout:") and "token" in wanted
    }
    assert with_token == {*ORDER_VIEWS, "document", "without", "guest"}


def test_a_stranger_with_a_wrong_token_learns_nothing(bought: Order, guest: Guest) -> None:
    stranger = Client()
    wrong = bought.token[:-4] + ("AAAA" if bought.token[-4:] != "AAAA" else "BBBB")
    for name in ORDER_VIEWS:
        for method in ("get", "post"):
            answer = getattr(stranger, method)(reverse(f"checkout:{name}", args=[wrong]))
            assert answer.status_code in (404, 405), (name, method)
            assert not personal(answer, "Ada", "Lovelace", "ada@example.org", bought.number), name
    document = Document.objects.get()
    for address in (
        reverse("checkout:document", args=[wrong, document.token]),
        reverse("checkout:document", args=[bought.token, guest.token]),
        reverse("checkout:without", args=[wrong, 1]),
        reverse("checkout:guest", args=[bought.token]),
        reverse("checkout:order", args=[guest.token]),
        reverse("checkout:order", args=[document.token]),
        reverse("checkout:guests_later", args=[guest.token]),
        reverse("checkout:returned", args=[bought.token, "success"]),
        reverse("checkout:order", args=[bought.bookings.get().return_token]),
        reverse("checkout:found", args=[bought.token]),
        reverse("checkout:charged", args=[str(bought.pk)]),
    ):
        answer = stranger.get(address) if "without" not in address else stranger.post(address)
        assert answer.status_code == 404, address


def test_one_buyers_tokens_open_nothing_of_another(ada: Ada, bought: Order, guest: Guest) -> None:
    other = paid_order(ada.season)
    file = Document.objects.create(booking=other.bookings.get(), kind="pdf", content=b"x", filename="b.pdf")
    ada.client.get(reverse("checkout:order", args=[bought.token]))
    for address in (
        reverse("checkout:document", args=[bought.token, file.token]),
        reverse("checkout:document", args=[other.token, Document.objects.exclude(pk=file.pk).get().token]),
    ):
        assert ada.client.get(address).status_code == 404
    # a guest of one order is no guest of another: what is posted for them changes nothing
    ada.client.post(
        reverse("checkout:guests_later", args=[other.token]), {f"guest-{guest.pk}-first_name": "Mallory"}
    )
    guest.refresh_from_db()
    assert "Mallory" not in guest.typed
    renew = {"do": f"renew-{guest.pk}"}
    ada.client.post(reverse("checkout:guests_later", args=[other.token]), renew)
    assert Guest.objects.get(pk=guest.pk).token == guest.token


def test_a_guest_sees_nothing_of_the_order(bought: Order, guest: Guest) -> None:
    answer = Client().get(reverse("checkout:guest", args=[guest.token]))
    assert answer.status_code == 200
    others = (bought.token, bought.number, "ada@example.org", "Lovelace", "90.00")
    assert not personal(answer, *others)


# --- links that end -------------------------------------------------------------------------------------------


def test_an_orders_addresses_end_together(
    ada: Ada, bought: Order, move_clock: Callable[[timedelta], None]
) -> None:
    document = Document.objects.get()
    back = reverse("checkout:returned", args=[bought.bookings.get().return_token, "success"])
    paths = [
        *(
            reverse(f"checkout:{name}", args=[bought.token])
            for name in ("order", "calendar", "thanks", "status", "review")
        ),
        reverse("checkout:document", args=[bought.token, document.token]),
        back,
    ]
    client = Client()
    move_clock(timedelta(days=40 + 179))
    assert client.get(paths[0]).status_code == 200
    assert client.get(paths[5]).status_code == 200
    move_clock(timedelta(days=2))
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 410, path
        assert "This link has ended" in answer.content.decode()
        assert not personal(answer, "Ada", "Hamlet", bought.number)
        assert answer["Cache-Control"] == "no-store, private"
        assert "foyer_basket" not in answer.cookies
    assert client.post(reverse("checkout:again", args=[bought.token])).status_code == 410


def test_the_last_of_several_dates_counts(
    ada: Ada, bought: Order, move_clock: Callable[[timedelta], None]
) -> None:
    line = OrderLine.objects.get()
    line.pk, line.starts_at = None, line.starts_at + timedelta(days=100)
    line.save()
    move_clock(LONG_AGO)
    assert Client().get(reverse("checkout:order", args=[bought.token])).status_code == 200
    move_clock(timedelta(days=100))
    assert Client().get(reverse("checkout:order", args=[bought.token])).status_code == 410


def test_an_order_that_came_to_nothing_ends_after_a_month(
    ada: Ada, theatre: World, move_clock: Callable[[timedelta], None]
) -> None:
    ada.holds()
    ada.starts()
    order = ada.now()
    Order.objects.update(status=Order.Status.CANCELLED)
    move_clock(timedelta(days=29))
    assert Client().get(reverse("checkout:order", args=[order.token])).status_code == 200
    move_clock(timedelta(days=2))
    assert Client().get(reverse("checkout:order", args=[order.token])).status_code == 410


def test_coming_back_from_paying_ends_with_the_order(
    ada: Ada, our_till: Any, move_clock: Callable[[timedelta], None]
) -> None:
    order = paid_order(ada.season)
    path = return_url(order.payments.get()).removeprefix("http://testserver")
    move_clock(LONG_AGO)
    assert Client().get(path).status_code == 410


def test_a_young_order_costs_no_query_more(bought: Order, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        links.look_at_end(bought)


def test_a_guests_link_ends_with_the_last_date(
    bought: Order, guest: Guest, move_clock: Callable[[timedelta], None]
) -> None:
    path = reverse("checkout:guest", args=[guest.token])
    move_clock(timedelta(days=40))
    assert Client().get(path).status_code == 200
    move_clock(timedelta(hours=13))
    for answer in (Client().get(path), Client().post(path, {f"guest-{guest.pk}-first_name": "Late"})):
        assert answer.status_code == 410
        assert "The event is over" in answer.content.decode()
    assert "Late" not in Guest.objects.get(pk=guest.pk).typed


def test_a_new_link_for_a_guest_ends_the_old_one(bought: Order, guest: Guest) -> None:
    client = Client()
    client.post(reverse("checkout:guests_later", args=[bought.token]), {"do": f"renew-{guest.pk}"})
    assert client.get(reverse("checkout:guest", args=[guest.token])).status_code == 404
    fresh = Guest.objects.get(pk=guest.pk).token
    assert client.get(reverse("checkout:guest", args=[fresh])).status_code == 200


def test_the_link_that_finding_mails_opens_for_a_day(bought: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.outbox.clear()
    client = Client()
    client.post(reverse("checkout:find"), {"email": "ada@example.org"})
    (message,) = mail.outbox
    assert bought.token not in message.body
    assert bought.token not in message.alternatives[0].content
    path = re.search(r"http://testserver(/en/checkout/found/[^\s]+/)", message.body)[1]
    answer = client.get(path)
    assert (answer.status_code, answer.url) == (302, reverse("checkout:order", args=[bought.token]))
    assert answer["Referrer-Policy"] == "same-origin"
    forged = path[:-3] + ("x" if path[-3] != "x" else "y") + path[-2:]
    assert client.get(forged).status_code == 404
    import time

    later = time.time() + 24 * 3600 + 5
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    answer = client.get(path)
    assert answer.status_code == 410
    assert "Ask for a new one" in answer.content.decode()
    assert reverse("checkout:find") in answer.content.decode()
    assert not personal(answer, bought.token)


def test_after_an_order_the_visitor_is_another_one(ada: Ada, theatre: World, settings: Any) -> None:
    """Whoever came to the basket by the return address of a shared link sees nothing of the next basket."""
    ada.holds()
    ada.goes_to_payment()
    booking = ada.booking()
    friend = Client()
    friend.get(reverse("checkout:returned", args=[booking.return_token, "failure"]))
    assert settings.BASKET_COOKIE in friend.cookies  # the basket comes back to a browser without a cookie
    theatre.paid(theatre.only_order())
    ada.comes_back()
    before = ada.client.cookies[settings.BASKET_COOKIE].value.split(":")[0]
    ada.client.get(ada.url("thanks"))
    after = ada.client.cookies[settings.BASKET_COOKIE].value.split(":")[0]
    assert after != before
    now = clock.now()
    Basket.objects.create(visitor=after, currency="GBP", created_at=now, touched_at=now)
    ada.client.get(ada.url("thanks"))
    assert ada.client.cookies[settings.BASKET_COOKIE].value.split(":")[0] == after  # it has a basket now
    assert friend.cookies[settings.BASKET_COOKIE].value.split(":")[0] == before


def test_somebody_elses_visitor_is_not_renewed(bought: Order, settings: Any) -> None:
    other = Client()
    other.get("/en/")
    other.get(reverse("checkout:thanks", args=[bought.token]))
    assert settings.BASKET_COOKIE not in other.cookies


def test_a_basket_cookie_lasts_thirty_days(ada: Ada, settings: Any) -> None:
    assert current.COOKIE_SECONDS == 30 * 24 * 3600


# --- limits ---------------------------------------------------------------------------------------------------


def small(monkeypatch: pytest.MonkeyPatch, door: str, count: int = 2) -> None:
    """So few at this door that a test reaches the end."""
    limits = [
        None if limit is None else knocks.Limit(limit.what, min(limit.count, count), limit.span)
        for limit in knocks.DOORS[door]()
    ]
    monkeypatch.setitem(knocks.DOORS, door, lambda: tuple(limits))


def test_finding_too_often_from_one_address_is_said_and_nothing_typed_is_lost(
    bought: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, "find")
    client = Client()
    for number in range(2):
        assert client.post(reverse("checkout:find"), {"email": f"a{number}@example.org"}).status_code == 302
    answer = client.post(reverse("checkout:find"), {"email": "ada@example.org"})
    assert (answer.status_code, int(answer["Retry-After"]) > 3000) == (429, True)
    assert 'name="email" value="ada@example.org"' in answer.content.decode()
    assert client.get(reverse("checkout:find")).status_code == 200


def test_the_mail_again_too_often_is_said(bought: Order) -> None:
    client, path = Client(), reverse("checkout:again", args=[bought.token])
    assert [client.post(path).status_code for _press in range(4)] == [302, 302, 302, 429]


def test_a_guests_link_takes_so_many(bought: Order, guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, "guest")
    path = reverse("checkout:guest", args=[guest.token])
    typed = {f"guest-{guest.pk}-first_name": "Grace"}
    answers = [Client().post(path, typed) for _press in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert f'name="guest-{guest.pk}-first_name" value="Grace"' in answers[2].content.decode()
    assert answers[2]["Cache-Control"] == "no-store, private"


def test_pressing_pay_too_often_is_said_in_words_of_the_card_form(
    ada: Ada, our_till: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, "press")
    order = paid_order(ada.season)
    path = reverse("checkout:intent", args=[order.token])
    json = {"accept": "application/json"}
    answers = [Client().post(path, {"shown": "1"}, headers=json) for _press in range(3)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert "Please try again in about 10 minutes." in answers[2].json()["say"]


def test_paying_is_limited_for_each_order_and_another_one_goes_on(
    ada: Ada, theatre: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, "pay", 1)
    monkeypatch.setitem(knocks.DOORS, "pay", lambda f=knocks.DOORS["pay"]: (None, None, f()[2]))
    ada.holds()
    ada.starts()
    ada.fills_in()
    path = ada.url("pay")
    assert Client().post(path).status_code != 429
    assert Client().post(path).status_code == 429
    other = paid_order(ada.season)
    assert Client().post(reverse("checkout:pay", args=[other.token])).status_code != 429


# --- staff without rights -------------------------------------------------------------------------------------


def admin_addresses(ada: Ada) -> list[tuple[str, str]]:
    known = {"content_type_id": 1, "object_id": 1, "app_label": "checkout", "url": "nowhere"}
    found = []
    for name, address in walk.addresses(lambda _name, each: known[each], "admin:"):
        found.append((name, address))
    assert len(found) > 80
    return found


OPEN_TO_STAFF = {
    "admin:index", "admin:login", "admin:logout", "admin:password_change", "admin:password_change_done", "admin:jsi18n",
    "admin:second", "admin:second_set_up", "admin:second_own",
}  # fmt: skip


@pytest.fixture
def nobody(db: None) -> Client:
    """A member of staff with no right and no venue."""
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_user("tom", password="x", is_staff=True))
    return client


def test_a_visitor_sees_no_page_of_the_admin(ada: Ada, bought: Order) -> None:
    for name, address in admin_addresses(ada):
        if name == "admin:login":
            continue
        for method in ("get", "post"):
            answer = getattr(Client(), method)(address)
            assert answer.status_code in (302, 404), (name, method, answer.status_code)
            if answer.status_code == 302:
                assert answer.url.startswith(("/admin/login/", "/admin/")), name


def test_staff_without_rights_see_and_change_nothing(ada: Ada, bought: Order, nobody: Client) -> None:
    from django.apps import apps

    def state() -> dict[str, int]:
        told = ("Session", "Knock")
        return {
            m._meta.label: hash(str(list(m._base_manager.order_by("pk").values())))
            for m in apps.get_models()
            if m.__name__ not in told
        }

    before = state()
    for name, address in admin_addresses(ada):
        if name in OPEN_TO_STAFF:
            continue
        for method in ("get", "post"):
            answer = getattr(nobody, method)(
                address, {"post": "yes", "action": "delete_selected"} if method == "post" else {}
            )
            assert answer.status_code in (302, 403, 404, 405), (name, method, answer.status_code)
            assert not personal(answer, "Lovelace", "ada@example.org", bought.token), name
    assert state() == before


def test_looking_changes_nothing(ada: Ada, bought: Order) -> None:
    """Every address of the admin, opened by somebody who may do everything: a link in a mail can press no button."""
    from django.apps import apps

    boss = Client(raise_request_exception=False)
    boss.force_login(User.objects.create_superuser("boss", password="x"))
    boss.get("/admin/")

    def state() -> dict[str, str]:
        told = ("Session", "Authenticator")  # setting up begins with the page that shows the picture
        return {
            m._meta.label: str(list(m._base_manager.order_by("pk").values()))
            for m in apps.get_models()
            if m.__name__ not in told
        }

    before = state()
    for name, address in admin_addresses(ada):
        if name == "admin:logout":
            continue
        written = connection.connection.total_changes
        answer = boss.get(address)
        assert answer.status_code < 500, name
        if connection.connection.total_changes == written:
            continue
        after = state()
        assert after == before, (name, [label for label in before if after[label] != before[label]])


def test_signing_out_is_no_link(ada: Ada, bought: Order) -> None:
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss", password="x"))
    assert boss.get(reverse("admin:logout")).status_code == 405
    assert boss.get("/admin/").status_code == 200
