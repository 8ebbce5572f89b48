"""Where the values of a document stand in its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyflink_cep.errors import Diagnostic

# Line and column, from 1, and length in characters.
Place = Sequence[int]


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
        self, path: str, code: str, message: str, hint: str | None = None, *, of_key: bool = False
    ) -> Diagnostic:
        """An error of the value at a path, or of its key, or else of what the value would be in."""
        place = self.keys.get(path) if of_key else None
        near = path
        while place is None and near:
            place = self.values.get(near)
            near = near[: max(near.rfind("."), near.rfind("["), 0)]
        if place is None:
            return Diagnostic(code=code, location=f"{self.name}: {path}", message=message, hint=hint)
        line, column, length = place
        return Diagnostic(
            code=code,
            location=self.name,
            message=message,
            source=self.text,
            line=line,
            column=column,
            length=length,
            hint=hint,
        )
