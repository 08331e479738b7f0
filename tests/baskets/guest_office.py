"""The box office of these tests, wanting to know its guests before it books."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from shop.providers import errors
from shop.providers.accounts import AccountConfig
from shop.providers.guests import GuestPlace, GuestSheet
from shop.providers.types import Hold, Selection
from tests.baskets.box_office import OFFICE, Provider


@dataclass
class Wants:
    before: tuple[str, ...] = ("first_name", "last_name")
    later: tuple[str, ...] = ()
    by_offer: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scope: str = "all"  # all, lead
    notes: tuple[str, ...] = ()
    asked: list[Selection] = field(default_factory=list)
    down: bool = False


WANTS = Wants()


def fresh() -> Wants:
    WANTS.__init__()  # type: ignore[misc]
    return WANTS


class GuestProvider(Provider):
    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        super().__init__(config, polite=polite)
        self.capabilities = replace(self.capabilities, guest_data=True)
        self.guests = self

    def _state(self, handle: str) -> Hold:
        """An item asks for the same again by its offer, not by its seats."""
        found, kept = super()._state(handle), OFFICE.baskets[handle]
        items = tuple(
            replace(
                item,
                selection=Selection(
                    item.instance_ref, offer_key=kept[item.ref].offer, quantity=len(item.tickets)
                ),
            )
            for item in found.items
        )
        return replace(found, items=items)

    def needs(self, selection: Selection) -> GuestSheet:
        self._begin("needs", selection)
        WANTS.asked.append(selection)
        if WANTS.down:
            raise errors.Unavailable("down", account=self.config.name)
        before = WANTS.by_offer.get(selection.offer_key, WANTS.before)
        places = tuple(
            GuestPlace(
                key=f"new:{n}", item_ref="new", number=n, lead=n == 0,
                before=before if n == 0 or WANTS.scope == "all" else (), later=WANTS.later,
            )
            for n in range(selection.quantity)
        )  # fmt: skip
        return GuestSheet(places, notes=WANTS.notes)
