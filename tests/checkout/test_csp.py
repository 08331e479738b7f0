"""Every page has the policy, and none needs an exception from it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Instance
from checkout.models import Document, Order
from shop.models import User
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor
from tests.checkout.conftest import Ada
from tests.checkout.hosted_world import lantern, play, set_up, to_payment, vi
from tests.checkout.world import World, pdfs
from tests.shop import walk

__all__ = ["lantern", "play", "vi"]


def policy(answer: Any) -> dict[str, list[str]]:
    said = answer.headers["Content-Security-Policy"]
    rules = (rule.strip().split(" ") for rule in said.split(";"))
    return {rule[0]: rule[1:] for rule in rules if rule[0]}


def assert_strict(answer: Any, where: str) -> None:
    """The policy forbids what is inline, and there is nothing of it in the page."""
    rules = policy(answer)
    for name in ("default-src", "script-src", "style-src"):
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:"} & set(rules[name]), (where, name)
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == ["'none'"], where
    if answer.get("Content-Type", "").startswith("text/html") and not answer.streaming:
        assert walk.inline(answer.content.decode()) == [], where


@pytest.fixture
def bought(ada: Ada, theatre: World) -> Order:
    ada.holds()
    theatre.documents = pdfs("F12", expected=1, complete=True)
    return ada.buys()


def values_of(ada: Ada, order: Order) -> Any:
    """A value for each name in an address of the shop."""
    instance = ada.season["west-end"]
    known: dict[str, Any] = {
        "token": order.token, "doc_token": Document.objects.first().token, "outcome": "success",
        "return_token": order.bookings.first().return_token, "signed": "nothing:signed", "position": 1,
        "instance_pk": instance.pk, "line_pk": 1, "hold_pk": 1, "account_name": "west-end", "pk": instance.pk,
        "slug": instance.event.slug, "kind": "events", "path": "posters/none.webp", "month": f"{instance.starts_at:%Y-%m}",
        "content_type_id": 1, "object_id": 1, "app_label": "checkout", "url": "nowhere",
    }  # fmt: skip
    of_one = {("catalog:page", "slug"): "help", ("catalog:venue_detail", "slug"): instance.event.venue.slug}
    return lambda name, each: of_one.get((name, each), known[each])


def test_every_address_answers_with_the_policy_to_a_visitor(ada: Ada, bought: Order) -> None:
    seen = {}
    ada.client.raise_request_exception = False
    for name, address in walk.addresses(values_of(ada, bought)):
        if name.startswith("admin:"):
            continue
        for method in ("get", "post"):
            answer = getattr(ada.client, method)(address)
            assert answer.status_code < 500, (name, method, answer.status_code)
            assert_strict(answer, f"{method} {address}")
            seen[name] = answer
    assert len(seen) > 40


def test_every_page_of_the_admin_answers_with_the_policy(ada: Ada, bought: Order) -> None:
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss", password="x"))
    pages = 0
    for name, address in walk.addresses(values_of(ada, bought)):
        if not name.startswith("admin:") or name == "admin:logout":
            continue
        answer = boss.get(address)
        assert answer.status_code < 500, (name, answer.status_code)
        assert_strict(answer, address)
        pages += answer.status_code == 200
    assert pages > 50


def test_pages_on_the_way_to_the_tickets_have_it_too(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.starts()
    answers = [ada.client.get(ada.url("details"))]
    ada.fills_in()
    answers.append(ada.client.get(ada.url("review")))
    ada.pays()
    answers.append(ada.client.get(ada.url("pay")))
    ada.comes_back()
    answers.append(ada.client.get(ada.url("thanks")))
    for answer in answers:
        assert answer.status_code == 200
        assert_strict(answer, answer.request["PATH_INFO"])


def test_the_card_page_lets_the_payment_company_in_and_nobody_else(
    ada: Ada, arena: World, settings: Any
) -> None:
    ada.holds("arena", currency="EUR")
    ada.starts()
    ada.fills_in()
    ada.pays()
    answer = ada.client.get(ada.url("pay"))
    assert_strict(answer, "card page")
    rules = policy(answer)
    assert rules["script-src"] == ["'self'", *settings.STRIPE_CSP_SCRIPT]
    assert rules["frame-src"] == list(settings.STRIPE_CSP_FRAME)


def test_the_page_with_a_hosted_checkout_in_a_frame_is_as_strict(
    vi: Visitor,
    play: Instance,
    lantern: CookieOffice,
    settings: Any,
) -> None:
    set_up(settings, lantern, frame="yes")
    vi.buy(play)
    vi.get(to_payment(vi))
    assert vi.page.select_one("iframe") is not None
    assert_strict(vi.response, "frame page")
    assert policy(vi.response)["frame-src"] == [lantern.domain]
    assert policy(vi.response)["script-src"] == ["'self'"]


@pytest.mark.parametrize("host", ["evil.example.org", "evil.example.org:443@testserver", "a b"])
def test_a_wrong_host_is_refused_with_the_policy(db: None, settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    answer = Client().get("/en/", headers={"host": host})
    assert answer.status_code == 400
    assert_strict(answer, host)


def test_a_plain_request_is_sent_to_https_with_the_policy(db: None, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/en/")
    assert answer.status_code == 301
    assert_strict(answer, "redirect")


@pytest.mark.urls("tests.shop.broken_pages")
def test_an_error_of_ours_has_the_policy(db: None) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get("/broken/")
    assert answer.status_code == 500
    assert_strict(answer, "500")


def test_a_form_from_elsewhere_is_refused_with_the_policy(ada: Ada, bought: Order) -> None:
    strict = Client(enforce_csrf_checks=True)
    for address in (
        reverse("checkout:find"),
        reverse("admin:login"),
        reverse("checkout:again", args=[bought.token]),
    ):
        answer = strict.post(address, {})
        assert answer.status_code == 403, address
        assert_strict(answer, address)


def test_nothing_of_ours_may_be_framed(ada: Ada, bought: Order) -> None:
    for address in ("/en/", reverse("admin:login"), reverse("checkout:order", args=[bought.token])):
        answer = ada.client.get(address)
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert policy(answer)["frame-ancestors"] == ["'none'"]


def test_the_walk_sees_what_it_looks_for() -> None:
    assert walk.inline('<p onclick="x()">') == ["p onclick='x()'"]
    assert walk.inline("<script>1</script>") == ["<script> without src"]
    assert walk.inline('<a href=" JavaScript:1">') == ["a href=' JavaScript:1'"]
    assert walk.inline('<p style="color:red"><style></style>') == ["p style='color:red'", "<style>"]
    assert walk.inline('<script type="application/ld+json">{}</script><script src="/x.js"></script>') == []
