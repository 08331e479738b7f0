"""What the staff of a venue may do: one group, kept right by every `migrate`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

VENUE_STAFF = "Venue staff"
OF_EVERY_MODEL = ("view", "add", "change", "delete")  # the others are permissions of their own
MAY = {
    "catalog": {
        "venue": ("view", "change"), "event": ("view", "change"), "instance": ("view", "change"),
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


def keep_roles(sender: Any, **kwargs: Any) -> None:
    """After `migrate`: the group exists and has exactly these permissions."""
    from django.apps import apps

    create_permissions(sender, verbosity=0, using=kwargs.get("using", "default"))
    wanted: list[Permission] = []
    for label, models in MAY.items():
        for name, verbs in models.items():
            names = [f"{verb}_{name}" if verb in OF_EVERY_MODEL else verb for verb in verbs]
            wanted += Permission.objects.filter(
                content_type__app_label=label, content_type__model=name, codename__in=names
            )
    if apps.is_installed("checkout"):
        group, _made = Group.objects.get_or_create(name=VENUE_STAFF)
        group.permissions.set(wanted)
