"""`find_matches`: a pattern on a list of events, without a job."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from pyflink_cep import (
    ArgumentTypeError,
    CepError,
    InputError,
    Pattern,
    PatternError,
    UnknownColumnError,
)
from pyflink_cep.testing import Watermark, find_matches

PAIR = Pattern.begin("probe").where("amount < 1").followed_by("spend").where("amount > 500")


def payment(ts, amount, **fields):
    return {"ts": ts, "amount": amount, **fields}


def test_a_match_maps_steps_to_the_very_objects_that_were_passed_in():
    probe, other, spend = payment(1, 0.5), payment(2, 20), payment(3, 700)
    [match] = find_matches(PAIR, [probe, other, spend]).matches
    assert match == {"probe": [probe], "spend": [spend]}
    assert match["probe"][0] is probe
    assert match["spend"][0] is spend
    assert (match.started_at, match.ended_at, match.timed_out_at) == (1, 3, None)
    assert match.measures == {}


def test_a_step_that_took_nothing_is_not_in_the_match():
    pattern = PAIR.followed_by("refund").where("amount < 0").optional()
    [match] = find_matches(pattern, [payment(1, 0.5), payment(3, 700)]).matches
    assert list(match) == ["probe", "spend"]


def test_events_without_watermarks_are_taken_in_the_order_of_their_times():
    assert len(find_matches(PAIR, [payment(3, 700), payment(1, 0.5)]).matches) == 1


def test_events_between_watermarks_are_fed_in_the_order_of_the_list():
    late = payment(10, 0.5)
    found = find_matches(PAIR, [payment(11, 0.1), Watermark(10), late, payment(12, 700)])
    assert found.late == [late]
    assert found.late[0] is late
    assert [match["probe"] for match in found.matches] == [[payment(11, 0.1)]]


def test_a_partial_match_times_out_at_the_first_time_that_is_too_late():
    within = PAIR.within(milliseconds=50)
    [timeout] = find_matches(within, [payment(1, 0.5)]).timeouts
    assert timeout == {"probe": [payment(1, 0.5)]}
    assert (timeout.started_at, timeout.ended_at, timeout.timed_out_at) == (1, 1, 51)


def test_time_goes_on_to_the_final_watermark_and_no_further():
    within = PAIR.within(milliseconds=50)
    assert find_matches(within, [payment(1, 0.5)], final_watermark=50).timeouts == []
    assert len(find_matches(within, [payment(1, 0.5)], final_watermark=51).timeouts) == 1


def test_a_pattern_without_a_window_ends_with_its_input():
    found = find_matches(PAIR, [payment(1, 0.5)])
    assert (found.matches, found.timeouts, found.late) == ([], [], [])


def test_keys_are_kept_apart():
    events = [payment(1, 0.5, card="a"), payment(2, 700, card="b"), payment(3, 800, card="a")]
    [match] = find_matches(PAIR, events, partition_by="card").matches
    assert match["spend"] == [events[2]]


def test_order_by_orders_events_of_the_same_time():
    events = [payment(1, 700, seq=2), payment(1, 0.5, seq=1)]
    assert find_matches(PAIR, events).matches == []
    assert len(find_matches(PAIR, events, order_by="seq").matches) == 1


@pytest.mark.parametrize(
    ("start", "zone"),
    [(datetime(2026, 1, 1), None), (datetime(2026, 1, 1, tzinfo=UTC), UTC)],
    ids=["naive", "aware"],
)
def test_times_are_of_the_kind_of_the_events(start, zone):
    minute = timedelta(minutes=1)
    within = PAIR.within(minutes=5)
    events = [payment(start, 0.5), payment(start + minute, 700), payment(start + 2 * minute, 0.1)]
    found = find_matches(within, events, final_watermark=start + 7 * minute)
    assert found.matches[0].ended_at == start + minute
    assert found.matches[0].ended_at.tzinfo is zone
    assert found.timeouts[0].timed_out_at == start + 7 * minute


def test_measures_have_the_values_of_their_sql_types():
    paris = timezone(timedelta(hours=1))
    probe = {
        "ts": 1,
        "amount": Decimal("0.10"),
        "open": True,
        "count": 2**40,
        "ratio": 2.5,
        "name": "Ä `x`",
        "day": date(2026, 1, 2),
        "clock": time(3, 4, 5),
        "naive": datetime(2026, 1, 2, 3, 4, 5, 678000),
        "aware": datetime(2026, 1, 2, 3, 4, 5, tzinfo=paris),
        "numbers": [1, None, 2.5],
        "place": {"city": "Lyon", "at": {"x": 1}},
        "raw": b"\x00\xff",
        "nothing": None,
        "infinite": float("-inf"),
    }
    [match] = find_matches(
        PAIR, [probe, payment(2, 700)], measures={name: f"probe.`{name}`" for name in probe}
    ).matches
    assert match.measures == probe
    assert match.measures["aware"].tzinfo is UTC


def test_a_field_that_an_event_lacks_is_null():
    pattern = Pattern.begin("bare").where("note IS NULL")
    assert find_matches(pattern, [payment(1, 1, note="x"), payment(2, 1)]).matches == [
        {"bare": [payment(2, 1)]}
    ]


def test_a_schema_says_what_the_events_do_not():
    schema = {"ts": "TIMESTAMP_LTZ(3)", "amount": "DECIMAL(10, 2)", "tags": "MAP<STRING, INT>"}
    events = [payment(1000, 0.5, tags={"a": 1}), payment(2000, 700)]
    [match] = find_matches(
        PAIR,
        events,
        schema=schema,
        measures={"ts": "probe.ts", "amount": "probe.amount", "tags": "probe.tags"},
    ).matches
    assert match.measures == {
        "ts": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        "amount": Decimal("0.50"),
        "tags": {"a": 1},
    }


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"events": [payment(1, "x"), Watermark(0), payment(2, 3)]},
            InputError,
            "events[2]: error[conflicting-types]: `amount` is BIGINT, but STRING in events before it\n"
            "\n"
            "hint: give all events the same type, or pass schema=",
        ),
        (
            {"events": [payment(1, 1, place={"x": {1, 2}})]},
            InputError,
            "events[0]: error[unsupported-value]: `place.x` is {1, 2} of type set, which has no SQL type here",
        ),
        (
            {"events": [payment(1, 2**63)]},
            InputError,
            "events[0]: error[unsupported-value]: `amount` is 9223372036854775808 of type int, which has no SQL type"
            " here\n"
            "\n"
            "hint: pass schema= with a type for `amount`",
        ),
        (
            {"events": [payment(1, 1), {"amount": 1}]},
            InputError,
            "events[1]: error[missing-time]: the event has no `ts`: {'amount': 1}\n"
            "\n"
            "hint: name the field that holds the time with time_field=",
        ),
        (
            {"events": [payment("noon", 1)]},
            InputError,
            "events[0], `ts`: error[wrong-time]: expected a time in milliseconds or a datetime, found 'noon'",
        ),
        (
            {"events": [payment(2**63, 1)]},
            InputError,
            "events[0], `ts`: error[wrong-time]: 9223372036854775808 is no time: its milliseconds don't fit 64 bits",
        ),
        (
            {"events": [payment(1, 1), Watermark(-(2**63) - 1)]},
            InputError,
            "events[1]: error[wrong-time]: -9223372036854775809 is no time: its milliseconds don't fit 64 bits",
        ),
        (
            {"events": [payment(1, 1)], "final_watermark": 2**64},
            InputError,
            "final_watermark: error[wrong-time]: 18446744073709551616 is no time: its milliseconds don't fit 64 bits",
        ),
        (
            {"events": [(1, 2)]},
            ArgumentTypeError,
            "events[0]: error[wrong-type]: expected a dict or a Watermark, found (1, 2) of type tuple",
        ),
        (
            {"events": []},
            InputError,
            "events: error[missing-schema]: there are no events to take the schema from\n\nhint: pass schema=",
        ),
        (
            {"events": [payment(1, "x"), payment(2, 1)], "schema": {"ts": "BIGINT", "amount": "DOUBLE"}},
            InputError,
            'events[0]: error[wrong-value]: `amount` is "x", which is no DOUBLE\n\nhint: such as 0.5',
        ),
        (
            {"events": [payment(1, 1)], "schema": {"ts": "BIGINT", "amount": "DUBLE"}},
            PatternError,
            "schema: error[unknown-type]: `amount` is of type `DUBLE`, which is not one of SQL\n"
            "\n"
            "hint: did you mean `DOUBLE`? Types: `BOOLEAN`, `TINYINT`, `SMALLINT`, `INT`, `BIGINT`, `FLOAT`, `DOUBLE`,"
            " `DECIMAL`, `CHAR`, `VARCHAR`, `STRING`, `BINARY`, `VARBINARY`, `BYTES`, `DATE`, `TIME`, `TIMESTAMP`,"
            " `TIMESTAMP_LTZ`, `INTERVAL`, `ARRAY`, `MAP`, `ROW`",
        ),
        (
            {"events": [payment(1, 1)], "schema": {"ts": "BIGINT", "amount": "MULTISET<INT>"}},
            PatternError,
            "schema: error[unknown-type]: `amount` is of type `MULTISET<INT>`, which events can't have here\n"
            "\n"
            "hint: such as BIGINT, DECIMAL(10, 2) or ARRAY<STRING>. Types: BOOLEAN, TINYINT, SMALLINT, INT, BIGINT,"
            " FLOAT, DOUBLE, DECIMAL, CHAR, VARCHAR, STRING, BINARY, VARBINARY, BYTES, DATE, TIME, TIMESTAMP,"
            " TIMESTAMP_LTZ, INTERVAL, ARRAY, MAP, ROW",
        ),
        (
            {"events": [payment(1, 1)], "partition_by": "amont"},
            UnknownColumnError,
            "partition_by: error[unknown-column]: `amont` is not a column\n"
            "\n"
            "hint: did you mean `amount`? Columns: `ts`, `amount`",
        ),
    ],
    ids=lambda value: value.rpartition("error[")[2].partition("]")[0] if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_refused(arguments, error, message):
    with pytest.raises(CepError) as info:
        find_matches(PAIR, **arguments)
    assert type(info.value) is error
    assert str(info.value) == message
