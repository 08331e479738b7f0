"""`manage.py demo`: what `make run` needs of the shop itself.

--prepare: database, files, people. --open: fill the catalogue through the worker, then say where to click.
Refuses to work unless the demo is switched on.
"""

from __future__ import annotations

import hashlib
import time
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from shop import clock
from shop.roles import VENUE_STAFF

VERA, MANAGER, PASSWORD = (
    "vera",
    "manager",
    "curtain-up",
)  # known to all: the demo answers on this machine only
FRESH = timedelta(minutes=50)


class Command(BaseCommand):
    help = "Prepares and opens the demo (see `make run`)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prepare", action="store_true", help="database, files, people")
        parser.add_argument("--open", action="store_true", help="fill the catalogue and say where to click")
        parser.add_argument("--log-dir", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("DEMO is not switched on. `make run` does it.")
        if options["prepare"]:
            self.prepare()
        if options["open"]:
            for name in settings.PROVIDER_ACCOUNTS:
                self.fill(name)
            import_string("baskets.tasks.refresh_extras").delay()
            for name in settings.PROVIDER_ACCOUNTS:
                self.wait_for_posters(name)
            self.people_run_venues()
            self.ask_buyers()
            self.say_where(options["log_dir"])

    def prepare(self) -> None:
        call_command("migrate", verbosity=0)
        self.collect_static()
        users = get_user_model().objects
        manager, made = users.get_or_create(
            username=MANAGER, defaults={"is_staff": True, "is_superuser": True}
        )
        vera, made_vera = users.get_or_create(
            username=VERA, defaults={"is_staff": True, "first_name": "Vera"}
        )
        for user, new in ((manager, made), (vera, made_vera)):
            if new:
                user.set_password(PASSWORD)
                user.save()
        vera.groups.add(Group.objects.get(name=VENUE_STAFF))

    def collect_static(self) -> None:
        """Only when a file changed: a second start is quick."""
        stamp = settings.RUN_DIR / "static.stamp"
        files = sorted(
            path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*") if path.is_file()
        )
        state = hashlib.sha256(
            "".join(f"{p}{p.stat().st_mtime_ns}{p.stat().st_size}" for p in files).encode()
        ).hexdigest()
        if not stamp.exists() or stamp.read_text() != state:
            call_command("collectstatic", interactive=False, verbosity=0, clear=True)
            stamp.write_text(state)

    def fill(self, name: str) -> None:
        """Ask the worker for a refresh and watch its run, unless the catalogue is fresh."""
        accounts = import_string("catalog.models.ProviderAccount").objects
        runs = import_string("catalog.models.RefreshRun").objects.filter(account__name=name)
        known = accounts.filter(name=name).first()
        title = settings.PROVIDER_ACCOUNTS[name].title
        if known and known.last_good_refresh_at and clock.now() - known.last_good_refresh_at < FRESH:
            return
        before = runs.order_by("-id").values_list("id", flat=True).first() or 0
        import_string("catalog.tasks.refresh_account").delay(name, trigger="demo")
        until = time.monotonic() + 300
        while time.monotonic() < until:
            run = runs.filter(id__gt=before).order_by("-id").first()
            if run:
                self.bar(title, run)
            if run and run.finished_at:
                self.stdout.write("")
                if run.error:
                    self.stdout.write(self.style.ERROR(f"  {run.error}"))
                return
            time.sleep(0.15)
        raise CommandError(
            "The worker did not refresh the catalogue within five minutes; see .run/logs/worker.log."
        )

    def wait_for_posters(self, name: str) -> None:
        """The refresh fetches them last; a shop opens with its pictures on the wall."""
        events = import_string("catalog.models.Event").objects.filter(account__name=name, gone_at=None)
        wanted = events.exclude(image_url="")
        until = time.monotonic() + 120
        while settings.FETCH_POSTERS and time.monotonic() < until:
            missing = wanted.filter(poster="", poster_failed_at=None).count()
            if not missing:
                return
            self.stdout.write(f"\r  Posters still to be drawn: {missing:3} ", ending="")
            self.stdout.flush()
            time.sleep(0.3)
            if wanted.filter(poster="", poster_failed_at=None).count() == 0:
                self.stdout.write("")

    def bar(self, title: str, run: Any) -> None:
        total = run.events_total or 0
        share = 1.0 if run.finished_at else min(run.events_read / total, 1.0) if total else 0.0
        done = "#" * int(share * 30)
        self.stdout.write(
            f"\r  {title:24} [{done:30}] {run.events_read} events, {run.instances_read} dates", ending=""
        )
        self.stdout.flush()

    def people_run_venues(self) -> None:
        """Vera runs the busiest house of each account, so that there is something to see."""
        vera = get_user_model().objects.get(username=VERA)
        if not vera.venues.exists():
            from django.db.models import Count

            venues = import_string("catalog.models.Venue").objects
            for name in settings.PROVIDER_ACCOUNTS:
                busiest = (
                    venues.filter(account__name=name).annotate(n=Count("events")).order_by("-n", "pk").first()
                )
                if busiest:
                    vera.venues.add(busiest)

    def ask_buyers(self) -> None:
        """Lantern Quay would like to know two things, none of which must be answered."""
        account = import_string("catalog.models.ProviderAccount").objects.filter(name="quay").first()
        questions = import_string("baskets.models.NoteQuestion").objects.filter(account=account)
        if account and not questions.exists():
            questions.create(
                account=account, level="ticket", label="Registrant Name", words="Name on the ticket"
            )
            questions.create(
                account=account, level="order", label="Access Requirements", words="What would help you?",
                hint="A space for a wheelchair, a seat at the aisle, large print.",
            )  # fmt: skip

    def say_where(self, logs: str) -> None:
        origin = settings.PUBLIC_ORIGIN
        venues = ", ".join(get_user_model().objects.get(username=VERA).venues.values_list("name", flat=True))
        self.stdout.write(f"""
{self.style.SUCCESS("The shop is open.")}  Ctrl-C closes it.

  The shop            {origin}/
  The admin           {origin}/admin/        {VERA} / {PASSWORD} (runs {venues})
                                                 {MANAGER} / {PASSWORD} (sees everything)
  The outside world   {settings.STANDIN_PUBLIC_URL}/_standin/   faults, clock, journal of calls

What to try
  A West End evening  choose two seats, pay on the provider's page with card 4000 0000 0000 0002,
                      any date to come, code 111, then 3-D Secure password 1234.
  A concert           choose tickets, pay in the shop's page with card 4242 4242 4242 4242,
                      or 4000 0025 0000 3155 for 3-D Secure; 4000 0000 0000 9995 is declined.
  Something free      find a free talk: no card is asked for.
  Our own till        football and races (guests are asked for), anything at Saltmarsh Assembly Rooms, The Paper
                      Lantern on Tour: paid to this shop with the cards of the concert. The outside world's page
                      makes the tickets of a match; "Give money back" stands on the order in the admin.
  All of them at once put dates of several box offices into one basket: how many payments it takes is said
                      before the first one, and each page says what is paid and what is still to come.
  A theatre's own     Lantern Quay and Thornfield Playhouse keep the basket in your browser and are paid in
  box office          their own checkout, with the first card; log in as ada@example.org, password lamplight.
                      At Hollin Mill you choose and pay on its own pages.
  Trouble             switch a fault on in the outside world and buy again.

  Mails go to {settings.RUN_DIR / "mail"}, logs to {logs or settings.RUN_DIR / "logs"}.
""")
