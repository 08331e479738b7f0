"""The shop with box offices of all four systems, and one basket in pounds from several of them.

What was sold and what was taken is read in the books of the stand-in: `Books` is what they say beyond a beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.buyer import Buyer
from tests.processes.payer import posted
from tests.processes.quay import UNRESERVED, Quay, take
from tests.stack import Stack

ACCOUNTS = "assembly,west-end,stadium,arena,quay"
PLAY, QUIET = "The Samphire Gatherers", "The Quiet Carriage"
DOME = "Harbour Dome"  # the hall of concerts whose prices are in pounds
STANDING = "The rest of the floor"  # nothing is asked of guests there
REFUSED = "payment_method_refused"


class Four(Quay):
    """`assembly` and `stadium` are paid to our own till, `west-end` on its own page, `arena` in its own card form,
    `quay` in a basket that is the visitor's own, with a checkout of its own."""

    def __init__(self, room: Path, **more: str) -> None:
        super().__init__(room, PROVIDER_ACCOUNTS=ACCOUNTS, **more)
        hosts = (self.standin_port, self.standin_port, self.standin_port)
        allowed = "127.0.0.1:{},localhost:{},tickets.foyer.localhost:{}".format(*hosts)
        self.env["STANDIN_CUSTOM_DOMAIN"] = self.domain
        self.env |= {
            f"ACCOUNT_{name}_ALLOWED_HOSTS": allowed for name in ("WEST_END", "ARENA", "ASSEMBLY", "STADIUM")
        }

    def command(self, name: str) -> list[str]:
        """Beat looks every two seconds: `tests.processes.quick`."""
        found = super().command(name)
        if name.startswith("beat"):
            found[found.index("shop.celery")] = "tests.processes.quick"
        return found

    def open(self) -> None:
        self.start("standin")
        self.collect_statics()
        self.fill()
        self.start("web", "worker", "beat")

    def instance(self, account: str, words: str = "", *, skip: int = 0) -> int:
        """A date of an account, of an event or at a venue of such a name."""
        rows = self.sql(
            "SELECT i.id FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id"
            " JOIN catalog_provideraccount a ON a.id = e.account_id JOIN catalog_venue v ON v.id = e.venue_id"
            " WHERE a.name = ? AND (e.name LIKE ? OR v.name = ?) AND i.gone_at IS NULL AND i.bookable"
            " AND COALESCE(i.longest_run, 9) > 3"
            " ORDER BY i.starts_at, i.id",
            account,
            f"%{words}%",
            words,
        )
        return int(rows[skip][0])

    def concert(self) -> str:
        """The name of what `Shopper.from_stadium` chooses."""
        query = (
            "SELECT e.name FROM catalog_event e JOIN catalog_instance i ON i.event_id = e.id WHERE i.id = ?"
        )
        return str(self.sql(query, self.instance("stadium", DOME))[0][0])

    def parts(self, number: str) -> dict[str, str]:
        """Account -> where its part of an order stands."""
        return dict(
            self.sql(
                "SELECT a.name, b.status FROM checkout_booking b JOIN checkout_order o ON o.id = b.order_id"
                " JOIN catalog_provideraccount a ON a.id = b.account_id WHERE o.number = ?",
                number,
            )
        )  # type: ignore[arg-type]

    def status(self, number: str) -> str:
        return str(self.sql("SELECT status FROM checkout_order WHERE number = ?", number)[0][0])


class Shopper(Buyer):
    """Fills a basket without scripts."""

    def chooses(self, shop: Four, *accounts: str) -> None:
        for account in accounts:
            getattr(self, "from_" + account.replace("-", "_"))(shop)

    def from_assembly(self, shop: Four) -> None:
        self.pick(shop.instance("assembly", PLAY, skip=2))
        seats = [str(one["value"]) for one in self.form("/basket/add/").select("input[name=seat]")][:2]
        self.submit("/basket/add/", button="door", door="seats", seat=seats)

    def from_west_end(self, shop: Four) -> None:
        for number in range(60, 90):  # which houses are full follows the calendar
            self.pick(shop.instance("west-end", skip=number))
            self.hold_together(2)
            if self.answer.status_code == 200:
                return
        raise AssertionError(self.text[:400])

    def from_stadium(self, shop: Four) -> None:
        self.pick(shop.instance("stadium", DOME))
        self._so_many(STANDING)

    def from_arena(self, shop: Four) -> None:
        self.pick(shop.instance("arena", QUIET))
        self._so_many("")

    def _so_many(self, words: str) -> None:
        fields = self.page.select("input[type=number][name^=q-]")
        row = next(f for f in fields if words in (f.find_parent("li") or f).get_text(" ", strip=True))
        self.submit("/basket/add/", button="door", door="offers", **{str(row["name"]): "2"})


@dataclass
class Books:
    """What the outside world sold and took since `open`."""

    shop: Four
    before: dict[str, set[str]]

    @classmethod
    def open(cls, shop: Four) -> Books:
        found = cls(shop, {})
        found.before = {name: set(rows) for name, rows in found._all().items()}
        return found

    def _all(self) -> dict[str, dict[str, dict[str, Any]]]:
        books = self.shop.standin.get("books")
        return {
            "intents": {one["id"]: one for one in books["stripe"]["intents"]},
            "ltd": {str(one["basket_id"]): one for one in books["ltd"]["baskets"] if one["state"] == "paid"},
            "xs2event": {str(one["code"]): one for one in books["xs2event"]["bookings"]},
            "tickethead": {
                str(one["id"]): one
                for one in books["tickethead"]["orders"]
                if one["status"].lower() == "paid"
            },
            "spektrix": {str(one["id"]): one for one in books["spektrix"]["orders"]},
        }

    def new(self, name: str) -> list[dict[str, Any]]:
        return [row for key, row in self._all()[name].items() if key not in self.before[name]]

    @property
    def sold(self) -> dict[str, int]:
        """World -> how many orders or bookings."""
        names = ("ltd", "xs2event", "tickethead", "spektrix")
        return {name: len(rows) for name in names if (rows := self.new(name))}

    def ours(self, number: str) -> list[dict[str, Any]]:
        """What our own account with the payment company has of an order."""
        return [one for one in self.new("intents") if one["description"] == number]

    def taken(self, number: str) -> int:
        return sum(one["amount_received"] - one["refunded"] for one in self.ours(number))

    def on_hold(self, number: str) -> int:
        return sum(one["amount_capturable"] for one in self.ours(number))


def put(shop: Four, page: Any, *accounts: str, web: bool = False) -> None:
    """A basket from these accounts in a browser; `web`: and two tickets in the visitor's own basket at the quay."""
    ada = Shopper(shop.origin)
    ada.chooses(shop, *accounts)
    page.context.add_cookies(
        [
            {"name": one.name, "value": str(one.value), "domain": "www.foyer.localhost", "path": "/"}
            for one in ada.session.cookies
        ]
    )
    if web:
        take(page, shop.web, shop.date(UNRESERVED))
        page.wait_for_url("**/basket/?currency=*")


def price_of(shop: Four, number: str, *accounts: str) -> int:
    """What the order says these parts cost together."""
    rows = shop.sql(
        "SELECT a.name, b.total_minor FROM checkout_booking b JOIN checkout_order o ON o.id = b.order_id"
        " JOIN catalog_provideraccount a ON a.id = b.account_id WHERE o.number = ?",
        number,
    )
    return sum(int(minor) for name, minor in rows if name in accounts)


def confirmed(shop: Stack) -> int:
    """How often a basket was confirmed by the agent."""
    return len(posted(shop, "*/confirm", "spektrix"))
