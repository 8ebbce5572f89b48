"""JSON lines read with care: where Arrow refuses them, or would round or guess."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pyflink_cep._files.lines import KINDS, broken_lines
from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Whole numbers that 64 bits or a DOUBLE don't hold are kept as their digits. Their type, of text that no reader gives
# otherwise, tells them from text until the columns of all files are put together.
DIGITS = pa.large_string()
_MOST_DIGITS = 1000


class _Twice:
    """Stands for the value of a name that an object has twice."""


def read_lines(
    path: Path, content: bytes, problems: dict[str, Diagnostic], maps: frozenset[str] = frozenset()
) -> pa.Table:
    """Reads JSON lines.

    Args:
        path: The file, for errors.
        content: Its text in UTF-8, unpacked and without a byte order mark.
        problems: Takes what keeps single columns, and fields of columns, from being read, by their paths.
        maps: The columns that stay the JSON that they are, in bytes: an object's names are values there.

    Raises:
        InputError: Lines are no JSON objects.
    """
    events = []
    lines = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            text = line.decode("utf-8", "surrogateescape")
            event = json.loads(text, parse_int=_integer, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            message = "this is not JSON, or is nested too deep"
            at_line = Diagnostic(code="unreadable-line", location=f"{path}:{number}", message=message)
            raise InputError(*(broken_lines(path, "JSON lines") or [at_line])) from error
        if not isinstance(event, dict):
            raise InputError(*broken_lines(path, "JSON lines"))
        events.append(event)
        lines.append(number)
    whole = _Shape("")
    for number, event in zip(lines, events, strict=True):
        whole.add(event, number)
    whole.tell(path, problems)
    return pa.table(
        {
            name: _unread([event.get(name) for event in events])
            if name in maps
            else shape.array([event.get(name) for event in events])
            for name, shape in whole.fields.items()
            if shape.is_usable
        }
    )


def _unread(values: Sequence[Any]) -> pa.Array:
    return pa.array(
        [None if value is None else json.dumps(value, default=str).encode() for value in values], pa.binary()
    )


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen = set()
        for name, _ in pairs:
            if name in seen:
                found[name] = _Twice
            seen.add(name)
    return found


def _integer(text: str) -> int | Decimal:
    # Python refuses to read longer ones.
    return int(text) if len(text) <= _MOST_DIGITS else Decimal(text)


@dataclass(slots=True)
class _Shape:
    """What the values of a field are, of all lines.

    Attributes:
        path: The field, such as `at.lat`; empty for the whole event.
        kind: Of the first value that isn't null: boolean, number, text, object or list; None without one.
        line: The line of that.
        fields: Those of objects.
        element: That of lists' elements.
        problem: What keeps the field from being read, with its line.
    """

    path: str
    kind: str | None = None
    line: int = 0
    fields: dict[str, _Shape] = field(default_factory=dict)
    element: _Shape | None = None
    has_floats: bool = False
    integers: tuple[int, int] = (0, 0)
    is_rounded: bool = False
    problem: tuple[str, int] | None = None

    @property
    def is_usable(self) -> bool:
        return self.problem is None and (self.element is None or self.element.is_usable)

    def add(self, value: Any, line: int) -> None:
        if value is None or self.problem is not None:
            return
        if value is _Twice:
            self.problem = (f"`{self.path}` is there twice in one object", line)
            return
        kind = "a number" if isinstance(value, Decimal) else KINDS[type(value)]
        if self.kind is None:
            self.kind, self.line = kind, line
        if kind != self.kind:
            self.problem = (f"`{self.path}` is {kind}, and {self.kind} in line {self.line}", line)
            return
        match value:
            case dict():
                for name, inner in value.items():
                    if not name.isprintable():
                        # Such as one that is not UTF-8.
                        continue
                    path = f"{self.path}.{name}" if self.path else name
                    self.fields.setdefault(name, _Shape(path)).add(inner, line)
            case list():
                self.element = self.element or _Shape(f"{self.path}[]")
                for inner in value:
                    self.element.add(inner, line)
            case str() if any("\ud800" <= char <= "\udfff" for char in value):
                self.problem = (f"`{self.path}` is no text of Unicode", line)
            case bool():
                pass
            case int() | Decimal():
                self.is_rounded = self.is_rounded or isinstance(value, Decimal) or int(float(value)) != value
                if isinstance(value, int):
                    self.integers = (min(self.integers[0], value), max(self.integers[1], value))
                else:
                    self.integers = (-(2**70), 2**70)
            case float():
                self.has_floats = True

    def tell(self, path: Path, problems: dict[str, Diagnostic]) -> None:
        if self.problem is not None:
            message, line = self.problem
            problems[self.path.removesuffix("[]")] = Diagnostic(
                code="conflicting-types",
                location=f"{path}:{line}",
                message=message,
                hint="a field has one type throughout",
            )
        for shape in [*self.fields.values(), *([self.element] if self.element else [])]:
            shape.tell(path, problems)

    def array(self, values: list[Any]) -> pa.Array:
        match self.kind:
            case "an object":
                usable = {name: shape for name, shape in self.fields.items() if shape.is_usable}
                missing = [value is None for value in values]
                if not usable:
                    return pa.array([None if is_missing else {} for is_missing in missing], pa.struct([]))
                children = [
                    shape.array([None if value is None else value.get(name) for value in values])
                    for name, shape in usable.items()
                ]
                return pa.StructArray.from_arrays(children, [*usable], mask=pa.array(missing))
            case "a list":
                offsets: list[int | None] = []
                inner: list[Any] = []
                for value in values:
                    offsets.append(None if value is None else len(inner))
                    inner += value or []
                element = self.element or _Shape("")
                return pa.ListArray.from_arrays(
                    pa.array([*offsets, len(inner)], pa.int32()), element.array(inner)
                )
            case "a number" if self._needs_digits():
                return pa.array([None if value is None else str(value) for value in values], DIGITS)
            case "a number":
                return pa.array(values, pa.float64() if self.has_floats else pa.int64())
            case "true or false":
                return pa.array(values, pa.bool_())
            case "text":
                return pa.array(values, pa.string())
        return pa.nulls(len(values))

    def _needs_digits(self) -> bool:
        least, most = self.integers
        return self.is_rounded if self.has_floats else not (least >= -(2**63) and most < 2**63)
