"""Whatever a step is called, windows, conditions and measures mean the same: in Python and in rules."""

import json

import pytest
import yaml

from pyflink_cep import Pattern
from pyflink_cep._rule_tests import run_tests
from pyflink_cep._rules import Rules
from pyflink_cep.testing import find_matches

ODD = [
    "a:b", "a:b:0", "a b", " a", "a`b", "`a`", "a.b", "a'b", 'a"b', "a\\b", "a-b", "a--b", "a/*b", "a[0]", "1", "1st",
    "$", "%", "?", ":a", "{a}", "é", "e\u0301", "ß", "名前", "🙂", "İ", "select", "SELECT", "from", "order", "end",
    "match", "null", "true", "count", "last", "interval", "rowtime", "ROWTIME", "n", "A", "a\tb", "x" * 300,
]  # fmt: skip
EVENTS = [
    {"ts": ts, "n": n, "kind": kind}
    for ts, n, kind in [
        (0, 1, "p"),
        (100, 2, "p"),
        (104, 3, "p"),
        (106, 1, "q"),
        (107, 4, "q"),
        (300, 9, "r"),
    ]
]


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def pattern_of(name):
    loop, other = quoted(name), quoted(name + "2")
    return {
        "skip": {"to_last": name, "throw_on_miss": False},
        "steps": [
            {"begin": name, "where": "kind = 'p'", "times": 2, "times_within": 10},
            {"followed_by": name + "2", "where": f"kind = 'q' AND n > LAST({loop}.n) AND COUNT({loop}) = 2"},
            {"not_followed_by": name + "3", "where": f"kind = 'r' AND n < {other}.n"},
        ],
        "within": 50,
    }


def measures_of(name):
    loop, other = quoted(name), quoted(name + "2")
    return {"count": f"COUNT({loop})", "first": f"FIRST({loop}.n)", "sum": f"SUM({loop}.n) + {other}.n"}


def found(name):
    pattern = Pattern.from_document(pattern_of(name))
    assert Pattern.from_document(json.loads(json.dumps(pattern.to_document()))) == pattern
    found = find_matches(pattern, EVENTS, measures=measures_of(name))
    names = {name: "a", name + "2": "b"}
    matches, timeouts = (
        [{names[step]: events for step, events in match.items()} for match in some]
        for some in (found.matches, found.timeouts)
    )
    return matches, [match.measures for match in found.matches], timeouts, found.errors


@pytest.mark.parametrize("name", ODD)
def test_a_pattern_finds_the_same_whatever_its_steps_are_called(name):
    assert found(name) == found("s")
    assert len(found("s")[0]) == 1


@pytest.mark.parametrize("name", ODD)
def test_a_rule_finds_the_same_whatever_its_steps_are_called(name):
    tests = [{"name": "one", "events": EVENTS, "matches": [{"count": 2, "first": 2, "sum": 9}]}]
    head = {"id": "r", "version": 1, "measures": measures_of(name), "tests": tests}
    text = yaml.safe_dump({**head, **pattern_of(name)}, sort_keys=False, allow_unicode=True)
    (rule,) = Rules.of(text).check(tests=True)

    assert rule.pattern.step_names == [name, name + "2", name + "3"]
    assert [(test.outcome, test.differences) for test in run_tests(rule, None)] == [("passed", [])]
