"""Values against the types that a schema gives them: they stay what they are, or are refused with their place."""

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from pyflink_cep import InputError, Pattern, _gateway
from pyflink_cep.cli.difference import yaml_text
from pyflink_cep.testing import find_matches

NAN = float("nan")


class As(NamedTuple):
    """A value, and what it is in a type."""

    given: object
    expected: object


INDIA = timezone(timedelta(hours=5, minutes=30))
# Of each type the values that fit.
FITTING = {
    "BOOLEAN": [True, False, As(np.True_, True)],
    "TINYINT": [127, -128, As(3.0, 3), As(Decimal("3.00"), 3), As(np.int64(3), 3)],
    "SMALLINT": [32767, -32768],
    "INT": [2**31 - 1, -(2**31), As(-0.0, 0), As(np.float32(3), 3)],
    "BIGINT": [2**63 - 1, -(2**63), As(1e18, 10**18)],
    "FLOAT": [0.5, 3, 0.1, NAN, math.inf, -math.inf, 2**24],
    "DOUBLE": [
        0.1,
        1e300,
        5e-324,
        -0.0,
        2**53,
        123456789012345680000,
        As(Decimal("0.1"), 0.1),
        NAN,
        math.inf,
        As("NaN", NAN),
    ],
    "DECIMAL(5, 2)": [
        Decimal("999.99"),
        Decimal("-0.01"),
        As(7, Decimal("7.00")),
        As(0.1, Decimal("0.10")),
        As("1.50", Decimal("1.50")),
        As("1.5e2", Decimal("150.00")),
        As(Decimal("1.500"), Decimal("1.50")),
    ],
    "DECIMAL(38, 0)": [Decimal(10**38 - 1), As(10**38 - 1, Decimal(10**38 - 1))],
    "DECIMAL(38, 18)": [Decimal("12345678901234567890.123456789012345678")],
    "CHAR(3)": ["abc", "äöü"],
    "VARCHAR(3)": ["", "abc", "🙂🙂🙂"],
    "STRING": ["", "x" * 1000, "a\0b", "'\"\\\n"],
    "BINARY(2)": [b"\0\xff"],
    "BYTES": [b"", As(bytearray(b"x"), b"x"), As("eA==", b"x")],
    "DATE": [date(1, 1, 1), date(9999, 12, 31), As("2024-02-29", date(2024, 2, 29))],
    "TIME(0)": [time(23, 59, 59), As("10:15", time(10, 15))],
    "TIME(3)": [time(10, 15, 30, 123000), As("10:15:30.1", time(10, 15, 30, 100000))],
    "TIMESTAMP(3)": [
        datetime(1, 1, 1),
        datetime(9999, 12, 31, 23, 59, 59, 999000),
        datetime(1969, 12, 31, 23, 59, 59, 999000),
        As("2026-03-01 10:15", datetime(2026, 3, 1, 10, 15)),
        As("2026-03-01T10:15:30,5Z", datetime(2026, 3, 1, 10, 15, 30, 500000)),
        As(datetime(2026, 3, 1, 10, tzinfo=INDIA), datetime(2026, 3, 1, 4, 30)),
    ],
    "TIMESTAMP(6)": [
        datetime(2026, 3, 1, 10, 15, 30, 123456),
        As(pd.Timestamp("2026-03-01T10:15:30.123456"), datetime(2026, 3, 1, 10, 15, 30, 123456)),
    ],
    "TIMESTAMP_LTZ(3)": [
        datetime(2026, 3, 1, 10, tzinfo=UTC),
        As(datetime(2026, 3, 1, 10, tzinfo=INDIA), datetime(2026, 3, 1, 4, 30, tzinfo=UTC)),
        As(datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 10, tzinfo=UTC)),
        As("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        As(np.datetime64("2026-03-01T10:00:00.000000000"), datetime(2026, 3, 1, 10, tzinfo=UTC)),
    ],
    "INTERVAL DAY TO SECOND": [timedelta(days=-1, milliseconds=1), As(1500, timedelta(seconds=1.5))],
    "INTERVAL YEAR TO MONTH": [14],
    "ARRAY<INT>": [[], [1, None, 3], As((1, 2), [1, 2]), As(np.array([1, 2]), [1, 2])],
    "MAP<STRING, INT>": [{}, {"a": 1, "": None}],
    "ROW<lat DOUBLE, n INT>": [{"lat": 1.5, "n": 1}, As({"n": 1}, {"lat": None, "n": 1})],
    "MAP<STRING, ARRAY<ROW<at TIMESTAMP(3)>>>": [{"a": [{"at": datetime(2026, 3, 1)}, None], "b": None}],
}
NOT_FITTING = {
    "BOOLEAN": [1, 0, 1.0, "true", "yes", "", [], np.int64(1)],
    "TINYINT": [128, -129, 300, True, "3", 3.7, NAN, math.inf, [3], np.int64(300)],
    "SMALLINT": [2**15, -(2**15) - 1],
    "INT": [2**31, 3.7, 1e10, "3", True, Decimal("3.5"), Decimal("1E+999999"), Decimal("NaN"), NAN, b"3"],
    "BIGINT": [2**63, 1e19, 10**4000, datetime(2026, 3, 1)],
    "FLOAT": [1e300, -1e300, 1e-300, 2**24 + 1, 10**400, "1.5", True],
    "DOUBLE": [2**53 + 1, 10**400, Decimal("1E+400"), Decimal("1E-400"), "1.5", "x", False, Decimal("NaN")],
    "DECIMAL(5, 2)": [
        Decimal("1234.56"),
        Decimal("1.234"),
        0.1 + 0.2,
        1000,
        NAN,
        math.inf,
        "x",
        "1e",
        "",
        True,
        "1E99999",
        Decimal("1E+999999"),
        Decimal("1E-999999"),
    ],
    "DECIMAL(38, 0)": [10**38, 0.5],
    "CHAR(3)": ["abcd", 3, b"abc"],
    "VARCHAR(3)": ["abcd", "🙂🙂🙂🙂"],
    "STRING": [1, 1.5, True, b"x", date(2026, 3, 1), datetime(2026, 3, 1), Decimal(1), {}, [], "\ud800", NAN],
    "BINARY(2)": [b"abc", "YWJj"],
    "BYTES": ["x", "€", 1, [1, 2]],
    "DATE": ["2026-02-30", "2026-3-1", "20260301", "x", 1, datetime(2026, 3, 1), "0000-01-01"],
    "TIME(0)": [time(10, 15, 30, 1), "10:15:30.5", "25:00", 1, datetime(2026, 3, 1), time(10, tzinfo=UTC)],
    "TIME(6)": [time(10, 15, 30, 123456)],
    "TIMESTAMP(3)": [
        datetime(2026, 3, 1, 10, 15, 30, 123456),
        "2026-02-30T00:00:00",
        "2026-03-01T24:00:00",
        "2026-03-01T10:15.5",
        "10000-01-01T00:00:00",
        "x",
        1,
        date(2026, 3, 1),
        datetime(1, 1, 1, tzinfo=INDIA),
    ],
    "TIMESTAMP(6)": [pd.Timestamp("2026-03-01T10:15:30.123456789")],
    "TIMESTAMP_LTZ(3)": [1772352000000, True, 1.5],
    "INTERVAL DAY TO SECOND": [timedelta(microseconds=1), 1.5, "1", True, 2**63],
    "INTERVAL YEAR TO MONTH": [timedelta(days=1), 2**31],
    "ARRAY<INT>": [1, "x", {"a": 1}, {1, 2}],
    "MAP<STRING, INT>": [[("k", 1)], "x", {1: 1}, {None: 1}, {True: 1}],
    "ROW<lat DOUBLE, n INT>": [[1.5, 1], (1.5, 1), "x", {"lat": 1.5, "nn": 1}],
}


def taken(type_, value):
    """The value of a field as a measure gives it back."""
    found = find_matches(
        Pattern.begin("x"),
        [{"ts": 1, "v": value}],
        measures={"v": "x.v"},
        schema={"ts": "BIGINT", "v": type_},
    )
    return found.matches[0].measures["v"]


def is_same(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return (one == other and math.copysign(1, one) == math.copysign(1, other)) or (
            one != one and other != other
        )
    return type(one) is type(other) and one == other


@pytest.mark.parametrize("type_", FITTING)
def test_a_value_that_fits_stays_what_it_is(type_):
    for case in FITTING[type_]:
        given, expected = case if isinstance(case, As) else (case, case)
        found = taken(type_, given)
        if type_ in ("FLOAT", "DOUBLE"):
            expected = float(expected)
        assert is_same(found, expected), f"{given!r} as {type_}: {found!r}"


@pytest.mark.parametrize("type_", NOT_FITTING)
def test_a_value_that_does_not_fit_is_refused_wherever_it_stands(type_):
    nested = {
        type_: ("`v", lambda value: value),
        f"ARRAY<{type_}>": ("`v[1]", lambda value: [None, value]),
        f"MAP<STRING, {type_}>": ('`v["k"]', lambda value: {"k": value}),
        f"ROW<a ROW<b {type_}>>": ("`v.a.b", lambda value: {"a": {"b": value}}),
    }
    for sql, (place, wrap) in nested.items():
        schema = {"ts": "BIGINT", "v": sql}
        events = [{"ts": place, "v": wrap(value)} for place, value in enumerate(NOT_FITTING[type_])]
        with pytest.raises(InputError) as caught:
            find_matches(Pattern.begin("x"), events, schema=schema)
        said = [(each.code, each.location) for each in caught.value.diagnostics]
        assert said == [("wrong-value", f"events[{number}]") for number in range(len(events))], sql
        assert all(each.message.startswith(place) for each in caught.value.diagnostics)


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        ("INT NOT NULL", None, "`v` is NULL, and of type INT NOT NULL"),
        ("ARRAY<INT NOT NULL>", [1, None], "`v[1]` is NULL, and of type INT NOT NULL"),
        ("ROW<a INT NOT NULL>", {}, "`v.a` is NULL, and of type INT NOT NULL"),
        ("INT NOT NULL", pd.NaT, "`v` is NULL, and of type INT NOT NULL"),
    ],
)
def test_null_is_refused_where_the_type_has_none(type_, value, message):
    with pytest.raises(InputError) as caught:
        taken(type_, value)
    assert caught.value.diagnostics[0].message == message


def test_the_time_of_an_event_is_a_value_of_its_type_too():
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    milliseconds = 1772352000000
    for type_, expected in [
        ("BIGINT", milliseconds),
        ("TIMESTAMP(3)", at.replace(tzinfo=None)),
        ("TIMESTAMP_LTZ(3)", at),
    ]:
        for given in (at, at.replace(tzinfo=None), milliseconds):
            found = find_matches(
                Pattern.begin("x"), [{"ts": given}], measures={"v": "x.ts"}, schema={"ts": type_}
            )
            assert found.matches[0].measures == {"v": expected}, (type_, given)


def test_types_that_are_taken_from_values_keep_all_of_them():
    event = {
        "ts": 1,
        "fine": datetime(2026, 3, 1, 10, 15, 30, 123456),
        "finer": pd.Timestamp("2026-03-01T10:15:30.123456789Z"),
        "count": np.int64(3),
        "share": np.float64(0.5),
        "nothing": None,
    }
    measures = {name: f"x.{name}" for name in ("fine", "count", "share", "nothing")}
    measures["finer"] = "CAST(x.finer AS STRING)"
    found = find_matches(Pattern.begin("x"), [event], measures=measures)
    assert found.matches[0].measures == {
        "fine": event["fine"],
        "finer": "2026-03-01 10:15:30.123456789",
        "count": 3,
        "share": 0.5,
        "nothing": None,
    }


# Of YAML 1.2's core schema.
SCALARS = {
    **dict.fromkeys(["~", "null", "Null", "NULL", ""], None),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
    "0": 0,
    "-0": 0,
    "+5": 5,
    "-5": -5,
    "0742": 742,
    "00": 0,
    "0x1F": 31,
    "0o17": 15,
    ".5": 0.5,
    "5.": 5.0,
    "-.5": -0.5,
    "-0.0": -0.0,
    "+.5": 0.5,
    "1e3": 1000.0,
    "1E+3": 1000.0,
    "1.e-3": 0.001,
    **dict.fromkeys([".inf", ".Inf", ".INF", "+.inf"], math.inf),
    "-.inf": -math.inf,
    **dict.fromkeys([".nan", ".NaN", ".NAN"], NAN),
    "9223372036854775808": 2**63,
    "0.1234567890123456789": Decimal("0.1234567890123456789"),
    "1e400": Decimal("1e400"),
    **{
        text: text
        for text in (
            *("nULL", "tRUE", "yes", "no", "on", "Off", "y", "N", "0X1F", "0b1", "1_000", "1:30", "08:15:00"),
            *(
                "2026-03-01",
                "2026-03-01 08:00:01",
                "inf",
                "NaN",
                "1e",
                "e3",
                ".",
                "+",
                "=",
                "<<",
                "1.2.3",
                "0x",
            ),
            *("0o8", "-0x1F", "--", "a: b c".replace(": ", ""), "é", "0.1.", "1,5"),
        )
    },
}


@pytest.mark.parametrize(
    ("type_", "whole", "value"),
    [
        ("VARCHAR", "STRING", "hello"),
        ("varchar NOT NULL", "STRING", "hello"),
        ("VARBINARY", "BYTES", b"hello"),
        ("ARRAY<VARCHAR>", "ARRAY<STRING>", ["hello"]),
        ("MAP<VARCHAR, VARBINARY>", "MAP<STRING, BYTES>", {"hello": b"world"}),
        (
            "ROW<`VARCHAR` VARCHAR, b VARCHAR (5)>",
            "ROW<`VARCHAR` STRING, `b` VARCHAR(5)>",
            {"VARCHAR": "hello", "b": "world"},
        ),
        ("CHAR", "CHAR(1)", "h"),
    ],
)
def test_a_text_without_a_length_is_of_any_length_as_in_flink_sql(type_, whole, value):
    found = find_matches(
        Pattern.begin("x"),
        [{"ts": 1, "value": value}],
        schema={"ts": "BIGINT", "value": type_},
        measures={"type": "TYPEOF(x.`value`)", "value": "x.`value`"},
    )
    assert found.matches[0].measures == {"type": whole, "value": value}


def test_plain_scalars_are_what_the_core_schema_of_yaml_has_them_as():
    text = "".join(f"- {scalar}\n" for scalar in SCALARS)
    found, _, errors = _gateway.read_document("scalars.yaml", text)
    assert errors == []
    for scalar, value, expected in zip(SCALARS, found, SCALARS.values(), strict=True):
        assert is_same(value, expected), f"{scalar}: {value!r}"
    quoted, _, _ = _gateway.read_document(
        "q.yaml", "".join(f"- \"{scalar}\"\n- '{scalar}'\n" for scalar in SCALARS)
    )
    assert quoted == [scalar for scalar in SCALARS for _ in range(2)]


def test_what_this_library_writes_as_yaml_is_read_as_it_was():
    texts = [*SCALARS, "a\nb", " x", "x ", "#", "a # b", "- a", "{", "'", '"', "\t", "é"]
    document = {"texts": texts, "values": [None, True, 1, -0.5, 1e300, 2**70]}
    found, _, errors = _gateway.read_document("written.yaml", yaml_text(document))
    assert (found, errors) == (document, [])
