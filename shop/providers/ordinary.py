"""What a price "from" is made of: what anybody may buy. No provider says so; this is our reading of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shop.money import Money

# Names, English and German, of tickets that only some may take: a companion, a child, a reduction for who they are.
FOR_SOME = re.compile(
    r"\b(companions?|carers?|personal assistants?|begleit\w*|assistenz\w*|child(ren)?s?|kids?|kind(er)?(karte|ticket)?|infants?|"
    r"bab(y|ies)|toddlers?|junior\w*|youth\w*|jugend\w*|pupils?|schüler\w*|students?|student(en|in|innen)|"
    r"studierende\w*|lehrling\w*|azubis?|seniors?|senior(en|in|innen)|pensionist\w*|rentner\w*|"
    r"concessions?|reduced|ermäßig(t|ung)\w*|(under|unter|up to|bis) ?\d+|u\d{1,2}|members?|mitglied\w*)\b",
    re.IGNORECASE,
)


def ordinary_prices(kinds: Iterable[tuple[str, Money, bool]]) -> list[Money]:
    """The prices that somebody without a particular claim pays, of (name of the ticket, price, is it an extra).

    An extra, a companion's or a child's ticket is no price to begin with unless there is nothing else, and what is
    free beside something that is paid is free for some only (a spectator, a stream). All free: free it is.
    """
    every = list(kinds)
    alone = [kind for kind in every if not kind[2]] or every
    anybody = [kind for kind in alone if not FOR_SOME.search(kind[0])] or alone
    paid = [price for _name, price, _extra in anybody if price.minor]
    return paid or [price for _name, price, _extra in anybody]
