"""`manage.py refresh_catalog [account ...]`: the refresh that beat asks for every hour, by hand, with a progress bar."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog import refresh
from catalog.models import RefreshRun
from shop.claims import Taken

WIDTH = 30


class Command(BaseCommand):
    help = "Reads the catalogue of the named accounts, or of all, from the providers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", nargs="*", help="as in PROVIDER_ACCOUNTS; none: all")

    def handle(self, *args: Any, **options: Any) -> None:
        names = options["account"] or list(settings.PROVIDER_ACCOUNTS)
        if unknown := set(names) - set(settings.PROVIDER_ACCOUNTS):
            raise CommandError(f"Not in PROVIDER_ACCOUNTS: {', '.join(sorted(unknown))}.")
        if not names:
            self.stdout.write("No provider account is configured: there is nothing to read.")
        failed = []
        for name in names:
            try:
                run = refresh.refresh_account(name, trigger="command", progress=self.bar)
            except Taken:
                self.stdout.write(f"{name}: is being refreshed already.")
                continue
            self.stdout.write(
                f"\n{name}: {run.events_read} events, {run.instances_read} dates, {run.written} rows written, "
                f"{run.gone} gone, {run.left_out_count} left out, {run.posters} posters"
            )
            if run.error:
                failed.append(name)
                self.stdout.write(self.style.ERROR(f"{name}: {run.error}"))
        if failed:
            raise CommandError(f"Not complete: {', '.join(failed)}. What was known before is still shown.")

    def bar(self, run: RefreshRun, what: str) -> None:
        """True numbers only: where the length of the list is not known there is a count and no share."""
        if not sys.stdout.isatty() and what != "done":
            return
        total = run.events_total or 0
        share = 1.0 if what != "reading" else min(run.events_read / total, 1.0) if total else 0.0
        self.stdout.write(
            f"\r[{'#' * int(share * WIDTH):{WIDTH}}] {run.events_read} events, {run.instances_read} dates"
            + (", posters ..." if what == "posters" else "            "),
            ending="",
        )
        self.stdout.flush()
