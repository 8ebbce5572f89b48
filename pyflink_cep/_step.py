"""One step of a pattern, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pyflink_cep._duration import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyflink_cep._pattern import Pattern

Verb = Literal["begin", "next", "followed_by", "followed_by_any", "not_next", "not_followed_by"]
Inner = Literal["consecutive", "allow_combinations"]


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition, and whether it is an alternative to those before it rather than one more."""

    sql: str
    alternative: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """How often a step occurs.

    Attributes:
        least: The least number of events.
        most: The greatest number of events; None is no limit.
        within: The longest time from one of them to the next, in ms; None is no limit.
    """

    least: int
    most: int | None
    within: int | None = None

    @property
    def is_loop(self) -> bool:
        """Whether there is no greatest number."""
        return self.most is None

    def __str__(self) -> str:
        if self.most is None:
            return f"{self.least}+"
        return str(self.least) if self.least == self.most else f"{self.least}..{self.most}"

    def __repr__(self) -> str:
        within = [] if self.within is None else [f"within=timedelta({format_duration(self.within)})"]
        if self.most is None:
            if self.least == 1:
                return f"one_or_more({', '.join(within)})"
            return f"times_or_more({', '.join([str(self.least), *within])})"
        counts = [self.least] if self.least == self.most else [self.least, self.most]
        return f"times({', '.join([*map(str, counts), *within])})"


@dataclass(frozen=True, slots=True, repr=False)
class Step:
    """One step of a pattern: what it takes, and how it follows the step before.

    Attributes:
        verb: How it follows the step before: the name of the method that added it.
        body: Its name, or a pattern as a group of steps.
        where: Its conditions, read from left to right. None at all: every event fits.
        times: How often it occurs; None is once.
        inner: How its events follow each other; None is relaxed.
        optional: Whether it may be left out.
        greedy: Whether it takes an event that the next step could take as well.
        until: The condition that ends a loop.
        within: The longest time from the match's first event to its last, in ms.
        within_previous: The longest time from the event before, in ms.
    """

    verb: Verb
    body: str | Pattern
    where: tuple[Clause, ...] = ()
    times: Times | None = None
    inner: Inner | None = None
    optional: bool = False
    greedy: bool = False
    until: str | None = None
    within: int | None = None
    within_previous: int | None = None

    @property
    def group(self) -> Pattern | None:
        """The steps of a group, or None."""
        return None if isinstance(self.body, str) else self.body

    @property
    def is_not(self) -> bool:
        """Whether it is about events that must not come."""
        return self.verb in ("not_next", "not_followed_by")

    @property
    def can_be_empty(self) -> bool:
        """Whether a match may have no event of it."""
        if self.optional or self.is_not:
            return True
        return self.group is not None and all(step.can_be_empty for step in self.group.steps)

    @property
    def can_begin_later(self) -> bool:
        """Whether it may be left out, or what it begins with as a group."""
        return self.optional or (self.group is not None and self.group.steps[0].can_begin_later)

    @property
    def names(self) -> list[str]:
        """Its name, or those of the steps of a group, depth first."""
        return [self.body] if isinstance(self.body, str) else self.body.step_names

    def __str__(self) -> str:
        names = ", ".join(f"`{name}`" for name in self.names)
        return f"group {names}" if self.group else f"step {names}"

    def calls(self) -> Iterator[str]:
        """The method calls after its verb that make it, as Python."""
        for place, clause in enumerate(self.where):
            yield f"{'or_where' if place and clause.alternative else 'where'}({clause.sql!r})"
        if self.times:
            yield repr(self.times)
        # Greedy comes before the inner contiguity: `greedy` refuses to follow `allow_combinations`.
        if self.greedy:
            yield "greedy()"
        if self.inner:
            yield f"{self.inner}()"
        if self.optional:
            yield "optional()"
        if self.until is not None:
            yield f"until({self.until!r})"
        if self.within is not None:
            yield f"within({format_duration(self.within)})"
        if self.within_previous is not None:
            yield f"within({format_duration(self.within_previous)}, between='previous_and_current')"
