"""The columns of events, read from a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pyflink_cep.errors import Diagnostic, InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

_OBJECTS = (".json", ".yaml", ".yml")
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_STATEMENT_END = re.compile(r";\s*$", re.MULTILINE)
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
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        schema = YAML(typ="safe").load(text)
    except YAMLError as error:
        raise _invalid(name, "not-yaml", f"the file is neither YAML nor JSON: {error}") from error
    if (
        not isinstance(schema, Mapping)
        or not schema
        or not all(isinstance(column, str) and isinstance(type_, str) for column, type_ in schema.items())
    ):
        message = "expected an object of columns, each with its Flink SQL type as text"
        raise _invalid(name, "wrong-type", message, "such as {card_id: STRING, amount: DOUBLE}")
    return dict(schema)


def _from_sql(name: str, text: str, table: str) -> dict[str, str]:
    # Flink's modules take a second to import, which the other files do without.
    from pyflink_cep import _gateway

    tables = _gateway.describe_tables(name, text, list(_create_tables(text)))
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
