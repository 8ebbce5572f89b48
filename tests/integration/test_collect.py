"""`collect`: every type, with the values at its edges, whatever the time zones of the session and of the process."""

import math
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal

import pytest
from pyflink.java_gateway import get_gateway
from pyflink.table import EnvironmentSettings, TableEnvironment

from pyflink_cep import ArgumentTypeError, FlinkError, InputError, collect

VALUES = [
    ("TRUE", True),
    ("CAST(-128 AS TINYINT)", -128),
    ("CAST(32767 AS SMALLINT)", 32767),
    ("-2147483647 - 1", -(2**31)),
    ("CAST(1.5 AS FLOAT)", 1.5),
    ("CAST(1.1 AS FLOAT)", 1.100000023841858),
    ("0.10", Decimal("0.10")),
    ("CAST(1 AS DECIMAL(38, 18))", Decimal("1.000000000000000000")),
    ("CAST('a' AS CHAR(3))", "a  "),
    ("''", ""),
    ("x'00ff0a'", b"\x00\xff\n"),
    ("CAST(x'' AS BYTES)", b""),
    ("DATE '0001-01-01'", date.min),
    ("DATE '9999-12-31'", date.max),
    ("TIME '00:00:00'", clock.min),
    ("CAST('23:59:59.123' AS TIME(3))", clock(23, 59, 59, 123000)),
    # These clocks don't show this time: it is in the gap when summer time begins.
    ("TIMESTAMP '2024-03-10 02:30:00'", datetime(2024, 3, 10, 2, 30)),
    ("TIMESTAMP '2024-03-31 02:30:00.123456'", datetime(2024, 3, 31, 2, 30, 0, 123456)),
    ("CAST(TIMESTAMP '1969-12-31 23:59:59.999999' AS TIMESTAMP(9))", datetime(1969, 12, 31, 23, 59, 59, 999999)),
    ("CAST('2024-01-01 00:00:00.123456789' AS TIMESTAMP(6))", datetime(2024, 1, 1, 0, 0, 0, 123456)),
    ("TIMESTAMP '0001-01-01 00:00:00'", datetime.min),
    ("TIMESTAMP '9999-12-31 23:59:59.999999'", datetime.max),
    ("TO_TIMESTAMP_LTZ(0, 0)", datetime(1970, 1, 1, tzinfo=UTC)),
    ("TO_TIMESTAMP_LTZ(-1, 3)", datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    # Both moments are 01:30 in New York, one in summer time.
    ("TO_TIMESTAMP_LTZ(1730611800, 0)", datetime(2024, 11, 3, 5, 30, tzinfo=UTC)),
    ("TO_TIMESTAMP_LTZ(1730615400, 0)", datetime(2024, 11, 3, 6, 30, tzinfo=UTC)),
    ("CAST(TO_TIMESTAMP_LTZ(123, 3) AS TIMESTAMP_LTZ(9))", datetime(1970, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)),
    ("INTERVAL -'1-2' YEAR TO MONTH", -14),
    ("INTERVAL '10 02:03:04.567' DAY TO SECOND(3)", timedelta(days=10, seconds=7384, milliseconds=567)),
    ("ARRAY[1, CAST(NULL AS INT)]", [1, None]),
    ("ARRAY[ARRAY[1, CAST(NULL AS INT)], CAST(NULL AS ARRAY<INT>)]", [[1, None], None]),
    ("MAP['b', 1, 'a', CAST(NULL AS INT)]", {"a": None, "b": 1}),
    ("MAP[DATE '2024-01-01', TIME '01:00:00']", {date(2024, 1, 1): clock(1)}),
    ("MAP[CAST(NULL AS STRING), 1]", {None: 1}),
    ("MAP[ARRAY[1], 'one']", [([1], "one")]),
    (
        "CAST(ROW(1, CAST(NULL AS STRING), ROW(TO_TIMESTAMP_LTZ(1, 3), 0.5))"
        " AS ROW<a INT, b STRING, c ROW<t TIMESTAMP_LTZ(3), x DECIMAL(2, 1)>>)",
        {"a": 1, "b": None, "c": {"t": datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC), "x": Decimal("0.5")}},
    ),
    ("CAST(ARRAY[ROW(1, ARRAY['x'])] AS ARRAY<ROW<a INT, b ARRAY<STRING>>>)", [{"a": 1, "b": ["x"]}]),
    ("PARSE_JSON('{\"a\": [1, 2.5, null, \"x\"]}')", {"a": [1, 2.5, None, "x"]}),
]  # fmt: skip
# Flink can't plan these values as literals, or gives literals others: they are made of a row's text.
OF_TEXTS = [
    ("CAST(? AS BIGINT)", "9223372036854775807", 2**63 - 1),
    ("CAST(? AS DOUBLE)", "5e-324", 5e-324),
    ("CAST(? AS DOUBLE)", "-0.0", -0.0),
    ("CAST(? AS DOUBLE)", "NaN", math.nan),
    ("CAST(? AS FLOAT)", "-Infinity", -math.inf),
    ("ARRAY[CAST(? AS DOUBLE), CAST(NULL AS DOUBLE)]", "NaN", [math.nan, None]),
    ("CAST(? AS DECIMAL(38, 0))", f"1{36 * '0'}2", Decimal(f"1{36 * '0'}2")),
    ("?", "€😀\u2028\u0085\n\"\\", '€😀\u2028\u0085\n"\\'),
]  # fmt: skip
TYPES = [
    *(
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "FLOAT",
        "DOUBLE",
        "DECIMAL(10, 2)",
        "CHAR(2)",
        "STRING",
    ),
    *(
        "BINARY(2)",
        "BYTES",
        "DATE",
        "TIME(3)",
        "TIMESTAMP(0)",
        "TIMESTAMP(9)",
        "TIMESTAMP_LTZ(3)",
        "TIMESTAMP_LTZ(9)",
    ),
    *(
        "INTERVAL YEAR TO MONTH",
        "INTERVAL DAY TO SECOND(3)",
        "ARRAY<INT>",
        "MAP<STRING, INT>",
        "MULTISET<STRING>",
    ),
    *("ROW<a INT, b ROW<c STRING>>", "VARIANT"),
]


@pytest.fixture
def process_zone(request, monkeypatch):
    """The zone of this process, in Python and in Java."""
    zones = get_gateway().jvm.java.util.TimeZone
    before = zones.getDefault()
    with monkeypatch.context() as context:
        context.setenv("TZ", request.param)
        time.tzset()
        zones.setDefault(zones.getTimeZone(request.param))
        yield request.param
    zones.setDefault(before)
    time.tzset()


def one_row(tables, expressions):
    """The values of expressions over a row of texts."""
    texts = tuple(text for _, text, _ in OF_TEXTS)
    row = tables.from_elements([texts], [f"t{place}" for place in range(len(texts))])
    columns = ", ".join(f"{expression} AS v{place}" for place, expression in enumerate(expressions))
    (found,) = collect(tables.sql_query(f"SELECT {columns} FROM {row}"))
    return list(found.values())


@pytest.mark.parametrize(
    ("process_zone", "session_zone"),
    [("UTC", "America/St_Johns"), ("America/New_York", "Asia/Kolkata")],
    indirect=["process_zone"],
)
@pytest.mark.usefixtures("process_zone")
def test_values_of_every_type_are_exact_in_each_time_zone(tables, session_zone):
    tables.get_config().set_local_timezone(session_zone)
    of_texts = [expression.replace("?", f"t{place}") for place, (expression, _, _) in enumerate(OF_TEXTS)]
    found = one_row(tables, [*(expression for expression, _ in VALUES), *of_texts])

    # repr tells -0.0, nan, the scale of decimals, and the types.
    expected = [value for *_, value in [*VALUES, *OF_TEXTS]]
    assert list(map(repr, found)) == list(map(repr, expected))


def test_null_is_none_in_every_type(tables):
    found = one_row(tables, [f"CAST(NULL AS {type_})" for type_ in TYPES])

    assert found == [None] * len(TYPES)


def test_rows_have_the_names_of_the_columns_and_keep_their_order(tables):
    rows = tables.from_elements([(2, "b"), (1, None), (2, "b")], ["id", "name of it"])

    assert collect(rows) == [
        {"id": 2, "name of it": "b"},
        {"id": 1, "name of it": None},
        {"id": 2, "name of it": "b"},
    ]
    assert collect(rows.where(rows.id > 5)) == []


def test_columns_that_are_computed_or_metadata_are_there(tables, tmp_path):
    (tmp_path / "numbers.csv").write_text("5\n")
    tables.execute_sql(f"""
        CREATE TABLE numbers (
            id INT, doubled AS id * 2, name STRING METADATA FROM 'file.name' VIRTUAL,
            paid_at AS TO_TIMESTAMP_LTZ(id, 0), WATERMARK FOR paid_at AS paid_at
        ) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}', 'format' = 'csv')
    """)

    at = datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)
    expected = {"id": 5, "doubled": 10, "name": "numbers.csv", "paid_at": at}
    assert collect(tables.from_path("numbers")) == [expected]


def test_more_rows_than_are_fetched_at_once(tables):
    tables.execute_sql(sequence(25_000))

    assert [row["id"] for row in collect(tables.from_path("numbers"))] == list(range(1, 25_001))
    assert len(collect(tables.from_path("numbers"), limit=10_001)) == 10_001


def test_of_rows_that_are_updated_those_at_the_end_are_left(tables):
    tables.execute_sql(sequence(1_000))
    counts = tables.sql_query(
        "SELECT id / 500 AS half, COUNT(*) AS n, COLLECT(id / 250) AS parts FROM numbers GROUP BY id / 500"
    )

    assert sorted(collect(counts), key=lambda row: row["half"]) == [
        {"half": 0, "n": 499, "parts": {0: 249, 1: 250}},
        {"half": 1, "n": 500, "parts": {2: 250, 3: 250}},
        {"half": 2, "n": 1, "parts": {4: 1}},
    ]
    # Each of these rows is taken away again.
    tables.create_temporary_view("counts", counts)
    assert collect(tables.sql_query("SELECT * FROM counts WHERE n BETWEEN 2 AND 400")) == []


def test_a_table_in_batch_mode():
    tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    tables.execute_sql(sequence(3))

    assert collect(tables.sql_query("SELECT MAX(id) AS newest FROM numbers")) == [{"newest": 3}]
    assert collect(tables.sql_query("SELECT COUNT(*) AS n FROM numbers"), limit=1) == [{"n": 3}]


def test_a_limit_ends_a_job_that_has_no_end(tables):
    tables.execute_sql("CREATE TABLE endless (id INT) WITH ('connector' = 'datagen')")

    assert len(collect(tables.from_path("endless"), limit=3)) == 3
    assert collect(tables.from_path("endless"), limit=0) == []


@pytest.mark.parametrize(
    ("query", "limit", "code", "message"),
    [
        (
            "SELECT COUNT(*) AS n FROM numbers",
            1,
            "updating-table",
            "limit: the query updates or deletes rows: its first rows are not those that it ends with",
        ),
        ("SELECT 1", -1, "wrong-limit", "limit: expected 0 or more, found -1"),
        (
            "SELECT id, CAST('2024-01-01 00:00:00.123456789' AS TIMESTAMP(9)) AS a FROM numbers",
            None,
            "unsupported-value",
            "row 0: `a` is 2024-01-01T00:00:00.123456 and 789 ns, and Python's datetime has no nanoseconds",
        ),
        (
            "SELECT TIMESTAMPADD(DAY, id, TIMESTAMP '9999-12-31 23:59:59') AS a FROM numbers",
            None,
            "unsupported-value",
            "row 0: `a` is 253402387199000 ms after 1970-01-01T00:00, which is more than Python's type has",
        ),
        (
            "SELECT TIMESTAMPADD(DAY, id, DATE '9999-12-31') AS a FROM numbers",
            None,
            "unsupported-value",
            "row 0: `a` is 2932897 days after 1970-01-01, which is more than Python's type has",
        ),
        (
            "SELECT MAP[id * 0E0, 1, id * -0E0, 2] AS a FROM numbers",
            None,
            "unsupported-value",
            "row 0: `a` is a map with keys that are equal in Python",
        ),
    ],
)
def test_what_python_does_not_have_is_refused(tables, query, limit, code, message):
    tables.execute_sql(sequence(1))
    with pytest.raises(InputError) as info:
        collect(tables.sql_query(query), limit=limit)

    (diagnostic,) = info.value.diagnostics
    assert (diagnostic.code, f"{diagnostic.location}: {diagnostic.message}") == (code, message)


def test_a_column_of_java_objects_is_refused_before_the_job_starts(environment, tables):
    objects = tables.from_data_stream(environment.from_collection([(1,)]))
    with pytest.raises(InputError) as info:
        collect(objects)

    assert str(info.value).startswith("column `f0`: error[unsupported-type]: its type is RAW(")


@pytest.mark.parametrize(("table", "limit"), [("numbers", None), (None, None)])
def test_something_else_than_a_table_is_refused(table, limit):
    with pytest.raises(ArgumentTypeError, match=r"^table: error\[wrong-type\]: expected a Table, found "):
        collect(table, limit=limit)


def test_a_limit_that_is_no_number_is_refused(tables):
    with pytest.raises(
        ArgumentTypeError, match=r"^limit: error\[wrong-type\]: expected an int, or None, found '3'"
    ):
        collect(tables.from_elements([(1,)], ["id"]), limit="3")


def test_a_job_that_fails_says_the_innermost_cause(tables):
    tables.execute_sql(sequence(1))
    with pytest.raises(FlinkError) as info:
        collect(tables.sql_query("SELECT 1 / (id - 1) AS a FROM numbers"))

    assert str(info.value) == "collect: error[flink-error]: ArithmeticException: / by zero"


def sequence(count):
    return f"""
        CREATE TABLE numbers (id INT) WITH (
            'connector' = 'datagen', 'number-of-rows' = '{count}',
            'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{count}'
        )
    """
