"""What Flink's Parquet reader makes of a history: a job that reads the same files may fail, or see other values.

Flink 2.3.0 fails at decimals of up to 18 digits that are kept as bytes, as pyarrow writes them unless it is told not
to, at times before 1970 with a fraction of a second unless the table has 'parquet.utc-timezone' = 'true', and at times
of day in microseconds. A column whose name is in another case is NULL. Integers of 32 and 64 bits without a sign are
numbers with one there.
"""

from __future__ import annotations

import glob
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pa_parquet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Flink has decimals of so many digits as integers, and longer ones as bytes.
_LONGEST_INTEGER = 18
_DECIMALS = (
    "by pyarrow 17 or later write it with store_decimal_as_integer=True, by any with more than 18 digits"
)
_BEFORE_1970 = (
    "give the job's table 'parquet.utc-timezone' = 'true'; without it Flink reads whole seconds alone there"
)
_TIMES_OF_DAY = "cast it to time32('ms') before it is written"


@dataclass(frozen=True, slots=True)
class Misread:
    """A column that a job's table doesn't read as it is.

    Attributes:
        column: Its path, with dots between the names.
        found: How the file has it.
        advice: What to do when the file is written.
    """

    column: str
    found: str
    advice: str


def notices(events: Iterable[str]) -> list[str]:
    """What to say of the Parquet files among a history's files, folders and patterns: each column once."""
    said: dict[tuple[str, str], str] = {}
    # A column's first spelling, and the file that has it, by its name in small letters.
    spelled: dict[str, tuple[str, Path]] = {}
    for path in _parquet_files(events):
        try:
            metadata = pa_parquet.read_metadata(path)
            columns = metadata.schema.to_arrow_schema().names
        except (pa.ArrowException, OSError):
            continue  # Whoever reads the history says what is wrong with it.
        for misread in misread_by_flink(metadata):
            said.setdefault(
                (misread.column, misread.found),
                f"{path}: notice[not-for-jobs]: column `{misread.column}` is {misread.found}: the Parquet table of a"
                f" job on Flink 2.3.0 fails at it, or has other values\n\nhint: {misread.advice}",
            )
        for column in columns:
            first, other = spelled.setdefault(column.lower(), (column, path))
            if column != first and other != path:
                said.setdefault(
                    (column, first),
                    f"{path}: notice[not-for-jobs]: column `{column}` is `{first}` in {other}: the Parquet table of a"
                    f" job on Flink 2.3.0 reads NULL where a name is in another case\n\n"
                    f"hint: write it in one case in all files",
                )
    return list(said.values())


def misread_by_flink(metadata: pa_parquet.FileMetaData) -> Iterator[Misread]:
    """The columns of a file that a job's table doesn't read as they are.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> pa_parquet.write_table(pa.table({"stock": pa.array([3], pa.uint32()), "id": ["a"]}), file)
        >>> [(misread.column, misread.found) for misread in misread_by_flink(pa_parquet.read_metadata(file))]
        [('stock', 'an integer of 32 bits without a sign')]
    """
    for index in range(metadata.num_columns):
        column = metadata.schema.column(index)
        logical = json.loads(column.logical_type.to_json())
        kind, unit = logical.get("Type"), logical.get("timeUnit")
        is_kept_as_bytes = column.physical_type == "FIXED_LEN_BYTE_ARRAY" and ".list." not in column.path
        if kind == "Decimal" and is_kept_as_bytes and logical["precision"] <= _LONGEST_INTEGER:
            found = f"a DECIMAL({logical['precision']}, {logical['scale']}) that is kept as bytes"
            yield Misread(column.path, found, _DECIMALS)
        elif kind == "Int" and not logical["isSigned"] and logical["bitWidth"] >= 32:
            wider = "int64" if logical["bitWidth"] == 32 else "int64 or a decimal"
            found = f"an integer of {logical['bitWidth']} bits without a sign"
            yield Misread(column.path, found, f"cast it to {wider} before it is written")
        elif kind == "Float16":
            yield Misread(column.path, "a float of 16 bits", "cast it to float32 before it is written")
        elif kind == "None" and is_kept_as_bytes:
            yield Misread(column.path, "bytes of a fixed length", "cast it to binary before it is written")
        elif kind == "Timestamp" and _is_before_1970(metadata, index):
            yield Misread(column.path, "a time with values before 1970", _BEFORE_1970)
        elif kind == "Time" and unit != "milliseconds":
            yield Misread(column.path, f"a time of day in {unit}", _TIMES_OF_DAY)


def _is_before_1970(metadata: pa_parquet.FileMetaData, column: int) -> bool:
    chunks = (metadata.row_group(group).column(column) for group in range(metadata.num_row_groups))
    statistics = [chunk.statistics for chunk in chunks if chunk.statistics is not None]
    return any(found.has_min_max and found.min_raw < 0 for found in statistics)


def _parquet_files(events: Iterable[str]) -> Iterator[Path]:
    for name in events:
        # A name may be a pattern, as a shell has them.
        for path in [Path(found) for found in glob.glob(name)]:  # noqa: PTH207
            files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
            yield from (file for file in files if file.suffix.lower() == ".parquet" and file.is_file())
