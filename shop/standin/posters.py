"""Posters of the invented season."""

from __future__ import annotations


def draw(title: str, genre: str, seed: str = "", size: str = "portrait") -> str:
    """An SVG: ``portrait`` is 600 x 800, ``hero`` 1200 x 675."""
    width, height = (600, 800) if size == "portrait" else (1200, 675)
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"/>'


def seating_plan(name: str) -> str | None:
    """A picture of one of the seating plans."""
    return None
