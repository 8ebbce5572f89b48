"""What Flink reports, as errors that a reader can use."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyflink_cep._keywords import known_keywords

if TYPE_CHECKING:
    from collections.abc import Iterator


@known_keywords
@contextmanager
def flink_errors() -> Iterator[None]:
    """Raises what PyFlink reports within it as one short error.

    PyFlink shows the whole stack of Java, with all its causes. This shows the innermost cause, the table or the
    function that it is about, and for what is often forgotten the flag that mends it: a jar of connectors, a zip of
    Python functions. Other errors pass as they are.

    Raises:
        FlinkError: Flink refuses a statement, or a job failed. PyFlink's own error is its `__context__`.

    Example:
        >>> from pyflink.table import EnvironmentSettings, TableEnvironment
        >>> from pyflink_cep import flink_errors
        >>> tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
        >>> with flink_errors():
        ...     tables.execute_sql("SELECT card FROM payments")
        Traceback (most recent call last):
        ...
        pyflink_cep.errors.FlinkError: flink: error[flink-error]: From line 1, column 18 to line 1, column 25:
        Object 'payments' not found
    """
    # Flink's modules take a second to import, which patterns and their documents do without.
    from pyflink_cep import _gateway

    with _gateway.flink_errors("flink"):
        yield
