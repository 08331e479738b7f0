"""What bare Django does with the usual middleware: the floors that pages are measured against."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from catalog.models import Event, Instance

CONSTANT = "<!doctype html><title>x</title><p>" + "Every line of this page was here before. " * 490
ROWS = """<!doctype html><html><head><title>{{ event.name }}</title></head><body><h1>{{ event.name }}</h1><ul>
{% for row in rows %}<li><a href="/events/{{ event.slug }}/{{ row.pk }}/"><time>{{ row.starts_at|date:"D j M Y" }}</time>
{{ row.starts_at|time:"H:i" }}</a> <span>{{ row.price_from_minor }}</span> <span>{{ row.seats_left }}</span></li>
{% endfor %}</ul></body></html>"""
LIST = """<!doctype html><html><head><title>All</title></head><body><ul>
{% for event in rows %}<li><a href="/events/{{ event.slug }}/"><h2>{{ event.name }}</h2></a> <p>{{ event.venue.name }}</p>
<time>{{ event.first_at|date:"D j M Y" }}</time> <time>{{ event.last_at|date:"D j M Y" }}</time>
<span>{{ event.price_from_minor }}</span></li>{% endfor %}</ul></body></html>"""


def constant(request: HttpRequest) -> HttpResponse:
    return HttpResponse(CONSTANT)


def from_cache(request: HttpRequest) -> HttpResponse:
    body = cache.get("floor")
    if body is None:
        body = CONSTANT.encode()
        cache.set("floor", body, 600)
    return HttpResponse(body)


def event_rows(request: HttpRequest, pk: int) -> HttpResponse:
    event = Event.objects.get(pk=pk)
    rows = Instance.objects.filter(event=event, gone_at=None).order_by("starts_at")[:60]
    return HttpResponse(engines["django"].from_string(ROWS).render({"event": event, "rows": rows}))


def list_rows(request: HttpRequest) -> HttpResponse:
    rows = Event.objects.select_related("venue").filter(gone_at=None, hidden=False).order_by("first_at")[:24]
    return HttpResponse(engines["django"].from_string(LIST).render({"rows": rows}))


def queries(request: HttpRequest, count: int) -> HttpResponse:
    """As many small reads as a step of the shop makes queries, and a page of its usual size."""
    for pk in range(count):
        Event.objects.filter(pk=pk).first()
    return HttpResponse(engines["django"].from_string(LIST).render({"rows": []}) + CONSTANT)


urlpatterns = [
    path("queries/<int:count>/", queries),
    path("constant/", constant),
    path("from-cache/", from_cache),
    path("events/<int:pk>/", event_rows),
    path("list/", list_rows),
]
