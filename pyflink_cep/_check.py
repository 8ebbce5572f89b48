"""What only the whole pattern can show to be wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pyflink_cep.errors import Diagnostic, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyflink_cep._pattern import Pattern
    from pyflink_cep._step import Step


def whole_pattern(pattern: Pattern) -> Iterator[Diagnostic]:
    """What flink-cep refuses when it compiles a pattern."""
    yield from _names(pattern)
    yield from _skip(pattern)
    yield from _windows(pattern)


def pattern_window(pattern: Pattern) -> int | None:
    """The window of the whole pattern in ms, the shortest of those that count; None without one."""
    return min(_limits(pattern), default=None)


def _names(pattern: Pattern) -> Iterator[Diagnostic]:
    for name, count in Counter(pattern.step_names).items():
        if count > 1:
            yield Diagnostic(
                code="duplicate-step",
                location=f"step `{name}`",
                message=f"{count} steps have this name, and names are unique in a pattern",
            )


def _skip(pattern: Pattern) -> Iterator[Diagnostic]:
    targets = [step.body for step in pattern.steps if isinstance(step.body, str)]
    if pattern.skip.step is not None and pattern.skip.step not in targets:
        yield Diagnostic(
            code="unknown-step",
            location="skip",
            message=f"`{pattern.skip.step}` is not a step that a match can skip to",
            hint=did_you_mean(pattern.skip.step, targets, "Steps outside groups"),
        )


def _windows(pattern: Pattern) -> Iterator[Diagnostic]:
    window = pattern_window(pattern)
    for absence in last_absences(pattern):
        if window is None and absence.within_previous is None:
            yield Diagnostic(
                code="missing-window",
                location=str(absence),
                message="a last `not_followed_by` needs a window"
                if absence is pattern.steps[-1]
                else "a match can end with this `not_followed_by`: it needs a window",
                hint="call `within(...)`",
            )
    for step, gap in _gaps(pattern):
        if window is not None and gap > window:
            yield Diagnostic(
                code="gap-over-window",
                location=str(step),
                message=f"its events may be {gap} ms apart, and the whole match {window} ms",
            )


def last_absences(pattern: Pattern) -> Iterator[Step]:
    """The `not_followed_by` steps with which a match can end: all that comes behind them may be left out."""
    for step in reversed(pattern.steps):
        if step.group:
            yield from last_absences(step.group)
        elif step.verb == "not_followed_by":
            yield step
        # What `not_next` asks of an event is the last that a match needs.
        if not step.can_be_empty or step.verb == "not_next":
            return


def _limits(pattern: Pattern) -> Iterator[int]:
    """The windows of the whole pattern, wherever they were set."""
    for step in pattern.steps:
        if step.within is not None:
            yield step.within
        if step.group:
            yield from _limits(step.group)


def _gaps(pattern: Pattern) -> Iterator[tuple[Step, int]]:
    """The longest times between neighbouring events, in ms."""
    for step in pattern.steps:
        if step.group:
            yield from _gaps(step.group)
        if step.times and step.times.within is not None:
            yield step, step.times.within
        if step.within_previous is not None:
            yield step, step.within_previous
