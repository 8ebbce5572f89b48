import json
import pickle
from datetime import timedelta

from hypothesis import given

from pyflink_cep import Pattern, Skip
from tests.property.strategies import patterns


@given(patterns())
def test_a_pattern_survives_its_document_as_json(pattern):
    assert Pattern.from_document(json.loads(json.dumps(pattern.to_document()))) == pattern


@given(patterns())
def test_the_representation_of_a_pattern_is_the_python_that_makes_it(pattern):
    assert eval(repr(pattern), {"Pattern": Pattern, "Skip": Skip, "timedelta": timedelta}) == pattern


@given(patterns())
def test_equal_patterns_have_equal_hashes(pattern):
    copy = pickle.loads(pickle.dumps(pattern))

    assert copy == pattern
    assert hash(copy) == hash(pattern)
