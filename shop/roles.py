"""What the staff of a venue may do: one group, kept right by every `migrate`."""

from __future__ import annotations

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

VENUE_STAFF = "Venue staff"
OF_EVERY_MODEL = ("view", "add", "change", "delete")  # the others are permissions of their own
MAY = {
    "catalog": {
        "venue": ("view", "change"), "event": ("view", "change"), "instance": ("view", "change"),
        "houseplan": ("view", "add", "change", "delete"),
        "provideraccount": ("view",), "refreshrun": ("view",), "leftout": ("view",),
    },
    "baskets": {
        "notequestion": ("view", "add", "change", "delete"), "lostnote": ("view", "change"),
    },
    "checkout": {
        "order": ("view", "change", "view_personal"), "booking": ("view",), "orderline": ("view",),
        "payment": ("view",), "refund": ("view", "refund"), "inboxmessage": ("view", "replay"), "mail": ("view",), "historyentry": ("view",), "document": ("view",),
        "guest": ("view",),
    },
}  # fmt: skip


def keep_roles(sender: Any, using: str = "default", apps: Any = installed, **kwargs: Any) -> None:
    """After `migrate`: the group exists and has exactly these permissions. `apps` is how far the migrations have come:
    after one that was asked for by name the tables of others may not be there yet, and the last one sees to it."""
    try:
        for needed in ("auth.Group", "auth.Permission", "contenttypes.ContentType"):
            apps.get_model(needed)
        for label, models in MAY.items():
            for name in models:
                apps.get_model(label, name)
    except LookupError:
        return
    create_permissions(sender, verbosity=0, using=using, apps=apps)
    wanted: list[Permission] = []
    for label, models in MAY.items():
        for name, verbs in models.items():
            names = [f"{verb}_{name}" if verb in OF_EVERY_MODEL else verb for verb in verbs]
            wanted += Permission.objects.using(using).filter(
                content_type__app_label=label, content_type__model=name, codename__in=names
            )
    group, _made = Group.objects.using(using).get_or_create(name=VENUE_STAFF)
    group.permissions.set(wanted)
