"""The files of a table of Iceberg: those that it consists of now, not those that were replaced and are still there."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyflink_cep.errors import Diagnostic, InputError


def tables_in(folder: Path) -> list[Path]:
    """The folders of tables that a folder is, or has in it."""
    return sorted({metadata.parent.parent for metadata in folder.rglob("metadata/*.metadata.json")})


def table_of(folder: Path) -> Path | None:
    """The table that a folder belongs to, as its files of data do; None for another folder."""
    return next((above for above in folder.absolute().parents if _metadata(above)), None)


def data_files(table: Path) -> list[Path]:
    """The files that a table consists of now.

    Args:
        table: Its folder, with `metadata` and `data` in it.

    Raises:
        InputError: The library to read tables isn't installed, or the table can't be read.
    """
    try:
        from pyiceberg.table import StaticTable
    except ImportError as error:
        hint = "pip install 'pyflink-cep[lake]'"
        raise _invalid(
            table, "missing-library", "to read a table of Iceberg takes pyiceberg", hint
        ) from error
    newest = max(_metadata(table), key=_version)
    try:
        read = StaticTable.from_metadata(str(newest))
        tasks = list(read.scan().plan_files())
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise _invalid(newest, "unreadable-table", f"the table of Iceberg can't be read: {reason}") from error
    if any(task.delete_files for task in tasks):
        message = "the table has rows that are marked as deleted, which its files alone don't tell"
        raise _invalid(table, "deleted-rows", message, "let Spark or Trino rewrite them: rewrite_data_files")
    written_at = _path(read.location())
    return sorted(table / Path(_path(task.file.file_path)).relative_to(written_at) for task in tasks)


def _metadata(table: Path) -> list[Path]:
    return list((table / "metadata").glob("*.metadata.json"))


def _version(metadata: Path) -> int:
    """Of `v12.metadata.json`, or of `00012-….metadata.json` as other catalogs have it."""
    (number,) = re.findall(r"^v?(\d+)", metadata.name) or ["-1"]
    return int(number)


def _path(uri: str) -> str:
    """The path of `file:/lake/a`, `file:///lake/a` or `/lake/a`; of others, where they are in their store."""
    return unquote(urlsplit(uri).path)


def _invalid(place: Path, code: str, message: str, hint: str | None = None) -> InputError:
    return InputError(Diagnostic(code=code, location=str(place), message=message, hint=hint))
