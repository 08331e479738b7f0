"""Fields of a venue's own naming, and the access marks that well-known names of them mean.

A provider whose venues invent their own fields (`InstanceInfo.attributes`) sends them as name and value. What a name
means is nobody's standard: an account's own mapping stands above this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

OTHER = "".join(f"(?<!{word}{gap})" for word in ("image", "photo", "picture", "video") for gap in ("", " "))
WELL_KNOWN = (
    ("described", r"audio.?descri|^ad$|^SLAD$"),
    ("captioned", rf"{OTHER}caption|^cap$|surtitle|subtitle"),
    ("signed", r"(?<!de)(?<!as)(?<!con)signed|sign.?language|^bsl$|^bda$"), ("relaxed", r"relaxed|^rel$|autism|dementia.?friendly"),
    ("step_free", r"step.?free|level.?access"),
)  # fmt: skip
NOT_SAID = frozenset({"", "no", "n", "none", "0", "false", "n/a"})


def is_said(value: str) -> bool:
    """Whether a value means anything: "no", "0", "n/a" and the like do not."""
    return value.strip().casefold() not in NOT_SAID


def marks_by_name(name: str) -> tuple[str, ...]:
    """The access marks that a field of this name means ("SLCaptioned", "BSL"); () for every other name."""
    return tuple(mark for mark, pattern in WELL_KNOWN if re.search(pattern, name, re.IGNORECASE))


def well_known(attributes: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The marks of an event or date by the names of its fields, in the order of `WELL_KNOWN`."""
    found = {mark for name, value in attributes if is_said(value) for mark in marks_by_name(name)}
    return tuple(mark for mark, _pattern in WELL_KNOWN if mark in found)
