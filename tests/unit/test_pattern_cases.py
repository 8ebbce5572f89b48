"""The cases of tests/cases/patterns: what a pattern refuses, when, and in which words."""

from pathlib import Path

import pytest
import yaml

from pyflink_cep import Pattern, PatternError, Skip
from pyflink_cep._duration import parse_duration

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/patterns/invalid.yaml").read_text())


def build(calls):
    pattern = Pattern
    for call in calls:
        [(method, given)] = [(call, [])] if isinstance(call, str) else call.items()
        if isinstance(given, dict):
            pattern = getattr(pattern, method)(**keywords(given))
        else:
            pattern = getattr(pattern, method)(*(given if isinstance(given, list) else [given]))
    return pattern


def keywords(given):
    readers = {"step": step, "skip": skip, "within": lambda text: parse_duration(text, "within")}
    return {name: readers.get(name, lambda value: value)(value) for name, value in given.items()}


def step(given):
    return build(given) if isinstance(given, list) else given


def skip(given):
    if isinstance(given, str):
        return getattr(Skip, given)()
    [(strategy, name)] = given.items()
    return getattr(Skip, strategy)(name)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_pattern_refuses_what_the_reference_refuses(case):
    if "refused_by" not in case:
        build(case["calls"]).check()
        return
    if case["refused_by"] == "check":
        refused = build(case["calls"]).check
    else:
        *accepted, last = case["calls"]
        assert case["refused_by"] in ({last} if isinstance(last, str) else last)
        build(accepted)

        def refused():
            build(case["calls"])

    with pytest.raises(PatternError) as error:
        refused()
    assert str(error.value) == case["error"].rstrip("\n")
