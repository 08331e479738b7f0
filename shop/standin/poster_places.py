"""Scenes of places: sea, road, city, wood, door."""

from __future__ import annotations

import math

from shop.standin.poster_letters import big
from shop.standin.poster_shapes import Sheet, box, clearest, disc, path, shape


def sunrise(t: Sheet) -> str:
    """Rings of a sun behind a horizon of stripes; the letter stands on the water."""
    horizon, cx = t.h * 0.66, t.w * (0.5 if not t.wide else 0.62)
    out = []
    for step, paint in enumerate((t.inks.two, t.inks.ground, t.inks.one, t.inks.ground, t.inks.pale)):
        out.append(disc(cx, horizon, t.s * (0.56 - step * 0.085), paint))
    out.append(box(0, horizon, t.w, t.h - horizon, t.inks.ink))
    y, gap = horizon + t.s * 0.03, t.s * 0.018
    while y < t.h:
        inset = abs(math.sin(y)) * t.s * 0.1
        out.append(box(cx - t.s * 0.5 + inset, y, t.s - 2 * inset, gap, t.inks.one))
        y += gap * 2.6
    out.append(big(t.letter, cx, horizon - t.s * 0.14, t.s * 0.29, t.inks.ink))
    return "".join(out)


def waves(t: Sheet) -> str:
    """Scalloped sea in rows, one sail."""
    out, size = [], t.s / 5.2
    x, top = t.w * 0.56, t.h * 0.5
    out.append(disc(t.w * 0.24, t.h * 0.22, t.s * 0.12, t.inks.two))
    out.append(
        shape([(x, top - t.s * 0.52), (x, top + t.s * 0.04), (x + t.s * 0.34, top + t.s * 0.04)], t.inks.pale)
    )
    out.append(
        shape(
            [(x - 8, top - t.s * 0.42), (x - 8, top + t.s * 0.04), (x - t.s * 0.2, top + t.s * 0.04)],
            t.inks.one,
        )
    )
    out.append(big(t.letter, x + t.s * 0.1, top - t.s * 0.085, t.s * 0.14, t.inks.ink))
    out.append(
        path(
            f"M{x - t.s * 0.3:.1f} {top + t.s * 0.06:.1f} h{t.s * 0.66:.1f} q{-t.s * 0.05:.1f}"
            f" {t.s * 0.14:.1f} {-t.s * 0.2:.1f} {t.s * 0.14:.1f} h{-t.s * 0.26:.1f} q{-t.s * 0.16:.1f} 0"
            f" {-t.s * 0.2:.1f} {-t.s * 0.14:.1f} Z",
            clearest(t.inks.ground, t.inks.ink, t.inks.two),
        )
    )
    y, row = top + t.s * 0.2, 0
    paints = (t.inks.one, t.inks.two, t.inks.ink)
    while y < t.h + size:
        start = -size / 2 if row % 2 else 0.0
        n = 0
        while start + n * size < t.w + size:
            cx = start + n * size
            for k, fraction in enumerate((0.54, 0.4, 0.26, 0.12)):
                out.append(disc(cx, y, size * fraction, (paints[row % 3], t.inks.pale)[k % 2]))
            n += 1
        y += size * 0.34
        row += 1
    return "".join(out)


def city(t: Sheet) -> str:
    """Roofs and lit windows under a moon that is a letter's halo."""
    mx, my = t.w * (0.62 if not t.wide else 0.68), t.h * 0.31
    out = [
        disc(mx, my, t.s * 0.3, t.inks.pale),
        big(t.letter, mx, my, t.s * 0.3, clearest(t.inks.pale, t.inks.one, t.inks.two, t.inks.ink)),
    ]
    for layer, (paint, low, high) in enumerate(((t.inks.two, 0.36, 0.56), (t.inks.ink, 0.18, 0.4))):
        x = -t.s * 0.05
        while x < t.w:
            wide, tall = t.s * t.chance.uniform(0.12, 0.22), t.h * t.chance.uniform(low, high)
            out.append(box(x, t.h - tall, wide, tall, paint))
            roof = t.chance.randrange(3)
            if roof == 0:
                out.append(
                    shape(
                        [(x, t.h - tall), (x + wide / 2, t.h - tall - wide * 0.5), (x + wide, t.h - tall)],
                        paint,
                    )
                )
            elif roof == 1:
                out.append(box(x + wide * 0.62, t.h - tall - wide * 0.3, wide * 0.14, wide * 0.3, paint))
            if layer:
                pane = wide / 7
                for column in range(3):
                    y = t.h - tall + pane * 1.4
                    while y < t.h - pane:
                        if t.chance.random() < 0.55:
                            lit = t.inks.one if t.chance.random() < 0.8 else t.inks.pale
                            out.append(box(x + pane * (1 + column * 2), y, pane, pane * 1.3, lit))
                        y += pane * 2.5
            x += wide + t.s * 0.006
    return "".join(out)


def forest(t: Sheet) -> str:
    """Trees in three depths and a low moon."""
    mx = t.w * 0.5
    out = [
        disc(mx, t.h * 0.34, t.s * 0.27, t.inks.pale),
        big(t.letter, mx, t.h * 0.34, t.s * 0.28, t.inks.two),
    ]
    for paint, base, count, size in (
        (t.inks.two, 0.7, 7, 0.3),
        (t.inks.one, 0.84, 5, 0.42),
        (t.inks.ink, 1.04, 4, 0.56),
    ):
        for n in range(count * (2 if t.wide else 1)):
            total = count * (2 if t.wide else 1)
            x = t.w * (n + 0.5) / total + t.s * t.chance.uniform(-0.05, 0.05)
            tall = t.s * size * t.chance.uniform(0.85, 1.15)
            for part in range(3):
                y, half = t.h * base - tall * part * 0.27, tall * (0.3 - part * 0.06)
                out.append(shape([(x - half, y), (x + half, y), (x, y - tall * 0.5)], paint))
        out.append(box(0, t.h * base - 1, t.w, t.h, paint))
    return "".join(out)


def doorway(t: Sheet) -> str:
    """A chequered floor and an open door."""
    cx, horizon, out = t.w / 2, t.h * 0.62, []
    rows, columns = 6, 10
    ys = [horizon + (t.h - horizon) * (n / rows) ** 1.7 for n in range(rows + 1)]
    for row in range(rows):
        for column in range(-columns, columns):
            if (row + column) % 2:
                continue
            points = []
            for edge, y in (
                (column, ys[row]),
                (column + 1, ys[row]),
                (column + 1, ys[row + 1]),
                (column, ys[row + 1]),
            ):
                spread = 0.07 + 0.2 * (y - horizon) / (t.h - horizon)
                points.append((cx + edge * t.s * spread, y))
            out.append(shape(points, t.inks.two))
    w, h = t.s * 0.38, t.h * 0.52
    out.append(box(cx - w * 0.62, horizon - h * 1.06, w * 1.24, h * 1.06, t.inks.ink))
    out.append(box(cx - w / 2, horizon - h, w, h, t.inks.pale))
    out.append(
        shape(
            [
                (cx - w / 2, horizon - h),
                (cx - w / 2, horizon),
                (cx - w * 1.02, horizon + t.s * 0.06),
                (cx - w * 1.02, horizon - h * 1.03),
            ],
            t.inks.one,
        )
    )
    out.append(disc(cx - w * 0.92, horizon - h * 0.46, t.s * 0.013, t.inks.pale))
    out.append(
        shape(
            [(cx - w / 2, horizon), (cx + w / 2, horizon), (cx + w * 1.1, t.h), (cx - w * 0.5, t.h)],
            t.inks.pale,
            ' opacity=".6"',
        )
    )
    out.append(big(t.letter, cx, horizon - h * 0.52, w * 0.8, t.inks.one))
    return "".join(out)


def road(t: Sheet) -> str:
    """A road to the horizon, posts on both sides."""
    cx, far, u = t.w * (0.5 if not t.wide else 0.58), t.h * 0.5, t.s
    out = [disc(cx, far, u * 0.31, t.inks.one), big(t.letter, cx, far - u * 0.13, u * 0.21, t.inks.pale)]
    hills = ((t.inks.two, 0.1, 0.0), (t.inks.ink, 0.045, 1.6))
    for paint, lift, shift in hills:
        d = f"M0 {t.h:.1f} V{far:.1f}"
        for n in range(13):
            x = t.w * n / 12
            d += f" L{x:.1f} {far + u * 0.05 - u * lift * math.sin(n * 0.9 + shift):.1f}"
        out.append(path(f"{d} V{t.h:.1f} Z", paint))
    foot = u * 0.62
    out.append(
        shape([(cx - u * 0.012, far), (cx + u * 0.012, far), (cx + foot, t.h), (cx - foot, t.h)], t.inks.pale)
    )
    y, size = far + u * 0.02, 0.012
    while y < t.h:
        half, tall = u * size * 0.4, u * size * 2.2
        out.append(
            shape(
                [(cx - half, y), (cx + half, y), (cx + half * 1.5, y + tall), (cx - half * 1.5, y + tall)],
                t.inks.ink,
            )
        )
        y += tall * 1.8
        size *= 1.5
    for n in range(5):
        depth = (n + 1) / 5
        y = far + (t.h - far) * depth**2 * 0.92
        reach = u * (0.06 + 0.66 * depth**2)
        for side in (-1, 1):
            out.append(
                box(
                    cx + side * reach - u * 0.012 * depth,
                    y - u * 0.2 * depth,
                    u * 0.024 * depth,
                    u * 0.2 * depth,
                    t.inks.one,
                )
            )
    return "".join(out)


def lighthouse(t: Sheet) -> str:
    """A tower, its beam, and a room for the letter where the lamp is."""
    cx, u = t.w * (0.34 if not t.wide else 0.26), t.s
    top, foot = t.h * 0.27, t.h * 0.88
    out = [
        shape([(cx, top), (t.w * 1.3, -u * 0.1), (t.w * 1.3, t.h * 0.55)], t.inks.pale, ' opacity=".85"'),
        shape(
            [(cx, top), (-u * 0.4, top - u * 0.24), (-u * 0.4, top + u * 0.18)], t.inks.pale, ' opacity=".5"'
        ),
    ]
    bands = 7
    for n in range(bands):
        y0, y1 = (
            top + u * 0.1 + (foot - top - u * 0.1) * n / bands,
            top + u * 0.1 + (foot - top - u * 0.1) * (n + 1) / bands,
        )
        a, b = u * (0.095 + 0.085 * n / bands), u * (0.095 + 0.085 * (n + 1) / bands)
        out.append(
            shape(
                [(cx - a, y0), (cx + a, y0), (cx + b, y1 + 1), (cx - b, y1 + 1)],
                (t.inks.one, t.inks.pale)[n % 2],
            )
        )
    out.append(box(cx - u * 0.15, top + u * 0.08, u * 0.3, u * 0.03, t.inks.ink))
    out.append(disc(cx, top, u * 0.115, t.inks.ink))
    out.append(big(t.letter, cx, top, u * 0.13, t.inks.pale))
    out.append(
        path(
            f"M{cx - u * 0.13:.1f} {top - u * 0.085:.1f} Q{cx:.1f} {top - u * 0.24:.1f} {cx + u * 0.13:.1f} {top - u * 0.085:.1f} Z",
            t.inks.one,
        )
    )
    for row in range(4):
        y = foot + row * u * 0.045
        d, step = f"M{-u * 0.1 - row % 2 * u * 0.08:.1f} {t.h:.1f} V{y:.1f}", u * 0.16
        for _ in range(math.ceil(t.w / step) + 3):
            d += f" q{step / 2:.1f} {-u * 0.05:.1f} {step:.1f} 0"
        out.append(path(f"{d} V{t.h:.1f} Z", (t.inks.two, t.inks.ink)[row % 2]))
    return "".join(out)


def bus(t: Sheet) -> str:
    """The front of a late bus or tram, the letter on its blind."""
    cx, u = t.w / 2, t.s
    w, top, base = u * 0.62, t.h * 0.14, t.h * 0.86
    h = base - top
    out = [box(0, base, t.w, t.h, t.inks.ink)]
    for side in (-1, 1):
        x = cx + side * w * 0.34
        out.append(
            shape(
                [(x, base - h * 0.16), (x - u * 0.34, t.h * 1.02), (x + u * 0.34, t.h * 1.02)],
                t.inks.pale,
                ' opacity=".35"',
            )
        )
    out.append(
        f'<rect x="{cx - w / 2:.1f}" y="{top:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{u * 0.07:.1f}" fill="{t.inks.one}"/>'
    )
    out.append(box(cx - w * 0.3, top + h * 0.055, w * 0.6, h * 0.2, t.inks.ink))
    out.append(big(t.letter, cx, top + h * 0.155, h * 0.145, t.inks.pale))
    for side in (-1, 1):
        x = cx + side * w * 0.225 - w * 0.2
        for y, tall in ((0.29, 0.2), (0.56, 0.2)):
            out.append(box(x, top + h * y, w * 0.4, h * tall, t.inks.pale))
            out.append(
                shape(
                    [
                        (x, top + h * y),
                        (x + w * 0.22, top + h * y),
                        (x + w * 0.06, top + h * (y + tall)),
                        (x, top + h * (y + tall)),
                    ],
                    t.inks.two,
                    ' opacity=".5"',
                )
            )
        out.append(disc(cx + side * w * 0.34, base - h * 0.13, u * 0.055, t.inks.pale))
        out.append(disc(cx + side * w * 0.34, base - h * 0.13, u * 0.032, t.inks.two))
        out.append(box(cx + side * w * 0.33 - u * 0.05, base - u * 0.01, u * 0.1, u * 0.06, t.inks.ink))
    out.append(box(cx - w / 2, top + h * 0.515, w, h * 0.02, t.inks.two))
    out.append(box(cx - w * 0.16, base - h * 0.16, w * 0.32, h * 0.06, t.inks.ink))
    for n in range(9):
        out.append(
            disc(
                t.chance.uniform(0.03, 0.97) * t.w, t.chance.uniform(0.03, 0.4) * t.h, u * 0.008, t.inks.pale
            )
            if n < 8
            else ""
        )
    return "".join(out)


def snow(t: Sheet) -> str:
    """Flakes over ice, one skated letter."""
    u, ice = t.s, t.h * 0.7
    stand = clearest(t.inks.ground, t.inks.ink, t.inks.pale)
    out = [
        f'<ellipse cx="{t.w / 2:.1f}" cy="{ice + u * 0.17:.1f}" rx="{t.w * 0.62:.1f}" ry="{u * 0.26:.1f}" fill="{t.inks.pale}"/>'
    ]
    for n in range(5):
        out.append(
            f'<ellipse cx="{t.w / 2:.1f}" cy="{ice + u * 0.15:.1f}" rx="{u * (0.2 + n * 0.07):.1f}" ry="{u * (0.055 + n * 0.024):.1f}" fill="none" stroke="{(t.inks.one, t.inks.two)[n % 2]}" stroke-width="{u * 0.006:.1f}" stroke-dasharray="{u * (0.5 + n * 0.2):.0f} {u * 0.15:.0f}"/>'
        )
    out.append(
        big(t.letter, t.w / 2, ice - u * 0.06, u * 0.44, clearest(t.inks.pale, t.inks.one, t.inks.two))
    )
    for n in range(16):
        x, y, r = (
            ((n * 7) % 16 + t.chance.uniform(0.2, 0.8)) / 16 * t.w,
            (n + 0.5) / 16 * t.h * 0.52,
            u * t.chance.uniform(0.018, 0.05),
        )
        if abs(x - t.w / 2) < u * 0.24 and y > t.h * 0.3:
            continue
        paint = stand if stand == t.inks.pale else t.inks.two
        for turn in (0, 60, 120):
            out.append(
                f'<path transform="rotate({turn} {x:.1f} {y:.1f})" d="M{x - r:.1f} {y:.1f} H{x + r:.1f} M{x - r * 0.7:.1f} {y - r * 0.28:.1f} L{x - r * 0.42:.1f} {y:.1f} L{x - r * 0.7:.1f} {y + r * 0.28:.1f} M{x + r * 0.7:.1f} {y - r * 0.28:.1f} L{x + r * 0.42:.1f} {y:.1f} L{x + r * 0.7:.1f} {y + r * 0.28:.1f}" fill="none" stroke="{paint}" stroke-width="{u * 0.006:.1f}" stroke-linecap="round"/>'
            )
    return "".join(out)
