"""What the page script promises on every page: busy words, no second press, focus, title, Back, sentences."""

import threading

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from tests.a11y import assert_accessible
from tests.browser import until
from tests.shop import look_pages

pytestmark = pytest.mark.browser
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]


@pytest.fixture(scope="module")
def site():
    from werkzeug.serving import make_server

    with override_settings(ROOT_URLCONF="tests.shop.look_pages", MIDDLEWARE=MIDDLEWARE):
        server = make_server("127.0.0.1", 0, StaticFilesHandler(WSGIHandler()), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


@pytest.fixture(autouse=True)
def open_gate():
    look_pages.notes.clear()
    look_pages.gate.set()
    yield
    look_pages.gate.set()


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.tagName")


@pytest.mark.parametrize("button", ["#hold", "#quick-hold"])
def test_a_slow_button_says_so_at_once_and_cannot_be_pressed_twice(site, page, button):
    page.goto(site)
    look_pages.gate.clear()
    seen = page.evaluate(
        """(selector) => {
            const button = document.querySelector(selector);
            button.click();
            const seen = [button.textContent, button.getAttribute("aria-disabled")];
            button.click();
            button.form.requestSubmit();
            return seen;
        }""",
        button,
    )
    assert seen == ["Holding your seats…", "true"]
    if button == "#quick-hold":
        until(page, "document.getElementById('live').textContent.includes('Holding your seats')")
    look_pages.gate.set()
    if button == "#hold":
        page.wait_for_url("**/page/Held/")
        assert look_pages.notes[1:-1] == ["POST /slow/ F12"]  # the button's own value went along
    else:
        page.wait_for_selector("text=Held until 19:42")
        assert look_pages.notes[1:] == ["POST /slow/"]
        assert page.inner_text(button) == "Hold"
        assert page.get_attribute(button, "aria-disabled") is None


def test_the_button_comes_back_when_no_answer_comes(site, page):
    page.goto(site)
    page.route("**/slow/", lambda route: route.abort())
    page.click("#quick-hold")
    page.wait_for_selector("#failed")
    assert page.inner_text("#quick-hold") == "Hold"
    assert "No answer came" in page.inner_text("#failed")
    until(page, "document.getElementById('live-now').textContent.includes('No answer came')")
    page.unroute("**/slow/")
    page.click("#quick-hold")
    page.wait_for_selector("text=Held until 19:42")
    page.complaints.clear()  # htmx writes the lost answer to the console


def test_after_back_the_button_can_be_pressed_again(site, page):
    page.goto(site)
    page.click("#hold")
    page.wait_for_url("**/page/Held/")
    page.go_back()
    page.wait_for_selector("#hold")
    assert page.inner_text("#hold") == "Hold"
    assert page.get_attribute("#hold", "aria-disabled") is None


def test_a_new_main_part_brings_title_focus_and_address_and_back_brings_them_again(site, page):
    page.goto(site)
    page.click("#go")
    page.wait_for_url("**/page/Second/")
    until(page, "document.title.startsWith('Second')")
    until(page, "document.activeElement.tagName === 'H1'")
    page.go_back()
    until(page, "document.title.startsWith('First')")
    assert page.inner_text("h1") == "First"
    until(page, "document.activeElement.tagName === 'H1'")
    page.go_forward()
    until(page, "document.title.startsWith('Second')")
    assert not [note for note in look_pages.notes if note.startswith("POST")]
    assert page.evaluate("document.querySelectorAll('main').length") == 1
    assert page.evaluate("sessionStorage.getItem('htmx-history-cache')") is None  # nobody's page is kept


def test_a_small_swap_keeps_focus_and_says_one_sentence(site, page):
    page.goto(site)
    page.focus("#again")
    page.press("#again", "Enter")
    page.wait_for_selector("text=kept now")
    until(page, "document.getElementById('live').textContent === 'kept now'")
    assert focused(page) == "again"


def test_when_the_control_vanishes_focus_goes_where_the_template_says(site, page):
    page.goto(site)
    page.focus("#remove")
    page.press("#remove", "Enter")
    page.wait_for_selector("#here")
    until(page, "document.activeElement.id === 'here'")


def test_a_whole_page_that_comes_for_a_piece_is_shown_as_a_page(site, page):
    page.goto(site)
    page.click("#leave")
    page.wait_for_selector("h1:text('Elsewhere')")
    page.wait_for_url("**/page/Elsewhere/")
    until(page, "document.activeElement.tagName === 'H1'")
    assert page.evaluate("document.querySelectorAll('main, header.top').length") == 2


def test_an_error_page_is_shown_and_a_stranger_s_error_changes_nothing(site, page):
    page.goto(site)
    page.click("#proxy")
    page.wait_for_selector("#failed")
    assert page.inner_text("h1") == "First"
    page.click("#broken")
    page.wait_for_selector("h1:text('broke')")
    page.complaints.clear()  # htmx writes both statuses to the console


def test_a_changed_filter_asks_for_the_list_and_the_address_follows(site, page):
    page.goto(site)
    page.select_option("#kind", "play")
    page.wait_for_url("**/list/?kind=play")
    until(page, "document.getElementById('live').textContent === '23 events'")
    assert look_pages.notes[-1] == "GET /list/ play"
    assert page.evaluate("document.getElementById('kind').value") == "play"


def test_plus_and_minus_stop_at_the_limits(site, page):
    page.goto(site)
    more = page.get_by_role("button", name="More: Tickets")
    fewer = page.get_by_role("button", name="Fewer: Tickets")
    more.click()
    more.click(force=True)
    assert page.input_value("#n") == "3"
    assert more.get_attribute("aria-disabled") == "true"
    fewer.click()
    fewer.click()
    fewer.click(force=True)
    assert page.input_value("#n") == "1"
    until(page, "document.getElementById('live').textContent === 'Tickets: 1'")
    box = more.bounding_box()
    assert box["width"] >= 44
    assert box["height"] >= 44


def test_the_first_tab_stop_skips_to_the_main_part(site, page):
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    until(page, "document.activeElement.id === 'main'")


def test_without_scripts_the_same_form_works(site, open_page):
    page = open_page(scripts=False)
    page.goto(site)
    page.click("#hold")
    page.wait_for_url("**/page/Held/")
    assert page.inner_text("h1") == "Held"


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
@pytest.mark.parametrize("dark", [False, True])
def test_error_pages_pass_the_scan_in_both_lights(site, open_page, status, dark):
    page = open_page(dark=dark)
    page.goto(f"{site}/error/{status}/")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
