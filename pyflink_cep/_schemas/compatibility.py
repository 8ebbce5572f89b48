"""Whether readers with one schema understand what was written with another."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pyflink_cep._schemas import avro, json_schema, protobuf
from pyflink_cep._schemas.files import Kind, Schema
from pyflink_cep.errors import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyflink_cep._schemas.problem import Problem

_UNREADABLE: dict[Kind, Callable[[Schema, Schema], list[Problem]]] = {
    Kind.AVRO: avro.unreadable,
    Kind.PROTOBUF: protobuf.unreadable,
    Kind.JSON: json_schema.unreadable,
}


class Level(StrEnum):
    """What is asked of a new version of a schema."""

    BACKWARD = "backward"
    FORWARD = "forward"
    FULL = "full"


def incompatibilities(new: Schema, old: Schema, level: Level) -> list[Diagnostic]:
    """All that keeps a new version of a schema from a level, against an older one.

    Args:
        new: The schema to check.
        old: One that is in use.
        level: `backward`: readers with the new one read what the old one wrote; `forward`: readers with the old
            one read what the new one writes; `full`: both.

    Raises:
        InputError: One of them is no schema of its kind.
    """
    if new.kind is not old.kind:
        message = f"expected a schema in {old.kind} like {old.location}, found one in {new.kind}"
        return [Diagnostic(code="other-kind", location=new.location, message=message)]
    unreadable = _UNREADABLE[new.kind]
    found = []
    if level is not Level.FORWARD:
        found += [
            _diagnostic("not-backward", new, problem, f"readers of it can't read what {old.location} wrote")
            for problem in unreadable(new, old)
        ]
        found += [
            _diagnostic("not-reserved", new, problem, "a later version could give it another meaning")
            for problem in _removals(new, old)
        ]
        found += [
            _diagnostic("reused-number", new, problem, "older records may have another field in it")
            for problem in _reuses(new, old)
        ]
    if level is not Level.BACKWARD:
        found += [
            _diagnostic("not-forward", new, problem, f"readers of {old.location} can't read what it writes")
            for problem in unreadable(old, new)
        ]
    return found


def _removals(new: Schema, old: Schema) -> list[Problem]:
    return protobuf.unreserved(new, old) if new.kind is Kind.PROTOBUF else []


def _reuses(new: Schema, old: Schema) -> list[Problem]:
    return protobuf.reused(new, old) if new.kind is Kind.PROTOBUF else []


def _diagnostic(code: str, new: Schema, problem: Problem, effect: str) -> Diagnostic:
    return Diagnostic(
        code=code,
        location=new.location,
        message=f"field `{problem.field}`: {problem.reason}; {effect}",
        hint=problem.hint,
    )
