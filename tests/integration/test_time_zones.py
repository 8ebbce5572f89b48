"""Sessions in time zones other than UTC: what is told of times is right for both kinds of rowtime."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pyflink.common import Row, Types
from pyflink.table import Schema
from pyflink.table.expressions import col

from pyflink_cep import Pattern, Rules, deduplicate, match, match_rules, read_once
from tests.integration.results import columns

# Both are half an hour from the others', and the second puts its clock forward and back.
ZONES = ["Asia/Kolkata", "America/St_Johns"]
# Times as a clock of the session shows them, as rowtimes of each kind.
KINDS = {
    "TIMESTAMP": "TO_TIMESTAMP(`text`)",
    "TIMESTAMP_LTZ": "CAST(TO_TIMESTAMP(`text`) AS TIMESTAMP_LTZ(3))",
}
PATTERN = (
    Pattern.begin("probe").where("amount < 10").followed_by("spend").where("amount > 100").within(minutes=5)
)
CLOCK = "DATE_FORMAT(TO_TIMESTAMP_LTZ(ROWTIME({step}), 3), 'HH:mm')"
RULE = {
    "id": "probe-spend",
    "version": 1,
    "partition_by": "card",
    "steps": [{"begin": "probe", "where": "amount < 10"}, {"followed_by": "spend", "where": "amount > 100"}],
    "within": "5 minutes",
    "measures": {"clock": CLOCK.format(step="spend"), "ms": "ROWTIME(spend)"},
}
# Winter and summer of the north, and long ago.
STARTS = [datetime(1971, 12, 31, 23, 59, 57), datetime(2026, 3, 1, 10), datetime(2026, 7, 1, 23, 58)]
LAST = datetime(2026, 8, 1, 12)


@pytest.fixture
def make(environment, tables):
    """Makes a table of (card, amount, time as a clock of the session shows it), with a rowtime of a kind."""

    def make(kind, payments):
        stream = environment.from_collection(
            [Row(card, float(amount), str(time)) for card, amount, time in payments],
            Types.ROW_NAMED(["card", "amount", "text"], [Types.STRING(), Types.DOUBLE(), Types.STRING()]),
        )
        schema = Schema.new_builder().column_by_expression("paid_at", KINDS[kind])
        table = tables.from_data_stream(stream, schema.watermark("paid_at", "`paid_at`").build())
        return table.drop_columns(col("text"))

    return make


def texts(tables, results):
    """The rows of some tables by one job: their columns as text, by the tables' names."""
    selected = []
    for name, table in results.items():
        names = [column.split("`")[1] for column in columns(table)]
        values = ", ".join(f"CAST(`{column}` AS STRING)" for column in names)
        selected.append(f"SELECT '{name}' AS name, ARRAY[{values}] AS `values` FROM {table}")
    found = {name: [] for name in results}
    with tables.sql_query(" UNION ALL ".join(selected)).execute().collect() as rows:
        for name, values in rows:
            found[name].append(values)
    return {name: sorted(rows) for name, rows in found.items()}


@pytest.mark.parametrize("zone", ZONES)
def test_times_are_those_of_the_events(tables, make, zone):
    tables.get_config().set_local_timezone(zone)
    rules = Rules.of(json.dumps(RULE))
    newer = json.dumps({**RULE, "version": 2})
    payments = [
        payment
        for card, start in enumerate(STARTS)
        for payment in ((f"c{card}", 5, start), (f"c{card}", 500, start + timedelta(seconds=5)))
    ]
    payments += [("open", 5, LAST), ("c9", 5, LAST + timedelta(hours=1)), ("late", 5, LAST)]
    results = {}
    for kind in KINDS:
        events = read_once(make(kind, payments))
        alerts = match_rules(events, rules, name=f"rules {kind}")
        results[f"alerts {kind}"] = alerts.matches.select(
            col("started_at"), col("ended_at"), col("rowtime"), col("measures")
        )
        results[f"late {kind}"] = alerts.late
        unique = deduplicate(events, ["card", "amount"], timedelta(days=1), name=f"unique {kind}")
        measures = {"paid_at": "spend.paid_at", "clock": CLOCK.format(step="spend"), "ms": "ROWTIME(spend)"}
        matched = match(unique, PATTERN, partition_by="card", measures=measures, name=f"match {kind}")
        results[f"matches {kind}"] = matched.matches
        waited = match(
            unique, PATTERN, partition_by="card", measures={"c": CLOCK.format(step="probe")}, name=kind
        )
        results[f"timeouts {kind}"] = waited.timeouts
        for updates_kind in KINDS:
            updates = make(updates_kind, [(newer, 0, STARTS[1])]).drop_columns(col("amount"))
            alerts = match_rules(events, rules, updates, name=f"rules of {kind} by {updates_kind}")
            results[f"updated {kind} by {updates_kind}"] = alerts.matches.select(
                col("rule_version"), col("started_at")
            )

    def shown(time):
        return time.strftime("%F %T.000")

    def ms(time):
        return int(time.replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000

    ends = [start + timedelta(seconds=5) for start in STARTS]
    pairs = list(zip(STARTS, ends, strict=True))
    expected = {}
    for kind in KINDS:
        expected[f"alerts {kind}"] = [
            [shown(start), shown(end), shown(end), f'{{"clock":"{end:%H:%M}","ms":{ms(end)}}}']
            for start, end in pairs
        ]
        expected[f"late {kind}"] = [["late", "5.0", shown(LAST)]]
        expected[f"matches {kind}"] = [[shown(end), f"{end:%H:%M}", str(ms(end)), shown(end)] for end in ends]
        expected[f"timeouts {kind}"] = [
            ["12:00", shown(LAST + timedelta(minutes=5))],
            ["13:00", shown(LAST + timedelta(hours=1, minutes=5))],
        ]
        for updates_kind in KINDS:
            expected[f"updated {kind} by {updates_kind}"] = [
                [version, shown(start)] for version, start in zip("122", STARTS, strict=True)
            ]
    assert texts(tables, results) == expected
