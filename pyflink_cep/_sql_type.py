"""SQL types, as the JVM describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class SqlType:
    """A SQL type.

    Attributes:
        sql: The type as SQL writes it, without NOT NULL.
        root: What it is, by Flink's name, such as `TIMESTAMP_WITHOUT_TIME_ZONE`.
        nullable: Whether its values may be NULL.
        length: The most characters or bytes of a value; None where it isn't text or bytes.
        precision: The digits of a DECIMAL, or those of a time behind the second; None for other types.
        scale: The digits of a DECIMAL behind the point; None for other types.
        names: The names of a row's fields.
        children: The types of a row's fields, of an array's elements, or of a map's keys and values.
    """

    sql: str
    root: str
    nullable: bool = True
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    names: Sequence[str] = ()
    children: Sequence[SqlType] = ()

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> SqlType:
        """The type that a document describes."""
        children = tuple(map(cls.read, description["children"]))
        return cls(**{**description, "children": children})

    @property
    def fields(self) -> dict[str, SqlType]:
        """The types of a row's fields, by name."""
        return dict(zip(self.names, self.children, strict=True))

    def __str__(self) -> str:
        return self.sql
