"""Posters: fetched by the refresh, drawn, resized into storage; nothing rides along."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from catalog import posters, refresh, versions
from catalog.models import Event
from shop import clock
from shop.providers import http
from shop.providers.errors import BadAnswer, Unavailable
from tests.factories_catalog import Season, event_info, instance_info

pytestmark = pytest.mark.django_db
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 800" width="600" height="800">'
    b'<rect width="600" height="800" fill="#a01020"/>%s</svg>'
)


def photo(width: int, height: int, kind: str = "JPEG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), "navy").save(out, kind)
    return out.getvalue()


def opened(folder: Path, path: str) -> Image.Image:
    return Image.open(folder / path)


def test_a_photo_is_kept_in_three_widths_and_one_for_sharing(season: Season, tmp_path: Path) -> None:
    kept = posters.store(photo(3000, 4000))
    assert kept.path.endswith(f"-{posters.WIDTHS[-1]}.webp")
    stem = kept.path.rpartition("-")[0]
    for width in posters.WIDTHS:
        picture = opened(tmp_path, f"{stem}-{width}.webp")
        assert (picture.format, picture.size) == ("WEBP", (width, round(width * 4 / 3)))
    shared = opened(tmp_path, f"{stem}-og.jpg")
    assert (shared.format, shared.size) == ("JPEG", (1200, 630))
    assert (kept.width, kept.height) == (posters.WIDTHS[-1], round(posters.WIDTHS[-1] * 4 / 3))


def test_a_small_photo_is_never_made_larger(season: Season, tmp_path: Path) -> None:
    kept = posters.store(photo(500, 500))
    assert (kept.width, kept.height) == (500, 500)
    assert sorted(p.name.rpartition("-")[2] for p in (tmp_path / "posters").iterdir()) == [
        "320.webp", "500.webp", "og.jpg",
    ]  # fmt: skip
    assert posters.srcset(kept.path, kept.width).count("w") >= 2
    assert posters.small(kept.path, kept.width).endswith("-320.webp")
    tiny = posters.store(photo(100, 50))
    assert posters.small(tiny.path, tiny.width).endswith("-100.webp")


def test_the_same_picture_is_kept_once(season: Season, tmp_path: Path) -> None:
    assert posters.store(photo(500, 500)) == posters.store(photo(500, 500))
    assert len(list((tmp_path / "posters").iterdir())) == 3


def test_a_picture_with_transparency_gets_paper_behind_it(season: Season, tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(out, "PNG")
    kept = posters.store(out.getvalue())
    assert opened(tmp_path, kept.path).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_a_drawing_becomes_pixels(season: Season, tmp_path: Path) -> None:
    kept = posters.store(DRAWING % b"<circle cx='300' cy='400' r='90' fill='#fff'/>")
    picture = opened(tmp_path, kept.path).convert("RGB")
    red, green, blue = picture.getpixel((10, 10))
    assert (red > 140, green < 40, blue < 60) == (True, True, True)
    assert not list(tmp_path.rglob("*.svg"))


def test_a_drawing_reads_no_file_and_no_address(season: Season, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(photo(600, 800, "PNG"))
    for href in (
        str(secret),
        f"file://{secret}",
        "https://example.org/x.png",
        "data:image/svg+xml;base64,AAAA",
    ):
        kept = posters.store(DRAWING % f'<image href="{href}" width="600" height="800"/>'.encode())
        red, _green, blue = opened(tmp_path, kept.path).convert("RGB").getpixel((300, 400))
        assert red > 140, href
        assert blue < 60, href


def test_a_picture_inside_a_drawing_is_shown(season: Season, tmp_path: Path) -> None:
    inside = base64.b64encode(photo(60, 80, "PNG")).decode()
    kept = posters.store(
        DRAWING % f'<image href="data:image/png;base64,{inside}" width="600" height="800"/>'.encode()
    )
    _red, _green, blue = opened(tmp_path, kept.path).convert("RGB").getpixel((300, 400))
    assert blue > 90


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html><body>404</body></html>", b"\x89PNG\r\n\x1a\nbroken", b"<svg", b"<svg xmlns='x'>",
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>',
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 100000"/>',
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="a b c d"/>',
        photo(4, 4), photo(400, 400)[:300], photo(100, 100, "TIFF"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_picture_is_refused(season: Season, content: bytes) -> None:
    with pytest.raises(posters.Unreadable):
        posters.store(content)


def test_a_picture_of_impossible_size_is_refused_before_it_is_unpacked(season: Season) -> None:
    with pytest.raises(posters.Unreadable):
        posters.store(photo(9000, 9000, "PNG", "1"))


# --- in the refresh -----------------------------------------------------------------------------------------


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Address -> bytes or error; `asked` is a list of the addresses."""
    found: dict[str, object] = {"asked": []}

    def fetch(url: str, **values: object) -> http.Answer:
        found["asked"].append(url)  # type: ignore[attr-defined]
        content = found.get(url)
        if isinstance(content, Exception):
            raise content
        assert values["allowed_hosts"] == ("127.0.0.1:1",)
        return http.Answer(200, None, content, {}, "image/jpeg")  # type: ignore[arg-type]

    monkeypatch.setattr(http, "fetch", fetch)
    return found


def run() -> None:
    refresh.refresh_account("west-end", trigger="test")


def test_the_refresh_fetches_a_poster_once_and_again_when_its_address_changes(
    season: Season, shelf: dict[str, object]
) -> None:
    shelf["https://a/1.jpg"], shelf["https://a/2.jpg"] = photo(800, 1000), photo(600, 600)
    season.add(event_info(image_url="https://a/1.jpg"), instance_info())
    before = versions.current()
    run()
    row = Event.objects.get()
    assert (row.poster_width, row.poster_height) == (800, 1000)
    assert versions.current() > before
    run()
    assert shelf["asked"] == ["https://a/1.jpg"]
    season.events[0] = event_info(image_url="https://a/2.jpg")
    run()
    row.refresh_from_db()
    assert row.poster_width == 600
    assert shelf["asked"] == ["https://a/1.jpg", "https://a/2.jpg"]


@pytest.mark.parametrize(
    "failure", [Unavailable("no"), BadAnswer("not allowed"), b"<html>not a picture</html>"]
)
def test_a_poster_that_cannot_be_had_fails_nothing_and_is_tried_again_later(
    season: Season, shelf: dict[str, object], failure: object, move_clock: object
) -> None:
    shelf["https://a/1.jpg"] = failure
    season.add(event_info(image_url="https://a/1.jpg"), instance_info())
    run()
    row = Event.objects.get()
    assert row.poster == ""
    assert row.account.runs.latest("started_at").complete
    run()
    assert shelf["asked"] == ["https://a/1.jpg"], "not at once"
    move_clock(posters.AGAIN_AFTER * 1.1)  # type: ignore[operator]
    shelf["https://a/1.jpg"] = photo(400, 500)
    run()
    row.refresh_from_db()
    assert row.poster_width == 400


def test_an_event_that_is_gone_needs_no_poster(season: Season, shelf: dict[str, object]) -> None:
    season.add(event_info("1", image_url="https://a/1.jpg"), instance_info("a"))
    season.add(event_info("2", name="Stays"), instance_info("b"))
    shelf["https://a/1.jpg"] = Unavailable("no")
    run()
    Event.objects.update(poster_failed_at=clock.now() - posters.AGAIN_AFTER * 2)
    del season.events[0]
    run()
    assert len(shelf["asked"]) == 1  # type: ignore[arg-type]


def test_an_event_that_is_read_by_itself_fetches_no_poster_where_none_are_wanted(
    season: Season, shelf: dict[str, object], settings: Any
) -> None:
    settings.FETCH_POSTERS = False
    shelf["https://a/1.jpg"] = photo(800, 1000)
    season.add(event_info(image_url="https://a/1.jpg"), instance_info())
    run()
    assert refresh.refresh_event(Event.objects.get())
    assert shelf["asked"] == []
    assert Event.objects.get().poster == ""
