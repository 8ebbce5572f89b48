"""The rules of this repository find in their own tests what these say."""

from pathlib import Path

import pytest

from pyflink_cep import Rules
from pyflink_cep.testing import find_matches

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
    assert {test["name"]: found(rule, test) for test in rule.tests} == {
        test["name"]: test["matches"] for test in rule.tests
    }


def found(rule, test):
    """The measures of the matches, or their number where a test says no more than that."""
    matches = find_matches(
        rule.pattern,
        test["events"],
        partition_by=rule.partition_by,
        measures=rule.measures,
        schema=schema(rule, test),
    ).matches
    if isinstance(test["matches"], int):
        return len(matches)
    return [dict(match.measures) for match in matches]


def schema(rule, test):
    """The types of the fields that any of the rule's tests has, with those that the test names."""
    types = {str: "STRING", int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN"}
    fields = {
        name: types[type(value)]
        for each in rule.tests
        for event in each["events"]
        for name, value in event.items()
    }
    return fields | test.get("schema", {})


@pytest.mark.parametrize("file", FILES)
def test_a_rule_says_what_it_catches_and_is_tested_on_matches_and_near_misses(file):
    (rule,) = Rules.load(file).check()
    assert rule.description.startswith("Catches: ")
    assert "Lets through: " in rule.description
    assert rule.measures
    expected = [test["matches"] for test in rule.tests]
    assert 0 in expected
    assert any(matches != 0 for matches in expected)
