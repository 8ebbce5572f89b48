"""Events of the past, read from files and brought into the order of time."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.json as pa_json
import pyarrow.parquet as pa_parquet

from pyflink_cep._backtest import iceberg
from pyflink_cep._backtest.lines import broken_lines, line_of
from pyflink_cep._backtest.sql_types import sql_type
from pyflink_cep._backtest.times import read_times
from pyflink_cep.errors import Diagnostic, InputError, UnknownColumnError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

# The place of an event in the order of time, by which alerts tell which events they took; and its time in ms.
ROW, TIME = "__row", "__time"

_FORMATS = {
    ".parquet": "Parquet",
    ".csv": "CSV",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".json": "JSON lines",
}
_NO_LABEL = ("", "0", "false", "null")
# Runs of events that readers take in turn: short ones, so that no reader gets far ahead of the others in time.
_LEAST_RUNS, _MOST_ROWS_A_RUN = 8, 8192
# Types are inferred from a block; where a later one doesn't agree, the file is read again as one.
_WHOLE_FILE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Source:
    """A file, and how many events it has."""

    path: Path
    events: int


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that events are from, in their order."""

    files: Sequence[_Source] = ()

    def place_of(self, row: int, first: int = 0) -> str:
        """Where an event stands, such as `events.csv:3`.

        Args:
            row: Its place, from 0, which goes on from file to file.
            first: The place that rows are counted from.
        """
        row += first
        for source in self.files:
            if row < source.events:
                format_ = _format(source.path)
                if format_ is None or format_ == "Parquet":
                    return f"{source.path}, row {row + 1}"
                return f"{source.path}:{line_of(source.path, format_, row)}"
            row -= source.events
        raise IndexError(row)


@dataclass(frozen=True)
class History:
    """Events in the order of time, those of one time in the order of the files.

    Attributes:
        table: What rules see: all columns but the label.
        times: Of each event, in milliseconds.
        time_field: The column that the times are from.
        labels: What marks each event: -1 as code for nothing. None without a label column.
        numbers: Of each event, its place in the files, from 1, which goes on from file to file.
        sources: The files.
    """

    table: pa.Table
    times: np.ndarray[Any, np.dtype[np.int64]]
    time_field: str
    labels: pd.Categorical | None
    numbers: np.ndarray[Any, np.dtype[np.int64]]
    sources: Sources

    def __len__(self) -> int:
        return len(self.times)

    @property
    def time_stays_a_number(self) -> bool:
        """Whether rules see the time as the number that it is in the files, beside the rowtime attribute."""
        type_ = self.table.schema.field(self.time_field).type
        return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_))

    @property
    def schema(self) -> dict[str, str]:
        """The SQL type of each column, as rules see them."""
        types = {field.name: str(sql_type(field.type)) for field in self.table.schema}
        return types if self.time_stays_a_number else types | {self.time_field: "TIMESTAMP_LTZ(3)"}

    def parts(self, count: int) -> list[list[tuple[int, int]]]:
        """Deals the events out to parts that are read side by side: the runs of rows of each, as start and end.

        Each part goes through all of time, so that none gets far ahead of the others; and events of one time are in
        one part, so that they stay in order.
        """
        chunk = min(max(len(self) // (count * _LEAST_RUNS), 1), _MOST_ROWS_A_RUN)
        ends = np.arange(chunk, len(self), chunk)
        ends = np.searchsorted(self.times, self.times[ends - 1], side="right")
        cuts = np.unique(np.concatenate([[0], ends, [len(self)]])).tolist()
        runs = list(pairwise(cuts))
        return [runs[part::count] for part in range(count)]


def read_history(
    files: Sequence[str], time_field: str, *, label: str | None = None, until: datetime | None = None
) -> History:
    """Reads Parquet, CSV and JSON lines files, and sorts the events by time where they are not.

    Args:
        files: Files, folders, tables of Iceberg by their folders, or patterns such as ``history/*.parquet``.
        time_field: The column with the time: timestamps, ISO 8601 text, or numbers since the epoch in milliseconds
            or seconds.
        label: The column that says what is to be found. NULL, 0, false and the empty text say: nothing.
        until: Events at or after it are left out.

    Raises:
        InputError: A file can't be read, or has a column of a type that Flink lacks; a time is missing; there are no
            events.
        UnknownColumnError: The files have no such column.
    """
    paths = _expand(files)
    tables = [_read(path) for path in paths]
    sources = Sources(tuple(map(_Source, paths, map(len, tables))))
    try:
        table = pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        _check_times(tables, time_field, sources)
        raise _conflicting(paths, tables, error) from error
    _check_columns(table, {"time": time_field, "label": label})
    if not len(table):
        raise _invalid("events", "no-events", "the files have no events")
    fine, times = read_times(table[time_field], time_field, sources.place_of)
    numbers = np.arange(1, len(table) + 1)
    if until is not None:
        kept = times < int(until.timestamp() * 1000)
        table, fine, times, numbers = table.filter(pa.array(kept)), fine[kept], times[kept], numbers[kept]
        if not len(times):
            raise _invalid("--to", "no-events", f"there are no events before {until:%Y-%m-%d %H:%M}")
    if (np.diff(fine) < 0).any():
        order = np.argsort(fine, kind="stable")
        table, times, numbers = table.take(pa.array(order)), times[order], numbers[order]
    labels = None
    if label is not None:
        labels = _read_labels(table[label])
        table = table.drop_columns([label])
    return History(table.combine_chunks(), times, time_field, labels, numbers, sources)


def _expand(files: Iterable[str]) -> list[Path]:
    found: list[Path] = []
    for name in files:
        path = Path(name)
        if path.is_dir():
            inside = _inside(path)
            if not inside:
                raise _invalid(name, "no-events", f"the folder has no {_endings()} files")
            found += inside
        elif path.exists():
            found += _outside_tables(name, [path])
        else:
            matching = sorted(map(Path, glob.glob(name, recursive=True)))  # noqa: PTH207 - a pattern may be absolute
            if not matching:
                raise _invalid(name, "missing-file", "there is no such file or folder")
            found += _outside_tables(name, matching)
    return found


def _inside(folder: Path) -> list[Path]:
    tables = iceberg.tables_in(folder)
    if tables == [folder]:
        files = iceberg.data_files(folder)
        if not files:
            raise _invalid(str(folder), "no-events", "the table of Iceberg has no rows yet")
        return files
    if tables:
        message = "the folder has tables of Iceberg"
        raise _invalid(str(folder), "part-of-table", message, f"name a table: {', '.join(map(str, tables))}")
    files = sorted(file for file in folder.rglob("*") if file.is_file() and _format(file))
    return _outside_tables(str(folder), files)


def _outside_tables(name: str, files: list[Path]) -> list[Path]:
    """Files, none of which is of a table of Iceberg: that has others as well, which were replaced."""
    table = next(filter(None, map(iceberg.table_of, {file.parent for file in files})), None)
    if table is not None:
        message = "these are files of a table of Iceberg, and may have been replaced by others"
        raise _invalid(name, "part-of-table", message, f"name the table: {table}")
    return files


def _endings() -> str:
    return ", ".join(_FORMATS)


def _format(path: Path) -> str | None:
    name = path.name.lower().removesuffix(".gz")
    return next((format_ for ending, format_ in _FORMATS.items() if name.endswith(ending)), None)


def _read(path: Path) -> pa.Table:
    format_ = _format(path)
    if format_ is None:
        raise _invalid(
            str(path), "unknown-format", f"the name ends in none of {_endings()}, with or without .gz"
        )
    try:
        table = _READERS[format_](path)
    except (pa.ArrowException, OSError, ValueError) as error:
        if (
            format_ != "Parquet"
            and not isinstance(error, OSError)
            and (broken := broken_lines(path, format_))
        ):
            raise InputError(*broken) from error
        reason = str(error).partition("\n")[0]
        hint = None if format_ == "Parquet" else _HINTS[format_]
        raise _invalid(str(path), "unreadable-file", f"expected {format_}: {reason}", hint) from error
    names = table.schema.names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _invalid(str(path), "duplicate-column", f"`{twice}` is the name of several columns")
    return table


def _check_times(tables: Sequence[pa.Table], time_field: str, sources: Sources) -> None:
    """Names the wrong time that has made the times of one file text, and those of another not."""
    first = 0
    for table in tables:
        if time_field in table.schema.names:
            read_times(table[time_field], time_field, partial(sources.place_of, first=first))
        first += len(table)


def _conflicting(paths: Sequence[Path], tables: Sequence[pa.Table], error: Exception) -> InputError:
    conflicts = []
    known: dict[str, tuple[Path, pa.Field]] = {}
    for path, table in zip(paths, tables, strict=True):
        for column in table.schema:
            before_path, before = known.setdefault(column.name, (path, column))
            try:
                pa.unify_schemas([pa.schema([before]), pa.schema([column])], promote_options="permissive")
            except pa.ArrowException:
                type_, before_type = (sql_type(each.type) or each.type for each in (column, before))
                conflicts.append(
                    Diagnostic(
                        code="conflicting-types",
                        location=str(path),
                        message=f"`{column.name}` is of type {type_}, and {before_type} in {before_path}",
                        hint="a column has one type in all files",
                    )
                )
    if conflicts:
        return InputError(*conflicts)
    return _invalid("events", "conflicting-types", f"the files don't fit together: {error}")


def _read_parquet(path: Path) -> pa.Table:
    return pa_parquet.ParquetFile(path).read()


def _read_csv(path: Path) -> pa.Table:
    try:
        return pa_csv.read_csv(path)
    except pa.ArrowInvalid:
        return pa_csv.read_csv(path, pa_csv.ReadOptions(block_size=_WHOLE_FILE))


def _read_json(path: Path) -> pa.Table:
    try:
        return pa_json.read_json(path)
    except pa.ArrowInvalid:
        return pa_json.read_json(path, pa_json.ReadOptions(block_size=_WHOLE_FILE))


_READERS = {"Parquet": _read_parquet, "CSV": _read_csv, "JSON lines": _read_json}
_HINTS = {
    "CSV": "the first line names the columns, and each line has as many values",
    "JSON lines": "each line is one JSON object, and a field has one type throughout",
}


def _check_columns(table: pa.Table, wanted: dict[str, str | None]) -> None:
    names = table.schema.names
    unknown = [
        Diagnostic(
            code="unknown-column",
            location=f"--{option}",
            message=f"the events have no column `{name}`",
            hint=did_you_mean(name, names, "Columns"),
        )
        for option, name in wanted.items()
        if name is not None and name not in names
    ]
    if unknown:
        raise UnknownColumnError(*unknown)
    if wanted["time"] == wanted["label"]:
        raise _invalid("--label", "label-is-time", f"`{wanted['label']}` is the time of the events")
    unusable = [*_unusable_columns(table)]
    if unusable:
        raise InputError(*unusable)


def _unusable_columns(table: pa.Table) -> Iterator[Diagnostic]:
    for field in table.schema:
        if field.name in (ROW, TIME):
            message = f"`{field.name}` is a name that backtest needs for itself"
            yield Diagnostic(code="reserved-column", location="events", message=message)
        if sql_type(field.type) is None:
            message = f"`{field.name}` is of Arrow's type {field.type}, which Flink SQL has none for"
            yield Diagnostic(code="unknown-type", location="events", message=message)


def _read_labels(column: pa.ChunkedArray) -> pd.Categorical:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        # Such as whole numbers that Pandas wrote beside missing ones.
        whole = pc.fill_null(pc.equal(column, pc.floor(column)), True)
        if pc.all(whole, min_count=0).as_py():
            column = column.cast(pa.int64())
    try:
        encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    except pa.ArrowNotImplementedError as error:
        message = f"the column is of Arrow's type {column.type}, which is no label"
        raise _invalid("--label", "wrong-label", message) from error
    texts = [text.strip() for text in encoded.dictionary.to_pylist()]
    values = sorted({text for text in texts if text.lower() not in _NO_LABEL}, key=_by_number)
    code_of = {text: values.index(text) if text in values else -1 for text in texts}
    codes = np.array([*(code_of[text] for text in texts), -1], dtype=np.int64)
    places = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return pd.Categorical.from_codes(codes[places], categories=values)


def _by_number(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text


def _invalid(location: str, code: str, message: str, hint: str | None = None) -> InputError:
    return InputError(Diagnostic(code=code, location=location, message=message, hint=hint))
