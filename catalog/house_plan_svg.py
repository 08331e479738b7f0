"""A house plan as SVG, as a drawing program writes it. Pure.

    <svg xmlns="http://www.w3.org/2000/svg">
      <path data-stage="" d="M 100 0 H 300"/>
      <g data-area="Stalls" transform="translate(0 40)">
        <polygon class="outline" points="0,0 400,0 400,260 0,260"/>
        <g data-row="A"><circle data-seat="1" cx="20" cy="40" r="8"/> ... </g>
      </g>
    </svg>

A seat is a circle, ellipse, rect, path, use or a group of them with `data-seat`, its number; area and row stand on it
or on a group around it. A file without any `data-seat` may name its seats by their ids instead: `Stalls-A-12`, where
"_" stands for a space. A polygon, path or rect with `data-outline` or of class "outline" is the outline of the area
around it (or of the one it names); one with `data-stage`, or of class or id "stage", is the stage. All else is
ornament. Transforms are worked out; what stands in `defs` or `symbol` is not drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException, DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden
from defusedxml.ElementTree import XMLParser
from django.utils.translation import gettext as _

from catalog import house_plan_paths as paths
from catalog.house_plan_shapes import DrawnSeat, PlanError, Point, Sheet, tidy

DEEPEST = 60  # groups within groups
MOST_ELEMENTS = 120_000
SHAPES = frozenset({"circle", "ellipse", "rect", "path", "polygon", "polyline", "line", "use", "image"})
LINES = frozenset({"rect", "path", "polygon", "polyline", "line"})
UNSEEN = frozenset(
    {"defs", "symbol", "clipPath", "mask", "pattern", "marker", "metadata", "style", "script", "title", "desc",
     "foreignObject", "linearGradient", "radialGradient", "filter"}
)  # fmt: skip
_BY_ID = re.compile(r"(.+)-([^-]+)-([^-]+)")
_ITSELF = re.compile(
    r"(?i)(?:circle|ellipse|rect|path|polygon|polyline|line|use|image|g|layer|svg|text|tspan)?\d*"
)
_WRITTEN = re.compile(r"_x([0-9A-Fa-f]{2,4})_")
_LINE = "{line}"  # where an element keeps the line it stood on; no XML name can be that


class _Lines(TreeBuilder):
    """Elements that know their line; a flood is stopped before it is a tree."""

    expat: Any = None

    def __init__(self, sheet: Sheet) -> None:
        super().__init__()
        self._sheet, self._depth, self._count = sheet, 0, 0

    def start(self, tag: Any, attrs: Any) -> Any:
        self._depth, self._count = self._depth + 1, self._count + 1
        line = self.expat.CurrentLineNumber
        if self._depth > DEEPEST:
            self._sheet.stop(_("Line %(n)s") % {"n": line}, _("Groups are nested too deep."))
        if self._count > MOST_ELEMENTS:
            self._sheet.stop(_("Line %(n)s") % {"n": line}, _("The file has too many elements."))
        return super().start(tag, {**attrs, _LINE: str(line)})

    def end(self, tag: Any) -> Any:
        self._depth -= 1
        return super().end(tag)


def _tree(text: str, sheet: Sheet) -> Element:
    builder = _Lines(sheet)
    parser = XMLParser(target=builder, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    builder.expat = parser.parser
    try:
        parser.feed(text)
        root: Element = parser.close()
    except PlanError:
        raise
    except (EntitiesForbidden, ExternalReferenceForbidden, DTDForbidden):
        sheet.stop("", _("The file defines entities. Save it as “plain SVG” and take that one."))
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        line = getattr(error, "position", (parser.parser.CurrentLineNumber, 0))[0]
        sheet.stop(_("Line %(n)s") % {"n": line}, _("This is no well-formed XML."))
    return root


def read(text: str, sheet: Sheet) -> None:
    """Fill the sheet. Raises PlanError where nothing can be read."""
    if text.startswith("\ufeff"):
        text = text[1:]
    # the text is decoded already; what its first line says of an encoding is not so any more
    root = _tree(re.sub(r"\A\s*<\?xml[^>]*\?>", lambda said: "\n" * said[0].count("\n"), text), sheet)
    if _tag(root) != "svg":
        sheet.stop("", _("The outermost element is <%(tag)s>, not <svg>.") % {"tag": _tag(root)[:40]})
    reader = _Reader(sheet, root)
    reader.walk(root, paths.IDENTITY, None, None)
    if not sheet.seats and not sheet.wrong:
        sheet.stop("", _("No element has “data-seat”, and no id is like Stalls-A-12."))


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _said(element: Element, name: str) -> str | None:
    return element.get(name)


class _Reader:
    def __init__(self, sheet: Sheet, root: Element) -> None:
        self.sheet = sheet
        self.ids = {found: one for one in root.iter() if (found := one.get("id"))}
        self.by_id = not any("data-seat" in one.attrib for one in root.iter())

    def where(self, element: Element) -> str:
        name = element.get("id")
        said = {"line": element.get(_LINE), "tag": _tag(element)[:40], "id": (name or "")[:60]}
        if name:
            return _("Line %(line)s, <%(tag)s id=“%(id)s”>") % said
        return _("Line %(line)s, <%(tag)s>") % said

    def walk(self, element: Element, outer: paths.Matrix, area: str | None, row: str | None) -> None:
        tag = _tag(element)
        if tag in UNSEEN or element.get("display") == "none":
            return
        area = element.get("data-area", area)
        row = element.get("data-row", row)
        matrix = self._matrix(element, outer)
        classes = (element.get("class") or "").split()
        if self._is_seat(element):
            self._seat(element, matrix, area, row)
            return
        if tag in LINES and (
            "data-stage" in element.attrib or "stage" in classes or element.get("id") == "stage"
        ):
            self.sheet.stage = self._outline(element, matrix, 2)
            return
        if tag in LINES and ("data-outline" in element.attrib or "outline" in classes):
            self._area_outline(element, matrix, area)
            return
        if tag == "text" and ("data-label" in element.attrib or "label" in classes):
            self._label(element, matrix, area)
            return
        for child in element:
            self.walk(child, matrix, area, row)

    def _is_seat(self, element: Element) -> bool:
        if not self.by_id:
            return "data-seat" in element.attrib
        return _tag(element) in SHAPES and _by_id(element.get("id") or "") is not None

    def _matrix(self, element: Element, outer: paths.Matrix) -> paths.Matrix:
        said = element.get("transform")
        if not said:
            return outer
        try:
            return paths.times(outer, paths.matrix(said))
        except (ValueError, OverflowError):
            self.sheet.complain(
                self.where(element), _("The transform “%(said)s” cannot be read.") % {"said": said[:80]}
            )
            return outer

    def _seat(self, element: Element, matrix: paths.Matrix, area: str | None, row: str | None) -> None:
        where = self.where(element)
        if self.by_id:
            named = _by_id(element.get("id") or "")
            area, row, number = named or ("", "", "")
        else:
            number = element.get("data-seat") or ""
        if row is None or not tidy(area or "") or not tidy(number):
            what = {
                "data-area": not tidy(area or ""),
                "data-row": row is None,
                "data-seat": not tidy(number),
            }
            missing = next(name for name, is_so in what.items() if is_so)
            self.sheet.complain(
                where, _("The seat has no %(name)s, nor has a group around it.") % {"name": missing}
            )
            return
        names = [
            self.sheet.name(where, f"“{what}”", said)
            for what, said in (("data-area", area or ""), ("data-row", row), ("data-seat", number))
        ]
        point = self._centre(element, 0)
        if point is None:
            self.sheet.complain(where, _("It cannot be read where the seat is."))
        elif names[0] and names[1] is not None and names[2]:
            self.sheet.area(where, names[0])
            self.sheet.seat(where, DrawnSeat(names[0], names[1], names[2], *paths.moved(matrix, point)))

    def _centre(self, element: Element, depth: int) -> Point | None:
        """The middle of a shape in its own coordinates; of the first shape within a group."""
        tag = _tag(element)
        try:
            if tag in ("circle", "ellipse"):
                return self._length(element, "cx"), self._length(element, "cy")
            if tag in ("rect", "image"):
                return (
                    self._length(element, "x") + self._length(element, "width") / 2,
                    self._length(element, "y") + self._length(element, "height") / 2,
                )
            if tag == "use":
                return self._used(element, depth)
            if tag in LINES:
                return _middle(self._points(element))
            for child in _shapes(element, depth):
                inner = self._centre(child, depth + 1)
                if inner is not None:
                    said = child.get("transform")
                    return paths.moved(paths.matrix(said), inner) if said else inner
        except (ValueError, OverflowError):
            return None
        return None

    def _used(self, element: Element, depth: int) -> Point | None:
        x, y = self._length(element, "x"), self._length(element, "y")
        name = element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""
        shape = self.ids.get(name[1:]) if name.startswith("#") else None
        if shape is None or depth > 4:
            return x, y
        inner = self._centre(shape, depth + 1) or (0.0, 0.0)
        said = shape.get("transform")
        if said:
            inner = paths.moved(paths.matrix(said), inner)
        return inner[0] + x, inner[1] + y

    def _length(self, element: Element, name: str) -> float:
        return paths.length(element.get(name) or "0")

    def _points(self, element: Element) -> list[Point]:
        tag = _tag(element)
        if tag == "path":
            return paths.path(element.get("d") or "")
        if tag == "line":
            return [(self._length(element, f"x{n}"), self._length(element, f"y{n}")) for n in (1, 2)]
        if tag == "rect":
            x, y = self._length(element, "x"), self._length(element, "y")
            right, bottom = x + self._length(element, "width"), y + self._length(element, "height")
            return [(x, y), (right, y), (right, bottom), (x, bottom)]
        return paths.corners(element.get("points") or "")

    def _outline(self, element: Element, matrix: paths.Matrix, least: int) -> tuple[Point, ...]:
        where = self.where(element)
        try:
            found = tuple(paths.moved(matrix, point) for point in self._points(element))
        except (ValueError, OverflowError):
            self.sheet.complain(where, _("The shape cannot be read: use plain numbers and lines."))
            return ()
        if len(found) < least or any(self.sheet.far(*point) for point in found):
            self.sheet.complain(where, _("The shape has too few corners, or lies outside of any sheet."))
            return ()
        return self.sheet.outline(where, found)

    def _area_outline(self, element: Element, matrix: paths.Matrix, area: str | None) -> None:
        where = self.where(element)
        name = self.sheet.name(where, "“data-outline”", element.get("data-outline") or area or "")
        if name == "":
            self.sheet.complain(where, _("The outline names no area, nor does a group around it."))
        elif name is not None:
            self.sheet.area(where, name).outline = self._outline(element, matrix, 3)

    def _label(self, element: Element, matrix: paths.Matrix, area: str | None) -> None:
        where = self.where(element)
        name = self.sheet.name(where, "“data-label”", element.get("data-label") or area or "")
        try:
            point = paths.moved(matrix, (self._length(element, "x"), self._length(element, "y")))
        except ValueError:
            return
        if name and not self.sheet.far(*point):
            self.sheet.area(where, name).label = point


def _shapes(element: Element, depth: int) -> Iterator[Element]:
    if depth <= 8:
        yield from (child for child in element if _tag(child) in SHAPES or _tag(child) == "g")


def _middle(points: list[Point]) -> Point | None:
    if not points:
        return None
    return (
        (min(x for x, _y in points) + max(x for x, _y in points)) / 2,
        (min(y for _x, y in points) + max(y for _x, y in points)) / 2,
    )


def _by_id(name: str) -> tuple[str, str, str] | None:
    """ "Dress_Circle-A-12" -> area, row, number; None for other ids, also those that programs give by themselves."""
    found = _BY_ID.fullmatch(_WRITTEN.sub(lambda code: chr(int(code[1], 16)), name))
    if found is None or _ITSELF.fullmatch(found[1]):
        return None
    return found[1].replace("_", " "), found[2].replace("_", " "), found[3].replace("_", " ")
