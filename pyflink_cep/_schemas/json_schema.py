"""JSON Schemas: whether what one allows is valid by another.

Writers write the properties that their schema names. That an open schema would let them write others, too, is no reason
against a new property; nor is a keyword that only describes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pyflink_cep._schemas.problem import Problem, inside
from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyflink_cep._schemas.files import Schema

_ALL_TYPES = {"null", "boolean", "object", "array", "number", "string"}
_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_DESCRIBING = {
    *("$schema", "$id", "$defs", "definitions", "$comment", "title", "description", "default", "examples"),
    *("deprecated", "readOnly", "writeOnly"),
}
_COMPARED = {
    *("$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "const"),
    *_LOWER_BOUNDS,
    *_UPPER_BOUNDS,
}


def unreadable(reader: Schema, writer: Schema) -> list[Problem]:
    """What a reader can't cope with in what was written with another schema."""
    return list(_Comparison(_parsed(reader), _parsed(writer)).problems())


class _Comparison:
    def __init__(self, reader: Any, writer: Any) -> None:
        self._reader = reader
        self._writer = writer
        self._under_way: set[tuple[str, str]] = set()

    def problems(self) -> Iterator[Problem]:
        return self._problems(self._reader, self._writer, "")

    def _problems(self, reader: Any, writer: Any, path: str) -> Iterator[Problem]:
        # A schema that holds itself is compared once.
        key = (json.dumps(reader, sort_keys=True), json.dumps(writer, sort_keys=True))
        if key in self._under_way:
            return
        self._under_way.add(key)
        reader, writer = _resolved(self._reader, reader), _resolved(self._writer, writer)
        if reader is True or reader == {}:
            return
        if reader is False:
            yield Problem(path, "the reader refuses it")
            return
        writer = {} if writer is True else writer
        yield from _of_values(reader, writer, path)
        yield from self._of_properties(reader, writer, path)
        if "items" in reader:
            yield from self._problems(reader["items"], writer.get("items", {}), f"{path}[]")
        for keyword in sorted(set(reader) - _COMPARED - _DESCRIBING):
            if reader[keyword] != writer.get(keyword):
                shown = "none" if keyword not in writer else f"`{json.dumps(writer[keyword])}`"
                yield Problem(
                    path or "(root)",
                    f"the reader's `{keyword}` is `{json.dumps(reader[keyword])}`, the writer's {shown}",
                )

    def _of_properties(self, reader: Any, writer: Any, path: str) -> Iterator[Problem]:
        for name in reader.get("required", []):
            if name not in writer.get("required", []):
                yield Problem(
                    inside(path, name),
                    "the reader requires it, and the writer may leave it out",
                    f"leave `{name}` out of `required`",
                )
        others = reader.get("additionalProperties", True)
        for name, schema in writer.get("properties", {}).items():
            of_reader = reader.get("properties", {}).get(name, others)
            if of_reader is False:
                yield Problem(
                    inside(path, name),
                    "the reader has no such property, and its `additionalProperties` is false",
                )
            else:
                yield from self._problems(of_reader, schema, inside(path, name))
        of_writer = writer.get("additionalProperties", True)
        if isinstance(of_writer, dict):
            yield from self._problems(others, of_writer, inside(path, "*"))


def _of_values(reader: Any, writer: Any, path: str) -> Iterator[Problem]:
    here = path or "(root)"
    listed = _values(writer)
    written = _types(writer) if listed is None else {_type(value) for value in listed}
    if written - _types(reader):
        yield Problem(here, f"the reader's type is {_shown(_types(reader))}, the writer's {_shown(written)}")
    allowed, possible = _values(reader), listed
    if allowed is not None:
        if possible is None:
            yield Problem(here, f"the reader has a list of values, {json.dumps(allowed)}, the writer none")
        else:
            for value in possible:
                if value not in allowed:
                    yield Problem(here, f"the reader doesn't allow the value {json.dumps(value)}")
    for keywords, sign in ((_LOWER_BOUNDS, 1), (_UPPER_BOUNDS, -1)):
        for keyword in keywords:
            bound = reader.get(keyword)
            if bound is not None and (keyword not in writer or sign * writer[keyword] < sign * bound):
                of_writer = writer.get(keyword, "not set")
                yield Problem(here, f"the reader's `{keyword}` is {bound}, the writer's {of_writer}")


def _types(schema: Any) -> set[str]:
    of = schema.get("type", sorted(_ALL_TYPES))
    types = {of} if isinstance(of, str) else set(of)
    # Each integer is a number.
    return types | {"integer"} if "number" in types else types


def _type(value: Any) -> str:
    """The type of a value, as schemas call it."""
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    names = {
        bool: "boolean",
        int: "integer",
        str: "string",
        list: "array",
        dict: "object",
        type(None): "null",
    }
    return names[type(value)]


def _shown(types: set[str]) -> str:
    shown = types - {"integer"} if "number" in types else types
    return "any" if shown >= _ALL_TYPES else " or ".join(sorted(shown))


def _values(schema: Any) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _resolved(document: Any, schema: Any) -> Any:
    """The schema with what its reference points to, within the document."""
    if not isinstance(schema, dict) or "$ref" not in schema:
        return schema
    target = document
    for step in schema["$ref"].removeprefix("#").strip("/").split("/"):
        target = target[step.replace("~1", "/").replace("~0", "~")] if step else target
    return _resolved(document, target) | {name: value for name, value in schema.items() if name != "$ref"}


def _parsed(schema: Schema) -> Any:
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    try:
        parsed = json.loads(schema.text)
        validator_for(parsed).check_schema(parsed)
    except (json.JSONDecodeError, SchemaError) as error:
        reason = error.message if isinstance(error, SchemaError) else str(error)
        raise InputError(
            Diagnostic(
                code="invalid-schema", location=schema.location, message=f"not a JSON Schema: {reason}"
            )
        ) from error
    return parsed
