"""Matching the rows of tables and streams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pyflink_cep._keywords import known_keywords
from pyflink_cep._plan import write_plan
from pyflink_cep._vain_clauses import warn_of_vain_clauses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from pyflink.datastream import DataStream
    from pyflink.table import Table

    from pyflink_cep._pattern import Pattern
    from pyflink_cep._plan import Time

# Tables in, tables out; streams in, streams out.
Events = TypeVar("Events", "Table", "DataStream")


@dataclass(frozen=True, slots=True)
class Found(Generic[Events]):
    """What `match` found: tables where it was given a table, streams where it was given a stream.

    Only what a job reads of it is computed.

    Attributes:
        matches: One row a match: the measures, and `rowtime`, the time of the match's last event, or the later one
            at which it was certain, where a skip strategy or a `not_followed_by` made it wait.
        timeouts: One row a partial match that ran out of time: the measures over what it had taken, and `rowtime`,
            the time at which it ran out.
        late: The events that came after the watermark had passed them, as they were.
    """

    matches: Events
    timeouts: Events
    late: Events


@known_keywords
def match(
    events: Events,
    pattern: Pattern,
    *,
    partition_by: str | Sequence[str] | None,
    measures: Mapping[str, str] | None = None,
    order_by: str | Sequence[str] | None = None,
    time: Time = "event",
    allowed_lateness: timedelta | None = None,
    max_partial_matches: int | None = None,
    name: str | None = None,
) -> Found[Events]:
    """Finds a pattern in the rows of a table or stream, key by key.

    The matching runs on the JVM, in one operator of the job. Several patterns on one `Table` object share one read
    of it.

    Args:
        events: A Table of a StreamTableEnvironment, with a rowtime attribute (a column with a watermark); or a
            DataStream of named rows, to which timestamps and watermarks were assigned.
        pattern: What to look for.
        partition_by: The columns of the key. Events of different keys never meet in a match. With None, or an empty
            list, all events are of one key, and one task matches them all. NULL is a key like any other: filter such
            events before, where it means unknown.
        measures: The columns of a match: names to SQL expressions over its steps, such as ``COUNT(probe)``. With
            None there is a column for each step, an array of the rows that it took.
        order_by: The columns that order events of the same time. Without them those keep the order in which they
            came.
        time: "event": by the events' own time, in the order of time. "processing": by the clock of the machine, in
            the order in which they come.
        allowed_lateness: How long an event is held back after the watermark has passed it, so that one that is late
            by no more still takes its place in order. Matches come later by as much.
        max_partial_matches: How many partial matches a key may have. Over it, the oldest one is dropped, and counted
            in the metric `numPartialMatchesDropped`. Without it, 10,000.
        name: The operator's name: in Flink's web UI, in its metrics, and in savepoints, where its state is found by
            it. Without it, one made of the names of the steps.

    Returns:
        The matches, the timeouts and the late events, of the same kind as `events`. In a table, `rowtime` is a rowtime
        attribute of the same type as that of `events`, or a plain TIMESTAMP_LTZ(3) with ``time="processing"``. In a
        stream it is in milliseconds, and also the timestamp of the record.

    Warns:
        PatternWarning: Clauses of the pattern have no effect.

    Raises:
        PatternError: The pattern, a measure or a column doesn't fit the events, or the events can't be matched. All
            that is wrong is reported at once.
        InputError: An argument has a value that it can't have.
        ArgumentTypeError: An argument is of the wrong type.
        JarNotFoundError: This is a source checkout whose jar was not built.
        JavaError: There is no Java, or one that is too old.

    Example:
        >>> from pyflink.datastream import StreamExecutionEnvironment
        >>> from pyflink.table import StreamTableEnvironment
        >>> from pyflink_cep import Pattern, match
        >>> tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
        >>> _ = tables.execute_sql('''
        ...     CREATE TABLE payments (
        ...         card_id STRING, amount DOUBLE, paid_at TIMESTAMP_LTZ(3),
        ...         WATERMARK FOR paid_at AS paid_at - INTERVAL '5' SECOND
        ...     ) WITH ('connector' = 'datagen')
        ... ''')
        >>> card_testing = (
        ...     Pattern.begin("probe").where("amount < 1").times_or_more(3)
        ...     .followed_by("spend").where("amount > 500")
        ...     .within(minutes=10)
        ... )
        >>> found = match(
        ...     tables.from_path("payments"),
        ...     card_testing,
        ...     partition_by="card_id",
        ...     measures={"card_id": "spend.card_id", "probes": "COUNT(probe)", "spent": "spend.amount"},
        ... )
        >>> found.matches.get_schema().get_field_names()
        ['card_id', 'probes', 'spent', 'rowtime']
    """
    # Flink's modules take a second to import, which patterns and their documents do without.
    from pyflink_cep import _gateway

    plan = write_plan(
        pattern,
        partition_by=partition_by,
        measures=measures,
        order_by=order_by,
        time=time,
        allowed_lateness=allowed_lateness,
        max_partial_matches=max_partial_matches,
        name=name,
    )
    warn_of_vain_clauses(pattern)
    return Found(*_gateway.match(events, plan))
