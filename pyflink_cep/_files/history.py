"""Events of the past, read from files and brought into the order of time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pyflink_cep._files.formats import read_file
from pyflink_cep._files.found import find_files, format_of, invalid
from pyflink_cep._files.lines import line_of
from pyflink_cep._files.sql_types import sql_type
from pyflink_cep._files.tables import RESERVED, ROW, TIME, Parts
from pyflink_cep._files.times import read_times
from pyflink_cep.errors import Diagnostic, InputError, UnknownColumnError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

__all__ = ["ROW", "TIME", "History", "Sources", "read_history"]

_MAPS = re.compile(r"\b(MAP|MULTISET)\b", re.IGNORECASE)
_NO_LABEL = ("", "0", "false", "null")
# Runs of events that readers take in turn: short ones, so that no reader gets far ahead of the others in time.
_LEAST_RUNS, _MOST_ROWS_A_RUN = 8, 8192


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
                format_ = format_of(source.path)
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
        types: The SQL type of each column, as the files or a schema have it.
        left_out: Why columns, and fields of columns, are not there, by their paths.
        is_declared: Whether a schema tells the type of the time.
        texts: Of columns that are text though most values look like numbers, why.
    """

    table: pa.Table
    times: np.ndarray[Any, np.dtype[np.int64]]
    time_field: str
    labels: pd.Categorical | None
    numbers: np.ndarray[Any, np.dtype[np.int64]]
    sources: Sources
    types: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, Diagnostic] = field(default_factory=dict)
    is_declared: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def rowtime_type(self) -> str:
        """The SQL type of the time attribute."""
        declared = self.types.get(self.time_field, "")
        return "TIMESTAMP(3)" if declared == "TIMESTAMP(3)" and self.is_declared else "TIMESTAMP_LTZ(3)"

    @property
    def time_stays(self) -> bool:
        """Whether rules see the time as it is in the files, such as a number, beside the time attribute."""
        type_ = self.table.schema.field(self.time_field).type
        if self.is_declared:
            return self.types[self.time_field] not in ("TIMESTAMP(3)", "TIMESTAMP_LTZ(3)")
        return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_))

    @property
    def schema(self) -> dict[str, str]:
        """The SQL type of each column, as rules see them."""
        types = {
            field.name: self.types.get(field.name) or str(sql_type(field.type)) for field in self.table.schema
        }
        return types if self.time_stays else types | {self.time_field: self.rowtime_type}

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
    files: Sequence[str],
    time_field: str,
    *,
    label: str | None = None,
    until: datetime | None = None,
    schema: Mapping[str, str] | None = None,
) -> History:
    """Reads Parquet, CSV and JSON lines files, and sorts the events by time where they are not.

    Args:
        files: Files, folders, tables of Iceberg by their folders, or patterns such as ``history/*.parquet``.
        time_field: The column with the time: timestamps, ISO 8601 text, or numbers since the epoch in milliseconds
            or seconds.
        label: The column that says what is to be found. NULL, 0, false and the empty text say: nothing.
        until: Events at or after it are left out.
        schema: The SQL type of each column that rules see. Without it types are those of the files; of CSV, and of
            the names of folders, those that all values are of.

    Raises:
        InputError: A file can't be read; a time is missing; there are no events.
        UnknownColumnError: The files have no such column.
    """
    found = find_files(files)
    left_out: dict[str, Diagnostic] = {}
    maps = frozenset(name for name, type_ in (schema or {}).items() if _MAPS.search(type_))
    tables = [read_file(file, left_out, maps) for file in found]
    sources = Sources(
        tuple(_Source(file.path, len(table)) for file, table in zip(found, tables, strict=True))
    )
    parts = Parts(found, tables, left_out, sources.place_of)
    count = sum(map(len, tables))
    wanted = {"time": time_field, "label": label}
    if count or parts.names:
        _check_columns(parts, wanted)
    if not count:
        raise invalid("events", "no-events", "the files have no events")
    _check_wanted(parts, wanted)
    own = [name for name in (time_field, label) if name is not None and name not in (schema or {})]
    table, types = parts.columns(schema or {}, own, declared=schema is not None)
    if (of_all_forms := parts.time_column(time_field)) is not None:
        table = pa.table(
            {**dict(zip(table.schema.names, table.columns, strict=True)), time_field: of_all_forms}
        )
    _check_wanted(parts, wanted)
    fine, times = read_times(table[time_field], time_field, sources.place_of)
    numbers = np.arange(1, len(table) + 1)
    if until is not None:
        kept = times < int(until.timestamp() * 1000)
        table, fine, times, numbers = table.filter(pa.array(kept)), fine[kept], times[kept], numbers[kept]
        if not len(times):
            raise invalid("--to", "no-events", f"there are no events before {until:%Y-%m-%d %H:%M}")
    if (np.diff(fine) < 0).any():
        order = np.argsort(fine, kind="stable")
        table, times, numbers = table.take(pa.array(order)), times[order], numbers[order]
    labels = None
    if label is not None:
        labels = _read_labels(table[label])
        table = table.drop_columns([label])
    return History(
        table.combine_chunks(),
        times,
        time_field,
        labels,
        numbers,
        sources,
        types={name: type_ for name, type_ in types.items() if name != label},
        left_out=left_out,
        is_declared=schema is not None and time_field in schema,
        texts=parts.texts,
    )


def _check_columns(parts: Parts, wanted: Mapping[str, str | None]) -> None:
    unknown = [
        Diagnostic(
            code="unknown-column",
            location=f"--{option}",
            message=f"the events have no column `{name}`",
            hint=did_you_mean(name, parts.names, "Columns"),
        )
        for option, name in wanted.items()
        if name is not None and name not in parts.names and name not in parts.left_out
    ]
    if unknown:
        raise UnknownColumnError(*unknown)
    if wanted["time"] == wanted["label"]:
        raise invalid("--label", "label-is-time", f"`{wanted['label']}` is the time of the events")
    reserved = [name for name in parts.names if name in RESERVED]
    if reserved:
        message = "`{}` is a name that backtest needs for itself"
        raise InputError(
            *(
                Diagnostic(code="reserved-column", location="events", message=message.format(name))
                for name in reserved
            )
        )


def _check_wanted(parts: Parts, wanted: Mapping[str, str | None]) -> None:
    """Says what keeps the time or the label from being read."""
    wrong = [parts.left_out[name] for name in wanted.values() if name in parts.left_out]
    if wrong:
        raise InputError(*wrong)


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
        raise invalid("--label", "wrong-label", message) from error
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
