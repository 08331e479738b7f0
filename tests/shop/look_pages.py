"""A few pages on the shop's own base template, to prove the page script in a browser without the rooms.

`notes` is what the server saw; a POST to /slow/ waits until `gate` is opened.
"""

from __future__ import annotations

import threading
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import engines
from django.urls import include, path

from shop import views
from shop.context import about
from shop.pages import error_page

notes: list[str] = []
gate = threading.Event()

PAGE = """{% extends "base.html" %}{% block title %}{{ name }}{% endblock %}{% block main %}
<h1 tabindex="-1">{{ name }}</h1>
<p><a id="go" href="/page/Second/" hx-get="/page/Second/" hx-target="#main" hx-select="#main"
  hx-swap="outerHTML show:window:top" hx-push-url="true">on</a></p>
<p><a id="broken" href="/broken/" hx-get="/broken/" hx-target="#main" hx-select="#main" hx-swap="outerHTML">x</a>
<a id="proxy" href="/proxy/" hx-get="/proxy/" hx-target="#main" hx-select="#main" hx-swap="outerHTML">x</a></p>
<form id="plain" method="post" action="/slow/">{% csrf_token %}<button id="hold" name="seat" value="F12"
  data-busy="Holding your seats…">Hold</button></form>
<form id="quick" method="post" action="/slow/" hx-post="/slow/" hx-target="#part" hx-swap="outerHTML">{% csrf_token %}
  <button id="quick-hold" data-busy="Holding your seats…">Hold</button></form>
<form id="away" method="post" action="/away/" hx-post="/away/" hx-target="#part" hx-swap="outerHTML">{% csrf_token %}
  <button id="leave">Leave</button></form>
<form id="filters" method="get" action="/list/" hx-get="/list/" hx-target="#part" hx-select="#part"
  hx-swap="outerHTML" hx-push-url="true" data-autosubmit>
  <label for="kind">Kind</label><select id="kind" name="kind"><option>all</option><option>play</option></select>
</form>
<div class="field"><label for="n">Tickets</label>
  <div class="stepper" data-stepper><input id="n" type="number" min="1" max="3" value="2"></div></div>
{% include part %}{% endblock %}"""

PART = """<div id="part"><h2>Part</h2><p{% if said %} data-live="{{ said }}"{% endif %}>{{ said }}</p>
{% if keep %}<button id="remove" hx-get="/part/gone/" hx-target="#part" hx-swap="outerHTML">Remove</button>{% endif %}
<button id="again" hx-get="/part/kept/" hx-target="#part" hx-swap="outerHTML">Again</button>
{% if not keep %}<p id="here" data-focus-after-swap>Nothing left</p>{% endif %}</div>"""


def template(text: str) -> Any:
    return engines["django"].from_string(text)


def answer(request: HttpRequest, text: str, status: int = 200, **context: Any) -> HttpResponse:
    context = {"shop": about(), "part": template(PART).template, "keep": True, **context}
    return HttpResponse(template(text).render(context, request), status=status)


def page(request: HttpRequest, name: str = "First") -> HttpResponse:
    notes.append(f"{request.method} {request.path}")
    return answer(request, PAGE, name=name)


def slow(request: HttpRequest) -> HttpResponse:
    notes.append(f"{request.method} {request.path} {request.POST.get('seat', '')}".strip())
    gate.wait(20)
    if request.htmx:
        return answer(request, PART, said="Held until 19:42", status=422)
    return HttpResponseRedirect("/page/Held/")


def list_(request: HttpRequest) -> HttpResponse:
    notes.append(f"GET /list/ {request.GET.get('kind')}")
    return answer(request, PAGE, name="List", said="23 events")


def part(request: HttpRequest, what: str) -> HttpResponse:
    return answer(request, PART, said=f"{what} now", keep=what == "kept")


def away(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/page/Elsewhere/")


def broken(request: HttpRequest) -> HttpResponse:
    return error_page(500)


def proxy(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", status=502)


def room(*names: str) -> list[Any]:
    return [path(f"{name}/<slug:slug>/" if name == "page" else f"{name}/", page, name=name) for name in names]


urlpatterns = [
    path("", page),
    path("page/<str:name>/", page),
    path("slow/", slow),
    path("list/", list_),
    path("part/<str:what>/", part),
    path("away/", away),
    path("broken/", broken),
    path("proxy/", proxy),
    path("error/<int:status>/", lambda request, status: error_page(status)),
    path("room/", include((room("event_list", "venue_list", "page"), "catalog"))),
    path("room/", include((room("detail"), "baskets"))),
    path("room/", include((room("find"), "checkout"))),
]
handler404 = views.not_found
