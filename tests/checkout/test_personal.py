"""What the shop knows of a person is told in words, and goes when nothing needs it: looked for in the whole database."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection, models

from baskets.models import Basket, Errand, Hold, Line, TypedGuest
from catalog.models import Instance
from checkout import personal, personal_requests, pruning
from checkout.models import Booking, Document, Guest, GuestList, HistoryEntry, Mail, Order, Payment, Refund
from checkout.states import note
from shop import clock
from shop.crypto import EncryptedTextField, fernet, seal
from tests.checkout.conftest import Ada
from tests.checkout.world import World, pdfs

LONG = timedelta(days=60)  # the date of these tests is in 40 days
WORDS = ("Ada", "Lovelace", "ada@example.org", "7946", "Ockham", "Byron", "byron@example.org")


# --- every text is looked at ------------------------------------------------------------------------------------


def texts_of(model: type[models.Model]) -> set[str]:
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    return {field.name for field in model._meta.local_concrete_fields if isinstance(field, kinds)}


@pytest.mark.parametrize("label", [m._meta.label for room in ("checkout", "baskets")
                                   for m in apps.get_app_config(room).get_models()])  # fmt: skip
def test_every_text_is_personal_or_is_not(label: str) -> None:
    """A new field that is in neither list fails here: decide what becomes of it when its person is forgotten."""
    mine, others = set(personal.PERSONAL.get(label, {})), personal.NOT_PERSONAL.get(label, frozenset())
    assert mine & others == set()
    assert mine | others == texts_of(apps.get_model(label))


def test_every_sealed_text_is_personal() -> None:
    """Nobody seals what may be read by everybody."""
    for room in ("checkout", "baskets"):
        for model in apps.get_app_config(room).get_models():
            for field in model._meta.local_concrete_fields:
                if isinstance(field, EncryptedTextField):
                    assert field.name in personal.PERSONAL[model._meta.label], field


def whole_database() -> Iterator[str]:
    """Every value of every table as text, opened where it is sealed. Read past Django: nothing is left out."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    if isinstance(value, (str, bytes, memoryview)):
                        yield f"{table}.{name}: {opened(value)}"


def opened(value: Any) -> str:
    raw = value.encode() if isinstance(value, str) else bytes(value)
    if raw.startswith(b"gAAAA"):
        raw = fernet().decrypt(raw)
    text = raw.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


def left_of(*words: str) -> list[str]:
    return [text for text in whole_database() if any(word.lower() in text.lower() for word in words)]


# --- Ada buys, and everybody writes her down ----------------------------------------------------------------------


@pytest.fixture
def written(ada: Ada, theatre: World, season: dict[str, Instance]) -> Order:
    """An order with her name in every place that can hold it."""
    hold = ada.holds()
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    ada.goes_to_payment()
    theatre.paid(theatre.only_order())
    ada.comes_back()
    order = ada.now()
    booking = order.bookings.get()
    answers = {"address_1": "Ockham Park", "phone": "+44 20 7946 0000"}
    Order.objects.filter(pk=order.pk).update(
        phone="+44 20 7946 0000", answers=json.dumps(answers), handled_note="Ada Lovelace rang"
    )
    kept = {"delivery": "91", "notes": {"order": [["In memory of", "Byron", "held"]], "lines": {}}}
    booking.answers = json.dumps(kept)
    booking.save(update_fields=["answers"])
    Document.objects.filter(booking=booking).update(content=seal(b"%PDF for Ada Lovelace"), size=21)
    guest = {"first_name": "Lord", "last_name": "Byron", "email": "byron@example.org"}
    Guest.objects.create(
        booking=booking, key="1", position=0, typed=json.dumps(guest), complaints={"x": "Byron"}
    )
    GuestList.objects.create(booking=booking, forget_at=clock.now() + timedelta(days=70))
    TypedGuest.objects.create(
        basket=order.basket,
        instance=season["west-end"],
        number=0,
        typed=json.dumps(guest),
        touched_at=clock.now(),
    )
    Hold.objects.filter(pk=hold.pk).update(notes=json.dumps({"typed": {"": {"dedication": "Ada Lovelace"}}}))
    Errand.objects.create(hold=hold, kind="note", request={"said": "Ada Lovelace"}, made_at=clock.now())
    payment = order.payments.get()
    Refund.objects.create(
        payment=payment, booking=booking, status=Refund.Status.SUCCEEDED, currency="GBP", amount_minor=100,
        reason="buyer", note="Ada Lovelace asked", made_at=clock.now(),
    )  # fmt: skip
    note(order, because="mark-handled: Ada Lovelace rang", actor="staff:vera", subject="staff")
    order.refresh_from_db()
    return order


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("personal_data", *arguments, stdout=out, **options)
    return out.getvalue()


def test_everything_is_told_in_words_with_the_tickets(written: Order, tmp_path: Path) -> None:
    target = tmp_path / "ada.zip"
    run("export", " ADA@example.org".strip(), to=str(target))
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as archive:
        names = [name for name in archive.namelist() if name.startswith("documents/")]
        assert len(names) == 2
        assert archive.read(names[0]) == b"%PDF for Ada Lovelace"
        text = archive.read("personal-data.json").decode()
    told = json.loads(text)
    for word in WORDS:
        assert word in text, word
    assert told["orders"][0]["buyer"]["Address"] == "Ockham Park"
    assert told["orders"][0]["parts"][0]["about the order"] == {"In memory of": "Byron"}
    assert told["orders"][0]["parts"][0]["tickets"][0]["event"] == "Hamlet"
    assert told["orders"][0]["parts"][0]["guests"][0]["Last name"] == "Byron"
    assert "London Theatre Direct" in told["kept elsewhere"]
    assert written.token not in text  # whoever reads it has not got her tickets by that
    with pytest.raises(CommandError, match="there already"):
        run("export", "ada@example.org", to=str(target))


def test_a_guest_is_told_of_their_own_place_only(written: Order) -> None:
    with zipfile.ZipFile(io.BytesIO(personal_requests.export("byron@example.org"))) as archive:
        assert not [name for name in archive.namelist() if name.startswith("documents/")]
        text = archive.read("personal-data.json").decode()
    assert "Lord" in text
    assert "Ockham" not in text
    assert "ada@example.org" not in text


def test_nothing_is_known_of_a_stranger(written: Order, tmp_path: Path) -> None:
    assert "Nothing is stored" in run("export", "eve@example.org", to=str(tmp_path / "eve.zip"))
    assert "Nothing is stored" in run("delete", "eve@example.org", yes=True)
    assert not list(tmp_path.iterdir())
    with pytest.raises(CommandError, match="not an e-mail address"):
        run("delete", "ada")


# --- forgotten --------------------------------------------------------------------------------------------------


def test_without_yes_nothing_is_changed(written: Order, move_clock: Callable[..., None]) -> None:
    move_clock(LONG)
    before = sorted(whole_database())
    told = run("delete", "ada@example.org")
    assert "Would be deleted" in told
    assert "Nothing was changed" in told
    assert sorted(whole_database()) == before


def test_after_the_date_nothing_is_left_of_her(written: Order, move_clock: Callable[..., None]) -> None:
    assert Line.objects.update(sought={"need": "wheelchair"}) == 1
    move_clock(LONG)
    assert len({word for word in WORDS if left_of(word)}) == len(
        WORDS
    )  # else this test would look at nothing
    told = run("delete", "ada@example.org", yes=True)
    assert f"Order {written.number}: everything but the books." in told
    assert "London Theatre Direct keeps books of its own" in told
    assert left_of(*WORDS) == []
    assert Line.objects.get().sought == {}
    order = Order.objects.get()
    assert order.masked_at is not None
    # the books
    assert (order.number, order.total_minor, order.status) == (written.number, 9000, "fulfilled")
    assert Payment.objects.get().amount_minor == 9000
    assert Refund.objects.get().amount_minor == 100
    assert order.bookings.get().reference == "REF1"
    assert order.bookings.get().lines.get().event_name == "Hamlet"
    assert HistoryEntry.objects.filter(subject="payment").exists()
    assert HistoryEntry.objects.filter(because="personal data was deleted", actor="request").count() == 1


def test_asked_twice_is_done_once(written: Order, move_clock: Callable[..., None]) -> None:
    move_clock(LONG)
    run("delete", "ada@example.org", yes=True)
    before = sorted(whole_database())
    assert "Nothing is stored" in run("delete", "ada@example.org", yes=True)
    assert sorted(whole_database()) == before


def test_before_the_date_it_is_put_off_and_comes_by_itself(
    written: Order, ada: Ada, move_clock: Callable[..., None]
) -> None:
    told = run("delete", "ada@example.org", yes=True)
    assert "its date is still to come" in told
    assert ada.client.get(ada.url("order")).status_code == 200
    assert Order.objects.get().email == "ada@example.org"
    run("delete", "ada@example.org", yes=True)
    assert HistoryEntry.objects.filter(because="the buyer asked to be forgotten").count() == 1
    pruning.run()
    assert Order.objects.get().masked_at is None
    move_clock(timedelta(days=42))
    pruning.run()
    assert Order.objects.get().masked_at is not None
    assert left_of(*WORDS) == []


def need_attention(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(attention_reason="refund_differs")


def need_refund(order: Order) -> None:
    Refund.objects.update(status=Refund.Status.PENDING)


def need_dispute(order: Order) -> None:
    Payment.objects.update(disputed_at=clock.now())


def need_payment(order: Order) -> None:
    Payment.objects.update(status=Payment.Status.AUTHORISED)


def need_answer(order: Order) -> None:
    Booking.objects.update(due_at=clock.now())


def need_buying(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(status=Order.Status.PAYING)


NEEDS = {
    "attention": need_attention,
    "refund": need_refund,
    "disputed": need_dispute,
    "payment": need_payment,
    "asked": need_answer,
    "being_bought": need_buying,
}


@pytest.mark.parametrize("code", NEEDS)
def test_what_is_still_needed_is_named_and_stays(
    written: Order, move_clock: Callable[..., None], code: str
) -> None:
    move_clock(LONG + timedelta(days=1000))  # however long ago
    NEEDS[code](written)
    told = run("delete", "ada@example.org", yes=True)
    assert str(personal.WORDS[code]) in told
    for kind in ("documents", "given up", "over", "asked for", "rows"):
        pruning.KINDS[kind]()
    order = Order.objects.get()
    assert order.masked_at is None
    assert order.email == "ada@example.org"
    assert Document.objects.exclude(content=None).count() == 2


def test_a_guest_goes_after_the_date_and_the_order_stays(
    written: Order, move_clock: Callable[..., None]
) -> None:
    TypedGuest.objects.all().delete()
    Booking.objects.update(answers="{}")
    assert "Guest 1" in run("delete", "byron@example.org", yes=True)
    assert Guest.objects.get().typed
    move_clock(LONG)
    assert f"Guest 1 of order {written.number}." in run("delete", "byron@example.org", yes=True)
    assert left_of("byron") == []
    assert Order.objects.get().email == "ada@example.org"


def test_an_address_of_before_leads_to_the_order_too(written: Order, move_clock: Callable[..., None]) -> None:
    move_clock(LONG)
    Mail.objects.update(sent_to="old@example.org")
    run("delete", "old@example.org", yes=True)
    assert left_of("old@example.org", *WORDS) == []


def test_what_was_typed_and_not_accepted_is_found(
    ada: Ada, theatre: World, move_clock: Callable[..., None]
) -> None:
    ada.holds()
    ada.starts()
    ada.client.post(ada.url("details"), {"email": "ada@example.org", "first_name": "Ada"})  # no last name
    assert "being bought" in run("delete", "ada@example.org", yes=True)
    Order.objects.update(status=Order.Status.EXPIRED, due_at=None)
    Basket.objects.update(status=Basket.Status.EXPIRED)
    run("delete", "ada@example.org", yes=True)
    assert left_of("ada@example.org") == []


def test_staff_with_the_address_are_named_and_kept(written: Order, move_clock: Callable[..., None]) -> None:
    get_user_model().objects.create_user("ada", "ada@example.org", "x")
    move_clock(LONG)
    assert "A member of staff has this address" in run("delete", "ada@example.org", yes=True)
    assert get_user_model().objects.filter(email="ada@example.org").exists()


def test_the_order_page_still_opens_and_says_what_is_gone(
    written: Order, ada: Ada, move_clock: Callable[..., None]
) -> None:
    move_clock(LONG)
    run("delete", "ada@example.org", yes=True)
    page = ada.client.get(ada.url("order"))
    assert page.status_code == 200
    text = page.content.decode()
    assert "The date is over: the tickets were deleted here." in text
    assert written.number in text
    assert "/documents/" not in text
