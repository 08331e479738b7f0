"""The group of a venue's staff after `migrate`, however far that came."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from shop import roles

ROOT = Path(__file__).resolve().parents[2]


def test_one_migration_asked_for_by_name_works_on_an_empty_database(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "RUN_DIR": str(tmp_path),
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
    }
    env.pop("DATABASE_URL")
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "contenttypes", "0001_initial"],
        cwd=ROOT, capture_output=True, text=True, env=env,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "foyer.sqlite3").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("far_enough", [True, False])
def test_the_group_is_made_once_all_that_it_may_do_is_there(far_enough: bool) -> None:
    Group.objects.all().delete()
    loader = MigrationLoader(connection)
    until = [("checkout", "0001_initial")] if not far_enough else loader.graph.leaf_nodes()
    then = loader.project_state(until).apps
    roles.keep_roles(apps.get_app_config("checkout"), apps=then)
    assert Group.objects.filter(name=roles.VENUE_STAFF).exists() is far_enough
    if far_enough:
        wanted = sum(len(verbs) for models in roles.MAY.values() for verbs in models.values())
        group = Group.objects.get()
        assert group.permissions.count() == wanted
        assert not group.permissions.filter(codename__startswith="delete_order").exists()
        assert Permission.objects.count() > wanted
