"""The rules of this repository find in their own tests what these say."""

from pathlib import Path

import pytest

from pyflink_cep import Rules
from pyflink_cep.testing import find_matches

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path for path in (ROOT / "rules").iterdir() if path.is_dir())
RULES = {rule.id: rule for folder in FOLDERS for rule in Rules.load(folder).check()}


@pytest.mark.parametrize(
    ("rule", "test"),
    [
        pytest.param(rule, test, id=f"{rule.id}: {test['name']}")
        for rule in RULES.values()
        for test in rule.tests
    ],
)
def test_a_rule_finds_what_its_test_says(rule, test):
    found = find_matches(
        rule.pattern,
        test["events"],
        partition_by=rule.partition_by,
        measures=rule.measures,
        schema=schema(rule, test),
    )
    expected = test["matches"]
    if isinstance(expected, int):
        assert len(found.matches) == expected
    else:
        assert [dict(match.measures) for match in found.matches] == expected


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


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_rule_says_what_it_catches_and_is_tested_on_matches_and_near_misses(rule):
    assert rule.description.startswith("Catches: ")
    assert "Lets through: " in rule.description
    assert rule.measures
    expected = [test["matches"] for test in rule.tests]
    assert 0 in expected
    assert any(matches != 0 for matches in expected)
