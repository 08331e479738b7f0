"""A venue that is read from the old feed, over real TLS: whole, by GET only, and without its key getting anywhere."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from catalog import availability
from catalog.models import Event, ProviderAccount
from shop import clock
from shop.providers import registry
from tests.catalog.spektrix_houses import Houses, houses  # noqa: F401
from tests.providers.spektrix_tls import Authority

pytestmark = pytest.mark.django_db


@pytest.fixture
def mill(houses: Houses) -> Houses:  # noqa: F811
    houses.add_feed()
    houses.refresh("mill")
    return houses


def test_the_catalogue_is_whole_although_a_page_has_ten(mill: Houses) -> None:
    assert Event.objects.filter(gone_at=None).count() >= 25
    assert ProviderAccount.objects.get(name="mill").last_error == ""
    calls = [call for call in mill.journal() if "/api/v2/" in call["path"]]
    assert len(calls) > 5
    assert {call["method"] for call in calls} == {"GET"}


def test_marks_come_from_the_feeds_fields_too(mill: Houses) -> None:
    marked = [row for row in Event.objects.all() if "signed" in row.access_text.split()]
    assert marked
    assert "Signed" in Client().get(marked[0].get_absolute_url()).content.decode()


def test_buying_opens_the_venues_own_page_for_that_date(mill: Houses) -> None:
    event = Event.objects.filter(on_sale=True, gone_at=None).order_by("first_at").last()
    assert event is not None
    date = event.instances.filter(bookable=True, gone_at=None).exclude(seats_left=0).last()
    assert date is not None
    found = availability.of(date)
    assert found.choose_there.endswith(
        f"/thornfield/website/ChooseSeats.aspx?EventInstanceId={date.provider_ref}"
    )
    shown = Client().get(reverse("baskets:pick", args=[date.pk])).content.decode()
    assert f"ChooseSeats.aspx?EventInstanceId={date.provider_ref}" in shown
    text = Client().get(f"/en/availability/{date.pk}/").content.decode()
    assert "€" in text
    assert "You choose and pay on the page of" in Client().get(date.get_absolute_url()).content.decode()


def visit(client: Client, *starts: str) -> dict[str, str]:
    """All pages that can be reached from these by two steps of the kinds that matter, with their text."""
    seen: dict[str, str] = {}
    todo = [(path, 0) for path in starts]
    while todo:
        path, depth = todo.pop(0)
        if path in seen or len(seen) > 120:
            continue
        answer = client.get(path)
        seen[path] = "\n".join(f"{name}: {value}" for name, value in answer.items())
        seen[path] += (
            b"".join(answer).decode("utf-8", "replace") if answer.streaming else answer.content.decode()
        )
        if depth < 2:
            links = re.findall(r'(?:href|hx-get)="(/[^"#]*)"', seen[path])
            todo += [(one.replace("&amp;", "&"), depth + 1) for one in links if "logout" not in one]
    return seen


def test_the_key_is_in_no_page_and_in_no_log(
    mill: Houses, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    key = mill.visitor.control("/spektrix/certificates")["clients"]["thornfield"]["api_key"]
    with caplog.at_level(logging.DEBUG, logger="shop"), caplog.at_level(logging.DEBUG, logger="catalog"):
        mill.refresh("mill")
        for date in Event.objects.filter(on_sale=True)[0].instances.all()[:3]:
            availability.of(date, fresh=True)
        # and when things go wrong, which is when texts are put together
        mill.visitor.fault(match="GET /*/api/v2/events", kind="html", times=2)
        mill.refresh("mill")
        mill.change("mill", keys={"api_key": key[::-1]})
        assert not mill.refresh("mill").complete
        mill.change("mill", keys={"api_key": key})
        mill.visitor.fault(name="certificate_refused", times=2)
        mill.refresh("mill")
        sign = registry.provider("mill").catalog.sign_of_life()
    said = capsys.readouterr()
    logs = "\n".join(record.getMessage() + str(record.exc_text or "") for record in caplog.records)
    for text in (logs, said.out, said.err, sign.detail):
        assert key not in text
        assert key[::-1] not in text
    assert "feed_events" in logs, "the log says which call it was"
    events = Event.objects.filter(on_sale=True, gone_at=None)
    date = events[0].instances.filter(bookable=True).last()
    assert date is not None
    public = visit(Client(), "/en/", date.get_absolute_url(), f"/en/availability/{date.pk}/",
                   reverse("baskets:pick", args=[date.pk]), "/sitemap.xml")  # fmt: skip
    boss = Client()
    boss.force_login(get_user_model().objects.create_superuser("boss", password="x"))
    account = ProviderAccount.objects.get(name="mill")
    inside = visit(boss, "/admin/", reverse("admin:catalog_provideraccount_change", args=[account.pk]),
                   "/admin/catalog/refreshrun/", "/admin/shop/callrecord/", "/admin/catalog/leftout/")  # fmt: skip
    assert len(public) > 40
    assert len(inside) > 20
    for path, text in {**public, **inside}.items():
        assert key not in text, path
        assert key[::-1] not in text, path


def signing_request(name: str) -> tuple[str, str]:
    """A fresh key and the request for a certificate, as text."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return (
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain).decode(),
        request.public_bytes(pem).decode(),
    )


def refused(mill: Houses) -> str:
    """What the admin says after a refresh that failed; the catalogue is as it was."""
    before = set(Event.objects.filter(gone_at=None).values_list("pk", flat=True))
    run = mill.refresh("mill")
    assert not run.complete
    assert set(Event.objects.filter(gone_at=None).values_list("pk", flat=True)) == before
    account = ProviderAccount.objects.get(name="mill")
    assert account.last_error[:200] == run.error[:200]
    boss = Client()
    boss.force_login(get_user_model().objects.create_superuser(f"boss{run.pk}", password="x"))
    shown = boss.get(reverse("admin:catalog_provideraccount_change", args=[account.pk])).content.decode()
    assert account.last_error[:60].replace("'", "&#x27;") in shown
    return account.last_error


def test_a_revoked_certificate_keeps_the_catalogue_and_says_why(mill: Houses) -> None:
    mill.visitor.fault(name="certificate_refused", times=-1)
    assert "certificate was refused" in refused(mill)


def test_a_proxy_that_opens_the_traffic_is_named_in_the_admin(mill: Houses, tmp_path) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other", "Proxy of the office")
    mill.change("mill", option_certificate_authority=stranger.path)
    assert "a proxy that opens the traffic" in refused(mill)
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=(told := io.StringIO()))
    assert "a proxy that opens the traffic" in told.getvalue()


def test_a_certificate_of_another_authority_is_refused_and_said(mill: Houses, tmp_path) -> None:
    (tmp_path / "other").mkdir()
    certificate, key = Authority(tmp_path / "other", "Somebody else").sign("thornfield")
    mill.change("mill", option_certificate=certificate, option_certificate_key=key)
    assert "certificate" in refused(mill)


def test_an_ended_certificate_is_said_with_its_day(mill: Houses, tmp_path) -> None:
    certificate, key = Authority(tmp_path, "Somebody").sign("thornfield", days=-2)
    mill.change("mill", option_certificate=certificate, option_certificate_key=key)
    day = f"{clock.now() - timedelta(days=2):%d %B %Y}"
    assert f"the certificate ended on {day}" in refused(mill)
    sign = registry.provider("mill").catalog.sign_of_life()
    assert (sign.problem, day in sign.detail) == ("misconfigured", True)


def test_a_certificate_that_ends_soon_is_said_by_the_admin_and_doctor_while_it_still_works(
    mill: Houses,
) -> None:
    key_pem, request = signing_request("thornfield")
    signed = mill.visitor.control("/spektrix/certificates", {"csr": request, "days": 12})["certificate"]
    folder = Path(mill.files["authority"]).parent
    certificate, key = folder / "soon.crt", folder / "soon.key"
    certificate.write_text(signed)
    key.write_text(key_pem)
    key.chmod(0o600)
    mill.change("mill", option_certificate=str(certificate), option_certificate_key=str(key))
    assert mill.refresh("mill").complete
    boss = Client()
    boss.force_login(get_user_model().objects.create_superuser("boss", password="x"))
    account = ProviderAccount.objects.get(name="mill")
    address = reverse("admin:catalog_provideraccount_test", args=[account.pk])
    text = boss.post(address, follow=True).content.decode()
    assert "have it renewed now" in text
    told = io.StringIO()
    with contextlib.suppress(SystemExit):  # a test machine has other things that doctor finds
        call_command("doctor", stdout=told)
    assert "have it renewed now" in told.getvalue()
