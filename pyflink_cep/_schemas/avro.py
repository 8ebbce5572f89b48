"""Avro schemas: what a reader needs is given by the specification, and decided by the library `avro`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from pyflink_cep._schemas.problem import Problem, inside
from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from pyflink_cep._schemas.files import Schema


def unreadable(reader: Schema, writer: Schema) -> list[Problem]:
    """What a reader can't cope with in what was written with another schema."""
    return _Comparison().unreadable(_parsed(reader), _parsed(writer), "")


class _Comparison:
    def __init__(self) -> None:
        # A schema that holds itself is compared once.
        self._under_way: set[tuple[int, int]] = set()

    def unreadable(self, reader: Any, writer: Any, path: str) -> list[Problem]:
        if reader.type == writer.type == "record" and reader.name == writer.name:
            return self._of_records(reader, writer, path)
        if reader.type == writer.type == "array":
            return self.unreadable(reader.items, writer.items, path)
        if reader.type == writer.type == "map":
            return self.unreadable(reader.values, writer.values, path)
        return _by_the_library(reader, writer, path) or self._of_branches(reader, writer, path)

    def _of_records(self, reader: Any, writer: Any, path: str) -> list[Problem]:
        key = id(reader), id(writer)
        if key in self._under_way:
            return []
        self._under_way.add(key)
        problems = []
        written = {field.name: field for field in writer.fields}
        for field in reader.fields:
            here = inside(path, field.name)
            names = [field.name, *(field.get_prop("aliases") or [])]
            from_writer = next((written[name] for name in names if name in written), None)
            if from_writer is not None:
                problems += self.unreadable(field.type, from_writer.type, here)
            elif not field.has_default:
                reason = "the reader's has no default, and the writer has no such field"
                problems.append(Problem(here, reason, f"give `{field.name}` a default, such as null"))
        return problems

    def _of_branches(self, reader: Any, writer: Any, path: str) -> list[Problem]:
        """What is read by each branch of a union, and what its values stand for there."""
        if writer.type == "union":
            return [
                problem for branch in writer.schemas for problem in self._of_branches(reader, branch, path)
            ]
        if reader.type == "union":
            branch = _branch_for(writer, reader.schemas)
            return [] if branch is None else self._of_branches(branch, writer, path)
        if reader.type == writer.type == "record":
            return self._of_records(reader, writer, path)
        if reader.type == writer.type and reader.type in ("array", "map"):
            return self.unreadable(reader, writer, path)
        return _other_logical_type(reader, writer, path)


def _branch_for(writer: Any, branches: list[Any]) -> Any:
    """The branch of a reader's union that reads a writer's schema, by the specification: the first that fits."""
    same = [branch for branch in branches if branch.type == writer.type]
    named = [branch for branch in same if getattr(branch, "name", None) == getattr(writer, "name", None)]
    return next(
        (branch for branch in [*named, *same, *branches] if not _by_the_library(branch, writer, "")), None
    )


def _by_the_library(reader: Any, writer: Any, path: str) -> list[Problem]:
    from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

    found = ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
    if found.compatibility is SchemaCompatibilityType.compatible:
        return []
    return [
        Problem(path or getattr(writer, "name", writer.type), message) for message in sorted(found.messages)
    ]


def _other_logical_type(reader: Any, writer: Any, path: str) -> list[Problem]:
    """Decimals of another scale, or seconds for milliseconds, are read without an error, and wrongly."""
    properties = ("logicalType", "precision", "scale")
    of_reader, of_writer = (
        {name: schema.get_prop(name) for name in properties if schema.get_prop(name) is not None}
        for schema in (reader, writer)
    )
    # A decimal without a scale has none of its digits behind the point.
    if _without_zero_scale(of_reader) == _without_zero_scale(of_writer):
        return []
    return [Problem(path, f"the reader's type is {_shown(of_reader)}, the writer's {_shown(of_writer)}")]


def _without_zero_scale(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if (name, value) != ("scale", 0)}


def _shown(properties: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in properties.items()) or "none with a logical type"


def _parsed(schema: Schema) -> Any:
    from avro.errors import AvroException, IgnoredLogicalType
    from avro.schema import parse

    try:
        with warnings.catch_warnings():
            # Logical types are compared here, also those that the library doesn't know.
            warnings.simplefilter("ignore", IgnoredLogicalType)
            return parse(schema.text)
    except AvroException as error:
        raise InputError(
            Diagnostic(
                code="invalid-schema", location=schema.location, message=f"not an Avro schema: {error}"
            )
        ) from error
