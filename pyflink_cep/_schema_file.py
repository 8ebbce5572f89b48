"""The columns of events, read from a file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyflink_cep._document_places import DocumentPlaces
from pyflink_cep.errors import CepError, Diagnostic, InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

_OBJECTS = (".json", ".yaml", ".yml")
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_STATEMENT_END = re.compile(r";\s*$", re.MULTILINE)
_UNKNOWN_IDENTIFIER = re.compile(r"Unknown identifier '(?P<name>\w+)'")
_CREATE_TABLE = re.compile(r"\s*CREATE\s+(TEMPORARY\s+)?TABLE\b", re.IGNORECASE)


def read_schema(name: str) -> dict[str, str]:
    """Reads the SQL type of each column.

    Args:
        name: The path of a JSON or YAML file with an object of columns to Flink SQL types, or of a .sql file with a
            CREATE TABLE; where that has several, `FILE.sql#TABLE`.

    Raises:
        InputError: The file doesn't exist, or has no schema.
    """
    path, _, table = name.partition("#")
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise _invalid(name, "missing-file", "there is no such file") from error
    except OSError as error:
        raise _invalid(name, "unreadable-file", f"the file can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _invalid(name, "wrong-encoding", f"the file is not UTF-8: {error}") from error
    match file.suffix.lower():
        case suffix if suffix in _OBJECTS:
            return _from_object(name, text)
        case ".sql":
            return _from_sql(name, text, table)
    raise _invalid(
        name, "unknown-format", "a schema is a .json, .yaml or .sql file", "such as {amount: DECIMAL(10, 2)}"
    )


def _from_object(name: str, text: str) -> dict[str, str]:
    # Flink's modules take a second to import.
    from pyflink_cep import _gateway

    schema, found, errors = _gateway.read_document(name, text)
    if errors:
        raise InputError(*errors)
    if not isinstance(schema, Mapping) or not schema:
        message = f"expected an object of columns, each with its Flink SQL type, found {_kind(schema)}"
        raise _invalid(name, "wrong-type", message, "such as {card_id: STRING, amount: DOUBLE}")
    places = DocumentPlaces(name, text, **found)
    wrong = [
        places.diagnostic(
            column,
            "wrong-type",
            f"`{column}` has {_kind(type_)} for a type, and a type of SQL is text",
            "such as STRING, or DECIMAL(10, 2)",
        )
        for column, type_ in schema.items()
        if not isinstance(type_, str)
    ]
    types = {column: type_ for column, type_ in schema.items() if isinstance(type_, str)}
    for diagnostic in _wrong_types(types):
        column = diagnostic.message.split("`")[1]
        wrong.append(places.diagnostic(column, diagnostic.code, diagnostic.message, diagnostic.hint))
    if wrong:
        raise InputError(*sorted(wrong, key=lambda diagnostic: (diagnostic.line, diagnostic.column)))
    return types


def _wrong_types(types: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """What is wrong with the types of columns; each names its column first."""
    # Flink's modules take a second to import.
    from pyflink_cep import _gateway

    try:
        _gateway.describe_types(json.dumps(types))
    except CepError as error:
        return error.diagnostics
    return ()


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case Mapping():
            return "an object"
        case list():
            return "a list"
        case bool():
            return str(value).lower()
    return repr(value)


def _from_sql(name: str, text: str, table: str) -> dict[str, str]:
    # Flink's modules take a second to import, which the other files do without.
    from pyflink_cep import _gateway

    try:
        tables = _gateway.describe_tables(name, text, list(_create_tables(text)))
    except InputError as error:
        raise InputError(*map(_with_types, error.diagnostics)) from error
    known = sorted(tables)
    if not known:
        raise _invalid(name, "no-table", "the file has no CREATE TABLE")
    if table and table not in known:
        hint = did_you_mean(table, known, "Tables")
        raise _invalid(name, "unknown-table", f"the file has no table `{table}`", hint)
    if not table and len(known) > 1:
        message = f"the file has {len(known)} tables: {', '.join(known)}"
        raise _invalid(name, "several-tables", message, f"name one of them, as `{name}#{known[0]}`")
    return tables[table or known[0]]


def _with_types(diagnostic: Diagnostic) -> Diagnostic:
    """The error of a column whose type is none, with the types that there are."""
    unknown = _UNKNOWN_IDENTIFIER.fullmatch(diagnostic.message)
    if unknown is None:
        return diagnostic
    (of_type,) = _wrong_types({"column": unknown["name"]}) or (diagnostic,)
    message = f"`{unknown['name']}` is not a type of SQL"
    return replace(diagnostic, code="unknown-type", message=message, hint=of_type.hint)


def _create_tables(text: str) -> Iterator[str]:
    """The CREATE TABLE statements, each after as many empty lines that its errors have the file's line numbers."""
    without_comments = _COMMENT.sub("", text)
    start = 0
    for end in [*(found.start() for found in _STATEMENT_END.finditer(without_comments)), len(text)]:
        statement = without_comments[start:end].lstrip(";")
        if _CREATE_TABLE.match(statement):
            yield "\n" * without_comments.count("\n", 0, start) + statement
        start = end


def _invalid(location: str, code: str, message: str, hint: str | None = None) -> InputError:
    return InputError(Diagnostic(code=code, location=location, message=message, hint=hint))
