"""The names that stand in SQL expressions, without resolving them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyflink_cep._pattern import Pattern

# Texts and comments come first: a name within them is none.
_TOKEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|`((?:[^`]|``)+)`|([^\W\d]\w*)")


def names_in(expressions: Iterable[str]) -> set[str]:
    """All names: of columns and their fields, steps, functions and keywords.

    Example:
        >>> sorted(names_in(["amount > 1 AND LAST(probe.card) = 'text'", "`order`"]))
        ['AND', 'LAST', 'amount', 'card', 'order', 'probe']
    """
    return {
        token[1].replace("``", "`") if token[1] else token[2]
        for expression in expressions
        for token in _TOKEN.finditer(expression)
        if token[1] or token[2]
    }


def conditions_of(pattern: Pattern) -> Iterator[str]:
    """The conditions of all steps of a pattern."""
    for step in pattern.steps:
        yield from (clause.sql for clause in step.where)
        if step.until is not None:
            yield step.until
        if step.group:
            yield from conditions_of(step.group)
