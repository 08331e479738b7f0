"""The only caller of a provider's hold desk.

Every write happens inside a claim row for its hold and outside any database transaction. What is about to be
asked is written down first (the hold is "uncertain" until its answer is in), what came of it is read back from
the provider and replaces the lines. A lost answer is read again, never repeated blindly.
"""

from baskets.holding.adding import Added, NotSold, TooMany, add
from baskets.holding.asked import BrowserAsks
from baskets.holding.changing import NothingElse, accept, keep_seats, others, retry, set_quantity
from baskets.holding.charting import chart
from baskets.holding.desk import Busy
from baskets.holding.errands import Heard, Next, give_back, heard, look, look_for, serve
from baskets.holding.extras import take, use_code
from baskets.holding.lines import Shown
from baskets.holding.noting import note
from baskets.holding.numbering import NOT_READ_BACK, number, why_not
from baskets.holding.quoted import take_quote
from baskets.holding.reading import read, settle_due, verify
from baskets.holding.releasing import clear, in_browser, remove
from baskets.holding.served import SaidNo

__all__ = [
    "NOT_READ_BACK",
    "Added",
    "BrowserAsks",
    "Busy",
    "Heard",
    "Next",
    "NotSold",
    "NothingElse",
    "SaidNo",
    "Shown",
    "TooMany",
    "accept",
    "add",
    "chart",
    "clear",
    "give_back",
    "heard",
    "in_browser",
    "keep_seats",
    "look",
    "look_for",
    "note",
    "number",
    "others",
    "read",
    "remove",
    "retry",
    "serve",
    "set_quantity",
    "settle_due",
    "take",
    "take_quote",
    "use_code",
    "verify",
    "why_not",
]
