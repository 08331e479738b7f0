"""The pick form: three doors to one question to the box office, "please hold these".

`best`: how many, where and for how much; the shop picks seats beside each other. `group` and `seats`: named
seats, as a group in one press or one by one. `offers`: so many of each ticket (`by_number`). One form, so that the prices that
were shown and the token that makes two presses one travel with every door.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baskets import seating
from baskets.by_number import ByNumber
from baskets.holding import Shown
from baskets.offers import limit_of, picks_for_you
from baskets.snapshot import SeatShown, Snapshot
from catalog.models import Instance
from shop.providers.types import Availability, Discount, Offer, Seat, Selection

DOORS = ("best", "group", "seats", "offers", "code")


class PickForm(ByNumber):
    """Unbound it draws the page, bound it turns one door into selections.

    After `is_valid`: `selections`, `shown`, `wanted` (the choice as lines), `chosen` (refs of named seats).
    """

    def __init__(
        self,
        data: MultiValueDict | None = None,
        *,
        instance: Instance,
        free: Availability,
        snapshot: Snapshot | None = None,
        party: int = 2,
        have: Mapping[str, int] | None = None,
        code_discount: Discount | None = None,
        area: str = "",
        slot: tuple[str, str] = ("", ""),
        dates: Sequence[Instance] = (),
        ticked: Sequence[str] = (),
        typed: Mapping[str, Sequence[str]] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.instance, self.free, self.snapshot = instance, free, snapshot
        self.have = dict(have or {})  # offer key -> how many are in the basket already
        self.code_discount = code_discount
        self.dates = dates  # that may be ticked beside this one
        self.picks: list[tuple[Offer, int]] = []  # what was chosen by number
        self.slot = slot  # day and time that were asked for, where entry is by time
        self.limit = limit_of(free)
        self.rng = rng or random.SystemRandom()
        self.door = self._door(data)
        self.selections: list[Selection] = []
        self.shown = Shown()
        self.wanted: list[dict[str, Any]] = []
        self.no_group = False
        self.party = min(max(party, 1), self.limit)  # groups of so many are offered
        self.opened = area  # whose seats are shown
        initial = {"party": self.party, "together": True, "area": area}
        super().__init__(data, initial=initial, prefix=None, auto_id="pick_%s")
        self._dress()
        if typed:
            self.initial.update(self._as_typed(typed))
        self.chosen: list[str] = self._posted_seats() if self.is_bound else list(ticked)

    @property
    def has_best(self) -> bool:
        """Our own search among what is free; where the provider picks by rules of its own, it is not offered."""
        theirs = any(offer.best_seats and not offer.closed for offer in self.free.offers)
        return bool(self.free.areas or picks_for_you(self.free)) and not theirs

    # --- what was typed, on a page that is drawn anew ---------------------------------------------------

    @property
    def typed(self) -> dict[str, list[str]]:
        """All that stood on the page when it was sent, whatever its door: `PickForm(typed=...)` shows it again."""
        names = [name for name in (*self.fields, "slot", "shown_area") if name in self.data]
        said = {name: [one[:60] for one in self.data.getlist(name)[:100]] for name in names}
        return {**said, "seat": list(self.chosen)}

    def _as_typed(self, typed: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in self.fields.items():
            if isinstance(field, forms.BooleanField):
                found[name] = name in typed
            elif name in typed:
                several = isinstance(field, forms.MultipleChoiceField)
                found[name] = list(typed[name]) if several else next(iter(typed[name]), "")
        return found

    # --- reading ----------------------------------------------------------------------------------------

    @staticmethod
    def _door(data: Mapping[str, Any] | None) -> str:
        if data is None:
            return ""
        if data.get("group"):
            return "group"
        said = data.get("door", "")
        if said == "map":  # its own button behind the map
            return "seats"
        return said if said in DOORS else ""

    def _posted_seats(self) -> list[str]:
        if self.data and self.door == "group":
            return list(dict.fromkeys(self.data.get("group", "").split()))[:100]
        return list(dict.fromkeys(self.data.getlist("seat")))[:100] if self.is_bound else []

    def _clean_fields(self) -> None:
        """Only what belongs to the door that was opened is looked at: the rest of the page may be anything."""
        mine = {
            "best": {"party", "area", "most", "together", "need"},
            "offers": {name for name in self.fields if name[:2] in ("q-", "d-")} | {"code", "place", "also"},
            "code": {"code"},
        }.get(self.door, set())
        every = self.fields
        self.fields = {name: field for name, field in every.items() if name in mine}
        try:
            super()._clean_fields()
        finally:
            self.fields = every

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.snapshot is None:
            self.add_error(
                None,
                _("This page had been open for long, so we asked the box office again. Please look at the prices "
                  "and choose once more."),
            )  # fmt: skip
        elif self.door == "":
            self.add_error(None, _("Please choose your tickets first."))
        elif self.door == "best":
            self._clean_best(cleaned)
        elif self.door in ("group", "seats"):
            self._clean_seats()
        elif self.door == "offers":
            self._clean_offers(cleaned)
        return cleaned

    def _clean_best(self, cleaned: dict[str, Any]) -> None:
        party = cleaned.get("party")
        if "party" in self.errors:
            return
        if party is None or party < 1:
            self.add_error("party", _("Please say how many tickets you want."))
            return
        if party > self.limit:
            self.add_error("party", self._too_many())
            return
        if self.errors:
            return
        area, most = cleaned.get("area") or "", cleaned.get("most") or ""
        cap = int(most) if most else None
        group = seating.best(
            self.free,
            party,
            area=area,
            most=cap,
            together=bool(cleaned.get("together")),
            access=cleaned.get("need") or "",
            rng=self.rng,
        )
        if group is not None:
            terms = {name: cleaned.get(name) or "" for name in ("area", "need")}
            self.take(group, {**terms, "most": cap, "together": bool(cleaned.get("together"))})
            return
        offer = None if cleaned.get("need") else self._picked_there(party, area, cap)
        if offer is not None:
            self._take_offer(offer, party, ())
            return
        self.no_group = True
        self.add_error(
            "party",
            ngettext(
                "There is no free seat that fits this.", "There are no %(count)s seats that fit this.", party
            )
            % {"count": party},
        )

    def _picked_there(self, party: int, area: str, most: int | None) -> Offer | None:
        fit = [
            offer
            for offer in picks_for_you(self.free)
            if (not area or offer.area == area)
            and (most is None or offer.price.minor <= most)
            and offer.allows(party)
        ]
        if not fit:
            return None
        return min(fit, key=lambda o: o.price) if most is None else max(fit, key=lambda o: o.price)

    def take(self, group: seating.Group, sought: Mapping[str, Any]) -> None:
        """Ask for these seats, picked by us from what is free this moment; `sought`: by which terms."""
        seats = {seat.ref: seat.price.minor for seat in group.seats}
        rows = {id(seat): row for row, seat in group.scattered}
        self.chosen = list(seats)
        self._ask_seats(
            [
                (seat.ref, group.area, rows.get(id(seat), group.row), seat.number, seat.price.minor)
                for seat in group.seats
            ],
            sought=sought,
        )

    def _clean_seats(self) -> None:
        assert self.snapshot is not None
        if not self.chosen:
            self.add_error(None, _("Please choose at least one seat first."))
        elif len(self.chosen) > self.limit:
            self.add_error(None, self._too_many())
        elif any(ref not in self.snapshot.seats for ref in self.chosen):
            self.add_error(None, _("Some of these seats are not on this page. Please choose again."))
        else:
            seats = [(ref, self.snapshot.seats[ref]) for ref in self.chosen]
            self._ask_seats([(ref, s.area, s.row, s.number, s.price) for ref, s in seats])

    def _ask_seats(
        self, seats: list[tuple[str, str, str, str, int]], *, sought: Mapping[str, Any] | None = None
    ) -> None:
        picked, terms = sought is not None, dict(sought or {})
        offer_keys = {seat.ref: seat.offer_key for seat in self._free_seats()}
        refs = tuple(ref for ref, *_rest in seats)
        keys = {offer_keys.get(ref, "") for ref in refs}
        selection = Selection(
            instance_ref=self.instance.provider_ref,
            seat_refs=refs,
            offer_key=keys.pop() if len(keys) == 1 else "",
        )
        self.selections = [selection]
        prices = {ref: price for ref, _a, _r, _n, price in seats}
        self.shown = Shown(seats=prices, picked=picked, sought=terms)
        tickets = [{"ref": ref, "row": row, "number": number, "ticket_type": "", "price": price, "fee": None,
                    "face": None, "restricted": False, "note": ""} for ref, _a, row, number, price in seats]  # fmt: skip
        self.wanted = [
            self._wanted(selection, area=seats[0][1], tickets=tickets, quantity=len(refs), picked=picked,
                         sought=terms, price=sum(prices.values()))
        ]  # fmt: skip

    def _free_seats(self) -> list[Seat]:
        return [seat for area in self.free.areas for row in area.rows for seat in row.seats]

    @property
    def wish(self) -> str:
        """Names this press: the page it came from and what was sent with it. A second press has the same name,
        whatever seats the shop would pick for it by then."""
        if self.snapshot is None:
            return ""
        left_out = {"csrfmiddlewaretoken", "shown", "shown_area"}
        sent = sorted((name, self.data.getlist(name)) for name in self.data if name not in left_out)
        return f"{self.snapshot.token}:{hashlib.sha256(json.dumps(sent).encode()).hexdigest()[:24]}"

    def seats_shown(self) -> list[tuple[str, SeatShown]]:
        """The named seats of this choice as the page showed them."""
        return [
            (ref, self.snapshot.seats[ref])
            for ref in self.chosen
            if self.snapshot and ref in self.snapshot.seats
        ]
