"""Where the values of a document stand in its text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pyflink_cep.errors import Diagnostic

# Line and column, from 1, and length in characters.
Place = Sequence[int]

_END_OF_LINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class DocumentPlaces:
    """The places of values and keys, by their paths, such as `tests[0].events[2].amount`.

    Attributes:
        name: What the document is called in errors.
        text: The document; empty where it is none that was read.
        values: Where values stand.
        keys: Where the keys of objects stand.
    """

    name: str
    text: str = ""
    values: Mapping[str, Place] = field(default_factory=dict)
    keys: Mapping[str, Place] = field(default_factory=dict)

    def diagnostic(
        self,
        path: str,
        code: str,
        message: str,
        hint: str | None = None,
        *,
        excerpt: str = "",
        of_key: bool = False,
        severity: Literal["error", "warning"] = "error",
    ) -> Diagnostic:
        """An error of the value at a path, or of its key, or else of what the value would be in.

        Args:
            path: Of the value.
            code: Of the error.
            message: What was found, and what was expected.
            hint: What to do.
            excerpt: The part of a text that is meant; the value's beginning, where it isn't found.
            of_key: Whether the value's key is meant.
            severity: How bad it is.
        """
        place = self.keys.get(path) if of_key else None
        near = path
        while place is None and near:
            place = self.values.get(near)
            near = near[: max(near.rfind("."), near.rfind("["), 0)]
        if place is None:
            location = f"{self.name}: {path}"
            return Diagnostic(code=code, location=location, message=message, hint=hint, severity=severity)
        line, column, length = self._place_of(excerpt, place)
        return Diagnostic(
            code=code,
            location=self.name,
            message=message,
            source=self.text,
            line=line,
            column=column,
            length=length,
            hint=hint,
            severity=severity,
        )

    def order(self, path: str) -> tuple[int, ...]:
        """What sorts paths as their values stand in the document."""
        return tuple(self.values.get(path, (0, 0)))

    def has_several_lines(self, path: str, excerpt: str) -> bool:
        """Whether a part of the text at a path stands on several lines of the document."""
        place = self.values.get(path)
        found = None if place is None else self._find(excerpt, place, self._line_starts())
        return found is not None and _END_OF_LINE.search(found[0]) is not None

    def _place_of(self, excerpt: str, place: Place) -> Place:
        starts = self._line_starts()
        found = self._find(excerpt, place, starts) if excerpt else None
        if found is None:
            return place
        line = bisect_right(starts, found.start())
        return line, found.start() - starts[line - 1] + 1, len(_END_OF_LINE.split(found[0])[0])

    def _find(self, excerpt: str, place: Place, starts: Sequence[int]) -> re.Match[str] | None:
        """Finds a part of the text at a place, however that is quoted, folded or indented."""

        def index(place: Place) -> int:
            return starts[place[0] - 1] + place[1] - 1

        # Where the next value or key begins, this one is over.
        others = [index(other) for places in (self.values, self.keys) for other in places.values()]
        end = min((other for other in others if other > index(place)), default=len(self.text))
        written = "".join(map(_written, " ".join(excerpt.split())))
        return re.compile(written).search(self.text, index(place), end)

    def _line_starts(self) -> list[int]:
        return [0, *(end.end() for end in _END_OF_LINE.finditer(self.text))]


def _written(character: str) -> str:
    """The ways in which YAML may have a character."""
    if character == " ":
        return r"\s+"
    escaped = re.escape(character)
    return rf"['\\]?{escaped}" if character in "'\"\\" else escaped
