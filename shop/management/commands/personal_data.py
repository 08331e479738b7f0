"""`manage.py personal_data export|delete <email>`: what the shop knows of somebody, and how they are forgotten."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import ValidationError, validate_email
from django.utils.module_loading import import_string


class Command(BaseCommand):
    help = "Tells everything that is stored about an e-mail address, or deletes what nothing needs any more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("export", "delete"))
        parser.add_argument("email")
        parser.add_argument("--to", default="", help="the zip to write (export); default: personal-data.zip")
        parser.add_argument("--yes", action="store_true", help="really delete; without it nothing is changed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError(f"{options['email']!r} is not an e-mail address.") from None
        if options["what"] == "export":
            self.export(options["email"], Path(options["to"] or "personal-data.zip"))
        else:
            self.delete(options["email"], sure=options["yes"])

    # the rooms are asked by name: the roof does not lean on them

    def export(self, email: str, path: Path) -> None:
        if import_string("checkout.personal_requests.find")(email).nothing:
            self.stdout.write("Nothing is stored about this address.")
            return
        content = import_string("checkout.personal_requests.export")(email)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandError(f"{path} is there already. Name another file with --to.") from None
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        self.stdout.write(
            f"{path}: personal-data.json, and the stored tickets. Send it to nobody but that person."
        )

    def delete(self, email: str, *, sure: bool) -> None:
        outcome = import_string("checkout.personal_requests.delete")(email, sure=sure)
        if not (outcome.done or outcome.left):
            self.stdout.write("Nothing is stored about this address.")
            return
        self.lines("Deleted:" if sure else "Would be deleted:", outcome.done)
        self.lines("Not yet:", outcome.left)
        self.lines("Kept:", outcome.kept)
        if not sure:
            self.stdout.write("Nothing was changed. Run it again with --yes.")

    def lines(self, title: str, lines: list[str]) -> None:
        if lines:
            self.stdout.write(title)
        for line in lines:
            self.stdout.write(f"  {line}")
