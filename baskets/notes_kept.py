"""The buyer's answers as a hold keeps them: one sealed text, JSON.

`held`: what was read back, `typed`: what was sent and is not read back yet, `lost`: what was sent and not taken. Each
is target -> key -> answer; the target is the ref of a ticket or ORDER, the key the name an answer is read back under,
a yes is "yes".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from baskets.models import Hold
from shop.providers import types

ORDER = ""  # the target of an answer about the whole order
YES = "yes"
TICKED = frozenset({YES, "true", "1"})  # a box office that keeps a tick as text has it back as a word
Answers = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Answer:
    """`state`: held, typed, lost, or "" where there is none."""

    text: str = ""
    state: str = ""


@dataclass
class Kept:
    held: Answers = field(default_factory=dict)
    typed: Answers = field(default_factory=dict)
    lost: Answers = field(default_factory=dict)

    @classmethod
    def of(cls, hold: Hold) -> Kept:
        return cls(**json.loads(hold.notes)) if hold.notes else cls()

    def text(self) -> str:
        """ "" where nobody answered anything."""
        parts = {name: _without_empty(getattr(self, name)) for name in ("held", "typed", "lost")}
        return json.dumps(parts, separators=(",", ":")) if any(parts.values()) else ""

    def answer(self, target: str, key: str) -> Answer:
        """The newest there is."""
        for state in ("typed", "lost", "held"):
            said = getattr(self, state).get(target, {})
            if said.get(key):
                return Answer(said[key], state)
        return Answer()

    def type(self, targets: Iterable[str], answers: Mapping[str, str]) -> None:
        """These are about to be sent: "" empties."""
        for target in targets:
            self.typed.setdefault(target, {}).update(answers)
            for key in answers:
                self.lost.get(target, {}).pop(key, None)

    def take_in(self, state: types.Hold) -> None:
        """What was read back takes the place of what it says the same as; what is not there any more is forgotten."""
        self.held = {
            ticket.ref: dict(ticket.attributes)
            for item in state.items
            if item.state != "gone"
            for ticket in item.tickets
            if ticket.ref
        }
        self.held[ORDER] = dict(state.attributes)
        for kept in (self.typed, self.lost):
            for target in list(kept):
                there = self.held.get(target)
                if there is None:
                    del kept[target]
                    continue
                kept[target] = {
                    key: said for key, said in kept[target].items() if not _is_said(said, there.get(key, ""))
                }

    def settle(self) -> None:
        """What was sent has been answered: what is not among what was read back was not taken."""
        for target, answers in self.typed.items():
            gone = {key: said for key, said in answers.items() if said}
            if gone:
                self.lost.setdefault(target, {}).update(gone)
        self.typed = {}


def rebuilt(hold: Hold, state: types.Hold) -> str:
    """`Hold.notes` after the basket was read."""
    kept = Kept.of(hold)
    kept.take_in(state)
    return kept.text()


def _is_said(said: str, there: str) -> bool:
    return said == there or (said == YES and there.casefold() in TICKED)


def _without_empty(answers: Answers) -> Answers:
    return {target: said for target, said in answers.items() if said}
