"""How the commands print: data on stdout, and what is said of it on stderr."""

from __future__ import annotations

import json
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyflink_cep.errors import CepError, Diagnostic

# The exit code where something was found to be wrong, and that after a wrong call.
FINDING, WRONG_CALL = 1, 2
# What an argument names, and isn't there or can't be used.
_OF_A_CALL = frozenset(
    {
        "missing-file",
        "no-rules",
        "present-version",
        "several-tables",
        "unknown-format",
        "unknown-rule",
        "unknown-table",
        "unknown-version",
    }
)
# A value has at least this width, however narrow the terminal.
_LEAST_WIDTH = 8


def stdout() -> Console:
    """Stdout, with colours where it is a terminal."""
    return Console(file=sys.stdout, highlight=False, emoji=False)


def say(text: str) -> None:
    """Says something that is not data."""
    typer.echo(text, err=True)


def print_json(value: Any) -> None:
    """Prints data for a program."""
    typer.echo(as_json(value), nl=False)


def as_json(value: Any) -> str:
    """Data as a program reads it."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as data. Of the source it has the line that is wrong."""
    fields: dict[str, Any] = {
        "code": diagnostic.code,
        "location": diagnostic.location,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    }
    if diagnostic.source is not None:
        fields |= {
            "line": diagnostic.line,
            "column": diagnostic.column,
            "length": diagnostic.length,
            "source_line": diagnostic.source_line,
        }
    return fields


def exit_code(error: CepError) -> int:
    """The exit code after an error: what is said of an option, or of what an argument names, is of a wrong call."""
    of_call = all(
        diagnostic.code in _OF_A_CALL or diagnostic.location.startswith("--")
        for diagnostic in error.diagnostics
    )
    return WRONG_CALL if of_call else FINDING


def labelled(rows: Sequence[tuple[str, str]], width: int, indent: int = 2) -> Text:
    """Values behind their labels, one below the other, wrapped to a width.

    A label that is that of the row before isn't repeated.

    Example:
        >>> print(labelled([("probe", "event 1, event 2"), ("probe", "event 3"), ("end", "event 4")], 18))
          probe  event 1,
                 event 2
                 event 3
          end    event 4
    """
    longest = max((len(label) for label, _ in rows), default=0)
    margin = " " * (indent + longest + 2)
    lines = []
    before = None
    for label, value in rows:
        shown = "" if label == before else label
        first = f"{' ' * indent}{shown:{longest}}  "
        lines += textwrap.wrap(
            value,
            max(width, len(margin) + _LEAST_WIDTH),
            initial_indent=first,
            subsequent_indent=margin,
            break_on_hyphens=False,
        ) or [first]
        before = label
    return Text("\n".join(line.rstrip() for line in lines))


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "rule"), counted(2, "rule")
        ('1 rule', '2 rules')
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
