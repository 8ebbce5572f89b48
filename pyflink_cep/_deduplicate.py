"""Events that come several times, processed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyflink_cep._keywords import known_keywords
from pyflink_cep._plan import write_deduplication_plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from pyflink.table import Table


@known_keywords
def deduplicate(events: Table, key: str | Sequence[str], ttl: timedelta, *, name: str | None = None) -> Table:
    """Lets the first event of each key pass, and none of the same key that comes within a time after it.

    Call it behind all that may reject an event: what is rejected, mended and sent again has to pass then. In SQL,
    ``ROW_NUMBER() OVER (PARTITION BY … ORDER BY PROCTIME()) = 1`` does the same, but keeps each key for
    `table.exec.state.ttl`, which is that of all of a job's joins and aggregates as well; this keeps it for a time of
    its own.

    Args:
        events: A Table of a StreamTableEnvironment whose rows are not updated.
        key: The columns that tell an event from others, such as an id that its producer gave it. An event without
            one, where it is NULL, always passes.
        ttl: How long a key is kept after its first event, by the clock of the machine. All keys of that time are in
            the job's state.
        name: The operator's name: in Flink's web UI, in its metrics (`numDuplicates`), and in savepoints, where its
            state is found by it. Without it, one made of the key's columns.

    Returns:
        The same columns. A rowtime attribute stays one.

    Raises:
        InputError: The table or an argument doesn't fit.
        UnknownColumnError: The table has no such column.
        PatternError: `ttl` is no positive whole number of milliseconds.
        ArgumentTypeError: An argument is of the wrong type.
        JarNotFoundError: This is a source checkout whose jar was not built.
        JavaError: There is no Java, or one that is too old.

    Example:
        >>> from datetime import timedelta
        >>> from pyflink.datastream import StreamExecutionEnvironment
        >>> from pyflink.table import StreamTableEnvironment
        >>> from pyflink_cep import collect, deduplicate
        >>> tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
        >>> payments = tables.from_elements([("p1", 5), ("p2", 7), ("p1", 5)], ["payment_id", "amount"])
        >>> sorted(row["amount"] for row in collect(deduplicate(payments, "payment_id", timedelta(days=7))))
        [5, 7]
    """
    # Flink's modules take a second to import, which patterns and their documents do without.
    from pyflink_cep import _gateway

    return _gateway.deduplicate(events, write_deduplication_plan(key, ttl, name))
