"""The lines of event files: which are broken, and where an event stands. For errors alone, as it is slow."""

from __future__ import annotations

import csv
import gzip
import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pyflink_cep.errors import Diagnostic

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

_MOST_ERRORS = 10
_LONGEST_SHOWN = 200
# What a value of JSON is called, by its type in Python.
KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    dict: "an object",
    list: "a list",
}


def broken_lines(path: Path, format_: str) -> list[Diagnostic]:
    """What is wrong with the lines of a CSV or JSON lines file, ten at most."""
    found = _broken_csv(path) if format_ == "CSV" else _broken_json(path)
    return list(islice(found, _MOST_ERRORS))


def line_of(path: Path, format_: str, row: int) -> int:
    """The line, from 1, on which an event begins.

    Args:
        path: A CSV or JSON lines file.
        format_: Which of the two.
        row: The event's place in the file, from 0.
    """
    if format_ == "CSV":
        # The first record names the columns.
        return next(islice(_records(path), row + 1, None)).line
    return next(islice(_objects(path), row, None))[0]


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of a CSV file, which goes on over several lines where a value in quotes does."""

    line: int
    last_line: int
    values: list[str]


def _text(path: Path) -> io.TextIOBase:
    with path.open("rb") as raw:
        opener: Any = gzip.open if raw.read(2) == b"\x1f\x8b" else open
    text: io.TextIOBase = opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return text


def _records(path: Path) -> Iterator[_Record]:
    with _text(path) as text:
        reader = csv.reader(text)
        before = 0
        for values in reader:
            if values:
                yield _Record(before + 1, reader.line_num, values)
            before = reader.line_num


def _broken_csv(path: Path) -> Iterator[Diagnostic]:
    columns: list[str] = []
    records = _records(path)
    line = 0
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            yield _at_line(path, line + 1, "unreadable-line", f"this is not CSV: {error}")
            return
        line = record.last_line
        columns = columns or record.values
        if any(map(_is_not_utf8, record.values)):
            yield _at_line(path, record.line, "wrong-encoding", "the line is not UTF-8")
        elif len(record.values) != len(columns):
            message = (
                f"expected {_counted(len(columns), 'value')}, one for each column, found {len(record.values)}"
            )
            if len(record.values) < len(columns):
                message += f": `{columns[len(record.values)]}` is missing"
            hint = None
            if record.last_line > record.line:
                hint = f"a value in quotes goes on to line {record.last_line}: is a closing quote missing?"
            elif len(record.values) > len(columns):
                hint = 'a value with a comma in it is written in quotes: "1,200.00"'
            yield _at_line(path, record.line, "wrong-count", message, hint=hint)


def _objects(path: Path) -> Iterator[tuple[int, str]]:
    with _text(path) as text:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield number, line.rstrip("\r\n")


def _broken_json(path: Path) -> Iterator[Diagnostic]:
    for number, line in _objects(path):
        if _is_not_utf8(line):
            yield _at_line(path, number, "wrong-encoding", "the line is not UTF-8")
            continue
        try:
            value = json.loads(line)
        except RecursionError:
            yield _at_line(path, number, "unreadable-line", "the object is nested too deep")
            continue
        except json.JSONDecodeError as error:
            message = f"this is not JSON: {error.msg[0].lower()}{error.msg[1:]}"
            names = re.findall(r'"((?:[^"\\]|\\.)*)"\s*:', line[: error.pos])
            if names:
                message += f", in or after `{names[-1]}`"
            yield _at_line(path, number, "unreadable-line", message, column=error.colno, length=1)
            continue
        if not isinstance(value, dict):
            message = f"expected an object, found {KINDS.get(type(value), 'null')}"
            yield _at_line(path, number, "unreadable-line", message)
            continue


def _is_not_utf8(text: str) -> bool:
    return any("\udc80" <= char <= "\udcff" for char in text)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _at_line(
    path: Path,
    line: int,
    code: str,
    message: str,
    *,
    column: int = 1,
    length: int | None = None,
    hint: str | None = None,
) -> Diagnostic:
    """An error on a line, which is shown where it is short enough to be read."""
    with _text(path) as text:
        shown = next(islice(text, line - 1, None), "").rstrip("\r\n")
    if not shown or len(shown) > _LONGEST_SHOWN or _is_not_utf8(shown):
        return Diagnostic(code=code, location=f"{path}:{line}:{column}", message=message, hint=hint)
    return Diagnostic(
        code=code,
        location=str(path),
        message=message,
        source="\n" * (line - 1) + shown,
        line=line,
        column=column,
        length=len(shown) if length is None else length,
        hint=hint,
    )
