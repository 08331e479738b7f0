"""`manage.py refresh_catalog [account ...]`: the refresh by hand, with a bar of true numbers."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog import health
from catalog.models import RefreshRun
from catalog.refresh import refresh_account
from shop.claims import Taken

WIDTH = 30


class Command(BaseCommand):
    help = "Read the catalogue of every configured provider account, or of those that are named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("accounts", nargs="*", help="as in PROVIDER_ACCOUNTS; none: all of them")

    def handle(self, *, accounts: list[str], **options: Any) -> None:
        unknown = [name for name in accounts if name not in settings.PROVIDER_ACCOUNTS]
        if unknown:
            known = ", ".join(settings.PROVIDER_ACCOUNTS) or "none"
            raise CommandError(f"No such account: {', '.join(unknown)}. Configured: {known}.")
        if not settings.PROVIDER_ACCOUNTS:
            raise CommandError(
                "No provider account is configured. Set PROVIDER_ACCOUNTS; README.md says how."
            )
        health.note_configured()
        failed = []
        for name in accounts or list(settings.PROVIDER_ACCOUNTS):
            try:
                run = refresh_account(name, trigger="command", progress=self.show)
            except Taken:
                self.stdout.write(f"{name}: is being refreshed already")
                continue
            self.tell(name, run)
            if not run.complete:
                failed.append(name)
        if failed:
            raise CommandError(f"Not refreshed: {', '.join(failed)}")

    def show(self, run: RefreshRun, what: str) -> None:
        """One line that is written over, on a terminal only."""
        if not sys.stdout.isatty():
            return
        if run.events_total:
            done = min(run.events_read / run.events_total, 1.0)
            bar = f"[{'#' * int(done * WIDTH):{WIDTH}}] {run.events_read} of {run.events_total}"
        else:
            bar = f"{run.events_read}"
        doing = {"posters": ", fetching posters", "done": ""}.get(what, "")
        self.stdout.write(
            f"\r{run.account.name}: {bar} events, {run.instances_read} dates{doing}  ", ending=""
        )
        self.stdout.flush()

    def tell(self, name: str, run: RefreshRun) -> None:
        seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0.0
        said = (
            f"{name}: {run.events_read} events and {run.instances_read} dates read, {run.written} rows written, "
            f"{run.gone} marked gone, {run.left_out_count} left out, {run.posters} posters, {seconds:.1f} s"
        )
        self.stdout.write(("\r" if sys.stdout.isatty() else "") + said)
        if run.error:
            self.stdout.write(self.style.ERROR(f"{name}: {run.error}"))
