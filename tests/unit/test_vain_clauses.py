"""Clauses without an effect: the same are told of patterns in Python and by `check` of rules, or rules refuse them."""

import warnings
from datetime import timedelta

import pytest
import yaml

from pyflink_cep import Pattern, Skip
from pyflink_cep._rule_warnings import warnings_of
from pyflink_cep._rules import Rules
from pyflink_cep._vain_clauses import vain_clauses
from pyflink_cep.errors import PatternError, PatternWarning
from pyflink_cep.testing import find_matches

HOUR = timedelta(hours=1)
a = Pattern.begin("a").where("n = 1")
VAIN = {
    "`greedy` of step `a` has no effect: the step occurs once at most": a.times(0, 1).greedy().next("b"),
    "`greedy` of step `a` has no effect: the step occurs once": a.times(1).greedy().next("b"),
    "`greedy` of step `a` has no effect: it occurs a fixed number of times": a.times(2).greedy().next("b"),
    "`greedy` of step `a` has no effect: no step is behind it: all its lengths are matches": (
        a.times(2, 3).greedy()
    ),
    "`consecutive` of step `a` has no effect: the step occurs once": a.times(1).consecutive().next("b"),
    "`allow_combinations` of step `a` has no effect: the step occurs once at most": (
        a.times(0, 1).allow_combinations().next("b")
    ),
    "`times` of step `a` has no effect: a step occurs once without it": a.times(1).next("b"),
    "`not_followed_by: x` has no effect: the step behind it is `next`: nothing comes between": (
        a.not_followed_by("x").next("b")
    ),
    "`optional` of step `a` has no effect: nothing is left of the pattern without it": a.optional(),
    "`optional` of step `b` has no effect: nothing is left of the pattern without it": (
        Pattern.begin(Pattern.begin("b").times(0, 2))
    ),
    "`optional` of group `b`, `c` has no effect: all of its steps may be left out": (
        a.next(Pattern.begin("b").optional().next("c").times(0, 2)).optional()
    ),
    "`within` of step `a` has no effect: the pattern has a shorter one, of 60000 ms": (
        a.within(HOUR).next("b").within(minutes=1)
    ),
    "`within` has no effect: each match is one event": a.within(HOUR),
    "`skip` has no effect: each match is one event": (
        Pattern.begin(Pattern.begin("a"), skip=Skip.past_last_event())
    ),
    "`within_previous` of step `a` has no effect: before this step there is no event": (
        a.within(HOUR, between="previous_and_current").next("b")
    ),
    "`times_within` of step `a` has no effect: a step that occurs once has no two events": (
        a.times(1, within=HOUR).next("b")
    ),
}
MEANT = [
    a.times(0, 1).next("b"),
    a.times(1, 2).greedy().next("b"),
    a.not_next("x").next("b"),
    a.not_followed_by("x").within(HOUR),
    a.next(Pattern.begin("b").optional().next("c")).optional(),
    a.within(HOUR).next("b"),
    a.times(2).within(HOUR),
    Pattern.begin("a", skip=Skip.to_next()).one_or_more(),
    Pattern.begin(a.within(HOUR, between="previous_and_current")).times(2),
]


def told(pattern):
    with warnings.catch_warnings(record=True) as all_told:
        warnings.simplefilter("always")
        find_matches(pattern, [{"ts": 1, "n": 1}])
    return [one for one in all_told if one.category is PatternWarning]


def rule_of(pattern):
    head = {"id": "r", "version": 1, "partition_by": "n"}
    return Rules.of(yaml.safe_dump({**head, **pattern.to_document()}, sort_keys=False))


@pytest.mark.parametrize("message", VAIN)
def test_a_clause_without_an_effect_is_a_warning_at_the_call(message):
    assert [(str(one.message), one.filename) for one in told(VAIN[message])] == [(message, __file__)]


@pytest.mark.parametrize("message", VAIN)
def test_rules_are_told_the_same_or_refused(message):
    (vain,) = vain_clauses(VAIN[message])
    rules = rule_of(VAIN[message])
    if vain.is_refused:
        with pytest.raises(PatternError, match=r"error\[window-(twice|without-effect)\]"):
            rules.check()
    else:
        assert message in [warning.message for warning in warnings_of(rules.check()[0])]


@pytest.mark.parametrize("pattern", MEANT, ids=str)
def test_a_clause_with_an_effect_is_none(pattern):
    assert told(pattern) == []


def test_a_pattern_has_one_warning_for_all_of_its_clauses():
    pattern = a.times(2).greedy().within(HOUR).next("b").times(1).within(minutes=1)

    assert [str(one.message) for one in told(pattern)] == [
        "`greedy` of step `a` has no effect: it occurs a fixed number of times; "
        "`within` of step `a` has no effect: the pattern has a shorter one, of 60000 ms; "
        "`times` of step `b` has no effect: a step occurs once without it"
    ]
