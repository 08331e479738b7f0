"""Mail that came back: what the mail service tells us, and the buyer's correction of the address."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
from anymail.signals import tracking
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from checkout import bounces, drafts, readdressing, tasks
from checkout.bounces import News, Report
from checkout.doors import order_of, private
from shop import knocks

log = logging.getLogger(__name__)
# what the mail service calls it, brought to one vocabulary by its reader
NEWS = {
    "bounced": News.BOUNCED,
    "rejected": News.BOUNCED,  # not even tried: the address is on the service's own list
    "failed": News.BOUNCED,
    "deferred": News.DELAYED,
    "delivered": News.DELIVERED,
    "complained": News.COMPLAINED,
}
WHY = {
    "invalid": "unknown",
    "bounced": "unknown",
    "timed_out": "silent",
    "blocked": "suppressed",
    "spam": "refused",
    "unsubscribed": "suppressed",
}


# --- told by the mail service ---------------------------------------------------------------------------------


@csrf_exempt
@require_http_methods(["POST", "HEAD"])  # some ask once whether anybody is there
@never_cache
def told(request: HttpRequest) -> HttpResponse:
    """What the mail service of `MAIL_SERVICE` calls. 404 without the settings, 400: not genuine or not understood."""
    reader = settings.MAIL_SERVICES.get(settings.MAIL_SERVICE)
    if reader is None or not any(settings.MAIL_WEBHOOK_SECRETS):
        raise Http404
    view = import_string(reader).as_view()
    try:
        return view(request)
    except AnymailWebhookValidationFailure:
        return _said("The name and password, or the signature, do not fit.")
    except (AnymailConfigurationError, ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning("a message of the mail service was not understood: %s", type(error).__name__)
        return _said("This is not a message about mails that were sent.")


def _said(text: str) -> HttpResponse:
    return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")


def heard(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """One event of a genuine message."""
    news = NEWS.get(event.event_type)
    if news is None:  # opened, clicked: nothing that this shop looks at
        return
    why = WHY.get(event.reject_reason or "", "other")
    if why in ("other", "unknown") and event.mta_response:
        said = bounces.why_of(str(event.mta_response))
        why = said if said != "refused" or why == "other" else why
    at = event.timestamp if isinstance(event.timestamp, datetime) else None
    report = Report(
        news=news,
        message_id=str(event.message_id or ""),
        recipient=str(event.recipient or ""),
        event_id=f"{esp_name}:{event.event_id}" if event.event_id else "",
        why=why,
        at=at.replace(tzinfo=at.tzinfo or UTC) if at else None,
    )
    bounces.hear(report)


tracking.connect(heard, dispatch_uid="checkout.bounces")


# --- corrected by the buyer -----------------------------------------------------------------------------------


@require_POST
@private
def address(request: HttpRequest, token: str) -> HttpResponse:
    """Correct the address of an order whose mail came back, and send that again."""
    found = order_of(token)
    form = readdressing.AddressForm(request.POST)
    if bounces.bounced_of(found) is None:
        messages.info(request, _("No mail of this order has come back. Nothing was changed."))
    elif not form.is_valid():
        drafts.keep(found, {readdressing.FIELD: request.POST.get(readdressing.FIELD, "")})
    elif wait := knocks.knock(*knocks.counted(request, "address", found.token)):
        return knocks.too_many(request, wait)
    elif readdressing.correct(found, form.cleaned_data["new_email"]):
        tasks.hurry(found.pk)
        messages.success(
            request, _("Thank you. The mail is on its way to %(email)s.") % {"email": found.email}
        )
    return redirect("checkout:order", found.token)
