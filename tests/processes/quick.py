"""The shop's beat for tests that wait for its sweep: the same tasks, looked at every two seconds, and no refresh."""

from __future__ import annotations

from shop.celery import app

SWEEPS = ("sweep-baskets", "sweep-orders")
app.conf.beat_schedule = {
    name: {**entry, "schedule": 2.0} for name, entry in app.conf.beat_schedule.items() if name in SWEEPS
}
