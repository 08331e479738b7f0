"""The provider accounts of the demo: what `ACCOUNT_...` variables would say of the imitated providers.

A variable that is set wins over the one here.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit


def _variables(name: str, **said: str) -> dict[str, str]:
    start = "ACCOUNT_" + name.upper().replace("-", "_") + "_"
    return {start + key: value for key, value in {"RATE_PER_SECOND": "50", **said}.items()}


def accounts(*, standin: str, public: str, domain: str, tls: str, certificates: Path) -> dict[str, str]:
    """Variables of every account. `standin`: where our server calls; `public`: where browsers see payment pages;
    `domain`: the venues' custom domain; `tls`: the old feed ("" leaves its venue out), with its `certificates`."""
    hosts = ",".join(dict.fromkeys(filter(None, (urlsplit(one).netloc for one in (standin, public)))))
    return {
        "PROVIDER_ACCOUNTS": "west-end,arena,quay,playhouse,assembly,touring,stadium"
        + (",mill" if tls else ""),
        **_variables(
            "west-end",
            KIND="londontheatredirect",
            TITLE="London Theatre Direct",
            BASE_URL=f"{standin}/ltd/rest/v2",
            API_KEY="demo-ltd-key",
            ALLOWED_HOSTS=hosts,
        ),
        **_variables(
            "arena",
            KIND="tickethead",
            TITLE="Tickethead",
            BASE_URL=f"{standin}/tickethead",
            GLOBAL_URL=f"{standin}/tickethead",
            SEATSIO_URL=f"{standin}/tickethead/seatsio",
            SEATSIO_SECRET="demo-seatsio-secret",  # noqa: S106 - a play secret
            SEATSIO_CHART=f"{public}/tickethead/seatsio/chart.js",
            ALLOWED_HOSTS=hosts,
        ),
        # seats are chosen on the venue's own page; its checkout is a page of its own
        **_variables(
            "quay",
            KIND="spektrix",
            TITLE="Lantern Quay",
            BASE_URL=f"{standin}/spektrix",
            CUSTOM_DOMAIN=f"{domain}/spektrix",
            CLIENT_NAME="lanternquay",
            ALLOWED_HOSTS=hosts,
            BEST_AVAILABLE="yes",
            ORDER_ATTRIBUTES="yes",
            PROMO_CODES="yes",
            GIFT_VOUCHERS="yes",
            API_USER="foyer-owner",
            SECRET="bGFudGVybi1xdWF5LW93bmVyLXNlY3JldC0wMQ==",  # noqa: S106 - a play secret
        ),
        # our own list of seats, and its checkout in a frame
        **_variables(
            "playhouse",
            KIND="spektrix",
            TITLE="Thornfield Playhouse",
            BASE_URL=f"{standin}/spektrix",
            CUSTOM_DOMAIN=f"{domain}/spektrix",
            CLIENT_NAME="thornfield",
            ALLOWED_HOSTS=hosts,
            TIMEZONE="Europe/Dublin",
            CURRENCY="EUR",
            BEST_AVAILABLE="yes",
            OWN_SEATS="yes",
            FRAME="yes",
            REFERENCE_LABEL="Shop Reference",
            API_USER="foyer-owner",
            SECRET="dGhvcm5maWVsZC1vd25lci1zZWNyZXQtMDAwMQ==",  # noqa: S106 - a play secret
        ),
        # sold by our own till from here on: signed calls of our server, and our own card payment
        **_variables(
            "assembly",
            KIND="spektrix",
            TITLE="Saltmarsh Assembly Rooms",
            BASE_URL=f"{standin}/spektrix",
            CUSTOM_DOMAIN=f"{domain}/spektrix",
            CLIENT_NAME="saltmarsh",
            MODE="agent",
            ALLOWED_HOSTS=hosts,
            BEST_AVAILABLE="yes",
            OWN_SEATS="yes",
            PROMO_CODES="yes",
            API_USER="foyer-agent",
            SECRET="c2FsdG1hcnNoLWFnZW50LXNlY3JldC0wMDAwMQ==",  # noqa: S106 - a play secret
        ),
        **_variables(
            "touring",
            KIND="londontheatredirect",
            TITLE="Touring Theatre",
            BASE_URL=f"{standin}/ltd/rest/v2",
            API_KEY="account-ltd-key",
            PAYMENT_ROUTE="account",
            ALLOWED_HOSTS=hosts,
        ),
        **_variables(
            "stadium",
            KIND="xs2event",
            TITLE="XS2Event",
            BASE_URL=f"{standin}/xs2event/v1",
            CURRENCY="EUR",
            API_KEY="demo-xs2-key",
            ALLOWED_HOSTS=hosts,
            BOOKING_EMAIL="tickets@foyer.example",
            PAYMENT_METHOD="invoice",
            MARGIN_PERCENT="12.5",
            FEE_PER_TICKET="EUR:350,GBP:300",
            ROUND_TO="50",
        ),
        **_variables(
            "mill",
            KIND="spektrix-feed",
            TITLE="Hollin Mill",
            BASE_URL=f"{tls}/spektrix",
            CUSTOM_DOMAIN=f"{domain}/spektrix",
            CLIENT_NAME="hollinmill",
            ALLOWED_HOSTS=hosts,
            API_KEY="HM-PLAY-FEED-KEY-5W8B",
            CERTIFICATE=str(certificates / "hollinmill.crt"),
            CERTIFICATE_KEY=str(certificates / "hollinmill.key"),
            CERTIFICATE_AUTHORITY=str(certificates / "authority.crt"),
        ),
    }
