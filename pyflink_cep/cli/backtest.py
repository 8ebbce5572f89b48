"""`pyflink-cep backtest`."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from pyflink_cep._schema_file import read_schema
from pyflink_cep.cli.console import say
from pyflink_cep.cli.options import Format, OutputFormat, RulePaths, SchemaFile

_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
_WIDTH = 160


def backtest(
    rules: RulePaths,
    events: Annotated[
        list[str],
        typer.Option(
            metavar="FILE",
            help="The history: Parquet, CSV or JSON lines, also with .gz; a file, a folder, a table of Iceberg "
            "by its folder, or a pattern in quotes. Can be given several times.",
        ),
    ],
    time: Annotated[
        str,
        typer.Option(
            metavar="FIELD",
            help="The events' time: a timestamp, ISO 8601 text, or a number of milliseconds or seconds since 1970.",
        ),
    ],
    label: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help="What is to be found: true or false, or a kind of incident; 0, false and nothing say no. "
            "Rules don't see it.",
        ),
    ] = None,
    schema: SchemaFile = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="RULES",
            exists=True,
            help="Older rules to compare with: a file or folder. Can be given several times.",
        ),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            metavar="DATE",
            formats=_DATES,
            help="Where the evaluated period begins, in UTC. Events before it still lead up to matches.",
        ),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            metavar="DATE",
            formats=_DATES,
            help="Where it ends, in UTC: this time and what follows is left out.",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Write a report with plots, as one file."),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, allow_dash=True, help="Write the numbers; - is stdout."),
    ] = None,
    output: OutputFormat = Format.TEXT,
    parallelism: Annotated[
        int, typer.Option(min=1, help="How many cores the job takes; without it, all.", show_default=False)
    ] = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
) -> None:
    """Run rules over a history with Flink, and tell what they find and how well.

    Example: pyflink-cep backtest rules --events payments.parquet --time paid_at --label fraud --html report.html
    """
    if start is not None and end is not None and start >= end:
        raise typer.BadParameter("it is not after --from", param_hint="--to")
    for written in (html, json):
        if written is not None and not written.parent.is_dir():
            raise typer.BadParameter(f"there is no folder {written.parent}", param_hint=f"{written}")

    # They take a second to import, which the other commands do without.
    from pyflink_cep._backtest.evaluation import Period
    from pyflink_cep._backtest.parquet_for_jobs import notices
    from pyflink_cep._backtest.report import render
    from pyflink_cep._backtest.run import run_backtest
    from pyflink_cep._backtest.summary import print_summary

    with _Stages() as stages:
        told = run_backtest(
            rules,
            events,
            time,
            label=label,
            schema=None if schema is None else read_schema(schema),
            against=against or None,
            period=Period(_utc(start), _utc(end)),
            parallelism=parallelism,
            on_stage=stages.begin,
            on_progress=stages.progress,
        )
    for notice in notices(events):
        say(f"{notice}\n")
    to_stdout = output is Format.JSON or json == Path("-")
    if to_stdout:
        typer.echo(told.to_json())
    else:
        # In a file or a pipe nothing is gained by narrow columns.
        print_summary(told, Console(width=None if sys.stdout.isatty() else _WIDTH))
    if json is not None and json != Path("-"):
        json.write_text(told.to_json() + "\n", encoding="utf-8")
        say(f"Numbers: {json.resolve()}")
    if html is not None:
        html.write_text(render(told), encoding="utf-8")
        say(f"Report: {html.resolve()}")


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)


class _Stages:
    """Shows on stderr how far the work is: as a bar on a terminal, and else as a line a stage."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task: Any = None

    def __enter__(self) -> _Stages:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, what: str) -> None:
        """Goes on to the next stage."""
        if self._bar.disable:
            print(what, file=sys.stderr, flush=True)
            return
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(what, total=None)

    def progress(self, share: float) -> None:
        """Shows how much of the stage is done."""
        if self._task is not None:
            self._bar.update(self._task, total=1.0, completed=share)
