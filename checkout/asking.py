"""What the providers of an order need to know, what a choice costs, and which answers are still missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.cache import cache
from django.utils.translation import gettext as _

from checkout import words
from checkout.models import Booking, Order
from checkout.placing import part_answers, update_total
from shop import clock
from shop.calls import recording
from shop.providers import registry
from shop.providers.types import BUYER_NAMES, Choice, Question

DELIVERIES = ("delivery", "merchandise_delivery")
KEEP_SECONDS = 120  # questions of one hold, between the pages of one buyer


@dataclass(frozen=True)
class Part:
    """One booking and what must be asked for it. `questions` have the buyer's and the part's own in one."""

    booking: Booking
    questions: tuple[Question, ...]
    by_name: dict[str, Question] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {question.name: question for question in self.questions})

    @property
    def own(self) -> tuple[Question, ...]:
        return tuple(q for q in self.questions if q.name not in BUYER_NAMES)

    @property
    def of_buyer(self) -> tuple[Question, ...]:
        return tuple(q for q in self.questions if q.name in BUYER_NAMES)


def ask(order: Order, bookings: Iterable[Booking]) -> list[Part]:
    """The questions of each part, from the provider or as it answered moments ago.

    Calls providers: never inside a transaction. Raises ProviderError.
    """
    return [Part(booking, _questions(order, booking)) for booking in bookings]


def _questions(order: Order, booking: Booking) -> tuple[Question, ...]:
    known = hashlib.sha256(f"{booking.handle}{booking.drawn}".encode()).hexdigest()
    key = f"checkout:questions:{booking.pk}:{known}"
    found: tuple[Question, ...] | None = cache.get(key)
    if found is None:
        with recording(f"order:{order.pk}"):
            found = registry.provider(booking.account.name).bookings.questions(booking.handle)
        cache.set(key, found, KEEP_SECONDS)
    return found


def answered_choice(question: Question, answer: str) -> Choice | None:
    """The choice that an answer names: by its value, or by our code where several providers share a question."""
    for choice in question.choices:
        if answer in (choice.value, choice.code or choice.value):
            return choice
    return None


def is_asked(question: Question, answers: dict[str, str], part: Part) -> bool:
    """Whether the question comes up with these answers: some are asked only after a certain other answer."""
    conditions = conditions_of(question)
    return not conditions or any(_is_met(name, wanted, answers, part) for name, wanted in conditions)


def conditions_of(question: Question) -> tuple[tuple[str, str], ...]:
    """(other question, its answer): asked when one of them is so; none: asked in any case."""
    return (question.only_if, *question.or_if) if question.only_if else ()


def _is_met(name: str, wanted: str, answers: dict[str, str], part: Part) -> bool:
    given = answers.get(name, "")
    other = part.by_name.get(name)
    choice = answered_choice(other, given) if other else None
    return wanted in (given, choice.value if choice else given, choice.code if choice else given)


def answers_for(part: Part, buyer: dict[str, str]) -> dict[str, str]:
    """The answers as this part's provider wants them: its own values of choices, nothing it did not ask for."""
    given = buyer | part_answers(part.booking)
    found: dict[str, str] = {}
    for question in part.questions:
        answer = given.get(question.name, "")
        if not answer or not is_asked(question, given, part):
            continue
        if question.choices:
            choice = answered_choice(question, answer)
            if choice is None or choice.disabled:
                continue
            answer = choice.value
        found[question.name] = answer
    return found


def missing(part: Part, buyer: dict[str, str]) -> list[str]:
    """Names of questions that must be answered and are not."""
    given = buyer | part_answers(part.booking)
    have = answers_for(part, buyer)
    return [q.name for q in part.questions if q.required and q.name not in have and is_asked(q, given, part)]


def _both(labels: dict[str, str]) -> str:
    """How the things of a part come, in a few words: where tickets and the rest come in two ways, which is which."""
    tickets, rest = labels.get("delivery", ""), labels.get("merchandise_delivery", "")
    if tickets and rest and tickets != rest:
        return _("%(tickets)s; from the shop: %(rest)s") % {"tickets": tickets, "rest": rest}
    return tickets or rest


def save_part(part: Part, answers: dict[str, str], *, complete: bool) -> None:
    """Keep the answers of one part and what they cost; `complete`: nothing is missing any more."""
    booking = part.booking
    before = part_answers(booking)
    kept = {name: value for name, value in answers.items() if name in {q.name for q in part.own}}
    booking.answers = json.dumps(kept)
    booking.delivery_minor = booking.protection_minor = 0
    booking.format_code = ""
    labels: dict[str, str] = {}
    for question in part.own:
        answer = kept.get(question.name, "")
        choice = answered_choice(question, answer) if question.choices else None
        price = choice.price if choice else (question.price if answer == "yes" else None)
        cost = price.minor if price else 0
        if question.name in DELIVERIES and choice:  # what is posted apart is paid apart
            labels[question.name] = choice.label or str(
                words.CHOICES.get(choice.code, choice.code or choice.value)
            )
            booking.delivery_minor += cost
        elif question.name == "protection":
            booking.protection_minor = cost
        elif question.name == "format" and choice:
            booking.format_code = (choice.code or choice.value)[:20]
    booking.delivery_label = _both(labels)[:100]
    if kept != before:
        booking.asked_minor = None  # another choice, another sum
    booking.total_minor = (
        booking.asked_minor
        if booking.asked_minor is not None
        else booking.tickets_minor + booking.delivery_minor + booking.protection_minor
    )
    booking.details_at = clock.now() if complete else None
    booking.save(
        update_fields=[
            "answers", "delivery_label", "delivery_minor", "protection_minor", "format_code", "asked_minor",
            "total_minor", "details_at",
        ]
    )  # fmt: skip
    update_total(booking.order)
