"""What a table or stream has, for comparison."""

from datetime import datetime, timedelta

from pyflink_cep import collect


def at(second):
    """A second of event time."""
    return datetime(1970, 1, 1) + timedelta(seconds=second)


def columns(table):
    return [str(column) for column in table._j_table.getResolvedSchema().getColumns()]


def rows(table):
    """The rows of a table as tuples, in an order that is always the same."""
    return sorted((tuple(map(_without_zone, row.values())) for row in collect(table)), key=repr)


def _without_zone(value):
    """An instant as the wall clock of UTC shows it, as `at` makes it."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def rows_of_stream(stream):
    """The rows of a stream as tuples, in an order that is always the same."""
    with stream.execute_and_collect() as results:
        return sorted(map(tuple, results), key=repr)
