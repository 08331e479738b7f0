"""What a restore looks at before it takes a database over, and that a backup ends while the shop sells."""

from __future__ import annotations

import pytest
from django.db import connection

from shop import restoring


@pytest.mark.django_db
def test_tables_of_somebody_else_are_in_the_way_of_a_restore() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE wages (id integer PRIMARY KEY, sum integer)")
        assert "wages" not in restoring.in_the_way()
        cursor.execute("INSERT INTO wages VALUES (1, 100), (2, 200)")
    assert restoring.in_the_way()["wages"] == 2


@pytest.mark.django_db
def test_what_migrate_makes_is_not_in_the_way() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        assert cursor.fetchone()[0]
    there = restoring.in_the_way()
    assert not {"django_migrations", "django_content_type", "auth_permission"} & set(there)
