"""Protobuf schemas: compiled by protoc, and compared field by field, by their numbers.

Bytes tell fields by number alone. Tables and JSON tell them by name, so a field that is renamed counts as another.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyflink_cep._schemas.problem import Problem
from pyflink_cep.errors import Diagnostic, InputError, TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyflink_cep._schemas.files import Schema

# What may be read as what, since the bytes are the same and no value is cut off.
_WIDER = {
    ("TYPE_INT32", "TYPE_INT64"),
    ("TYPE_UINT32", "TYPE_UINT64"),
    ("TYPE_SINT32", "TYPE_SINT64"),
    ("TYPE_STRING", "TYPE_BYTES"),
}


def unreadable(reader: Schema, writer: Schema) -> list[Problem]:
    """What a reader can't cope with in what was written with another schema."""
    problems = []
    read, written = _compiled(reader), _compiled(writer)
    of_reader = dict(_messages(read.message_type))
    for name, message in _messages(written.message_type):
        if name not in of_reader:
            problems.append(Problem(name, "the reader has no such message"))
            continue
        fields = {field.number: field for field in of_reader[name].field}
        for field in message.field:
            if field.number in fields:
                problems += _of_field(f"{name}.{field.name}", fields[field.number], field)
        numbers = {field.number for field in message.field}
        problems += [
            Problem(f"{name}.{field.name}", "the reader requires it, and the writer has no such field")
            for field in of_reader[name].field
            if field.number not in numbers and field.label == field.LABEL_REQUIRED
        ]
    known = dict(_enums(read))
    for name, values in _enums(written):
        of_enum = known.get(name, values)
        for number, symbols in sorted(values.items()):
            if number not in of_enum:
                problems.append(Problem(name, f"the reader has no value `{symbols[0]}` ({number})"))
            elif not set(symbols) & set(of_enum[number]):
                reason = f"the reader calls value {number} `{of_enum[number][0]}`, the writer `{symbols[0]}`"
                problems.append(Problem(name, reason, "a number keeps its meaning: give the new one another"))
    return problems


def unreserved(new: Schema, old: Schema) -> list[Problem]:
    """Fields that are gone, and whose numbers a later version could give another meaning."""
    problems = []
    of_new = dict(_messages(_compiled(new).message_type))
    for name, message in _messages(_compiled(old).message_type):
        if name not in of_new:
            continue
        numbers = {field.number for field in of_new[name].field} | _reserved(of_new[name])
        problems += [
            Problem(
                f"{name}.{field.name}",
                f"it is gone, and its number {field.number} isn't reserved",
                f'write `reserved {field.number}; reserved "{field.name}";`',
            )
            for field in message.field
            if field.number not in numbers
        ]
    return problems


def reused(new: Schema, old: Schema) -> list[Problem]:
    """Fields with numbers that were reserved for those that are gone."""
    of_old = dict(_messages(_compiled(old).message_type))
    return [
        Problem(f"{name}.{field.name}", f"its number {field.number} was reserved", "take another number")
        for name, message in _messages(_compiled(new).message_type)
        if name in of_old
        for field in message.field
        if field.number in _reserved(of_old[name])
    ]


def _reserved(message: Any) -> set[int]:
    return {number for range_ in message.reserved_range for number in range(range_.start, range_.end)}


def _of_field(path: str, reader: Any, writer: Any) -> list[Problem]:
    if reader.name != writer.name:
        reason = f"the reader calls number {reader.number} `{reader.name}`, the writer `{writer.name}`"
        return [Problem(path, reason, "a rename is a new field beside the old one, which is removed later")]
    problems = []
    of_reader, of_writer = (field.Type.Name(field.type) for field in (reader, writer))
    same = of_reader == of_writer and reader.type_name == writer.type_name
    if not same and (of_writer, of_reader) not in _WIDER:
        types = (_type(field) for field in (reader, writer))
        problems.append(Problem(path, "the reader's type is {}, the writer's {}".format(*types)))
    if (reader.label == reader.LABEL_REPEATED) != (writer.label == writer.LABEL_REPEATED):
        problems.append(Problem(path, "it is repeated for one of reader and writer"))
    if reader.default_value != writer.default_value:
        defaults = (
            f"`{field.default_value}`" if field.default_value else "none" for field in (reader, writer)
        )
        reason = "where it isn't set, the reader's default is {}, the writer's {}".format(*defaults)
        problems.append(Problem(path, reason))
    return problems


def _type(field: Any) -> str:
    name: str = field.Type.Name(field.type)
    return field.type_name.removeprefix(".") or name.removeprefix("TYPE_").lower()


def _messages(messages: Any, within: str = "") -> Iterator[tuple[str, Any]]:
    for message in messages:
        name = f"{within}{message.name}"
        yield name, message
        yield from _messages(message.nested_type, f"{name}.")


def _enums(file: Any) -> Iterator[tuple[str, dict[int, list[str]]]]:
    """The names of each number of an enum: with `allow_alias` a number has several."""
    enums = [(enum.name, enum) for enum in file.enum_type]
    for name, message in _messages(file.message_type):
        enums += [(f"{name}.{enum.name}", enum) for enum in message.enum_type]
    for name, enum in enums:
        symbols: dict[int, list[str]] = {}
        for value in enum.value:
            symbols.setdefault(value.number, []).append(value.name)
        yield name, symbols


@lru_cache(maxsize=128)
def _compiled(schema: Schema) -> Any:
    """The schema as protoc describes it."""
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    with tempfile.TemporaryDirectory() as directory:
        source, compiled = Path(directory, "schema.proto"), Path(directory, "schema.bin")
        source.write_text(schema.text, encoding="utf-8")
        # In a process of its own: protoc writes errors to the file descriptor of stderr.
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{directory}"]
        ran = subprocess.run(
            [*command, f"--descriptor_set_out={compiled}", str(source)],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise _not_compiled(schema, ran.stderr)
        return FileDescriptorSet.FromString(compiled.read_bytes()).file[0]


def _not_compiled(schema: Schema, said: str) -> InputError | TargetError:
    if "No module named" in said:
        return TargetError(
            Diagnostic(
                code="missing-package",
                location=schema.location,
                message="a Protobuf schema needs the package grpcio-tools, which is not installed",
                hint="pip install 'pyflink-cep[schemas]'",
            )
        )
    line = next((line for line in said.splitlines() if line.startswith("schema.proto:")), said.strip())
    return InputError(
        Diagnostic(
            code="invalid-schema",
            location=schema.location,
            message=f"not a Protobuf schema: {line.removeprefix('schema.proto:')}",
        )
    )
