"""Our own work in each step of a purchase: the time of a request less the time the provider took in it.

Beside it a bare Django view that does as many queries as the step did, so that machines can be compared.
"""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

import django

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import override_settings  # noqa: E402

from catalog.models import Instance, ProviderAccount  # noqa: E402
from shop.providers import http  # noqa: E402
from shop.standin.transport import StandinAdapter  # noqa: E402
from tests.bench import measure  # noqa: E402
from tests.bench.pages import USUAL  # noqa: E402
from tests.buyer import Buyer  # noqa: E402

ROUNDS = 12
STEPS = (
    ("event page (not cached)", re.compile(r"^GET /en/events/")),
    ("choose", re.compile(r"^GET /en/basket/pick/")),
    ("add to basket", re.compile(r"^POST /en/basket/add/")),
    ("basket", re.compile(r"^GET /en/basket/$")),
    ("begin checkout", re.compile(r"^GET /en/checkout/$")),
    ("details", re.compile(r"^GET /en/checkout/[\w-]+/details/")),
    ("details sent", re.compile(r"^POST /en/checkout/[\w-]+/details/")),
    ("review", re.compile(r"^GET /en/checkout/[\w-]+/review/")),
    ("pay", re.compile(r"^POST /en/checkout/[\w-]+/pay/")),
)


class Timed:
    """The shop as a WSGI application that writes down each request: own time, provider's time, queries."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self.application = application
        self.own: dict[str, list[float]] = defaultdict(list)
        self.theirs: dict[str, list[float]] = defaultdict(list)
        self.queries: dict[str, list[int]] = defaultdict(list)
        self.outside = 0.0
        self.asked = 0
        self._begun = 0.0
        http.before_call.append(self._before)
        http.after_call.insert(0, self._after)

    def _before(self, call: http.CallInfo) -> None:
        self._begun = perf_counter()

    def _after(self, call: http.CallInfo) -> None:
        self.outside += perf_counter() - self._begun

    def _counted(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """Counts as cheaply as can be: what Django notes of each query would be half of the time measured."""
        self.asked += 1
        return execute(*arguments)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.outside, self.asked = 0.0, 0
        with connection.execute_wrapper(self._counted):
            begun = perf_counter()
            body = b"".join(self.application(environ, start_response))
            taken = perf_counter() - begun
        said = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        for name, pattern in STEPS:
            if pattern.match(said):
                self.own[name].append((taken - self.outside) * 1000)
                self.theirs[name].append(self.outside * 1000)
                self.queries[name].append(self.asked)
                break
        return [body]


def main() -> None:
    account = ProviderAccount.objects.get(kind="londontheatredirect")
    instances = list(
        Instance.objects.filter(event__account=account, seats_left__gt=40, gone_at=None, bookable=True)
        .select_related("event")
        .order_by("starts_at")[30 : 30 + ROUNDS + 2]
    )
    shop = Timed(get_wsgi_application())
    for number, instance in enumerate(instances):
        if number == 2:  # the first two warm everything up
            shop.own.clear(), shop.theirs.clear(), shop.queries.clear()
        buyer = Buyer("http://127.0.0.1", f"bench{number}")
        buyer.session.mount("http://127.0.0.1/", StandinAdapter(shop))
        buyer.get(f"/en/events/{instance.event.slug}/")
        buyer.pick(instance.pk)
        buyer.hold_together(2)
        buyer.to_checkout()
        buyer.fill_in()
        form = buyer.form("/pay/")
        boxes = {str(box["name"]): "on" for box in form.select("input[type=checkbox]")}
        data = {**dict(buyer.filled(form)), **boxes}
        buyer.session.post(
            f"http://127.0.0.1{form['action']}", data=data, allow_redirects=False,
            headers={"Referer": buyer.url, "Origin": "http://127.0.0.1"},
        )  # fmt: skip
    with override_settings(MIDDLEWARE=USUAL, ROOT_URLCONF="tests.bench.floors"):
        bare = get_wsgi_application()
    floor_total = own_total = 0.0
    for name, _pattern in STEPS:
        queries = round(statistics.median(shop.queries[name] or [0]))
        with override_settings(ROOT_URLCONF="tests.bench.floors"):
            floor = measure.median_ms(lambda n=queries: measure.get(bare, f"/queries/{n}/"), times=60)
        own = statistics.median(shop.own[name] or [0.0])
        floor_total, own_total = floor_total + floor, own_total + own
        print(
            f"{name:26} own {own:6.1f} ms   provider {statistics.median(shop.theirs[name] or [0.0]):6.1f} ms   "
            f"{queries:3} queries   bare with as many {floor:5.1f} ms   {own / floor:5.2f} x"
            + ("   aim: 15 ms" if "GET" not in name and name != "event page (not cached)" else ""),
            flush=True,
        )
    print(f"all steps: own {own_total:.0f} ms, {own_total / floor_total:.2f} x bare   aim: 2 x")


if __name__ == "__main__":
    main()
