"""`manage.py backup <file>`: database, pictures and keys in one file, sealed with BACKUP_KEY. The shop may go on selling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop import backups


class Command(BaseCommand):
    help = (
        "Writes one sealed file with everything that `restore` needs. Reads only; the shop goes on meanwhile."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            manifest = backups.make(path, settings.BACKUP_KEY)
        except backups.BackupError as error:
            raise CommandError(str(error)) from None
        counts = manifest["database"]["counts"]
        pictures = sum(name.startswith("media/") for name in manifest["parts"])
        self.stdout.write(
            f"{path}: {path.stat().st_size / 1e6:.1f} MB, {sum(counts.values())} rows "
            f"({counts.get('checkout_order', 0)} orders, {counts.get('checkout_document', 0)} tickets), "
            f"{pictures} pictures."
        )
        self.stdout.write("Keep BACKUP_KEY somewhere else than this file.")
