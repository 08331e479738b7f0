"""The filters of the event list, as an address says them: `?q=hamlet&when=weekend&kind=play&price=40`.

One GET form; the address reproduces the result; every active filter is a chip with the address without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from catalog import words

QUICK: dict[str, str | Promise] = {
    "today": gettext_lazy("Today"),
    "tomorrow": gettext_lazy("Tomorrow"),
    "weekend": gettext_lazy("This weekend"),
    "month": gettext_lazy("This month"),
}
SORTS: dict[str, str | Promise] = {
    "": pgettext_lazy("sorted by", "Date"),
    "name": pgettext_lazy("sorted by", "Name"),
    "price": pgettext_lazy("sorted by", "Price, lowest first"),
}
PRICES = (15, 25, 40, 60, 100)
LONGEST_TEXT = 100


@dataclass(frozen=True)
class Filters:
    """What a visitor asked for. `problems` maps the name of a field to what was wrong with it."""

    q: str = ""
    when: str = ""
    since: date | None = None  # in the address: from
    until: date | None = None  # in the address: to
    venue: str = ""
    town: str = ""
    kind: str = ""
    price: int | None = None
    access: str = ""
    tickets: bool = False
    sort: str = ""
    problems: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def active(self) -> bool:
        return any(self.values().keys() - {"sort"})

    def values(self) -> dict[str, str]:
        """As the address says it, in a fixed order, only what is set."""
        said = {
            "q": self.q,
            "when": self.when,
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "venue": self.venue,
            "town": self.town,
            "kind": self.kind,
            "price": str(self.price) if self.price is not None else "",
            "access": self.access,
            "tickets": "1" if self.tickets else "",
            "sort": self.sort,
        }
        return {name: value for name, value in said.items() if value}

    def query(self, **changes: str) -> str:
        """ "?when=today&kind=play" with some of it changed; "" values are left out."""
        said = {**self.values(), **changes}
        found = urlencode({name: value for name, value in said.items() if value})
        return f"?{found}" if found else ""

    def without(self, name: str) -> Filters:
        blank = {f.name: f.default for f in fields(Filters) if f.name != "problems"}
        names = ("since", "until", "when") if name == "dates" else (name,)
        return replace(self, **{n: blank[n] for n in names})

    def dates(self, today: date) -> tuple[date | None, date | None]:
        """First and last day asked for; None is open."""
        if self.when:
            return quick_dates(self.when, today)
        return self.since, self.until


def quick_dates(name: str, today: date) -> tuple[date, date]:
    """The days that "today", "this weekend" ... mean on this day. A Sunday's weekend is that Sunday."""
    if name == "tomorrow":
        return today + timedelta(days=1), today + timedelta(days=1)
    if name == "weekend":
        saturday = today + timedelta(days=(5 - today.weekday()) % 7)
        return (today, today) if today.weekday() == 6 else (saturday, saturday + timedelta(days=1))
    if name == "month":
        following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
        return today, following - timedelta(days=1)
    return today, today


def read(query: QueryDict) -> Filters:
    """The filters of an address. What cannot be read is left out and told, the rest counts."""
    problems: dict[str, str] = {}

    def text(name: str) -> str:
        return " ".join(query.get(name, "").replace("\x00", "").split())[:LONGEST_TEXT]

    def day(name: str) -> date | None:
        said = text(name)
        if not said:
            return None
        try:
            found = date.fromisoformat(said)
        except ValueError:
            problems[name] = _("“%(value)s” is not a date. Write it like 2027-01-31.") % {"value": said}
            return None
        if not 2000 <= found.year <= 2200:
            problems[name] = _("“%(value)s” is too far away.") % {"value": said}
            return None
        return found

    since, until = day("from"), day("to")
    if since and until and until < since:
        problems["to"] = _("The last day is before the first, so the two were exchanged.")
        since, until = until, since
    when = text("when") if text("when") in QUICK and not (since or until) else ""
    price = None
    if said := text("price"):
        if said.isdecimal() and 0 < int(said[:7]) < 1_000_000:
            price = int(said[:7])
        else:
            problems["price"] = _("“%(value)s” is not a price. Write a whole number such as 40.") % {
                "value": said
            }
    return Filters(
        q=text("q"), when=when, since=since, until=until, venue=text("venue"), town=text("town"),
        kind=text("kind"), price=price, access=text("access") if text("access") in words.ACCESS else "",
        tickets=query.get("tickets", "") in {"1", "on", "yes"},
        sort=text("sort") if text("sort") in SORTS else "", problems=problems,
    )  # fmt: skip
