"""What can be turned at the imitated Tickethead: windows and lags. Kept in the state."""

from __future__ import annotations

from typing import Any

from shop.standin.turned import Turned
from shop.standin.wsgi import Env

DEFAULTS: dict[str, Any] = {
    # Seconds from the order to the end of its payment window (organizer.event_timer_s).
    "event_timer_s": 600,
    # How long "paid" lags behind Stripe's success: polls of the order, and seconds.
    "lag_polls": 1,
    "lag_seconds": 0.0,
    # Polls of the finished file that still answer 404 after "paid".
    "download_lag": 0,
}
# Whoever does not poll is told late, but the order is paid by then.
AT_THE_LATEST = 30.0


class Settings(Turned):
    def __init__(self, env: Env) -> None:
        super().__init__(env, "th_settings", DEFAULTS)

    def window_seconds(self, organizer: str) -> int:
        return int(self["event_timer_s"])
