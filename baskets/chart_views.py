"""The provider's own seating chart on a page of its own, for whoever prefers it to our list and map.

Its script is somebody else's: this page alone may load it. It only chooses; "hold these" goes where the list's goes.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from baskets import answers, current, holding, lifecycle, snapshot
from baskets.offers import limit_of
from baskets.picking import find_instance
from catalog import selling
from catalog.models import Instance
from shop import clock
from shop.knocks import limited
from shop.problems import problem
from shop.providers import errors, registry
from shop.providers.charts import Chart


@never_cache
@require_GET
@limited("hold", methods=("GET",))
def chart(request: HttpRequest, instance_pk: int) -> HttpResponse:
    """The chart with this visitor's hold token; to the list where there is no chart."""
    instance = find_instance(instance_pk)
    refusal = selling.refusal(instance)
    if refusal is not None:
        return answers.refused_page(request, instance, refusal)
    to_list = redirect("baskets:pick", instance.pk)
    try:
        if not registry.provider(instance.event.account.name).capabilities.chart:
            return to_list
        found = holding.chart(current.open_basket(request, instance.currency), instance)
    except lifecycle.NotNow:
        return answers.being_paid(request)
    except holding.Busy:
        messages.info(request, problem("taken").text)
        return to_list
    except errors.Unsupported:
        return to_list  # this date has no chart
    except errors.ProviderError as error:
        messages.warning(request, problem(error).text)
        return to_list
    return _page(request, instance, found)


def _page(request: HttpRequest, instance: Instance, found: Chart) -> HttpResponse:
    event, zone = instance.event, instance.event.venue.timezone
    left = max(0, int((found.expires_at - clock.now()).total_seconds()))
    context = {
        "instance": instance,
        "event": event,
        "venue": event.venue,
        "zone": zone,
        "seller": event.account.title,
        "script": found.script,
        "renewed": found.renewed,
        "held": bool(found.held),
        "seconds_left": left,
        "deadline": found.expires_at,
        "told": json.dumps(_told(instance, found)),
        "sealed": snapshot.seal(instance.pk, found.free, [area.name for area in found.free.areas]),
        "limit": limit_of(found.free),
    }
    response = TemplateResponse(request, "baskets/chart.html", context)
    origins = list(found.origins)
    response._csp_update = {"script-src": origins, "connect-src": origins, "img-src": origins}  # type: ignore[attr-defined]
    response._csp_replace = {"frame-src": origins}  # type: ignore[attr-defined]
    return response


def _told(instance: Instance, found: Chart) -> dict[str, Any]:
    """What the script needs: the chart's own settings, and for each label our ref, the price and the name."""
    seats = {
        seat.ref: [seat.ref, seat.price.minor, f"{area.name} {seat.row}{seat.number}"]
        for area in found.free.areas
        for row in area.rows
        for seat in row.seats
    }
    return {
        "chart": {
            "workspaceKey": found.workspace,
            "event": found.event,
            "session": "manual",
            "holdToken": found.token,
            "maxSelectedObjects": max(limit_of(found.free), len(found.held)),
            "pricing": [
                {"category": category, "price": float(price.as_decimal())} for category, price in found.prices
            ],
        },
        "seats": {label: seats[ref] for label, ref in found.refs.items()},
        "held": list(found.held),
        "currency": instance.currency,
    }
