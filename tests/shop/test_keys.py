"""`rotate_keys` closes everything anew, wherever it is stored, beside a shop that goes on writing."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.utils import timezone

from baskets.models import Basket, Hold
from catalog.models import ProviderAccount
from checkout.models import Booking, Document, Guest, Mail, Order, Payment
from shop import checks_keys, crypto, rotation
from shop.models import Authenticator, RecoveryCode, User

pytestmark = pytest.mark.django_db
OLD, NEW = "old-" + "x1y2z3a4b5" * 4, "new-" + "q9w8e7r6t5" * 4


def run(*arguments: str) -> tuple[str, int]:
    said = io.StringIO()
    try:
        call_command("rotate_keys", *arguments, stdout=said)
    except SystemExit as ended:
        return said.getvalue(), int(ended.code or 0)
    return said.getvalue(), 0


def stored(model: Any, name: str) -> list[Any]:
    column = model._meta.get_field(name).column
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {model._meta.db_table} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def opens(key: str, cipher: Any) -> bool:
    raw = cipher.encode() if isinstance(cipher, str) else bytes(cipher)
    return rotation._open(raw, (key,)) is not None


@pytest.fixture
def filled(settings: Any) -> dict[tuple[Any, str], str]:
    """A row in every table that holds cipher, closed with the old key; column -> what is in it."""
    settings.FIELD_KEYS = [OLD]
    now = timezone.now()
    account = ProviderAccount.objects.create(name="a", kind="londontheatredirect", title="A")
    basket = Basket.objects.create(visitor="v", currency="GBP", created_at=now, touched_at=now)
    order = Order.objects.create(
        number="FOY-1", basket=basket, currency="GBP", placed_at=now, answers='{"a": 1}'
    )
    booking = Booking.objects.create(
        order=order, account=account, currency="GBP", handle="ha-ndle", answers="{}"
    )
    payment = Payment.objects.create(
        order=order, route="us", currency="GBP", amount_minor=1, begun_at=now, secret="pi_secret"
    )
    user = User.objects.create_superuser("vera", password="x")
    device = Authenticator.objects.create(user=user, name="app", secret="JBSWY3DP", made_at=now)
    made: list[Any] = [
        order, booking, payment, device,
        Hold.objects.create(basket=basket, account=account, handle="hold-handle", notes="no-tes"),
        Document.objects.create(booking=booking, kind="pdf", link="https://x", content=crypto.seal(b"%PDF-1.4")),
        Guest.objects.create(booking=booking, key="k", position=0, typed="ty-ped", masked="ma-sked"),
        RecoveryCode.objects.create(authenticator=device, code="abcde-fghij"),
        Mail.objects.create(order=order, kind="paid", queued_at=now, sent_to="ada@example.org"),
    ]  # fmt: skip
    from baskets.models import TypedGuest

    made.append(
        TypedGuest.objects.create(
            basket=basket,
            instance_id=_an_instance(account).pk,
            offer_key="o",
            number=1,
            typed="ty",
            touched_at=now,
        )
    )
    found = {}
    for row in made:
        for column in row._meta.local_concrete_fields:
            if isinstance(column, crypto.EncryptedTextField) and getattr(row, column.name):
                found[type(row), column.name] = getattr(row, column.name)
    return found


def _an_instance(account: Any) -> Any:
    from catalog.models import Event, Instance, Venue

    venue = Venue.objects.create(account=account, provider_ref="v", slug="v", name="V")
    event = Event.objects.create(
        account=account, provider_ref="e", venue=venue, slug="e", name="E", kind="play"
    )
    return Instance.objects.create(
        event=event, provider_ref="i", starts_at=timezone.now() + timedelta(days=9)
    )


def test_every_column_that_is_cipher_has_a_row_in_this_test(filled: dict[tuple[Any, str], str]) -> None:
    named = {
        (model, column.name)
        for model, column in rotation.columns()
        if not isinstance(column, crypto.SealedBytesField)
    }
    assert named == set(filled)
    sealed = {(m, c.name) for m, c in rotation.columns() if isinstance(c, crypto.SealedBytesField)}
    assert sealed == {(Document, "content")}


def test_no_bytes_are_stored_that_the_rotation_does_not_know() -> None:
    loose = [
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models()
        for column in model._meta.local_concrete_fields
        if isinstance(column, models.BinaryField) and not isinstance(column, crypto.SealedBytesField)
    ]
    assert loose == []


def test_everything_is_closed_anew_and_says_the_same(
    settings: Any, filled: dict[tuple[Any, str], str]
) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    said, code = run()
    assert code == 0
    assert f"{len(filled) + 1} closed anew" in said
    for (model, name), text in filled.items():
        assert all(opens(NEW, cipher) and not opens(OLD, cipher) for cipher in stored(model, name) if cipher)
        assert getattr(model.objects.get(), name) == text
    settings.FIELD_KEYS = [NEW]
    assert crypto.unseal(Document.objects.get().content) == b"%PDF-1.4"
    assert {name: getattr(m.objects.get(), name) for (m, name) in filled} == {
        name: text for (_m, name), text in filled.items()
    }


def test_the_second_run_changes_nothing_and_says_that_the_old_key_may_go(
    settings: Any, filled: dict[tuple[Any, str], str]
) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    first, _code = run()
    assert "Run this once more" in first
    before = {key: stored(*key) for key in filled}
    said, code = run()
    assert code == 0
    assert ", 0 closed anew" in said
    assert f"Key {crypto.fingerprint(OLD)} is not needed any more" in said
    assert {key: stored(*key) for key in filled} == before
    assert OLD not in first + said
    assert NEW not in first + said


def test_counting_changes_nothing(settings: Any, filled: dict[tuple[Any, str], str]) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    before = {key: stored(*key) for key in filled}
    said, _code = run("--count")
    assert f"Key {crypto.fingerprint(OLD)} closed {len(filled) + 1} of them." in said
    assert {key: stored(*key) for key in filled} == before


def test_a_run_that_was_stopped_goes_on_where_it_was(settings: Any, filled: Any, monkeypatch: Any) -> None:
    hold = Hold.objects.get()
    for number in range(2, 27):
        Hold.objects.create(basket=hold.basket, account=hold.account, generation=number, handle="more")
    settings.FIELD_KEYS = [NEW, OLD]
    column = Hold._meta.get_field("handle")
    batches = []

    def stop(told: rotation.Told) -> None:
        batches.append(told.rows)
        if len(batches) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(Hold, column, batch=10, after_batch=stop)
    assert sum(opens(NEW, cipher) for cipher in stored(Hold, "handle")) == 20
    told = rotation.rotate(Hold, column, batch=10)
    assert (told.rows, told.moved) == (26, 6)
    assert all(opens(NEW, cipher) for cipher in stored(Hold, "handle"))


def test_a_row_that_changes_just_then_keeps_the_change(settings: Any, filled: Any, monkeypatch: Any) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    real, meddled = rotation._open, []

    def slow(cipher: Any, keys: tuple[str, ...]) -> Any:
        found = real(cipher, keys)
        if not meddled and found and found[1] == b"ha-ndle":
            meddled.append(
                1
            )  # another process, which still knows the old key alone, writes between read and write
            settings.FIELD_KEYS = [OLD]
            Booking.objects.update(handle="another")
            settings.FIELD_KEYS = [NEW, OLD]
        return found

    monkeypatch.setattr(rotation, "_open", slow)
    _said, code = run()
    assert meddled
    assert code == 0
    assert Booking.objects.get().handle == "another"
    assert real(stored(Booking, "handle")[0], (NEW,)) is not None


def test_a_row_that_changes_every_time_is_told_and_not_forced(
    settings: Any, filled: Any, monkeypatch: Any
) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    real = rotation._open
    count = iter(range(100))

    def meddle(cipher: Any, keys: tuple[str, ...]) -> Any:
        found = real(cipher, keys)
        if found and (found[1] == b"ha-ndle" or found[1].startswith(b"again")):
            settings.FIELD_KEYS = [OLD]
            Booking.objects.update(handle=f"again{next(count)}")
            settings.FIELD_KEYS = [NEW, OLD]
        return found

    monkeypatch.setattr(rotation, "_open", meddle)
    said, code = run()
    assert code == 1
    assert "1 changed just then: run it once more" in said
    assert Booking.objects.get().handle.startswith("again")


def test_what_no_key_opens_is_named_and_left_alone(settings: Any, filled: Any) -> None:
    settings.FIELD_KEYS = ["another-key-that-was-lost-" + "m" * 20]
    lost = Hold.objects.create(
        basket=Basket.objects.get(), account=ProviderAccount.objects.get(), generation=2, handle="lost"
    )
    before = stored(Hold, "handle")[-1]
    settings.FIELD_KEYS = [NEW, OLD]
    said, code = run()
    assert code == 1
    assert f"not opened by any key: rows {lost.pk}" in said
    assert "is one missing from FIELD_KEYS?" in said
    assert stored(Hold, "handle")[-1] == before


def test_without_field_keys_a_former_secret_key_still_opens(settings: Any, filled: Any) -> None:
    settings.FIELD_KEYS, settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = [], NEW, [OLD]
    assert Booking.objects.get().handle == "ha-ndle"


# --- checks ---------------------------------------------------------------------------------------------------


def ids(found: Any) -> set[str]:
    assert all(message.hint for message in found)
    return {message.id for message in found}


@pytest.mark.parametrize("given", [[OLD, NEW, OLD], [OLD, ""], [" "]])
def test_a_key_twice_or_an_empty_one_is_an_error(settings: Any, given: list[str]) -> None:
    settings.FIELD_KEYS = given
    assert ids(checks_keys.keys(None)) == {"shop.E061"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [([], {"shop.W060"}), ([OLD, NEW], set()), (["short"], {"shop.W062"}), ([NEW, "a" * 60], {"shop.W062"})],
)
def test_weak_or_missing_keys_are_told_before_going_live(
    settings: Any, given: Any, expected: set[str]
) -> None:
    settings.FIELD_KEYS = given
    found = checks_keys.keys_for_real(None)
    assert ids(found) == expected
    assert not any(key in str(message) for message in found for key in given)
