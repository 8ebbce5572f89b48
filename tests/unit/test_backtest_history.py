"""Events of the past, as they are read from files."""

import gzip
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pyflink_cep import InputError, UnknownColumnError
from pyflink_cep._files.history import read_history
from pyflink_cep._files.sql_types import json_lines, sql_type

CSV = "card_id,paid_at,amount,fraud\na,2018-04-01T00:00:02,0.5,0\nb,2018-04-01T00:00:01,7,3\n"


def write(folder, name, text):
    path = folder / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return str(path)


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events)


def rows(history):
    return history.table.to_pylist()


@pytest.mark.parametrize("name", ["history.csv", "history.csv.gz"])
def test_csv_is_sorted_by_time_and_its_types_are_taken_from_the_values(tmp_path, name):
    history = read_history([write(tmp_path, name, CSV)], "paid_at", label="fraud")
    assert history.schema == {"card_id": "STRING", "paid_at": "TIMESTAMP_LTZ(3)", "amount": "DOUBLE"}
    assert history.times.tolist() == [1522540801000, 1522540802000]
    assert history.table["card_id"].to_pylist() == ["b", "a"]
    assert list(history.labels) == ["3", np.nan]


def test_json_lines_keep_nested_values(tmp_path):
    events = [{"ts": 1_000, "at": {"lat": 1.5}, "tags": ["x"]}, {"ts": 2_000, "at": None, "tags": []}]
    history = read_history([write(tmp_path, "history.jsonl", lines(*events))], "ts")
    assert history.schema == {"ts": "BIGINT", "at": "ROW<`lat` DOUBLE>", "tags": "ARRAY<STRING>"}
    assert rows(history) == events


def test_files_of_several_formats_are_one_history(tmp_path):
    write(tmp_path, "b.jsonl", lines({"ts": 2_000, "amount": 1}))
    pq.write_table(pa.table({"ts": [1_000, 3_000], "amount": [0.5, 2.5]}), tmp_path / "a.parquet")
    history = read_history([str(tmp_path)], "ts")
    assert rows(history) == [
        {"ts": 1_000, "amount": 0.5},
        {"ts": 2_000, "amount": 1.0},
        {"ts": 3_000, "amount": 2.5},
    ]
    assert rows(read_history([f"{tmp_path}/*.parquet"], "ts")) == [
        {"ts": 1_000, "amount": 0.5},
        {"ts": 3_000, "amount": 2.5},
    ]


def test_a_value_that_fits_no_longer_late_in_a_file_widens_its_type(tmp_path):
    early = "".join(f"{second},{second}\n" for second in range(200_000))
    history = read_history([write(tmp_path, "history.csv", f"ts,amount\n{early}200000,0.5\n")], "ts")
    assert history.schema == {"ts": "BIGINT", "amount": "DOUBLE"}
    assert history.table["amount"][-1].as_py() == 0.5


def test_events_of_one_time_keep_the_order_of_the_files(tmp_path):
    events = [{"ts": 2, "n": 1}, {"ts": 1, "n": 2}, {"ts": 2, "n": 3}, {"ts": 1, "n": 4}]
    history = read_history([write(tmp_path, "history.jsonl", lines(*events))], "ts")
    assert history.table["n"].to_pylist() == [2, 4, 1, 3]


def test_events_of_one_millisecond_are_in_order_of_their_finer_times(tmp_path):
    times = pa.array([1_000_900, 1_000_100], pa.timestamp("us"))
    pq.write_table(pa.table({"at": times, "n": [1, 2]}), tmp_path / "a.parquet")
    history = read_history([str(tmp_path)], "at")
    assert history.table["n"].to_pylist() == [2, 1]
    assert history.times.tolist() == [1_000, 1_000]


@pytest.mark.parametrize(
    ("times", "milliseconds"),
    [
        ([1_000, 99_999_999], [1_000, 99_999_999]),
        ([1522540831, 1522540832], [1522540831000, 1522540832000]),
        ([1522540831.5, 1522540832.25], [1522540831500, 1522540832250]),
        ([1522540831000, 1522540832000], [1522540831000, 1522540832000]),
        (["2018-04-01", "2018-04-01 00:00:00.5Z"], [1522540800000, 1522540800500]),
        ([date(2018, 4, 1), date(2018, 4, 2)], [1522540800000, 1522627200000]),
        (
            [datetime(2018, 4, 1, tzinfo=UTC), datetime(2018, 4, 2, tzinfo=UTC)],
            [1522540800000, 1522627200000],
        ),
    ],
)
def test_a_time_is_a_timestamp_text_or_a_number(tmp_path, times, milliseconds):
    pq.write_table(pa.table({"at": times}), tmp_path / "a.parquet")
    assert read_history([str(tmp_path)], "at").times.tolist() == milliseconds


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 3, None, 10], [None, "3", None, "10"]),
        ([0.0, 3.0, None, 10.0], [None, "3", None, "10"]),
        ([True, False, None, True], ["true", None, None, "true"]),
        (["", "theft", "false", "0"], [None, "theft", None, None]),
    ],
)
def test_zero_false_and_nothing_are_no_labels(tmp_path, values, labels):
    pq.write_table(pa.table({"ts": [1, 2, 3, 4], "label": values}), tmp_path / "a.parquet")
    history = read_history([str(tmp_path)], "ts", label="label")
    assert [value if isinstance(value, str) else None for value in history.labels] == labels
    assert history.schema == {"ts": "BIGINT"}


def test_events_at_the_end_of_the_period_or_after_it_are_left_out(tmp_path):
    path = write(tmp_path, "history.csv", CSV)
    history = read_history([path], "paid_at", until=datetime(2018, 4, 1, 0, 0, 2, tzinfo=UTC))
    assert history.table["card_id"].to_pylist() == ["b"]


def test_readers_take_turns_and_events_of_one_time_stay_together(tmp_path):
    times = [number // 3 for number in range(100)]
    history = read_history([write(tmp_path, "history.jsonl", lines(*({"ts": t} for t in times)))], "ts")
    parts = history.parts(2)
    dealt = sorted((start, end) for part in parts for start, end in part)
    assert [start for start, _ in dealt] == [0, *(end for _, end in dealt[:-1])]
    assert dealt[-1][1] == 100
    assert all(times[end - 1] < times[end] for _, end in dealt[:-1])
    assert all(len(part) >= 8 for part in parts)


def test_a_few_events_are_dealt_to_fewer_readers(tmp_path):
    history = read_history([write(tmp_path, "history.jsonl", lines({"ts": 1}, {"ts": 1}))], "ts")
    assert history.parts(3) == [[(0, 2)], [], []]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "history.txt",
            "",
            "{path}: error[unknown-format]: the name ends in none of .parquet, .csv, .jsonl, ",
        ),
        ("history.parquet", "a", "{path}: error[unreadable-file]: expected Parquet: "),
        ("history.csv", "paid_at\n", "events: error[no-events]: the files have no events"),
        (
            "history.csv",
            "paid_at\ntrue\n",
            "--time: error[wrong-time]: `paid_at` is of Arrow's type bool, which is no time",
        ),
        (
            "history.csv",
            "paid_at,__row\n1,1\n",
            "events: error[reserved-column]: `__row` is a name that backtest needs for itself",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, name, text, message):
    path = write(tmp_path, name, text)
    with pytest.raises(InputError) as caught:
        read_history([path], "paid_at")
    assert str(caught.value).startswith(message.format(path=path))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "history.csv",
            "paid_at,card,amount\n1,c1,0.5\n\n2,c1\n3,c1,1,200.00\n",
            "{path}:4:1: error[wrong-count]: expected 3 values, one for each column, found 2: `amount` is missing\n"
            "  4 | 2,c1\n"
            "    | ^^^^\n"
            "\n"
            "{path}:5:1: error[wrong-count]: expected 3 values, one for each column, found 4\n"
            "  5 | 3,c1,1,200.00\n"
            "    | ^^^^^^^^^^^^^\n"
            "\n"
            'hint: a value with a comma in it is written in quotes: "1,200.00"',
        ),
        (
            "history.csv.gz",
            'paid_at,card,amount\n1,"c1,2\n2,c2,3\n',
            "{path}:2:1: error[wrong-count]: expected 3 values, one for each column, found 2: `amount` is missing\n"
            '  2 | 1,"c1,2\n'
            "    | ^^^^^^^\n"
            "\n"
            "hint: a value in quotes goes on to line 3: is a closing quote missing?",
        ),
        (
            "history.jsonl",
            '{"paid_at": 1, "amount": 1}\n{"paid_at": 2, "amount":}\n[1]\n',
            "{path}:2:25: error[unreadable-line]: this is not JSON: expecting value, in or after `amount`\n"
            '  2 | {"paid_at": 2, "amount":}\n'
            "    |                         ^\n"
            "\n"
            "{path}:3:1: error[unreadable-line]: expected an object, found a list\n"
            "  3 | [1]\n"
            "    | ^^^",
        ),
    ],
)
def test_broken_lines_are_shown_with_their_places(tmp_path, name, text, message):
    path = write(tmp_path, name, text)
    with pytest.raises(InputError) as caught:
        read_history([path], "paid_at")
    assert str(caught.value) == message.replace("{path}", path)


def test_of_many_broken_lines_the_first_ten_are_shown(tmp_path):
    path = write(tmp_path, "history.csv", "paid_at,n\n" + "1\n" * 20)
    with pytest.raises(InputError) as caught:
        read_history([path], "paid_at")
    assert [diagnostic.line for diagnostic in caught.value.diagnostics] == [*range(2, 12)]


@pytest.mark.parametrize(
    ("name", "text", "place", "message"),
    [
        (
            "b.csv",
            "paid_at,n\n2018-04-01T00:00:00Z,1\n\n,2\n",
            ":4",
            "the event has no time: `paid_at` is empty",
        ),
        (
            "b.csv",
            'n,paid_at\n"two\nlines",2018-04-01\nx,yesterday\n',
            ":4",
            "`paid_at` is 'yesterday', which is not ISO 8601",
        ),
        (
            "b.jsonl",
            '{"paid_at": "2018-04-01T00:00:00Z"}\n\n{"n": 1}\n',
            ":3",
            "the event has no time: `paid_at` is empty",
        ),
    ],
)
def test_a_wrong_time_is_told_with_its_place(tmp_path, name, text, place, message):
    write(tmp_path, "a.csv", "paid_at,k\n2018-04-01T00:00:00Z,x\n2018-04-02T00:00:00Z,x\n")
    path = write(tmp_path, name, text)
    with pytest.raises(InputError) as caught:
        read_history([f"{tmp_path}/a.csv", path], "paid_at")
    assert str(caught.value).partition("\n")[0] == f"{path}{place}: error[wrong-time]: {message}"


def test_a_wrong_time_in_parquet_is_told_with_its_row(tmp_path):
    pq.write_table(pa.table({"ts": [1.0, float("nan")]}), tmp_path / "a.parquet")
    with pytest.raises(InputError) as caught:
        read_history([str(tmp_path)], "ts")
    assert str(caught.value).startswith(
        f"{tmp_path}/a.parquet, row 2: error[wrong-time]: `ts` is nan, which is no time"
    )


def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path):
    with pytest.raises(UnknownColumnError) as caught:
        read_history([write(tmp_path, "history.csv", CSV)], "paidat", label="frod")
    assert str(caught.value) == (
        "--time: error[unknown-column]: the events have no column `paidat`\n\n"
        "hint: did you mean `paid_at`? Columns: `card_id`, `paid_at`, `amount`, `fraud`\n\n"
        "--label: error[unknown-column]: the events have no column `frod`\n\n"
        "hint: did you mean `fraud`? Columns: `card_id`, `paid_at`, `amount`, `fraud`"
    )


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError) as caught:
        read_history([f"{tmp_path}/*.csv"], "paid_at")
    assert str(caught.value) == f"{tmp_path}/*.csv: error[missing-file]: there is no such file or folder"


def test_a_period_before_all_events_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        read_history([write(tmp_path, "history.csv", CSV)], "paid_at", until=datetime(2018, 1, 1, tzinfo=UTC))
    assert str(caught.value) == "--to: error[no-events]: there are no events before 2018-01-01 00:00"


def test_values_are_written_as_flink_reads_them():
    batch = pa.record_batch(
        {
            "text": pa.array(['a "quote"\n', None]),
            "plain": pa.array(["a", "b"]),
            "number": pa.array([0.1, float("nan")]),
            "exact": pa.array([Decimal("1.50"), None]),
            "yes": pa.array([True, False]),
            "day": pa.array([date(2018, 4, 1), None]),
            "at": pa.array([datetime(2018, 4, 1), None], pa.timestamp("ms")),
            "instant": pa.array([datetime(2018, 4, 1), None], pa.timestamp("us", "Europe/Rome")),
            "bytes": pa.array([b"\x00", None]),
            "kind": pa.array(["x", "y"]).dictionary_encode(),
            "map": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int32())),
        }
    )
    assert [json.loads(line) for line in json_lines(batch).splitlines()] == [
        {
            "text": 'a "quote"\n',
            "plain": "a",
            "number": 0.1,
            "exact": 1.50,
            "yes": True,
            "day": "2018-04-01",
            "at": "2018-04-01T00:00:00.000",
            "instant": "2018-04-01T00:00:00.000000Z",
            "bytes": "AA==",
            "kind": "x",
            "map": {"a": 1},
        },
        {
            "text": None,
            "plain": "b",
            "number": "NaN",
            "exact": None,
            "yes": False,
            "day": None,
            "at": None,
            "instant": None,
            "bytes": None,
            "kind": "y",
            "map": None,
        },
    ]
    assert [sql_type(field.type) for field in batch.schema] == [
        "STRING",
        "STRING",
        "DOUBLE",
        "DECIMAL(3, 2)",
        "BOOLEAN",
        "DATE",
        "TIMESTAMP(3)",
        "TIMESTAMP_LTZ(6)",
        "BYTES",
        "STRING",
        "MAP<STRING, INT>",
    ]


@pytest.mark.parametrize("type_", [pa.duration("s"), pa.decimal256(60, 2), pa.list_(pa.duration("s"))])
def test_a_type_that_flink_lacks_has_none(type_):
    assert sql_type(type_) is None
