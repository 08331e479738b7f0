"""One hold at its provider's desk: the claim, the handle that is kept at once, and the note before each write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import cast

from django.db import IntegrityError, transaction

from baskets.models import Basket, Hold, Line
from catalog.models import Event, Instance, ProviderAccount
from shop import breakers, claims, clock
from shop.calls import recording
from shop.providers import errors, registry, types
from shop.providers.base import BrowserDesk, ChartDesk, Provider, QuantityDesk, ServerExtrasDesk
from shop.providers.charts import Chart
from shop.providers.extras import Extra

# Longer than the slowest honest piece of work between two handles that are kept: each of them prolongs the claim, unless
# that was done moments ago.
CLAIM_SECONDS = 80
PROLONG_AFTER = timedelta(seconds=5)
ASK_AGAIN_AFTER = timedelta(seconds=2)
LIVE = (Line.State.HELD, Line.State.WISH, Line.State.CHANGED)


class Busy(Exception):
    """Somebody is at this hold right now. `same`: with the very choice that was sent again."""

    def __init__(self, *, same: bool) -> None:
        super().__init__("same" if same else "other")
        self.same = same


class ToBrowser(Exception):
    """The visitor's own browser has to ask. Nothing was asked yet; the handle knows of it."""

    def __init__(self, ask: types.AskBrowser) -> None:
        super().__init__("the browser has to ask")
        self.ask = ask


def claim_name(hold_id: int) -> str:
    return f"hold:{hold_id}"


def scope_of(provider: Provider, event: Event) -> str:
    return event.provider_ref if provider.capabilities.one_event_per_hold else ""


def hold_for(basket: Basket, instance: Instance, *, fresh_after: Hold | None = None) -> Hold:
    """The hold to add a date to: the one that has this date already, else as `hold_at`."""
    event = instance.event
    scope = scope_of(registry.provider(event.account.name), event)
    return hold_at(basket, event.account, scope=scope, instance=instance, fresh_after=fresh_after)


def hold_at(
    basket: Basket,
    account: ProviderAccount,
    *,
    scope: str = "",
    instance: Instance | None = None,
    fresh_after: Hold | None = None,
) -> Hold:
    """The newest hold of the account that is alive (one that has `instance` goes first), else a new one.

    `fresh_after`: the provider will not have this one changed; the hold comes after it.
    """
    while True:
        every = list(Hold.objects.filter(basket=basket, account=account, scope=scope).order_by("-generation"))
        after = 0 if fresh_after is None else fresh_after.generation
        live = [row for row in every if row.generation > after and row.state != Hold.State.CLOSED]
        if live:
            lines = Line.objects.filter(hold__in=live, state__in=LIVE).values_list("hold_id", "instance_id")
            there = set(lines) if instance is not None else set()
            if instance is None or live[0].pk not in {hold for hold, _date in there}:
                return live[0]  # the latter: begun after one that takes no more
            return next((row for row in live if (row.pk, instance.pk) in there), live[0])
        newest = every[0].generation if every else 0
        try:
            with transaction.atomic():
                return Hold.objects.create(basket=basket, account=account, scope=scope, generation=newest + 1)
        except IntegrityError:
            continue  # a second tab made it


class Desk:
    """A claimed hold. Only what is asked through here reaches the provider."""

    def __init__(self, hold: Hold, owner: str) -> None:
        self.row = hold
        self.owner = owner
        self.provider = registry.provider(hold.account.name)
        self.capabilities = self.provider.capabilities
        self._prolonged_at = clock.now()

    def ask_leave(self) -> None:
        """Before more is asked for, and before anything is given back for it. Raises Resting, nothing asked, where the
        account has not answered for a while. What only gives back or looks needs no leave; nor does the visitor's browser."""
        if not self.capabilities.in_browser:
            breakers.ask_leave(self.row.account.name)

    def keep(self, handle: str) -> None:
        if handle != self.row.handle:
            Hold.objects.filter(pk=self.row.pk).update(handle=handle)
            self.row.handle = handle
        now = clock.now()
        if now - self._prolonged_at >= PROLONG_AFTER:
            claims.prolong(claim_name(self.row.pk), self.owner, seconds=CLAIM_SECONDS)
            self._prolonged_at = now

    def before_writing(self) -> None:
        """Whoever dies from here on leaves a row that the sweep finds and reads."""
        due = clock.now() + timedelta(seconds=CLAIM_SECONDS)
        Hold.objects.filter(pk=self.row.pk).update(state=Hold.State.UNCERTAIN, due_at=due)
        self.row.state = Hold.State.UNCERTAIN

    def nothing_changed(self, was: str) -> None:
        """The provider said no: the hold is as it was before."""
        Hold.objects.filter(pk=self.row.pk).update(state=was, due_at=self.row.due_at)
        self.row.state = was

    def not_known(self) -> None:
        """Look soon: what was asked may or may not have happened."""
        due = clock.now() + ASK_AGAIN_AFTER
        Hold.objects.filter(pk=self.row.pk).update(state=Hold.State.UNCERTAIN, due_at=due, attempts=0)
        self.row.state = Hold.State.UNCERTAIN

    def hold(self, selections: Sequence[types.Selection]) -> types.Hold:
        """Ask for more. After a refusal the row is as before; after a lost answer it is uncertain.

        Raises ToBrowser where the visitor's browser has to ask: the row is as before, and nothing is uncertain yet.
        """
        return self._write(lambda: self.provider.holds.hold(self.row.handle or None, selections, self.keep))

    def release(self, item_refs: Sequence[str] | None) -> types.Hold:
        """Give back. Raises like `hold`."""
        return self._write(lambda: self.provider.holds.release(self.row.handle, item_refs, self.keep))

    def take(self, extras: Sequence[Extra]) -> types.Hold:
        """Ask for something beside tickets. Raises like `hold`."""
        return self._write(lambda: self._more.take(self.row.handle or None, extras, self.keep))

    def note(self, notes: Mapping[str, str | bool], tickets: Sequence[str] | None = None) -> types.Hold:
        """Write answers on tickets or on the order. Raises like `hold`."""
        return self._write(lambda: self._more.note(self.row.handle, notes, self.keep, tickets=tickets))

    def note_key(self, label: str) -> str:
        return self._more.note_key(label)

    def use_code(self, code: str) -> types.Hold:
        """Apply a code to the whole basket. Raises like `hold`."""
        return self._write(lambda: self._more.use_code(self.row.handle, code, self.keep))

    @property
    def _more(self) -> BrowserDesk | ServerExtrasDesk:
        """The desk of an account that has more than tickets."""
        if not (self.capabilities.extras or self.capabilities.notes or self.capabilities.codes):
            raise errors.Unsupported("this account sells tickets only", account=self.row.account.name)
        return cast("BrowserDesk | ServerExtrasDesk", self.provider.holds)

    def chart(self, instance_ref: str) -> Chart:
        """The provider's own chart with this hold's token. Takes nothing from sale: the row stays as it is."""
        if not self.capabilities.chart:
            raise errors.Unsupported("this account has no chart of its own", account=self.row.account.name)
        desk = cast(ChartDesk, self.provider.holds)
        return desk.chart(self.row.handle or None, instance_ref, self.keep)

    def set_quantity(self, item_ref: str, quantity: int) -> types.Hold:
        """Hold so many of an item, where the provider changes a number in place. Raises like `hold`."""
        desk = cast(QuantityDesk, self.provider.holds)
        return self._write(lambda: desk.set_quantity(self.row.handle, item_ref, quantity, self.keep))

    def _write(self, ask: Callable[[], types.Hold | types.AskBrowser]) -> types.Hold:
        if self.capabilities.in_browser:  # what our server does here is to prepare: it changes nothing there
            state = ask()
            if isinstance(state, types.AskBrowser):
                raise ToBrowser(state)
            return state
        was = self.row.state
        self.before_writing()
        try:
            state = ask()
        except errors.Refused:
            self.nothing_changed(was)
            raise
        except errors.ProviderError as error:
            self.after_failure(was, error)
            raise
        assert isinstance(state, types.Hold)
        return state

    @property
    def browser(self) -> BrowserDesk:
        """The desk of an account whose basket is the visitor's own."""
        if not self.capabilities.in_browser:
            raise errors.Unsupported("this account is asked by our server", account=self.row.account.name)
        return cast(BrowserDesk, self.provider.holds)

    def after_failure(self, was: str, error: errors.ProviderError) -> None:
        """Never asked, or asked without a result that can be told: in both cases it is read soon."""
        if not self.row.handle:
            self.nothing_changed(was)  # nothing was begun there
        elif isinstance(error, errors.Unavailable | errors.Misconfigured | errors.Unsupported):
            soon = clock.now() + ASK_AGAIN_AFTER
            Hold.objects.filter(pk=self.row.pk).update(state=was, due_at=soon)
            self.row.state = was
        else:
            self.not_known()

    def read(self) -> types.Hold:
        return self.provider.holds.read(self.row.handle)


@contextmanager
def at_desk(hold: Hold) -> Iterator[Desk]:
    """Own the hold for a while. Raises `Busy` where another request or process does."""
    try:
        with (
            claims.claim(claim_name(hold.pk), seconds=CLAIM_SECONDS) as owner,
            recording(f"basket:{hold.basket_id}"),
        ):
            hold.refresh_from_db(from_queryset=Hold.objects.select_related("account", "basket"))
            yield Desk(hold, owner)
    except claims.Taken as taken:
        if taken.name != claim_name(hold.pk):
            raise
        raise Busy(same=False) from None
