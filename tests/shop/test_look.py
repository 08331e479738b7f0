"""The budget and the rules of the look: weight, one accent, no inline style or script, contrast of the tokens."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

ROOT = Path(__file__).resolve().parents[2]
SHEET = (ROOT / "static/css/shop.css").read_text()
PAGES = [path for path in (ROOT / "templates").rglob("*.html") if not {"email", "admin"} & set(path.parts)]


def packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_the_style_sheet_stays_light():
    assert packed(ROOT / "static/css/shop.css") < 12 * 1024


def test_scripts_of_ours_and_htmx_stay_within_the_first_visit():
    htmx = Path(finders.find("django_htmx/htmx-2.min.js"))
    assert packed(htmx) + packed(ROOT / "static/js/page.js") < 21 * 1024
    for script in (ROOT / "static/js").glob("*.js"):
        assert packed(script) < 5 * 1024, script.name


def test_no_page_carries_a_style_or_a_script_of_its_own():
    found = []
    for path in PAGES:
        text = path.read_text()
        for pattern in (
            r"\sstyle=",
            r"<style",
            r"\son[a-z]+=",
            r"javascript:",
            r"hx-on",
            r"<script(?![^>]*\bsrc=)",
        ):
            for match in re.finditer(pattern, text):
                if 'type="application/ld+json"' not in text[match.start() : match.start() + 60]:
                    found.append(f"{path.name}: {match.group()}")
    assert found == []


def test_scripts_evaluate_nothing_and_write_no_markup():
    for script in (ROOT / "static/js").glob("*.js"):
        text = script.read_text()
        assert not re.search(
            r"\beval\(|new Function|innerHTML|outerHTML *=|insertAdjacentHTML|document\.write", text
        ), script


def tokens(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", SHEET, re.S)[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", dark))
    return found


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "leaf", "shade"])
def test_every_ink_is_readable_on_every_ground(scheme, ground):
    found = tokens(scheme)
    assert contrast(found["ink"], found[ground]) >= 7  # body text
    for ink in ("soft", "good", "warn", "bad"):
        assert contrast(found[ink], found[ground]) >= 4.5, (ink, ground)
    assert contrast(found["edge"], found[ground]) >= 3  # what shows where a field or a seat is
    for red in ("red", "red-deep"):
        assert contrast(found[red], found["on-red"]) >= 4.5


def test_the_one_accent_is_for_the_main_button_alone():
    used = re.findall(r"([^{}]+)\{[^{}]*var\(--red(?:-deep)?\)[^{}]*\}", SHEET)
    assert {selector.strip() for selector in used} == {".button.primary", ".button.primary:hover"}


@pytest.mark.django_db
def test_each_page_has_its_landmarks_and_one_heading(client: Client):
    for name in ("catalog:event_list", "catalog:venue_list", "checkout:find", "baskets:detail"):
        page = client.get(reverse(name)).content.decode()
        assert page.count("<h1") == 1, name
        for piece in ('<html lang="en"', "<header", "<nav", '<main id="main"', "<footer", 'role="status"'):
            assert piece in page, (name, piece)
        assert page.index('class="skip"') < page.index("<header"), name
        assert not page.split("<title>")[1].startswith("Foyer"), name


@pytest.mark.django_db
def test_the_page_one_is_on_is_marked_in_the_navigation(client: Client):
    page = client.get(reverse("catalog:venue_list")).content.decode()
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page) == [reverse("catalog:venue_list")]
