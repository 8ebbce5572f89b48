"""A table that several queries read is computed once, in jobs."""

import pytest
from pyflink.common import Types
from pyflink.table import DataTypes
from pyflink.table.udf import udf

from pyflink_cep import ArgumentTypeError, InputError, Pattern, match, read_once
from tests.integration.results import at, columns, rows


def test_its_readers_get_the_very_same_rows(tables, payments):
    drawn = udf(lambda card: hash((card, object())), result_type=DataTypes.BIGINT(), deterministic=False)
    tables.create_temporary_system_function("drawn", drawn)
    events = payments(*((f"c{i}", i, i) for i in range(20)))
    once = read_once(tables.sql_query(f"SELECT card, amount, drawn(card) AS ticket FROM {events}"))

    small = tables.sql_query(f"SELECT card, ticket FROM {once} WHERE amount < 10")
    every = tables.sql_query(f"SELECT card, ticket FROM {once}")
    both = tables.sql_query(f"SELECT 'small', * FROM {small} UNION ALL SELECT 'every', * FROM {every}")

    tickets = {"small": {}, "every": {}}
    for reader, card, ticket in rows(both):
        tickets[reader][card] = ticket
    assert len(tickets["every"]) == 20
    assert tickets["small"] == {f"c{i}": tickets["every"][f"c{i}"] for i in range(10)}


def test_a_rowtime_stays_one_so_that_its_events_are_matched(payments):
    events = payments(("c1", 5, 1), ("c2", 5, 1), ("c1", 7, 2))
    once = read_once(events)

    assert columns(once) == columns(events)
    found = match(
        once,
        Pattern.begin("two").times(2).consecutive(),
        partition_by="card",
        measures={"least": "MIN(two.amount)", "most": "MAX(two.amount)"},
    )
    assert rows(found.matches) == [(5.0, 7.0, at(2))]


def test_a_table_without_a_time_has_none_afterwards(tables):
    events = tables.from_elements([("p1", 1), ("p2", 2)], ["id", "n"])

    assert sorted(rows(read_once(events))) == [("p1", 1), ("p2", 2)]


def test_it_can_become_a_stream_again(tables, payments):
    stream = tables.to_data_stream(read_once(payments(("c1", 5, 1), ("c2", 7, 2))))

    with stream.map(lambda row: f"{row[0]} {row[1]}", Types.STRING()).execute_and_collect() as collected:
        assert sorted(collected) == ["c1 5.0", "c2 7.0"]


def test_a_table_that_is_updated_is_refused(tables, payments):
    totals = tables.sql_query(
        f"SELECT card, SUM(amount) AS total FROM {payments(('c1', 5, 1))} GROUP BY card"
    )

    with pytest.raises(InputError) as raised:
        read_once(totals)

    assert [diagnostic.code for diagnostic in raised.value.diagnostics] == ["updating-table"]


def test_what_is_no_table_is_refused(tables, payments):
    with pytest.raises(ArgumentTypeError) as raised:
        read_once(tables.to_data_stream(payments(("c1", 5, 1))))

    (diagnostic,) = raised.value.diagnostics
    assert (diagnostic.code, diagnostic.location) == ("wrong-type", "rows")


def test_whether_it_stays_active_is_yes_or_no(payments):
    with pytest.raises(ArgumentTypeError) as raised:
        read_once(payments(("c1", 5, 1)), stay_active="yes")

    (diagnostic,) = raised.value.diagnostics
    assert (diagnostic.code, diagnostic.location) == ("wrong-type", "stay_active")


def test_what_stays_active_has_the_same_rows_and_times(payments):
    events = payments(("c1", 5, 1), ("c2", 5, 1), ("c1", 7, 2))
    once = read_once(events, stay_active=True)

    assert columns(once) == columns(events)
    assert rows(once) == rows(events)
