"""Scenes of things: letter, eye, clock, lantern, cat, portrait, flower."""

from __future__ import annotations

import math

from shop.standin.poster_letters import big
from shop.standin.poster_shapes import Sheet, box, clearest, disc, path, ring, shape


def envelope(t: Sheet) -> str:
    """A letter, stamped."""
    x, y, w = t.w / 2 - t.s * 0.41, t.h * 0.3, t.s * 0.82
    h = w * 0.66
    out = [f'<g transform="rotate({t.chance.choice((-7, -4, 5, 8))} {t.w / 2:.1f} {t.h / 2:.1f})">']
    out.append(box(x + t.s * 0.025, y + t.s * 0.03, w, h, t.inks.ink, ' opacity=".35"'))
    out.append(box(x, y, w, h, t.inks.pale))
    stripe = w / 14
    for n in range(14):
        paint = (t.inks.one, t.inks.pale, t.inks.two, t.inks.pale)[n % 4]
        for edge in (y, y + h - stripe * 0.55):
            out.append(
                shape(
                    [
                        (x + n * stripe, edge),
                        (x + (n + 0.7) * stripe, edge),
                        (x + (n + 0.95) * stripe, edge + stripe * 0.55),
                        (x + (n + 0.25) * stripe, edge + stripe * 0.55),
                    ],
                    paint,
                )
            )
    for n in range(3):
        out.append(
            box(x + w * 0.09, y + h * (0.5 + n * 0.12), w * (0.44 - n * 0.09), t.s * 0.012, t.inks.ink)
        )
    sx, sy, size = x + w * 0.62, y + h * 0.14, w * 0.3
    out.append(box(sx, sy, size, size * 1.2, t.inks.one))
    for n in range(9):
        out.append(disc(sx + size * n / 8, sy, size * 0.035, t.inks.pale))
        out.append(disc(sx + size * n / 8, sy + size * 1.2, size * 0.035, t.inks.pale))
    out.append(big(t.letter, sx + size / 2, sy + size * 0.6, size * 0.72, t.inks.pale))
    for n in range(4):
        out.append(
            ring(sx - size * 0.1, sy + size * 0.9, size * (0.2 + n * 0.09), t.inks.ink, 3, ' opacity=".6"')
        )
    out.append("</g>")
    return "".join(out)


def eye(t: Sheet) -> str:
    """Somebody is watching."""
    cx, cy, half = t.w / 2, t.h * 0.46, t.s * 0.44
    out = []
    for n, paint in enumerate((t.inks.two, t.inks.one, t.inks.pale)):
        lift = t.s * (0.46 - n * 0.1)
        reach = half * (1.12 - n * 0.06)
        out.append(
            path(
                f"M{cx - reach:.1f} {cy:.1f} Q{cx:.1f} {cy - lift * 1.5:.1f} {cx + reach:.1f} {cy:.1f}"
                f" Q{cx:.1f} {cy + lift * 1.5:.1f} {cx - reach:.1f} {cy:.1f} Z",
                paint,
            )
        )
    out.append(disc(cx, cy, t.s * 0.2, t.inks.ink))
    out.append(big(t.letter, cx, cy, t.s * 0.21, t.inks.pale))
    for n in range(-4, 5):
        angle = -math.pi / 2 + n * 0.19
        x0, y0 = cx + t.s * 0.56 * math.cos(angle), cy + t.s * 0.46 * math.sin(angle)
        x1, y1 = cx + t.s * 0.66 * math.cos(angle), cy + t.s * 0.58 * math.sin(angle)
        out.append(
            f'<path d="M{x0:.1f} {y0:.1f} L{x1:.1f} {y1:.1f}" stroke="{t.inks.ink}"'
            f' stroke-width="{t.s * 0.02:.1f}" stroke-linecap="round"/>'
        )
    return "".join(out)


def clock(t: Sheet) -> str:
    """A dial with a letter for its maker's name."""
    cx, cy, r = t.w * (0.5 if not t.wide else 0.6), t.h * 0.5, t.s * 0.42
    out = [
        disc(cx, cy, r * 1.06, t.inks.ink),
        disc(cx, cy, r, t.inks.pale),
        ring(cx, cy, r * 0.9, t.inks.two, r * 0.02),
    ]
    for n in range(60):
        turn = n * 6
        big_mark = n % 5 == 0
        length, width = (r * 0.13, r * 0.05) if big_mark else (r * 0.05, r * 0.016)
        out.append(
            box(
                cx - width / 2,
                cy - r * 0.87,
                width,
                length,
                t.inks.ink,
                f' transform="rotate({turn} {cx:.1f} {cy:.1f})"',
            )
        )
    out.append(
        path(
            f"M{cx:.1f} {cy:.1f} V{cy - r * 0.7:.1f} A{r * 0.7:.1f} {r * 0.7:.1f} 0 0 0 {cx - r * 0.364:.1f} {cy - r * 0.598:.1f} Z",
            t.inks.one,
        )
    )
    out.append(big(t.letter, cx, cy + r * 0.38, r * 0.36, t.inks.one))
    for turn, length, width in ((t.chance.choice((40, 65, 115, 300)), 0.5, 0.07), (-2, 0.76, 0.045)):
        out.append(
            shape(
                [(cx - r * width, cy + r * 0.12), (cx, cy - r * length), (cx + r * width, cy + r * 0.12)],
                t.inks.ink,
                f' transform="rotate({turn} {cx:.1f} {cy:.1f})"',
            )
        )
    out.append(disc(cx, cy, r * 0.075, t.inks.two))
    return "".join(out)


def lanterns(t: Sheet) -> str:
    """Paper lanterns on their strings; the largest bears the letter."""
    u, out = t.s, []
    places = [(0.5, 0.5, 0.27), (0.15, 0.3, 0.11), (0.86, 0.24, 0.13), (0.1, 0.78, 0.13), (0.9, 0.76, 0.1)]
    if t.wide:
        places = [
            (0.62, 0.52, 0.3),
            (0.1, 0.3, 0.1),
            (0.28, 0.56, 0.15),
            (0.4, 0.2, 0.09),
            (0.86, 0.3, 0.12),
            (0.94, 0.74, 0.1),
        ]
    for n, (px, py, size) in reversed(list(enumerate(places))):
        x, y, r = t.w * px, t.h * py, u * size
        paint = t.inks.one if n % 2 == 0 else t.inks.two
        out.append(box(x - 2, 0, 4, y, clearest(t.inks.ground, t.inks.ink, t.inks.pale)))
        out.append(disc(x, y, r * 1.42, t.inks.pale, ' opacity=".14"'))
        out.append(disc(x, y, r * 1.2, t.inks.pale, ' opacity=".2"'))
        out.append(f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{r:.1f}" ry="{r * 0.9:.1f}" fill="{paint}"/>')
        for k in (0.72, 0.4):
            out.append(
                f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{r * k:.1f}" ry="{r * 0.9:.1f}" fill="none" stroke="{t.inks.pale}" stroke-width="{r * 0.03:.1f}" opacity=".55"/>'
            )
        for edge in (-1, 1):
            out.append(box(x - r * 0.36, y + edge * r * 0.86 - r * 0.07, r * 0.72, r * 0.14, t.inks.ink))
        if n == 0:
            out.append(disc(x, y, r * 0.56, t.inks.pale))
            out.append(big(t.letter, x, y, r * 0.66, t.inks.ink))
        for k in range(-2, 3):
            out.append(box(x + k * r * 0.12 - r * 0.02, y + r * 0.93, r * 0.04, r * 0.34, paint))
    return "".join(out)


def cat(t: Sheet) -> str:
    """A cat on a wall, its eyes and the moon."""
    cx, u = t.w / 2, t.s
    wall, coat = t.h * 0.8, t.inks.ink
    out = [disc(cx + u * 0.1, t.h * 0.37, u * 0.34, t.inks.pale)]
    out.append(
        f'<path d="M{cx + u * 0.16:.1f} {wall:.1f} C{cx + u * 0.46:.1f} {wall:.1f} {cx + u * 0.46:.1f} {t.h * 0.56:.1f} {cx + u * 0.33:.1f} {t.h * 0.5:.1f} S{cx + u * 0.26:.1f} {t.h * 0.34:.1f} {cx + u * 0.39:.1f} {t.h * 0.3:.1f}" fill="none" stroke="{coat}" stroke-width="{u * 0.05:.1f}" stroke-linecap="round"/>'
    )
    out.append(
        path(
            f"M{cx - u * 0.24:.1f} {wall + 2:.1f} C{cx - u * 0.28:.1f} {wall - u * 0.3:.1f} {cx - u * 0.12:.1f} {wall - u * 0.42:.1f} {cx - u * 0.02:.1f} {wall - u * 0.42:.1f} S{cx + u * 0.24:.1f} {wall - u * 0.3:.1f} {cx + u * 0.2:.1f} {wall + 2:.1f} Z",
            coat,
        )
    )
    hx, hy, r = cx - u * 0.04, wall - u * 0.5, u * 0.155
    out.append(disc(hx, hy, r, coat))
    for side in (-1, 1):
        out.append(
            shape(
                [
                    (hx + side * r * 0.98, hy + r * 0.1),
                    (hx + side * r * 0.86, hy - r * 1.35),
                    (hx + side * r * 0.1, hy - r * 0.8),
                ],
                coat,
            )
        )
        out.append(disc(hx + side * r * 0.42, hy - r * 0.08, r * 0.25, t.inks.two))
        out.append(
            f'<ellipse cx="{hx + side * r * 0.42:.1f}" cy="{hy - r * 0.08:.1f}" rx="{r * 0.07:.1f}" ry="{r * 0.2:.1f}" fill="{t.inks.ink}"/>'
        )
    out.append(
        shape([(hx - r * 0.1, hy + r * 0.3), (hx + r * 0.1, hy + r * 0.3), (hx, hy + r * 0.44)], t.inks.one)
    )
    out.append(big(t.letter, cx - u * 0.02, wall - u * 0.16, u * 0.19, t.inks.pale))
    brick, row = u * 0.16, 0
    y = wall
    while y < t.h:
        x = -brick * (0.5 if row % 2 else 0)
        while x < t.w:
            out.append(box(x, y, brick - 4, u * 0.06, (t.inks.one, t.inks.two)[t.chance.random() < 0.3]))
            x += brick
        y += u * 0.06 + 4
        row += 1
    return "".join(out)


def frames(t: Sheet) -> str:
    """A wall of portraits; one looks out."""
    columns, rows = (4, 4) if not t.wide else (7, 4)
    w, h = t.w / columns, t.h / rows
    chosen = (1, 1) if not t.wide else (4, 1)
    out = []
    for row in range(rows):
        for column in range(columns):
            if chosen[0] <= column < chosen[0] + 2 and chosen[1] <= row < chosen[1] + 2:
                continue
            out.append(_portrait(t, column * w, row * h, w, h, None))
    out.append(_portrait(t, chosen[0] * w, chosen[1] * h, w * 2, h * 2, t.letter))
    return "".join(out)


def _portrait(t: Sheet, x: float, y: float, w: float, h: float, letter: str | None) -> str:
    edge = min(w, h) * 0.09
    ground = t.inks.pale if letter else t.chance.choice((t.inks.two, t.inks.ink, t.inks.one, t.inks.pale))
    face = clearest(ground, t.inks.one, t.inks.two, t.inks.ground)
    out = [box(x + edge, y + edge, w - 2 * edge, h - 2 * edge, t.inks.ink)]
    out.append(box(x + edge * 1.7, y + edge * 1.7, w - 3.4 * edge, h - 3.4 * edge, ground))
    if letter:
        out.append(big(letter, x + w / 2, y + h / 2, h * 0.56, t.inks.one))
        return "".join(out)
    cx, r = x + w / 2, min(w, h) * 0.15
    out.append(disc(cx, y + h * 0.44, r, face))
    bottom = y + h - edge * 1.7
    out.append(
        path(
            f"M{cx - r * 1.6:.1f} {bottom:.1f} Q{cx - r * 1.5:.1f} {y + h * 0.6:.1f} {cx:.1f} {y + h * 0.6:.1f} T{cx + r * 1.6:.1f} {bottom:.1f} Z",
            face,
        )
    )
    if t.chance.random() < 0.4:
        out.append(
            box(cx - r, y + h * 0.44 - r * 1.7, r * 2, r, t.inks.ink if ground != t.inks.ink else t.inks.one)
        )
    return "".join(out)


def umbrella(t: Sheet) -> str:
    """Rain, and one dry letter."""
    cx, top, r = t.w * (0.5 if not t.wide else 0.6), t.h * 0.42, t.s * 0.38
    out = []
    step, drop = t.s * 0.085, t.s * 0.05
    for row in range(math.ceil(t.h / step) + 1):
        for column in range(-1, math.ceil(t.w / step) + 1):
            x, y = column * step + (row % 2) * step / 2, row * step
            if abs(x - cx) < r * 1.02 and y > top - r * 0.9 - drop:
                continue
            out.append(
                f'<path d="M{x:.1f} {y:.1f} l{-drop * 0.35:.1f} {drop:.1f}" stroke="{(t.inks.two, t.inks.pale)[(row + column) % 2]}" stroke-width="{t.s * 0.012:.1f}" stroke-linecap="round"/>'
            )
    out.append(path(f"M{cx - r:.1f} {top:.1f} A{r:.1f} {r:.1f} 0 0 1 {cx + r:.1f} {top:.1f} Z", t.inks.one))
    out.append(
        path(
            f"M{cx - r / 3:.1f} {top:.1f} A{r * 0.42:.1f} {r:.1f} 0 0 1 {cx:.1f} {top - r:.1f} A{r * 0.42:.1f} {r:.1f} 0 0 1 {cx + r / 3:.1f} {top:.1f} Z",
            t.inks.pale,
        )
    )
    for n in range(3):
        out.append(disc(cx - r * 2 / 3 + n * r * 2 / 3, top, r / 3, t.inks.ground))
    stand = clearest(t.inks.ground, t.inks.ink, t.inks.pale)
    out.append(box(cx - t.s * 0.011, top - r * 1.12, t.s * 0.022, r * 0.14, stand))
    out.append(big(t.letter, cx, top + r * 0.92, r * 0.98, stand))
    out.append(box(0, top + r * 1.41 + t.s * 0.02, t.w, t.h, t.inks.two))
    out.append(
        f'<ellipse cx="{cx:.1f}" cy="{top + r * 1.5:.1f}" rx="{r * 0.9:.1f}" ry="{r * 0.1:.1f}" fill="{t.inks.pale}" opacity=".5"/>'
    )
    return "".join(out)


def garden(t: Sheet) -> str:
    """One stem, leaves on both sides, a flower that is a letter."""
    cx, top = t.w / 2, t.h * 0.3
    out = [box(cx - t.s * 0.012, top, t.s * 0.024, t.h, t.inks.ink)]
    for n in range(5):
        y, reach = t.h * (0.52 + n * 0.125), t.s * (0.24 + n * 0.035)
        for side in (-1, 1):
            paint = (t.inks.one, t.inks.two)[(n + (side > 0)) % 2]
            x = cx + side * reach
            out.append(
                path(
                    f"M{cx:.1f} {y:.1f} Q{cx:.1f} {y - reach * 0.72:.1f} {x:.1f} {y - reach * 0.72:.1f}"
                    f" Q{x:.1f} {y:.1f} {cx:.1f} {y:.1f} Z",
                    paint,
                )
            )
    petals = t.chance.choice((8, 10, 12))
    for n in range(petals):
        turn = 360 * n / petals
        out.append(
            f'<ellipse cx="{cx:.1f}" cy="{top - t.s * 0.21:.1f}" rx="{t.s * 0.062:.1f}" ry="{t.s * 0.115:.1f}"'
            f' fill="{t.inks.pale if n % 2 else t.inks.one}" transform="rotate({turn:.1f} {cx:.1f} {top:.1f})"/>'
        )
    out.append(disc(cx, top, t.s * 0.16, t.inks.ink))
    out.append(big(t.letter, cx, top, t.s * 0.17, t.inks.pale))
    return "".join(out)
