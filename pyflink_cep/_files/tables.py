"""The tables of several files as one: its columns, and why some are left out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pyflink_cep import _events
from pyflink_cep._files.columns import UnfitError, as_type, canonical, plain, united
from pyflink_cep._files.json_values import DIGITS
from pyflink_cep._files.sql_types import arrow_type, sql_type
from pyflink_cep._files.text import typed
from pyflink_cep._files.times import read_times
from pyflink_cep._fit import MisfitError, exact_number, fit
from pyflink_cep.errors import CepError, Diagnostic, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyflink_cep._files.found import EventFile
    from pyflink_cep._sql_type import SqlType

# The place of an event in the order of time, by which alerts tell which events they took; and its time in ms.
ROW, TIME = "__row", "__time"
RESERVED = (ROW, TIME, "__rowtime")


class Parts:
    """What the files have of each column.

    Attributes:
        names: All columns, in the order in which they come.
        left_out: Why columns, and fields of columns, are not there, by their paths.
        texts: Of columns that are text though most values look like numbers, why.
    """

    def __init__(
        self,
        files: Sequence[EventFile],
        tables: Sequence[pa.Table],
        left_out: dict[str, Diagnostic],
        place_of: Callable[[int], str],
    ) -> None:
        self._files, self._tables, self._place_of = files, tables, place_of
        self.left_out = left_out
        self.texts: dict[str, str] = {}
        names = [name for table in tables for name in table.schema.names]
        names += [name for file in files for name in file.partitions]
        self.names = list(dict.fromkeys(names))

    def columns(
        self, schema: Mapping[str, str], own: Sequence[str], *, declared: bool
    ) -> tuple[pa.Table, dict[str, str]]:
        """The columns as one table, and their SQL types.

        Args:
            schema: The SQL types that columns are to have.
            own: The columns that are read though no schema has them.
            declared: Whether there is a schema, and other columns than its are left out.
        """
        columns, types = {}, {}
        for name in self.names:
            if name in self.left_out:
                continue
            if declared and name not in schema and name not in own:
                message = f"`{name}` is a column of the files, and none of the schema"
                self._leave_out(name, message, None)
                continue
            sql = self._sql_type(name, schema[name]) if name in schema else None
            if name in schema and sql is None:
                continue
            column = self._typed(name) if sql is None else self._fitted(name, sql)
            if column is not None:
                columns[name] = column
                types[name] = str(sql or sql_type(column.type))
        for name in schema:
            if name not in self.names and name not in self.left_out:
                self._add_missing(name, schema[name], columns, types)
        return pa.table(columns), types

    def _add_missing(
        self, name: str, type_: str, columns: dict[str, pa.ChunkedArray], types: dict[str, str]
    ) -> None:
        """A column that no file has: JSON leaves out what is NULL, and other formats don't."""
        sql = self._sql_type(name, type_)
        if sql is None:
            return
        if sql.nullable and any(file.format == "JSON lines" for file in self._files):
            columns[name] = pa.chunked_array([pa.nulls(sum(map(len, self._tables)), arrow_type(sql))])
            types[name] = str(sql)
        else:
            message = f"`{name}` is a column of the schema, and no file has it"
            self._leave_out(name, message, did_you_mean(name, self.names, "Columns"))

    def _sql_type(self, name: str, type_: str) -> SqlType | None:
        # Flink's modules take a second to import.
        from pyflink_cep import _gateway

        try:
            return _gateway.describe_types(json.dumps({name: type_})).children[0]
        except CepError as error:
            self.left_out[name] = replace(error.diagnostics[0], location="--schema")
            return None

    def _leave_out(self, path: str, message: str, hint: str | None, location: str = "events") -> None:
        self.left_out.setdefault(
            path, Diagnostic(code="left-out-column", location=location, message=message, hint=hint)
        )

    def _canonical_parts(self, name: str) -> list[tuple[Any, bool, int]]:
        """Of each file its part of a column, whether that is text of no type, and its first row."""
        parts: list[tuple[Any, bool, int]] = []
        first = 0
        for file, table in zip(self._files, self._tables, strict=True):
            is_untyped = file.format == "CSV" and name in table.schema.names
            if name in table.schema.names:
                column: pa.ChunkedArray | None = table[name]
            elif name in file.partitions:
                value, is_untyped = file.partitions[name], True
                column = pa.chunked_array([pa.array([value] * len(table), pa.string())])
            else:
                column = pa.chunked_array([pa.nulls(len(table))])

            def note(
                path: str, message: str, row: int | None, file: EventFile = file, first: int = first
            ) -> None:
                location = str(file.path) if row is None else self._place_of(first + row)
                self._leave_out(path, message, "a rule can't use it", location)

            assert column is not None
            text = DIGITS if file.format == "JSON lines" else pa.string()
            parts.append((canonical(column, name, note, text), is_untyped, first))
            first += len(table)
        return parts

    def _typed(self, name: str) -> pa.ChunkedArray | None:
        """A column with the type that its values have in common; None where it is left out."""
        parts = self._canonical_parts(name)
        if any(column is None for column, _, _ in parts):
            return None
        known = [column for column, is_untyped, _ in parts if not is_untyped]
        untyped = [column for column, is_untyped, _ in parts if is_untyped]
        try:
            if not untyped:
                column = united(known, name)
            else:
                texts = pa.chunked_array(
                    [chunk for column in untyped for chunk in column.chunks], pa.string()
                )
                of_text, why = typed(texts)
                if why is not None:
                    self.texts[name] = why
                column = self._together(parts, of_text, name)
        except UnfitError:
            self._leave_out_conflict(name, parts)
            return None
        return _without_digits(column)

    def time_column(self, name: str) -> pa.ChunkedArray | None:
        """The times of files that have them in several forms; None where one form is that of all."""
        conflict = self.left_out.get(name)
        if conflict is None or conflict.code != "conflicting-types":
            return None
        columns = []
        for column, is_untyped, first in self._canonical_parts(name):
            part = typed(column)[0] if is_untyped else _without_digits(column)

            def place_of(row: int, first: int = first) -> str:
                return self._place_of(first + row)

            _, milliseconds = read_times(part, name, place_of)
            columns.append(pa.array(milliseconds).cast(pa.timestamp("ms", "UTC")))
        del self.left_out[name]
        return pa.chunked_array(columns)

    def _together(
        self, parts: Sequence[tuple[Any, bool, int]], of_text: pa.ChunkedArray, name: str
    ) -> pa.ChunkedArray:
        """All parts in the order of the files, those of text with the type that they have together."""
        columns, at = [], 0
        for column, is_untyped, _ in parts:
            if is_untyped:
                columns.append(of_text.slice(at, len(column)))
                at += len(column)
            else:
                columns.append(column)
        return united(columns, name)

    def _leave_out_conflict(self, name: str, parts: Sequence[tuple[Any, bool, int]]) -> None:
        known: list[tuple[EventFile, pa.ChunkedArray]] = []
        for file, (column, is_untyped, _) in zip(self._files, parts, strict=True):
            part = typed(column)[0] if is_untyped else column
            for before_file, before in known:
                try:
                    united([before, part], name)
                except UnfitError:
                    types = [sql_type(each.type) or each.type for each in (part, before)]
                    message = f"`{name}` is of type {types[0]}, and {types[1]} in {before_file.path}"
                    self.left_out[name] = Diagnostic(
                        code="conflicting-types",
                        location=str(file.path),
                        message=message,
                        hint="a column has one type in all files; --schema FILE says which",
                    )
                    return
            known.append((file, part))

    def _fitted(self, name: str, sql: SqlType) -> pa.ChunkedArray | None:
        """A column with the type that a schema gives it; None where a value doesn't fit."""
        type_ = arrow_type(sql)
        columns = []
        for file, (column, is_untyped, first) in zip(self._files, self._canonical_parts(name), strict=True):
            if column is None:
                return None
            is_json = file.format == "JSON lines" and pa.types.is_binary(column.type)
            if not is_untyped and sql.nullable and sql_type(column.type) == str(sql):
                columns.append(_without_digits(column))
                continue
            values = []
            for row, value in enumerate(plain(column)):
                read = json.loads(value) if is_json and value is not None else value
                try:
                    values.append(_events.from_json(fit(_of_text(read, sql, is_untyped), sql), sql))
                except MisfitError as error:
                    self.left_out[name] = Diagnostic(
                        code="wrong-value",
                        location=self._place_of(first + row),
                        message=error.message(name),
                        hint=error.hint,
                    )
                    return None
            columns.append(pa.chunked_array([pa.array(values, type_)]))
        return pa.chunked_array(
            [chunk for column in columns for chunk in as_type(column, type_, name).chunks], type_
        )


def _without_digits(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return as_type(column, _text_for_digits(column.type), "")


def _text_for_digits(type_: pa.DataType) -> pa.DataType:
    if type_ == DIGITS:
        return pa.string()
    if pa.types.is_struct(type_):
        return pa.struct([(field.name, _text_for_digits(field.type)) for field in type_])
    if pa.types.is_map(type_):
        return pa.map_(pa.string(), _text_for_digits(type_.item_type))
    if pa.types.is_list(type_):
        return pa.list_(_text_for_digits(type_.value_type))
    return type_


_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE")


def _of_text(value: Any, sql: SqlType, is_untyped: bool) -> Any:
    """A value that a file has as text, as one of the type that it is to be of."""
    if not isinstance(value, str) or sql.root in ("CHAR", "VARCHAR"):
        return value
    if is_untyped and value == "":
        return None
    if sql.root == "BOOLEAN" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if sql.root in _NUMBERS:
        exact = exact_number(value)
        if exact is None:
            return value
        return (
            float(value) if sql.root in ("FLOAT", "DOUBLE") and not value.lstrip("+-").isdecimal() else exact
        )
    return value
