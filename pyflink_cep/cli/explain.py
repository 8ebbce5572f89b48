"""`pyflink-cep explain`."""

from __future__ import annotations

import base64
import json
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pyflink_cep._rules import Rules
from pyflink_cep._schema_file import read_schema
from pyflink_cep.cli.console import as_json, say
from pyflink_cep.cli.options import SchemaFile  # noqa: TC001 - typer reads it
from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from pyflink_cep._rules import Rule
    from pyflink_cep.explaining import Explanation

# How --key names the key of the events that have none.
_NULL = "NULL"
# An explanation is there to be read: more events than this are no reading.
_MOST_EVENTS = 20_000


class Format(StrEnum):
    """How an explanation is written."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"


def explain(
    rule: Annotated[Path, typer.Argument(metavar="RULE", exists=True, help="A rule document.")],
    events: Annotated[
        list[str],
        typer.Option(
            metavar="FILE",
            help="The events: Parquet, CSV or JSON lines, also with .gz; a file, a folder, a table of Iceberg"
            " by its folder, or a pattern in quotes. Can be given several times.",
        ),
    ],
    key: Annotated[
        str | None,
        typer.Option(
            metavar="VALUE",
            help="The one key to explain: the value of its column, or a JSON object where there are several."
            " NULL, or null in the object, is the key of events that have none.",
        ),
    ] = None,
    time: Annotated[
        str,
        typer.Option(
            metavar="FIELD",
            help="The events' time: a timestamp, ISO 8601 text, or a number of milliseconds or seconds since 1970.",
        ),
    ] = "ts",
    schema: SchemaFile = None,
    all_columns: Annotated[
        bool,
        typer.Option("--all", help="Show all columns of the events, and not those alone that the rule uses."),
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there, and not to stdout.")
    ] = None,
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="Text, a page in one file, or JSON for a program. Without it a file that ends in .html is a page,"
            " and all else text.",
        ),
    ] = None,
) -> None:
    """Say why a rule fired on events, or did not: what was tried, why it was false, and what came nearest.

    Example: pyflink-cep explain rules/card_fraud/card-testing.yaml --events payments.csv --time paid_at --key c17
    """
    if format_ is None:
        page = output is not None and output.suffix in (".html", ".htm")
        format_ = Format.HTML if page else Format.TEXT
    rules = Rules.load(rule)
    if len(rules.sources) > 1:
        raise typer.BadParameter(
            f"{rule} has {len(rules.sources)} rules, and an explanation is of one", param_hint="RULE"
        )
    columns = None if schema is None else read_schema(schema)
    checked, explanation = _explain(rules, events, key, time, columns)
    match format_:
        case Format.JSON:
            rule_data = {"id": checked.id, "version": checked.version, "source": checked.source}
            text = as_json({"rule": rule_data, **explanation.to_data()})
        case Format.HTML:
            text = explanation.to_html(
                f"{checked.id} v{checked.version}: why it fired, or did not", all_columns=all_columns
            )
        case Format.TEXT:
            text = explanation.to_text(all_columns=all_columns)
    if output is None:
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
        say(f"Written to {output.resolve()}")


def _explain(
    rules: Rules, files: Sequence[str], key: str | None, time: str, columns: Mapping[str, str] | None
) -> tuple[Rule, Explanation]:
    # They take a second to import, which the other commands do without.
    import numpy as np

    from pyflink_cep._files.checking import check_rules
    from pyflink_cep._files.explained import explain_rows
    from pyflink_cep._files.history import read_history

    history = read_history(files, time, schema=columns)
    (rule,) = check_rules(rules, history)
    rows = np.arange(len(history))
    if key is not None:
        rows = rows[_of_key(history.table, rule.partition_by, key).to_numpy(zero_copy_only=False)]
    if not len(rows):
        raise _no_events(rule.partition_by, key, history.table)
    if len(rows) > _MOST_EVENTS:
        raise InputError(
            Diagnostic(
                code="too-many-events",
                location="--events",
                message=f"there are {len(rows):,} events, and an explanation is of {_MOST_EVENTS:,} at most",
                hint="name one key with --key, or leave out events of other times",
            )
        )
    return rule, explain_rows(rule, history, rows)


def _of_key(table: pa.Table, columns: Sequence[str], key: str) -> Any:
    """Which events have the key; values are compared as they are written."""
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = None
    for column, value in _wanted(columns, key).items():
        is_null = pc.is_null(table[column])
        if value is None:
            equal = is_null
        else:
            equal = pc.fill_null(pc.equal(_texts(table[column]), value), False)
            if value == _NULL and not pc.any(equal).as_py():
                equal = is_null
        mask = equal if mask is None else pc.and_(mask, equal)
    return mask.combine_chunks() if isinstance(mask, pa.ChunkedArray) else mask


def _texts(column: pa.ChunkedArray) -> Any:
    """The values of a key's column as text; bytes as base64."""
    import pyarrow as pa

    if not pa.types.is_binary(column.type):
        return column.cast(pa.string())
    values = column.to_pylist()
    return pa.chunked_array(
        [
            pa.array(
                [None if value is None else base64.b64encode(value).decode() for value in values], pa.string()
            )
        ]
    )


def _wanted(columns: Sequence[str], key: str) -> Mapping[str, str | None]:
    if not columns:
        raise typer.BadParameter(
            "the rule has no partition_by: all events are of one key", param_hint="--key"
        )
    if len(columns) == 1 and not key.startswith("{"):
        return {columns[0]: key}
    try:
        wanted = json.loads(key)
    except json.JSONDecodeError:
        wanted = None
    if not isinstance(wanted, dict) or set(wanted) != set(columns):
        example = json.dumps(dict.fromkeys(columns, "…"), ensure_ascii=False)
        raise typer.BadParameter(
            f"the key has the columns {', '.join(columns)}: give a JSON object, such as {example}",
            param_hint="--key",
        )
    return {
        column: value if value is None or isinstance(value, str) else json.dumps(value)
        for column, value in wanted.items()
    }


def _no_events(columns: Sequence[str], key: str | None, table: pa.Table) -> InputError:
    from pyflink_cep.errors import did_you_mean

    known = []
    if columns:
        values = _texts(table[columns[0]]).unique().to_pylist()[:1000]
        known = [_NULL if value is None else value for value in values]
    return InputError(
        Diagnostic(
            code="unknown-key",
            location="--key",
            message=f"no event has the key {key}",
            hint=did_you_mean(str(key), known, "Keys") if len(known) <= 10 else None,
        )
    )
