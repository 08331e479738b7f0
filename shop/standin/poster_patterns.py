"""Scenes of pure pattern."""

from __future__ import annotations

import math

from shop.standin.poster_letters import big
from shop.standin.poster_shapes import Sheet, box, clearest, disc, path, ring


def tiles(t: Sheet) -> str:
    """A pavement of quarter circles; the letter has a stone of its own."""
    columns = 5 if not t.wide else 9
    size = t.w / columns
    rows = math.ceil(t.h / size)
    col0, row0 = (1, 1) if not t.wide else (5, 1)
    out = []
    paints = (t.inks.one, t.inks.two, t.inks.pale, t.inks.ink)
    for row in range(rows):
        for column in range(columns):
            if col0 <= column < col0 + 3 and row0 <= row < row0 + 3:
                continue
            x, y = column * size, row * size
            under, over = t.chance.sample(paints, 2)
            out.append(box(x, y, size + 0.5, size + 0.5, under))
            cx, cy = x + size * t.chance.randrange(2), y + size * t.chance.randrange(2)
            sx, sy = (1 if cx == x else -1), (1 if cy == y else -1)
            sweep = 1 if sx * sy > 0 else 0
            out.append(
                path(
                    f"M{cx:.1f} {cy:.1f} h{sx * size:.1f} A{size:.1f} {size:.1f} 0 0 {sweep}"
                    f" {cx:.1f} {cy + sy * size:.1f} Z",
                    over,
                )
            )
    x, y = (col0 + 1.5) * size, (row0 + 1.5) * size
    out.append(disc(x, y, size * 1.42, t.inks.one))
    out.append(big(t.letter, x, y, size * 1.55, t.inks.ground))
    return "".join(out)


def orbits(t: Sheet) -> str:
    """Planets on their rings."""
    cx, cy = t.w * (0.5 if not t.wide else 0.6), t.h * 0.48
    out = []
    for n in range(7, 1, -1):
        r = t.s * (0.1 + n * 0.075)
        out.append(ring(cx, cy, r, t.inks.pale, t.s * 0.006, ' opacity=".8"'))
        angle = t.chance.uniform(0, math.tau)
        size = t.s * t.chance.uniform(0.018, 0.055)
        x, y = cx + r * math.cos(angle), cy + r * math.sin(angle)
        out.append(disc(x, y, size, (t.inks.one, t.inks.two, t.inks.pale)[n % 3]))
    out.append(disc(cx, cy, t.s * 0.205, t.inks.one))
    out.append(
        path(
            f"M{cx:.1f} {cy - t.s * 0.205:.1f} a{t.s * 0.205:.1f} {t.s * 0.205:.1f} 0 0 1 0"
            f" {t.s * 0.41:.1f} Z",
            t.inks.two,
        )
    )
    out.append(big(t.letter, cx, cy, t.s * 0.22, t.inks.ground))
    return "".join(out)


def stairs(t: Sheet) -> str:
    """A staircase climbs the sheet, a ball comes down."""
    steps, out = 6, []
    width, height = t.w / steps, t.h * 0.72 / steps
    for n in range(steps):
        top = t.h - (n + 1) * height
        out.append(box(n * width, top, width + 1, t.h, t.inks.one if n % 2 else t.inks.two))
        out.append(box(n * width, top, width + 1, t.s * 0.022, t.inks.pale))
    radius = t.s * 0.06
    for n, fade in ((4, 1.0), (3, 0.55), (2, 0.28)):
        x, y = (n + 0.5) * width, t.h - (n + 1) * height - radius - (n % 2) * t.s * 0.05
        out.append(disc(x, y, radius, clearest(t.inks.ground, t.inks.ink, t.inks.pale), f' opacity="{fade}"'))
    out.append(
        big(t.letter, t.w * 0.27, t.h * 0.27, t.s * 0.42, clearest(t.inks.ground, t.inks.ink, t.inks.pale))
    )
    return "".join(out)


def giant(t: Sheet) -> str:
    """The letter itself, cropped, half of it cut into stripes."""
    height = t.h * (1.06 if not t.wide else 1.3)
    x, y = t.w * (0.5 if not t.wide else 0.58), t.h * 0.52
    name = f"g{t.chance.randrange(10**6)}"
    out = [
        f'<clipPath id="{name}"><rect x="0" y="{t.h * 0.5:.1f}" width="{t.w:.1f}" height="{t.h:.1f}"/></clipPath>'
    ]
    out.append(disc(t.w * 0.8, t.h * 0.18, t.s * 0.16, t.inks.two))
    out.append(big(t.letter, x, y, height, t.inks.one))
    out.append(f'<g clip-path="url(#{name})">')
    step = t.s * 0.055
    for n in range(30):
        out.append(box(0, t.h * 0.5 + n * step, t.w, step * (0.12 + n * 0.055), t.inks.ground))
    out.append("</g>")
    out.append(box(0, t.h * 0.5 - t.s * 0.012, t.w, t.s * 0.024, t.inks.ink))
    return "".join(out)


def halftone(t: Sheet) -> str:
    """Dots that grow towards the letter."""
    columns = 15 if not t.wide else 27
    step = t.w / columns
    fx, fy = t.w * (0.5 if not t.wide else 0.62), t.h * 0.46
    out = []
    for row in range(math.ceil(t.h / step) + 1):
        for column in range(columns + 1):
            x, y = (column + (row % 2) / 2) * step, row * step
            far = math.hypot(x - fx, y - fy) / (t.s * 0.72)
            size = step * max(0.07, 0.62 - 0.55 * far)
            out.append(disc(x, y, size, t.inks.one if far > 0.55 else t.inks.two))
    out.append(disc(fx, fy, t.s * 0.27, t.inks.pale))
    out.append(big(t.letter, fx, fy, t.s * 0.32, t.inks.ink))
    return "".join(out)


def cords(t: Sheet) -> str:
    """A switchboard: sockets in rows, cords that cross."""
    columns = 6 if not t.wide else 10
    step = t.w / columns
    rows = math.ceil(t.h / step)
    out, holes = [], []
    fx, fy = (2, 1) if not t.wide else (6, 1)
    for row in range(rows):
        for column in range(columns):
            x, y = (column + 0.5) * step, (row + 0.5) * step
            if fx <= column < fx + 2 and fy <= row < fy + 2:
                continue
            holes.append((x, y))
            out.append(disc(x, y, step * 0.24, t.inks.two))
            out.append(disc(x, y, step * 0.13, t.inks.ink))
    bx, by = (fx + 1) * step, (fy + 1) * step
    low = [hole for hole in holes if hole[1] > by]
    high = [hole for hole in holes if hole not in low]
    for n in range(5 if not t.wide else 8):
        (x0, y0), (x1, y1) = t.chance.choice(high), t.chance.choice(low)
        paint = (t.inks.one, clearest(t.inks.ground, t.inks.ink, t.inks.pale))[n % 2]
        sag = step * t.chance.uniform(1.2, 2.6)
        out.append(
            f'<path d="M{x0:.1f} {y0:.1f} C{x0:.1f} {y0 + sag:.1f} {x1:.1f} {y1 + sag:.1f} {x1:.1f} {y1:.1f}" fill="none" stroke="{paint}" stroke-width="{step * 0.11:.1f}" stroke-linecap="round"/>'
        )
        for x, y in ((x0, y0), (x1, y1)):
            out.append(disc(x, y, step * 0.15, paint))
    out.append(disc(bx, by, step * 1.02, t.inks.pale))
    out.append(big(t.letter, bx, by, step * 1.15, t.inks.ink))
    return "".join(out)
