"""Avro schemas: what a reader needs is given by the specification, and decided by the library `avro`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyflink_cep._schemas.problem import Problem, inside
from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from pyflink_cep._schemas.files import Schema


def unreadable(reader: Schema, writer: Schema) -> list[Problem]:
    """What a reader can't cope with in what was written with another schema."""
    return _unreadable(_parsed(reader), _parsed(writer), "")


def _unreadable(reader: Any, writer: Any, path: str) -> list[Problem]:
    if reader.type == writer.type == "record" and reader.name == writer.name:
        written = {field.name: field for field in writer.fields}
        problems = []
        for field in reader.fields:
            here = inside(path, field.name)
            names = [field.name, *(field.get_prop("aliases") or [])]
            from_writer = next((written[name] for name in names if name in written), None)
            if from_writer is not None:
                problems += _unreadable(field.type, from_writer.type, here)
            elif not field.has_default:
                reason = "the reader's has no default, and the writer has no such field"
                problems.append(Problem(here, reason, f"give `{field.name}` a default, such as null"))
        return problems
    if reader.type == writer.type == "array":
        return _unreadable(reader.items, writer.items, path)
    if reader.type == writer.type == "map":
        return _unreadable(reader.values, writer.values, path)
    return _by_the_library(reader, writer, path)


def _by_the_library(reader: Any, writer: Any, path: str) -> list[Problem]:
    from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

    found = ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
    if found.compatibility is SchemaCompatibilityType.compatible:
        return _other_logical_type(reader, writer, path)
    return [Problem(path or writer.name, message) for message in sorted(found.messages)]


def _other_logical_type(reader: Any, writer: Any, path: str) -> list[Problem]:
    """Decimals of another scale, or seconds for milliseconds, are read without an error, and wrongly."""
    properties = ("logicalType", "precision", "scale")
    of_reader, of_writer = (
        {name: schema.get_prop(name) for name in properties if schema.get_prop(name) is not None}
        for schema in (reader, writer)
    )
    if of_reader == of_writer:
        return []
    return [Problem(path, f"the reader's type is {_shown(of_reader)}, the writer's {_shown(of_writer)}")]


def _shown(properties: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in properties.items()) or "none with a logical type"


def _parsed(schema: Schema) -> Any:
    from avro.errors import AvroException
    from avro.schema import parse

    try:
        return parse(schema.text)
    except AvroException as error:
        raise InputError(
            Diagnostic(
                code="invalid-schema", location=schema.location, message=f"not an Avro schema: {error}"
            )
        ) from error
