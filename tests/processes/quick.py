"""The shop's beat for tests that wait for it: the same tasks, looked at every two seconds, and none beside them.

`BEAT_ONLY` names the entries of the schedule; without it they are the two sweeps.
"""

from __future__ import annotations

import os

from shop.celery import app

ONLY = os.environ.get("BEAT_ONLY", "sweep-baskets,sweep-orders").split(",")
app.conf.beat_schedule = {name: {**app.conf.beat_schedule[name], "schedule": 2.0} for name in ONLY}
