"""Which files a name stands for."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyflink_cep._files import iceberg
from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FORMATS = {
    ".parquet": "Parquet",
    ".csv": "CSV",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".json": "JSON lines",
}
_WILDCARD = re.compile(r"[*?\[]")
# What Hive calls the folder of the rows that have no value.
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
# Of tables whose files alone don't tell which of them count: a folder that each has, and what it is a table of.
_TABLES = {"_delta_log": "Delta Lake", ".hoodie": "Hudi"}
_HINTS = {
    ".xlsx": "save the sheet as CSV UTF-8",
    ".xls": "save the sheet as CSV UTF-8",
    ".zip": "unpack it",
    ".bz2": "unpack it, or pack it with gzip",
    ".zst": "unpack it, or pack it with gzip",
    ".avro": "write it as Parquet",
    ".orc": "write it as Parquet",
}


@dataclass(frozen=True, slots=True)
class EventFile:
    """A file of events.

    Attributes:
        path: Where it is.
        format: Parquet, CSV or JSON lines.
        partitions: The columns that its folders have, such as `day=2024-03-01`, with their values as text.
    """

    path: Path
    format: str
    partitions: Mapping[str, str | None] = field(default_factory=dict)


def find_files(names: Iterable[str]) -> list[EventFile]:
    """The files of all names, each once, in order.

    Args:
        names: Files, folders, tables of Iceberg by their folders, or patterns such as ``history/*.parquet``. Of
            folders, and of what a pattern finds, names that begin with ``_`` or ``.`` are left out.

    Raises:
        InputError: There is none; or it is a part of a table that has others as well, which were replaced.
    """
    found: dict[str, EventFile] = {}
    for name in names:
        for file in _of_name(name):
            found.setdefault(os.path.realpath(file.path), file)
    return list(found.values())


def _of_name(name: str) -> list[EventFile]:
    try:
        path = Path(name)
        if path.is_dir():
            return _of_folder(path)
        if path.exists():
            return _outside_tables(name, [_event_file(path)])
        if path.is_symlink():
            raise invalid(name, "missing-file", f"it is a link to {path.readlink()}, which isn't there")
        base = Path(*_before_wildcard(path))
        matching = [
            Path(match)
            for match in sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - a pattern may be absolute
            if not _is_hidden(Path(match), base)
        ]
        if not matching:
            raise invalid(name, "missing-file", "there is no such file or folder")
        folders = [match for match in matching if match.is_dir()]
        files = [
            _event_file(match)
            for match in matching
            if match.is_file() and not any(folder in match.parents for folder in folders)
        ]
        return [
            *_outside_tables(name, files),
            *(file for folder in folders if not _has_above(folder, folders) for file in _of_folder(folder)),
        ]
    except OSError as error:
        raise invalid(
            name, "unreadable-file", f"it can't be read: {(error.strerror or str(error)).lower()}"
        ) from error


def _has_above(folder: Path, folders: list[Path]) -> bool:
    return any(other in folder.parents for other in folders)


def _before_wildcard(path: Path) -> Iterator[str]:
    for part in path.parts:
        if _WILDCARD.search(part):
            return
        yield part


def _is_hidden(path: Path, base: Path) -> bool:
    """Whether a name below a folder begins with `_` or `.`; such as `_day=1` is a value of a column."""
    below = path.relative_to(base) if path.is_relative_to(base) else path
    return any(part[0] == "." or (part[0] == "_" and "=" not in part) for part in below.parts)


def _of_folder(folder: Path) -> list[EventFile]:
    tables = iceberg.tables_in(folder)
    if tables == [folder]:
        data = iceberg.data_files(folder)
        if not data:
            raise invalid(str(folder), "no-events", "the table of Iceberg has no rows yet")
        return [EventFile(path, "Parquet") for path in data]
    if tables:
        message = "the folder has tables of Iceberg"
        raise invalid(str(folder), "part-of-table", message, f"name a table: {', '.join(map(str, tables))}")
    files = []
    for path in _walk(folder):
        if path.is_symlink() and not path.exists():
            raise invalid(str(path), "missing-file", f"it is a link to {path.readlink()}, which isn't there")
        if path.is_file():
            files.append(_event_file(path))
    if not files:
        raise invalid(str(folder), "no-events", f"the folder has no {endings()} files")
    return _outside_tables(str(folder), sorted(files, key=lambda file: file.path))


def _walk(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    for place, below, names in os.walk(folder, onerror=fail, followlinks=True):
        for name in below:
            if name in _TABLES:
                raise _of_other_table(folder, Path(place), name)
        below[:] = sorted(name for name in below if not _is_hidden(Path(name), Path()))
        yield from (
            Path(place, name)
            for name in sorted(names)
            if not _is_hidden(Path(name), Path()) and format_of(Path(name))
        )


def _outside_tables(name: str, files: list[EventFile]) -> list[EventFile]:
    """Files, none of which is of a table: that has others as well, which were replaced."""
    for folder in {file.path.absolute().parent for file in files}:
        table = iceberg.table_of(folder)
        if table is not None:
            message = "these are files of a table of Iceberg, and may have been replaced by others"
            raise invalid(name, "part-of-table", message, f"name the table: {table}")
        for above in (folder, *folder.parents):
            for log in _TABLES:
                if (above / log).is_dir():
                    raise _of_other_table(name, above, log)
    return files


def _of_other_table(name: Path | str, table: Path, log: str) -> InputError:
    message = f"{table} is a table of {_TABLES[log]}, whose files alone don't tell which of them still count"
    return invalid(str(name), "part-of-table", message, "let Spark or Trino write its rows to Parquet files")


def _event_file(path: Path) -> EventFile:
    format_ = format_of(path)
    if format_ is None:
        message = f"the name ends in none of {endings()}, with or without .gz"
        raise invalid(str(path), "unknown-format", message, _HINTS.get(path.suffix.lower()))
    partitions = {}
    for part in path.parts[:-1]:
        name, equals, value = part.partition("=")
        if equals and name:
            partitions[unquote(name)] = None if value == _NO_VALUE else unquote(value)
    return EventFile(path, format_, partitions)


def format_of(path: Path) -> str | None:
    """The format that a file has by its name; None for other files."""
    name = path.name.lower().removesuffix(".gz")
    return next((format_ for ending, format_ in FORMATS.items() if name.endswith(ending)), None)


def endings() -> str:
    """How the names of files of events end."""
    return ", ".join(FORMATS)


def invalid(location: str, code: str, message: str, hint: str | None = None) -> InputError:
    """An error of a file."""
    return InputError(Diagnostic(code=code, location=location, message=message, hint=hint))
