"""Posters: fetched by the refresh, drawn to pixels, resized into storage, so that pages ask no third party.

An SVG becomes pixels here (no script, no outside file can ride along). Files are named by their content, so a
browser may keep them for ever: `posters/<hash>-<width>.webp` and, for sharing, `posters/<hash>-og.jpg`.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from xml.etree import ElementTree

import resvg_py
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from catalog import versions
from catalog.models import Event, ProviderAccount
from shop import clock
from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import ProviderError

WIDTHS = (320, 640, 960)
SHARED = (1200, 630)  # what social networks show
LIMIT = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
AGAIN_AFTER = timedelta(hours=6)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

log = logging.getLogger(__name__)


class Unreadable(ValueError):
    """Not a picture that we can show."""


@dataclass(frozen=True)
class Poster:
    """The widest file in storage and its size in pixels."""

    path: str
    width: int
    height: int


# --- fetching -----------------------------------------------------------------------------------------------


def fetch_missing(account: ProviderAccount, config: AccountConfig, *, keep: Callable[[], object]) -> int:
    """Fetch what is new or changed of the account's posters; how many. `keep` is called after each."""
    if not settings.FETCH_POSTERS:
        return 0
    now = clock.now()
    due = (
        Event.objects.filter(account=account, gone_at__isnull=True)
        .exclude(image_url="")
        .exclude(image_url=F("poster_for"))
        .filter(Q(poster_failed_at__isnull=True) | Q(poster_failed_at__lte=now - AGAIN_AFTER))
        .filter(Q(last_at__isnull=True) | Q(last_at__gte=now))
        .order_by("first_at")
    )
    done = 0
    for event in due.only("pk", "image_url", "poster_for", "account_id").iterator():
        done += fetch_one(event, config)
        keep()
    return done


def fetch_one(event: Event, config: AccountConfig) -> bool:
    """Fetch the event's poster if it is not the one we have. A failure is noted and tried again later."""
    url = event.image_url
    if not settings.FETCH_POSTERS or not url or url == event.poster_for:
        return False
    try:
        answer = http.fetch(
            url,
            allowed_hosts=config.allowed_hosts,
            account=config.name,
            verb="poster",
            limit=LIMIT,
            polite=True,
            rate_per_second=config.rate_per_second,
            anywhere=True,
        )
        poster = store(answer.content)
    except (ProviderError, Unreadable) as error:
        log.warning("%s: no poster for event %s: %s", config.name, event.pk, error)
        Event.objects.filter(pk=event.pk).update(poster_failed_at=clock.now())
        return False
    with transaction.atomic():
        Event.objects.filter(pk=event.pk).update(
            poster=poster.path,
            poster_width=poster.width,
            poster_height=poster.height,
            poster_for=url,
            poster_failed_at=None,
        )
        versions.bump()
    return True


# --- making -------------------------------------------------------------------------------------------------


def store(content: bytes) -> Poster:
    """Draw, resize and keep a picture. The same picture is kept once. Raises Unreadable."""
    name = blake2b(content, digest_size=10).hexdigest()
    picture = _picture(content)
    shared = f"posters/{name}-og.jpg"
    if not default_storage.exists(shared):
        default_storage.save(shared, ContentFile(_jpeg(_framed(picture))))
    widest = Poster("", 0, 0)
    for width in _widths(picture.width):
        small = picture if width == picture.width else picture.resize(
            (width, max(1, round(picture.height * width / picture.width))), Image.Resampling.LANCZOS
        )  # fmt: skip
        path = f"posters/{name}-{width}.webp"
        if not default_storage.exists(path):
            default_storage.save(path, ContentFile(_webp(small)))
        widest = Poster(path, small.width, small.height)
    return widest


def _widths(width: int) -> list[int]:
    """`WIDTHS`, never wider than the picture itself."""
    fitting = [w for w in WIDTHS if w <= width]
    if not fitting or (len(fitting) < len(WIDTHS) and width > fitting[-1]):
        fitting.append(width)
    return fitting


def _picture(content: bytes) -> Image.Image:
    if b"<svg" in content[:4096]:
        content = draw(content)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS or min(opened.size) < 16:
                raise Unreadable("impossible size")
            turned = ImageOps.exif_transpose(opened)
            turned.thumbnail((WIDTHS[-1], WIDTHS[-1] * 3), Image.Resampling.LANCZOS)
            if turned.mode in ("RGBA", "LA", "P"):
                flat = Image.new("RGB", turned.size, "white")
                layer = turned.convert("RGBA")
                flat.paste(layer, mask=layer.getchannel("A"))
                return flat
            return turned.convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("not a picture") from None


def draw(content: bytes) -> bytes:
    """An SVG as PNG, as wide as the widest file. Nothing outside the drawing itself is read."""
    try:
        return bytes(resvg_py.svg_to_bytes(svg_string=_harmless(content), width=WIDTHS[-1]))
    except (ValueError, RuntimeError, ElementTree.ParseError) as error:
        raise Unreadable("not a drawing") from error


def _harmless(content: bytes) -> str:
    """The drawing without entities, and without anything that names a file or an address."""
    text = re.sub(r"<!DOCTYPE[^>\[]*>", "", content.decode("utf-8", "replace"))
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("an SVG with entities")
    root = ElementTree.fromstring(text)  # noqa: S314 - there is no DOCTYPE left that could declare anything
    for parent in root.iter():
        for child in list(parent):
            if child.tag.rpartition("}")[2] in {"script", "foreignObject"}:
                parent.remove(child)
        for name in list(parent.attrib):
            value = parent.attrib[name].strip()
            if name.rpartition("}")[2] == "href" and not re.match(
                r"#|data:image/(png|jpeg|jpg|webp|gif)[;,]", value
            ):
                del parent.attrib[name]
    size = root.get("viewBox", "").replace(",", " ").split()
    if len(size) == 4 and float(size[2]) > 0 and float(size[3]) / float(size[2]) > 4:
        raise Unreadable("impossible size")
    return ElementTree.tostring(root, encoding="unicode")


def _framed(picture: Image.Image) -> Image.Image:
    """The whole poster on a wide canvas, over a soft enlargement of itself."""
    ground = ImageOps.fit(picture.resize((60, 60)), SHARED).filter(ImageFilter.GaussianBlur(18))
    whole = ImageOps.contain(picture, SHARED, Image.Resampling.LANCZOS)
    ground.paste(whole, ((SHARED[0] - whole.width) // 2, (SHARED[1] - whole.height) // 2))
    return ground


def _webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=80, method=2)
    return out.getvalue()


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue()


# --- showing ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def srcset(path: str, width: int) -> str:
    """ "/media/posters/ab-320.webp 320w, ..." up to the poster's own width."""
    stem = path.rpartition("-")[0]
    widths = [w for w in WIDTHS if w < width]
    return ", ".join(f"{default_storage.url(f'{stem}-{w}.webp')} {w}w" for w in [*widths, width])


@lru_cache(maxsize=8192)
def small(path: str, width: int) -> str:
    """The address of the smallest file."""
    stem = path.rpartition("-")[0]
    return default_storage.url(f"{stem}-{min(width, WIDTHS[0])}.webp")


@lru_cache(maxsize=8192)
def shared(path: str) -> str:
    """The address of the 1200 x 630 picture for social networks."""
    return default_storage.url(f"{path.rpartition('-')[0]}-og.jpg")
