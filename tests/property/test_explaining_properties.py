from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyflink_cep import CepError
from pyflink_cep.explaining import explain
from pyflink_cep.testing import find_matches
from tests.property.strategies import SCHEMA, patterns

# Some patterns have clauses without an effect.
pytestmark = pytest.mark.filterwarnings("ignore::pyflink_cep.errors.PatternWarning")

MINUTE = 60_000
events = st.lists(
    st.builds(
        lambda minutes, amount, name: {"ts": minutes * MINUTE, "amount": amount, "name": name},
        st.integers(0, 400),
        st.sampled_from([0.5, 2.0, None]),
        st.sampled_from(["it's", "b", None]),
    ),
    max_size=7,
)


def taken(matches):
    return Counter(
        (match.timed_out_at, tuple((step, tuple(map(id, events))) for step, events in match.items()))
        for match in matches
    )


def result(call, *arguments, **options):
    """What a call gives, or what it says is wrong: a skip strategy may fail on a match."""
    try:
        return call(*arguments, **options)
    except CepError as error:
        return str(error)


@given(patterns(max_steps=3), events, st.none() | st.integers(0, 400))
def test_an_explanation_finds_what_is_found_and_can_be_told(pattern, stream, end):
    options = {"schema": SCHEMA, "final_watermark": None if end is None else end * MINUTE}
    found = result(find_matches, pattern, stream, **options)
    explanation = result(explain, pattern, stream, **options)

    if isinstance(found, str):
        assert explanation == found
        return
    assert taken(explanation.found.matches) == taken(found.matches)
    assert taken(explanation.found.timeouts) == taken(found.timeouts)
    ends = Counter(match.end for key in explanation.keys for match in key.partial_matches.values())
    assert (ends["matched"], ends["timed_out"]) == (len(found.matches), len(found.timeouts))
    assert "\nNearest miss" in explanation.to_text()
    assert "Nearest miss</h2>" in explanation.to_html()
