"""Tickets chosen by number: so many of each, within what the box office and the basket allow, for one date or more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baskets.fields import PickFields
from baskets.holding import Shown
from baskets.holding.lines import selection_row
from baskets.offers import closed_words, counted_offers, in_place
from baskets.snapshot import Snapshot
from catalog.models import Instance
from shop import words
from shop.problems import problem
from shop.providers.types import Discount, Offer, Selection


class ByNumber(PickFields):
    """The door `offers`. Whoever inherits sets what is declared here."""

    instance: Instance
    snapshot: Snapshot | None
    code_discount: Discount | None
    picks: list[tuple[Offer, int]]  # what was chosen by number
    selections: list[Selection]
    shown: Shown
    wanted: list[dict[str, Any]]

    def refuse_code(self) -> None:
        """Said once, with the code in the sentence; the field is empty again, so that it is not in the way."""
        typed = self.data.get("code", "").strip()[:60]
        self.add_error(
            "code",
            _("We do not know the code “%(code)s”. Type another one, or go on without.") % {"code": typed},
        )
        self.data = self.data.copy()
        self.data["code"] = ""

    def asked_for(self) -> set[str]:
        """Keys of the offers that were sent with a number."""
        return {
            name[2:]
            for name, value in (self.data.items() if self.is_bound else ())
            if name.startswith("q-") and value not in ("", "0")
        }

    def _clean_offers(self, cleaned: dict[str, Any]) -> None:
        chosen = [
            (offer, cleaned.get(f"q-{offer.key}") or 0)
            for offer in counted_offers(self.free)
            if not offer.closed and (cleaned.get(f"q-{offer.key}") or 0) > 0
        ]
        if self.errors:
            return
        gone = self.asked_for() - {offer.key for offer in counted_offers(self.free) if not offer.closed}
        if gone:  # never a part of a choice without a word: it is said before anything is held
            self.add_error(None, self._nothing_chosen(problem("sold_out").text))
            return
        if cleaned.get("code") and self.code_discount is None:
            self.refuse_code()
        if not chosen:
            self.add_error(None, self._nothing_chosen())
            return
        if sum(count for _offer, count in chosen) > self.limit:
            self.add_error(None, self._too_many())
        keys = {offer.key for offer, _count in chosen} | {key for key, count in self.have.items() if count}
        place = cleaned.get("place") or ""
        for number, (offer, count) in enumerate(chosen):
            there = in_place(self.free, offer, place)
            if there is None:
                self.add_error(
                    f"q-{offer.key}", _("There are none of these in “%(area)s”.") % {"area": place}
                )
                continue
            self._check_offer(there, count, keys, field=f"q-{offer.key}")
            chosen[number] = there, count
        if self.errors:
            return
        for offer, count in chosen:
            discounts = self._discounts_of(offer, cleaned)
            for discount in discounts:
                if discount.minimum and count < discount.minimum:
                    self.add_error(
                        f"q-{offer.key}",
                        _("“%(name)s” begins at %(count)s tickets.")
                        % {"name": discount.name, "count": discount.minimum},
                    )
                if discount.maximum and count > discount.maximum:
                    self.add_error(
                        f"q-{offer.key}",
                        _("“%(name)s” is for at most %(count)s tickets.")
                        % {"name": discount.name, "count": discount.maximum},
                    )
            self._take_offer(offer, count, discounts)
            self.picks.append((offer, count))

    @property
    def further(self) -> list[Instance]:
        """The other dates that were ticked."""
        ticked = set(self.cleaned_data.get("also") or ())
        return [one for one in self.dates if str(one.pk) in ticked] if self.picks else []

    def take_again(self, selection: Selection, row: dict[str, Any], offer: Offer, other: Instance) -> None:
        """One of the picks for another date: the selection there, and the line that was wanted here."""
        told = {**self.shown.offers, selection.offer_key: self.shown.offers[offer.key]}
        self.shown = Shown(offers=told, estimated=self.shown.estimated)
        self.selections.append(selection)
        again = {key: row[key] for key in ("area", "tickets", "quantity", "price")}
        self.wanted.append(self._wanted(selection, **again) | {"instance": other.pk})

    def _nothing_chosen(self, otherwise: str = "") -> str:
        """A ticket whose sale has not begun may have been asked for by an old page: it is named."""
        posted = self.asked_for()
        for offer in counted_offers(self.free):
            if offer.key in posted and offer.closed:
                return closed_words(offer, self.instance.event.venue.timezone)
        return otherwise or _("Please say how many tickets you want.")

    def _check_offer(self, offer: Offer, count: int, keys: set[str], *, field: str) -> None:
        name, have = field, self.have.get(offer.key, 0)
        if have + count > offer.maximum:
            if have:
                self.add_error(
                    name,
                    _(
                        "One buyer can have at most %(limit)s of these, and %(have)s are in your basket already."
                    )
                    % {"limit": offer.maximum, "have": have},
                )
            else:
                self.add_error(
                    name, _("One buyer can have at most %(limit)s of these.") % {"limit": offer.maximum}
                )
        elif offer.left is not None and count > offer.left:
            self.add_error(
                name,
                ngettext("Only %(left)s is left.", "Only %(left)s are left.", offer.left)
                % {"left": offer.left},
            )
        elif offer.quantities and count not in offer.quantities:
            numbers = words.any_of(self.numbers_of(offer))
            self.add_error(
                name, _("These are sold in these numbers only: %(numbers)s.") % {"numbers": numbers}
            )
        elif count < offer.minimum:
            self.add_error(name, _("These are sold from %(count)s on.") % {"count": offer.minimum})
        elif (count - offer.minimum) % offer.step:
            self.add_error(name, _("These are sold in steps of %(step)s.") % {"step": offer.step})
        elif offer.needs and not keys & set(offer.needs):
            others = [one for one in self.free.offers if one.key in offer.needs]
            self.add_error(
                name,
                _("This is an extra. It needs one of these with it: %(names)s.")
                % {"names": ", ".join(dict.fromkeys(one.ticket_type or one.area for one in others))},
            )

    def _discounts_of(self, offer: Offer, cleaned: Mapping[str, Any]) -> list[Discount]:
        ref = cleaned.get(f"d-{offer.key}") or ""
        found = [one for one in offer.discounts if one.ref == ref and not one.needs_code]
        by_code = self.code_discount
        if by_code is not None:
            listed = {one.ref for other in self.free.offers for one in other.discounts}
            if by_code.ref not in listed or by_code.ref in {one.ref for one in offer.discounts}:
                found.append(by_code)
        return found

    def _take_offer(self, offer: Offer, count: int, discounts: list[Discount] | tuple[()]) -> None:
        by_code = self.code_discount is not None and self.code_discount in discounts
        selection = Selection(
            instance_ref=self.instance.provider_ref,
            offer_key=offer.key,
            quantity=count,
            discount_refs=tuple(one.ref for one in discounts),
            code=self.cleaned_data.get("code", "") if by_code else "",
        )
        self.selections.append(selection)
        told = self.snapshot.offers.get(offer.key, offer.price.minor) if self.snapshot else offer.price.minor
        estimated = {offer.key} if offer.price_estimated else set()
        self.shown = Shown(
            offers={**self.shown.offers, offer.key: told}, estimated=self.shown.estimated | estimated
        )
        tickets = [{"ref": "", "row": "", "number": "", "ticket_type": offer.ticket_type, "price": told, "fee": None,
                    "face": None, "restricted": False, "note": ""}] * count  # fmt: skip
        self.wanted.append(
            self._wanted(selection, area=offer.area, tickets=tickets, quantity=count, price=told * count)
        )

    def _wanted(self, selection: Selection, **rest: Any) -> dict[str, Any]:
        token = self.snapshot.token if self.snapshot else ""
        number = len(self.wanted)
        return {
            "key": f"{token}:{number}",
            "instance": self.instance.pk,
            "selection": selection_row(selection),
            **rest,
        }

    def _too_many(self) -> str:
        return ngettext(
            "You can have at most %(limit)s ticket in one go.", "You can have at most %(limit)s tickets in one go.",
            self.limit,
        ) % {"limit": self.limit}  # fmt: skip
