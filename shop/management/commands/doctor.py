"""`manage.py doctor`: asks every configured account and the payment company for a sign of life and says in plain words what is wrong."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.utils.module_loading import import_string

from shop import alerts, breakers
from shop.problems import problem
from shop.providers import registry
from shop.providers.errors import ProviderError


class Command(BaseCommand):
    help = "Asks the database, the broker, every provider account and the payment company for a sign of life."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        well = all(
            [
                self.settings_are_right(),
                self.database(),
                self.broker(),
                *self.signs_of_life(),
                *self.accounts(),
                *self.till(),
            ]
        )
        self.stdout.write("")
        if not well:
            self.stdout.write(self.style.ERROR("Something is wrong; see above."))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS("All is well."))

    def line(self, well: bool, what: str, text: str) -> bool:
        mark = self.style.SUCCESS("well ") if well else self.style.ERROR("WRONG")
        self.stdout.write(f"{mark}  {what}: {text}")
        return well

    def settings_are_right(self) -> bool:
        found = [message for message in checks.run_checks() if message.is_serious()]
        for message in found:
            self.line(False, str(message.id), f"{message.msg} {message.hint or ''}")
        return not found and self.line(True, "settings", "no errors")

    def database(self) -> bool:
        try:
            connection.ensure_connection()
            from django.db.migrations.executor import MigrationExecutor

            executor = MigrationExecutor(connection)
            behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as error:
            return self.line(False, "database", f"cannot be reached: {str(error).splitlines()[0]}")
        if behind:
            return self.line(
                False, "database", f"{len(behind)} migrations are missing: run manage.py migrate"
            )
        return self.line(True, "database", connection.vendor)

    def broker(self) -> bool:
        from shop.celery import app

        try:
            with app.connection_for_write() as broker:
                broker.ensure_connection(max_retries=1, timeout=3)
        except OSError as error:
            return self.line(False, "broker", f"cannot be reached: {error}")
        return self.line(True, "broker", "Redis" if settings.REDIS_URL else "a folder on this machine")

    def signs_of_life(self) -> list[bool]:
        """Beat, the sweep, and who waits for a person. That they never ran is no mistake: they come after this."""
        try:
            seen, wrong = alerts.signs(), {one.name: one for one in alerts.troubles()}
        except DatabaseError:
            return []  # said already
        well = []
        for name, said in ((alerts.BEAT, "runs"), (alerts.SWEEP, "the orders are being swept")):
            if name in wrong and name in seen:
                well.append(self.line(False, name, wrong[name].text))
            elif name in seen and alerts.BEAT not in wrong:
                well.append(self.line(True, name, f"{said}; last at {alerts.moment(seen[name])}."))
            elif name not in seen:
                self.stdout.write(f"       {name}: has not run yet.")
        if alerts.PERSON in wrong:
            well.append(self.line(False, "orders", wrong[alerts.PERSON].text))
        return well

    def till(self) -> list[bool]:
        """Our own account with the payment company; by name, because the roof does not lean on the rooms."""
        well = []
        for finding in import_string("checkout.payments.health.examine")():
            if finding.well is None:
                self.stdout.write(f"       Stripe: {finding.text}")
            else:
                well.append(self.line(finding.well, "Stripe", finding.text))
        return well

    def rest(self, name: str) -> None:
        """Whether the account is left alone; told before it is asked, for an answer ends it."""
        try:
            rest = breakers.resting(name)
        except DatabaseError:
            return  # told above
        if rest is not None:
            since, then = (f"{one:%Y-%m-%d %H:%M:%S} UTC" for one in (rest.since, rest.next_try))
            self.stdout.write(
                f"       {name}: left alone since {since} ({rest.error}), next try {then}; this asks now"
            )

    def accounts(self) -> list[bool]:
        if not settings.PROVIDER_ACCOUNTS:
            self.stdout.write("       No provider account is configured: the shop opens and sells nothing.")
        well = []
        for name, account in settings.PROVIDER_ACCOUNTS.items():
            self.rest(name)
            try:
                sign = registry.provider(name).catalog.sign_of_life()
            except ProviderError as error:
                well.append(self.line(False, name, f"{problem(error).title}. {error.detail}"))
                continue
            if sign.ok:
                more = f"; {sign.detail}" if sign.detail else ""
                well.append(self.line(True, name, f"{account.kind} answered in {sign.milliseconds} ms{more}"))
            else:
                well.append(self.line(False, name, f"{problem(sign.problem).title}. {sign.detail}"))
        return well
