"""The tests that a rule document carries: what they say, and how they end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pyflink_cep import _events
from pyflink_cep.errors import CepError, Diagnostic, InputError, did_you_mean
from pyflink_cep.testing import FoundMatches, Match, Watermark, find_matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyflink_cep import Rule

_TIMES = ("started_at", "ended_at", "timed_out_at")
_DESCRIBED = ("measures", "steps", *_TIMES)
_EXPECTATIONS = ("matches", "timeouts", "late")


@dataclass(frozen=True, slots=True)
class ExpectedMatch:
    """A match as a test describes it. What it leaves out isn't looked at.

    Attributes:
        measures: Some of the measures.
        steps: For some steps their events, each by its number in the test or by some of its fields.
        times: Some of `started_at`, `ended_at` and `timed_out_at`.
    """

    measures: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[str, Sequence[int | Mapping[str, Any]]] = field(default_factory=dict)
    times: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundMatch:
    """A match that was found, with the numbers of its events in the test."""

    match: Match
    numbers: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """How what was found differs from what a test expects.

    Attributes:
        of: matches, timeouts or late.
        expected: How many were expected.
        found: How many were found.
        missing: The expected ones that were not found.
        unexpected: The ones that were found and not expected; where a test says a number, all that were found.
        late: The numbers of the late events.
    """

    of: str
    expected: int
    found: int
    missing: Sequence[ExpectedMatch] = ()
    unexpected: Sequence[FoundMatch] = ()
    late: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class RuleTestResult:
    """How a test ended.

    Attributes:
        name: The test's name.
        outcome: `error` is a test that could not be run.
        differences: Why it failed.
        error: Why it could not be run.
        events: The events, the first of which has the number 1.
    """

    name: str
    outcome: Literal["passed", "failed", "error"]
    differences: Sequence[Difference] = ()
    error: CepError | None = None
    events: Sequence[Mapping[str, Any]] = ()


def run_tests(rule: Rule, schema: Mapping[str, str] | None) -> list[RuleTestResult]:
    """Runs a rule's tests.

    Args:
        rule: The rule, checked.
        schema: The SQL type of each field. Without it they are taken from the events, for a field that no event of
            a test has from those of the rule's other tests; a test's own `schema` goes before both.
    """
    return [_run(_Test(rule, test), schema) for test in rule.tests]


def _run(test: _Test, schema: Mapping[str, str] | None) -> RuleTestResult:
    try:
        elements = test.elements()
        events = [element for element in elements if not isinstance(element, Watermark)]
        numbers = {id(event): number for number, event in enumerate(events, 1)}
        expected = test.expectations(len(events))
        found = find_matches(
            test.rule.pattern,
            elements,
            time_field=test.time_field,
            partition_by=list(test.rule.partition_by) or None,
            measures=test.rule.measures,
            schema=test.schema(events, schema),
        )
    except CepError as error:
        return RuleTestResult(test.name, "error", error=error)
    differences = list(_differences(expected, found, numbers))
    return RuleTestResult(test.name, "failed" if differences else "passed", differences, events=events)


@dataclass(frozen=True, slots=True)
class _Test:
    """A test as it is written."""

    rule: Rule
    written: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.written["name"])

    @property
    def time_field(self) -> str:
        return str(self.written.get("time_field", "ts"))

    def elements(self) -> list[Mapping[str, Any] | Watermark]:
        """The events and watermarks, with times that are text as datetimes."""
        return list(_elements(self.written, self._invalid))

    def schema(
        self, events: Sequence[Mapping[str, Any]], schema: Mapping[str, str] | None
    ) -> dict[str, str] | None:
        """The SQL type of each field, or None where there is neither an event nor a schema."""
        own = self.written.get("schema", {})
        if schema is not None:
            known = {**schema, **own, self.time_field: schema.get(self.time_field, "BIGINT")}
            for number, event in enumerate(events, 1):
                for name in event:
                    if name not in known:
                        raise self._invalid(
                            "unknown-field",
                            f"`{name}` of event {number} is not a field",
                            did_you_mean(name, {**schema, **own}, "Fields"),
                        )
            return {**schema, **own}
        inferred = _infer(events, own)
        for other in self.rule.tests:
            if other is not self.written:
                elements = _Test(self.rule, other).elements()
                of_other = _infer([e for e in elements if not isinstance(e, Watermark)], own)
                inferred = {**of_other, **inferred}
        return {**inferred, **own} or None

    def expectations(self, events: int) -> dict[str, int | list[ExpectedMatch]]:
        """What the test expects of matches, timeouts and late events."""
        expected: dict[str, int | list[ExpectedMatch]] = {}
        for key in _EXPECTATIONS:
            if key not in self.written:
                continue
            value = self.written[key]
            if isinstance(value, list) and key != "late":
                expected[key] = [self._match(described, key, events) for described in value]
            elif type(value) is int and value >= 0:
                expected[key] = value
            else:
                wanted = "a number" if key == "late" else "a number, or a list of what is expected"
                raise self._invalid("wrong-type", f"`{key}` is {wanted}, found {value!r}")
        if not expected:
            keys = ", ".join(f"`{key}`" for key in _EXPECTATIONS)
            raise self._invalid("nothing-expected", "the test expects nothing", f"give it one of {keys}")
        return expected

    def _match(self, described: object, key: str, events: int) -> ExpectedMatch:
        if not isinstance(described, Mapping):
            raise self._invalid("wrong-type", f"`{key}` lists objects, found {described!r}")
        if not set(described) <= set(_DESCRIBED):
            described = {"measures": described}
        measures, steps = described.get("measures", {}), described.get("steps", {})
        for name, value in (("measures", measures), ("steps", steps)):
            if not isinstance(value, Mapping):
                raise self._invalid("wrong-type", f"`{name}` of `{key}` is an object, found {value!r}")
        known = self.rule.measures or {}
        for name in measures:
            if name not in known:
                hint = did_you_mean(str(name), known, "Measures")
                raise self._invalid("unknown-measure", f"`{name}` is not a measure of the rule", hint)
        for step, taken in steps.items():
            if step not in self.rule.pattern.step_names:
                hint = did_you_mean(str(step), self.rule.pattern.step_names, "Steps")
                raise self._invalid("unknown-step", f"`{step}` is not a step of the rule", hint)
            for event in taken if isinstance(taken, list) else [None]:
                if isinstance(event, Mapping) or (type(event) is int and 1 <= event <= events):
                    continue
                raise self._invalid(
                    "wrong-type",
                    f"step `{step}` lists events, each by its number, 1 to {events}, or by fields that it has;"
                    f" found {taken!r}",
                )
        times = {
            name: _datetime(described[name], self._invalid, name)
            for name in _TIMES
            if described.get(name) is not None
        }
        return ExpectedMatch(measures, steps, times)

    def _invalid(self, code: str, message: str, hint: str | None = None) -> InputError:
        location = f"{self.rule.source}: test `{self.name}`"
        return InputError(Diagnostic(code=code, location=location, message=message, hint=hint))


def _elements(written: Mapping[str, Any], invalid: Any) -> Iterator[Mapping[str, Any] | Watermark]:
    time_field = written.get("time_field", "ts")
    for place, element in enumerate(written["events"], 1):
        if not isinstance(element, Mapping):
            raise invalid("wrong-type", f"element {place} of `events` is no object: {element!r}")
        if set(element) == {"watermark"}:
            yield Watermark(_datetime(element["watermark"], invalid, "watermark"))
        else:
            # A copy, so that an event that YAML has by reference in two places is two events.
            event = dict(element)
            if isinstance(event.get(time_field), str):
                event[time_field] = _datetime(event[time_field], invalid, f"`{time_field}`")
            yield event


def _datetime(value: Any, invalid: Any, what: str) -> Any:
    """A time that is text as a datetime, in UTC where it says nothing else."""
    if not isinstance(value, str):
        return value
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        message = f"{what} is {value!r}, and a time is milliseconds or such as 2024-05-01T09:00:00Z"
        raise invalid("wrong-time", message) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _infer(events: Sequence[Mapping[str, Any]], own: Mapping[str, str]) -> dict[str, str]:
    return _events.infer_schema(
        (place, {name: value for name, value in event.items() if name not in own})
        for place, event in enumerate(events)
    )


def _differences(
    expected: Mapping[str, int | list[ExpectedMatch]], found: FoundMatches, numbers: Mapping[int, int]
) -> Iterator[Difference]:
    for key, wanted in expected.items():
        if key == "late":
            late = [numbers[id(event)] for event in found.late]
            if isinstance(wanted, int) and wanted != len(late):
                yield Difference(key, wanted, len(late), late=late)
            continue
        matches = [
            FoundMatch(match, {step: [numbers[id(e)] for e in taken] for step, taken in match.items()})
            for match in (found.matches if key == "matches" else found.timeouts)
        ]
        if isinstance(wanted, int):
            if wanted != len(matches):
                yield Difference(key, wanted, len(matches), unexpected=matches)
            continue
        missing, unexpected = _unpaired(wanted, matches)
        if missing or unexpected:
            yield Difference(key, len(wanted), len(matches), missing, unexpected)


def _unpaired(
    expected: Sequence[ExpectedMatch], found: Sequence[FoundMatch]
) -> tuple[list[ExpectedMatch], list[FoundMatch]]:
    """What is left of both once as many as possible are paired, whatever their order."""
    partner: dict[int, int] = {}

    def pair(place: int, seen: set[int]) -> bool:
        for other, match in enumerate(found):
            if other not in seen and _fits(expected[place], match):
                seen.add(other)
                # Another description may have taken it that fits a further match as well.
                if other not in partner or pair(partner[other], seen):
                    partner[other] = place
                    return True
        return False

    missing = [description for place, description in enumerate(expected) if not pair(place, set())]
    return missing, [match for place, match in enumerate(found) if place not in partner]


def _fits(expected: ExpectedMatch, found: FoundMatch) -> bool:
    match = found.match
    return (
        all(equal(value, match.measures[name]) for name, value in expected.measures.items())
        and all(equal(value, getattr(match, name)) for name, value in expected.times.items())
        and all(
            len(taken) == len(match.get(step, []))
            and all(
                number == event
                if isinstance(event, int)
                else all(name in taken_event and equal(v, taken_event[name]) for name, v in event.items())
                for event, number, taken_event in zip(
                    taken, found.numbers.get(step, []), match.get(step, []), strict=True
                )
            )
            for step, taken in expected.steps.items()
        )
    )


def equal(written: Any, found: Any) -> bool:
    """Whether a value is the one that a document, which has only JSON's types, wrote.

    Approximate numbers are equal to nine digits, exact ones exactly; a time is equal to its text and to its
    milliseconds, and an interval to its milliseconds.

    Example:
        >>> equal(1.9, 0.4 + 0.6 + 0.9), equal(740.0, Decimal("740.00")), equal(1, True)
        (True, True, False)
        >>> equal("2024-05-01T09:00:00Z", datetime(2024, 5, 1, 9, tzinfo=UTC))
        True
    """
    if isinstance(written, bool) or isinstance(found, bool):
        return written is found
    match found:
        case Decimal() if isinstance(written, int | float | str):
            return Decimal(str(written)) == found if _is_number(written) else False
        case float() if isinstance(written, int | float):
            return written == found or math.isclose(written, found, rel_tol=1e-9)
        case datetime() if isinstance(written, int):
            return written == _events.to_milliseconds(found, "")
        case datetime() if isinstance(written, str | datetime):
            return _same_instant(written, found)
        case date() | time() if isinstance(written, str):
            return written == found.isoformat()
        case timedelta() if isinstance(written, int):
            return timedelta(milliseconds=written) == found
        case int() if isinstance(written, datetime):
            return _events.to_milliseconds(written, "") == found
        case Mapping() if isinstance(written, Mapping):
            return set(written) == set(found) and all(equal(v, found[name]) for name, v in written.items())
        case list() if isinstance(written, list):
            return len(written) == len(found) and all(map(equal, written, found))
    return bool(written == found)


def _is_number(written: object) -> bool:
    try:
        Decimal(str(written))
    except ArithmeticError:
        return False
    return True


def _same_instant(written: str | datetime, found: datetime) -> bool:
    try:
        instant = datetime.fromisoformat(written) if isinstance(written, str) else written
    except ValueError:
        return False
    if (instant.tzinfo is None) != (found.tzinfo is None):
        # Without a time zone both are in UTC.
        instant, found = (value if value.tzinfo else value.replace(tzinfo=UTC) for value in (instant, found))
    return instant == found
