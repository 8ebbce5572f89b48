"""The same events find the same, however they come to a rule: random values of each type, in each command and call."""

import csv
import json
import os
import random
from base64 import b64encode
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pyflink_cep import Rules, _gateway, match_rules
from pyflink_cep._fit import fit
from pyflink_cep.cli import app
from pyflink_cep.testing import find_matches
from tests.integration.results import rows

SEEDS = range(int(os.environ.get("ONE_RESULT_SEEDS", "1")))
EVENTS = 24

# The SQL type, the type of Arrow, and values: few, so that some come again.
TYPES = {
    "flag": ("BOOLEAN", pa.bool_(), [True, False]),
    "tiny": ("TINYINT", pa.int8(), [0, 127, -128]),
    "small": ("SMALLINT", pa.int16(), [0, 32767, -32768]),
    "whole": ("INT", pa.int32(), [0, -1, 2**31 - 1, -(2**31)]),
    "large": ("BIGINT", pa.int64(), [9007199254740993, -(2**63), 2**63 - 1]),
    "near4": ("FLOAT", pa.float32(), [0.5, -1.5, 16777216.0]),
    "near8": ("DOUBLE", pa.float64(), [0.1, -2.5, 1e300, 5e-324]),
    "price": ("DECIMAL(10, 2)", pa.decimal128(10, 2), [Decimal("0.10"), Decimal("-99999999.99")]),
    "exact": ("DECIMAL(38, 18)", pa.decimal128(38, 18), [Decimal("12345678901234567890.123456789012345678")]),
    "text": ("STRING", pa.string(), ["a", " a ", "00012", "true", "2024-01-01", "NaN", "é😀", 'x"y,z']),
    "packed": ("BYTES", pa.binary(), [b"\x00\xff", b"abc"]),
    "due": ("DATE", pa.date32(), [date(2024, 2, 29), date(1969, 12, 31), date(9999, 12, 31)]),
    "clock": ("TIME(3)", pa.time32("ms"), [time(0, 0), time(23, 59, 59, 999000)]),
    "local3": ("TIMESTAMP(3)", pa.timestamp("ms"), [datetime(2024, 2, 29, 10, 15, 30, 123000)]),
    "local6": ("TIMESTAMP(6)", pa.timestamp("us"), [datetime(1969, 12, 31, 23, 59, 59, 123456)]),
    "at": ("TIMESTAMP_LTZ(3)", pa.timestamp("ms", "UTC"), [datetime(2024, 3, 31, 1, 30, tzinfo=UTC)]),
    "numbers": ("ARRAY<INT>", pa.list_(pa.int32()), [[], [1], [1, 2]]),
    "texts": ("ARRAY<STRING>", pa.list_(pa.string()), [["a"], ["a", "b c"]]),
    "counts": ("MAP<STRING, INT>", pa.map_(pa.string(), pa.int32()), [{"a": 1}, {"a": 1, "b": 2}]),
    "place": (
        "ROW<x INT, y ARRAY<STRING>, z ROW<w DOUBLE>>",
        pa.struct([("x", pa.int32()), ("y", pa.list_(pa.string())), ("z", pa.struct([("w", pa.float64())]))]),
        [{"x": 1, "y": ["a"], "z": {"w": 0.5}}, {"x": 2, "y": [], "z": {"w": -1.0}}],
    ),
}
# CSV has no NULL of texts, and no bytes: an empty field is the empty text.
FLAT = [name for name in TYPES if name not in ("text", "numbers", "texts", "counts", "place", "packed")]
KEY = {"card": "STRING", "ts": "BIGINT"}


def events_of(seed):
    """Events in order of time, with NULLs, of a few keys, one of which is NULL."""
    chance = random.Random(seed)
    return [
        {
            "card": chance.choice(["c1", "c2", None]),
            "ts": 1_700_000_000_000 + 1000 * number,
            **{
                name: None if chance.random() < 0.15 else chance.choice(values)
                for name, (_, _, values) in TYPES.items()
            },
        }
        for number in range(EVENTS)
    ]


def rules_of(types):
    """For each column a rule: a value, and the same again for the same key."""
    return {
        name: {
            "id": name,
            "version": 1,
            "partition_by": "card",
            "steps": [
                {"begin": "a", "where": f"`{name}` IS NOT NULL"},
                {"followed_by": "b", "where": f"`{name}` = LAST(a.`{name}`)"},
            ],
            "within": "10 s",
            "skip": "past_last_event",
            "measures": {"value": f"b.`{name}`", "key": "b.card", "at": "b.ts"},
        }
        for name in types
    }


def told(measures, name, fitting):
    """Measures in the one form of each type: a number may be told as text, a time with more digits."""
    of = {"value": fitting[name], "key": fitting["card"], "at": fitting["ts"]}
    rows = [
        {measure: fit(_plain(row[measure], of[measure]), of[measure]) for measure in of} for row in measures
    ]
    rows = [row | {"key": row["key"] or None} for row in rows]
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def _plain(value, type_):
    if type_.root in ("FLOAT", "DOUBLE") and isinstance(value, Decimal):
        return float(value)
    return int(value) if isinstance(value, str) and type_.root == "BIGINT" else value


def write(folder, events, fitting):
    """The events as Parquet, JSON lines and CSV."""
    arrow = {"card": pa.string(), "ts": pa.int64(), **{name: of for name, (_, of, _) in TYPES.items()}}
    table = {name: pa.array([event[name] for event in events], of) for name, of in arrow.items()}
    pq.write_table(pa.table(table), folder / "e.parquet")
    lines = [{name: fit(event[name], type_) for name, type_ in fitting.items()} for event in events]
    (folder / "e.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with (folder / "e.csv").open("w", newline="") as file:
        columns = ["card", "ts", *FLAT]
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([["" if line[c] is None else _csv(line[c]) for c in columns] for line in lines])
    return lines


def _csv(value):
    return json.dumps(value) if isinstance(value, bool) else value


@pytest.mark.parametrize("seed", SEEDS)
def test_each_way_finds_the_same(tables, tmp_path, seed):
    types = KEY | {name: sql for name, (sql, _, _) in TYPES.items()}
    fitting = _gateway.describe_types(json.dumps(types)).fields
    events = events_of(seed)
    lines = write(tmp_path, events, fitting)
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(types))

    expected = {}
    for name, rule in rules_of(TYPES).items():
        checked = Rules.of(json.dumps(rule)).check(types)[0]
        found = find_matches(
            checked.pattern,
            events,
            partition_by="card",
            measures=rule["measures"],
            schema=types,
            time_field="ts",
        )
        expected[name] = told([match.measures for match in found.matches], name, fitting)
    assert sum(map(len, expected.values())) > 2 * len(TYPES)

    for name, rule in rules_of(TYPES).items():
        tests = [
            {
                "name": "t",
                "schema": types,
                "events": lines,
                "matches": [json.loads(row) for row in expected[name]],
            }
        ]
        (tmp_path / "rules").mkdir(exist_ok=True)
        (tmp_path / "rules" / f"{name}.yaml").write_text(json.dumps(rule | {"tests": tests}))
    tested = CliRunner().invoke(app, ["test", str(tmp_path / "rules")])
    assert tested.exit_code == 0, tested.output

    for file, names in [("e.parquet", list(TYPES)), ("e.jsonl", list(TYPES)), ("e.csv", FLAT)]:
        for name in names:
            rule = str(tmp_path / "rules" / f"{name}.yaml")
            arguments = ["explain", rule, "--events", str(tmp_path / file), "--schema", str(schema)]
            explained = CliRunner().invoke(app, [*arguments, "--time", "ts", "--format", "json"])
            assert explained.exit_code == 0, explained.output
            matches = [match["measures"] for match in json.loads(explained.stdout)["matches"]]
            if name == "packed":
                # An explanation shows bytes in hex, as SQL writes them.
                matches = [m | {"value": b64encode(bytes.fromhex(m["value"])).decode()} for m in matches]
            assert told(matches, name, fitting) == expected[name], (file, name)

    (tmp_path / "flat").mkdir()
    for name in FLAT:
        (tmp_path / "rules" / f"{name}.yaml").rename(tmp_path / "flat" / f"{name}.yaml")
    ways = [("e.parquet", ["rules", "flat"]), ("e.jsonl", ["rules", "flat"]), ("e.csv", ["flat"])]
    for file, folders in ways:
        arguments = [
            "backtest",
            *(str(tmp_path / folder) for folder in folders),
            "--events",
            str(tmp_path / file),
        ]
        ran = CliRunner().invoke(
            app,
            [*arguments, "--schema", str(schema), "--time", "ts", "--format", "json"],
        )
        assert ran.exit_code == 0, ran.output
        for rule in json.loads(ran.stdout)["rules"]:
            measures = [example["measures"] for example in rule["examples"]]
            assert rule["alerts"] == len(expected[rule["id"]]), (file, rule["id"])
            assert set(told(measures, rule["id"], fitting)) <= set(expected[rule["id"]]), (file, rule["id"])

    columns = ", ".join(f"`{name}` {sql}" for name, sql in types.items())
    tables.execute_sql(
        f"CREATE TABLE e ({columns}, rowtime AS TO_TIMESTAMP_LTZ(ts, 3), WATERMARK FOR rowtime AS rowtime) WITH ("
        f"'connector' = 'filesystem', 'path' = '{tmp_path / 'e.jsonl'}', 'format' = 'json',"
        " 'json.timestamp-format.standard' = 'ISO-8601')"
    )
    alerts = match_rules(tables.from_path("e"), Rules.of(*(json.dumps(r) for r in rules_of(TYPES).values())))
    by_rule = {name: [] for name in TYPES}
    for row in rows(alerts.matches):
        # JSON's numbers are exact; a float would round them.
        by_rule[row[0]].append(json.loads(row[7], parse_float=Decimal))
    for name in TYPES:
        assert told(by_rule[name], name, fitting) == expected[name], ("match_rules", name)
