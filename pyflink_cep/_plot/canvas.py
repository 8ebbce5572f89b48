"""SVG elements, and how wide text is."""

from __future__ import annotations

import textwrap
from xml.etree import ElementTree

# In parts of the font's size; a bit more than the wider of the fonts that browsers have for these families.
_MONOSPACED = 0.615
_NARROW, _WIDE, _USUAL = 0.36, 0.96, 0.62
_NARROW_LETTERS = frozenset("iljtfrI.,:;|!'()[] ")
_WIDE_LETTERS = frozenset("mwMW@%")

SIZES = {"title": 18, "name": 14, "sql": 12, "label": 12, "small": 11}

STYLE = """
.cep { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.cep text { fill: #1e293b; font-size: 12px; }
.cep .title { font-size: 18px; font-weight: 600; }
.cep .name { font-size: 14px; font-weight: 600; }
.cep .sql { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.cep .sql { white-space: pre; }
.cep .small { font-size: 11px; }
.cep .muted { fill: #52606d; }
.cep .paper { fill: #ffffff; stroke: #dbe2ea; }
.cep .state { fill: #eff5ff; stroke: #2f6fdb; stroke-width: 1.5; }
.cep .absent { fill: #fff3f2; stroke: #c9352b; stroke-width: 1.5; stroke-dasharray: 5 3; }
.cep .group { fill: #f5f6f8; stroke: #9aa7b5; }
.cep .rule { stroke: #dbe2ea; fill: none; }
.cep .rail, .cep .loop, .cep .bypass, .cep .stop { fill: none; stroke-width: 1.75; }
.cep .rail { stroke: #44546a; }
.cep .loop { stroke: #7a3fc4; }
.cep .bypass { stroke: #7d8a99; }
.cep .stop { stroke: #c9352b; }
.cep .dashed { stroke-dasharray: 6 4; }
.cep .dotted { stroke-dasharray: 0.1 5; stroke-linecap: round; stroke-width: 2.75; }
.cep .rail-end { fill: #44546a; }
.cep .loop-end { fill: #7a3fc4; }
.cep .bypass-end { fill: #7d8a99; }
.cep text.loop-label { fill: #6a31b0; }
.cep text.stop-label { fill: #b3261e; }
@media (prefers-color-scheme: dark) {
  .cep text { fill: #e6ebf2; }
  .cep .muted { fill: #a3b1c2; }
  .cep .paper { fill: #10151d; stroke: #2c3644; }
  .cep .state { fill: #17263f; stroke: #6ea3f5; }
  .cep .absent { fill: #341a1a; stroke: #f08a80; }
  .cep .group { fill: #1a212c; stroke: #5d6b7c; }
  .cep .rule { stroke: #2c3644; }
  .cep .rail { stroke: #b3c0cf; }
  .cep .loop { stroke: #b892f0; }
  .cep .bypass { stroke: #8794a5; }
  .cep .stop { stroke: #f08a80; }
  .cep .rail-end { fill: #b3c0cf; }
  .cep .loop-end { fill: #b892f0; }
  .cep .bypass-end { fill: #8794a5; }
  .cep text.loop-label { fill: #cbb0f5; }
  .cep text.stop-label { fill: #f5a69e; }
}
"""


def text_width(text: str, kind: str) -> float:
    """How wide a text is at most, in pixels, in one of the kinds of `SIZES`."""
    if kind == "sql":
        return len(text) * _MONOSPACED * SIZES[kind]
    letters = sum(
        _NARROW if letter in _NARROW_LETTERS else _WIDE if letter in _WIDE_LETTERS else _USUAL
        for letter in text
    )
    return letters * SIZES[kind]


def wrap(text: str, width: float, kind: str) -> list[str]:
    """The lines of a text that is wrapped to a width in pixels; a word that is longer is broken."""
    average = (_MONOSPACED if kind == "sql" else 0.56) * SIZES[kind]
    columns = max(8, int(width / average))
    lines = []
    for line in text.strip().splitlines():
        lines += textwrap.wrap(line.rstrip(), columns, break_on_hyphens=False) or [""]
    return lines


class Canvas:
    """Takes SVG elements, at coordinates in pixels."""

    def __init__(self) -> None:
        self.elements = ElementTree.Element("g")

    def rect(self, x: float, y: float, width: float, height: float, style: str, radius: float = 8) -> None:
        """A rectangle with round corners."""
        self._add("rect", style, x=_n(x), y=_n(y), width=_n(width), height=_n(height), rx=_n(radius))

    def path(self, commands: str, style: str) -> None:
        """A line along SVG's path commands."""
        self._add("path", style, d=commands)

    def line(self, x: float, y: float, to_x: float, style: str) -> None:
        """A horizontal line."""
        if to_x > x:
            self.path(f"M{_n(x)} {_n(y)}H{_n(to_x)}", style)

    def arc(self, x: float, to_x: float, rail: float, top: float, style: str) -> None:
        """A line from the rail up to a height, across, and down to the rail again."""
        radius = min(10.0, (to_x - x) / 2)
        self.path(
            f"M{_n(x)} {_n(rail)}V{_n(top + radius)}q0 {_n(-radius)} {_n(radius)} {_n(-radius)}"
            f"H{_n(to_x - radius)}q{_n(radius)} 0 {_n(radius)} {_n(radius)}V{_n(rail)}",
            style,
        )

    def arrow(self, x: float, y: float, style: str, direction: str = "right") -> None:
        """An arrow's head with its point at a place."""
        turns = {"right": "l-9 -4.5v9z", "left": "l9 -4.5v9z", "down": "l-4.5 -9h9z"}
        self.path(f"M{_n(x)} {_n(y)}{turns[direction]}", style)

    def circle(self, x: float, y: float, radius: float, style: str) -> None:
        """A circle around a place."""
        self._add("circle", style, cx=_n(x), cy=_n(y), r=_n(radius))

    def text(self, x: float, y: float, text: str, style: str, anchor: str = "start") -> None:
        """A line of text whose baseline is at a height."""
        attributes = {} if anchor == "start" else {"text-anchor": anchor}
        self._add("text", style, x=_n(x), y=_n(y), **attributes).text = text

    def _add(self, tag: str, style: str, **attributes: str) -> ElementTree.Element:
        return ElementTree.SubElement(self.elements, tag, {"class": style, **attributes})


def _n(number: float) -> str:
    """A number with a decimal at most."""
    return f"{round(number, 1):g}"
