"""Small pieces of markup that lists print over and over: a price, a state, a poster, a block with a day.

Made here once for each value instead of by the template for each row; every text goes through `format_html`.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from catalog.rows import FromPrice, Picture, State

SIZES = "(min-width: 60rem) 22rem, (min-width: 40rem) 45vw, 7.5rem"


@lru_cache(maxsize=4096)
def price(found: FromPrice, language: str) -> SafeString:
    """ "from £24.50"; nothing where there is no price."""
    if not found:
        return SafeString("")
    if found.is_from:
        return format_html(
            '<span class="price"><span class="price-from">{}</span> <span class="money">{}</span></span>',
            _("from"),
            found.words,
        )
    return format_html('<span class="price"><span class="money">{}</span></span>', found.words)


@lru_cache(maxsize=4096)
def foot(found: FromPrice, state: State, marks: tuple[str, ...], language: str) -> SafeString:
    """The last line of a card: price, how the sale stands, access marks."""
    if not found and not state.can_book:
        cost = SafeString("")  # there are none to be found anywhere
    elif not found:
        cost = format_html('<span class="price-none">{}</span>', _("Prices on the event page"))
    elif found.is_from:
        cost = format_html('{} <span class="price-fees">{}</span>', price(found, language), _("incl. fees"))
    else:
        cost = price(found, language)
    return format_html("{}{}{}{}", cost, " " if cost else "", standing(state), access(marks))


@lru_cache(maxsize=4096)
def standing(state: State) -> SafeString:
    return format_html('<span class="state {}">{}</span>', state.css, state.word)


@lru_cache(maxsize=512)
def access(marks: tuple[str, ...]) -> SafeString:
    return format_html_join("", ' <span class="mark">{}</span>', ((mark,) for mark in marks))


def poster(picture: Picture, letter: str, *, lazy: bool) -> SafeString:
    if not picture.src:
        return format_html('<span class="event-card-poster no-poster" aria-hidden="true">{}</span>', letter)
    return format_html(
        '<img class="event-card-poster" src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}"{} '
        'decoding="async">',
        picture.src,
        picture.srcset,
        SIZES,
        picture.width,
        picture.height,
        picture.alt,
        SafeString(' loading="lazy"') if lazy else "",
    )


@lru_cache(maxsize=4096)
def day(on: date, parts: tuple[str, str, str]) -> SafeString:
    """Weekday, day and month as a block that can be scanned down a list."""
    return format_html(
        '<time class="date-block" datetime="{}"><span class="date-block-weekday">{}</span> '
        '<span class="date-block-day">{}</span> <span class="date-block-month">{}</span></time>',
        on.isoformat(),
        *parts,
    )
