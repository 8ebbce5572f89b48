"""Conditions and measures that fail on some events; and errors that come from the JVM."""

import pickle

import pytest

from pyflink_cep import Pattern, PatternError
from pyflink_cep._rule_tests import run_tests
from pyflink_cep._rules import Rules
from pyflink_cep.errors import EvaluationWarning
from pyflink_cep.explaining import explain
from pyflink_cep.testing import EvaluationError, find_matches

LARGE = Pattern.begin("large").where("n > 0 AND CAST(amount AS INT) > 500")
EVENTS = [
    {"ts": 1, "amount": "700", "n": 1},
    {"ts": 2, "amount": "n/a", "n": 2},
    {"ts": 3, "amount": "", "n": 1},
    {"ts": 3, "amount": "none", "n": 0},
    {"ts": 4, "amount": "600", "n": 3},
]


def found_with_warnings(*arguments, **options):
    with pytest.warns(EvaluationWarning) as warned:
        found = find_matches(*arguments, **options)
    # Others may come from what an earlier test has left to the garbage collector.
    return found, [str(warning.message) for warning in warned if warning.category is EvaluationWarning]


def test_what_fails_on_events_is_told_once_a_kind_with_the_first_of_them():
    found, warned = found_with_warnings(LARGE, EVENTS, measures={"share": "100 / (large.n - 1)"})
    assert [match["large"] for match in found.matches] == [[EVENTS[0]], [EVENTS[4]]]
    assert [match.measures for match in found.matches] == [{"share": None}, {"share": 50}]
    assert [(error.location, error.expression, error.code, error.event) for error in found.errors] == [
        ("where of step `large`", "n > 0 AND CAST(amount AS INT) > 500", "invalid-value", EVENTS[1]),
        ("measure `share`", None, "arithmetic", EVENTS[0]),
    ]
    assert [error.count for error in found.errors] == [2, 1]
    assert found.errors[0].event is EVENTS[1]
    assert warned == list(map(str, found.errors))
    assert warned[0].startswith(
        "where of step `large`: `n > 0 AND CAST(amount AS INT) > 500` can't be evaluated, and counts as not true, on"
        " the event (ts: 2, amount: n/a, n: 2), the first of 2: "
    )


def test_a_condition_that_takes_too_much_is_of_a_kind_of_its_own():
    found, _ = found_with_warnings(
        Pattern.begin("a").where("n = 1").next("b").where("CHAR_LENGTH(REPEAT(amount, 100000000)) > n"),
        EVENTS,
    )
    assert [(error.location, error.code, error.count) for error in found.errors] == [
        ("where of step `b`", "evaluation-limit", 3)
    ]


def test_where_nothing_fails_there_is_no_warning():
    assert find_matches(Pattern.begin("large").where("n > 1"), EVENTS).errors == []


def test_an_explanation_has_them_too():
    explanation = explain(LARGE, EVENTS)
    assert explanation.found.errors[0].count == 2
    text = f"where of step `large` `{LARGE.steps[0].where[0].sql}` can't be evaluated on 2 events, first on event 2: "
    assert text in explanation.to_text()
    assert "can&#39;t be evaluated on 2 events" in explanation.to_html()
    (error,) = explanation.to_data()["errors"]
    assert (error["location"], error["count"], error["event"]) == ("where of step `large`", 2, 2)


def test_a_rule_test_has_them_too():
    (rule,) = Rules.of(
        """
        id: large
        version: 1
        steps: [{begin: large, where: CAST(amount AS INT) > 500}]
        tests: [{name: text, matches: 0, events: [{ts: 1, amount: much}]}]
        """
    ).check()
    (result,) = run_tests(rule, None)
    assert result.outcome == "passed"
    assert [(error.location, error.count) for error in result.evaluation_errors] == [
        ("where of step `large`", 1)
    ]


def test_an_explanation_shows_the_columns_that_the_pattern_uses():
    events = [{"ts": 1, "n": 1, "amount": "7", "other": "x"}]
    explanation = explain(Pattern.begin("a").where("n = 1"), events, measures={"m": "a.amount"})
    assert "event 1  n = 1, amount = '7'\n" in explanation.to_text()
    assert "other" not in explanation.to_text()
    assert "other" not in explanation.to_html()
    assert "other" in explanation.to_text(all_columns=True)
    assert "other" in explanation.to_html(all_columns=True)
    assert explanation.to_data()["keys"][0]["entries"][0]["fields"]["other"] == "x"


def test_an_error_from_the_jvm_hides_its_stack_and_keeps_it():
    with pytest.raises(PatternError) as raised:
        find_matches(Pattern.begin("a").where("nothing = 1"), EVENTS)
    error = raised.value
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert "org.pyflinkcep.expression.PatternException" in error.java_trace
    again = pickle.loads(pickle.dumps(error))
    assert (again.diagnostics, again.java_trace) == (error.diagnostics, error.java_trace)


def test_an_evaluation_error_survives_pickling():
    error = EvaluationError("measure `m`", None, "arithmetic", "/ by zero", 1, {"ts": 1})
    assert pickle.loads(pickle.dumps(error)) == error
