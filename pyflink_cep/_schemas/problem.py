"""What keeps a reader from what was written with another schema."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a reader can't cope with.

    Attributes:
        field: Its path, with dots between the names, or what the schema as a whole is called.
        reason: What is wrong with it.
        hint: What to do, or None.
    """

    field: str
    reason: str
    hint: str | None = None


def inside(path: str, name: str) -> str:
    """The path of a field within another.

    Example:
        >>> inside("", "items"), inside("items", "price")
        ('items', 'items.price')
    """
    return f"{path}.{name}" if path else name
