"""Functions that are called deep down ask the system for no memory each time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.frames import roomy

ROOT = Path(__file__).resolve().parents[2]
DEPTHS, TURNS = 600, 100
# at each depth a loop that calls: at some of them it sits at the end of a piece
LOOPS = f"""
import json, resource, sys
from tests.frames import roomy
sys.setrecursionlimit({DEPTHS * 4})
def leaf(): pass
def down(depth):
    for _ in range({TURNS}): leaf()
    return depth and down(depth - 1)
def pages(do):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    do({DEPTHS})
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
pages(down), pages(roomy(down))
print(json.dumps([pages(down), pages(roomy(down))]))
"""


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python 3.13 has mended it in a later release")
def test_a_loop_deep_down_gets_its_memory_once():
    done = subprocess.run([sys.executable, "-c", LOOPS], cwd=ROOT, capture_output=True, check=True, text=True)
    plain, with_room = json.loads(done.stdout)
    assert plain > TURNS, "there is nothing to mend any more"
    assert with_room < plain / 2


def test_what_has_room_is_called_as_ever():
    @roomy
    def added(first: int, *more: int, third: int = 0) -> int:
        """A sum."""
        return first + sum(more) + third

    assert (added(1, 2, third=3), added.__name__, added.__doc__) == (6, "added", "A sum.")
    with pytest.raises(TypeError):
        added()
