"""Mail that came back: learnt from the mail service or the mail server, shown to staff and buyer, corrected, sent again."""

from __future__ import annotations

import base64
import json
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

from checkout import bounces
from checkout.models import HistoryEntry, InboxMessage, Mail, Order
from shop import checks_keeping, clock
from tests.checkout.conftest import Ada
from tests.checkout.world import World

SECRET = "foyer:a-long-password"


@pytest.fixture(autouse=True)
def mail_service(settings: Any) -> None:
    settings.MAIL_SERVICE, settings.MAIL_WEBHOOK_SECRETS = "postmark", [SECRET]
    settings.ANYMAIL = {"WEBHOOK_SECRET": [SECRET]}


def tells(client: Client, body: Any, *, secret: str = SECRET) -> Any:
    """As the mail service calls us."""
    name = base64.b64encode(secret.encode()).decode()
    return client.post(
        reverse("webhook_mail"),
        body if isinstance(body, str) else json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Basic {name}"},
    )


def bounce(
    email: str = "ada@example.org", *, number: int = 4711, kind: str = "HardBounce", **more: Any
) -> dict[str, Any]:
    """Postmark, "Bounce webhook"."""
    return {
        "RecordType": "Bounce", "ID": number, "Type": kind, "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Description": "The server was unable to deliver your message", "Details": "smtp;550 5.1.1 no such user",
        "Email": email, "BouncedAt": clock.now().isoformat(), "Inactive": True, **more,
    }  # fmt: skip


@pytest.fixture
def bought(ada: Ada, theatre: World) -> Ada:
    ada.holds()
    ada.buys()
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    return ada


def page_of(ada: Ada) -> str:
    return str(ada.client.get(ada.url("order")).content.decode())


def corrects(ada: Ada, email: str) -> Any:
    return ada.client.post(ada.url("address"), {"new_email": email})


# --- told by the mail service ---------------------------------------------------------------------------------


def test_a_mail_that_came_back_marks_its_row_and_calls_staff(bought: Ada) -> None:
    assert tells(Client(), bounce()).status_code == 200
    row = Mail.objects.get(kind="paid")
    assert row.bounced_at is not None
    assert row.bounce == "unknown"
    assert bought.now().attention_reason == "mail_bounced"
    assert bought.now().status != Order.Status.ATTENTION  # the tickets are there all the same
    assert HistoryEntry.objects.filter(because="a mail came back: paid").count() == 1


def test_the_same_message_twice_is_one_bounce(bought: Ada) -> None:
    body = bounce()
    for _time in range(3):
        assert tells(Client(), body).status_code == 200
    assert InboxMessage.objects.get(source="mail").copies == 3
    assert HistoryEntry.objects.filter(because__startswith="a mail came back").count() == 1


def test_a_message_without_an_id_of_its_own_is_known_again(bought: Ada) -> None:
    body = bounce(BouncedAt="2030-01-01T10:00:00Z")
    del body["ID"]
    tells(Client(), body)
    tells(Client(), body)
    assert InboxMessage.objects.get(source="mail").copies == 2


@pytest.mark.parametrize("secret", ["foyer:wrong", ":", "nobody"])
def test_a_forged_message_is_refused(bought: Ada, secret: str) -> None:
    assert tells(Client(), bounce(), secret=secret).status_code == 400
    assert (
        Client().post(reverse("webhook_mail"), bounce(), content_type="application/json").status_code == 400
    )
    assert Mail.objects.filter(bounced_at__isnull=False).count() == InboxMessage.objects.count() == 0


def test_without_a_secret_nobody_is_listened_to(bought: Ada, settings: Any) -> None:
    settings.MAIL_WEBHOOK_SECRETS = []
    assert tells(Client(), bounce()).status_code == 404
    settings.MAIL_WEBHOOK_SECRETS, settings.MAIL_SERVICE = [SECRET], "pigeon"
    assert tells(Client(), bounce()).status_code == 404
    assert InboxMessage.objects.count() == 0


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '"bounce"', '{"RecordType": "Inbound"}', '{"RecordType": "Bounce"}']
)
def test_nonsense_is_an_answer_and_no_error_of_ours(bought: Ada, body: str) -> None:
    assert tells(Client(), body).status_code in (200, 400)
    assert Mail.objects.filter(bounced_at__isnull=False).count() == 0


def test_a_mail_of_somebody_else_is_kept_as_foreign(bought: Ada) -> None:
    assert tells(Client(), bounce("eve@example.org")).status_code == 200
    row = InboxMessage.objects.get(source="mail")
    assert row.state == InboxMessage.State.FOREIGN
    assert "eve" not in json.dumps([row.event_id, row.object_id, row.kind, row.error])
    assert Mail.objects.filter(bounced_at__isnull=False).count() == 0


def test_a_delay_and_a_delivery_mark_nothing(bought: Ada) -> None:
    tells(Client(), bounce(kind="Transient"))
    tells(Client(), {"RecordType": "Delivery", "MessageID": "x", "Recipient": "ada@example.org",
                     "DeliveredAt": clock.now().isoformat()})  # fmt: skip
    assert sorted(InboxMessage.objects.values_list("kind", flat=True)) == ["mail.delayed", "mail.delivered"]
    assert Mail.objects.filter(bounced_at__isnull=False).count() == 0
    assert bought.now().attention_reason == ""


def test_the_id_in_its_head_finds_the_mail_before_its_address_does(bought: Ada, settings: Any) -> None:
    settings.MAIL_SERVICE = "brevo"
    settings.ANYMAIL = {"WEBHOOK_SECRET": [SECRET]}
    sent = mail.outbox[0].extra_headers["Message-ID"]
    assert sent == f"<{Mail.objects.get().message_id}>"
    event = {"event": "hard_bounce", "email": "forwarded@example.net", "ts_epoch": int(clock.now().timestamp() * 1000),
             "message-id": sent, "id": 99, "reason": "552 5.2.2 mailbox full"}  # fmt: skip
    assert tells(Client(), event).status_code == 200
    assert Mail.objects.get().bounce == "full"


def test_a_bounce_of_long_ago_is_not_taken_for_a_new_mails(bought: Ada) -> None:
    late = bounce(BouncedAt=(clock.now() - timedelta(days=30)).isoformat())
    tells(Client(), late)
    assert Mail.objects.get().bounced_at is None


def test_staff_who_are_called_for_another_reason_keep_it(bought: Ada) -> None:
    Order.objects.update(attention_reason="disputed")
    tells(Client(), bounce())
    assert bought.now().attention_reason == "disputed"
    assert Mail.objects.get(kind="paid").bounced_at is not None


def test_every_mail_service_in_the_list_has_a_reader(settings: Any) -> None:
    keys = dict.fromkeys(checks_keeping.SIGNED.values(), "x")
    settings.ANYMAIL = {"WEBHOOK_SECRET": [SECRET], **keys}
    for name, reader in settings.MAIL_SERVICES.items():
        view = import_string(reader)()
        assert view.signal is not None, name


def test_settings_that_would_leave_bounces_unheard_are_named(settings: Any) -> None:
    assert checks_keeping.mail_service() == []
    settings.MAIL_WEBHOOK_SECRETS = ["only-a-password"]
    assert [found.id for found in checks_keeping.mail_service()] == ["shop.E081"]
    settings.MAIL_SERVICE, settings.MAIL_WEBHOOK_SECRETS = "mailgun", [SECRET]
    assert [found.id for found in checks_keeping.mail_service()] == ["shop.E082"]
    settings.MAIL_SERVICE = "pigeon"
    assert [found.id for found in checks_keeping.mail_service()] == ["shop.E080"]


# --- told by the mail server ----------------------------------------------------------------------------------


def refuse(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> None:
    left, real = list(errors), EmailBackend.send_messages

    def send(self: Any, messages: Any) -> int:
        if left:
            raise left.pop(0)
        return int(real(self, messages))

    monkeypatch.setattr(EmailBackend, "send_messages", send)


def refused(code: int, text: bytes) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"ada@example.org": (code, text)})


def test_an_address_that_the_server_refuses_for_good_is_a_bounce(
    ada: Ada, theatre: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, refused(550, b"5.1.1 no such user"))
    ada.holds()
    ada.buys()
    row = Mail.objects.get(kind="paid")
    assert (row.due_at, row.sent_at, row.bounce) == (None, None, "unknown")
    assert ada.now().attention_reason == "mail_failed"
    assert "came back" in page_of(ada)


def test_an_address_that_is_refused_for_now_is_tried_again(
    ada: Ada, theatre: World, sweep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, refused(450, b"4.2.1 greylisted"))
    ada.holds()
    ada.buys()
    row = Mail.objects.get(kind="paid")
    assert row.bounced_at is None
    assert row.due_at is not None
    first = row.message_id
    sweep(timedelta(minutes=2))
    row.refresh_from_db()
    assert row.sent_at is not None
    assert row.message_id == first  # the same mail, not a second one
    assert ada.now().attention_reason == ""


# --- the buyer ------------------------------------------------------------------------------------------------


def test_the_order_page_says_so_and_another_address_gets_the_mail(bought: Ada) -> None:
    assert "came back" not in page_of(bought)
    tells(Client(), bounce())
    page = page_of(bought)
    assert "Our mail to ada@example.org came back: the address does not exist." in page
    assert "We are writing to" not in page
    answer = bought.sees(corrects(bought, "ada@example.com"))
    assert "on its way to ada@example.com" in answer.content.decode()
    assert "came back" not in page_of(bought)
    assert mail.outbox[-1].to == ["ada@example.com"]
    assert bought.now().email == "ada@example.com"
    assert bought.now().attention_reason == ""
    assert list(Mail.objects.order_by("pk").values_list("kind", "attempt")) == [("paid", 1), ("paid", 2)]
    assert HistoryEntry.objects.filter(because="the buyer corrected the e-mail address").count() == 1
    assert not HistoryEntry.objects.filter(because__contains="@").exists()


def test_an_address_that_was_right_gets_the_mail_again(bought: Ada) -> None:
    tells(Client(), bounce(Type="SoftBounce"))
    corrects(bought, "ada@example.org")
    assert [message.to for message in mail.outbox] == [["ada@example.org"]] * 2
    assert "came back" not in page_of(bought)
    assert bought.now().attention_reason == "mail_bounced"  # nobody knows yet that it is better
    tells(Client(), bounce(number=4712))
    assert "came back" in page_of(bought)


def test_a_late_bounce_of_the_old_address_disturbs_nobody(bought: Ada) -> None:
    tells(Client(), bounce())
    corrects(bought, "ada@example.com")
    tells(Client(), bounce(number=4712))
    assert "came back" not in page_of(bought)
    assert bought.now().attention_reason == ""


def test_a_wrong_address_is_said_and_stays_typed(bought: Ada) -> None:
    tells(Client(), bounce())
    answer = bought.sees(corrects(bought, "ada(at)example.com"))
    page = answer.content.decode()
    assert "Enter an e-mail address like name@example.org" in page
    assert 'value="ada(at)example.com"' in page
    assert bought.now().email == "ada@example.org"


def test_nobody_changes_an_address_that_works(bought: Ada) -> None:
    answer = bought.sees(corrects(bought, "eve@example.org"))
    assert "Nothing was changed" in answer.content.decode()
    assert bought.now().email == "ada@example.org"
    assert len(mail.outbox) == 1


def test_the_address_is_changed_a_few_times_an_hour_only(bought: Ada) -> None:
    for number in range(5):
        tells(Client(), bounce(bought.now().email, number=number))
        corrects(bought, f"ada{number}@example.org")
    assert bought.now().email == "ada2@example.org"
    assert len(mail.outbox) == 1 + 3
    answer = corrects(bought, "ada5@example.org")
    assert answer.status_code == 429
    assert 'value="ada5@example.org"' in answer.content.decode()  # nothing that was typed is lost


def test_a_stranger_changes_nothing(bought: Ada) -> None:
    tells(Client(), bounce())
    address = reverse("checkout:address", args=["x" * 32])
    assert Client().post(address, {"new_email": "eve@example.org"}).status_code == 404
    assert bought.client.get(bought.url("address")).status_code == 405


# --- staff ----------------------------------------------------------------------------------------------------


def test_staff_see_it_on_the_order_and_find_it_in_the_lists(bought: Ada) -> None:
    vera = Client()
    vera.force_login(get_user_model().objects.create_superuser("vera", "vera@example.org", "x"))
    for name in ("order", "mail"):
        empty = vera.get(reverse(f"admin:checkout_{name}_changelist"), {"came_back": "yes"}).content.decode()
        assert bought.now().number not in empty
    tells(Client(), bounce())
    page = vera.get(reverse("admin:checkout_order_change", args=[bought.now().pk])).content.decode()
    assert "Came back:" in page
    assert str(bounces.WHY["unknown"]) in page
    for name in ("order", "mail"):
        listed = vera.get(reverse(f"admin:checkout_{name}_changelist"), {"came_back": "yes"}).content.decode()
        assert bought.now().number in listed
