"""The net itself: it must catch what it is there to catch."""

import pytest
from django.template import engines
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext

from shop import words
from tests.pseudo import plain_english, pseudo_language, widen

LATER = gettext_lazy("Basket")


@pytest.fixture
def pseudo():
    with pseudo_language() as code, translation.override(code):
        yield code


def render(text, **context):
    return engines["django"].from_string(text).render(context)


def test_every_way_of_marking_is_translated(pseudo):
    assert gettext("Basket") == str(LATER) == "Ｂａｓｋｅｔ"
    assert pgettext("a verb", "Book") == "Ｂｏｏｋ"
    assert ngettext("%(n)s seat", "%(n)s seats", 2) % {"n": 2} == "2 ｓｅａｔｓ"
    assert render("{% trans 'Book' context 'x' %}") == "Ｂｏｏｋ"
    assert (
        render("{% blocktrans count n=1 %}{{ n }} seat{% plural %}{{ n }} seats{% endblocktrans %}")
        == "1 ｓｅａｔ"
    )
    assert words.tickets_words(3) == "3 ｔｉｃｋｅｔｓ"


def test_placeholders_and_markup_survive():
    assert widen("%(date)s, at <b>{time}</b> & 5 %s&nbsp;o") == "%(date)s, ａｔ <b>{time}</b> & 5 %s&nbsp;ｏ"


@pytest.mark.parametrize(
    "page",
    [
        "<p>Buy now</p>",
        "<p>Ｂｕｙ now</p>",
        '<img alt="A poster">',
        '<button aria-label="Close">×</button>',
        '<input placeholder="Name">',
        '<input type="submit" value="Send">',
        '<button data-busy="Holding">Ｈ</button>',
        '<div data-failed="No answer came"></div>',
        "<title>Basket</title>",
        '<meta name="description" content="A play">',
        '<p translate="no">Foyer</p><p>Foyer</p>',
        "<option>Any day</option>",
        "<ul><li>Ａ<li>Any</ul>",
    ],
)
def test_plain_english_is_found(page):
    assert len(plain_english(page)) == 1


@pytest.mark.parametrize(
    "page",
    [
        "<p>Ｂｕｙ ｎｏｗ</p>",
        '<a href="/el/basket/" class="basket-link" id="badge" data-seconds-left="12">Ｂ</a>',
        '<script type="application/ld+json">{"name": "Hamlet"}</script>',
        '<p translate="no">Foyer <b>and more</b></p>',
        "<p>FOY-7K2M9Q</p>",
        "<p>Ｆ12, Ｆ13 · 45,50 £ · 7:30 μ.μ.</p>",
        '<input type="text" value="Ada" name="first_name">',
    ],
)
def test_what_is_not_english_is_let_through(page):
    assert plain_english(page) == []


def test_the_language_is_gone_afterwards():
    with pseudo_language() as code, translation.override(code):
        assert gettext("Basket") != "Basket"
    with translation.override("en"):
        assert gettext("Basket") == "Basket"
    with translation.override("el"):
        assert "Ｂ" not in gettext("Basket")
