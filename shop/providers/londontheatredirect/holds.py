"""Take seats from sale at London Theatre Direct, give them back, read what is held.

What a write is meant to do is handed to `keep` before it goes out. After every write the basket is read again;
what it says then counts, not what we asked for. A lost answer is never followed by a second hold:

    new basket        asked for once more: an empty basket costs nothing
    named seats       read; not there: asked for once more (one seat cannot be held twice); refused: read again
    best seats        read; not there after an answered failure: asked for once more, a surplus given back;
                      not there without an answer: left uncertain, for it may still be working
    delete            read; still there: asked for once more
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.base import Keep
from shop.providers.errors import (
    BadAnswer,
    HoldGone,
    LimitExceeded,
    LoneSeat,
    OutcomeUnknown,
    ProviderError,
    Refused,
    SoldOut,
    Unavailable,
)  # fmt: skip
from shop.providers.http import ApiError, LostAnswer
from shop.providers.londontheatredirect import held, inferred, mapping, reading
from shop.providers.londontheatredirect.client import Client
from shop.providers.londontheatredirect.handle import Handle
from shop.providers.types import Hold, Selection

Json = dict[str, Any]
GONE = frozenset({403, 404, 410})  # the basket is empty, invalid or not known


@dataclass(frozen=True)
class Wish:
    """One call to come: seats of one performance, or so many of one area and price."""

    performance: str
    seats: tuple[int, ...] = ()
    offer: str = ""
    quantity: int = 0

    @property
    def refs(self) -> tuple[str, ...]:
        return tuple(map(str, self.seats)) or (self.offer,)


class Holds:
    def __init__(self, client: Client, config: AccountConfig) -> None:
        self._client = client
        self._account = config.name
        self._zone = inferred.zone_of_times(config)
        self._currency = inferred.currency_of_prices(config)

    # --- verbs ----------------------------------------------------------------------------------------------------

    def hold(self, handle: str | None, selections: Sequence[Selection], keep: Keep) -> Hold:
        wishes = self._wishes(selections)
        if not wishes:
            raise Refused("nothing was chosen", account=self._account)
        if handle:
            state = Handle.read(handle, account=self._account)
            if state.pending:  # an earlier answer was lost: first see what came of it
                there = self._content(state)
                state.answered()
                self._take(state, there)
        else:
            state = Handle(basket=self._new_basket())
            keep(state.text())
        before = set(state.present)
        found: Json = {}
        for wish in wishes:
            try:
                found = self._add(state, wish, keep)
            except OutcomeUnknown:
                raise  # what is meant is in the handle: the next reading tells
            except ProviderError:
                self._give_back_since(state, before, keep)
                raise
        return self._hold(state, found, keep)

    def release(self, handle: str, item_refs: Sequence[str] | None, keep: Keep) -> Hold:
        state = Handle.read(handle, account=self._account)
        if item_refs is None:
            found = self._delete(
                state,
                lambda: self._client.delete_all(state.basket),
                lambda now: not self._live_items(state, now),
            )
        else:
            found = {}
            for item in dict.fromkeys(item_refs):
                found = self._delete_item(state, item)
            found = found or self._content_or_nothing(state)
        return self._hold(state, found, keep)

    def read(self, handle: str) -> Hold:
        state = Handle.read(handle, account=self._account)
        found = self._content(state)
        return self._mapped(state, found)

    # --- reading ----------------------------------------------------------------------------------------------------

    def _content(self, state: Handle) -> Json:
        """The basket as it is. Raises HoldGone where they do not know it."""
        try:
            found = self._client.basket(state.basket)
        except ApiError as error:
            if error.status in GONE:
                raise HoldGone("they do not know the basket", account=self._account) from None
            raise
        held.adopt(state, found, http.now())
        return found

    def _content_or_nothing(self, state: Handle) -> Json:
        """The same where an unknown basket means that nothing is held."""
        try:
            return self._content(state)
        except HoldGone:
            return self._take(state, {"Items": []})

    def _take(self, state: Handle, found: Json) -> Json:
        held.adopt(state, found, http.now())
        return found

    def _after_write(self, state: Handle, what: str, said: Json | None = None) -> Json:
        """Read after a write. `said`: the answer of the write itself, which counts where the reading fails.

        Raises OutcomeUnknown where nobody can say what is held.
        """
        try:
            return self._content_or_nothing(state)
        except (Unavailable, BadAnswer) as error:
            content = reading.record((said or {}).get("GetBasketContentResult"))
            if (
                isinstance(content.get("Items"), list)
                and content.get("BasketId", state.basket) == state.basket
            ):
                return self._take(state, content)
            raise OutcomeUnknown(
                f"{what}: not even read back ({error.code})", account=self._account
            ) from None

    def _live_items(self, state: Handle, found: Json) -> dict[str, list[str]]:
        """Item id -> ids of its tickets, of what is held by a reading."""
        return held.live_ticket_ids(found, state, http.now())

    def _mapped(self, state: Handle, found: Json) -> Hold:
        return held.hold(
            found, state, arrived=http.now(), zone=self._zone, currency=self._currency, account=self._account
        )

    def _hold(self, state: Handle, found: Json, keep: Keep) -> Hold:
        state.answered()
        self._take(state, found)
        hold = self._mapped(state, found)
        keep(hold.handle)
        return hold

    # --- adding -------------------------------------------------------------------------------------------------------

    def _wishes(self, selections: Sequence[Selection]) -> list[Wish]:
        """One call for all named seats of a performance, one for each area and price."""
        seats: dict[str, dict[int, None]] = {}
        best: dict[tuple[str, str], int] = {}
        for one in selections:
            if not one.instance_ref.isdigit():
                raise SoldOut("no performance of theirs", refs=(one.instance_ref,), account=self._account)
            if one.seat_refs:
                for ref in one.seat_refs:
                    if not (ref.isascii() and ref.isdigit()):
                        raise SoldOut("no ticket of theirs", refs=(ref,), account=self._account)
                    seats.setdefault(one.instance_ref, {})[int(ref)] = None
            elif one.offer_key and one.quantity > 0:
                try:
                    mapping.read_best_key(one.offer_key)
                except ValueError:
                    raise SoldOut(
                        "no offer of theirs", refs=(one.offer_key,), account=self._account
                    ) from None
                key = (one.instance_ref, one.offer_key)
                best[key] = best.get(key, 0) + one.quantity
            else:
                raise Refused("nothing was chosen", account=self._account)
        wishes = [Wish(performance, seats=tuple(ids)) for performance, ids in seats.items()]
        wishes += [Wish(performance, offer=offer, quantity=n) for (performance, offer), n in best.items()]
        if any(max(len(wish.seats), wish.quantity) > inferred.MOST_TICKETS for wish in wishes):
            raise LimitExceeded("too many for one item", limit=inferred.MOST_TICKETS, account=self._account)
        return wishes

    def _new_basket(self) -> str:
        try:
            return self._client.new_basket()
        except OutcomeUnknown:
            try:
                return self._client.new_basket()
            except OutcomeUnknown as error:
                # nothing can be held in a basket whose id nobody knows
                raise Unavailable(error.detail, account=self._account) from None

    def _add(self, state: Handle, wish: Wish, keep: Keep) -> Json:
        """Have one wish held and return the basket as read afterwards; all of the wish or nothing of it."""
        if wish.seats and set(wish.refs) & state.tickets.keys():
            found = self._without_expired(state, wish)
            if set(wish.refs) <= set(state.present):
                return found
        before = set(state.present)
        if wish.seats:
            state.ask_for_seats(wish.performance, [ref for ref in wish.refs if ref not in before])
        else:
            state.ask_for_best(wish.performance, wish.offer, wish.quantity)
        keep(state.text())
        try:
            found = self._send_and_read(state, wish, before)
            new = self._new_items(state, found, before)
            if not self._is_there(state, wish, found):
                self._delete_items(state, new)
                raise SoldOut("not all of it is in the basket", refs=wish.refs, account=self._account)
            surplus = self._surplus(wish, new)
            found = self._delete_items(state, surplus) or found
        except OutcomeUnknown:
            raise
        except ProviderError:
            state.answered()
            keep(state.text())
            raise
        state.answered()
        self._take(state, found)
        keep(state.text())
        return found

    def _send_and_read(self, state: Handle, wish: Wish, before: set[str]) -> Json:
        """At most two tries, a reading after each; what was read last is returned, whatever is in it.

        Raises a Refused, Unavailable (nothing is held) or OutcomeUnknown (nobody can say).
        """
        try:
            said = self._send(state, wish, before)
        except LostAnswer as lost:
            found = self._after_write(state, lost.detail)
            if self._is_there(state, wish, found):
                return found
            if not wish.seats and inferred.may_be_working(lost.status):
                raise OutcomeUnknown("best seats may still be picked", account=self._account) from None
        else:
            return self._after_write(state, "added", said)
        http.sleep(inferred.RETRY_PAUSE)
        try:
            said = self._send(state, wish, before)
        except LostAnswer as lost:
            found = self._after_write(state, lost.detail)
            if self._new_items(state, found, before):
                return found
            if inferred.may_be_working(lost.status):
                raise OutcomeUnknown(f"{lost.detail}, twice", account=self._account) from None
            raise Unavailable(f"{lost.detail}, twice; nothing is held", account=self._account) from None
        except Refused:
            # the first try may be the reason: what is there now counts
            found = self._after_write(state, "refused")
            if self._is_there(state, wish, found):
                return found
            raise
        return self._after_write(state, "added", said)

    def _send(self, state: Handle, wish: Wish, before: set[str]) -> Json:
        """The call itself; returns their answer where it says that it is done, else raises in our words."""
        try:
            if wish.seats:
                missing = [seat for seat in wish.seats if str(seat) not in before]
                status, body = self._client.add_tickets(state.basket, missing)
            else:
                area, price = mapping.read_best_key(wish.offer)
                status, body = self._client.add_best_seats(
                    state.basket, int(wish.performance), area, wish.quantity, price
                )
        except ApiError as error:
            if error.status not in GONE:
                raise
            self._content(state)  # raises HoldGone where the basket itself is not known
            if error.status == 403:
                raise HoldGone("they refuse to change the basket", account=self._account) from None
            raise SoldOut("they do not know it", refs=wish.refs, account=self._account) from None
        reason = body.get("FailureReason")
        if status == 200 and body.get("Success") is not False and reason in (None, 0, "0", "None", ""):
            return body
        message = " ".join(reading.text(body, name) for name in ("Message", "MessageDetail"))
        if inferred.is_lone_seat(reason, message):
            raise LoneSeat("a single seat would be left", account=self._account)
        raise SoldOut("not available", refs=wish.refs, account=self._account)

    def _without_expired(self, state: Handle, wish: Wish) -> Json:
        """Before seats are asked for again: take their expired item off the list, where it still stands."""
        found = self._content(state)
        live = self._live_items(state, found)
        for item, refs in held.ticket_ids(found).items():
            if item not in live and set(refs) & set(wish.refs):
                try:
                    found = self._delete_item(state, item)
                except (Refused, Unavailable, BadAnswer):
                    continue  # it only tidies up
        return found

    def _is_there(self, state: Handle, wish: Wish, found: Json) -> bool:
        """Whether a reading holds all that was wished for. Of best seats: so many more than before."""
        live = {ref for refs in self._live_items(state, found).values() for ref in refs}
        if wish.seats:
            return set(wish.refs) <= live
        return len(live - set(state.present)) >= wish.quantity

    def _new_items(self, state: Handle, found: Json, before: set[str]) -> dict[str, list[str]]:
        """What came in since; an item that also has older tickets is not new, and nothing of it is taken away."""
        live = self._live_items(state, found)
        return {item: refs for item, refs in live.items() if refs and not before & set(refs)}

    @staticmethod
    def _surplus(wish: Wish, new: dict[str, list[str]]) -> list[str]:
        """Items beyond the wish: best seats held twice, by a failure that had worked after all."""
        kept, surplus = 0, []
        for item, refs in new.items():
            if wish.seats or kept + len(refs) <= wish.quantity:
                kept += len(refs)
            else:
                surplus.append(item)
        return surplus

    def _give_back_since(self, state: Handle, before: set[str], keep: Keep) -> None:
        """A later selection was refused: the earlier ones of the same call go back. Failing is survivable."""
        if set(state.present) <= before:
            return
        try:
            found = self._content(state)
            self._delete_items(state, self._new_items(state, found, before))
        except ProviderError:
            pass  # the next reading shows them as held
        keep(state.text())

    def _delete_items(self, state: Handle, items: Iterable[str]) -> Json:
        """Give back what must not stay. Raises OutcomeUnknown where that cannot be done now."""
        found: Json = {}
        for item in items:
            try:
                found = self._delete_item(state, item)
            except (Unavailable, BadAnswer, Refused) as error:
                raise OutcomeUnknown(
                    f"could not be given back ({error.code})", account=self._account
                ) from None
        return found

    # --- deleting -----------------------------------------------------------------------------------------------------

    def _delete_item(self, state: Handle, item: str) -> Json:
        return self._delete(
            state,
            lambda: self._client.delete_item(state.basket, item),
            lambda now: item not in self._live_items(state, now),
        )

    def _delete(self, state: Handle, ask: Callable[[], Json], is_gone: Callable[[Json], bool]) -> Json:
        """Ask, read, and ask once more if it is still there. A refusal of what is gone already is a success."""
        for attempt in (1, 2):
            lost: ProviderError | None = None
            try:
                ask()
            except LostAnswer as error:
                lost = error
            except ApiError as error:
                if error.status not in GONE:
                    raise
                lost = HoldGone("they refuse to change the basket", account=self._account)
            found = self._after_write(state, "deleted")
            if is_gone(found):
                return found
            if attempt == 2 or isinstance(lost, HoldGone):
                raise lost or BadAnswer("deleted, and still there", account=self._account)
        raise AssertionError("unreachable")
