"""Scenes of the stage: light, curtain, mask, tent, keyboard, figure."""

from __future__ import annotations

import math

from shop.standin.poster_letters import big
from shop.standin.poster_shapes import Sheet, box, clearest, disc, path, ring, shape


def beams(t: Sheet) -> str:
    """Spotlights cross over a stage."""
    out, floor = [], t.h * 0.78
    lamps = [0.12, 0.5, 0.88] if t.wide else [0.08, 0.92]
    target = t.w * 0.5
    for place, x in enumerate(lamps):
        paint = (t.inks.one, t.inks.two, t.inks.pale)[place % 3]
        out.append(
            shape(
                [(t.w * x, -10), (target - t.s * 0.36, floor), (target + t.s * 0.36, floor)],
                paint,
                ' opacity=".55"',
            )
        )
    out.append(
        f'<ellipse cx="{target:.1f}" cy="{floor:.1f}" rx="{t.s * 0.4:.1f}" ry="{t.s * 0.085:.1f}"'
        f' fill="{t.inks.pale}"/>'
    )
    out.append(box(0, floor + t.s * 0.085, t.w, t.h, t.inks.ink))
    out.append(big(t.letter, target, floor - t.s * 0.22, t.s * 0.48, t.inks.ink))
    for x in lamps:
        out.append(disc(t.w * x, 0, t.s * 0.055, t.inks.ink))
    return "".join(out)


def curtain(t: Sheet) -> str:
    """A curtain parts: the letter stands in the light behind it."""
    cx, u = t.w / 2, t.s
    out = [box(0, 0, t.w, t.h, t.inks.ink)]
    out.append(
        shape([(cx, t.h * 0.06), (cx - u * 0.4, t.h), (cx + u * 0.4, t.h)], t.inks.pale, ' opacity=".92"')
    )
    out.append(big(t.letter, cx, t.h * 0.64, u * 0.36, t.inks.ink))
    folds, waist = 5 if not t.wide else 8, t.h * 0.58
    for side in (-1, 1):
        edge = 0.0 if side < 0 else t.w
        for n in reversed(range(folds)):
            far, tied = t.w * 0.5 * (n + 1) / folds, t.w * 0.16 * (n + 1) / folds
            top, middle = edge - side * far, edge - side * tied
            foot = edge - side * t.w * 0.24 * (n + 1) / folds
            out.append(
                path(
                    f"M{edge:.1f} 0 H{top:.1f} C{top:.1f} {waist * 0.62:.1f} {middle:.1f} {waist * 0.7:.1f}"
                    f" {middle:.1f} {waist:.1f} C{middle:.1f} {waist * 1.2:.1f} {foot:.1f} {t.h * 0.84:.1f}"
                    f" {foot:.1f} {t.h:.1f} H{edge:.1f} Z",
                    (t.inks.one, t.inks.two)[n % 2],
                )
            )
        knot = t.w * 0.16
        out.append(box(edge if side < 0 else edge - knot, waist - u * 0.02, knot, u * 0.04, t.inks.pale))
    scallop = t.w / 10
    for n in range(10):
        out.append(disc((n + 0.5) * scallop, 0, scallop * 0.66, (t.inks.one, t.inks.two)[n % 2]))
        out.append(disc((n + 0.5) * scallop, scallop * 0.66, scallop * 0.1, t.inks.pale))
    return "".join(out)


def mask(t: Sheet) -> str:
    """Two faces share one nose."""
    cx, cy, r = t.w / 2, t.h * 0.45, t.s * 0.38
    out = [
        path(
            f"M{cx:.1f} {cy - r:.1f} A{r:.1f} {r * 1.15:.1f} 0 0 0 {cx:.1f} {cy + r * 1.3:.1f} Z", t.inks.one
        )
    ]
    out.append(
        path(
            f"M{cx:.1f} {cy - r:.1f} A{r:.1f} {r * 1.15:.1f} 0 0 1 {cx:.1f} {cy + r * 1.3:.1f} Z", t.inks.pale
        )
    )
    for side, paint in ((-1, t.inks.pale), (1, t.inks.one)):
        x = cx + side * r * 0.43
        bend = r * 0.2 * (1 if side < 0 else -1)
        out.append(
            path(
                f"M{x - r * 0.22:.1f} {cy - r * 0.12:.1f} q{r * 0.22:.1f} {-r * 0.24:.1f} {r * 0.44:.1f} 0"
                f" q{-r * 0.22:.1f} {r * 0.2:.1f} {-r * 0.44:.1f} 0 Z",
                t.inks.ink,
            )
        )
        edge = cx + side * r * 0.62
        out.append(
            path(
                f"M{cx:.1f} {cy + r * 0.62:.1f} Q{(cx + edge) / 2:.1f} {cy + r * 0.62 + bend * 1.6:.1f}"
                f" {edge:.1f} {cy + r * 0.62 - bend:.1f} L{cx:.1f} {cy + r * 0.8:.1f} Z",
                paint,
            )
        )
    out.append(shape([(cx, cy - r * 0.1), (cx, cy + r * 0.38), (cx + r * 0.16, cy + r * 0.38)], t.inks.one))
    for n in range(-3, 4):
        x = cx + n * r * 0.3
        out.append(
            disc(x, cy - r * 1.02 + abs(n) ** 1.7 * r * 0.055, r * 0.15, (t.inks.two, t.inks.ink)[n % 2])
        )
    out.append(big(t.letter, cx + r * 0.42, cy - r * 0.5, r * 0.36, t.inks.ink))
    return "".join(out)


def bigtop(t: Sheet) -> str:
    """A tent, and somebody juggles."""
    cx, base, peak = t.w / 2, t.h * 0.92, t.h * 0.44
    out, folds = [], 9
    half = t.s * 0.62
    for n in range(folds):
        x0, x1 = cx - half + 2 * half * n / folds, cx - half + 2 * half * (n + 1) / folds
        paint = t.inks.one if n % 2 == 0 else t.inks.pale
        out.append(shape([(cx, peak), (x0, base - t.s * 0.2), (x1, base - t.s * 0.2)], paint))
        out.append(box(x0, base - t.s * 0.2, x1 - x0 + 0.5, t.h, t.inks.two if n % 2 else t.inks.one))
        out.append(disc((x0 + x1) / 2, base - t.s * 0.2, (x1 - x0) / 2, paint))
    out.append(
        shape(
            [(cx, peak - t.s * 0.12), (cx, peak - t.s * 0.03), (cx + t.s * 0.14, peak - t.s * 0.075)],
            t.inks.two,
        )
    )
    out.append(box(cx - 3, peak - t.s * 0.12, 6, t.s * 0.14, t.inks.ink))
    for n in range(7):
        u = (n - 3) / 3
        x, y = cx + u * t.s * 0.4, t.h * 0.07 + u * u * t.h * 0.25
        out.append(disc(x, y, t.s * 0.035, (t.inks.one, t.inks.two, t.inks.pale)[n % 3]))
    out.append(big(t.letter, cx, t.h * 0.25, t.s * 0.22, clearest(t.inks.ground, t.inks.ink, t.inks.pale)))
    return "".join(out)


def burst(t: Sheet) -> str:
    """Rays from below."""
    cx, cy, far = t.w / 2, t.h * 0.94, t.w + t.h
    out, rays = [], 22
    for n in range(rays):
        a, b = math.pi + math.pi * n / rays, math.pi + math.pi * (n + 0.5) / rays
        paint = (t.inks.one, t.inks.two)[n % 2]
        out.append(
            shape(
                [
                    (cx, cy),
                    (cx + far * math.cos(a), cy + far * math.sin(a)),
                    (cx + far * math.cos(b), cy + far * math.sin(b)),
                ],
                paint,
            )
        )
    out.append(disc(cx, cy, t.s * 0.5, t.inks.ground))
    out.append(disc(cx, cy, t.s * 0.46, t.inks.pale))
    out.append(big(t.letter, cx, cy - t.s * 0.2, t.s * 0.34, t.inks.ink))
    out.append(box(0, cy, t.w, t.h, t.inks.ink))
    return "".join(out)


def keys(t: Sheet) -> str:
    """A keyboard runs across the sheet."""
    out = [f'<g transform="rotate(-18 {t.w / 2:.1f} {t.h / 2:.1f})">']
    width, top, tall = t.s / 7.5, t.h * 0.44, t.s * 0.5
    start = -t.w * 0.4
    n = 0
    while start + n * width < t.w * 1.4:
        x = start + n * width
        out.append(box(x, top, width - 4, tall, t.inks.pale if n % 7 != 3 else t.inks.one))
        if n % 7 not in {2, 6}:
            out.append(box(x + width * 0.68, top, width * 0.6, tall * 0.6, t.inks.ink))
        n += 1
    out.append(box(-t.w, top - t.s * 0.07, t.w * 3, t.s * 0.07, t.inks.two))
    out.append("</g>")
    out.append(big(t.letter, t.w * (0.32 if not t.wide else 0.22), t.h * 0.24, t.s * 0.36, t.inks.one))
    return "".join(out)


def ribbons(t: Sheet) -> str:
    """A figure in motion: one head, broad ribbons for limbs, and the trace they leave."""
    cx, cy, u = t.w * 0.5, t.h * 0.52, t.s
    stand = clearest(t.inks.ground, t.inks.ink, t.inks.pale)
    other = t.inks.pale if stand == t.inks.ink else t.inks.ink
    limbs = (
        (t.inks.two, 0.11, ((-0.46, 0.36), (-0.1, 0.4), (-0.16, -0.02), (0.06, -0.1))),
        (t.inks.one, 0.11, ((0.42, 0.4), (0.2, 0.42), (0.28, 0.06), (0.06, -0.1))),
        (other, 0.07, ((-0.44, -0.3), (-0.3, -0.02), (-0.1, 0.02), (0.06, -0.1))),
        (stand, 0.07, ((0.46, -0.34), (0.42, -0.1), (0.24, -0.02), (0.06, -0.1))),
    )
    out = []
    for n in range(4):
        r = u * (0.3 + n * 0.085)
        out.append(ring(cx, cy, r, (t.inks.one, t.inks.two)[n % 2], u * 0.006, ' opacity=".7"'))
    flip = t.chance.choice((-1, 1))
    for paint, width, points in limbs:
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = ((cx + flip * x * u, cy + y * u) for x, y in points)
        out.append(
            f'<path d="M{x0:.1f} {y0:.1f} C{x1:.1f} {y1:.1f} {x2:.1f} {y2:.1f} {x3:.1f} {y3:.1f}" fill="none"'
            f' stroke="{paint}" stroke-width="{u * width:.1f}" stroke-linecap="round"/>'
        )
    hx, hy = cx + flip * u * 0.1, cy - u * 0.3
    out.append(disc(hx, hy, u * 0.125, stand))
    out.append(big(t.letter, hx, hy, u * 0.135, clearest(stand, t.inks.ground, t.inks.one)))
    return "".join(out)
