"""Events in any order within the watermark's bound are matched as if they were sorted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflink_cep import Pattern, Skip
from pyflink_cep.testing import Watermark, find_matches

# Some patterns have clauses without an effect.
pytestmark = pytest.mark.filterwarnings("ignore::pyflink_cep.errors.PatternWarning")

BOUND = 10

PATTERNS = [
    Pattern.begin("a").where("kind = 'a'").next("b").where("kind = 'b'"),
    Pattern.begin("a").where("kind = 'a'").followed_by("b").where("kind = 'b'").within(milliseconds=20),
    Pattern.begin("a").where("kind = 'a'").one_or_more().followed_by_any("b").where("n > LAST(a.n)"),
    Pattern.begin("a", skip=Skip.past_last_event()).where("kind = 'a'").times(2).greedy().followed_by("b"),
    Pattern.begin("a").where("kind = 'a'").not_followed_by("b").where("kind = 'b'").within(milliseconds=5),
]


def found(pattern, events):
    """The numbers of the events of each match and timeout, and those of late events."""
    result = find_matches(pattern, events, partition_by="key", order_by="n")

    def numbers(match):
        return {step: [event["n"] for event in taken] for step, taken in match.items()}, match.timed_out_at

    return (
        sorted(map(numbers, result.matches), key=repr),
        sorted(map(numbers, result.timeouts), key=repr),
        [event["n"] for event in result.late],
    )


@st.composite
def event_lists(draw):
    times = sorted(draw(st.lists(st.integers(0, 60), min_size=1, max_size=12)))
    kinds, keys = st.sampled_from("abc"), st.sampled_from("xy")
    return [{"n": n, "ts": time, "kind": draw(kinds), "key": draw(keys)} for n, time in enumerate(times)]


@given(pattern=st.sampled_from(PATTERNS), events=event_lists(), data=st.data())
@settings(max_examples=200)
def test_any_order_within_the_bound_finds_what_sorted_events_do(pattern, events, data):
    # Each event may be held up by less than the bound; a watermark may stand wherever it tells the truth.
    delays = data.draw(st.lists(st.integers(0, BOUND - 1), min_size=len(events), max_size=len(events)))
    arrivals = sorted(zip(events, delays, strict=True), key=lambda arrival: arrival[0]["ts"] + arrival[1])
    fed = []
    for event, _ in arrivals:
        fed.append(event)
        if data.draw(st.booleans()):
            newest = max(element["ts"] for element in fed if not isinstance(element, Watermark))
            fed.append(Watermark(newest - BOUND))
    assert found(pattern, fed) == found(pattern, events)
