"""The Flink job that runs rules over a history, on a MiniCluster of this process."""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import numpy as np
import pyarrow as pa
import pyarrow.json as pa_json

from pyflink_cep._files.history import ROW, TIME
from pyflink_cep._files.sql_types import json_lines, quote
from pyflink_cep._local_cluster import ANY_PORT, rest_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from pyflink.common.job_client import JobClient
    from pyflink.table import StatementSet, StreamTableEnvironment, Table

    from pyflink_cep._files.history import History
    from pyflink_cep._rules import Rules

# Each reader is a source of its own, with a task on each core: more would take network buffers, and bring no speed.
_MOST_READERS = 4
_BATCH = 65_536
_POLL_SECONDS = 0.25
_LEAST_WATERMARK = -(2**63)
_ALERT = {
    "rule_id": "STRING",
    "rule_version": "BIGINT",
    "severity": "STRING",
    "status": "STRING",
    "key": "STRING",
    "started_at": "TIMESTAMP(3)",
    "ended_at": "TIMESTAMP(3)",
    "measures": "STRING",
    "events": "STRING",
}
_PROBLEM = {"rule_id": "STRING", "rule_version": "BIGINT", "outcome": "STRING", "message": "STRING"}
_ARROW = {"STRING": pa.string(), "BIGINT": pa.int64(), "TIMESTAMP(3)": pa.timestamp("ms")}


@dataclass(frozen=True)
class Ran:
    """What a run gave.

    Attributes:
        alerts: By name of the rules: a row an alert, in an order that is always the same. `rows` are the places of
            its events in the history; `key` and `measures` are JSON; times are in UTC.
        problems: By name of the rules: a row for each kind of thing that went wrong with a rule on an event.
        seconds: From the start of the job to its end.
    """

    alerts: Mapping[str, pd.DataFrame]
    problems: Mapping[str, pd.DataFrame]
    seconds: float


def run(
    history: History,
    rules: Mapping[str, Rules],
    *,
    parallelism: int,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Ran:
    """Runs rules over a history in one job.

    Args:
        history: The events.
        rules: Sets of rules by name. Each is matched by itself; they share one read of the events.
        parallelism: Of the job. Alerts don't depend on it.
        on_progress: Is told the share of the history's time that all tasks have passed, now and then.

    Raises:
        PatternError: A rule doesn't fit the events.
        FlinkError: The job failed.
    """
    # Flink's modules take a second to import, which what is wrong with a call needn't wait for.
    from pyflink.common import Configuration
    from pyflink.datastream import StreamExecutionEnvironment
    from pyflink.table import StreamTableEnvironment
    from pyflink.table.expressions import col

    from pyflink_cep import match_rules

    configuration = Configuration()
    configuration.set_string("rest.bind-address", "127.0.0.1")
    configuration.set_string(*ANY_PORT)
    configuration.set_string("metrics.fetcher.update-interval", "500")
    configuration.set_string("taskmanager.memory.network.max", "512mb")
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_parallelism(parallelism)
    tables = StreamTableEnvironment.create(environment)
    tables.get_config().set_local_timezone("UTC")
    folder = Path(tempfile.mkdtemp(prefix="pyflink-cep-backtest-"))
    try:
        started = time.monotonic()
        events = _create_events(tables, history, folder, min(parallelism, _MOST_READERS))
        statements = tables.create_statement_set()
        for name, some_rules in rules.items():
            found = match_rules(events, some_rules, name=name)
            alerts, problems = f"{name}_alerts", f"{name}_problems"
            _insert(statements, found.matches, alerts, _ALERT, folder)
            # The others tell with which rules the job begins.
            went_wrong = found.status.where(col("outcome").in_("evaluation_error", "overload"))
            _insert(statements, went_wrong, problems, _PROBLEM, folder)
        job = _Job(statements.execute().get_job_client(), [*rules])
        job.wait(lambda watermark: on_progress(_share(watermark, history)))
        on_progress(1.0)
        seconds = time.monotonic() - started
        return Ran(
            {name: _read_alerts(folder / f"{name}_alerts") for name in rules},
            {name: _read_problems(folder / f"{name}_problems") for name in rules},
            seconds,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _create_events(tables: StreamTableEnvironment, history: History, folder: Path, readers: int) -> Table:
    """The table of the events: a union of sources with a file each, so that they are read side by side.

    Each has a watermark of its own, and the union's is the least of them: whichever reader is ahead, no event is
    late.
    """
    stored = history.table.append_column(ROW, pa.array(np.arange(len(history))))
    stored = stored.append_column(TIME, pa.array(history.times))
    schema = history.schema
    columns = [f"{quote(name)} {type_}" for name, type_ in schema.items()]
    rowtime = f"TO_TIMESTAMP_LTZ({quote(TIME)}, 3)"
    if not history.time_stays and history.rowtime_type == "TIMESTAMP(3)":
        rowtime = f"CAST({rowtime} AS TIMESTAMP(3))"
    if history.time_stays:
        time_column, visible = "__rowtime", [*schema, "__rowtime"]
    else:
        time_column, visible = history.time_field, [*schema]
        stored = stored.drop_columns([time_column])
        columns = [column for column in columns if not column.startswith(f"{quote(time_column)} ")]
    declared = [
        *columns,
        f"{quote(ROW)} BIGINT",
        f"{quote(TIME)} BIGINT",
        f"{quote(time_column)} AS {rowtime}",
        # Another event of the same time may follow.
        f"WATERMARK FOR {quote(time_column)} AS {quote(time_column)} - INTERVAL '0.001' SECOND",
    ]
    selected = ", ".join(map(quote, [*visible, ROW]))
    reads = []
    for part, runs in enumerate(history.parts(readers)):
        if not runs:
            continue
        # What is compressed is read from its beginning to its end; else Flink may read a large file in parts, in an
        # order of its own.
        path = folder / f"events-{part}.jsonl.gz"
        with gzip.open(path, "wb", compresslevel=1) as file:
            for start, end in runs:
                for batch in stored.slice(start, end - start).to_batches(_BATCH):
                    file.write(json_lines(batch))
        tables.execute_sql(
            f"CREATE TABLE events_{part} ({', '.join(declared)}) WITH ('connector' = 'filesystem', "
            f"'path' = '{path.as_uri()}', 'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601')"
        )
        reads.append(f"SELECT {selected} FROM events_{part}")
    return tables.sql_query(" UNION ALL ".join(reads))


def _insert(
    statements: StatementSet, rows: Table, name: str, columns: Mapping[str, str], folder: Path
) -> None:
    """Has the job write the columns of a table into a folder of files."""
    tables = rows._t_env
    path = folder / name
    path.mkdir()
    declared = ", ".join(f"{quote(column)} {type_}" for column, type_ in columns.items())
    tables.execute_sql(
        f"CREATE TABLE {quote(name)} ({declared}) WITH ('connector' = 'filesystem', 'path' = '{path.as_uri()}', "
        "'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601')"
    )
    tables.create_temporary_view(f"{name}_found", rows)
    selected = ", ".join(f"CAST({quote(column)} AS {type_})" for column, type_ in columns.items())
    statements.add_insert_sql(f"INSERT INTO {quote(name)} SELECT {selected} FROM {quote(f'{name}_found')}")


class _Job:
    """A job under way, as its REST address tells of it."""

    def __init__(self, client: JobClient, operators: Sequence[str]) -> None:
        self._result = client.get_job_execution_result()
        self._url = f"{rest_url(client)}/jobs/{client.get_job_id()}"
        self._operators = operators

    def wait(self, on_watermark: Callable[[int], None]) -> None:
        """Waits for the end, and tells how far the operators are.

        Raises:
            FlinkError: The job failed.
        """
        furthest = _LEAST_WATERMARK
        while not self._result.done():
            # Before the job has begun and after it has ended there is nobody to answer.
            with suppress(OSError, ValueError, KeyError):
                # The tasks' numbers come one by one, and the slowest's may come last.
                furthest = max(self._watermark(), furthest)
                on_watermark(furthest)
            time.sleep(_POLL_SECONDS)
        # Flink's modules take a second to import, which what is wrong with a call needn't wait for.
        from pyflink_cep import _gateway

        with _gateway.flink_errors("backtest"):
            self._result.result()

    def _watermark(self) -> int:
        """How far in time the slowest task of the operators is, in milliseconds."""
        return min(
            int(metric["value"])
            for vertex in _get(self._url)["vertices"]
            # What a chain of operators is called begins with the name of the first.
            if vertex["name"].partition(" -> ")[0] in self._operators
            for metric in _get(f"{self._url}/vertices/{vertex['id']}/watermarks")
        )


def _get(url: str) -> Any:
    with urlopen(url, timeout=5) as response:
        return json.load(response)


def _share(watermark: int, history: History) -> float:
    first, last = int(history.times[0]), int(history.times[-1])
    return min(max((watermark - first) / max(last - first, 1), 0.0), 1.0)


def _read_alerts(folder: Path) -> pd.DataFrame:
    alerts = _read(folder, _ALERT)
    alerts["rows"] = [_rows(events) for events in alerts.pop("events")]
    order = ["ended_at", "started_at", "rule_id", "key", "rows", "measures"]
    return alerts.sort_values(order, kind="stable", ignore_index=True)


def _read_problems(folder: Path) -> pd.DataFrame:
    """One row a kind: each task tells of the first that it meets."""
    problems = _read(folder, _PROBLEM).sort_values([*_PROBLEM], ignore_index=True)
    return problems.drop_duplicates(ignore_index=True)


def _read(folder: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    schema = pa.schema([(column, _ARROW[type_]) for column, type_ in columns.items()])
    options = pa_json.ParseOptions(explicit_schema=schema)
    # A row is one line, and an alert of many events is a long one.
    read = [
        pa_json.read_json(part, pa_json.ReadOptions(block_size=part.stat().st_size), options)
        for part in sorted(folder.glob("part-*"))
        if part.stat().st_size
    ]
    return pa.concat_tables([schema.empty_table(), *read]).to_pandas()


def _rows(events: str) -> tuple[int, ...]:
    """The places of an alert's events in the history, from its events by step."""
    return tuple(sorted({event[ROW] for step in json.loads(events).values() for event in step}))
