"""`manage.py lost_orders --since <time>`: what was paid through our own till and is not in this database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string
from django.utils.timezone import is_naive, make_aware

from shop import clock


class Command(BaseCommand):
    help = "Lists payments of this shop at Stripe that have no row here, after a backup was restored. Changes nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", default="", help="ISO time of the backup; default: three days ago")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.STRIPE_SECRET_KEY:
            raise CommandError("Nothing is sold through our own till: there is no STRIPE_SECRET_KEY.")
        since = self.time(options["since"])
        try:
            found = import_string("checkout.lost.payments")(since)
        except import_string("checkout.payments.base.TillError") as error:
            raise CommandError(f"Stripe could not be asked: {error.detail or error.code}.") from None
        for one in found:
            self.stdout.write(
                f"{one.made_at.isoformat(timespec='seconds')}  {one.order_number:<12}  {one.id}  {one.status}  "
                f"{one.amount}, received {type(one.amount)(one.received, one.amount.currency)}, "
                f"authorised {type(one.amount)(one.capturable, one.amount.currency)}"
            )
        if not found:
            self.stdout.write(f"Every payment since {since.isoformat()} has its row here.")
            return
        self.stdout.write(
            f"{len(found)} payments have no row here. Look each order's number up at the providers: where tickets are "
            "booked, the buyer needs them from there; where none are, give the money back in Stripe's pages."
        )

    def time(self, text: str) -> datetime:
        if not text:
            return clock.now() - timedelta(days=3)
        try:
            found = parse_datetime(text)
        except ValueError:
            found = None
        if found is None:
            raise CommandError(f"{text!r} is not a time. Write it like 2030-05-17T04:30:00+00:00.")
        return make_aware(found) if is_naive(found) else found
