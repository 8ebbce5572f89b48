"""Which matches are dropped after a match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyflink_cep._keywords import known_keywords
from pyflink_cep.errors import Diagnostic, PatternError, wrong_type


@dataclass(frozen=True, slots=True, repr=False)
class Skip:
    """What a match does to the others that share its events: flink-cep's `AfterMatchSkipStrategy`.

    Made by one of its five methods, and given to `Pattern.begin`.

    Example:
        >>> from pyflink_cep import Pattern
        >>> Pattern.begin("probe", skip=Skip.past_last_event())
        Pattern.begin('probe', skip=Skip.past_last_event())
    """

    strategy: Literal["none", "to_next", "past_last_event", "to_first", "to_last"]
    step: str | None = None
    throw_on_miss: bool = False

    @staticmethod
    @known_keywords
    def none() -> Skip:
        """Every possible match is given. The default.

        Example:
            >>> Skip.none()
            Skip.none()
        """
        return Skip("none")

    @staticmethod
    @known_keywords
    def to_next() -> Skip:
        """Drops the partial matches that began with the same event as the match.

        Example:
            >>> Skip.to_next()
            Skip.to_next()
        """
        return Skip("to_next")

    @staticmethod
    @known_keywords
    def past_last_event() -> Skip:
        """Drops the partial matches that began before the match ended: no event is in two matches.

        Example:
            >>> Skip.past_last_event()
            Skip.past_last_event()
        """
        return Skip("past_last_event")

    @staticmethod
    @known_keywords
    def to_first(step: str, throw_on_miss: bool = False) -> Skip:
        """Drops the partial matches that began before the first event of a step of the match.

        Args:
            step: The name of one of the pattern's steps that is not inside a group.
            throw_on_miss: Whether the job fails on a match that has no event of that step, or that begins
                with that event. Otherwise such a match drops nothing.

        Raises:
            PatternError: The name is empty.
            ArgumentTypeError: The name is not text.

        Example:
            >>> Skip.to_first("spend")
            Skip.to_first('spend')
        """
        return Skip("to_first", _named(step), throw_on_miss)

    @staticmethod
    @known_keywords
    def to_last(step: str, throw_on_miss: bool = False) -> Skip:
        """Drops the partial matches that began before the last event of a step of the match.

        Args:
            step: The name of one of the pattern's steps that is not inside a group.
            throw_on_miss: Whether the job fails on a match that has no event of that step, or that begins
                with that event. Otherwise such a match drops nothing.

        Raises:
            PatternError: The name is empty.
            ArgumentTypeError: The name is not text.

        Example:
            >>> Skip.to_last("probe", throw_on_miss=True)
            Skip.to_last('probe', throw_on_miss=True)
        """
        return Skip("to_last", _named(step), throw_on_miss)

    def __repr__(self) -> str:
        arguments = ([] if self.step is None else [repr(self.step)]) + (
            ["throw_on_miss=True"] if self.throw_on_miss else []
        )
        return f"Skip.{self.strategy}({', '.join(arguments)})"


def _named(step: object) -> str:
    if not isinstance(step, str):
        raise wrong_type("skip", "the name of a step", step)
    if not step:
        raise PatternError(
            Diagnostic(code="invalid-step-name", location="skip", message="a step's name can't be empty")
        )
    return step
