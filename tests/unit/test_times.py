"""Times of events in `find_matches` and `explain`: their order, their ends, and what no datetime can tell."""

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest

from pyflink_cep import Pattern
from pyflink_cep._backtest.times import read_times
from pyflink_cep.explaining import explain
from pyflink_cep.testing import Watermark, find_matches

PAIR = Pattern.begin("a").where("n = 'a'").followed_by("b").where("n = 'b'")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def micros(number, zone=UTC):
    return (NOON + timedelta(microseconds=number)).astimezone(zone)


@pytest.mark.parametrize(
    ("listed", "taken"),
    [
        ([("a", 900), ("b", 100)], []),
        ([("b", 900), ("a", 100)], [(100, 900)]),
        # Of equal times, the order of the list.
        ([("a", 500), ("b", 500)], [(500, 500)]),
        ([("b", 500), ("a", 500)], []),
        # Whole milliseconds come before what is after them.
        ([("b", 1_001), ("a", 1_000)], [(1_000, 1_001)]),
    ],
)
@pytest.mark.parametrize("zone", [UTC, None, timezone(timedelta(hours=-3, minutes=-30))])
def test_events_are_in_the_order_of_their_microseconds(listed, taken, zone):
    def time(number):
        return micros(number, zone) if zone else micros(number).replace(tzinfo=None)

    events = [{"ts": time(number), "n": name} for name, number in listed]
    for elements in (events, [Watermark(NOON - timedelta(seconds=1)), *events]):
        found = find_matches(PAIR, elements).matches
        assert [(match.started_at, match.ended_at) for match in found] == [
            (time(first), time(last)) for first, last in taken
        ]
    explanation = explain(PAIR, events)
    assert len(explanation.found.matches) == len(taken)


def test_microseconds_order_before_order_by():
    events = [{"ts": micros(900), "n": "a", "seq": 1}, {"ts": micros(100), "n": "b", "seq": 2}]
    assert find_matches(PAIR, events, order_by="seq").matches == []
    events = [{"ts": micros(100), "n": "b", "seq": 2}, {"ts": micros(100), "n": "a", "seq": 1}]
    assert len(find_matches(PAIR, events, order_by="seq").matches) == 1


def test_an_event_whose_millisecond_a_watermark_has_passed_is_late():
    events = [{"ts": micros(100), "n": "a"}, Watermark(NOON), {"ts": micros(900), "n": "b"}]
    assert find_matches(PAIR, events).late == [events[2]]


@pytest.mark.parametrize(
    ("event", "window", "timed_out_at"),
    [
        (datetime(9999, 12, 31, 12, tzinfo=UTC), {"hours": 24}, "+10000-01-01T12:00:00.000Z"),
        (datetime(9999, 12, 31, 12), {"hours": 24}, "+10000-01-01T12:00:00.000"),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), {"minutes": 59}, datetime(9999, 12, 31, 23, 59, tzinfo=UTC)),
        # In UTC, which is not past the year, the zone's own clock is.
        (
            datetime(9999, 12, 31, 20, tzinfo=timezone(timedelta(hours=5))),
            {"hours": 6},
            "9999-12-31T21:00:00.000Z",
        ),
        (datetime.max, {"milliseconds": 1}, "+10000-01-01T00:00:00.000"),
        (datetime.min, {"milliseconds": 1}, datetime(1, 1, 1, 0, 0, 0, 1000)),
        (datetime(2026, 3, 1), {"days": 10**8}, "+275816-11-12T00:00:00.000"),
        (253_402_300_799_999, {"hours": 24}, 253_402_387_199_999),
        (2**63 - 1 - 86_400_000, {"milliseconds": 86_399_999}, 2**63 - 2),
    ],
)
def test_a_timeout_after_the_year_9999_is_told_as_text(event, window, timed_out_at):
    pattern = Pattern.begin("a").where("n = 1").followed_by("b").where("n = 2").within(timedelta(**window))
    events = [{"ts": event, "n": 1}]
    [timeout] = find_matches(pattern, events).timeouts
    assert (timeout.started_at, timeout.timed_out_at) == (event, timed_out_at)
    assert str(timed_out_at) in explain(pattern, events).to_text() or isinstance(timed_out_at, datetime)
    assert explain(pattern, events).to_html()


def test_a_window_that_no_number_has_room_for_never_ends():
    pattern = PAIR.within(timedelta.max - timedelta(microseconds=999_999))
    events = [{"ts": 2**63 - 10, "n": "a"}, {"ts": 2**63 - 5, "n": "b"}]
    found = find_matches(pattern, events)
    assert (len(found.matches), found.timeouts) == (1, [])


@pytest.mark.parametrize("base", [1_080_000_000_000, 1_700_000_000_000, 2_180_000_000_000])
@pytest.mark.parametrize("unit", ["s", "ms"])
def test_fractions_are_read_to_the_millisecond_that_was_written(base, unit):
    written = range(base, base + 100_000, 7)
    numbers = [float(f"{ms // 1000}.{ms % 1000:03}") if unit == "s" else ms + 0.125 for ms in written]
    assert read_times(pa.chunked_array([numbers]), "ts")[1].tolist() == list(written)


def test_fractions_of_milliseconds_are_rounded_down_as_those_of_timestamps_are():
    numbers = [1_081_234_567.1239, 1_081_234_567.999_999]
    assert read_times(pa.chunked_array([numbers]), "ts")[1].tolist() == [1_081_234_567_123, 1_081_234_567_999]
