"""What a table or stream has, for comparison."""

from datetime import datetime, timedelta


def at(second):
    """A second of event time."""
    return datetime(1970, 1, 1) + timedelta(seconds=second)


def columns(table):
    return [str(column) for column in table._j_table.getResolvedSchema().getColumns()]


def rows(table):
    """The rows of a table as tuples, in an order that is always the same."""
    # PyFlink can't collect an instant, but it can a timestamp.
    selected = [
        f"CAST(`{name}` AS TIMESTAMP(3))" if "TIMESTAMP_LTZ" in column else f"`{name}`"
        for name, column in zip(table.get_schema().get_field_names(), columns(table), strict=True)
    ]
    query = table._t_env.sql_query(f"SELECT {', '.join(selected)} FROM {table}")
    with query.execute().collect() as results:
        return sorted((tuple(row) for row in results), key=repr)


def collect(stream):
    """The rows of a stream as tuples, in an order that is always the same."""
    with stream.execute_and_collect() as results:
        return sorted(map(tuple, results), key=repr)
