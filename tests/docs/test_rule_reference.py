"""The reference of rule documents has every key of them, and its examples are rules."""

import json
import re
from pathlib import Path

from pyflink_cep import Rules, _gateway
from pyflink_cep._rule_tests import run_tests

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"
PAGE = PAGES / "rules.md"
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL))
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def rows(text):
    """What the rows of tables begin with, as far as that is code."""
    return [name for cell in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in codes(cell)]


def codes(cell):
    return re.findall(r"`([^`]+)`", cell)


def schema():
    return json.loads(_gateway.rule_schema())


def test_each_key_of_a_rule_is_in_the_reference():
    assert rows(SECTIONS["Keys of a rule"]) == list(schema()["properties"])


def test_each_key_of_a_step_is_in_the_reference():
    assert sorted(rows(SECTIONS["Keys of a step"])) == sorted(schema()["$defs"]["step"]["properties"])


def test_each_skip_strategy_is_in_the_reference():
    names, *objects = schema()["$defs"]["skip"]["anyOf"]
    expected = [*names["enum"], *(f"{{{each['required'][0]}: STEP}}" for each in objects)]
    assert rows(SECTIONS["Skip"]) == expected
    assert all("throw_on_miss" in each["properties"] for each in objects)
    assert "`throw_on_miss: true`" in SECTIONS["Skip"]


def test_each_status_and_severity_is_in_the_reference():
    properties = schema()["properties"]
    assert rows(SECTIONS["Status"]) == properties["status"]["enum"]
    (severities,) = re.findall(r"^\| `severity` \| .*? \| (.*) \|$", SECTIONS["Keys of a rule"], re.MULTILINE)
    assert codes(severities) == properties["severity"]["enum"]


def test_each_key_of_a_test_is_in_the_reference_of_tests():
    assert set(schema()["$defs"]["test"]["properties"]) <= set(rows((PAGES / "rule-tests.md").read_text()))


def test_the_examples_are_rules():
    rule, *steps = EXAMPLES
    (checked,) = Rules.of(rule).check({"card_id": "STRING", "amount": "DOUBLE", "merchant": "STRING"})
    assert set(checked.document) == set(schema()["properties"]) - {"within_previous"}
    assert [result.outcome for result in run_tests(checked, None)] == ["passed"]
    for text in steps:
        Rules.of(f"id: a\nversion: 1\nwithin: 1 day\n{text}").check(
            {"outcome": "STRING", "kind": "STRING", "amount": "DOUBLE"}
        )
