"""The address that the payment company calls. It keeps what it is told, queues the looking, and answers at once."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from checkout import inbox
from checkout.payments import messages

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
@never_cache
def stripe(request: HttpRequest) -> HttpResponse:
    """200: kept. 400: not genuine. 500: ours, and we cannot find what it is about: it is sent again."""
    try:
        message = messages.verify(request.body, request.headers.get("Stripe-Signature", ""))
    except messages.NotGenuine:
        return _said(400, "The signature does not fit.")
    except messages.NotUnderstood as error:
        log.warning("a genuine message was not understood: %s", error)
        return _said(400, "This is not an event with its object in it.")
    if inbox.receive(message) == inbox.Received.UNKNOWN:
        log.error("message %s names a payment of ours that is not here", message.id)
        return _said(500, "It is about a payment of ours that is not here.")
    return _said(200, "Thank you.")


def _said(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
