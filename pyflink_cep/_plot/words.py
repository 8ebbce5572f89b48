"""Patterns in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyflink_cep._pattern import Pattern
    from pyflink_cep._skip import Skip
    from pyflink_cep._step import Clause, Step, Times

_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000), ("ms", 1))
_VERBS = {
    "begin": "It begins with",
    "next": "The very next event is",
    "followed_by": "Then, sooner or later, comes",
    "followed_by_any": "Then, at any later time, comes",
    "not_next": "The very next event must not be",
    "not_followed_by": "Then must not come",
}


def duration(milliseconds: int) -> str:
    """A length of time.

    Example:
        >>> duration(600_000), duration(5_400_000), duration(1_001)
        ('10 minutes', '1 hour 30 minutes', '1 second 1 ms')
    """
    parts = []
    rest = milliseconds
    for unit, length in _UNITS:
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 or unit == 'ms' else 's'}")
    return " ".join(parts)


def times(of_step: Times) -> str:
    """How often a step occurs."""
    if of_step.most is None:
        return "once or more" if of_step.least == 1 else f"{of_step.least} times or more"
    if of_step.least == of_step.most:
        return "once" if of_step.least == 1 else f"{of_step.least} times"
    return f"{of_step.least} to {of_step.most} times"


def skip(strategy: Skip) -> str:
    """What a match does to the others that share its events."""
    match strategy.strategy:
        case "none":
            return "none: every possible match is given"
        case "to_next":
            return "to next: one match for each first event"
        case "past_last_event":
            return "past last event: no event is in two matches"
        case "to_first":
            return f"to first `{strategy.step}`: what began before it is dropped"
    return f"to last `{strategy.step}`: what began before it is dropped"


def condition(clauses: tuple[Clause, ...]) -> str:
    """The conditions of a step as one."""
    text = clauses[0].sql
    for place, clause in enumerate(clauses[1:], 1):
        word = "OR" if clause.alternative else "AND"
        # They are read from left to right, whatever SQL would do first.
        left = f"({text})" if place > 1 or len(clauses) > 2 else text
        text = f"{left} {word} {clause.sql}"
    return text


def sentences(pattern: Pattern) -> Iterator[str]:
    """The steps of a pattern, a sentence each, for who can't see the picture."""
    for step in pattern.steps:
        what = f"a group ({' '.join(sentences(step.group))})" if step.group is not None else f"`{step.body}`"
        said = [f"{_VERBS[step.verb]} {what}"]
        if step.where:
            said.append(f"where {condition(step.where)}")
        said += _options(step)
        yield f"{', '.join(said)}."


def _options(step: Step) -> Iterator[str]:
    if step.times is not None:
        yield times(step.times)
        if step.times.within is not None:
            yield f"less than {duration(step.times.within)} apart"
    if step.inner == "consecutive":
        yield "right after each other"
    if step.inner == "allow_combinations":
        yield "in any combination"
    if step.greedy:
        yield "as many as possible"
    if step.until is not None:
        yield f"until {step.until}"
    if step.within_previous is not None:
        yield f"less than {duration(step.within_previous)} after the event before"
    if step.optional:
        yield "or not at all"
