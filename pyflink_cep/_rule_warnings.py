"""What is allowed in a rule, and hardly meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyflink_cep._check import pattern_window
from pyflink_cep._expression_names import conditions_of, names_in
from pyflink_cep.errors import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyflink_cep._pattern import Pattern
    from pyflink_cep._rules import Rule
    from pyflink_cep._step import Step

_RELAXED = ("followed_by", "followed_by_any", "not_followed_by")
_OF_CONSTANTS = frozenset({"AND", "OR", "NOT", "IS", "NULL", "TRUE", "FALSE", "UNKNOWN", "IN", "BETWEEN"})
_STARS = re.compile(r"\bLIKE\s+'([^'%_]*[*?][^'%_]*)'", re.IGNORECASE)
_A_SECOND = 1_000


def warnings_of(rule: Rule) -> Iterator[Diagnostic]:
    """What a rule that is checked says, and hardly means."""
    pattern = rule.pattern
    waiting = None if pattern_window(pattern) is not None else next(_waiting(pattern), None)
    if waiting is not None:
        yield _warning(
            rule,
            "unbounded-wait",
            f"{waiting} may come at any later time: what waits for it is kept for ever, for each key",
            "bound the match, such as by `within: 1 hour`",
        )
    for key in ("within", "within_previous"):
        window = rule.document.get(key)
        if isinstance(window, int) and window < _A_SECOND:
            yield _warning(
                rule, "bare-number", f"`{key}: {window}` is {window} milliseconds", "write the unit"
            )
    if rule.rollout == 0:
        yield _warning(
            rule,
            "rollout-of-none",
            "`rollout: 0` looks at no key: the rule finds nothing",
            "to stop a rule, write `status: paused`",
        )
    for clause, reason in _vain(pattern):
        yield _warning(rule, "clause-without-effect", f"{clause} has no effect: {reason}", "leave it out")
    for condition in conditions_of(pattern):
        if (
            condition.strip().upper() != "TRUE"
            and {n.upper() for n in names_in([condition])} <= _OF_CONSTANTS
        ):
            yield _warning(
                rule,
                "constant-condition",
                f"`{condition}` looks at no field: it is the same for every event",
                "write TRUE, or leave the condition out, where every event fits",
            )
        for like in _STARS.finditer(condition):
            yield _warning(
                rule,
                "literal-star",
                f"`{like[0]}` asks for the text itself: `*` and `?` stand for no other characters",
                "write `%` for any characters, and `_` for one",
            )


def _waiting(pattern: Pattern) -> Iterator[Step]:
    """The steps whose event may come at any later time."""
    for place, step in enumerate(pattern.steps):
        if step.group:
            yield from _waiting(step.group)
        loop = step.times is not None and step.times.most != 1
        loop = loop and step.inner != "consecutive" and step.times is not None and step.times.within is None
        if (place and step.verb in _RELAXED and step.within_previous is None) or (loop and not step.group):
            yield step


def _vain(pattern: Pattern, *, is_last: bool = True) -> Iterator[tuple[str, str]]:
    """Clauses that change no match, and why."""
    for place, step in enumerate(pattern.steps):
        last = is_last and place == len(pattern.steps) - 1
        times = step.times
        once = times is None or times.most == 1
        behind = pattern.steps[place + 1] if place + 1 < len(pattern.steps) else None
        if step.verb == "not_followed_by" and behind is not None and behind.verb == "next":
            yield f"`{step.verb}: {step.body}`", "the step behind it is `next`: nothing comes between"
        if times is not None and once and step.inner in ("consecutive", "allow_combinations"):
            yield f"`{step.inner}` of {step}", "the step occurs once"
        if step.greedy and times is not None and times.least == times.most:
            yield f"`greedy` of {step}", "it occurs a fixed number of times"
        elif step.greedy and last:
            yield f"`greedy` of {step}", "no step is behind it: all its lengths are matches"
        if step.group:
            yield from _vain(step.group, is_last=last)


def _warning(rule: Rule, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code=code, location=rule.source, message=message, hint=hint, severity="warning")
