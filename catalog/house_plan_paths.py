"""SVG's little languages: `transform`, `points` and `d`. Pure; what cannot be read is a ValueError.

A matrix is (a, b, c, d, e, f) as SVG has it: x' = ax + cy + e, y' = bx + dy + f.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator

from catalog.house_plan_shapes import MAX_POINTS, Point

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
LONGEST = 300_000  # characters of one shape
LONGEST_TRANSFORM = 2_000
STEPS = 8  # a curve becomes so many straight pieces

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBERS = re.compile(_NUMBER)
_CALL = re.compile(r"\s*,?\s*([a-zA-Z]+)\s*\(([^()]*)\)\s*")
_PATH = re.compile(rf"([MmZzLlHhVvCcSsQqTtAa])|({_NUMBER})|[\s,]+|(.)", re.DOTALL)
_LENGTH = re.compile(rf"\s*({_NUMBER})(px)?\s*")
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


def finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def length(text: str) -> float:
    """A plain number, or one with px."""
    found = _LENGTH.fullmatch(text) if len(text) < 100 else None
    if found is None:
        raise ValueError(text)
    return finite(found[1])


def numbers(text: str) -> list[float]:
    if len(text) > LONGEST or _NUMBERS.sub("", text).strip(" ,\t\r\n"):
        raise ValueError(text)
    return [finite(one) for one in _NUMBERS.findall(text)]


def times(one: Matrix, other: Matrix) -> Matrix:
    """First `other`, then `one`, as an element within a group."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (
        a * g + c * h,
        b * g + d * h,
        a * i + c * j,
        b * i + d * j,
        a * k + c * m + e,
        b * k + d * m + f,
    )


def moved(matrix: Matrix, point: Point) -> Point:
    a, b, c, d, e, f = matrix
    x, y = point
    return a * x + c * y + e, b * x + d * y + f


def matrix(text: str) -> Matrix:
    """What `transform` says."""
    if len(text) > LONGEST_TRANSFORM:
        raise ValueError("too long")
    found, at = IDENTITY, 0
    text = text.strip()
    while at < len(text):
        call = _CALL.match(text, at)
        if call is None:
            raise ValueError(text)
        found, at = times(found, _one(call[1], numbers(call[2]))), call.end()
    return found


def _one(name: str, said: list[float]) -> Matrix:
    match name, said:
        case "translate", [x]:
            return (1, 0, 0, 1, x, 0)
        case "translate", [x, y]:
            return (1, 0, 0, 1, x, y)
        case "scale", [x]:
            return (x, 0, 0, x, 0, 0)
        case "scale", [x, y]:
            return (x, 0, 0, y, 0, 0)
        case "rotate", [degrees]:
            sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
            return (cos, sin, -sin, cos, 0, 0)
        case "rotate", [degrees, x, y]:
            return times(times((1, 0, 0, 1, x, y), _one("rotate", [degrees])), (1, 0, 0, 1, -x, -y))
        case "skewX", [degrees]:
            return (1, 0, math.tan(math.radians(degrees)), 1, 0, 0)
        case "skewY", [degrees]:
            return (1, math.tan(math.radians(degrees)), 0, 1, 0, 0)
        case "matrix", [a, b, c, d, e, f]:
            return (a, b, c, d, e, f)
    raise ValueError(name)


def corners(text: str) -> list[Point]:
    """What `points` says."""
    said = numbers(text)
    if len(said) % 2:
        raise ValueError("odd")
    return list(zip(said[::2], said[1::2], strict=True))


# --- paths ----------------------------------------------------------------------------------------------------


def _commands(text: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with its numbers; repeated ones are told apart, and what follows a move is a line."""
    letter = ""
    said: list[float] = []

    def told() -> Iterator[tuple[str, list[float]]]:
        takes = _TAKES[letter.upper()]
        if (takes and (not said or len(said) % takes)) or (not takes and said):
            raise ValueError(letter)
        if not takes:
            yield letter, []
        for at in range(0, len(said), takes or 1):
            follows = at and letter in "Mm"
            yield ("L" if letter == "M" else "l") if follows else letter, said[at : at + takes]

    for found in _PATH.finditer(text):
        if found[3]:
            raise ValueError(found[3])
        if found[1]:
            if letter:
                yield from told()
            letter, said = found[1], []
        elif found[2]:
            if not letter:
                raise ValueError(found[2])
            said.append(finite(found[2]))
    if letter:
        yield from told()


def path(text: str) -> list[Point]:
    """The first closed or open line that `d` draws; its curves as short straight pieces."""
    if len(text) > LONGEST:
        raise ValueError("too long")
    found: list[Point] = []
    here: Point = (0.0, 0.0)
    handle: Point | None = None  # second control point of the curve before, for S and T
    before = ""
    for letter, said in _commands(text):
        kind, (x0, y0) = letter.upper(), here if letter.islower() else (0.0, 0.0)
        if kind == "Z" or (kind == "M" and found):
            break
        if kind == "H":
            said = [said[0] + x0, here[1]]
        elif kind == "V":
            said = [here[0], said[0] + y0]
        elif kind == "A":
            said = [*said[:5], said[5] + x0, said[6] + y0]
        else:
            said = [one + (y0 if n % 2 else x0) for n, one in enumerate(said)]
        end = (said[-2], said[-1])
        if kind in "CS":
            first = (said[0], said[1]) if kind == "C" else _mirrored(here, handle if before in "CS" else None)
            handle = (said[-4], said[-3])
            found += _bezier([here, first, handle, end])
        elif kind in "QT":
            handle = (
                (said[0], said[1]) if kind == "Q" else _mirrored(here, handle if before in "QT" else None)
            )
            found += _bezier([here, handle, end])
        elif kind == "A":
            found += _arc(here, said)
        else:
            found.append(end)
        if len(found) > MAX_POINTS:
            raise ValueError("too many points")
        here, before = end, kind
    return found


def _mirrored(here: Point, handle: Point | None) -> Point:
    return here if handle is None else (2 * here[0] - handle[0], 2 * here[1] - handle[1])


def _bezier(points: list[Point]) -> list[Point]:
    """The curve without its first point."""
    found = []
    for step in range(1, STEPS + 1):
        t, left = step / STEPS, points
        while len(left) > 1:
            left = [
                (ax + (bx - ax) * t, ay + (by - ay) * t) for (ax, ay), (bx, by) in itertools.pairwise(left)
            ]
        found.append(left[0])
    return found


def _arc(start: Point, said: list[float]) -> list[Point]:
    """SVG 1.1, F.6.5: from both ends to the centre."""
    rx, ry, degrees, large, sweep, x, y = said
    rx, ry = abs(rx), abs(ry)
    if not rx or not ry or start == (x, y):
        return [(x, y)]
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    half = ((start[0] - x) / 2, (start[1] - y) / 2)
    xd, yd = cos * half[0] + sin * half[1], -sin * half[0] + cos * half[1]
    if (needed := (xd / rx) ** 2 + (yd / ry) ** 2) > 1:
        rx, ry = rx * math.sqrt(needed), ry * math.sqrt(needed)
    below = (rx * yd) ** 2 + (ry * xd) ** 2
    if not below:
        return [(x, y)]
    root = math.sqrt(max(0.0, (rx * ry) ** 2 - below) / below) * (-1 if bool(large) == bool(sweep) else 1)
    cxd, cyd = root * rx * yd / ry, -root * ry * xd / rx
    cx, cy = cos * cxd - sin * cyd + (start[0] + x) / 2, sin * cxd + cos * cyd + (start[1] + y) / 2
    first = math.atan2((yd - cyd) / ry, (xd - cxd) / rx)
    last = math.atan2((-yd - cyd) / ry, (-xd - cxd) / rx)
    span = (last - first) % math.tau
    if not sweep:
        span -= math.tau
    found = []
    for step in range(1, 2 * STEPS):
        at = first + span * step / (2 * STEPS)
        px, py = rx * math.cos(at), ry * math.sin(at)
        found.append((cos * px - sin * py + cx, sin * px + cos * py + cy))
    return [*found, (x, y)]
