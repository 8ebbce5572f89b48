"""A pattern's steps as shapes along a rail, which runs from left to right through all of them.

Each shape has a width, and heights above and below the rail, and knows how to draw itself at a place. Larger shapes
are made of smaller ones, so that nothing overlaps, whatever is put into what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pyflink_cep._plot import words
from pyflink_cep._plot.canvas import text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyflink_cep._pattern import Pattern
    from pyflink_cep._plot.canvas import Canvas
    from pyflink_cep._step import Step

LINE = 17.0
_CONDITION_WIDTH = 262.0
_PADDING = 12.0
_HEADER = 32.0
_ARC_SIDE = 24.0
_ARC_GAP = 14.0
_LABELS = {
    "next": "next",
    "followed_by": "followed by",
    "followed_by_any": "followed by any",
    "not_next": "not next",
    "not_followed_by": "not followed by",
}
# How a line is drawn by what may lie between two events: nothing; what doesn't fit; anything.
RAILS = {
    "begin": "rail",
    "next": "rail",
    "not_next": "rail",
    "followed_by": "rail dashed",
    "not_followed_by": "rail dashed",
    "followed_by_any": "rail dotted",
}


class Shape(Protocol):
    """Something along the rail. All lengths are pixels."""

    @property
    def width(self) -> float:
        """How long the rail is in it."""

    @property
    def above(self) -> float:
        """How far it reaches above the rail."""

    @property
    def below(self) -> float:
        """How far it reaches below the rail."""

    def draw(self, canvas: Canvas, x: float, rail: float) -> None:
        """Draws it, from x on, along the rail's height."""


@dataclass(frozen=True)
class Card:
    """A step's name and conditions. Its name is at the height of the rail."""

    name: str
    lines: Sequence[tuple[str, str]]
    style: str = "state"
    width: float = 0
    above: float = _HEADER / 2

    @property
    def below(self) -> float:
        body = len(self.lines) * LINE + _PADDING if self.lines else 0
        return _HEADER / 2 + body

    def draw(self, canvas: Canvas, x: float, rail: float) -> None:
        top = rail - self.above
        canvas.rect(x, top, self.width, self.above + self.below, self.style)
        canvas.text(x + _PADDING, rail + 5, self.name, "name")
        for place, (style, line) in enumerate(self.lines):
            canvas.text(x + _PADDING, rail + _HEADER / 2 + LINE * place + 10, line, style)


def _card(step: Step) -> Card:
    lines = [*_condition_lines(step)]
    name = str(step.body)
    widths = [text_width(name, "name"), *(text_width(line, style.split()[0]) for style, line in lines)]
    return Card(
        name,
        lines,
        "absent" if step.is_not else "state",
        width=max(96, max(widths) + 2 * _PADDING),
    )


def _condition_lines(step: Step) -> Iterator[tuple[str, str]]:
    """The lines of a card, each with its style."""
    if not step.where:
        yield "label muted", "any event"
    mixed = len({clause.alternative for clause in step.where[1:]}) > 1
    if mixed:
        yield "small muted", "read from top to bottom:"
    for place, clause in enumerate(step.where):
        if place:
            yield "small muted", "or" if clause.alternative else "and"
        for line in wrap(clause.sql, _CONDITION_WIDTH, "sql"):
            yield "sql", line
    if step.until is not None:
        yield "small muted", "until"
        for line in wrap(step.until, _CONDITION_WIDTH, "sql"):
            yield "sql", line


@dataclass(frozen=True)
class Row:
    """Shapes one after the other."""

    shapes: Sequence[Shape]

    @property
    def width(self) -> float:
        return sum(shape.width for shape in self.shapes)

    @property
    def above(self) -> float:
        return max(shape.above for shape in self.shapes)

    @property
    def below(self) -> float:
        return max(shape.below for shape in self.shapes)

    def draw(self, canvas: Canvas, x: float, rail: float) -> None:
        for shape in self.shapes:
            shape.draw(canvas, x, rail)
            x += shape.width


@dataclass(frozen=True)
class Edge:
    """The way from a step to the next one, with what is said of it above and below the rail."""

    style: str
    label: str = ""
    note: str = ""
    arrow: bool = True
    above: float = 22
    below: float = 20

    @property
    def width(self) -> float:
        longest = max(text_width(self.label, "label"), text_width(self.note, "small"))
        return longest + 32 if longest else 30

    def draw(self, canvas: Canvas, x: float, rail: float) -> None:
        head = 8 if self.arrow else 0
        canvas.line(x, rail, x + self.width - head, self.style)
        if self.arrow:
            canvas.arrow(x + self.width, rail, "rail-end")
        middle = x + (self.width - head) / 2
        if self.label:
            canvas.text(middle, rail - 9, self.label, "label", "middle")
        if self.note:
            canvas.text(middle, rail + 17, self.note, "small muted", "middle")


@dataclass(frozen=True)
class Absence:
    """A step that must not come: a way that branches off the rail, and ends there."""

    card: Card
    rail: str
    label: str
    note: str
    above: float = 22
    drop: float = 34

    @property
    def width(self) -> float:
        said = max(text_width(self.label, "label") + 32, 2 * text_width(self.note, "small") + 40)
        return max(self.card.width + 24, said)

    @property
    def below(self) -> float:
        return self.drop + self.card.above + self.card.below

    def draw(self, canvas: Canvas, x: float, rail: float) -> None:
        middle = x + self.width / 2
        canvas.line(x, rail, x + self.width, self.rail)
        canvas.text(middle, rail - 9, self.label, "label stop-label", "middle")
        canvas.path(f"M{middle:g} {rail:g}v{self.drop:g}", "stop")
        cross = rail + self.drop / 2
        canvas.path(f"M{middle - 5:g} {cross - 5:g}l10 10m0 -10l-10 10", "stop")
        if self.note:
            canvas.text(middle + 14, cross + 4, self.note, "small muted")
        self.card.draw(canvas, middle - self.card.width / 2, rail + self.drop + self.card.above)


@dataclass(frozen=True)
class Group:
    """Steps in a box."""

    inner: Shape

    @property
    def width(self) -> float:
        return _entry(self.inner).width + self.inner.width + Edge("rail").width

    @property
    def above(self) -> float:
        return self.inner.above + 26

    @property
    def below(self) -> float:
        return self.inner.below + 14

    def draw(self, canvas: Canvas, x: float, rail: float) -> None:
        top = rail - self.above
        canvas.rect(x, top, self.width, self.above + self.below, "group", 12)
        canvas.text(x + 12, top + 16, "group", "small muted")
        Row([_entry(self.inner), self.inner, Edge("rail", arrow=False)]).draw(canvas, x, rail)


@dataclass(frozen=True)
class Arc:
    """A way above a shape: back, for what is repeated, or forth, for what may be left out."""

    inner: Shape
    labels: Sequence[str]
    style: str
    line: str
    back: bool

    @property
    def width(self) -> float:
        longest = max(text_width(label, "label") for label in self.labels)
        return max(self.inner.width, longest) + 2 * _ARC_SIDE

    @property
    def above(self) -> float:
        return self.inner.above + _ARC_GAP + len(self.labels) * LINE + 4

    @property
    def below(self) -> float:
        return self.inner.below

    def draw(self, canvas: Canvas, x: float, rail: float) -> None:
        end = x + self.width
        start_of_inner = x + (self.width - self.inner.width) / 2
        if isinstance(self.inner, Arc):
            canvas.line(x, rail, start_of_inner, "rail")
        else:
            canvas.line(x, rail, start_of_inner - 8, "rail")
            canvas.arrow(start_of_inner, rail, "rail-end")
        canvas.line(start_of_inner + self.inner.width, rail, end, "rail")
        top = rail - self.inner.above - _ARC_GAP
        side = _ARC_SIDE / 2 - 2
        canvas.arc(x + side, end - side, rail, top, f"{self.style} {self.line}".strip())
        self.inner.draw(canvas, start_of_inner, rail)
        middle = (x + end) / 2
        if self.back:
            canvas.arrow(middle - 4, top, f"{self.style}-end", "left")
        else:
            canvas.arrow(middle + 4, top, f"{self.style}-end")
        text_style = "label loop-label" if self.back else "label muted"
        for place, label in enumerate(reversed(self.labels)):
            canvas.text(middle, top - 9 - place * LINE, label, text_style, "middle")


@dataclass(frozen=True)
class Start:
    """Where matches begin."""

    width: float = 16
    above: float = 8
    below: float = 8

    def draw(self, canvas: Canvas, x: float, rail: float) -> None:
        canvas.circle(x + 8, rail, 7, "rail-end")


@dataclass(frozen=True)
class End:
    """A match."""

    above: float = 11
    below: float = 11

    @property
    def width(self) -> float:
        return 28 + text_width("match", "name")

    def draw(self, canvas: Canvas, x: float, rail: float) -> None:
        canvas.circle(x + 10, rail, 9, "rail")
        canvas.circle(x + 10, rail, 5, "rail-end")
        canvas.text(x + 26, rail + 5, "match", "name")


def states(pattern: Pattern, window: int | None) -> Row:
    """The steps of a pattern, from its start to the match.

    Args:
        pattern: The pattern.
        window: Its window in ms, which a last step that must not come waits for.
    """
    last = pattern.steps[-1]
    note = "" if not last.is_not else "once the window is over"
    if last.verb == "not_followed_by" and window is None and last.within_previous is not None:
        note = f"after {words.duration(last.within_previous)}"
    steps = Row(list(_steps(pattern)))
    return Row([Start(), _entry(steps), steps, Edge("rail", note=note), End()])


def _steps(pattern: Pattern) -> Iterator[Shape]:
    for place, step in enumerate(pattern.steps):
        before = ""
        if step.within_previous is not None:
            before = f"in less than {words.duration(step.within_previous)}"
        if step.is_not:
            yield Absence(_card(step), RAILS[step.verb], _LABELS[step.verb], before)
            continue
        shape = _repeated(step)
        if place:
            yield Edge(RAILS[step.verb], _LABELS[step.verb], before, arrow=not isinstance(shape, Arc))
        yield shape


def _entry(shape: Shape) -> Edge:
    """The way into the first of a row's shapes. What is below an arc gets its arrow's head there."""
    while isinstance(shape, Row):
        shape = shape.shapes[0]
    return Edge("rail", arrow=not isinstance(shape, Arc))


def _repeated(step: Step) -> Shape:
    """A step or group, with the arcs of what is repeated and what is optional."""
    shape: Shape = _card(step) if step.group is None else Group(Row(list(_steps(step.group))))
    if step.times is not None:
        labels = [words.times(step.times)]
        if said := [word for word in (step.inner, "greedy" if step.greedy else None) if word]:
            labels.append(", ".join(said).replace("_", " "))
        if step.times.within is not None:
            labels.append(f"less than {words.duration(step.times.within)} apart")
        line = {None: "dashed", "consecutive": "", "allow_combinations": "dotted"}[step.inner]
        shape = Arc(shape, labels, "loop", line, back=True)
    if step.optional:
        shape = Arc(shape, ["optional"], "bypass", "", back=False)
    return shape
