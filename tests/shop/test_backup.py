"""Bought, backed up, destroyed, brought back on another machine with other keys: tickets open, what waited goes on.

Real processes, on SQLite and on PostgreSQL. Somebody buys after the backup was made: only Stripe and the box office know.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from shop import backups, restoring
from shop.sealed_file import Writer
from tests import provision
from tests.processes.kills import pressed_and_authorised
from tests.processes.till import FIVE_MINUTES, Payer, Till, purse

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("backup")]
KEY = "kept-somewhere-else-than-the-backups"
OTHER = {"SECRET_KEY": "another-machine-" + "y" * 40, "FIELD_KEYS": "one-more-key-of-the-other-machine"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.long])])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Till]:
    server = None
    if request.param == "postgres":
        try:
            server = provision.Postgres()
        except provision.Missing as missing:
            provision.need(missing)
    try:
        url = server.database("foyer") if server else ""
        with Till(tmp_path, database_url=url, BACKUP_KEY=KEY) as stack:
            stack.server = server  # type: ignore[attr-defined]
            stack.open()
            yield stack
    finally:
        if server:
            server.stop()


def run(shop: Till, *arguments: str, **env: str) -> tuple[int, str]:
    code, said, complained = shop.command_ended(*arguments, **env)
    return code, said + complained


def another_machine(shop: Till) -> None:
    """The database is gone and so are its keys; the outside world is as it was."""
    server: Any = shop.server  # type: ignore[attr-defined]
    if server:
        shop.database_url = shop.env["DATABASE_URL"] = server.database("restored")
    else:
        for path in shop.room.glob("foyer.sqlite3*"):
            path.unlink()
    shop.env |= OTHER


def tables(shop: Till) -> dict[str, list[tuple[Any, ...]]]:
    """What a refused restore must not touch."""
    names = ("checkout_order", "checkout_payment", "django_migrations", "baskets_basket")
    return {name: shop.sql(f"SELECT * FROM {name} ORDER BY id") for name in names}


def buys(shop: Till, payer: Payer) -> Payer:
    payer.at_the_till(shop)
    pressed_and_authorised(shop, payer)
    payer.comes_back()
    shop.wait(lambda: shop.status(payer.number) in ("paid", "fulfilled"), "the order to be paid")
    return payer


def opens_tickets(payer: Payer) -> list[bytes]:
    """Every ticket of the order's page as it is downloaded, or the address of its wallet."""
    payer.looks()
    found = []
    for link in payer.links("/documents/"):
        answer = payer.session.get(f"{payer.origin}{link}", timeout=30, allow_redirects=False)
        assert answer.status_code in (200, 302)
        found.append(answer.headers.get("Location", "").encode() or answer.content)
    assert any(content.startswith((b"%PDF", b"PK")) for content in found)
    return found


def test_everything_comes_back_on_another_machine(shop: Till) -> None:
    ada = buys(shop, Payer(shop.origin))
    shop.wait(lambda: shop.status(ada.number) == "fulfilled", "the tickets")
    tickets = opens_tickets(ada)
    assert tickets
    picture = shop.room / "media" / "posters" / "one.webp"
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(b"a picture")

    # Eve's card is authorised, and nobody has looked at it yet
    eve = Payer(shop.origin, "Eve")
    eve.at_the_till(shop)
    shop.standin.post("stripe/webhooks", {"url": "", "mode": "drop"})
    shop.dies("worker", "beat")
    pressed_and_authorised(shop, eve)
    file = shop.room / "foyer.backup"
    said = shop.manage("backup", str(file))  # the shop sells on meanwhile
    assert "2 orders" in said
    assert file.stat().st_mode & 0o777 == 0o600
    content = file.read_bytes()
    for secret in (
        b"Ada",
        b"ada@example",
        ada.token.encode(),
        shop.env["SECRET_KEY"].encode(),
    ):
        assert secret not in content
    made_at = str(shop.sql("SELECT max(at) FROM checkout_historyentry")[0][0])
    bob = buys(shop, Payer(shop.origin, "Bob"))
    ids_before = shop.sql("SELECT max(id) FROM checkout_payment")[0][0]
    shop.dies("web")

    another_machine(shop)
    picture.unlink()
    code, told = run(shop, "restore", str(file))
    assert code == 0, told
    assert "Restored and proved" in told
    assert "sealed values now open with this machine's" in told
    assert "SECRET_KEY is another one here" in told
    assert "lost_orders --since" in told
    assert picture.read_bytes() == b"a picture"

    # a second time it is not empty, and nothing happens
    before = tables(shop)
    code, told = run(shop, "restore", str(file))
    assert code == 1
    assert "The database is not empty" in told
    assert tables(shop) == before

    # what the backup could not know
    shop.alive()
    told = shop.manage("lost_orders", "--since", made_at)
    assert bob.number in told
    assert ada.number not in told
    assert eve.number not in told

    # Ada's tickets open; Eve's, which may have been booked since, are looked for, and let go where they are not there; and
    # somebody new buys under a fresh number
    assert opens_tickets(ada) == tickets
    shop.advance(FIVE_MINUTES)
    shop.wait(
        lambda: shop.status(eve.number) in ("cancelled", "expired"), "the order that waited", seconds=120
    )
    found = purse(shop, eve.number)
    assert (found.taken, found.reserved, found.booked) == (0, 0, 0)
    carol = buys(shop, Payer(shop.origin, "Carol"))
    assert shop.sql("SELECT min(p.id) FROM checkout_payment p JOIN checkout_order o ON o.id = p.order_id "
                    "WHERE o.number = ?", carol.number)[0][0] > ids_before + 1000  # fmt: skip
    found = purse(shop, carol.number)
    assert (found.intents, found.taken, found.booked) == (1, carol.price, 1)


# --- without processes: a backup of a shop with nothing in it ---------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A shop with tables and nothing in them, and a backup of it; nobody runs."""
    with Till(tmp_path_factory.mktemp("small"), BACKUP_KEY=KEY) as stack:
        stack.manage("backup", str(stack.room / "small.backup"))
        yield stack


def refused(shop: Till, file: Path, *arguments: str, **env: str) -> str:
    before = tables(shop)
    code, told = run(shop, "restore", str(file), *arguments, **env)
    assert code == 1, told
    assert "Traceback" not in told
    assert tables(shop) == before
    assert not list(shop.room.glob("backup-*"))  # nothing in the clear is left lying
    return told


def not_opened(file: Path, key: str = KEY) -> str:
    """Before anything of it is believed: nothing else was asked."""
    with pytest.raises(backups.BackupError) as caught, backups.opened(file, key):
        raise AssertionError("it was opened")
    assert not list(Path(settings.RUN_DIR).glob("backup-*"))  # nothing in the clear is left lying
    return str(caught.value)


def remade(small: Till, target: Path, change: Any) -> Path:
    """The same backup with another list of contents, as another version would write it."""
    with backups.opened(small.room / "small.backup", KEY) as archive:
        manifest = {**archive.manifest, "parts": {}}
        real = backups.json.dumps

        def dumps(what: Any, **more: Any) -> str:
            if "parts" in what:
                change(what)
            return real(what, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(backups.json, "dumps", dumps)
            backups._write(target, KEY, archive.room, manifest)
    return target


def test_what_is_not_a_whole_backup_is_told_apart(small: Till, tmp_path: Path) -> None:
    file, other = small.room / "small.backup", tmp_path / "other.backup"
    assert "does not open this backup" in not_opened(file, "another-passphrase-altogether")
    assert "BACKUP_KEY is not set" in not_opened(file, "")
    assert "cannot be read: No such file" in not_opened(other)
    other.write_bytes(file.read_bytes()[:-100])
    assert "damaged or not whole" in not_opened(other)
    other.write_bytes(os.urandom(1000))
    assert "not a backup of this shop" in not_opened(other)
    remade(small, other, lambda manifest: manifest["parts"]["keys.json"].update(sha256="0" * 64))
    assert "keys.json is not what was backed up" in not_opened(other)
    remade(small, other, lambda manifest: manifest.update(format=99))
    assert "made by a newer version" in not_opened(other)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../outside", tarfile.REGTYPE), ("/tmp/outside", tarfile.REGTYPE), ("keys.json", tarfile.SYMTYPE),
        ("keys.json", tarfile.LNKTYPE), ("keys.json", tarfile.FIFOTYPE), ("media", tarfile.DIRTYPE),
    ],
)  # fmt: skip
def test_nothing_but_plain_files_inside_is_unpacked(tmp_path: Path, name: str, kind: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "manifest.json"
    file = tmp_path / "odd.backup"
    with file.open("wb") as stream, closing(Writer(stream, KEY)) as sealed:
        with tarfile.open(fileobj=sealed, mode="w|gz") as tar:
            tar.addfile(tarfile.TarInfo("manifest.json"))
            tar.addfile(info)
        sealed.close()
    assert "damaged or not whole" in not_opened(file)
    assert not Path(settings.RUN_DIR, "outside").exists()


def test_a_backup_of_other_migrations_or_of_another_database_is_not_taken(
    small: Till, tmp_path: Path
) -> None:
    file = remade(
        small, tmp_path / "1", lambda said: said["migrations"].append(["checkout", "9999_of_tomorrow"])
    )
    with backups.opened(file, KEY) as archive, pytest.raises(backups.BackupError, match="9999_of_tomorrow"):
        restoring.check(archive)
    file = remade(small, tmp_path / "2", lambda said: said["migrations"].append(["raffle", "0001_initial"]))
    with (
        backups.opened(file, KEY) as archive,
        pytest.raises(backups.BackupError, match=r"raffle\.0001_initial"),
    ):
        restoring.check(archive)
    file = remade(small, tmp_path / "3", lambda said: said["database"].update(vendor="oracle"))
    with backups.opened(file, KEY) as archive, pytest.raises(backups.BackupError, match="a backup of oracle"):
        restoring.check(archive)


def test_a_full_database_is_replaced_only_by_force(small: Till) -> None:
    file = small.room / "small.backup"
    keys = small.room / "keys.env"
    told = small.manage("restore", str(file), "--look", "--write-keys", str(keys))
    assert "whole and fits" in told
    assert f"SECRET_KEY={small.env['SECRET_KEY']}" in keys.read_text()
    assert keys.stat().st_mode & 0o777 == 0o600
    small.manage("restore", str(file))  # what migrate makes by itself is nothing
    small.manage("shell", "-c", "from shop.models import User; User.objects.create_user('vera')")
    assert "does not open this backup" in refused(small, file, BACKUP_KEY="another-passphrase-altogether")
    assert "not empty (1 in shop_user)" in refused(small, file)
    assert "LOST" in refused(small, file, "--force")  # nobody answers the question
    small.manage("restore", str(file), "--force", "--yes")
    assert small.sql("SELECT username FROM shop_user") == []


@pytest.mark.parametrize(
    ("key", "says"),
    [("", "BACKUP_KEY is not set"), ("short", "too short"), ("k" * 40, "a key of the shop itself")],
)
def test_a_backup_needs_a_key_of_its_own(settings: Any, tmp_path: Path, key: str, says: str) -> None:
    settings.FIELD_KEYS = ["k" * 40]
    with pytest.raises(backups.BackupError, match=says):
        backups.make(tmp_path / "never.backup", key)
    assert not list(tmp_path.iterdir())


def test_a_backup_is_never_written_over(small: Till) -> None:
    with pytest.raises(backups.BackupError, match="is there already"):
        backups.make(small.room / "small.backup", KEY)
