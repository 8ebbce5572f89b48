"""`pyflink-cep backtest`, with real jobs on a MiniCluster."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pyflink_cep import _gateway
from pyflink_cep._backtest import job
from pyflink_cep._files.history import read_history
from pyflink_cep._fit import fit
from pyflink_cep._rules import Rules
from pyflink_cep.cli import app
from pyflink_cep.testing import find_matches

PROBES = """
id: card-testing
version: 2
description: Probes, then a large spend
partition_by: card_id
steps:
  - {begin: probe, where: amount < 1, times: 2}
  - {followed_by: spend, where: amount > 500 AND merchant <> LAST(probe.merchant)}
within: 10 minutes
skip: past_last_event
measures: {spent: spend.amount}
severity: high
"""
LARGE = """
id: large
version: 1
partition_by: [merchant]
steps: [{begin: payment, where: amount > 600}]
status: shadow
"""
# Minute, card, amount, merchant, label.
PAYMENTS = [
    (0, "c1", 0.5, "kiosk", 0),
    (1, "c1", 0.25, "kiosk", 0),
    (2, "c2", 700.0, "jeweller", 0),
    (3, "c1", 800.0, "jeweller", 1),
    (60, "c2", 0.5, "kiosk", 1),
    (61, "c2", 0.75, "kiosk", 1),
    (62, "c2", 550.0, "jeweller", 1),
    (120, "c3", 0.5, "kiosk", 1),
]


def rule_files(folder, *texts):
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text)
    return str(folder)


def payments():
    minutes, cards, amounts, merchants, labels = zip(*PAYMENTS, strict=True)
    times = [datetime(2018, 4, 1, minute // 60, minute % 60) for minute in minutes]
    return pa.table(
        {
            "card_id": cards,
            "paid_at": pa.array(times, pa.timestamp("ms")),
            "amount": amounts,
            "merchant": merchants,
            "fraud": labels,
        }
    )


def write_history(folder, format_):
    """In reverse order, so that it has to be sorted."""
    table = payments().take(list(range(len(PAYMENTS)))[::-1])
    path = folder / f"payments.{format_}"
    if format_ == "parquet":
        pq.write_table(table, path)
    elif format_ == "csv":
        pa_csv.write_csv(table, path)
    else:
        events = [event | {"paid_at": event["paid_at"].isoformat()} for event in table.to_pylist()]
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(path)


def run(*arguments, code=0):
    ran = CliRunner().invoke(app, ["backtest", *map(str, arguments)])
    assert ran.exit_code == code, ran.output
    return ran


@pytest.fixture
def rules(tmp_path):
    return rule_files(tmp_path / "rules", PROBES, LARGE)


@pytest.mark.parametrize("format_", ["parquet", "csv", "jsonl"])
def test_alerts_are_found_and_scored_in_each_format(tmp_path, rules, format_):
    events = write_history(tmp_path, format_)
    ran = run(rules, "--events", events, "--time", "paid_at", "--label", "fraud", "--format", "json")
    told = json.loads(ran.stdout)
    probes, large = told["rules"]
    assert probes["examples"] == [
        {
            "key": {"card_id": "c1"},
            "started_at": "2018-04-01T00:00:00.000Z",
            "ended_at": "2018-04-01T00:03:00.000Z",
            "measures": {"spent": 800.0},
            "events": 3,
            "labels": ["1"],
        },
        {
            "key": {"card_id": "c2"},
            "started_at": "2018-04-01T01:00:00.000Z",
            "ended_at": "2018-04-01T01:02:00.000Z",
            "measures": {"spent": 550.0},
            "events": 3,
            "labels": ["1"],
        },
    ]
    assert (probes["score"]["precision"], probes["score"]["recall"]) == (1.0, 0.8)
    assert (large["status"], large["alerts"], large["score"]["precision"]) == ("shadow", 2, 0.5)
    assert large["top_keys"] == [{"key": {"merchant": "jeweller"}, "alerts": 2}]
    assert told["overlaps"] == [{"rules": ["card-testing", "large"], "alerts": [1, 1], "jaccard": 1 / 7}]
    assert told["problems"] == []
    assert ran.stderr.splitlines() == ["Reading the events", "Checking the rules", "Matching 8 events"]


def test_the_figures_go_to_a_terminal_and_the_report_and_the_numbers_to_files(tmp_path, rules):
    events, html, numbers = write_history(tmp_path, "csv"), tmp_path / "r.html", tmp_path / "r.json"
    older = rule_files(tmp_path / "older", PROBES.replace("version: 2", "version: 1").replace("500", "600"))
    ran = run(
        *(rules, "--events", events, "--time", "paid_at", "--label", "fraud"),
        *("--against", older, "--html", html, "--json", numbers),
    )
    assert ran.stderr.splitlines()[-2:] == [f"Numbers: {numbers}", f"Report: {html}"]
    words = " ".join(ran.stdout.split())
    assert words.startswith("8 events from 2018-04-01 00:00:00 to 2018-04-01 02:00:00 (UTC), in ")
    assert "card-testing v2 2 2.0 2 100.0% 80.0% c1 (1), c2 (1)" in words
    assert "card-testing v1 -> v2 1 1 0 100.0%" in words
    assert "<title>Backtest of 2 rules over 8 events</title>" in html.read_text()
    against = json.loads(numbers.read_text())["against"]
    assert [(rule["id"], rule["same"], rule["new"], rule["gone"]) for rule in against["rules"]] == [
        ("card-testing", 1, 1, 0),
        ("large", 0, 2, 0),
    ]


def test_the_period_is_counted_and_what_was_before_leads_up_to_it(tmp_path, rules):
    events = write_history(tmp_path, "parquet")
    table = pq.read_table(events)
    fees = pa.array([Decimal("0.10")] * len(table), pa.decimal128(9, 2))
    pq.write_table(table.append_column("fee", fees), events)
    period = ["--from", "2018-04-01T00:03:00", "--to", "2018-04-01T01:02:00"]
    ran = run(rules, "--events", events, "--time", "paid_at", *period, "--json", "-")
    told = json.loads(ran.stdout)
    assert (told["events"], told["evaluated_events"]) == (6, 3)
    assert [(rule["id"], rule["alerts"]) for rule in told["rules"]] == [("card-testing", 1), ("large", 1)]
    # A job would not read what pyarrow has written by its defaults.
    assert (
        f"{events}: notice[not-for-jobs]: column `fee` is a DECIMAL(9, 2) that is kept as bytes" in ran.stderr
    )


def test_a_condition_that_fails_on_an_event_is_told(tmp_path):
    rules = rule_files(tmp_path / "rules", LARGE.replace("amount > 600", "CAST(merchant AS INT) > 3"))
    ran = run(rules, "--events", write_history(tmp_path, "csv"), "--time", "paid_at", "--format", "json")
    told = json.loads(ran.stdout)
    assert {(problem["rule"], problem["outcome"]) for problem in told["problems"]} == {
        ("large", "evaluation_error")
    }


def test_alerts_do_not_depend_on_parallelism(tmp_path):
    """With ties in time, several keys, and matches that fork."""
    count = 3_000
    table = pa.table(
        {
            "ts": [number // 3 * 1_000 for number in range(count)],
            "card": [number * 7 % 11 for number in range(count)],
            "shop": [number * 5 % 13 for number in range(count)],
            "amount": [number * 37 % 101 for number in range(count)],
        }
    )
    pq.write_table(table, tmp_path / "events.parquet")
    history = read_history([str(tmp_path)], "ts")
    rules = Rules.of(
        *(
            f"""
            id: by-{key}
            version: 1
            partition_by: {key}
            steps:
              - {{begin: a, where: amount > 60}}
              - {{followed_by_any: b, where: amount < FIRST(a.amount)}}
              - {{next: c, where: amount <> b.amount}}
            within: 1 minute
            measures: {{a: a.amount, b: b.amount, c: c.ts}}
            """
            for key in ("card", "shop")
        )
    )
    one, two = (job.run(history, {"rules": rules}, parallelism=cores).alerts["rules"] for cores in (1, 2))
    assert len(one) > 1_000
    assert one.equals(two)


def test_progress_is_told_and_never_goes_back(tmp_path):
    count = 1_000_000
    table = pa.table({"ts": range(count), "card": [number % 100 for number in range(count)]})
    pq.write_table(table, tmp_path / "events.parquet")
    rules = Rules.of(
        "{id: r, version: 1, partition_by: card, steps: [{begin: e, where: 'MOD(ts, 1000) = 1'}]}"
    )
    shares = []
    job.run(read_history([str(tmp_path)], "ts"), {"rules": rules}, parallelism=2, on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert any(0 < share < 1 for share in shares), shares


def test_values_come_to_the_rules_as_they_are_in_the_file(tmp_path):
    table = pa.table(
        {
            "at": pa.array([datetime(2018, 4, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
            "text": ['a "b" \\ \n é'],
            "number": [0.1 + 0.2],
            "infinite": [float("-inf")],
            "exact": [Decimal("12345678901234567.89")],
            "small": pa.array([-3], pa.int8()),
            "huge": pa.array([2**64 - 1], pa.uint64()),
            "yes": [True],
            "none": pa.array([None], pa.null()),
            "day": [date(2018, 4, 1)],
            "wall": pa.array([datetime(2018, 4, 1, 2, 3, 4, 567)], pa.timestamp("us")),
            "bytes": [b"\x00\xff"],
            "place": [{"lat": 1.5, "tags": ["x", None]}],
            "counts": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        }
    )
    pq.write_table(table, tmp_path / "events.parquet")
    conditions = [
        "`at` = TO_TIMESTAMP_LTZ(1522540800000, 3)",
        "text = 'a \"b\" \\ \n é'",
        "number = CAST('0.30000000000000004' AS DOUBLE)",
        "infinite < -1e300",
        "exact = 12345678901234567.89",
        "small = -3",
        "CAST(huge AS STRING) = '18446744073709551615'",
        "yes",
        "none IS NULL",
        "`day` = DATE '2018-04-01'",
        "wall = TIMESTAMP '2018-04-01 02:03:04.000567'",
        "`bytes` = x'00FF'",
        "place.lat = 1.5 AND place.tags[1] = 'x'",
        "counts['a'] = 1",
    ]
    rules = Rules.of(
        *(
            json.dumps({"id": f"r{number}", "version": 1, "steps": [{"begin": "e", "where": condition}]})
            for number, condition in enumerate(conditions)
        )
    )
    history = read_history([str(tmp_path)], "at")
    rules.check(history.schema)
    found = job.run(history, {"rules": rules}, parallelism=1)
    assert found.problems["rules"].to_dict("records") == []
    matched = set(found.alerts["rules"]["rule_id"])
    assert [condition for number, condition in enumerate(conditions) if f"r{number}" not in matched] == []


def test_the_label_is_nothing_that_a_rule_sees(tmp_path):
    rules = rule_files(tmp_path / "rules", LARGE.replace("amount > 600", "fraud = 1"))
    events = write_history(tmp_path, "csv")
    ran = run(rules, "--events", events, "--time", "paid_at", "--label", "fraud", code=1)
    assert "error[unknown-field]: `fraud` is not a field" in ran.stderr
    assert ran.stdout == ""


def test_events_that_are_not_there_are_said_and_the_exit_code_is_2(tmp_path, rules):
    ran = run(rules, "--events", tmp_path / "none.csv", "--time", "paid_at", code=2)
    assert ran.stderr.splitlines()[-1] == (
        f"{tmp_path}/none.csv: error[missing-file]: there is no such file or folder"
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--time", "paid_at"],
        ["--events", "x.csv"],
        ["no/such/rules", "--events", "x.csv", "--time", "t"],
        ["--against", "no/such/rules", "--events", "x.csv", "--time", "t"],
        ["--events", "x.csv", "--time", "t", "--from", "2018-05-01", "--to", "2018-04-01"],
        ["--events", "x.csv", "--time", "t", "--from", "yesterday"],
        ["--events", "x.csv", "--time", "t", "--parallelism", "0"],
        ["--events", "x.csv", "--time", "t", "--html", "no/such/folder/report.html"],
    ],
)
def test_a_wrong_call_has_exit_code_2(tmp_path, rules, options):
    run(rules, *options, code=2)


def test_exact_numbers_are_told_exactly_and_all_commands_find_the_same(tmp_path):
    types = {
        "ts": "BIGINT",
        "card": "BIGINT",
        "exact": "DECIMAL(30, 10)",
        "near": "DOUBLE",
        "since": "TIMESTAMP(6)",
        "due": "DATE",
        "clock": "TIME(3)",
        "tags": "MAP<STRING, INT>",
        "place": "ROW<lat DOUBLE, names ARRAY<STRING>>",
        "packed": "BYTES",
    }
    card, large = 9007199254740993, Decimal("12345678901234567890.1234567891")
    event = {
        "card": card,
        "exact": large,
        "near": 0.1,
        "since": datetime(1969, 12, 31, 23, 59, 59, 123456),
        "due": date(9999, 12, 31),
        "clock": time(10, 15, 30, 123000),
        "tags": {"a": 1, "b": None},
        "place": {"lat": -0.5, "names": ["x", None]},
        "packed": b"\x00\xff",
    }
    nothing = dict.fromkeys(event) | {"card": card}
    events = [{"ts": 1000, **event}, {"ts": 2000, **nothing}, {"ts": 3000, **event}]
    arrow = {
        "exact": pa.decimal128(30, 10),
        "since": pa.timestamp("us"),
        "clock": pa.time32("ms"),
        "tags": pa.map_(pa.string(), pa.int32()),
    }
    pq.write_table(
        pa.table({name: pa.array([row[name] for row in events], arrow.get(name)) for name in types}),
        tmp_path / "e.parquet",
    )
    as_json = [{name: fit(row[name], type_) for name, type_ in described(types).items()} for row in events]
    (tmp_path / "e.jsonl").write_text("".join(json.dumps(row) + "\n" for row in as_json))
    (tmp_path / "schema.json").write_text(json.dumps(types))
    where = (
        "exact > 12345678901234567890.1234567890 AND near < 0.2 AND since < TIMESTAMP '1970-01-01 00:00:00'"
        " AND due > DATE '2026-01-01' AND clock > TIME '10:15:30' AND tags['a'] = 1 AND tags['b'] IS NULL"
        " AND place.lat < 0 AND place.names[2] IS NULL AND packed = x'00ff'"
    )
    rule = {
        "id": "r",
        "version": 1,
        "partition_by": "card",
        "steps": [
            {"begin": "a", "where": where},
            {"followed_by": "b", "where": "exact IS NULL AND tags IS NULL"},
        ],
        "measures": {"exact": "a.exact", "card": "b.card", "near": "a.near"},
        "tests": [
            {
                "name": "all types",
                "schema": types,
                "events": as_json,
                "matches": [{"exact": str(large), "card": card, "near": 0.1}],
            }
        ],
    }
    path = rule_files(tmp_path / "rules", json.dumps(rule))
    tested = CliRunner().invoke(app, ["test", path])
    assert tested.exit_code == 0, tested.output
    found = find_matches(
        Rules.load(path).check(types)[0].pattern,
        events,
        partition_by="card",
        measures=rule["measures"],
        schema=types,
    )
    assert [dict(match.measures) for match in found.matches] == [{"exact": large, "card": card, "near": 0.1}]
    by_schema = ["--schema", str(tmp_path / "schema.json")]
    for name, options in [("e.parquet", []), ("e.parquet", by_schema), ("e.jsonl", by_schema)]:
        explained = CliRunner().invoke(
            app, ["explain", path, "--events", str(tmp_path / name), "--format", "json", *options]
        )
        assert explained.exit_code == 0, explained.output
        matches = json.loads(explained.stdout)["matches"]
        assert [match["measures"] for match in matches] == [
            {"exact": str(large), "card": card, "near": 0.1}
        ], name
        ran = run(
            path,
            "--events",
            tmp_path / name,
            "--time",
            "ts",
            "--format",
            "json",
            "--html",
            tmp_path / "r.html",
            *options,
        )
        (example,) = json.loads(ran.stdout)["rules"][0]["examples"]
        assert example["key"] == {"card": str(card)}, name
        assert example["measures"] == {"exact": str(large), "card": str(card), "near": 0.1}, name
        assert str(large) in (tmp_path / "r.html").read_text()


def described(types):
    return _gateway.describe_types(json.dumps(types)).fields
