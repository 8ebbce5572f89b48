"""Clauses of a pattern that can't have an effect."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyflink_cep._check import pattern_window
from pyflink_cep._skip import Skip
from pyflink_cep.errors import PatternWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyflink_cep._pattern import Pattern
    from pyflink_cep._step import Step


@dataclass(frozen=True, slots=True)
class VainClause:
    """A clause that changes no match.

    Attributes:
        path: Of the clause in the pattern's document, such as `steps[1].greedy`.
        clause: How it is called.
        reason: Why it has no effect.
        is_refused: Whether rules refuse it.
    """

    path: str
    clause: str
    reason: str
    is_refused: bool = False

    def __str__(self) -> str:
        return f"{self.clause} has no effect: {self.reason}"


def vain_clauses(pattern: Pattern) -> Iterator[VainClause]:
    """The clauses without an effect of which the pattern alone tells that they have none."""
    if _is_one_event(pattern):
        reason = "each match is one event"
        if pattern.skip != Skip.none():
            yield VainClause("skip", "`skip`", reason)
        if pattern_window(pattern) is not None:
            yield VainClause("within", "`within`", reason)
    yield from _of_steps(
        pattern, "steps", pattern_window(pattern), is_last=True, is_alone=True, has_before=False
    )


def warn_of_vain_clauses(pattern: Pattern) -> None:
    """Warns the caller of the public call by which it is called."""
    if vain := list(vain_clauses(pattern)):
        warnings.warn("; ".join(map(str, vain)), PatternWarning, stacklevel=4)


def _is_one_event(pattern: Pattern) -> bool:
    (step, *others) = pattern.steps
    one = not others and (step.times is None or step.times.most == 1)
    return one and (step.group is None or _is_one_event(step.group))


def _of_steps(
    pattern: Pattern, path: str, window: int | None, *, is_last: bool, is_alone: bool, has_before: bool
) -> Iterator[VainClause]:
    """Those of the steps of a sequence.

    Args:
        pattern: The steps.
        path: Of their list.
        window: That of the whole pattern.
        is_last: Whether the pattern ends with them.
        is_alone: Whether nothing else is in the pattern.
        has_before: Whether there can be an event before the first of them.
    """
    is_alone = is_alone and len(pattern.steps) == 1
    for place, step in enumerate(pattern.steps):
        at = f"{path}[{place}]"
        behind = pattern.steps[place + 1 :]
        last = is_last and not behind
        repeats = step.times is not None and step.times.most != 1
        bounds = has_before or place > 0 or repeats
        if step.verb == "not_followed_by" and behind and behind[0].verb == "next":
            reason = "the step behind it is `next`: nothing comes between"
            yield VainClause(f"{at}.{step.verb}", f"`{step.verb}: {step.body}`", reason)
        yield from _of_loop(step, at, last=last)
        yield from _of_optional(step, at, is_alone=is_alone)
        yield from _of_windows(step, at, window, bounds=bounds, repeats=repeats)
        if step.group:
            yield from _of_steps(
                step.group, f"{at}.{step.verb}", window, is_last=last, is_alone=is_alone, has_before=bounds
            )


def _of_loop(step: Step, at: str, *, last: bool) -> Iterator[VainClause]:
    times = step.times
    if times is None:
        return
    once = "the step occurs once at most" if step.optional else "the step occurs once"
    is_once = times.most == 1
    if is_once and step.inner:
        yield VainClause(f"{at}.{step.inner}", f"`{step.inner}` of {step}", once)
    if step.greedy:
        clause = f"`greedy` of {step}"
        if is_once:
            yield VainClause(f"{at}.greedy", clause, once)
        elif times.least == times.most:
            yield VainClause(f"{at}.greedy", clause, "it occurs a fixed number of times")
        elif last:
            yield VainClause(f"{at}.greedy", clause, "no step is behind it: all its lengths are matches")
    if is_once and not (step.optional or step.inner or step.greedy or times.within):
        yield VainClause(f"{at}.times", f"`times` of {step}", "a step occurs once without it")


def _of_optional(step: Step, at: str, *, is_alone: bool) -> Iterator[VainClause]:
    if not step.optional:
        return
    clause = f"`optional` of {step}"
    if is_alone:
        yield VainClause(f"{at}.optional", clause, "nothing is left of the pattern without it")
    elif step.group and all(inner.optional for inner in step.group.steps):
        yield VainClause(f"{at}.optional", clause, "all of its steps may be left out")


def _of_windows(
    step: Step, at: str, window: int | None, *, bounds: bool, repeats: bool
) -> Iterator[VainClause]:
    if step.within is not None and window is not None and step.within > window:
        reason = f"the pattern has a shorter one, of {window} ms"
        yield VainClause(f"{at}.within", f"`within` of {step}", reason, is_refused=True)
    if step.within_previous is not None and not (bounds or step.group):
        reason = "before this step there is no event"
        yield VainClause(f"{at}.within_previous", f"`within_previous` of {step}", reason, is_refused=True)
    if step.times is not None and step.times.within is not None and not repeats:
        reason = "a step that occurs once has no two events"
        yield VainClause(f"{at}.times_within", f"`times_within` of {step}", reason, is_refused=True)
