"""Posters of the invented season, drawn as SVG: shapes, stripes, one big letter, few inks for each genre.

``draw`` gives the same picture for the same title, genre and seed, in every process.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from shop.standin.ltd_plans import plan, plan_names
from shop.standin.poster_letters import initial, line, line_width, wrap
from shop.standin.poster_scenes import SCENES
from shop.standin.poster_shapes import Palette, Sheet, box
from shop.standin.programme import seeded

PORTRAIT, HERO = (600, 800), (1200, 675)

# ground, ink, one, two, pale
INKS: dict[str, tuple[Palette, ...]] = {
    "musical": (
        Palette("#f3c34c", "#23152f", "#d8402f", "#7d2a5c", "#fdf1d3"),
        Palette("#1f1b3a", "#0d0b1c", "#f06a3d", "#b8336a", "#ffd98a"),
        Palette("#d9432f", "#2a0f16", "#f7b733", "#8c1c2f", "#fdebd0"),
        Palette("#12444f", "#07242b", "#f2a541", "#d1495b", "#f8ecd2"),
    ),
    "play": (
        Palette("#e9e1d2", "#1d1b1a", "#c2382b", "#7c8a86", "#fbf7ee"),
        Palette("#2b3440", "#12171d", "#d9a441", "#6f8496", "#efe8da"),
        Palette("#b9c4b1", "#1f2b25", "#8d3b2f", "#55705f", "#f6f1e2"),
        Palette("#5a2a27", "#210d0c", "#e0b47a", "#93503e", "#f5e8d3"),
        Palette("#cfd6de", "#18202b", "#2f5d8a", "#8795a5", "#f7f5ef"),
    ),
    "comedy": (
        Palette("#ffd23f", "#202633", "#ee4266", "#1b998b", "#fff8e1"),
        Palette("#1b998b", "#0b2b2b", "#ffd166", "#ef5b5b", "#f6fff3"),
        Palette("#f7a8a0", "#2c1a2e", "#d62246", "#4b7f9e", "#fff3ea"),
    ),
    "dance": (
        Palette("#dfe7f1", "#1a2440", "#3d5a98", "#e58fa5", "#ffffff"),
        Palette("#27285c", "#0e0f2a", "#e6759e", "#6d74c9", "#f4e7f0"),
        Palette("#f2cfc6", "#2d1b33", "#a43a63", "#6c5b8f", "#fff7f2"),
    ),
    "opera": (
        Palette("#4a1020", "#1d040b", "#d4a24a", "#8c2f3c", "#f3e3c3"),
        Palette("#123a34", "#041b18", "#cfa24f", "#3f7566", "#f1e8cf"),
        Palette("#e7d7b5", "#2a1420", "#8a1f3a", "#b78a3e", "#fcf5e4"),
    ),
    "family": (
        Palette("#6cc3d5", "#17324d", "#ffca3a", "#ff6f59", "#fffdf3"),
        Palette("#ffca3a", "#2b2d42", "#3a86c8", "#ef6351", "#fffbea"),
        Palette("#8ecf8a", "#1d3b2a", "#ff8552", "#2f7f86", "#fffbe6"),
    ),
    "concert": (
        Palette("#10192b", "#060a14", "#e9a23b", "#40608f", "#f7ead0"),
        Palette("#e8dcc4", "#2b2118", "#b5562c", "#7f8f5a", "#fbf6ea"),
        Palette("#2c1d3f", "#120a1d", "#e0795c", "#735a9d", "#f8e9d8"),
    ),
    "circus": (
        Palette("#f5e6c8", "#1b2545", "#d7263d", "#2f5aa8", "#fffaf0"),
        Palette("#1b2a52", "#0a1128", "#e63946", "#f2b63d", "#fbefd5"),
    ),
}

# What suits a genre; the seed decides among them.
_SUITED: dict[str, tuple[str, ...]] = {
    "musical": (
        "beams", "sunrise", "burst", "curtain", "city", "giant", "stairs", "keys", "tiles", "orbits", "waves",
        "road", "bus", "lanterns", "cords", "halftone", "cat",
    ),
    "play": (
        "doorway", "eye", "envelope", "giant", "city", "forest", "stairs", "mask", "clock", "frames", "umbrella",
        "lighthouse", "halftone", "cords",
    ),
    "comedy": ("mask", "burst", "stairs", "giant", "beams", "bigtop", "umbrella", "cat", "halftone", "frames"),
    "dance": ("ribbons", "orbits", "garden", "waves", "tiles", "snow", "bus", "halftone"),
    "opera": ("curtain", "mask", "garden", "waves", "sunrise", "eye", "lighthouse", "lanterns"),
    "family": ("forest", "waves", "orbits", "garden", "bigtop", "sunrise", "cat", "snow", "lighthouse", "lanterns"),
    "concert": ("keys", "orbits", "ribbons", "sunrise", "garden", "tiles", "lanterns", "halftone", "bus"),
    "circus": ("bigtop", "burst", "orbits", "ribbons", "halftone"),
}  # fmt: skip


@lru_cache(maxsize=512)
def draw(
    title: str,
    genre: str,
    seed: str = "",
    size: str = "portrait",
    *,
    scene: str | None = None,
    inks: int | None = None,
) -> str:
    """An SVG document without text or fonts: ``portrait`` is 600 x 800, ``hero`` 1200 x 675.

    ``genre`` is one of ``INKS`` (anything else is drawn as a play). ``scene`` (a name of ``SCENES``) and
    ``inks`` (a place in the genre's list) choose by hand what the seed chooses otherwise. The portrait carries
    the title in thin capitals below the picture; the hero is the picture alone.
    """
    genre = genre if genre in INKS else "play"
    number = seeded("poster", genre, title, seed).randrange(10**6)
    palettes = INKS[genre]
    palette = palettes[(number // 97 if inks is None else inks) % len(palettes)]
    chosen = scene or _SUITED[genre][number % len(_SUITED[genre])]
    return render(title, chosen, palette, f"{title}|{seed}", size)


def render(title: str, scene: str, inks: Palette, seed: str, size: str) -> str:
    """One scene in given inks."""
    width, height = HERO if size == "hero" else PORTRAIT
    caption = "" if size == "hero" else _caption(title, inks)
    art = height if size == "hero" else 660
    sheet = Sheet(width, art, inks, seeded("scene", seed), initial(title))
    body = (
        f'<svg x="0" y="0" width="{width}" height="{art}" viewBox="0 0 {width} {art}">'
        f"{box(0, 0, width, art, inks.ground)}{SCENES[scene](sheet)}</svg>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img"><title>{escape(title)}</title>{body}{caption}</svg>'
    )


def _caption(title: str, inks: Palette) -> str:
    """The band under the picture: title in thin capitals, a short rule in the singing ink."""
    lines, tall = wrap(title.removesuffix(" *"), 500, 36, 2)
    step = tall * 1.6
    top = 660 + (140 - (step * (len(lines) - 1) + tall)) / 2 + 4
    out = [box(0, 660, 600, 140, inks.pale), box(0, 660, 600, 8, inks.one)]
    for place, words in enumerate(lines):
        out.append(line(words, 300 - line_width(words) * tall / 200, top + place * step, tall, inks.ink))
    return "".join(out)


@lru_cache(maxsize=16)
def seating_plan(name: str) -> str | None:
    """A picture of one of the seating plans: areas as blocks of dots, the stage on top."""
    if name not in plan_names():
        return None
    house = plan(name)
    if not house.numbered:
        return None
    widest = max(seat.place for seat in house.seats)
    step, out, y = 560 / widest, [box(180, 24, 440, 34, "#8f1d2c")], 96.0
    last: tuple[int, str] | None = None
    for seat in house.seats:
        if last is not None and (seat.area, seat.row) != last:
            y += step * (1.9 if seat.area != last[0] else 0.95)
        last = (seat.area, seat.row)
        length = max(s.place for s in house.seats if (s.area, s.row) == last)
        x = 400 + (seat.place - (length + 1) / 2) * step
        shade = ("#8f1d2c", "#3a4f7a", "#4b7a5a", "#a0762c")[seat.area % 4]
        faded = ' opacity=".45"' if seat.restriction is not None else ""
        out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{step * 0.34:.1f}" fill="{shade}"{faded}/>')
    height = y + step * 1.5
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {height:.0f}" width="800" height="{height:.0f}"'
        f' role="img"><title>Seating plan</title>{box(0, 0, 800, height, "#fbf8f3")}{"".join(out)}</svg>'
    )
