"""The running shop that all journeys share: every process, both box offices, files for the browser, people.

Vera runs the house of `HER_SHOW`, Wim another one, the manager sees everything.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.stack import Stack

PASSWORD = "behind-the-curtain"

PEOPLE = """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Count
from catalog.models import Venue
from shop.roles import VENUE_STAFF
make = get_user_model().objects.create_user
make("manager", password="{0}", is_staff=True, is_superuser=True)
venues = Venue.objects.filter(account__kind="londontheatredirect").annotate(n=Count("events"))
for name, venue in zip(("vera", "wim"), venues.order_by("-n", "pk")):
    user = make(name, password="{0}", is_staff=True)
    user.groups.add(Group.objects.get(name=VENUE_STAFF))
    user.venues.add(venue)
"""


@contextlib.contextmanager
def opened(room: Path, **options: Any) -> Iterator[Stack]:
    """A shop with a filled catalogue and every process running."""
    with Stack(room, **options) as stack:
        stack.start("standin")
        stack.fill()
        stack.manage("collectstatic", "--noinput", "--verbosity", "0")
        stack.manage("shell", "-c", PEOPLE.format(PASSWORD))
        stack.start("web", "worker", "beat")
        yield stack
