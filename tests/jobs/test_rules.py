"""The rules of this repository find in their own tests what these say."""

from pathlib import Path

import pytest

from pyflink_cep import Rules
from pyflink_cep._rule_tests import run_tests

ROOT = Path(__file__).parents[2]
FOLDERS = ("rules/*/*.yaml", "demo/*.yaml")
FILES = [
    pytest.param(file, id=f"{file.parent.name}/{file.stem}")
    for pattern in FOLDERS
    for file in sorted(ROOT.glob(pattern))
]


@pytest.mark.parametrize("file", FILES)
def test_a_rule_finds_what_its_tests_say(file):
    (rule,) = Rules.load(file).check()
    assert [result for result in run_tests(rule, None) if result.outcome != "passed"] == []


@pytest.mark.parametrize("file", FILES)
def test_a_rule_says_what_it_catches_and_is_tested_on_matches_and_near_misses(file):
    (rule,) = Rules.load(file).check()
    assert rule.description
    assert rule.measures
    expected = [test["matches"] for test in rule.tests]
    assert 0 in expected
    assert any(matches != 0 for matches in expected)
