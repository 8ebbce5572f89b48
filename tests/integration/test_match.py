"""`match` in real jobs, on a MiniCluster."""

from datetime import datetime, timedelta

from pyflink_cep import Pattern, match

PROBED = (
    Pattern.begin("probe").where("amount < 1").followed_by("spend").where("amount > 500").within(minutes=10)
)
MEASURES = {"card": "spend.card", "probed": "probe.amount", "spent": "spend.amount"}


def rows(table):
    """The rows of a table, as tuples in some order that is always the same."""
    # PyFlink can't collect an instant, but it can a timestamp.
    selected = [
        f"CAST(`{name}` AS TIMESTAMP(3))" if "TIMESTAMP_LTZ" in column else f"`{name}`"
        for name, column in zip(table.get_schema().get_field_names(), columns(table), strict=True)
    ]
    with table._t_env.sql_query(f"SELECT {', '.join(selected)} FROM {table}").execute().collect() as results:
        return sorted((tuple(row) for row in results), key=repr)


def columns(table):
    return [str(column) for column in table._j_table.getResolvedSchema().getColumns()]


def at(second):
    return datetime(1970, 1, 1) + timedelta(seconds=second)


def test_matches_of_a_table_are_its_measures_and_the_time_of_the_last_event(payments):
    found = match(
        payments(("a", 0.5, 1), ("b", 0.1, 2), ("a", 20, 3), ("a", 700, 4), ("b", 600, 5)),
        PROBED,
        partition_by="card",
        measures=MEASURES,
    )
    assert columns(found.matches) == [
        "`card` STRING",
        "`probed` DOUBLE",
        "`spent` DOUBLE",
        "`rowtime` TIMESTAMP_LTZ(3) NOT NULL *ROWTIME*",
    ]
    assert rows(found.matches) == [("a", 0.5, 700.0, at(4)), ("b", 0.1, 600.0, at(5))]
