"""The demo answers on this machine only, and says that it is one."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["shop.example.org", "10.0.0.7", "127.0.0.1.example.org"])
def test_the_demo_is_refused_on_a_public_host(client, settings, host):
    settings.DEMO = True
    answer = client.get("/robots.txt", headers={"host": host})
    assert answer.status_code == 403


@pytest.mark.django_db
def test_the_demo_is_refused_behind_a_proxy(client, settings):
    settings.DEMO = True
    assert (
        client.get("/robots.txt", headers={"host": "127.0.0.1", "x-forwarded-for": "1.2.3.4"}).status_code
        == 403
    )


@pytest.mark.django_db
def test_the_demo_asks_not_to_be_indexed(client, settings):
    settings.DEMO = True
    answer = client.get("/robots.txt", headers={"host": "127.0.0.1:8000"})
    assert answer.status_code == 200
    assert "noindex" in answer["X-Robots-Tag"]
