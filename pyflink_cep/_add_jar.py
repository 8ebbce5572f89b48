"""The formats of the jar, for SQL statements that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyflink_cep._keywords import known_keywords

if TYPE_CHECKING:
    from pyflink.table import TableEnvironment


@known_keywords
def add_jar(tables: TableEnvironment) -> None:
    """Lets the statements of a table environment use the format `try-decode`, which is in the library's jar.

    `match`, `match_rules` and `deduplicate` add the jar to a job by themselves. A statement that names the format is
    read before: call this once, before the first CREATE TABLE that does. Where the jar is on the class path already,
    as by `flink run --jarfile` or in Flink's `lib`, nothing is added.

    Args:
        tables: The environment whose statements name the format.

    Raises:
        ArgumentTypeError: It is no TableEnvironment.
        JarNotFoundError: This is a source checkout whose jar was not built.
        JavaError: There is no Java, or one that is too old.

    Example:
        >>> from pyflink.datastream import StreamExecutionEnvironment
        >>> from pyflink.table import StreamTableEnvironment
        >>> from pyflink_cep import add_jar
        >>> tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
        >>> add_jar(tables)
        >>> _ = tables.execute_sql('''
        ...     CREATE TABLE payments (payment_id STRING, amount DECIMAL(10, 2)) WITH (
        ...         'connector' = 'filesystem', 'path' = 'payments',
        ...         'format' = 'try-decode', 'try-decode.format' = 'json'
        ...     )
        ... ''')
        >>> tables.from_path("payments").get_schema().get_field_names()
        ['payment_id', 'amount']
    """
    # Flink's modules take a second to import, which patterns and their documents do without.
    from pyflink_cep import _gateway

    _gateway.add_jar(tables)
