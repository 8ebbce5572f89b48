"""The files of a table of Iceberg: those that it consists of now, not those that were replaced and are still there."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from pyiceberg.table import StaticTable

# Of a catalog of folders, and of others. A file that is being written is called by a UUID alone.
_COMMITTED = re.compile(r"(?:v(\d+)|(\d{5})-[0-9a-f-]{36})(?:\.gz)?\.metadata\.json")


def tables_in(folder: Path) -> list[Path]:
    """The folders of tables that a folder is, or has in it."""
    metadata = folder.rglob("metadata/*.metadata.json")
    return sorted({one.parent.parent for one in metadata if _COMMITTED.fullmatch(one.name)})


def table_of(folder: Path) -> Path | None:
    """The table that a folder is a part of, as that of its data; None for others."""
    folder = folder.absolute()
    return next((above for above in (folder, *folder.parents) if _versions(above)), None)


def data_files(table: Path) -> list[Path]:
    """The files that a table consists of now; none before its first rows.

    Args:
        table: Its folder, with `metadata` and `data` in it.

    Raises:
        InputError: The library to read tables isn't installed; the table can't be read; its files alone don't tell
            what is in it.
    """
    try:
        from pyiceberg.table import StaticTable
    except ImportError as error:
        hint = "pip install 'pyflink-cep[lake]'"
        raise _invalid(
            table, "missing-library", "to read a table of Iceberg takes pyiceberg", hint
        ) from error
    versions = _versions(table)
    newest = versions[max(versions)]
    moved: str | None = None
    try:
        read = StaticTable.from_metadata(str(newest))
        written_at = _path(read.location())
        if written_at != str(table.absolute()):
            moved = f"the table was written at {written_at}, and is read there"
        tasks = list(read.scan().plan_files())
    # pyiceberg's errors have no class in common.
    except Exception as error:
        reason = str(error).partition("\n")[0]
        message = f"the table of Iceberg can't be read: {reason}"
        raise _invalid(newest, "unreadable-table", message, moved) from error
    if any(task.delete_files for task in tasks):
        message = "the table has rows that are marked as deleted, which its files alone don't tell"
        raise _invalid(table, "deleted-rows", message, "let Spark or Trino rewrite them: rewrite_data_files")
    _check_names(table, read)
    return sorted(Path(_path(task.file.file_path)) for task in tasks)


def _check_names(table: Path, read: StaticTable) -> None:
    """Files are read by the names of columns, so these must never have changed."""
    names = defaultdict(set)
    for schema in read.schemas().values():
        for field in schema.fields:
            names[field.field_id].add(field.name)
    renamed = next((sorted(of_one) for of_one in names.values() if len(of_one) > 1), None)
    if renamed:
        message = f"a column was renamed: {' and '.join(renamed)}, and files have it under either name"
        raise _invalid(
            table, "renamed-column", message, "let Spark or Trino write the table's rows to another"
        )


def _versions(table: Path) -> dict[int, Path]:
    """The committed metadata of a table, by the number of the version."""
    found = {}
    for metadata in (table / "metadata").glob("*.metadata.json"):
        named = _COMMITTED.fullmatch(metadata.name)
        if named is not None:
            found[int(named[1] or named[2])] = metadata
    return found


def _path(uri: str) -> str:
    """The path of `file:/lake/a`, `file:///lake/a` or `/lake/a`, as it is: the folder of a day `a%20b` is called so."""
    return re.sub(r"^file:/+", "/", uri).rstrip("/")


def _invalid(place: Path, code: str, message: str, hint: str | None = None) -> InputError:
    return InputError(Diagnostic(code=code, location=str(place), message=message, hint=hint))
