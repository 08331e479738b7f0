"""The running shop that all journeys share: every process, both box offices, files for the browser, people.

It runs as on several machines, two web servers and two workers on a real PostgreSQL and a real Redis, and where there is
none, or with TEST_HOUSES=sqlite, as `make run` does.

Vera runs the house of `HER_SHOW`, Wim another one, the manager sees everything.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests import provision
from tests.processes.machines import Machines
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
    with contextlib.ExitStack() as machines:
        if os.environ.get("TEST_HOUSES", "postgres") == "postgres":
            with contextlib.suppress(provision.Missing):
                options |= machines.enter_context(Machines.started()).addresses()
        stack = machines.enter_context(Stack(room, **options))
        stack.start("standin")
        stack.fill()
        stack.collect_statics()
        stack.manage("shell", "-c", PEOPLE.format(PASSWORD))
        several = ("web2", "worker2") if stack.database_url else ()
        stack.start("web", "worker", "beat", *several)
        yield stack
