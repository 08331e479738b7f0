"""`manage.py let_in NAME`: for somebody who cannot get into the admin any more.

    let_in vera               forget the wrong passwords and codes that were counted for this name
    let_in vera --second      and take the two-factor sign-in away: the next sign-in sets up another
    let_in vera --everybody   and forget every limit that is counted now, of addresses too

The password is not touched: for that there is `manage.py changepassword`. What was done is written into the user's
history.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from shop import knocks, second, signin
from shop.models import Knock


class Command(BaseCommand):
    help = "Lets somebody into the admin again: forgets locks, and takes a lost second factor away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--second", action="store_true", help="take the two-factor sign-in away")
        parser.add_argument("--everybody", action="store_true", help="forget every limit counted now")

    def handle(self, *args: Any, **options: Any) -> None:
        users = get_user_model()
        user = users.objects.filter(**{users.USERNAME_FIELD: options["name"]}).first()
        if user is None:
            raise CommandError(f"There is no user {options['name']!r}.")
        name = user.get_username()
        knocks.forgive((signin.OF_NAME, signin.plain(name)))
        knocks.forgive((second.OF_USER, f"{user.pk} "), (second.OF_USER_A_DAY, f"{user.pk} "))
        self.stdout.write(f"What was counted for {name} is forgotten.")
        if options["everybody"]:
            count, _rows = Knock.objects.all().delete()
            self.stdout.write(f"{count} tries of everybody are forgotten.")
        else:
            self.stdout.write(
                "An address that has tried too often waits a quarter of an hour, or --everybody is used."
            )
        if options["second"]:
            had = second.take_away(user, by="manage.py let_in")
            self.stdout.write(
                "The two-factor sign-in is taken away: the next sign-in sets up another."
                if had
                else "There was no two-factor sign-in to take away."
            )
        second.write_down(user, f"manage.py let_in{' --second' if options['second'] else ''}")
