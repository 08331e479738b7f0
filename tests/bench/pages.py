"""Catalogue pages against what bare Django can do: from cache, and made anew."""

from __future__ import annotations

import resource

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test.utils import CaptureQueriesContext, override_settings  # noqa: E402

from catalog.models import Event  # noqa: E402
from tests.bench import measure  # noqa: E402

USUAL = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def main() -> None:
    event = (
        Event.objects.filter(gone_at=None, dates__gt=0)
        .annotate(n=Count("instances"))
        .order_by("-n", "pk")
        .first()
    )
    assert event is not None, "the catalogue is empty"
    with override_settings(MIDDLEWARE=USUAL, ROOT_URLCONF="tests.bench.floors"):
        bare = get_wsgi_application()
    settings.DEMO = False  # the banner and its check are not part of a shop that sells
    shop = get_wsgi_application()
    list_page, event_page = "/en/", f"/en/events/{event.slug}/"

    def fresh(path: str) -> None:
        cache.clear()
        status, _body = measure.get(shop, path)
        assert status.startswith("200"), (path, status)

    def floor(path: str) -> None:
        with override_settings(ROOT_URLCONF="tests.bench.floors"):
            status, _body = measure.get(bare, path)
        assert status.startswith("200"), (path, status)

    def kept(path: str, **headers: str) -> None:
        measure.get(shop, path, **headers)

    floors = measure.interleaved(
        {
            "constant": lambda: floor("/constant/"),
            "cache": lambda: floor("/from-cache/"),
            "event": lambda: floor(f"/events/{event.pk}/"),
            "list": lambda: floor("/list/"),
        }
    )
    fresh(list_page)
    cached = measure.interleaved({"list": lambda: kept(list_page)})
    fresh(event_page)
    cached |= {"event": measure.median_ms(lambda: kept(event_page))}
    anew = measure.interleaved(
        {"list": lambda: fresh(list_page), "event": lambda: fresh(event_page)}, times=30
    )

    measure.line("floor: a constant page of 20 KB", floors["constant"])
    measure.line("floor: a page from the cache", floors["cache"])
    measure.line("floor: 24 events, one query, bare template", floors["list"])
    measure.line("floor: the event's dates, bare template", floors["event"])
    measure.line("event list, from the shop's cache", cached["list"], floors["cache"], "0.8")
    measure.line("event page, from the shop's cache", cached["event"], floors["cache"], "0.8")
    measure.line("event list, made anew", anew["list"], floors["list"])
    measure.line("event page, made anew", anew["event"], floors["event"], "0.6, under 8 ms")
    for name, path in (("event list", list_page), ("event page", event_page)):
        cache.clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            measure.get(shop, path)
        print(f"{name}: {len(queries)} queries   aim: 5")
    shop_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory of this process with the whole shop loaded: {shop_kb / 1024:.0f} MB")


if __name__ == "__main__":
    main()
