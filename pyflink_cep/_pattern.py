"""Patterns, and what is refused in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from pyflink_cep import _check, _document
from pyflink_cep._duration import to_milliseconds
from pyflink_cep._keywords import known_keywords
from pyflink_cep._skip import Skip
from pyflink_cep._step import Clause, Inner, Step, Times, Verb
from pyflink_cep.errors import Diagnostic, PatternError, did_you_mean, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping

# flink-cep's own name for the state after the last step.
_RESERVED_NAME = "$endState$"


@dataclass(frozen=True, slots=True, repr=False)
class Pattern:
    """What to look for in a stream of events: steps, one after the other.

    A pattern is immutable: every method returns a new one, so that a pattern can be the beginning of several
    others. `begin` makes the first step; `next`, `followed_by`, `followed_by_any`, `not_next` and
    `not_followed_by` add one; the other methods say more about the step that was added last. All of it means
    what it means in flink-cep's `Pattern` of Java, and what flink-cep refuses is refused: where one call is
    wrong, by that call; where the whole pattern is wrong, by `check`, which `match` calls first.

    Conditions are SQL. They see the event under test by its fields, and the events that were taken before by
    `step.field`.

    Example:
        >>> card_testing = (
        ...     Pattern.begin("probe").where("amount < 1").times_or_more(3)
        ...     .followed_by("spend").where("amount > 500 AND merchant <> LAST(probe.merchant)")
        ...     .within(minutes=10)
        ... )
        >>> card_testing.step_names
        ['probe', 'spend']

    Attributes:
        steps: The steps, in order.
        skip: What a match does to the others that share its events.
    """

    steps: tuple[Step, ...]
    skip: Skip

    @staticmethod
    @known_keywords
    def begin(step: str | Pattern, skip: Skip | None = None) -> Pattern:
        """Starts a pattern.

        Args:
            step: The name of the first step, or a pattern as a group of steps.
            skip: What a match does to the others that share its events; `Skip.none()` if not given.

        Raises:
            PatternError: The name is empty or reserved; the group has a skip strategy of its own.
            ArgumentTypeError: `step` or `skip` is of another type.

        Example:
            >>> Pattern.begin("probe").step_names
            ['probe']
        """
        if skip is None:
            skip = Skip.none()
        elif not isinstance(skip, Skip):
            raise wrong_type("begin", "a skip strategy such as Skip.past_last_event()", skip)
        return Pattern((_new_step("begin", step),), skip)

    @known_keywords
    def next(self, step: str | Pattern) -> Pattern:
        """Adds a step whose event comes right after the one before: strict contiguity.

        Args:
            step: The name of the step, or a pattern as a group of steps.

        Raises:
            PatternError: The name is empty or reserved; the group has a skip strategy of its own.
            ArgumentTypeError: `step` is neither text nor a pattern.

        Example:
            >>> Pattern.begin("failure").next("success")
            Pattern.begin('failure').next('success')
        """
        return self._add("next", step)

    @known_keywords
    def followed_by(self, step: str | Pattern) -> Pattern:
        """Adds a step that takes the next event that fits; those between are ignored: relaxed contiguity.

        Args:
            step: The name of the step, or a pattern as a group of steps.

        Raises:
            PatternError: The name is empty or reserved; the group has a skip strategy of its own.
            ArgumentTypeError: `step` is neither text nor a pattern.

        Example:
            >>> Pattern.begin("probe").followed_by("spend")
            Pattern.begin('probe').followed_by('spend')
        """
        return self._add("followed_by", step)

    @known_keywords
    def followed_by_any(self, step: str | Pattern) -> Pattern:
        """Adds a step that takes any later event that fits, one match each: non-deterministic relaxed contiguity.

        Args:
            step: The name of the step, or a pattern as a group of steps.

        Raises:
            PatternError: The name is empty or reserved; the group has a skip strategy of its own.
            ArgumentTypeError: `step` is neither text nor a pattern.

        Example:
            >>> Pattern.begin("probe").followed_by_any("spend")
            Pattern.begin('probe').followed_by_any('spend')
        """
        return self._add("followed_by_any", step)

    @known_keywords
    def not_next(self, step: str) -> Pattern:
        """Adds an event that must not come right after the one before.

        Args:
            step: The name of the step. A group can't be negated.

        Raises:
            PatternError: The step before is optional; the name is empty or reserved.
            ArgumentTypeError: `step` is not text.

        Example:
            >>> Pattern.begin("order").not_next("cancel").where("kind = 'cancel'")
            Pattern.begin('order').not_next('cancel').where("kind = 'cancel'")
        """
        return self._add_not("not_next", step)

    @known_keywords
    def not_followed_by(self, step: str) -> Pattern:
        """Adds an event that must not come before the next step's, or, as the last step, within the window.

        Args:
            step: The name of the step. A group can't be negated.

        Raises:
            PatternError: The step before is optional; the name is empty or reserved.
            ArgumentTypeError: `step` is not text.

        Example:
            >>> Pattern.begin("order").not_followed_by("payment").where("kind = 'payment'").within(hours=1)
            Pattern.begin('order').not_followed_by('payment').where("kind = 'payment'").within(hours=1)
        """
        return self._add_not("not_followed_by", step)

    @known_keywords
    def where(self, condition: str) -> Pattern:
        """Adds a condition that the step's events fulfil, besides those before: AND.

        Args:
            condition: A boolean SQL expression.

        Raises:
            PatternError: The step is a group, which has no conditions of its own; the condition is blank.
            ArgumentTypeError: The condition is not text.

        Example:
            >>> Pattern.begin("spend").where("amount > 500").where("currency = 'EUR'")
            Pattern.begin('spend').where('amount > 500').where("currency = 'EUR'")
        """
        return self._add_clause("where", condition, alternative=False)

    @known_keywords
    def or_where(self, condition: str) -> Pattern:
        """Adds a condition that is enough instead of all those before: OR. flink-cep's `or`.

        Args:
            condition: A boolean SQL expression.

        Raises:
            PatternError: The step is a group, which has no conditions of its own; the condition is blank.
            ArgumentTypeError: The condition is not text.

        Example:
            >>> Pattern.begin("spend").where("amount > 500").or_where("country <> 'DE'")
            Pattern.begin('spend').where('amount > 500').or_where("country <> 'DE'")
        """
        return self._add_clause("or_where", condition, alternative=True)

    @known_keywords
    def times(self, least: int, most: int | None = None, *, within: timedelta | None = None) -> Pattern:
        """Makes the step occur a number of times, or between two numbers.

        Args:
            least: The number of events, or the least number where `most` is given. `times(0, n)` is an optional
                `times(1, n)`.
            most: The greatest number of events.
            within: The longest time from one of the loop's events to the next; any if not given. It is no bound
                for the time before the first of them, or after the last.

        Raises:
            PatternError: The step has a quantifier, is optional already, or must not come; the numbers are not
                positive or not in order; the time is not a positive number of milliseconds.
            ArgumentTypeError: A number is no int, or the time no timedelta.

        Example:
            >>> Pattern.begin("failure").times(3, within=timedelta(seconds=10)).next("success")
            Pattern.begin('failure').times(3, within=timedelta(seconds=10)).next('success')
        """
        from_zero = least == 0 and most is not None
        least = 1 if from_zero else self._count("times", least, 1)
        repeated = self._repeat(least, least if most is None else self._count("times", most, least), within)
        return repeated.optional() if from_zero else repeated

    @known_keywords
    def times_or_more(self, least: int, *, within: timedelta | None = None) -> Pattern:
        """Makes the step occur a number of times or more often: a loop.

        Args:
            least: The least number of events.
            within: The longest time from one of the loop's events to the next; any if not given. It is no bound
                for the time before the first of them, or after the last.

        Raises:
            PatternError: The step has a quantifier, is optional already, must not come, or is a group that can
                be empty; the number or the time is not positive.
            ArgumentTypeError: The number is no int, or the time no timedelta.

        Example:
            >>> Pattern.begin("probe").times_or_more(3)
            Pattern.begin('probe').times_or_more(3)
        """
        return self._repeat(self._count("times_or_more", least, 1), None, within)

    @known_keywords
    def one_or_more(self, *, within: timedelta | None = None) -> Pattern:
        """Makes the step occur once or more often: a loop.

        Args:
            within: The longest time from one of the loop's events to the next; any if not given.

        Raises:
            PatternError: The step has a quantifier, is optional already, must not come, or is a group that can
                be empty; the time is not positive.
            ArgumentTypeError: The time is no timedelta.

        Example:
            >>> Pattern.begin("probe").one_or_more(within=timedelta(minutes=1))
            Pattern.begin('probe').one_or_more(within=timedelta(minutes=1))
        """
        return self._repeat(1, None, within)

    @known_keywords
    def optional(self) -> Pattern:
        """Lets a match leave the step out.

        Raises:
            PatternError: The step is optional already or must not come; the step before is greedy.

        Example:
            >>> Pattern.begin("login").next("code").optional().next("transfer")
            Pattern.begin('login').next('code').optional().next('transfer')
        """
        step = self._last
        if step.optional:
            self._refuse("optional-twice", "it is optional already")
        if step.is_not:
            self._refuse("optional-not", f"a `{step.verb}` step can't be optional")
        if len(self.steps) > 1 and self.steps[-2].greedy:
            self._refuse(
                "optional-after-greedy", f"it can't be optional: {self.steps[-2]} before it is greedy"
            )
        return self._with(optional=True)

    @known_keywords
    def greedy(self) -> Pattern:
        """Makes a repeated step take every event that fits, those that the next step could take too.

        Raises:
            PatternError: The step is a group, must not come, has no quantifier, or allows combinations.

        Example:
            >>> Pattern.begin("rise").one_or_more().greedy().next("peak")
            Pattern.begin('rise').one_or_more().greedy().next('peak')
        """
        step = self._last
        self._refuse_not("greedy")
        if step.group:
            self._refuse("greedy-group", "a group can't be greedy")
        if step.inner == "allow_combinations":
            self._refuse("greedy-with-combinations", "a step that allows combinations can't be greedy")
        self._refuse_single("greedy")
        return self._with(greedy=True)

    @known_keywords
    def consecutive(self) -> Pattern:
        """Makes a repeated step's events come right after each other: strict contiguity among them.

        Raises:
            PatternError: The step has no quantifier, or its inner contiguity is set already.

        Example:
            >>> Pattern.begin("failure").times(3).consecutive()
            Pattern.begin('failure').times(3).consecutive()
        """
        return self._with_inner("consecutive")

    @known_keywords
    def allow_combinations(self) -> Pattern:
        """Lets a repeated step leave out events that fit: non-deterministic relaxed contiguity among them.

        Raises:
            PatternError: The step has no quantifier, or its inner contiguity is set already.

        Example:
            >>> Pattern.begin("probe").times(3).allow_combinations()
            Pattern.begin('probe').times(3).allow_combinations()
        """
        return self._with_inner("allow_combinations")

    @known_keywords
    def until(self, condition: str) -> Pattern:
        """Ends a loop at the first event that fulfils a condition. That event is not taken into the loop.

        Args:
            condition: A boolean SQL expression.

        Raises:
            PatternError: The step is no loop, or has such a condition already; the condition is blank.
            ArgumentTypeError: The condition is not text.

        Example:
            >>> Pattern.begin("call").one_or_more().until("kind = 'hangup'")
            Pattern.begin('call').one_or_more().until("kind = 'hangup'")
        """
        step = self._last
        self._check_condition("until", condition)
        if step.until is not None:
            self._refuse("until-twice", "only one `until` condition can be given")
        if not (step.times and step.times.is_loop):
            self._refuse(
                "until-without-loop",
                "`until` ends a loop, and this is none",
                hint="call `one_or_more()` or `times_or_more(n)` first",
            )
        return self._with(until=condition)

    @known_keywords
    def within(
        self,
        duration: timedelta | None = None,
        /,
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        milliseconds: float = 0,
        between: Literal["first_and_last", "previous_and_current"] = "first_and_last",
    ) -> Pattern:
        """Sets the window: a match ends earlier than this long after it began. The end itself is outside.

        The window holds for the whole pattern, whichever step it is set at; of several the shortest. A partial
        match that runs out of it is a timeout, at the time of its first event plus the window.

        Args:
            duration: The window, in place of the keywords.
            weeks: Weeks of the window, of seven days each.
            days: Days of the window, of 24 hours each.
            hours: Hours of the window.
            minutes: Minutes of the window.
            seconds: Seconds of the window.
            milliseconds: Milliseconds of the window.
            between: `previous_and_current` sets the longest time from the match's event before to each event of
                this step, or of this group, instead. At a step that must not come, it is how long after the event
                before that holds.

        Raises:
            PatternError: The window is not a positive whole number of milliseconds; both forms are given;
                `between` is unknown.
            ArgumentTypeError: `duration` is no timedelta, or a keyword no number.

        Example:
            >>> Pattern.begin("probe").followed_by("spend").within(minutes=10)
            Pattern.begin('probe').followed_by('spend').within(minutes=10)
            >>> Pattern.begin("a").next("b").within(timedelta(seconds=5), between="previous_and_current")
            Pattern.begin('a').next('b').within(seconds=5, between='previous_and_current')
        """
        location = f"within of {self._last}"
        keywords = {
            "weeks": weeks,
            "days": days,
            "hours": hours,
            "minutes": minutes,
            "seconds": seconds,
            "milliseconds": milliseconds,
        }
        for unit, count in keywords.items():
            if not isinstance(count, int | float):
                raise wrong_type(location, f"a number of {unit}", count)
        length = timedelta(**keywords)
        if duration is not None and length:
            raise PatternError(
                Diagnostic(
                    code="two-durations",
                    location=location,
                    message="give the window as a timedelta or by keywords, not both",
                )
            )
        window = to_milliseconds(length if duration is None else duration, location)
        match between:
            case "first_and_last":
                return self._with(within=window)
            case "previous_and_current":
                return self._with(within_previous=window)
        raise PatternError(
            Diagnostic(
                code="unknown-window",
                location=location,
                message=f"`{between}` is not a kind of window",
                hint=did_you_mean(str(between), ["first_and_last", "previous_and_current"], "Windows"),
            )
        )

    @property
    def step_names(self) -> list[str]:
        """The names of the steps, those of groups in place of the group.

        Example:
            >>> Pattern.begin(Pattern.begin("a").next("b")).times(2).next("c").step_names
            ['a', 'b', 'c']
        """
        return [name for step in self.steps for name in step.names]

    @known_keywords
    def check(self) -> None:
        """Refuses what only the whole pattern can show.

        Raises:
            PatternError: Two steps have one name; the skip strategy names no step outside groups; the last step is
                a `not_followed_by` without a window; a gap between events may be longer than the window.

        Example:
            >>> Pattern.begin("a").not_followed_by("b").check()
            Traceback (most recent call last):
            ...
            pyflink_cep.errors.PatternError: step `b`: error[missing-window]: a last `not_followed_by` needs a window
            <BLANKLINE>
            hint: call `within(...)`
        """
        if diagnostics := list(_check.whole_pattern(self)):
            raise PatternError(*diagnostics)

    @known_keywords
    def to_document(self) -> dict[str, Any]:
        """The pattern as plain data, ready for JSON or YAML; durations are milliseconds.

        Raises:
            PatternError: The pattern is refused by `check`.

        Example:
            >>> Pattern.begin("probe").where("amount < 1").times_or_more(3).within(seconds=5).to_document()
            {'steps': [{'begin': 'probe', 'where': 'amount < 1', 'times': '3+'}], 'within': 5000}
        """
        self.check()
        return _document.write(self)

    @staticmethod
    @known_keywords
    def from_document(document: Mapping[str, Any]) -> Pattern:
        """Reads a pattern from plain data: the inverse of `to_document`.

        Durations may be text too, such as `10 minutes` or `1 hour 30 minutes`.

        Raises:
            PatternError: The document is refused, with everything that is wrong with it.

        Example:
            >>> Pattern.from_document({"steps": [{"begin": "a"}, {"next": "b"}], "within": "10 minutes"})
            Pattern.begin('a').next('b').within(minutes=10)
        """
        return _document.read(document)

    def __repr__(self) -> str:
        calls: list[str] = []
        for step in self.steps:
            skip = f", skip={self.skip!r}" if not calls and self.skip != Skip.none() else ""
            calls += [f"{step.verb}({step.body!r}{skip})", *step.calls()]
        return f"Pattern.{'.'.join(calls)}"

    @property
    def _last(self) -> Step:
        return self.steps[-1]

    def _with(self, **changes: Any) -> Pattern:
        return replace(self, steps=(*self.steps[:-1], replace(self._last, **changes)))

    def _add(self, verb: Verb, body: object) -> Pattern:
        step = _new_step(verb, body)
        if self._last.greedy and step.can_begin_later:
            raise PatternError(
                Diagnostic(
                    code="optional-after-greedy",
                    location=str(step),
                    message=f"it can begin without its first step, and {self._last} before it is greedy",
                )
            )
        return replace(self, steps=(*self.steps, step))

    def _add_not(self, verb: Verb, name: object) -> Pattern:
        if not isinstance(name, str):
            raise wrong_type(verb, "the name of a step", name)
        if self._last.optional:
            raise PatternError(
                Diagnostic(
                    code="optional-before-not",
                    location=f"step `{name}`",
                    message=f"a `{verb}` step can't come after the optional {self._last}",
                    hint="use two patterns, one with the optional step and one without it",
                )
            )
        return self._add(verb, name)

    def _add_clause(self, method: str, condition: str, *, alternative: bool) -> Pattern:
        self._check_condition(method, condition)
        if self._last.group:
            self._refuse(
                "condition-on-group",
                "a group has no condition of its own",
                hint="put it on the group's steps",
            )
        # The first condition has none before it to be an alternative to.
        clause = Clause(condition, alternative and bool(self._last.where))
        return self._with(where=(*self._last.where, clause))

    def _check_condition(self, method: str, condition: object) -> None:
        location = f"{method} of {self._last}"
        if not isinstance(condition, str):
            raise wrong_type(location, "a condition in SQL", condition)
        if not condition.strip():
            raise PatternError(
                Diagnostic(code="empty-condition", location=location, message="the condition is empty")
            )

    def _repeat(self, least: int, most: int | None, within: object) -> Pattern:
        step = self._last
        self._refuse_not("repeated")
        if step.times:
            self._refuse("quantifier-twice", f"it has a quantifier already: {step.times!r}")
        if step.optional:
            self._refuse(
                "quantifier-after-optional",
                "`optional()` comes after the quantifier",
                hint="swap the two calls",
            )
        if most is None and step.can_be_empty:
            self._refuse(
                "empty-loop",
                "a loop over a group that can be empty never ends",
                hint="make one of the group's steps not optional, or bound the loop with `times(n, m)`",
            )
        gap = None if within is None else to_milliseconds(within, f"within of {step}")
        return self._with(times=Times(least, most, gap))

    def _count(self, method: str, count: object, least: int) -> int:
        if not isinstance(count, int) or isinstance(count, bool):
            raise wrong_type(f"{method} of {self._last}", "a whole number", count)
        if count < least:
            self._refuse("invalid-times", f"expected a number of events of {least} or more, found {count}")
        return count

    def _with_inner(self, inner: Inner) -> Pattern:
        self._refuse_single(inner)
        if self._last.inner:
            self._refuse("contiguity-twice", f"it has `{self._last.inner}` already, and takes one of the two")
        return self._with(inner=inner)

    def _refuse_single(self, method: str) -> None:
        if not self._last.times:
            self._refuse(
                "missing-quantifier",
                f"`{method}` is about repeated events, and it occurs once",
                hint="call `times(n)`, `one_or_more()` or `times_or_more(n)` first",
            )

    def _refuse_not(self, what: str) -> None:
        if self._last.is_not:
            self._refuse("quantifier-on-not", f"a `{self._last.verb}` step can't be {what}")

    def _refuse(self, code: str, message: str, hint: str | None = None) -> NoReturn:
        raise PatternError(Diagnostic(code=code, location=str(self._last), message=message, hint=hint))


def _new_step(verb: Verb, body: object) -> Step:
    if isinstance(body, Pattern):
        if body.skip != Skip.none():
            raise PatternError(
                Diagnostic(
                    code="skip-in-group",
                    location=verb,
                    message=f"a group has no skip strategy, and this one has {body.skip!r}",
                    hint="give it to the outermost `Pattern.begin`",
                )
            )
        return Step(verb, body)
    if not isinstance(body, str):
        raise wrong_type(verb, "the name of a step or a Pattern", body)
    if not body.strip() or body == _RESERVED_NAME or "\n" in body or "\r" in body:
        raise PatternError(
            Diagnostic(
                code="invalid-step-name",
                location=verb,
                message=f"{body!r} can't be the name of a step",
            )
        )
    return Step(verb, body)
