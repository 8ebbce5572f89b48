"""What files of events become: columns, types and values; and what is said where they can't be read."""

import gzip
import json
import os
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pyflink_cep import InputError, PatternError
from pyflink_cep._files import formats
from pyflink_cep._files.checking import check_rules
from pyflink_cep._files.columns import plain_rows
from pyflink_cep._files.history import read_history
from pyflink_cep._files.json_values import read_lines
from pyflink_cep._files.sql_types import json_lines
from pyflink_cep._files.times import read_times
from pyflink_cep._rules import Rules


def write(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events)


def read(*files, time="ts", **options):
    return read_history([str(file) for file in files], time, **options)


def values(history, column):
    return [row[column] for row in plain_rows(history.table)]


def refused(*files, time="ts", **options):
    with pytest.raises(InputError) as caught:
        read(*files, time=time, **options)
    return str(caught.value)


# ---- values keep what they are ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "type_", "found"),
    [
        (["0017", "17"], "STRING", ["0017", "17"]),
        (["007", "", "7"], "STRING", ["007", "", "7"]),
        (["1e5", "100000"], "STRING", ["1e5", "100000"]),
        (
            ["89490200001234567890", "89490200001234567891"],
            "STRING",
            ["89490200001234567890", "89490200001234567891"],
        ),
        (["9007199254740993", "0.5"], "STRING", ["9007199254740993", "0.5"]),
        (["9223372036854775807", "-1"], "BIGINT", [2**63 - 1, -1]),
        (["1", "", "NA"], "BIGINT", [1, None, None]),
        (["1", "0.5", "1e-05", "NaN"], "DOUBLE", [1.0, 0.5, 1e-05, None]),
        (["1e20", "0.5"], "DOUBLE", [1e20, 0.5]),
        (["+491701234567", "+491701234568"], "STRING", ["+491701234567", "+491701234568"]),
        (["true", "False", ""], "BOOLEAN", [True, False, None]),
        (["yes", "no"], "STRING", ["yes", "no"]),
        (["2024-03-01", "9999-12-31"], "DATE", [date(2024, 3, 1), date(9999, 12, 31)]),
        (["2024-03-01", "2024-02-30"], "STRING", ["2024-03-01", "2024-02-30"]),
        (
            ["1600-01-01 10:00:00", "2024-03-01T10:00:00.123456"],
            "TIMESTAMP(6)",
            [datetime(1600, 1, 1, 10), datetime(2024, 3, 1, 10, 0, 0, 123456)],
        ),
        (["2024-03-01T10:00:00+01:00"], "TIMESTAMP_LTZ(0)", [datetime(2024, 3, 1, 9, tzinfo=UTC)]),
        (["10:15:30", ""], "TIME(3)", [time(10, 15, 30), None]),
        (["", ""], "STRING", [None, None]),
    ],
)
def test_a_column_of_csv_has_the_type_that_all_values_are_of(tmp_path, texts, type_, found):
    text = "ts,v\n" + "".join(f'{row},"{value}"\n' for row, value in enumerate(texts))
    history = read(write(tmp_path / "e.csv", text))
    assert (history.schema["v"], values(history, "v")) == (type_, found)


def test_types_of_csv_are_told_by_all_files_together(tmp_path):
    write(tmp_path / "a.csv", "ts,card,n\n1,17,1\n")
    write(tmp_path / "b.csv", "ts,card,n\n2,0017,0.5\n")
    history = read(tmp_path)
    assert history.schema == {"ts": "BIGINT", "card": "STRING", "n": "DOUBLE"}
    assert (values(history, "card"), values(history, "n")) == (["17", "0017"], [1.0, 0.5])


@pytest.mark.parametrize(
    ("found", "type_"),
    [
        (["2024-03-01", "2024-03-02T10:00:00Z"], "STRING"),
        (["10:15:30", None], "STRING"),
        ([1, 2.5], "DOUBLE"),
        ([2**63 - 1, -(2**63)], "BIGINT"),
        (
            [{"day": "2024-03-01", "n": [1, None]}, {"day": None, "n": []}],
            "ROW<`day` STRING, `n` ARRAY<BIGINT>>",
        ),
        ([None, None], "STRING"),
    ],
)
def test_values_of_json_keep_their_types(tmp_path, found, type_):
    history = read(write(tmp_path / "e.jsonl", lines(*({"ts": 1, "v": value} for value in found))))
    assert (history.schema["v"], values(history, "v")) == (type_, found)


@pytest.mark.parametrize(
    ("given", "found", "type_"),
    [
        ("[89490200001234567890, 1]", ["89490200001234567890", "1"], "ARRAY<STRING>"),
        ('{"id": 18446744073709551615}', {"id": "18446744073709551615"}, "ROW<`id` STRING>"),
        ("9007199254740993", "9007199254740993", "STRING"),
        ("1" * 5000, "1" * 5000, "STRING"),
    ],
)
def test_whole_numbers_that_would_be_rounded_are_text(tmp_path, given, found, type_):
    other = "0.5" if given.isdecimal() else "null"
    history = read(write(tmp_path / "e.jsonl", f'{{"ts": 1, "v": {given}}}\n{{"ts": 2, "v": {other}}}\n'))
    assert (history.schema["v"], values(history, "v")[0]) == (type_, found)


def test_ids_of_one_file_are_text_where_those_of_another_are_too_long(tmp_path):
    write(tmp_path / "a.jsonl", '{"ts": 1, "id": 1}\n')
    write(tmp_path / "b.jsonl", '{"ts": 2, "id": 89490200001234567891}\n')
    assert values(read(tmp_path), "id") == ["1", "89490200001234567891"]


def test_reading_with_care_gives_what_arrow_gives(tmp_path):
    events = [
        {
            "a": 1,
            "b": 0.5,
            "c": "é\n",
            "d": {"x": [1, None], "y": None},
            "e": True,
            "f": [{"g": "2024-03-01"}],
        },
        {"a": None, "b": 2, "c": None, "d": None, "e": None, "f": []},
        {"d": {"x": None, "y": "t"}, "f": None, "h": None},
    ]
    content = lines(*events).encode()
    fast = formats._read_json_fast(content)
    problems = {}
    assert read_lines(tmp_path, content, problems).to_pylist() == fast.to_pylist()
    assert problems == {}


def all_types():
    """A column of each kind of Arrow type that SQL has one for, with edges, and NULL in the second row."""
    return {
        "bool": pa.array([True, None, False]),
        **{
            f"i{bits}": pa.array([-(2 ** (bits - 1)), None, 2 ** (bits - 1) - 1], f"int{bits}")
            for bits in (8, 16, 32, 64)
        },
        **{f"u{bits}": pa.array([0, None, 2**bits - 1], f"uint{bits}") for bits in (8, 16, 32, 64)},
        "f16": pa.array(np.array([0.5, np.nan, -1.5], np.float16), mask=np.array([False, True, False])),
        "f32": pa.array([0.1, None, float("inf")], pa.float32()),
        "f64": pa.array([5e-324, None, -1e308]),
        "decimal": pa.array([Decimal("99999.99"), None, Decimal("-0.01")], pa.decimal128(7, 2)),
        "text": pa.array(['"\\\n', None, ""]),
        "large": pa.array(["x", None, "🙂"], pa.large_string()),
        "category": pa.array(["a", None, "b"]).dictionary_encode(),
        "bytes": pa.array([b"\x00\xff", None, b""]),
        "fixed": pa.array([b"abcd", None, b"efgh"], pa.binary(4)),
        "day": pa.array([date(1, 1, 1), None, date(9999, 12, 31)]),
        "day64": pa.array([date(1969, 12, 31), None, date(2024, 2, 29)], pa.date64()),
        "time": pa.array([time(0), None, time(23, 59, 59, 999000)], pa.time64("us")),
        "seconds": pa.array([datetime(1, 1, 1), None, datetime(9999, 12, 31, 23, 59, 59)], pa.timestamp("s")),
        "micros": pa.array([datetime(1969, 12, 31, 23, 59, 59, 999999), None, datetime(9999, 12, 31)]),
        "instant": pa.array(
            [datetime(2024, 3, 31, 1, 30), None, datetime(1900, 1, 1)], pa.timestamp("ms", "Europe/Rome")
        ),
        "list": pa.array([[1, None], None, []], pa.list_(pa.int32())),
        "large_list": pa.array([["a"], None, [None]], pa.large_list(pa.large_string())),
        "map": pa.array([[("a", 1), ("b", None)], None, []], pa.map_(pa.string(), pa.int32())),
        "row": pa.array(
            [{"a": {"b": [1]}, "m": [("k", [1.5])]}, None, {"a": None, "m": None}],
            pa.struct(
                [
                    ("a", pa.struct([("b", pa.list_(pa.int8()))])),
                    ("m", pa.map_(pa.string(), pa.list_(pa.float32()))),
                ]
            ),
        ),
        "maps": pa.array([[[("k", "v")], None], None, []], pa.list_(pa.map_(pa.string(), pa.string()))),
        "nothing": pa.nulls(3),
    }


def test_each_type_of_parquet_keeps_its_values_in_both_commands(tmp_path):
    columns = all_types()
    pq.write_table(pa.table({"ts": [1, 2, 3], **columns}), tmp_path / "e.parquet")
    history = read(tmp_path / "e.parquet")
    assert history.left_out == {}

    def expected(name, value):
        if value is None:
            return None
        match name:
            case "f16":
                return float(value)
            case "u64":
                return Decimal(value)
            case "map":
                return dict(value)
            case "row":
                return {"a": value["a"], "m": value["m"] and dict(value["m"])}
            case "maps":
                return [inner and dict(inner) for inner in value]
            case "instant":
                return value.astimezone(UTC)
        return value

    for name, column in columns.items():
        assert values(history, name) == [expected(name, value) for value in column.to_pylist()], name
    # What explain hands to the JVM, and the file that backtest has a job read, say the same.
    from pyflink_cep import _events, _gateway
    from pyflink_cep._fit import fit

    types = _gateway.describe_types(json.dumps(history.schema)).fields
    written = [
        json.loads(line, parse_float=Decimal)
        for batch in history.table.to_batches()
        for line in json_lines(batch).splitlines()
    ]
    for event, of_job in zip(plain_rows(history.table), written, strict=True):
        for name, type_ in types.items():
            fitted = json.loads(json.dumps(fit(event[name], type_)), parse_float=Decimal)
            assert _events.from_json(fitted, type_) == _events.from_json(of_job[name], type_), name


def test_files_whose_types_fit_together_are_one(tmp_path):
    tables = [
        {
            "card": pd.Categorical(["c1"]),
            "n": np.int32([1]),
            "x": np.float32([0.5]),
            "d": [Decimal("1.5")],
            "u": np.uint64([2**64 - 1]),
        },
        {"card": ["c2"], "n": np.int64([2**40]), "x": [0.1], "d": [Decimal("10.25")], "u": np.int64([-1])},
        {"card": [None], "n": np.int8([3]), "x": np.int64([7]), "d": np.int64([3]), "u": np.uint8([1])},
    ]
    for number, table in enumerate(tables):
        pd.DataFrame({"ts": [number], **table}).to_parquet(tmp_path / f"{number}.parquet")
    history = read(tmp_path)
    assert plain_rows(history.table) == [
        {"ts": 0, "card": "c1", "n": 1, "x": 0.5, "d": Decimal("1.50"), "u": Decimal(2**64 - 1)},
        {"ts": 1, "card": "c2", "n": 2**40, "x": 0.1, "d": Decimal("10.25"), "u": Decimal(-1)},
        {"ts": 2, "card": None, "n": 3, "x": 7.0, "d": Decimal("3.00"), "u": Decimal(1)},
    ]


# ---- a column that nobody uses ----------------------------------------------------------------


def unusable_files(tmp_path):
    """Files with a column `v` that can't be used, and why."""
    parquet = {
        "duration": pa.array([timedelta(seconds=3)]),
        "decimal256": pa.array([Decimal(1)], pa.decimal256(50, 2)),
        "map-of-numbers": pa.array([[(1, 1)]], pa.map_(pa.int32(), pa.int32())),
        "empty-row": pa.array([{}], pa.struct([])),
        "infinity": pa.array([2**63 - 1], pa.timestamp("us")),
        "fine-time": pa.array([1], pa.time64("ns")),
        "not-utf8": pa.Array.from_buffers(
            pa.string(), 1, [None, pa.py_buffer(np.int32([0, 4]).tobytes()), pa.py_buffer(b"Caf\xe9")]
        ),
    }
    for name, column in parquet.items():
        if name != "empty-row":
            pq.write_table(pa.table({"ts": [1], "v": column}), tmp_path / f"{name}.parquet")
            yield tmp_path / f"{name}.parquet"
    text = {
        "empty-object.jsonl": lines({"ts": 1, "v": {}}),
        "kinds.jsonl": lines({"ts": 1, "v": 1}, {"ts": 2, "v": "x"}),
        "nested-kinds.jsonl": lines({"ts": 1, "v": [1]}, {"ts": 2, "v": [{"a": 1}]}),
        "twice.jsonl": '{"ts": 1, "v": 1, "v": 2}\n',
        "half.jsonl": '{"ts": 1, "v": "\\ud800"}\n',
        "not-utf8.jsonl": b'{"ts": 1, "v": "Caf\xe9"}\n',
        "not-utf8.csv": b"ts,v\n1,Caf\xe9\n",
        "twice.csv": "ts,v,v\n1,2,3\n",
    }
    for name, content in text.items():
        yield write(tmp_path / name, content)


def test_a_column_that_no_rule_uses_keeps_no_file_from_being_read(tmp_path):
    used = Rules.of("{id: r, version: 1, steps: [{begin: a, where: v IS NOT NULL}]}")
    unused = Rules.of("{id: r, version: 1, steps: [{begin: a, where: ts > 0}]}")
    for file in unusable_files(tmp_path):
        history = read(file)
        assert "v" not in history.schema, file.name
        check_rules(unused, history)
        with pytest.raises(PatternError) as caught:
            check_rules(used, history)
        first = caught.value.diagnostics[0]
        assert first.location.startswith(str(file)), file.name
        assert "`v" in first.message, file.name


def test_a_field_that_cant_be_used_leaves_the_others_of_its_object(tmp_path):
    events = [{"ts": 1, "at": {"lat": 1.5, "meta": {}, "x": 1}}, {"ts": 2, "at": {"lat": 2.5, "x": "one"}}]
    history = read(write(tmp_path / "e.jsonl", lines(*events)))
    assert history.schema["at"] == "ROW<`lat` DOUBLE>"
    assert values(history, "at") == [{"lat": 1.5}, {"lat": 2.5}]
    rule = Rules.of("{id: r, version: 1, steps: [{begin: a, where: at.x = 1}]}")
    with pytest.raises(PatternError) as caught:
        check_rules(rule, history)
    assert caught.value.diagnostics[0].location == f"{tmp_path}/e.jsonl:2"
    assert caught.value.diagnostics[0].message == "`at.x` is text, and a number in line 1"


def test_columns_whose_types_differ_between_files_are_left_out_and_named(tmp_path):
    pq.write_table(pa.table({"ts": [1], "n": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"ts": [2], "n": ["x"]}), tmp_path / "b.parquet")
    history = read(tmp_path)
    assert history.schema == {"ts": "BIGINT"}
    assert history.left_out["n"].location == f"{tmp_path}/b.parquet"
    assert history.left_out["n"].message == f"`n` is of type STRING, and BIGINT in {tmp_path}/a.parquet"


def test_columns_without_a_name_are_left_out(tmp_path):
    pd.DataFrame({"ts": [1000, 2000], "amount": [5.0, 7.0]}).to_csv(tmp_path / "e.csv")
    assert read(tmp_path / "e.csv").schema == {"ts": "BIGINT", "amount": "DOUBLE"}
    assert read(write(tmp_path / "f.csv", "ts,a,,\n1,2,,\n")).schema == {"ts": "BIGINT", "a": "BIGINT"}


def test_a_rule_that_takes_text_for_numbers_is_told_why_it_is_text(tmp_path):
    history = read(write(tmp_path / "e.csv", "ts,n\n1,007\n2,8\n"))
    with pytest.raises(PatternError) as caught:
        check_rules(Rules.of("{id: r, version: 1, steps: [{begin: a, where: n > 7}]}"), history)
    assert caught.value.diagnostics[0].message == "`n` is text, as '007' has leading zeros"


# ---- schemas ----------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_columns_have_the_types_of_a_schema(tmp_path, format_):
    schema = {
        "ts": "TIMESTAMP(3)",
        "card": "STRING",
        "n": "INT",
        "amount": "DECIMAL(10, 2)",
        "vip": "BOOLEAN",
        "day": "DATE",
    }
    rows = [
        {
            "ts": "2024-03-01T10:00:00",
            "card": "0017",
            "n": "3",
            "amount": "1.5",
            "vip": "true",
            "day": "2024-03-01",
            "other": "x",
        }
    ]
    file = tmp_path / f"e.{format_}"
    if format_ == "csv":
        pd.DataFrame(rows).to_csv(file, index=False)
    elif format_ == "jsonl":
        write(file, lines(*({**row, "n": 3, "amount": 1.5, "vip": True} for row in rows)))
    else:
        pq.write_table(pa.Table.from_pylist(rows), file)
    history = read(file, schema=schema)
    assert history.schema == schema
    assert plain_rows(history.table) == [
        {
            "ts": datetime(2024, 3, 1, 10),
            "card": "0017",
            "n": 3,
            "amount": Decimal("1.50"),
            "vip": True,
            "day": date(2024, 3, 1),
        }
    ]
    assert history.left_out["other"].message == "`other` is a column of the files, and none of the schema"


@pytest.mark.parametrize(
    ("text", "type_", "message"),
    [
        ("3.7", "INT", "`v` is 3.7, which is no INT"),
        ("x", "INT", '`v` is "x", which is no INT'),
        ("300", "TINYINT", "`v` is 300, which is no TINYINT"),
        ("1", "BOOLEAN", '`v` is "1", which is no BOOLEAN'),
        ("1234.56", "DECIMAL(5, 2)", '`v` is "1234.56", which is no DECIMAL(5, 2)'),
        ("2026-02-30", "DATE", '`v` is "2026-02-30", which is no DATE'),
        ("abcd", "CHAR(3)", '`v` is "abcd", which is no CHAR(3)'),
        ("1e300", "FLOAT", "`v` is 1e+300, which is no FLOAT"),
        ("", "INT NOT NULL", "`v` is NULL, and of type INT NOT NULL"),
    ],
)
def test_a_value_that_does_not_fit_the_schema_is_told_with_its_place(tmp_path, text, type_, message):
    file = write(
        tmp_path / "e.csv",
        f'ts,v\n1,\n\n2,"{text}"\n'.replace("1,\n", "")
        if type_.endswith("NULL")
        else f'ts,v\n1,\n\n2,"{text}"\n',
    )
    history = read(file, schema={"ts": "BIGINT", "v": type_})
    problem = history.left_out["v"]
    place = 3 if type_.endswith("NULL") else 4
    assert (problem.location, problem.message) == (f"{file}:{place}", message)


def test_a_column_of_the_schema_that_no_file_has_is_null_in_json_alone(tmp_path):
    schema = {"ts": "BIGINT", "note": "STRING"}
    history = read(write(tmp_path / "e.jsonl", lines({"ts": 1})), schema=schema)
    assert (history.schema, values(history, "note")) == (schema, [None])
    history = read(write(tmp_path / "e.csv", "ts,Note\n1,x\n"), schema=schema)
    assert history.left_out["note"].message == "`note` is a column of the schema, and no file has it"
    assert "`Note`" in history.left_out["note"].hint


# ---- folders ----------------------------------------------------------------------------------


def test_what_is_hidden_or_not_committed_is_left_out(tmp_path):
    table = pa.table({"ts": [1, 2]})
    for place in (
        "part-0.parquet",
        "_temporary/0/part-0.parquet",
        ".ipynb_checkpoints/part-0-checkpoint.parquet",
        "_SUCCESS",
        ".part-0.parquet.crc",
        "_metadata.parquet",
    ):
        write(tmp_path / "p" / place, b"")
        if place.endswith(".parquet"):
            pq.write_table(table, tmp_path / "p" / place)
    for name in ("p", "p/**/*.parquet", "p/*"):
        assert len(read(tmp_path / name)) == 2, name
    assert len(read(tmp_path / "p" / "_metadata.parquet")) == 2
    assert len(read(tmp_path / "p", tmp_path / "p" / "part-0.parquet")) == 2


def test_folders_of_hive_give_their_columns(tmp_path):
    for day, shop, ts in (("2024-03-01", "a%20b", 1), ("2024-03-02", "__HIVE_DEFAULT_PARTITION__", 2)):
        write(tmp_path / f"day={day}" / f"shop={shop}" / "e.jsonl", lines({"ts": ts}))
    history = read(tmp_path)
    assert history.schema == {"ts": "BIGINT", "day": "DATE", "shop": "STRING"}
    assert values(history, "day") == [date(2024, 3, 1), date(2024, 3, 2)]
    assert values(history, "shop") == ["a b", None]
    assert values(read(tmp_path / "day=*" / "**" / "*.jsonl"), "shop") == ["a b", None]


def test_a_table_of_delta_lake_is_named_as_such(tmp_path):
    pq.write_table(pa.table({"ts": [1]}), tmp_path / "part-0.parquet")
    write(tmp_path / "_delta_log" / "00000000000000000000.json", "{}\n")
    for name in ("", "part-0.parquet", "*.parquet"):
        assert "is a table of Delta Lake, whose files alone don't tell which of them still count" in refused(
            tmp_path / name
        )


def test_empty_files_have_no_events(tmp_path):
    for name, text in (("json", '{"ts": 1}\n'), ("csv", "ts\n1\n"), ("csv.gz", gzip.compress(b"ts\n1\n"))):
        folder = tmp_path / name
        write(folder / f"part-0.{name}", b"")
        write(folder / f"part-1.{name}", text)
        write(folder / "part-2.json.gz", gzip.compress(b""))
        assert len(read(folder)) == 1


@pytest.mark.parametrize("name", ["A.CSV", "A.CSV.GZ", "a.csv.Gz", "packed.csv"])
def test_names_are_in_any_case_and_what_is_packed_is_unpacked(tmp_path, name):
    content = "ts,amount\n" + "".join(f"{row},{row}\n" for row in range(50))
    packed = name.lower().endswith("gz") or name.startswith("packed")
    assert len(read(write(tmp_path / name, gzip.compress(content.encode()) if packed else content))) == 50


# ---- files that can't be read -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("e.csv", "ts,v\n1,x\n".encode("utf-16"), "wrong-encoding]: the file is UTF-16"),
        ("e.csv", "ts,v\n1,x\n".encode("utf-16-le"), "wrong-encoding]: the file is UTF-16"),
        ("e.jsonl", '{"ts": 1}\n'.encode("utf-16"), "wrong-encoding]: the file is UTF-16"),
        (
            "e.csv",
            "ts,naïve\n1,2\n".encode("cp1252"),
            "wrong-encoding]: the names of the columns are not UTF-8",
        ),
        ("e.csv", b"PK\x03\x04xxxx", "unreadable-file]: this is a zip archive, or a workbook of Excel"),
        ("e.xlsx", b"PK\x03\x04xxxx", "unknown-format]: the name ends in none of"),
        ("e.csv", b"ts;v\n1;2\n", "wrong-delimiter]: the first line has no comma, and a ';'"),
        ("e.csv", b"ts,v\n1\n", "wrong-count]: expected 2 values"),
        ("e.csv", b'ts,v\n1,"x\n', "unreadable"),
        ("e.jsonl", b'[{"ts": 1}]\n', "unreadable-line]: expected an object, found a list"),
        ("e.json", b'[\n  {"ts": 1}\n]\n', "unreadable-line]"),
        ("e.json", b'{\n  "ts": 1\n}\n', "unreadable-line]"),
        ("e.jsonl", b'{"ts": 1} {"ts": 2}\n', "unreadable-line]: this is not JSON: extra data"),
        ("e.jsonl", b'{"ts": 1}\n' + b'{"a":' * 100_000 + b"\n", "unreadable-line]"),
        ("e.jsonl", b"null\n", "unreadable-line]: expected an object, found null"),
        ("e.parquet", b"PAR1", "unreadable-file]: expected Parquet"),
        ("e.csv.gz", gzip.compress(b"ts\n" + os.urandom(10_000).hex().encode())[:4000], "unreadable-file]"),
        ("e.jsonl.gz", gzip.compress(b'{"ts": 1}\n' * 1000)[:30], "unreadable-file]"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_name(tmp_path, name, content, message):
    file = write(tmp_path / name, content)
    said = refused(file)
    assert said.startswith(str(file))
    assert message in said


def test_places_that_are_no_files_are_named(tmp_path):
    (tmp_path / "x.csv").mkdir()
    assert refused(tmp_path / "x.csv").startswith(f"{tmp_path}/x.csv: error[no-events]: the folder has no ")
    (tmp_path / "y.csv").symlink_to("nowhere.csv")
    message = f"{tmp_path}/y.csv: error[missing-file]: it is a link to nowhere.csv, which isn't there"
    assert refused(tmp_path / "y.csv") == message
    assert refused(tmp_path) == message
    write(tmp_path / "z.parquet", b"")
    assert "no-events" in refused(tmp_path / "z.parquet")


def test_a_byte_order_mark_and_quoted_lines_are_read(tmp_path):
    history = read(write(tmp_path / "e.csv", '\ufeffts,v\r\n1,"two\nlines"\r\n2,"a ""b"""\r\n'))
    assert values(history, "v") == ["two\nlines", 'a "b"']
    assert len(read(write(tmp_path / "e.jsonl", '\ufeff{"ts": 1}\n\n{"ts": 2}'))) == 2


# ---- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "milliseconds"),
    [
        (["9999-12-31T00:00:00", "1600-01-01T00:00:00Z"], [253402214400000, -11676096000000]),
        (["2024-03-01T10:00:00,123"], [1709287200123]),
        ([1080000000.123, 1080000000.007], [1080000000123, 1080000000007]),
        ([Decimal("1700000000.001")], [1700000000001]),
        ([1000, 20240301], [1000, 20240301]),
    ],
)
def test_times_are_read_exactly(given, milliseconds):
    assert read_times(pa.chunked_array([given]), "at")[1].tolist() == milliseconds


def test_fractions_of_seconds_are_the_milliseconds_that_were_meant():
    for base in (1_080_000_000_000, 1_700_000_000_000, 2_180_000_000_000):
        meant = np.arange(base, base + 100_000, 7)
        seconds = pa.chunked_array([[float(f"{ms // 1000}.{ms % 1000:03d}") for ms in meant.tolist()]])
        assert (read_times(seconds, "ts")[1] == meant).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([20240301100000], "`at` is 20240301100000, which is a day or time in digits"),
        ([20240301, 20240302], "`at` is 20240301, which is a day or time in digits"),
        (["20240301100000"], "`at` is '20240301100000', which is not ISO 8601"),
        ([float("inf")], "`at` is inf, which is no time"),
        ([2**62], "`at` is 4611686018427387904, which is no time"),
        (["10000-01-01"], "`at` is '10000-01-01', which is not ISO 8601"),
    ],
)
def test_what_is_no_time_is_refused(given, message):
    with pytest.raises(InputError) as caught:
        read_times(pa.chunked_array([given]), "at")
    assert message in str(caught.value)


def test_times_of_several_forms_are_one_column(tmp_path):
    write(tmp_path / "a.csv", "ts\n2024-03-01T10:00:00\n")
    write(tmp_path / "b.jsonl", lines({"ts": "2024-03-01T09:00:00Z"}))
    pq.write_table(
        pa.table({"ts": pa.array([datetime(2024, 3, 1, 8)], pa.timestamp("us"))}), tmp_path / "c.parquet"
    )
    assert read(tmp_path).times.tolist() == [1709280000000, 1709283600000, 1709287200000]
