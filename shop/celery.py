"""The Celery application: `celery -A shop.celery worker` and `celery -A shop.celery beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES["folder"] = "shop.broker:Transport"
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "shop.redis_broker:Transport"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def leave_logs_alone(**kwargs: Any) -> None:
    """The settings have said how lines look and what is left out of them; Celery would add handlers that do not know."""
