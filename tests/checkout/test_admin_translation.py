"""No plain English in the admin: its first page, every list, every form, the order's own page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from catalog import words as catalog_kinds
from checkout import story
from checkout.models import Booking, Order, Payment
from shop.providers.types import Arrives
from tests.checkout import test_translation
from tests.checkout.conftest import Ada
from tests.checkout.world import World, pdfs
from tests.pseudo import plain_english, pseudo_language


@pytest.fixture
def staff(db: None) -> Iterator[Client]:
    user = get_user_model().objects.create_superuser("Βέρα", "vera@example.org", "x")
    vera = Client(headers={"accept-language": "el"})
    vera.force_login(user)
    with pseudo_language() as code, translation.override(code):
        yield vera


ada, client = test_translation.ada, test_translation.client  # in Greek, and reading every page

# Django's own: names of permissions are rows in the database, and these words are not marked there
DJANGOS = re.compile(
    r"option: .* \| Can |img\[alt\]: (Search|True|False)$|a: ID$|Group[-_]permission|Venue staff"
)
# names that staff or machines gave, the same in every language: accounts, slugs, zones, files, digests
NAMES = re.compile(
    r": (arena|west-end|show-[\w-]+|fake|md5|[0-9a-f]{64}|\w+\*+|Europe/\w+|application/pdf|FOY-\S+\.pdf)$|data-inline-formset"
)
ZONES = re.compile(r"\b(GMT|BST|CEST|CET)\b")  # a zone's letters beside a time
# codes in the lists of raw rows; the order's own page says them in words
CODES = {
    *(str(one) for one in Arrives),
    *(one for kind in (Order, Booking, Payment) for one in kind.Status.values),
    *story.SUBJECTS, *story.ACTORS, *story.ROUTES, *story.KINDS, *catalog_kinds.KINDS, "success", "failure",
}  # fmt: skip


def is_code(found: str) -> bool:
    words = re.split(r"\s*(?:→|->|›|\||,|:| )\s*", found.partition(": ")[2])
    return all(word in CODES or not re.search("[A-Za-z]{2}", word) for word in words)


def read(vera: Client, address: str, data: Any = None) -> list[str]:
    response = vera.get(address, data)
    assert response.status_code in (200, 302, 403, 405), (address, response.status_code)
    if response.status_code != 200:
        return []
    found = plain_english(response.content.decode())
    return [
        f"{address} {each}"
        for each in found
        if not DJANGOS.search(each) and not NAMES.search(each) and not is_a_time(each)
    ]


def is_a_time(found: str) -> bool:
    said = found.partition(": ")[2]
    return bool(ZONES.search(said)) and not re.search("[A-Za-z]{2}", ZONES.sub("", said))


def test_the_first_page_and_the_way_in(staff: Client) -> None:
    assert read(staff, reverse("admin:index")) == []
    assert read(Client(headers={"accept-language": "el"}), reverse("admin:login")) == []


def test_every_list_and_every_form(staff: Client, ada: Ada, theatre: World) -> None:
    ada.holds()
    theatre.documents = pdfs("F12", expected=2)
    ada.buys()
    order = reverse("admin:checkout_order_change", args=[ada.now().pk])
    found = read(staff, order)
    for model in admin.site._registry:
        raw: list[str] = []
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        raw += read(staff, reverse(f"{name}_changelist"))
        row = model._default_manager.first()
        addresses: list[tuple[str, list[Any]]] = [("add", [])]
        if row is not None:
            addresses += [("change", [row.pk]), ("history", [row.pk]), ("delete", [row.pk])]
        for what, args in addresses:
            try:
                raw += read(staff, reverse(f"{name}_{what}", args=args))
            except NoReverseMatch:
                continue
        found += [each for each in raw if not is_code(each)]
    assert not found, "\n".join(dict.fromkeys(found))


def test_every_reason_that_is_written_down_can_be_translated() -> None:
    """What `because=` says in the code, up to its colon, is among the marks of `checkout.story`."""
    missing = []
    for path in Path("checkout").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.keyword) and node.arg == "because"):
                continue
            first = node.value.values[0] if isinstance(node.value, ast.JoinedStr) else node.value
            if isinstance(first, ast.Constant) and first.value.partition(":")[0] not in story.MARKS:
                missing.append(f"{path}:{node.value.lineno} {first.value}")
    assert missing == []


def test_what_staff_typed_stays_and_codes_become_words() -> None:
    with pseudo_language() as code, translation.override(code):
        assert story.because("handled: τηλεφώνησα") == "ｈａｎｄｌｅｄ: τηλεφώνησα"
        assert (
            story.because("payment begun: there")
            == "ｐａｙｍｅｎｔ ｂｅｇｕｎ: ｏｎ ｔｈｅ ｐｒｏｖｉｄｅｒ'ｓ ｐａｇｅ"
        )
        assert story.because("check-again: μόνος") == "Ｃｈｅｃｋ ａｇａｉｎ: μόνος"
        assert story.because("τίποτα") == "τίποτα"
