"""Tables that several queries read, computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyflink_cep._keywords import known_keywords

if TYPE_CHECKING:
    from pyflink.table import Table


@known_keywords
def read_once(rows: Table, *, stay_active: bool = False) -> Table:
    """The same rows, so that all that read the result share one source and one computation.

    Flink plans each query down to its sources. Two that read one table can come to read its source twice, as where
    each filters it in another way; besides the cost, `CURRENT_WATERMARK` and functions that are not deterministic
    then give each of them other rows. What reads the result of `read_once` gets the very same rows, in the order in
    which they come; they are neither converted nor copied on the way. Filters and columns of the readers are not
    passed on to the source any more: select what is needed before.

    Args:
        rows: A Table of a StreamTableEnvironment whose rows are not updated.
        stay_active: Whether readers aren't told when the sources of `rows` are idle. Set it behind a temporal join
            whose result is keyed anew. When all was idle, and rows of a long time come at once, then its tasks
            become active in any order; readers would go by the first's watermark, and drop the others' rows as late.
            Leave it behind a source, whose idle partitions have to be told of, and where the result is joined or
            united with a stream that goes on meanwhile.

    Returns:
        The same columns. A rowtime attribute stays one, with the watermarks that `rows` has.

    Raises:
        InputError: The table doesn't fit.
        ArgumentTypeError: It is no Table.
        JarNotFoundError: This is a source checkout whose jar was not built.
        JavaError: There is no Java, or one that is too old.

    Example:
        >>> from pyflink.datastream import StreamExecutionEnvironment
        >>> from pyflink.table import StreamTableEnvironment
        >>> from pyflink_cep import collect, read_once
        >>> tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
        >>> payments = read_once(tables.from_elements([("p1", 5), ("p2", 700)], ["payment_id", "amount"]))
        >>> small, large = (tables.sql_query(f"SELECT * FROM {payments} WHERE amount {test}")
        ...                 for test in ("< 100", ">= 100"))
        >>> sorted(row["payment_id"] for row in collect(small.union_all(large)))
        ['p1', 'p2']
    """
    # Flink's modules take a second to import, which patterns and their documents do without.
    from pyflink_cep import _gateway

    return _gateway.read_once(rows, stay_active)
