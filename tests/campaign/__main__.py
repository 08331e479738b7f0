"""A long run of the campaign by command.

python -m tests.campaign --minutes 10 --seed 7            # counts at the end, 1 where something broke
python -m tests.campaign --minutes 60 --seed 7 --resume   # goes on where the last run with this seed ended
python -m tests.campaign --history 7:4711 [--small]       # one history again, step by step; or made small first
python -m tests.campaign --file broken.json               # a history that was written down
python -m tests.campaign --every [--road "by agent"]      # a death at each point of each road, without anything else
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")


def every(roads: list[str]) -> int:
    from tests.campaign.every_point import points
    from tests.campaign.ground import Ground
    from tests.campaign.long_run import Run, day_of
    from tests.campaign.roads import ROADS

    whole, broken = Run(0), 0
    with Ground(day_of(0)).open() as ground:
        for name in roads or ROADS:
            before = whole.histories
            for history in points(ground, ROADS[name], whole):
                broken += 1
                print(f"{name} is broken: {json.dumps(history)}", flush=True)
            print(f"{name}: died at {whole.histories - before} points", flush=True)
    print(f"{whole.histories} histories, one death each, {broken} broken")
    return 1 if broken else 0


def main() -> int:
    said = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    said.add_argument("--minutes", type=float, default=0)
    said.add_argument("--histories", type=int, default=0)
    said.add_argument("--seed", type=int, default=1)
    said.add_argument("--resume", action="store_true")
    said.add_argument("--state", type=Path, help="where the run is kept; .run/campaign-SEED.json unless said")
    said.add_argument("--history", default="", help="SEED:NUMBER")
    said.add_argument("--file", type=Path)
    said.add_argument("--every", action="store_true")
    said.add_argument("--road", action="append", default=[])
    said.add_argument("--small", action="store_true", help="make what fails small before it is shown")
    given = said.parse_args()

    import django

    django.setup()
    from tests.campaign.ground import Ground
    from tests.campaign.long_run import Run, day_of, go_on, history_of, made_small, one

    if given.history or given.file:
        seed, _, number = (given.history or f"{given.seed}:0").partition(":")
        history = json.loads(given.file.read_text()) if given.file else history_of(int(seed), int(number))
        with Ground(day_of(int(seed))).open() as ground:
            found = one(ground, history)
            if given.small and found.broken:
                history = made_small(ground, history, found.broken)
                found = one(ground, history)
        print(json.dumps({**history, "steps": []}))
        print("\n".join(json.dumps(step) for step in history["steps"]))
        print("\n".join(found.broken) or "nothing is broken")
        return 1 if found.broken else 0

    if given.every:
        return every(given.road)

    state = given.state or Path(".run") / f"campaign-{given.seed}.json"
    run = Run.kept(state, given.seed) if given.resume else Run(given.seed)
    seconds = run.seconds + 60 * given.minutes
    most = run.histories + (given.histories or 10**9)
    with Ground(day_of(given.seed)).open() as ground:
        go_on(
            ground, run, state=state, say=print,
            until=lambda run: run.histories >= most or (bool(given.minutes) and run.seconds >= seconds),
        )  # fmt: skip
    print(run.told())
    return 1 if run.broken else 0


if __name__ == "__main__":
    sys.exit(main())
