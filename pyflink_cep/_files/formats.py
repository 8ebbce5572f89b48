"""Reads one file, each column with the type that the file gives it."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.json as pa_json
import pyarrow.parquet as pa_parquet

from pyflink_cep._files import json_values
from pyflink_cep._files.found import invalid
from pyflink_cep._files.lines import broken_lines, line_of
from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from pyflink_cep._files.found import EventFile

    Problems = dict[str, Diagnostic]

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"
# As many digits as some whole numbers have that a DOUBLE rounds.
_LONG_NUMBER = re.compile(rb"[:\[,]\s*-?\d{16,}\s*[,}\]]")
# Arrow takes a stack as deep as the line is, and the process ends where that is too deep.
_MOST_OPENED = 1000
_HINTS = {
    "CSV": "the first line names the columns, and each line has as many values",
    "JSON lines": "each line is one JSON object",
}


def read_file(file: EventFile, problems: Problems, maps: frozenset[str] = frozenset()) -> pa.Table:
    """Reads a file. All columns of a CSV file are text; a file of 0 bytes has no columns.

    Args:
        file: The file.
        problems: Takes what keeps single columns from being read, by their names.
        maps: The columns that a schema has maps in: JSON's objects are rows else, with NULL for what one leaves out.

    Raises:
        InputError: It can't be read.
    """
    path = file.path
    try:
        start = _start(path)
        if not start:
            return pa.table({})
        if start[:4] == _ZIP:
            hint = "unpack it; of a workbook of Excel, save the sheet as CSV UTF-8"
            raise invalid(str(path), "unreadable-file", "this is a zip archive, or a workbook of Excel", hint)
        if file.format != "Parquet" and (start[:2] in _UTF_16 or b"\0" in start):
            message = "the file is UTF-16, or has bytes that no text has"
            raise invalid(str(path), "wrong-encoding", message, "save it as UTF-8")
        if file.format == "JSON lines":
            table = _read_json(path, problems, maps)
        else:
            table = _READERS[file.format](path, problems)
    except (pa.ArrowException, OSError, EOFError, zlib.error, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise _unreadable(path, file.format, error) from error
    return _without_nameless(table, path, problems)


def _unreadable(path: Path, format_: str, error: Exception) -> InputError:
    if format_ != "Parquet" and not isinstance(error, OSError | EOFError | zlib.error):
        broken = broken_lines(path, format_)
        if broken:
            return InputError(*broken)
    reason = str(error).partition("\n")[0] or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror.lower()
        return invalid(str(path), "unreadable-file", f"the file can't be read: {reason}")
    return invalid(str(path), "unreadable-file", f"expected {format_}: {reason}", _HINTS.get(format_))


def _start(path: Path) -> bytes:
    """The first bytes of a file, unpacked."""
    with path.open("rb") as raw:
        start = raw.read(4096)
    if start[:2] == _GZIP:
        with gzip.open(path) as unpacked:
            start = unpacked.read(4096)
    return start


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if content[:2] == _GZIP else content


def _without_nameless(table: pa.Table, path: Path, problems: Problems) -> pa.Table:
    """The table without columns that share a name, or have none, as Pandas' index in CSV."""
    counts = Counter(table.schema.names)
    kept = []
    for place, name in enumerate(table.schema.names):
        if counts[name] > 1 and name.strip():
            message = f"`{name}` is the name of {counts[name]} columns"
            problems[name] = Diagnostic(code="duplicate-column", location=str(path), message=message)
        elif name.strip():
            kept.append(place)
    return table.select(kept)


# ---- Parquet ----------------------------------------------------------------------------------


def _read_parquet(path: Path, problems: Problems) -> pa.Table:
    source = pa.BufferReader(_content(path)) if _is_gzip(path) else path
    # Times of Impala's and Spark's INT96 are in nanoseconds, which reach from 1677 to 2262.
    file = pa_parquet.ParquetFile(source, coerce_int96_timestamp_unit="us")
    try:
        return file.read()
    except (pa.ArrowException, OSError):
        columns = {}
        for name in file.schema_arrow.names:
            try:
                columns[name] = file.read(columns=[name])[name]
            except (pa.ArrowException, OSError) as error:
                message = f"`{name}` can't be read: {str(error).partition(chr(10))[0]}"
                problems[name] = Diagnostic(code="unreadable-column", location=str(path), message=message)
        if not columns:
            raise
        return pa.table(columns)


# ---- CSV --------------------------------------------------------------------------------------


def _read_csv(path: Path, problems: Problems) -> pa.Table:
    names = _csv_names(path)
    if not names:
        return pa.table({})
    with pa.input_stream(str(path), compression="gzip" if _is_gzip(path) else None) as stream:
        table = pa_csv.read_csv(
            stream,
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.binary())),
        )
    if (
        _quotes(path) % 2
        and len(table)
        and any(b"\n" in (column[-1].as_py() or b"") for column in table.columns)
    ):
        message = "a value in quotes goes on to the end of the file: its closing quote is missing"
        raise invalid(f"{path}:{line_of(path, 'CSV', len(table) - 1)}", "unreadable-line", message)
    columns = []
    for name, column in zip(names, table.columns, strict=True):
        try:
            columns.append(column.cast(pa.string()))
        except pa.ArrowInvalid:
            columns.append(pa.nulls(len(column), pa.string()))
            row, value = _first_not_utf8(column)
            line = f"row {row + 1}"
            message = f"`{name}` is not UTF-8 in {line}: {value!r}"
            problems[name] = Diagnostic(
                code="wrong-encoding", location=str(path), message=message, hint="save the file as UTF-8"
            )
    return pa.table(columns, names=names)


def _csv_names(path: Path) -> list[str]:
    """The names of the columns, from the first record."""
    opener: Any = gzip.open if _is_gzip(path) else open
    with opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        try:
            names = next((record for record in csv.reader(text) if record), [])
        except csv.Error as error:
            raise invalid(str(path), "unreadable-line", f"the first line is not CSV: {error}") from error
    if any("\udc80" <= char <= "\udcff" for name in names for char in name):
        message = "the names of the columns are not UTF-8"
        raise invalid(f"{path}:1", "wrong-encoding", message, "save the file as UTF-8")
    if len(names) == 1 and (found := next((mark for mark in ";\t|" if mark in names[0]), None)):
        message = f"the first line has no comma, and a {found!r}: values are separated by commas"
        raise invalid(f"{path}:1", "wrong-delimiter", message, "write the file with commas")
    return names


def _quotes(path: Path) -> int:
    with pa.input_stream(str(path), compression="gzip" if _is_gzip(path) else None) as stream:
        return sum(block.count(b'"') for block in iter(lambda: stream.read(2**20), b""))


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as raw:
        return raw.read(2) == _GZIP


def _first_not_utf8(column: pa.ChunkedArray) -> tuple[int, bytes]:
    for row, value in enumerate(column):
        content = value.as_py()
        try:
            (content or b"").decode()
        except UnicodeDecodeError:
            return row, content[:40]
    raise AssertionError


# ---- JSON lines -------------------------------------------------------------------------------


def _read_json(path: Path, problems: Problems, maps: frozenset[str]) -> pa.Table:
    content = _content(path).removeprefix(_BOM)
    table = None if maps else _read_json_fast(content)
    return json_values.read_lines(path, content, problems, maps) if table is None else table


def _read_json_fast(content: bytes) -> pa.Table | None:
    """What Arrow reads, where that is all and exactly what the lines say; None else."""
    lines = [line for line in map(bytes.strip, content.splitlines()) if line]
    # On a line such as `null` the process ends in Arrow.
    if any(line[:1] != b"{" or line[-1:] != b"}" for line in lines):
        return None
    if any(line.count(b"{") + line.count(b"[") > _MOST_OPENED for line in lines if len(line) > _MOST_OPENED):
        return None
    try:
        table = pa_json.read_json(pa.BufferReader(content), pa_json.ReadOptions(block_size=2**31 - 1))
        if any(map(_has_time, table.schema.types)):
            # Text that looks like a time stays text.
            schema = pa.schema([(field.name, _as_text(field.type)) for field in table.schema])
            table = pa_json.read_json(
                pa.BufferReader(content),
                pa_json.ReadOptions(block_size=2**31 - 1),
                pa_json.ParseOptions(explicit_schema=schema),
            )
        table.validate(full=True)
    except (pa.ArrowException, ValueError):
        return None
    if _LONG_NUMBER.search(content) and any(map(_has_double, table.schema.types)):
        return None
    return table if len(lines) == len(table) else None


def _has_time(type_: pa.DataType) -> bool:
    return pa.types.is_temporal(type_) or any(_has_time(type_.field(i).type) for i in range(type_.num_fields))


def _has_double(type_: pa.DataType) -> bool:
    return pa.types.is_floating(type_) or any(
        _has_double(type_.field(i).type) for i in range(type_.num_fields)
    )


def _as_text(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_temporal(type_):
        return pa.string()
    if pa.types.is_list(type_):
        return pa.list_(_as_text(type_.value_type))
    if pa.types.is_struct(type_):
        return pa.struct([(field.name, _as_text(field.type)) for field in type_])
    return type_


_READERS: dict[str, Any] = {"Parquet": _read_parquet, "CSV": _read_csv}
