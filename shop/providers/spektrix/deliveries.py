"""How what is in a basket of our server's reaches the buyer: read from the basket, asked, and compared. Pure.

"Adding Items to the Basket" and the v3 Help have `ticketDelivery` and `merchandiseDelivery` of a basket, each with its list
of options. They may be dropped or cost something else whenever the basket changes, so they are read again after each change.
"""

from __future__ import annotations

from shop.money import Money
from shop.providers.spektrix import inferred_agent as inferred
from shop.providers.spektrix import reading, told
from shop.providers.spektrix.reading import Json
from shop.providers.types import Choice, Question

# Name of our question -> field of the basket.
FIELDS = {"delivery": inferred.TICKETS, "merchandise_delivery": inferred.MERCHANDISE}
ADDRESS = ("address_1", "address_2", "city", "postcode", "country")
OPTIONAL = ("address_2",)
KEPT = (
    "deliveries"  # in the basket of a handle: field -> {"v": value, "n": name, "c": our code, "minor": fee}
)


def kept(body: Json, currency: str) -> Json:
    """A basket as a handle keeps it, with the deliveries that are chosen."""
    found = told.basket(told.Reply(200, body)) or told.empty()
    now = {
        field: {
            "v": inferred.delivery_value(one), "n": inferred.delivery_name(one), "c": inferred.delivery_code(one),
            "minor": _price(body, field, one, currency),
        }
        for field in FIELDS.values()
        if inferred.delivery_value(one := reading.record(body.get(field)))
    }  # fmt: skip
    if now:
        found[KEPT] = now
    return found


def _price(body: Json, field: str, one: Json, currency: str) -> int:
    """What the chosen one costs: as it says itself, else as its option does."""
    said = inferred.delivery_price(one, currency)
    if said is None:
        listed = option(body, field, inferred.delivery_value(one))
        said = inferred.delivery_price(listed, currency) if listed else None
    return said or 0


def options(body: Json, field: str) -> list[Json]:
    return [one for one in reading.records(body.get(f"{field}Options")) if inferred.is_offered(one)]


def option(body: Json, field: str, value: str) -> Json | None:
    return next((one for one in options(body, field) if inferred.delivery_value(one) == value), None)


def fees(basket: Json) -> int:
    """What the chosen deliveries of a kept basket cost together, in minor units."""
    return sum(int(one.get("minor") or 0) for one in basket.get(KEPT, {}).values())


def chosen(basket: Json) -> dict[str, str]:
    """Field -> value of the deliveries of a kept basket."""
    return {field: str(one.get("v", "")) for field, one in basket.get(KEPT, {}).items()}


def code(basket: Json) -> str:
    """How the tickets of a kept basket come, in our word, else its merchandise; "" where nothing was chosen."""
    by = basket.get(KEPT, {})
    one = by.get(inferred.TICKETS if has(basket, "delivery") else inferred.MERCHANDISE, {})
    return str(one.get("c", ""))


def has(basket: Json, name: str) -> bool:
    """Whether there is anything in a kept basket that this question is about."""
    return bool(basket.get("tickets" if name == "delivery" else "merchandiseItems"))


def questions(body: Json, basket: Json, currency: str) -> tuple[Question, ...]:
    """One question for tickets, one for merchandise, where the box office names ways; an address if one is by post."""
    found: list[Question] = []
    postal: list[tuple[str, str]] = []
    for name, field in FIELDS.items():
        listed = options(body, field) if has(basket, name) else []
        if not listed:
            continue
        choices = tuple(_choice(one, currency) for one in listed)
        found.append(Question(name, "choice", choices=choices))
        postal += [(name, one.value) for one in choices if inferred.needs_address(one.code)]
    if postal:
        for name in ADDRESS:
            kind = "country" if name == "country" else "text"
            found.append(
                Question(
                    name, kind, required=name not in OPTIONAL, only_if=postal[0], or_if=tuple(postal[1:])
                )
            )
    return tuple(found)


def _choice(one: Json, currency: str) -> Choice:
    price = inferred.delivery_price(one, currency)
    return Choice(
        value=inferred.delivery_value(one),
        label=inferred.delivery_label(one),
        code=inferred.delivery_code(one),
        price=Money(price, currency) if price is not None else None,
    )
