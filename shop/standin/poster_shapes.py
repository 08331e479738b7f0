"""What posters are made of: a sheet, its inks, and the shapes to draw with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Palette:
    """Five inks: ``ground`` and ``ink`` carry, ``one`` and ``two`` sing, ``pale`` is for light."""

    ground: str
    ink: str
    one: str
    two: str
    pale: str


@dataclass(frozen=True)
class Sheet:
    w: float
    h: float
    inks: Palette
    chance: Random
    letter: str

    @property
    def s(self) -> float:
        """The short side: sizes are told by it, so that a scene works upright and wide."""
        return min(self.w, self.h)

    @property
    def wide(self) -> bool:
        return self.w > self.h


def light(colour: str) -> float:
    """Relative luminance, 0 to 1, roughly."""
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2


def clearest(on: str, *choices: str) -> str:
    """The ink that stands out most on a colour."""
    return max(choices, key=lambda c: abs(math.log(light(c) + 0.05) - math.log(light(on) + 0.05)))


def disc(x: float, y: float, r: float, paint: str, extra: str = "") -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{paint}"{extra}/>'


def ring(x: float, y: float, r: float, paint: str, width: float, extra: str = "") -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="none" stroke="{paint}"'
        f' stroke-width="{width:.1f}"{extra}/>'
    )


def box(x: float, y: float, w: float, h: float, paint: str, extra: str = "") -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{paint}"{extra}/>'


def shape(points: list[tuple[float, float]], paint: str, extra: str = "") -> str:
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{text}" fill="{paint}"{extra}/>'


def path(d: str, paint: str, extra: str = "") -> str:
    return f'<path d="{d}" fill="{paint}"{extra}/>'
