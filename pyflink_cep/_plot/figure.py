"""The whole picture: a title, the states, and a caption."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from pyflink_cep._check import pattern_window
from pyflink_cep._plot import words
from pyflink_cep._plot.canvas import STYLE, Canvas, text_width, wrap
from pyflink_cep._plot.shapes import LINE, RAILS, states

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyflink_cep import Pattern, Rule

_MARGIN = 24.0
_LEAST_WIDTH = 560.0
_LEGEND = {
    "rail": "the very next event",
    "rail dashed": "events that don't fit may come between",
    "rail dotted": "any events may come between",
}


def draw_rule(rule: Rule) -> str:
    """A rule as SVG."""
    return draw_pattern(
        rule.pattern,
        title=f"{rule.id} v{rule.version}",
        description=rule.description,
        details=list(_details(rule)),
        name=rule.id,
    )


def draw_pattern(
    pattern: Pattern,
    *,
    title: str,
    description: str = "",
    details: Sequence[tuple[str, str]] = (),
    name: str = "pattern",
) -> str:
    """A pattern as SVG.

    Args:
        pattern: The pattern.
        title: What it is called.
        description: What it is for.
        details: More that is said below it: labels with texts.
        name: What the ids of the elements begin with, which are to be unique on a page.
    """
    canvas = Canvas()
    row = states(pattern, pattern_window(pattern))
    width = max(row.width, _LEAST_WIDTH, text_width(title, "title"))
    y = _MARGIN + 16
    canvas.text(_MARGIN, y, title, "title")
    for line in wrap(description, width, "label") if description else []:
        y += LINE
        canvas.text(_MARGIN, y + 3, line, "label muted")
    rail = y + 28 + row.above
    row.draw(canvas, _MARGIN, rail)
    y = _draw_caption(canvas, rail + row.below + 26, width, list(_caption(pattern, details)), _rails(pattern))
    return _document(
        canvas, width + 2 * _MARGIN, y + _MARGIN - 8, title, _description(pattern, description, details), name
    )


def _caption(pattern: Pattern, details: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    window = pattern_window(pattern)
    if window is not None:
        yield "window", f"less than {words.duration(window)} from the first event to the last"
    yield "skip", words.skip(pattern.skip)
    yield from details


def _details(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "key", ", ".join(rule.partition_by) or "none: all events are of one key"
    rollout = "" if rule.rollout == 100 else f", for {rule.rollout:g} % of the keys"
    yield "status", f"{rule.status}{rollout}; severity {rule.severity}"
    for name, expression in (rule.measures or {}).items():
        yield "measures", f"{name} = {expression}"


def _draw_caption(
    canvas: Canvas, y: float, width: float, rows: Sequence[tuple[str, str]], rails: Sequence[str]
) -> float:
    """Draws what is said below the states; gives the height of its end."""
    canvas.line(_MARGIN, y, _MARGIN + width, "rule")
    y += 8
    indent = _MARGIN + 76
    before = ""
    for label, text in rows:
        style = "sql" if label == "measures" else "label"
        for place, line in enumerate(wrap(text, width - 76, style)):
            y += LINE
            if not place and label != before:
                canvas.text(_MARGIN, y, label, "label muted")
            canvas.text(indent, y, line, style)
        before = label
    for place, rail in enumerate(rails):
        y += LINE
        if not place:
            canvas.text(_MARGIN, y, "lines", "label muted")
        canvas.line(indent, y - 4, indent + 36, rail)
        canvas.text(indent + 46, y, _LEGEND[rail], "label")
    return y + 8


def _rails(pattern: Pattern) -> list[str]:
    """The kinds of lines between the steps of a pattern, groups' too."""

    def found(of: Pattern) -> Iterator[str]:
        for place, step in enumerate(of.steps):
            if place:
                yield RAILS[step.verb]
            if step.times is not None and step.times.most != 1:
                yield {None: "rail dashed", "consecutive": "rail", "allow_combinations": "rail dotted"}[
                    step.inner
                ]
            if step.group is not None:
                yield from found(step.group)

    kinds = set(found(pattern))
    return [rail for rail in _LEGEND if rail in kinds]


def _description(pattern: Pattern, description: str, details: Sequence[tuple[str, str]]) -> str:
    """What the picture shows, in words."""
    said = [description.strip().rstrip(".") + "." if description.strip() else "", *words.sentences(pattern)]
    said += [f"{label[:1].upper()}{label[1:]}: {text}." for label, text in _caption(pattern, details)]
    return " ".join(filter(None, said))


def _document(canvas: Canvas, width: float, height: float, title: str, description: str, name: str) -> str:
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    size = {"width": f"{width:.0f}", "height": f"{height:.0f}"}
    svg = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "cep",
            "viewBox": f"0 0 {width:.0f} {height:.0f}",
            **size,
            "role": "img",
            "aria-labelledby": f"{prefix}-title {prefix}-description",
        },
    )
    ElementTree.SubElement(svg, "title", {"id": f"{prefix}-title"}).text = title
    ElementTree.SubElement(svg, "desc", {"id": f"{prefix}-description"}).text = description
    ElementTree.SubElement(svg, "style").text = STYLE
    paper = Canvas()
    # The picture has its own background, so that it can be read on any page.
    paper.rect(0.5, 0.5, width - 1, height - 1, "paper", 12)
    svg.extend([*paper.elements, *canvas.elements])
    ElementTree.indent(svg)
    return f"{ElementTree.tostring(svg, encoding='unicode')}\n"
