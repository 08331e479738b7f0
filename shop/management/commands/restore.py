"""`manage.py restore <file>`: a backup into an empty database, on this machine or another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string

from shop import backups, restoring

AFTERWARDS = """What happened after {made_at} is not in this database, and some of it cannot be undone:
- Whoever bought since has tickets at the provider and was charged; their order page here is gone.
  `manage.py lost_orders --since {made_at}` lists what was paid through our own till.
  What was paid on a provider's own page is in that provider's list of bookings: compare its references with ours.
- Orders that were under way are asked about afresh within a minute, at their providers and at Stripe.
- Mails that were due may go out a second time.
- Money that was given back since is in Stripe's list of refunds; the ledger here learns of it when the payment is
  looked at ("Check the payment again" on the order's page)."""


class Command(BaseCommand):
    help = (
        "Brings a backup back into an empty database, after looking at every byte of it. BACKUP_KEY opens it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument(
            "--force", action="store_true", help="also where the database is not empty; asks first"
        )
        parser.add_argument("--yes", action="store_true", help="with --force: do not ask")
        parser.add_argument(
            "--look", action="store_true", help="only look whether the file is whole and fits"
        )
        parser.add_argument(
            "--write-keys", metavar="FILE", default="", help="write the other machine's keys here"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with backups.opened(Path(options["file"]), settings.BACKUP_KEY) as archive:
                self.about(archive)
                restoring.check(archive)
                if options["write_keys"]:
                    restoring.write_keys(archive, Path(options["write_keys"]))
                    self.stdout.write(f"The keys are in {options['write_keys']}.")
                if options["look"]:
                    self.stdout.write(
                        "The file is whole and fits this version of the shop. Nothing was changed."
                    )
                    return
                self.ask(options)
                outcome = restoring.restore(archive, lambda text: self.stdout.write(f"  {text}"))
                afresh = import_string("checkout.reopening.look_afresh")()
                self.told(archive, outcome, afresh)
        except backups.BackupError as error:
            raise CommandError(str(error)) from None
        if outcome.wrong:
            raise CommandError("The last look found something wrong; see above.")

    def about(self, archive: backups.Archive) -> None:
        counts = archive.manifest["database"]["counts"]
        self.stdout.write(
            f"A backup of {archive.manifest['origin']}, made {archive.manifest['made_at']}: "
            f"{counts.get('checkout_order', 0)} orders, {sum(counts.values())} rows, {archive.manifest['database']['vendor']}."
        )

    def ask(self, options: dict[str, Any]) -> None:
        there = restoring.in_the_way()
        if not there:
            return
        rows = ", ".join(f"{count} in {table}" for table, count in sorted(there.items())[:6])
        if not options["force"]:
            raise CommandError(
                f"The database is not empty ({rows}{' ...' if len(there) > 6 else ''}). Nothing was changed. "
                "Point DATABASE_URL at an empty one, or use --force to lose what is in this one."
            )
        if options["yes"]:
            return
        orders = there.get("checkout_order", 0)
        self.stdout.write(f"This database holds {orders} orders ({rows}). All of it will be LOST.")
        try:
            said = input("Type LOST to go on: ")
        except EOFError:  # nobody is there to answer
            said = ""
        if said.strip() != "LOST":
            raise CommandError("Nothing was changed.")

    def told(self, archive: backups.Archive, outcome: restoring.Outcome, afresh: dict[str, int]) -> None:
        for text in outcome.wrong:
            self.stdout.write(self.style.ERROR(f"WRONG  {text}"))
        if not outcome.wrong:
            self.stdout.write(
                self.style.SUCCESS(
                    f"Restored and proved: {sum(outcome.counts.values())} rows as they were backed up, "
                    "what is sealed opens, the migrations are complete."
                )
            )
        self.stdout.write(
            f"Looked at afresh: {', '.join(f'{n} {name}' for name, n in afresh.items() if n) or 'nothing waits'}."
        )
        self.keys(archive, outcome)
        missing = list(restoring.to_be_told(archive))
        if missing:
            self.stdout.write(f"Set there and not here: {', '.join(missing)}.")
        self.stdout.write(AFTERWARDS.format(made_at=archive.manifest["made_at"]))

    def keys(self, archive: backups.Archive, outcome: restoring.Outcome) -> None:
        if outcome.resealed:
            self.stdout.write(
                f"{outcome.resealed} sealed values now open with this machine's FIELD_KEYS (or SECRET_KEY)."
            )
        if archive.keys["SECRET_KEY"] != settings.SECRET_KEY:
            self.stdout.write(
                "SECRET_KEY is another one here: staff sign in again, open baskets are lost to their visitors, and "
                "whoever is paying just now comes back to an address that is not known. To avoid that, set it, or "
                "SECRET_KEY_FALLBACKS, to the one that --write-keys writes, before people come."
            )
