"""`match` on tables, in real jobs on a MiniCluster."""

import json
from datetime import timedelta
from pathlib import Path

import pyflink
import pytest

from pyflink_cep import Pattern, Skip, match
from tests.integration.results import at, columns, rows

PROBED = (
    Pattern.begin("probe").where("amount < 1").followed_by("spend").where("amount > 500").within(minutes=10)
)
MEASURES = {"card": "spend.card", "probed": "probe.amount", "spent": "spend.amount"}
MINUTE = 60


def test_a_match_has_its_measures_and_the_time_of_its_last_event(payments):
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


def test_without_measures_a_match_has_the_rows_of_each_step(payments):
    pattern = PROBED.followed_by("refund").where("amount < 0").optional()
    found = match(payments(("a", 0.5, 1), ("a", 700, 4)), pattern, partition_by="card")
    event = "`card` STRING, `amount` DOUBLE, `merchant` STRING, `seq` INT, `paid_at` TIMESTAMP_LTZ(3)"
    assert columns(found.matches) == [
        f"`probe` ARRAY<ROW<{event}> NOT NULL> NOT NULL",
        f"`spend` ARRAY<ROW<{event}> NOT NULL> NOT NULL",
        f"`refund` ARRAY<ROW<{event}> NOT NULL> NOT NULL",
        "`rowtime` TIMESTAMP_LTZ(3) NOT NULL *ROWTIME*",
    ]
    found.matches._t_env.create_temporary_view("found", found.matches)
    counts = found.matches._t_env.sql_query(
        "SELECT probe[1].amount, CARDINALITY(probe), CARDINALITY(spend), CARDINALITY(refund) FROM found"
    )
    assert rows(counts) == [(0.5, 1, 1, 0)]


def test_the_rowtime_of_matches_is_of_the_kind_of_the_events(payments, tables):
    tables.get_config().set_local_timezone("Asia/Tokyo")
    events = payments(
        ("a", 0.5, 1),
        ("a", 700, 4),
        time="TIMESTAMPADD(SECOND, `ms` / 1000, TIMESTAMP '1970-01-01 00:00:00.000')",
    )
    found = match(events, PROBED, partition_by="card", measures={"card": "spend.card"})
    assert columns(found.matches) == ["`card` STRING", "`rowtime` TIMESTAMP(3) NOT NULL *ROWTIME*"]
    assert rows(found.matches) == [("a", at(4))]


def test_a_partial_match_times_out_when_its_window_has_passed(payments):
    found = match(
        payments(("a", 0.5, 1), ("b", 0.7, 2), ("b", 900, 3), ("a", 700, 1 + 10 * MINUTE)),
        PROBED,
        partition_by="card",
        measures=MEASURES,
    )
    assert columns(found.timeouts) == columns(found.matches)
    assert rows(found.timeouts) == [(None, 0.5, None, at(1 + 10 * MINUTE))]


def test_a_late_event_goes_to_the_late_output_as_it_was(payments):
    events = payments(("a", 0.5, 10), ("a", 1.5, 20), ("a", 700, 15, "late"), ("a", 700, 30))
    found = match(events, PROBED, partition_by="card", measures=MEASURES)
    assert columns(found.late) == columns(events)
    assert rows(found.late) == [("a", 700.0, "late", 0, at(15))]
    assert rows(found.matches) == [("a", 0.5, 700.0, at(30))]


def test_an_event_within_the_allowed_lateness_takes_its_place(payments):
    found = match(
        payments(("a", 0.5, 10), ("a", 1.5, 20), ("a", 700, 15), ("a", 800, 30), ("a", 900, 9)),
        PROBED,
        partition_by="card",
        measures=MEASURES,
        allowed_lateness=timedelta(seconds=10),
    )
    assert rows(found.late) == [("a", 900.0, "shop", 0, at(9))]
    assert rows(found.matches) == [("a", 0.5, 700.0, at(15))]


def test_order_by_orders_events_of_the_same_time(payments):
    events = payments(
        ("a", 700, 1, "shop", 2), ("a", 0.5, 1, "shop", 1), watermark="`paid_at` - INTERVAL '0.001' SECOND"
    )
    assert rows(match(events, PROBED, partition_by="card", measures=MEASURES).matches) == []
    found = match(events, PROBED, partition_by="card", measures=MEASURES, order_by="seq")
    assert rows(found.matches) == [("a", 0.5, 700.0, at(1))]


def test_a_key_of_several_columns_keeps_their_events_apart(payments):
    found = match(
        payments(
            ("a", 0.5, 1, "x"),
            ("a", 0.6, 2, "y"),
            ("a", 700, 3, "y"),
            (None, 0.7, 4, "y"),
            (None, 800, 5, "y"),
        ),
        PROBED,
        partition_by=["card", "merchant"],
        measures={"card": "probe.card", "merchant": "probe.merchant", "probed": "probe.amount"},
    )
    assert rows(found.matches) == [("a", "y", 0.6, at(3)), (None, "y", 0.7, at(5))]


def test_without_a_key_all_events_meet(payments):
    found = match(
        payments(("a", 0.5, 1), ("b", 700, 2)),
        PROBED,
        partition_by=[],
        measures={"first": "probe.card", "second": "spend.card"},
    )
    assert rows(found.matches) == [("a", "b", at(2))]


def test_the_clock_drives_processing_time(payments):
    found = match(
        payments(("a", 0.5, 9), ("a", 700, 1)),
        PROBED,
        partition_by="card",
        measures={"probed": "probe.amount"},
        time="processing",
    )
    assert columns(found.matches) == ["`probed` DOUBLE", "`rowtime` TIMESTAMP_LTZ(3) NOT NULL"]
    found.matches._t_env.create_temporary_view("found", found.matches)
    now = "ABS(TIMESTAMPDIFF(MINUTE, rowtime, CURRENT_TIMESTAMP)) < 5"
    assert rows(found.matches._t_env.sql_query(f"SELECT probed, {now} FROM found")) == [(0.5, True)]


def test_the_oldest_partial_match_makes_room_for_a_new_one(payments):
    found = match(
        payments(("a", 0.1, 1), ("a", 0.2, 2), ("a", 0.3, 3), ("a", 700, 4)),
        PROBED,
        partition_by="card",
        measures={"probed": "probe.amount"},
        max_partial_matches=2,
    )
    assert rows(found.matches) == [(0.2, at(4)), (0.3, at(4))]


def test_several_patterns_on_a_table_share_one_read_of_it(environment, tables, payments):
    events = payments(("a", 0.5, 1), ("a", 0.6, 2), ("a", 700, 4))
    bursts = Pattern.begin("burst", skip=Skip.past_last_event()).where("amount < 1").times(2)
    probed = match(events, PROBED, partition_by="card", measures={"card": "spend.card"})
    burst = match(events, bursts, partition_by=["merchant"], measures={"card": "LAST(burst.card)"})
    other = match(events, bursts, partition_by="card", measures={"card": "LAST(burst.card)"})
    tables.execute_sql(
        "CREATE TABLE alerts (card STRING, paid_at TIMESTAMP_LTZ(3)) WITH ('connector' = 'print')"
    )
    statements = tables.create_statement_set()
    statements.add_insert("alerts", probed.matches)
    statements.add_insert("alerts", burst.matches)
    statements.attach_as_datastream()
    nodes = [node["type"] for node in json.loads(environment.get_execution_plan())["nodes"]]
    assert sum("Source: Collection" in node for node in nodes) == 1
    assert rows(other.matches.union_all(probed.matches)) == [("a", at(2)), ("a", at(4)), ("a", at(4))]


def test_results_are_tables_to_query_and_to_write(tables, payments, tmp_path):
    found = match(
        payments(("a", 0.5, 1), ("a", 700, 4), ("a", 0.5, 5), ("a", 700, 65)),
        PROBED,
        partition_by="card",
        measures=MEASURES,
    )
    tables.create_temporary_view("found", found.matches)
    tables.execute_sql(
        "CREATE TABLE spent (card STRING, minute_end TIMESTAMP(3), spent DOUBLE)"
        f" WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{tmp_path}')"
    )
    tables.execute_sql(
        "INSERT INTO spent SELECT card, window_end, SUM(spent)"
        " FROM TABLE(TUMBLE(TABLE found, DESCRIPTOR(rowtime), INTERVAL '1' MINUTE))"
        " GROUP BY card, window_start, window_end"
    ).wait()
    written = [json.loads(line) for file in tmp_path.glob("part-*") for line in file.read_text().splitlines()]
    assert sorted(written, key=repr) == [
        {"card": "a", "minute_end": "1970-01-01 00:01:00", "spent": 700.0},
        {"card": "a", "minute_end": "1970-01-01 00:02:00", "spent": 700.0},
    ]


@pytest.mark.parametrize(
    ("backend", "reuse"), [("hashmap", "true"), ("hashmap", "false"), ("rocksdb", "true")]
)
def test_a_checkpointed_job_finds_the_same(environment, tables, tmp_path, backend, reuse):
    tables.get_config().set("state.backend.type", backend)
    tables.get_config().set("pipeline.object-reuse", reuse)
    tables.get_config().set("execution.checkpointing.interval", "50 ms")
    tables.get_config().set("execution.checkpointing.dir", tmp_path.as_uri())
    tables.execute_sql(
        "CREATE TABLE numbers (n INT, made_at AS TO_TIMESTAMP_LTZ(n * 1000, 3), WATERMARK FOR made_at AS made_at)"
        " WITH ('connector' = 'datagen', 'rows-per-second' = '2000', 'fields.n.kind' = 'sequence',"
        "'fields.n.start' = '0', 'fields.n.end' = '1999')"
    )
    pairs = Pattern.begin("even").where("n % 2 = 0").next("odd").where("n = even.n + 1")
    found = match(tables.from_path("numbers"), pairs, partition_by=[], measures={"n": "odd.n"})
    assert rows(found.matches) == sorted(((n, at(n)) for n in range(1, 2000, 2)), key=repr)


def test_the_jar_goes_along_with_those_of_the_table_environment(tables, payments):
    [other] = Path(pyflink.__file__).parent.glob("lib/flink-csv-*.jar")
    tables.get_config().set("pipeline.jars", other.as_uri())
    found = match(payments(("a", 0.5, 1), ("a", 700, 4)), PROBED, partition_by="card", measures=MEASURES)
    assert rows(found.matches) == [("a", 0.5, 700.0, at(4))]
