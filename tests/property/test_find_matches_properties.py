import pytest
from hypothesis import given

from pyflink_cep.testing import find_matches
from tests.property.strategies import SCHEMA, patterns

# Some patterns have clauses without an effect.
pytestmark = pytest.mark.filterwarnings("ignore::pyflink_cep.errors.PatternWarning")


@given(patterns())
def test_the_jvm_takes_every_pattern_that_is_not_refused(pattern):
    assert find_matches(pattern, [], time_field="ts", schema=SCHEMA).matches == []
