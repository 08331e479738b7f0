"""Handles and tokens are cipher in the database, and old keys still open what they closed."""

import pytest
from django.db import connection

from shop import crypto

pytestmark = pytest.mark.django_db


def stored(row):
    with connection.cursor() as cursor:
        cursor.execute("SELECT handle FROM baskets_hold WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


@pytest.fixture
def hold():
    from django.utils import timezone

    from baskets.models import Basket, Hold
    from catalog.models import ProviderAccount

    now = timezone.now()
    basket = Basket.objects.create(visitor="v", currency="GBP", created_at=now, touched_at=now)
    account = ProviderAccount.objects.create(name="a", kind="londontheatredirect", title="A")
    return Hold.objects.create(basket=basket, account=account, handle='{"basket": "da8dbc5b"}')


def test_a_handle_is_readable_in_python_and_not_in_the_table(hold):
    hold.refresh_from_db()
    assert hold.handle == '{"basket": "da8dbc5b"}'
    assert "da8dbc5b" not in stored(hold)


def test_a_new_key_in_front_still_opens_what_the_old_one_closed(hold, settings):
    settings.FIELD_KEYS = ["new", settings.SECRET_KEY]
    hold.refresh_from_db()
    assert hold.handle == '{"basket": "da8dbc5b"}'
    before = stored(hold)
    hold.save()
    assert stored(hold) != before


def test_a_missing_key_is_said_plainly(hold, settings):
    settings.FIELD_KEYS = ["another"]
    with pytest.raises(ValueError, match="FIELD_KEYS"):
        hold.refresh_from_db()


def test_what_was_opened_a_moment_ago_opens_no_more_once_its_key_is_gone(hold, settings):
    hold.refresh_from_db()
    settings.FIELD_KEYS = ["another"]
    with pytest.raises(ValueError, match="FIELD_KEYS"):
        hold.refresh_from_db()


def test_files_are_sealed():
    assert crypto.unseal(crypto.seal(b"%PDF-1.4")) == b"%PDF-1.4"
    assert b"PDF" not in crypto.seal(b"%PDF-1.4")
