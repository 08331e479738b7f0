"""All scenes by name: each a small vocabulary of shapes around one big letter.

A scene draws into a box of ``w`` x ``h`` whose ground is filled already. Colours come from a ``Palette``; what
differs from one poster to the next of the same scene comes from ``chance``.
"""

from __future__ import annotations

from collections.abc import Callable

from shop.standin import poster_patterns, poster_places, poster_stages, poster_things
from shop.standin.poster_shapes import Sheet

SCENES: dict[str, Callable[[Sheet], str]] = {
    name: scene
    for room in (poster_stages, poster_places, poster_things, poster_patterns)
    for name, scene in vars(room).items()
    if callable(scene) and getattr(scene, "__module__", "") == room.__name__ and not name.startswith("_")
}
