"""Two alphabets out of geometry: heavy capitals for the one big letter, thin ones for the line below.

No fonts: a poster looks the same wherever it is drawn.
"""

from __future__ import annotations

import unicodedata

# Heavy capitals, 140 high: width and path (even-odd).
HEAVY: dict[str, tuple[int, str]] = {
    "A": (120, "M60 0 L120 140 H84 A24 24 0 0 0 36 140 H0 Z"),
    "B": (96, "M0 0 H60 A35 35 0 0 1 60 70 A35 35 0 0 1 60 140 H0 Z M46 24 H56 A11 11 0 0 1 56 46 H46 Z"
         " M46 94 H56 A11 11 0 0 1 56 116 H46 Z"),
    "C": (104, "M104 0 H70 A70 70 0 0 0 70 140 H104 V102 H72 A32 32 0 0 1 72 38 H104 Z"),
    "D": (102, "M0 0 H32 A70 70 0 0 1 32 140 H0 Z M38 38 A32 32 0 0 1 38 102 Z"),
    "E": (92, "M0 0 H92 V36 H38 V52 H80 V88 H38 V104 H92 V140 H0 Z"),
    "F": (92, "M0 0 H92 V38 H38 V56 H80 V94 H38 V140 H0 Z"),
    "G": (108, "M104 0 H70 A70 70 0 0 0 70 140 H108 V60 H64 V101 A32 32 0 0 1 72 38 H104 Z"),
    "H": (106, "M0 0 H38 V50 H68 V0 H106 V140 H68 V88 H38 V140 H0 Z"),
    "I": (40, "M0 0 H40 V140 H0 Z"),
    "J": (98, "M58 0 H98 V91 A49 49 0 0 1 0 91 V82 H40 V91 A9 9 0 0 0 58 91 Z"),
    "K": (112, "M0 0 H38 V48 L70 0 H112 L66 68 L112 140 H70 L38 90 V140 H0 Z"),
    "L": (88, "M0 0 H38 V102 H88 V140 H0 Z"),
    "M": (136, "M0 140 V0 H36 L68 54 L100 0 H136 V140 H98 V70 L68 116 L38 70 V140 Z"),
    "N": (112, "M0 140 V0 H36 L74 66 V0 H112 V140 H76 L38 74 V140 Z"),
    "O": (140, "M70 0 A70 70 0 0 1 70 140 A70 70 0 0 1 70 0 Z M70 40 A30 30 0 0 0 70 100 A30 30 0 0 0 70 40 Z"),
    "P": (98, "M0 0 H54 A44 44 0 0 1 54 88 H38 V140 H0 Z M38 32 H50 A12 12 0 0 1 50 56 H38 Z"),
    "Q": (144, "M70 0 A70 70 0 0 1 124 114 L144 140 H70 A70 70 0 0 1 70 0 Z"
         " M70 40 A30 30 0 0 0 70 100 A30 30 0 0 0 70 40 Z"),
    "R": (104, "M0 0 H54 A44 44 0 0 1 73 84 L104 140 H62 L40 94 H38 V140 H0 Z M38 32 H50 A12 12 0 0 1 50 56 H38 Z"),
    "S": (94, "M90 0 V36 H46 A8 8 0 0 0 46 52 H50 A44 44 0 0 1 50 140 H4 V104 H50 A8 8 0 0 0 50 88 H46"
         " A44 44 0 0 1 46 0 Z"),
    "T": (108, "M0 0 H108 V38 H73 V140 H35 V38 H0 Z"),
    "U": (106, "M0 0 H38 V87 A15 15 0 0 0 68 87 V0 H106 V87 A53 53 0 0 1 0 87 Z"),
    "V": (116, "M0 0 H42 L58 66 L74 0 H116 L76 140 H40 Z"),
    "W": (156, "M0 0 H38 L52 78 L66 28 H90 L104 78 L118 0 H156 L128 140 H94 L78 90 L62 140 H28 Z"),
    "X": (120, "M0 0 H44 L60 34 L76 0 H120 L84 70 L120 140 H76 L60 106 L44 140 H0 L36 70 Z"),
    "Y": (120, "M0 0 H44 L60 38 L76 0 H120 L79 84 V140 H41 V84 Z"),
    "Z": (104, "M0 0 H104 V36 L54 102 H104 V140 H0 V104 L50 38 H0 Z"),
    "1": (64, "M26 0 H64 V140 H26 V42 H0 V26 Z"),
}  # fmt: skip

# Thin capitals, 100 high, drawn as strokes: width and path.
THIN: dict[str, tuple[int, str]] = {
    "A": (64, "M0 100 L32 0 L64 100 M12 64 H52"),
    "B": (54, "M0 0 V100 M0 0 H28 A24 24 0 0 1 28 48 H0 M28 48 A26 26 0 0 1 28 100 H0"),
    "C": (76, "M76 20 A46 50 0 1 0 76 80"),
    "D": (70, "M0 0 V100 H20 A50 50 0 0 0 20 0 Z"),
    "E": (46, "M44 0 H0 V100 H46 M0 48 H38"),
    "F": (44, "M44 0 H0 V100 M0 48 H36"),
    "G": (82, "M76 18 A46 50 0 1 0 82 54 H52"),
    "H": (60, "M0 0 V100 M60 0 V100 M0 48 H60"),
    "I": (0, "M0 0 V100"),
    "J": (38, "M38 0 V76 A20 23 0 0 1 0 82"),
    "K": (56, "M0 0 V100 M52 0 L2 54 M16 40 L56 100"),
    "L": (42, "M0 0 V100 H42"),
    "M": (84, "M0 100 L6 0 L42 78 L78 0 L84 100"),
    "N": (62, "M0 100 V0 L62 100 V0"),
    "O": (94, "M47 0 A47 50 0 1 0 47 100 A47 50 0 1 0 47 0 Z"),
    "P": (52, "M0 100 V0 H26 A27 27 0 0 1 26 54 H0"),
    "Q": (94, "M47 0 A47 50 0 1 0 47 100 A47 50 0 1 0 47 0 Z M58 70 L90 104"),
    "R": (54, "M0 100 V0 H26 A27 27 0 0 1 26 54 H0 M24 54 L54 100"),
    "S": (52, "M50 18 C44 -6 4 -6 4 24 C4 52 52 46 52 74 C52 108 4 106 0 80"),
    "T": (60, "M0 0 H60 M30 0 V100"),
    "U": (58, "M0 0 V68 A29 32 0 0 0 58 68 V0"),
    "V": (64, "M0 0 L32 100 L64 0"),
    "W": (92, "M0 0 L24 100 L46 18 L68 100 L92 0"),
    "X": (56, "M0 0 L56 100 M56 0 L0 100"),
    "Y": (60, "M0 0 L30 52 L60 0 M30 52 V100"),
    "Z": (56, "M2 0 H54 L0 100 H56"),
    "0": (56, "M28 0 A28 50 0 1 0 28 100 A28 50 0 1 0 28 0 Z"),
    "1": (18, "M0 14 L18 0 V100"),
    "2": (54, "M2 24 C4 -8 52 -8 50 26 C50 48 16 66 0 100 H54"),
    "3": (54, "M4 10 C24 -10 50 2 48 24 C48 42 32 48 18 48 C38 48 54 56 54 74 C54 106 8 108 0 82"),
    "4": (56, "M42 100 V0 L0 70 H56"),
    "5": (54, "M48 0 H10 L6 44 C30 32 54 46 54 70 C54 106 8 108 0 84"),
    "6": (54, "M42 0 C10 20 0 50 0 72 A27 28 0 1 0 54 72 A27 28 0 0 0 4 60"),
    "7": (54, "M0 0 H54 L18 100"),
    "8": (52, "M26 48 A22 24 0 1 1 26 0 A22 24 0 1 1 26 48 A26 26 0 1 0 26 100 A26 26 0 1 0 26 48 Z"),
    "9": (52, "M50 40 A25 26 0 1 1 50 28 C50 60 40 84 14 100"),
    "&": (66, "M66 100 L14 32 C6 18 14 0 28 0 C44 0 48 20 34 32 L16 46 C-4 60 0 100 26 100 C46 100 56 84 60 62"),
    "'": (4, "M4 -2 L0 24"),
    "-": (34, "M0 52 H34"),
    ",": (6, "M6 94 L0 114"),
    ".": (2, "M0 97 L2 100"),
    ":": (2, "M0 36 L2 39 M0 94 L2 97"),
    "!": (2, "M1 0 V68 M0 96 L2 99"),
    "*": (40, "M20 0 V40 M3 10 L37 30 M3 30 L37 10"),
}  # fmt: skip

GAP, SPACE = 24, 56


def plain(text: str) -> str:
    """Capitals without accents, typographic marks made simple."""
    text = text.replace("’", "'").replace("–", "-")
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()


def initial(title: str) -> str:
    """The letter that stands for a title: articles do not count."""
    words = [word for word in plain(title).replace("'", "").split() if word[:1].isalnum()]
    if len(words) > 1 and words[0] in {"THE", "A", "AN"}:
        words = words[1:]
    first = words[0][0] if words else "T"
    return first if first in HEAVY else "O"


def big(letter: str, x: float, y: float, height: float, paint: str, extra: str = "") -> str:
    """The heavy letter with its centre at x, y."""
    width, path = HEAVY[letter]
    scale = height / 140
    return (
        f'<path transform="translate({x - width * scale / 2:.1f} {y - height / 2:.1f}) scale({scale:.3f})"'
        f' d="{path}" fill="{paint}" fill-rule="evenodd"{extra}/>'
    )


def line_width(text: str) -> float:
    """Width of a line at height 100."""
    width = 0.0
    for character in plain(text):
        width += SPACE if character == " " else THIN.get(character, (0, ""))[0] + GAP
    return max(0.0, width - GAP)


def line(text: str, x: float, y: float, height: float, colour: str, weight: float = 9) -> str:
    """A line of thin capitals whose top left corner is x, y."""
    parts, at, scale = [], 0.0, height / 100
    for character in plain(text):
        if character == " ":
            at += SPACE
        elif character in THIN:
            width, path = THIN[character]
            parts.append(f'<path transform="translate({at:.0f} 0)" d="{path}"/>')
            at += width + GAP
    return (
        f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:.3f})" fill="none" stroke="{colour}"'
        f' stroke-width="{weight}" stroke-linecap="round" stroke-linejoin="round">{"".join(parts)}</g>'
    )


def wrap(text: str, width: float, height: float, lines: int) -> tuple[list[str], float]:
    """Break a title into at most ``lines`` lines of thin capitals; the height that makes them fit."""
    words = text.split()
    best: tuple[list[str], float] = ([text], 0.0)
    for count in range(1, lines + 1):
        broken = _balance(words, count)
        fitting = min(height, *(width / max(1.0, line_width(part)) * 100 for part in broken))
        if fitting > best[1] * 1.12:
            best = (broken, fitting)
    return best


def _balance(words: list[str], count: int) -> list[str]:
    """Words on ``count`` lines, the widest as narrow as can be."""
    if count >= len(words):
        return words
    if count == 1:
        return [" ".join(words)]
    choices = []
    for cut in range(1, len(words) - count + 2):
        rest = _balance(words[cut:], count - 1)
        choices.append([" ".join(words[:cut]), *rest])
    return min(choices, key=lambda broken: max(line_width(part) for part in broken))
