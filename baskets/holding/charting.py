"""The provider's own chart for a visitor's hold. What is chosen there is held by its token, and asked for like the rest."""

from __future__ import annotations

from baskets.holding import reading
from baskets.holding.adding import touch
from baskets.holding.desk import at_desk, hold_for
from baskets.models import Basket, Hold
from catalog.models import Instance
from shop.providers.charts import Chart


def chart(basket: Basket, instance: Instance) -> Chart:
    """Raises Busy, and what `ChartDesk.chart` raises."""
    with at_desk(hold_for(basket, instance)) as desk:
        desk.ask_leave()
        if desk.row.state == Hold.State.UNCERTAIN:
            reading.take_in(desk)
        if desk.row.state != Hold.State.CLOSED:
            found = desk.chart(instance.provider_ref)
            touch(basket)
            return found
    return chart(basket, instance)  # it is dead: the fresh one has its own claim
